"""The application of the tests: every request shares the test's transaction, which is rolled back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.datastructures import State

from app.access import service as access
from app.access.models import Role
from app.main import create_app, keep_state
from app.settings import Settings

NOW = datetime(2023, 11, 13, 2, 0, tzinfo=UTC)
"""Monday, 09:00 in Lubuklinggau: the day before its campaign plan begins."""


@pytest.fixture(scope="session")
def shared_api(engine: Engine) -> FastAPI:
    # An application works out its routes when first asked, which costs more than all that most tests do with them.
    return create_app(Settings(), engine)


@pytest.fixture
def api(shared_api: FastAPI, engine: Engine, connection: Connection) -> FastAPI:
    """The routes of all tests, with everything else as a new application has it."""
    shared_api.state = State()
    keep_state(shared_api, Settings(), engine)
    shared_api.dependency_overrides.clear()
    shared_api.state.sessions = sessionmaker(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )
    shared_api.state.clock = lambda: NOW
    return shared_api


@pytest.fixture
def client(api: FastAPI) -> Iterator[TestClient]:
    """HTTP without a token, and uncompressed, so that ETags are those of the application."""
    plain = {"Accept-Encoding": "identity"}
    with TestClient(api, raise_server_exceptions=True, headers=plain) as client:
        yield client


AsRole = Callable[..., dict[str, str]]


@pytest.fixture
def bearer(session: Session) -> AsRole:
    """`bearer(Role.PLANNER, "16.73")`: headers of a new token of that role."""

    def headers(role: Role, district_code: str | None = None, team_id: int | None = None) -> dict[str, str]:
        _, secret = access.issue_token(session, role, now=NOW, district_code=district_code, team_id=team_id)
        session.commit()
        return {"Authorization": f"Bearer {secret}"}

    return headers
