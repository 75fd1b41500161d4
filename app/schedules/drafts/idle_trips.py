"""Trips whose last visit an edit has taken away: nobody is called home by that, and it is said."""

from app.schedules.runs.checking import CheckedPlan
from app.schedules.runs.trips_model import CheckedTrip


def idle_trips(before: CheckedPlan, after: CheckedPlan) -> tuple[CheckedTrip, ...]:
    """The trips that served some visit before and serve none now."""
    served = {(trip.team, trip.starts_on) for trip in before.trips if _serves(before, trip)}
    return tuple(trip for trip in after.trips if (trip.team, trip.starts_on) in served and not _serves(after, trip))


def _serves(plan: CheckedPlan, trip: CheckedTrip) -> bool:
    return any(visit.team == trip.team and trip.starts_on <= visit.date <= trip.ends_on for visit in plan.visits)
