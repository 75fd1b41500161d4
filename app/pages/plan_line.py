"""The way to the target under one plan: the line to keep to, and what is expected with this plan in force."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.pages.progress_line import DayCount, ProgressLine, progress_line
from app.reports.progress import Progress
from app.schedules import publishing
from app.schedules.models import Schedule, Visit


def plan_line(session: Session, schedule: Schedule, report: Progress, *, now: datetime) -> ProgressLine | None:
    """None where no working day is left to draw.

    What is expected counts visits in force; a draft adds what publishing it now would add, and takes what it would."""
    days = report.required_line
    if len(days) < 2:
        return None
    won = _won_by_publishing(session, schedule, now=now) if schedule.published_at is None else {}
    return progress_line(
        (
            ("required", [DayCount(point.date, point.required_activated) for point in days]),
            ("expected", [DayCount(point.date, point.expected_activated + _until(won, point.date)) for point in days]),
        ),
        target=report.target_count,
    )


def _won_by_publishing(session: Session, schedule: Schedule, *, now: datetime) -> dict[date, int]:
    """Activations by date that the plan wins more than the one in force; those that it wins less are negative."""
    changes = publishing.changes(session, schedule, now=now)
    won: dict[date, int] = {}
    _add(won, (*changes.added, *(after for _, after in changes.retimed)), 1)
    _add(won, (*changes.withdrawn, *(before for before, _ in changes.retimed)), -1)
    return won


def _add(won: dict[date, int], visits: Iterable[Visit], sign: int) -> None:
    for visit in visits:
        won[visit.date] = won.get(visit.date, 0) + sign * visit.expected_activations


def _until(won: dict[date, int], day: date) -> int:
    return sum(count for on, count in won.items() if on <= day)
