"""The child's side of a run: what is heard from it, and how it is ended."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.schedules.runs import process
from app.schedules.runs.process import SolverCommand, SolverDied, SolverFailed, SolverTask, run_solver
from app.schedules.wish import Closeness


def run(
    tmp_path: Path,
    code: str,
    *,
    stop_now: bool = False,
    replan: Closeness | None = None,
    iterations: int | None = None,
    **patience: float,
) -> list[Mapping[str, Any]]:
    """Run a Python text as the solver; what it told. It finds the plan's path in `plan`."""
    start = "import json, sys, time; plan = sys.argv[sys.argv.index('-o') + 1]\n"
    command = SolverCommand(argv=(sys.executable, "-c", start + code), scratch_dir=tmp_path, **patience)
    task = SolverTask(
        instance=tmp_path / "instance",
        plan=tmp_path / "plan",
        time_limit_seconds=1,
        seed=1,
        iterations=iterations,
        replan=replan,
    )
    heard: list[Mapping[str, Any]] = []

    async def go() -> None:
        stop = asyncio.Event()
        if stop_now:
            stop.set()
        await run_solver(command, task, on_progress=heard.append, stop=stop)

    asyncio.run(go())
    return heard


DONE = "open(plan, 'w').close(); print(json.dumps({'event': 'done'}), flush=True)"


def test_progress_is_passed_on_and_noise_ignored(tmp_path: Path) -> None:
    noise = "print('warming up'); print('[1]'); print(json.dumps({'event': 'progress', 'iterations': 3}))\n"
    assert [event["iterations"] for event in run(tmp_path, noise + DONE)] == [3]


@pytest.mark.parametrize(
    ("replan", "words"),
    [
        (None, ["solve", "--threads"]),
        (Closeness(), ["replan"]),
        (Closeness(most_moved=0), ["replan", "--most-moved", "0"]),
    ],
)
def test_solver_is_told_whether_to_plan_anew_or_to_change_little(
    tmp_path: Path, replan: Closeness | None, words: list[str]
) -> None:
    tell = "print(json.dumps({'event': 'progress', 'argv': sys.argv}), flush=True)\n"
    argv = run(tmp_path, tell + DONE, replan=replan)[0]["argv"]
    assert set(words) <= set(argv)
    assert {"--supervised", "--time-limit", "--seed"} <= set(argv)
    assert len({"solve", "replan"} & set(argv)) == 1


@pytest.mark.parametrize("replan", [None, Closeness()])
def test_solver_is_told_after_how_many_steps_to_end(tmp_path: Path, replan: Closeness | None) -> None:
    tell = "print(json.dumps({'event': 'progress', 'argv': sys.argv}), flush=True)\n"
    argv = run(tmp_path, tell + DONE, replan=replan, iterations=5_000)[0]["argv"]
    assert argv[argv.index("--iterations") + 1] == "5000"


def test_end_without_a_plan_is_a_death_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(SolverDied, match=r"exit status 9.*out of ideas"):
        run(tmp_path, "sys.stderr.write('first\\nout of ideas\\n'); sys.exit(9)")


def test_done_without_a_file_is_a_death(tmp_path: Path) -> None:
    with pytest.raises(SolverDied):
        run(tmp_path, "print(json.dumps({'event': 'done'}))")


def test_reason_of_a_failure_is_kept(tmp_path: Path) -> None:
    with pytest.raises(SolverFailed, match="no such date"):
        run(tmp_path, "print(json.dumps({'event': 'failed', 'message': 'no such date'})); sys.exit(2)")


def test_solver_past_its_time_is_ended_by_force(tmp_path: Path) -> None:
    with pytest.raises(SolverDied, match="did not end within"):
        run(tmp_path, "time.sleep(600)", overrun_seconds=-0.5, idle_seconds=0.2)


def test_solver_that_works_on_a_busy_machine_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the machine gave it a thousandth of a second at each look.
    work = (number / 1_000 for number in range(100_000))
    monkeypatch.setattr(process, "_worked_seconds", lambda pid: next(work))
    assert run(tmp_path, "time.sleep(2)\n" + DONE, overrun_seconds=-0.9, idle_seconds=0.05) == []


def test_solver_that_had_all_its_time_and_goes_on_is_ended_by_force(tmp_path: Path) -> None:
    with pytest.raises(SolverDied, match="did not end within"):
        run(tmp_path, "while True: pass", overrun_seconds=-0.9, idle_seconds=0.5)


def test_stop_reaches_the_solver(tmp_path: Path) -> None:
    assert run(tmp_path, f"assert sys.stdin.readline() == 'stop\\n'\n{DONE}", stop_now=True) == []


def test_solver_deaf_to_stop_is_ended_by_force(tmp_path: Path) -> None:
    with pytest.raises(SolverDied, match="SIGKILL"):
        run(tmp_path, "time.sleep(600)", stop_now=True, stop_grace_seconds=0.1)


def test_solver_is_not_told_the_secrets_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"DATABASE_URL": "postgresql://user:secret@host/database", "JEMPUT_SECRET_KEY": "x" * 32}
    secrets |= {"JEMPUT_SMTP_PASSWORD": "secret", "PGPASSWORD": "secret", "SOME_OTHER_TOKEN": "secret"}
    for name, value in ({"JEMPUT_DATA_DIR": str(tmp_path)} | secrets).items():
        monkeypatch.setenv(name, value)
    tell = "import os; print(json.dumps({'event': 'progress', 'names': sorted(os.environ)}))\n"
    names = run(tmp_path, tell + DONE)[0]["names"]
    assert not secrets.keys() & set(names)
    assert {"PATH", "JEMPUT_DATA_DIR", "PYTHONPATH"} <= set(names)


def test_solver_gives_way_to_whoever_answers_requests(tmp_path: Path) -> None:
    own = os.nice(0)
    if own == 19:
        pytest.skip("this process is at the lowest priority already")
    # The priority is set right after the start, so the child waits for it.
    wait = f"import os\nwhile os.nice(0) == {own}: time.sleep(0.01)\n"
    tell = "print(json.dumps({'event': 'progress', 'nice': os.nice(0)}))\n"
    assert run(tmp_path, wait + tell + DONE)[0]["nice"] > own
