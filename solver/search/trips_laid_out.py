"""Lays the trips of an existing plan out for the search: nights first, so that days begin and end where they do."""

from collections.abc import Callable, Sequence

from solver.search import tables as t
from solver.search.books import sleep
from solver.search.days import first_of_trip, is_resting, last_of_trip
from solver.search.kits import wear
from solver.search.route import schedule
from solver.search.ruin import clear
from solver.search.tables import Problem, State

RouteNight = tuple[int, int]
"""A team-day as the search numbers it, and the lodging at which its team sleeps after it."""


def begin_trips(problem: Problem, state: State, nights: Sequence[RouteNight]) -> None:
    """Let teams sleep where they did, as far as they may and there are beds; nothing is done on their days yet."""
    p, s = problem, state
    dates = int(p.number[t.DATES])
    for r, h in sorted(nights):
        may_be_away = p.works[r] == 1 and r % dates + 1 < dates and p.works[r + 1] == 1
        if may_be_away and s.kit_left[p.number[t.POOLS] + h, r % dates] > 0:
            sleep(p, s, r, h)


def end_broken_trips(
    problem: Problem, state: State, nights: Sequence[RouteNight], *, on: Callable[[int], Problem] | None = None
) -> None:
    """Call teams home from trips that are too long, of which a day has no way, or that come too soon after another.

    `on` gives the problem whose clock a route runs by, where that is not the same for all.
    """
    p, s, of_route = problem, state, on or (lambda r: problem)
    dates = int(p.number[t.DATES])
    for r, _ in sorted(nights):
        if s.night[t.NOW, r] < 0:
            continue
        first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
        too_long = p.ordinal[last % dates] - p.ordinal[first % dates] > p.team[r // dates, t.MOST_NIGHTS]
        if too_long or is_resting(p, s, first) or not all(schedule(of_route(x), s, x) for x in range(first, last + 1)):
            _call_home(p, s, first, last, of_route)


def _call_home(p: Problem, s: State, first: int, last: int, on: Callable[[int], Problem]) -> None:
    for x in range(first, last + 1):
        clear(p, s, x)
    for x in range(first, last):
        sleep(p, s, x, -1)
    for x in range(first, last + 1):
        wear(p, s, x, x // int(p.number[t.DATES]))
        schedule(on(x), s, x)
