"""Nights away: no plan of a tiny instance is above its bound, whatever the multipliers, and planted faults are seen."""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import numpy as np
import pytest

from solver.bound.blocks import Blocks, build_blocks, group_dates, list_every_slot, reach_of
from solver.bound.bounds import upper_bounds
from solver.bound.compact import CompactProgram
from solver.bound.generation import Generation
from solver.bound.modes import Modes, with_modes
from solver.bound.relaxation import activation_worth, value_worth
from solver.contract.instance import Instance
from solver.numeric.arrays import Arrays, build_arrays
from tests.solver.bound.test_bounds import never, wild
from tests.solver.night_instances import best_recounts, night_instance

MOST_PLANS = 1500
TINY = range(160)


@cache
def tiny(seed: int) -> tuple[Instance, int, int, int] | None:
    """Return a tiny instance, its best value, nights of that plan, most activations; None if it has too many plans."""
    random = Random(seed)
    size = {"sites": random.randint(1, 3), "teams": random.choice([1, 1, 2]), "dates": random.randint(2, 4)}
    instance = night_instance(random, **size, lodgings=random.randint(1, 2))
    found = best_recounts(instance, most_plans=MOST_PLANS)
    return None if found is None else (instance, found[0].value_milli, found[1], found[2])


def tinies() -> Iterator[tuple[int, Instance, int, int, int]]:
    for seed in TINY:
        case = tiny(seed)
        if case is not None:
            yield seed, *case


def arrays_of(instance: Instance) -> Arrays:
    return build_arrays(instance, by_solve=True)


def blocks_of(arrays: Arrays, *, groups: int) -> tuple[Arrays, Blocks]:
    expanded, modes = with_modes(arrays)
    reach = reach_of(expanded, modes)
    assert reach is not None
    return expanded, build_blocks(expanded, reach, group_dates(expanded, groups))


def faults_of_bounds(*, least_nights: int = 0) -> Iterator[int]:
    """Yield the seeds of tiny instances whose best plan, of so many nights, is above some bound on the way."""
    for seed, instance, value_milli, nights, activations in tinies():
        if nights >= least_nights and any(
            bounds.value_milli < value_milli or bounds.activations < activations
            for bounds in upper_bounds(arrays_of(instance), should_stop=never)
        ):
            yield seed


def test_no_plan_of_a_tiny_instance_is_above_any_bound_on_the_way() -> None:
    assert sum(nights > 0 for *_, nights, _ in tinies()) >= 15
    assert list(faults_of_bounds()) == []


def test_any_multipliers_however_wrong_give_a_valid_bound() -> None:
    for seed, instance, value_milli, _, activations in tinies():
        random = np.random.default_rng(seed)
        arrays, blocks = blocks_of(arrays_of(instance), groups=seed % 4 + 1)
        blocks = list_every_slot(blocks, arrays, np.ones(arrays.sites, dtype=np.bool_))
        if not blocks.count:
            continue
        for worth, least in ((value_worth(arrays), value_milli), (activation_worth(arrays), 1000 * activations)):
            program = CompactProgram(arrays, blocks, worth)
            for scale in (0.1, 1.0, 30.0):
                multipliers, prices = wild(random, arrays, blocks, scale=scale * 1000)
                assert program.evaluate(multipliers, prices)[0].value >= least
                generation = Generation(arrays, blocks, worth, start=multipliers, prices=prices)
                assert generation.price(generation.centre, np.zeros(blocks.count), never) >= least


def one_night_less(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(most=np.maximum(modes.nights.most - 1, 1)))


def rest_to_the_end(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(rest=modes.nights.rest + 60))


def one_bed_less(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(beds=np.maximum(modes.nights.beds - 1, 0)))


def dearer_nights(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(rupiah=modes.nights.rupiah + 500_000))


def no_way_without_a_stop(modes: Modes) -> Modes:
    return modes._replace(goes=np.zeros_like(modes.goes), way_minutes=np.full_like(modes.way_minutes, 2**20))


FAULTS = [one_night_less, rest_to_the_end, one_bed_less, dearer_nights, no_way_without_a_stop]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_in_what_nights_allow_is_caught(
    fault: Callable[[Modes], Modes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(arrays: Arrays) -> tuple[Arrays, Modes]:
        expanded, modes = with_modes(arrays)
        return expanded, fault(modes)

    monkeypatch.setattr("solver.bound.bounds.with_modes", faulty)
    assert any(True for _ in faults_of_bounds(least_nights=1))
