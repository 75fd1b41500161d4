"""Policies of plans with documents, kits, events, breaks, nights and boats: each level holds, every rule is kept."""

from dataclasses import replace
from random import Random

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import in_format_of
from solver.contract.policy import BUILT_IN
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.levels import InLevels, go_on_in_levels, replan_in_levels, solve_in_levels
from solver.plans.completed import without_work
from solver.questions.orders import in_order
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.document_instances import best_recounts, documents_document, documents_instance
from tests.solver.paused_instances import paused_document
from tests.solver.pinned_instances import KINDS, document_of, found_plan

NAMES = sorted(BUILT_IN)


def check(instance: Instance, answer: InLevels, tally: Tally) -> None:
    """The plan keeps every rule, no level ends beyond its tolerance, and the referee judges it alike."""
    assert verify(instance, answer.plan).violations == ()
    assert answer.recount == replace(verify(instance, answer.plan), bound_milli=answer.recount.bound_milli)
    for level, report in zip(answer.policy.levels, answer.levels, strict=True):
        assert report.reached == level.reached(answer.recount) <= report.best + report.tolerance
    plan = in_format_of(instance, answer.plan).to_json()
    judge = load_next_referee().judge
    compare(instance, instance.to_json(), plan=plan, judge=judge, tally=tally, label=str(tally.plans))


def test_policies_with_documents_hold_their_levels_and_claim_no_bound_that_a_plan_passes() -> None:
    tally, proven = Tally(), 0
    for seed in range(12):
        instance = documents_instance(Random(seed), sites=2, teams=2, dates=1)
        answer = solve_in_levels(instance, BUILT_IN[NAMES[seed % len(NAMES)]], Limits(iterations=120), seed=seed)
        check(instance, answer, tally)
        best = best_recounts(instance, most_plans=2_000)
        if best is None:
            continue
        assert answer.plan.bound_milli is None or answer.plan.bound_milli >= best[0].value_milli
        for report in answer.levels:
            if report.name == "shortfall" and report.at_least is not None:
                assert report.at_least <= max(0, instance.net_gap - best[1])
                proven += 1
    assert tally.disagreements == []
    assert proven > 2


@pytest.mark.parametrize("name", NAMES)
def test_policies_go_on_from_plans_with_kits_and_work(name: str) -> None:
    tally, kits = Tally(), 0
    for seed in range(3):
        instance = instance_from_json(documents_document(Random(seed), sites=5, teams=2, dates=2))
        plan = solve(instance, Limits(iterations=150), seed=seed).plan
        before = verify(instance, plan)
        answer = go_on_in_levels(instance, BUILT_IN[name], plan, Limits(iterations=150), seed=seed)
        check(instance, answer, tally)
        assert answer.levels[0].best <= BUILT_IN[name].levels[0].reached(before)
        assert in_order(instance, plan, BUILT_IN[name], iterations=60).figures["must_missed"] <= before.must_missed
        kits += len(answer.plan.rows.kits)
    assert tally.disagreements == []
    assert kits > 0


@pytest.mark.parametrize("name", NAMES)
def test_policies_keep_breaks(name: str) -> None:
    tally, pauses = Tally(), 0
    for seed in (7, 11, 22):
        instance = instance_from_json(paused_document(Random(seed), sites=5, teams=2, dates=2))
        answer = solve_in_levels(instance, BUILT_IN[name], Limits(iterations=120), seed=seed)
        check(instance, answer, tally)
        again = replace(instance, published=answer.plan.visits)
        near = replan_in_levels(again, BUILT_IN[name], Limits(time_seconds=4, iterations=120), most_moved=1, seed=seed)
        check(again, near, tally)
        assert near.recount.moved <= 1
        pauses += len(near.plan.rows.breaks)
    assert tally.disagreements == []
    assert pauses > 1


@pytest.mark.parametrize("name", NAMES)
def test_policies_keep_nights_rides_and_pins_of_both(name: str) -> None:
    tally, nights, rides = Tally(), 0, 0
    for seed in (1, 3, 8):
        for kind in KINDS:
            instance = instance_from_json(document_of(kind, Random(seed)))
            found = found_plan(instance, seed=seed)
            answer = solve_in_levels(instance, BUILT_IN[name], Limits(iterations=120), seed=seed)
            check(instance, answer, tally)
            rows = found.rows
            instance = replace(instance, published=without_work(found.visits), pinned_nights=rows.nights[:1])
            instance = replace(instance, pinned_rides=rows.rides[:1])
            near = replan_in_levels(
                instance, BUILT_IN[name], Limits(time_seconds=4, iterations=120), most_moved=1, seed=seed, in_force=rows
            )
            check(instance, near, tally)
            assert near.recount.moved <= 1
            assert near.recount.pins_missed == 0
            nights, rides = nights + len(near.plan.rows.nights), rides + len(near.plan.rows.rides)
    assert tally.disagreements == []
    assert nights > 2
    assert rides > 4


def test_other_orders_go_on_from_a_plan_with_trips() -> None:
    instance = instance_from_json(document_of("boats", Random(3)))
    plan = found_plan(instance, seed=3)
    before = verify(instance, plan)
    assert plan.rows.nights
    for name in NAMES:
        answer = go_on_in_levels(instance, BUILT_IN[name], plan, Limits(iterations=120))
        assert verify(instance, answer.plan).violations == ()
        assert answer.levels[0].best <= BUILT_IN[name].levels[0].reached(before)
