"""The bundle learns routes once, tells different ones apart, and proposes prices that the known routes agree on."""

from itertools import product
from random import Random

import numpy as np
import pytest

from solver.bound.block_routes import RouteList
from solver.bound.blocks import build_blocks, group_dates
from solver.bound.bundle import Bundle
from solver.bound.bundle_climb import keys_of
from solver.bound.multipliers import no_multipliers, value_worth
from solver.bound.reach import reach_of
from solver.contract.instance import Instance
from solver.numeric.arrays import build_arrays
from solver.numeric.routes import Route
from tests.solver.random_instances import random_instance


def example() -> Instance:
    """Return a random instance with a gap that its teams cannot close by far."""
    for seed in range(1000):
        instance = random_instance(Random(seed), sites=6, teams=2, dates=3)
        reachable = sum(site.people for site in instance.sites)
        if instance.net_gap > 2 * reachable > 0 and instance.weights.shortfall > 0 and len(instance.teams) == 2:
            return instance
    raise AssertionError("no such instance")


def some_bundle() -> tuple[Bundle, RouteList]:
    arrays = build_arrays(example())
    reach = reach_of(arrays)
    assert reach is not None
    blocks = build_blocks(arrays, reach, group_dates(arrays, 1))
    assert blocks.count
    bundle = Bundle(arrays, blocks, value_worth(arrays), no_multipliers(arrays, blocks))
    routes = RouteList(arrays, blocks)
    for b in range(blocks.count):
        team = int(blocks.member[blocks.block_class[b]])
        for e in range(int(blocks.ptr[b]), int(blocks.ptr[b + 1])):
            for minutes in {int(blocks.longest[e]), max(arrays.slot_minutes, int(blocks.longest[e]) // 2)}:
                stops = ((int(blocks.site[e]), 0, minutes),)
                routes.add_route(
                    b, Route(team=team, date=int(blocks.first_date[b]), stops=stops, metres=0), np.zeros(arrays.sites)
                )
    return bundle, routes


def test_routes_of_small_numbers_have_different_fingerprints() -> None:
    cases = np.array(list(product(range(40), range(60), range(20))), dtype=np.int64)
    block, site, gain = cases.T
    keys = keys_of(block.copy(), np.arange(len(cases) + 1), site.copy(), gain.copy(), gain.copy())
    assert len(np.unique(keys)) == len(cases)


def test_a_known_route_is_not_learned_again() -> None:
    bundle, routes = some_bundle()
    new = bundle.add(routes.collected())
    assert new == bundle.count == routes.collected().count > 0
    assert bundle.add(routes.collected()) == 0
    assert bundle.count == new


@pytest.mark.parametrize("reach", [0.01, 0.3, 10.0])
def test_a_proposal_stays_valid_and_pays_less_than_the_centre(reach: float) -> None:
    bundle, routes = some_bundle()
    bundle.add(routes.collected())
    start = bundle.propose(1e-9)
    proposal = bundle.propose(reach)
    m = proposal.multipliers
    assert min(values.min(initial=0.0) for values in (m.win, m.mir, m.visit, m.class_visit, m.must, m.area)) >= 0
    assert proposal.strain >= 0
    assert proposal.model + proposal.strain <= start.model + start.strain + 1e-6 * abs(start.model)


def test_what_is_long_out_of_use_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.bound.bundle.MANY_PER_BLOCK", 0)
    monkeypatch.setattr("solver.bound.bundle.MOST_IDLE_ROUNDS", 2)
    bundle, routes = some_bundle()
    bundle.add(routes.collected())
    before = bundle.count
    for _ in range(4):
        proposal = bundle.propose(0.3)
        bundle.forget()
    assert bundle.count < before
    assert bundle.most_worth(proposal.multipliers).max() >= 0
