"""`/tim`: the teams of a district; one team, to read, to change, to send on leave and to give breaks."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.kits import Kit
from app.districts.models import Document
from app.districts.service import get_district
from app.errors import AppError, NotFound, invalid
from app.http_conventions import decode_cursor, encode_cursor
from app.languages import Language, said
from app.pages.edit_forms import PROVENANCES, REFUSALS, Edited, by_others, edited, record_form
from app.pages.forms import check_seen, filled, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.team_form import blank_team_values, team_body, team_values
from app.pages.texts import options
from app.payloads import Id
from app.tables.fields import WEEKDAYS, BadText
from app.teams import service as teams
from app.teams.breaks import BREAKS_MEND, BreakRule, read_breaks, write_breaks
from app.teams.models import Team, TeamBreak
from app.teams.schemas import LeaveIn, TeamIn, TeamPatch, team_out
from app.teams.values import rule_of

router = pages_router()

_ROWS = 100
Cursor = Annotated[str | None, Query(alias="sesudah", max_length=200)]


@router.get("/tim")
def list_teams(request: Request, session: SessionDep, reader: PlannerPage, sesudah: Cursor = None) -> Response:
    rows = teams.list_teams(session, reader.district.code, after_id=decode_cursor(sesudah), limit=_ROWS + 1)
    return page(
        request,
        "teams/list.html",
        reader,
        teams=[team_out(row) for row in rows[:_ROWS]],
        weekdays=WEEKDAYS,
        following=f"/tim?sesudah={encode_cursor(rows[_ROWS - 1].id)}" if len(rows) > _ROWS else None,
    )


@router.get("/tim/baru")
def new_team(request: Request, reader: PlannerPage) -> Response:
    return _form(request, reader, blank_team_values())


@router.post("/tim/baru")
@once
def create_team(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, blank_team_values())
    try:
        body = read_as(TeamIn, {name: value for name, value in team_body(sent, {}).items() if value is not None})
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            team = teams.create_team(session, district, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, reader, sent.values, refused=refused)
    return go_to(f"/tim/{team.id}?tersimpan=true")


@router.get("/tim/{named}")
def one_team(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    named: str,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    return _one(request, reader, _team(session, reader, named), is_stored=tersimpan)


@router.post("/tim/{named}")
@once
def change_team(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    team = _team(session, reader, named, write=True)
    shown = team_out(team)
    sent = edited(form, team_values(shown))
    try:
        check_seen(form, team.version)
        body = read_as(TeamPatch, team_body(sent, shown.provenance))
        with session.begin_nested():
            teams.change_team(session, team, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, reader, _team(session, reader, named), sent=sent, refused=refused)
    return go_to(f"/tim/{team.id}?tersimpan=true")


@router.post("/tim/{named}/cuti")
@once
def add_leave(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    team = _team(session, reader, named, write=True)
    leave = filled({name: form.get(name, "") for name in ("starts_on", "ends_on", "reason")})
    if "starts_on" in leave:
        # One day of leave is a period of one.
        leave.setdefault("ends_on", leave["starts_on"])
    try:
        body = read_as(LeaveIn, leave)
        with session.begin_nested():
            teams.add_leave(session, team, body.as_leave(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, reader, _team(session, reader, named), added=form, refused=refused)
    return go_to(f"/tim/{team.id}?tersimpan=true")


@router.post("/tim/{named}/cuti/{leave_id}/hapus")
@once
def remove_leave(session: SessionDep, reader: PlannerPage, named: str, leave_id: Id) -> Response:
    team = _team(session, reader, named, write=True)
    teams.remove_leave(session, team, leave_id, actor=reader.actor, now=reader.now)
    return go_to(f"/tim/{team.id}?tersimpan=true")


@router.post("/tim/{named}/jeda")
@once
def add_breaks(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    team = _team(session, reader, named, write=True)
    try:
        with session.begin_nested():
            for rule in _breaks_in(form.get("breaks", "")):
                teams.add_break(session, team, rule, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, reader, _team(session, reader, named), added=form, refused=refused)
    return go_to(f"/tim/{team.id}?tersimpan=true")


@router.post("/tim/{named}/jeda/{break_id}/hapus")
@once
def remove_break(session: SessionDep, reader: PlannerPage, named: str, break_id: Id) -> Response:
    team = _team(session, reader, named, write=True)
    teams.remove_break(session, team, break_id, actor=reader.actor, now=reader.now)
    return go_to(f"/tim/{team.id}?tersimpan=true")


def _breaks_in(text: str) -> Sequence[BreakRule]:
    """The breaks of a line as files say them, at least one; raises `InvalidRequest`."""
    try:
        rules = read_breaks(text)
    except BadText as error:
        raise invalid("/breaks", error.detail, value=text, mend=error.mend) from error
    if not rules:
        raise invalid("/breaks", said("No break is named.", "Belum disebut istirahatnya."), mend=BREAKS_MEND)
    return rules


def _break_words(row: TeamBreak, language: Language) -> str:
    """A break as the form and files take it, its weekdays in the reader's language."""
    text = write_breaks([rule_of(row)])
    if language is not Language.INDONESIAN:
        return text
    minutes, hours, weekdays, *rest = text.split(" ", 3)
    return " ".join([minutes, hours, _WEEKDAYS.sub(lambda word: _IN_INDONESIAN[word[0]], weekdays), *rest])


_IN_INDONESIAN = dict(zip(WEEKDAYS, ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"), strict=True))
_WEEKDAYS = re.compile("|".join(WEEKDAYS))


@router.post("/tim/{named}/hapus")
@once
def delete_team(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    team = _team(session, reader, named, write=True)
    try:
        check_seen(form, team.version)
        teams.delete_team(session, team, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, reader, _team(session, reader, named), refused=refused)
    return go_to("/tim")


def _team(session: Session, reader: DistrictReader, named: str, *, write: bool = False) -> Team:
    """The team of the reader's district by its number, or else by its code; raises `NotFound`."""
    team = teams.find_team(session, reader.district.code, named)
    if team is None:
        raise NotFound(
            said("There is no team {team} in this district.", "Tidak ada tim {team} di daerah ini.", team=named)
        )
    return teams.read_team(session, team.id, actor=reader.actor, write=write)


def _one(
    request: Request,
    reader: DistrictReader,
    team: Team,
    *,
    sent: Edited | None = None,
    added: Mapping[str, str] | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    shown = team_out(team)
    stored = team_values(shown)
    return _form(
        request,
        reader,
        stored if sent is None else sent.values,
        refused=refused,
        team=shown,
        stored=stored,
        meanwhile=by_others(stored, sent, refused),
        added=added or {},
        breaks=[(row.id, _break_words(row, reader.language)) for row in team.breaks],
        is_stored=is_stored,
    )


def _form(
    request: Request,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", blank_team_values())
    return record_form(
        request,
        "teams/one.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        kits=list(Kit),
        documents=list(Document),
        weekdays=WEEKDAYS,
        provenance_options=options("provenance", PROVENANCES, reader.language),
        **({"team": None, "meanwhile": (), "added": {}, "is_stored": False} | about_one),
    )
