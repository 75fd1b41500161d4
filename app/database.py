"""The one way to PostgreSQL: constraint names, the engine, migrations, one transaction per request,
and prepared reads for what is asked for all day."""

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    MetaData,
    PoolProxiedConnection,
    Select,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

APPLICATION_NAME = "jemput-bola"
SESSION_CONNECTIONS = 10
READER_CONNECTIONS = 4
# The second is what a prepared statement says once a column it returns has another type.
_STALE = (psycopg.OperationalError, psycopg.errors.FeatureNotSupported)
_DIALECT = make_url("postgresql+psycopg://").get_dialect()()


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """After how many seconds the server ends what a session does; 0: never."""

    statement: float
    lock: float
    """Waiting for somebody else's."""
    idle_transaction: float
    """Holding a transaction and doing nothing in it."""

    def as_options(self) -> str:
        values = {
            "timezone": "UTC",
            "statement_timeout": round(self.statement * 1000),
            "lock_timeout": round(self.lock * 1000),
            "idle_in_transaction_session_timeout": round(self.idle_transaction * 1000),
        }
        return " ".join(f"-c {name}={value}" for name, value in values.items())


REQUEST_LIMITS = SessionLimits(statement=30, lock=10, idle_transaction=120)
"""Somebody waits for the answer; an upload is read in its transaction."""
WORK_LIMITS = SessionLimits(statement=600, lock=120, idle_transaction=600)
MIGRATION_LIMITS = SessionLimits(statement=0, lock=600, idle_transaction=0)
"""A lock is waited for at all because several processes start at once and one of them migrates."""
_CONNECT_SECONDS = 5


class OpenConnections:
    """The driver's connections of a web server, so that waiting for a silent database can be ended from outside."""

    def __init__(self) -> None:
        self.is_stalled = threading.Event()
        """Set while the database does not answer: nobody need begin to wait for it."""
        self._lock = threading.Lock()
        self._open: WeakSet[psycopg.BaseConnection[Any]] = WeakSet()

    def add(self, connection: psycopg.BaseConnection[Any]) -> None:
        with self._lock:
            self._open.add(connection)

    def all(self) -> list[psycopg.BaseConnection[Any]]:
        with self._lock:
            return [connection for connection in self._open if not connection.closed]

    def refuse_if_stalled(self) -> None:
        if self.is_stalled.is_set():
            raise psycopg.OperationalError("the database does not answer")

    def watch_over(self, engine: Engine) -> None:
        event.listen(engine, "connect", lambda connection, _: self.add(connection))


_connections: WeakKeyDictionary[Engine, OpenConnections] = WeakKeyDictionary()


def connections_of(engine: Engine) -> OpenConnections:
    """What is open of an engine, and of all that is made beside it."""
    if engine not in _connections:
        _connections[engine] = OpenConnections()
        _connections[engine].watch_over(engine)
    return _connections[engine]


def make_engine(
    database_url: str,
    *,
    pool_size: int = 10,
    limits: SessionLimits = WORK_LIMITS,
    application_name: str = APPLICATION_NAME,
) -> Engine:
    """Engine with UTC sessions; `pool_size` connections and as many again under load."""
    engine = create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        # What people entered does not go into logs with the errors of the statements that carried it.
        hide_parameters=True,
        connect_args={
            "application_name": application_name,
            "options": limits.as_options(),
            "connect_timeout": _CONNECT_SECONDS,
        },
    )
    # From its first connection on: one that nobody knows of could not be ended.
    connections_of(engine)
    return engine


def driver_arguments(url: URL, *, name: str) -> tuple[Sequence[Any], dict[str, Any]]:
    """How the bare driver connects to a database, within the limits of a request."""
    arguments, options = _DIALECT.create_connect_args(url)
    return arguments, {
        **options,
        "application_name": f"{APPLICATION_NAME} {name}",
        "options": REQUEST_LIMITS.as_options(),
        "connect_timeout": _CONNECT_SECONDS,
    }


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions on an engine, and beside them a small pool for `PreparedRead`, closed with the engine's own."""
    reader = create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=READER_CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        hide_parameters=True,
        connect_args=driver_arguments(engine.url, name="reader")[1],
    )
    connections = connections_of(engine)
    connections.watch_over(reader)
    waiting = WaitingReaders(engine.url, connections)
    event.listen(engine, "engine_disposed", lambda _: reader.dispose())
    event.listen(engine, "engine_disposed", lambda _: waiting.dispose())
    info = {"reader": reader, "waiting": waiting, "connections": connections}
    return sessionmaker(engine, expire_on_commit=False, autoflush=True, info=info)


class _LoopReaders:
    """The readers of one event loop: those at rest, and room for as many as there may be."""

    def __init__(self) -> None:
        self.at_rest: list[psycopg.AsyncConnection[tuple[Any, ...]]] = []
        self.room = asyncio.Semaphore(READER_CONNECTIONS)

    def dispose(self) -> None:
        for connection in self.at_rest:
            # Not by its own method, which is awaited: the loop may be over.
            connection.pgconn.finish()
        self.at_rest.clear()


class WaitingReaders:
    """Connections that an event loop itself waits for, opened when first needed: a request then costs no thread.

    They read and nothing else, each statement on its own."""

    def __init__(self, url: URL, connections: OpenConnections) -> None:
        self._arguments, self._options = driver_arguments(url, name="reader")
        self._connections = connections
        self._loops: dict[asyncio.AbstractEventLoop, _LoopReaders] = {}

    async def rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        self._connections.refuse_if_stalled()
        readers = self._readers()
        async with readers.room:
            if readers.at_rest:
                connection = readers.at_rest.pop()
            else:
                connection = await psycopg.AsyncConnection.connect(*self._arguments, autocommit=True, **self._options)
                self._connections.add(connection)
            try:
                rows = await (await connection.execute(statement, parameters, prepare=True)).fetchall()
            except BaseException:
                # Also when the caller was called off: nobody knows what would still come out of this connection.
                connection.pgconn.finish()
                raise
            readers.at_rest.append(connection)
            return rows

    def forget(self) -> None:
        """Close what is at rest in this loop; the next reads connect anew."""
        self._readers().dispose()

    def dispose(self) -> None:
        for readers in self._loops.values():
            readers.dispose()
        self._loops.clear()

    def _readers(self) -> _LoopReaders:
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            for ended in [other for other in self._loops if other.is_closed()]:
                self._loops.pop(ended).dispose()
            self._loops[loop] = _LoopReaders()
        return self._loops[loop]


class PreparedRead:
    """A select compiled once, at import, and run on the bare driver: one round trip, no transaction, plain tuples.

    For the few reads that are asked for all day: a tenth of the cost of a session's. Every value that varies is
    a named `bindparam`; types the driver does not know by itself are not converted."""

    def __init__(self, statement: Select[Any]) -> None:
        self._sql = str(statement.compile(dialect=_DIALECT))

    async def rows_in_loop(
        self, sessions: sessionmaker[Session], parameters: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """The same as `rows`, for an endpoint that runs in the event loop: half the CPU, since no thread is woken."""
        waiting: WaitingReaders | None = sessions.kw.get("info", {}).get("waiting")
        if waiting is None or sys.platform == "win32":
            # The driver cannot wait in the event loop of Windows.
            return await run_in_threadpool(self.rows, sessions, parameters)
        try:
            return await waiting.rows(self._sql, parameters)
        except _STALE:
            waiting.forget()
            return await waiting.rows(self._sql, parameters)

    def rows(self, sessions: sessionmaker[Session], parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows as the database has them now, committed (or of the transaction that `sessions` are bound to)."""
        reader = sessions.kw.get("info", {}).get("reader")
        if reader is None:
            bind = sessions.kw["bind"]
            assert isinstance(bind, Connection)
            return self._run(bind.connection, parameters)
        try:
            return self._on_pooled(reader, parameters)
        except _STALE:
            # Connections are not asked for a sign of life before each read; after a restart of the server or a
            # migration they are all stale, so the pool is emptied, and a read may simply be done again.
            reader.dispose()
            return self._on_pooled(reader, parameters)

    def _on_pooled(self, reader: Engine, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        connection = reader.raw_connection()
        try:
            return self._run(connection, parameters)
        except _STALE:
            connection.invalidate()
            raise
        finally:
            connection.close()

    def _run(self, connection: PoolProxiedConnection, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        driver = connection.driver_connection
        assert driver is not None
        rows: list[tuple[Any, ...]] = driver.execute(self._sql, parameters, prepare=True).fetchall()
        return rows


def migrations_dir() -> Path:
    return Path(__file__).parents[1] / "migrations"


@cache
def newest_revision() -> str | None:
    """Of the schema that this version expects."""
    return ScriptDirectory(str(migrations_dir())).get_current_head()


def stored_revision(session: Session) -> str | None:
    """Of the schema that the database has."""
    revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; of several processes at once one does it and the others wait."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtext('jemput migrations'))"))
        connection.commit()
        config = Config()
        config.set_main_option("script_location", str(migrations_dir()))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.execute(text("SELECT pg_advisory_unlock(hashtext('jemput migrations'))"))
        connection.commit()


@contextmanager
def one_transaction(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Commits at the end, rolls back when something was raised; refuses at once while the database stands still."""
    connections: OpenConnections | None = sessions.kw.get("info", {}).get("connections")
    if connections is not None:
        connections.refuse_if_stalled()
    with sessions.begin() as session:
        yield session


def get_session(request: Request) -> Iterator[Session]:
    """One transaction per request: commits when the endpoint returned, rolls back when it raised."""
    with one_transaction(request.app.state.sessions) as session:
        yield session


# "function" scope: the commit happens before the reply is sent, so a commit that fails is never a 200.
# No more requests than connections at once: those that hold one wait for a thread between their steps, and the threads
# must not all be waiting for a connection then; from 64 requests on that stood still until the pool gave up.
SessionDep = Annotated[Session, Depends(get_session, scope="function", max_concurrency=SESSION_CONNECTIONS)]
