"""Rows that tie the modes of days together: who ends a day at a lodging begins the next one there, and pays for it.

They are sums over the days of blocks, as the rows of kits are, but with counts of either sign.
"""

from typing import NamedTuple

import numpy as np

from solver.bound.modes import BASE, Modes
from solver.bound.shores import Shores, shores_of
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs
from solver.numeric.ways import members

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

    Rupiah are those of the night, and of the last ride where such a day ends on another shore than it begins.

    `rest[b]` is the least number of dates after such a day on which a team would work if it had no rest.
    """

    calendar: Longs
    rupiah: Longs
    rest: Longs


def night_days(arrays: Arrays, modes: Modes, block_class: Ints, useful: list[Longs]) -> NightDays:
    """What nights make of the days of each block, which are on the dates where `useful[b]` is above 0."""
    nights, count = modes.nights, len(block_class)
    days_of = NightDays(*(np.zeros(count, dtype=np.int64) for _ in NightDays._fields))
    if not modes.away.any():
        return days_of
    resting = dates_of_rest(arrays, modes)
    for b, c in enumerate(block_class.tolist()):
        dates = np.flatnonzero(useful[b])
        if modes.end[c] != BASE:
            days_of.calendar[b] = nights.calendar[dates].min()
            days_of.rupiah[b] = days_of.calendar[b] * nights.rupiah[modes.end[c]]
        elif modes.begin[c] != BASE:
            outfits = np.flatnonzero(arrays.team_class == c)
            rest = resting[arrays.outfit_team[outfits]][:, dates]
            days_of.rest[b] = rest[arrays.team_works[outfits][:, dates]].min()
    shores = shores_of(arrays, nights)
    team = arrays.outfit_team[members(arrays)].astype(np.int64)[block_class]
    here, there = (shores.of(team, place[block_class].astype(np.int64)) for place in (modes.begin, modes.end))
    days_of.rupiah[:] += np.where(here != there, shores.fare[there], 0)
    return days_of


def dates_of_rest(arrays: Arrays, modes: Modes) -> Longs:
    """`[k, d]`: the dates on which a team works, but not within its rest after a trip that ends on date d."""
    a, rest = arrays, modes.nights.rest
    working = np.zeros((a.teams, a.dates), dtype=np.int64)
    for d in range(a.dates):
        within = a.date_ordinal[d + 1 :] - a.date_ordinal[d] <= rest[:, None]
        working[:, d] = (within & a.team_works[: a.teams, d + 1 :]).sum(axis=1)
    return working


def night_rows(
    arrays: Arrays,
    modes: Modes,
    days: NightDays,
    member: Ints,
    plain: Ints,
    working: Longs,
    block_class: Ints,
    block_group: Longs,
    useful: list[Longs],
) -> NightRows:
    """The rows of nights over blocks; `plain[c]` is the class of the same teams at base and without kits.

    For each class of teams and each lodging, as many days end there as begin there; all of its nights are no more than
    its departures allow, nor those on a shore than its arrivals there; its days and the rests after them fit its dates.
    For each lodging there are beds, for each shore seats of those who come.
    """
    count = len(block_class)
    rows: list[tuple[Longs, int, float, float, int, int, bool]] = []
    nights, lodgings = modes.nights, modes.nights.lodgings
    begin, end = modes.begin[block_class].astype(np.int64), modes.end[block_class].astype(np.int64)
    of_team = plain[block_class]
    shores = shores_of(arrays, nights)
    team = arrays.outfit_team[member].astype(np.int64)[block_class]
    here, there = (shores.of(team, place) for place in (begin, end))
    names = lodgings + 2 + shores.size
    for c in np.unique(of_team[(begin != BASE) | (end != BASE)]).tolist():
        mine = of_team == c
        most = int(nights.most[arrays.outfit_team[int(np.flatnonzero(arrays.team_class == c)[0])]])
        name = c * names
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
        abroad = mine & (end != BASE) & (there != shores.base[team])
        for s in np.unique(there[abroad & (here != there)]).tolist():
            coming, going = mine & (here != s) & (there == s), mine & (here == s) & (there != s)
            longest = _longest_stay(arrays, most, _dates_of(coming, useful), _dates_of(going, useful))
            staying = mine * ((there == s) & (end != BASE)).astype(np.int64)
            rows.append((staying - longest * coming, 0, 0.0, 1.0, name + lodgings + 2 + s, EVERY_DATE, True))
    first = len(modes.begin) * names
    for h, g, limit in _full_lodgings(arrays, modes, end, block_group, useful):
        sleeping = ((end == h) & (block_group == g)).astype(np.int64)
        rows.append((sleeping, limit, 0.0, 1.0, first + h, g, False))
    for s, g, limit in _full_rides(shores, here, there, block_group, useful):
        riding = ((there == s) & (here != s) & (block_group == g)).astype(np.int64)
        rows.append((riding, limit, 0.0, 1.0, first + lodgings + s, g, False))
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


def _dates_of(blocks: Bools, useful: list[Longs]) -> Bools:
    """The dates on which there can be a day of any of the marked blocks."""
    dates = [useful[b] > 0 for b in np.flatnonzero(blocks).tolist()]
    return np.asarray(np.any(dates, axis=0) if dates else np.zeros(len(useful[0]), dtype=np.bool_), dtype=np.bool_)


def _longest_stay(arrays: Arrays, most: int, coming: Bools, going: Bools) -> int:
    """The most dates in a row that end on a shore where one can come and go on these dates: so many nights at most."""
    longest = 0
    for d in np.flatnonzero(coming).tolist():
        within = going & (np.arange(arrays.dates) > d) & (arrays.date_ordinal - arrays.date_ordinal[d] <= most)
        longest = max(longest, int(np.flatnonzero(within).max(initial=d)) - d)
    return longest


def _full_rides(
    shores: Shores, here: Longs, there: Longs, block_group: Longs, useful: list[Longs]
) -> list[tuple[int, int, int]]:
    """Shores and groups of dates on which there may be too few seats for those who come, with those of use."""
    full = []
    for s in range(shores.size):
        coming = (there == s) & (here != s)
        for g in np.unique(block_group[coming]).tolist():
            wanted = np.zeros(shores.seats.shape[1], dtype=np.int64)
            for b in np.flatnonzero(coming & (block_group == g)).tolist():
                wanted += useful[b]
            if (wanted > shores.seats[s]).any():
                full.append((s, g, int(np.minimum(wanted, shores.seats[s]).sum())))
    return full


def _full_lodgings(
    arrays: Arrays, modes: Modes, end: Indices, block_group: Longs, useful: list[Longs]
) -> list[tuple[int, int, int]]:
    """Lodgings and groups of dates on which they may have too few beds, with the beds that can be of use."""
    full = []
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
                full.append((h, g, int(np.minimum(teams, beds)[dates].sum())))
    return full
