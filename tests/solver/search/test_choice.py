"""What the master chooses is feasible under every rule of the contract and never worth less than what it was given."""

from random import Random

import numpy as np
import pytest

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify
from solver.numeric.arrays import Arrays, build_arrays
from solver.numeric.kinds import Ints
from solver.numeric.routes import RoutePool
from solver.search.choice import assign
from tests.solver.random_instances import random_instance, random_plan


def rows_of(instance: Instance, plan: Plan) -> Ints:
    team = {t.id: k for k, t in enumerate(instance.teams)}
    site = {s.id: i for i, s in enumerate(instance.sites)}
    date = {day: d for d, day in enumerate(instance.dates)}
    rows = [(team[v.team], date[v.date], site[v.site], v.start, v.minutes) for v in plan.visits]
    rows.sort(key=lambda row: (row[0], row[1], row[3]))
    return np.array(rows, dtype=np.int32).reshape(len(rows), 5)


def recount_of(instance: Instance, rows: Ints) -> Recount:
    visits = (
        Visit(
            team=instance.teams[k].id,
            date=instance.dates[d],
            site=instance.sites[i].id,
            start=start,
            minutes=minutes,
        )
        for k, d, i, start, minutes in rows.tolist()
    )
    return verify(instance, Plan(visits=tuple(visits)))


def case(seed: int) -> tuple[Instance, Arrays, RoutePool, Ints]:
    """Return an instance, the routes of some random plans and the best of these plans."""
    random = Random(seed)
    instance = random_instance(random, sites=random.randint(2, 6), teams=random.randint(1, 3), dates=3)
    arrays = build_arrays(instance)
    pool = RoutePool(arrays)
    plans = [rows_of(instance, random_plan(random, instance, tries=40)) for _ in range(6)]
    for plan in plans:
        pool.add_plan(plan)
    return instance, arrays, pool, max(plans, key=lambda rows: recount_of(instance, rows).value_milli)


@pytest.mark.parametrize("seeds", [range(0, 15), range(15, 30)])
def test_the_choice_is_feasible_and_often_better(seeds: range) -> None:
    better = 0
    for seed in seeds:
        instance, arrays, pool, incumbent = case(seed)
        chosen = assign(arrays, pool, incumbent, deterministic_time=0.5)
        if chosen is None:
            continue
        recount = recount_of(instance, chosen)
        assert recount.feasible, (seed, recount.violations)
        better += recount.value_milli > recount_of(instance, incumbent).value_milli
    assert better > 0


def test_the_same_question_has_the_same_answer() -> None:
    _, arrays, pool, incumbent = case(5)
    first, second = (assign(arrays, pool, incumbent, deterministic_time=0.5, seed=7) for _ in range(2))
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert np.array_equal(first, second)


def test_the_incumbent_alone_cannot_be_beaten_by_itself() -> None:
    _, arrays, _, incumbent = case(2)
    assert assign(arrays, [], incumbent, deterministic_time=0.5) is None


def test_a_pool_too_large_for_the_model_is_cut_to_what_an_lp_prices_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.search.choice.MOST_ROUTES", 8)
    for seed in range(10):
        instance, arrays, pool, incumbent = case(seed)
        chosen = assign(arrays, pool, incumbent, deterministic_time=0.5)
        assert chosen is None or recount_of(instance, chosen).feasible


def test_a_stop_is_heard_before_anything_better_is_found() -> None:
    _, arrays, pool, incumbent = case(5)
    asked = []

    def stop() -> bool:
        asked.append(True)
        return True

    assign(arrays, pool, incumbent, deterministic_time=1e6, should_stop=stop)
