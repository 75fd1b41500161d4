"""The places where a district has fixed counters: the office, its sub-offices, a mall."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.districts.coded_things import CodeTaken, Kind, list_things
from app.districts.counters.models import CounterPlace
from app.districts.counters.place_rates import rates_from_json, rates_to_json
from app.districts.counters.place_values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    TOGETHER,
    VOCABULARY,
    PlaceFields,
    cells_of,
    problems_of,
    values_of,
)
from app.districts.opening_hours import read_windows, write_windows
from app.districts.surroundings import Surroundings, surroundings_of
from app.languages import said


class CounterPlaceCodeTaken(CodeTaken):
    """Another place of the district has this code."""


def list_places(session: Session, district_code: str) -> Sequence[CounterPlace]:
    """The places of a district, in the order in which they were entered."""
    return list_things(session, COUNTER_PLACES, district_code)


def fields_of(place: CounterPlace) -> PlaceFields:
    """What is stored of a place."""
    values = {name: getattr(place, name) for name in PlaceFields.__dataclass_fields__}
    values["windows"] = () if place.windows is None else read_windows(place.windows)
    values["rates"] = rates_from_json(place.rates)
    return PlaceFields(**values)


def _columns_of(place: PlaceFields, around: Surroundings) -> dict[str, Any]:
    return values_of(place) | {
        "windows": write_windows(place.windows) or None,
        "rates": rates_to_json(place.rates),
    }


def _with_area(values: Mapping[str, Any], around: Surroundings) -> Mapping[str, Any]:
    """Sheets name a kecamatan as often as they give its code."""
    area = values.get("area_code")
    known = None if area is None else around.area_named(area)
    return values if known is None else {**values, "area_code": known}


COUNTER_PLACES: Kind[PlaceFields, Surroundings] = Kind(
    thing="counter_place",
    row=CounterPlace,
    noun=said("place with counters", "tempat loket"),
    nouns=said("places with counters", "tempat loket"),
    most=200,
    lock="counter-places",
    vocabulary=VOCABULARY,
    readers=READERS,
    required=REQUIRED,
    defaults=DEFAULTS,
    together=TOGETHER,
    point=("lat", "lon"),
    around=surroundings_of,
    values_of=values_of,
    cells_of=cells_of,
    make=lambda values, _: PlaceFields(**values),
    check=lambda values, around: problems_of(values, surroundings=around),
    fields_of=lambda place, _: fields_of(place),
    columns_of=_columns_of,
    understood=_with_area,
    recorded=("rates",),
    code_taken=CounterPlaceCodeTaken,
)
