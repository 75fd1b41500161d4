"""A day with breaks in compressed time: what is left when the minutes of the breaks are cut out of the clock.

Cut at a fixed moment, a day that fits the compressed clock all but fits the real one: only a set-up may be cut. Cut
wherever the break may lie, every real day fits the compressed clock. The one is searched, the other is bounded.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from solver.contract.instance import Window
from solver.contract.journeys import Break
from solver.plans.series import DayBreaks

NEVER = 2**62
"""More than breaks can cost."""

_Taken = tuple[int, tuple[tuple[int, int], ...]]
"""What breaks cost, and the place and the start of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The minutes from `start` to `end` are cut out of a team's day; empty (`start` = `end`) where nothing is."""

    start: int
    end: int
    earliest: int
    latest: int
    """The break starts at the earliest, and ends at the latest, then; equal where it may cost nothing."""

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def certain(self) -> int:
        """Minutes that every day loses, wherever its break lies."""
        return self.minutes if self.latest > self.earliest else 0

    def inner(self, window: Window) -> Window:
        """Return the part of the compressed clock that lies in a window with the break where it is cut."""
        return Window(open=self._moved(window.open), close=self._moved(window.close))

    def outer(self, window: Window) -> Window:
        """Return the part of the compressed clock that can lie in a window, wherever the break lies."""
        lost = self.certain
        if not lost:
            return window
        opens = window.open if window.open <= self.earliest else max(self.earliest, window.open - lost)
        last_start = self.latest - lost
        closes = window.close if window.close <= last_start else max(last_start, window.close - lost)
        return Window(open=opens, close=closes)

    def _moved(self, moment: int) -> int:
        return moment if moment <= self.start else max(self.start, moment - self.minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A day's clock without its breaks: `cuts` where they are, `hulls` wherever they may be, both in order of time.

    `places` are those of the cuts among the breaks of the date.
    """

    cuts: tuple[Cut, ...]
    hulls: tuple[Cut, ...]
    places: tuple[int, ...] = ()

    @property
    def minutes(self) -> int:
        return sum(cut.minutes for cut in self.cuts)

    @property
    def certain(self) -> int:
        """Minutes that every day loses, wherever its breaks lie."""
        return sum(cut.certain for cut in self.hulls)

    def inner(self, window: Window) -> Window:
        """Return the part of the compressed clock that lies in a window with the breaks where they are cut."""
        for cut in reversed(self.cuts):
            window = cut.inner(window)
        return window

    def outer(self, window: Window) -> Window:
        """Return the part of the compressed clock that can lie in a window, wherever the breaks lie."""
        for cut in reversed(self.hulls):
            window = cut.outer(window)
        return window

    def losing(self, minutes: int) -> "Clock":
        """Return a clock on which every day fits, too, and which lost so many minutes and no more."""
        if not minutes or not self.certain:
            return NO_CLOCK
        cut = replace(_hull(self.hulls), end=self.hulls[0].start + minutes)
        return Clock(cuts=(), hulls=(cut,))


NO_CLOCK = Clock(cuts=(), hulls=())


def clock_for(breaks: DayBreaks, shift: Window, windows: Sequence[Window]) -> Clock:
    """Return where the breaks of a day are best cut out of a shift: where the windows of the sites keep most."""
    if not breaks.rules:
        return NO_CLOCK
    if not breaks.states:
        # Nobody can take them all, so nobody can go out.
        return Clock(cuts=(Cut(start=shift.open, end=shift.close, earliest=0, latest=0),), hulls=())
    return clock_at(breaks, _best_starts(breaks, shift, windows), shift)


def clock_at(breaks: DayBreaks, starts: Mapping[int, int], shift: Window) -> Clock:
    """Return the clock of a day whose breaks begin at these moments, by their places among those of the date."""
    cuts = {place: cut_at(breaks.rules[place], start, shift) for place, start in starts.items()}
    places = tuple(sorted(cuts, key=lambda place: starts[place]))
    return Clock(cuts=tuple(cuts[place] for place in places), hulls=tuple(_hulls(breaks, cuts)), places=places)


def moments_of(clock: Clock, breaks: DayBreaks, shift: Window) -> dict[int, int]:
    """Return when the breaks of a day begin that a clock stands for, by their places among those of the date."""
    cuts = zip(clock.places, clock.cuts, strict=False)
    return {place: moment_of(cut, breaks.rules[place], shift) for place, cut in cuts}


def _hulls(breaks: DayBreaks, cuts: Mapping[int, Cut]) -> Iterator[Cut]:
    """Yield a cut for the breaks that every day loses, in their order; one for all that may come in another order."""
    certain = [place for place, cut in cuts.items() if cut.certain]
    # Those that come before others have fewer before them.
    certain.sort(key=lambda place: sum(breaks.is_before(other, place) for other in certain))
    since = 0
    for until in range(1, len(certain) + 1):
        if all(breaks.is_before(place, later) for place in certain[since:until] for later in certain[until:]):
            yield _hull([cuts[place] for place in certain[since:until]])
            since = until


def _hull(cuts: Sequence[Cut]) -> Cut:
    """One cut for several: as long as all of them, within the hours of all of them."""
    return Cut(
        start=cuts[0].start,
        end=cuts[0].start + sum(cut.minutes for cut in cuts),
        earliest=min(cut.earliest for cut in cuts),
        latest=max(cut.latest for cut in cuts),
    )


def _best_starts(breaks: DayBreaks, shift: Window, windows: Sequence[Window]) -> dict[int, int]:
    """The starts of breaks, by place, that take the fewest minutes of a shift, and of those the fewest of windows.

    What breaks take adds up. For each set of them that can be behind at a moment the least is found (dynamic program).
    """
    first = min(rule.window.open for rule in breaks.rules)
    moments = max(rule.window.close for rule in breaks.rules) - first + 1
    spent = list(accumulate(_worth_of_minutes(first, moments, shift, windows), initial=0))
    least: dict[int, list[_Taken]] = {0: [(0, ())] * moments}
    for mask in breaks.states[1:]:
        row: list[_Taken] = [(NEVER, ())] * moments
        for place, rule in enumerate(breaks.rules):
            # Without it what is behind is no state, or it is not behind at all.
            before = least.get(mask ^ 1 << place, []) if mask >> place & 1 else []
            for start in range(
                rule.window.open - first, min(len(before), rule.window.close - rule.minutes - first + 1)
            ):
                cost, starts = before[start]
                over_at = start + rule.minutes
                taken = cost + spent[over_at] - spent[start], (*starts, (place, first + start))
                row[over_at] = min(row[over_at], taken)
        least[mask] = list(accumulate(row, min))
    return dict(least[breaks.all][-1][1])


def _worth_of_minutes(first: int, count: int, shift: Window, windows: Sequence[Window]) -> list[int]:
    """What minutes from one on are worth: inside a shift each more than all windows, and how many are open then."""
    open_at = [0] * (count + 1)
    for window, many in Counter(windows).items():
        opens, closes = (min(max(moment - first, 0), count) for moment in (window.open, window.close))
        open_at[opens] += many
        open_at[max(opens, closes)] -= many
    inside = 1 + len(windows) * count
    in_shift = (shift.open <= first + minute < shift.close for minute in range(count))
    return [is_in * (inside + many) for is_in, many in zip(in_shift, accumulate(open_at), strict=False)]


def cut_at(rule: Break, moment: int, shift: Window) -> Cut:
    """Return a break that starts at a moment cut out of a shift."""
    return _clipped(rule, moment, shift, is_certain=_is_certain(rule, shift))


def moment_of(cut: Cut, rule: Break, shift: Window) -> int:
    """Return when the break starts that a cut of some minutes stands for."""
    return cut.end - rule.minutes if cut.start == shift.open else cut.start


def _is_certain(rule: Break, shift: Window) -> bool:
    return shift.open <= rule.window.open and rule.window.close <= shift.close


def _clipped(rule: Break, moment: int, shift: Window, *, is_certain: bool) -> Cut:
    start = min(max(moment, shift.open), shift.close)
    end = min(max(moment + rule.minutes, shift.open), shift.close)
    if is_certain:
        return Cut(start=start, end=end, earliest=rule.window.open, latest=rule.window.close)
    return Cut(start=start, end=end, earliest=0, latest=0)


def _length(window: Window) -> int:
    return max(0, window.close - window.open)
