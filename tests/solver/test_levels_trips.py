"""Policies of plans with nights and boats: each level holds, trips stay whole, and proofs hold for any plan."""

from functools import cache
from random import Random

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.policy import BUILT_IN, LevelName
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.level_prices import _most_units
from solver.levels import go_on_in_levels, solve_in_levels
from solver.questions.orders import in_order
from solver.questions.possibility import Possibilities
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.contract.agreement import Tally
from tests.solver.night_instances import best_recounts, night_instance
from tests.solver.questions.test_possible_trips import far_document
from tests.solver.ride_instances import ride_instance
from tests.solver.test_levels_next import check

NAMES = sorted(BUILT_IN)
# Draws whose best plans sleep away; some more, whose best plans do not.
AWAY, AT_HOME = (23, 25, 28, 33, 35, 36, 41, 46), (0, 1)


@cache
def solved() -> tuple[tuple[Instance, Plan], ...]:
    """Instances and plans of them that sleep away, ride, or both."""
    instances = (
        night_instance(Random(6), sites=5, teams=2, dates=4, lodgings=2),
        *(ride_instance(Random(seed), sites=5, teams=2, dates=3, pauses=seed % 3 == 0) for seed in (7, 11, 15)),
    )
    return tuple((instance, solve(instance, Limits(iterations=150), seed=7).plan) for instance in instances)


def test_policies_with_nights_hold_their_levels_and_claim_no_bound_that_a_plan_passes() -> None:
    tally, proven, away = Tally(), 0, 0
    for seed in (*AWAY, *AT_HOME):
        instance = night_instance(Random(seed), sites=2, teams=1, dates=3, lodgings=1)
        answer = solve_in_levels(instance, BUILT_IN[NAMES[seed % len(NAMES)]], Limits(iterations=120), seed=seed)
        check(instance, answer, tally)
        away += bool(answer.plan.rows.nights)
        best = best_recounts(instance, most_plans=2_000)
        if best is None:
            continue
        recount, _, most = best
        assert answer.plan.bound_milli is None or answer.plan.bound_milli >= recount.value_milli
        for report in answer.levels:
            if report.name is LevelName.SHORTFALL and report.at_least is not None:
                assert report.at_least <= max(0, instance.net_gap - most)
                proven += 1
    assert tally.disagreements == []
    assert proven > 3
    assert away > 2


@pytest.mark.parametrize("name", NAMES)
def test_policies_go_on_from_plans_with_trips_boats_and_breaks(name: str) -> None:
    tally, nights, rides = Tally(), 0, 0
    for seed, (instance, plan) in enumerate(solved()):
        before = verify(instance, plan)
        answer = go_on_in_levels(instance, BUILT_IN[name], plan, Limits(iterations=150), seed=seed)
        check(instance, answer, tally)
        first = BUILT_IN[name].levels[0]
        assert answer.levels[0].best <= first.reached(before)
        assert in_order(instance, plan, BUILT_IN[name], iterations=60).figures["must_missed"] <= before.must_missed
        nights += len(answer.plan.rows.nights)
        rides += len(answer.plan.rows.rides)
    assert tally.disagreements == []
    assert nights > 0
    assert rides > 0


def dear_nights() -> Instance:
    """The far island, whose guest house takes ten million a night, and a trip there."""
    document = far_document()
    document["lodgings"][0]["cost_per_night"] = 10_000_000
    return instance_from_json(document)


def test_strict_prices_outweigh_the_money_of_dear_nights() -> None:
    instance = dear_nights()
    trip = Possibilities(instance).trip_to(instance.sites[1], instance.teams[0], day=instance.dates[1])
    assert trip is not None
    assert verify(instance, trip).cost == 10_000_000
    assert _most_units(instance)[LevelName.COST] >= 10
