"""Asks the solver a question about a run: a child process with a time limit, a few at a time, answers remembered."""

import asyncio
import contextlib
import json
import os
import subprocess
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.concurrency import run_in_threadpool

from app.errors import AppError
from app.schedules.runs.process import NICENESS, SolverCommand, SolverFailed, solver_environment

# An answer takes about two seconds; kernels that were never compiled on this machine take a minute once.
PATIENCE_SECONDS = 90.0
MOST_KEPT = 2_000
"""Answers that one process remembers; a run's files never change, so neither does an answer about them."""
_children: set[subprocess.Popen[bytes]] = set()


class SolverBusy(AppError):
    """Too many questions at once, or one that took too long."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str):
        super().__init__(detail, headers={"Retry-After": "10"})


class Turns:
    """So many questions of a kind at once; the next waits, in the event loop, but not for ever."""

    def __init__(self, *, at_once: int, wait_seconds: float):
        self._free = asyncio.Semaphore(at_once)
        self._wait_seconds = wait_seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Raises `SolverBusy` when no turn comes in time."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise SolverBusy("Other questions are being answered; ask again in a moment.") from error
        try:
            yield
        finally:
            self._free.release()


class Questions:
    """What one server is asked: in turns, the latest answers remembered by schedule and question."""

    def __init__(self) -> None:
        self.why = Turns(at_once=2, wait_seconds=PATIENCE_SECONDS)
        # A trial takes every core it is given; nobody waits long to be told so.
        self.what_if = Turns(at_once=1, wait_seconds=5.0)
        self._kept: OrderedDict[tuple[int, str], dict[str, Any]] = OrderedDict()

    async def answer(
        self, schedule_id: int, question: str, ask: Callable[[], dict[str, Any]], *, turns: Turns
    ) -> dict[str, Any]:
        """The answer kept, or else a new one, asked for in a thread when its turn comes."""
        key = (schedule_id, question)
        if key not in self._kept:
            async with turns.one():
                # Somebody else may have asked the same meanwhile.
                if key not in self._kept:
                    self._kept[key] = await run_in_threadpool(ask)
        self._kept.move_to_end(key)
        found = self._kept[key]
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFiles:
    """Instance and plan of a run as they are stored: gzip-compressed JSON, and JSON."""

    instance: bytes
    plan: bytes


def ask_why(command: SolverCommand, files: PlanFiles, *, site: str) -> dict[str, Any]:
    """Return the solver's explanation of a site that the instance holds; raises `SolverBusy`.

    It blocks until the answer is there: call it from a thread that may wait, holding nothing others wait for."""
    found: list[dict[str, Any]] = _answer(
        command,
        "explain",
        {"instance.json.gz": files.instance, "plan.json": files.plan},
        options=[f"--site={site}"],
        patience_seconds=PATIENCE_SECONDS,
    )
    return found[0]


def ask_what_if(command: SolverCommand, instance: bytes, words: Sequence[str], *, seconds: float) -> dict[str, Any]:
    """Return the solver's trials of a changed instance, which take about so many seconds; raises `SolverBusy`.

    `words` are options of the solver's command line. It blocks as `ask_why` does."""
    found: dict[str, Any] = _answer(
        command,
        "what-if",
        {"instance.json.gz": instance},
        options=[f"--threads={command.threads}", *words],
        patience_seconds=seconds + PATIENCE_SECONDS,
        niceness=NICENESS,
    )
    return found


def end_questions() -> None:
    """Leave every question under way unanswered: the process that was asked goes down."""
    for child in tuple(_children):
        child.kill()


def _answer(
    command: SolverCommand,
    question: str,
    files: Mapping[str, bytes],
    *,
    options: Sequence[str],
    patience_seconds: float,
    niceness: int = 0,
) -> Any:
    """Run the solver on these files, given in order, and read what it prints."""
    command.scratch_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=command.scratch_dir, prefix="question-") as folder:
        paths = [Path(folder) / name for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_bytes(content)
        with subprocess.Popen(
            [*command.argv, question, *map(str, paths), *options, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=solver_environment(),
        ) as child:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, child.pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + niceness))
            _children.add(child)
            try:
                told, complaints = child.communicate(timeout=patience_seconds)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise SolverBusy(f"The solver did not answer within {patience_seconds:.0f} seconds.") from error
            finally:
                _children.discard(child)
    if child.returncode != 0:
        said = complaints.decode(errors="replace").strip()[-500:]
        raise SolverFailed(f"The solver gave no answer (exit status {child.returncode}). {said}")
    return json.loads(told)
