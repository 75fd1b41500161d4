from random import Random

import numpy as np
import pytest

from solver.contract.capacity import capacity
from solver.contract.instance import Instance
from solver.contract.travel import Travel
from solver.numeric.arrays import Arrays, build_arrays
from tests.solver.random_instances import random_instance
from tests.solver.week import week


@pytest.fixture(scope="module", params=["week", *range(40)])
def instance(request: pytest.FixtureRequest) -> Instance:
    if request.param == "week":
        return week()
    return random_instance(Random(request.param), sites=7, teams=3, dates=5)


def test_every_leg_is_the_contracts_leg(instance: Instance) -> None:
    arrays, travel = build_arrays(instance), Travel(instance.travel)
    for k, team in enumerate(instance.teams):
        for i, site in enumerate(instance.sites):
            assert travel.leg(team, site) == (arrays.out_minutes[k, i], arrays.out_metres[k, i])
            assert travel.leg(site, team) == (arrays.home_minutes[k, i], arrays.home_metres[k, i])
    for i, site in enumerate(instance.sites):
        for j, other in enumerate(instance.sites):
            if i != j:
                assert travel.leg(site, other) == (arrays.minutes[i, j], arrays.metres[i, j])


def test_capacity_is_the_fraction_rounded_down(instance: Instance) -> None:
    arrays = build_arrays(instance)
    for k, team in enumerate(instance.teams):
        for i, site in enumerate(instance.sites):
            for minutes in (1, 15, 47, 480):
                expected = capacity(instance.connectivity, team, site=site, minutes=minutes)
                assert arrays.rate_numerator[k, i] * minutes // arrays.rate_denominator[k] == expected


def test_windows_of_every_date_are_those_of_the_instance(instance: Instance) -> None:
    arrays = build_arrays(instance)
    for i, site in enumerate(instance.sites):
        for d, day in enumerate(instance.dates):
            number = arrays.window_set[i, d]
            span = slice(arrays.set_ptr[number], arrays.set_ptr[number + 1])
            found = list(zip(arrays.set_open[span].tolist(), arrays.set_close[span].tolist(), strict=True))
            assert found == sorted((window.open, window.close) for window in site.windows_at(day))


def test_teams_alike_but_for_their_leave_share_a_class() -> None:
    arrays = build_arrays(week())
    assert arrays.team_class.shape == (arrays.teams,)
    for k in range(arrays.teams):
        for other in range(arrays.teams):
            alike = np.array_equal(_row(arrays, k), _row(arrays, other))
            assert (arrays.team_class[k] == arrays.team_class[other]) == alike


def _row(arrays: Arrays, k: int) -> np.ndarray:
    shift = [arrays.shift_start[k], arrays.shift_end[k], arrays.max_stops[k], arrays.rate_denominator[k]]
    tables = (arrays.rate_numerator, arrays.out_minutes, arrays.out_metres, arrays.home_minutes, arrays.home_metres)
    return np.concatenate([shift, *(table[k] for table in tables)])
