from dataclasses import replace
from random import Random

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import visits_of
from solver.search.construct import construct, read_off
from solver.search.empty_plan import blank
from solver.search.posing import pose
from tests.solver.random_instances import random_instance
from tests.solver.week import week


def first_plan(instance: Instance, *, stop_after: int | None = None) -> Recount:
    arrays = build_arrays(instance)
    problem = pose(arrays)
    state = blank(arrays, problem, seed=0)
    asked = iter(range(10**9))
    construct(arrays, problem, state, should_stop=lambda: stop_after is not None and next(asked) >= stop_after)
    return verify(instance, Plan(visits=visits_of(instance, read_off(arrays, state))))


@pytest.mark.parametrize("seed", range(60))
def test_first_plan_keeps_every_rule(seed: int) -> None:
    assert first_plan(random_instance(Random(seed), sites=8, teams=3, dates=6)).violations == ()


@pytest.mark.parametrize("seed", range(60))
def test_first_plan_keeps_every_pin(seed: int) -> None:
    assert first_plan(random_instance(Random(seed), sites=8, teams=3, dates=6)).pins_missed == 0


@pytest.mark.parametrize("stop_after", range(4))
def test_first_plan_stopped_early_is_feasible(stop_after: int) -> None:
    assert first_plan(week(), stop_after=stop_after).violations == ()


def test_must_visit_without_signal_is_visited_all_the_same() -> None:
    instance = week()
    sites = tuple(
        replace(site, must=True, connectivity=0, max_visit_dates=max(1, site.max_visit_dates))
        for site in instance.sites
    )
    teams = tuple(replace(team, satellite=False) for team in instance.teams)
    alone = replace(instance, sites=sites, teams=teams, pinned=(), published=())
    recount = first_plan(alone)
    assert recount.activations == 0
    assert recount.must_missed < len(sites)
