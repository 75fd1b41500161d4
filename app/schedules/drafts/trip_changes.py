"""What edits do to whole trips, and which visits leave the plan with them: said before it is done, and after."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.schedules.runs.checking import CheckedPlan
from app.schedules.runs.drafting import ChangedVisit, VisitKey, key_of
from app.schedules.runs.trips_model import CheckedTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class TripChange:
    """A trip before and after; None: there was none, or is none."""

    before: CheckedTrip | None
    after: CheckedTrip | None
    visits_gone: int
    """Of its team on its dates."""
    people_gone: int
    """Whom they were to win."""

    @property
    def team(self) -> str:
        trip = self.before or self.after
        assert trip is not None  # there is a trip on one side
        return trip.team


def trip_changes(before: CheckedPlan, after: CheckedPlan, changed: Sequence[ChangedVisit]) -> tuple[TripChange, ...]:
    """Trips made, dropped, or with other dates, lodgings or connections; other hours are none. By team and date."""
    was = {(trip.team, trip.starts_on): trip for trip in before.trips}
    becomes = {(trip.team, trip.starts_on): trip for trip in after.trips}
    gone = {key_of(change.before) for change in changed if change.before is not None and change.after is None}
    changes = []
    for key in sorted(was.keys() | becomes.keys()):
        old, new = was.get(key), becomes.get(key)
        if _shape(old) != _shape(new):
            visits, people = _gone(before, gone, [trip for trip in (old, new) if trip is not None])
            changes.append(TripChange(before=old, after=new, visits_gone=visits, people_gone=people))
    return tuple(changes)


def cost_of(trip: CheckedTrip) -> int:
    """Rupiah for nights and fares."""
    return sum(night.cost for night in trip.nights) + sum(ride.fare for ride in trip.rides)


def _shape(trip: CheckedTrip | None) -> object:
    if trip is None:
        return None
    nights = [(night.date, night.lodging) for night in trip.nights]
    return trip.ends_on, nights, sorted((ride.date, ride.connection) for ride in trip.rides)


def _gone(plan: CheckedPlan, gone: set[VisitKey], trips: Sequence[CheckedTrip]) -> tuple[int, int]:
    left = [
        visit
        for visit in plan.visits
        if (visit.team, visit.date, visit.site) in gone and any(trip.covers(visit.team, visit.date) for trip in trips)
    ]
    return len(left), sum(visit.served for visit in left)
