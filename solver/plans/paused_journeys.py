"""Gives the breaks their place in a plan with nights and rides, and every stop its start."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place
from solver.plans.paused_days import Ends, Key, PausedDay, PausedDays
from solver.plans.paused_starts import PausedStarts, key_of
from solver.plans.series import Numbers, break_numbers


class PausedJourneys:
    """Times the days of plans of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._days, self._starts = PausedDays(instance), PausedStarts(instance)
        self._pins = {(visit.team, visit.date, visit.site): visit for visit in instance.pinned}
        self._teams = {team.id: team for team in instance.teams}
        self._lodgings: dict[str, Place] = {lodging.id: lodging for lodging in instance.lodgings}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._fixed = {site.id: site.fixed_minutes is not None for site in instance.sites}
        self._slot = instance.slot_minutes

    def timed(self, visits: Sequence[Visit], rows: Rows) -> Plan:
        """Return the plan with every stop as early as can be, pins when they are pinned, and every break in its place.

        Where a day has no room for its break, since that would cut a set-up or a ride, visits give up slots, and in the
        end visits, pins the last; a day that has no room even then stays without a break, for the verifier to refuse.
        """
        beds = {(night.team, self._dates[night.date]): self._lodgings[night.lodging] for night in rows.nights}
        stops: dict[Key, list[Visit | Ride]] = defaultdict(list)
        everything: tuple[Visit | Ride, ...] = (*visits, *rows.rides)
        for stop in everything:
            stops[stop.team, stop.date].append(stop)
        days = {key: self._ends(key, beds) for key in stops}
        for night in rows.nights:
            d = self._dates[night.date]
            for day in (night.date, self._next_date(d)):
                days[night.team, day] = self._ends((night.team, day), beds)
        timed = {key: self._day(key, days[key], sorted(stops.get(key, ()), key=_start_of)) for key in sorted(days)}
        out = {key for key, day in timed.items() if day.visits or day.rides or not self._is_at_base(key, days[key])}
        return Plan(
            visits=tuple(visit for day in timed.values() for visit in day.visits),
            rows=replace(
                rows,
                rides=tuple(ride for day in timed.values() for ride in day.rides),
                breaks=tuple(pause for day in timed.values() for pause in day.pauses),
                # A day that has lost all its visits needs no kit.
                kits=tuple(load for load in rows.kits if (load.team, load.date) in out),
            ),
        )

    def _is_at_base(self, key: Key, ends: Ends) -> bool:
        return ends.begin is ends.end is self._teams[key[0]]

    def _next_date(self, d: int) -> date:
        return next(day for day, index in self._dates.items() if index == d + 1)

    def _ends(self, key: Key, beds: dict[tuple[str, int], Place]) -> Ends:
        team, d = self._teams[key[0]], self._dates[key[1]]
        begin, end = beds.get((key[0], d - 1), team), beds.get((key[0], d), team)
        is_away = begin is not team or end is not team
        return Ends(begin=begin, end=end, shift=(is_away and team.away_shift) or team.shift)

    def _day(self, key: Key, ends: Ends, stops: list[Visit | Ride]) -> PausedDay:
        numbers = break_numbers(self._teams[key[0]], self._dates[key[1]])
        left = stops
        while True:
            if not left and self._is_at_base(key, ends):
                return PausedDay(visits=())
            day = self._timed(key, ends, left, numbers)
            if day is not None:
                return day
            fewer = self._shorter(left)
            if fewer is None:
                visits = tuple(stop for stop in stops if isinstance(stop, Visit))
                return PausedDay(visits=visits, rides=tuple(stop for stop in stops if isinstance(stop, Ride)))
            left = fewer

    def _timed(self, key: Key, ends: Ends, stops: list[Visit | Ride], numbers: Numbers) -> PausedDay | None:
        pins = {key_of(stop): self._pins[key_of(stop)].start for stop in stops if self._is_pinned(stop)}
        if not pins:
            return self._days.journey(key, ends, stops, numbers)
        return self._starts.journey(key, ends, stops, numbers, {}, fixed=pins)

    def _is_pinned(self, stop: Visit | Ride) -> bool:
        pin = self._pins.get(key_of(stop))
        return pin is not None and isinstance(stop, Visit) and pin.minutes == stop.minutes

    def _shorter(self, stops: Sequence[Visit | Ride]) -> list[Visit | Ride] | None:
        """The stops with one slot less in the longest visit that has one to spare, else without the last visit."""
        visits = [index for index, stop in enumerate(stops) if isinstance(stop, Visit)]
        if not visits:
            return None
        loose = [index for index in visits if not self._is_pinned(stops[index])]
        spare = [index for index in loose if self._minutes(stops[index]) > self._slot]
        if not spare:
            last = (loose or visits)[-1]
            return [stop for index, stop in enumerate(stops) if index != last]
        longest = max(spare, key=lambda index: self._minutes(stops[index]))
        return [self._less(stop) if index == longest else stop for index, stop in enumerate(stops)]

    def _minutes(self, stop: Visit | Ride) -> int:
        """The minutes of a visit that may be shorter."""
        return stop.minutes if isinstance(stop, Visit) and not self._fixed[stop.site] else 0

    def _less(self, stop: Visit | Ride) -> Visit | Ride:
        return replace(stop, minutes=stop.minutes - self._slot) if isinstance(stop, Visit) else stop


def _start_of(stop: Visit | Ride) -> int:
    return stop.start or 0
