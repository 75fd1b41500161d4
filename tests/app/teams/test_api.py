from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from tests.app.conftest import AsRole
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

BODY: dict[str, Any] = {
    "code": "TIM-1",
    "name": "Tim Jemput Bola 1",
    "operators": 3,
    "minutes_per_activation": 8,
    "kits": ["card_printer", "satellite"],
    "base_lat": -3.29,
    "base_lon": 102.86,
    "shift_start": "07:30",
    "shift_end": "16:00",
}
TEAMS = "/v1/districts/16.73/teams"


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_new_team_is_answered_whole(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(TEAMS, json=BODY | {"working_weekdays": "mon-sat"}, headers=planner)
    assert answer.status_code == 201, answer.text
    team = answer.json()
    assert answer.headers["location"] == f"/v1/teams/{team['id']}"
    assert team["kits"] == ["satellite", "card_printer"]
    assert (team["shift_start"], team["working_weekdays"], team["max_stops"]) == ("07:30", "mon-sat", 4)


def test_a_team_says_its_zone_and_how_it_stays_away(client: TestClient, planner: dict[str, str]) -> None:
    plain = client.post(TEAMS, json=BODY, headers=planner)
    away = {"zone": None, "max_nights": 0, "rest_days": 0, "away_shift_start": None, "away_shift_end": None}
    assert away.items() <= plain.json().items()
    trips = {"zone": "Hulu", "max_nights": 4, "rest_days": 1, "away_shift_start": "06:00", "away_shift_end": "18:00"}
    path, headers = plain.headers["location"], planner | {"If-Match": '"1"'}
    changed = client.patch(path, json=trips, headers=headers)
    assert trips.items() <= changed.json().items()
    back = client.patch(path, json=dict.fromkeys(trips), headers=planner | {"If-Match": '"2"'})
    assert away.items() <= back.json().items()


def test_a_team_issues_every_document_until_some_are_named(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(TEAMS, json=BODY, headers=planner)
    path, headers = answer.headers["location"], planner | {"If-Match": '"1"'}
    assert answer.json()["documents"] is None
    some = client.patch(path, json={"documents": ["kia", "ikd", "kia"]}, headers=headers).json()
    assert some["documents"] == ["ikd", "kia"]
    headers = planner | {"If-Match": f'"{some["version"]}"'}
    every = ["ikd", "ktp_el", "kia", "birth_certificate"]
    assert client.patch(path, json={"documents": every}, headers=headers).json()["documents"] is None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"operators": 0}, "/operators"),
        ({"operators": 10**30}, "/operators"),
        ({"minutes_per_activation": 241}, "/minutes_per_activation"),
        ({"max_stops": 21}, "/max_stops"),
        ({"max_nights": 61}, "/max_nights"),
        ({"max_nights": -1}, "/max_nights"),
        ({"rest_days": 31}, "/rest_days"),
        ({"away_shift_start": "06:00"}, "/away_shift_end"),
        ({"away_shift_end": "18:00"}, "/away_shift_start"),
        ({"away_shift_start": "18:00", "away_shift_end": "06:00"}, "/away_shift_end"),
        ({"zone": "Hulu\u200b"}, "/zone"),
        ({"shift_end": "07:30"}, "/shift_end"),
        ({"shift_end": "late"}, "/shift_end"),
        ({"base_lat": 102.86, "base_lon": -3.29}, "/base_lat"),
        ({"base_lat": -6.2, "base_lon": 106.8}, "/base_lat"),
        ({"kits": ["drone"]}, "/kits/0"),
        ({"documents": ["sim"]}, "/documents/0"),
        ({"documents": []}, "/documents"),
        ({"working_weekdays": "fri-mon"}, "/working_weekdays"),
        ({"base_name": "nul\x00"}, "/base_name"),
        ({"leave": "2023-11-20..2023-11-21"}, "/leave"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str
) -> None:
    answer = client.post(TEAMS, json=BODY | changes, headers=planner)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


def test_a_code_is_taken_once(client: TestClient, planner: dict[str, str]) -> None:
    assert client.post(TEAMS, json=BODY, headers=planner).status_code == 201
    answer = client.post(TEAMS, json=BODY, headers=planner)
    assert (answer.status_code, answer.json()["code"]) == (409, "TeamCodeTaken")


def test_the_same_key_adds_a_team_once(client: TestClient, planner: dict[str, str]) -> None:
    headers = planner | {"Idempotency-Key": "k1"}
    first, again = (client.post(TEAMS, json=BODY, headers=headers) for _ in range(2))
    assert first.content == again.content
    assert len(client.get(TEAMS, headers=planner).json()["items"]) == 1


def test_a_change_takes_the_version_it_is_based_on(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    path = f"/v1/teams/{make_team(session, working_weekdays='1111110').id}"
    changes = {"operators": 5, "working_weekdays": None}
    assert client.patch(path, json=changes, headers=planner).status_code == 428
    assert client.patch(path, json=changes, headers=planner | {"If-Match": '"9"'}).status_code == 412
    answer = client.patch(path, json=changes, headers=planner | {"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["operators"], answer.json()["working_weekdays"]) == (5, None)
    emptied = client.patch(path, json={"name": None}, headers=planner | {"If-Match": '"2"'})
    assert [problem["pointer"] for problem in emptied.json()["errors"]] == ["/name"]


def test_teams_are_listed_in_pages(client: TestClient, planner: dict[str, str], session: Session) -> None:
    codes = [make_team(session).code for _ in range(3)]
    first = client.get(TEAMS, params={"limit": 2}, headers=planner).json()
    second = client.get(TEAMS, params={"limit": 2, "cursor": first["next_cursor"]}, headers=planner).json()
    assert [team["code"] for team in first["items"] + second["items"]] == codes


def test_a_team_goes_on_leave_and_comes_back(client: TestClient, planner: dict[str, str], session: Session) -> None:
    path = f"/v1/teams/{make_team(session).id}"
    leave = {"starts_on": "2023-11-20", "ends_on": "2023-11-21", "reason": "pelatihan"}
    answer = client.post(f"{path}/leave", json=leave, headers=planner)
    assert answer.status_code == 201, answer.text
    assert client.get(path, headers=planner).json()["leaves"] == [{"id": answer.json()["id"], **leave}]
    assert client.get(path, headers=planner).headers["etag"] == '"2"'
    assert client.delete(answer.headers["location"], headers=planner).status_code == 204
    assert client.get(path, headers=planner).json()["leaves"] == []
    assert client.delete(answer.headers["location"], headers=planner).status_code == 404
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["team.leave.add", "team.leave.remove"]


@pytest.mark.parametrize(
    ("leave", "status"),
    [
        ({"starts_on": "2023-11-21", "ends_on": "2023-11-20"}, 422),
        ({"starts_on": "2023-11-20", "ends_on": "2023-11-20", "reason": "a; b"}, 422),
        ({"starts_on": "2023-11-20"}, 422),
        ({"starts_on": "1999-11-20", "ends_on": "2023-11-20"}, 422),
        ({"starts_on": "2023-11-14", "ends_on": "2023-11-20"}, 409),
    ],
)
def test_leave_that_cannot_be_is_refused(
    client: TestClient, planner: dict[str, str], session: Session, leave: dict[str, str], status: int
) -> None:
    path = f"/v1/teams/{make_team(session).id}/leave"
    known = {"starts_on": "2023-11-13", "ends_on": "2023-11-14"}
    assert client.post(path, json=known, headers=planner).status_code == 201
    assert client.post(path, json=leave, headers=planner).status_code == status


def test_the_same_key_adds_a_leave_once(client: TestClient, planner: dict[str, str], session: Session) -> None:
    path = f"/v1/teams/{make_team(session).id}/leave"
    leave = {"starts_on": "2023-11-20", "ends_on": "2023-11-21"}
    headers = planner | {"Idempotency-Key": "k1"}
    first, again = (client.post(path, json=leave, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content


def test_a_team_without_visits_is_deleted(client: TestClient, planner: dict[str, str], session: Session) -> None:
    path = f"/v1/teams/{make_team(session).id}"
    assert client.delete(path, headers=planner | {"If-Match": '"1"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


def test_a_team_with_a_visit_stays_and_the_mend_is_named(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    team = make_team(session)
    make_visit(session, make_schedule(session), team, make_site(session))
    answer = client.delete(f"/v1/teams/{team.id}", headers=planner | {"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "TeamPlanned")
    assert "leave" in answer.json()["detail"]


def test_a_coordinator_sees_the_own_team_only(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    own, other = make_team(session), make_team(session)
    coordinator = bearer(Role.COORDINATOR, "16.73", own.id)
    assert [team["code"] for team in client.get(TEAMS, headers=coordinator).json()["items"]] == [own.code]
    assert client.get(f"/v1/teams/{own.id}", headers=coordinator).status_code == 200
    assert client.get(f"/v1/teams/{other.id}", headers=coordinator).status_code == 403
    changed = client.patch(f"/v1/teams/{own.id}", json={}, headers=coordinator | {"If-Match": "*"})
    assert changed.status_code == 403


def test_a_stranger_cannot_tell_that_a_team_exists(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    make_district(session, "17.71")
    team = make_team(session)
    foreign = make_team(session, "17.71")
    for stranger in (bearer(Role.PLANNER, "17.71"), bearer(Role.COORDINATOR, "17.71", foreign.id)):
        assert client.get(f"/v1/teams/{team.id}", headers=stranger).status_code == 404
        assert client.get(TEAMS, headers=stranger).status_code == 404
    leave = {"starts_on": "2023-11-20", "ends_on": "2023-11-21"}
    planner = bearer(Role.PLANNER, "17.71")
    assert client.post(f"/v1/teams/{team.id}/leave", json=leave, headers=planner).status_code == 404


def test_a_province_reads_teams_and_changes_nothing(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session, "16")
    make_district(session)
    team = make_team(session)
    province = bearer(Role.PLANNER, "16")
    assert client.get(f"/v1/teams/{team.id}", headers=province).status_code == 200
    assert client.patch(f"/v1/teams/{team.id}", json={}, headers=province | {"If-Match": "*"}).status_code == 403
    assert client.post(TEAMS, json=BODY, headers=province).status_code == 403
