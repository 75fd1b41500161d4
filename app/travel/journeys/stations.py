"""Stations: harbours, jetties and airstrips, where a team changes from one way to another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.districts.coded_things import Kind
from app.districts.models import ProvenanceByField
from app.districts.surroundings import MAX_KM_OF_A_WAY, Surroundings, surroundings_of
from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import FIGURE_READERS, named_words_text, one_of, plain_text
from app.tables.headers import Vocabulary
from app.tables.places_and_days import latitude, longitude
from app.travel.journeys.shared_fields import (
    LAT_WORDS,
    LOCK,
    LON_WORDS,
    MAX_CODE,
    NOTE_WORDS,
    PROVENANCE_WORDS,
    ZONE_WORDS,
    code_problems,
    plain_problems,
    read_provenance,
    read_zone,
)
from app.travel.models import Station, StationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFields:
    """Everything that people say about a station."""

    code: str
    name: str
    kind: str
    lat: float
    lon: float
    zone: str | None = None
    note: str | None = None
    provenance: ProvenanceByField = field(default_factory=dict)


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "kind": one_of(
        StationKind,
        {
            StationKind.HARBOUR: "pelabuhan, pelabuhan laut, pelabuhan sungai, port",
            StationKind.JETTY: "dermaga, tambatan, tambatan perahu, jeti, steiger, pangkalan speedboat",
            StationKind.AIRPORT: "bandara, bandar udara",
            StationKind.AIRSTRIP: "lapangan terbang, lapter, landasan, bandara perintis, lapangan terbang perintis",
            StationKind.TERMINAL: "terminal, terminal bus, stasiun",
        },
    ),
    "lat": latitude,
    "lon": longitude,
    "zone": read_zone,
    "note": plain_text(),
    "provenance": read_provenance,
}
VOCABULARY = Vocabulary(
    words={
        "code": ("kode", "kode stasiun", "kode pelabuhan", "kode bandara", "kode iata"),
        "name": ("nama", "nama tempat", "stasiun", "pelabuhan", "nama pelabuhan", "bandara", "nama bandara", "dermaga"),
        "kind": ("jenis", "jenis tempat", "tipe", "kategori"),
        "lat": LAT_WORDS,
        "lon": LON_WORDS,
        "zone": ZONE_WORDS,
        "note": NOTE_WORDS,
        "provenance": PROVENANCE_WORDS,
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("name",),
)


def _values_of(station: StationFields) -> dict[str, Any]:
    return {part.name: getattr(station, part.name) for part in fields(StationFields)}


def _problems(values: Mapping[str, Any], around: Surroundings) -> list[FieldProblem]:
    problems = plain_problems(values, READERS, texts=("code", "name", "zone", "note"), ranges={})
    problems += code_problems(values["code"])
    if values["lat"] is not None and values["lon"] is not None:
        problems += around.place_problems(values["lat"], values["lon"], most_km=MAX_KM_OF_A_WAY)
    return problems


def _fields_of(row: Station, around: Surroundings) -> StationFields:
    return StationFields(**{part.name: getattr(row, part.name) for part in fields(StationFields)})


STATIONS: Kind[StationFields, Surroundings] = Kind(
    thing="station",
    row=Station,
    noun=said("station", "stasiun"),
    nouns=said("stations", "stasiun"),
    most=500,
    lock=LOCK,
    vocabulary=VOCABULARY,
    readers=READERS,
    required=("code", "name", "kind", "lat", "lon"),
    defaults={"provenance": {}},
    together=(("lat", "lon"),),
    point=("lat", "lon"),
    around=surroundings_of,
    values_of=_values_of,
    cells_of=lambda station: _values_of(station) | {"provenance": named_words_text(station.provenance)},
    make=lambda values, _: StationFields(**values),
    check=_problems,
    fields_of=_fields_of,
    columns_of=lambda station, _: _values_of(station),
)
