"""A day with one break in compressed time: what is left when the minutes of the break are cut out of the clock.

Cut at a fixed moment, a day that fits the compressed clock all but fits the real one: only a set-up may be cut. Cut
wherever the break may lie, every real day fits the compressed clock. The one is searched, the other is bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from solver.contract.instance import Window
from solver.contract.journeys import Break


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
