"""When visits can be: how long they may last on each date, and the windows of an entry on the dates of its block."""

from typing import NamedTuple

import numpy as np

from solver.bound.passages import Passages
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Ints, Longs, Shorts


class Hours(NamedTuple):
    """When sites are open, and how long a visit may last there, named as in `Arrays`.

    `hours_from[c, d]` is that of the teams of a class.
    """

    site_open: Bools
    window_set: Ints
    hours_from: Ints
    set_ptr: Ints
    set_open: Ints
    set_close: Ints
    setup: Ints
    fixed: Ints
    slot: int


def hours_of(a: Arrays, member: Ints) -> Hours:
    windows = a.window_set, a.hours_from[a.outfit_team[member]], a.set_ptr, a.set_open, a.set_close
    return Hours(a.site_open, *windows, a.setup, a.fixed, a.slot_minutes)


@compiled
def longest_visits(hours: Hours, stops: Ints, passages: Passages) -> Shorts:
    """Longest service of class c at site i on date d, a whole number of slots (or the fixed minutes), else 0."""
    classes, n, dates = len(stops), hours.site_open.shape[0], hours.site_open.shape[1]
    longest = np.zeros((classes, n, dates), dtype=np.int16)
    for c in range(classes):
        for i in range(n):
            if stops[c] < 1:
                continue
            known, with_rides, minutes = -1, np.int64(-1), 0
            for d in range(dates):
                x = passages.pattern[d]
                arrive, leave = passages.arrive[x, c, i], passages.leave[x, c, i]
                if not hours.site_open[i, d] or arrive > leave:
                    continue
                s = hours.window_set[i, d] + hours.hours_from[c, d]
                if s != known or x != with_rides:
                    known, with_rides, minutes = s, x, -1
                    for w in range(hours.set_ptr[s], hours.set_ptr[s + 1]):
                        room = min(hours.set_close[w], leave) - max(hours.set_open[w], arrive)
                        minutes = max(minutes, room - hours.setup[i])
                    if hours.fixed[i] >= 0:
                        minutes = max(hours.fixed[i], 1) if minutes >= hours.fixed[i] else 0
                    else:
                        minutes = minutes // hours.slot * hours.slot
                longest[c, i, d] = min(max(minutes, 0), 32767)
    return longest


@compiled
def windows_of(
    hours: Hours, longest: Shorts, ptr: Longs, site: Ints, block_class: Ints, block_group: Ints, date_group: Ints,
    start: Ints, shift: Ints,
) -> tuple[Longs, Ints, Ints]:  # fmt: skip
    """The distinct windows of each entry on the dates of its block, cut to the shift, too short ones left out."""
    entries = len(site)
    first = np.zeros(entries + 1, dtype=np.int64)
    room = max(16, 2 * entries)
    opens = np.empty(room, dtype=np.int32)
    closes = np.empty(room, dtype=np.int32)
    size = 0
    for b in range(len(block_class)):
        c = block_class[b]
        for e in range(ptr[b], ptr[b + 1]):
            i = site[e]
            least = hours.setup[i] + (hours.fixed[i] if hours.fixed[i] >= 0 else hours.slot)
            known = -1
            for d in range(len(date_group)):
                s = hours.window_set[i, d] + hours.hours_from[c, d]
                if date_group[d] != block_group[b] or longest[c, i, d] == 0 or s == known:
                    continue
                known = s
                for w in range(hours.set_ptr[known], hours.set_ptr[known + 1]):
                    low = max(0, hours.set_open[w] - start[c])
                    high = min(shift[b], hours.set_close[w] - start[c])
                    if high - low < least:
                        continue
                    new = True
                    for q in range(first[e], size):
                        new = new and (opens[q] != low or closes[q] != high)
                    if not new:
                        continue
                    if size == room:
                        room *= 2
                        more_opens = np.empty(room, dtype=np.int32)
                        more_closes = np.empty(room, dtype=np.int32)
                        more_opens[:size], more_closes[:size] = opens[:size], closes[:size]
                        opens, closes = more_opens, more_closes
                    opens[size], closes[size] = low, high
                    size += 1
            first[e + 1] = size
    return first, opens[:size].copy(), closes[:size].copy()
