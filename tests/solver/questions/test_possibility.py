"""Sites called impossible win nobody in any plan; all others can be visited, and the verifier agrees."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.questions.possibility import Possibilities, Possibility, Rule
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.coast import coast_document
from tests.solver.random_instances import instances, random_plan


def judged(document: dict[str, Any], site: str = "harbour") -> Possibility:
    instance = instance_from_json(document)
    return Possibilities(instance).judge(next(found for found in instance.sites if found.id == site))


def some_direct_visit(instance: Instance, possibilities: Possibilities, site_id: str) -> Visit:
    """Return the longest visit of the first team-day that can go straight to a site."""
    site = next(found for found in instance.sites if found.id == site_id)
    for team in instance.teams:
        for day in instance.dates:
            trip = possibilities.direct_trip(site, team, day=day)
            if trip is not None:
                return Visit(team=team.id, date=day, site=site.id, start=trip.start, minutes=trip.minutes)
    raise AssertionError(f"{site_id} is called possible, and no team-day can go there")


@given(instances(), st.integers(0, 2**32 - 1))
def test_impossible_sites_win_nobody_and_others_admit_a_plan(instance: Instance, seed: int) -> None:
    possibilities = Possibilities(instance)
    recount = verify(instance, random_plan(Random(seed), instance))
    counted_by_itself = {site.id for site in instance.sites if site.must}
    counted_by_itself |= {visit.site for visit in (*instance.published, *instance.pinned)}
    for site in instance.sites:
        found = possibilities.judge(site)
        assert found.possible + sum(count for _, count in found.by_rule) == found.team_days
        if found.rule is None:
            visits = found.witness or (some_direct_visit(instance, possibilities, site.id),)
            alone = verify(instance, Plan(visits=visits))
            assert alone.feasible
            won = sum(outcome.served for outcome in alone.by_visit if outcome.visit.site == site.id)
            assert won or site.id in counted_by_itself
        else:
            there = [outcome for outcome in recount.by_visit if outcome.visit.site == site.id]
            assert not any(outcome.served for outcome in there)
            assert not there or site.id not in counted_by_itself


@given(instances())
@settings(max_examples=30, deadline=None)
def test_solver_never_visits_an_impossible_site(instance: Instance) -> None:
    visited = {visit.site for visit in solve(instance, Limits(iterations=200)).plan.visits}
    possibilities = Possibilities(instance)
    assert not [site.id for site in instance.sites if site.id in visited and possibilities.judge(site).rule]


@given(instances())
def test_counts_of_team_days_are_those_a_verifier_finds(instance: Instance) -> None:
    possibilities = Possibilities(instance)
    for site in instance.sites:
        trips = 0
        for team in instance.teams:
            for day in instance.dates:
                trip = possibilities.direct_trip(site, team, day=day)
                if trip is None:
                    continue
                trips += 1
                visit = Visit(team=team.id, date=day, site=site.id, start=trip.start, minutes=trip.minutes)
                assert verify(instance, Plan(visits=(visit,))).feasible
        assert trips == possibilities.judge(site).possible


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"people": 0}, Rule.NO_PEOPLE),
        ({"max_visit_dates": 0}, Rule.TOO_MANY_DATES),
        ({"max_teams": 0}, Rule.TOO_MANY_TEAMS),
        ({"dates": "00"}, Rule.SITE_CLOSED),
        ({"windows": []}, Rule.SITE_CLOSED),
        ({"connectivity": 0}, Rule.NO_SIGNAL),
        ({"fixed_minutes": 5}, Rule.WINS_NOBODY),
        ({"windows": [[600, 620]]}, Rule.OUTSIDE_WINDOW),
        ({"windows": [[480, 510]]}, Rule.ARRIVES_LATE),
        ({"windows": [[960, 1100]]}, Rule.SHIFT_END),
    ],
)
def test_each_rule_of_a_site_is_named(change: dict[str, Any], rule: Rule) -> None:
    document = coast_document()
    document["sites"][0] |= change
    found = judged(document)
    assert (found.rule, found.possible) == (rule, 0)
    assert found.by_rule == ((rule, 2),)


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"dates": "00"}, Rule.TEAM_OFF), ({"max_stops": 0}, Rule.TOO_MANY_STOPS), ({"operators": 0}, Rule.NO_SIGNAL)],
)
def test_each_rule_of_a_team_is_named(change: dict[str, Any], rule: Rule) -> None:
    document = coast_document()
    document["teams"][0] |= change
    assert judged(document).rule == rule


def test_budget_below_one_team_day_is_named() -> None:
    document = coast_document()
    document["costs"] = {"per_km": 0, "per_team_day": 10, "budget": 9}
    assert judged(document).rule == Rule.OVER_BUDGET


def test_satellite_makes_a_site_without_signal_possible() -> None:
    document = coast_document()
    document["sites"][0]["connectivity"] = 0
    document["teams"][0]["satellite"] = True
    assert judged(document).rule is None


def test_must_visit_without_people_is_possible() -> None:
    document = coast_document()
    document["sites"][0] |= {"people": 0, "must": True}
    assert judged(document).rule is None


def test_rule_is_that_of_the_team_days_that_get_furthest() -> None:
    # Opening it on the other date would help nobody: there is no way back in time.
    document = coast_document()
    document["sites"][0] |= {"dates": "10", "windows": [[960, 1100]]}
    found = judged(document)
    assert found.rule == Rule.SHIFT_END
    assert dict(found.by_rule) == {Rule.SITE_CLOSED: 1, Rule.SHIFT_END: 1}


def test_detour_over_another_site_makes_a_site_possible() -> None:
    document = coast_document()
    found = judged(document, "island")
    assert (found.possible, found.rule) == (0, None)
    assert [visit.site for visit in found.witness] == ["harbour", "island"]
    assert verify(instance_from_json(document), Plan(visits=found.witness)).feasible


def test_detour_that_would_stop_twice_at_one_site_does_not_count() -> None:
    document = coast_document()
    document["teams"][0]["shift"] = [480, 970]
    assert judged(document, "island").rule == Rule.SHIFT_END


def test_detour_past_the_budget_does_not_count() -> None:
    document = coast_document()
    document["costs"] = {"per_km": 1000, "per_team_day": 0, "budget": 300}
    assert judged(document, "island").rule is not None
