"""What other orders of the levels would make of a plan: each goes on from it, so that the difference is the order's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.policy import MEASURES, Policy
from solver.contract.verify import Recount
from solver.levels import InLevels, go_on_in_levels
from solver.plans.changes import Changes, changes_between
from solver.plans.completed import without_work
from solver.stopping import Limits

USUAL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A plan in the order of a policy, and what it changes in the plan that was asked about."""

    in_levels: InLevels
    changes: Changes

    @property
    def figures(self) -> Mapping[str, int]:
        return figures(self.in_levels.recount)

    def to_json(self) -> dict[str, Any]:
        return self.in_levels.to_json() | {"figures": dict(self.figures), "changes": self.changes.count}


def in_order(
    instance: Instance,
    plan: Plan,
    policy: Policy,
    *,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Order:
    """Go on from a plan level by level; it takes five seconds if no limit is given."""
    in_levels = go_on_in_levels(
        instance,
        policy,
        plan,
        Limits(time_seconds=seconds or USUAL_SECONDS, iterations=iterations, should_stop=should_stop),
        seed=seed,
        activations_bound=plan.activations_bound,
    )
    return Order(
        in_levels=in_levels, changes=changes_between(without_work(plan.visits), without_work(in_levels.plan.visits))
    )


def figures(recount: Recount) -> Mapping[str, int]:
    """What a plan reaches at every level, and the people that it wins."""
    by_level = {str(name): measure.reached(recount) for name, measure in MEASURES.items()}
    return {
        "activations": recount.activations,
        **by_level,
        "value_milli": recount.value_milli,
        "must_missed": recount.must_missed,
        "pins_missed": recount.pins_missed,
    }
