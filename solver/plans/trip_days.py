"""Where the days of a plan with nights and rides begin and end, and the rides on them: what visits are put between."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise

from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Night, Ride
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place
from solver.plans.paused_days import Ends

TeamDay = tuple[str, date]
Stop = Visit | Ride


class TripDays:
    """The days of the trips of one plan; what the instance does not know of them is left out."""

    def __init__(self, instance: Instance, rows: Rows) -> None:
        self._teams = {team.id: team for team in instance.teams}
        self._before = dict(pairwise(reversed(instance.dates)))
        lodgings = {lodging.id: lodging for lodging in instance.lodgings}
        self._beds: dict[TeamDay, Place] = {}
        for night in rows.nights:
            if night.team in self._teams and night.lodging in lodgings:
                self._beds.setdefault((night.team, night.date), lodgings[night.lodging])
        connections = {connection.id for connection in instance.connections}
        self._rides: dict[TeamDay, tuple[Ride, ...]] = {}
        for ride in sorted(rows.rides, key=_start_of):
            if ride.team in self._teams and ride.connection in connections and ride.start is not None:
                day = ride.team, ride.date
                self._rides[day] = (*self._rides.get(day, ()), ride)
        after = dict(pairwise(instance.dates))
        self.asleep = frozenset((team, day) for key in self._beds for team, day in _ends_of_night(key, after))
        """The team-days that begin or end at a lodging."""
        self.days = self.asleep | self._rides.keys()
        """The team-days that do, or hold a ride."""

    def rides(self, key: TeamDay) -> tuple[Ride, ...]:
        """The rides of a team-day in the order of their starts."""
        return self._rides.get(key, ())

    def bed(self, key: TeamDay) -> str | None:
        """The lodging at which a team sleeps after a date."""
        lodging = self._beds.get(key)
        return None if lodging is None else lodging.id

    def ends(self, key: TeamDay) -> Ends:
        """Where a team-day begins and ends, and its shift."""
        team: Team = self._teams[key[0]]
        before = self._before.get(key[1])
        begin: Place = team if before is None else self._beds.get((key[0], before), team)
        end = self._beds.get(key, team)
        is_away = begin is not team or end is not team
        return Ends(begin=begin, end=end, shift=(is_away and team.away_shift) or team.shift)

    def rows(self, key: TeamDay) -> Rows:
        """The nights before and after a team-day, and its rides."""
        days = (day for day in (self._before.get(key[1]), key[1]) if day is not None)
        beds = ((day, self.bed((key[0], day))) for day in days)
        nights = tuple(Night(team=key[0], date=day, lodging=bed) for day, bed in beds if bed is not None)
        return Rows(nights=nights, rides=self.rides(key))

    def stops(self, key: TeamDay, visits: Sequence[Visit]) -> tuple[Stop, ...]:
        """Visits of a team-day and its rides in order; of those that start together rides come first."""
        stops: list[Stop] = [*self.rides(key), *sorted(visits, key=lambda visit: visit.start)]
        return tuple(sorted(stops, key=_start_of))

    def orders(self, key: TeamDay, visits: Sequence[Visit]) -> Iterator[tuple[Stop, ...]]:
        """Every order of a team-day in which visits and rides each keep theirs, that of their starts first."""
        rides = self.rides(key)
        first = self.stops(key, visits)
        yield first
        ordered = [stop for stop in first if isinstance(stop, Visit)]
        for places in combinations(range(len(first)), len(rides)) if rides else ():
            left, boats = iter(ordered), iter(rides)
            stops = tuple(next(boats) if place in places else next(left) for place in range(len(first)))
            if stops != first:
                yield stops


def sites_of_rides(instance: Instance) -> tuple[str, ...]:
    """The sites at which some connection begins or ends: no part of an instance does without them."""
    ends = {end for ride in instance.connections for end in (ride.origin, ride.target)}
    return tuple(site.id for site in instance.sites if site.id in ends) if ends else ()


def rows_around(instance: Instance, rows: Rows, days: Collection[TeamDay]) -> Rows:
    """The breaks and kits of some team-days, and whole trips of their teams: enough to judge these days by."""
    if not (rows.nights or rows.rides):
        wanted = set(days)
        nights, rides = rows.nights, rows.rides
    else:
        teams = {team for team, _ in days}
        nights = tuple(night for night in rows.nights if night.team in teams)
        rides = tuple(ride for ride in rows.rides if ride.team in teams)
        wanted = {*days, *TripDays(instance, replace(rows, nights=nights, rides=rides)).days}
    return replace(
        rows,
        nights=nights,
        rides=rides,
        breaks=tuple(pause for pause in rows.breaks if (pause.team, pause.date) in wanted),
        kits=tuple(load for load in rows.kits if (load.team, load.date) in wanted),
    )


def _ends_of_night(key: TeamDay, after: dict[date, date]) -> Iterator[TeamDay]:
    yield key
    if key[1] in after:
        yield key[0], after[key[1]]


def _start_of(stop: Stop) -> int:
    return stop.start or 0
