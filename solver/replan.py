"""Plans again from the plan in force: what still can be stays, holes are filled, and the search stays close by.

The search begins where leaving a published visit is dear and lets the price fall to the instance's own, so that it
meets the plans with few changes first.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from solver.arrays import Arrays, build_arrays
from solver.changes import Changes, changes_between
from solver.compilation import record_compiled, tiny_instance
from solver.construct import FIRST_QUOTA, fill_date, place_must, read_off, settle
from solver.instance import Instance
from solver.kernels import BLINK, BY_RATE, RANKING, SHARE, VISITS, W_MOVED, W_MUST, Problem, State
from solver.plan import Plan, StopReason
from solver.solve import Limits
from solver.state import pose
from solver.timing import keep_starts
from solver.verify import Verdict, verify
from solver.warm_start import anneal_gently, lay_out, rows_of, visits_of

# What leaving a published visit costs at first, in activations, and in how many steps that falls to its weight.
DEAREST_MOVE = 20
STAGES = 6
SLICE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """A plan that the verifier accepts, and what it changes in the plan in force."""

    plan: Plan
    verdict: Verdict
    changes: Changes
    seconds: float


def replan(
    instance: Instance,
    limits: Limits,
    *,
    most_moved: int | None = None,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Replan:
    """Plan again close to `instance.published`; no bound is proven.

    `most_moved` limits how many published visits are left out beyond those that cannot stay anyway.
    """
    _compile_kernels()
    return _replanned(instance, limits, most_moved=most_moved, seed=seed, should_stop=should_stop)


@cache
def _compile_kernels() -> None:
    """Have the kernels ready before the clock runs: from the cache at once, else within a minute or so."""
    _replanned(tiny_instance(), Limits(iterations=STAGES), most_moved=None, seed=0, should_stop=lambda: False)
    record_compiled()


def _replanned(
    instance: Instance, limits: Limits, *, most_moved: int | None, seed: int, should_stop: Callable[[], bool]
) -> Replan:
    started = time.perf_counter()
    arrays = build_arrays(instance)
    problem = pose(arrays)
    problem = problem._replace(number=problem.number.copy())
    state = lay_out(arrays, problem, rows_of(instance, instance.published), seed=seed)
    run = _Run(instance, limits, arrays=arrays, problem=problem, state=state, started=started, should_stop=should_stop)
    best, verdict = run.restored()
    most = None if most_moved is None else verdict.moved + most_moved
    for stage in range(1, STAGES + 1):
        run.climb(stage)
        found, judged = run.result()
        if judged.value_milli > verdict.value_milli and (most is None or judged.moved <= most):
            best, verdict = found, judged
    return Replan(
        plan=Plan(
            visits=best.visits,
            value_milli=verdict.value_milli,
            stop_reason=run.stop_reason,
            seed=seed,
            iterations=run.iterations,
        ),
        verdict=verdict,
        changes=changes_between(instance.published, best.visits),
        seconds=time.perf_counter() - started,
    )


class _Run:
    """One re-planning under way: the state, its limits, and how far it has come."""

    def __init__(
        self,
        instance: Instance,
        limits: Limits,
        *,
        arrays: Arrays,
        problem: Problem,
        state: State,
        started: float,
        should_stop: Callable[[], bool],
    ) -> None:
        self._instance, self._limits = instance, limits
        self._arrays, self._problem, self._state = arrays, problem, state
        self._started, self._should_stop = started, should_stop
        self.iterations = 0

    @property
    def stop_reason(self) -> StopReason:
        if self._should_stop():
            return StopReason.CANCELLED
        return StopReason.TIME_LIMIT if self._limits.iterations is None else StopReason.ITERATION_LIMIT

    def restored(self) -> tuple[Plan, Verdict]:
        """Fill the holes of the laid-out plan without leaving out anything that stands."""
        problem, state = self._problem, self._state
        state.tune[RANKING], state.tune[BLINK], state.tune[SHARE] = BY_RATE, 0.0, 1.0
        for i in range(self._arrays.sites):
            if self._arrays.must[i] and state.book[i, VISITS] == 0 and problem.number[W_MUST] > 0:
                place_must(problem, state, i)
        for d in range(self._arrays.dates):
            fill_date(problem, state, d, FIRST_QUOTA)
        settle(problem, state)
        return self.result()

    def climb(self, stage: int) -> None:
        """Anneal for this stage's share of the limits, at its price of leaving a published visit."""
        weights = self._instance.weights
        share = stage / STAGES
        dearest = max(weights.moved, DEAREST_MOVE * weights.shortfall)
        price = round(dearest * (max(weights.moved, 1) / max(dearest, 1)) ** ((stage - 1) / (STAGES - 1)))
        self._problem.number[W_MOVED] = weights.moved if stage == STAGES else max(price, weights.moved)
        settle(self._problem, self._state)
        while not self._is_over(share):
            size = SLICE if self._limits.iterations is None else min(SLICE, self._left(share))
            anneal_gently(self._problem, self._state, size, progress=(self._progress() * STAGES) % 1.0)
            self.iterations += size

    def result(self) -> tuple[Plan, Verdict]:
        """The best plan of the present stage, at the times announced as far as they fit, judged."""
        visits = visits_of(self._instance, read_off(self._arrays, self._state).tolist())
        plan = Plan(visits=keep_starts(self._instance, visits, self._instance.published))
        return plan, verify(self._instance, plan)

    def _progress(self) -> float:
        """The part of the limits that is used up."""
        if self._limits.iterations is not None:
            return self.iterations / self._limits.iterations
        seconds = self._limits.time_seconds
        return 1.0 if seconds is None else (time.perf_counter() - self._started) / seconds

    def _left(self, share: float) -> int:
        assert self._limits.iterations is not None
        return max(1, round(share * self._limits.iterations) - self.iterations)

    def _is_over(self, share: float) -> bool:
        return self._should_stop() or self._progress() >= share
