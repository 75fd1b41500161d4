"""One run under way: its limits, what ends it, and what is told of it."""

import warnings
from collections.abc import Callable

from solver.bound.bounds import Bounds
from solver.contract.instance import Instance
from solver.contract.plan import Progress, StopReason
from solver.contract.verify import Recount
from solver.search.search import Search
from solver.stopping import First, Limits, Proven, Seconds, Steps, Stopping, Told

PROGRESS_SECONDS = 0.25
WAIT_SECONDS = 0.02
STOP_PATIENCE_SECONDS = 0.15
# Judging the last plan takes about so long, as a part of what the first took to make; at most a part of the limit.
JUDGING, MOST_JUDGING = 0.25, 0.01


class HelperFailedWarning(RuntimeWarning):
    """The proof or the choice among routes broke off by a fault of ours; the plan and the bound so far stand."""


def warn_of(part: str, failure: BaseException | None) -> None:
    """Say that a part of the run that works beside the search broke off, if it did."""
    if failure is not None:
        warnings.warn(f"{part} broke off: {failure!r}", HelperFailedWarning, stacklevel=2)


def served_bound(instance: Instance, bounds: Bounds) -> tuple[tuple[str, int], ...]:
    """The most that any plan can serve with each further document, by its id."""
    return tuple((document.id, most) for document, most in zip(instance.documents, bounds.further, strict=True))


class Run:
    """The limits of one run, counted from when it started, and who is told of its progress."""

    def __init__(
        self,
        limits: Limits,
        *,
        instance: Instance,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.limits = limits
        self._instance = instance
        self.clock = Seconds(limits.time_seconds)
        self.is_over = First(Told(limits.should_stop), self.clock)
        self._on_progress = on_progress
        self._next_report = 0.0
        self._first: Recount | None = None

    def start_from(self, first: Recount, bounds: Bounds) -> None:
        """Tell of the first plan: until the search is better, that is what the run has."""
        self._first = first
        self.tell(None, bounds, always=True)

    def reserve_judging(self, first_plan_seconds: float) -> None:
        """Keep some of the time for what follows the search."""
        self.clock.reserve(min(JUDGING * first_plan_seconds, MOST_JUDGING * (self.limits.time_seconds or 0.0)))

    def tell(self, search: Search | None, bounds: Bounds, *, always: bool = False) -> None:
        """Report progress, at most a few times a second; before the search, and until it is better, the first plan."""
        now = self.clock.elapsed
        if self._on_progress is None or (now < self._next_report and not always):
            return
        self._next_report = now + PROGRESS_SECONDS
        value_milli, activations = self._best(search)
        is_false = bounds.value_milli < value_milli
        self._on_progress(
            Progress(
                elapsed_seconds=now,
                iterations=0 if search is None else search.iterations,
                value_milli=value_milli,
                bound_milli=None if is_false else bounds.value_milli,
                activations=activations,
                activations_bound=None if is_false else bounds.activations,
                served_bound=() if is_false else served_bound(self._instance, bounds),
            )
        )

    def _best(self, search: Search | None) -> tuple[int, int]:
        """Value and activations of the search's plan or the first one, whichever is worth more."""
        first = self._first
        if search is not None and (first is None or search.value_milli > first.value_milli):
            return search.value_milli, search.activations
        return (0, 0) if first is None else (first.value_milli, first.activations)

    def stop_reason(self, value_milli: int, bounds: Bounds) -> StopReason:
        criteria: list[Stopping] = [
            Proven(lambda: value_milli, lambda: bounds.value_milli),
            Told(self.limits.should_stop),
        ]
        if self.limits.time_seconds is not None:
            criteria.append(self.clock)
        if self.limits.repeatable or self.limits.time_seconds is None:
            criteria.append(Steps(self.limits.iterations))
        return First(*criteria).reason
