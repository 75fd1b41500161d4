"""How the service is, for the people who run it: versions, workers, what waits, and room for data."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import newest_revision, stored_revision
from app.metrics.figures import COUNT_RUNS, QUEUE, SILENCE
from app.process_parts import parts
from app.schedules.announcements.troubles import failing_rounds
from app.schedules.models import LOST_AFTER_SECONDS, RoundTrouble
from app.schedules.runs.gateway import solver_version


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A process that solves runs."""

    name: str
    silent_seconds: int
    """Since its last sign of life."""

    @property
    def lives(self) -> bool:
        return self.silent_seconds < LOST_AFTER_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the system page shows."""

    planning_core: str
    """Release and digest of the code that plans."""
    schema: str | None
    """Revision that the database has; `newest_schema`: that this version expects."""
    newest_schema: str | None
    parts: Mapping[str, bool]
    """Of the process that was asked, and whether each lives."""
    workers: Sequence[WorkerState]
    runs: Mapping[str, int]
    """By state; a state that no run is in is left out."""
    waiting: int
    longest_wait_seconds: int
    failing: Sequence[RoundTrouble]
    database_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    """Of the disk that the data folder lies on."""


def condition(session: Session, *, data_dir: Path) -> Condition:
    """How the service is at this moment, by the clock of the database."""
    waiting, longest = session.execute(QUEUE).one()
    disk = shutil.disk_usage(_nearest(data_dir))
    return Condition(
        planning_core=solver_version(),
        schema=stored_revision(session),
        newest_schema=newest_revision(),
        parts=parts(),
        workers=[
            WorkerState(name=name, silent_seconds=max(0, round(silent))) for name, silent in session.execute(SILENCE)
        ],
        runs={row[0]: row[1] for row in session.execute(COUNT_RUNS)},
        waiting=waiting,
        longest_wait_seconds=round(longest or 0),
        failing=failing_rounds(session),
        database_bytes=session.scalar(select(func.pg_database_size(func.current_database()))) or 0,
        disk_free_bytes=disk.free,
        disk_bytes=disk.total,
    )


def _nearest(folder: Path) -> Path:
    """The folder, or the one above it that is there: with a database of its own, a service may have no data folder."""
    whole = folder.resolve()
    return next(path for path in (whole, *whole.parents) if path.exists())
