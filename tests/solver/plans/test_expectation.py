"""The expected value of a plan is that of the verifier where people are certain, and never above its count of means."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.contract.demand import Demand, SiteDemand, with_people
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.plans.expectation import expectation, expected_wins
from tests.solver.random_demands import certain_demand, random_demand
from tests.solver.random_instances import instances, random_plan
from tests.solver.random_journeys import next_instance, next_plan
from tests.solver.week import make_visit, week, week_visits


@given(instances(), st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_with_certain_people_the_expectation_is_the_recount(instance: Instance, seed: int, count: int) -> None:
    random = Random(seed)
    plan, demand = random_plan(random, instance), certain_demand(random, instance, count=count)
    recount = verify(with_people(instance, demand.mean_people()), Plan(visits=plan.visits))
    found = expectation(instance, plan, demand)
    assert found.value_milli == recount.value_milli
    assert found.activations == recount.activations
    served = {outcome.visit: outcome.served for outcome in recount.by_visit}
    assert [served[visit] for visit in plan.visits] == list(found.by_visit)
    assert expected_wins(instance, plan, demand) == found.by_visit


@given(instances(), st.integers(0, 2**32 - 1))
def test_expected_wins_are_the_mean_of_the_recounts_of_every_value(instance: Instance, seed: int) -> None:
    random = Random(seed)
    plan, demand = random_plan(random, instance), random_demand(random, instance)
    totals = dict.fromkeys(plan.visits, 0)
    for n in range(demand.count):
        world = with_people(instance, {known.site: known.values[n] for known in demand.sites})
        for outcome in verify(world, Plan(visits=plan.visits)).by_visit:
            totals[outcome.visit] += outcome.served
    found = expected_wins(instance, plan, demand)
    assert list(found) == [totals[visit] / demand.count for visit in plan.visits]


@given(instances(), st.integers(0, 2**32 - 1))
def test_no_plan_is_expected_to_win_more_than_is_counted_at_the_means(instance: Instance, seed: int) -> None:
    random = Random(seed)
    plan, demand = random_plan(random, instance), random_demand(random, instance)
    counted = verify(with_people(instance, demand.mean_people()), Plan(visits=plan.visits)).activations
    assert expectation(instance, plan, demand).activations <= counted


@given(instances(), st.integers(0, 2**32 - 1))
def test_people_forbid_no_plan(instance: Instance, seed: int) -> None:
    random = Random(seed)
    plan, demand = random_plan(random, instance), random_demand(random, instance)
    assert verify(with_people(instance, demand.quantile_people(65)), Plan(visits=plan.visits)).feasible


@given(instances(), st.integers(0, 2**32 - 1))
def test_the_people_that_the_instance_assumes_for_a_named_site_do_not_matter(instance: Instance, seed: int) -> None:
    random = Random(seed)
    plan, demand = random_plan(random, instance), random_demand(random, instance)
    other = with_people(instance, demand.quantile_people(85))
    assert expectation(other, plan, demand) == expectation(instance, plan, demand)


def test_expectation_of_plans_with_documents_kits_and_trips_is_that_of_their_recounts() -> None:
    told = Counter[str]()
    for seed in range(60):
        random = Random(seed)
        instance = next_instance(random)
        plan = Plan.from_json(next_plan(random, instance))
        certain = certain_demand(random, instance, count=2)
        recount = verify(with_people(instance, certain.mean_people()), replace(plan, value_milli=None))
        assert recount.violations == ()
        known = expectation(instance, plan, certain)
        assert (known.value_milli, known.activations) == (recount.value_milli, recount.activations), seed
        demand = random_demand(random, instance)
        totals = dict.fromkeys(plan.visits, 0)
        for n in range(demand.count):
            world = with_people(instance, {entry.site: entry.values[n] for entry in demand.sites})
            for outcome in verify(world, plan).by_visit:
                totals[outcome.visit] += outcome.served
        assert list(expected_wins(instance, plan, demand)) == [totals[visit] / demand.count for visit in plan.visits]
        counted = verify(with_people(instance, demand.mean_people()), plan).activations
        assert expectation(instance, plan, demand).activations <= counted
        told["kits"] += bool(plan.rows.kits)
        told["nights"] += bool(plan.rows.nights)
        told["work"] += any(visit.work for visit in plan.visits)
    assert min(told["kits"], told["nights"], told["work"]) > 5, told


def test_the_second_visit_has_what_the_first_leaves() -> None:
    instance = week()
    visits = [visit for visit in week_visits() if visit.site == "S1"]
    first, second = (outcome.served for outcome in verify(rich(instance), Plan(visits=tuple(visits))).by_visit)
    demand = Demand(sites=(SiteDemand(site="S1", values=(first - 1, first + 2, first + second + 5)),))
    # In order of date, however the plan lists them.
    assert expected_wins(instance, Plan(visits=tuple(visits[::-1])), demand) == pytest.approx(
        (float(Fraction(0 + 2 + second, 3)), float(Fraction(first - 1 + first + first, 3)))
    )


def test_a_gap_closed_by_the_mean_is_open_in_expectation() -> None:
    instance = week()
    visits = tuple(week_visits())
    people = next(site.people for site in instance.sites if site.id == "S1")
    demand = Demand(sites=(SiteDemand(site="S1", values=(0, 2 * people)),))
    won = verify(instance, Plan(visits=visits)).activations
    closed = replace(instance, target=replace(instance.target, gap=won, walk_ins_per_day=0, walk_ins_on=()))
    found = expectation(closed, Plan(visits=visits), demand)
    assert found.activations < won
    assert found.value_milli < verify(closed, Plan(visits=visits)).value_milli


def test_a_visit_that_the_instance_cannot_place_is_expected_to_win_nobody() -> None:
    visits = [make_visit("T9", "S1"), *week_visits()]
    assert expected_wins(week(), Plan(visits=tuple(visits)), Demand(sites=()))[0] == 0.0


def rich(instance: Instance) -> Instance:
    return with_people(instance, {site.id: 100_000 for site in instance.sites})
