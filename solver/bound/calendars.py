"""The best calendar of each team at given prices of its days: the longest path through dates, places and nights away.

Prices of days relax what ties teams together; what ties the days of one team together a calendar keeps exactly: it
begins where it ended, is away for no more calendar nights than the team may be, and rests after a trip.
"""

# mypy: disable-error-code="no-any-return"

from typing import NamedTuple

import numpy as np

from solver.bound.modes import BASE, Modes
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Floats, Indices, Ints, Longs


class Calendars(NamedTuple):
    """The days that each team may have: those of team k on date d from `ptr[k * dates + d]` on, each of a block.

    A day leads from `begin` to `end`, lodgings or `BASE`; `rupiah` is what its night costs above the least of its
    block. After a trip that ends on date d team k can work again from date `rested[k, d]` on. There are no teams where
    nobody may be away.
    """

    ptr: Longs
    block: Indices
    begin: Indices
    end: Indices
    rupiah: Longs
    most: Longs
    calendar: Longs
    rested: Longs
    lodgings: int

    @property
    def teams(self) -> int:
        """The number of teams."""
        return len(self.most)


def calendars_of(
    arrays: Arrays, modes: Modes, block_class: Ints, block_group: Longs, date_group: Ints, calendar: Longs,
) -> Calendars:  # fmt: skip
    """The calendars over blocks, whose days end with so many `calendar` nights at least."""
    a, nights = arrays, modes.nights
    if not modes.away.any():
        none = np.empty(0, dtype=np.int64)
        nobody = np.zeros((0, a.dates), dtype=np.int64)
        return Calendars(np.zeros(1, dtype=np.int64), none, none, none, none, none, none, nobody, 0)
    pairs = zip(block_class.tolist(), block_group.tolist(), strict=True)
    block_of = {pair: b for b, pair in enumerate(pairs)}
    days: list[list[tuple[int, int, int, int]]] = [[] for _ in range(a.teams * a.dates)]
    for q, c in enumerate(a.team_class.tolist()):
        for d in np.flatnonzero(a.team_works[q]).tolist():
            b = block_of.get((c, int(date_group[d])))
            if b is not None:
                begin, end = int(modes.begin[c]), int(modes.end[c])
                more = 0 if end == BASE else int((nights.calendar[d] - calendar[b]) * nights.rupiah[end])
                days[int(a.outfit_team[q]) * a.dates + d].append((b, begin, end, more))
    flat = np.array([day for some in days for day in some], dtype=np.int64).reshape(-1, 4)
    rested = np.empty((a.teams, a.dates), dtype=np.int64)
    for k in range(a.teams):
        free_from = a.date_ordinal + np.maximum(nights.rest[k], 0)
        rested[k] = np.searchsorted(a.date_ordinal, free_from, side="right")
    return Calendars(
        ptr=np.concatenate(([0], np.cumsum([len(some) for some in days]))).astype(np.int64),
        block=flat[:, 0].copy(),
        begin=flat[:, 1].copy(),
        end=flat[:, 2].copy(),
        rupiah=flat[:, 3].copy(),
        most=nights.most,
        calendar=nights.calendar,
        rested=rested,
        lodgings=nights.lodgings,
    )


@compiled
def best_calendars(calendars: Calendars, price: Floats, rupiah: float) -> Floats:
    """What the best calendar of each team is worth at most, if a day of block b is worth `price[b]`; `rupiah` is paid.

    At least 0, for staying home.
    """
    dates = len(calendars.calendar)
    longest = 0
    for k in range(len(calendars.most)):
        longest = max(longest, calendars.most[k])
    totals = np.zeros(len(calendars.most))
    base = np.empty(dates + 1)
    away = np.empty((dates + 1, calendars.lodgings, longest + 1))
    for k in range(len(calendars.most)):
        most = calendars.most[k]
        base[:] = 0.0
        away[:] = -np.inf
        for d in range(dates):
            base[d + 1] = max(base[d + 1], base[d])
            for y in range(calendars.ptr[k * dates + d], calendars.ptr[k * dates + d + 1]):
                begin, end = calendars.begin[y], calendars.end[y]
                worth = price[calendars.block[y]] - rupiah * calendars.rupiah[y]
                if begin < 0 and end < 0:
                    base[d + 1] = max(base[d + 1], base[d] + worth)
                elif begin < 0:
                    nights = calendars.calendar[d]
                    if nights <= most:
                        away[d + 1, end, nights] = max(away[d + 1, end, nights], base[d] + worth)
                elif end < 0:
                    best = -np.inf
                    for nights in range(most + 1):
                        best = max(best, away[d, begin, nights])
                    back = calendars.rested[k, d]
                    base[back] = max(base[back], best + worth)
                else:
                    more = calendars.calendar[d]
                    for nights in range(most - more + 1):
                        now = away[d, begin, nights] + worth
                        away[d + 1, end, nights + more] = max(away[d + 1, end, nights + more], now)
        totals[k] = base[dates]
    return totals
