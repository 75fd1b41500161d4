"""What edits do to whole trips, and which visits leave the plan with them: said before it is done, and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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

    @property
    def first(self) -> date:
        """The first date that it is about."""
        return min(trip.starts_on for trip in (self.before, self.after) if trip is not None)

    @property
    def is_moved(self) -> bool:
        """Whether the trip begins on another date than before."""
        return self.before is not None and self.after is not None and self.before.starts_on != self.after.starts_on


def trip_changes(before: CheckedPlan, after: CheckedPlan, changed: Sequence[ChangedVisit]) -> tuple[TripChange, ...]:
    """Trips made, dropped, moved, or with other lodgings or connections; other hours are none. By team and date."""
    was = {(trip.team, trip.starts_on): trip for trip in before.trips}
    becomes = {(trip.team, trip.starts_on): trip for trip in after.trips}
    pairs = [(was[key], becomes[key]) for key in sorted(was.keys() & becomes.keys())]
    left = [was[key] for key in sorted(was.keys() - becomes.keys())]
    new = [becomes[key] for key in sorted(becomes.keys() - was.keys())]
    moved = _moved(left, new)
    alone: list[tuple[CheckedTrip | None, CheckedTrip | None]] = [
        *pairs,
        *moved,
        *((trip, None) for trip in left if not any(trip is other for other, _ in moved)),
        *((None, trip) for trip in new if not any(trip is other for _, other in moved)),
    ]
    gone = {key_of(change.before) for change in changed if change.before is not None and change.after is None}
    changes = []
    for old, becoming in alone:
        if _shape(old) != _shape(becoming):
            visits, people = _gone(before, gone, [trip for trip in (old, becoming) if trip is not None])
            changes.append(TripChange(before=old, after=becoming, visits_gone=visits, people_gone=people))
    return tuple(sorted(changes, key=lambda change: (change.team, change.first)))


def _moved(left: Sequence[CheckedTrip], new: Sequence[CheckedTrip]) -> list[tuple[CheckedTrip, CheckedTrip]]:
    """Of trips that have gone and new ones, those of one team that last as long: the same trip on other dates."""
    free, pairs = list(new), list[tuple[CheckedTrip, CheckedTrip]]()
    for trip in left:
        length = trip.ends_on - trip.starts_on
        other = next((o for o in free if o.team == trip.team and o.ends_on - o.starts_on == length), None)
        if other is not None:
            free.remove(other)
            pairs.append((trip, other))
    return pairs


def cost_of(trip: CheckedTrip) -> int:
    """Rupiah for nights and fares."""
    return sum(night.cost for night in trip.nights) + sum(ride.fare for ride in trip.rides)


def _shape(trip: CheckedTrip | None) -> object:
    if trip is None:
        return None
    nights = [(night.date, night.lodging) for night in trip.nights]
    return trip.starts_on, trip.ends_on, nights, sorted((ride.date, ride.connection) for ride in trip.rides)


def _gone(plan: CheckedPlan, gone: set[VisitKey], trips: Sequence[CheckedTrip]) -> tuple[int, int]:
    left = [
        visit
        for visit in plan.visits
        if (visit.team, visit.date, visit.site) in gone and any(trip.covers(visit.team, visit.date) for trip in trips)
    ]
    return len(left), sum(visit.served for visit in left)
