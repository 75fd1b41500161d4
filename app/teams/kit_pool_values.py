"""The fields of a pool of shared kits as values: read from a table's cells, checked, and written back."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from app.districts.kits import Kit, read_kits
from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import FIGURE_READERS, BadText, Range, plain_text, text_problems, whole_number
from app.tables.headers import Vocabulary
from app.tables.places_and_days import calendar_date
from app.teams.values import MAX_CODE

RANGES = {
    "count": Range(low=1, high=1_000, noun=said("number of kits", "jumlah perlengkapan")),
    "max_per_team": Range(low=1, high=20, noun=said("number of kits", "jumlah perlengkapan")),
    "cost_per_day": Range(low=0, high=1_000_000_000, noun=said("cost", "biaya")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KitPoolFields:
    """Everything that people say about a pool; teams by their codes."""

    code: str
    name: str
    kind: str
    count: int
    max_per_team: int = 1
    teams: tuple[str, ...] | None = None
    """Which teams may carry of it; None: all."""
    cost_per_day: int = 0
    """Rupiah for each kit that a team carries on a date."""
    starts_on: date | None = None
    ends_on: date | None = None


def _read_kind(text: str) -> str:
    kits = read_kits(text)
    if len(kits) != 1:
        raise BadText(
            said("A pool holds kits of one kind.", "Satu kelompok berisi perlengkapan sejenis."),
            said("Write one row for each kind.", "Tulis satu baris untuk tiap jenis."),
        )
    return kits[0]


def _read_teams(text: str) -> tuple[str, ...]:
    return tuple(sorted({part.strip() for part in text.split(";") if part.strip()}))


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "kind": _read_kind,
    "count": whole_number,
    "max_per_team": whole_number,
    "teams": _read_teams,
    "cost_per_day": whole_number,
    "starts_on": calendar_date,
    "ends_on": calendar_date,
}
"""By column of a table, in the order of an export."""
VOCABULARY = Vocabulary(
    words={
        "code": ("kode", "kode perlengkapan"),
        "name": ("nama", "nama perlengkapan", "perlengkapan"),
        "kind": ("jenis", "jenis perlengkapan"),
        "count": ("jumlah", "jumlah perlengkapan", "banyaknya"),
        "max_per_team": ("paling banyak per tim", "maksimal per tim"),
        "teams": ("tim", "untuk tim"),
        "cost_per_day": ("biaya per hari", "biaya"),
        "starts_on": ("mulai", "sejak", "hari pertama"),
        "ends_on": ("sampai", "hari terakhir"),
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("name",),
)
REQUIRED = ("code", "name", "kind", "count")
DEFAULTS: dict[str, Any] = {"max_per_team": 1, "cost_per_day": 0}


def values_of(pool: KitPoolFields) -> dict[str, Any]:
    return {field.name: getattr(pool, field.name) for field in fields(KitPoolFields)}


def cells_of(pool: KitPoolFields) -> dict[str, Any]:
    """One row of an export; `READERS` understands its text again."""
    return values_of(pool) | {"teams": None if pool.teams is None else ";".join(pool.teams)}


def problems_of(values: Mapping[str, Any], *, teams: Collection[str]) -> list[FieldProblem]:
    """Everything wrong with a pool's values, each pointing at its field; `teams`: codes that the district has."""
    problems = text_problems(values, READERS, names=("code", "name"))
    problems += [
        problem
        for name, allowed in RANGES.items()
        if values[name] is not None and (problem := allowed.problem(name, values[name])) is not None
    ]
    if values["kind"] is not None and values["kind"] not in list(Kit):
        problems.append(
            FieldProblem(
                pointer="kind",
                detail=said("There is no such kind of kit.", "Tidak ada jenis perlengkapan seperti itu."),
                value=values["kind"],
                mend=said("Choose among {kits}.", "Pilih di antara {kits}.", kits=", ".join(Kit)),
            )
        )
    if values["teams"] is not None:
        problems += _team_problems(values["teams"], teams)
    starts, ends = values["starts_on"], values["ends_on"]
    if starts is not None and ends is not None and ends < starts:
        problems.append(
            FieldProblem(
                pointer="ends_on",
                detail=said("{ends} comes before {starts}.", "{ends} sebelum {starts}.", ends=ends, starts=starts),
                value=str(ends),
                mend=said("Write the first day first.", "Tulis hari pertama dahulu."),
            )
        )
    return problems


def _team_problems(named: Collection[str], known: Collection[str]) -> list[FieldProblem]:
    unknown = next((code for code in named if code not in known), None)
    if not named or unknown is not None:
        return [
            FieldProblem(
                pointer="teams",
                detail=said("It names no team.", "Belum menyebut satu tim pun.")
                if unknown is None
                else said("The district has no team {team!r}.", "Daerah ini tidak punya tim {team!r}.", team=unknown),
                value=unknown,
                mend=said(
                    "Give codes of teams joined by ';', or leave it out for all.",
                    "Isi kode tim dipisah ';', atau kosongkan untuk semua tim.",
                ),
            )
        ]
    return []
