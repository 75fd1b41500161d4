"""What a planner can choose from to send a team away in a draft, and the trip that it is on already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.schedules.drafts.service import Head
from app.schedules.runs.drafted_trips import first_dates, lodging_names, trip_of
from app.schedules.runs.trips_model import CheckedTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class TripChoices:
    """Of one draft."""

    teams: Sequence[str]
    dates: Sequence[date]
    """Those that have not begun."""
    lodgings: Sequence[tuple[str, str]]
    """Code and name of each."""
    has_rides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingTrip:
    """A trip of a draft, and what calling it off takes along."""

    trip: CheckedTrip
    visits: int
    people: int
    """Whom these visits win."""
    first_dates: Sequence[date]
    """To which it could be moved: those to come from which it is back on a date of the plan."""


def trip_choices(head: Head) -> TripChoices:
    """The teams, dates and lodgings that the draft's problem knows."""
    instance = head.problem.instance
    return TripChoices(
        teams=[team.id for team in instance.teams],
        dates=[day for day in instance.dates if head.settled.first_minute(day) == 0],
        lodgings=lodging_names(head.problem),
        has_rides=bool(instance.connections),
    )


def standing_trip(head: Head, team: str, day: date) -> StandingTrip | None:
    """The trip that a team is on on a date; None if on none."""
    checked = head.version.checked
    trip = next((trip for trip in checked.trips if trip.covers(team, day)), None)
    if trip is None:
        return None
    visits = [visit for visit in checked.visits if trip.covers(visit.team, visit.date)]
    standing = trip_of(head.problem, head.version.draft, team, trip.starts_on)
    possible = [] if standing is None else first_dates(head.problem, standing)
    return StandingTrip(
        trip=trip,
        visits=len(visits),
        people=sum(visit.served for visit in visits),
        first_dates=[other for other in possible if other != trip.starts_on and head.settled.first_minute(other) == 0],
    )
