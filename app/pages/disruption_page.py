"""`/rencana/{id}/halangan`: a team cannot go out on a day; `/rencana/{id}/pilihan`: the change that was found for it,
beside changing nothing."""

from datetime import date

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.models import District
from app.districts.service import get_district
from app.errors import AppError, InvalidRequest
from app.http_conventions import NowDep
from app.pages.board import Board, DayCell, board_of, plan_path
from app.pages.board_answers import refused_page
from app.pages.board_page import plan_of
from app.pages.disruption_forms import day_named, trouble_in
from app.pages.frame import Form, go_to, page, pages_router, problems_by_field
from app.pages.readers import DistrictReader, PlannerReader, ViewerReader
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.answers import schedule_out, visits_out
from app.schedules.disruptions import disrupt
from app.schedules.models import RunStatus, Schedule

router = pages_router()


@router.get("/rencana/{schedule_id}/halangan")
def call_off_page(request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader) -> Response:
    """What falls out where a team cannot go on a day, and the button that has the plan changed."""
    schedule, here = plan_of(session, reader, schedule_id, writes=True)
    return _ask(request, session, schedule, here, dict(request.query_params), None)


@router.post("/rencana/{schedule_id}/halangan")
@once
def call_off(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    """Store the leave and put the change of the plan in force in line."""
    schedule, here = plan_of(session, reader, schedule_id, writes=True)
    district: District = get_district(session, schedule.district_code)
    try:
        with session.begin_nested():
            trouble = trouble_in(form, document=schedule.document)
            disruption = disrupt(session, district, trouble, actor=here.actor, now=now)
    except AppError as error:
        return _ask(request, session, schedule, here, form, error)
    return go_to(f"/rencana/{disruption.run.id}/pilihan")


def _ask(
    request: Request,
    session: Session,
    schedule: Schedule,
    here: DistrictReader,
    fields: dict[str, str] | Form,
    refused: AppError | None,
) -> Response:
    team, day = day_named(fields)
    cell = _cell(board_of(session, schedule, here), team, day)
    answer = page(
        request,
        "board/call_off.html",
        here,
        status_code=200 if refused is None else refused.status_code,
        schedule_id=schedule.id,
        plan_path=plan_path(schedule.id),
        team=team,
        day_named=day,
        cell=cell,
        fields=fields,
        refused=refused,
        problems=problems_by_field(refused) if isinstance(refused, InvalidRequest) else {},
    )
    answer.headers.update({} if refused is None else refused.headers)
    return answer


def _cell(board: Board, team: str, day: date) -> DayCell | None:
    days = (cell for row in board.rows for cell in row.days)
    return next((cell for cell in days if (cell.team, cell.date) == (team, day)), None)


@router.get("/rencana/{schedule_id}/pilihan")
def choose_change(
    request: Request, schedule_id: Id, session: SessionDep, reader: ViewerReader, now: NowDep
) -> Response:
    """The plan in force unchanged beside the change that was found; while it is looked for, how far that is."""
    schedule, here = plan_of(session, reader, schedule_id)
    place = schedules.places_in_line(session, [schedule.id]).get(schedule.id)
    shown = schedule_out(schedule, place=place)
    is_ready = shown.result is not None and schedule.published_at is None
    changes = publishing.changes(session, schedule, now=now) if is_ready else None
    concerned = (
        ()
        if changes is None
        else (*changes.added, *changes.withdrawn, *(visit for two in changes.retimed for visit in two))
    )
    visits = visits_out(session, schedule.district_code, concerned, now=now)
    answer = page(
        request,
        "board/choose.html",
        here,
        plan=shown,
        plan_path=plan_path(schedule.id),
        # The one that is changed, which stays in force.
        standing_path=plan_path(schedule.id if shown.request.kept is None else shown.request.kept.schedule_id),
        is_waiting=schedule.run_status in (RunStatus.QUEUED, RunStatus.RUNNING),
        added=[] if changes is None else [visits[visit.id] for visit in changes.added],
        withdrawn=[] if changes is None else [visits[visit.id] for visit in changes.withdrawn],
        retimed=[] if changes is None else [(visits[before.id], visits[after.id]) for before, after in changes.retimed],
        unchanged=0 if changes is None else changes.unchanged,
    )
    if schedule.run_status in (RunStatus.QUEUED, RunStatus.RUNNING):
        answer.headers["Refresh"] = "3"
    return answer


@router.post("/rencana/{schedule_id}/pilihan")
@once
def take_change(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    """Put the change into force."""
    schedule, here = plan_of(session, reader, schedule_id, writes=True, is_locked=True)
    try:
        with session.begin_nested():
            publishing.publish(session, schedule, actor=here.actor, now=now)
    except AppError as error:
        return refused_page(request, here, schedule_id, error, form)
    return go_to(plan_path(schedule_id))
