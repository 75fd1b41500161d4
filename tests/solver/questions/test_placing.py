"""Visits are placed into a plan at an exact price: nothing held moves, no rule breaks, and every no has a reason."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random

import pytest

from solver.contract.book import open_book
from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, broken_rules, verify
from solver.plans.changes import changes_between
from solver.questions import placing_words
from solver.questions.placement import Kind, Option, against_to_json
from solver.questions.placing import Board, Posed, UnknownPlace
from solver.questions.possibility import Rule
from tests.solver.coast import coast_document
from tests.solver.crooked_instances import crooked_instance
from tests.solver.random_instances import broken_plan, random_instance, random_plan
from tests.solver.week import make_visit, week, week_visits

REQUESTS = 500


@cache
def cases() -> tuple[tuple[Instance, Plan, Board], ...]:
    """Small instances with a feasible plan each; every third is crooked in its travel."""
    found = []
    for seed in range(90):
        random = Random(seed)
        if seed % 3:
            size = random.randint(2, 8), random.randint(1, 3), random.randint(1, 5)
            instance = random_instance(random, sites=size[0], teams=size[1], dates=size[2])
        else:
            instance = crooked_instance(seed)
        plan = random_plan(random, instance)
        found.append((instance, plan, Board(Posed(instance), plan.visits)))
    return tuple(found)


def requests() -> Iterator[tuple[Instance, Plan, Board, str, list[date]]]:
    """Random sites and wished dates in random plans."""
    random = Random(12)
    for number in range(REQUESTS):
        instance, plan, board = cases()[number % len(cases())]
        dates = random.sample(instance.dates, random.randint(0, len(instance.dates)))
        yield instance, plan, board, random.choice(instance.sites).id, dates


def test_price_of_every_offer_is_the_difference_of_two_verifications_and_no_rule_breaks() -> None:
    kinds: Counter[Kind] = Counter()
    refused = 0
    for instance, plan, board, site, dates in requests():
        before = verify(instance, Plan(visits=plan.visits))
        found = board.offers(site, dates=dates)
        team_days = {(option.visit.team, option.visit.date) for option in found.options}
        assert len(team_days) == len(found.options) <= 3
        for option in found.options:
            after_visits = option.plan(plan.visits)
            after = verify(instance, Plan(visits=after_visits))
            assert after.violations == () == option.broken
            for name in option.price.__slots__:
                assert getattr(option.price, name) == getattr(after, name) - getattr(before, name)
            assert option.changes == changes_between(plan.visits, after_visits)
            assert option.visit in after_visits
            assert not dates or option.visit.date in dates
            # Whoever is pinned stays, and whoever is on a day that is not named.
            assert set(instance.pinned) & set(plan.visits) <= set(after_visits)
            changed = {(day.team, day.date) for day in option.days}
            assert {v for v in set(plan.visits) ^ set(after_visits) if (v.team, v.date) not in changed} == set()
            kinds[option.kind] += 1
        if not found.options:
            refused += 1
            assert found.sentence is not None
            assert {one.date for one in found.against} <= set(dates or instance.dates)
            assert len(found.against) == len(instance.teams) * len({one.date for one in found.against})
    assert set(kinds) == set(Kind)
    assert 0 < refused < REQUESTS


def test_no_other_option_disturbs_fewer_than_the_least_change_offered() -> None:
    for instance, _, board, site, dates in requests():
        options = board.offers(site, dates=dates).options
        if options:
            everything = board.offers(site, dates=dates, most=1_000).options
            cells = [cell for day in everything for cell in board.place(site, (day.visit.team, day.visit.date))[0]]
            assert min(option.disturbed for option in options) <= min(
                (cell.disturbed for cell in cells), default=len(instance.sites)
            )
            assert options[0].price.value_milli == everything[0].price.value_milli or len(options) == 1


def test_cells_price_what_placing_there_costs() -> None:
    for instance, plan, board in cases()[:40]:
        visit = next((visit for visit in plan.visits if visit not in instance.pinned), None)
        site = instance.sites[-1].id if visit is None else visit.site
        for cell in board.cells(site, visit=visit):
            options, against = board.place(site, (cell.team, cell.date), visit=visit)
            if cell.kind is None:
                assert options == ()
                assert against is not None
                assert against.rule == cell.rule
                assert against_to_json(against)["sentence"]["id"]
            else:
                price = options[0].price
                assert (cell.kind, cell.value_milli) == (options[0].kind, price.value_milli)
                assert (cell.activations, cell.cost) == (price.activations, price.cost)
                assert cell.disturbed == options[0].disturbed


def test_ways_to_fill_a_cell_are_what_verifying_the_whole_plan_finds() -> None:
    kinds: Counter[Kind] = Counter()
    for instance, plan, board in cases():
        before = verify(instance, Plan(visits=plan.visits))
        for visit in [None, *(visit for visit in plan.visits if visit not in instance.pinned)][:3]:
            site = instance.sites[0].id if visit is None else visit.site
            for team in instance.teams:
                for option in board.place(site, (team.id, instance.dates[-1]), visit=visit)[0]:
                    after = verify(instance, Plan(visits=option.plan(plan.visits)))
                    assert after.violations == ()
                    for name in option.price.__slots__:
                        assert getattr(option.price, name) == getattr(after, name) - getattr(before, name)
                    assert option.changes == changes_between(plan.visits, option.plan(plan.visits))
                    assert option.served == next(won.served for won in after.by_visit if won.visit == option.visit)
                    if option.kind is Kind.SHORTENED:
                        assert any(move.after.minutes < move.before.minutes for move in option.changes.retimed)
                    kinds[option.kind] += 1
    assert set(kinds) == set(Kind)


def test_visit_that_fits_beside_all_others_is_found_exactly_where_there_is_one() -> None:
    random = Random(5)
    agreed: Counter[bool] = Counter()
    for instance, plan, board in cases():
        visits = tuple(visit for visit in plan.visits if random.random() < 0.4)
        site = random.choice(instance.sites)
        team, day = random.choice(instance.teams), random.choice(instance.dates)
        if any(True for _ in broken_rules(open_book(instance, visits))):
            continue
        options, _ = Board(board._posed, visits).place(site.id, (team.id, day))
        fits = any(option.kind is Kind.FITS for option in options)
        assert fits == any_start_fits(instance, visits, site, team=team, day=day)
        agreed[fits] += 1
    assert min(agreed[True], agreed[False]) > 10


def any_start_fits(instance: Instance, visits: tuple[Visit, ...], site: Site, *, team: Team, day: date) -> bool:
    """Whether the shortest visit that wins somebody, or any that is owed, can be added without touching anybody."""
    before = verify(instance, Plan(visits=visits))
    slot = instance.slot_minutes
    shift = team.shift.close - team.shift.open
    for minutes in [site.fixed_minutes] if site.fixed_minutes is not None else range(slot, shift + 1, slot):
        visit = Visit(team=team.id, date=day, site=site.id, start=team.shift.open, minutes=minutes)
        wins = verify(instance, Plan(visits=(*visits, visit))).activations > before.activations
        if wins or site.must:
            starts = range(team.shift.open, team.shift.close - minutes + 1)
            added = ([*visits, replace(visit, start=start)] for start in starts)
            return any(not any(True for _ in broken_rules(open_book(instance, trial))) for trial in added)
    return False


def test_fixed_visits_and_past_dates_are_never_touched() -> None:
    random = Random(3)
    for instance, plan, board in cases()[:60]:
        fixed = [visit for visit in plan.visits if random.random() < 0.5]
        first = random.choice(instance.dates)
        held = Board(board._posed, plan.visits, fixed=fixed, first_date=first)
        for site in instance.sites[:3]:
            for option in held.offers(site.id).options:
                after = set(option.plan(plan.visits))
                assert option.visit.date >= first
                assert set(fixed) <= after
                assert {visit for visit in plan.visits if visit.date < first} <= after
        assert all(cell.date >= first for cell in held.cells(instance.sites[0].id))


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    for instance, plan, board in cases()[:30]:
        again = Board(Posed(instance), plan.visits)
        for site in instance.sites[:2]:
            assert again.offers(site.id) == board.offers(site.id)
            assert again.cells(site.id) == board.cells(site.id)


def test_draft_with_a_broken_day_is_answered_about_the_others() -> None:
    broken = [replace(visit, start=100) if visit.team == "T2" else visit for visit in week_visits()]
    board = Board(Posed(week()), broken)
    rules = {(cell.team, cell.date.day): cell.rule for cell in board.cells("S1")}
    assert rules["T2", 16] == "day_broken"
    options = board.offers("S2").options
    assert options
    assert all({violation.rule for violation in option.broken} >= {"outside_window"} for option in options)
    assert all(broken[2] in option.plan(broken) for option in options)


def test_no_option_breaks_a_rule_that_a_broken_draft_keeps() -> None:
    random = Random(8)
    offered = 0
    for instance, plan, board in cases():
        document = broken_plan(random, instance, {"format": "outreach-plan-1", **plan.to_json()})
        if not isinstance(document.get("visits"), list):
            continue
        visits = Plan.from_json(document).visits
        before = Counter(rules_of(verify(instance, Plan(visits=visits))))
        draft = Board(board._posed, visits)
        for site in instance.sites[:2]:
            assert len(draft.cells(site.id)) == len(instance.teams) * len(instance.dates)
            for option in draft.offers(site.id).options:
                after = verify(instance, Plan(visits=option.plan(visits)))
                assert not Counter(rules_of(after)) - before
                offered += 1
    assert offered > 50


def rules_of(recount: Recount) -> list[tuple[object, ...]]:
    return [(found.rule, found.team, found.site, found.date) for found in recount.violations]


def test_draft_over_budget_is_still_laid_out() -> None:
    instance = replace(week(), costs=replace(week().costs, budget=1))
    board = Board(Posed(instance), week_visits())
    assert all(cell.rule != "day_broken" for cell in board.cells("S2"))


# The coast: one team, two dates, a harbour 20 minutes off, an island that is reached in time only over the harbour.


def coast(**changes: object) -> Instance:
    document = coast_document()
    for name, value in changes.items():
        for site in document["sites"]:
            site[name] = value
    return instance_from_json(document)


def kinds_of(options: tuple[Option, ...]) -> list[Kind]:
    return [option.kind for option in options]


HARBOUR = make_visit("T1", "harbour", day=13, start=500, minutes=300)


def test_site_beyond_the_day_comes_in_behind_a_neighbour_that_serves_for_less() -> None:
    options, against = Board(Posed(coast()), [HARBOUR]).place("island", ("T1", date(2023, 11, 13)))
    assert against is None
    shortened = next(option for option in options if option.kind is Kind.SHORTENED)
    (day,) = shortened.days
    assert {visit.site: visit.minutes < HARBOUR.minutes for visit in day.after} == {"harbour": True, "island": True}
    assert (shortened.disturbed, len(shortened.changes.retimed)) == (1, 1)


def test_site_in_the_plan_moves_to_the_wished_date() -> None:
    found = Board(Posed(coast()), [HARBOUR]).offers("harbour", dates=[date(2023, 11, 14)])
    (option,) = found.options
    assert (option.kind, option.leaves) == (Kind.MOVED, HARBOUR)
    assert [len(day.after) for day in sorted(option.days, key=lambda day: day.date)] == [0, 1]
    assert option.disturbed == 0
    assert len(option.changes.moved) == 1


def test_visit_that_is_held_makes_no_room() -> None:
    document = coast_document()
    document["travel"]["minutes"][0][2] = document["travel"]["minutes"][2][0] = 20
    all_day = replace(HARBOUR, minutes=450)
    posed = Posed(instance_from_json(document))
    to = ("T1", date(2023, 11, 13))
    assert Board(posed, [all_day]).place("island", to)[0]
    options, against = Board(posed, [all_day], fixed=[all_day]).place("island", to)
    assert options == ()
    assert against is not None
    assert against.rule == "no_room"
    assert "tidak ada ruang" in against_to_json(against)["sentence"]["id"]


def test_site_nobody_reaches_is_refused_with_the_rule_and_no_date() -> None:
    document = coast_document()
    document["sites"] = document["sites"][1:]
    found = Board(Posed(instance_from_json(document)), []).offers("island")
    assert found.options == ()
    assert found.rule in (Rule.ARRIVES_LATE, Rule.SHIFT_END)
    assert found.nearest is None
    assert found.sentence is not None
    assert "tidak mungkin dikunjungi" in found.sentence.id
    assert {one.rule for one in found.against} == {found.rule}


def test_closed_wish_names_the_nearest_date_that_would_do() -> None:
    document = coast_document()
    for site in document["sites"]:
        site["dates"] = "01"
    found = Board(Posed(instance_from_json(document)), []).offers("harbour", dates=[date(2023, 11, 13)])
    assert (found.options, found.rule) == ((), Rule.SITE_CLOSED)
    assert found.nearest is not None
    assert (found.nearest.team, found.nearest.date, found.nearest.kind) == ("T1", date(2023, 11, 14), Kind.FITS)
    assert found.sentence is not None
    assert "ada pada tanggal lain" in found.sentence.id


def test_wished_minutes_are_kept_to_where_there_is_room() -> None:
    board = Board(Posed(coast()), [])
    (option, *_), _ = board.place("harbour", ("T1", date(2023, 11, 13)), wished_minutes=60)
    assert option.visit.minutes == 60
    (option, *_), _ = board.place("harbour", ("T1", date(2023, 11, 13)), wished_minutes=6_000)
    assert option.visit.minutes == 450


@pytest.mark.parametrize(("site", "team", "day"), [("S9", "T1", 13), ("harbour", "T9", 13), ("harbour", "T1", 30)])
def test_unknown_names_are_refused(site: str, team: str, day: int) -> None:
    with pytest.raises(UnknownPlace):
        Board(Posed(coast()), []).place(site, (team, date(2023, 11, day)))


def test_visit_that_is_held_cannot_be_asked_to_move() -> None:
    board = Board(Posed(coast()), [HARBOUR], fixed=[HARBOUR])
    with pytest.raises(UnknownPlace, match="may move"):
        board.cells("harbour", visit=HARBOUR)


def test_every_rule_has_its_words_and_its_place() -> None:
    assert set(Rule) <= set(placing_words.ORDER)
    assert all(placing_words.rule_in_words(rule).id for rule in placing_words.ORDER)
