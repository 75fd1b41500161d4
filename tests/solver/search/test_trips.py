"""Teams that sleep away: the search keeps every rule of nights, and its books are those of the verifier."""

from random import Random
from typing import Any

import numpy as np

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.numeric.arrays import Arrays, build_arrays
from solver.posed import Posed
from solver.run import Limits
from solver.search import tables as t
from solver.search.books import value
from solver.search.construct import construct, read_off, read_trips
from solver.search.empty_plan import blank
from solver.search.greedy import greedy_journeys
from solver.search.posing import pose
from solver.search.search import Search
from solver.search.tables import Problem, State
from solver.search.undo import load_best
from solver.solve import solve
from tests.solver.night_instances import night_document, night_instance


def posed(instance: Instance, *, seed: int) -> tuple[Arrays, Problem, State]:
    arrays = build_arrays(instance)
    problem = pose(arrays)
    state = blank(arrays, problem, seed=seed)
    construct(arrays, problem, state)
    return arrays, problem, state


def plan_of(instance: Instance, arrays: Arrays, state: State, *, best: bool) -> Plan:
    return Posed(instance).plan(read_off(arrays, state, best=best), read_trips(arrays, state, best=best))


def test_every_plan_of_the_search_keeps_the_rules_of_nights_and_is_worth_what_it_says() -> None:
    away = 0
    for seed in range(16):
        instance = night_instance(Random(seed), sites=9, teams=3, dates=6, lodgings=3)
        arrays, problem, state = posed(instance, seed=seed)
        search = Search(problem, state)
        search.set_cooling(400)
        for _ in range(6):
            search.run(100)
            for best in (False, True):
                plan = plan_of(instance, arrays, state, best=best)
                recount = verify(instance, plan)
                assert recount.violations == (), seed
                worth = search.value_milli if best else int(value(problem, state))
                assert worth == recount.value_milli, (seed, best)
            away += len(plan.rows.nights)
        beds = np.vstack((arrays.pool_count, arrays.nights.beds))
        for r in np.flatnonzero(state.night[t.NOW, : len(state.stops)] >= 0):
            beds[state.night[t.NOW, r], r % arrays.dates] -= 1
        assert (beds == state.kit_left).all()
        load_best(problem, state)
        assert int(value(problem, state)) == search.value_milli
    assert away > 50


def test_kits_stay_with_a_team_on_its_trip() -> None:
    away = 0
    for seed in range(12):
        document = night_document(Random(seed), sites=8, teams=3, dates=5, lodgings=2)
        document["kits"] = [{"id": "set", "kind": "satellite", "count": 1, "cost_per_day": 1000}]
        document["connectivity"]["satellite_level"] = 4
        for site in document["sites"]:
            site |= {"connectivity": 1, "people": 300}
        for team in document["teams"]:
            team["satellite"] = False
        instance = instance_from_json(document)
        arrays, problem, state = posed(instance, seed=seed)
        search = Search(problem, state)
        search.set_cooling(400)
        for _ in range(4):
            search.run(150)
            plan = plan_of(instance, arrays, state, best=False)
            recount = verify(instance, plan)
            assert recount.violations == (), seed
            assert int(value(problem, state)) == recount.value_milli, seed
            slept = {(night.team, night.date) for night in plan.rows.nights}
            away += sum((load.team, load.date) in slept for load in plan.rows.kits)
    assert away > 5


def island_document(random: Random) -> dict[str, Any]:
    """An instance of sites here and on an island, with a boat a day there and back, a charter, and a boat to a site."""
    document = night_document(random, sites=8, teams=3, dates=5, lodgings=2)
    document["travel"] = {"detour": 1.3, "kmh": 30, "overrides": []}
    for site in document["sites"]:
        site |= {"zone": random.choice(["", "island"]), "people": 200, "connectivity": 3, "windows": [[300, 1200]]}
        site["lat"] = round(-3.3 + random.uniform(-0.1, 0.1), 5)
        site["lon"] = 102.3
    for place in (*document["teams"], *document["lodgings"]):
        place |= {"lat": -3.3, "lon": 102.3}
    for place in (*document["sites"], *document["teams"], *document["lodgings"]):
        place.pop("place", None)
    document["lodgings"][0]["zone"] = "island"
    document["stations"] = [
        {"id": "here", "lat": -3.3, "lon": 102.31},
        {"id": "there", "lat": -3.31, "lon": 102.32, "zone": "island"},
    ]
    document["connections"] = [
        _ride(random, "go", "here", "there", 420),
        _ride(random, "back", "there", "here", random.choice([700, 900])),
        _ride(random, "charter", "there", "here", 300) | {"departs": [420, 900], "fare": 900_000},
        _ride(random, "far", "here", document["sites"][0]["id"], 500),
    ]
    return document


def test_rides_are_taken_where_no_road_leads_and_kept_in_the_books() -> None:
    rides = nights = 0
    for seed in range(24):
        instance = instance_from_json(island_document(Random(seed)))
        arrays, problem, state = posed(instance, seed=seed)
        search = Search(problem, state)
        search.set_cooling(600)
        for _ in range(5):
            search.run(200)
            for best in (False, True):
                plan = plan_of(instance, arrays, state, best=best)
                recount = verify(instance, plan)
                assert recount.violations == (), (seed, recount.violations)
                worth = search.value_milli if best else int(value(problem, state))
                assert worth == recount.value_milli, (seed, best)
            rides += len(plan.rows.rides)
            nights += len(plan.rows.nights)
    assert rides > 50
    assert nights > 20


def paused_island(random: Random) -> Instance:
    document = island_document(random)
    document["kits"] = [{"id": "set", "kind": "satellite", "count": 1}]
    document["connectivity"]["satellite_level"] = 4
    for team in document["teams"]:
        team["satellite"] = False
        team["breaks"] = [
            {"minutes": random.choice([30, 45, 60]), "window": [690, 810], "dates": "11101"},
            {"minutes": 90, "window": [690, 800], "dates": "00010"},
        ]
    return instance_from_json(document)


def test_teams_on_trips_and_boats_take_their_breaks() -> None:
    rides = nights = breaks = 0
    for seed in range(24):
        instance = paused_island(Random(seed))
        problems = Posed(instance)
        problem = pose(problems.search)
        state = blank(problems.search, problem, seed=seed)
        construct(problems.search, problem, state)
        search = Search(problem, state)
        search.set_cooling(600)
        for _ in range(3):
            search.run(300)
            plan = problems.plan(read_off(problems.search, state), read_trips(problems.search, state))
            recount = verify(instance, plan)
            assert recount.violations == (), (seed, recount.violations)
            rides += len(plan.rows.rides)
            nights += len(plan.rows.nights)
            breaks += len(plan.rows.breaks)
    assert rides > 30
    assert nights > 10
    assert breaks > 100


def test_greedy_plan_beside_boats_and_breaks_is_sound() -> None:
    visits = kits = 0
    for seed in range(40):
        instance = paused_island(Random(seed))
        problems = Posed(instance)
        plan = problems.plan(greedy_journeys(problems.search)[0])
        assert verify(instance, plan).violations == (), seed
        visits, kits = visits + len(plan.visits), kits + len(plan.rows.kits)
    assert visits > 40
    assert kits > 5


def test_no_plan_with_boats_and_breaks_that_a_run_finds_is_above_its_bound() -> None:
    rides = 0
    for seed in range(16):
        random = Random(seed)
        instance = paused_island(random) if seed % 2 else instance_from_json(island_document(random))
        found = solve(instance, Limits(iterations=500), seed=seed)
        assert found.recount.violations == ()
        # A bound below the plan is dropped, with a warning.
        assert found.plan.bound_milli is not None
        assert found.plan.value_milli is not None
        assert found.plan.bound_milli >= found.plan.value_milli, seed
        rides += len(found.plan.rows.rides)
    assert rides > 5


def _ride(random: Random, name: str, origin: str, target: str, leaves: int) -> dict[str, object]:
    return {
        "id": name,
        "from": origin,
        "to": target,
        "departs": [leaves, leaves],
        "minutes": random.choice([30, 60, 90]),
        "fare": random.choice([0, 50_000]),
        "max_teams": random.choice([None, 1, 2]),
    }
