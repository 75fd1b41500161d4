"""Rows that tie the modes of days together: who ends a day at a lodging begins the next one there, and pays for it.

They are sums over the days of blocks, as the rows of kits are, but with counts of either sign.
"""

from typing import NamedTuple

import numpy as np

from solver.bound.modes import BASE, Modes
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs

# Multipliers of rows that hold with equality may be as low.
FREE = -1e12
# A row over all dates belongs to no group of them.
EVERY_DATE = -1


class NightRows(NamedTuple):
    """Row x says that the sum of `counts[b, x]` over the days of blocks is at most `limit[x]`, or is it (`least` < 0).

    `name[x]` tells it from others of its `group` of dates, if it has one. `unit[x]` is about what a day counts for in
    it. What a calendar of a team keeps anyway `is_of_calendars`.
    """

    counts: Longs
    limit: Longs
    least: Floats
    unit: Floats
    name: Longs
    group: Longs
    is_of_calendars: Bools


class NightDays(NamedTuple):
    """What nights make of the days of each block: their least calendar nights, and rupiah; dates of rest behind them.

    `rest[b]` is the least number of dates after such a day on which a team would work if it had no rest.
    """

    calendar: Longs
    rupiah: Longs
    rest: Longs


def night_days(arrays: Arrays, modes: Modes, block_class: Ints, useful: list[Longs]) -> NightDays:
    """What nights make of the days of each block, which are on the dates where `useful[b]` is above 0."""
    nights, count = modes.nights, len(block_class)
    found = NightDays(*(np.zeros(count, dtype=np.int64) for _ in NightDays._fields))
    if not modes.away.any():
        return found
    resting = dates_of_rest(arrays, modes)
    for b, c in enumerate(block_class.tolist()):
        dates = np.flatnonzero(useful[b])
        if modes.end[c] != BASE:
            found.calendar[b] = nights.calendar[dates].min()
            found.rupiah[b] = found.calendar[b] * nights.rupiah[modes.end[c]]
        elif modes.begin[c] != BASE:
            outfits = np.flatnonzero(arrays.team_class == c)
            rest = resting[arrays.outfit_team[outfits]][:, dates]
            found.rest[b] = rest[arrays.team_works[outfits][:, dates]].min()
    return found


def dates_of_rest(arrays: Arrays, modes: Modes) -> Longs:
    """`[k, d]`: the dates on which a team works, but not within its rest after a trip that ends on date d."""
    a, rest = arrays, modes.nights.rest
    found = np.zeros((a.teams, a.dates), dtype=np.int64)
    for d in range(a.dates):
        within = a.date_ordinal[d + 1 :] - a.date_ordinal[d] <= rest[:, None]
        found[:, d] = (within & a.team_works[: a.teams, d + 1 :]).sum(axis=1)
    return found


def night_rows(
    arrays: Arrays,
    modes: Modes,
    days: NightDays,
    plain: Ints,
    working: Longs,
    block_class: Ints,
    block_group: Longs,
    useful: list[Longs],
) -> NightRows:
    """The rows of nights over blocks; `plain[c]` is the class of the same teams at base and without kits.

    For each class of teams and each lodging, as many days end there as begin there; all of its nights are no more than
    its departures allow; its days and the rests after them fit its dates. For each lodging there are beds.
    """
    count = len(block_class)
    rows: list[tuple[Longs, int, float, float, int, int, bool]] = []
    nights, lodgings = modes.nights, modes.nights.lodgings
    begin, end = modes.begin[block_class].astype(np.int64), modes.end[block_class].astype(np.int64)
    of_team = plain[block_class]
    for c in np.unique(of_team[(begin != BASE) | (end != BASE)]).tolist():
        mine = of_team == c
        most = int(nights.most[arrays.outfit_team[int(np.flatnonzero(arrays.team_class == c)[0])]])
        name = c * (lodgings + 2)
        for h in range(lodgings):
            flow = mine * ((end == h).astype(np.int64) - (begin == h))
            if flow.any():
                rows.append((flow, 0, FREE, 1.0, name + h, EVERY_DATE, True))
        departing = mine & (begin == BASE) & (end != BASE)
        away = mine * days.calendar - most * departing
        rows.append((away, 0, 0.0, 1.0 / most**2, name + lodgings, EVERY_DATE, True))
        if days.rest[mine].any():
            limit = int(working[c].sum())
            rows.append((mine * (1 + days.rest), limit, 0.0, 1.0, name + lodgings + 1, EVERY_DATE, True))
    first = len(modes.begin) * (lodgings + 2)
    for h, g, limit in _full_lodgings(arrays, modes, end, block_group, useful):
        there = ((end == h) & (block_group == g)).astype(np.int64)
        rows.append((there, limit, 0.0, 1.0, first + h, g, False))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(NightRows._fields)
    return NightRows(
        np.array(columns[0], dtype=np.int64).reshape(len(rows), count).T,
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.float64),
        np.array(columns[4], dtype=np.int64),
        np.array(columns[5], dtype=np.int64),
        np.array(columns[6], dtype=np.bool_),
    )


def _full_lodgings(
    arrays: Arrays, modes: Modes, end: Indices, block_group: Longs, useful: list[Longs]
) -> list[tuple[int, int, int]]:
    """Lodgings and groups of dates on which they may have too few beds, with the beds that can be of use."""
    found = []
    ending = modes.end[arrays.team_class]
    for h in range(modes.nights.lodgings):
        wanted = np.zeros((arrays.teams, arrays.dates), dtype=np.bool_)
        for q in np.flatnonzero(ending == h).tolist():
            wanted[arrays.outfit_team[q]] |= arrays.team_works[q]
        teams, beds = wanted.sum(axis=0), modes.nights.beds[h]
        for g in np.unique(block_group[end == h]).tolist():
            dates = np.zeros(arrays.dates, dtype=np.bool_)
            for b in np.flatnonzero((end == h) & (block_group == g)).tolist():
                dates |= useful[b] > 0
            if (teams > beds)[dates].any():
                found.append((h, g, int(np.minimum(teams, beds)[dates].sum())))
    return found
