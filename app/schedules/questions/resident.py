"""A solver process that stays and answers where visits could go: starting one costs more than the answer.

One per process of the API, started by the first question, replaced when it dies, is stuck or has grown too large."""

import contextlib
import hashlib
import json
import os
import selectors
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import psutil
import structlog
from fastapi.concurrency import run_in_threadpool

from app.errors import Conflict
from app.languages import said
from app.schedules.questions.turns import Asker, PlanFiles, Turns, going_down, too_slow
from app.schedules.runs.process import SolverCommand, SolverFailed, solver_environment

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 90.0
"""For one answer: a fraction of a second, but for kernels that were never compiled on this machine."""
WAIT_SECONDS = 20.0
"""For a turn."""
MOST_BYTES = 1_500_000_000
"""Memory that a process may keep between two questions; it starts at 200 to 300 MB."""
_END_SECONDS = 5.0
JsonVisit = Mapping[str, Any]


class RefusedQuestion(Conflict):
    """The solver cannot place anything in this plan, or knows no such site, team, date or visit."""

    def __init__(self, code: str, message: str, *, what: str = "", name: str = ""):
        if code == "unknown_place":
            detail = said(
                "The plan has no {what} {name!r}.",
                "Rencana itu tidak memuat {what} {name!r}.",
                what=said(*_PLACES[what]),
                name=name,
            )
        elif code == "refused_plan":
            detail = said(
                "The plan breaks rules, so there is nothing to compare with: {message}",
                "Rencana itu melanggar aturan, jadi tidak ada bandingannya: {message}",
                message=message,
            )
        else:
            detail = said(
                "The solver cannot use the files of this plan: {message}",
                "Mesin perencana tidak dapat memakai berkas rencana ini: {message}",
                message=message,
            )
        super().__init__(detail)
        self.code = code
        """`refused_plan`, `unknown_place` or `unusable_files`."""


_PLACES = {
    "site": ("site", "lokasi"),
    "team": ("team", "tim"),
    "date": ("date", "tanggal"),
    "visit": ("visit that may move", "kunjungan yang boleh dipindahkan"),
}


class Resident:
    """Asks one question at a time; districts take turns."""

    def __init__(
        self,
        command: SolverCommand,
        *,
        most_bytes: int = MOST_BYTES,
        patience_seconds: float = PATIENCE_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._command = command
        self._most_bytes = most_bytes
        self.patience_seconds = patience_seconds
        self._turns = Turns(at_once=1, wait_seconds=wait_seconds)
        self._child: _Child | None = None
        self._one_at_a_time = threading.Lock()
        self._is_over = False

    async def offers(
        self,
        files: PlanFiles,
        *,
        asker: Asker,
        site: str,
        dates: Collection[date] = (),
        team_days: Collection[tuple[str, date]] = (),
        fixed: Sequence[JsonVisit] = (),
        first_date: date | None = None,
        minutes: int | None = None,
        most: int = 3,
    ) -> dict[str, Any]:
        """The best ways to come to a site, each with its price, or why there are none (docs/resident-solver.md).

        Raises `SolverBusy`, `TooManyQuestions`, `RefusedQuestion` and `SolverFailed`."""
        question = {
            "question": "offers",
            "site": site,
            "dates": [day.isoformat() for day in dates],
            "team_days": [[team, day.isoformat()] for team, day in team_days],
            "minutes": minutes,
            "most": most,
        }
        return await self._ask(question | _held(fixed, first_date), files, asker)

    async def place(
        self,
        files: PlanFiles,
        *,
        asker: Asker,
        site: str,
        to_team: str,
        to_date: date,
        visit: JsonVisit | None = None,
        fixed: Sequence[JsonVisit] = (),
        first_date: date | None = None,
        minutes: int | None = None,
    ) -> dict[str, Any]:
        """The ways to have a visit on one team-day, or the first rule against it; raises as `offers`."""
        question = {
            "question": "place",
            "site": site,
            "to_team": to_team,
            "to_date": to_date.isoformat(),
            "visit": visit,
            "minutes": minutes,
        }
        return await self._ask(question | _held(fixed, first_date), files, asker)

    async def cells(
        self,
        files: PlanFiles,
        *,
        asker: Asker,
        site: str,
        visit: JsonVisit | None = None,
        fixed: Sequence[JsonVisit] = (),
        first_date: date | None = None,
        minutes: int | None = None,
    ) -> dict[str, Any]:
        """The best way, or the first rule against it, on every team-day of the plan; raises as `offers`."""
        question = {"question": "cells", "site": site, "visit": visit, "minutes": minutes}
        return await self._ask(question | _held(fixed, first_date), files, asker)

    async def explain(self, files: PlanFiles, *, asker: Asker, site: str) -> dict[str, Any]:
        """Why a site is in the plan or not, and what forcing it in would cost; raises as `offers`."""
        return await self._ask({"question": "explain", "site": site}, files, asker)

    @property
    def memory_bytes(self) -> int:
        """Of the process at the moment; 0 if there is none."""
        child = self._child
        return 0 if child is None else child.memory_bytes()

    def end(self) -> None:
        """Leave what is asked unanswered and end the process: the server goes down."""
        self._is_over = True
        self._turns.end()
        child = self._child
        if child is None:
            return
        child.stop()
        # Whoever waits for an answer notices the end of it, and drops the process.
        if self._one_at_a_time.acquire(timeout=_END_SECONDS):
            try:
                if self._child is not None:
                    self._child.kill()
                    self._child = None
            finally:
                self._one_at_a_time.release()

    def begin(self) -> None:
        """Answer again: the same server started once more."""
        if self._is_over:
            self._is_over = False
            self._turns = Turns(at_once=1, wait_seconds=self._turns.wait_seconds)

    async def _ask(self, question: Mapping[str, Any], files: PlanFiles, asker: Asker) -> dict[str, Any]:
        async with self._turns.one(asker):
            return await run_in_threadpool(self._answer, question, files)

    def _answer(self, question: Mapping[str, Any], files: PlanFiles) -> dict[str, Any]:
        """Ask the process there is, and once more a new one should it have died; it blocks."""
        # A question whose asker has left still runs when the next one has its turn.
        with self._one_at_a_time:
            for is_last in (False, True):
                child = self._running()
                try:
                    answer = child.ask(question, files, seconds=self.patience_seconds)
                except _ChildDied as died:
                    self._drop(child, "it died")
                    if self._is_over:
                        raise going_down() from died
                    if is_last:
                        raise SolverFailed(f"The solver gave no answer. {died}") from died
                    continue
                except TimeoutError as late:
                    self._drop(child, "it was stuck")
                    raise too_slow(self.patience_seconds) from late
                except BaseException:
                    # Whatever it still says would be taken for the answer to the next question.
                    self._drop(child, "its answer was not understood")
                    raise
                if child.memory_bytes() > self._most_bytes:
                    self._drop(child, "it grew too large")
                return _judged(answer)
        raise AssertionError("the second try answers or raises")

    def _running(self) -> "_Child":
        if self._is_over:
            raise going_down()
        if self._child is None or not self._child.is_alive():
            if self._child is not None:
                self._child.kill()
            self._child = _Child(self._command)
            if self._is_over:
                self._child.kill()
        return self._child

    def _drop(self, child: "_Child", why: str) -> None:
        log.info("resident solver ended", why=why, pid=child.pid, last_words=child.last_words())
        child.kill()
        self._child = None


class _ChildDied(Exception):
    """The process ended before it answered."""


class _Child:
    """One process with the folder of its files and the digests it was told of."""

    def __init__(self, command: SolverCommand) -> None:
        command.scratch_dir.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(
            dir=command.scratch_dir, prefix="resident-", ignore_cleanup_errors=True
        )
        self._complaints = Path(self._folder.name) / "complaints"
        with self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                [*command.argv, "answer", "--supervised"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=solver_environment(),
            )
        self._known: set[str] = set()
        self._asked = 0
        self._heard = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Mapping[str, Any], files: PlanFiles, *, seconds: float) -> dict[str, Any]:
        """The whole answer; raises `_ChildDied` and `TimeoutError`."""
        until = time.monotonic() + seconds
        contents = {"instance": files.instance, "plan": files.plan}
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        for _ in range(2):
            self._asked += 1
            written: list[Path] = []
            named: dict[str, Any] = {}
            for name, digest in digests.items():
                named[name] = {"digest": digest}
                if digest not in self._known:
                    path = Path(self._folder.name) / f"{self._asked}-{name}"
                    path.write_bytes(contents[name])
                    named[name]["path"] = str(path)
                    written.append(path)
            try:
                answer = self._exchange({"id": self._asked, **question, **named}, until=until)
            finally:
                for path in written:
                    path.unlink(missing_ok=True)
            if "missing" not in answer:
                if "answer" in answer:
                    self._known.update(digests.values())
                return answer
            self._known.difference_update(answer["missing"])
        raise _ChildDied("It forgets what it was told.")

    def memory_bytes(self) -> int:
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def last_words(self) -> str:
        """The end of what it complained of."""
        try:
            return self._complaints.read_bytes()[-500:].decode(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def stop(self) -> None:
        """End it alone: who reads from it notices, as nobody would whose pipe is closed meanwhile."""
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """End it, and with it whatever it was told; nobody may be reading from it."""
        self.stop()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._folder.cleanup()

    def _exchange(self, question: Mapping[str, Any], *, until: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise _ChildDied(self.last_words()) from error
        answer = json.loads(self._line(until))
        if not isinstance(answer, dict) or answer.get("id") != question["id"]:
            raise ValueError(f"The solver answered something else: {str(answer)[:200]}")
        return answer

    def _line(self, until: float) -> bytes:
        """What it says up to the end of the line."""
        assert self._process.stdout is not None
        blocks = [self._heard]
        with selectors.DefaultSelector() as selector:
            try:
                handle = self._process.stdout.fileno()
                selector.register(handle, selectors.EVENT_READ)
            except ValueError as error:
                raise _ChildDied("It was ended.") from error
            while b"\n" not in blocks[-1]:
                if not selector.select(max(0.0, until - time.monotonic())):
                    raise TimeoutError
                try:
                    block = os.read(handle, 1 << 18)
                except OSError as error:
                    raise _ChildDied("It was ended.") from error
                if not block:
                    raise _ChildDied(self.last_words())
                blocks.append(block)
        line, _, self._heard = b"".join(blocks).partition(b"\n")
        return line


def new_plan(plan: bytes, option: Mapping[str, Any]) -> bytes:
    """The plan with an option taken, as JSON; what was claimed of the old one is left out."""
    document = json.loads(plan)
    days = {(day["team"], day["date"]) for day in option["days"]}
    tables = {
        name: [row for row in document.get(name, ()) if (row["team"], row["date"]) not in days]
        + list(option["rows"].get(name, ()))
        for name in ("breaks", "kits")
    }
    gone = {_key(visit) for day in option["days"] for visit in day["before"]}
    visits = [visit for visit in document["visits"] if _key(visit) not in gone]
    visits += [visit for day in option["days"] for visit in day["after"]]
    visits.sort(key=lambda visit: (visit["date"], visit["team"], visit["start"]))
    rows = {name: table for name, table in tables.items() if table}
    return json.dumps({"format": document["format"], "visits": visits, "bound_milli": None} | rows).encode()


def touched(option: Mapping[str, Any]) -> list[tuple[str, date]]:
    """The team-days that an option changes, in order."""
    return sorted((day["team"], date.fromisoformat(day["date"])) for day in option["days"])


def _key(visit: JsonVisit) -> tuple[Any, ...]:
    return visit["team"], visit["date"], visit["site"], visit["start"], visit["minutes"]


def _held(fixed: Sequence[JsonVisit], first_date: date | None) -> dict[str, Any]:
    return {"fixed": list(fixed), "first_date": None if first_date is None else first_date.isoformat()}


def _judged(answer: Mapping[str, Any]) -> dict[str, Any]:
    refused = answer.get("refused")
    if refused is None:
        return cast(dict[str, Any], answer["answer"])
    if refused["code"] == "unreadable_question":
        raise SolverFailed(f"The solver did not understand: {refused['message']}")
    raise RefusedQuestion(**refused)
