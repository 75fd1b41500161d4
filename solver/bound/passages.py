"""When a team can be where on a day that takes rides: earliest arrivals and latest departures by date.

Rides run on some dates at some hours, so that what lies behind water is reached late, left early, or not at all.
"""

from typing import NamedTuple

import numpy as np

from solver.numeric.arrays import Arrays, shortest_stay
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Indices, Ints
from solver.numeric.ways import FAR

# No day ends later; counted backward from there no minute is below 0.
MIDNIGHT = 2**12


class Passages(NamedTuple):
    """On dates of one `pattern` the same rides run: one pattern where there are none.

    A day of class c is at site i from `arrive[x, c, i]` on at the earliest, on dates of pattern x, and gone by
    `leave[x, c, i]`, or it does not end its way in time.
    """

    pattern: Indices
    arrive: Ints
    leave: Ints


class Timetable(NamedTuple):
    """The rides of each pattern of dates as sites: entered from `opens[x, i]` on and left by `closes[x, i]`.

    Sites that are no rides are always open here. `stay[i]` is the least that a stop takes; `backward` are the legs
    from column to row.
    """

    pattern: Indices
    opens: Ints
    closes: Ints
    stay: Ints
    forward: Ints
    backward: Ints

    @property
    def patterns(self) -> int:
        """The number of patterns."""
        return len(self.opens)

    def arrivals(self, x: int, first: Ints) -> Ints:
        """The earliest minute at each site, over any stops, where it can be first of all at `first`."""
        row = np.minimum(first, FAR).astype(np.int32)
        _advance(self.forward, row, self.stay, self.opens[x], self.closes[x])
        return row

    def departures(self, x: int, last: Ints) -> Ints:
        """The latest minute to leave each site over any stops, where it can be left last of all at `last`."""
        # Backward in time: what was left is entered, and what closed opens.
        row = np.minimum(MIDNIGHT - last, FAR).astype(np.int32)
        _advance(self.backward, row, self.stay, MIDNIGHT - self.closes[x], MIDNIGHT - self.opens[x])
        return np.asarray(MIDNIGHT - row, dtype=np.int32)

    def ends(self, x: int, arrive: Ints, home: Ints) -> Ints:
        """The earliest minute at each place to which `home[p, i]` lead, after some stop, with `arrivals` so early."""
        done = np.maximum(arrive, self.opens[x]).astype(np.int64) + self.stay
        kept = (arrive < FAR) & (done <= self.closes[x])
        reached = np.where(kept, done, FAR) + np.minimum(home, FAR)
        return np.asarray(np.minimum(reached.min(axis=1, initial=FAR), FAR), dtype=np.int32)


def timetable_of(arrays: Arrays) -> Timetable:
    """The rides of an instance by date."""
    a, rides = arrays, len(arrays.ride_fare)
    first = a.sites - rides
    window = np.where(a.site_open[first:], a.window_set[first:], -1)
    alike, pattern = np.unique(window, axis=1, return_inverse=True)
    count = alike.shape[1]
    opens = np.full((count, a.sites), -FAR, dtype=np.int32)
    closes = np.full((count, a.sites), FAR, dtype=np.int32)
    for r in range(rides):
        for x, s in enumerate(alike[r].tolist()):
            shut = s < 0 or a.set_ptr[s] == a.set_ptr[s + 1]
            # Never entered where it does not run.
            opens[x, first + r] = FAR if shut else a.set_open[a.set_ptr[s]]
            closes[x, first + r] = -FAR if shut else a.set_close[a.set_ptr[s + 1] - 1]
    return Timetable(
        pattern=np.asarray(pattern, dtype=np.int64).reshape(a.dates),
        opens=opens,
        closes=closes,
        stay=shortest_stay(a),
        forward=a.minutes,
        backward=np.ascontiguousarray(a.minutes.T),
    )


def passages_of(arrays: Arrays, member: Ints, out: Ints, home: Ints) -> Passages:
    """When days of each class, told by its `member`, are where; `out` and `home` are its least ways by themselves."""
    a = arrays
    start, end = a.shift_start[member][:, None], a.shift_end[member][:, None]
    if not len(a.ride_fare):
        pattern = np.zeros(a.dates, dtype=np.int64)
        return Passages(pattern, (start + out)[None].astype(np.int32), (end - home)[None].astype(np.int32))
    times = timetable_of(a)
    first, last = start + np.minimum(a.out_minutes[member], FAR), end - np.minimum(a.home_minutes[member], FAR)
    arrive, leave = (np.empty((times.patterns, *first.shape), dtype=np.int32) for _ in range(2))
    for x in range(times.patterns):
        for rows, minutes, way in ((first, arrive, times.arrivals), (last, leave, times.departures)):
            known: dict[bytes, int] = {}
            for c in range(len(member)):
                # Many classes begin, or end, their days at one place.
                same = known.setdefault(rows[c].tobytes(), c)
                minutes[x, c] = way(x, rows[c]) if same == c else minutes[x, same]
    return Passages(times.pattern, arrive, leave)


@compiled
def _advance(table: Ints, row: Ints, stay: Ints, opens: Ints, closes: Ints) -> None:
    """Make `row`, minutes at which each site can be entered, earliest ones over any stops on the way.

    A stop at site j lasts `stay[j]` minutes from `opens[j]` on, until `closes[j]` at the latest.
    """
    n = table.shape[0]
    changed = True
    while changed:
        changed = False
        for j in range(n):
            done = np.int64(max(row[j], opens[j])) + stay[j]
            if row[j] >= FAR or done > closes[j]:
                continue
            here = np.int32(done)
            least = np.int32(0)
            for i in range(n):
                least = min(least, np.int32(here + min(table[j, i], np.int32(FAR)) - row[i]))
            if least < 0:
                changed = True
                for i in range(n):
                    row[i] = min(row[i], np.int32(here + min(table[j, i], np.int32(FAR))))
