"""A day with breaks in compressed time: what is left when the minutes of the breaks are cut out of the clock.

Cut at a fixed moment, a day that fits the compressed clock all but fits the real one: only a set-up may be cut. Cut
wherever the break may lie, every real day fits the compressed clock. The one is searched, the other is bounded.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from solver.contract.instance import Window
from solver.contract.journeys import Break
from solver.plans.series import DayBreaks, Series

MOST_MOMENTS = 6
"""Of several breaks on a date so many good moments each are tried together."""


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


NO_CUT = Cut(start=0, end=0, earliest=0, latest=0)


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
    if len(breaks.rules) == 1:
        cut = cut_for(breaks.rules[0], shift, windows)
        return Clock(cuts=(cut,), hulls=(cut,), places=(0,))
    counted = Counter(windows)
    clocks = [
        clock_at(breaks, starts, shift)
        for series in breaks.series[breaks.all]
        for starts in _moments(series, shift, counted)
    ]

    if not clocks:
        # Nobody can take them all, so nobody can go out.
        return Clock(cuts=(Cut(start=shift.open, end=shift.close, earliest=0, latest=0),), hulls=())

    def kept(clock: Clock) -> tuple[int, int]:
        return -clock.minutes, sum(count * _length(clock.inner(window)) for window, count in counted.items())

    return max(clocks, key=kept)


def clock_at(breaks: DayBreaks, starts: Mapping[int, int], shift: Window) -> Clock:
    """Return the clock of a day whose breaks begin at these moments, by their places among those of the date."""
    cuts = {place: cut_at(breaks.rules[place], start, shift) for place, start in starts.items()}
    places = tuple(sorted(cuts, key=lambda place: starts[place]))
    ordered = tuple(cuts[place] for place in places)
    certain = tuple(cut for cut in ordered if cut.certain)
    # Where breaks may come in another order, both are told by what holds of either.
    is_certain = len(breaks.series[breaks.all]) == 1
    hulls = ordered if is_certain or len(certain) < 2 else (_hull(certain),)
    return Clock(cuts=ordered, hulls=hulls, places=places)


def moments_of(clock: Clock, breaks: DayBreaks, shift: Window) -> dict[int, int]:
    """Return when the breaks of a day begin that a clock stands for, by their places among those of the date."""
    cuts = zip(clock.places, clock.cuts, strict=False)
    return {place: moment_of(cut, breaks.rules[place], shift) for place, cut in cuts}


def _hull(cuts: Sequence[Cut]) -> Cut:
    """One cut for several: as long as all of them, within the hours of all of them."""
    return Cut(
        start=cuts[0].start,
        end=cuts[0].start + sum(cut.minutes for cut in cuts),
        earliest=min(cut.earliest for cut in cuts),
        latest=max(cut.latest for cut in cuts),
    )


def _moments(series: Series, shift: Window, counted: Mapping[Window, int]) -> Iterator[dict[int, int]]:
    """Yield moments for the breaks of a series, one after the other: early, late, and where sites' hours keep most."""
    edges = {edge for window in counted for edge in (window.open, window.close)}
    good = [_good_moments(rule, shift, edges, counted) for rule in series.rules]

    def choices(number: int, since: int) -> Iterator[tuple[int, ...]]:
        if number == len(series.rules):
            yield ()
            return
        last = series.latest[number]
        first = max(since, series.earliest[number])
        for moment in sorted({first, last, *good[number]}):
            if first <= moment <= last:
                for later in choices(number + 1, moment + series.rules[number].minutes):
                    yield moment, *later

    for starts in choices(0, series.earliest[0]):
        yield dict(zip(series.places, starts, strict=True))


def _good_moments(rule: Break, shift: Window, edges: Collection[int], counted: Mapping[Window, int]) -> list[int]:
    """The moments for one break of which the hours of sites keep most."""
    last = rule.window.close - rule.minutes
    moments = {moment for edge in edges for moment in (edge, edge - rule.minutes) if rule.window.open <= moment <= last}

    def kept(moment: int) -> tuple[int, int, int]:
        cut = cut_at(rule, moment, shift)
        return -cut.minutes, sum(count * _length(cut.inner(window)) for window, count in counted.items()), -moment

    return sorted(moments, key=kept, reverse=True)[:MOST_MOMENTS]


def cut_for(rule: Break | None, shift: Window, windows: Sequence[Window]) -> Cut:
    """Return where a break is best cut out of a shift: where the windows of the sites keep most."""
    if rule is None:
        return NO_CUT
    latest_start = rule.window.close - rule.minutes
    moments = {rule.window.open, latest_start}
    moments |= {moment for window in windows for moment in (window.close, window.open - rule.minutes)}
    cuts = [cut_at(rule, moment, shift) for moment in sorted(moments) if rule.window.open <= moment <= latest_start]
    return max(cuts, key=lambda cut: (-cut.minutes, sum(_length(cut.inner(window)) for window in windows)))


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
