"""What bounds an instance bounds every narrower one; what allows more is told apart from what allows less."""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.restriction import allows_more, carried_bound
from tests.solver.exhaustive import best_recounts
from tests.solver.random_instances import random_document, random_plan
from tests.solver.random_journeys import next_document, next_plan
from tests.solver.week import week, week_document, week_visits

Document = dict[str, Any]


def changed(change: Callable[[Document], None]) -> Instance:
    document = week_document()
    change(document)
    document["pinned"], document["published"] = [], []
    return instance_from_json(document)


def less_of(key: str, index: int, field: str, value: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document[key][index][field] = value

    return change


NARROWER = {
    "a team is on leave": less_of("teams", 0, "dates", "010"),
    "a team comes back earlier": less_of("teams", 0, "shift", [480, 900]),
    "an operator is ill": less_of("teams", 0, "operators", 1),
    "a slower team": less_of("teams", 0, "minutes_per_activation", 60),
    "fewer people": less_of("sites", 0, "people", 3),
    "a site is closed": less_of("sites", 0, "dates", "000"),
    "a site opens later": less_of("sites", 0, "windows", [[600, 700]]),
    "a site takes fewer dates": less_of("sites", 0, "max_visit_dates", 0),
    "a longer set-up": less_of("sites", 0, "setup_minutes", 59),
    "a site is gone": lambda document: document["sites"].pop(),
    "a site needs a kit": lambda d: d["sites"][0].update(needs_kits=["satellite"]),
    "a team is gone": lambda document: document["teams"].pop(),
}
WIDER = {
    "a team works more": (less_of("teams", 1, "dates", "111"), "dates"),
    "a team stays longer": (less_of("teams", 0, "shift", [0, 1400]), "shift"),
    "one more operator": (less_of("teams", 0, "operators", 9), "pace"),
    "more people": (less_of("sites", 0, "people", 9999), "people"),
    "a site is open longer": (less_of("sites", 0, "windows", [[0, 1400]]), "windows"),
    "a site takes more dates": (less_of("sites", 0, "max_visit_dates", 9), "max_visit_dates"),
    "a team makes more stops": (less_of("teams", 0, "max_stops", 9), "max_stops"),
    "a budget grows": (lambda document: document["costs"].update(budget=700_001), "budget"),
    "a base moved": (less_of("teams", 0, "place", 1), "base"),
}


@pytest.mark.parametrize("change", NARROWER.values(), ids=NARROWER.keys())
def test_what_allows_less_keeps_the_bound(change: Callable[[Document], None]) -> None:
    assert allows_more(changed(change), week()) is None
    assert carried_bound(changed(change), week(), wide_bound=77) == 77


@pytest.mark.parametrize(("change", "reason"), WIDER.values(), ids=WIDER.keys())
def test_what_may_allow_more_keeps_none_and_is_named(change: Callable[[Document], None], reason: str) -> None:
    assert reason in str(allows_more(changed(change), week()))
    assert carried_bound(changed(change), week(), wide_bound=77) is None


def test_days_that_are_over_come_off_the_bound_with_their_people() -> None:
    wide, visits = week(), [visit for visit in week_visits() if visit.date.day == 13]
    won = {outcome.visit.site: outcome.served for outcome in verify(wide, Plan(visits=tuple(visits))).by_visit}
    document = week_document()
    document["pinned"], document["published"] = [], []
    document["dates"] = document["dates"][2:]
    for record in (*document["sites"], *document["teams"]):
        record["dates"] = record["dates"][2:]
    for site in document["sites"]:
        site["people"] -= won.get(site["id"], 0)
        site["max_visit_dates"] -= site["id"] in won
        site["windows_on"] = {}
    document["costs"]["budget"] = 300_000
    wide_document = week_document()
    for site in wide_document["sites"]:
        site["windows_on"] = {}
        site["min_gap_days"] = min(site["min_gap_days"], 3)
    narrow, wide = instance_from_json(document), instance_from_json(wide_document)
    assert allows_more(narrow, wide) is None
    assert sum(won.values()) > 0
    assert carried_bound(narrow, wide, wide_bound=500, before=visits) == 500 - sum(won.values())
    # Money that both together may not spend: nothing is known of the two as one plan.
    document["costs"]["budget"] = 700_000
    assert carried_bound(instance_from_json(document), wide, wide_bound=500, before=visits) == 500
    document["costs"]["budget"] = 300_000
    # The same without the people having been taken off: then the days before may not be counted on.
    site = next(site for site in document["sites"] if site["id"] in won)
    site["people"] += 1
    assert carried_bound(instance_from_json(document), wide, wide_bound=500, before=visits) == 500


def narrowed(random: Random, document: Document) -> Document:
    """Less, or now and then more, of a few things."""
    other = deepcopy(document)
    other["pinned"], other["published"] = [], []
    for _ in range(random.randint(1, 3)):
        site, team = random.choice(other["sites"]), random.choice(other["teams"])
        change = random.randrange(8)
        if change == 0:
            team["dates"] = "".join(random.choice("01") if bit == "1" else bit for bit in team["dates"])
        elif change == 1:
            site["people"] = max(0, site["people"] + random.choice([-20, -5, 0, 5]))
        elif change == 2:
            team["shift"] = [team["shift"][0] + random.choice([-10, 0, 30]), team["shift"][1] - 15]
            team["shift"][1] = max(team["shift"])
            team["shift"][0] = max(0, team["shift"][0])
        elif change == 3:
            site["setup_minutes"] = max(0, site["setup_minutes"] + random.choice([-5, 0, 10]))
        elif change == 4:
            team["operators"] = max(0, team["operators"] - random.choice([-1, 0, 1]))
        elif change == 5:
            site["windows"] = [
                [start + random.choice([0, 10]), max(start + 10, end - random.choice([0, 10, -10]))]
                for start, end in site["windows"]
            ]
        elif change == 6:
            site["dates"] = "0" * len(site["dates"])
        else:
            team["max_stops"] = max(0, team["max_stops"] + random.choice([-1, 0, 1]))
    return other


def with_kits(change: Callable[[Document], object] = lambda document: None) -> Instance:
    """The golden week with lunch for a team and two sets for both, changed."""
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["kits"] = [{"id": "set", "kind": "satellite", "count": 2, "cost_per_day": 9, "teams": ["T1", "T2"]}]
    document["teams"][0]["breaks"] = [{"minutes": 30, "window": [690, 780], "dates": "011"}]
    change(document)
    return instance_from_json(document)


FEWER_KITS: dict[str, Callable[[Document], object]] = {
    "as many": lambda d: None,
    "no pool": lambda d: d["kits"].clear(),
    "one kit fewer": lambda d: d["kits"][0].update(count=1),
    "for one team": lambda d: d["kits"][0].update(teams=["T2"]),
    "on one date": lambda d: d["kits"][0].update(dates="010"),
    "dearer": lambda d: d["kits"][0].update(cost_per_day=10),
    "a team is gone": lambda d: (d["teams"].pop(), d["kits"][0].pop("teams")),
}
MORE_KITS: dict[str, tuple[Callable[[Document], object], str]] = {
    "one kit more": (lambda d: d["kits"][0].update(count=3), "kits set: count"),
    "more for a team": (lambda d: d["kits"][0].update(max_per_team=2), "kits set: count"),
    "another kind": (lambda d: d["kits"][0].update(kind="printer"), "kits set"),
    "another pool": (lambda d: d["kits"].append({"id": "more", "kind": "satellite", "count": 1}), "kits more"),
    "no break": (lambda d: d["teams"][0]["breaks"].clear(), "team T1: breaks"),
    "a shorter break": (lambda d: d["teams"][0]["breaks"][0].update(minutes=15), "team T1: breaks"),
    "a break on other dates": (lambda d: d["teams"][0]["breaks"][0].update(dates="001"), "team T1: breaks"),
    "a better signal": (lambda d: d["connectivity"].update(satellite_level=4), "pace"),
}


@pytest.mark.parametrize("case", FEWER_KITS)
def test_fewer_kits_keep_the_bound(case: str) -> None:
    assert allows_more(with_kits(FEWER_KITS[case]), with_kits()) is None


@pytest.mark.parametrize("case", MORE_KITS)
def test_more_kits_or_other_breaks_keep_none(case: str) -> None:
    change, reason = MORE_KITS[case]
    assert reason in str(allows_more(with_kits(change), with_kits()))


def test_kit_that_a_site_needs_no_more_or_that_a_team_has_now_keeps_none() -> None:
    needing = with_kits(lambda d: d["sites"][0].update(needs_kits=["recorder"]))
    assert allows_more(needing, needing) is None
    assert "needs_kits" in str(allows_more(with_kits(), needing))
    own = needing.to_json()
    own["teams"][0]["kits"] = {"recorder": 1}
    assert "needs_kits" in str(allows_more(instance_from_json(own), needing))


def test_kits_for_more_teams_or_dates_or_less_of_a_budget_keep_none() -> None:
    few = with_kits(lambda d: (d["kits"][0].update(dates="010", teams=["T2"]), d["costs"].update(budget=10**7)))
    for change, reason in (
        (lambda d: d["kits"][0].pop("teams"), "teams"),
        (lambda d: d["kits"][0].update(dates="011", teams=["T2"]), "dates"),
        (lambda d: d["kits"][0].update(dates="010", teams=["T2"], cost_per_day=8), "cost"),
    ):
        document = few.to_json()
        change(document)
        assert f"kits set: {reason}" in str(allows_more(instance_from_json(document), few))


def away(change: Callable[[Document], None] = lambda document: None) -> Instance:
    """The week with a lodging, boats and a budget, changed."""
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["lodgings"] = [{"id": "inn", "place": 1, "max_teams": 2, "cost_per_night": 50_000, "dates": "110"}]
    document["stations"] = [{"id": "pier", "place": 0}, {"id": "quay", "place": 2}]
    boat = {"id": "boat", "from": "pier", "to": "quay", "departs": [480, 540], "minutes": 30}
    document["connections"] = [boat | {"fare": 40_000, "max_teams": 2, "dates": "110"}]
    document["teams"][0] |= {"max_nights": 2, "rest_days": 1, "away_shift": [420, 1000]}
    document["costs"]["budget"] = 10**7
    change(document)
    return instance_from_json(document)


NIGHTS_AND_RIDES = {
    "more nights": (less_of("teams", 0, "max_nights", 3), "team T1: nights"),
    "less rest": (less_of("teams", 0, "rest_days", 0), "team T1: nights"),
    "earlier away": (less_of("teams", 0, "away_shift", [400, 1000]), "team T1: away_shift"),
    "later away": (less_of("teams", 0, "away_shift", [420, 1010]), "team T1: away_shift"),
    "one more lodging": (lambda d: d["lodgings"].append({"id": "hall", "place": 2}), "lodging hall"),
    "a lodging elsewhere": (less_of("lodgings", 0, "place", 2), "lodging inn"),
    "more beds": (less_of("lodgings", 0, "max_teams", 3), "lodging inn: beds"),
    "any beds": (less_of("lodgings", 0, "max_teams", None), "lodging inn: beds"),
    "cheaper nights": (less_of("lodgings", 0, "cost_per_night", 0), "lodging inn: cost"),
    "a lodging on another date": (less_of("lodgings", 0, "dates", "111"), "lodging inn: dates"),
    "one more boat": (
        lambda d: d["connections"].append(d["connections"][0] | {"id": "ferry"}),
        "connection ferry",
    ),
    "a quicker boat": (less_of("connections", 0, "minutes", 20), "connection boat"),
    "an earlier boat": (less_of("connections", 0, "departs", [470, 540]), "connection boat: departs"),
    "a later boat": (less_of("connections", 0, "departs", [480, 550]), "connection boat: departs"),
    "more seats": (less_of("connections", 0, "max_teams", 3), "connection boat: seats"),
    "a cheaper boat": (less_of("connections", 0, "fare", 0), "connection boat: fare"),
    "a boat on another date": (less_of("connections", 0, "dates", "111"), "connection boat: dates"),
    "a pier elsewhere": (less_of("stations", 0, "place", 1), "station pier"),
    "a site in another zone": (less_of("sites", 1, "zone", "island"), "zone"),
    "a date between two is gone": (lambda d: _without_date(d, 1), "dates of nights"),
}


def _without_date(document: Document, d: int) -> None:
    document["dates"].pop(d)
    for record in (*document["sites"], *document["teams"], *document["lodgings"], *document["connections"]):
        record["dates"] = record["dates"][:d] + record["dates"][d + 1 :]


@pytest.mark.parametrize("case", NIGHTS_AND_RIDES)
def test_more_nights_or_boats_are_told_by_name(case: str) -> None:
    change, reason = NIGHTS_AND_RIDES[case]
    assert reason in str(allows_more(away(change), away()))


FEWER_NIGHTS_AND_RIDES = {
    "nothing": lambda document: None,
    "fewer nights": less_of("teams", 0, "max_nights", 1),
    "more rest": less_of("teams", 0, "rest_days", 4),
    "a shorter shift away": less_of("teams", 0, "away_shift", [430, 900]),
    "no lodging": lambda document: document["lodgings"].clear(),
    "fewer beds": less_of("lodgings", 0, "max_teams", 1),
    "dearer nights": less_of("lodgings", 0, "cost_per_night", 60_000),
    "no boat": lambda document: document["connections"].clear(),
    "a boat with a timetable": less_of("connections", 0, "departs", [500, 500]),
    "a boat on fewer dates": less_of("connections", 0, "dates", "010"),
    "the last date is gone": lambda document: _without_date(document, 2),
}


@pytest.mark.parametrize("case", FEWER_NIGHTS_AND_RIDES)
def test_fewer_nights_or_boats_allow_no_more(case: str) -> None:
    assert allows_more(away(FEWER_NIGHTS_AND_RIDES[case]), away()) is None


def test_plans_with_nights_and_rides_of_a_narrower_instance_are_those_of_the_wider() -> None:
    rows = kept = 0
    for seed in range(250):
        random = Random(seed)
        document = next_document(random, sites=4, teams=2, dates=4)
        for table in ("pinned_nights", "pinned_rides", "documents"):
            document.pop(table, None)
        for record in (*document["sites"], *document["teams"]):
            for name in ("documents", "people_by_document"):
                record.pop(name, None)
        less = deepcopy(document)
        for team in less["teams"]:
            team["max_nights"] = min(team.get("max_nights", 0), random.choice([1, 9]))
            team["rest_days"] = team.get("rest_days", 0) + random.choice([0, 1])
        less["lodgings"] = [row for row in less.get("lodgings", ()) if random.random() < 0.8]
        less["connections"] = [row for row in less.get("connections", ()) if random.random() < 0.8]
        try:
            wide, narrow = instance_from_json(document), instance_from_json(less)
        except InvalidInstance:
            continue  # a boat led to a lodging that is gone
        assert allows_more(narrow, wide) is None, seed
        plan = Plan.from_json(next_plan(random, narrow, tries=25))
        here, there = verify(narrow, plan), verify(wide, plan)
        assert here.feasible
        assert there.violations == (), seed
        assert here.activations <= there.activations
        kept += 1
        rows += len(plan.rows.nights) + len(plan.rows.rides)
    assert kept > 150
    assert rows > 40


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_plan_of_a_narrower_instance_is_one_of_the_wider_and_wins_no_more(seed: int) -> None:
    random = Random(seed)
    document = random_document(random, sites=random.randint(1, 5), teams=random.randint(1, 2), dates=3)
    wide, narrow = instance_from_json(document), instance_from_json(narrowed(random, document))
    if allows_more(narrow, wide) is not None:
        return
    for _ in range(3):
        plan = random_plan(random, narrow, tries=30)
        here, there = verify(narrow, plan), verify(wide, Plan(visits=plan.visits))
        assert not there.violations
        assert here.activations <= there.activations


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_of_the_days_left_wins_more_than_the_bound_that_carried_over(seed: int) -> None:
    random = Random(seed)
    document = random_document(random, sites=3, teams=1, dates=3)
    document["pinned"], document["published"] = [], []
    wide = instance_from_json(document)
    best = best_recounts(wide, most_plans=30_000)
    if best is None:
        return
    before = [visit for visit in random_plan(random, wide, tries=30).visits if visit.date == wide.dates[0]]
    served: dict[str, int] = {}
    for outcome in verify(wide, Plan(visits=tuple(before))).by_visit:
        served[outcome.visit.site] = served.get(outcome.visit.site, 0) + outcome.served
    rest = deepcopy(document)
    rest["dates"] = rest["dates"][1:]
    for record in (*rest["sites"], *rest["teams"]):
        record["dates"] = record["dates"][1:]
    for site in rest["sites"]:
        site.get("windows_on", {}).pop(document["dates"][0], None)
        if site["id"] in {visit.site for visit in before}:
            site["max_visit_dates"] = max(0, site["max_visit_dates"] - 1)
            site["people"] -= served.get(site["id"], 0)
    narrow = instance_from_json(rest)
    left = best_recounts(narrow, most_plans=30_000)
    carried = carried_bound(narrow, wide, wide_bound=best[1], before=before)
    assert left is not None
    if carried is not None:
        assert left[1] <= carried <= best[1]
