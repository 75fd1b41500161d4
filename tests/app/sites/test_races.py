from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.database import make_engine, make_sessions
from app.districts.service import get_district
from app.sites import service as sites
from app.sites.models import Site
from app.tables.formats import Format, read_table
from tests.app.conftest import NOW
from tests.app.sites.test_api import BODY
from tests.factories import make_district

TABLE = read_table(
    b"code,name,kind,area_code,lat,lon,headcount,connectivity\nA,Dinas A,agency,16.73.01,-3.28,102.91,120,3\n",
    Format.CSV,
)


def create(session: Session) -> str:
    try:
        sites.create_site(session, get_district(session, "16.73"), BODY, actor=COMMAND_LINE, now=NOW)
        session.commit()
    except sites.SiteCodeTaken:
        return "taken"
    return "created"


def bring(session: Session) -> str:
    outcome = sites.import_sites(session, "16.73", TABLE, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return f"{outcome.created} created"


@pytest.mark.parametrize(
    ("work", "outcomes"),
    [(create, ["created"] + ["taken"] * 7), (bring, ["0 created"] * 7 + ["1 created"])],
    ids=["create", "import"],
)
def test_of_several_at_once_one_wins_and_none_breaks(own_database: str, work: Any, outcomes: list[str]) -> None:
    engine = make_engine(own_database)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        make_district(session)

    def one(_: int) -> str:
        with sessions() as session:
            return str(work(session))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(8), timeout=timedelta(minutes=1).total_seconds())) == sorted(outcomes)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == 1
    engine.dispose()
