"""The fields of a team as values: read from a table's cells, checked, and written back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.districts.models import Provenance, ProvenanceByField
from app.districts.surroundings import Surroundings
from app.errors import FieldProblem
from app.tables.fields import (
    BadText,
    Range,
    float_number,
    minute_of_day,
    minute_text,
    named_words,
    named_words_text,
    plain_text,
    text_problems,
    weekday_mask,
    weekday_text,
    whole_number,
)
from app.teams.leave import Leave, canonical_leave, leave_problems, read_leave, write_leave
from app.teams.models import Kit, Team, TeamLeave

MAX_CODE = 60
BOUNDS = {
    "operators": Range(low=1, high=100, noun="number of operators"),
    "minutes_per_activation": Range(low=1, high=240, noun="number of minutes"),
    "max_stops": Range(low=1, high=20, noun="number of stops"),
}
POINT = ("base_lat", "base_lon")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFields:
    """Everything that people say about a team."""

    code: str
    name: str
    operators: int
    minutes_per_activation: int
    base_lat: float
    base_lon: float
    shift_start: int
    shift_end: int
    kits: tuple[str, ...] = ()
    base_name: str | None = None
    working_weekdays: str | None = None
    """None: the district's."""
    max_stops: int = 4
    leave: tuple[Leave, ...] = ()
    provenance: ProvenanceByField = field(default_factory=dict)


def read_kits(text: str) -> tuple[str, ...]:
    """The kits of `satellite;biometric`; raises `BadText`."""
    found = [part.strip().lower() for part in text.replace(",", ";").split(";") if part.strip()]
    for word in found:
        if word not in list(Kit):
            raise BadText(f"{word!r} is no kit.", f"Choose among {', '.join(Kit)}, joined by ';'.")
    return canonical_kits(found)


def canonical_kits(kits: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Each once, in the order in which they are listed everywhere."""
    return tuple(kit.value for kit in Kit if kit.value in kits)


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "operators": whole_number,
    "minutes_per_activation": whole_number,
    "kits": read_kits,
    "base_name": plain_text(),
    "base_lat": float_number,
    "base_lon": float_number,
    "shift_start": minute_of_day,
    "shift_end": minute_of_day,
    "working_weekdays": weekday_mask,
    "max_stops": whole_number,
    "leave": read_leave,
    "provenance": named_words(Provenance),
}
"""By column of a table, in the order of an export."""
REQUIRED = (
    "code",
    "name",
    "operators",
    "minutes_per_activation",
    "base_lat",
    "base_lon",
    "shift_start",
    "shift_end",
)
DEFAULTS: dict[str, Any] = {"kits": (), "max_stops": 4, "leave": (), "provenance": {}}
_STORED = tuple(one.name for one in fields(TeamFields) if one.name not in ("kits", "leave"))


def values_of(team: TeamFields) -> dict[str, Any]:
    return {one.name: getattr(team, one.name) for one in fields(TeamFields)}


def make_fields(values: Mapping[str, Any]) -> TeamFields:
    return TeamFields(**values)


def fields_of(team: Team) -> TeamFields:
    """The fields of a stored team, whose leaves are loaded."""
    return TeamFields(
        **{name: getattr(team, name) for name in _STORED},
        kits=canonical_kits(team.kits),
        leave=canonical_leave(Leave(row.starts_on, row.ends_on, row.reason) for row in team.leaves),
    )


def columns_of(team: TeamFields) -> dict[str, Any]:
    """The columns of table `teams`."""
    return {name: getattr(team, name) for name in _STORED} | {"kits": list(team.kits)}


def leave_rows(team: TeamFields) -> list[TeamLeave]:
    return [TeamLeave(starts_on=one.starts_on, ends_on=one.ends_on, reason=one.reason) for one in team.leave]


def cells_of(team: TeamFields) -> dict[str, Any]:
    """One row of an export; `READERS` understands its text again."""
    return values_of(team) | {
        "kits": ";".join(team.kits),
        "shift_start": minute_text(team.shift_start),
        "shift_end": minute_text(team.shift_end),
        "working_weekdays": None if team.working_weekdays is None else weekday_text(team.working_weekdays),
        "leave": write_leave(team.leave),
        "provenance": named_words_text(team.provenance),
    }


def problems_of(values: Mapping[str, Any], *, surroundings: Surroundings) -> list[FieldProblem]:
    """Everything wrong with a team's values, each pointing at its field; None stands for a value not known."""
    problems = text_problems(values, READERS, names=("code", "name", "base_name"))
    problems += [
        problem
        for name, bounds in BOUNDS.items()
        if values[name] is not None and (problem := bounds.problem(name, values[name])) is not None
    ]
    lat, lon = values["base_lat"], values["base_lon"]
    if lat is not None and lon is not None:
        problems += surroundings.place_problems(lat, lon, names=POINT)
    start, end = values["shift_start"], values["shift_end"]
    if start is not None and end is not None and end <= start:
        problems.append(
            FieldProblem(
                pointer="shift_end",
                detail=f"The shift would end at {minute_text(end)}, not after it begins at {minute_text(start)}.",
                value=minute_text(end),
                mend="A team leaves its base and is back on the same day.",
            )
        )
    return problems + leave_problems(values["leave"] or ())
