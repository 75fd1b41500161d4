"""The recipe where the people of sites are a distribution: several plans, valued by what each is expected to win.

A visit with time for the mean loses those who come beyond it and idles where fewer come. Where minutes are free a high
quantile is right, where they are scarce a low one, which fills every minute; only the finished plans tell which.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from solver.contract.demand import Demand, with_people
from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import Recount, verify, verify_if_feasible
from solver.plans.expectation import Expectation, expectation
from solver.posed import Posed
from solver.refusals import write_refused
from solver.replan import Replan, prove, replan
from solver.run import PROGRESS_SECONDS
from solver.search.construct import construct, read_off, read_trips
from solver.search.posing import pose
from solver.search.warm_start import anneal_gently
from solver.stopping import Limits
from solver.turn import Turn

MEAN = "mean"
QUANTILES = (25, 65, 75, 85)
# What the plan for the mean has of the limits of `solve`, its bound beside it, and the least of the other plans.
MEAN_SHARE = 0.6
LEAST_SECONDS = 0.5
# What the bound has of the time of a re-planning, whose plans have equal parts of the rest.
PROVING_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plan made for one assumption about the people of all sites, and what it may be expected to win.

    `people` names the assumption, `instance` has it; the plan's own value and `activations` are counted by it.
    """

    people: str
    instance: Instance
    plan: Plan
    activations: int
    expected: Expectation

    def to_json(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "expected_activations": self.expected.activations,
            "expected_value_milli": self.expected.value_milli,
            "activations": self.activations,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The plans tried, the mean's first, and the one with the highest expected value.

    No plan whatever is expected to win more than `activations_bound`: it is proven for the means, rounded up. `kept`
    names the plan that was chosen before it was changed level by level.
    """

    candidates: tuple[Candidate, ...]
    activations_bound: int | None
    kept: str | None = None

    @property
    def best(self) -> Candidate:
        kept = [candidate for candidate in self.candidates if candidate.people == self.kept]
        return max(kept or self.candidates, key=_expected_value)

    @property
    def plan(self) -> Plan:
        return self.best.plan

    @property
    def instance(self) -> Instance:
        return self.best.instance

    @property
    def chosen(self) -> str:
        return self.best.people

    def to_json(self) -> dict[str, Any]:
        return {
            "chosen": self.chosen,
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "activations_bound": self.activations_bound,
        }


def solve_with_spread(
    instance: Instance,
    demand: Demand,
    limits: Limits,
    *,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
) -> Spread:
    """Plan for the means and prove a bound, then go on from that plan for each quantile.

    `limits.iterations` are those of the plan for the means; the others have their part of as many again.
    """
    # Its libraries load in a quarter of a second; a re-planning need not wait for them.
    from solver.solve import solve

    mean, *others = _assumptions(instance, demand)
    seconds, teller = limits.time_seconds, _Teller(on_progress)
    solution = solve(
        mean.instance,
        replace(limits, time_seconds=MEAN_SHARE * seconds) if seconds is not None and others else limits,
        seed=seed,
        on_progress=teller.tell,
    )
    judging = time.perf_counter()
    candidates = [_judged(mean, solution.plan, solution.recount, demand)]
    judging = time.perf_counter() - judging
    share = (1 - MEAN_SHARE) / MEAN_SHARE / len(QUANTILES)
    # A plan that is soon proven the best one for the means need not be followed by a long search without a proof.
    turn_seconds = max(LEAST_SECONDS, share * solution.seconds)
    if seconds is not None:
        # Each of them is judged too, and its gap beforehand.
        part = (seconds - solution.seconds - judging) / len(QUANTILES) - 2 * judging
        turn_seconds = min(turn_seconds, max(0.0, part))
    for assumption in others if _can_go_out(instance) else ():
        turn = Turn(replace(limits.part(share), time_seconds=turn_seconds))
        if turn.is_called_off():
            break
        aim = _with_like_gap(assumption.instance, max(candidates, key=_expected_value))
        plan = _gone_on(aim, solution.plan, turn, seed=seed, teller=teller)
        plan = replace(plan, stop_reason=turn.stop_reason, seed=seed, served_bound=solution.plan.served_bound)
        candidates.append(_verified(assumption, plan, demand, otherwise=solution.plan))
    return Spread(candidates=tuple(candidates), activations_bound=solution.plan.activations_bound)


def replan_with_spread(
    instance: Instance,
    demand: Demand,
    limits: Limits,
    *,
    most_moved: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    in_force: Rows = NO_ROWS,
) -> Spread:
    """Plan again close to `instance.published` for the means and for each quantile, then prove a bound for the means.

    Every plan keeps `most_moved`, and what is `in_force` as `replan` does. With `limits.iterations` each has as many,
    and the proof as long as the first one took.
    """
    mean, *others = _assumptions(instance, demand)
    seconds = limits.time_seconds or 0.0
    proving = seconds * (PROVING_SHARE if others else 0.5)
    searching = replace(limits, time_seconds=(seconds - proving) / (1 + len(others)))
    teller = _Teller(on_progress)

    def replanned(again: Instance) -> Replan:
        return replan(again, searching, most_moved=most_moved, seed=seed, in_force=in_force)

    first = replanned(mean.instance)
    candidates = [_judged(mean, first.plan, first.recount, demand)]
    teller.tell(
        Progress(
            elapsed_seconds=first.seconds,
            iterations=first.iterations,
            value_milli=first.recount.value_milli,
            bound_milli=None,
            activations=first.recount.activations,
            activations_bound=None,
        )
    )
    for assumption in others:
        if limits.should_stop():
            break
        aim = _with_like_gap(assumption.instance, max(candidates, key=_expected_value))
        near = replanned(aim)
        teller.go_on(near.seconds, iterations=near.iterations)
        # What was planned towards another gap is not repeated by its number of steps.
        plan = near.plan if aim is assumption.instance else replace(near.plan, iterations=None)
        candidates.append(_verified(assumption, plan, demand, otherwise=first.plan))
    plan = prove(mean.instance, first, limits.for_proof(proving, first.seconds), on_progress=teller.tell)
    # The people of further documents are certain: what bounds those whom plans serve with them bounds all candidates.
    candidates = [
        replace(candidate, plan=replace(candidate.plan, served_bound=plan.served_bound)) for candidate in candidates
    ]
    candidates[0] = replace(candidates[0], plan=plan)
    return Spread(candidates=tuple(candidates), activations_bound=plan.activations_bound)


def _expected_value(candidate: Candidate) -> int:
    return candidate.expected.value_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assumption:
    """An instance with one number of people for each site, and what that number is of the demand."""

    name: str
    instance: Instance


def _assumptions(instance: Instance, demand: Demand) -> list[_Assumption]:
    """Return the means and those quantiles that are not what is assumed already."""
    people = {MEAN: demand.mean_people()} | {f"q{percent}": demand.quantile_people(percent) for percent in QUANTILES}
    assumptions: list[_Assumption] = []
    for name, by_site in people.items():
        assumed = with_people(instance, by_site)
        if all(assumed != known.instance for known in assumptions):
            assumptions.append(_Assumption(name=name, instance=assumed))
    return assumptions


def _can_go_out(instance: Instance) -> bool:
    return bool(instance.sites) and any(any(team.work_dates) for team in instance.teams)


def _with_like_gap(instance: Instance, known: Candidate) -> Instance:
    """Return the instance with its gap as much larger as it counts more people of a known plan than may be expected.

    Else a search that counts people who are not to be expected would hold the gap for closed too early.
    """
    gap, net_gap = instance.target.gap, instance.net_gap
    counted = verify(instance, Plan(visits=known.plan.visits, rows=known.plan.rows)).activations
    if gap is None or net_gap == 0 or known.expected.activations == 0:
        return instance
    like = round(net_gap * counted / known.expected.activations)
    # No gap is harder to close than one of all people, and no search counts further.
    like = max(net_gap, min(like, sum(site.people for site in instance.sites)))
    return instance if like == net_gap else replace(instance, target=replace(instance.target, gap=gap + like - net_gap))


def _gone_on(instance: Instance, plan: Plan, turn: Turn, *, seed: int, teller: "_Teller") -> Plan:
    """Fill what a plan leaves free, then search close by."""
    posed = Posed(instance)
    arrays = posed.search
    problem = posed.with_days(pose(arrays), plan)
    state = posed.lay_out(arrays, problem, plan, seed=seed)
    construct(arrays, problem, state, should_stop=turn.is_searched)
    while not turn.is_searched():
        size = turn.next_slice()
        anneal_gently(problem, state, size, progress=turn.progress)
        teller.go_on(turn.count(size), iterations=size)
    gone_on = posed.plan(read_off(arrays, state), read_trips(arrays, state))
    longer = posed.lengthened(gone_on)
    return longer if longer is gone_on or verify_if_feasible(instance, longer) is not None else gone_on


def _verified(assumption: _Assumption, plan: Plan, demand: Demand, *, otherwise: Plan) -> Candidate:
    """Judge a plan by the assumed people; one that the verifier refuses gives way to another."""
    plan = replace(plan, value_milli=None)
    recount = verify(assumption.instance, plan)
    if not recount.feasible:
        from solver.solve import RefusedPlanWarning

        path = write_refused(assumption.instance)
        faults = "; ".join(violation.message for violation in recount.violations[:5])
        warnings.warn(
            f"a plan was refused ({faults}); the instance is kept in {path}", RefusedPlanWarning, stacklevel=2
        )
        plan = replace(plan, visits=otherwise.visits, rows=otherwise.rows, iterations=None)
        recount = verify(assumption.instance, plan)
    return _judged(assumption, replace(plan, value_milli=recount.value_milli), recount, demand)


def _judged(assumption: _Assumption, plan: Plan, recount: Recount, demand: Demand) -> Candidate:
    return Candidate(
        people=assumption.name,
        instance=assumption.instance,
        plan=plan,
        activations=recount.activations,
        expected=expectation(assumption.instance, plan, demand),
    )


class _Teller:
    """Tells how the plan for the means stands, also while the others are made: a choice is made among finished ones."""

    def __init__(self, on_progress: Callable[[Progress], None] | None) -> None:
        self._on_progress = on_progress
        self._last: Progress | None = None
        self._told_at = 0.0
        self._more_seconds, self._more_iterations = 0.0, 0

    def tell(self, progress: Progress) -> None:
        self._last = progress
        if self._on_progress is None:
            return
        seconds = progress.elapsed_seconds + self._more_seconds
        self._told_at = seconds
        iterations = progress.iterations + self._more_iterations
        self._on_progress(replace(progress, elapsed_seconds=seconds, iterations=iterations))

    def go_on(self, seconds: float, *, iterations: int) -> None:
        """Count what another plan has taken, and tell of it at most a few times a second."""
        self._more_seconds += seconds
        self._more_iterations += iterations
        if (
            self._last is not None
            and self._last.elapsed_seconds + self._more_seconds >= self._told_at + PROGRESS_SECONDS
        ):
            self.tell(self._last)
