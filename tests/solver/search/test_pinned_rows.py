"""Pinned nights and rides, and pinned visits that need some: kept from the first plan on, missed only if need be."""

from dataclasses import replace
from typing import Any

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import Plan, in_format_of
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify
from solver.first_answer import first_answer
from solver.posed import Posed
from solver.run import Limits
from solver.search.books import value
from solver.search.construct import construct, read_off, read_trips
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import Search
from solver.solve import solve
from tests.solver import night_instances, ride_instances
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.pinned_instances import KINDS, pinned_at_random, pinned_of_a_plan
from tests.solver.week import week_document


@pytest.mark.parametrize("kind", KINDS)
def test_pins_of_a_plan_are_in_the_first_plans_and_no_step_of_the_search_loses_one(kind: str) -> None:
    pins = nights = rides = 0
    for seed in range(40):
        instance, count = pinned_of_a_plan(kind, seed)
        posed = Posed(instance)
        assert first_answer(instance, posed.search, plan_of=posed.plan).recount.pins_missed == 0, seed
        problem = pose(posed.search)
        state = blank(posed.search, problem, seed=seed)
        construct(posed.search, problem, state)
        search = Search(problem, state)
        search.set_cooling(300)
        for _ in range(4):
            search.run(150)
            for best in (False, True):
                recount = verify(instance, plan_of(posed, state, best=best))
                assert recount.violations == (), seed
                assert recount.pins_missed == 0, seed
                worth = search.value_milli if best else int(value(problem, state))
                assert worth == recount.value_milli or kind == "boats and breaks", (seed, best)
        pins, nights = pins + count, nights + len(instance.pinned_nights)
        rides += len(instance.pinned_rides)
    assert pins > 30
    assert nights > 3
    assert rides > 12 or kind == "nights"


def plan_of(posed: Posed, state: Any, *, best: bool) -> Plan:
    return posed.plan(read_off(posed.search, state, best=best), read_trips(posed.search, state, best=best))


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_rows_are_missed_than_every_plan_misses(kind: str) -> None:
    looked_at = kept = missed = 0
    for seed in range(240 if kind == "nights" else 100):
        instance = pinned_at_random(kind, seed, teams=1 + seed % 2, dates=3)
        least = None if instance is None else least_missed(kind, instance)
        if instance is None or least is None:
            continue
        posed = Posed(instance)
        found = first_answer(instance, posed.search, plan_of=posed.plan).recount.pins_missed
        assert found == least, seed
        rows = len(instance.pinned_nights) + len(instance.pinned_rides)
        looked_at, kept, missed = looked_at + 1, kept + rows - found, missed + found
    assert looked_at > 15
    assert kept > 12
    # Reading refuses most nights that nobody can keep.
    assert missed > 12 or kind == "nights"


def least_missed(kind: str, instance: Instance) -> int | None:
    """How many pins the plan misses that misses fewest, found by trying every plan; None if there are too many."""
    # Nothing but pins decides.
    bare = replace(instance, sites=tuple(replace(site, people=0, must=False) for site in instance.sites))
    if kind == "nights":
        best = night_instances.best_recounts(bare, most_plans=4_000)
    else:
        best = ride_instances.best_recount(bare, most_plans=4_000)
    return None if best is None else best[0].pins_missed


def test_referee_agrees_on_plans_with_pins() -> None:
    judge, tally, nights, rides = load_next_referee().judge, Tally(), 0, 0
    for seed in range(12):
        for kind in KINDS:
            instance, _ = pinned_of_a_plan(kind, 100 + seed)
            found = solve(instance, Limits(iterations=200), seed=seed)
            assert found.recount.pins_missed == 0
            assert found.plan.bound_milli is not None
            assert found.plan.value_milli is not None
            assert found.plan.bound_milli >= found.plan.value_milli, (kind, seed)
            plan = in_format_of(instance, found.plan).to_json()
            compare(instance, instance.to_json(), plan=plan, judge=judge, tally=tally, label=f"{kind}, {seed}")
            nights, rides = nights + len(found.plan.rows.nights), rides + len(found.plan.rows.rides)
    assert tally.disagreements == []
    assert nights > 5
    assert rides > 10


def test_trivial_plan_without_any_site_worth_a_visit_still_keeps_a_pinned_night() -> None:
    found = planned(village(pinned_nights=[{"team": "T", "date": "2023-11-13", "lodging": "hostel"}], people=0))
    assert found.pins_missed == 0
    assert found.added is not None
    assert found.added.nights == 1


def test_pinned_night_that_no_day_leads_to_is_missed_and_the_plan_is_made() -> None:
    # The hostel is five hours away, and the pinned visit at the base's door begins three hours after the shift does.
    found = planned(
        village(
            hostel_minutes=300,
            pinned_nights=[{"team": "T", "date": "2023-11-13", "lodging": "hostel"}],
            pinned=[visit("door", day=13, start=780)],
        )
    )
    assert found.pins_missed == 1
    assert found.activations > 0


def test_pinned_visit_beyond_a_days_reach_gets_the_night_it_needs() -> None:
    found = planned(village(hostel_minutes=300, pinned=[visit("far", day=14, start=500)]))
    assert found.pins_missed == 0
    assert found.added is not None
    assert found.added.nights >= 1


def planned(document: dict[str, Any]) -> Recount:
    return solve(instance_from_json(document), Limits(iterations=300), seed=1).recount


def visit(site: str, *, day: int, start: int) -> dict[str, Any]:
    return {"team": "T", "date": f"2023-11-{day}", "site": site, "start": start, "minutes": 60}


def village(*, hostel_minutes: int = 120, people: int = 40, **pins: Any) -> dict[str, Any]:
    """One team, a site at its door and one far away, and a hostel beside that."""
    there = hostel_minutes
    legs = [[0, 5, there, there], [5, 0, there, there], [there, there, 0, 10], [there, there, 10, 0]]
    site = {
        **{"kind": "village", "area": "K1", "people": people, "connectivity": 4, "dates": "111"},
        **{"windows": [[480, 960]], "setup_minutes": 0, "fixed_minutes": None, "must": False},
        **{"max_visit_dates": 2, "min_gap_days": 1, "max_teams": 1},
    }
    team = {
        **{"id": "T", "name": "T", "place": 0, "operators": 1, "minutes_per_activation": 10, "satellite": False},
        **{"shift": [480, 960], "max_stops": 3, "dates": "111", "max_nights": 2},
    }
    document = week_document() | {"format": "outreach-2", "slot_minutes": 30, "published": []}
    document["areas"][0] |= {"id": "K1", "min_activations": 0}
    document["target"]["gap"] = None
    document["costs"] = {"per_km": 0, "per_team_day": 0, "budget": None}
    document["weights"] = dict.fromkeys(document["weights"], 0) | {"pin": 1_000_000, "shortfall": 1000}
    document["travel"] = {"minutes": legs, "metres": [[1000 * leg for leg in row] for row in legs]}
    document["sites"] = [
        site | {"id": "door", "name": "door", "place": 1},
        site | {"id": "far", "name": "far", "place": 2},
    ]
    document["lodgings"] = [{"id": "hostel", "name": "hostel", "place": 3}]
    return document | {"areas": document["areas"][:1], "teams": [team], "pinned": []} | pins
