from collections.abc import Callable
from typing import Any

import pytest

from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.benchmark.districts import core
from tests.benchmark.routing import NotComparable, Route, plan_of, routing

Document = dict[str, Any]


def small_core() -> Instance:
    return core(sites=12, teams=2, capacity_share=0.75, seed=1, name="small")


def test_routes_become_a_plan_worth_their_prizes() -> None:
    instance = small_core()
    problem = routing(instance)
    routes = [Route(fleet=0, sites=(0,)), Route(fleet=1, sites=(1,))]
    recount = verify(instance, plan_of(instance, problem, routes))
    assert recount.feasible
    assert recount.value_milli == 1000 * (instance.sites[0].people + instance.sites[1].people)


def test_route_that_takes_too_long_is_left_to_the_judge() -> None:
    instance = small_core()
    problem = routing(instance)
    recount = verify(instance, plan_of(instance, problem, [Route(fleet=0, sites=tuple(range(12)))]))
    assert not recount.feasible


def test_each_vehicle_of_a_fleet_is_another_team_day() -> None:
    instance = small_core()
    problem = routing(instance)
    plan = plan_of(instance, problem, [Route(fleet=0, sites=(0,)), Route(fleet=0, sites=(1,))])
    assert len({(visit.team, visit.date) for visit in plan.visits}) == 2


def first_site(**fields: object) -> Callable[[Document], None]:
    return lambda document: document["sites"][0].update(fields)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (first_site(fixed_minutes=None), "durations to choose"),
        (first_site(max_visit_dates=2), "several visits"),
        (first_site(dates="0"), "closed dates"),
        (first_site(windows=[[480, 600], [700, 930]]), "several windows"),
        (first_site(must=True), "must-visits"),
        (first_site(people=5000), "do not win all people"),
        (lambda document: document["target"].update(gap=10), "a gap that can be closed"),
        (lambda document: document["costs"].update(budget=1), "costs"),
    ],
)
def test_what_route_optimisers_do_not_know_is_named(change: Callable[[Document], None], reason: str) -> None:
    document = small_core().to_json()
    document["dates"] = document["dates"][:1]
    for record in [*document["sites"], *document["teams"]]:
        record["dates"] = "1"
    change(document)
    with pytest.raises(NotComparable, match=reason):
        routing(instance_from_json(document))
