"""Pinned visits that break a hard rule, alone or together, are refused with the instance."""

from random import Random
from typing import Any

import pytest

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Visit
from solver.contract.reading import instance_from_json
from tests.solver.random_instances import random_instance, random_plan
from tests.solver.week import make_visit, week_document, week_visits


def pinned(*visits: Visit, **changes: Any) -> dict[str, Any]:
    document = week_document() | changes
    document["pinned"] = [visit.to_json() for visit in visits]
    return document


def faults(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the path and mend of each fault."""
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json(document)
    return [(fault.path, fault.mend) for fault in caught.value.faults]


ALONE = {
    "wrong_minutes": make_visit(minutes=50),
    "site_closed": make_visit("T1", "S3", day=13, start=500, minutes=45),
    "team_off": make_visit("T2", "S1", day=14, start=500, minutes=30),
    "outside_window": make_visit(start=690, minutes=30),
    "arrives_late": make_visit("T2", "S1", day=13, start=489, minutes=30),
    "shift_end": make_visit("T2", "S1", day=13, start=780, minutes=60),
}


@pytest.mark.parametrize("rule", ALONE)
def test_pin_that_breaks_a_rule_alone_is_refused(rule: str) -> None:
    [(path, mend)] = faults(pinned(ALONE[rule]))
    assert path == "/pinned/0"
    assert rule in mend


TOGETHER = {
    "arrives_late": [make_visit("T1", "S1", start=500), make_visit("T1", "S2", start=629, minutes=30)],
    "too_many_stops": [make_visit("T2", "S1", day=13), make_visit("T2", "S2", day=13, start=640, minutes=30)],
    "too_many_dates": [
        make_visit("T1", "S2", day=13, start=600, minutes=30),
        make_visit("T1", "S2", day=16, start=600, minutes=30),
    ],
    "too_close": [make_visit(day=13), make_visit(day=14)],
    "team_twice": [make_visit(start=500, minutes=30), make_visit(start=600, minutes=30)],
    "too_many_teams": [
        make_visit("T1", "S2", start=600, minutes=30),
        make_visit("T2", "S2", start=600, minutes=30),
    ],
}


@pytest.mark.parametrize("rule", TOGETHER)
def test_pins_that_break_a_rule_together_are_refused(rule: str) -> None:
    found = faults(pinned(*TOGETHER[rule]))
    assert any(rule in mend for _, mend in found)
    assert {path for path, _ in found} <= {"/pinned/0", "/pinned/1"}


def test_same_visit_pinned_twice_is_refused() -> None:
    assert any("team_twice" in mend for _, mend in faults(pinned(make_visit(), make_visit())))


def test_pins_beyond_the_budget_are_refused() -> None:
    document = pinned(*week_visits())
    # 300,000 for the team-days and 53 km, going home from the village over the office.
    document["costs"]["budget"] = 352_999
    [(path, mend)] = faults(document)
    assert path == "/costs/budget"
    assert "353,000" in mend


def test_pins_within_every_rule_are_accepted() -> None:
    document = pinned(*week_visits())
    document["costs"]["budget"] = 356_000
    assert len(instance_from_json(document).pinned) == 4


def test_pin_is_judged_although_another_field_is_broken() -> None:
    document = pinned(make_visit(minutes=50))
    document["areas"][1]["min_activations"] = -1
    document["sites"][0]["area"] = "K9"
    document["sites"][2]["people"] = -1
    assert {path for path, _ in faults(document)} == {
        "/areas/1/min_activations",
        "/sites/0/area",
        "/sites/2/people",
        "/pinned/0",
    }


def test_pin_at_a_broken_site_waits_until_the_site_is_mended() -> None:
    document = pinned(make_visit(minutes=50))
    document["sites"][0]["setup_minutes"] = -20
    assert [path for path, _ in faults(document)] == ["/sites/0/setup_minutes"]


def mountain_document() -> dict[str, Any]:
    """Return the golden week with a village that is quicker and nearer by way of the office than straight."""
    document = week_document()
    document["travel"] = {
        "minutes": [[0, 10, 300], [12, 0, 20], [300, 25, 0]],
        "metres": [[0, 5_000, 300_000], [6_000, 0, 9_000], [300_000, 11_000, 0]],
    }
    document["published"] = []
    return document


def test_pin_that_a_stop_on_the_way_makes_possible_is_accepted() -> None:
    document = mountain_document()
    # Base to office 10, set-up 20 and a slot of 30 there, 20 on to the village: 530 instead of 750.
    document["pinned"] = [make_visit("T1", "S2", day=13, start=540, minutes=60).to_json()]
    assert len(instance_from_json(document).pinned) == 1


def test_pin_that_no_stop_on_the_way_makes_possible_is_refused() -> None:
    document = mountain_document()
    # The session of 45 minutes needs no set-up: 450 + 10 + 45 + 20 = 525 is the earliest by any way.
    document["pinned"] = [make_visit("T1", "S2", day=13, start=524, minutes=60).to_json()]
    assert [(path, "arrives_late" in mend) for path, mend in faults(document)] == [("/pinned/0", True)]


def test_override_may_make_a_pin_possible_too() -> None:
    document = week_document()
    document["travel"] = {
        "detour": 1,
        "kmh": 60,
        "overrides": [
            {"between": ["T1", "S2"], "minutes": 600, "metres": 0},
            {"between": ["S1", "S2"], "minutes": 5, "metres": 0},
        ],
    }
    for stop in document["sites"] + document["teams"]:
        del stop["place"]
        stop |= {"lat": 0, "lon": 100}
    document["pinned"] = [make_visit("T1", "S2", day=13, start=540, minutes=60).to_json()]
    assert len(instance_from_json(document).pinned) == 1
    # The way that an override lengthens has a detour over any other site: 450 + 20 + 30 = 500 at the earliest.
    del document["travel"]["overrides"][1]
    document["sites"][0]["id"] = "S0"
    document["published"] = []
    assert len(instance_from_json(document).pinned) == 1
    document["pinned"][0]["start"] = 490
    assert [(path, "arrives_late" in mend) for path, mend in faults(document)] == [("/pinned/0", True)]


def test_visits_of_any_random_plan_can_be_pinned() -> None:
    for seed in range(60):
        random = Random(seed)
        instance = random_instance(random)
        plan = random_plan(random, instance)
        document = instance.to_json() | {"pinned": [visit.to_json() for visit in plan.visits]}
        document["costs"] |= {"budget": None}
        assert instance_from_json(document).pinned == plan.visits
