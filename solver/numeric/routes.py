"""The pool of team-day routes that the search has found, for the master to choose among."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one outfit does on one date: rows of site, start, minutes in order, and the metres there and back.

    `team` is the position of the outfit in the tables of teams, that of its team where it carries no kit.
    """

    team: int
    date: int
    stops: tuple[tuple[int, int, int], ...]
    metres: int

    @property
    def sites(self) -> tuple[int, ...]:
        return tuple(site for site, _, _ in self.stops)


class RoutePool:
    """Distinct routes in the order they were first met; the oldest go when it is full, the chosen ones stay."""

    def __init__(self, arrays: Arrays, *, limit: int = 20_000) -> None:
        self._arrays = arrays
        self._limit = limit
        self._routes: dict[tuple[int, int, bytes], Route] = {}

    def __len__(self) -> int:
        return len(self._routes)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def add(self, team: int, date: int, stops: Ints) -> None:
        """Remember a route given as rows of site, start, minutes in order of start; a known one becomes new again."""
        key = (team, date, stops[:, (0, 2)].tobytes())
        known = self._routes.pop(key, None)
        self._routes[key] = known or Route(
            team=team,
            date=date,
            stops=tuple((int(site), int(start), int(minutes)) for site, start, minutes in stops),
            metres=self._metres(team, stops[:, 0]),
        )
        while len(self._routes) > self._limit:
            del self._routes[next(iter(self._routes))]

    def add_plan(self, rows: Ints) -> None:
        """Remember every route of a plan given as rows of outfit, date, site, start, minutes, route by route."""
        if not len(rows):
            return
        edges = np.flatnonzero(np.any(rows[1:, :2] != rows[:-1, :2], axis=1)) + 1
        for day in np.split(rows, edges):
            self.add(int(day[0, 0]), int(day[0, 1]), np.ascontiguousarray(day[:, 2:5]))

    def _metres(self, team: int, sites: Ints) -> int:
        a = self._arrays
        between = int(a.metres[sites[:-1], sites[1:]].sum())
        return int(a.out_metres[team, sites[0]]) + between + int(a.home_metres[team, sites[-1]])
