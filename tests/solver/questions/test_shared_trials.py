"""Scenarios of one question lend each other what holds: more is never worth less, less never promises more."""

from dataclasses import replace
from random import Random

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.plans.restriction import allows_more
from solver.questions.explain import RefusedPlan
from solver.questions.shared_trials import Solved, is_noise, shared
from solver.questions.trials import Effort, try_changes
from solver.questions.what_if import Change, apply
from tests.solver.random_instances import random_instance, random_plan
from tests.solver.week import week, week_visits

MORE = ("teams=+1", "days=+1", "kit=+1")


def some_solved(random: Random, label: str, instance: Instance) -> Solved:
    """A poor plan, and a bound that holds but may be weak."""
    plan = random_plan(random, instance, tries=random.choice([0, 5, 60]))
    people = sum(site.people for site in instance.sites)
    return Solved(label=label, instance=instance, plan=plan, recount=verify(instance, plan), bound=people)


def without_pins(random: Random) -> Instance:
    return replace(random_instance(random, sites=4, teams=2, dates=3), pinned=(), published=())


@pytest.mark.parametrize("seed", range(40))
def test_more_is_worth_what_less_is_and_less_promises_no_more_than_more(seed: int) -> None:
    random = Random(seed)
    instance = without_pins(random)
    wider = apply(instance, Change.parse("teams=+1"))
    solved = [some_solved(random, "as it is", instance), some_solved(random, "teams=+1", wider)]
    solved[1] = replace(solved[1], bound=max(one.recount.activations for one in solved))
    assert allows_more(instance, wider) is None
    less, more = shared(solved)
    assert more.recount.value_milli >= verify(wider, Plan(visits=less.plan.visits)).value_milli
    assert less.recount.activations <= less.bound <= more.bound
    assert verify(wider, more.plan) == more.recount
    # What allows more lends its plan to nobody.
    assert less.plan == solved[0].plan


@pytest.mark.parametrize("change", MORE)
@pytest.mark.parametrize("seed", range(3))
def test_trial_with_one_more_is_never_worth_less(change: str, seed: int) -> None:
    instance = without_pins(Random(seed))
    if change == "kit=+1":
        instance = replace(instance, teams=tuple(replace(team, satellite=False) for team in instance.teams))
    wider = apply(instance, Change.parse(change))
    first, more = try_changes(instance, [[Change.parse(change)]], Effort(seconds=None, iterations=1, threads=1))
    if allows_more(instance, wider) is None:
        assert more.activations >= first.activations or more.value_milli >= first.value_milli
        assert first.bound <= more.bound


def test_plan_as_it_is_is_never_below_a_known_one_nor_its_bound_above() -> None:
    instance, known = week(), Plan(visits=tuple(week_visits()), activations_bound=1_000)
    nothing = Plan(visits=())
    weak = Solved(label="", instance=instance, plan=nothing, recount=verify(instance, nothing), bound=9_999)
    lent = replace(weak, plan=known, recount=verify(instance, known), bound=1_000)
    one, _ = shared([weak, lent])
    assert (one.plan, one.recount, one.bound) == (known, verify(instance, known), 1_000)
    first = try_changes(instance, [], Effort(seconds=None, iterations=1, threads=1), known=known)[0]
    assert first.value_milli >= one.recount.value_milli
    assert first.activations <= first.bound <= 1_000


def test_known_plan_that_breaks_a_rule_is_refused() -> None:
    random = Random(3)
    instance = without_pins(random)
    plan = next(plan for plan in (random_plan(random, instance) for _ in range(50)) if plan.visits)
    with pytest.raises(RefusedPlan):
        try_changes(instance, [], Effort(iterations=1), known=replace(plan, visits=plan.visits * 2))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((100, 140), (110, 150), True),
        ((110, 150), (100, 140), True),
        ((100, 105), (110, 150), False),  # the intervals do not meet
        ((100, 200), (100, 100), True),
        ((100, 100), (100, 100), False),  # proven to be the same
        ((100, 160), (160, 170), False),  # as much as is open at the most
    ],
)
def test_difference_below_what_is_left_open_is_noise(
    one: tuple[int, int], other: tuple[int, int], *, expected: bool
) -> None:
    assert is_noise(one, other) is expected
