"""Many requests at once share few connections; prepared reads see what is committed and survive cut connections."""

import asyncio

import httpx
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.access import service as access
from app.access.models import Role
from app.database import READER_CONNECTIONS, PreparedRead, make_engine, make_sessions
from app.districts.models import District
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
