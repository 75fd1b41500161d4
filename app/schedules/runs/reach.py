"""Which sites trips reach: days that begin or end at lodgings, with boats and planes that leave at their own times.

What is found here is never less than what a plan can do, since it is asked before anything is planned: any number of
teams fits into a lodging or boat, nights are counted by dates, and over other places a team may go without a visit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from app.schedules.runs.travel_model import key_of, minutes_and_metres, places_in
from app.travel.legs import Legs
from solver.contract.instance import GreatCircle, Instance, Site, Team, Window

_NEVER = 1 << 40
"""Later than any time of a day; with a minus, earlier."""
_Running = tuple[int, ...]
"""The connections of a date, by position."""


class TripReach:
    """What the teams of an instance, whose places are points, reach on days with rides and on trips with nights."""

    def __init__(self, instance: Instance, legs: Legs) -> None:
        assert isinstance(instance.travel, GreatCircle)
        places = places_in(instance)
        legs = legs.among(map(key_of, places))
        self._instance = instance
        self._minutes, _ = minutes_and_metres(instance.travel, places, legs)
        self._index = {key_of(place): number for number, place in enumerate(places)}
        stops = {place.id: number for number, place in enumerate(places) if not isinstance(place, Team)}
        self._ends = [(stops[ride.origin], stops[ride.target]) for ride in instance.connections]
        self._lodgings = {self._index[key_of(lodging)] for lodging in instance.lodgings if any(lodging.open_dates)}
        self._running: list[_Running] = [
            tuple(number for number, ride in enumerate(instance.connections) if ride.run_dates[day])
            for day in range(len(instance.dates))
        ]
        self._is_hub = self._hubs(instance.travel, legs)
        self._teams = {team.id: team for team in instance.teams}
        self._kept: dict[Any, Any] = {}

    def _hubs(self, travel: GreatCircle, legs: Legs) -> Any:
        """The places over which a way may be shorter: as `LeastWays`, and where something is boarded."""
        straight, _ = minutes_and_metres(travel, places_in(self._instance), Legs())
        is_hub = np.zeros(len(self._index), dtype=bool)
        ends = {(self._index[start], self._index[end]): leg for (start, end), leg in legs.entered.items()}
        if legs.roads or any(straight[pair] < leg.minutes for pair, leg in ends.items()):
            is_hub[:] = True
        is_hub[[place for pair in (*ends, *self._ends) for place in pair]] = True
        return is_hub

    def can_serve(self, team: Team, site: Site, *, minutes: int) -> bool:
        """Whether the team can serve so many minutes at the site on some date."""
        at, mine = self._index[key_of(site)], self._teams[team.id]
        for day, date in enumerate(self._instance.dates):
            if not (site.open_dates[day] and team.work_dates[day]):
                continue
            for arrives, leaves in self._days(mine, self._running[day]):
                for window in site.windows_at(date):
                    first, last = max(window.open, int(arrives[at])), min(window.close, int(leaves[at]))
                    if first + site.setup_minutes + minutes <= last:
                        return True
        return False

    def _days(self, team: Team, running: _Running) -> Sequence[tuple[Any, Any]]:
        """By place, when the team is there at the earliest and leaves at the latest: for days from base to base, and
        for those of trips."""
        key = (team.id, running)
        if key not in self._kept:
            base = self._index[key_of(team)]
            days = [(self._earliest(base, team.shift, running), self._latest(base, team.shift, running))]
            if team.max_nights and self._lodgings:
                shift = team.away_shift or team.shift
                starts, ends = self._sleeps(team)
                for nights in sorted({0, *starts.values()}):
                    left = team.max_nights - nights
                    begins = [place for place, before in starts.items() if before <= nights]
                    closes = [place for place, after in ends.items() if after <= left]
                    days.append(
                        (
                            np.minimum.reduce([self._earliest(place, shift, running) for place in (base, *begins)]),
                            np.maximum.reduce([self._latest(place, shift, running) for place in (base, *closes)]),
                        )
                    )
            self._kept[key] = days
        kept: Sequence[tuple[Any, Any]] = self._kept[key]
        return kept

    def _sleeps(self, team: Team) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """By lodging, the fewest nights up to a day that begins there, and from a day that ends there until the team is
        home; those beyond its nights are left out."""
        key = ("sleeps", team.id)
        if key not in self._kept:
            shift = team.away_shift or team.shift
            days = {self._running[day] for day, works in enumerate(team.work_dates) if works}

            def out(place: int) -> Iterable[int]:
                reached = [self._earliest(place, shift, running) <= shift.close for running in days]
                return (lodging for lodging in self._lodgings if any(there[lodging] for there in reached))

            def home(place: int) -> Iterable[int]:
                reached = [self._latest(place, shift, running) >= shift.open for running in days]
                return (lodging for lodging in self._lodgings if any(there[lodging] for there in reached))

            base = self._index[key_of(team)]
            self._kept[key] = tuple(_within(team.max_nights, base, steps) for steps in (out, home))
        starts, ends = self._kept[key]
        return starts, ends

    def _earliest(self, start: int, shift: Window, running: _Running) -> Any:
        """By place, the earliest arrival of a day that begins at one: Dijkstra's algorithm with departures."""
        key = ("earliest", start, shift, running)
        if key not in self._kept:
            arrives = np.full(len(self._index), _NEVER, dtype=np.int64)
            arrives[start] = shift.open
            is_open = self._is_hub.copy()
            is_open[start] = True
            while is_open.any():
                place = int(np.where(is_open, arrives, _NEVER).argmin())
                now = int(arrives[place])
                if now > shift.close:
                    break
                is_open[place] = False
                np.minimum(arrives, now + self._minutes[place], out=arrives)
                for number in running:
                    ride = self._instance.connections[number]
                    leaves = max(now, ride.departs.open)
                    if self._ends[number][0] == place and leaves <= ride.departs.close:
                        there = self._ends[number][1]
                        arrives[there] = min(int(arrives[there]), leaves + ride.minutes)
            self._kept[key] = arrives
        return self._kept[key]

    def _latest(self, end: int, shift: Window, running: _Running) -> Any:
        """By place, the latest departure of a day that ends at one."""
        key = ("latest", end, shift, running)
        if key not in self._kept:
            leaves = np.full(len(self._index), -_NEVER, dtype=np.int64)
            leaves[end] = shift.close
            is_open = self._is_hub.copy()
            is_open[end] = True
            while is_open.any():
                place = int(np.where(is_open, leaves, -_NEVER).argmax())
                now = int(leaves[place])
                if now < shift.open:
                    break
                is_open[place] = False
                np.maximum(leaves, now - self._minutes[:, place], out=leaves)
                for number in running:
                    ride = self._instance.connections[number]
                    departs = min(now - ride.minutes, ride.departs.close)
                    if self._ends[number][1] == place and departs >= ride.departs.open:
                        there = self._ends[number][0]
                        leaves[there] = max(int(leaves[there]), departs)
            self._kept[key] = leaves
        return self._kept[key]


def _within(most: int, base: int, steps: Callable[[int], Iterable[int]]) -> Mapping[int, int]:
    """By lodging, the number of days from a base, at most so many, when each day takes one of the steps."""
    reached: dict[int, int] = {}
    edge = {base}
    for days in range(1, most + 1):
        edge = {lodging for place in edge for lodging in steps(place)} - reached.keys()
        if not edge:
            break
        reached |= dict.fromkeys(edge, days)
    return reached
