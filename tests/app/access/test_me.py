"""Who is asking: what a phone has to know before it sends a report in somebody's name."""

from datetime import datetime

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access import sessions, users
from app.access.models import Role
from app.access.service import COMMAND_LINE
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_team


def test_a_session_is_told_its_person_team_and_the_services_clock(client: TestClient, session: Session) -> None:
    make_district(session)
    make_team(session, code="T-1")
    budi = users.add(
        session,
        login="budi",
        name="Budi",
        role=Role.COORDINATOR,
        district_code="16.73",
        team_code="T-1",
        actor=COMMAND_LINE,
        now=NOW,
    )
    secret = sessions.open_session(session, budi, device="Chrome, Android", earlier_secret=None, now=NOW).secret
    session.commit()
    me = client.get("/v1/me", headers={"Cookie": f"jb={secret}"}).json()
    assert datetime.fromisoformat(me.pop("now")) == NOW
    assert me == {
        "name": "user budi",
        "role": "coordinator",
        "district": "16.73",
        "team": "T-1",
        "user": {"id": budi.id, "login": "budi", "name": "Budi"},
    }


def test_a_token_is_nobodys(client: TestClient, bearer: AsRole) -> None:
    me = client.get("/v1/me", headers=bearer(Role.ADMIN)).json()
    assert (me["role"], me["district"], me["team"], me["user"]) == ("admin", None, None, None)


def test_who_shows_nothing_is_told_nothing(client: TestClient) -> None:
    assert client.get("/v1/me").status_code == 401
