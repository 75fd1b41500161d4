"""Sites called impossible serve nobody in any plan with documents, kits, events and breaks: all plans are tried."""

import math
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import pytest

from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.instance import Instance
from solver.contract.journal import open_journal
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.questions.possibility import Possibilities, Possibility, Rule
from solver.questions.rule_words import long_rule
from tests.solver.coast import coast_document
from tests.solver.document_instances import days_with_documents, documents_document
from tests.solver.paused_instances import EveryDay, paused_document

MOST_PLANS = 6_000


def served_somewhere(instance: Instance, plans: Iterator[tuple[Plan, bool]]) -> set[str]:
    """The sites at which some feasible plan serves somebody."""
    served: set[str] = set()
    for plan, is_new in plans:
        sites = {visit.site for visit in plan.visits}
        if not is_new or sites <= served or not verify(instance, plan).feasible:
            continue
        book = open_book(instance, plan.visits, journal=open_journal(instance, plan.rows))
        served |= {stop.site.id for record in book.records for stop, _, won in wins_by_document(book, record) if won}
    return served


def plans_with_documents(instance: Instance) -> list[tuple[Plan, bool]] | None:
    """All plans with every share of the minutes; None if there are too many."""
    days = [
        list(days_with_documents(instance, team, day))
        for team in instance.teams
        for works, day in zip(team.work_dates, instance.dates, strict=True)
        if works
    ]
    if math.prod(len(options) for options in days) > MOST_PLANS:
        return None
    plans = []
    for chosen in product(*days):
        visits = tuple(visit for day, _ in chosen for visit in day)
        rows = Rows(kits=tuple(load for _, loads in chosen for load in loads))
        plans.append((Plan(visits=visits, rows=rows), bool(visits)))
    return plans


def plans_with_breaks(instance: Instance) -> list[tuple[Plan, bool]]:
    days = EveryDay(instance)
    choices = [
        list(days.of(team, day))
        for team in instance.teams
        for day, works in zip(instance.dates, team.work_dates, strict=True)
        if works
    ]
    plans = []
    for chosen in product(*choices):
        visits = tuple(visit for day, _ in chosen for visit in day)
        pauses = tuple(pause for day, some in chosen if day for pause in some)
        plans.append((Plan(visits=visits, rows=Rows(breaks=pauses)), bool(visits)))
    return plans


def test_no_plan_serves_anybody_where_documents_and_kits_and_events_are_called_impossible() -> None:
    tried = impossible = open_sites = 0
    named: set[Rule] = set()
    for seed in range(160):
        random = Random(seed)
        document = documents_document(random, sites=2, teams=random.choice([1, 2]), dates=1)
        for site in document["sites"]:
            site["must"] = False
        instance = instance_from_json(document)
        plans = plans_with_documents(instance)
        if plans is None:
            continue
        served, possibilities = served_somewhere(instance, iter(plans)), Possibilities(instance)
        for site in instance.sites:
            judged = possibilities.judge(site)
            assert judged.possible + sum(count for _, count in judged.by_rule) == judged.team_days
            assert judged.rule is None or site.id not in served, (seed, site.id, judged)
            named |= {rule for rule, _ in judged.by_rule}
            impossible += judged.rule is not None
            open_sites += judged.rule is None and site.id not in served
        tried += 1
    assert tried > 80
    assert impossible > 40
    assert open_sites == 0
    assert {Rule.NOT_ISSUED, Rule.TOO_FEW_KITS, Rule.TOO_FEW_TEAMS} <= named


def test_no_plan_serves_anybody_where_breaks_are_in_the_way() -> None:
    impossible = possible = in_way = 0
    for seed in range(120):
        document = paused_document(Random(seed), sites=2, teams=1, dates=1)
        for site in document["sites"]:
            site["must"] = False
        if seed % 2:
            document["teams"][0]["breaks"] = [{"minutes": 400, "window": [485, 925]}]
        instance = instance_from_json(document)
        served, possibilities = served_somewhere(instance, iter(plans_with_breaks(instance))), Possibilities(instance)
        for site in instance.sites:
            judged = possibilities.judge(site)
            assert judged.rule is None or site.id not in served, (seed, site.id, judged)
            impossible += judged.rule is not None
            possible += site.id in served
            in_way += Rule.BREAK_MISSED in dict(judged.by_rule)
    assert min(impossible, possible) > 20
    assert in_way > 3


def judged(change: dict[str, Any], site: str = "harbour") -> tuple[Instance, Possibility]:
    """The coast as an `outreach-2` instance, changed at the top, and what is said of a site."""
    document = coast_document() | {"format": "outreach-2"} | change
    instance = instance_from_json(document)
    return instance, Possibilities(instance).judge(next(one for one in instance.sites if one.id == site))


PAPER = {"id": "kia", "gap": None, "minutes": 5, "shortfall": 400, "kit": "printer", "needs_signal": False}


def only_papers() -> dict[str, Any]:
    """A site where people need children's cards alone."""
    sites = coast_document()["sites"]
    sites[0] |= {"people": 0, "people_by_document": {"kia": 9}}
    return {"documents": [PAPER], "sites": sites}


def test_document_that_no_team_issues_is_named() -> None:
    _, found = judged(only_papers() | {"teams": [coast_document()["teams"][0] | {"documents": ["ikd"]}]})
    assert (found.rule, found.documents) == (Rule.NOT_ISSUED, ("kia",))
    assert "(kia)" in long_rule(found).id
    assert "(kia)" in long_rule(found).en


def test_machine_that_nobody_has_is_named_and_one_of_a_pool_is_enough() -> None:
    _, found = judged(only_papers())
    assert found.rule == Rule.TOO_FEW_KITS
    pool = {"id": "P", "kind": "printer", "count": 1, "dates": "10"}
    _, found = judged(only_papers() | {"kits": [pool]})
    assert (found.rule, found.possible, dict(found.by_rule)) == (None, 1, {Rule.TOO_FEW_KITS: 1})


def test_set_that_is_there_on_other_dates_is_no_lack_of_signal() -> None:
    sites = coast_document()["sites"]
    sites[0]["connectivity"] = 0
    pool = {"id": "P", "kind": "satellite", "count": 1}
    _, found = judged({"sites": sites, "kits": [pool | {"dates": "00"}]})
    assert found.rule == Rule.TOO_FEW_KITS
    _, found = judged({"sites": sites, "kits": [pool | {"dates": "01"}]})
    assert (found.rule, found.possible) == (None, 1)
    _, found = judged({"sites": sites, "kits": [pool | {"teams": []}]})
    assert found.rule == Rule.NO_SIGNAL


def event(**change: Any) -> dict[str, Any]:
    document = coast_document()
    document["sites"][0] |= {"max_teams": 2, "min_teams": 2}
    document["teams"].append(document["teams"][0] | {"id": "T2"} | change)
    return {"sites": document["sites"], "teams": document["teams"]}


def test_event_needs_as_many_teams_on_one_date() -> None:
    _, found = judged(event(dates="00"))
    assert (found.rule, found.possible) == (Rule.TOO_FEW_TEAMS, 0)
    assert "2 tim" in long_rule(found).id
    assert "2 teams" in long_rule(found).en
    _, found = judged(event(dates="01"))
    assert (found.rule, found.possible) == (None, 2)
    # One who serves nobody there makes the event whole.
    _, found = judged(event(dates="01", operators=0))
    assert (found.rule, found.possible) == (None, 1)


def test_event_that_only_more_money_than_there_is_would_hold_is_over_budget() -> None:
    costs = {"costs": {"per_km": 0, "per_team_day": 10, "budget": 19}}
    ways = [[0, 20, 20], [20, 0, 20], [20, 20, 0]]
    _, found = judged(event() | costs | {"travel": {"minutes": ways, "metres": ways}})
    assert found.rule == Rule.OVER_BUDGET


@pytest.mark.parametrize(("minutes", "rule"), [(60, None), (480, Rule.BREAK_MISSED)])
def test_break_that_leaves_no_room_is_named(minutes: int, rule: Rule | None) -> None:
    teams = [coast_document()["teams"][0] | {"breaks": [{"minutes": minutes, "window": [490, 990]}]}]
    _, found = judged({"teams": teams, "travel": {"minutes": [[0, 20, 900]] * 3, "metres": [[0, 20, 900]] * 3}})
    assert found.rule == rule
    if rule is not None:
        assert "jam istirahat" in long_rule(found).id
        assert "break" in long_rule(found).en
