"""Lodgings: where teams may sleep when a site is too far for a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from app.districts.coded_things import Kind
from app.districts.models import ProvenanceByField
from app.districts.surroundings import MAX_KM_OF_A_WAY, Surroundings, surroundings_of
from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import FIGURE_READERS, named_words_text, plain_text, whole_number
from app.tables.headers import Vocabulary
from app.tables.places_and_days import latitude, longitude
from app.travel.journeys.shared_fields import (
    COST,
    DAY_READERS,
    EVERY_DAY,
    LAT_WORDS,
    LOCK,
    LON_WORDS,
    MAX_CODE,
    NOTE_WORDS,
    PROVENANCE_WORDS,
    TEAMS,
    ZONE_WORDS,
    code_problems,
    day_cells,
    day_words,
    plain_problems,
    read_provenance,
    read_zone,
    span_problems,
)
from app.travel.models import Lodging

RANGES = {"cost_per_night": COST, "max_teams": TEAMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgingFields:
    """Everything that people say about a lodging."""

    code: str
    name: str
    lat: float
    lon: float
    zone: str | None = None
    cost_per_night: int = 0
    max_teams: int | None = None
    weekdays: str = EVERY_DAY
    starts_on: date | None = None
    ends_on: date | None = None
    note: str | None = None
    provenance: ProvenanceByField = field(default_factory=dict)


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "lat": latitude,
    "lon": longitude,
    "zone": read_zone,
    "cost_per_night": whole_number,
    "max_teams": whole_number,
    **DAY_READERS,
    "note": plain_text(),
    "provenance": read_provenance,
}
VOCABULARY = Vocabulary(
    words={
        "code": ("kode", "kode penginapan"),
        "name": ("nama", "nama penginapan", "penginapan", "nama tempat", "tempat menginap", "tempat"),
        "lat": LAT_WORDS,
        "lon": LON_WORDS,
        "zone": ZONE_WORDS,
        "cost_per_night": ("biaya per malam", "tarif per malam", "harga per malam", "biaya", "tarif", "harga"),
        "max_teams": ("kapasitas", "kapasitas tim", "maksimal tim", "tim maksimal", "jumlah tim"),
        **day_words(),
        "note": NOTE_WORDS,
        "provenance": PROVENANCE_WORDS,
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("name",),
)


def _values_of(lodging: LodgingFields) -> dict[str, Any]:
    return {part.name: getattr(lodging, part.name) for part in fields(LodgingFields)}


def _cells_of(lodging: LodgingFields) -> dict[str, Any]:
    values = _values_of(lodging)
    return values | day_cells(values) | {"provenance": named_words_text(lodging.provenance)}


def _problems(values: Mapping[str, Any], around: Surroundings) -> list[FieldProblem]:
    problems = plain_problems(values, READERS, texts=("code", "name", "zone", "note"), ranges=RANGES)
    problems += code_problems(values["code"])
    if values["lat"] is not None and values["lon"] is not None:
        problems += around.place_problems(values["lat"], values["lon"], most_km=MAX_KM_OF_A_WAY)
    return problems + span_problems(values)


def _fields_of(row: Lodging, around: Surroundings) -> LodgingFields:
    return LodgingFields(**{part.name: getattr(row, part.name) for part in fields(LodgingFields)})


LODGINGS: Kind[LodgingFields, Surroundings] = Kind(
    thing="lodging",
    row=Lodging,
    noun=said("lodging", "penginapan"),
    nouns=said("lodgings", "penginapan"),
    most=500,
    lock=LOCK,
    vocabulary=VOCABULARY,
    readers=READERS,
    required=("code", "name", "lat", "lon"),
    defaults={"cost_per_night": 0, "weekdays": EVERY_DAY, "provenance": {}},
    together=(("lat", "lon"), ("starts_on", "ends_on")),
    point=("lat", "lon"),
    around=surroundings_of,
    values_of=_values_of,
    cells_of=_cells_of,
    make=lambda values, _: LodgingFields(**values),
    check=_problems,
    fields_of=_fields_of,
    columns_of=lambda lodging, _: _values_of(lodging),
)
