"""What is not planned yet is refused by name, and nothing of it is passed over."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.numeric.arrays import build_arrays
from solver.plans.unplanned import NotPlannedYet, check_planned, unplanned
from solver.replan import replan
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.week import week, week_document

POOL = {"id": "vsat", "kind": "satellite", "count": 1}
LODGING = {"id": "L1", "place": 0}
BOAT = {"id": "C1", "from": "S1", "to": "S2", "departs": [540, 540], "minutes": 30}
PAPER = {"id": "kia", "gap": None, "minutes": 5, "shortfall": 400}
PAUSE = {"minutes": 30, "window": [690, 780]}


def changed(change: Callable[[dict[str, Any]], object]) -> Instance:
    """Return the golden week as an `outreach-2` instance, changed."""
    document = week_document() | {"format": "outreach-2", "pinned": []}
    change(document)
    return instance_from_json(document)


ASKED: dict[str, Callable[[dict[str, Any]], object]] = {
    "nights": lambda d: (d.update(lodgings=[LODGING]), d["teams"][0].update(max_nights=1)),
    "rides": lambda d: d.update(connections=[BOAT]),
    "documents": lambda d: d.update(documents=[PAPER]),
    "shared kits": lambda d: d.update(kits=[POOL]),
    "points of fairness": lambda d: d["weights"].update(spread=1),
    "zones": lambda d: (d["sites"][1].update(zone="island"), d["travel"]["overrides"].clear()),
    "events": lambda d: d["sites"][0].update(min_teams=2),
    "breaks": lambda d: d["teams"][1].update(breaks=[PAUSE]),
    "a team without ikd": lambda d: d["teams"][1].update(documents=[]),
}


@pytest.mark.parametrize("case", ASKED)
def test_field_of_the_next_format_is_planned(case: str) -> None:
    instance = changed(ASKED[case])
    assert unplanned(instance) == ()
    assert replan(instance, Limits(iterations=1)).recount.feasible


MORNING, LATE = {"minutes": 15, "window": [540, 570]}, {"minutes": 15, "window": [840, 900]}
ANY_TIME: list[dict[str, Any]] = [{"minutes": 5 + number, "window": [480, 900]} for number in range(40)]


@pytest.mark.parametrize("count", [7, 13, 40])
def test_breaks_in_too_many_orders_are_refused_by_name(count: int) -> None:
    instance = changed(lambda d: d["teams"][1].update(breaks=ANY_TIME[:count]))
    assert [fault.path for fault in unplanned(instance)] == ["/teams/1/breaks/6"]
    with pytest.raises(NotPlannedYet, match="not planned yet: a date's breaks in so many orders; narrow the hours"):
        solve(instance, Limits(iterations=1))


def test_first_break_too_many_of_each_date_is_named_once() -> None:
    dated = [rule | {"dates": dates} for dates in ("110", "001") for rule in ANY_TIME[:7]]
    instance = changed(lambda d: d["teams"][0].update(breaks=dated))
    assert [fault.path for fault in unplanned(instance)] == ["/teams/0/breaks/6", "/teams/0/breaks/13"]


def test_any_number_of_breaks_whose_hours_order_them_is_planned() -> None:
    many = [{"minutes": 5, "window": [480 + 30 * number, 500 + 30 * number]} for number in range(12)]
    many += [LATE, LATE, PAUSE]
    instance = changed(lambda d: (d["teams"][0].update(breaks=many), d["target"].update(gap=None)))
    assert unplanned(instance) == ()
    found = solve(instance, Limits(iterations=60))
    assert found.recount.feasible
    out = {(visit.team, visit.date) for visit in found.plan.visits if visit.team == "T1"}
    taken = Counter((pause.team, pause.date) for pause in found.plan.rows.breaks)
    assert taken == dict.fromkeys(out, len(many))
    assert out


def test_six_breaks_a_date_are_planned() -> None:
    many = [PAUSE, MORNING, LATE, LATE | {"minutes": 10}, PAUSE | {"minutes": 15}, {"minutes": 5, "window": [480, 490]}]
    instance = changed(lambda d: (d["teams"][0].update(breaks=many), d["target"].update(gap=None)))
    assert unplanned(instance) == ()
    found = solve(instance, Limits(iterations=60))
    assert found.recount.feasible
    out = {(visit.team, visit.date) for visit in found.plan.visits if visit.team == "T1"}
    taken = Counter((pause.team, pause.date) for pause in found.plan.rows.breaks)
    assert taken == dict.fromkeys(out, 6)
    assert out


def test_one_break_a_date_is_planned() -> None:
    dated = [PAUSE | {"dates": "110"}, MORNING | {"dates": "001"}]
    instance = changed(lambda d: (d["teams"][0].update(breaks=dated), d["target"].update(gap=None)))
    assert unplanned(instance) == ()
    found = solve(instance, Limits(iterations=60))
    assert found.recount.feasible
    out = {(visit.team, visit.date) for visit in found.plan.visits if visit.team == "T1"}
    assert {(pause.team, pause.date) for pause in found.plan.rows.breaks} == out != set()


NEUTRAL: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing new": lambda d: None,
    "lodgings that nobody may use": lambda d: d.update(lodgings=[LODGING]),
    "stations without connections": lambda d: d.update(stations=[LODGING]),
    "one zone for all": lambda d: [place.update(zone="kota") for place in (*d["sites"], *d["teams"])],
    "breaks on no date": lambda d: d["teams"][1].update(breaks=[PAUSE | {"dates": "000"}]),
    "kits of one's own": lambda d: d["teams"][1].update(kits={"printer": 1}),
    "history that weighs nothing": lambda d: d["teams"][1].update(history={"points": 9, "dates": 3}),
    "documents that are issued anyway": lambda d: d["teams"][1].update(documents=["ikd"]),
}


@pytest.mark.parametrize("case", NEUTRAL)
def test_field_that_changes_nothing_is_planned(case: str) -> None:
    instance = changed(NEUTRAL[case])
    check_planned(instance)
    arrays, others = build_arrays(instance), build_arrays(week())
    assert all(
        (getattr(arrays, name) == getattr(others, name)).all() for name in ("people", "minutes", "rate_numerator")
    )


def test_satellite_set_as_a_kit_of_ones_own_counts_as_the_teams() -> None:
    instance = changed(lambda d: d["teams"][1].update(kits={"satellite": 1}))
    document = week_document()
    document["teams"][1]["satellite"] = True
    told = build_arrays(instance_from_json(document))
    assert (build_arrays(instance).rate_numerator == told.rate_numerator).all()


def test_outreach_1_asks_for_nothing_new() -> None:
    assert unplanned(week()) == ()


def test_outreach_2_without_new_fields_is_solved_like_outreach_1(tmp_path: Path) -> None:
    one, other = (
        solve(instance, Limits(iterations=60), seed=3)
        for instance in (week(), instance_from_json(week_document() | {"format": "outreach-2"}))
    )
    assert one.plan.visits == other.plan.visits
    assert (one.plan.value_milli, one.plan.bound_milli) == (other.plan.value_milli, other.plan.bound_milli)
