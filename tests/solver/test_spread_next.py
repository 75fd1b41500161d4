"""Plans for a spread of demand beside documents, kits, events, breaks, nights, boats and pins: every rule is kept."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from solver.contract.demand import Demand
from solver.contract.instance import Instance
from solver.contract.plan import in_format_of
from solver.contract.policy import BUILT_IN
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.levels import spread_in_levels
from solver.plans.completed import without_work
from solver.plans.expectation import expectation
from solver.run import Limits
from solver.solve import solve
from solver.spread import Spread, replan_with_spread, solve_with_spread
from tests.solver import document_instances, kit_instances, night_instances
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.document_instances import documents_document
from tests.solver.kit_instances import kit_document
from tests.solver.night_instances import night_document
from tests.solver.paused_instances import paused_document
from tests.solver.pinned_instances import pinned_of_a_plan
from tests.solver.random_demands import certain_demand, random_demand
from tests.solver.ride_instances import ride_document

FEW = 120
# Seeds of instances of which plans have some.
WITH_KITS, WITH_BREAKS = (1, 4, 8, 12), (0, 1, 7, 10)
KINDS: dict[str, Callable[[int], Instance]] = {
    "documents": lambda seed: instance_from_json(documents_document(Random(seed), sites=4, teams=2, dates=2)),
    "kits": lambda seed: instance_from_json(kit_document(Random(WITH_KITS[seed]), sites=6, teams=2, dates=2)),
    "breaks": lambda seed: instance_from_json(paused_document(Random(WITH_BREAKS[seed]), sites=5, teams=2, dates=2)),
    "nights": lambda seed: instance_from_json(night_document(Random(seed), sites=4, teams=2, dates=3, lodgings=2)),
    "boats": lambda seed: instance_from_json(
        ride_document(Random(seed), sites=4, teams=2, dates=3, pauses=seed % 2 == 1)
    ),
    "pins": lambda seed: pinned_of_a_plan(("nights", "boats", "boats and breaks")[seed % 3], seed)[0],
}


def check(answer: Spread, instance: Instance, demand: Demand, tally: Tally, label: str) -> Counter[str]:
    """Assert all that holds of any answer, and count what its plans hold."""
    judge, held = load_next_referee().judge, Counter[str]()
    for candidate in answer.candidates:
        recount = verify(candidate.instance, candidate.plan)
        assert recount.violations == ()
        assert (recount.value_milli, recount.activations) == (candidate.plan.value_milli, candidate.activations)
        assert candidate.expected == expectation(instance, candidate.plan, demand)
        assert replace(candidate.instance, sites=instance.sites) == instance
        assert answer.activations_bound is None or candidate.expected.activations <= answer.activations_bound
        served = {} if recount.added is None else {count.document.id: count.served for count in recount.added.documents}
        assert all(served[name] <= most for name, most in candidate.plan.served_bound)
        plan = in_format_of(candidate.instance, candidate.plan).to_json()
        compare(candidate.instance, candidate.instance.to_json(), plan=plan, judge=judge, tally=tally, label=label)
        rows = candidate.plan.rows
        held += Counter(kits=len(rows.kits), nights=len(rows.nights), rides=len(rows.rides), breaks=len(rows.breaks))
        held["documents"] += sum(served.values())
        held["pins"] += len(instance.pinned) + len(instance.pinned_nights) + len(instance.pinned_rides)
        held["others"] += candidate.people != "mean"
    assert answer.best.expected.value_milli == max(each.expected.value_milli for each in answer.candidates)
    return held


@pytest.mark.parametrize("kind", KINDS)
def test_plans_for_a_spread_keep_every_rule_and_stay_within_the_bound(kind: str) -> None:
    tally, held = Tally(), Counter[str]()
    for seed in range(4):
        instance = KINDS[kind](seed)
        demand = random_demand(Random(seed), instance)
        answer = solve_with_spread(instance, demand, Limits(iterations=FEW), seed=seed)
        held += check(answer, instance, demand, tally, f"{kind}, {seed}")
        kept = answer.best
        again = replace(instance, published=without_work(kept.plan.visits))
        near = replan_with_spread(
            again, demand, seconds=0.2, iterations=FEW, most_moved=1, seed=seed, in_force=kept.plan.rows
        )
        check(near, again, demand, tally, f"{kind} again, {seed}")
    assert tally.disagreements == []
    assert held["others"] > 4
    assert held[{"boats": "rides"}.get(kind, kind)] > 0


@pytest.mark.parametrize("kind", ["documents", "kits", "nights"])
def test_no_plan_of_the_means_wins_more_than_the_bound_of_a_spread(kind: str) -> None:
    looked_at = 0
    for seed in range(8):
        random = Random(seed)
        if kind == "documents":
            instance = document_instances.documents_instance(random, sites=2, teams=1, dates=1)
        elif kind == "kits":
            instance = kit_instances.kit_instance(random, sites=2, teams=1, dates=2)
        else:
            instance = night_instances.night_instance(random, sites=2, teams=1, dates=2, lodgings=1)
        demand = random_demand(random, instance)
        answer = solve_with_spread(instance, demand, Limits(iterations=60), seed=seed)
        module = {"documents": document_instances, "kits": kit_instances, "nights": night_instances}[kind]
        best = module.best_recounts(answer.candidates[0].instance, most_plans=3_000)
        if best is not None and answer.activations_bound is not None:
            assert max(best[0].activations, best[-1]) <= answer.activations_bound, seed
            looked_at += 1
    assert looked_at > 3


@pytest.mark.parametrize("kind", KINDS)
def test_with_certain_people_the_plan_is_that_of_solve(kind: str) -> None:
    instance = KINDS[kind](1)
    demand = certain_demand(Random(1), instance)
    answer = solve_with_spread(instance, demand, Limits(iterations=FEW), seed=1)
    assert [candidate.people for candidate in answer.candidates] == ["mean"]
    alone = solve(answer.instance, Limits(iterations=FEW), seed=1)
    assert (answer.plan, answer.best.expected.value_milli) == (alone.plan, alone.recount.value_milli)


@pytest.mark.parametrize("kind", ["documents", "nights"])
def test_policies_go_on_from_the_plan_kept_of_a_spread(kind: str) -> None:
    tally = Tally()
    instance = KINDS[kind](2)
    demand = random_demand(Random(2), instance)
    first = solve_with_spread(instance, demand, Limits(iterations=FEW), seed=2)
    ordered, levels = spread_in_levels(
        first, demand, BUILT_IN["even-areas"], Limits(iterations=FEW), most_moved=None, seed=2
    )
    assert ordered.plan == levels.plan
    assert ordered.best.expected == expectation(instance, ordered.plan, demand)
    judge = load_next_referee().judge
    plan = in_format_of(ordered.instance, ordered.plan).to_json()
    compare(ordered.instance, ordered.instance.to_json(), plan=plan, judge=judge, tally=tally, label=kind)
    assert tally.disagreements == []
