"""The nights of one team before a date and after it: the fewest, or what they cost, by where it sleeps.

Places are numbered: 0 is the base, then come the lodgings. A trip begins at base and ends there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.numeric.kinds import Bools, Longs

NEVER = 2**50
"""More nights or money than any trip has."""

Nights = tuple[tuple[int, int], ...]
"""Date and place of each night of a trip."""
Ends = tuple[int, int]
"""Where a date begins and where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What a trip of a team is made of, by date.

    `works[d]` is whether the team may be away then; `beds[h, d]` whether it may sleep at a lodging after the date,
    `nights[d]` calendar nights long, for `rupiah[h]` each. `days[d][x, y]` is what a day from place to place without
    any aim costs, `NEVER` where there is no way.
    """

    works: Bools
    beds: Bools
    nights: Sequence[int]
    rupiah: Sequence[int]
    days: Sequence[Longs]


class FewestNights:
    """The fewest nights: `before[d, x]` of a trip that has come to sleep at x before a date, `after[d, y]` of one that
    sleeps at y after it and goes home from there.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        dates, places = len(calendar.works), len(calendar.beds) + 1
        self.before: Longs = np.full((dates, places), NEVER, dtype=np.int64)
        self.after: Longs = np.full((dates, places), NEVER, dtype=np.int64)
        self.before[:, 0] = self.after[:, 0] = 0
        for d in range(1, dates):
            if self._may_sleep(d - 1):
                came = self.before[d - 1][:, None] + _steps(calendar.days[d - 1])
                self.before[d, 1:] = self._slept(came.min(axis=0)[1:], d - 1)
        for d in range(dates - 2, -1, -1):
            if self._may_sleep(d):
                goes = self.after[d + 1][None, :] + _steps(calendar.days[d + 1])
                self.after[d, 1:] = self._slept(goes.min(axis=1)[1:], d)

    def least(self, d: int, day: Longs) -> int:
        """Return the nights of the trip of fewest that has a day of these on a date."""
        return self.least_of([d], day)[0]

    def least_of(self, dates: Sequence[int], day: Longs) -> list[int]:
        """Return the same for each of some dates."""
        begins, ends = np.nonzero(day < NEVER)
        before: Longs = self.before[list(dates)][:, begins]
        after: Longs = self.after[list(dates)][:, ends]
        least: Longs = np.minimum((before + after).min(axis=1, initial=NEVER), NEVER)
        return [int(nights) for nights in least]

    def chain(self, d: int, day: Longs) -> tuple[Ends, Nights]:
        """Return begin and end of the date on that trip, and its nights."""
        total = self._total(d, day)
        begin, end = (int(place) for place in np.unravel_index(int(total.argmin()), total.shape))
        calendar = self._calendar
        nights = [] if end == 0 else [(d, end)]
        here, at = begin, d
        while here != 0:
            nights.insert(0, (at - 1, here))
            came = self.before[at - 1] + _steps(calendar.days[at - 1])[:, here]
            at, here = at - 1, int(came.argmin())
        here, at = end, d
        while here != 0:
            goes = self.after[at + 1] + _steps(calendar.days[at + 1])[here]
            at, here = at + 1, int(goes.argmin())
            if here != 0:
                nights.append((at, here))
        return (begin, end), tuple(nights)

    def _total(self, d: int, day: Longs) -> Longs:
        total: Longs = self.before[d][:, None] + self.after[d][None, :] + _steps(day)
        return total

    def _may_sleep(self, d: int) -> bool:
        return bool(self._calendar.works[d] and self._calendar.works[d + 1])

    def _slept(self, nights: Longs, d: int) -> Longs:
        free = self._calendar.beds[:, d]
        slept = np.where(free & (nights < NEVER), nights + self._calendar.nights[d], NEVER)
        return np.asarray(slept, dtype=np.int64)


class CheapestNights:
    """What trips of at most so many nights cost: `before[d, x, n]` with n nights, `after[d, y, n]` with at most n."""

    def __init__(self, calendar: Calendar, *, most_nights: int) -> None:
        self._calendar, self._most = calendar, most_nights
        dates, places = len(calendar.works), len(calendar.beds) + 1
        self.before: Longs = np.full((dates, places, most_nights + 1), NEVER, dtype=np.int64)
        self.after: Longs = np.full((dates, places, most_nights + 1), NEVER, dtype=np.int64)
        self.before[:, 0, 0] = 0
        self.after[:, 0, :] = 0
        for d in range(1, dates):
            if calendar.works[d - 1] and calendar.works[d]:
                came = (self.before[d - 1][:, None] + calendar.days[d - 1][:, :, None]).min(axis=0)
                self.before[d, 1:] = self._slept(came[1:], d - 1)
        for d in range(dates - 2, -1, -1):
            if calendar.works[d] and calendar.works[d + 1]:
                goes = (self.after[d + 1][None] + calendar.days[d + 1][:, :, None]).min(axis=1)
                self.after[d, 1:] = self._slept(goes[1:], d)

    def least(self, d: int, day: Longs) -> int:
        """Return what the cheapest trip costs that has a day of these on a date."""
        cheapest = NEVER
        for nights in range(self._most + 1):
            total = self.before[d, :, nights, None] + day + self.after[d, None, :, self._most - nights]
            cheapest = min(cheapest, int(total.min(initial=NEVER)))
        return cheapest

    def chain(self, d: int, day: Longs) -> tuple[Ends, Nights]:
        """Return begin and end of the date on that trip, and its nights."""
        options = []
        for spent in range(self._most + 1):
            total = self.before[d, :, spent, None] + day + self.after[d, None, :, self._most - spent]
            begin, end = (int(place) for place in np.unravel_index(int(total.argmin()), total.shape))
            options.append((int(total.min()), spent, begin, end))
        _, spent, begin, end = min(options)
        calendar = self._calendar
        nights = [] if end == 0 else [(d, end)]
        here, at, left = begin, d, spent
        while here != 0:
            nights.insert(0, (at - 1, here))
            left -= calendar.nights[at - 1]
            came = self.before[at - 1, :, left] + calendar.days[at - 1][:, here]
            at, here = at - 1, int(came.argmin())
        here, at, left = end, d, self._most - spent
        while here != 0:
            left -= calendar.nights[at]
            goes = self.after[at + 1, :, left] + calendar.days[at + 1][here]
            at, here = at + 1, int(goes.argmin())
            if here != 0:
                nights.append((at, here))
        return (begin, end), tuple(nights)

    def _slept(self, costs: Longs, d: int) -> Longs:
        """The same costs after a night, moved on by its calendar nights."""
        nights, slept = self._calendar.nights[d], np.full_like(costs, NEVER)
        if nights <= self._most:
            paid = costs + 1000 * nights * np.array(self._calendar.rupiah, dtype=np.int64)[:, None]
            slept[:, nights:] = paid[:, : costs.shape[1] - nights]
        slept[~self._calendar.beds[:, d]] = NEVER
        return np.minimum(slept, NEVER)


def _steps(day: Longs) -> Longs:
    """No nights where a day leads from place to place, too many where it does not."""
    return np.where(day < NEVER, 0, NEVER)
