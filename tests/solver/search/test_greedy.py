from random import Random

from hypothesis import given, settings

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import visits_of
from solver.search.greedy import greedy_journeys
from tests.solver.crooked_instances import crooked_instance
from tests.solver.random_instances import instances, random_instance
from tests.solver.week import week


def greedy(instance: Instance) -> Plan:
    return Plan(visits=visits_of(instance, greedy_journeys(build_arrays(instance))[0]))


@settings(max_examples=50, deadline=None)
@given(instances())
def test_the_greedy_plan_breaks_no_rule(instance: Instance) -> None:
    assert verify(instance, greedy(instance)).violations == ()


def test_the_greedy_plan_breaks_no_rule_where_ways_are_crooked() -> None:
    for seed in range(100):
        instance = crooked_instance(seed)
        assert verify(instance, greedy(instance)).violations == (), seed


def test_the_greedy_plan_keeps_pins_and_wins_people() -> None:
    instance = week()
    recount = verify(instance, greedy(instance))
    assert recount.pins_missed == 0
    assert recount.activations > 0


def test_the_greedy_plan_keeps_a_plan_in_force_that_still_can_be() -> None:
    kept = 0
    for seed in range(30):
        instance = random_instance(Random(seed), sites=8, teams=3, dates=4)
        document = instance.to_json() | {"published": [], "pinned": []}
        before = greedy(instance_from_json(document))
        published = [visit.to_json() for visit in before.visits]
        again = instance_from_json(document | {"published": published})
        assert verify(again, greedy(again)).moved == 0
        kept += len(published)
    assert kept > 50
