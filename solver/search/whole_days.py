"""Enters team-days whole, for tables and overrides that break the triangle inequality.

Stop by stop a day could fail although all of it fits, and a pinned visit may be reached only over other sites.
"""

# mypy: disable-error-code="no-any-return"

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solver.numeric.arrays import NEVER, Arrays, shortest_stay, windows_on
from solver.numeric.compilation import kernel
from solver.numeric.kinds import Bools, Ints, Longs
from solver.search import tables as t
from solver.search.books import may_visit, spent
from solver.search.days import is_ride
from solver.search.route import insert_stop, remove_stop, schedule
from solver.search.tables import Problem, State

Pin = tuple[int, int, int]
"""Site, start and minutes of a pinned visit."""


class _Place(NamedTuple):
    """Where a team stands, free to leave: the minutes to every site."""

    free_at: int
    legs: Longs


@kernel
def enter_route(p: Problem, s: State, r: int, stops: Longs) -> bool:
    """Enter a whole route (rows of site, minutes, pinned start or -1) into an empty one; False, with nothing changed,
    if a rule forbids it.

    Stop by stop it could fail where travel breaks the triangle inequality.
    """
    count = stops.shape[0]
    rides = 0
    for x in range(count):
        rides += int(is_ride(p, stops[x, 0]))
    most = min(p.team[r // p.number[t.DATES], t.MAX_STOPS], s.stop.shape[1] - rides)
    fits = p.works[r] == 1 and count - rides <= most
    entered = 0
    while fits and entered < count:
        fits = may_visit(p, s, r, stops[entered, 0])
        if fits:
            scheduled = insert_stop(p, s, r, entered, stops[entered, 0], stops[entered, 1], stops[entered, 2])
            entered += 1
            fits = scheduled or entered < count
    if fits and p.number[t.BUDGET] >= 0:
        fits = spent(p, s) <= p.number[t.BUDGET]
    if not fits:
        for q in range(entered - 1, -1, -1):
            remove_stop(p, s, r, q)
        schedule(p, s, r)
    return fits


def enter_pinned_days(arrays: Arrays, problem: Problem, state: State) -> Ints:
    """Enter the team-days of pins that fit as a whole, over other sites where need be; returns the pins left out."""
    days: dict[tuple[int, int], list[Pin]] = defaultdict(list)
    for k, d, i, start, minutes in arrays.pins.tolist():
        days[k, d].append((i, start, minutes))
    direct: set[tuple[int, int]] = set()
    waiting = [key for key in sorted(days) if state.stops[key[0] * arrays.dates + key[1]] == 0]
    for k, d in waiting:
        days[k, d].sort(key=lambda pin: pin[1])
        if _enter(problem, state, k * arrays.dates + d, [(i, minutes, start) for i, start, minutes in days[k, d]]):
            direct.add((k, d))
    entered = set(direct)
    for k, d in waiting:
        r = k * arrays.dates + d
        if (k, d) in direct:
            continue
        free = np.array([may_visit(problem, state, r, i) for i in range(arrays.sites)], dtype=np.bool_)
        stops = over_sites(arrays, k, d, days[k, d], free=free)
        if stops is not None and _enter(problem, state, r, stops):
            entered.add((k, d))
    left = [(k, d) not in entered for k, d in arrays.pins[:, :2].tolist()]
    return arrays.pins[np.array(left, dtype=np.bool_)]


def _enter(problem: Problem, state: State, r: int, stops: Sequence[tuple[int, int, int]]) -> bool:
    entered = bool(enter_route(problem, state, r, np.array(stops, dtype=np.int64)))
    if entered:
        state.total[t.PINS_MISSED] -= sum(pin >= 0 for _, _, pin in stops)
    return entered


def closes_at(arrays: Arrays, k: int, d: int) -> int:
    """By when outfit k is back on a date, breaks taken off."""
    return int(arrays.shift_end[k]) - int(arrays.lost[arrays.outfit_team[k], d])


def over_sites(
    arrays: Arrays, k: int, d: int, pins: Sequence[Pin], *, free: Bools
) -> list[tuple[int, int, int]] | None:
    """Site, minutes and pinned start (or -1) of every stop of a day with these pins; None if none was found.

    Between two pins the fewest shortest visits to `free` sites that make the way quick enough.
    """
    a = arrays
    free = free.copy()
    free[[i for i, _, _ in pins]] = False
    stay = shortest_stay(a)
    most = int(a.max_stops[k]) - len(pins)
    here = _Place(int(a.shift_start[k]), a.out_minutes[k].astype(np.int64))
    stops: list[tuple[int, int, int]] = []
    for p in range(len(pins) + 1):
        if p < len(pins):
            i, start, minutes = pins[p]
            onward, by = a.minutes[:, i].astype(np.int64), start
            direct = int(here.legs[i])
        else:
            onward, by = a.home_minutes[k].astype(np.int64), closes_at(a, k, d)
            direct = int(a.home_minutes[k, pins[-1][0]])
        between = [] if here.free_at + direct <= by else _way(a, k, d, here, onward, by=by, free=free, most=most)
        if between is None:
            return None
        free[between] = False
        most -= len(between)
        stops += [(j, int(stay[j] - a.setup[j]), -1) for j in between]
        if p < len(pins):
            stops.append((i, minutes, start))
            here = _Place(start + int(a.setup[i]) + minutes, a.minutes[i].astype(np.int64))
    return stops


def _way(
    arrays: Arrays, k: int, d: int, here: _Place, onward: Longs, *, by: int, free: Bools, most: int
) -> list[int] | None:
    """The fewest sites to stop at so as to arrive in time; None if there is no such way.

    `leaves[j]` is the earliest end of a shortest visit at j after so many stops (Bellman 1958).
    """
    opens, closes = windows_on(arrays, d, hours_from=arrays.hours_from[arrays.outfit_team[k], d])
    stay = shortest_stay(arrays).astype(np.int64)[:, None]
    legs = arrays.minutes.astype(np.int64)
    arrives = here.free_at + here.legs
    known = np.full(arrays.sites, NEVER, dtype=np.int64)
    parents: list[Longs] = []
    for _ in range(most):
        starts = np.maximum(arrives[:, None], opens)
        leaves = np.where(starts + stay <= closes, starts + stay, NEVER).min(axis=1)
        leaves[~free | (leaves >= known)] = NEVER
        known = np.minimum(known, leaves)
        last = int(np.argmin(leaves + onward))
        if leaves[last] < NEVER and leaves[last] + onward[last] <= by:
            way = [last]
            for parent in reversed(parents):
                way.append(int(parent[way[-1]]))
            return way[::-1]
        if (leaves >= NEVER).all():
            return None
        reached = leaves[:, None] + legs
        parents.append(np.asarray(reached.argmin(axis=0), dtype=np.int64))
        arrives = reached.min(axis=0)
    return None
