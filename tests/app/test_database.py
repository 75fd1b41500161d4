"""Many requests at once share few connections; prepared reads see what is committed and survive cut connections."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.access import service as access
from app.access.models import Role
from app.database import (
    READER_CONNECTIONS,
    REQUEST_LIMITS,
    PreparedRead,
    SessionLimits,
    make_engine,
    make_sessions,
    migrate,
)
from app.districts.models import District
from app.embedded_postgres import running_postgres
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import NOW
from tests.factories import make_district

NAMES = PreparedRead(select(District.code, District.name).where(District.code == bindparam("code")))


def test_prepared_read_sees_what_was_committed_and_nothing_else(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    with sessions() as session:
        make_district(session, name="Kota Lubuk Linggau")
        assert NAMES.rows(sessions, {"code": "16.73"}) == []
        session.commit()
        assert NAMES.rows(sessions, {"code": "16.73"}) == [("16.73", "Kota Lubuk Linggau")]
    engine.dispose()


def test_prepared_read_of_bound_sessions_sees_their_transaction(engine: Engine, session: Session) -> None:
    make_district(session)
    sessions = sessionmaker(session.connection())
    assert len(NAMES.rows(sessions, {"code": "16.73"})) == 1
    assert NAMES.rows(make_sessions(engine), {"code": "16.73"}) == []


def test_prepared_read_survives_cut_connections(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE '% reader'"
    )
    for _ in range(2):
        assert NAMES.rows(sessions, {"code": "16.73"}) == []
        with engine.connect() as connection:
            assert connection.scalars(cut).all() == [True]
    assert NAMES.rows(sessions, {"code": "16.73"}) == []
    engine.dispose()


def test_prepared_read_survives_a_migration_of_its_columns(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    for _ in range(3):
        assert NAMES.rows(sessions, {"code": "16.73"}) == []
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE districts ALTER COLUMN name TYPE text"))
    assert NAMES.rows(sessions, {"code": "16.73"}) == []
    engine.dispose()


def test_read_in_the_event_loop_sees_what_was_committed(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)

    async def read() -> None:
        with sessions() as session:
            make_district(session, name="Kota Lubuk Linggau")
            assert await NAMES.rows_in_loop(sessions, {"code": "16.73"}) == []
            session.commit()
            assert await NAMES.rows_in_loop(sessions, {"code": "16.73"}) == [("16.73", "Kota Lubuk Linggau")]

    asyncio.run(read())
    # Another loop has readers of its own.
    assert len(asyncio.run(NAMES.rows_in_loop(sessions, {"code": "16.73"}))) == 1
    engine.dispose()


def test_reads_in_the_event_loop_share_few_connections_and_survive_cut_ones(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE '% reader'"
    )

    async def read() -> None:
        for _ in range(2):
            reads = (NAMES.rows_in_loop(sessions, {"code": "16.73"}) for _ in range(50))
            assert await asyncio.gather(*reads) == [[]] * 50
            with engine.connect() as connection:
                assert connection.scalars(cut).all() == [True] * READER_CONNECTIONS
        assert await NAMES.rows_in_loop(sessions, {"code": "16.73"}) == []

    asyncio.run(read())
    engine.dispose()


def test_read_called_off_in_the_middle_leaves_no_half_read_connection(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)

    async def read() -> None:
        for _ in range(20):
            called_off = asyncio.create_task(NAMES.rows_in_loop(sessions, {"code": "16.73"}))
            await asyncio.sleep(0.0005)
            called_off.cancel()
            await asyncio.gather(called_off, return_exceptions=True)
            assert await NAMES.rows_in_loop(sessions, {"code": "16.73"}) == []

    asyncio.run(read())
    engine.dispose()


def test_closing_the_engine_closes_the_readers(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    NAMES.rows(sessions, {"code": "16.73"})
    asyncio.run(NAMES.rows_in_loop(sessions, {"code": "16.73"}))
    engine.dispose()
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    with engine.connect() as connection:
        # The server notices a closed connection a moment after it was closed.
        for _ in range(500):
            if connection.scalar(others) == 0:
                break
            connection.execute(text("SELECT pg_sleep(0.01)"))
            connection.rollback()
        assert connection.scalar(others) == 0
    engine.dispose()


def test_more_requests_at_once_than_threads_and_connections_are_all_answered(own_database: str) -> None:
    engine = make_engine(own_database)
    with Session(engine) as session:
        make_district(session)
        _, secret = access.issue_token(session, Role.PLANNER, now=NOW, district_code="16.73")
        session.commit()

    async def ask_all() -> list[int]:
        transport = httpx.ASGITransport(app=create_app(Settings(), engine))
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            answers = await asyncio.gather(*(client.get("/v1/districts/16.73") for _ in range(100)))
            return [answer.status_code for answer in answers]

    assert asyncio.run(ask_all()) == [200] * 100
    engine.dispose()


def postmaster_of(engine: Engine) -> list[psutil.Process]:
    """The server's first process and its children, as many as there are now."""
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    first = psutil.Process(pid).parent()
    assert first is not None
    return [first, *first.children()]


@contextmanager
def frozen(engine: Engine) -> Iterator[None]:
    """A server that takes connections, and answers nothing."""
    processes = postmaster_of(engine)
    try:
        for process in processes:
            process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def test_a_frozen_database_is_a_503_within_seconds_and_forgotten_when_it_thaws(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "postgres") as url:
        engine = make_engine(url, limits=REQUEST_LIMITS)
        migrate(engine)
        with Session(engine) as session, session.begin():
            make_district(session)
            _, secret = access.issue_token(session, Role.PLANNER, now=NOW, district_code="16.73")
        client = TestClient(
            create_app(Settings(), engine),
            headers={"Authorization": f"Bearer {secret}"},
            raise_server_exceptions=False,
        )
        paths = ["/v1/districts/16.73", "/v1/assignments?date=2023-11-14&team=T-1", "/health/ready"]
        with client, ThreadPoolExecutor(len(paths)) as pool:
            with frozen(engine):
                # Those that wait already, and those that come later.
                for _ in range(2):
                    answers = pool.map(client.get, paths, timeout=120)
                    assert [answer.status_code for answer in answers] == [503, 503, 503]
                assert client.get("/health/live").status_code == 200
            until = time.monotonic() + 120
            while client.get("/health/ready").status_code != 200 and time.monotonic() < until:
                time.sleep(0.1)
            assert client.get(paths[0]).status_code == 200
        engine.dispose()


@pytest.mark.parametrize(
    ("limits", "statement", "error"),
    [
        (replace(REQUEST_LIMITS, statement=0.05), "SELECT pg_sleep(60)", "statement timeout"),
        (replace(REQUEST_LIMITS, lock=0.05), "LOCK TABLE districts", "lock timeout"),
    ],
)
def test_a_session_does_not_take_longer_than_its_limits(
    own_database: str, limits: SessionLimits, statement: str, error: str
) -> None:
    other, engine = make_engine(own_database), make_engine(own_database, limits=limits)
    with other.begin() as holding:
        holding.execute(text("LOCK TABLE districts"))
        with engine.connect() as connection, pytest.raises(OperationalError, match=error):
            connection.execute(text(statement))
    other.dispose()
    engine.dispose()


def test_errors_of_statements_carry_no_parameters(own_database: str) -> None:
    engine = make_engine(own_database)
    with engine.connect() as connection, pytest.raises(DataError) as failed:
        connection.execute(text("SELECT CAST(:secret AS int)").bindparams(secret="jb_planner_secret"))
    # The server itself cites a value that it cannot read; the parameters of the statement are not added to it.
    assert "parameters hidden" in str(failed.value)
    engine.dispose()
