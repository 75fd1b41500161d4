"""The recipe: construct, search while the bound is proven beside it, verify.

With an iteration limit nothing but that limit, the instance and the seed decides the plan.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from solver.bound.bounds import Bounds, upper_bounds
from solver.chooser import Chooser
from solver.climb import climb
from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.tiny import (
    tiny_instance_with_documents,
    tiny_instance_with_kits,
    tiny_instance_with_nights,
)
from solver.contract.verify import Recount, verify
from solver.detour_days import exchange_nothing, improve_days
from solver.first_answer import FirstAnswer, finishes, first_answer
from solver.numeric.arrays import Arrays, build_arrays
from solver.numeric.compilation import record_compiled
from solver.numeric.kinds import Ints
from solver.numeric.routes import RoutePool
from solver.numeric.rows import NO_TRIPS
from solver.numeric.ways import shortcuts
from solver.plans.unplanned import check_planned
from solver.posed import Posed
from solver.prover import Prover
from solver.refusals import without_false_bound, write_refused
from solver.run import Run, served_bound
from solver.search.construct import construct, read_off, read_trips
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import OperatorCount, Search
from solver.search.tables import Problem, State
from solver.search.warm_start import lay_out
from solver.stopping import Limits, never


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan that the verifier accepts, its recount, when the first and the last one stood, and what the search did."""

    plan: Plan
    recount: Recount
    first_plan_seconds: float
    seconds: float
    operators: tuple[OperatorCount, ...] = ()


class RefusedPlanWarning(RuntimeWarning):
    """The verifier refused what the search held for feasible: a fault of the search, written out to be mended."""


def solve(
    instance: Instance,
    limits: Limits,
    *,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> Solution:
    """Plan as well as the limits allow; the plan is verified, and the greedy first one is the least there is."""
    check_planned(instance)
    if not instance.sites or not any(any(team.work_dates) for team in instance.teams):
        return _only_plan(instance, seed=seed)
    run = Run(limits, instance=instance, on_progress=on_progress)
    posed = Posed(instance)
    arrays = posed.search
    first = first_answer(instance, arrays, plan_of=posed.plan)
    first_plan_seconds = run.clock.elapsed
    prover = Prover(posed.bound, run)
    run.start_from(first.recount, prover.bounds)
    compiling = time.perf_counter()
    if not finishes(
        lambda: compile_kernels(several=bool(instance.documents), away=posed.bound.nights.lodgings > 0),
        should_stop=limits.should_stop,
    ):
        return _only_first(instance, first, prover.bounds, seed=seed, seconds=run.clock.elapsed)
    run.clock.exempt(time.perf_counter() - compiling)
    with prover:
        problem = pose(arrays)
        pool = RoutePool(arrays)
        state = _first_plan(arrays, problem, seed=seed, should_stop=run.is_over, learn=pool.add)
        first_rows = read_off(arrays, state)
        run.reserve_judging(run.clock.elapsed)
        pool.add_plan(first_rows)
        prover.pool = pool
        search = Search(problem, state, pool=pool)
        run.tell(search, prover.bounds, always=True)
        chooser = Chooser(arrays, search, run=run, seed=seed)
        iterations = climb(run, search, chooser=chooser, prover=prover)
        prover.finish(complete=limits.repeatable and iterations == limits.iterations)
    chooser.finish()
    best = read_off(arrays, state), read_trips(arrays, state)
    plan, recount = _verified(posed, (best, (first_rows, NO_TRIPS)), first)
    run.tell(search, prover.bounds, always=True)
    record_compiled()
    plan = replace(
        plan,
        value_milli=recount.value_milli,
        bound_milli=prover.bounds.value_milli,
        stop_reason=run.stop_reason(recount.value_milli, prover.bounds),
        seed=seed,
        activations_bound=prover.bounds.activations,
        served_bound=served_bound(instance, prover.bounds),
        iterations=iterations,
    )
    return Solution(
        plan=without_false_bound(instance, plan, recount),
        recount=recount,
        first_plan_seconds=first_plan_seconds,
        seconds=run.clock.elapsed,
        operators=search.operators,
    )


def _only_first(instance: Instance, first: FirstAnswer, bounds: Bounds, *, seed: int, seconds: float) -> Solution:
    """Return the first plan of a run that was stopped while its kernels were being compiled."""
    plan = replace(
        first.plan,
        value_milli=first.recount.value_milli,
        bound_milli=bounds.value_milli,
        stop_reason=StopReason.CANCELLED,
        seed=seed,
        activations_bound=bounds.activations,
        served_bound=served_bound(instance, bounds),
    )
    return Solution(plan=plan, recount=first.recount, first_plan_seconds=seconds, seconds=seconds)


def _only_plan(instance: Instance, *, seed: int) -> Solution:
    """Return the empty plan where no team can go anywhere: nothing else is feasible, so it is its own bound."""
    recount = verify(instance, Plan(visits=()))
    plan = Plan(
        visits=(),
        value_milli=recount.value_milli,
        bound_milli=recount.value_milli,
        stop_reason=StopReason.OPTIMAL,
        seed=seed,
        activations_bound=0,
        served_bound=tuple((document.id, 0) for document in instance.documents),
        iterations=0,
    )
    return Solution(plan=plan, recount=recount, first_plan_seconds=0.0, seconds=0.0)


def _first_plan(
    arrays: Arrays,
    problem: Problem,
    *,
    seed: int,
    should_stop: Callable[[], bool],
    learn: Callable[[int, int, Ints], None] = lambda team, date, stops: None,
) -> State:
    """Fill what the plan in force leaves free, or an empty plan: whatever comes later, no less is given back."""
    rows = [(k, d, i, start, minutes) for k, d, i, start, minutes in arrays.published.tolist()]
    state = lay_out(arrays, problem, rows, seed=seed) if rows else blank(arrays, problem, seed=seed)
    construct(arrays, problem, state, should_stop=should_stop)
    improve_days(arrays, problem, state, should_stop=should_stop, learn=learn)
    return state


@cache
def compile_kernels(*, several: bool = False, away: bool = False) -> None:
    """Have all kernels ready before the clock runs: at once from the cache, else in a minute or so.

    Those for several documents are others; a few more bound plans with nights `away`.
    """
    arrays = build_arrays(tiny_instance_with_documents() if several else tiny_instance_with_kits())
    problem = pose(arrays)
    state = _first_plan(arrays, problem, seed=0, should_stop=never)
    search = Search(problem, state)
    search.set_cooling(1)
    search.run(2)
    # The first rounds call whatever later ones do.
    for _ in upper_bounds(arrays, should_stop=never, effort=1):
        pass
    if away:
        for _ in upper_bounds(build_arrays(tiny_instance_with_nights()), should_stop=never, effort=1):
            pass
    # What only tables and overrides call.
    shortcuts(replace(arrays, is_straight=False), arrays.people > 0, should_stop=never)
    exchange_nothing(problem, state, 0)
    record_compiled()


def _lengthened(posed: Posed, plan: Plan, recount: Recount) -> tuple[Plan, Recount]:
    """Return the plan with longer visits where that is allowed and worth it."""
    longer = posed.lengthened(plan)
    again = recount if longer is plan else verify(posed.instance, longer)
    return (longer, again) if again.feasible and again.value_milli > recount.value_milli else (plan, recount)


def _verified(posed: Posed, plans: tuple[tuple[Ints, Ints], ...], first: FirstAnswer) -> tuple[Plan, Recount]:
    """Return the first of the plans (rows, days away) that the verifier accepts, unless the greedy one wins more."""
    for rows, trips in plans:
        plan = posed.plan(rows, trips)
        recount = verify(posed.instance, plan)
        if recount.feasible:
            plan, recount = _lengthened(posed, plan, recount)
            return (plan, recount) if recount.value_milli >= first.recount.value_milli else (first.plan, first.recount)
        path = write_refused(posed.instance)
        faults = "; ".join(violation.message for violation in recount.violations[:5])
        warnings.warn(
            f"a plan was refused ({faults}); the instance is kept in {path}", RefusedPlanWarning, stacklevel=3
        )
    return first.plan, first.recount
