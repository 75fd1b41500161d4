from dataclasses import replace
from itertools import pairwise, permutations
from random import Random

import numpy as np
import pytest

from solver.contract.instance import Instance, Site, Team
from solver.contract.reading import instance_from_json
from solver.contract.travel import Travel
from solver.numeric.arrays import build_arrays
from solver.numeric.ways import least_home, least_out, members, needs_detours, shortcuts
from tests.solver.crooked_instances import crooked_instance
from tests.solver.random_instances import random_instance


def quickest(instance: Instance, origin: Site | Team, target: Site | Team) -> int:
    """The fewest minutes by trying every order of shortest visits on the way."""
    travel = Travel(instance.travel)
    others = [site for site in instance.sites if site not in (origin, target)]
    ways = []
    for count in range(len(others) + 1):
        for stops in permutations(others, count):
            pauses = sum(
                site.setup_minutes + (instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes)
                for site in stops
            )
            places = [origin, *stops, target]
            ways.append(pauses + sum(travel.leg(a, b)[0] for a, b in pairwise(places)))
    return min(ways)


@pytest.mark.parametrize("seed", range(40))
def test_least_ways_are_those_of_trying_every_order_of_stops(seed: int) -> None:
    instance = crooked_instance(seed)
    arrays = build_arrays(instance)
    member = members(arrays)
    there, back = least_out(arrays, member), least_home(arrays, member)
    for c, k in enumerate(member):
        for i, site in enumerate(instance.sites):
            assert there[c, i] == quickest(instance, instance.teams[k], site)
            assert back[c, i] == quickest(instance, site, instance.teams[k])


def test_on_great_circles_direct_legs_are_the_least_ways() -> None:
    documents = (random_instance(Random(seed), sites=8, teams=2, dates=2).to_json() for seed in range(40))
    straight = [
        instance_from_json(document | {"travel": document["travel"] | {"overrides": []}})
        for document in documents
        if "kmh" in document["travel"] and not document["pinned"]
    ]
    assert len(straight) > 5
    assert not any(needs_detours(build_arrays(instance)) for instance in straight)
    assert all(build_arrays(instance).is_straight for instance in straight)


def test_a_detour_is_needed_where_one_is_quicker() -> None:
    needed = [seed for seed in range(60) if needs_detours(build_arrays(crooked_instance(seed)))]
    for seed in range(60):
        instance = crooked_instance(seed)
        travel = Travel(instance.travel)
        saves = any(
            quickest(instance, one, other) < travel.leg(one, other)[0]
            for team in instance.teams
            for site in instance.sites
            for one, other in ((team, site), (site, team))
        )
        assert saves == (seed in needed), seed


def test_only_a_site_that_shortens_a_leg_is_a_shortcut() -> None:
    table = [[0, 30, 200], [30, 0, 30], [200, 30, 0]]
    arrays = build_arrays(random_instance(Random(1), sites=2, teams=1, dates=1))
    two = replace(
        arrays,
        is_straight=False,
        minutes=np.array([row[1:] for row in table[1:]], dtype=np.int32),
        metres=np.zeros((2, 2), dtype=np.int32),
        out_minutes=np.array([table[0][1:]], dtype=np.int32),
        home_minutes=np.array([[row[0] for row in table[1:]]], dtype=np.int32),
        out_metres=np.zeros((1, 2), dtype=np.int32),
        home_metres=np.zeros((1, 2), dtype=np.int32),
        setup=np.zeros(2, dtype=np.int32),
        fixed=np.full(2, 15, dtype=np.int32),
    )
    both = np.ones(2, dtype=np.bool_)
    assert shortcuts(two, both, should_stop=lambda: False).tolist() == [True, False]
    slow = replace(two, setup=np.full(2, 200, dtype=np.int32))
    assert shortcuts(slow, both, should_stop=lambda: False).tolist() == [False, False]
    assert shortcuts(slow, both, should_stop=lambda: True).tolist() == [True, True]
