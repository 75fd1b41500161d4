"""`/rencana`: the plans of a district by period, and the form that asks for another; stop one, delete one."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.errors import AppError
from app.http_conventions import CursorParam, NowDep, decode_cursor, encode_cursor
from app.pages.forms import check_seen
from app.pages.frame import Form, go_to, page, pages_router, problems_by_field
from app.pages.plan_form import MINUTES, in_words_of_the_form, read_wish, wish_form
from app.pages.plan_words import is_under_way, may_be_deleted, plan_at, standing_of
from app.pages.readers import DistrictReader, PlannerPage, PlannerReader, ViewerPage
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules import service as schedules
from app.schedules.answers import schedule_out
from app.schedules.schemas import ScheduleOut
from app.schedules.service import RunEnded
from app.sites.models import SiteKind

router = pages_router()

_PLANS_A_PAGE = 40
MOST_FOLLOWED = 3
"""Runs that one page follows live: a browser keeps few connections to one host."""
Period = tuple[date, date, str]
"""First date, last date, document."""


@router.get("/rencana")
def list_plans(request: Request, session: SessionDep, reader: ViewerPage, cursor: CursorParam = None) -> Response:
    return _plans(request, session, reader, before_id=decode_cursor(cursor))


@router.post("/rencana")
@once
def make_plan(request: Request, session: SessionDep, reader: PlannerPage, form: Form, now: NowDep) -> Response:
    try:
        check_district(reader.actor, reader.district.code, write=True)
        wish = read_wish(form).to_wish()
        # What a refused wish has begun to store is not kept.
        with session.begin_nested():
            schedule = schedules.request_schedule(session, reader.district, wish, actor=reader.actor, now=now)
    except AppError as error:
        return _plans(request, session, reader, sent=form, refused=in_words_of_the_form(error))
    return go_to(f"/rencana/{schedule.id}")


def _plans(
    request: Request,
    session: Session,
    reader: DistrictReader,
    *,
    before_id: int = 0,
    sent: Mapping[str, str] | None = None,
    refused: AppError | None = None,
) -> Response:
    rows = schedules.list_schedules(session, reader.district.code, before_id=before_id, limit=_PLANS_A_PAGE + 1)
    places = schedules.places_in_line(session, [row.id for row in rows])
    shown = [schedule_out(row, place=places.get(row.id)) for row in rows[:_PLANS_A_PAGE]]
    answer = page(
        request,
        "plans/plans.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        groups=_by_period(shown),
        next_cursor=encode_cursor(shown[-1].id) if len(rows) > _PLANS_A_PAGE else None,
        is_first_page=before_id == 0,
        followed=[row.id for row in shown if is_under_way(row)][:MOST_FOLLOWED],
        form=wish_form(session, reader, sent) if reader.may_write else None,
        minutes=MINUTES,
        kinds=[kind.value for kind in SiteKind],
        refused=refused,
        problems=problems_by_field(refused),
        standing_of=standing_of,
        may_be_deleted=may_be_deleted,
        is_under_way=is_under_way,
    )
    answer.headers.update({} if refused is None else refused.headers)
    return answer


def _by_period(shown: Sequence[ScheduleOut]) -> Mapping[Period, Sequence[ScheduleOut]]:
    """In the order of the newest plan of each period; in a period the plan in force comes first."""
    groups: dict[Period, list[ScheduleOut]] = {}
    for row in shown:
        groups.setdefault((row.period.start, row.period.end, row.document.value), []).append(row)
    return {period: sorted(rows, key=lambda row: row.stage != "published") for period, rows in groups.items()}


@router.post("/rencana/{schedule_id}/batal")
@once
def cancel_run(session: SessionDep, schedule_id: Id, reader: PlannerReader, now: NowDep) -> Response:
    about, schedule, _ = plan_at(session, reader, schedule_id, for_update=True)
    check_district(about.actor, schedule.district_code, write=True)
    # One that ended while the button was on its way has nothing to stop: its page tells how it ended.
    with suppress(RunEnded):
        schedules.cancel(session, schedule, actor=about.actor, now=now)
    return go_to(f"/rencana/{schedule_id}")


@router.get("/rencana/{schedule_id}/hapus")
def ask_to_delete(request: Request, session: SessionDep, schedule_id: Id, reader: PlannerReader) -> Response:
    about, _, shown = plan_at(session, reader, schedule_id)
    check_district(about.actor, shown.district_code, write=True)
    return page(
        request, "plans/delete.html", about, plan=shown, standing=standing_of(shown), may_be_deleted=may_be_deleted
    )


@router.post("/rencana/{schedule_id}/hapus")
@once
def delete_plan(session: SessionDep, schedule_id: Id, reader: PlannerReader, form: Form, now: NowDep) -> Response:
    about, schedule, _ = plan_at(session, reader, schedule_id, for_update=True)
    check_district(about.actor, schedule.district_code, write=True)
    if schedule.draft_version is not None:
        # Who saw another version is told, instead of deleting what they never saw.
        check_seen(form, schedule.draft_version)
    schedules.delete(session, schedule, actor=about.actor, now=now)
    return go_to("/rencana")
