"""`/rencana/{id}/pindah`: one visit of a plan: where it could go and at what price, its times, its pin, its way out;
and a site that gets a visit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.errors import AppError, NotFound
from app.http_conventions import LaterWork, NowDep
from app.languages import said
from app.pages.board import Board, Card, DayCell, board_of
from app.pages.board_answers import change_draft, refused_page
from app.pages.board_page import plan_of
from app.pages.frame import Form, page, pages_router
from app.pages.later import LaterPage
from app.pages.readers import DistrictReader, PlannerReader, Reader, ViewerReader
from app.pages.sent_once import once
from app.pages.trip_preview import Effect, trip_preview
from app.pages.visit_forms import (
    Named,
    goal_in,
    goals_of,
    minutes_in,
    named_in,
    start_in,
)
from app.payloads import Id
from app.schedules.drafts import options
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edit_references import refuse_unknown_visit
from app.schedules.drafts.edits import EditOp
from app.schedules.drafts.options import Question
from app.schedules.models import Schedule
from app.schedules.questions.resident import Resident
from app.sites import service as sites

router = pages_router()

_TOLD = {options.SENDS: ("only_trip", "send"), options.OTHER_RIDES: ("other_rides", "do")}
"""Ways that are told before they are made: the keys of `trip_hand` for the heading and the button."""
_ACTS_WHERE_IT_IS = (EditOp.PIN, EditOp.UNPIN, EditOp.DROP, EditOp.RETIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What the page is about."""

    board: Board
    named: Named
    name: str
    """Of the site."""
    card: Card | None
    """None of a site that gets a visit."""
    day: DayCell | None


@router.get("/rencana/{schedule_id}/pindah")
def visit_page(request: Request, schedule_id: Id, session: SessionDep, reader: ViewerReader, now: NowDep) -> Response:
    schedule, here = plan_of(session, reader, schedule_id)
    shown = _shown(session, schedule_id, here, board_of(session, schedule, here), named_in(dict(request.query_params)))
    card = shown.card
    may_go = card is None or (card.can_move and not card.has_begun_day)
    if not (shown.board.is_draft and here.may_write and may_go):
        return _page(request, here, shown)
    question = _question(session, drafts.head_of(session, schedule, now=now), shown.named, here, to=None)
    resident: Resident = request.app.state.resident

    async def find() -> Response:
        try:
            answered = await options.ask_board(resident, question)
        except AppError as error:
            # Everything but moving works without the planning core.
            return await run_in_threadpool(_page, request, here, shown, refused=error)
        return await run_in_threadpool(_page, request, here, shown, answered=answered)

    return LaterPage(find)


def _shown(session: Session, schedule_id: int, here: DistrictReader, board: Board, named: Named) -> _Shown:
    if named.visit is None:
        site = sites.find_site(session, here.district.code, named.site)
        if site is None:
            raise _no_visit()
        return _Shown(board=board, named=named, name=site.name, card=None, day=None)
    for row in board.rows:
        for day in row.days:
            for card in day.cards:
                visit = card.visit
                if (visit.team.code, visit.date, visit.site.code) == (*named.visit, named.site):
                    return _Shown(board=board, named=named, name=visit.site.name, card=card, day=day)
    raise _no_visit()


def _no_visit() -> NotFound:
    return NotFound(
        said(
            "The plan has no such visit any more: somebody moved it or took it out.",
            "Kunjungan itu tidak ada lagi dalam rencana ini: sudah dipindahkan atau dikeluarkan.",
        )
    )


def _page(
    request: Request,
    here: DistrictReader,
    shown: _Shown,
    *,
    answered: options.Board | None = None,
    refused: AppError | None = None,
) -> Response:
    return page(
        request,
        "board/visit.html",
        here,
        board=shown.board,
        named=shown.named,
        site_name=shown.name,
        card=shown.card,
        day_cell=shown.day,
        goals=None if answered is None else goals_of(answered),
        rules={} if answered is None else answered.rules,
        refused=refused,
        retry_seconds=None if refused is None else refused.headers.get("Retry-After"),
    )


def _question(
    session: Session, head: drafts.Head, named: Named, here: DistrictReader, *, to: tuple[str, date] | None
) -> Question:
    refuse_unknown_visit(head.problem, head.version.draft, site=named.site, named=named.visit)
    return options.question(
        session, head, op=named.op, site=named.site, named=named.visit, to=to, minutes=None, actor=here.actor
    )


@router.post("/rencana/{schedule_id}/pindah")
@once
def change_visit(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    def change(schedule: Schedule, here: DistrictReader) -> Response | None:
        named, act = named_in(form), form.get("aksi", EditOp.PLACE.value)
        if act in _ACTS_WHERE_IT_IS:
            edit = named.edit(EditOp(act), start=start_in(form), minutes=minutes_in(form))
            drafts.edit(session, schedule, [edit], actor=here.actor, now=now, is_dry=False)
            return None
        goal = goal_in(form)
        if form.get("paksa"):
            drafts.edit(session, schedule, [named.edit_to(goal)], actor=here.actor, now=now, is_dry=False)
            return None
        question = _question(session, drafts.head_of(session, schedule, now=now), named, here, to=goal)
        return _move(request, reader, schedule_id, question, form, now=now)

    return change_draft(request, session, reader, schedule_id, form, change)


def _move(
    request: Request, reader: Reader, schedule_id: int, question: Question, form: Mapping[str, str], *, now: datetime
) -> Response:
    """Make the move in the best way, or the one that the form names, once the planning core has told the ways."""
    resident: Resident = request.app.state.resident

    async def wait() -> dict[str, Any] | AppError:
        try:
            return await options.ask_cell(resident, question)
        except AppError as error:
            return error

    def keep(session: Session, answer: dict[str, Any] | AppError) -> Response:
        def change(schedule: Schedule, here: DistrictReader) -> Response | None:
            if isinstance(answer, AppError):
                raise answer
            ways = options.options_of(question, answer)
            if not ways:
                against = options.against_of(answer)
                why = None if against is None else against.text
                return refused_page(request, here, schedule_id, None, form, why=why)
            chosen = next((way for way in ways if way.kind == form.get("cara")), ways[0])
            if chosen.kind in _TOLD and chosen.kind != form.get("cara"):
                return _told_trip(request, session, here, schedule_id, chosen, form)
            drafts.edit(session, schedule, chosen.edits, actor=here.actor, now=now, is_dry=False)
            return None

        return change_draft(request, session, reader, schedule_id, form, change)

    return LaterWork(wait, keep)


def _told_trip(
    request: Request,
    session: Session,
    here: DistrictReader,
    schedule_id: int,
    way: options.Option,
    form: Mapping[str, str],
) -> Response:
    """A new trip, or other boats, is nothing that a card is dropped into unseen: it is told first."""
    title, button = _TOLD[way.kind]
    return trip_preview(
        request,
        session,
        here,
        schedule_id,
        Effect(
            sentences=way.sentences,
            changed=way.changed,
            activations=way.figures.activations,
            cost=way.figures.cost,
        ),
        fields=form,
        confirms={"cara": way.kind},
        title=title,
        button=button,
    )
