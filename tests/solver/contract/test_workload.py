"""Each team's share of the work, what is above it, and what that takes off the value of a plan."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance, Visit, Window
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify
from solver.contract.workload import TeamLoad, most_unfairness, priced_minutes
from tests.solver.fair_instances import equal_teams, fair_instances
from tests.solver.random_instances import random_plan
from tests.solver.week import week, week_document, week_visits

QUIET = settings(deadline=None, max_examples=60)


def counted(instance: Instance, seed: int) -> Recount:
    return verify(instance, random_plan(Random(seed), instance, tries=30))


def loads_of(recount: Recount) -> dict[str, TeamLoad]:
    return {load.team: load for load in recount.loads}


def test_loads_of_a_plan_worked_out_by_hand() -> None:
    # T1 is back at 12:50 + 40 minutes on Monday and at 8:45 + 12 on Thursday, T2 at 10:40 + 12.
    found = loads_of(verify(week(), Plan(visits=tuple(week_visits()))))
    assert (found["T1"].days, found["T1"].away, found["T1"].travel) == (2, 360 + 87, 10 + 20 + 40 + 10 + 12)
    assert (found["T2"].days, found["T2"].away, found["T2"].travel) == (1, 172, 10 + 12)
    assert (found["T1"].available, found["T2"].available) == (3 * 480, 2 * 360)
    assert (found["T1"].expected, found["T2"].expected) == (619 * 1440 // 2160, 619 * 720 // 2160)


def test_a_day_outside_the_usual_hours_counts_an_hour_more_at_either_end() -> None:
    plan = Plan(visits=tuple(week_visits()))
    early_and_late = replace(week(), usual_day=Window(open=480, close=809))
    found = loads_of(verify(early_and_late, plan))
    assert (found["T1"].odd_hours, found["T2"].odd_hours) == (3 * 60, 0)
    assert loads_of(verify(week(), plan))["T1"].odd_hours == 0


@pytest.mark.parametrize(
    ("hours", "priced"),
    [(-40, 0), (0, 0), (1, 1), (8, 8), (9, 8 + 3), (16, 8 + 24), (17, 32 + 8), (32, 32 + 128), (40, 160 + 160)],
)
def test_each_hour_above_the_share_costs_the_more_the_more_there_are(hours: int, priced: int) -> None:
    assert priced_minutes(60 * hours) == 60 * priced


def test_eight_hours_above_the_share_cost_four_tenths_of_an_activation_at_fifty() -> None:
    assert 50 * priced_minutes(8 * 60) // 60 == 400


@given(fair_instances(), st.integers(0, 2**32 - 1))
@QUIET
def test_deviations_of_a_plan_add_up_to_nothing(instance: Instance, seed: int) -> None:
    recount = counted(instance, seed)
    everybody = sum(load.available for load in recount.loads)
    total = sum(load.load for load in recount.loads)
    exact = [load.load - Fraction(load.available * total, max(1, everybody)) for load in recount.loads]
    assert everybody == 0 or sum(exact) == 0
    rounded = sum(load.deviation_after - load.deviation_before for load in recount.loads)
    assert 0 <= rounded < len(instance.teams)


@given(fair_instances(), st.integers(0, 2**32 - 1))
@QUIET
def test_fairness_takes_its_price_off_the_value_and_never_adds_to_it(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance, tries=30)
    priced = verify(instance, plan)
    free = verify(replace(instance, weights=replace(instance.weights, fairness=0)), plan)
    assert free.value_milli - priced.value_milli == instance.weights.fairness * priced.unfairness // 60
    assert 0 <= priced.unfairness <= most_unfairness(instance)
    assert free.loads == priced.loads


@given(fair_instances(), st.integers(0, 2**32 - 1))
@QUIET
def test_exchanging_the_names_of_teams_exchanges_their_loads(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance, tries=30)
    order = [team.id for team in instance.teams]
    renamed = dict(zip(order, order[1:] + order[:1], strict=True))
    other = replace(
        instance,
        teams=tuple(replace(team, id=renamed[team.id]) for team in instance.teams),
        travel=replace(
            instance.travel,
            overrides=tuple(
                replace(
                    one,
                    between=(renamed.get(one.between[0], one.between[0]), renamed.get(one.between[1], one.between[1])),
                )
                for one in instance.travel.overrides
            ),
        ),
    )
    visits = tuple(replace(visit, team=renamed[visit.team]) for visit in plan.visits)
    one, two = loads_of(verify(instance, plan)), loads_of(verify(other, Plan(visits=visits)))
    # Whose the last people of a site are that two teams visit goes by their names, and is no part of the load.
    assert {team: replace(load, activations=0) for team, load in two.items()} == {
        renamed[team]: replace(load, team=renamed[team], activations=0) for team, load in one.items()
    }


def test_a_team_on_leave_owes_nothing() -> None:
    instance = equal_teams([0, 0, 0], on_leave=["T3"])
    visits = tuple(
        Visit(team=team, date=instance.dates[0], site=site, start=600, minutes=60)
        for team, site in (("T1", "S1"), ("T2", "S2"))
    )
    recount = verify(instance, Plan(visits=visits))
    assert recount.violations == ()
    on_leave = loads_of(recount)["T3"]
    assert (on_leave.expected, on_leave.deviation_before, on_leave.deviation_after) == (0, 0, 0)


@given(fair_instances())
@QUIET
def test_any_fair_instance_survives_a_round_trip(instance: Instance) -> None:
    assert instance_from_json(instance.to_json()) == instance


@pytest.mark.parametrize("hours", [41, -41, 1.5, "7", None, True])
def test_more_history_than_is_counted_is_refused(hours: object) -> None:
    document = week_document()
    document["teams"][1]["history_hours"] = hours
    with pytest.raises(InvalidInstance, match=r"/teams/1/history_hours.*from -40 to 40"):
        instance_from_json(document)


@pytest.mark.parametrize("price", [-1, 0.5, 10**12 + 1, None])
def test_a_price_of_fairness_that_is_none_is_refused(price: object) -> None:
    document = week_document()
    document["weights"]["fairness"] = price
    with pytest.raises(InvalidInstance, match="/weights/fairness"):
        instance_from_json(document)


def test_a_usual_day_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInstance, match="/usual_day"):
        instance_from_json(week_document() | {"usual_day": [900, 480]})


def test_a_price_of_fairness_whose_products_do_not_fit_is_refused() -> None:
    document = week_document()
    document["weights"]["fairness"] = 10**12
    for team in document["teams"]:
        team["shift"] = [0, 10**8]
    with pytest.raises(InvalidInstance, match="products pass"):
        instance_from_json(document)
