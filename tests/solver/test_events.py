"""Events of several teams, held by as many as they need or not at all; and team-days shared out by points."""

from random import Random
from typing import Any

import numpy as np
import pytest

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.posed import Posed
from solver.replan import replan
from solver.solve import Solution, solve
from solver.stopping import Limits
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.exhaustive import best_recounts
from tests.solver.paused_instances import paused_document
from tests.solver.random_instances import Document, random_document

MASS = {
    "id": "S1", "name": "Gebyar", "area": "A1", "kind": "village", "place": 1, "people": 400, "connectivity": 4,
    "fixed_minutes": 240, "setup_minutes": 30, "max_visit_dates": 1, "min_gap_days": 1, "max_teams": 3, "min_teams": 2,
    "must": False, "dates": "11", "windows": [[480, 900]],
}  # fmt: skip


def event_document(*, teams: int = 2, dates: tuple[str, ...] = ("11", "11")) -> Document:
    """One event and one small clinic, two dates."""
    clinic = MASS | {"id": "S2", "name": "Clinic", "people": 60, "fixed_minutes": None, "max_teams": 1, "min_teams": 1}
    team = {
        "place": 0, "operators": 2, "minutes_per_activation": 6, "satellite": False, "shift": [480, 930],
        "max_stops": 3,
    }  # fmt: skip
    return {
        "format": "outreach-2",
        "name": "event",
        "dates": ["2023-11-14", "2023-11-15"],
        "slot_minutes": 30,
        "target": {"gap": 10_000, "walk_ins_per_day": 0},
        "connectivity": {
            "satellite_level": 3,
            "success_percent": [0, 75, 88, 95, 100],
            "throughput_percent": [0, 45, 70, 90, 100],
        },
        "travel": {"minutes": [[0, 30], [30, 0]], "metres": [[0, 15_000], [15_000, 0]]},
        "areas": [{"id": "A1", "name": "Area", "min_activations": 0}],
        "sites": [dict(MASS), clinic],
        "teams": [team | {"id": f"T{k + 1}", "dates": dates[k]} for k in range(teams)],
        "costs": {"per_km": 1000, "per_team_day": 100_000, "budget": None},
        "weights": {
            "must": 0, "pin": 0, "shortfall": 1000, "area_shortfall": 0, "per_million_cost": 1000, "late": 2,
            "moved": 0,
        },
        "pinned": [],
        "published": [],
    }  # fmt: skip


def solved(document: Document, *, iterations: int = 300, seed: int = 1) -> tuple[Instance, Solution]:
    instance = instance_from_json(document)
    return instance, solve(instance, Limits(iterations=iterations), seed=seed)


def teams_at(found: Solution, site: str = "S1") -> dict[str, set[str]]:
    """Who is at a site, by date."""
    teams: dict[str, set[str]] = {}
    for visit in found.plan.visits:
        if visit.site == site:
            teams.setdefault(visit.date.isoformat(), set()).add(visit.team)
    return teams


def test_event_is_held_by_all_the_teams_it_needs() -> None:
    _, found = solved(event_document())
    assert list(teams_at(found).values()) == [{"T1", "T2"}]
    # 2 operators for 240 minutes at 6 minutes a person are 80 people a team, the clinic's 60 come on the other date.
    assert found.recount.activations == 2 * 80 + 60


def test_event_that_too_few_can_come_to_is_not_held() -> None:
    _, found = solved(event_document(dates=("10", "01")))
    assert teams_at(found) == {}
    assert found.recount.feasible
    assert found.recount.activations == 60


@pytest.mark.parametrize("iterations", [0, 300])
def test_event_that_must_be_held_is_held_even_by_the_first_plan(iterations: int) -> None:
    document = event_document()
    document["weights"]["must"] = 1_000_000
    document["sites"][0]["must"] = True
    _, found = solved(document, iterations=iterations)
    assert list(teams_at(found).values()) == [{"T1", "T2"}]


def test_event_with_breaks_is_held_by_all_or_by_none() -> None:
    for start in (690, 780):
        document = event_document()
        for team in document["teams"]:
            team["breaks"] = [{"minutes": 60, "window": [start, start + 90]}]
        _, found = solved(document)
        assert list(teams_at(found).values()) == [{"T1", "T2"}]
        assert found.recount.feasible


def test_whoever_worked_more_before_is_sent_out_less() -> None:
    document = event_document()
    document["sites"][0] |= {"min_teams": 1, "max_teams": 1, "max_visit_dates": 2}
    document["sites"][1]["people"] = 0
    document["weights"]["spread"] = 1000
    for tired, rested in ((0, 1), (1, 0)):
        document["teams"][tired]["history"] = {"points": 12, "dates": 20}
        document["teams"][rested]["history"] = {"points": 10, "dates": 20}
        _, found = solved(document)
        assert {visit.team for visit in found.plan.visits} == {document["teams"][rested]["id"]}
        assert found.recount.added is not None
        assert found.recount.added.spread == 0


def random_events(random: Random) -> Document:
    """A tiny instance whose sites may need two teams, and whose teams may have a history of points."""
    document = random_document(random, sites=2, teams=random.choice([2, 2, 3]), dates=random.choice([1, 1, 2]))
    document |= {"format": "outreach-2", "pinned": [], "published": []}
    document["costs"]["budget"] = None
    document["weights"] |= {"fairness": 0, "spread": random.choice([0, 20, 100])}
    document["slot_minutes"] = 60
    for site in document["sites"]:
        if random.random() < 0.7:
            site |= {"max_teams": 3, "min_teams": 2}
    for team in document["teams"]:
        team |= {"max_stops": random.choice([1, 2]), "dates": "1" * len(document["dates"])}
        if random.random() < 0.5:
            team["history"] = {"points": random.randint(0, 20), "dates": random.randint(0, 20)}
    return document


def test_plans_reach_the_best_of_all_plans_and_no_plan_passes_the_bound() -> None:
    judge, tally = load_next_referee().judge, Tally()
    tried = uneven = reached = events = 0
    for seed in range(60):
        document = random_events(Random(seed))
        instance = instance_from_json(document)
        every = best_recounts(instance, most_plans=30_000)
        if every is None:
            continue
        best, _ = every
        found = solve(instance, Limits(iterations=400), seed=seed)
        assert found.recount.feasible, seed
        assert found.plan.bound_milli is not None
        assert found.recount.value_milli <= best.value_milli <= found.plan.bound_milli, seed
        tried += 1
        # Nobody is sent where nothing is won to even out the work, though the best of all plans may do so.
        uneven += instance.weights.spread > 0
        reached += instance.weights.spread == 0 and found.recount.value_milli == best.value_milli
        needy = {site.id for site in instance.sites if site.min_teams > 1}
        events += any(visit.site in needy for visit in found.plan.visits)
        plan = in_format_of(instance, found.plan).to_json()
        compare(instance, document, plan=plan, judge=judge, tally=tally, label=str(seed))
    assert tally.disagreements == []
    assert tally.feasible == tried
    assert reached == tried - uneven > 15
    assert events > 5


def test_plans_with_pins_at_events_reach_the_best_of_all_plans() -> None:
    tried = reached = kept = 0
    for seed in range(60):
        random = Random(seed)
        document = random_events(random)
        document["weights"] |= {"spread": 0, "must": 0, "pin": 10_000_000}
        site, team = random.choice(document["sites"]), random.choice(document["teams"])
        d = random.randrange(len(document["dates"]))
        if site.get("min_teams", 1) == 1 or not site["windows"]:
            continue
        minutes = site.get("fixed_minutes") or 60
        start = site["windows"][0][0] + random.choice([0, 0, 30, 60])
        document["pinned"] = [
            {"team": team["id"], "date": document["dates"][d], "site": site["id"], "start": start, "minutes": minutes}
        ]
        try:
            instance = instance_from_json(document)
        except InvalidInstance:  # a pin out of hours or out of reach
            continue
        every = best_recounts(instance, most_plans=30_000)
        if every is None:
            continue
        best, _ = every
        found = solve(instance, Limits(iterations=400), seed=seed)
        assert found.recount.feasible, seed
        assert found.plan.bound_milli is not None
        assert found.recount.value_milli <= best.value_milli <= found.plan.bound_milli, seed
        assert found.recount.pins_missed == best.pins_missed, seed
        tried, kept = tried + 1, kept + (best.pins_missed == 0)
        reached += found.recount.value_milli == best.value_milli
    assert reached == tried
    assert kept > 10


def test_half_an_event_is_in_no_plan_read_off() -> None:
    instance = instance_from_json(event_document())
    posed = Posed(instance)
    alone = [[0, 0, 0, 510, 240]]
    both = [*alone, [1, 0, 0, 510, 240]]
    assert posed.plan(np.array(alone, dtype=np.int32)).visits == ()
    assert len(posed.plan(np.array(both, dtype=np.int32)).visits) == 2


def test_random_plans_with_breaks_and_events_are_feasible() -> None:
    held = 0
    for seed in range(12):
        document: dict[str, Any] = paused_document(Random(seed), sites=4, teams=3, dates=2)
        for site in document["sites"][::2]:
            site |= {"max_teams": 3, "min_teams": 2}
        _, found = solved(document, iterations=200, seed=seed)
        assert found.recount.feasible, seed
        needy = {site["id"] for site in document["sites"][::2]}
        held += any(visit.site in needy for visit in found.plan.visits)
    assert held > 2


def published_event(*, ill: bool) -> tuple[Document, list[dict[str, Any]]]:
    """The event held by two of three teams, as it was announced; with `ill` the second is not there."""
    document = event_document(teams=3, dates=("11", "11", "11"))
    visits = [{"team": team, "date": "2023-11-14", "site": "S1", "start": 510, "minutes": 240} for team in ("T1", "T2")]
    document["published"] = visits
    document["weights"] |= {"moved": 50, "spread": 1}
    if ill:
        document["teams"][1]["dates"] = "01"
        document["sites"][0]["dates"] = "10"
    return document, visits


def test_replanning_keeps_an_event_that_nothing_happened_to() -> None:
    document, visits = published_event(ill=False)
    found = replan(instance_from_json(document), Limits(iterations=200))
    assert found.recount.feasible
    assert {(visit.team, visit.site) for visit in found.plan.visits} >= {(one["team"], "S1") for one in visits}
    assert found.changes.disturbed == 0


def test_replanning_sends_another_team_to_an_event_or_nobody() -> None:
    document, _ = published_event(ill=True)
    found = replan(instance_from_json(document), Limits(iterations=200))
    assert found.recount.feasible
    at_event = [(visit.team, visit.date.isoformat()) for visit in found.plan.visits if visit.site == "S1"]
    assert sorted(at_event) == [("T1", "2023-11-14"), ("T3", "2023-11-14")]
    document["teams"][2]["dates"] = "01"
    alone = replan(instance_from_json(document), Limits(iterations=200))
    assert alone.recount.feasible
    assert "S1" not in {visit.site for visit in alone.plan.visits}


PIN = {"team": "T1", "date": "2023-11-14", "site": "S1", "start": 510, "minutes": 240}


@pytest.mark.parametrize("iterations", [0, 200])
def test_other_teams_join_the_one_that_is_pinned_at_an_event(iterations: int) -> None:
    document = event_document(teams=3, dates=("11", "11", "11"))
    document["weights"]["pin"] = 1_000_000
    document["sites"][1]["people"] = 2_000
    document["pinned"] = [PIN]
    _, found = solved(document, iterations=iterations)
    assert found.recount.feasible
    assert found.recount.pins_missed == 0
    assert {*found.plan.visits} >= {*instance_from_json(document).pinned}
    assert len(teams_at(found)["2023-11-14"]) >= 2


def test_a_pin_at_an_event_that_nobody_can_join_is_missed() -> None:
    document = event_document(dates=("11", "01"))
    document["weights"]["pin"] = 1_000_000
    document["pinned"] = [PIN]
    _, found = solved(document)
    assert found.recount.feasible
    assert found.recount.pins_missed == 1
    assert PIN["date"] not in teams_at(found)


def test_whoever_is_free_or_wins_least_elsewhere_joins_an_event_when_a_team_falls_ill() -> None:
    document, _ = published_event(ill=True)
    document["pinned"] = [PIN]
    document["weights"]["pin"] = 1_000_000
    clinic = {"team": "T3", "date": "2023-11-14", "site": "S2", "start": 510, "minutes": 60}
    document["published"].append(clinic)
    document["teams"][2]["max_stops"] = 1
    found = replan(instance_from_json(document), Limits(iterations=0))
    assert found.recount.feasible
    assert found.recount.pins_missed == 0
    at_event = [(visit.team, visit.date.isoformat()) for visit in found.plan.visits if visit.site == "S1"]
    assert sorted(at_event) == [("T1", "2023-11-14"), ("T3", "2023-11-14")]


def test_event_whose_teams_are_all_pinned_is_held_with_them() -> None:
    document, visits = published_event(ill=False)
    document["pinned"] = visits
    again = replan(instance_from_json(document), Limits(iterations=200))
    anew = solve(instance_from_json(document | {"published": []}), Limits(iterations=200))
    for recount in (again.recount, anew.recount):
        assert recount.feasible
        assert recount.pins_missed == 0
