"""A plan laid out for the search is the same plan; what has become impossible is left out, pins never."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import rows_of, visits_of
from solver.search.construct import read_off
from solver.search.posing import pose
from solver.search.warm_start import lay_out
from tests.solver.random_instances import instances, random_instance, random_plan


def laid_out(instance: Instance, visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    arrays = build_arrays(instance)
    problem = pose(arrays)
    state = lay_out(arrays, problem, rows_of(instance, visits))
    return visits_of(instance, read_off(arrays, state))


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_feasible_plan_is_laid_out_whole(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance)
    if not set(instance.pinned) <= set(plan.visits):
        return
    found = laid_out(instance, plan.visits)
    assert {(v.team, v.date, v.site, v.minutes) for v in found} == {
        (v.team, v.date, v.site, v.minutes) for v in plan.visits
    }
    recount = verify(instance, Plan(visits=found))
    assert recount.feasible
    assert recount.activations == verify(instance, plan).activations


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_plan_of_another_instance_is_laid_out_as_far_as_it_fits(seed: int) -> None:
    random = Random(seed)
    instance, other = random_instance(random), random_instance(random)
    visits = random_plan(random, other).visits
    recount = verify(instance, Plan(visits=laid_out(instance, visits)))
    assert recount.feasible
    assert recount.pins_missed == 0
