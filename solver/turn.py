"""The part of the limits that one of several searches has, and how far it is."""

import time
from collections.abc import Callable

from solver.contract.plan import StopReason

SLICE = 200


class Turn:
    """A part of a run's limits: seconds, or search steps."""

    def __init__(self, *, seconds: float | None, iterations: int | None, should_stop: Callable[[], bool]) -> None:
        self._seconds, self._iterations, self._should_stop = seconds, iterations, should_stop
        self._started = self._counted = time.perf_counter()
        self.done = 0

    @property
    def is_called_off(self) -> bool:
        return self._should_stop()

    @property
    def is_over(self) -> bool:
        return self.is_called_off or self.progress >= 1.0

    @property
    def progress(self) -> float:
        """The part of the turn that is over; past 1 where the clock was looked at late."""
        if self._iterations is not None:
            return self.done / self._iterations if self._iterations else 1.0
        return (time.perf_counter() - self._started) / max(self._seconds or 0.0, 1e-9)

    @property
    def stop_reason(self) -> StopReason:
        if self.is_called_off:
            return StopReason.CANCELLED
        return StopReason.TIME_LIMIT if self._iterations is None else StopReason.ITERATION_LIMIT

    def next_slice(self) -> int:
        return SLICE if self._iterations is None else min(SLICE, self._iterations - self.done)

    def count(self, iterations: int) -> float:
        """Note steps that were done; returns the seconds since the last ones were."""
        self.done += iterations
        before, self._counted = self._counted, time.perf_counter()
        return self._counted - before
