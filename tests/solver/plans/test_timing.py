"""Announced times stay where the day leaves room, and the plan stays feasible."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.plans.timing import keep_starts
from tests.solver.random_instances import instances, random_plan
from tests.solver.week import make_visit, week


@given(instances(), st.integers(0, 2**32 - 1))
def test_plan_keeps_its_own_times_and_stays_feasible_with_any_others(instance: Instance, seed: int) -> None:
    random = Random(seed)
    plan = random_plan(random, instance)
    assert set(keep_starts(instance, plan.visits, plan.visits)) == set(plan.visits)
    others = [replace(visit, start=visit.start + random.randint(-90, 90)) for visit in plan.visits]
    timed = verify(instance, Plan(visits=keep_starts(instance, plan.visits, others)))
    assert timed.feasible
    assert timed.activations == verify(instance, plan).activations


def test_visit_waits_for_its_announced_time() -> None:
    early = make_visit("T2", "S1", day=16, start=490, minutes=60)
    announced = replace(early, start=600)
    assert keep_starts(week(), [early], [announced]) == (announced,)


def test_announced_time_out_of_reach_gives_way_to_the_earliest() -> None:
    late = make_visit("T2", "S1", day=16, start=600, minutes=60)
    (found,) = keep_starts(week(), [late], [replace(late, start=480)])
    # Ten minutes from the base after the shift begins at 08:00.
    assert found.start == 490


def test_a_visit_away_from_its_pin_is_not_moved_there() -> None:
    away = make_visit("T2", "S1", day=16, start=600, minutes=60)
    instance = replace(week(), pinned=(replace(away, start=540),))
    assert keep_starts(instance, [away], [away]) == (away,)
