"""Lays out trips on which a hand sends a team: the rides to its beds and home, beside the visits of its dates.

The hand decides where the team sleeps, whatever rules that breaks; what is looked for is the way there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.journeys import Connection, Lodging, Night, Ride
from solver.contract.plan_rows import Rows
from solver.plans.paused_starts import key_of
from solver.plans.standing_days import standing_days
from solver.plans.trip_days import TeamDay, TripDays, sites_of_rides

_ANY_STOPS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class HandTrip:
    """A team leaves its base on a date, sleeps where the hand says after each date of the instance, and is back."""

    team: str
    first: date
    last: date
    beds: Mapping[date, str]
    """The lodging after every date from the first to the one before the last; none of a day with rides alone."""
    rides: tuple[Ride, ...] | None = None
    """Those to take, at whatever hour; None: whichever lead to the beds, the visits and home."""

    @property
    def nights(self) -> tuple[Night, ...]:
        """The beds as rows of a plan."""
        return tuple(Night(team=self.team, date=day, lodging=bed) for day, bed in sorted(self.beds.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidTrip:
    """The rides of a trip, and the visits of its dates for which it has no room."""

    rides: tuple[Ride, ...]
    left_out: tuple[Visit, ...]


def laid_trip(
    instance: Instance,
    rows: Rows,
    trip: HandTrip,
    *,
    visits: Sequence[Visit],
    given: Sequence[Visit] = (),
    wanted: Sequence[Ride] = (),
) -> LaidTrip:
    """Return the rides of a trip that keep most `given` visits, then most `visits` of its dates, all at their starts.

    `rows` are those of the plan without the trip; of the rides `wanted` it takes those that it can. Where no way leads
    to the beds, or the given visits cannot be, the rides are those of the trip itself, or else those wanted.
    """
    small = _small(instance, rows, trip, (*visits, *given))
    pinned = replace(small, pinned=tuple(given), pinned_nights=trip.nights, pinned_rides=trip.rides or ())
    days = standing_days(pinned, visits=visits, nights=trip.nights, rides=wanted)
    slept = {instance.dates[day.date_index]: day.end for day in days if day.end is not None}
    stops = [stop for day in days for stop in day.stops]
    kept = {key_of(stop) for stop in stops}
    must = [*(key_of(visit) for visit in given), *(key_of(ride) for ride in trip.rides or ())]
    if slept != dict(trip.beds) or not kept.issuperset(must):
        return LaidTrip(rides=_known(instance, trip.rides or tuple(wanted)), left_out=())
    return LaidTrip(
        rides=tuple(stop for stop in stops if isinstance(stop, Ride)),
        left_out=tuple(visit for visit in visits if key_of(visit) not in kept),
    )


def trip_span(instance: Instance, rows: Rows, key: TeamDay) -> tuple[date, date] | None:
    """Return the first and the last date of the trip that a team is on on a date of the instance; None if on none."""
    trips, dates = TripDays(instance, rows), instance.dates
    if key not in trips.days:
        return None
    first = last = dates.index(key[1])
    while first > 0 and trips.bed((key[0], dates[first - 1])) is not None:
        first -= 1
    while last + 1 < len(dates) and trips.bed((key[0], dates[last])) is not None:
        last += 1
    return dates[first], dates[last]


def without_trip(rows: Rows, team: str, first: date, last: date) -> Rows:
    """Return the rows without the nights and rides of a trip; breaks and kits stay."""
    return replace(
        rows,
        nights=tuple(night for night in rows.nights if night.team != team or not first <= night.date < last),
        rides=tuple(ride for ride in rows.rides if ride.team != team or not first <= ride.date <= last),
    )


def seats_left(instance: Instance, rows: Rows, d: int) -> tuple[Connection, ...]:
    """Return the connections that leave on a date with a seat for one more team."""
    day = instance.dates[d]
    taken = Counter(ride.connection for ride in rows.rides if ride.date == day)
    return tuple(
        connection
        for connection in instance.connections
        if connection.run_dates[d] and (connection.max_teams is None or taken[connection.id] < connection.max_teams)
    )


def _known(instance: Instance, rides: Sequence[Ride]) -> tuple[Ride, ...]:
    """Rides with a start: the first departure where none is known."""
    departs = {connection.id: connection.departs.open for connection in instance.connections}
    return tuple(ride if ride.start is not None else replace(ride, start=departs[ride.connection]) for ride in rides)


def _small(instance: Instance, rows: Rows, trip: HandTrip, visits: Sequence[Visit]) -> Instance:
    """The instance of one team on the dates of one trip, where it may do all that the hand wants, but for the ways."""
    team = next(team for team in instance.teams if team.id == trip.team)
    named = {visit.site for visit in visits}
    wanted = named | set(sites_of_rides(instance))
    asked_for = {ride.connection for ride in trip.rides or ()}
    left = [{connection.id for connection in seats_left(instance, rows, d)} for d in range(len(instance.dates))]
    return replace(
        instance,
        teams=(_willing(team, instance.dates, trip),),
        sites=tuple(_passed(site, is_visited=site.id in named) for site in instance.sites if site.id in wanted),
        lodgings=tuple(_roomy(lodging) for lodging in instance.lodgings if lodging.id in trip.beds.values()),
        connections=tuple(
            replace(
                connection,
                max_teams=None,
                run_dates=tuple(connection.id in some or connection.id in asked_for for some in left),
            )
            for connection in instance.connections
        ),
        kits=(),
        published=(),
    )


def _willing(team: Team, dates: Sequence[date], trip: HandTrip) -> Team:
    return replace(
        team,
        work_dates=tuple(trip.first <= day <= trip.last for day in dates),
        max_nights=(trip.last - trip.first).days,
        max_stops=_ANY_STOPS,
        rest_days=0,
    )


def _roomy(lodging: Lodging) -> Lodging:
    return replace(lodging, max_teams=None, open_dates=tuple(True for _ in lodging.open_dates))


def _passed(site: Site, *, is_visited: bool) -> Site:
    """A site that is no shortcut unless it is visited anyway: nobody stops there unasked."""
    return site if is_visited else replace(site, max_teams=0)
