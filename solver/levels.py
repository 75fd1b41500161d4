"""The recipe for a policy: one level after the other, each no worse than the tolerance of those before allows.

Every stage begins with the plan found so far, and what it finds is taken only if the verifier's recount of the
instance itself says that it keeps the levels above and is better at this one, or as good here and better below.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from solver.contract.added_counts import net_gap_of
from solver.contract.demand import Demand
from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.policy import Policy
from solver.contract.verify import Recount
from solver.level_order import LevelOrder, LevelReport
from solver.level_prices import priced
from solver.level_search import Ground
from solver.plans.changes import changes_between
from solver.plans.completed import without_work
from solver.plans.expectation import expectation
from solver.plans.shortened import sleeps_or_rides
from solver.plans.standing_plan import standing_plan
from solver.refusals import without_false_bound
from solver.run import Limits
from solver.spread import Spread
from solver.turn import Turn

# What the first level has of the limits beside its proof; the rest is shared by the searches that follow.
FIRST_SHARE = 0.6
LEAST_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class InLevels:
    """A plan that the verifier accepts, and how far it went level by level."""

    policy: Policy
    plan: Plan
    recount: Recount
    levels: tuple[LevelReport, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy.name,
            "levels": [level.to_json() for level in self.levels],
            "missed": self.recount.must_missed + self.recount.pins_missed,
        }


def solve_in_levels(
    instance: Instance,
    policy: Policy,
    limits: Limits,
    *,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> InLevels:
    """Plan for the first level and prove what no plan could exceed, then go on level by level from that plan.

    With `limits.iterations` nothing but these, the instance, the policy and the seed decides the plan.
    """
    # Its libraries load in a quarter of a second; whoever begins with a plan need not wait for them.
    from solver.solve import solve

    teller = _Teller(instance, on_progress)
    seconds, iterations = limits.time_seconds, limits.iterations
    first, last = shared(limits)
    solution = solve(
        priced(instance, policy.levels, 0),
        first,
        seed=seed,
        on_progress=teller.first,
        should_stop=should_stop,
    )
    rest = (1 - FIRST_SHARE) / FIRST_SHARE * solution.seconds
    if seconds is not None:
        rest = min(max(rest, LEAST_SECONDS), max(0.0, seconds - solution.seconds))
    in_levels = go_on_in_levels(
        instance,
        policy,
        solution.plan,
        seconds=rest if iterations is None else None,
        iterations=last.iterations,
        seed=seed,
        activations_bound=solution.plan.activations_bound,
        on_progress=teller.tell,
        should_stop=should_stop or (lambda: False),
    )
    return replace(
        in_levels,
        plan=replace(in_levels.plan, iterations=iterations if solution.plan.iterations is not None else None),
        seconds=in_levels.seconds + solution.seconds,
    )


def go_on_in_levels(
    instance: Instance,
    policy: Policy,
    plan: Plan,
    *,
    seconds: float | None = None,
    iterations: int | None = None,
    most_disturbed: int | None = None,
    seed: int = 0,
    activations_bound: int | None = None,
    on_progress: Callable[[Recount, int], None] = lambda recount, iterations: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> InLevels:
    """Make a plan better level by level; none is worse at the first level than the one given.

    `activations_bound`: proven, no plan of the instance wins more people. With `most_disturbed` at most so many visits
    of the plan in force are not as they were announced, and those that stay keep their hours where they can.
    """
    started = time.perf_counter()
    order = LevelOrder(instance, policy, plan, most_disturbed=most_disturbed)
    searches = list(order.searches())
    is_possible = bool(instance.sites) and any(any(team.work_dates) for team in instance.teams)
    if is_possible:
        ground = Ground(instance, should_stop)
        for number, (stage, is_strict) in enumerate(searches):
            left = None if seconds is None else max(0.0, started + seconds - time.perf_counter())
            turn = Turn(
                seconds=None if left is None else left / (len(searches) - number),
                iterations=None if iterations is None else _part(iterations, number, len(searches)),
                should_stop=should_stop,
            )
            order.enter(stage)
            if not turn.is_over and not order.is_settled:
                aim = order.aim(is_strict=is_strict)
                order.consider(ground.searched(aim, order.plan, order.heat(aim), turn, seed=seed + number))
            on_progress(order.recount, turn.done)
    order.enter(len(policy.levels) + 1)
    recount, served_bound = order.recount, plan.served_bound
    plan = Plan(
        visits=order.plan.visits,
        rows=order.plan.rows,
        value_milli=recount.value_milli,
        bound_milli=_value_bound(instance, activations_bound),
        stop_reason=_stop_reason(should_stop(), iterations),
        seed=seed,
        activations_bound=activations_bound,
        served_bound=served_bound,
        iterations=iterations,
    )
    if plan.bound_milli == recount.value_milli:
        plan = replace(plan, stop_reason=StopReason.OPTIMAL)
    return InLevels(
        policy=policy,
        plan=without_false_bound(instance, plan, recount),
        recount=recount,
        levels=order.reports(activations_bound),
        seconds=time.perf_counter() - started,
    )


def replan_in_levels(
    instance: Instance,
    policy: Policy,
    *,
    seconds: float,
    iterations: int | None = None,
    most_moved: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    in_force: Rows = NO_ROWS,
) -> InLevels:
    """Plan again close to `instance.published`, go on level by level, and prove a bound in half of the time.

    Every plan keeps `most_moved`, as `replan` counts it. With `iterations` these limit the searches.
    """
    from solver.replan import LEAST_PROVING_SECONDS, Replan, prove, replan, staying

    searching = seconds / 2
    near = replan(
        instance,
        time_seconds=FIRST_SHARE * searching if iterations is None else None,
        iterations=None if iterations is None else max(1, round(FIRST_SHARE * iterations)),
        most_moved=most_moved,
        seed=seed,
        should_stop=should_stop,
        in_force=in_force,
    )
    most = len(instance.published)
    if most_moved is not None:
        stays = standing_plan(instance, in_force).visits if sleeps_or_rides(instance) else staying(instance)
        can_stay = changes_between(instance.published, stays).disturbed
        most = max(can_stay + most_moved, near.changes.disturbed)
    in_levels = go_on_in_levels(
        instance,
        policy,
        near.plan,
        seconds=(1 - FIRST_SHARE) * searching if iterations is None else None,
        iterations=None if iterations is None else max(0, iterations - round(FIRST_SHARE * iterations)),
        most_disturbed=most,
        seed=seed,
        should_stop=should_stop,
    )
    took = near.seconds + in_levels.seconds
    plan = prove(
        instance,
        Replan(
            plan=in_levels.plan,
            recount=in_levels.recount,
            changes=changes_between(without_work(instance.published), without_work(in_levels.plan.visits)),
            seconds=took,
            iterations=iterations or near.iterations,
        ),
        seconds=searching if iterations is None else min(searching, max(took, LEAST_PROVING_SECONDS)),
        on_progress=on_progress,
        should_stop=should_stop,
    )
    levels = tuple(level.proven(instance, plan.activations_bound) for level in in_levels.levels)
    return replace(in_levels, plan=replace(plan, iterations=iterations), levels=levels, seconds=took)


def shared(limits: Limits) -> tuple[Limits, Limits]:
    """Return the parts of the limits for the first plan and for the levels that follow."""
    seconds, iterations = limits.time_seconds, limits.iterations
    first = replace(
        limits,
        time_seconds=None if seconds is None else FIRST_SHARE * seconds,
        iterations=None if iterations is None else max(1, round(FIRST_SHARE * iterations)),
    )
    rest = replace(
        limits,
        time_seconds=None if seconds is None else (1 - FIRST_SHARE) * seconds,
        iterations=None if iterations is None else max(0, iterations - round(FIRST_SHARE * iterations)),
    )
    return first, rest


def spread_in_levels(
    spread: Spread,
    demand: Demand,
    policy: Policy,
    limits: Limits,
    *,
    most_moved: int | None = None,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Spread, InLevels]:
    """Go on level by level from the plan kept of several, by the people that it was made for; it stays the kept one."""
    kept = spread.best
    most = None
    if kept.instance.published and most_moved is not None:
        disturbed = changes_between(without_work(kept.instance.published), without_work(kept.plan.visits)).disturbed
        most = max(most_moved, disturbed)
    in_levels = go_on_in_levels(
        kept.instance,
        policy,
        kept.plan,
        seconds=limits.time_seconds if limits.iterations is None else None,
        iterations=limits.iterations,
        most_disturbed=most,
        seed=seed,
        activations_bound=kept.plan.activations_bound,
        should_stop=should_stop,
    )
    # Several searches made it: no one number of steps repeats it.
    in_levels = replace(in_levels, plan=replace(in_levels.plan, iterations=None))
    ordered = replace(
        kept,
        plan=in_levels.plan,
        activations=in_levels.recount.activations,
        expected=expectation(kept.instance, in_levels.plan, demand),
    )
    candidates = tuple(ordered if candidate is kept else candidate for candidate in spread.candidates)
    return replace(spread, candidates=candidates, kept=kept.people), in_levels


def _part(whole: int, number: int, count: int) -> int:
    """Return the part of a number that the one of that number of `count` equal parts has; all parts sum up to it."""
    return whole * (number + 1) // count - whole * number // count


def _stop_reason(is_stopped: bool, iterations: int | None) -> StopReason:
    if is_stopped:
        return StopReason.CANCELLED
    return StopReason.TIME_LIMIT if iterations is None else StopReason.ITERATION_LIMIT


def _value_bound(instance: Instance, activations_bound: int | None) -> int | None:
    """What no plan is worth more than: its people up to the gap, if everything else came for nothing.

    Of further documents everybody up to the gap.
    """
    if activations_bound is None:
        return None
    others = sum(document.shortfall * net_gap_of(instance, document) for document in instance.documents)
    return instance.weights.shortfall * min(instance.net_gap, activations_bound) + others


class _Teller:
    """Tells of the plan so far as one run, whose first part tells of its own."""

    def __init__(self, instance: Instance, on_progress: Callable[[Progress], None] | None) -> None:
        self._instance, self._on_progress = instance, on_progress
        self._last: Progress | None = None
        self._started = time.perf_counter()

    def first(self, progress: Progress) -> None:
        """Tell of the first level: its value is by its own prices and means nothing to anybody else."""
        bound = progress.activations_bound
        self._last = replace(progress, value_milli=None, bound_milli=_value_bound(self._instance, bound))
        if self._on_progress is not None:
            self._on_progress(self._last)

    def tell(self, recount: Recount, iterations: int) -> None:
        before = self._last
        self._last = Progress(
            elapsed_seconds=time.perf_counter() - self._started,
            iterations=(0 if before is None else before.iterations) + iterations,
            value_milli=recount.value_milli,
            bound_milli=None if before is None else before.bound_milli,
            activations=recount.activations,
            activations_bound=None if before is None else before.activations_bound,
        )
        if self._on_progress is not None:
            self._on_progress(self._last)
