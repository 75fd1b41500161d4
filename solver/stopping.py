"""When work ends: criteria that are asked alike, alone or together, and the limits that a caller sets with one record.

A criterion is asked between steps. Whoever only wants to know whether to go on takes any function that says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol

from solver.contract.plan import StopReason

SLICE = 200
"""Search steps between two looks at the clock, where nothing is known of their speed."""
# A bound comes within this on a district, and a search that counts steps may have been over at once.
LEAST_PROVING_SECONDS = 0.5


class Stopping(Protocol):
    """One criterion for the end of some work."""

    def __call__(self) -> bool:
        """Whether to end now."""
        ...

    @property
    def progress(self) -> float:
        """The part that is over: 0 at first, 1 or more from when this says to end; looked at late it may be more."""
        ...

    @property
    def reason(self) -> StopReason:
        """What a plan says whose work this has ended."""
        ...


def never() -> bool:
    """Say that nobody asked for an end."""
    return False


class Told:
    """Ends when somebody asks for it."""

    reason = StopReason.CANCELLED

    def __init__(self, is_told: Callable[[], bool]) -> None:
        self._is_told = is_told

    def __call__(self) -> bool:
        return self._is_told()

    @property
    def progress(self) -> float:
        return 1.0 if self._is_told() else 0.0


class Seconds:
    """Ends after so many seconds, counted from now on; never if None."""

    reason = StopReason.TIME_LIMIT

    def __init__(self, most: float | None) -> None:
        self._most = most
        self._reserve = 0.0
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._started = time.perf_counter()

    def exempt(self, seconds: float) -> None:
        """Leave some seconds out of those that have passed."""
        self._started += seconds

    def reserve(self, seconds: float) -> None:
        """End so much earlier: what follows needs some of the time."""
        self._reserve = seconds

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._started

    @property
    def left(self) -> float:
        return inf if self._most is None else max(0.0, self._most - self._reserve - self.elapsed)

    @property
    def progress(self) -> float:
        return 0.0 if self._most is None else self.elapsed / max(self._most - self._reserve, 1e-9)

    def __call__(self) -> bool:
        return self.left <= 0.0


class Steps:
    """Ends after so many steps, which whoever takes them counts here; never if None."""

    reason = StopReason.ITERATION_LIMIT

    def __init__(self, most: int | None) -> None:
        self._most = most
        self.done = 0

    def count(self, steps: int = 1) -> None:
        """Note that so many steps more were taken."""
        self.done += steps

    @property
    def left(self) -> float:
        return inf if self._most is None else self._most - self.done

    @property
    def progress(self) -> float:
        if self._most is None:
            return 0.0
        return self.done / self._most if self._most else 1.0

    def up_to(self, share: float) -> int:
        """How many steps to take before time and stop are looked at again, within a share of all."""
        if self._most is None:
            return SLICE
        return min(SLICE, max(1, round(share * self._most) - self.done))

    def __call__(self) -> bool:
        return self.left <= 0


class Proven:
    """Ends when nothing can be better: a value has come up to its bound."""

    reason = StopReason.OPTIMAL

    def __init__(self, value: Callable[[], int], bound: Callable[[], int]) -> None:
        self._value, self._bound = value, bound

    def __call__(self) -> bool:
        return self._value() == self._bound()

    @property
    def progress(self) -> float:
        return 1.0 if self() else 0.0


class NoProgress:
    """Ends when so many rounds together have lowered a value by no more than a share of it."""

    reason = StopReason.ITERATION_LIMIT

    def __init__(self, rounds: int, share: float) -> None:
        self._rounds, self._share = rounds, share
        self._noted, self._before, self._is_met = 0, inf, False

    def note(self, value: float) -> None:
        """Note the value with which a round begins."""
        if self._noted % self._rounds == 0:
            self._is_met = self._before - value <= self._share * abs(value)
            self._before = value
        self._noted += 1

    def __call__(self) -> bool:
        return self._is_met

    @property
    def progress(self) -> float:
        return 1.0 if self._is_met else (self._noted % self._rounds) / self._rounds


class Share:
    """Ends after a part of what another criterion allows."""

    def __init__(self, whole: Stopping, share: float) -> None:
        self._whole, self._share = whole, share

    def __call__(self) -> bool:
        return self._whole.progress >= self._share

    @property
    def progress(self) -> float:
        return self._whole.progress / self._share

    @property
    def reason(self) -> StopReason:
        return self._whole.reason


class First:
    """Several criteria as one: ends as soon as one of them says so."""

    def __init__(self, *criteria: Stopping) -> None:
        self._criteria = criteria

    def __call__(self) -> bool:
        return any(criterion() for criterion in self._criteria)

    @property
    def progress(self) -> float:
        return max(criterion.progress for criterion in self._criteria)

    @property
    def reason(self) -> StopReason:
        """That of the first that says to end, in the order given; of the last if none does."""
        return next((criterion for criterion in self._criteria if criterion()), self._criteria[-1]).reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a caller sets: when to end, and how many cores to use.

    A run without a limit ends with a proof or when it is told to; one of several searches without a limit has no time.
    """

    time_seconds: float | None = None
    iterations: int | None = None
    threads: int = 2
    should_stop: Callable[[], bool] = never

    @property
    def repeatable(self) -> bool:
        """Whether the same instance and seed have to give the same plan and bound again."""
        return self.iterations is not None

    @property
    def reason(self) -> StopReason:
        """What a plan says that was searched for until one of these was met."""
        if self.should_stop():
            return StopReason.CANCELLED
        return StopReason.ITERATION_LIMIT if self.repeatable else StopReason.TIME_LIMIT

    def for_proof(self, most: float | None, searched: float) -> "Limits":
        """What a proof has after a search of so many seconds: `most` of its own, or as long as steps took."""
        if self.repeatable:
            searched = max(searched, LEAST_PROVING_SECONDS)
            most = searched if most is None else min(most, searched)
        return replace(self, time_seconds=most, iterations=None)

    def part(self, share: float) -> "Limits":
        """A share of the time and of the steps, one step at least."""
        return replace(
            self,
            time_seconds=None if self.time_seconds is None else share * self.time_seconds,
            iterations=None if self.iterations is None else max(1, round(share * self.iterations)),
        )

    def without(self, share: float) -> "Limits":
        """What is left of the time and of the steps once that part is gone."""
        return replace(
            self,
            time_seconds=None if self.time_seconds is None else (1 - share) * self.time_seconds,
            iterations=None if self.iterations is None else max(0, self.iterations - round(share * self.iterations)),
        )
