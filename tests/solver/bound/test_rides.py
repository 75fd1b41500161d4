"""No plan with boats, nights and breaks is above any bound on the way: tiny instances, tried plan by plan."""

from collections.abc import Iterator
from random import Random

import pytest

from solver.bound.bounds import upper_bounds
from solver.numeric.arrays import Arrays
from solver.plans import shortened
from solver.posed import Posed
from tests.solver.bound.test_bounds import never
from tests.solver.ride_instances import best_recount, ride_instance

SEEDS = range(90)


def faults() -> Iterator[tuple[int, int, int]]:
    """Seed, bound and value of every bound below the best plan; the last one says what the plans had in them."""
    for seed in SEEDS:
        random = Random(seed)
        teams = random.choice([1, 1, 1, 2])
        instance = ride_instance(random, sites=3, teams=teams, dates=random.choice([1, 2, 2]), pauses=seed % 2 == 1)
        best = best_recount(instance, most_plans=4000)
        if best is None:
            continue
        recount, plan = best
        SEEN.append((len(plan.rows.rides), len(plan.rows.nights), len(plan.rows.breaks)))
        for bounds in upper_bounds(Posed(instance).bound, should_stop=never):
            if bounds.value_milli < recount.value_milli:
                yield seed, bounds.value_milli, recount.value_milli


SEEN: list[tuple[int, int, int]] = []


def test_no_plan_with_boats_nights_and_breaks_is_above_any_bound_on_the_way() -> None:
    SEEN.clear()
    assert list(faults()) == []
    rides, nights, breaks = (sum(1 for plan in SEEN if plan[what]) for what in range(3))
    assert len(SEEN) > 80
    assert rides > 12
    assert nights > 4
    assert breaks > 12


def rides_are_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(arrays: Arrays) -> Arrays:
        return arrays

    monkeypatch.setattr("solver.bound.bounds._with_stops_for_rides", same)


def days_lose_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = shortened._least
    monkeypatch.setattr(shortened, "_least", lambda team, cuts: honest(team, cuts) and honest(team, cuts) + 120)


@pytest.mark.parametrize("plant", [rides_are_stops, days_lose_too_much])
def test_a_planted_fault_in_what_rides_and_breaks_allow_is_caught(
    plant: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(plant)
    plant(monkeypatch)
    assert next(faults(), None) is not None
