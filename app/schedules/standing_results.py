"""What is known to have happened at visits: of each visit the one result that no other corrects, and its state."""

import uuid
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from app.schedules.models import Visit, VisitOutcome, VisitResult


class VisitState(StrEnum):
    """Where a visit stands on its way from a plan to a fact."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"
    """Over, and nobody has reported what happened."""
    LOST = "lost"
    """Reported as not held."""
    CANCELLED = "cancelled"
    """Withdrawn from the published plan."""


def state_of(visit: Visit, result: VisitResult | None, *, now: datetime) -> VisitState:
    """`result`: the standing one. What happened counts, in whatever plan the visit stands by then."""
    if result is not None:
        return VisitState.LOST if result.outcome == VisitOutcome.NOT_HELD else VisitState.DONE
    if visit.withdrawn_at is not None:
        return VisitState.CANCELLED
    return VisitState.MISSED if visit.published_at is not None and visit.ends_at <= now else VisitState.PLANNED


def standing_results(session: Session, district_code: str, uids: Collection[uuid.UUID]) -> dict[uuid.UUID, VisitResult]:
    """By the visit's identity."""
    rows = session.scalars(
        select(VisitResult).where(
            VisitResult.district_code == district_code, VisitResult.stands, VisitResult.visit_uid.in_(uids)
        )
    )
    return {row.visit_uid: row for row in rows}


def is_reported() -> ColumnElement[bool]:
    """Of a visit in a query: somebody has reported what happened."""
    result = aliased(VisitResult)
    return exists().where(
        and_(result.district_code == Visit.district_code, result.visit_uid == Visit.uid, result.stands)
    )
