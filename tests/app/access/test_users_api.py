from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import invitations, sessions, users
from app.access.models import AuditEntry, IdempotencyRecord, Role, User, UserInvitation
from app.access.service import COMMAND_LINE
from app.access.users import NamedUser, OwnAccount
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_team

SITI = {"login": "siti", "name": "Siti", "role": "planner", "district": "16.73"}
BUDI = {"login": "budi", "name": "Budi", "role": "coordinator", "district": "16.73", "team": "T-1"}


@pytest.fixture
def places(session: Session) -> None:
    make_district(session)
    make_team(session, code="T-1")
    make_team(session, code="T-2")
    make_district(session, "17.71")
    make_team(session, "17.71", code="T-9")
    session.commit()


@pytest.fixture
def admin(bearer: AsRole, places: None) -> dict[str, str]:
    """Of Lubuklinggau alone."""
    return bearer(Role.ADMIN, "16.73")


@pytest.fixture
def national(bearer: AsRole, places: None) -> dict[str, str]:
    return bearer(Role.ADMIN)


def added(client: TestClient, headers: dict[str, str], body: dict[str, Any] = SITI) -> dict[str, Any]:
    answer = client.post("/v1/users", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    user: dict[str, Any] = answer.json() | {"etag": answer.headers["etag"]}
    return user


def logged_in(session: Session, login: str, device: str = "Chrome, Android") -> dict[str, str]:
    """Headers of a browser in which somebody is logged in."""
    opened = sessions.open_session(session, users.find(session, login), device=device, earlier_secret=None, now=NOW)
    session.commit()
    return {"Cookie": f"jb={opened.secret}", "Origin": "http://testserver"}


def test_an_added_user_is_listed_and_logs_in_by_the_link_of_an_invitation(
    client: TestClient, admin: dict[str, str]
) -> None:
    budi = added(client, admin, BUDI)
    assert (budi["team"], budi["district"], budi["has_password"], budi["language"]) == ("T-1", "16.73", False, "id")
    invited = client.post(f"/v1/users/{budi['id']}/invitations", headers=admin)
    assert (invited.status_code, invited.json()["sets_password"]) == (201, False)
    assert invited.headers["cache-control"] == "no-store"
    link = invited.json()["link"]
    assert link.startswith("http://testserver/undangan/")
    assert client.post(link, headers={"Origin": "http://testserver"}, follow_redirects=False).status_code == 303
    assert client.get("/v1/assignments?date=2023-11-14").json()["team"]["code"] == "T-1"
    [listed] = client.get("/v1/users", headers=admin).json()["items"]
    assert (listed["login"], listed["last_used_at"], listed["invited_until"]) == ("budi", "2023-11-13T02:00:00Z", None)


def test_the_link_is_a_picture_too_and_leads_to_the_address_that_people_open(
    client: TestClient, admin: dict[str, str], api: FastAPI
) -> None:
    siti = added(client, admin)
    api.state.settings = api.state.settings.model_copy(update={"public_url": "https://jemput.example.go.id"})
    invitation = client.post(f"/v1/users/{siti['id']}/invitations", headers=admin).json()
    link = invitations.Link(address=invitation["link"], sets_password=True, expires_at=NOW)
    assert invitation["link"].startswith("https://jemput.example.go.id/undangan/")
    assert invitation["qr_svg"] == link.qr_svg()
    assert invitation["qr_svg"].startswith("<svg ")
    assert invitation["sets_password"] is True
    assert client.get(f"/v1/users/{siti['id']}", headers=admin).json()["invited_until"] == invitation["expires_at"]


def test_a_repeated_invitation_shows_its_link_once_and_keeps_it_nowhere(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    siti = added(client, admin)
    headers = admin | {"Idempotency-Key": "i1"}
    first, again = (client.post(f"/v1/users/{siti['id']}/invitations", headers=headers) for _ in range(2))
    assert again.json() == first.json() | {"link": None, "qr_svg": None}
    assert len(session.scalars(select(UserInvitation)).all()) == 1
    secret = first.json()["link"].rpartition("/")[2]
    assert secret.encode() not in session.scalars(select(IdempotencyRecord)).one().body
    assert secret not in str(session.scalars(select(AuditEntry.details)).all())


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (SITI | {"login": "si ti"}, "/login"),
        (SITI | {"name": " "}, "/name"),
        (SITI | {"role": "feed"}, "/role"),
        (SITI | {"role": "king"}, "/role"),
        (SITI | {"district": None}, "/district"),
        (SITI | {"district": "99.99"}, "/district"),
        (SITI | {"team": "T-1"}, "/team"),
        (BUDI | {"team": None}, "/team"),
        (BUDI | {"team": "T-9"}, "/team"),
        (SITI | {"language": "fr"}, "/language"),
        (SITI | {"password": "kuda lampu hujan sepatu"}, "/password"),
    ],
)
def test_a_wrong_wish_is_named_and_adds_nobody(
    client: TestClient, national: dict[str, str], session: Session, body: dict[str, Any], pointer: str
) -> None:
    answer = client.post("/v1/users", json=body, headers=national)
    assert (answer.status_code, [problem["pointer"] for problem in answer.json()["errors"]]) == (422, [pointer])
    assert "kuda" not in answer.text
    assert session.scalars(select(User)).all() == []


def test_a_login_belongs_to_one_person_whatever_its_capitals(client: TestClient, admin: dict[str, str]) -> None:
    added(client, admin)
    again = client.post("/v1/users", json=SITI | {"login": "SITI"}, headers=admin)
    assert (again.status_code, again.json()["code"]) == (409, "LoginTaken")
    budi = added(client, admin, BUDI)
    change = {"login": "Siti"}
    taken = client.patch(f"/v1/users/{budi['id']}", json=change, headers=admin | {"If-Match": budi["etag"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "LoginTaken")


def test_a_districts_administrator_neither_sees_nor_makes_users_of_others(
    client: TestClient, admin: dict[str, str], national: dict[str, str]
) -> None:
    stranger = added(client, national, SITI | {"login": "rina", "district": "17.71"})
    chief = added(client, national, {"login": "kadis", "name": "Dewi", "role": "admin"})
    added(client, admin)
    assert [item["login"] for item in client.get("/v1/users", headers=admin).json()["items"]] == ["siti"]
    assert client.get("/v1/users", params={"district": "17.71"}, headers=admin).status_code == 404
    for user in (stranger, chief):
        path = f"/v1/users/{user['id']}"
        assert client.get(path, headers=admin).status_code == 404
        assert client.patch(path, json={}, headers=admin | {"If-Match": "*"}).status_code == 404
        for deed in ("invitations", "disable", "enable"):
            assert client.post(f"{path}/{deed}", headers=admin).status_code == 404
        assert client.get(f"{path}/sessions", headers=admin).status_code == 404
        assert client.delete(f"{path}/sessions", headers=admin).status_code == 404
        assert client.delete(f"{path}/sessions/1", headers=admin).status_code == 404
    for district in ("17.71", None):
        body = SITI | {"login": "new", "role": "admin", "district": district}
        assert client.post("/v1/users", json=body, headers=admin).status_code == 403


def test_a_national_administrator_sees_all_page_by_page_or_one_district(
    client: TestClient, national: dict[str, str]
) -> None:
    for login, district in (("a1", "16.73"), ("b2", "17.71"), ("c3", "16.73")):
        added(client, national, SITI | {"login": login, "district": district})
    first = client.get("/v1/users", params={"limit": 2}, headers=national).json()
    rest = client.get("/v1/users", params={"limit": 2, "cursor": first["next_cursor"]}, headers=national).json()
    assert [item["login"] for page in (first, rest) for item in page["items"]] == ["a1", "b2", "c3"]
    of_one = client.get("/v1/users", params={"district": "16.73"}, headers=national).json()["items"]
    assert [item["login"] for item in of_one] == ["a1", "c3"]


@pytest.mark.parametrize("role", [Role.PLANNER, Role.VIEWER, Role.COORDINATOR, Role.FEED])
def test_nobody_but_administrators_may_look_at_users(
    client: TestClient, bearer: AsRole, session: Session, places: None, role: Role
) -> None:
    headers = bearer(role, "16.73", make_team(session, code="T-3").id if role is Role.COORDINATOR else None)
    assert client.get("/v1/users", headers=headers).status_code == 403
    assert client.post("/v1/users", json=SITI, headers=headers).status_code == 403


def test_a_change_names_its_version_and_stands_in_the_trail(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    siti = added(client, admin)
    path = f"/v1/users/{siti['id']}"
    assert client.patch(path, json={"name": "Siti A"}, headers=admin).status_code == 428
    changed = client.patch(path, json={"name": "Siti A", "language": "en"}, headers=admin | {"If-Match": siti["etag"]})
    assert (changed.status_code, changed.json()["name"], changed.json()["language"]) == (200, "Siti A", "en")
    late = client.patch(path, json={"name": "Other"}, headers=admin | {"If-Match": siti["etag"]})
    assert late.status_code == 412
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.update")).one()
    assert (entry.district_code, entry.subject) == ("16.73", f"user/{siti['id']}")
    assert entry.details == {"login": "siti", "fields": ["name", "language"]}


def test_a_change_that_changes_nothing_is_no_new_version(client: TestClient, admin: dict[str, str]) -> None:
    siti = added(client, admin)
    same = client.patch(
        f"/v1/users/{siti['id']}", json={"login": "SITI", "role": "planner"}, headers=admin | {"If-Match": "*"}
    )
    assert same.headers["etag"] == siti["etag"]


@pytest.mark.parametrize(
    ("change", "still_in"),
    [
        ({"name": "Budi A"}, True),
        ({"language": "en"}, True),
        ({"team": "T-2"}, False),
        ({"login": "budi.a"}, False),
        ({"role": "viewer", "team": None}, False),
    ],
)
def test_another_role_team_or_login_ends_sessions_and_links(
    client: TestClient, admin: dict[str, str], session: Session, change: dict[str, Any], still_in: bool
) -> None:
    budi = added(client, admin, BUDI)
    link = client.post(f"/v1/users/{budi['id']}/invitations", headers=admin).json()["link"]
    phone = logged_in(session, "budi")
    answer = client.patch(f"/v1/users/{budi['id']}", json=change, headers=admin | {"If-Match": budi["etag"]})
    assert answer.status_code == 200, answer.text
    assert client.get("/v1/assignments?date=2023-11-14", headers=phone).status_code == (200 if still_in else 401)
    assert client.get(link).status_code == (200 if still_in else 410)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"role": None}, "/role"),
        ({"role": "viewer"}, "/team"),
        ({"team": None}, "/team"),
        ({"team": "T-9"}, "/team"),
        ({"login": "!"}, "/login"),
        ({"district": None}, "/district"),
        ({"district": "99.99", "role": "viewer", "team": None}, "/district"),
        ({"district": "17.71"}, "/team"),
    ],
)
def test_a_change_that_cannot_be_is_named_and_leaves_all_as_it_was(
    client: TestClient, national: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    budi = added(client, national, BUDI)
    path = f"/v1/users/{budi['id']}"
    answer = client.patch(path, json=change, headers=national | {"If-Match": "*"})
    assert (answer.status_code, [problem["pointer"] for problem in answer.json()["errors"]]) == (422, [pointer])
    assert client.get(path, headers=national).headers["etag"] == budi["etag"]


def test_a_user_moves_to_another_district_and_is_logged_out_and_both_districts_know(
    client: TestClient, national: dict[str, str], admin: dict[str, str], session: Session
) -> None:
    siti = added(client, admin)
    path, browser = f"/v1/users/{siti['id']}", logged_in(session, "siti")
    change = {"district": "17.71"}
    assert client.patch(path, json=change, headers=admin | {"If-Match": siti["etag"]}).status_code == 403
    moved = client.patch(path, json=change, headers=national | {"If-Match": siti["etag"]})
    assert (moved.status_code, moved.json()["district"]) == (200, "17.71")
    assert client.get("/v1/districts", headers=browser).status_code == 401
    assert client.get(path, headers=admin).status_code == 404
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.update")).all()
    assert {entry.district_code for entry in entries} == {"16.73", "17.71"}
    assert entries[0].details["district"] == "17.71"


def test_a_disabled_user_is_out_at_once_and_comes_back_by_a_new_link(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    siti = added(client, admin)
    path = f"/v1/users/{siti['id']}"
    link = client.post(f"{path}/invitations", headers=admin).json()["link"]
    browser = logged_in(session, "siti")
    assert client.post(f"{path}/disable", headers=admin).json()["disabled_at"] is not None
    assert client.get("/v1/districts", headers=browser).status_code == 401
    assert client.get(link).status_code == 410
    refused = client.post(f"{path}/invitations", headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "UserDisabled")
    assert client.post(f"{path}/enable", headers=admin).json()["disabled_at"] is None
    assert client.get(link).status_code == 410
    assert client.post(f"{path}/invitations", headers=admin).status_code == 201


def test_nobody_disables_or_demotes_themselves(client: TestClient, admin: dict[str, str], session: Session) -> None:
    chief = added(client, admin, SITI | {"login": "kadis", "role": "admin"})
    browser = logged_in(session, "kadis", "Firefox, Windows")
    path = f"/v1/users/{chief['id']}"
    for answer in (
        client.post(f"{path}/disable", headers=browser),
        client.patch(path, json={"role": "viewer"}, headers=browser | {"If-Match": "*"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, OwnAccount.__name__)
    assert client.patch(path, json={"name": "Dewi"}, headers=browser | {"If-Match": "*"}).status_code == 200
    assert client.get("/v1/users", headers=browser).status_code == 200


def test_an_administrator_sees_and_ends_the_sessions_of_a_user(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    budi = added(client, admin, BUDI)
    lost, kept = logged_in(session, "budi", "Chrome, Android"), logged_in(session, "budi", "Firefox, Windows")
    path = f"/v1/users/{budi['id']}/sessions"
    listed = client.get(path, headers=admin).json()["items"]
    assert [(item["name"], item["is_this"]) for item in listed] == [
        ("Firefox, Windows", False),
        ("Chrome, Android", False),
    ]
    assert client.delete(f"{path}/{listed[1]['id']}", headers=admin).status_code == 204
    assert client.get("/v1/assignments?date=2023-11-14", headers=lost).status_code == 401
    assert client.get("/v1/assignments?date=2023-11-14", headers=kept).status_code == 200
    assert client.delete(path, headers=admin).status_code == 204
    assert client.get("/v1/assignments?date=2023-11-14", headers=kept).status_code == 401
    assert client.get(path, headers=admin).json() == {"items": []}


def test_a_session_of_somebody_else_is_not_found_under_a_user(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    siti, budi = added(client, admin), added(client, admin, BUDI)
    phone = logged_in(session, "budi")
    [device] = client.get(f"/v1/users/{budi['id']}/sessions", headers=admin).json()["items"]
    assert client.delete(f"/v1/users/{siti['id']}/sessions/{device['id']}", headers=admin).status_code == 404
    assert client.get("/v1/assignments?date=2023-11-14", headers=phone).status_code == 200


def test_what_an_administrator_did_is_in_the_districts_trail(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    added(client, admin, SITI | {"login": "kadis", "role": "admin"})
    browser = logged_in(session, "kadis")
    budi = added(client, browser, BUDI)
    path = f"/v1/users/{budi['id']}"
    client.post(f"{path}/invitations", headers=browser)
    client.patch(path, json={"role": "viewer", "team": None}, headers=browser | {"If-Match": "*"})
    client.post(f"{path}/disable", headers=browser)
    client.post(f"{path}/enable", headers=browser)
    trail = client.get("/v1/districts/16.73/audit", params={"subject": f"user/{budi['id']}"}, headers=browser).json()[
        "items"
    ]
    assert [(row["action"], row["actor"]) for row in reversed(trail)] == [
        (action, "user kadis")
        for action in ("user.add", "invitation.issue", "user.update", "user.disable", "user.enable")
    ]
    assert trail[2]["details"]["role"] == "viewer"


def test_the_list_tells_how_long_the_newest_link_opens(session: Session, places: None) -> None:
    user = users.add(
        session,
        login="siti",
        name="Siti",
        role=Role.PLANNER,
        district_code="16.73",
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    )
    for hours in (0, 1):
        invitations.invite(session, user, base_url="http://x", actor=COMMAND_LINE, now=NOW + timedelta(hours=hours))

    def told(hours: int) -> NamedUser:
        [named] = users.named(session, [user], now=NOW + timedelta(hours=hours))
        return named

    assert told(2).invited_until == NOW + timedelta(hours=25)
    assert told(25).invited_until is None
