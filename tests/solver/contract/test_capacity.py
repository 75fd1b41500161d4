"""Capacity: how many people a visit can serve."""

from dataclasses import replace

import pytest

from solver.contract.capacity import capacity, service_rate
from solver.contract.instance import Connectivity
from tests.solver.week import week

SIGNAL = Connectivity(throughput_percent=(0, 45, 70, 90, 100), success_percent=(0, 75, 88, 95, 98), satellite_level=3)


@pytest.mark.parametrize(("rating", "people"), [(0, 0), (1, 20), (2, 36), (3, 51), (4, 58)])
def test_signal_slows_and_fails_service(rating: int, people: int) -> None:
    team = replace(week().teams[1], operators=3, minutes_per_activation=6)
    site = replace(week().sites[0], connectivity=rating)
    # 3 operators * 120 minutes / 6 = 60 people with an undisturbed line.
    assert capacity(SIGNAL, team, site=site, minutes=120) == people


@pytest.mark.parametrize(("rating", "rate"), [(0, 90 * 95), (2, 90 * 95), (3, 90 * 95), (4, 100 * 98)])
def test_satellite_lifts_weak_signal_and_never_lowers_it(rating: int, rate: int) -> None:
    team = replace(week().teams[0], satellite=True)
    assert service_rate(SIGNAL, team, site=replace(week().sites[0], connectivity=rating)) == rate


def test_last_person_counts_only_when_served_in_full() -> None:
    team = replace(week().teams[1], operators=1, minutes_per_activation=7)
    full = Connectivity(throughput_percent=(100,) * 5, success_percent=(100,) * 5, satellite_level=0)
    assert [capacity(full, team, site=week().sites[0], minutes=minutes) for minutes in (6, 7, 13, 14)] == [0, 1, 1, 2]


def test_team_without_operators_serves_nobody() -> None:
    team = replace(week().teams[0], operators=0)
    assert capacity(SIGNAL, team, site=week().sites[0], minutes=480) == 0
