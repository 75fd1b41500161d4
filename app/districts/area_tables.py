"""Areas (kecamatan) from a table: an import is all or nothing, and creates or updates them by their region code."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.service import Actor
from app.districts.areas import list_areas, put_area
from app.districts.models import Area, District, Provenance, ProvenanceByField
from app.districts.places import check_place
from app.errors import FieldProblem, InvalidRequest
from app.languages import said
from app.payloads import AREA_CODE, MAX_PEOPLE
from app.tables.fields import (
    FIGURE_READERS,
    BadText,
    Range,
    named_words,
    plain_text,
    whole_number,
)
from app.tables.headers import Vocabulary
from app.tables.places_and_days import latitude, longitude
from app.tables.records import ImportOutcome, Record, RecordShape, count_changes, read_records, storing
from app.tables.table import Table

_PEOPLE = Range(low=0, high=MAX_PEOPLE, noun=said("number of people", "jumlah orang"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFields:
    """Everything that people say about an area."""

    code: str
    name: str
    lat: float
    lon: float
    population: int | None = None
    min_activations: int = 0
    provenance: ProvenanceByField = field(default_factory=dict)


def area_code(text: str) -> str:
    """`16.73.01`; raises `BadText`."""
    if re.fullmatch(AREA_CODE.strip("^$"), text) is None:
        raise BadText(
            said("This is no region code of an area.", "Ini bukan kode wilayah kecamatan."),
            said("Write it like 16.73.01.", "Tulis seperti 16.73.01."),
        )
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "code": area_code,
    "name": plain_text(),
    "lat": latitude,
    "lon": longitude,
    "population": whole_number,
    "min_activations": whole_number,
    "provenance": named_words(Provenance),
}
"""By column of a table."""
REQUIRED = ("code", "name", "lat", "lon")
DEFAULTS: dict[str, Any] = {"min_activations": 0, "provenance": {}}
VOCABULARY = Vocabulary(
    words={
        "code": ("kode", "kode kecamatan", "kode wilayah", "kode kemendagri"),
        "name": ("nama", "kecamatan", "nama kecamatan"),
        "lat": ("lintang", "latitude", "garis lintang", "ls", "y"),
        "lon": ("bujur", "longitude", "garis bujur", "bt", "x", "long"),
        "population": ("jumlah penduduk", "penduduk", "jumlah jiwa", "jml penduduk"),
        "min_activations": ("target minimal", "minimal aktivasi", "batas bawah", "target minimum"),
        "provenance": ("asal data",),
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
)


def import_areas(
    session: Session,
    district: District,
    table: Table,
    *,
    actor: Actor,
    now: datetime,
    create_only: bool = False,
    dry_run: bool = False,
) -> ImportOutcome:
    """Create or update the areas of a table by their code; columns it lacks stay, and areas it does not name.

    Raises `ImportRefused` with every problem of every row."""
    records = read_areas(session, district, table, create_only=create_only)
    if not dry_run:
        with storing(session):
            for record in records:
                if record.fields != record.before:
                    store_area(session, district, record.fields, actor=actor, now=now)
    return count_changes(records, remarks=table.remarks)


def read_areas(
    session: Session, district: District, table: Table, *, create_only: bool = False
) -> tuple[Record[AreaFields], ...]:
    """The areas of a table; raises `ImportRefused`."""
    shape = RecordShape(
        readers=READERS,
        required=REQUIRED,
        defaults=DEFAULTS,
        values_of=values_of,
        merge=lambda before, changes: {**before, **changes},
        make=lambda values: AreaFields(**values),
        check=lambda values, _: _problems_of(values, district_code=district.code),
    )
    return read_records(table, shape, existing=stored_areas(session, district.code), create_only=create_only)


def stored_areas(session: Session, district_code: str) -> dict[str, AreaFields]:
    return {area.code: _fields_of(area) for area in list_areas(session, district_code)}


def store_area(session: Session, district: District, area: AreaFields, *, actor: Actor, now: datetime) -> None:
    columns = {name: value for name, value in values_of(area).items() if name != "code"}
    put_area(session, district, area.code, fields=columns, actor=actor, now=now, if_match="*")


def values_of(area: AreaFields) -> dict[str, Any]:
    return {field.name: getattr(area, field.name) for field in fields(AreaFields)}


def _fields_of(area: Area) -> AreaFields:
    return AreaFields(**{field.name: getattr(area, field.name) for field in fields(AreaFields)})


def _problems_of(values: Mapping[str, Any], *, district_code: str) -> list[FieldProblem]:
    """Everything wrong with an area's values, each pointing at its field; None stands for a value not known."""
    problems = [
        problem
        for name in ("population", "min_activations")
        if values[name] is not None and (problem := _PEOPLE.problem(name, values[name])) is not None
    ]
    code, lat, lon = values["code"], values["lat"], values["lon"]
    if code is not None and not code.startswith(f"{district_code}."):
        detail = said("This area lies outside district {code}.", "Kecamatan ini di luar {code}.", code=district_code)
        mend = said("Codes here look like '{code}.01'.", "Kode di sini seperti '{code}.01'.", code=district_code)
        problems.append(FieldProblem(pointer="code", detail=detail, value=code, mend=mend))
    if lat is not None and lon is not None:
        try:
            check_place(lat, lon)
        except InvalidRequest as error:
            (problem,) = error.problems
            pointer = problem.pointer.lstrip("/")
            problems.append(
                FieldProblem(pointer=pointer, detail=problem.detail, value=problem.value, mend=problem.mend)
            )
    return problems
