"""Starts the job engine (dbos) in this process: the queue of runs, a heartbeat, and what keeps runs from being stuck:
the runs of a worker that fell silent are handed to the others, and a run without a job is failed with a reason."""

import contextlib
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import structlog
from dbos import DBOS, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.access.idempotency import forget_old_keys
from app.calendars.inbox import CALENDAR_CONNECTIONS, Desk, desk_of, refresh_due
from app.calendars.mail import organizer_of, sender
from app.calendars.outbox import OUTBOX_CONNECTIONS, Postman, deliver_due
from app.database import WORK_LIMITS, make_engine
from app.schedules.announcements.calendars import announce_marked, entry_renderer, mark_outlived
from app.schedules.announcements.invitations import Messenger, send_due
from app.schedules.models import Worker as WorkerRow
from app.schedules.runs import workflow
from app.schedules.runs.process import SolverCommand
from app.schedules.runs.queue import (
    APPLICATION_NAME,
    APPLICATION_VERSION,
    QUEUE_NAME,
    WORKFLOW_NAME,
)
from app.settings import Settings

log = structlog.get_logger(__name__)

_ENGINE_SCHEMA = "dbos"
_ENGINE_CONNECTIONS = 4
_ENGINE_THREADS = 64
"""Each run holds one, and so does each that was taken from us until its new owner is done."""
_TAKE_OVER_LOCK = "jemput take-over"
_FORGET_BATCH = 500
_CALENDAR_GRACE_SECONDS = 2.0
_END_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = ANY(:names) AND usename = current_user"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How often a worker looks around, in seconds."""

    beat: float = 3.0
    """Between two signs of life."""
    lost_after: float = 15.0
    """Silence after which a worker's runs are handed to the others."""
    queue_poll: float = 0.25
    idle_transaction: float = 60.0
    """After which the database ends the transaction of a worker that froze in the middle of it, if nobody else has."""
    tidy: float = 600.0
    """Between two clearances of what is old."""
    calendars: float = 5.0
    """Between two looks for calendars whose time to be read has come."""
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
        self._lives = threading.Thread(target=self._give_signs_of_life, name="sign of life", daemon=True)
        self._housekeeper = threading.Thread(target=self._keep_house, name="housekeeper", daemon=True)
        self._calendar_reader = threading.Thread(target=self._read_calendars, name="calendars", daemon=True)
        self._announcer = threading.Thread(target=self._announce, name="announcer", daemon=True)

    def launch(self) -> None:
        prepare_database(self._database_url)
        self._engine = make_engine(
            self._database_url,
            pool_size=self._settings.worker_concurrency + 2,
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
        self._lives.start()
        self._housekeeper.start()
        self._calendar_reader.start()
        self._announcer.start()
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
        self._stopped.set()
        self._lives.join()
        self._housekeeper.join()
        # A slow server may keep it longer; it then ends with the process, and what it was at is done again.
        self._calendar_reader.join(timeout=_CALENDAR_GRACE_SECONDS)
        self._announcer.join(timeout=_CALENDAR_GRACE_SECONDS)
        DBOS.destroy(destroy_registry=True)
        # Without a sign of life the others need not wait for this worker to fall silent.
        with self._engine.begin() as connection:
            connection.execute(delete(WorkerRow).where(WorkerRow.executor_id == self.executor_id))
        self._engine.dispose()
        log.info("worker stopped", executor_id=self.executor_id)

    def _give_signs_of_life(self) -> None:
        """On a thread that does nothing else: what keeps the housekeeper up must not cost this worker its runs."""
        while not self._stopped.wait(self._timing.beat):
            self._without_dying("sign of life", self._beat)

    def _keep_house(self) -> None:
        tidied_at = time.monotonic() - self._timing.tidy
        while not self._stopped.wait(self._timing.beat):
            self._without_dying("taking over", self._take_over)
            if time.monotonic() - tidied_at >= self._timing.tidy:
                tidied_at = time.monotonic()
                self._without_dying("tidying", self._tidy)

    def _without_dying(self, duty: str, do: Callable[[], None]) -> None:
        """Do a duty that comes round again; what hinders it this time, whatever it is, ends neither it nor others."""
        try:
            do()
        except Exception:
            log.exception("duty failed", duty=duty, executor_id=self.executor_id)

    def _read_calendars(self) -> None:
        """Read foreign calendars when their time has come; on a thread and connections of their own, as servers
        may be slow."""
        desk: Desk | None = None
        engine = make_engine(self._database_url, pool_size=CALENDAR_CONNECTIONS, application_name=self.executor_id)
        while not self._stopped.wait(self._timing.calendars):
            try:
                desk = desk or desk_of(self._settings)
                refresh_due(engine, datetime.now(UTC), desk=desk)
            except (SQLAlchemyError, OSError) as error:
                # The database is away, or the data folder cannot keep our key.
                log.warning("calendars not read", executor_id=self.executor_id, error=str(error))
        engine.dispose()

    def _announce(self) -> None:
        """Write published visits into calendars and send invitations; apart from reading, which may take its time."""
        engine = make_engine(self._database_url, pool_size=OUTBOX_CONNECTIONS, application_name=self.executor_id)
        sessions = sessionmaker(engine, expire_on_commit=False)
        chance = Random()
        postman: Postman | None = None
        messenger = Messenger(send=sender(self._settings), organizer=organizer_of(self._settings), random=chance.random)
        while not self._stopped.wait(self._timing.calendars):
            try:
                postman = postman or Postman(
                    desk=desk_of(self._settings), render=entry_renderer(self._settings.base_url), random=chance.random
                )
                announce_marked(sessions, datetime.now(UTC))
                deliver_due(engine, datetime.now(UTC), postman=postman)
                send_due(engine, datetime.now(UTC), messenger=messenger)
            except (SQLAlchemyError, OSError) as error:
                # The database is away, or the data folder cannot keep our key; what was due is still noted.
                log.warning("nothing announced", executor_id=self.executor_id, error=str(error))
        engine.dispose()

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

    def _tidy(self) -> None:
        """Forget finished jobs, old idempotency keys and scratch folders of processes that were killed."""
        now = datetime.now(UTC)
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
        with Session(self._engine) as session, session.begin():
            forget_old_keys(session, now=now)
            mark_outlived(session, now)
        self._solver.scratch_dir.mkdir(parents=True, exist_ok=True)
        for folder in self._solver.scratch_dir.iterdir():
            # Another worker may clear the same folder, or end what is in it, this very moment.
            with contextlib.suppress(FileNotFoundError):
                if folder.stat().st_mtime < (now - timedelta(days=1)).timestamp():
                    shutil.rmtree(folder, ignore_errors=True)
