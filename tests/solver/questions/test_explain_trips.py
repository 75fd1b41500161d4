"""Sites of plans with nights and boats are explained: by their trips, and by what sending a team there would cost."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.completed import completed
from solver.plans.paused_starts import key_of
from solver.posed import Posed
from solver.questions.explain import Explainer
from solver.questions.explanation import Explanation, Standing
from solver.questions.possibility import Possibilities
from solver.questions.trip_merging import outings_of, with_trip
from solver.run import Limits
from solver.search.construct import read_off, read_trips
from solver.search.posing import pose
from solver.solve import solve
from tests.solver.night_instances import best_recounts, night_instance
from tests.solver.pinned_instances import DEAR, KINDS, found_plan, pinned_at_random, pinned_of_a_plan
from tests.solver.questions.test_possible_trips import boat_document, far_document
from tests.solver.ride_instances import ride_instance

FEW = 100
NOTHING = Plan(visits=())


def explained(instance: Instance, plan: Plan, *, iterations: int = 0) -> dict[str, Explanation]:
    explainer = Explainer(instance, plan)
    answers = {site.id: explainer.explain(site, iterations=iterations) for site in instance.sites}
    for answer in answers.values():
        assert explainer.describe(answer).id
        assert "{" not in explainer.describe(answer).en
        assert explainer.to_json(answer)["site"] == answer.site.id
    return answers


@cache
def solved() -> tuple[tuple[Instance, Plan], ...]:
    """Instances with nights, some with boats and breaks, and plans of them."""
    return tuple(_solved())


def _solved() -> Iterator[tuple[Instance, Plan]]:
    for seed in range(10):
        random = Random(seed)
        if seed % 2:
            instance = ride_instance(random, sites=5, teams=2, dates=3, pauses=seed % 4 == 1)
        else:
            instance = night_instance(random, sites=5, teams=2, dates=4, lodgings=2)
        yield instance, solve(instance, Limits(iterations=200), seed=seed).plan


def test_plan_with_trips_is_laid_out_as_it_is() -> None:
    # Levels and explanations go on from what is laid out.
    away = boarded = 0
    for instance, plan in solved():
        posed = Posed(instance)
        problem = posed.with_days(pose(posed.search), plan)
        state = posed.lay_out(posed.search, problem, plan)
        again = posed.laid(read_off(posed.search, state), read_trips(posed.search, state))
        whole, recount = completed(instance, again, known=plan)
        assert recount.feasible
        assert recount.value_milli == verify(instance, plan).value_milli
        assert {*whole.rows.nights} == {*plan.rows.nights}
        assert {*whole.rows.rides} == {*plan.rows.rides}
        assert {*whole.rows.breaks} == {*plan.rows.breaks}
        away += bool(plan.rows.nights)
        boarded += bool(plan.rows.rides)
    assert min(away, boarded) >= 2


def test_sites_of_plans_with_trips_are_scheduled_beaten_or_impossible() -> None:
    standings: set[Standing] = set()
    on_trips = 0
    for instance, plan in solved():
        visited = {visit.site for visit in plan.visits}
        for name, answer in explained(instance, plan, iterations=FEW).items():
            assert (answer.standing is Standing.SCHEDULED) == (name in visited)
            standings.add(answer.standing)
            on_trips += bool(answer.trips)
            if answer.forced is not None:
                assert {outcome.visit.site for outcome in answer.forced.visits} == {name}
                # Whoever is not touched is not told of anything.
                assert all(move.before != move.after for move in answer.forced.changes.retimed)
    assert standings == {Standing.SCHEDULED, Standing.BEATEN, Standing.IMPOSSIBLE}
    assert on_trips > 3


def test_plans_with_a_trip_forced_in_are_worth_no_more_than_the_best() -> None:
    forced = by_trip = 0
    for seed in range(30):
        instance = night_instance(Random(seed), sites=2, teams=1, dates=3, lodgings=1)
        best = best_recounts(instance, most_plans=4_000)
        if best is None:
            continue
        before = verify(instance, NOTHING).value_milli
        for answer in explained(instance, NOTHING).values():
            if answer.standing is Standing.BEATEN:
                assert answer.forced is not None, (seed, answer.site.id)
                assert before - answer.forced.value_lost_milli <= best[0].value_milli
                forced += 1
                by_trip += bool(answer.forced.trips)
    assert forced > 20
    assert by_trip > 2


def test_site_beyond_a_day_is_forced_in_by_a_trip_that_is_told() -> None:
    instance = instance_from_json(far_document())
    explainer = Explainer(instance, NOTHING)
    answer = explainer.explain(instance.sites[1], iterations=0)
    assert answer.forced is not None
    assert answer.forced.activations_lost == -30
    told = explainer.describe(answer)
    assert "on the trip of 13 to 14 November 2023, sleeping at Wisma Muara" in told.en
    assert "dalam perjalanan 13 sampai 14 November 2023 dengan menginap di Wisma Muara" in told.id
    trip = explainer.to_json(answer)["forced"]["trips"][0]
    assert trip == {"team": "T1", "first": "2023-11-13", "last": "2023-11-14", "lodgings": ["Wisma Muara"]}


def test_scheduled_visit_is_told_with_its_trip() -> None:
    instance = instance_from_json(far_document())
    plan = Possibilities(instance).trip_to(instance.sites[1], instance.teams[0], day=instance.dates[1])
    assert plan is not None
    explainer = Explainer(instance, plan)
    answer = explainer.explain(instance.sites[1])
    assert answer.standing is Standing.SCHEDULED
    assert "sleeping at Wisma Muara" in explainer.describe(answer).en
    assert explainer.to_json(answer)["trips"][0]["team"] == "T1"


def test_site_beyond_the_water_is_forced_in_by_boat() -> None:
    instance = instance_from_json(boat_document(out=[540, 540], back=[900, 900]))
    answer = explained(instance, NOTHING)["island"]
    assert answer.forced is not None
    assert answer.forced.activations_lost < 0
    assert answer.forced.trips == ()


def two_teams(**change: Any) -> Instance:
    """The far island, two teams, and what else is changed."""
    document = far_document() | change
    document["teams"] = [document["teams"][0], document["teams"][0] | {"id": "T2"}]
    document["sites"][1] |= {"max_visit_dates": 3, "max_teams": 2}
    return instance_from_json(document)


def trip_of(instance: Instance, team: int, d: int) -> Plan:
    trip = Possibilities(instance).trip_to(instance.sites[1], instance.teams[team], day=instance.dates[d])
    assert trip is not None
    return trip


def test_trip_takes_the_only_bed_from_another_one() -> None:
    document = far_document()
    instance = two_teams(lodgings=[document["lodgings"][0] | {"max_teams": 1}])
    mine, other = trip_of(instance, 0, 1), trip_of(instance, 1, 1)
    merged = with_trip(instance, other, mine)
    assert merged is not None
    assert verify(instance, merged).feasible
    assert [outing.team for outing in outings_of(instance, merged)] == ["T1"]


def test_trip_with_a_bed_of_its_own_leaves_the_other_one() -> None:
    instance = two_teams()
    merged = with_trip(instance, trip_of(instance, 1, 1), trip_of(instance, 0, 1))
    assert merged is not None
    assert [outing.team for outing in outings_of(instance, merged)] == ["T1", "T2"]


@pytest.mark.parametrize(("rest_days", "left"), [(0, 2), (1, 1)])
def test_trip_ends_another_of_its_team_that_leaves_no_rest(rest_days: int, left: int) -> None:
    document = far_document(rest_days=rest_days, dates="1111")
    document["dates"].append("2023-11-16")
    document["sites"] = [site | {"dates": "1111", "max_visit_dates": 4} for site in document["sites"]]
    document["lodgings"][0]["dates"] = "1111"
    instance = instance_from_json(document)
    first, second = trip_of(instance, 0, 0), trip_of(instance, 0, 3)
    assert [outing.first.day for outing in outings_of(instance, second)] == [15]
    merged = with_trip(instance, first, second)
    assert merged is not None
    assert len(outings_of(instance, merged)) == left


def test_trip_never_displaces_a_pinned_visit() -> None:
    document = far_document()
    pin = {"team": "T1", "date": "2023-11-14", "site": "harbour", "start": 540, "minutes": 60}
    instance = instance_from_json(document | {"pinned": [pin]})
    plan = Plan(visits=instance.pinned)
    assert with_trip(instance, plan, trip_of(instance, 0, 1)) is None


def pinned_plan(kind: str, seed: int) -> tuple[Instance, Plan]:
    """An instance with pinned visits, nights and rides, and a plan that keeps them."""
    instance, _ = pinned_of_a_plan(kind, seed)
    return instance, found_plan(instance, seed=seed + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_plan_with_pins_is_laid_out_as_it_is(kind: str) -> None:
    pinned = 0
    for seed in range(12):
        instance, plan = pinned_plan(kind, seed)
        posed = Posed(instance)
        problem = posed.with_days(pose(posed.search), plan)
        state = posed.lay_out(posed.search, problem, plan)
        again = posed.laid(read_off(posed.search, state), read_trips(posed.search, state))
        whole, recount = completed(instance, again, known=plan)
        assert recount.feasible
        assert recount.value_milli == verify(instance, plan).value_milli, seed
        assert {*whole.rows.nights} == {*plan.rows.nights}
        assert {key_of(ride) for ride in whole.rows.rides} == {key_of(ride) for ride in plan.rows.rides}
        pinned += len(instance.pinned) + len(instance.pinned_nights) + len(instance.pinned_rides)
    assert pinned > 12


@pytest.mark.parametrize("kind", KINDS)
def test_site_that_is_forced_in_costs_no_pinned_visit_night_or_ride(kind: str) -> None:
    standings, forced = set[Standing](), 0
    for seed in range(8):
        instance, plan = pinned_plan(kind, 20 + seed)
        assert verify(instance, plan).pins_missed == 0
        for answer in explained(instance, plan, iterations=FEW).values():
            standings.add(answer.standing)
            assert answer.has_pins == bool(instance.pinned or instance.pinned_nights or instance.pinned_rides)
            if answer.forced is not None:
                # One pin weighs more than all that a plan can win.
                assert answer.forced.value_lost_milli < DEAR // 2
                forced += 1
    assert standings >= {Standing.SCHEDULED, Standing.BEATEN}
    assert forced > 2


def test_plan_with_a_site_forced_in_beside_pins_is_worth_no_more_than_the_best() -> None:
    looked_at = 0
    for seed in range(150):
        instance = pinned_at_random("nights", seed, teams=1, dates=3)
        best = None if instance is None else best_recounts(instance, most_plans=1_000)
        if instance is None or best is None:
            continue
        before = verify(instance, NOTHING)
        for answer in explained(instance, NOTHING, iterations=40).values():
            if answer.forced is not None:
                assert before.value_milli - answer.forced.value_lost_milli <= best[0].value_milli, seed
                looked_at += 1
    assert looked_at > 10


def test_trip_never_displaces_a_pinned_night() -> None:
    document = far_document()
    document["sites"][1]["max_visit_dates"] = 3
    instance = instance_from_json(document)
    stands = trip_of(instance, 0, 1)
    (night,) = stands.rows.nights
    pinned = instance_from_json(document | {"pinned_nights": [night.to_json()]})
    assert with_trip(pinned, stands, trip_of(pinned, 0, 1)) is not None
    harbour = Possibilities(pinned).trip_to(pinned.sites[0], pinned.teams[0], day=night.date)
    assert harbour is not None
    assert with_trip(pinned, stands, harbour) is None
