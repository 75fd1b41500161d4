"""The levels in their order: the plan found so far, what it holds, and what each level reached on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.policy import LevelName, Policy
from solver.contract.verify import Recount, verify
from solver.level_prices import Hold, priced
from solver.plans.changes import changes_between
from solver.plans.completed import completed, without_work

TOGETHER = "together"
"""The name of the stage in which all the prices of the instance decide, within what the levels leave."""
# The heat of a stage at its beginning: of what a team-day wins, of what it costs, of a visit that changes, of an hour
# above a team's share.
OF_WINS, OF_COSTS, OF_CHANGES, OF_HOURS = 0.01, 0.1, 0.2, 0.5


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


class LevelOrder:
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
