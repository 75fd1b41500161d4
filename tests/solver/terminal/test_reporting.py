"""How a run is told: events for a supervisor, lines for a log, a bar on a terminal."""

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from solver.contract.faults import Fault
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.verify import Recount, verify
from solver.terminal.reporting import JsonLines, PlainLines, TerminalBar, describe, operator_table
from tests.solver.week import week, week_visits


def make_progress(**changes: Any) -> Progress:
    fields: dict[str, Any] = {
        "elapsed_seconds": 1.0,
        "iterations": 1200,
        "value_milli": 80_000,
        "bound_milli": 100_000,
        "activations": 85,
        "activations_bound": 99,
    }
    return Progress(**fields | changes)


def make_result() -> tuple[Plan, Recount]:
    plan = Plan(
        visits=tuple(week_visits()),
        value_milli=82_045,
        bound_milli=90_000,
        stop_reason=StopReason.OPTIMAL,
        seed=1,
        activations_bound=95,
    )
    return plan, verify(week(), plan)


def unused() -> None:
    raise AssertionError("the pipe is whole")


def test_events_are_one_json_object_a_line() -> None:
    stream = io.StringIO()
    reporter = JsonLines(stream, on_broken_pipe=unused)
    plan, recount = make_result()
    reporter.progress(make_progress())
    reporter.done(plan, recount, path=Path("plan.json"))
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first == {"event": "progress", **make_progress().to_json()}
    assert second == {
        "event": "done",
        "plan": "plan.json",
        "value_milli": 82_045,
        "bound_milli": 90_000,
        "stop_reason": "optimal",
        "seed": 1,
        "solver_version": plan.solver_version,
        "activations_bound": 95,
        "activations": 88,
    }


def test_failure_lists_the_faults() -> None:
    stream = io.StringIO()
    fault = Fault(path="/sites/0/people", value="-5", mend="give a whole number")
    JsonLines(stream, on_broken_pipe=unused).failed("invalid_instance", "broken", faults=[fault])
    assert json.loads(stream.getvalue()) == {
        "event": "failed",
        "reason": "invalid_instance",
        "message": "broken",
        "problems": [{"path": "/sites/0/people", "value": "-5", "mend": "give a whole number"}],
    }


def test_parent_that_stopped_listening_is_noticed() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    noticed: list[bool] = []
    JsonLines(Broken(), on_broken_pipe=lambda: noticed.append(True)).progress(make_progress())
    assert noticed == [True]


def test_log_gets_a_line_for_news_and_at_most_one_a_second() -> None:
    stream = io.StringIO()
    reporter = PlainLines(stream)
    for progress in (
        make_progress(elapsed_seconds=0.1),
        make_progress(elapsed_seconds=0.2, value_milli=81_000),
        make_progress(elapsed_seconds=1.2, value_milli=81_000),
        make_progress(elapsed_seconds=9.0, value_milli=81_000),
        make_progress(elapsed_seconds=9.1, value_milli=81_000, bound_milli=90_000),
    ):
        reporter.progress(progress)
    assert [line.split()[0] for line in stream.getvalue().splitlines()] == ["0.1", "1.2", "9.1"]


@pytest.mark.parametrize(
    ("bound", "text"), [(None, "bound unknown"), (100_000, "bound 100.0 (20.00% apart)"), (0, "bound 0.0  ")]
)
def test_line_says_how_far_value_and_bound_are_apart(bound: int | None, text: str) -> None:
    assert text in describe(make_progress(bound_milli=bound))


def test_summary_says_what_the_plan_reaches_and_what_no_plan_can(capsys: pytest.CaptureFixture[str]) -> None:
    plan, recount = make_result()
    PlainLines(sys.stderr).done(plan, recount, path=Path("plan.json"))
    told = capsys.readouterr().out
    assert re.search(r"activations\s+88 of a gap of 85, at most 95 by any plan", told)
    assert re.search(r"stopped by\s+optimal", told)


def test_bar_shows_the_search_and_leaves_a_summary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes the captured stream for a terminal
    monkeypatch.setenv("COLUMNS", "200")
    plan, recount = make_result()
    bar = TerminalBar(seconds=10.0, iterations=None)
    with bar:
        bar.progress(make_progress())
    bar.done(plan, recount, path=Path("plan.json"))
    bar.failed("invalid_instance", "[red]/dates[/red] is missing")
    told = capsys.readouterr()
    assert "85 activations" in told.err
    assert "[red]/dates[/red] is missing" in told.err
    assert "82.045" in told.out


def test_table_of_operators_leaves_out_those_that_had_nothing_to_do() -> None:
    lines = operator_table([("squeeze", 2000, 500, 3), ("ferry", 0, 0, 0)]).splitlines()
    assert [line.split() for line in lines] == [
        ["operator", "steps", "kept", "best"],
        ["squeeze", "2,000", "25.0%", "3"],
    ]
