"""What can be done with teams: keep them, send them on leave, say who is free on a day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.access import service as access
from app.access.permissions import visible_team
from app.access.service import Actor
from app.districts import working_calendar
from app.districts.models import District
from app.districts.surroundings import surroundings_of
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import joined, said
from app.tables.fields import placed
from app.teams.breaks import BreakRule, break_problems, rule_problems, write_breaks
from app.teams.leave import Leave, leave_problems
from app.teams.models import Team, TeamBreak, TeamLeave
from app.teams.team_tables import export_teams as export_teams
from app.teams.team_tables import import_teams as import_teams
from app.teams.team_tables import load_teams as load_teams
from app.teams.values import (
    DEFAULTS,
    REQUIRED,
    TeamFields,
    break_row,
    break_rows,
    breaks_of,
    columns_of,
    fields_of,
    leave_rows,
    make_fields,
    problems_of,
    rule_of,
    values_of,
)


class TeamCodeTaken(Conflict):
    """Another team of the district has this code."""


class TeamPlanned(Conflict):
    """A visit refers to the team."""


class LeaveOverlaps(Conflict):
    """The team is on leave on some of these days already."""


class BreaksOverlap(Conflict):
    """The team takes another break on some of these dates already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAvailability:
    team: Team
    works_on: tuple[bool, ...]
    """One flag per date asked for."""


def create_team(
    session: Session, district: District, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Team:
    """A new team of the fields in `values`; raises `InvalidRequest`, `TeamCodeTaken`."""
    blank: dict[str, Any] = dict.fromkeys(TeamFields.__dataclass_fields__) | DEFAULTS
    fields = _checked(session, district, blank | _with_defaults(values))
    team = Team(district_code=district.code, **columns_of(fields), leaves=leave_rows(fields), breaks=break_rows(fields))
    _flush_code(session, team)
    _record(session, "team.create", team, actor=actor, now=now, details={"code": team.code})
    return team


def read_team(
    session: Session, team_id: int, *, actor: Actor, write: bool = False, if_match: str | None = None
) -> Team:
    """A team that the actor may see, its leave loaded; for `write` locked and, with `if_match`, its version checked.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`."""
    team = _find(session, Team.id == team_id, lock=write)
    if team is None or not actor.may_read(team.district_code):
        raise NotFound(
            said(
                "There is no team {team}, or this token does not open its district.",
                "Tidak ada tim {team}, atau token ini tidak membuka daerahnya.",
                team=team_id,
            )
        )
    visible_team(actor, team.id)
    if write and not actor.may_write(team.district_code):
        raise access.read_only_district(team.district_code)
    return team


def find_team(session: Session, district_code: str, named: str) -> Team | None:
    """The team of a district by its number, or else by its code."""
    mine = select(Team).where(Team.district_code == district_code)
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 10 else None
    by_number = None if number is None else session.scalar(mine.where(Team.id == number))
    return by_number or session.scalar(mine.where(Team.code == named.replace("\0", "")))


def list_teams(
    session: Session, district_code: str, *, only_team_id: int | None = None, after_id: int = 0, limit: int = 500
) -> Sequence[Team]:
    """Teams by id; `only_team_id` leaves the others out."""
    query = (
        select(Team)
        .where(Team.district_code == district_code, Team.id > after_id)
        .options(selectinload(Team.leaves), selectinload(Team.breaks))
        .order_by(Team.id)
        .limit(limit)
    )
    if only_team_id is not None:
        query = query.where(Team.id == only_team_id)
    return session.scalars(query).all()


def change_team(session: Session, team: Team, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Team:
    """Set the fields in `changes`; None empties one. Raises `InvalidRequest`, `TeamCodeTaken`."""
    before = fields_of(team)
    merged = values_of(before) | _with_defaults(changes)
    fields = _checked(session, session.get_one(District, team.district_code), merged)
    if fields == before:
        return team
    for name, value in columns_of(fields).items():
        setattr(team, name, value)
    _flush_code(session, team)
    changed = sorted(name for name in merged if merged[name] != getattr(before, name))
    _record(session, "team.update", team, actor=actor, now=now, details={"fields": changed})
    return team


def delete_team(session: Session, team: Team, *, actor: Actor, now: datetime) -> None:
    """Remove a team that no visit refers to, and its tokens; raises `TeamPlanned`."""
    # Visits lie above teams, so the foreign key is the one who knows them.
    try:
        with session.begin_nested():
            session.delete(team)
    except IntegrityError as error:
        raise TeamPlanned(
            said(
                "Team {code!r} has visits, past or planned, and cannot be deleted. Give it leave "
                "instead: POST /v1/teams/{team}/leave.",
                "Tim {code!r} punya kunjungan, yang lalu atau yang direncanakan, sehingga tidak "
                "dapat dihapus. Beri cuti saja: POST /v1/teams/{team}/leave.",
                code=team.code,
                team=team.id,
            )
        ) from error
    _record(session, "team.delete", team, actor=actor, now=now, details={"code": team.code, "name": team.name})


def add_leave(session: Session, team: Team, leave: Leave, *, actor: Actor, now: datetime) -> TeamLeave:
    """Send a team on leave; raises `InvalidRequest`, `LeaveOverlaps`."""
    if problems := leave_problems([leave]):
        raise InvalidRequest(joined(problems[0].detail, problems[0].mend), problems=placed(problems, "/"))
    known = fields_of(team).leave
    if problems := leave_problems([*known, leave]):
        raise LeaveOverlaps(joined(problems[0].detail, problems[0].mend), problems=placed(problems, "/"))
    row = TeamLeave(starts_on=leave.starts_on, ends_on=leave.ends_on, reason=leave.reason)
    team.leaves.append(row)
    flag_modified(team, "name")
    session.flush()
    _record(session, "team.leave.add", team, actor=actor, now=now, details=_shown(row))
    return row


def remove_leave(session: Session, team: Team, leave_id: int, *, actor: Actor, now: datetime) -> None:
    row = next((leave for leave in team.leaves if leave.id == leave_id), None)
    if row is None:
        raise NotFound(
            said(
                "Team {code!r} has no leave {leave}; GET /v1/teams/{team} lists it.",
                "Tim {code!r} tidak punya cuti {leave}; GET /v1/teams/{team} menampilkan daftarnya.",
                code=team.code,
                leave=leave_id,
                team=team.id,
            )
        )
    team.leaves.remove(row)
    flag_modified(team, "name")
    _record(session, "team.leave.remove", team, actor=actor, now=now, details=_shown(row))


def add_break(session: Session, team: Team, rule: BreakRule, *, actor: Actor, now: datetime) -> TeamBreak:
    """Let a team take a break on its dates from now on; raises `InvalidRequest`, `BreaksOverlap`."""
    if problems := rule_problems(rule, shift=(team.shift_start, team.shift_end)):
        raise InvalidRequest(joined(problems[0].detail, problems[0].mend), problems=placed(problems, "/"))
    if problems := break_problems([*breaks_of(team), rule], shift=None):
        raise BreaksOverlap(joined(problems[0].detail, problems[0].mend), problems=placed(problems, "/"))
    row = break_row(rule)
    team.breaks.append(row)
    flag_modified(team, "name")
    session.flush()
    _record(session, "team.break.add", team, actor=actor, now=now, details={"break": write_breaks([rule])})
    return row


def remove_break(session: Session, team: Team, break_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a break back; plans that hold it stay as they are. Raises `NotFound`."""
    row = next((row for row in team.breaks if row.id == break_id), None)
    if row is None:
        raise NotFound(
            said(
                "Team {code!r} has no break {number}; GET /v1/teams/{team} lists them.",
                "Tim {code!r} tidak punya jeda {number}; GET /v1/teams/{team} menampilkan daftarnya.",
                code=team.code,
                number=break_id,
                team=team.id,
            )
        )
    text = write_breaks([rule_of(row)])
    team.breaks.remove(row)
    flag_modified(team, "name")
    _record(session, "team.break.remove", team, actor=actor, now=now, details={"break": text})


def availability(
    session: Session, district: District, dates: Sequence[date], days_off: Collection[date]
) -> tuple[TeamAvailability, ...]:
    """Every team by code and the dates on which it goes out: its weekdays (or the district's), less days off and leave.

    A Saturday that the district works as an exception is one for the teams that keep the district's weekdays."""
    teams = session.scalars(
        select(Team)
        .where(Team.district_code == district.code)
        .options(selectinload(Team.leaves), selectinload(Team.breaks))
        .order_by(Team.code)
    ).all()
    local = working_calendar.overrides(session, district, min(dates), max(dates)) if dates else {}
    opened = {day for day, row in local.items() if row.is_working}

    def works(team: Team, day: date) -> bool:
        if day in days_off or any(leave.starts_on <= day <= leave.ends_on for leave in team.leaves):
            return False
        if team.working_weekdays is None:
            return day in opened or working_calendar.is_working_weekday(district.working_weekdays, day)
        return working_calendar.is_working_weekday(team.working_weekdays, day)

    return tuple(TeamAvailability(team=team, works_on=tuple(works(team, day) for day in dates)) for team in teams)


def _find(session: Session, *conditions: Any, lock: bool = False) -> Team | None:
    query = select(Team).where(*conditions).options(selectinload(Team.leaves), selectinload(Team.breaks))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: DEFAULTS.get(name) if value is None else value for name, value in values.items()}


def _checked(session: Session, district: District, values: dict[str, Any]) -> TeamFields:
    problems = [
        FieldProblem(
            pointer=name, detail=said("It is missing.", "Belum diisi."), mend=said("Give it a value.", "Isi nilainya.")
        )
        for name in REQUIRED
        if values[name] is None
    ]
    problems += problems_of(values, surroundings=surroundings_of(session, district))
    if problems:
        shown = joined(
            *(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems[:3]), by="; "
        )
        raise InvalidRequest(shown, problems=placed(problems, "/"))
    return make_fields(values)


def _flush_code(session: Session, team: Team) -> None:
    try:
        with session.begin_nested():
            session.add(team)
    except IntegrityError as error:
        raise TeamCodeTaken(
            said(
                "The district has a team with the code {team!r} already; change that one, or choose another code.",
                "Daerah ini sudah punya tim berkode {team!r}; ubah yang itu, atau pilih kode lain.",
                team=team.code,
            ),
            problems=[
                FieldProblem(
                    pointer="/code", detail=said("The code is taken.", "Kode ini sudah dipakai."), value=team.code
                )
            ],
        ) from error


def _shown(leave: TeamLeave) -> dict[str, Any]:
    return {"starts_on": leave.starts_on.isoformat(), "ends_on": leave.ends_on.isoformat(), "reason": leave.reason}


def _record(session: Session, action: str, team: Team, *, actor: Actor, now: datetime, details: dict[str, Any]) -> None:
    access.record(session, actor, action, f"team/{team.id}", now=now, district_code=team.district_code, details=details)
    session.flush()
