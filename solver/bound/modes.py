"""Where a team-day begins and ends: outfits for the bound alone, one for every two places between which a day leads.

A *mode* is a pair of places, a team's base or a lodging each. All that is said of outfits is said of each outfit in
each mode, so that blocks, prices and routes need not know of nights; `night_rows` ties the modes together again.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from solver.bound.passages import Timetable, timetable_of
from solver.contract.travel import NO_WAY_MINUTES
from solver.numeric.arrays import Arrays, shortest_stay
from solver.numeric.kinds import Bools, Indices, Ints, Longs
from solver.numeric.nights import ANY_TEAMS, Nights
from solver.numeric.routes import Route
from solver.numeric.ways import FAR, ROUNDED_METRES, members

BASE = -1
# Lodgings near each other count as one where outfits, modes and sites would be more than so many together.
MOST_ENTRIES = 60_000
# In so many modes a route of a search is offered to the bound.
MOST_FITTING = 3

# Earliest arrivals by pattern of rides and the minutes of first arrival.
_Known = dict[tuple[int, bytes], Ints]


class Modes(NamedTuple):
    """For each class of outfits where its days begin and end: a lodging of `nights`, or `BASE`.

    A day without any stop takes `way_minutes` and `way_metres` of the class; `goes` where that fits its shift. Teams
    that may be away at all are those of the `most` of `nights`.
    """

    nights: Nights
    begin: Ints
    end: Ints
    goes: Bools
    way_minutes: Ints
    way_metres: Ints

    @property
    def away(self) -> Bools:
        """The classes whose days begin or end away from base."""
        return np.asarray((self.begin != BASE) | (self.end != BASE), dtype=np.bool_)


def base_modes(arrays: Arrays) -> Modes:
    """All days from base to base."""
    classes = len(members(arrays))
    base, none = np.full(classes, BASE, dtype=np.int32), np.zeros(classes, dtype=np.int32)
    return Modes(arrays.nights, base, base, np.zeros(classes, dtype=np.bool_), none, none)


def with_modes(arrays: Arrays) -> tuple[Arrays, Modes]:
    """The arrays with outfits for all modes behind their own, and the mode of each class; the same without lodgings."""
    a = arrays
    plain = base_modes(a)
    if not a.nights.lodgings or not a.nights.most.any() or not a.sites:
        return a, plain
    times = timetable_of(a)
    nights, useful = _few_lodgings(a, times)
    rows: list[tuple[int, int, int]] = []
    works: list[Bools] = []
    numbers: dict[tuple[int, int, int], int] = {}
    of_class: list[int] = []
    for q, c in enumerate(a.team_class.tolist()):
        for x, y in np.argwhere(useful[:, c].any(axis=0)).tolist():
            dates = _dates_of(a, nights, q, begin=x - 1, end=y - 1) & useful[times.pattern, c, x, y]
            if dates.any():
                rows.append((q, x - 1, y - 1))
                works.append(dates)
                of_class.append(len(plain.begin) + numbers.setdefault((c, x - 1, y - 1), len(numbers)))
    if not rows:
        return a, plain
    outfit, begin, end = np.array(rows, dtype=np.int64).T
    return _expanded(a, nights, outfit, begin, end, works, of_class), _modes_of(a, nights, plain, numbers)


def _modes_of(arrays: Arrays, nights: Nights, plain: Modes, numbers: dict[tuple[int, int, int], int]) -> Modes:
    member = members(arrays)
    cls, begin, end = np.array(list(numbers), dtype=np.int64).T
    team = arrays.outfit_team[member[cls]].astype(np.int64)
    teams = len(nights.most)
    start, stop = np.where(begin == BASE, team, teams + begin), np.where(end == BASE, team, teams + end)
    minutes, metres = nights.way_minutes[start, stop], nights.way_metres[start, stop]
    return Modes(
        nights=nights,
        begin=np.append(plain.begin, begin).astype(np.int32),
        end=np.append(plain.end, end).astype(np.int32),
        goes=np.append(plain.goes, minutes <= (nights.away_end - nights.away_start)[team]),
        way_minutes=np.append(plain.way_minutes, minutes).astype(np.int32),
        way_metres=np.append(plain.way_metres, metres).astype(np.int32),
    )


def _expanded(
    a: Arrays, nights: Nights, outfit: Indices, begin: Indices, end: Indices, works: list[Bools], of_class: list[int]
) -> Arrays:
    """The arrays with one more outfit for each of `outfit`, whose days lead from `begin` to `end`."""
    every = np.append(np.arange(len(a.outfit_team)), outfit)
    team = a.outfit_team[outfit]
    documents = a.documents._replace(
        rate=a.documents.rate[every],
        pace=a.documents.pace[every],
        operators=a.documents.operators[every],
        machines=a.documents.machines[every],
    )

    def legs(own: Ints, of_lodgings: Ints, place: Indices) -> Ints:
        away = np.where((place == BASE)[:, None], own[outfit], of_lodgings[np.maximum(place, 0)])
        return np.ascontiguousarray(np.concatenate((own, away)), dtype=np.int32)

    return replace(
        a,
        team_works=np.concatenate((a.team_works, np.array(works))),
        shift_start=np.append(a.shift_start, nights.away_start[team]).astype(np.int32),
        shift_end=np.append(a.shift_end, nights.away_end[team]).astype(np.int32),
        max_stops=a.max_stops[every],
        team_class=np.append(a.team_class, of_class).astype(np.int32),
        rate_numerator=a.rate_numerator[every],
        rate_denominator=a.rate_denominator[every],
        outfit_team=a.outfit_team[every],
        outfit_draws=a.outfit_draws[every],
        outfit_cost=a.outfit_cost[every],
        documents=documents,
        out_minutes=legs(a.out_minutes, nights.out_minutes, begin),
        out_metres=legs(a.out_metres, nights.out_metres, begin),
        home_minutes=legs(a.home_minutes, nights.home_minutes, end),
        home_metres=legs(a.home_metres, nights.home_metres, end),
    )


def _dates_of(a: Arrays, nights: Nights, q: int, *, begin: int, end: int) -> Bools:
    """On which dates an outfit can begin and end its day there: the team works on both sides of a night."""
    k = int(a.outfit_team[q])
    team, works = a.team_works[k], a.team_works[q].copy()
    away = np.zeros(a.dates, dtype=np.int64)
    if begin != BASE:
        works[0] = False
        works[1:] &= team[:-1] & (nights.beds[begin, :-1] > 0)
        away[1:] += nights.calendar[:-1]
    if end != BASE:
        works[-1] = False
        works[:-1] &= team[1:] & (nights.beds[end, :-1] > 0)
        away[:-1] += nights.calendar[:-1]
    return np.asarray(works & (away <= nights.most[k]), dtype=np.bool_)


def _few_lodgings(arrays: Arrays, times: Timetable) -> tuple[Nights, Bools]:
    """The nights with so many lodgings gathered into one that modes are not too many; the useful modes as `_useful`.

    What is gathered has the least of all legs and costs and the beds of all. Lodgings between which no road leads
    stay apart.
    """
    nights = arrays.nights
    known: _Known = {}
    while True:
        useful = _useful(arrays, nights, times, known)
        if nights.lodgings <= 1 or int(useful.any(axis=0).sum()) * arrays.sites <= MOST_ENTRIES:
            return nights, useful
        teams = len(nights.most)
        apart = nights.way_minutes[teams:, teams:].astype(np.int64)
        apart = apart + apart.T
        np.fill_diagonal(apart, NO_WAY_MINUTES)
        if apart.min() >= NO_WAY_MINUTES:
            return nights, useful
        stays, other = sorted(divmod(int(np.argmin(apart)), nights.lodgings))
        nights = _gathered(nights, stays, other)


def _gathered(nights: Nights, stays: int, other: int) -> Nights:
    """The nights with two lodgings as one."""
    teams = len(nights.most)
    kept = np.delete(np.arange(nights.lodgings), other)
    places = np.append(np.arange(teams), teams + kept)

    def least(table: Ints | Longs) -> np.ndarray:
        reduced = table.copy()
        reduced[stays] = np.minimum(table[stays], table[other])
        return np.ascontiguousarray(reduced[kept])

    def least_way(table: Ints) -> Ints:
        ways, x, y = table.copy(), teams + stays, teams + other
        ways[x] = np.minimum(ways[x], ways[y])
        ways[:, x] = np.minimum(ways[:, x], ways[:, y])
        return np.ascontiguousarray(ways[np.ix_(places, places)])

    beds = nights.beds.copy()
    beds[stays] = np.minimum(beds[stays] + beds[other], ANY_TEAMS)
    return nights._replace(
        rupiah=least(nights.rupiah),
        beds=beds[kept],
        out_minutes=least(nights.out_minutes),
        out_metres=least(nights.out_metres),
        home_minutes=least(nights.home_minutes),
        home_metres=least(nights.home_metres),
        way_minutes=least_way(nights.way_minutes),
        way_metres=least_way(nights.way_metres),
    )


def _useful(arrays: Arrays, nights: Nights, times: Timetable, known: _Known) -> Bools:
    """`[x, c, p, r]`: whether a day of class c fits its shift from place p to r, over visits to any sites or none.

    On dates of pattern x of the rides. Places are counted from the base, 0. Not from base to base, which is no mode of
    its own.
    """
    a = arrays
    places, teams = 1 + nights.lodgings, len(nights.most)
    fits = np.zeros((times.patterns, teams, places, places), dtype=np.bool_)
    alike: dict[bytes, int] = {}
    for k in range(teams):
        starts, end = nights.away_start[k], nights.away_end[k]
        first = starts + np.minimum(np.concatenate((a.out_minutes[k][None, :], nights.out_minutes)), FAR)
        home = np.concatenate((a.home_minutes[k][None, :], nights.home_minutes))
        at = np.append(k, teams + np.arange(nights.lodgings))
        way = starts + nights.way_minutes[np.ix_(at, at)].astype(np.int64)
        same = alike.setdefault(b"".join(row.tobytes() for row in (first[0], home[0], end, way)), k)
        if same < k:
            fits[:, k] = fits[:, same]
            continue
        for x in range(times.patterns):
            for p in range(places):
                key = (x, first[p].tobytes())
                if key not in known:
                    known[key] = times.arrivals(x, first[p])
                fits[x, k, p] = np.minimum(way[p], times.ends(x, known[key], home)) <= end
    fits[:, nights.most == 0] = False
    fits[:, :, 0, 0] = False
    return fits[:, a.outfit_team[members(a)]]


def shorten_ways(arrays: Arrays, modes: Modes, sites: Bools) -> Bools:
    """Which of the marked sites shorten the way of a mode without any other stop, as `shortcuts` of other ways."""
    a = arrays
    shortening = np.zeros(a.sites, dtype=np.bool_)
    which = np.flatnonzero(sites)
    if not len(which) or not modes.away.any():
        return shortening
    stay = shortest_stay(a)[which].astype(np.int64)
    for c, q in enumerate(members(a).tolist()):
        if modes.away[c]:
            over = a.out_minutes[q, which].astype(np.int64) + stay + a.home_minutes[q, which]
            metres = a.out_metres[q, which].astype(np.int64) + ROUNDED_METRES + a.home_metres[q, which]
            shortening[which] |= (modes.way_minutes[c] > over) | (modes.way_metres[c] > metres)
    return shortening


def fitting_classes(arrays: Arrays) -> Callable[[Route], list[int]]:
    """A function that tells in which modes a route fits the shift at its own times, those of the least metres.

    Routes are named by outfit, date and stops, and do not tell where they begin and end.
    """
    a = arrays
    alike: dict[tuple[int, bytes], list[int]] = {}
    for q, team in enumerate(a.outfit_team.tolist()):
        alike.setdefault((team, a.outfit_draws[q].tobytes()), []).append(q)
    outfits = {some[0]: np.array(some, dtype=np.int64) for some in alike.values()}

    def classes_of(route: Route) -> list[int]:
        some = outfits[route.team]
        (first, start, _), (last, begin, minutes) = route.stops[0], route.stops[-1]
        done = begin + int(a.setup[last]) + minutes
        fits = a.team_works[some, route.date] & (a.shift_start[some] + a.out_minutes[some, first] <= start)
        some = some[fits & (done + a.home_minutes[some, last] <= a.shift_end[some])]
        metres = a.out_metres[some, first].astype(np.int64) + a.home_metres[some, last]
        return [int(a.team_class[q]) for q in some[np.argsort(metres, kind="stable")[:MOST_FITTING]]]

    return classes_of
