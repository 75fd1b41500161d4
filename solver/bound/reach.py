"""What each team class can reach on each date, and how often sites can be visited at all, before dates are grouped."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.bound.modes import Modes, base_modes, shorten_ways
from solver.bound.passages import passages_of
from solver.bound.shares import most_of
from solver.bound.visit_hours import hours_of, longest_visits
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Ints, Longs, Shorts
from solver.numeric.ways import FAR, ROUNDED_METRES, close, least_home, members, shortcuts

NEIGHBOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What each team class c can do at each site i on each date d, before dates are grouped.

    `longest[c, i, d]` is the longest service in minutes, 0 if no visit is possible or a plan does as well without;
    `out_*` and `home_*` are shortest-path closures, `in_*` least legs into the site, `least_home` and `stray_metres`
    as in `Blocks`.
    """

    member: Ints
    longest: Shorts
    out_minutes: Ints
    out_metres: Ints
    home_minutes: Ints
    home_metres: Ints
    in_minutes: Ints
    in_metres: Ints
    visit_limit: Longs
    class_limit: Longs
    most: Longs
    least_home: Ints
    stray_metres: int
    modes: Modes


def reach_of(
    arrays: Arrays, modes: Modes | None = None, *, should_stop: Callable[[], bool] = lambda: False
) -> Reach | None:
    """Find what each team class can reach, and how often each site can be visited at all; None if stopped.

    Days lead from base to base unless there are `modes`.
    """
    a = arrays
    modes = modes or base_modes(a)
    member = members(a)
    legs = _closed_legs(a, member, should_stop=should_stop)
    if legs is None:
        return None
    (out_minutes, home_minutes), (out_metres, home_metres) = legs
    passages = passages_of(a, member, out_minutes, home_minutes)
    longest = longest_visits(hours_of(a, member), a.max_stops[member], passages)
    serves = _gain_at_most(longest, a.people, a.rate_numerator[member], a.rate_denominator[member])
    by_document = serves[:, :, None]
    if len(a.documents.worth):
        by_document = most_of(a.documents, member.astype(np.int64), longest.max(axis=2, initial=0).astype(np.int64))
        serves = by_document.sum(axis=2)
    if should_stop():
        return None
    idle = (serves == 0) & ~a.must & (longest.max(axis=2, initial=0) > 0)
    idle &= ~shortcuts(a, idle.any(axis=0), should_stop=should_stop)
    idle &= ~shorten_ways(a, modes, idle.any(axis=0))
    drawn = working_teams(a, member), family_of(a, member), _first_pools(a, member), a.pool_count
    site_limits = a.max_teams, a.max_visit_dates, a.min_gap_days, a.date_ordinal
    strays = _visit_limits(longest * idle[:, :, None], *drawn, *site_limits)[0]
    longest[idle] = 0
    if should_stop():
        return None
    able = (longest > 0).max(axis=2, initial=False)
    in_minutes = _least_in(_nearest(a.minutes), able, a.out_minutes[member])
    in_metres = _least_in(_nearest(a.metres), able, a.out_metres[member])
    if should_stop():
        return None
    visit_limit, class_limit = _visit_limits(longest, *drawn, *site_limits)
    most = (by_document * (class_limit > 0)[:, :, None]).max(axis=0, initial=0).ravel()
    return Reach(
        member=member,
        longest=longest,
        out_minutes=out_minutes,
        out_metres=out_metres,
        home_minutes=home_minutes,
        home_metres=home_metres,
        in_minutes=in_minutes,
        in_metres=in_metres,
        visit_limit=visit_limit,
        class_limit=class_limit,
        most=most,
        least_home=least_home(a, member),
        stray_metres=ROUNDED_METRES * int(strays.sum()),
        modes=modes,
    )


def _closed_legs(
    a: Arrays, member: Ints, *, should_stop: Callable[[], bool]
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]] | None:
    """The least ways of each class from its base to all sites and back, over any others: minutes, then metres."""
    legs = []
    no_pause = np.zeros(a.sites, dtype=np.int32)
    for table, out, home in (
        (a.minutes, a.out_minutes, a.home_minutes),
        (a.metres, a.out_metres, a.home_metres),
    ):
        backward = table if np.array_equal(table, table.T) else np.ascontiguousarray(table.T)
        paths: list[Ints] = []
        for there, first in ((table, out), (backward, home)):
            closed = np.ascontiguousarray(first[member])
            known: dict[bytes, int] = {}
            for c in range(len(member)):
                if should_stop():
                    return None
                # Many classes begin, or end, their days at one place.
                same = known.setdefault(closed[c].tobytes(), c)
                # Forth and back are the same road where both tables and both first legs agree.
                if there is table and paths and np.array_equal(first[member[c]], out[member[c]]):
                    closed[c] = paths[0][c]
                elif same < c:
                    closed[c] = closed[same]
                else:
                    close(there, closed[c], no_pause)
            paths.append(closed)
        legs.append((paths[0], paths[1]))
    return legs[0], legs[1]


def family_of(arrays: Arrays, member: Ints) -> Ints:
    """For each class of outfits that of the same teams without any kit."""
    return np.asarray(arrays.team_class[arrays.outfit_team[member]], dtype=np.int32)


def working_teams(arrays: Arrays, member: Ints) -> Longs:
    """`[c, d]`: how many teams can work on a date as outfits of class c, at most as many as there are kits."""
    a = arrays
    working = np.zeros((len(member), a.dates), dtype=np.int64)
    np.add.at(working, a.team_class, a.team_works.astype(np.int64))
    for c, q in enumerate(member.tolist()):
        for pool in np.flatnonzero(a.outfit_draws[q]).tolist():
            working[c] = np.minimum(working[c], a.pool_count[pool] // a.outfit_draws[q, pool])
    return working


def _first_pools(arrays: Arrays, member: Ints) -> Ints:
    """The first pool that each class of outfits draws from, or -1."""
    draws = arrays.outfit_draws[member] > 0
    if not draws.shape[1]:
        return np.full(len(member), -1, dtype=np.int32)
    return np.where(draws.any(axis=1), draws.argmax(axis=1), -1).astype(np.int32)


@compiled
def _gain_at_most(longest: Shorts, people: Longs, numerator: Longs, denominator: Longs) -> Longs:
    """People that one visit of class c can win at site i at most."""
    classes, n, dates = longest.shape
    gain = np.zeros((classes, n), dtype=np.int64)
    for c in range(classes):
        for i in range(n):
            minutes = 0
            for d in range(dates):
                minutes = max(minutes, longest[c, i, d])
            gain[c, i] = min(people[i], numerator[c, i] * minutes // denominator[c])
    return gain


@compiled
def _nearest(table: Ints) -> tuple[Ints, Ints]:
    """For each site the nearest others to come from: their indices and legs, ascending, padded with -1."""
    n = table.shape[0]
    width = min(NEIGHBOURS, max(n - 1, 0))
    who = np.full((n, NEIGHBOURS), -1, dtype=np.int32)
    leg = np.full((n, NEIGHBOURS), FAR, dtype=np.int32)
    for j in range(n):
        for i in range(n):
            t = min(table[j, i], FAR)
            if i == j or width == 0 or t >= leg[i, width - 1]:
                continue
            p = width - 1
            while p > 0 and leg[i, p - 1] > t:
                leg[i, p], who[i, p] = leg[i, p - 1], who[i, p - 1]
                p -= 1
            leg[i, p], who[i, p] = t, j
    return who, leg


@compiled
def _least_in(nearest: tuple[Ints, Ints], able: Bools, out: Ints) -> Ints:
    """Least leg into site i for class c, from its base or from a site it can visit; `able[c, i]`."""
    who, leg = nearest
    classes, n = able.shape
    least = np.zeros((classes, n), dtype=np.int32)
    for c in range(classes):
        for i in range(n):
            best = min(out[c, i], FAR)
            for p in range(NEIGHBOURS):
                if who[i, p] < 0 or leg[i, p] >= best:
                    break
                if able[c, who[i, p]] or p == NEIGHBOURS - 1:
                    best = leg[i, p]
                    break
            least[c, i] = best
    return least


@compiled
def _visit_limits(
    longest: Shorts, working: Longs, family: Ints, pool: Ints, pool_count: Longs,
    max_teams: Ints, max_dates: Ints, spacing: Ints, ordinal: Longs,
) -> tuple[Longs, Longs]:  # fmt: skip
    """Most visits of a site by all teams, and by one class, that its dates, spacing, teams and kits allow.

    `family[c]` is the class of the same teams without a kit, `pool[c]` the pool that the class draws from, or -1.
    """
    classes, n, dates = longest.shape
    whole = np.zeros(n, dtype=np.int64)
    by_class = np.zeros((classes, n), dtype=np.int64)
    teams = np.zeros(dates, dtype=np.int64)
    total = np.zeros(dates, dtype=np.int64)
    by_family = np.zeros((classes, dates), dtype=np.int64)
    by_pool = np.zeros_like(pool_count)
    without = np.zeros(dates, dtype=np.int64)
    for i in range(n):
        by_family[:] = 0
        by_pool[:] = 0
        without[:] = 0
        for c in range(classes):
            for d in range(dates):
                teams[d] = working[c, d] if longest[c, i, d] > 0 else 0
                by_family[family[c], d] += teams[d]
                if pool[c] >= 0:
                    by_pool[pool[c], d] += teams[d]
                else:
                    without[d] += teams[d]
            by_class[c, i] = _most_visits(teams, max_teams[i], max_dates[i], spacing[i], ordinal)
        for d in range(dates):
            total[d] = 0
            for c in range(classes):
                total[d] += min(by_family[c, d], working[family[c], d])
            most = without[d]
            for x in range(by_pool.shape[0]):
                most += min(by_pool[x, d], pool_count[x, d])
            total[d] = min(total[d], most)
        whole[i] = _most_visits(total, max_teams[i], max_dates[i], spacing[i], ordinal)
    return whole, by_class


@compiled
def _most_visits(teams: Longs, max_teams: int, max_dates: int, spacing: int, ordinal: Longs) -> int:
    """Most visits on at most `max_dates` dates, `spacing` calendar days apart, by dynamic programming over dates."""
    dates = len(teams)
    before = np.zeros(dates + 1, dtype=np.int64)
    for _ in range(min(max_dates, dates)):
        now = np.zeros(dates + 1, dtype=np.int64)
        last = 0
        for d in range(dates):
            while last < d and ordinal[d] - ordinal[last] >= spacing:
                last += 1
            now[d + 1] = max(now[d], min(teams[d], max_teams) + before[last])
        if now[dates] == before[dates]:
            break
        before = now
    return int(before[dates])
