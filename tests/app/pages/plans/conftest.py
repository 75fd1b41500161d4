"""A district that can be planned, and browsers of its people."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access import sessions
from app.access.models import Role
from app.districts.models import District
from app.worker import prepare_database
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user
from tests.app.schedules.conftest import make_plannable_district


@pytest.fixture(scope="session")
def job_tables(engine: Engine) -> None:
    """The job engine's own tables in this test process's database."""
    prepare_database(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    district = make_plannable_district(session)
    session.commit()
    return district


AsPerson = Callable[..., TestClient]


@pytest.fixture
def person(session: Session, district: District, browser: Browser) -> AsPerson:
    """`person(Role.VIEWER)`: a browser with a session of somebody of that role, without the cost of a password."""

    def arrive(role: Role, *, team_code: str | None = None) -> TestClient:
        user = add_user(session, role.value, role, team_code=team_code)
        opened = sessions.open_session(session, user, device="Browser", earlier_secret=None, now=NOW)
        session.commit()
        client = browser()
        client.cookies.set("jb", opened.secret)
        return client

    return arrive


@pytest.fixture
def siti(person: AsPerson) -> TestClient:
    """A planner of the district."""
    return person(Role.PLANNER)
