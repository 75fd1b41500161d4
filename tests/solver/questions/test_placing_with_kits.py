"""Visits are placed where teams share kits, issue several documents and hold events, at prices that `verify` says."""

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.completed import without_work
from solver.plans.standing_rows import StandingRows
from solver.questions.placement import Kind, Option, against_to_json
from solver.questions.placing import Board, Posed
from solver.questions.possibility import Rule
from tests.solver.document_instances import documents_document
from tests.solver.kit_instances import kit_document
from tests.solver.standing_plans import eased, standing_plan
from tests.solver.week import make_visit, week_document

Case = tuple[Instance, Plan, Board]
CASES = 24


def with_breaks(random: Random, document: dict[str, Any]) -> dict[str, Any]:
    """Teams of one document pause at noon, some of them."""
    for team in document["teams"]:
        if random.random() < 0.5:
            team["breaks"] = [{"minutes": 30, "window": [690, 780]}]
    return document


@cache
def cases(kind: str) -> tuple[Case, ...]:
    made = []
    for seed in range(CASES):
        random = Random(seed)
        make = kit_document if kind == "kits" else documents_document
        document = make(random, sites=random.randint(2, 5), teams=random.randint(1, 3), dates=random.randint(1, 3))
        if kind == "kits" and seed % 3:
            signals = [site["connectivity"] for site in document["sites"]]
            eased(document)
            for site, signal in zip(document["sites"], signals, strict=True):
                site["connectivity"] = signal
        document |= {"pinned": [], "published": []}
        instance = instance_from_json(with_breaks(random, document))
        plan = standing_plan(random, instance, tries=25)
        made.append((instance, plan, Board(Posed(instance), plan.visits, rows=plan.rows)))
    return tuple(made)


def plan_with(instance: Instance, plan: Plan, option: Option) -> Plan:
    """The plan with an option taken by its visits alone, as a planner's edits take it."""
    return StandingRows(instance).plan(plan, option.plan(without_work(plan.visits)))


def assert_holds(instance: Instance, plan: Plan, option: Option) -> None:
    before, whole = verify(instance, plan), plan_with(instance, plan, option)
    after = verify(instance, whole)
    assert after.violations == () == option.broken
    for name in option.price.__slots__:
        assert getattr(option.price, name) == getattr(after, name) - getattr(before, name)
    days = {(day.team, day.date) for day in option.days}
    assert option.rows == Rows(
        breaks=tuple(pause for pause in whole.rows.breaks if (pause.team, pause.date) in days),
        kits=tuple(load for load in whole.rows.kits if (load.team, load.date) in days),
    )
    outcome = next(won for won in after.by_visit if replace(won.visit, work=None) == option.visit)
    assert (outcome.served, outcome.ends_at) == (option.served, option.ends_at)
    served = () if after.added is None else after.added.documents
    gained = {count.document.id: count.served for count in served}
    for document, people in option.further:
        assert 0 < people <= gained[document]


@pytest.mark.parametrize("kind", ["kits", "documents"])
def test_every_offer_and_every_way_to_fill_a_cell_holds_at_its_price(kind: str) -> None:
    kinds: Counter[Kind] = Counter()
    drawn = further = 0
    for instance, plan, board in cases(kind):
        for site in instance.sites[:3]:
            for option in board.offers(site.id).options:
                assert_holds(instance, plan, option)
                assert option.served or option.further or site.must
                kinds[option.kind] += 1
                day = (option.visit.team, option.visit.date)
                had = {load for load in plan.rows.kits if (load.team, load.date) == day}
                drawn += bool(set(option.rows.kits) - had)
                further += bool(option.further)
        moving = [None, *without_work(plan.visits)][-1]
        name = instance.sites[0].id if moving is None else moving.site
        for cell in board.cells(name, visit=moving):
            options, against = board.place(name, (cell.team, cell.date), visit=moving)
            assert (cell.kind is None) == (options == ())
            if cell.kind is None:
                assert against is not None
                assert against.rule == cell.rule
                continue
            assert (cell.kind, cell.value_milli, cell.cost) == (
                options[0].kind,
                options[0].price.value_milli,
                options[0].price.cost,
            )
            for option in options:
                assert_holds(instance, plan, option)
    assert len(kinds) >= 4
    assert drawn if kind == "kits" else further


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    for kind in ("kits", "documents"):
        for instance, plan, board in cases(kind)[:8]:
            again = Board(Posed(instance), plan.visits, rows=plan.rows)
            for site in instance.sites[:2]:
                assert again.offers(site.id) == board.offers(site.id)
                assert again.cells(site.id) == board.cells(site.id)


def week_with_a_set(**pool: Any) -> Instance:
    """The golden week, where S2 has no signal, T1 no set of its own, and the office one for a day."""
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["sites"][1] |= {"connectivity": 0, "must": False}
    document["teams"][0]["satellite"] = False
    document["kits"] = [{"id": "K1", "kind": "satellite", "count": 1, "cost_per_day": 1000} | pool]
    return instance_from_json(document)


def test_team_without_a_set_is_offered_with_the_one_that_is_left() -> None:
    instance = week_with_a_set()
    (offer,) = Board(Posed(instance), []).offers("S2", dates=[instance.dates[0]], most=1).options
    assert offer.served > 0
    assert [(load.team, load.date, load.pool, load.count) for load in offer.rows.kits] == [
        (offer.visit.team, instance.dates[0], "K1", 1)
    ]
    assert_holds(instance, Plan(visits=()), offer)


def test_set_that_is_with_another_team_is_nobodys_to_offer() -> None:
    instance = week_with_a_set()
    held = make_visit("T2", "S1", day=13, start=500, minutes=60)
    document = instance.to_json()
    document["sites"][0]["connectivity"] = 0
    instance = instance_from_json(document)
    rows = StandingRows(instance).rows(Rows(), before=(), after=(held,))
    assert [load.team for load in rows.kits] == ["T2"]
    board = Board(Posed(instance), [held], rows=rows, fixed=[held])
    options, against = board.place("S2", ("T1", instance.dates[0]))
    assert options == ()
    assert against is not None
    assert against.rule == "no_room"
    assert board.place("S2", ("T1", instance.dates[1]))[0] == ()
    assert Board(Posed(instance), []).place("S2", ("T1", instance.dates[0]))[0] != ()


def event(**site: Any) -> Instance:
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["sites"][0] |= {"min_teams": 2, "max_teams": 2} | site
    return instance_from_json(document)


def test_event_is_joined_and_never_begun_or_left_by_one_team() -> None:
    instance = event()
    day = instance.dates[0]
    cells = Board(Posed(instance), []).cells("S1")
    assert all(cell.kind is None for cell in cells)
    assert Rule.TOO_FEW_TEAMS in {cell.rule for cell in cells}
    both: list[Visit] = [make_visit(team, "S1", day=13, start=500, minutes=30) for team in ("T1", "T2")]
    held = Board(Posed(instance), both)
    for site in ("S1", "S2"):
        for option in held.offers(site).options:
            after = option.plan(both)
            assert verify(instance, Plan(visits=after)).violations == ()
            assert sum(visit.site == "S1" and visit.date == day for visit in after) in (0, 2)
    three = event(max_teams=3)
    document = three.to_json()
    document["teams"].append(document["teams"][0] | {"id": "T3"})
    joined = Board(Posed(instance_from_json(document)), both).offers("S1", dates=[day])
    assert [option.visit.team for option in joined.options] == ["T3"]


def test_visit_that_no_gap_needs_is_refused_in_words() -> None:
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["target"] |= {"gap": 0}
    document["documents"] = [{"id": "kia", "gap": 0, "minutes": 5, "shortfall": 500}]
    instance = instance_from_json(document)
    options, against = Board(Posed(instance), []).place("S1", ("T1", instance.dates[0]))
    assert options == ()
    assert against is not None
    assert against.rule == "no_gap"
    assert "target" in against_to_json(against)["sentence"]["id"]
    open_again = instance_from_json(document | {"target": document["target"] | {"gap": 40}})
    assert Board(Posed(open_again), []).place("S1", ("T1", instance.dates[0]))[0]
