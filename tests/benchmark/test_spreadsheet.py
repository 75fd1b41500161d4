from random import Random

import pytest

from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import visits_of
from solver.solve import solve
from solver.stopping import Limits
from tests.benchmark.spreadsheet import plan_by_hand
from tests.solver.random_instances import random_instance


@pytest.mark.parametrize("seed", range(40))
def test_plan_by_hand_is_feasible_and_worth_what_it_claims(seed: int) -> None:
    instance = random_instance(Random(seed), sites=9, teams=3, dates=6)
    rows, claimed = plan_by_hand(build_arrays(instance))
    recount = verify(instance, Plan(visits=visits_of(instance, rows), value_milli=claimed))
    assert recount.violations == ()
    assert recount.value_milli == claimed


@pytest.mark.parametrize("seed", range(20))
def test_search_is_never_beaten_by_the_spreadsheet(seed: int) -> None:
    instance = random_instance(Random(seed), sites=9, teams=3, dates=6)
    _, by_hand = plan_by_hand(build_arrays(instance))
    assert solve(instance, Limits(iterations=1000)).recount.value_milli >= by_hand
