"""Every hard rule, kept and broken; the arithmetic of a plan's value; and the referee's opinion of all that."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract import verify as rules
from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json, read_instance
from solver.contract.verify import verify, verify_if_feasible
from tests.solver.contract_files import contract_instances, load_document, load_referee
from tests.solver.random_instances import broken_plan, instances, plan_document, random_document, random_plan
from tests.solver.random_journeys import broken_next_plan, next_document, next_plan
from tests.solver.week import make_visit, week, week_document, week_visits


def judged(visits: list[Visit], **claims: Any) -> rules.Recount:
    return verify(week(), Plan(visits=tuple(visits), **claims))


def broken(recount: rules.Recount) -> list[str]:
    return [violation.rule for violation in recount.violations]


def changed(**changes: Any) -> Instance:
    """Return the golden instance with fields of its first site, its first team or itself changed."""
    document = week_document()
    for name, value in changes.items():
        place, _, key = name.partition("__")
        {"site": document["sites"][0], "team": document["teams"][0], "costs": document["costs"]}[place][key] = value
    return instance_from_json(document)


def without_pins(**changes: Any) -> Instance:
    document = week_document() | {"pinned": [], "published": []}
    document["sites"][0] |= {name.removeprefix("site__"): value for name, value in changes.items()}
    return instance_from_json(document)


def test_plan_worked_out_by_hand_has_its_value() -> None:
    recount = judged(week_visits())
    assert recount.violations == ()
    assert recount.feasible
    # 2 operators * 90 / 6; satellite lifts the village to 63 %; 1 * 120 / 5; the session's 45 minutes at 63 %.
    assert {outcome.visit.site + outcome.visit.team: outcome.served for outcome in recount.by_visit} == {
        "S1T1": 30,
        "S2T1": 25,
        "S1T2": 24,
        "S3T1": 9,
    }
    assert recount.activations == 88
    assert (recount.gap, recount.shortfall, recount.area_shortfall) == (85, 0, 5)
    assert (recount.metres, recount.cost) == (56_000, 356_000)
    assert recount.lateness == 2 * 24 + 2 * 9
    assert (recount.must_missed, recount.pins_missed, recount.moved) == (0, 0, 0)
    assert (recount.team_days, recount.visits) == (3, 4)
    # 85,000 less 500 * 5 for the area, 356 for cost and 3 * 66 // 2 for lateness.
    assert recount.value_milli == 82_045


def test_outcomes_tell_how_the_team_gets_there_and_home() -> None:
    recount = judged(week_visits())
    by_stop = {(o.visit.team, o.visit.date.day, o.visit.site): o for o in recount.by_visit}
    first, second = by_stop["T1", 13, "S1"], by_stop["T1", 13, "S2"]
    assert (first.arrives_at, first.travel_minutes, first.travel_metres) == (460, 10, 5000)
    assert (second.arrives_at, second.travel_minutes, second.travel_metres) == (630, 20, 9000)
    home = next(way for way in recount.ways_home if (way.team, way.date.day) == ("T1", 13))
    assert (home.travel_minutes, home.travel_metres, home.arrives_at) == (40, 20_000, 810)


def test_outcomes_come_in_route_order_whatever_the_order_of_the_plan() -> None:
    assert judged(week_visits()[::-1]).by_visit == judged(week_visits()).by_visit


def test_empty_plan_is_feasible_and_pays_for_all_it_leaves_out() -> None:
    recount = judged([])
    assert recount.feasible
    assert (recount.must_missed, recount.pins_missed, recount.moved) == (1, 1, 2)
    assert recount.value_milli == 85_000 - (1_000_000 + 500_000 + 85_000 + 500 * 90 + 2 * 50)


def without(index: int) -> list[Visit]:
    return [visit for position, visit in enumerate(week_visits()) if position != index]


def with_change(index: int, **changes: Any) -> list[Visit]:
    visits = week_visits()
    visits[index] = replace(visits[index], **changes)
    return visits


BREACHES: dict[str, list[Visit]] = {
    "wrong_minutes": with_change(0, minutes=80),
    "site_closed": [*without(3), make_visit("T1", "S3", day=14, start=480, minutes=45)],
    "team_off": [make_visit("T2", "S1", day=14, start=500, minutes=30)],
    "outside_window": with_change(2, start=690, minutes=30),
    "arrives_late": with_change(1, start=629),
    "shift_end": with_change(2, start=780, minutes=60),
    "too_many_stops": [*week_visits()[:2], make_visit("T1", "S1", day=13, start=800, minutes=30)],
    "too_many_dates": [make_visit("T1", "S2", day=13, start=600), make_visit("T1", "S2", day=14, start=600)],
    "too_close": [make_visit(day=13), make_visit(day=14)],
    "team_twice": [make_visit(day=13, start=500, minutes=30), make_visit(day=13, start=600, minutes=30)],
    "too_many_teams": [
        make_visit("T1", "S2", day=13, start=600, minutes=30),
        make_visit("T2", "S2", day=13, start=600, minutes=30),
    ],
    "unknown_reference": [*week_visits(), make_visit("T9", "S1")],
}


@pytest.mark.parametrize("rule", BREACHES)
def test_broken_rule_is_named(rule: str) -> None:
    recount = judged(BREACHES[rule])
    assert rule in broken(recount)
    assert not recount.feasible


# A window closed by date, a spacing of a day less and a third stop each break a second rule by their nature.
ALSO_BROKEN = {
    "too_many_stops": {"team_twice"},
    "too_many_dates": {"outside_window"},
}


@pytest.mark.parametrize("rule", BREACHES)
def test_broken_rule_breaks_no_other(rule: str) -> None:
    assert set(broken(judged(BREACHES[rule]))) - {rule} == ALSO_BROKEN.get(rule, set())


def test_every_rule_has_a_breach_here() -> None:
    names = {rule.__name__ for rule in (*rules.VISIT_RULES, *rules.TEAM_DAY_RULES, *rules.SITE_RULES)}
    assert names <= set(BREACHES)
    assert all(getattr(rules, name).__doc__ for name in names)


def test_every_rule_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "planning-format.md").read_text()
    named = (*rules.VISIT_RULES, *rules.TEAM_DAY_RULES, *rules.SITE_RULES, rules.over_budget)
    claims = (rules.unknown_reference, rules.unreadable, rules.wrong_value, rules.bound_below_value)
    assert [rule.__name__ for rule in (*named, *claims) if f"`{rule.__name__}`" not in page] == []


def test_violation_points_at_the_visit() -> None:
    [violation] = judged(with_change(1, start=629)).violations
    assert (violation.visit_index, violation.team, violation.site) == (1, "T1", "S2")
    assert violation.message == "T1 at S2 on 2023-11-13: the team arrives at 10:30, after the start at 10:29"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("outside_window", "11:30–12:20 is outside the opening hours 08:00–12:00 and 13:00–15:00"),
        ("arrives_late", "the team arrives at 10:30, after the start at 10:29"),
        ("shift_end", "back at 14:32, after the end of the shift at 14:00"),
    ],
)
def test_violations_tell_the_hours_of_the_day(rule: str, words: str) -> None:
    messages = [violation.message for violation in judged(BREACHES[rule]).violations if violation.rule == rule]
    assert any(words in message for message in messages), messages
    assert all(re.search(r"\[|\b[0-9]{3,4}(?![0-9-])\b(?!-)", message) is None for message in messages), messages


def test_site_without_hours_on_a_date_is_told_so() -> None:
    instance = week()
    closed = replace(instance.sites[0], windows=(), windows_on=())
    again = replace(instance, sites=(closed, *instance.sites[1:]), pinned=(), published=())
    messages = [violation.message for violation in verify(again, Plan(visits=(make_visit(),))).violations]
    assert messages == [
        "T1 at S1 on 2023-11-13: 08:20–10:10 is outside the opening hours: the site has none on this date"
    ]


AT_THE_EDGE: dict[str, tuple[Instance, list[Visit]]] = {
    "arrives exactly at the start": (week(), with_change(1, start=630)),
    "back exactly at the end of the shift": (changed(team__shift=[450, 810]), week_visits()),
    "serves until the window closes": (week(), with_change(2, start=580)),
    "starts when the window opens": (week(), with_change(2, start=490)),
    "as many stops as allowed": (changed(team__max_stops=2), week_visits()),
    "as many dates as allowed": (changed(site__max_visit_dates=2), week_visits()),
    "as far apart as asked": (changed(site__min_gap_days=3), week_visits()),
    "no spacing at all": (changed(site__min_gap_days=0), [make_visit(day=13), make_visit(day=14)]),
    "as dear as the budget": (changed(costs__budget=356_000), week_visits()),
    "as many teams as there is room for": (
        changed(site__max_teams=2),
        [make_visit("T1", "S1", day=13), make_visit("T2", "S1", day=13)],
    ),
    "in the afternoon window": (week(), [make_visit("T1", "S1", start=780)]),
}


@pytest.mark.parametrize("case", AT_THE_EDGE)
def test_plan_at_the_edge_of_a_rule_is_feasible(case: str) -> None:
    instance, visits = AT_THE_EDGE[case]
    assert verify(instance, Plan(visits=tuple(visits))).violations == ()


def one_more(name: str) -> tuple[Instance, list[Visit]]:
    """Return a case one unit past the edge."""
    return {
        "shift_end": (changed(team__shift=[450, 809]), week_visits()),
        "outside_window": (week(), with_change(2, start=581)),
        "too_many_stops": (changed(team__max_stops=1), week_visits()),
        "too_many_dates": (changed(site__max_visit_dates=1), week_visits()),
        "too_close": (changed(site__min_gap_days=4), week_visits()),
        "over_budget": (changed(costs__budget=355_999), week_visits()),
        "too_many_teams": (
            changed(site__max_teams=1),
            [make_visit("T1", "S1", day=13), make_visit("T2", "S1", day=13)],
        ),
    }[name]


@pytest.mark.parametrize(
    "rule",
    ["shift_end", "outside_window", "too_many_stops", "too_many_dates", "too_close", "over_budget", "too_many_teams"],
)
def test_one_unit_past_the_edge_breaks_only_that_rule(rule: str) -> None:
    instance, visits = one_more(rule)
    assert broken(verify(instance, Plan(visits=tuple(visits)))) == [rule]


def test_visit_across_two_windows_lies_in_neither() -> None:
    assert broken(judged(with_change(2, start=690, minutes=60))) == ["outside_window"]


def test_overlapping_windows_are_not_joined() -> None:
    instance = changed(site__windows=[[480, 610], [540, 720]])
    assert broken(verify(instance, Plan(visits=(make_visit(start=520, minutes=90),)))) == ["outside_window"]


def test_visits_use_up_people_by_date_then_start_then_team() -> None:
    visits = [
        make_visit("T2", "S1", day=13, start=500, minutes=150),
        make_visit("T1", "S1", day=13, start=500, minutes=180),
        make_visit("T1", "S1", day=16, start=500, minutes=30),
    ]
    served = [outcome.served for outcome in judged(visits).by_visit]
    assert served == [60, 0, 10]


def test_visit_that_starts_first_is_served_first_whatever_the_teams_name() -> None:
    visits = [
        make_visit("T1", "S1", day=13, start=510, minutes=180),
        make_visit("T2", "S1", day=13, start=500, minutes=150),
    ]
    served = {outcome.visit.team: outcome.served for outcome in judged(visits).by_visit}
    assert served == {"T2": 30, "T1": 40}


def test_visits_that_start_together_are_driven_to_in_the_order_of_the_plan() -> None:
    there, back = make_visit("T1", "S1", start=600), make_visit("T1", "S2", start=600)
    # Base, office, village, base; then base, village, office, base.
    assert judged([there, back]).metres == 5_000 + 9_000 + 20_000
    assert judged([back, there]).metres == 20_000 + 11_000 + 6_000


def test_cost_counts_every_metre_before_it_is_rounded_down() -> None:
    document = week_document()
    document["travel"]["overrides"][0]["metres"] = 20_501
    document["costs"]["per_km"] = 3
    assert verify(instance_from_json(document), Plan(visits=tuple(week_visits()))).cost == 300_000 + 169


def test_visit_of_no_minutes_is_none_unless_the_session_has_none() -> None:
    assert broken(judged([make_visit(minutes=0)])) == ["wrong_minutes"]
    assert verify(without_pins(site__fixed_minutes=0), Plan(visits=(make_visit(minutes=0),))).feasible


def test_claims_that_hold_are_accepted() -> None:
    assert judged(week_visits(), value_milli=82_045, bound_milli=82_045).feasible


def test_wrong_value_is_a_violation() -> None:
    assert broken(judged(week_visits(), value_milli=82_046)) == ["wrong_value"]


def test_bound_below_the_value_is_a_violation() -> None:
    assert broken(judged(week_visits(), bound_milli=82_044)) == ["bound_below_value"]


def test_unreadable_visit_is_a_violation_and_counts_nowhere() -> None:
    document: dict[str, Any] = {"visits": [visit.to_json() for visit in week_visits()]}
    document["visits"].append({"team": "T1", "date": "2023-11-14", "site": "S1", "start": "500", "minutes": 30})
    recount = verify(week(), Plan.from_json(document))
    assert broken(recount) == ["unreadable"]
    assert "/visits/4/start" in recount.violations[0].message
    assert recount.value_milli == 82_045


def test_verdict_as_json_names_rule_and_visit() -> None:
    found = judged(with_change(1, start=629)).to_json()
    assert found["feasible"] is False
    assert found["violations"][0]["rule"] == "arrives_late"
    assert found["violations"][0]["date"] == "2023-11-13"
    assert found["activations"] == 88


@settings(max_examples=60, deadline=None)
@given(instances(), st.integers(0, 2**32 - 1))
def test_plan_made_of_allowed_visits_is_feasible(instance: Instance, seed: int) -> None:
    recount = verify(instance, random_plan(Random(seed), instance))
    assert recount.violations == ()
    assert recount.activations <= sum(site.people for site in instance.sites)
    assert len(recount.by_visit) == recount.visits


def test_judging_no_further_than_the_first_breach_ends_as_judging_all_does() -> None:
    feasible = judged_plans = 0
    for seed in range(40):
        random = Random(seed)
        instance = instance_from_json(next_document(random, sites=3, teams=2, dates=3))
        sound = next_plan(random, instance)
        for content in (sound, *(broken_next_plan(random, instance, sound) for _ in range(3))):
            plan = Plan.from_json(content)
            recount = verify(instance, plan)
            assert verify_if_feasible(instance, plan) == (recount if recount.feasible else None)
            false_claim = replace(plan, value_milli=recount.value_milli + 1)
            assert verify_if_feasible(instance, false_claim) is None
            feasible, judged_plans = feasible + recount.feasible, judged_plans + 1
    assert 40 <= feasible < judged_plans


def compared(instance: Instance, document: dict[str, Any], *, plan: dict[str, Any], judge: Callable[..., Any]) -> bool:
    """Compare our recount with the referee's in every field that both have; return whether the plan is feasible."""
    ours, theirs = verify(instance, Plan.from_json(plan)).to_json(), judge(document, plan)
    del theirs["errors"]
    assert type(theirs["bound_milli"]) is float or ours["bound_milli"] == theirs["bound_milli"]
    del theirs["bound_milli"]
    assert {name: ours[name] for name in theirs} == theirs
    return bool(theirs["feasible"])


@pytest.mark.parametrize("first_seed", [0, 100, 200, 300])
def test_referee_agrees_on_random_and_broken_plans(first_seed: int) -> None:
    judge = load_referee().judge
    recounts = []
    for seed in range(first_seed, first_seed + 100):
        random = Random(seed)
        sizes = {"sites": random.randint(1, 7), "teams": random.randint(1, 3), "dates": random.randint(1, 6)}
        document = random_document(random, **sizes)
        instance = instance_from_json(document)
        sound = plan_document(random, instance, random_plan(random, instance))
        for plan in (sound, *(broken_plan(random, instance, sound) for _ in range(11))):
            recounts.append(compared(instance, document, plan=plan, judge=judge))
    assert 100 < sum(recounts) < 900


def test_referee_agrees_on_the_contracts_instances() -> None:
    judge = load_referee().judge
    for path in contract_instances():
        document, instance, random = load_document(path), read_instance(path), Random(path.name)
        for count in (0, 3, 200):
            visits = [
                Visit(
                    team=random.choice(instance.teams).id,
                    date=random.choice(instance.dates),
                    site=random.choice(instance.sites).id,
                    start=random.randint(400, 900),
                    minutes=instance.slot_minutes * random.randint(1, 8),
                )
                for _ in range(count)
            ]
            plan = Plan(visits=tuple(visits)).to_json()
            compared(instance, document, plan=plan, judge=judge)


def test_referee_agrees_where_a_site_and_a_team_share_an_id() -> None:
    document = week_document()
    document["teams"][0]["id"] = "S2"
    document["travel"]["overrides"] = [{"between": ["S2", "S2"], "minutes": 33, "metres": 1}]
    for visit in document["pinned"] + document["published"]:
        visit["team"] = visit["team"].replace("T1", "S2")
    visits = [visit.to_json() | {"team": visit.team.replace("T1", "S2")} for visit in week_visits()]
    compared(instance_from_json(document), document, plan={"visits": visits}, judge=load_referee().judge)


def test_referee_agrees_on_the_golden_plan() -> None:
    plan = {"visits": [visit.to_json() for visit in week_visits()], "value_milli": 82_045, "bound_milli": None}
    assert compared(week(), week_document(), plan=plan, judge=load_referee().judge)
