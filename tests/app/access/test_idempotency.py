"""A key makes a request safe to repeat: the work is done once, and only its own token sees the answer again."""

from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.teams.models import Team
from tests.app.conftest import AsRole
from tests.factories import make_district, make_team

TEAMS = "/v1/districts/16.73/teams"
BODY = {
    **{"code": "TIM-7", "name": "Tim 7", "operators": 2, "minutes_per_activation": 8, "base_lat": -3.3},
    **{"base_lon": 102.87, "shift_start": "07:30", "shift_end": "16:00", "max_stops": 4},
}
KEY = {"Idempotency-Key": "k1"}


def count_teams(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Team)) or 0


def test_a_key_that_comes_again_gives_the_first_answer_and_does_nothing(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | KEY
    first, again = (client.post(TEAMS, json=BODY, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert {name: again.headers[name] for name in ("location", "etag")} == {
        name: first.headers[name] for name in ("location", "etag")
    }
    assert count_teams(session) == 1


def test_without_a_key_the_work_is_done_again(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    assert client.post(TEAMS, json=BODY, headers=headers).status_code == 201
    assert client.post(TEAMS, json=BODY, headers=headers).json()["code"] == "TeamCodeTaken"


def test_a_key_of_another_token_is_another_key(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    assert client.post(TEAMS, json=BODY, headers=bearer(Role.PLANNER, "16.73") | KEY).status_code == 201
    answer = client.post(TEAMS, json=BODY, headers=bearer(Role.PLANNER, "16.73") | KEY)
    assert answer.json()["code"] == "TeamCodeTaken"


def test_a_key_with_another_request_is_refused(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | KEY
    assert client.post(TEAMS, json=BODY, headers=headers).status_code == 201
    assert client.post(TEAMS, json=BODY | {"name": "Tim 8"}, headers=headers).json()["code"] == "KeyReused"


def test_a_refusal_is_not_remembered(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | KEY
    assert client.post("/v1/districts/99.99/teams", json=BODY, headers=headers).status_code == 404
    assert client.post(TEAMS, json=BODY, headers=headers).status_code == 201


def test_the_role_is_asked_before_the_key(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    assert client.post(TEAMS, json=BODY, headers=bearer(Role.VIEWER, "16.73") | KEY).status_code == 403
    assert client.post(TEAMS, json=BODY, headers=KEY).status_code == 401


def test_a_repeated_leave_is_one_leave(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    leave = f"/v1/teams/{make_team(session, code='TIM-1').id}/leave"
    headers = bearer(Role.PLANNER, "16.73") | KEY
    body = {"starts_on": "2023-11-20", "ends_on": "2023-11-21"}
    first, again = (client.post(leave, json=body, headers=headers) for _ in range(2))
    assert first.status_code == 201, first.text
    assert again.json() == first.json()
