"""The questions about visits and plans that several parts ask the database."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from app.schedules.models import Schedule, Visit


def visits_in_force(district_code: str) -> Select[Visit]:
    """Visits of the published plan of a district, history included."""
    return select(Visit).where(Visit.district_code == district_code, Visit.in_force)


def last_publication(session: Session, district_code: str) -> int:
    """The number of the last publication of a district, 0 before the first."""
    query = select(func.max(Schedule.publication)).where(Schedule.district_code == district_code)
    return session.scalar(query) or 0


def proven_plans_in_force(schedule: Schedule) -> Select[Schedule]:
    """Published plans around all dates of a run, with a bound on their activations; their files come along.

    Not those of unsure demand: their bound is of the mean of every site, their instance of the plan that was kept."""
    return (
        select(Schedule)
        .where(
            Schedule.district_code == schedule.district_code,
            Schedule.document == schedule.document,
            Schedule.id != schedule.id,
            Schedule.published_at.is_not(None),
            Schedule.superseded_at.is_(None),
            Schedule.upper_bound_activations.is_not(None),
            Schedule.instance_json.is_not(None),
            Schedule.demand_json.is_(None),
            Schedule.first_date <= schedule.first_date,
            Schedule.period_end >= schedule.period_end,
        )
        .options(undefer(Schedule.instance_json), undefer(Schedule.plan_json))
    )
