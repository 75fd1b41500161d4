"""What a plan owes and leaves undone is listed, with what its area could give at most."""

from dataclasses import replace
from typing import Any

from hypothesis import given

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.missed import Missed, MissedFloor, missed
from tests.solver.journey import journey
from tests.solver.random_instances import instances
from tests.solver.week import week, week_document, week_visits


def left_undone(instance: Instance, visits: list[Any]) -> Missed:
    return missed(instance, verify(instance, Plan(visits=tuple(visits))))


def test_area_below_its_floor_is_listed_with_what_it_won() -> None:
    found = left_undone(week(), week_visits())
    assert found.floors == (MissedFloor(area=week().areas[1], won=25, at_most=40),)
    assert (found.must_visits, found.pins) == ((), ())


def test_empty_plan_misses_every_floor_must_visit_and_pin() -> None:
    found = left_undone(week(), [])
    assert [(floor.area.id, floor.won) for floor in found.floors] == [("K1", 0), ("K2", 0)]
    assert [site.id for site in found.must_visits] == ["S2"]
    assert [pin.site for pin in found.pins] == ["S1"]


def test_area_can_give_no_more_than_its_sites_with_signal() -> None:
    document = week_document()
    # Without the satellite kit nobody can be won in the village without signal.
    document["teams"][0]["satellite"] = False
    at_most = {floor.area.id: floor.at_most for floor in left_undone(instance_from_json(document), []).floors}
    assert at_most == {"K1": 80, "K2": 0}


def test_must_visit_where_nobody_can_be_served_is_listed_unless_another_document_is_brought() -> None:
    document = week_document()
    (village,) = (site for site in document["sites"] if site["id"] == "S2")
    village["connectivity"] = 0
    for team in document["teams"]:
        team["satellite"] = False
    instance = instance_from_json(document)
    recount = verify(instance, Plan(visits=tuple(week_visits())))
    found = missed(instance, recount)
    assert ([site.id for site in found.unserved], found.must_visits) == (["S2"], ())
    assert missed(instance, recount, served_further={"S2"}).unserved == ()
    assert left_undone(week(), week_visits()).unserved == ()


@given(instances())
def test_missed_agrees_with_the_recount(instance: Instance) -> None:
    owed = tuple(replace(area, min_activations=area.min_activations + 3) for area in instance.areas)
    instance = replace(instance, areas=owed)
    recount = verify(instance, Plan(visits=instance.pinned))
    found = missed(instance, recount)
    assert sum(floor.area.min_activations - floor.won for floor in found.floors) == recount.area_shortfall
    assert (len(found.must_visits), len(found.pins)) == (recount.must_missed, recount.pins_missed)
    assert all(floor.won <= floor.at_most for floor in found.floors)


def test_pinned_nights_and_rides_that_a_plan_leaves_out_are_listed() -> None:
    instance = journey()
    rows = Rows(nights=instance.pinned_nights, rides=instance.pinned_rides)
    assert rows.nights
    assert rows.rides
    recount = verify(instance, Plan(visits=(), rows=rows))
    kept, left_out = missed(instance, recount, rows), missed(instance, recount)
    assert (kept.nights, kept.rides) == ((), ())
    assert (left_out.nights, left_out.rides) == (rows.nights, rows.rides)
