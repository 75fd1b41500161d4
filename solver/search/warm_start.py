"""Lays an existing plan out for the search: what still can be stays where it is, the rest is left out."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Ints
from solver.numeric.rows import Row
from solver.search import tables as t
from solver.search.construct import complete_events, enter_journey, place_pins, place_visits, settle
from solver.search.empty_plan import blank
from solver.search.neighbourhood import anneal
from solver.search.tables import Problem, State
from solver.search.whole_days import enter_route

# The heat of a gentle annealing at its beginning and at its end: parts of what a team-day wins.
WARM, COLD = 0.004, 0.0002


def lay_out(arrays: Arrays, problem: Problem, rows: Iterable[Row], *, seed: int = 0) -> State:
    """Return a state with the visits that are still possible; pins come before everything else."""
    pinned = {_row(row) for row in arrays.pins}
    wanted = sorted({*rows, *pinned})
    state = blank(arrays, problem, seed=seed)
    routes = [list(group) for _, group in groupby(wanted, key=lambda row: row[:2])]
    for route in sorted(routes, key=pinned.isdisjoint):
        enter_day(arrays, problem, state, route, pinned=pinned)
    if state.total[t.PINS_MISSED]:
        # Something else stands in a pin's way.
        state = blank(arrays, problem, seed=seed)
        place_pins(arrays, problem, state)
        for route in routes:
            rest = [row for row in route if row not in pinned]
            k, d = route[0][:2]
            if rest and not arrays.is_straight and state.stops[k * arrays.dates + d] == 0:
                enter_day(arrays, problem, state, rest, pinned=pinned)
            else:
                place_visits(arrays, problem, state, [np.array(row) for row in rest], pinned=False)
    complete_events(problem, state)
    settle(problem, state)
    return state


def lay_out_journeys(arrays: Arrays, problem: Problem, *, seed: int = 0) -> State:
    """Return a state with the days that stand as far as they fit, those with pins first.

    Of a day that does not fit whole nights, rides and pins come first, then its visits one by one.
    """
    state = blank(arrays, problem, seed=seed)
    first_ride = arrays.sites - len(arrays.ride_fare)
    journeys = list(arrays.standing.journeys())
    for journey in sorted(journeys, key=lambda journey: not any(stops[:, -1].any() for _, stops in journey)):
        if enter_journey(problem, state, journey):
            continue
        kept = [(day, stops[(stops[:, 0] >= first_ride) | (stops[:, -1] == 1)]) for day, stops in journey]
        enter_journey(problem, state, kept)
        for (k, d, _, _), stops in journey:
            loose = [(k, d, i, start, minutes) for i, minutes, start, _, is_pin in stops.tolist() if not is_pin]
            rows = [np.array(row) for row in loose if row[2] < first_ride]
            place_visits(arrays, problem, state, rows, pinned=False)
    if state.total[t.PINS_MISSED]:
        place_visits(arrays, problem, state, arrays.pins, pinned=True)
    complete_events(problem, state)
    settle(problem, state)
    return state


def enter_day(arrays: Arrays, problem: Problem, state: State, route: Sequence[Row], *, pinned: set[Row]) -> None:
    """Enter a team-day whole, or else its visits one by one as far as they fit."""
    stops = [
        (i, minutes, start if (k, d, i, start, minutes) in pinned else -1)
        for k, d, i, start, minutes in sorted(route, key=lambda row: row[3])
    ]
    k, d = route[0][:2]
    sound = all(_is_service(arrays, i, minutes) for i, minutes, _ in stops)
    if sound and enter_route(problem, state, k * arrays.dates + d, np.array(stops, dtype=np.int64)):
        state.total[t.PINS_MISSED] -= sum(pin >= 0 for _, _, pin in stops)
        return
    place_visits(arrays, problem, state, [np.array(row) for row in route if row in pinned], pinned=True)
    place_visits(arrays, problem, state, [np.array(row) for row in route if row not in pinned], pinned=False)


def anneal_gently(problem: Problem, state: State, iterations: int, *, progress: float) -> None:
    """Anneal from the present plan, too cold to lose its shape; `progress` from 0 to 1 cools."""
    if iterations <= 0 or not len(problem.open_routes) or not len(problem.people):
        return
    worth = float(state.tune[t.WORTH]) * float(state.total[t.ACTIVATIONS]) / max(1, int(state.total[t.TEAM_DAYS]))
    state.heat[t.TEMPERATURE] = max(1.0, WARM * worth) * (COLD / WARM) ** progress
    state.heat[t.COOLING] = 1.0
    anneal(problem, state, iterations)


def _row(values: Ints) -> Row:
    k, d, i, start, minutes = (int(value) for value in values)
    return k, d, i, start, minutes


def _is_service(arrays: Arrays, i: int, minutes: int) -> bool:
    fixed = int(arrays.fixed[i])
    return minutes == fixed if fixed >= 0 else minutes > 0 and minutes % arrays.slot_minutes == 0
