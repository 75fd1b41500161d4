"""Prepared reads see what is committed, and survive the server cutting their connections."""

from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.database import PreparedRead, make_engine, make_sessions
from app.districts.models import District
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


def test_closing_the_engine_closes_the_readers(own_database: str) -> None:
    engine = make_engine(own_database)
    NAMES.rows(make_sessions(engine), {"code": "16.73"})
    engine.dispose()
    with engine.connect() as connection:
        left = connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )
    engine.dispose()
    assert left == 0
