from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.database import make_engine, make_sessions
from app.tables.formats import Format, read_table
from app.tables.records import ImportCollided
from app.teams import service as teams
from app.teams.models import Team
from app.teams.values import POINT
from tests.app.conftest import NOW
from tests.factories import make_district, make_team

TABLE = read_table(
    b"code,name,operators,minutes_per_activation,base_lat,base_lon,shift_start,shift_end\n"
    b"T,Tim 1,3,8,-3.29,102.86,07:30,16:00\n",
    Format.CSV,
    point=POINT,
)


def bring(sessions: sessionmaker[Session]) -> str:
    try:
        with sessions.begin() as session:
            teams.import_teams(session, "16.73", TABLE, actor=COMMAND_LINE, now=NOW)
    except ImportCollided as error:
        return error.detail
    return "imported"


def test_a_team_created_during_an_import_makes_it_fail_in_words(own_database: str) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make_district(session)
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor(1) as pool, sessions() as other:
        make_team(other, code="T")
        importing = pool.submit(bring, sessions)
        with engine.connect() as watch:
            while not importing.done() and not watch.scalar(blocked):
                watch.rollback()
        other.commit()
        assert "Send the file again" in importing.result(timeout=30)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Team)) == 1
    engine.dispose()
