"""The recipe for a policy: one level after the other, each no worse than the tolerance of those before allows.

Every stage begins with the plan found so far, and what it finds is taken only if the verifier's recount of the
instance itself says that it keeps the levels above and is better at this one, or as good here and better below.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from solver.contract.added_counts import net_gap_of
from solver.contract.demand import Demand
from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.policy import LevelName, Policy
from solver.contract.verify import Recount, verify
from solver.detour_days import improve_days
from solver.level_prices import Hold, priced
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Longs
from solver.plans.changes import changes_between
from solver.plans.completed import completed, without_work
from solver.plans.expectation import expectation
from solver.plans.shortened import sleeps_or_rides
from solver.plans.standing_plan import standing_plan
from solver.posed import Posed
from solver.refusals import without_false_bound
from solver.run import Limits
from solver.search import tables as t
from solver.search.construct import read_off, read_trips
from solver.search.neighbourhood import anneal
from solver.search.tables import Problem, State, pose
from solver.search.undo import load_best
from solver.spread import Spread
from solver.turn import Turn

TOGETHER = "together"
"""The name of the stage in which all the prices of the instance decide, within what the levels leave."""
# What the first level has of the limits beside its proof; the rest is shared by the searches that follow.
FIRST_SHARE = 0.6
LEAST_SECONDS = 0.3
# The heat of a stage at its beginning: of what a team-day wins, of what it costs, of a visit that changes, of an hour
# above a team's share. It ends at this part of it.
OF_WINS, OF_COSTS, OF_CHANGES, OF_HOURS = 0.01, 0.1, 0.2, 0.5
COOLED = 0.1
# People short of what is held are crossed at so many times what one costs on average, or is worth to a floor.
DEARLY, OVER_FLOORS = 5.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReport:
    """What a level reached: `best` when it was looked at, `reached` in the end, and for which stage it gave way.

    All in `unit`; less is better. `at_least`: proven, no plan whatever reaches less (None: nothing is proven).
    """

    name: LevelName
    unit: str
    best: int
    tolerance: int
    reached: int
    given_up_for: str | None
    at_least: int | None

    @property
    def given_up(self) -> int:
        return max(0, self.reached - self.best)

    def proven(self, instance: Instance, activations_bound: int | None) -> "LevelReport":
        """This report, with what follows for the level from a bound on the people of any plan."""
        if self.name is not LevelName.SHORTFALL or activations_bound is None:
            return self
        return replace(self, at_least=max(0, instance.net_gap - activations_bound))

    def __str__(self) -> str:
        gave_way = f", {self.given_up:,} given up for {self.given_up_for}" if self.given_up_for else ""
        return f"{self.name:<13} {self.reached:,} {self.unit} (tolerance {self.tolerance:,}{gave_way})"

    def to_json(self) -> dict[str, Any]:
        return {
            "level": str(self.name),
            "unit": self.unit,
            "best": self.best,
            "tolerance": self.tolerance,
            "reached": self.reached,
            "given_up": self.given_up,
            "given_up_for": self.given_up_for,
            "at_least": self.at_least,
        }


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
    order = _Order(instance, policy, plan, most_disturbed=most_disturbed)
    searches = list(order.searches())
    is_possible = bool(instance.sites) and any(any(team.work_dates) for team in instance.teams)
    if is_possible:
        ground = _Ground(instance, should_stop)
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


class _Order:
    """The plan found so far, the levels that it holds, and what each reached on the way."""

    def __init__(self, instance: Instance, policy: Policy, plan: Plan, *, most_disturbed: int | None) -> None:
        self._instance, self._levels = instance, policy.levels
        self._most_disturbed = most_disturbed
        self._stage = 0
        self._holds: list[Hold] = []
        self._best: list[int] = []
        self._given_up_for: dict[LevelName, str] = {}
        self.plan = Plan(visits=plan.visits, rows=plan.rows)
        self.recount = verify(instance, self.plan)

    def searches(self) -> Sequence[tuple[int, bool]]:
        """The stages in their order, each first with soft prices and then with strict ones."""
        return [(stage, is_strict) for stage in range(len(self._levels) + 1) for is_strict in (False, True)]

    def enter(self, stage: int) -> None:
        """Hold what the levels before this stage have reached."""
        while self._stage < min(stage, len(self._levels)):
            level = self._levels[self._stage]
            best = level.reached(self.recount)
            most = best + level.given_up_at_most(self._instance, self.recount)
            self._best.append(best)
            self._holds.append(Hold(level=level, most=most))
            self._stage += 1

    @property
    def is_settled(self) -> bool:
        """Whether no plan is better at the present level, so that its time is for those that follow."""
        if self._stage == len(self._levels) or self.recount.must_missed + self.recount.pins_missed:
            return False
        return self._levels[self._stage].reached(self.recount) == 0

    def aim(self, *, is_strict: bool) -> Instance:
        """The instance whose value says the present stage."""
        return priced(
            self._instance, self._levels, self._stage, holds=self._holds, known=self.recount, is_strict=is_strict
        )

    def heat(self, aim: Instance) -> float:
        """How much worse a plan may become at the beginning of the stage, in the milli-activations of the aim."""
        usual = priced(self._instance, self._levels, self._stage, holds=self._holds, known=self.recount).weights
        recount, team_days = self.recount, max(1, self.recount.team_days)
        spent = usual.per_million_cost * recount.cost / 1e6
        spent += usual.late * recount.lateness / max(1, len(self._instance.dates) - 1)
        by_cost = OF_COSTS * spent / team_days
        if self._stage == len(self._levels):
            return max(1.0, by_cost)
        match self._levels[self._stage].name:
            case LevelName.SHORTFALL:
                return max(1.0, OF_WINS * usual.shortfall * recount.activations / team_days)
            case LevelName.FLOORS:
                return max(1.0, OF_WINS * usual.area_shortfall * recount.activations / team_days)
            case LevelName.CHANGES:
                return OF_CHANGES * usual.moved
            case LevelName.FAIRNESS:
                return OF_HOURS * usual.fairness
            case _:
                return max(1.0, by_cost)

    def consider(self, plan: Plan) -> None:
        """Take a plan over if it keeps what is held and is better at this level, or as good and better below."""
        published = without_work(self._instance.published)
        announced = None if self._most_disturbed is None else published
        plan, recount = completed(self._instance, plan, known=self.plan, announced=announced)
        disturbed = changes_between(published, without_work(plan.visits)).disturbed
        if self._most_disturbed is not None and disturbed > self._most_disturbed:
            return
        if not recount.feasible or any(hold.level.reached(recount) > hold.most for hold in self._holds):
            return
        if self._rank(recount) >= self._rank(self.recount):
            return
        for hold, best in zip(self._holds, self._best, strict=True):
            if hold.level.reached(recount) > max(best, hold.level.reached(self.recount)):
                self._given_up_for.setdefault(hold.level.name, self._won_by(recount))
        self.plan, self.recount = plan, recount

    def _won_by(self, recount: Recount) -> str:
        """What a better plan is better at."""
        names = ["must_visits", *(str(level.name) for level in self._levels[self._stage :]), TOGETHER]
        ranks = zip(names, self._rank(self.recount), self._rank(recount), strict=True)
        return next(name for name, before, after in ranks if before != after)

    def _rank(self, recount: Recount) -> tuple[int, ...]:
        """What of two plans that keep the holds the better one has less of, in order; at last the prices decide."""
        below = [level.reached(recount) for level in self._levels[self._stage :]]
        return (recount.must_missed + recount.pins_missed, *below, -recount.value_milli)

    def reports(self, activations_bound: int | None) -> tuple[LevelReport, ...]:
        reports = []
        for hold, best in zip(self._holds, self._best, strict=True):
            reached = hold.level.reached(self.recount)
            report = LevelReport(
                name=hold.level.name,
                unit=hold.level.measure.unit,
                best=best,
                tolerance=hold.most - best,
                reached=reached,
                given_up_for=self._given_up_for.get(hold.level.name) if reached > best else None,
                at_least=0 if min(best, reached) == 0 else None,
            )
            reports.append(report.proven(self._instance, activations_bound))
        return tuple(reports)


class _Ground:
    """An instance laid out once for all the stages, which differ in prices, gap, floors and budget only."""

    def __init__(self, instance: Instance, should_stop: Callable[[], bool]) -> None:
        self._instance, self._should_stop = instance, should_stop
        self._posed = Posed(instance)
        self._arrays = self._posed.search
        self._problem = pose(self._arrays)

    def searched(self, aim: Instance, plan: Plan, heat: float, turn: Turn, *, seed: int) -> Plan:
        """Search from a plan for the best by the prices of an aim; breaks and shares of minutes are left open."""
        arrays, problem = self._for(aim)
        problem = self._posed.with_days(problem, plan)
        state = self._posed.lay_out(arrays, problem, plan, seed=seed)
        if not len(problem.open_routes) or not len(problem.people):
            return plan
        state.tune[t.WORTH] = _worth(self._instance, aim, state)
        while not turn.is_over:
            size = turn.next_slice()
            state.heat[t.TEMPERATURE], state.heat[t.COOLING] = max(1e-3, heat * COOLED**turn.progress), 1.0
            anneal(problem, state, size)
            turn.count(size)
        # Where a site is reached sooner over others: nothing to do on plain ground.
        load_best(problem, state)
        improve_days(arrays, problem, state, should_stop=self._should_stop)
        return self._posed.laid(read_off(arrays, state), read_trips(arrays, state))

    def _for(self, aim: Instance) -> tuple[Arrays, Problem]:
        weights = aim.weights
        floors: Longs = np.array([area.min_activations for area in aim.areas], dtype=np.int64)
        arrays = replace(
            self._arrays,
            gap=aim.net_gap,
            budget=-1 if aim.costs.budget is None else aim.costs.budget,
            area_floor=floors.astype(self._arrays.area_floor.dtype),
            weight_must=weights.must,
            weight_pin=weights.pin,
            weight_shortfall=weights.shortfall,
            weight_area_shortfall=weights.area_shortfall,
            weight_per_million_cost=weights.per_million_cost,
            weight_late=weights.late,
            weight_moved=weights.moved,
            weight_fairness=weights.fairness,
        )
        number = self._problem.number.copy()
        number[t.GAP], number[t.BUDGET] = arrays.gap, arrays.budget
        number[t.W_MUST], number[t.W_PIN] = weights.must, weights.pin
        number[t.W_SHORT], number[t.W_AREA] = weights.shortfall, weights.area_shortfall
        number[t.W_COST], number[t.W_LATE] = weights.per_million_cost, weights.late
        number[t.W_MOVED], number[t.W_FAIR] = weights.moved, weights.fairness
        if number[t.DOCUMENTS] > 0:
            # The first of several documents is told twice.
            first = t.DOCUMENT_AT + np.array([t.DOCUMENT_GAP, t.DOCUMENT_WORTH, t.DOCUMENT_LATE])
            number[first] = arrays.gap, weights.shortfall, weights.late
        return arrays, self._problem._replace(number=number, area_floor=arrays.area_floor)


def _worth(instance: Instance, aim: Instance, state: State) -> float:
    """What a person is worth to the search: the price, unless a lower gap is held, which may be crossed for a while."""
    price = float(aim.weights.shortfall)
    if aim.net_gap == instance.net_gap:
        return price
    rupiah = aim.weights.per_million_cost * _cost(aim, state) / 1e6
    spent = rupiah + aim.weights.late * float(state.total[t.LATE]) / max(1, len(aim.dates) - 1)
    each = DEARLY * spent / max(1, int(state.total[t.ACTIVATIONS]))
    return min(price, max(1.0, each, OVER_FLOORS * aim.weights.area_shortfall))


def _cost(instance: Instance, state: State) -> float:
    costs = instance.costs
    rupiah = float(state.total[t.METRES]) * costs.per_km / 1000 + float(state.total[t.TEAM_DAYS]) * costs.per_team_day
    # Nights, fares and kits.
    return rupiah + float(state.total[t.ADDED_RUPIAH])


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
