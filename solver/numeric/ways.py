"""Shortest ways over other sites, for tables and overrides that break the triangle inequality.

The direct leg is the least way on great circles alone; whoever needs a least way elsewhere asks here.
"""

from collections.abc import Callable

import numpy as np

from solver.numeric.arrays import Arrays, shortest_stay
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Ints

FAR = 2**29
# By so much the rounding of great circles to whole metres lets a way be shorter over a site.
ROUNDED_METRES = 1


@compiled
def close(table: Ints, row: Ints, pause: Ints) -> None:
    """Make `row`, the legs from one base, shortest paths through any sites, so that no detour is shorter.

    Passing site j takes `pause[j]` besides.
    """
    n = table.shape[0]
    changed = True
    while changed:
        changed = False
        for j in range(n):
            if row[j] >= FAR:
                continue
            here = np.int32(row[j] + pause[j])
            least = np.int32(0)
            for i in range(n):
                least = min(least, np.int32(here + min(table[j, i], np.int32(FAR)) - row[i]))
            if least < 0:
                changed = True
                for i in range(n):
                    row[i] = min(row[i], np.int32(here + min(table[j, i], np.int32(FAR))))


def members(arrays: Arrays) -> Ints:
    """The first team of each class."""
    return np.unique(arrays.team_class, return_index=True)[1].astype(np.int32)


def least_out(arrays: Arrays, member: Ints) -> Ints:
    """Fewest minutes from each member's base to every site, over visits to any others."""
    out = np.ascontiguousarray(arrays.out_minutes[member])
    if not _is_direct(arrays):
        for row in out:
            close(arrays.minutes, row, shortest_stay(arrays))
    return out


def least_home(arrays: Arrays, member: Ints) -> Ints:
    """Fewest minutes from the end of a visit at every site to each member's base, over visits to any others."""
    home = np.ascontiguousarray(arrays.home_minutes[member])
    if not _is_direct(arrays):
        backward = np.ascontiguousarray(arrays.minutes.T)
        for row in home:
            close(backward, row, shortest_stay(arrays))
    return home


def needs_detours(arrays: Arrays) -> bool:
    """Whether a team comes to some site, or home from it, sooner over visits to others than by the direct leg."""
    if _is_direct(arrays):
        return False
    member = members(arrays)
    there, back = least_out(arrays, member), least_home(arrays, member)
    return bool((there < arrays.out_minutes[member]).any() or (back < arrays.home_minutes[member]).any())


def shortcuts(arrays: Arrays, sites: Bools, *, should_stop: Callable[[], bool]) -> Bools:
    """Which of the marked sites shorten a way: a visit there may pay even if it wins nobody. Stopped early: all.

    A metre saved by rounding makes no shortcut.
    """
    a = arrays
    useful = np.zeros(a.sites, dtype=np.bool_)
    pause = shortest_stay(a)
    counts_metres = a.per_km > 0 and (a.weight_per_million_cost > 0 or a.budget >= 0)
    for i in np.flatnonzero(sites & (pause == 0) if a.is_straight else sites).tolist():
        if should_stop():
            return sites
        quicker = _shortens(a.minutes, a.out_minutes, a.home_minutes, i, int(pause[i]))
        nearer = counts_metres and _shortens(a.metres, a.out_metres, a.home_metres, i, ROUNDED_METRES)
        useful[i] = quicker or nearer
    return useful


def _is_direct(arrays: Arrays) -> bool:
    """Whether no detour saves a minute: a rounded one is lost again by the shortest stay."""
    return arrays.is_straight and bool(shortest_stay(arrays).all())


@compiled
def _shortens(table: Ints, out: Ints, home: Ints, via: int, least: int) -> bool:
    """Whether some leg is longer than the way over site `via`, by more than `least`."""
    n = table.shape[0]
    for j in range(n):
        if j == via:
            continue
        there = np.int64(table[j, via]) + least
        for i in range(n):
            if i != via and i != j and table[j, i] > there + table[via, i]:
                return True
        for k in range(out.shape[0]):
            if home[k, j] > there + home[k, via] or out[k, j] > np.int64(out[k, via]) + least + table[via, j]:
                return True
    return False
