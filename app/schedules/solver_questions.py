"""Asks the solver a question about a finished plan: a child process with a time limit, a few at a time."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from app.errors import AppError
from app.schedules.solver_process import SolverCommand, SolverFailed, solver_environment

# An answer takes about two seconds; kernels that were never compiled on this machine take a minute once.
PATIENCE_SECONDS = 90.0
AT_A_TIME = 2
_turns = BoundedSemaphore(AT_A_TIME)


class SolverBusy(AppError):
    """Too many questions at once, or one that took too long."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str):
        super().__init__(detail, headers={"Retry-After": "10"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFiles:
    """Instance and plan of a run as they are stored: gzip-compressed JSON, and JSON."""

    instance: bytes
    plan: bytes


def ask_why(command: SolverCommand, files: PlanFiles, *, site: str) -> dict[str, Any]:
    """Return the solver's explanation of a site that the instance holds; raises `SolverBusy`.

    It blocks until the answer is there: call it from a thread that may wait, holding nothing others wait for."""
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise SolverBusy("Other questions are being answered; ask again in a moment.")
    try:
        command.scratch_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=command.scratch_dir, prefix="question-") as folder:
            instance, plan = Path(folder) / "instance.json.gz", Path(folder) / "plan.json"
            instance.write_bytes(files.instance)
            plan.write_bytes(files.plan)
            return _answer([*command.argv, "explain", str(instance), str(plan), "--site", site, "--json"])
    finally:
        _turns.release()


def _answer(argv: list[str]) -> dict[str, Any]:
    try:
        done = subprocess.run(argv, capture_output=True, timeout=PATIENCE_SECONDS, env=solver_environment())
    except subprocess.TimeoutExpired as error:
        raise SolverBusy(f"The solver did not answer within {PATIENCE_SECONDS:.0f} seconds; try again.") from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()[-500:]
        raise SolverFailed(f"The solver gave no explanation (exit status {done.returncode}). {words}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found[0]
