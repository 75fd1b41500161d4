"""Which lodgings teams can sleep at: days from bed to bed within a shift, by road and by connections.

Dates are left out and travel is taken at its quickest, over other sites too, so that what is called unreachable is.
"""

from collections.abc import Iterable, Iterator

from solver.contract.instance import Instance, Team, Window
from solver.contract.pins import shortcut_sites
from solver.contract.travel import NO_WAY_MINUTES, Place, Travel

MOST_SHORTCUTS = 200
"""With more sites that could shorten a way, nothing is said: looking at all ways would keep the planner waiting."""


class NightsAway:
    """The fewest nights of a trip by each lodging."""

    def __init__(self, instance: Instance) -> None:
        self.teams = tuple(team for team in instance.teams if team.max_nights and any(team.work_dates))
        self._travel = Travel(instance.travel)
        self._lodgings = instance.lodgings
        places: dict[str, Place] = {site.id: site for site in instance.sites}
        places |= {lodging.id: lodging for lodging in instance.lodgings}
        places |= {station.id: station for station in instance.stations}
        self._rides = [
            (places[connection.origin], places[connection.target], connection.departs, connection.minutes)
            for connection in instance.connections
            if any(connection.run_dates)
        ]
        self._via = tuple(shortcut_sites(instance))
        # By identity: a team and a site may have one id.
        self._legs: dict[tuple[int, int], int] = {}
        self._nights = dict(self._least())

    @property
    def most_nights(self) -> int:
        """The most nights that any team may be away."""
        return max((team.max_nights for team in self.teams), default=0)

    def least_nights(self, lodging: str) -> int | None:
        """Return the fewest nights of a trip that sleeps at a lodging; None if no team gets there and back."""
        return 1 if len(self._via) > MOST_SHORTCUTS else self._nights.get(lodging)

    def _least(self) -> Iterator[tuple[str, int]]:
        least: dict[str, int] = {}
        bases: dict[tuple[object, ...], tuple[Team, Window]] = {}
        for team in self.teams:
            shift = team.away_shift or team.shift
            bases.setdefault((team.place, team.zone, shift), (team, shift))
        if len(self._via) <= MOST_SHORTCUTS:
            for team, shift in bases.values():
                for name, nights in self._from_base(team, shift).items():
                    least[name] = min(nights, least.get(name, nights))
        yield from least.items()

    def _from_base(self, base: Team, shift: Window) -> dict[str, int]:
        """The fewest nights of a trip by each lodging from one base: days out and days back, less the one shared."""
        ends: dict[str, Place] = {lodging.id: lodging for lodging in self._lodgings}
        onward: dict[str, set[str]] = {"": self._ends_of_day(base, base, shift)}
        out, days, frontier = dict[str, int](), 0, {""}
        while frontier:
            days += 1
            frontier = {name for here in frontier for name in onward[here]} - out.keys() - {""}
            for name in frontier:
                out[name] = days
                onward[name] = self._ends_of_day(ends[name], base, shift)
        back, days, frontier = dict[str, int](), 0, {""}
        while frontier:
            days += 1
            frontier = {name for name in out if name not in back and onward[name] & frontier}
            back |= dict.fromkeys(frontier, days)
        return {name: out[name] + back[name] - 1 for name in out if name in back}

    def _ends_of_day(self, start: Place, base: Team, shift: Window) -> set[str]:
        """Where a day that starts at a place can end: ids of lodgings, and "" for the base."""
        at: dict[int, tuple[Place, int]] = {id(start): (start, shift.open)}
        grown = True
        while grown:
            grown = False
            for target, arrival in self._arrivals(list(at.values())):
                if arrival <= shift.close and arrival < at.get(id(target), (target, arrival + 1))[1]:
                    at[id(target)] = target, arrival
                    grown = True
        reached = list(at.values())
        ends = {lodging.id for lodging in self._lodgings if self._ready(reached, lodging) <= shift.close}
        return ends | {""} if self._ready(reached, base) <= shift.close else ends

    def _arrivals(self, reached: list[tuple[Place, int]]) -> Iterable[tuple[Place, int]]:
        for origin, target, departs, minutes in self._rides:
            start = max(self._ready(reached, origin), departs.open)
            if start <= departs.close:
                yield target, start + minutes
        for site in self._via:
            yield site, self._ready(reached, site)

    def _ready(self, reached: list[tuple[Place, int]], target: Place) -> int:
        return min(moment + self._leg(place, target) for place, moment in reached)

    def _leg(self, origin: Place, target: Place) -> int:
        if origin is target:
            return 0
        key = id(origin), id(target)
        minutes = self._legs.get(key)
        if minutes is None:
            minutes = self._legs[key] = min(self._travel.leg(origin, target)[0], NO_WAY_MINUTES)
        return minutes
