"""The part of the limits that one of several searches has, and how far it is."""

import time

from solver.contract.plan import StopReason
from solver.stopping import First, Limits, Seconds, Share, Steps, Stopping, Told


class Turn:
    """Counts the seconds or search steps of one search, and says when to end.

    `is_searched` ends the search itself, for which a share of the seconds may be set apart, `is_over` also what follows
    it: whoever counts steps has all the time for that. Without any limit there is nothing to do.
    """

    def __init__(self, limits: Limits, *, search_share: float = 1.0) -> None:
        self._limits = limits
        self._clocks = tuple(Seconds(share * (limits.time_seconds or 0.0)) for share in (search_share, 1.0))
        self._counted = time.perf_counter()
        self._spent: Stopping
        self.steps = Steps(limits.iterations)
        self.is_called_off = Told(limits.should_stop)
        self.is_over: Stopping
        if limits.repeatable:
            self._spent, self.is_over = self.steps, self.is_called_off
        else:
            self._spent, self.is_over = self._clocks[0], First(self.is_called_off, self._clocks[1])
        self.is_searched = First(self.is_called_off, self._spent)

    def begin(self) -> None:
        """Count the seconds from now on, however long it took to lay everything out."""
        for clock in self._clocks:
            clock.begin()

    @property
    def progress(self) -> float:
        """The part of the search that is done; past 1 where the clock was looked at late."""
        return self._spent.progress

    def until(self, share: float) -> Stopping:
        """What ends a share of the search."""
        return First(self.is_called_off, Share(self._spent, share))

    @property
    def stop_reason(self) -> StopReason:
        return self._limits.reason

    def next_slice(self, share: float = 1.0) -> int:
        """How many steps to take before looking at the clock again, within a share of the search."""
        return self.steps.up_to(share)

    def count(self, iterations: int) -> float:
        """Note steps that were done; returns the seconds since the last ones were."""
        self.steps.count(iterations)
        before, self._counted = self._counted, time.perf_counter()
        return self._counted - before
