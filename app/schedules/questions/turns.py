"""Asks the solver a question about a run: a child process with a time limit, a few at a time, answers remembered."""

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import tempfile
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.concurrency import run_in_threadpool

from app.errors import AppError
from app.languages import Said, said
from app.schedules.runs.process import NICENESS, SolverCommand, SolverFailed, solver_environment

# An answer takes about two seconds; kernels that were never compiled on this machine take a minute once.
PATIENCE_SECONDS = 90.0
MOST_KEPT = 2_000
"""Answers that one process remembers: about the same files the same question has the same answer."""
MOST_WAITING_OF_A_DISTRICT = 128
MOST_WAITING_OF_A_TOKEN = 64
_children: set[subprocess.Popen[bytes]] = set()


class SolverBusy(AppError):
    """Too many questions at once, or one that took too long."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str):
        super().__init__(detail, headers={"Retry-After": "10"})


class TooManyQuestions(AppError):
    """A token or a district has more questions waiting than it may."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, whose: Said, most: int):
        super().__init__(
            said(
                "{most} questions of this {whose} wait already; ask again when one is answered.",
                "Sudah {most} pertanyaan dari {whose} ini menunggu; tanyakan lagi setelah salah satunya dijawab.",
                most=most,
                whose=whose,
            ),
            headers={"Retry-After": "30"},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whose question it is."""

    district_code: str
    token_id: int | None


class Turns:
    """So many questions of a kind at once; the next waits, in the event loop, but not for ever. Districts take turns,
    so one that asks much waits for itself and not the others for it."""

    def __init__(self, *, at_once: int, wait_seconds: float):
        self._free = at_once
        self.wait_seconds = wait_seconds
        self._waiting: OrderedDict[str, deque[tuple[Asker, asyncio.Future[None]]]] = OrderedDict()
        self._is_over = False

    @asynccontextmanager
    async def one(self, asker: Asker) -> AsyncIterator[None]:
        """Raises `SolverBusy` when no turn comes in time, `TooManyQuestions` when too many wait."""
        if self._free > 0 and not self._waiting and not self._is_over:
            self._free -= 1
        else:
            await self._wait(asker)
        try:
            yield
        finally:
            self._pass_on()

    def end(self) -> None:
        """Nobody gets a turn any more."""
        self._is_over = True
        for line in self._waiting.values():
            for _, turn in line:
                if not turn.done():
                    turn.set_exception(going_down())

    async def _wait(self, asker: Asker) -> None:
        if self._is_over:
            raise going_down()
        line = self._waiting.get(asker.district_code, deque())
        if len(line) >= MOST_WAITING_OF_A_DISTRICT:
            raise TooManyQuestions(said("district", "daerah"), MOST_WAITING_OF_A_DISTRICT)
        if sum(other.token_id == asker.token_id for other, _ in line) >= MOST_WAITING_OF_A_TOKEN:
            raise TooManyQuestions(said("token", "token"), MOST_WAITING_OF_A_TOKEN)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(asker.district_code, line).append((asker, turn))
        try:
            async with asyncio.timeout(self.wait_seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # The turn came in the very moment in which the caller left.
                self._pass_on()
            elif asker.district_code in self._waiting:
                with contextlib.suppress(ValueError):
                    line.remove((asker, turn))
                if not line:
                    del self._waiting[asker.district_code]
            if isinstance(error, TimeoutError):
                raise SolverBusy(
                    said(
                        "Other questions are being answered; ask again in a moment.",
                        "Pertanyaan lain sedang dijawab; tanyakan lagi sebentar lagi.",
                    )
                ) from error
            raise

    def _pass_on(self) -> None:
        """Give a turn that has become free to the next district in line."""
        while self._waiting:
            code, line = self._waiting.popitem(last=False)
            _, turn = line.popleft()
            if line:
                self._waiting[code] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def too_slow(seconds: float) -> SolverBusy:
    """What is told of an answer that did not come in time."""
    return SolverBusy(
        said(
            "The solver did not answer within {seconds:.0f} seconds.",
            "Mesin perencana tidak menjawab dalam {seconds:.0f} detik.",
            seconds=seconds,
        )
    )


def going_down() -> SolverBusy:
    """What is told to whoever asks a server that stops."""
    return SolverBusy(
        said(
            "The server is being stopped; ask again in a moment.",
            "Server sedang dihentikan; tanyakan lagi sebentar lagi.",
        )
    )


def digest_of(*files: bytes) -> str:
    """What tells these files from all others, in this order."""
    return hashlib.sha256(b"".join(hashlib.sha256(file).digest() for file in files)).hexdigest()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Questions:
    """What one server is asked: in turns, the latest answers remembered by what they are about and the question."""

    def __init__(self) -> None:
        self.what_if = Turns(at_once=cores(), wait_seconds=PATIENCE_SECONDS)
        self._kept: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()

    async def answer(
        self, about: str, question: str, ask: Callable[[], dict[str, Any]], *, turns: Turns, asker: Asker
    ) -> dict[str, Any]:
        """The answer kept, or else a new one, asked for in a thread when its turn comes.

        `about`: digest of the files that are asked about. A schedule's number would not do: its plan is another one
        after every edit of a draft."""
        key = (about, question)
        if key not in self._kept:
            async with turns.one(asker):
                # Somebody else may have asked the same meanwhile.
                if key not in self._kept:
                    self._kept[key] = await run_in_threadpool(ask)
        self._kept.move_to_end(key)
        answer = self._kept[key]
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return answer

    def end(self) -> None:
        """Leave what is asked unanswered, and say so to whoever waits: the process goes down."""
        self.what_if.end()
        end_questions()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFiles:
    """Instance and plan of a run as they are stored: gzip-compressed JSON, and JSON."""

    instance: bytes
    plan: bytes


def ask_what_if(
    command: SolverCommand, instance: bytes, words: Sequence[str], *, seconds: float, plan: bytes | None = None
) -> dict[str, Any]:
    """Return the solver's trials of a changed instance, which take about so many seconds; raises `SolverBusy`.

    `words` are options of the solver's command line; `plan` is one of the instance as it is. It blocks until
    the answer is there: call it from a thread that may wait, holding nothing others wait for."""
    known = {} if plan is None else {"--plan=plan.json": plan}
    trials: dict[str, Any] = _answer(
        command,
        "what-if",
        {"instance.json.gz": instance} | known,
        options=[f"--threads={command.threads}", *words],
        patience_seconds=seconds + PATIENCE_SECONDS,
        niceness=NICENESS,
    )
    return trials


def ask_policies(
    command: SolverCommand, instance: bytes, plan: bytes, policies: Sequence[Mapping[str, Any]], *, seconds: float
) -> dict[str, Any]:
    """Return what each policy makes of a plan in about so many seconds; raises `SolverBusy`. It blocks as
    `ask_what_if` does."""
    files = {f"--policy=policy-{n}.json": json.dumps(policy).encode() for n, policy in enumerate(policies)}
    orders: dict[str, Any] = _answer(
        command,
        "policies",
        {"instance.json.gz": instance, "plan.json": plan} | files,
        options=[f"--seconds={seconds}"],
        patience_seconds=len(policies) * seconds + PATIENCE_SECONDS,
        niceness=NICENESS,
    )
    return orders


def end_questions() -> None:
    """Leave every question under way unanswered: the process that was asked goes down."""
    while _children:
        with contextlib.suppress(KeyError):
            _children.pop().kill()


def _answer(
    command: SolverCommand,
    question: str,
    files: Mapping[str, bytes],
    *,
    options: Sequence[str],
    patience_seconds: float,
    niceness: int = 0,
) -> Any:
    """Run the solver on these files, given in order, and read what it prints; a name may follow its option."""
    command.scratch_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=command.scratch_dir, prefix="question-") as folder:
        paths = []
        for named, content in files.items():
            option, is_option, name = named.rpartition("=")
            (Path(folder) / name).write_bytes(content)
            paths.append(f"{option}{is_option}{Path(folder) / name}")
        with subprocess.Popen(
            [*command.argv, question, *paths, *options, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=solver_environment(),
        ) as child:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, child.pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + niceness))
            _children.add(child)
            try:
                output, complaints = child.communicate(timeout=patience_seconds)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise too_slow(patience_seconds) from error
            finally:
                was_ended = child not in _children
                _children.discard(child)
    if was_ended and child.returncode != 0:
        raise going_down()
    if child.returncode != 0:
        last_words = complaints.decode(errors="replace").strip()[-500:]
        raise SolverFailed(f"The solver gave no answer (exit status {child.returncode}). {last_words}")
    return json.loads(output)
