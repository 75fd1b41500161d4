"""Nights away: no plan of a tiny instance is above its bound, whatever the multipliers, and planted faults are seen."""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import numpy as np
import pytest

from solver.bound import modes as modes_of_days
from solver.bound.blocks import Blocks, build_blocks, group_dates, list_every_slot
from solver.bound.bounds import upper_bounds
from solver.bound.compact import CompactProgram
from solver.bound.generation import Generation
from solver.bound.modes import BASE, Modes, fitting_classes, with_modes
from solver.bound.multipliers import activation_worth, value_worth
from solver.bound.reach import reach_of
from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.numeric.arrays import Arrays, build_arrays
from solver.numeric.routes import Route
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


def tinies(*, first: int = 0) -> Iterator[tuple[int, Instance, int, int, int]]:
    """All of them from the seed `first` on, those before it last."""
    for seed in (*TINY[first:], *TINY[:first]):
        case = tiny(seed)
        if case is not None:
            yield seed, *case


def arrays_of(instance: Instance) -> Arrays:
    return build_arrays(instance)


def blocks_of(arrays: Arrays, *, groups: int) -> tuple[Arrays, Blocks]:
    expanded, modes = with_modes(arrays)
    reach = reach_of(expanded, modes)
    assert reach is not None
    return expanded, build_blocks(expanded, reach, group_dates(expanded, groups))


def faults_of_bounds(*, least_nights: int = 0, first: int = 0) -> Iterator[int]:
    """Yield the seeds of tiny instances whose best plan, of so many nights, is above some bound on the way.

    Three of four stay at home: of these every third is tried, since instances without lodgings are tried elsewhere.
    """
    for seed, instance, value_milli, nights, activations in tinies(first=first):
        if nights < least_nights or (nights == 0 and seed % 3):
            continue
        if any(
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


def test_lodgings_taken_for_one_only_loosen_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes_of_days, "MOST_ENTRIES", 0)
    assert any(len(instance.lodgings) > 1 and nights for _, instance, _, nights, _ in tinies())
    assert list(faults_of_bounds(least_nights=1)) == []


def one_night_less(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(most=np.maximum(modes.nights.most - 1, 1)))


def one_bed_less(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(beds=np.maximum(modes.nights.beds - 1, 0)))


def dearer_nights(modes: Modes) -> Modes:
    return modes._replace(nights=modes.nights._replace(rupiah=modes.nights.rupiah + 500_000))


def no_way_without_a_stop(modes: Modes) -> Modes:
    return modes._replace(goes=np.zeros_like(modes.goes), way_minutes=np.full_like(modes.way_minutes, 2**20))


# With the first seed that shows each: a fault that it no longer shows is looked for in all others.
FAULTS = [(one_night_less, 94), (one_bed_less, 17), (dearer_nights, 3), (no_way_without_a_stop, 45)]


@pytest.mark.parametrize(("fault", "first"), FAULTS)
def test_a_planted_fault_in_what_nights_allow_is_caught(
    fault: Callable[[Modes], Modes], first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(arrays: Arrays) -> tuple[Arrays, Modes]:
        expanded, modes = with_modes(arrays)
        return expanded, fault(modes)

    monkeypatch.setattr("solver.bound.bounds.with_modes", faulty)
    assert any(True for _ in faults_of_bounds(least_nights=1, first=first))


def far_and_near(*, nights: int, rest: int) -> Instance:
    """Five dates of a team that wins 90 people a day at a site beyond a day's reach, with a lodging, or 30 at home."""
    document = tiny_instance().to_json() | {"format": "outreach-2", "pinned": [], "published": []}
    site, team = document["sites"][0], document["teams"][0]
    site |= {"people": 1000, "dates": "11111", "fixed_minutes": 120, "max_visit_dates": 5, "min_gap_days": 1}
    site |= {"max_teams": 1, "connectivity": 4, "windows": [[420, 1020]], "setup_minutes": 0, "must": False}
    team |= {"operators": 3, "minutes_per_activation": 4, "max_stops": 1, "dates": "11111", "shift": [420, 1020]}
    for place in (site, team):
        for axis in ("lat", "lon"):
            place.pop(axis, None)
    # Base, near, far, lodging. Two sites lie far, or their visits would be scarce.
    minutes = [[0, 30, 400, 380], [30, 0, 430, 410], [400, 430, 0, 30], [380, 410, 30, 0]]
    document["travel"] = {"minutes": minutes, "metres": minutes}
    document["dates"] = [f"2023-11-{day}" for day in (13, 14, 15, 16, 17)]
    document["areas"] = [{"id": "A", "name": "A", "min_activations": 0}]
    document["connectivity"] |= {"throughput_percent": [0, 0, 0, 0, 100], "success_percent": [0, 0, 0, 0, 100]}
    document["sites"] = [
        {**site, "id": "near", "name": "near", "area": "A", "place": 1, "fixed_minutes": 40},
        *({**site, "id": name, "name": name, "area": "A", "place": 2} for name in ("far", "farther")),
    ]
    document["teams"] = [{**team, "id": "T", "place": 0, "max_nights": nights, "rest_days": rest}]
    document["lodgings"] = [{"id": "L", "name": "L", "place": 3}]
    document["target"] = {"gap": None, "walk_ins_per_day": 0}
    document["costs"] = {"per_km": 0, "per_team_day": 0, "budget": None}
    document["weights"] |= {"late": 0, "area_shortfall": 0}
    return instance_from_json(document)


@pytest.mark.parametrize(
    ("nights", "rest", "best"),
    [
        (0, 0, 150),  # at home
        (1, 0, 390),  # two trips of two days, and one day at home
        (1, 1, 360),  # two trips, and a rest between them
        (2, 0, 450),  # two trips, of three days and of two
        (2, 2, 330),  # two days at home, then a trip of three days
        (3, 0, 450),  # four days and one at home are less than three and two
        (4, 9, 450),  # all five days
    ],
)
def test_the_bound_is_the_best_calendar_where_nothing_is_scarce_but_days(nights: int, rest: int, best: int) -> None:
    *_, bounds = upper_bounds(arrays_of(far_and_near(nights=nights, rest=rest)), should_stop=never)
    # A milli-activation or two for the roundings of the contract.
    assert 1000 * best <= bounds.value_milli <= 1000 * best + 2
    assert bounds.activations == best


def test_a_day_of_rest_too_many_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(arrays: Arrays) -> tuple[Arrays, Modes]:
        expanded, modes = with_modes(arrays)
        return expanded, modes._replace(nights=modes.nights._replace(rest=modes.nights.rest + 1))

    monkeypatch.setattr("solver.bound.bounds.with_modes", faulty)
    *_, bounds = upper_bounds(arrays_of(far_and_near(nights=1, rest=1)), should_stop=never)
    assert bounds.value_milli < 360_000


def test_routes_of_a_search_are_offered_where_they_fit() -> None:
    expanded, modes = with_modes(arrays_of(far_and_near(nights=1, rest=0)))
    # Out to the far site for two hours takes from 13:40 to 15:40: then only the lodging is near enough.
    away = fitting_classes(expanded)(Route(team=0, date=1, stops=((1, 820, 120),), metres=0))
    assert [(int(modes.begin[c]), int(modes.end[c])) for c in away] == [(BASE, 0)]
    back = fitting_classes(expanded)(Route(team=0, date=1, stops=((1, 450, 120),), metres=0))
    assert [(int(modes.begin[c]), int(modes.end[c])) for c in back] == [(0, BASE)]
    # On the last date no team stays away.
    assert fitting_classes(expanded)(Route(team=0, date=4, stops=((1, 820, 120),), metres=0)) == []


def test_a_bound_that_begins_with_routes_of_a_search_is_valid() -> None:
    instance = far_and_near(nights=1, rest=1)
    days = [((1, 820, 120),), ((1, 450, 120),), ((0, 450, 40),)]
    routes = [Route(team=0, date=d, stops=stops, metres=0) for d in range(5) for stops in days]
    *_, bounds = upper_bounds(arrays_of(instance), should_stop=never, routes=lambda: routes)
    assert 360_000 <= bounds.value_milli <= 360_002
