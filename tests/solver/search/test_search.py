"""The search keeps exact books and every rule at every moment; the verifier, which knows nothing of it, agrees."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from solver.contract.instance import Costs, Instance, Target
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import visits_of
from solver.search import tables as t
from solver.search.books import spent, value
from solver.search.construct import construct, read_off
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import Search
from solver.search.tables import Problem, State
from tests.solver.random_instances import instances, random_instance
from tests.solver.week import week

SLOW_FIRST_CALL = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)


def started(instance: Instance, *, seed: int = 1) -> tuple[Problem, State]:
    arrays = build_arrays(instance)
    problem = pose(arrays)
    state = blank(arrays, problem, seed=seed)
    construct(arrays, problem, state)
    return problem, state


def agrees(instance: Instance, state: State, claimed: int, *, best: bool) -> None:
    rows = read_off(build_arrays(instance), state, best=best)
    recount = verify(instance, Plan(visits=visits_of(instance, rows), value_milli=claimed))
    assert recount.violations == ()
    assert recount.value_milli == claimed


@given(instances(max_sites=10, max_teams=4, max_dates=7))
@SLOW_FIRST_CALL
def test_present_and_best_plan_are_feasible_and_worth_what_the_books_say(instance: Instance) -> None:
    problem, state = started(instance)
    search = Search(problem, state)
    agrees(instance, state, search.value_milli, best=True)
    search.set_cooling(600)
    for _ in range(4):
        search.run(200)
        agrees(instance, state, int(value(problem, state)), best=False)
        agrees(instance, state, search.value_milli, best=True)


@given(instances())
@SLOW_FIRST_CALL
def test_best_value_never_falls(instance: Instance) -> None:
    search = Search(*started(instance))
    search.set_cooling(300)
    before = search.value_milli
    for _ in range(20):
        search.run(25)
        assert search.value_milli >= before
        before = search.value_milli


@pytest.mark.parametrize("seed", range(5))
def test_course_does_not_depend_on_how_it_is_sliced(seed: int) -> None:
    instance = random_instance(Random(seed), sites=12, teams=4, dates=8)
    plans = []
    for slices in ([2000], [1, 7, 392, 100, 500, 1000], [250] * 8):
        problem, state = started(instance, seed=seed)
        search = Search(problem, state)
        search.set_cooling(1500)
        for part in slices:
            search.run(part)
        plans.append(read_off(build_arrays(instance), state))
    assert all(np.array_equal(plans[0], plan) for plan in plans)


def test_pinned_visits_stay_exactly_where_they_are() -> None:
    instance = week()
    problem, state = started(instance)
    search = Search(problem, state)
    search.set_cooling(1000)
    search.run(1500)
    visits = set(visits_of(instance, read_off(build_arrays(instance), state)))
    assert set(instance.pinned) <= visits


def test_a_team_without_working_dates_is_no_reason_to_fail() -> None:
    instance = week()
    idle = tuple(replace(team, work_dates=tuple(False for _ in instance.dates)) for team in instance.teams)
    instance = replace(instance, teams=idle, pinned=(), published=())
    search = Search(*started(instance))
    search.set_cooling(400)
    search.run(1000)
    assert search.iterations == 1000
    assert search.activations == 0


def test_budget_of_nothing_keeps_everybody_at_home() -> None:
    instance = replace(week(), costs=Costs(per_km=4000, per_team_day=300_000, budget=0), pinned=(), published=())
    problem, state = started(instance)
    search = Search(problem, state)
    search.set_cooling(400)
    search.run(500)
    assert search.activations == 0


@pytest.mark.parametrize(("share", "saves"), [(None, False), (0.5, True), (3.0, False)])
def test_money_is_saved_where_the_budget_is_all_but_spent(share: float | None, saves: bool) -> None:
    open_end = Target(gap=None, walk_ins_per_day=0)
    free = replace(week(), target=open_end, costs=Costs(per_km=4000, per_team_day=300_000, budget=None))
    problem, state = started(free)
    search = Search(problem, state)
    search.set_cooling(2000)
    search.run(2000)
    money = int(spent(problem, state))
    budget = None if share is None else int(share * money)
    problem, state = started(replace(free, costs=replace(free.costs, budget=budget)))
    Search(problem, state)
    assert (state.tune[t.MONEY] > 0.0) == saves


@given(instances())
@SLOW_FIRST_CALL
def test_no_way_over_a_site_is_shorter_than_its_least_legs(instance: Instance) -> None:
    arrays = build_arrays(instance)
    least = pose(arrays).least_legs
    for i in range(arrays.sites):
        others = [j for j in range(arrays.sites) if j != i]
        there = [*arrays.minutes[others, i], *arrays.out_minutes[:, i]]
        on = [*arrays.minutes[i, others], *arrays.home_minutes[:, i]]
        assert least[i] == min(there) + min(on)
