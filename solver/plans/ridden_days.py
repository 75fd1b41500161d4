"""A day with one more visit on rides that are chosen anew, where those that it has, or none, do not lead there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Connection, Ride
from solver.contract.plan_rows import Rows
from solver.contract.travel import NO_WAY_MINUTES, Place, Travel
from solver.plans.laying import lengths
from solver.plans.paused_days import PausedDay
from solver.plans.paused_starts import PausedStarts, key_of
from solver.plans.series import break_numbers
from solver.plans.trip_days import Stop, TeamDay, TripDays
from solver.plans.trips_by_hand import seats_left, without_trip

_MOST_RIDES = 3
"""On the way from one stop to the next."""
_MOST_WAYS, _MOST_BRANCHES, _MOST_ORDERS = 6, 24, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Rides to a place, and when the team is there."""

    rides: tuple[Connection, ...]
    arrival: int


class RiddenDays:
    """Lays visits into the days of one plan over whatever boats and planes leave on their date."""

    def __init__(self, instance: Instance, rows: Rows) -> None:
        """`rows` are those of the plan; rides of a day are no part of it for itself."""
        self._instance, self._rows = instance, rows
        self._trips = TripDays(instance, rows)
        self._leg, self._starts = Travel(instance.travel).leg, PausedStarts(instance)
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._teams = {team.id: team for team in instance.teams}
        self._sites = {site.id: site for site in instance.sites}
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= self._sites

    def day(
        self,
        others: Sequence[Visit],
        visit: Visit,
        *,
        fixed: Collection[Visit],
        near: int | None,
        earliest: int,
        is_shortened: bool,
    ) -> PausedDay | None:
        """Return the visits, rides and breaks of a team's day with one more visit; None if no rides lead through it.

        The other visits keep their order, and their starts as far as they can; `fixed` ones keep them in any case. The
        visit starts at `near` if it can (None: as early), never before `earliest`; `is_shortened`: it may become
        shorter to fit. Of several days that which others notice least, then the one with the smallest fares.
        """
        key, d = (visit.team, visit.date), self._dates[visit.date]
        team, site = self._teams[visit.team], self._sites[visit.site]
        if not (team.work_dates[d] and site.open_dates[d]) or len(others) >= team.max_stops:
            return None
        numbers = break_numbers(team, d)
        ordered = sorted(others, key=lambda other: (other.start, other.site))
        wanted = {key_of(stop): stop.start for stop in self._trips.stops(key, ordered) if stop.start is not None}
        wish = wanted if near is None else wanted | {key_of(visit): max(near, earliest)}
        held = {key_of(other): other.start for other in fixed}
        for minutes in lengths(self._instance, visit) if is_shortened else (visit.minutes,):
            best: tuple[tuple[int, ...], PausedDay] | None = None
            for at in range(len(ordered) + 1):
                visits = (*ordered[:at], replace(visit, minutes=minutes), *ordered[at:])
                for stops in islice(self._orders(key, visits, held), _MOST_ORDERS):
                    timed = self._starts.journey(key, self._trips.ends(key), stops, numbers, wish, fixed=held)
                    if timed is None or self._start(timed, visit) < earliest:
                        continue
                    rank = self._rank(timed, visit, wanted, near)
                    if best is None or rank < best[0]:
                        best = rank, timed
            if best is not None:
                return best[1]
        return None

    @staticmethod
    def _start(day: PausedDay, visit: Visit) -> int:
        return next(stop.start for stop in day.visits if stop.site == visit.site)

    def _rank(
        self, day: PausedDay, visit: Visit, wanted: Mapping[tuple[str, date, str], int], near: int | None
    ) -> tuple[int, ...]:
        """Ascending: few others retimed, small fares, then near, then early."""
        start = self._start(day, visit)
        retimed = sum(1 for stop in day.visits if stop.site != visit.site and wanted[key_of(stop)] != stop.start)
        fares = {connection.id: connection.fare for connection in self._instance.connections}
        fare = sum(fares[ride.connection] for ride in day.rides)
        return retimed, fare, len(day.rides), 0 if near is None else abs(start - near), start

    def _orders(
        self, key: TeamDay, visits: Sequence[Visit], held: Mapping[tuple[str, date, str], int]
    ) -> Iterator[tuple[Stop, ...]]:
        """Yield visits in their order with rides between them that are not late, whatever breaks do."""
        ends, d = self._trips.ends(key), self._dates[key[1]]
        leaving = seats_left(self._instance, without_trip(self._rows, key[0], key[1], key[1]), d)

        def onward(
            here: Place, free_at: int, left: Sequence[Visit], used: frozenset[str]
        ) -> Iterator[tuple[Stop, ...]]:
            target = self._sites[left[0].site] if left else ends.end
            for way in self._ways(here, target, free_at, [ride for ride in leaving if ride.id not in used]):
                rides = tuple(Ride(team=key[0], date=key[1], connection=ride.id, start=0) for ride in way.rides)
                if not left:
                    if way.arrival <= ends.shift.close:
                        yield rides
                    continue
                start = self._begins(left[0], way.arrival, held)
                if start is None:
                    continue
                taken = used | {ride.id for ride in way.rides}
                free = start + self._sites[left[0].site].setup_minutes + left[0].minutes
                for rest in onward(target, free, left[1:], taken):
                    yield (*rides, left[0], *rest)

        yield from onward(ends.begin, ends.shift.open, visits, frozenset())

    def _begins(self, visit: Visit, arrival: int, held: Mapping[tuple[str, date, str], int]) -> int | None:
        """The earliest start of a visit for a team that is there by a moment; None if it is too late."""
        if key_of(visit) in held:
            return held[key_of(visit)] if arrival <= held[key_of(visit)] else None
        site = self._sites[visit.site]
        busy = site.setup_minutes + visit.minutes
        starts = (
            max(arrival, window.open)
            for window in site.windows_at(visit.date)
            if max(arrival, window.open) + busy <= window.close
        )
        return min(starts, default=None)

    def _ways(self, here: Place, target: Place, free_at: int, leaving: Sequence[Connection]) -> list[_Way]:
        """Ways to a place, those of few rides first, then those that are soon there."""
        ways: list[_Way] = []
        frontier: list[tuple[tuple[Connection, ...], Place, int]] = [((), here, free_at)]
        for count in range(_MOST_RIDES + 1):
            further: list[tuple[tuple[Connection, ...], Place, int]] = []
            for rides, place, at in frontier:
                minutes = self._minutes(place, target)
                if minutes < NO_WAY_MINUTES:
                    ways.append(_Way(rides=rides, arrival=at + minutes))
                for ride in leaving if count < _MOST_RIDES else ():
                    minutes = self._minutes(place, self._places[ride.origin])
                    start = max(at + minutes, ride.departs.open)
                    if ride not in rides and minutes < NO_WAY_MINUTES and start <= ride.departs.close:
                        further.append(((*rides, ride), self._places[ride.target], start + ride.minutes))
            frontier = sorted(further, key=lambda entry: entry[2])[:_MOST_BRANCHES]
        return sorted(ways, key=lambda way: (len(way.rides), way.arrival))[:_MOST_WAYS]

    def _minutes(self, origin: Place, target: Place) -> int:
        return 0 if origin is target else self._leg(origin, target)[0]
