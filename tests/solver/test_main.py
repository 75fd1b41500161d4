"""The command line as others run it: a child process, its files, its exit status, its events and its manners."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from solver.__main__ import main
from solver.contract.plan import read_plan
from solver.contract.reading import read_instance
from solver.contract.verify import verify
from tests.solver.journey import journey_document, journey_plan
from tests.solver.random_instances import random_document
from tests.solver.week import INSTANCES, week_document, week_visits

ROOT = Path(__file__).parents[2]
WEEK = INSTANCES / "week.json"
PATIENCE_SECONDS = 300


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "solver", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


@contextmanager
def started(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "solver", *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as child:  # type: ignore[call-overload]
        try:
            yield child
        finally:
            child.kill()


def events(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    return (json.loads(line) for line in child.stdout)


def write_json(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """Return an instance that no bound proves solved within a test, small enough to load in no time."""
    return write_json(tmp_path / "district.json", district_document(sites=60, teams=4, dates=12))


def district_document(*, sites: int, teams: int, dates: int) -> dict[str, Any]:
    document: dict[str, Any] = random_document(Random(12), sites=sites, teams=teams, dates=dates)
    document["target"] = {"gap": None, "walk_ins_per_day": 0}
    document["weights"] |= {"shortfall": 1000, "area_shortfall": 500, "late": 2}
    return document


def test_accepted_plan_exits_0_and_shows_its_figures(tmp_path: Path) -> None:
    plan = write_json(tmp_path / "plan.json", {"visits": [visit.to_json() for visit in week_visits()]})
    done = run("verify", WEEK, plan)
    assert done.returncode == 0
    assert "feasible: True" in done.stdout
    assert "value_milli: 82045" in done.stdout


def test_refused_plan_exits_1_and_names_the_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    visits = [visit.to_json() for visit in week_visits()]
    visits[1]["start"] = 600
    plan = write_json(tmp_path / "plan.json", {"visits": visits})
    assert main(["verify", str(WEEK), str(plan)]) == 1
    assert "NOT ALLOWED arrives_late" in capsys.readouterr().out


def test_verdict_is_told_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = write_json(tmp_path / "plan.json", {"visits": [], "value_milli": 5})
    assert main(["verify", str(WEEK), str(plan), "--json"]) == 1
    recount = json.loads(capsys.readouterr().out)
    assert recount["feasible"] is False
    assert [violation["rule"] for violation in recount["violations"]] == ["wrong_value"]


def test_long_list_of_violations_is_cut_for_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = write_json(tmp_path / "plan.json", {"visits": [None] * 30})
    assert main(["verify", str(WEEK), str(plan)]) == 1
    assert "and 10 more" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"visits": 5}'])
def test_what_is_no_plan_exits_2(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text(content)
    assert main(["verify", str(WEEK), str(tmp_path / "plan.json")]) == 2
    assert "cannot judge" in capsys.readouterr().err


def test_missing_file_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "none.json"), str(tmp_path / "plan.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_verify_loads_nothing_heavy() -> None:
    code = (
        "import sys, solver.__main__; "
        "print([name for name in ('numpy', 'numba', 'ortools', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_broken_instance_exits_2_with_every_fault(tmp_path: Path) -> None:
    document = week_document()
    document["sites"][0]["people"] = -5
    document["teams"][1]["shift"] = [900, 480]
    done = run("solve", write_json(tmp_path / "broken.json", document), "-o", tmp_path / "plan.json")
    assert done.returncode == 2
    assert "/sites/0/people is -5" in done.stderr
    assert "/teams/1/shift is [900, 480]" in done.stderr
    assert not (tmp_path / "plan.json").exists()


def test_supervised_run_tells_faults_as_an_event(tmp_path: Path) -> None:
    document = week_document()
    document["sites"][0]["people"] = -5
    instance = write_json(tmp_path / "broken.json", document)
    with started("solve", instance, "-o", tmp_path / "plan.json", "--supervised") as child:
        [event] = events(child)
        assert child.wait(PATIENCE_SECONDS) == 2
    assert (event["event"], event["reason"]) == ("failed", "invalid_instance")
    assert [problem["path"] for problem in event["problems"]] == ["/sites/0/people"]


@pytest.mark.parametrize(
    ("output", "mend"),
    [("absent/plan.json", "create it first"), (".", "give the name of a file"), ("/dev/null", "or a device")],
)
def test_plan_that_cannot_be_written_is_refused_before_the_search(tmp_path: Path, output: str, mend: str) -> None:
    done = run("solve", WEEK, "-o", tmp_path / output, "--time-limit", "600")
    assert done.returncode == 2
    assert mend in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--time-limit", "0"],
        ["--time-limit", "nan"],
        ["--time-limit", "soon"],
        ["--iterations", "0"],
        ["--seed", "-1"],
        ["--threads", "0"],
        ["--faster", "please"],
    ],
)
def test_senseless_limit_is_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["solve", str(WEEK), "-o", "plan.json", *options])
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize("command", ["benchmark", "--trial"])
def test_what_is_no_command_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([command])
    assert "usage: python -m solver" in capsys.readouterr().err


def test_solved_instance_leaves_a_plan_that_verifies(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    done = run("solve", WEEK, "-o", path, "--time-limit", "2", "--seed", "3")
    assert done.returncode == 0, done.stderr
    plan = read_plan(path)
    recount = verify(read_instance(WEEK), plan)
    assert recount.feasible
    assert plan.value_milli == recount.value_milli
    assert plan.bound_milli is not None
    assert plan.bound_milli >= plan.value_milli
    assert plan.seed == 3
    assert "activations" in done.stdout
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("missing", ["sites", "teams", "dates", "working teams"])
def test_where_nobody_can_go_anywhere_the_empty_plan_is_optimal(tmp_path: Path, missing: str) -> None:
    document = week_document() | {"pinned": [], "published": []}
    del document["travel"]["overrides"]
    if missing == "working teams":
        document["teams"] = [team | {"dates": "000"} for team in document["teams"]]
    elif missing == "dates":
        for stop in document["sites"] + document["teams"]:
            stop["dates"] = ""
    document[missing] = []
    instance, path = write_json(tmp_path / "instance.json", document), tmp_path / "plan.json"
    done = run("solve", instance, "-o", path, "--time-limit", "60")
    assert done.returncode == 0, done.stderr
    plan = read_plan(path)
    assert (plan.visits, str(plan.stop_reason)) == ((), "optimal")
    assert plan.value_milli == plan.bound_milli == verify(read_instance(instance), plan).value_milli


def test_same_seed_and_iterations_give_the_same_plan(tmp_path: Path) -> None:
    # Most of a run of so few steps is its bound, which a small district has soon.
    district = write_json(tmp_path / "district.json", district_document(sites=20, teams=3, dates=6))
    for name in ("one.json", "two.json"):
        done = run("solve", district, "-o", tmp_path / name, "--iterations", "2000", "--seed", "1", "--threads", "1")
        assert done.returncode == 0, done.stderr
    assert read_plan(tmp_path / "one.json").visits == read_plan(tmp_path / "two.json").visits


def test_supervised_run_tells_progress_and_then_done(tmp_path: Path, district: Path) -> None:
    path = tmp_path / "plan.json"
    with started("solve", district, "-o", path, "--time-limit", "2", "--supervised") as child:
        told = list(events(child))
        assert child.wait(PATIENCE_SECONDS) == 0
    *progress, done = told
    assert {event["event"] for event in progress} == {"progress"}
    values = [event["value_milli"] for event in progress]
    bounds = [event["bound_milli"] for event in progress if event["bound_milli"] is not None]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert (done["event"], done["plan"]) == ("done", str(path))
    assert done["value_milli"] == read_plan(path).value_milli
    assert done["stop_reason"] in ("time_limit", "optimal")


def test_supervised_replanning_keeps_its_budget_and_proves_a_bound(tmp_path: Path, district: Path) -> None:
    first, path = tmp_path / "first.json", tmp_path / "plan.json"
    assert run("solve", district, "-o", first, "--time-limit", "1", "--threads", "1").returncode == 0
    document = json.loads(district.read_bytes())
    document["published"] = json.loads(first.read_bytes())["visits"]
    again = write_json(tmp_path / "again.json", document)
    with started(
        "replan", again, "-o", path, "--time-limit", "2", "--most-moved", "0", "--seed", "4", "--supervised"
    ) as child:
        *progress, done = list(events(child))
        assert child.wait(PATIENCE_SECONDS) == 0
    assert {event["event"] for event in progress} == {"progress"}
    plan = read_plan(path)
    recount = verify(read_instance(again), plan)
    assert (done["event"], done["value_milli"], done["seed"]) == ("done", recount.value_milli, 4)
    assert (recount.feasible, recount.moved) == (True, 0)
    assert plan.bound_milli is not None
    assert plan.bound_milli >= recount.value_milli
    assert plan.activations_bound is not None
    assert plan.activations_bound >= recount.activations


def test_stop_line_ends_the_run_with_its_best_plan(tmp_path: Path, district: Path) -> None:
    path = tmp_path / "plan.json"
    with started("solve", district, "-o", path, "--time-limit", "3600", "--supervised") as child:
        told = events(child)
        next(told)
        assert child.stdin is not None
        child.stdin.write("stop\n")
        child.stdin.flush()
        *_, done = told
        assert child.wait(PATIENCE_SECONDS) == 0
    assert (done["event"], done["stop_reason"]) == ("done", "cancelled")
    assert verify(read_instance(district), read_plan(path)).feasible


def test_end_of_the_parent_ends_the_run_without_a_plan(tmp_path: Path, district: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    with started("solve", district, "-o", folder / "plan.json", "--time-limit", "3600", "--supervised") as child:
        next(events(child))
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(PATIENCE_SECONDS) == 3
    assert list(folder.iterdir()) == []


def test_parent_that_stops_listening_ends_the_run(tmp_path: Path, district: Path) -> None:
    path = tmp_path / "plan.json"
    with started("solve", district, "-o", path, "--time-limit", "3600", "--supervised") as child:
        next(events(child))
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait(PATIENCE_SECONDS) == 3
    assert not path.exists()


def test_killed_parent_takes_the_run_with_it(tmp_path: Path, district: Path) -> None:
    solve = [sys.executable, "-m", "solver", "solve", str(district), "-o", str(tmp_path / "plan.json")]
    parent_code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({[*solve, '--time-limit', '3600', '--supervised']!r},"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent_code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        grandchild = int(parent.stdout.readline())
        handle = os.pidfd_open(grandchild)
        parent.send_signal(signal.SIGKILL)
    try:
        ended, _, _ = select.select([handle], [], [], PATIENCE_SECONDS)
        assert ended == [handle]
    finally:
        os.close(handle)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_run_with_its_best_plan(tmp_path: Path, district: Path, number: signal.Signals) -> None:
    path = tmp_path / "plan.json"
    with started("solve", district, "-o", path, "--time-limit", "3600") as child:
        assert child.stderr is not None
        first_line = child.stderr.readline()
        assert "activations" in first_line
        child.send_signal(number)
        assert child.wait(PATIENCE_SECONDS) == 0
    plan = read_plan(path)
    assert str(plan.stop_reason) == "cancelled"
    assert verify(read_instance(district), plan).feasible


@pytest.fixture
def demand(tmp_path: Path) -> Path:
    """Return what is known of two sites of the week: three equally likely numbers of people each."""
    people = {"S1": [5, 40, 90], "S2": [20, 60, 150]}
    return write_json(tmp_path / "demand.json", {"format": "outreach-demand-1", "people": people})


@pytest.mark.parametrize("command", [("solve",), ("replan", "--supervised")])
def test_with_a_demand_the_plan_is_for_the_people_written_beside_it(
    tmp_path: Path, demand: Path, command: tuple[str, ...]
) -> None:
    people, plan, tried = tmp_path / "people.json", tmp_path / "plan.json", tmp_path / "spread.json"
    files = ("--demand", demand, "-o", plan, "--people-out", people, "--spread-out", tried)
    with started(command[0], WEEK, *map(str, files), "--iterations", "300", *command[1:]) as child:
        assert child.wait(PATIENCE_SECONDS) == 0
    assert verify(read_instance(people), read_plan(plan)).violations == ()
    found = json.loads(tried.read_text())
    by_people = {candidate["people"]: candidate for candidate in found["candidates"]}
    assert list(by_people) == ["mean", "q25", "q65", "q75"]  # of three values the 75th percentile is the 85th too
    best = max(by_people.values(), key=lambda candidate: candidate["expected_value_milli"])
    assert by_people[found["chosen"]]["expected_value_milli"] == best["expected_value_milli"]
    assert by_people[found["chosen"]]["activations"] == verify(read_instance(people), read_plan(plan)).activations
    assert set(best) == {"people", "expected_activations", "expected_value_milli", "activations"}
    assert found["activations_bound"] >= best["expected_activations"]


def test_with_a_policy_what_each_level_reached_is_written_beside_the_plan(tmp_path: Path) -> None:
    plan, levels = tmp_path / "plan.json", tmp_path / "levels.json"
    files = (WEEK, "-o", plan, "--policy", "even-areas", "--levels-out", levels)
    with started("replan", *files, "--iterations", "300", "--supervised") as child:
        assert child.wait(PATIENCE_SECONDS) == 0
    recount = verify(read_instance(WEEK), read_plan(plan))
    assert recount.violations == ()
    found = json.loads(levels.read_text())
    assert found["policy"] == "even-areas"
    assert [(level["level"], level["reached"]) for level in found["levels"]] == [
        ("floors", recount.area_shortfall),
        ("shortfall", recount.shortfall),
    ]


def test_a_policy_goes_with_a_demand_and_is_counted_by_the_people_of_the_kept_plan(
    tmp_path: Path, demand: Path
) -> None:
    people, plan, tried, levels = (tmp_path / name for name in ("people.json", "plan.json", "spread.json", "levels"))
    files = ("--demand", demand, "-o", plan, "--people-out", people, "--spread-out", tried)
    policy = ("--policy", "close-the-gap", "--levels-out", levels)
    done = run("solve", WEEK, *files, *policy, "--iterations", "300")
    assert done.returncode == 0, done.stderr
    assert "shortfall" in done.stdout
    recount = verify(read_instance(people), read_plan(plan))
    assert recount.violations == ()
    assert json.loads(levels.read_text())["levels"][0]["reached"] == recount.shortfall
    found = json.loads(tried.read_text())
    [kept] = [candidate for candidate in found["candidates"] if candidate["people"] == found["chosen"]]
    assert kept["activations"] == recount.activations


def test_a_broken_policy_is_told_with_place_value_and_mend(tmp_path: Path) -> None:
    levels = [{"level": "speed"}, {"level": "cost", "tolerance": -1}]
    broken = write_json(tmp_path / "policy.json", {"format": "outreach-policy-1", "name": "x", "levels": levels})
    with started("solve", WEEK, "-o", tmp_path / "plan.json", "--policy", broken, "--supervised") as child:
        assert child.wait(PATIENCE_SECONDS) == 2
        [event] = events(child)
    assert event["reason"] == "invalid_policy"
    assert [problem["path"] for problem in event["problems"]] == ["/levels/0/level", "/levels/1/tolerance"]


def test_policies_says_what_each_order_makes_of_a_plan(tmp_path: Path) -> None:
    visits = [visit.to_json() for visit in week_visits()]
    plan = write_json(tmp_path / "plan.json", {"format": "outreach-plan-1", "visits": visits})
    done = run("policies", WEEK, plan, "--policy", "even-areas", "--iterations", "200", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    recount = verify(read_instance(WEEK), read_plan(plan))
    assert found["plan"]["activations"] == recount.activations
    [order] = found["orders"]
    assert order["policy"] == "even-areas"
    assert order["figures"]["floors"] <= recount.area_shortfall


def test_a_broken_demand_is_told_as_an_event(tmp_path: Path) -> None:
    broken = write_json(tmp_path / "demand.json", {"format": "outreach-demand-1", "people": {"S1": [3, 2]}})
    files = ("--demand", broken, "-o", tmp_path / "a", "--people-out", tmp_path / "b", "--spread-out", tmp_path / "c")
    with started("solve", WEEK, *map(str, files), "--supervised") as child:
        [event] = events(child)
        assert child.wait(PATIENCE_SECONDS) == 2
    assert (event["event"], event["reason"]) == ("failed", "invalid_demand")
    assert [problem["path"] for problem in event["problems"]] == ["/people/S1/1"]
    assert list(tmp_path.iterdir()) == [broken]


def test_where_the_chosen_people_cannot_be_written_is_said_before_the_search(
    tmp_path: Path, demand: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ("--people-out", tmp_path / "none" / "people.json", "--spread-out", tmp_path / "spread.json")
    arguments = ("solve", WEEK, "-o", tmp_path / "plan.json", "--demand", demand, *files)
    assert main([str(argument) for argument in arguments]) == 2
    assert "create it first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (("solve", "--demand", "d"), "--people-out and --spread-out together"),
        (("solve", "--people-out", "d", "--spread-out", "s"), "give --demand"),
        (("replan", "--demand", "d", "--people-out", "p", "--spread-out", "s"), "give --supervised"),
    ],
)
def test_a_demand_without_what_it_needs_ends_with_the_usage(
    arguments: tuple[str, ...], mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main([arguments[0], str(WEEK), "-o", "plan.json", *arguments[1:]])
    assert caught.value.code == 2
    assert mend in capsys.readouterr().err


JOURNEY = INSTANCES / "journey.json"


def with_breaks_in_any_order(path: Path, document: dict[str, Any]) -> Path:
    """One more than there are clocks for."""
    document["teams"][0]["breaks"] = [{"minutes": 5 + number, "window": [600, 900]} for number in range(7)]
    return write_json(path, document)


def test_what_is_not_planned_yet_is_refused_by_name_before_the_search(tmp_path: Path) -> None:
    instance = with_breaks_in_any_order(tmp_path / "journey.json", journey_document())
    with started("solve", instance, "-o", tmp_path / "plan.json", "--supervised") as child:
        [event] = events(child)
        assert child.wait(PATIENCE_SECONDS) == 2
    assert (event["event"], event["reason"]) == ("failed", "not_planned_yet")
    assert {problem["path"] for problem in event["problems"]} == {"/teams/0/breaks/6"}
    assert list(tmp_path.iterdir()) == [instance]


def test_questions_about_what_is_not_planned_yet_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_json(tmp_path / "plan.json", journey_plan())
    assert main(["verify", str(JOURNEY), str(plan)]) == 0
    assert "nights: 1" in capsys.readouterr().out
    assert main(["explain", str(JOURNEY), str(plan)]) == 0
    assert "guesthouse" in capsys.readouterr().out
    instance = with_breaks_in_any_order(tmp_path / "journey.json", journey_document())
    for question in (["explain", str(instance), str(plan)], ["what-if", str(instance), "--change", "teams=+1"]):
        assert main(question) == 2
        assert "not planned yet: a date's breaks in so many orders" in capsys.readouterr().err


def test_check_says_what_is_refused_not_planned_and_in_vain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(WEEK)]) == 0
    assert capsys.readouterr().out == ""
    document = journey_document() | {"pinned_nights": [], "pinned_rides": []}
    document["connections"][1]["departs"] = [1200, 1230]
    path = with_breaks_in_any_order(tmp_path / "journey.json", document)
    assert main(["check", str(path), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["faults"] == []
    assert {one["path"] for one in found["not_planned_yet"]} == {"/teams/0/breaks/6"}
    assert {one["path"] for one in found["doubts"]} == {"/lodgings/0", "/connections/1"}
    assert main(["check", str(path), "--language", "en"]) == 2
    assert "IN VAIN /connections/1: C2 leaves at 20:00–20:30" in capsys.readouterr().out
    document["connections"][1]["departs"] = [1230, 1200]
    assert main(["check", str(write_json(path, document))]) == 2
    assert "REFUSED /connections/1/departs is [1230, 1200]" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "nothing.json")]) == 2
    assert "cannot check" in capsys.readouterr().err


def test_doubts_are_told_before_a_run_begins(tmp_path: Path) -> None:
    document = week_document() | {"format": "outreach-2"}
    document["lodgings"] = [{"id": "L1", "name": "hall", "place": 0}]
    instance = write_json(tmp_path / "week.json", document)
    with started("solve", instance, "-o", tmp_path / "plan.json", "--iterations", "5", "--supervised") as child:
        told = list(events(child))
        assert child.wait(PATIENCE_SECONDS) == 0
    assert (told[0]["event"], [one["path"] for one in told[0]["doubts"]]) == ("doubts", ["/lodgings"])
    assert (told[-1]["event"], json.loads((tmp_path / "plan.json").read_text())["format"]) == (
        "done",
        "outreach-plan-2",
    )


def test_breaks_are_planned_and_told_in_the_file(tmp_path: Path) -> None:
    document = week_document() | {"format": "outreach-2", "pinned": []}
    document["target"]["gap"] = None
    document["teams"][0]["breaks"] = [{"minutes": 30, "window": [690, 780]}]
    instance, plan = write_json(tmp_path / "week.json", document), tmp_path / "plan.json"
    with started("solve", instance, "-o", plan, "--iterations", "50", "--supervised") as child:
        told = list(events(child))
        assert child.wait(PATIENCE_SECONDS) == 0
    # The event says what a plan claims; the plan itself is in its file.
    assert (told[-1]["event"], "breaks" in told[-1]) == ("done", False)
    assert json.loads(plan.read_text())["breaks"]
    assert run("verify", instance, plan).returncode == 0
    asked = run("explain", instance, plan)
    assert (asked.returncode, asked.stderr) == (0, "")
    asked = run("what-if", instance, "--plan", plan, "--change", "teams=+1", "--iterations", "50", "--json")
    trials = json.loads(asked.stdout)["trials"]
    assert [trial["teams"] for trial in trials] == [2, 3]


def test_kits_are_planned_and_told_in_the_file(tmp_path: Path) -> None:
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["target"]["gap"] = None
    for site in document["sites"]:
        site["connectivity"] = 0
    for team in document["teams"]:
        team["satellite"] = False
    document["kits"] = [{"id": "set", "kind": "satellite", "count": 1}]
    instance, plan = write_json(tmp_path / "week.json", document), tmp_path / "plan.json"
    assert run("solve", instance, "-o", plan, "--iterations", "50").returncode == 0
    written = json.loads(plan.read_text())
    assert {row["kit"] for row in written["kits"]} == {"set"}
    assert run("verify", instance, plan).returncode == 0
    in_force = write_json(tmp_path / "in-force.json", document | {"published": written["visits"]})
    again = tmp_path / "again.json"
    assert run("replan", in_force, "-o", again, "--iterations", "50").returncode == 0
    assert json.loads(again.read_text())["kits"] == written["kits"]
    assert run("verify", in_force, again).returncode == 0
    asked = run("explain", instance, plan)
    assert (asked.returncode, asked.stderr) == (0, "")
    asked = run("policies", instance, plan, "--policy", "close-the-gap", "--iterations", "60")
    assert (asked.returncode, asked.stderr) == (0, "")
