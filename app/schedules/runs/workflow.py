"""One run from the queue to the stored plan, as a durable job: begin, solve in a child process, verify, commit once.

Any step may be cut short by the death of its process: the next worker goes on from the last step that was recorded.
"""

import asyncio
import gzip
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, SQLAlchemyDatasource
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, undefer

from app.errors import AppError
from app.schedules.models import RunStatus, Schedule
from app.schedules.runs import failure_words, record
from app.schedules.runs.checking import Spread
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.gateway import policy_document
from app.schedules.runs.outcomes import (
    AfterSolving,
    Failed,
    Gone,
    Outcome,
    Planned,
    Solved,
    Stopped,
    from_record,
    to_record,
)
from app.schedules.runs.problem import build_instance
from app.schedules.runs.process import SolverCommand, SolverDied, SolverFailed, SolverTask, run_solver
from app.schedules.runs.queue import WORKFLOW_NAME, workflow_id
from app.schedules.wish import Wish

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
"""Solves begun for one run before it is given up: an instance that kills its solver would kill the next one too."""
_LOOK_SECONDS = 0.5
_TELL_SECONDS = 1.0
_ENDED_JOBS = {"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}


class NotOurs(BaseException):
    """Another worker has this run, or this one is shutting down: leave without a trace.

    Not an `Exception`, so that neither we nor the engine take it for the outcome of the run."""


class RowSays(Enum):
    """What the row says to whoever is solving it."""

    GO_ON = auto()
    STOP = auto()
    GONE = auto()
    TAKEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to solve a run, numbered; a later claim ends it."""

    schedule_id: int
    attempt: int
    instance: bytes
    demand: bytes | None
    in_force: bytes | None
    wish: Wish
    time_limit_seconds: int
    is_cancelled: bool


class Runner:
    """The runs of one worker process."""

    def __init__(
        self,
        *,
        engine: Engine,
        datasource: SQLAlchemyDatasource,
        solver: SolverCommand,
        executor_id: str,
        clock: Callable[[], datetime],
        forget_after_seconds: float,
    ):
        self.stopping = threading.Event()
        self._engine = engine
        self._datasource = datasource
        self._solver = solver
        self._executor_id = executor_id
        self._clock = clock
        self._forget_after_seconds = forget_after_seconds
        self._active: set[str] = set()
        self._missing_since: dict[str, float] = {}

    def register(self) -> None:
        """Tell the engine about the job; before its launch."""

        @DBOS.workflow(name=WORKFLOW_NAME)
        def solve_schedule(schedule_id: int) -> str:
            with structlog.contextvars.bound_contextvars(schedule_id=schedule_id), self._at_work(schedule_id):
                return self._run(schedule_id)

    def forgotten(self, own_jobs: set[str]) -> list[str]:
        """Jobs that the engine says run here, though nothing has been running for a while."""
        now = time.monotonic()
        self._missing_since = {job: self._missing_since.get(job, now) for job in own_jobs - self._active}
        return [job for job, since in self._missing_since.items() if now - since > self._forget_after_seconds]

    def fail_runs_without_job(self) -> None:
        """A run whose job ended without a word, or vanished, fails with a reason instead of standing for ever."""
        open_runs = Schedule.run_status.in_([RunStatus.QUEUED, RunStatus.RUNNING])
        with Session(self._engine) as session, session.begin():
            ids = {workflow_id(number): number for number in session.scalars(select(Schedule.id).where(open_runs))}
        if not ids:
            return
        jobs = DBOS.list_workflows(workflow_ids=list(ids), load_input=False, load_output=False)
        living = {job.workflow_id for job in jobs if job.status not in _ENDED_JOBS}
        for job_id in ids.keys() - living:
            with Session(self._engine) as session, session.begin():
                schedule = session.get(Schedule, ids[job_id], with_for_update=True)
                if schedule is not None and schedule.run_status in {RunStatus.QUEUED, RunStatus.RUNNING}:
                    record.fail(session, schedule, reason=failure_words.LOST, now=self._clock())

    @contextmanager
    def _at_work(self, schedule_id: int) -> Iterator[None]:
        job = workflow_id(schedule_id)
        self._active.add(job)
        try:
            yield
        finally:
            self._active.discard(job)

    def _run(self, schedule_id: int) -> str:
        step = self._datasource.run_tx_step
        try:
            # One snapshot for all the queries that make the instance.
            if not step({"name": "begin", "isolation_level": "REPEATABLE READ"}, self._begin, schedule_id):
                return "gone"
            solved = DBOS.run_step({"name": "solve", "preemptible": True}, self._solve_and_record, schedule_id)
            outcome = self._check(schedule_id, from_record(solved))
            return step({"name": "commit", "isolation_level": "READ COMMITTED"}, self._commit, schedule_id, outcome)
        except Exception as error:
            if self.stopping.is_set():
                raise NotOurs from error
            log.exception("run failed")
            failed = Failed(reason=failure_words.broke(error))
            return step({"name": "fail", "isolation_level": "READ COMMITTED"}, self._commit, schedule_id, failed)

    def _begin(self, schedule_id: int) -> bool:
        """Build the instance from the rows as they are now, and keep it: a resumed run solves the same."""
        session = self._datasource.sql_session()
        schedule = session.get(Schedule, schedule_id, with_for_update=True)
        if schedule is None or schedule.run_status != RunStatus.QUEUED:
            return False
        try:
            built = build_instance(session, schedule)
        except AppError as error:
            record.fail(session, schedule, reason=failure_words.impossible(error), now=self._clock())
            return False
        record.begin(session, schedule, built, now=self._clock())
        return True

    async def _solve_and_record(self, schedule_id: int) -> dict[str, Any]:
        return to_record(await self._solve(schedule_id))

    async def _solve(self, schedule_id: int) -> AfterSolving:
        attempt, last_words = None, failure_words.WORKER_STOPPED
        while True:
            claim = await asyncio.to_thread(self._claim, schedule_id, after=attempt)
            if claim is None:
                return Gone()
            attempt = claim.attempt
            if attempt > MOST_ATTEMPTS:
                return Failed(reason=failure_words.given_up(MOST_ATTEMPTS, last_words))
            try:
                return await self._solve_once(claim)
            except SolverFailed as error:
                return Failed(reason=error.args[0])
            except SolverDied as error:
                log.warning("solver died", schedule_id=schedule_id, attempt=attempt, reason=str(error))
                last_words = error.args[0]

    async def _solve_once(self, claim: Claim) -> AfterSolving:
        with tempfile.TemporaryDirectory(
            dir=self._solver.scratch_dir, prefix=f"{workflow_id(claim.schedule_id)}-"
        ) as folder:
            task = SolverTask(
                instance=Path(folder) / "instance.json.gz",
                plan=Path(folder) / "plan.json",
                time_limit_seconds=claim.time_limit_seconds,
                seed=claim.wish.seed,
                iterations=claim.wish.iterations,
                replan=claim.wish.replan,
                demand=None if claim.demand is None else Path(folder) / "demand.json",
                policy=None if claim.wish.in_levels is None else Path(folder) / "policy.json",
                in_force=None if claim.in_force is None else Path(folder) / "in-force.json",
            )
            task.instance.write_bytes(claim.instance)
            if task.demand is not None and claim.demand is not None:
                task.demand.write_bytes(gzip.decompress(claim.demand))
            if task.policy is not None and claim.wish.in_levels is not None:
                task.policy.write_text(json.dumps(policy_document(claim.wish.in_levels)), encoding="utf-8")
            if task.in_force is not None and claim.in_force is not None:
                task.in_force.write_bytes(gzip.decompress(claim.in_force))
            stop = asyncio.Event()
            if claim.is_cancelled:
                stop.set()
            news: list[Mapping[str, Any]] = []
            child = asyncio.create_task(run_solver(self._solver, task, on_progress=news.append, stop=stop))
            try:
                await self._watch(claim, child, news=news, stop=stop)
                await child
            except SolverDied:
                if stop.is_set():
                    return Stopped()
                raise
            finally:
                child.cancel()
                await asyncio.wait({child})
            return await asyncio.to_thread(_solved, task)

    async def _watch(
        self, claim: Claim, child: asyncio.Task[None], *, news: list[Mapping[str, Any]], stop: asyncio.Event
    ) -> None:
        """Carry progress into the row, and the wish to cancel out of it, until the child is done."""
        told_at = -_TELL_SECONDS
        while not child.done():
            await asyncio.wait({child}, timeout=_LOOK_SECONDS)
            latest = None
            if news and time.monotonic() - told_at >= _TELL_SECONDS:
                latest, told_at = news[-1], time.monotonic()
                news.clear()
            standing = await asyncio.to_thread(self._tell, claim, latest)
            if standing is RowSays.TAKEN:
                raise NotOurs
            if standing in {RowSays.STOP, RowSays.GONE}:
                stop.set()

    def _claim(self, schedule_id: int, *, after: int | None) -> Claim | None:
        """Take the next number of this run; None when it is over. Raises `NotOurs`."""
        job = DBOS.get_workflow_status(workflow_id(schedule_id))
        if job is None or job.executor_id != self._executor_id:
            raise NotOurs
        statement = (
            update(Schedule)
            .where(Schedule.id == schedule_id, Schedule.run_status == RunStatus.RUNNING)
            .values(attempts=Schedule.attempts + 1)
            .returning(
                Schedule.attempts,
                Schedule.instance_json,
                Schedule.demand_json,
                Schedule.in_force_json,
                Schedule.request,
                Schedule.time_limit_seconds,
                Schedule.cancel_requested_at,
            )
        )
        if after is not None:
            statement = statement.where(Schedule.attempts == after)
        with self._engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
            if row is None:
                status = connection.scalar(select(Schedule.run_status).where(Schedule.id == schedule_id))
                if status == RunStatus.RUNNING:
                    raise NotOurs
                return None
        return Claim(
            schedule_id=schedule_id,
            attempt=row.attempts,
            instance=row.instance_json,
            demand=row.demand_json,
            in_force=row.in_force_json,
            wish=Wish.from_json(row.request),
            time_limit_seconds=row.time_limit_seconds,
            is_cancelled=row.cancel_requested_at is not None,
        )

    def _tell(self, claim: Claim, latest: Mapping[str, Any] | None) -> RowSays:
        mine = (Schedule.id == claim.schedule_id, Schedule.attempts == claim.attempt)
        try:
            with self._engine.begin() as connection:
                if latest is not None:
                    progress = record.shown_progress(latest)
                    connection.execute(
                        update(Schedule)
                        .where(*mine, Schedule.run_status == RunStatus.RUNNING)
                        .values(progress=progress)
                    )
                row = connection.execute(
                    select(Schedule.run_status, Schedule.attempts, Schedule.cancel_requested_at).where(mine[0])
                ).one_or_none()
        except SQLAlchemyError as error:
            # The solver needs no database; whether the run is still ours is asked again when it has one.
            log.warning("progress not stored", schedule_id=claim.schedule_id, error=str(error))
            return RowSays.GO_ON
        if row is None or row.run_status != RunStatus.RUNNING:
            return RowSays.GONE
        if row.attempts != claim.attempt:
            return RowSays.TAKEN
        return RowSays.GO_ON if row.cancel_requested_at is None else RowSays.STOP

    def _check(self, schedule_id: int, solved: AfterSolving) -> Outcome:
        """The outcome of the run: a plan only if the verifier accepts it."""
        if not isinstance(solved, Solved):
            return solved
        with Session(self._engine) as session:
            files = [undefer(Schedule.instance_json), undefer(Schedule.demand_json)]
            schedule = session.get(Schedule, schedule_id, options=files)
            if schedule is None or schedule.instance_json is None:
                return Gone()
            checked = check_run(session, schedule, solved)
        if checked.violations:
            log.error("plan refused", violations=checked.violations[:20])
            return Failed(reason=failure_words.plan_refused(checked.violations))
        return Planned(checked=checked, spread=solved.spread, levels=solved.levels)

    def _commit(self, schedule_id: int, outcome: Outcome) -> str:
        session = self._datasource.sql_session()
        schedule = session.get(Schedule, schedule_id, with_for_update=True)
        if schedule is None or schedule.run_status not in {RunStatus.QUEUED, RunStatus.RUNNING}:
            return "gone"
        match outcome:
            case Gone():
                return "gone"
            case Planned(checked=checked, spread=spread, levels=levels):
                record.store_plan(session, schedule, checked, spread=spread, levels=levels, now=self._clock())
            case Failed() | Stopped() if schedule.cancel_requested_at is not None:
                record.end_cancelled(session, schedule, now=self._clock())
            case Failed(reason=reason):
                record.fail(session, schedule, reason=reason, now=self._clock())
            case Stopped():
                record.fail(session, schedule, reason=failure_words.STOPPED, now=self._clock())
        return schedule.run_status


def _solved(task: SolverTask) -> Solved:
    """What a finished solver has written."""
    plan = gzip.compress(task.plan.read_bytes(), mtime=0)
    levels = None if task.policy is None else json.loads(task.levels.read_bytes())
    if task.demand is None:
        return Solved(plan=plan, levels=levels)
    spread = Spread(
        instance=gzip.compress(task.people.read_bytes(), mtime=0), choice=json.loads(task.choice.read_bytes())
    )
    return Solved(plan=plan, spread=spread, levels=levels)
