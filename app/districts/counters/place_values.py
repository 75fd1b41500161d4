"""The fields of a place with fixed counters as values: read from a table's cells, checked, and written back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from app.districts.counters.models import CounterKind
from app.districts.counters.place_rates import PlaceRate, rate_problems, read_rates, write_rates
from app.districts.models import Provenance, ProvenanceByField
from app.districts.opening_hours import Window, hours_problems, read_windows, write_windows
from app.districts.surroundings import Surroundings
from app.errors import FieldProblem, InvalidRequest
from app.languages import joined, said
from app.tables.fields import (
    FIGURE_READERS,
    Range,
    named_words,
    named_words_text,
    one_of,
    placed,
    plain_text,
    read_fields,
    text_problems,
    true_or_false,
    whole_number,
)
from app.tables.headers import Vocabulary
from app.tables.places_and_days import calendar_date, latitude, longitude

MAX_CODE, MAX_NOTE = 60, 1000
STAFF = Range(low=0, high=1_000, noun=said("number of operators", "jumlah operator"))
_YEARS = range(2000, 2101)
_KIND_WORDS = {
    "kantor, dinas, kantor induk": CounterKind.OFFICE,
    "upt, uptd, cabang, kantor kecamatan": CounterKind.SUB_OFFICE,
    "mal, mpp, mal pelayanan publik": CounterKind.MALL,
    "lainnya, lain": CounterKind.OTHER,
}
MARKED = ("place", "windows", "staff", "rates")
"""Figures beside which forms ask where they came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFields:
    """Everything that people say about a place with fixed counters."""

    code: str
    name: str
    kind: str
    area_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    windows: tuple[Window, ...] = ()
    """Empty: on the district's working weekdays, at hours that nobody has told."""
    open_on_days_off: bool = False
    staff: int | None = None
    rates: tuple[PlaceRate, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    note: str | None = None
    provenance: ProvenanceByField = field(default_factory=dict)


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "kind": one_of(CounterKind, {name: words for words, name in _KIND_WORDS.items()}),
    "area_code": plain_text(),
    "lat": latitude,
    "lon": longitude,
    "windows": read_windows,
    "open_on_days_off": true_or_false,
    "staff": whole_number,
    "rates": read_rates,
    "starts_on": calendar_date,
    "ends_on": calendar_date,
    "note": plain_text(MAX_NOTE),
    "provenance": named_words(Provenance),
}
"""By column of a table, in the order of an export."""
VOCABULARY = Vocabulary(
    words={
        "code": ("kode", "kode loket"),
        "name": ("nama", "nama loket", "loket", "tempat"),
        "kind": ("jenis", "jenis loket"),
        "area_code": ("kecamatan", "kode kecamatan"),
        "lat": ("lintang", "latitude"),
        "lon": ("bujur", "longitude", "lng"),
        "windows": ("jam buka", "jam layanan", "hari dan jam"),
        "open_on_days_off": ("buka hari libur", "buka saat libur"),
        "staff": ("operator", "jumlah operator", "petugas", "jumlah petugas"),
        "rates": ("laju", "per hari", "per hari buka"),
        "starts_on": ("mulai", "sejak", "hari pertama"),
        "ends_on": ("sampai", "hari terakhir"),
        "note": ("catatan", "keterangan"),
        "provenance": ("asal data", "sumber"),
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("name",),
)
REQUIRED = ("code", "name", "kind")
DEFAULTS: dict[str, Any] = {"windows": (), "open_on_days_off": False, "rates": (), "provenance": {}}
TOGETHER = (("starts_on", "ends_on"), ("lat", "lon"))
"""Fields that make sense only as the same person left them."""


def values_of(place: PlaceFields) -> dict[str, Any]:
    return {field.name: getattr(place, field.name) for field in fields(PlaceFields)}


def cells_of(place: PlaceFields) -> dict[str, Any]:
    """One row of an export; `READERS` understands its text again."""
    return values_of(place) | {
        "windows": write_windows(place.windows),
        "rates": write_rates(place.rates),
        "provenance": named_words_text(place.provenance),
    }


def read_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The values of fields as texts, which a table could hold; raises `InvalidRequest` with every text that is none."""
    values, problems = read_fields(cells, READERS)
    if problems:
        raise InvalidRequest(joined(problems[0].detail, problems[0].mend), problems=placed(problems, "/"))
    return values


def problems_of(values: Mapping[str, Any], *, surroundings: Surroundings) -> list[FieldProblem]:
    """Everything wrong with a place's values, each pointing at its field; None stands for a value not known."""
    problems = text_problems(values, READERS, names=("code", "name", "note"))
    if values["kind"] is not None and values["kind"] not in list(CounterKind):
        problems.append(
            FieldProblem(
                pointer="kind",
                detail=said("There is no such kind of place.", "Tidak ada jenis loket seperti itu."),
                value=values["kind"],
                mend=said("Choose among {kinds}.", "Pilih di antara {kinds}.", kinds=", ".join(CounterKind)),
            )
        )
    if values["staff"] is not None and (problem := STAFF.problem("staff", values["staff"])) is not None:
        problems.append(problem)
    problems += _place_problems(values, surroundings)
    problems += hours_problems(values["windows"] or (), ())
    problems += rate_problems(values["rates"] or ())
    return problems + _span_problems(values["starts_on"], values["ends_on"])


def _place_problems(values: Mapping[str, Any], surroundings: Surroundings) -> list[FieldProblem]:
    lat, lon, area_code = values["lat"], values["lon"], values["area_code"]
    problems = [] if area_code is None else surroundings.area_problems(area_code, lat=lat, lon=lon)
    if lat is not None and lon is not None:
        problems += surroundings.place_problems(lat, lon, area_code=area_code)
    elif lat is not None or lon is not None:
        missing = "lon" if lon is None else "lat"
        problems.append(
            FieldProblem(
                pointer=missing,
                detail=said("One coordinate alone is no place.", "Satu koordinat saja bukan letak."),
                mend=said("Give both, or neither.", "Isi keduanya, atau kosongkan keduanya."),
            )
        )
    return problems


def _span_problems(starts: date | None, ends: date | None) -> list[FieldProblem]:
    problems = [
        FieldProblem(
            pointer=name,
            detail=said("The year is out of range.", "Tahunnya di luar batas."),
            value=str(day),
            mend=said("Use 2000 to 2100.", "Pakai 2000 sampai 2100."),
        )
        for name, day in (("starts_on", starts), ("ends_on", ends))
        if day is not None and day.year not in _YEARS
    ]
    if not problems and starts is not None and ends is not None and ends < starts:
        problems.append(
            FieldProblem(
                pointer="ends_on",
                detail=said("{ends} comes before {starts}.", "{ends} sebelum {starts}.", ends=ends, starts=starts),
                value=str(ends),
                mend=said("Write the first day first.", "Tulis hari pertama dahulu."),
            )
        )
    return problems
