from random import Random

import numpy as np

from solver.numeric.arrays import build_arrays
from solver.numeric.routes import RoutePool
from solver.search.construct import construct, read_off
from solver.search.empty_plan import blank
from solver.search.posing import pose
from tests.solver.random_instances import random_instance


def test_pool_holds_each_route_of_a_plan_once() -> None:
    arrays = build_arrays(random_instance(Random(3), sites=9, teams=3, dates=6))
    problem = pose(arrays)
    state = blank(arrays, problem, seed=0)
    construct(arrays, problem, state)
    rows = read_off(arrays, state)
    pool = RoutePool(arrays)
    pool.add_plan(rows)
    pool.add_plan(rows)
    assert len(pool) == int(state.total[3])
    assert sum(len(route.stops) for route in pool) == len(rows)
    assert sum(route.metres for route in pool) == int(state.total[2])


def test_full_pool_forgets_the_oldest_route() -> None:
    arrays = build_arrays(random_instance(Random(3), sites=9, teams=3, dates=6))
    pool = RoutePool(arrays, limit=2)
    for site in range(3):
        pool.add(0, 0, np.array([[site, 500, 30]], dtype=np.int32))
    assert [route.sites for route in pool] == [(1,), (2,)]
