"""Plans on paper: what is written, what is read, and what a broken file leaves."""

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.contract.plan import InvalidPlan, Plan, Progress, StopReason, read_plan, write_plan
from solver.contract.version import solver_version
from tests.solver.week import make_visit, week_visits


def make_plan(**changes: Any) -> Plan:
    fields: dict[str, Any] = {
        "visits": tuple(week_visits()),
        "value_milli": 82_045,
        "bound_milli": 90_000,
        "stop_reason": StopReason.TIME_LIMIT,
        "seed": 7,
        "activations_bound": 95,
        "iterations": 1_000,
    }
    return Plan(**fields | changes)


def test_plan_is_written_in_the_contracts_format() -> None:
    document = make_plan().to_json()
    assert document["format"] == "outreach-plan-1"
    assert document["visits"][0] == {"team": "T1", "date": "2023-11-13", "site": "S1", "start": 500, "minutes": 90}
    assert (document["value_milli"], document["bound_milli"]) == (82_045, 90_000)
    assert json.loads(json.dumps(document["stop_reason"])) == "time_limit"
    assert (document["seed"], document["solver_version"]) == (7, solver_version())


@pytest.mark.parametrize(
    "plan",
    [
        make_plan(),
        make_plan(bound_milli=None, activations_bound=None),
        make_plan(value_milli=-5, visits=()),
        make_plan(served_bound=(("kia", 40), ("akta", 0))),
        Plan(visits=(), solver_version=None),
    ],
)
def test_plan_survives_a_round_trip(plan: Plan) -> None:
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_unknown_bound_is_written_as_null() -> None:
    assert make_plan(bound_milli=None).to_json()["bound_milli"] is None


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_plan(make_plan(), tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == make_plan()


def test_writing_replaces_the_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("an older plan")
    write_plan(make_plan(), path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "latest.json").symlink_to(tmp_path / "plan.json")
    write_plan(make_plan(), tmp_path / "latest.json")
    assert (tmp_path / "latest.json").is_symlink()
    assert read_plan(tmp_path / "plan.json") == make_plan()


def test_failed_writing_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError("no space left on device")

    path = tmp_path / "plan.json"
    path.write_text("an older plan")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_plan(make_plan(), path)
    assert path.read_text() == "an older plan"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("document", [None, [], {}, {"visits": None}, {"visits": {}}, "plan"])
def test_what_holds_no_list_of_visits_is_no_plan(document: object) -> None:
    with pytest.raises(InvalidPlan, match="visits"):
        Plan.from_json(document)


@pytest.mark.parametrize("content", [b"", b"{", b'{"visits": "\xe9"}', b"[" * 100_000])
def test_file_that_is_no_json_is_no_plan(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(InvalidPlan, match="not JSON"):
        read_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"team": None}, "/visits/1/team"),
        ({"team": ["T1"]}, "/visits/1/team"),
        ({"site": 7}, "/visits/1/site"),
        ({"date": "2023-11-31"}, "/visits/1/date"),
        ({"date": "20231113"}, "/visits/1/date"),
        ({"date": None}, "/visits/1/date"),
        ({"start": 480.0}, "/visits/1/start"),
        ({"start": True}, "/visits/1/start"),
        ({"minutes": "30"}, "/visits/1/minutes"),
        ({"minutes": None}, "/visits/1/minutes"),
    ],
)
def test_broken_visit_is_kept_aside_with_its_path(changes: dict[str, Any], path: str) -> None:
    document = {"visits": [make_visit().to_json(), make_visit().to_json() | changes, make_visit(day=14).to_json()]}
    plan = Plan.from_json(document)
    assert plan.visits == (make_visit(), make_visit(day=14))
    assert [fault.path for fault in plan.unreadable] == [path]


@pytest.mark.parametrize("entry", [None, "T1", 5, ["T1", "S1"]])
def test_visit_that_is_no_object_is_kept_aside(entry: object) -> None:
    assert [fault.path for fault in Plan.from_json({"visits": [entry]}).unreadable] == ["/visits/0"]


@pytest.mark.parametrize(
    ("claim", "value", "readable"),
    [(5, 5, True), (-5, -5, True), (5.0, 5, True), (5.5, None, False), (None, None, False), ("5", None, False)],
)
def test_claimed_value_is_a_whole_number(claim: object, value: int | None, readable: bool) -> None:
    plan = Plan.from_json({"visits": [], "value_milli": claim})
    assert plan.value_milli == value
    assert (plan.unreadable == ()) is readable


def test_plan_need_not_claim_a_value() -> None:
    plan = Plan.from_json({"visits": []})
    assert (plan.value_milli, plan.bound_milli, plan.unreadable) == (None, None, ())


@pytest.mark.parametrize(
    ("claim", "bound", "readable"),
    [
        (None, None, True),
        (5, 5, True),
        (5.5, 5, True),
        (-5.5, -6, True),
        (math.inf, None, True),
        (math.nan, None, True),
        (-math.inf, None, False),
        ("5", None, False),
        (10**400, 10**400, True),
    ],
)
def test_claimed_bound_excludes_the_same_values_when_read(claim: object, bound: int | None, readable: bool) -> None:
    plan = Plan.from_json({"visits": [], "bound_milli": claim})
    assert plan.bound_milli == bound
    assert (plan.unreadable == ()) is readable


json_values = st.sampled_from(
    [None, True, 0, -7, 10**30, 0.5, math.nan, math.inf, "", "T1", "2023-11-13", "optimal", [], [1], {}, {"team": 1}]
)


@given(
    st.fixed_dictionaries(
        {
            "visits": st.lists(
                st.dictionaries(st.sampled_from(["team", "date", "site", "start", "minutes"]), json_values)
            )
        },
        optional=dict.fromkeys(("value_milli", "bound_milli", "stop_reason", "seed", "iterations"), json_values),
    )
)
def test_no_json_makes_reading_fail(document: dict[str, Any]) -> None:
    plan = Plan.from_json(document)
    assert len(plan.visits) + sum(p.path.startswith("/visits") for p in plan.unreadable) == len(document["visits"])


def test_progress_is_told_as_a_flat_object() -> None:
    progress = Progress(
        elapsed_seconds=1.5, iterations=10, value_milli=5, bound_milli=None, activations=3, activations_bound=9
    )
    assert progress.to_json() == {
        "elapsed_seconds": 1.5,
        "iterations": 10,
        "value_milli": 5,
        "bound_milli": None,
        "activations": 3,
        "activations_bound": 9,
    }
    further = replace(progress, served_bound=(("kia", 40),))
    assert further.to_json() == progress.to_json() | {"served_bound": {"kia": 40}}


def test_bound_on_people_served_that_is_no_number_is_none() -> None:
    document = make_plan().to_json() | {"served_bound": {"kia": 40, "akta": "many", "ktp": 1.5, "x": True}}
    assert Plan.from_json(document).served_bound == (("kia", 40),)
    assert Plan.from_json(document | {"served_bound": [40]}).served_bound == ()
