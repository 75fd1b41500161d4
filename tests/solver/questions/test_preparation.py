"""People prepared at one visit are won at a later one, by fewer minutes each, and by no plan without the first."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from solver.contract.capacity import capacity
from solver.contract.instance import Instance, Override
from solver.contract.plan import Plan, Visit
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.contract.travel import Travel
from solver.contract.verify import verify
from solver.questions.change import Change, ImpossibleChange, Terms
from solver.questions.explain import Explainer
from solver.questions.explanation import Standing
from solver.questions.explanation_words import describe
from solver.questions.preparation import Pair, unprepared, with_preparation, without_later_visits
from solver.questions.trials import Effort, try_changes
from solver.questions.what_if import apply, apply_all
from tests.solver.coast import coast_document
from tests.solver.document_instances import documents_document

DAYS = tuple(date(2023, 11, day) for day in (13, 14, 15, 16))
EFFORT = Effort(seconds=None, iterations=800)


def coast(**team: Any) -> Instance:
    """A harbour with signal and a village without, 50 people each, 20 minutes apart; one team, 6 minutes a person."""
    document = coast_document()
    document["dates"] = [day.isoformat() for day in DAYS]
    document["travel"] = {"minutes": [[0, 20, 20], [20, 0, 20], [20, 20, 0]]}
    document["travel"]["metres"] = document["travel"]["minutes"]
    document["sites"] = [site | {"dates": "1111"} for site in document["sites"]]
    document["sites"][1] |= {"id": "dark", "name": "Dark", "connectivity": 0}
    document["teams"] = [document["teams"][0] | {"dates": "1111"} | team]
    return instance_from_json(document)


def prepared(instance: Instance, text: str) -> tuple[Instance, Pair]:
    changed, (pair,) = apply_all(instance, [Change.parse(f"prepare={text}")])
    return changed, pair


def visit(site: str, day: date, *, start: int = 540, minutes: int) -> Visit:
    return Visit(team="T1", date=day, site=site, start=start, minutes=minutes)


def test_a_preparation_needs_no_signal_and_wins_nobody_and_the_later_visit_fewer_people_in_fewer_minutes() -> None:
    instance, pair = prepared(coast(satellite=True), "dark:2023-11-14")
    first, later = (next(site for site in instance.sites if site.id == name) for name in (pair.site, pair.later))
    # 50 people × 6 minutes × 70 %, of whom 80 % come again.
    assert (pair.minutes, pair.prepared, pair.returning) == (210, 50, 40)
    assert (first.people, first.fixed_minutes, first.must, first.open_dates) == (
        0,
        210,
        True,
        (True, True, False, False),
    )
    assert (later.people, later.must, later.open_dates) == (40, False, (False, False, True, True))
    # 6 minutes × 40 %: 25 people an hour in place of 10.
    assert capacity(instance.connectivity, instance.teams[0], site=later, minutes=60) == 25
    visits = [visit("dark", DAYS[0], minutes=210), visit(pair.later, DAYS[2], minutes=120)]
    recount = verify(instance, Plan(visits=tuple(visits)))
    assert recount.feasible
    assert [outcome.served for outcome in recount.by_visit] == [0, 40]


def test_the_later_visit_at_a_covered_place_has_its_signal_ways_and_hours_and_those_who_come_there() -> None:
    instance = coast()
    instance = replace(
        instance,
        travel=replace(instance.travel, overrides=(Override(between=("T1", "harbour"), minutes=7, metres=70),)),
    )
    changed, pair = prepared(instance, "dark:2023-11-14;at=harbour:50")
    later, harbour = changed.sites[-1], changed.sites[0]
    assert (later.place, later.connectivity, later.windows) == (harbour.place, 4, harbour.windows)
    assert later.people == pair.returning == 20
    assert Travel(changed.travel).leg(changed.teams[0], later) == (7, 70)


def test_without_the_first_visit_on_an_earlier_date_no_plan_has_the_second() -> None:
    instance, pair = prepared(coast(satellite=True), "dark:2023-11-14")
    second = visit(pair.later, DAYS[3], minutes=120)
    assert unprepared([pair], Plan(visits=(second,))) == (pair,)
    assert unprepared([pair], Plan(visits=(second, visit("dark", DAYS[3], minutes=210)))) == (pair,)
    assert unprepared([pair], Plan(visits=(second, visit("dark", DAYS[1], minutes=210)))) == ()
    assert unprepared([pair], Plan(visits=())) == ()
    assert not any(any(site.open_dates) for site in without_later_visits(instance, [pair]).sites[1:])


def test_two_plans_stand_beside_each_other_under_their_bounds() -> None:
    wishes = [[Change.parse("prepare=dark:2023-11-14;at=harbour:50")]]
    usual, trial = try_changes(coast(), wishes, EFFORT)
    assert (usual.label, usual.activations, usual.bound) == ("as it is", 50, 50)
    assert (trial.label, trial.activations, trial.bound) == ("prepare=dark:2023-11-14;at=harbour:50", 70, 70)
    (site,) = trial.to_json()["preparations"]
    assert site["activated_on"] > [site["prepared_on"]]
    assert (site["prepared"], site["returning"], site["activated"]) == (50, 20, 20)
    assert "team T1 prepares 50 people on " in site["sentence"]["en"]
    assert "menyiapkan 50 orang pada " in site["sentence"]["id"]
    assert trial.cost >= usual.cost


def test_where_a_satellite_set_serves_all_at_once_preparing_costs_people() -> None:
    usual, trial = try_changes(coast(satellite=True), [[Change.parse("prepare=dark:2023-11-14")]], EFFORT)
    assert (usual.activations, trial.activations) == (100, 90)


def test_a_plan_that_prepares_nobody_activates_nobody_later() -> None:
    # Nothing that a must-visit is worth pays for the day of the preparation, which only the bound may count on.
    instance = coast()
    instance = replace(
        instance,
        costs=replace(instance.costs, per_team_day=1_000_000),
        weights=replace(instance.weights, must=0, per_million_cost=15_000, shortfall=1_000),
    )
    wishes = [[Change.parse("prepare=dark:2023-11-13;at=harbour:50"), Change.parse("people=+0%")]]
    usual, trial = try_changes(instance, wishes, EFFORT)
    assert (usual.activations, trial.activations) == (50, 50)
    (site,) = trial.to_json()["preparations"]
    assert (site["prepared_on"], site["prepared"], site["activated"]) == (None, 0, 0)
    assert (
        site["sentence"]["en"]
        == "dark: this plan makes no preparation by 13 November 2023, so nobody is activated later."
    )
    assert trial.bound >= 70


def test_whoever_goes_prepares_as_many_as_the_slowest_who_can_stay() -> None:
    instance = coast()
    slow = replace(instance.teams[0], id="T2", minutes_per_activation=12)
    far = replace(slow, id="T3", minutes_per_activation=60, shift=replace(slow.shift, open=900))
    instance = replace(instance, teams=(*instance.teams, slow, far))
    _, pair = prepared(instance, "dark:2023-11-14;minutes=210")
    # The second prepares 25 people in that time, the third cannot stay so long.
    assert pair.prepared == 25
    # There at 500, until the site closes at 960, in slots of 30 minutes.
    _, pair = prepared(coast(minutes_per_activation=30), "dark:2023-11-14")
    assert (pair.minutes, pair.prepared) == (450, 21)


def test_days_more_and_people_more_count_before_anybody_is_prepared() -> None:
    changes = [Change.parse("prepare=dark:2023-11-14"), Change.parse("people=+20%"), Change.parse("days=+1")]
    changed, (pair,) = apply_all(coast(satellite=True), changes)
    assert (pair.prepared, pair.returning) == (60, 48)
    assert changed.sites[1].open_dates == (True, True, False, False, False)


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("dark", "prepare=A:2023-11-10"),
        ("dark:tomorrow", "prepare=A:2023-11-10"),
        ("dark:2023-11-14;at=harbour", "prepare=A:2023-11-10"),
        ("dark:2023-11-14;pace=3", "prepare=A:2023-11-10"),
        ("dark:2023-11-14;minutes=", "prepare=A:2023-11-10"),
        ("light:2023-11-14", "no site 'light'"),
        ("dark:2023-11-14;at=light:50", "no other site 'light'"),
        ("dark:2023-11-14;at=dark:50", "no other site 'dark'"),
        ("dark:2023-11-12", "closed on all dates up to 2023-11-12: give a later date"),
        ("dark:2023-11-16", "no open date after 2023-11-16"),
        ("dark:2023-11-14;minutes=461", "give 460 or fewer"),
        ("dark:2023-11-14;minutes=0", "minutes is 0: give a whole number from 1 to 1440"),
        ("dark:2023-11-14;preparing=0", "preparing is 0: give a whole number from 1 to 1000"),
        ("dark:2023-11-14;activating=1001", "activating is 1001"),
        ("dark:2023-11-14;returning=101", "returning is 101: give a whole number from 0 to 100"),
        ("dark:2023-11-14;at=harbour:101", "turn_out is 101"),
    ],
)
def test_impossible_preparations_are_refused_with_what_would_do(text: str, mend: str) -> None:
    with pytest.raises(ImpossibleChange, match=mend):
        apply(coast(), Change.parse(f"prepare={text}"))


def test_nobody_can_be_prepared_where_no_team_can_be() -> None:
    with pytest.raises(ImpossibleChange, match="no team can be at site 'dark'"):
        prepared(coast(operators=0), "dark:2023-11-14")


@pytest.mark.parametrize(
    "text",
    [
        "prepare=dark:2023-11-14",
        "prepare=dark:2023-11-14;at=harbour:35;minutes=90;preparing=50;activating=25;returning=95",
        "prepare=A%3A%3B%2C:2023-11-14;at=B%3E:50",
        "session=A%3E1>B:40",
        "until=2023-12-22",
        "kit:printer=+1",
        "yield=-10%",
    ],
)
def test_changes_are_shown_as_they_are_written(text: str) -> None:
    assert Change.parse(text).written == text


def test_instances_with_a_preparation_are_valid_and_promise_no_more_people() -> None:
    made = 0
    for seed in range(120):
        random = Random(seed)
        instance = instance_from_json(documents_document(random, sites=3, teams=2, dates=4))
        site, place = random.sample(instance.sites, 2)
        terms = Terms(by=random.choice(instance.dates), place=random.choice([None, place.id]), minutes=None)
        try:
            changed, pair = with_preparation(instance, site, terms)
        except ImpossibleChange:
            continue
        assert instance_from_json(changed.to_json()) == changed
        assert pair.returning <= pair.prepared <= site.people
        assert sum(row.people for row in changed.sites) <= sum(row.people for row in instance.sites)
        made += 1
    assert made > 40


def test_an_explanation_says_whom_a_visit_prepares() -> None:
    instance, pair = prepared(coast(satellite=True), "dark:2023-11-14")
    plan = Plan(visits=(visit("dark", DAYS[0], minutes=210), visit(pair.later, DAYS[2], minutes=120)))
    explainer, sites = Explainer(instance, plan), {site.id: site for site in instance.sites}
    first, later = (explainer.explain(sites[name], iterations=100) for name in (pair.site, pair.later))
    assert first.standing is later.standing is Standing.SCHEDULED
    assert describe(first, {}).id.endswith("tim T1, persiapan 50 orang, belum dihitung.")
    assert describe(later, {}).en.endswith("team T1, 40 activations.")


def test_who_is_prepared_already_is_not_prepared_once_more() -> None:
    instance, pair = prepared(coast(), "dark:2023-11-14")
    for site in (pair.site, pair.later):
        with pytest.raises(ImpossibleChange, match="prepared in this problem already"):
            apply(instance, Change.parse(f"prepare={quote(site, safe='')}:2023-11-15"))


def test_minutes_of_a_site_are_read_written_and_refused() -> None:
    instance = replace(tiny_instance(), format="outreach-2")
    document = instance.to_json()
    document["sites"][0]["minutes_percent"] = 40
    read = instance_from_json(document)
    assert read.sites[0].minutes_percent == 40
    assert instance_from_json(read.to_json()) == read
    for wrong in (0, 1001, "40", 40.0, None):
        document["sites"][0]["minutes_percent"] = wrong
        with pytest.raises(ValueError, match="/sites/0/minutes_percent"):
            instance_from_json(document)
