"""What requests and answers about places with fixed counters look like."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.districts.counters.models import CounterKind, CounterPlace
from app.districts.counters.place_rates import MOST_RATES, PER_OPEN_DAY, PlaceRate, canonical_rates
from app.districts.counters.place_values import MAX_CODE, STAFF
from app.districts.counters.places import fields_of
from app.districts.models import Document
from app.districts.opening_hours import Window, canonical_windows, over_midnight
from app.districts.schemas import Provenances
from app.districts.window_schemas import WindowIn, WindowOut
from app.payloads import Day, Incoming, Latitude, Line, Longitude, Note, Outgoing
from app.tables.fields import documented_range


class PlaceRateIn(Incoming):
    """Activations on a day on which the place is open, from a date on until its next rate begins."""

    document: Document = Document.IKD
    starts_on: Day | None = Field(default=None, description="Null: from the first day of the place on.")
    per_open_day: Annotated[int, documented_range(PER_OPEN_DAY)] = Field(examples=[6])


class PlaceRateOut(Outgoing):
    document: Document
    starts_on: date | None
    per_open_day: int


class CounterPlacePatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"rates": [{"per_open_day": 6}, {"per_open_day": 9, "starts_on": "2023-12-01"}]},
                {"ends_on": "2023-12-29"},
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    kind: CounterKind | None = None
    area_code: Line | None = Field(default=None, description="The kecamatan's region code.", examples=["16.73.01"])
    lat: Latitude | None = None
    lon: Longitude | None = None
    windows: list[WindowIn] | None = Field(
        default=None,
        max_length=50,
        description="Weekly opening hours. Null: on the district's working weekdays, at hours that nobody has told.",
    )
    open_on_days_off: bool | None = Field(
        default=None,
        description="Whether it is open on national holidays, joint leave and local days off that fall on its "
        "weekdays. Null: no.",
    )
    staff: Annotated[int, documented_range(STAFF)] | None = Field(
        default=None, description="Operators who serve at the same time."
    )
    rates: list[PlaceRateIn] | None = Field(
        default=None, max_length=MOST_RATES, description="All of them; null: none is known, and 0 is counted on."
    )
    starts_on: Day | None = Field(default=None, description="The first day on which it is open; null: long ago.")
    ends_on: Day | None = Field(default=None, description="The last one; null: none is known.")
    note: Note | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `PlaceFields` keeps them."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        if values.get("kind") is not None:
            values["kind"] = values["kind"].value
        if values.get("windows") is not None:
            values["windows"] = canonical_windows(
                part for w in values["windows"] for part in over_midnight(Window(w.opens, w.closes, w.weekdays))
            )
        if values.get("rates") is not None:
            values["rates"] = canonical_rates(
                PlaceRate(document=rate.document.value, starts_on=rate.starts_on, per_open_day=rate.per_open_day)
                for rate in values["rates"]
            )
        if values.get("provenance") is not None:
            values["provenance"] = {name: word.value for name, word in values["provenance"].items()}
        return values


class CounterPlaceIn(CounterPlacePatch):
    """A place where the district has fixed counters: the office, a sub-office, a mall."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "MPP",
                    "name": "Mal Pelayanan Publik",
                    "kind": "mall",
                    "windows": [{"weekdays": "mon-sat", "opens": "09:00", "closes": "15:00"}],
                    "staff": 2,
                    "rates": [{"document": "ikd", "per_open_day": 20}],
                    "provenance": {"windows": "given", "rates": "assumed"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    kind: CounterKind


class CounterPlaceOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    kind: CounterKind
    area_code: str | None
    lat: float | None
    lon: float | None
    windows: list[WindowOut] = Field(description="Empty: on the district's working weekdays.")
    open_on_days_off: bool
    staff: int | None
    rates: list[PlaceRateOut] = Field(description="By document, ascending; each in force until the next begins.")
    starts_on: date | None
    ends_on: date | None
    note: str | None
    provenance: Mapping[str, str]
    version: int


class PlaceCountOut(Outgoing):
    """What one place won on one day."""

    document: Document
    day: date
    activated: int
    note: str | None
    version: int


class CounterPartOut(Outgoing):
    """What one place brings on a day."""

    place: str | None = Field(description="Its code; null: all counters that are no place of their own.")
    rate: int = Field(description="By its rate of that day; 0 where it is closed and was counted all the same.")
    counted: int | None = Field(description="At this place alone, in place of its rate.")


class CounterDayOut(Outgoing):
    """The fixed counters of a district on one day."""

    day: date
    is_working: bool
    counted: int | None = Field(description="Of the whole district; then the parts do not matter.")
    given: int = Field(description="As counted, else as the rates expect.")
    parts: list[CounterPartOut]


class CounterDays(BaseModel):
    """The working days, and every other day on which something is open or was counted."""

    items: list[CounterDayOut]


def place_out(place: CounterPlace) -> CounterPlaceOut:
    fields = fields_of(place)
    return CounterPlaceOut(
        id=place.id,
        district_code=place.district_code,
        code=place.code,
        name=place.name,
        kind=CounterKind(place.kind),
        area_code=place.area_code,
        lat=place.lat,
        lon=place.lon,
        windows=[WindowOut(weekdays=w.weekdays, opens=w.opens, closes=w.closes) for w in fields.windows],
        open_on_days_off=place.open_on_days_off,
        staff=place.staff,
        rates=[PlaceRateOut.model_validate(rate) for rate in fields.rates],
        starts_on=place.starts_on,
        ends_on=place.ends_on,
        note=place.note,
        provenance=place.provenance,
        version=place.version,
    )
