"""Of two plans the better parts make a third: still allowed, and worth no less than either."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify
from solver.plans.changes import changes_between, unrest_milli
from solver.plans.merge import merge
from tests.solver.random_instances import instances, random_plan


def plain(instance: Instance) -> Instance:
    """The instance without what looks at a plan as a whole: budget, target, floors, and the order of dates."""
    return replace(
        instance,
        costs=replace(instance.costs, budget=None),
        target=replace(instance.target, gap=None),
        areas=tuple(replace(area, min_activations=0) for area in instance.areas),
        weights=replace(instance.weights, late=0),
    )


def worth(instance: Instance, recount: Recount) -> int:
    changes = changes_between(instance.published, [outcome.visit for outcome in recount.by_visit])
    return recount.value_milli - unrest_milli(instance, changes.count)


def disturbed(instance: Instance, recount: Recount) -> int:
    return changes_between(instance.published, [outcome.visit for outcome in recount.by_visit]).disturbed


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_merged_plan_is_allowed_and_worth_no_less(instance: Instance, seed: int) -> None:
    instance, random = plain(instance), Random(seed)
    one, other = (verify(instance, random_plan(random, instance)) for _ in range(2))
    if not (one.feasible and other.feasible):
        return
    merged = verify(instance, Plan(visits=merge(instance, one, other)))
    assert merged.feasible
    # Each cost is rounded on its own.
    rounding = 2 + one.team_days + other.team_days
    assert worth(instance, merged) >= max(worth(instance, one), worth(instance, other)) - rounding


@given(instances(), st.integers(0, 2**32 - 1), st.integers(0, 3))
@settings(max_examples=60)
def test_no_more_published_visits_are_disturbed_than_allowed(instance: Instance, seed: int, more: int) -> None:
    instance, random = plain(instance), Random(seed)
    one, other = (verify(instance, random_plan(random, instance)) for _ in range(2))
    if not (one.feasible and other.feasible):
        return
    most = disturbed(instance, one) + more
    merged = verify(instance, Plan(visits=merge(instance, one, other, most_disturbed=most)))
    assert disturbed(instance, merged) <= most


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_plan_merged_with_itself_stays(instance: Instance, seed: int) -> None:
    found = verify(instance, random_plan(Random(seed), instance))
    if found.feasible:
        merged = merge(instance, found, found)
        assert set(merged) == {outcome.visit for outcome in found.by_visit}
