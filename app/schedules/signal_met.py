"""What signal visits have met at each site, which planning may put in the place of a rating."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from app.schedules.models import Schedule, Visit, VisitResult
from app.sites.models import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class MetSignal:
    """The signal that the last visit which tells of it found, 0 none to 4 excellent."""

    level: int
    on: date


def last_signal(
    session: Session, district_code: str, document: str, *, until: date = date.max
) -> Mapping[int, MetSignal]:
    """By the id of the site: what visits of a document up to a day met there last, whosever session they held."""
    held_at = aliased(Site)
    rows = session.execute(
        select(func.coalesce(held_at.id, Visit.site_id).label("site_id"), Visit.date, VisitResult.signal_met)
        .outerjoin(
            held_at,
            and_(
                held_at.district_code == Visit.district_code,
                held_at.code == Visit.planned_with["session_at"].as_string(),
            ),
        )
        .join(VisitResult, VisitResult.visit_id == Visit.id)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            VisitResult.district_code == district_code,
            VisitResult.stands,
            VisitResult.signal_met.is_not(None),
            # What a satellite kit meets is not what the site has.
            Visit.planned_with["has_satellite"].as_boolean().is_(False),
            Visit.date <= until,
            Schedule.document == document,
        )
        .order_by(Visit.date, Visit.starts_at, Visit.id)
    )
    return {row.site_id: MetSignal(level=row.signal_met, on=row.date) for row in rows}
