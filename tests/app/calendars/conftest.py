"""Real servers, shared by the tests of one process; each test has a calendar of its own on them."""

from collections.abc import Iterator

import pytest

from tests.app.calendars.real_servers import RealServer


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
