"""Runs the solver as a child process: JSON lines from it, `stop` to it, and an end by force if need be.

It holds the read end of a pipe from us as its standard input, so it learns at once when this process dies."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.schedules.runs.failure_words import solver_died, solver_refused, solver_stuck
from app.schedules.wish import Closeness

_PACKAGES = Path(__file__).parents[3]
_LONGEST_LINE_BYTES = 1_000_000
_KEPT_STDERR_BYTES = 4_000
_PASSED_ON = ("JEMPUT_DATA_DIR", "NUMBA_", "OMP_", "OPENBLAS_", "MKL_", "PYTHON", "LANG", "LC_", "LD_", "DYLD_")
"""Beginnings of the variables that a solver gets beside these few; a list of what it may not see would forget one."""
_PASSED_ON_WHOLE = frozenset({"PATH", "HOME", "USER", "TMPDIR", "TZ", "VIRTUAL_ENV", "SYSTEMROOT"})
_LOWEST = 19
NICENESS = 10
"""Added to our own: the solver takes every core it is given; whoever answers requests beside it goes first."""


class SolverFailed(Exception):
    """The solver itself said why it cannot go on; trying again would end the same.

    What people read is `args[0]`, in both languages where a run is told of it."""


class SolverDied(Exception):
    """The solver ended without an answer: killed, crashed, or out of memory. People read `args[0]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverCommand:
    """How to start a solver on this machine, and how long to be patient with it."""

    argv: tuple[str, ...] = (sys.executable, "-m", "solver")
    threads: int = 1
    scratch_dir: Path
    """Instance and plan files of running solves; nothing here must survive."""
    overrun_seconds: float = 180.0
    """Patience past the time limit: loading, verifying, and compiling kernels on a machine that never did."""
    idle_seconds: float = 30.0
    """Without any work, after which a solver past its patience is taken for stuck."""
    slow_seconds: float = 3_600.0
    """More patience for a solver that works, but whose machine gave it less time than it was promised."""
    stop_grace_seconds: float = 60.0
    """Patience from asking it to stop to ending it by force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverTask:
    """One solve: files, limit and seed."""

    instance: Path
    plan: Path
    time_limit_seconds: int
    seed: int
    iterations: int | None = None
    """Search steps after which it ends, if the time limit does not come first."""
    replan: Closeness | None = None
    """None: a new plan."""
    demand: Path | None = None
    """How unsure the people of the sites are; the solver then writes `people` and `choice`, too."""
    policy: Path | None = None
    """The levels to solve one after the other; the solver then writes `levels`, too."""
    in_force: Path | None = None
    """Of a re-planning, the nights, rides and kits of the plan that it changes; None where teams are home each day."""

    @property
    def people(self) -> Path:
        """The problem that the kept plan was made for."""
        return self.plan.with_name("people.json")

    @property
    def choice(self) -> Path:
        """Which plan was kept, and why."""
        return self.plan.with_name("choice.json")

    @property
    def levels(self) -> Path:
        """What each level reached."""
        return self.plan.with_name("levels.json")


async def run_solver(
    command: SolverCommand, task: SolverTask, *, on_progress: Callable[[Mapping[str, Any]], None], stop: asyncio.Event
) -> None:
    """Solve until the child is done and the plan file is written; `stop` makes it finish with its best so far.

    Raises `SolverFailed` and `SolverDied`. Cancelling this coroutine kills the child. It must run on a thread that
    outlives the child, like an event loop's."""
    child = await asyncio.create_subprocess_exec(
        *_arguments(command, task),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=_LONGEST_LINE_BYTES,
        env=solver_environment(),
    )
    with contextlib.suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, child.pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS))
    conversation = asyncio.create_task(_listen(child, on_progress))
    complaints = asyncio.create_task(_tail(child))
    stopper = asyncio.create_task(_pass_on_stop(child, stop, grace_seconds=command.stop_grace_seconds))
    try:
        last = await _patiently(conversation, child, command, due_seconds=task.time_limit_seconds)
        await child.wait()
    finally:
        stopper.cancel()
        conversation.cancel()
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        words = (await complaints).decode(errors="replace").strip()
    _judge(last, exit_code=child.returncode, words=words, plan=task.plan)


async def _patiently(
    conversation: asyncio.Task[Mapping[str, Any] | None], child: Process, command: SolverCommand, *, due_seconds: int
) -> Mapping[str, Any] | None:
    """The child's last word; raises `SolverDied` once it is stuck, or had all the machine's time that it was due.

    On a busy machine compiling alone may take longer than all patience by the clock, and is no failure."""
    began = time.monotonic()
    patience = due_seconds + command.overrun_seconds
    await asyncio.wait({conversation}, timeout=patience)
    worked = _worked_seconds(child.pid)
    while not conversation.done():
        await asyncio.wait({conversation}, timeout=command.idle_seconds)
        before, worked = worked, _worked_seconds(child.pid)
        is_late = time.monotonic() - began > patience + command.slow_seconds
        if not conversation.done() and (is_late or worked <= before or worked > patience * command.threads):
            took = time.monotonic() - began
            raise SolverDied(solver_stuck(took))
    return conversation.result()


def _worked_seconds(pid: int) -> float:
    """Processor time that a process and its children have had; 0 for one that is over."""
    try:
        process = psutil.Process(pid)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return float(sum(each.user + each.system for each in times))


def _arguments(command: SolverCommand, task: SolverTask) -> tuple[str, ...]:
    files = (str(task.instance), "-o", str(task.plan))
    steps = () if task.iterations is None else ("--iterations", str(task.iterations))
    limits = ["--time-limit", str(task.time_limit_seconds), *steps, "--seed", str(task.seed), "--supervised"]
    if task.demand is not None:
        limits += ["--demand", str(task.demand)]
        limits += ["--people-out", str(task.people), "--spread-out", str(task.choice)]
    if task.policy is not None:
        limits += ["--policy", str(task.policy), "--levels-out", str(task.levels)]
    if task.replan is None:
        return (*command.argv, "solve", *files, *limits, "--threads", str(command.threads))
    most_moved = task.replan.most_moved
    budget = () if most_moved is None else ("--most-moved", str(most_moved))
    standing = () if task.in_force is None else ("--in-force", str(task.in_force))
    return (*command.argv, "replan", *files, *limits, *budget, *standing)


@contextlib.contextmanager
def compiling_meanwhile() -> Iterator[None]:
    """For as long as the block lasts, compile whatever the solver may be asked: the first question on a machine would
    wait a minute for it. At the lowest priority, and not for longer than the block."""
    argv = (sys.executable, "-m", "solver", "warm")
    nothing = subprocess.DEVNULL
    with subprocess.Popen(argv, stdin=nothing, stdout=nothing, stderr=nothing, env=solver_environment()) as child:
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, child.pid, _LOWEST)
        try:
            yield
        finally:
            child.kill()


def solver_environment() -> dict[str, str]:
    """Of ours what a solver needs, no secret of the service among it, plus the way to the package itself."""
    kept = {
        name: value for name, value in os.environ.items() if name in _PASSED_ON_WHOLE or name.startswith(_PASSED_ON)
    }
    path = [str(_PACKAGES), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(part for part in path if part)}


async def _listen(child: Process, on_progress: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any] | None:
    """Pass progress on until the child closes its output; its last word, if it was `done` or `failed`."""
    assert child.stdout is not None
    last: Mapping[str, Any] | None = None
    async for line in child.stdout:
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if not isinstance(event, dict):
                continue
            if event.get("event") == "progress":
                on_progress(event)
            elif event.get("event") in {"done", "failed"}:
                last = event
    return last


async def _tail(child: Process) -> bytes:
    """The end of what the child wrote to its standard error."""
    assert child.stderr is not None
    kept = b""
    while block := await child.stderr.read(_KEPT_STDERR_BYTES):
        kept = (kept + block)[-_KEPT_STDERR_BYTES:]
    return kept


async def _pass_on_stop(child: Process, stop: asyncio.Event, *, grace_seconds: float) -> None:
    await stop.wait()
    assert child.stdin is not None
    with contextlib.suppress(ConnectionError):
        child.stdin.write(b"stop\n")
        await child.stdin.drain()
    await asyncio.sleep(grace_seconds)
    with contextlib.suppress(ProcessLookupError):
        child.kill()


def _judge(last: Mapping[str, Any] | None, *, exit_code: int | None, words: str, plan: Path) -> None:
    if last is not None and last["event"] == "failed":
        raise SolverFailed(solver_refused(last))
    if last is None or exit_code != 0 or not plan.exists():
        raise SolverDied(solver_died(exit_code, words))
