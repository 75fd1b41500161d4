"""Real servers, shared by the tests of one process; each test has a calendar of its own on them."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.database import make_engine
from tests.app.calendars.real_servers import RealServer
from tests.app.calendars.scripted_server import ScriptedServer, scripted_server
from tests.factories import make_district


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    server = RealServer("radicale", tmp_path_factory.mktemp("radicale"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    server = RealServer("xandikos", tmp_path_factory.mktemp("xandikos"))
    yield server
    server.kill()


@pytest.fixture(params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> RealServer:
    found: RealServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def sessions(own_database: str) -> Iterator[sessionmaker[Session]]:
    """Sessions of a database of its own that holds a district."""
    engine = make_engine(own_database)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as session:
        make_district(session)
    yield sessions
    engine.dispose()


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server
