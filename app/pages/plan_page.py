"""`/rencana/{id}`: one plan: its verdict, figures and doubts, the board, the map, the way to the target; or its run."""

from collections.abc import Sequence
from datetime import date, timedelta

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.targets.data_warning import DataWarning, Severity
from app.errors import NotFound
from app.http_conventions import NowDep
from app.maps.trip_lines import trip_lines
from app.pages.board import Board, board_of
from app.pages.frame import page, pages_router, tiles_of
from app.pages.plan_line import plan_line
from app.pages.plan_words import may_be_deleted, plan_at, standing_of
from app.pages.readers import DistrictReader, ViewerReader
from app.payloads import Id
from app.reports.progress import Progress
from app.reports.service import progress
from app.schedules import service as schedules
from app.schedules.answers import visits_out
from app.schedules.models import Schedule
from app.schedules.result_schemas import TextOut
from app.schedules.schemas import ScheduleOut
from app.schedules.visit_schemas import VisitOut

router = pages_router()

MOST_VISITS = 5_000
"""Of one plan: more than any that a district of the examples has by a factor of ten."""


@router.get("/rencana/{schedule_id}")
def show_plan(request: Request, session: SessionDep, schedule_id: Id, reader: ViewerReader, now: NowDep) -> Response:
    about, schedule, shown = plan_at(session, reader, schedule_id)
    standing = standing_of(shown)
    if shown.result is None:
        return page(request, "plans/run.html", about, plan=shown, standing=standing)
    board = board_of(session, schedule, about)
    report = _report(session, schedule, about)
    return page(
        request,
        "plans/plan.html",
        about,
        has_map=True,
        plan=shown,
        standing=standing,
        may_be_deleted=may_be_deleted,
        board=board,
        on_map=_on_map(board),
        trips=[trip.model_dump(mode="json") for trip in trip_lines(session, schedule)],
        tiles=tiles_of(request.app.state.settings),
        owed=_owed(shown),
        doubts=_warnings(report, are_notes=False),
        notes=_warnings(report, are_notes=True),
        line=None if report is None else plan_line(session, schedule, report, now=now),
    )


def visits_of(session: Session, schedule: Schedule, reader: DistrictReader) -> Sequence[VisitOut]:
    """The visits of a plan by date, team and hour, as the API shows them."""
    rows = schedules.list_visits(session, schedule, after_id=0, limit=MOST_VISITS)
    shown = visits_out(session, schedule.district_code, rows, now=reader.now)
    return sorted(shown.values(), key=lambda visit: (visit.date, visit.team.code, visit.starts_at))


def _on_map(board: Board) -> list[list[str | int]]:
    """What the map needs of visits beside its sites: code of the site, team, ISO date, people."""
    visits = [card.visit for row in board.rows for cell in row.days for card in cell.cards]
    return [[visit.site.code, visit.team.code, visit.date.isoformat(), visit.expected_activations] for visit in visits]


def _report(session: Session, schedule: Schedule, reader: DistrictReader) -> Progress | None:
    """The report on the plan's target; of a plan for days gone by, that of the day before it."""
    try:
        return progress(session, reader.district, schedule.document, on=_day_of_report(schedule, reader.today))
    except NotFound:
        # The target was removed since; the plan keeps the figures that it was made with.
        return None


def _day_of_report(schedule: Schedule, today: date) -> date:
    before = schedule.first_date - timedelta(days=1)
    return min(today, before) if schedule.is_back_test else today


def _warnings(report: Progress | None, *, are_notes: bool) -> Sequence[DataWarning]:
    warnings = () if report is None else report.warnings
    return [warning for warning in warnings if (warning.severity is Severity.NOTE) is are_notes]


def _owed(shown: ScheduleOut) -> Sequence[TextOut]:
    """Sites and visits that the plan owes and does not give, and whom nobody can visit."""
    missed = None if shown.result is None else shown.result.missed
    owed = (
        []
        if missed is None
        else [
            *(owing.text for owing in missed.must_visits),
            *(owing.text for owing in missed.pins),
            *(owing.text for owing in missed.trips),
        ]
    )
    return [*(site.text for site in shown.unvisitable), *owed]
