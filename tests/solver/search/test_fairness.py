"""The search shares work out: its books are the verifier's, and the team with a surplus gets the shorter days."""

from collections.abc import Sequence
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from solver.bound.bounds import upper_bounds
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify
from solver.contract.workload import priced_minutes
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import visits_of
from solver.search import tables as t
from solver.search.books import unfairness, unrounded_unfairness, value
from solver.search.construct import construct, read_off
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import Search
from solver.search.tables import Problem, State
from tests.solver.exhaustive import best_recounts
from tests.solver.fair_instances import equal_teams, fair_instances, with_fairness
from tests.solver.random_instances import random_instance

SLOW_FIRST_CALL = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)


def started(instance: Instance, *, seed: int = 1) -> tuple[Problem, State]:
    arrays = build_arrays(instance)
    problem = pose(arrays)
    state = blank(arrays, problem, seed=seed)
    construct(arrays, problem, state)
    return problem, state


@cache
def searched(history_hours: tuple[int, ...], *, fairness: int = 50, on_leave: Sequence[str] = ()) -> Recount:
    """The recount of the plan that the search finds for equal teams with these histories."""
    instance = equal_teams(history_hours, fairness=fairness, on_leave=on_leave)
    problem, state = started(instance)
    search = Search(problem, state)
    search.set_cooling(4000)
    search.run(5000)
    visits = visits_of(instance, read_off(build_arrays(instance), state))
    return verify(instance, Plan(visits=visits, value_milli=search.value_milli))


@given(fair_instances(max_sites=10, max_teams=4, max_dates=6))
@SLOW_FIRST_CALL
def test_books_of_loads_are_those_of_the_verifier(instance: Instance) -> None:
    arrays = build_arrays(instance)
    problem, state = started(instance)
    search = Search(problem, state)
    search.set_cooling(600)
    for _ in range(3):
        search.run(200)
        visits = visits_of(instance, read_off(arrays, state, best=False))
        recount = verify(instance, Plan(visits=visits, value_milli=int(value(problem, state))))
        assert recount.violations == ()
        assert state.team_load.tolist() == [load.load for load in recount.loads]
        assert state.team_load.sum() == state.total[t.LOAD] == state.route_load.sum()
        assert unfairness(problem, state) == recount.unfairness
        # Each share lies less than a minute below what it is unrounded, and a minute counts 20 times at most.
        rounded = recount.unfairness - unrounded_unfairness(problem, state)
        assert -1e-6 <= rounded <= 20 * len(instance.teams)
        best = visits_of(instance, read_off(arrays, state))
        assert verify(instance, Plan(visits=best, value_milli=search.value_milli)).violations == ()


def test_prices_of_the_search_are_those_of_the_contract() -> None:
    problem, state = started(equal_teams([0, 0]))
    for minutes in range(0, 4000, 7):
        state.team_load[:] = (2 * minutes, 0)
        state.total[t.LOAD] = 2 * minutes
        assert unfairness(problem, state) == priced_minutes(minutes)


def test_team_with_a_surplus_of_thirty_hours_gets_the_shorter_days() -> None:
    tired, fresh = searched((30, 0)).loads
    assert tired.days == fresh.days == 4
    assert tired.load < fresh.load - 4 * 60
    assert tired.deviation_after < tired.deviation_before


def test_nobody_is_left_unvisited_for_it() -> None:
    assert searched((30, 0)).activations == searched((0, 0), fairness=0).activations == 8 * 40


def test_exchanging_the_histories_exchanges_the_plan() -> None:
    one, two = searched((30, 0)), searched((0, 30))
    assert one.value_milli == two.value_milli
    assert [load.load for load in one.loads] == [load.load for load in reversed(two.loads)]
    near = [
        {out.visit.site for out in recount.by_visit if out.visit.team == team}
        for recount, team in ((one, "T1"), (two, "T2"))
    ]
    assert near[0] == near[1] == {"S0", "S1", "S2", "S3"}


def test_equal_teams_without_a_past_work_as_long_as_each_other() -> None:
    one, other = searched((0, 0)).loads
    assert abs(one.load - other.load) <= 30


def test_a_team_on_leave_is_neither_debtor_nor_creditor() -> None:
    *_, on_leave = searched((0, 0, 0), on_leave=("T3",)).loads
    assert (on_leave.days, on_leave.load, on_leave.expected, on_leave.deviation_after) == (0, 0, 0, 0)


def test_without_a_price_histories_change_no_plan() -> None:
    plans = []
    for histories in ((30, 0), (0, 0)):
        instance = equal_teams(histories, fairness=0)
        problem, state = started(instance)
        search = Search(problem, state)
        search.set_cooling(400)
        search.run(500)
        plans.append(read_off(build_arrays(instance), state))
    assert np.array_equal(plans[0], plans[1])


def test_no_plan_of_a_tiny_instance_with_a_price_of_fairness_is_above_its_bound() -> None:
    tried = 0
    for seed in range(20):
        random = Random(seed)
        instance = with_fairness(random, random_instance(random, sites=random.randint(1, 3), teams=2, dates=1))
        found = best_recounts(instance, most_plans=300)
        if found is None:
            continue
        tried += 1
        best, _ = found
        problem, state = started(instance)
        search = Search(problem, state)
        search.set_cooling(300)
        search.run(400)
        bounds = list(upper_bounds(build_arrays(instance), should_stop=lambda: False))
        assert all(bound.value_milli >= max(best.value_milli, search.value_milli) for bound in bounds)
    assert tried >= 5


@pytest.mark.parametrize("fairness", [50, 500])
def test_the_dearer_fairness_is_the_smaller_is_what_stays_above_the_shares(fairness: int) -> None:
    assert searched((30, 0), fairness=fairness).unfairness <= searched((30, 0), fairness=0).unfairness
