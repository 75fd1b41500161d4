"""What a schedule changes about trips: who is sent, who is called home, and whose trip is another one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from app.schedules.trips.exchanging import shown
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import WholeTrip, trips_of, whole_trips


@dataclass(frozen=True, slots=True, kw_only=True)
class TripChanges:
    """The trips of one plan beside those of the plan before."""

    added: tuple[WholeTrip, ...]
    withdrawn: tuple[WholeTrip, ...]
    changed: tuple[tuple[WholeTrip, WholeTrip], ...]
    """Before and after: the same team leaves on the same date, and something of the trip is another."""
    unchanged: int


def trip_changes(before: Sequence[WholeTrip], after: Sequence[WholeTrip]) -> TripChanges:
    """From the trips of one plan to those of another."""
    old = {whole.identity: whole for whole in before}
    new = {whole.identity: whole for whole in after}
    both = [(old[key], new[key]) for key in new if key in old]
    changed = tuple((was, becomes) for was, becomes in both if shown(was) != shown(becomes))
    return TripChanges(
        added=tuple(whole for key, whole in new.items() if key not in old),
        withdrawn=tuple(whole for key, whole in old.items() if key not in new),
        changed=changed,
        unchanged=len(both) - len(changed),
    )


def trip_changes_made(session: Session, schedule: Schedule) -> TripChanges:
    """Of a published schedule: what it changed when it was published."""
    own = [whole for whole in trips_of(session, schedule) if whole.trip.published_at is not None]
    uids = [whole.trip.uid for whole in own]
    replaced = whole_trips(
        session,
        select(Trip)
        .join(Schedule, Schedule.id == Trip.schedule_id)
        .where(
            Trip.district_code == schedule.district_code,
            Schedule.document == schedule.document,
            Trip.schedule_id != schedule.id,
            Trip.published_at <= schedule.published_at,
            (Trip.withdrawn_at == schedule.published_at) | Trip.uid.in_(uids),
        )
        .order_by(Trip.published_at, Trip.id),
    )
    # Of a trip carried over several times, only the latest bearer of its identity stood just before.
    return trip_changes(list({whole.trip.uid: whole for whole in replaced}.values()), own)
