"""No plan with boats, nights and breaks is above any bound on the way: tiny instances, tried plan by plan."""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import numpy as np
import pytest

from solver.bound import night_rows, passages
from solver.bound.bounds import upper_bounds
from solver.bound.shores import Shores, shores_of
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount
from solver.numeric.arrays import Arrays, shortest_stay
from solver.numeric.kinds import Ints
from solver.numeric.nights import Nights
from solver.plans import shortened
from solver.posed import Posed
from tests.solver.bound.test_bounds import never
from tests.solver.ride_instances import best_recount, ride_instance

SEEDS = range(90)


@cache
def tiny(seed: int, more: int) -> tuple[Instance, Recount, Plan] | None:
    """Return a tiny instance with a best plan; None if it has too many. No planted fault changes what is best."""
    random = Random(seed)
    teams, pauses = random.choice([1, 1, 1, 2]), more > 0 or seed % 2 == 1
    dates = random.choice([1, 2, 2])
    instance = ride_instance(random, sites=3, teams=teams, dates=dates, pauses=pauses, more=more)
    best = best_recount(instance, most_plans=4000)
    return None if best is None else (instance, *best)


def faults(*, more: int = 0, first: int = 0) -> Iterator[tuple[int, int, int]]:
    """Seed, bound and value of every bound below the best plan; `SEEN` says what the plans had in them.

    They are tried from the seed `first` on, those before it last.
    """
    seeds = range(48 // (1 + more)) if more else SEEDS
    for seed in (*seeds[first:], *seeds[:first]):
        case = tiny(seed, more)
        if case is None:
            continue
        instance, recount, plan = case
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


@pytest.mark.parametrize("more", [1, 2])
def test_no_plan_with_boats_and_several_breaks_a_date_is_above_any_bound_on_the_way(more: int) -> None:
    SEEN.clear()
    assert list(faults(more=more)) == []
    assert sum(1 for plan in SEEN if plan[0] and plan[2] > more) > 2


def rides_are_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(arrays: Arrays) -> Arrays:
        return arrays

    monkeypatch.setattr("solver.bound.bounds._with_stops_for_rides", same)


def days_lose_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = shortened._least
    monkeypatch.setattr(shortened, "_least", lambda *of: honest(*of) and honest(*of) + 120)


def rides_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(arrays: Arrays) -> Ints:
        stays = shortest_stay(arrays).copy()
        stays[arrays.sites - len(arrays.ride_fare) :] += 60
        return stays

    monkeypatch.setattr(passages, "shortest_stay", slow)


def rides_are_dearer(monkeypatch: pytest.MonkeyPatch) -> None:
    def dear(arrays: Arrays, nights: Nights) -> Shores:
        shores = shores_of(arrays, nights)
        return shores._replace(fare=shores.fare + 300_000_000)

    monkeypatch.setattr(night_rows, "shores_of", dear)


def rides_have_no_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(arrays: Arrays, nights: Nights) -> Shores:
        shores = shores_of(arrays, nights)
        return shores._replace(seats=np.zeros_like(shores.seats))

    monkeypatch.setattr(night_rows, "shores_of", full)


def nobody_stays_ashore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_rows, "_longest_stay", lambda *_: 0)


# With the first seed that shows each: a fault that it no longer shows is looked for in all others.
PLANTED = [
    (rides_are_stops, 6),
    (days_lose_too_much, 13),
    (rides_take_longer, 6),
    (rides_are_dearer, 63),
    (rides_have_no_seats, 10),
    (nobody_stays_ashore, 10),
]


@pytest.mark.parametrize(("plant", "first"), PLANTED)
def test_a_planted_fault_in_what_rides_and_breaks_allow_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert next(faults(first=first), None) is not None
