"""People with accounts, and browsers that keep cookies and say where a form came from."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access import invitations, users
from app.access.models import Role, User
from app.access.passwords import hash_password
from app.access.service import COMMAND_LINE
from tests.app.conftest import NOW
from tests.factories import make_district, make_team

PASSWORD = "kuda lampu hujan sepatu"
OWN = {"Origin": "http://testserver", "Accept": "text/html"}
"""What a browser sends with a form of our own page over plain HTTP."""


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def planner(session: Session, password_hash: str) -> User:
    """Siti of Lubuklinggau, who has a password."""
    make_district(session)
    user = add_user(session, "siti", Role.PLANNER)
    user.password_hash = password_hash
    session.commit()
    return user


@pytest.fixture
def coordinator(session: Session) -> User:
    """Budi of team T-1 in Lubuklinggau, who has none."""
    make_district(session)
    make_team(session, code="T-1")
    user = add_user(session, "budi", Role.COORDINATOR, team_code="T-1")
    session.commit()
    return user


def add_user(session: Session, login: str, role: Role, *, team_code: str | None = None) -> User:
    return users.add(
        session,
        login=login,
        name=login.title(),
        role=role,
        district_code="16.73",
        team_code=team_code,
        actor=COMMAND_LINE,
        now=NOW,
    )


def invite(session: Session, user: User, *, sets_password: bool) -> str:
    """The path of a new link."""
    secret = invitations.issue(session, user, sets_password=sets_password, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return f"/undangan/{secret}"


Browser = Callable[[], TestClient]


@pytest.fixture
def browser(api: FastAPI, client: TestClient) -> Browser:
    """A new browser each time, without cookies, that shows redirects instead of following them."""
    # The application has begun with `client`; these only send.
    return lambda: TestClient(api, follow_redirects=False, headers=OWN)


def log_in(client: TestClient, login: str = "siti", password: str = PASSWORD) -> int:
    return client.post("/masuk", data={"login": login, "password": password}).status_code


def ours(caplog: pytest.LogCaptureFixture) -> str:
    """What the service wrote into the log, without the test's own client."""
    return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
