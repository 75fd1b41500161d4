"""The trips in force that a run finds: those that stay as they are, when its teams are away, and the others."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import WholeTrip, trips_in_force, whole_trips
from app.teams.models import Team


def staying_days(session: Session, schedule: Schedule) -> frozenset[tuple[str, date]]:
    """Team-days, by the team's code, of trips in force that a plan for the schedule's dates leaves as they are."""
    first, last = schedule.first_date, schedule.period_end
    rows = session.execute(
        trips_in_force(schedule.district_code, first=first, last=last)
        .join(Schedule, Schedule.id == Trip.schedule_id)
        .join(Team, Team.id == Trip.team_id)
        .where(or_(Schedule.document != schedule.document, ~_is_planned_anew(schedule)))
        .with_only_columns(Team.code, Trip.starts_on, Trip.ends_on)
    )
    return frozenset(
        (row.code, row.starts_on + timedelta(days=number))
        for row in rows
        for number in range((row.ends_on - row.starts_on).days + 1)
    )


def trips_to_replan(session: Session, schedule: Schedule) -> list[WholeTrip]:
    """The trips in force whose place a plan for the schedule's dates takes; of a draft that it goes on from, those."""
    base = None if schedule.copied_from_id is None else session.get(Schedule, schedule.copied_from_id)
    if base is not None:
        query = select(Trip).where(Trip.schedule_id == base.id).order_by(Trip.id)
    else:
        query = trips_in_force(
            schedule.district_code, first=schedule.first_date, last=schedule.period_end, document=schedule.document
        )
    return whole_trips(session, query.where(_is_planned_anew(schedule)))


def pinned_trips(session: Session, schedule: Schedule) -> list[tuple[str, WholeTrip]]:
    """Of those the ones that a plan for the schedule's dates has to keep, each with the code of its team."""
    kept = [whole for whole in trips_to_replan(session, schedule) if whole.trip.pinned]
    if not kept:
        return []
    teams = session.execute(select(Team.id, Team.code).where(Team.district_code == schedule.district_code))
    codes = {row.id: row.code for row in teams}
    return [(codes[whole.trip.team_id], whole) for whole in kept]


def _is_planned_anew(schedule: Schedule) -> ColumnElement[bool]:
    """As `trip_exchange` has it at the time of the request."""
    is_whole = and_(Trip.starts_on >= schedule.first_date, Trip.ends_on <= schedule.period_end)
    return is_whole if schedule.is_back_test else and_(is_whole, Trip.leaves_at >= schedule.requested_at)
