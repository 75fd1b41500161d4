"""Starts the job engine (dbos) in this process: the queue of runs, a heartbeat, and what keeps runs from being stuck:
the runs of a worker that fell silent are handed to the others, and a run without a job is failed with a reason."""

import os
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from random import Random

import structlog
from dbos import DBOS, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from app.access.idempotency import forget_old_keys
from app.access.log_in import forget_old_failures
from app.calendars.inbox import CALENDAR_CONNECTIONS, reading_desk_of, refresh_due
from app.calendars.mail import organizer_of, sender
from app.calendars.outbox import OUTBOX_CONNECTIONS, deliver_due
from app.calendars.rounds import Fault, Incomplete, Round, in_turns, run_rounds
from app.calendars.writing import WritingContext
from app.database import WORK_LIMITS, make_engine
from app.process_parts import release, start_needed
from app.requests.agreements import settle_agreements
from app.schedules.announcements.calendars import announce_marked, mark_outlived, render_entries
from app.schedules.announcements.invitations import SendingContext, send_due
from app.schedules.models import LOST_AFTER_SECONDS, RoundTrouble
from app.schedules.models import Worker as WorkerRow
from app.schedules.reasons.finding import ReasonFinder
from app.schedules.runs import workflow
from app.schedules.runs.process import SolverCommand
from app.schedules.runs.queue import (
    APPLICATION_NAME,
    APPLICATION_VERSION,
    QUEUE_NAME,
    WORKFLOW_NAME,
)
from app.settings import Settings
from app.travel.road_engine import road_engine_of
from app.travel.roads import ask_due

log = structlog.get_logger(__name__)

_ENGINE_SCHEMA = "dbos"
_ENGINE_CONNECTIONS = 4
_ENGINE_THREADS = 64
"""Each run holds one, and so does each that was taken from us until its new owner is done."""
_TAKE_OVER_LOCK = "jemput take-over"
_FORGET_BATCH = 500
_CALENDAR_GRACE_SECONDS = 2.0
_MAIL_CONNECTIONS = 2
_REASON_CONNECTIONS = 2
_ROAD_CONNECTIONS = 2
_OWN_HOUSE = frozenset({"life", "house"})
"""Lines that talk to nobody but the database."""
_END_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = ANY(:names) AND usename = current_user"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How often a worker looks around, in seconds."""

    beat: float = 3.0
    """Between two signs of life."""
    lost_after: float = LOST_AFTER_SECONDS
    """Silence after which a worker's runs are handed to the others."""
    queue_poll: float = 0.25
    idle_transaction: float = 60.0
    """After which the database ends the transaction of a worker that froze in the middle of it, if nobody else has."""
    tidy: float = 600.0
    """Between two clearances of what is old."""
    calendars: float = 5.0
    """Between two looks for what is to be read, written and sent."""
    reasons: float = 2.0
    """Between two looks for a plan whose reasons are to be found."""
    roads: float = 30.0
    """Between two looks for ways that a road engine is to be asked for."""
    keep_jobs: timedelta = timedelta(days=7)


def prepare_database(database_url: str) -> None:
    """Create or update the job engine's own tables (schema `dbos`); safe to call from several processes."""
    DBOS.migrate(database_url, schema=_ENGINE_SCHEMA)
    SQLAlchemyDatasource.migrate(database_url, schema=_ENGINE_SCHEMA)


@contextmanager
def running_worker(
    settings: Settings, database_url: str, *, timing: Timing | None = None, solver: SolverCommand | None = None
) -> Iterator["Worker"]:
    """A worker for as long as the block lasts; what it has not finished then, another one takes up.

    The database must be migrated. One worker per process: the engine is a singleton."""
    worker = Worker(settings, database_url, timing=timing or Timing(), solver=solver)
    worker.launch()
    try:
        yield worker
    finally:
        worker.shutdown()


class Worker:
    """One process's share of the runs."""

    def __init__(self, settings: Settings, database_url: str, *, timing: Timing, solver: SolverCommand | None):
        # Also the name of its database sessions, of which the server keeps 63 characters.
        self.executor_id = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._settings = settings
        self._database_url = database_url
        self._timing = timing
        self._solver = solver or SolverCommand(threads=settings.solver_threads, scratch_dir=settings.runs_dir)
        self._stopped = threading.Event()
        self._engines: list[Engine] = []
        self._lines: dict[str, threading.Thread] = {}
        self._failing: set[str] = set()

    def launch(self) -> None:
        prepare_database(self._database_url)
        self._engine = make_engine(
            self._database_url,
            pool_size=self._settings.worker_concurrency + 3,
            limits=replace(WORK_LIMITS, idle_transaction=self._timing.idle_transaction),
            application_name=self.executor_id,
        )
        self._solver.scratch_dir.mkdir(parents=True, exist_ok=True)
        # Before the launch: a worker without a sign of life would lose its first run to the others at once.
        self._beat()
        # The engine runs coroutines on the loop of the thread that launches it, if there is one. A thread of its own
        # has none, so it keeps a loop to itself, on a thread that lives as long as the children it starts.
        launcher = threading.Thread(target=self._launch_engine, name="launcher")
        launcher.start()
        launcher.join()
        if self._launch_error is not None:
            raise self._launch_error
        for line, rounds in groupby(self._rounds(), key=lambda round_: round_.line):
            self._lines[line] = threading.Thread(
                target=run_rounds,
                args=(list(rounds), self._stopped),
                kwargs={"note": self._note_round},
                name=f"worker: {line}",
                daemon=True,
            )
            start_needed(self._lines[line])
        log.info("worker started", executor_id=self.executor_id, concurrency=self._settings.worker_concurrency)

    _launch_error: BaseException | None = None

    def _launch_engine(self) -> None:
        try:
            DBOS(
                config={
                    "name": APPLICATION_NAME,
                    "system_database_url": self._database_url,
                    "dbos_system_schema": _ENGINE_SCHEMA,
                    "sys_db_pool_size": _ENGINE_CONNECTIONS,
                    "db_engine_kwargs": {
                        "connect_args": {"application_name": self.executor_id, "options": WORK_LIMITS.as_options()}
                    },
                    "max_executor_threads": _ENGINE_THREADS,
                    "application_version": APPLICATION_VERSION,
                    "executor_id": self.executor_id,
                    "serializer": DBOSPortableJSONSerializer(),
                    "log_level": "WARNING",
                    "run_migrations": False,
                }
            )
            datasource = SQLAlchemyDatasource.create(
                self._database_url,
                engine=self._engine,
                schema=_ENGINE_SCHEMA,
                serializer=DBOSPortableJSONSerializer(),
                run_migrations=False,
            )
            self._runner = workflow.Runner(
                engine=self._engine,
                datasource=datasource,
                solver=self._solver,
                executor_id=self.executor_id,
                clock=lambda: datetime.now(UTC),
                forget_after_seconds=self._timing.lost_after,
            )
            self._runner.register()
            DBOS.launch()
            DBOS.register_queue(
                QUEUE_NAME,
                worker_concurrency=self._settings.worker_concurrency,
                polling_interval_sec=self._timing.queue_poll,
                on_conflict="always_update",
            )
        except BaseException as error:
            self._launch_error = error

    def shutdown(self) -> None:
        """Stop within a few seconds; running solves are ended and left to the next worker."""
        self._runner.stopping.set()
        self._reasons.end()
        for thread in self._lines.values():
            release(thread)
        self._stopped.set()
        for line, thread in self._lines.items():
            # A slow server may keep one longer; it then ends with the process, and what it was at is done again.
            thread.join(timeout=None if line in _OWN_HOUSE else _CALENDAR_GRACE_SECONDS)
        DBOS.destroy(destroy_registry=True)
        # Without a sign of life the others need not wait for this worker to fall silent.
        with self._engine.begin() as connection:
            connection.execute(delete(WorkerRow).where(WorkerRow.executor_id == self.executor_id))
            connection.execute(delete(RoundTrouble).where(RoundTrouble.executor_id == self.executor_id))
        for engine in [self._engine, *self._engines]:
            engine.dispose()
        log.info("worker stopped", executor_id=self.executor_id)

    def _rounds(self) -> list[Round]:
        """Everything this worker does by itself, again and again; rounds of one line stand together."""
        timing, settings = self._timing, self._settings
        reading, writing = self._own_engine(CALENDAR_CONNECTIONS), self._own_engine(OUTBOX_CONNECTIONS)
        mailing = self._own_engine(_MAIL_CONNECTIONS)
        sessions = sessionmaker(writing, expire_on_commit=False)
        chance = Random().random
        # Read at the first turn: a data folder that cannot keep our key is a trouble of that round alone.
        desk = cache(partial(reading_desk_of, settings))
        self._reasons = ReasonFinder(self._own_engine(_REASON_CONNECTIONS), self._solver, random=chance)
        context = SendingContext(send=sender(settings), organizer=organizer_of(settings), random=chance)

        def read(now: datetime) -> None:
            refresh_due(reading, now, desk=desk())

        def announce(now: datetime) -> None:
            announce_marked(sessions, now, random=chance)

        def write(now: datetime) -> None:
            deliver_due(writing, now, context=WritingContext(desk=desk(), render=render_entries))

        def send(now: datetime) -> None:
            send_due(mailing, now, context=context)

        def at(do: Callable[[datetime], object]) -> Callable[[], object]:
            return lambda: do(datetime.now(UTC))

        return [
            Round("sign of life", timing.beat, self._beat, "life"),
            Round("take over", timing.beat, self._take_over, "house"),
            Round("forget finished jobs", timing.tidy, at(self._forget_jobs), "house"),
            Round("forget old keys", timing.tidy, at(self._forget_keys), "house"),
            Round("withdraw what was told long enough", timing.tidy, at(self._withdraw_outlived), "house"),
            Round("settle agreed dates", timing.tidy, at(self._settle_agreements), "house"),
            Round("clear scratch folders", timing.tidy, at(self._clear_scratch), "house"),
            Round("read calendars", timing.calendars, at(read), "reading"),
            Round("announce", timing.calendars, at(announce), "writing"),
            Round("write calendars", timing.calendars, at(write), "writing"),
            Round("send invitations", timing.calendars, at(send), "mail"),
            Round("find reasons", timing.reasons, at(self._reasons.find_due), "reasons"),
            *self._road_rounds(at),
        ]

    def _road_rounds(self, at: Callable[[Callable[[datetime], object]], Callable[[], object]]) -> list[Round]:
        """What is asked of a road engine, where there is one."""
        road_engine = road_engine_of(self._settings)
        if road_engine is None:
            return []
        engine = self._own_engine(_ROAD_CONNECTIONS)
        return [
            Round("ask for roads", self._timing.roads, at(partial(ask_due, engine, road_engine=road_engine)), "roads")
        ]

    def _own_engine(self, connections: int) -> Engine:
        """Connections of one line's own, as servers may be slow."""
        engine = make_engine(self._database_url, pool_size=connections, application_name=self.executor_id)
        self._engines.append(engine)
        return engine

    def _note_round(self, round_: Round, fault: Fault | None) -> None:
        """Store what went wrong at a turn, for the administrator to see; forget it when a turn succeeds."""
        if fault is None and round_.name not in self._failing:
            return
        with self._engine.begin() as connection:
            if fault is None:
                connection.execute(
                    delete(RoundTrouble).where(
                        RoundTrouble.executor_id == self.executor_id, RoundTrouble.name == round_.name
                    )
                )
                self._failing.discard(round_.name)
                return
            now = func.clock_timestamp()
            statement = insert(RoundTrouble).values(
                executor_id=self.executor_id, name=round_.name, fault=str(fault), failures=1, since=now, last_at=now
            )
            again = {"fault": str(fault), "failures": RoundTrouble.failures + 1, "last_at": now}
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[RoundTrouble.executor_id, RoundTrouble.name], set_=again
                )
            )
            self._failing.add(round_.name)

    def _beat(self) -> None:
        """Tell the others that this worker lives, by the database's clock: theirs and ours may differ."""
        now = func.clock_timestamp()
        with self._engine.begin() as connection:
            connection.execute(
                insert(WorkerRow)
                .values(executor_id=self.executor_id, seen_at=now)
                .on_conflict_do_update(index_elements=[WorkerRow.executor_id], set_={"seen_at": now})
            )

    def _take_over(self) -> None:
        """Put the runs of silent workers back in line, and those that the engine dropped; one worker at a time."""
        with self._engine.begin() as connection:
            if not connection.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext(_TAKE_OVER_LOCK)))):
                return
            # A clock that was set back leaves signs from the future, which would never grow old: they count from now.
            now = func.clock_timestamp()
            connection.execute(update(WorkerRow).where(WorkerRow.seen_at > now).values(seen_at=now))
            silent = now - timedelta(seconds=self._timing.lost_after)
            connection.execute(delete(WorkerRow).where(WorkerRow.seen_at < silent))
            alive = set(connection.scalars(select(WorkerRow.executor_id)))
            pending = DBOS.list_workflows(status="PENDING", name=WORKFLOW_NAME, load_input=False, load_output=False)
            lost = [job for job in pending if job.executor_id not in alive]
            # A worker frozen in the middle of a commit holds locks that its successor would wait for.
            connection.execute(_END_SESSIONS, {"names": [job.executor_id for job in lost]})
        for job in lost:
            log.warning("taking over a run", job=job.workflow_id, from_worker=job.executor_id)
            DBOS.resume_workflow(job.workflow_id, queue_name=QUEUE_NAME)
        own = {job.workflow_id for job in pending if job.executor_id == self.executor_id}
        for job_id in self._runner.forgotten(own):
            log.warning("putting a dropped run back in line", job=job_id)
            DBOS.resume_workflow(job_id, queue_name=QUEUE_NAME)
        self._runner.fail_runs_without_job()

    def _forget_jobs(self, now: datetime) -> None:
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            name=WORKFLOW_NAME,
            completed_before=(now - self._timing.keep_jobs).isoformat(),
            limit=_FORGET_BATCH,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([job.workflow_id for job in old])

    def _forget_keys(self, now: datetime) -> None:
        """Forget idempotency keys, failed log-ins, and the troubles of workers that are no more."""
        with Session(self._engine) as session, session.begin():
            forget_old_keys(session, now=now)
            forget_old_failures(session, now=now)
            session.execute(delete(RoundTrouble).where(RoundTrouble.executor_id.not_in(select(WorkerRow.executor_id))))

    def _withdraw_outlived(self, now: datetime) -> None:
        with Session(self._engine) as session, session.begin():
            mark_outlived(session, now)

    def _settle_agreements(self, now: datetime) -> None:
        """Sites whose agreed dates are over are done, or to be asked again."""
        with Session(self._engine) as session, session.begin():
            settle_agreements(session, now=now)

    def _clear_scratch(self, now: datetime) -> None:
        """Remove the folders of processes that were killed; one that cannot be removed keeps no other."""
        left: list[Path] = []

        def clear(folder: Path) -> None:
            # Another worker of this machine may be at it too.
            with suppress(FileNotFoundError):
                if folder.stat().st_mtime < (now - timedelta(days=1)).timestamp():
                    shutil.rmtree(folder)

        in_turns(list(self._solver.scratch_dir.iterdir()), clear, set_aside=lambda folder, _: left.append(folder))
        if left:
            raise Incomplete(f"{len(left)} of the scratch folders cannot be removed, among them {left[0].name}")
