"""The last use of a token is seen in the list, to the hour, and no request waits for its writing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, delete, select, update
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role, Token
from app.access.token_uses import TokenUses, writing_uses
from app.process_parts import parts
from tests.app.conftest import NOW
from tests.factories import make_district, make_team


@pytest.fixture
def token_id(engine: Engine) -> Iterator[int]:
    """A token that is stored for all to see, and taken away again."""
    with Session(engine) as session, session.begin():
        stored = access.issue_token(session, Role.ADMIN, now=NOW)[0].id
    yield stored
    with Session(engine) as session, session.begin():
        session.execute(delete(Token).where(Token.id == stored))


def last_use(engine: Engine, token_id: int) -> datetime | None:
    with Session(engine) as session:
        return session.scalars(select(Token.last_used_at).where(Token.id == token_id)).one()


def test_a_use_is_written_at_most_once_an_hour(engine: Engine, token_id: int) -> None:
    uses = TokenUses(engine)
    written = []
    for minutes in (0, 10, 59, 60, 61, 130):
        uses.note(token_id, NOW + timedelta(minutes=minutes))
        uses.write()
        seen = last_use(engine, token_id)
        assert seen is not None
        written.append((seen - NOW) // timedelta(minutes=1))
    assert written == [0, 0, 0, 60, 60, 130]


def test_another_process_does_not_write_the_same_hour_again(engine: Engine, token_id: int) -> None:
    for minutes in (0, 30):
        uses = TokenUses(engine)
        uses.note(token_id, NOW + timedelta(minutes=minutes))
        uses.write()
    assert last_use(engine, token_id) == NOW


def test_a_use_that_the_database_does_not_take_is_written_later(engine: Engine, token_id: int) -> None:
    uses = TokenUses(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    uses.note(token_id, NOW)
    uses.write()
    uses._engine = engine
    uses.write()
    assert last_use(engine, token_id) == NOW


def test_a_token_that_has_gone_is_no_trouble(engine: Engine) -> None:
    uses = TokenUses(engine)
    uses.note(2**31 - 1, NOW)
    uses.write()


def test_the_command_line_is_no_token(engine: Engine) -> None:
    uses = TokenUses(engine)
    uses.note(None, NOW)
    uses.write()


def test_what_is_noted_is_written_when_the_server_stops(engine: Engine, token_id: int) -> None:
    uses = TokenUses(engine)
    with writing_uses(uses):
        assert parts()["token uses"]
        uses.note(token_id, NOW)
    assert last_use(engine, token_id) == NOW
    assert "token uses" not in parts()


@pytest.mark.parametrize("way", ["session", "day", "feed", "metrics"])
def test_every_way_to_show_a_token_is_a_use(api: FastAPI, client: TestClient, session: Session, way: str) -> None:
    make_district(session)
    team = make_team(session, code="TIM-1")
    role = {"feed": Role.FEED, "metrics": Role.ADMIN}.get(way, Role.COORDINATOR)
    token, secret = access.issue_token(
        session,
        role,
        now=NOW,
        district_code=None if way == "metrics" else "16.73",
        team_id=None if way == "metrics" else team.id,
    )
    session.commit()
    path = {
        "session": "/v1/districts",
        "day": "/v1/assignments?date=2023-11-14",
        "feed": f"/v1/feeds/{secret}.ics",
        "metrics": "/metrics",
    }[way]
    assert client.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert api.state.token_uses._noted == {token.id: NOW}


def test_a_refused_token_was_not_used(api: FastAPI, client: TestClient, session: Session) -> None:
    _, secret = access.issue_token(session, Role.ADMIN, now=NOW, expires_at=NOW)
    session.commit()
    assert client.get("/v1/districts", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert api.state.token_uses._noted == {}


def test_the_list_shows_the_last_use(client: TestClient, session: Session) -> None:
    token, secret = access.issue_token(session, Role.ADMIN, now=NOW)
    session.execute(update(Token).where(Token.id == token.id).values(last_used_at=NOW - timedelta(hours=3)))
    session.commit()
    [item] = client.get("/v1/tokens", headers={"Authorization": f"Bearer {secret}"}).json()["items"]
    assert datetime.fromisoformat(item["last_used_at"]) == NOW - timedelta(hours=3)
