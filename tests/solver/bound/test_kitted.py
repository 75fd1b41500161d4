"""Kits for nothing: whatever plan shares the sets there are is worth no more than with all of them."""

from collections.abc import Iterator
from functools import cache
from random import Random

import numpy as np
import pytest

from solver.bound import bounds as bounding
from solver.bound import kitted
from solver.bound.bounds import upper_bounds
from solver.bound.kitted import with_every_kit
from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.numeric.arrays import build_arrays
from tests.solver.bound.test_bounds import never
from tests.solver.document_instances import all_recounts, documents_instance
from tests.solver.kit_instances import kit_document
from tests.solver.night_instances import night_document

MOST_PLANS = 600


@cache
def tinies() -> tuple[tuple[Instance, int, int], ...]:
    """Tiny instances with several documents and pools of kits, the best value and the most activations of each."""
    found = []
    for seed in range(70):
        random = Random(seed)
        instance = documents_instance(random, sites=random.randint(1, 2), teams=2, dates=1)
        recounts = all_recounts(instance, most_plans=MOST_PLANS)
        if recounts is not None:
            best = max(recount.value_milli for recount in recounts)
            found.append((instance, best, max(recount.activations for recount in recounts)))
    return tuple(found)


def faults() -> Iterator[int]:
    for n, (instance, value_milli, activations) in enumerate(tinies()):
        for bounds in upper_bounds(with_every_kit(build_arrays(instance)), should_stop=never):
            if bounds.value_milli < value_milli or bounds.activations < activations:
                yield n


def test_no_plan_is_above_a_bound_with_kits_for_nothing() -> None:
    drawing = sum(len(arrays.outfit_team) > arrays.teams for arrays in map(arrays_of, tinies()))
    assert drawing >= 10
    assert list(faults()) == []


def arrays_of(case: tuple[Instance, int, int]) -> kitted.Arrays:
    return build_arrays(case[0])


def test_teams_without_their_kits_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kitted, "_best", lambda arrays, table: table[: arrays.teams].copy())
    assert next(faults(), None) is not None


def kits_and_nights(seed: int) -> Instance:
    """An instance of teams that sleep away and share kits."""
    random = Random(seed)
    document = night_document(random, sites=3, teams=2, dates=3, lodgings=1)
    shared = kit_document(random, sites=3, teams=2, dates=3)
    for site, other in zip(document["sites"], shared["sites"], strict=True):
        site["connectivity"] = other["connectivity"]
    document |= {"kits": shared["kits"], "connectivity": shared["connectivity"]}
    return instance_from_json(document)


def test_kits_are_for_nothing_where_nights_make_too_many_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    looser = cases = 0
    for seed in range(12):
        arrays = build_arrays(kits_and_nights(seed))
        *_, shared = upper_bounds(arrays, should_stop=never)
        with monkeypatch.context() as patch:
            patch.setattr(bounding, "MOST_ENTRIES", 0)
            few, modes = bounding._with_few_modes(arrays)
            if not modes.away.any():
                continue
            cases += 1
            assert len(np.unique(few.outfit_team)) == arrays.teams
            assert not few.outfit_draws.any()
            *_, free = upper_bounds(arrays, should_stop=never)
        # Either may end a few hundred-thousandths before its best.
        assert free.value_milli >= shared.value_milli * (1 - 1e-4)
        looser += free.value_milli > shared.value_milli
    assert cases >= 6
    assert looser
