from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.lifetimes import Lifetime
from app.access.models import AuditEntry, IdempotencyRecord, Role, Token
from app.access.service import COMMAND_LINE, hash_secret
from app.access.token_rules import Opens, issue
from app.errors import InvalidRequest
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site, make_team

VIEWER = {"role": "viewer", "district": "16.73", "label": "Kepala dinas"}


def two_districts(session: Session) -> None:
    make_district(session)
    make_team(session, code="T-1")
    make_district(session, "17.71")
    make_team(session, "17.71", code="T-9")


def as_token(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_an_issued_token_works_and_its_secret_is_kept_nowhere(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session)
    answer = client.post("/v1/tokens", json=VIEWER, headers=bearer(Role.PLANNER, "16.73"))
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    secret = answer.json()["secret"]
    assert secret.startswith("jb_viewer_")
    assert client.get("/v1/districts/16.73", headers=as_token(secret)).status_code == 200
    token = session.scalars(select(Token).where(Token.id == answer.json()["id"])).one()
    assert token.secret_hash == hash_secret(secret)
    assert token.prefix == answer.json()["prefix"] == secret[: len(token.prefix)]
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "token.issue")).one()
    assert secret not in str(trail.details)


def test_a_repeated_request_issues_one_token_and_shows_its_secret_once(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | {"Idempotency-Key": "t1"}
    first = client.post("/v1/tokens", json=VIEWER, headers=headers)
    again = client.post("/v1/tokens", json=VIEWER, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"secret": None}
    assert len(session.scalars(select(Token).where(Token.role == "viewer")).all()) == 1
    assert first.json()["secret"].encode() not in session.scalars(select(IdempotencyRecord)).one().body


def test_a_coordinators_token_names_its_team_by_code(client: TestClient, bearer: AsRole, session: Session) -> None:
    two_districts(session)
    body = {"role": "coordinator", "district": "16.73", "team": "T-1"}
    answer = client.post("/v1/tokens", json=body, headers=bearer(Role.PLANNER, "16.73"))
    assert (answer.status_code, answer.json()["team"]) == (201, "T-1")
    listed = client.get("/v1/tokens", headers=bearer(Role.PLANNER, "16.73")).json()["items"]
    assert [(item["role"], item["team"]) for item in listed] == [
        ("planner", None),
        ("coordinator", "T-1"),
        ("planner", None),
    ]
    assert all("secret" not in item for item in listed)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "coordinator", "district": "16.73"}, "/team"),
        ({"role": "coordinator", "district": "16.73", "team": "T-9"}, "/team"),
        ({"role": "coordinator", "district": "16.73", "team": "T\u00001"}, "/team"),
        ({"role": "viewer", "district": "16.73", "team": "T-1"}, "/team"),
        ({"role": "viewer", "district": "16.73", "area": "16.73.01"}, "/area"),
        ({"role": "coordinator", "district": "16.73", "team": "T-1", "site": "S-1"}, "/site"),
        ({"role": "feed", "district": "16.73", "area": "17.71.01"}, "/area"),
        ({"role": "feed", "district": "16.73", "area": "kecamatan"}, "/area"),
        ({"role": "feed", "district": "16.73", "site": "S-9"}, "/site"),
        ({"role": "feed", "district": "16.73", "team": "T-1", "area": "16.73.01"}, "/area"),
        ({"role": "viewer"}, "/district"),
        ({"role": "viewer", "district": "99.99"}, "/district"),
        ({"role": "viewer", "district": "Lubuklinggau"}, "/district"),
        ({"role": "king", "district": "16.73"}, "/role"),
        ({"role": "viewer", "district": "16.73", "expires_at": "2023-11-12T00:00:00Z"}, "/expires_at"),
        ({"role": "viewer", "district": "16.73", "expires_at": "2024-11-12T00:00:00"}, "/expires_at"),
        ({"role": "viewer", "district": "16.73", "expires_in_days": 0}, "/expires_in_days"),
        ({"role": "viewer", "district": "16.73", "expires_in_days": 10**9}, "/expires_in_days"),
        ({"role": "viewer", "district": "16.73", "expires_in_days": 30, "never_expires": True}, "/never_expires"),
        ({"role": "viewer", "district": "16.73", "label": ""}, "/label"),
        ({"role": "viewer", "district": "16.73", "secret": "mine"}, "/secret"),
    ],
)
def test_a_wrong_wish_is_named(
    client: TestClient, bearer: AsRole, session: Session, body: dict[str, Any], pointer: str
) -> None:
    two_districts(session)
    answer = client.post("/v1/tokens", json=body, headers=bearer(Role.ADMIN))
    assert answer.status_code == 422, answer.text
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]
    assert session.scalars(select(Token.role)).all() == ["admin"]


@pytest.mark.parametrize("role", ["admin", "planner"])
def test_a_planner_issues_neither_planners_nor_administrators(
    client: TestClient, bearer: AsRole, session: Session, role: str
) -> None:
    make_district(session)
    body = {"role": role, "district": "16.73"}
    assert client.post("/v1/tokens", json=body, headers=bearer(Role.PLANNER, "16.73")).status_code == 403


def test_nobody_issues_tokens_of_another_district(client: TestClient, bearer: AsRole, session: Session) -> None:
    two_districts(session)
    make_district(session, "16")
    for headers in (bearer(Role.PLANNER, "17.71"), bearer(Role.ADMIN, "17.71"), bearer(Role.PLANNER, "16")):
        assert client.post("/v1/tokens", json=VIEWER, headers=headers).status_code == 403
    nationwide = {"role": "admin"}
    assert client.post("/v1/tokens", json=nationwide, headers=bearer(Role.ADMIN, "17.71")).status_code == 403
    assert client.post("/v1/tokens", json=nationwide, headers=bearer(Role.ADMIN)).status_code == 201


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COORDINATOR, Role.FEED])
def test_the_other_roles_may_not_look_at_tokens(
    client: TestClient, bearer: AsRole, session: Session, role: Role
) -> None:
    make_district(session)
    headers = bearer(role, "16.73", make_team(session).id if role is Role.COORDINATOR else None)
    assert client.get("/v1/tokens", headers=headers).status_code == 403
    assert client.post("/v1/tokens", json=VIEWER, headers=headers).status_code == 403
    assert client.delete("/v1/tokens/1", headers=headers).status_code == 403


def test_a_feed_token_opens_no_district(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.FEED, "16.73")
    for path in ("", "/16.73", "/16.73/areas", "/16.73/targets", "/16.73/progress", "/16.73/holidays"):
        assert client.get(f"/v1/districts{path}", headers=headers).status_code == 403


def test_a_list_shows_the_own_district_page_by_page(client: TestClient, bearer: AsRole, session: Session) -> None:
    two_districts(session)
    bearer(Role.VIEWER, "17.71")
    planner = bearer(Role.PLANNER, "16.73")
    bearer(Role.VIEWER, "16.73")
    first = client.get("/v1/tokens", params={"limit": 1}, headers=planner).json()
    second = client.get("/v1/tokens", params={"limit": 1, "cursor": first["next_cursor"]}, headers=planner).json()
    roles = [(item["role"], item["district"]) for page in (first, second) for item in page["items"]]
    assert roles == [("planner", "16.73"), ("viewer", "16.73")]
    assert second["next_cursor"] is None
    assert len(client.get("/v1/tokens", headers=bearer(Role.ADMIN)).json()["items"]) == 4


def test_a_revoked_token_opens_nothing_and_stays_in_the_list(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    issued = client.post("/v1/tokens", json=VIEWER, headers=planner).json()
    path = f"/v1/tokens/{issued['id']}"
    assert client.delete(path, headers=planner).status_code == 204
    assert client.delete(path, headers=planner).status_code == 204
    assert client.get("/v1/districts", headers=as_token(issued["secret"])).status_code == 401
    listed = client.get("/v1/tokens", headers=planner).json()["items"]
    assert [item["revoked_at"] is None for item in listed] == [True, False]


def test_an_expired_token_opens_nothing(client: TestClient, session: Session) -> None:
    make_district(session)
    _, secret = issue(
        session,
        Role.VIEWER,
        district_code="16.73",
        label=None,
        actor=COMMAND_LINE,
        now=datetime(2023, 1, 1, tzinfo=UTC),
        lifetime=Lifetime(expires_at=NOW),
    )
    session.commit()
    assert client.get("/v1/districts", headers=as_token(secret)).status_code == 401


def test_a_planner_may_not_revoke_an_administrator_or_a_stranger(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    two_districts(session)
    bearer(Role.ADMIN, "16.73")
    bearer(Role.VIEWER, "17.71")
    admin, stranger = session.scalars(select(Token.id).order_by(Token.id)).all()
    planner = bearer(Role.PLANNER, "16.73")
    assert client.delete(f"/v1/tokens/{admin}", headers=planner).status_code == 403
    assert client.delete(f"/v1/tokens/{stranger}", headers=planner).status_code == 404
    assert client.delete(f"/v1/tokens/{10**20}", headers=planner).status_code == 422


def test_a_planner_may_close_the_own_leaked_token(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    own = client.get("/v1/tokens", headers=planner).json()["items"][0]["id"]
    assert client.delete(f"/v1/tokens/{own}", headers=planner).status_code == 204
    assert client.get("/v1/tokens", headers=planner).status_code == 401


def test_the_command_line_names_what_it_cannot_find(session: Session) -> None:
    two_districts(session)
    named: dict[str, Any] = {"label": None, "actor": COMMAND_LINE, "now": NOW}
    _, secret = issue(session, Role.COORDINATOR, district_code="16.73", opens=Opens(team="T-1"), **named)
    assert secret.startswith("jb_coordinator_")
    with pytest.raises(InvalidRequest, match="has no team 'T-9'"):
        issue(session, Role.COORDINATOR, district_code="16.73", opens=Opens(team="T-9"), **named)
    with pytest.raises(InvalidRequest, match="no district"):
        issue(session, Role.PLANNER, district_code="99.99", **named)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer a b", "bearer \u00ff\u00fe", "Basic eDp5", "Bearer " + "x" * 5000],
)
def test_a_broken_token_is_refused_with_the_mend(client: TestClient, authorization: str) -> None:
    answer = client.get("/v1/tokens", headers={"Authorization": authorization.encode("latin-1")})
    assert answer.status_code == 401
    assert "jemput token" in answer.json()["detail"]


def feed_status(client: TestClient, secret: str) -> int:
    return client.get(f"/v1/feeds/{secret}.ics").status_code


def test_a_feeds_token_opens_a_team_an_area_a_site_or_the_district(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    two_districts(session)
    make_site(session, code="S-1")
    planner = bearer(Role.PLANNER, "16.73")
    for named in ({}, {"team": "T-1"}, {"area": "16.73.01"}, {"site": "S-1"}):
        issued = client.post("/v1/tokens", json={"role": "feed", "district": "16.73", **named}, headers=planner)
        assert issued.status_code == 201, issued.text
        opens = {name: issued.json()[name] for name in ("team", "area", "site")}
        assert opens == {"team": None, "area": None, "site": None} | named
        assert feed_status(client, issued.json()["secret"]) == 200
    listed = client.get("/v1/tokens", headers=planner).json()["items"]
    assert [(token["team"], token["area"], token["site"]) for token in listed[1:]] == [
        (None, None, None),
        ("T-1", None, None),
        (None, "16.73.01", None),
        (None, None, "S-1"),
    ]


def test_a_rotated_feed_moves_to_a_new_address_and_shows_the_same(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    two_districts(session)
    planner = bearer(Role.PLANNER, "16.73")
    body = {"role": "feed", "district": "16.73", "area": "16.73.01", "label": "Camat"}
    old = client.post("/v1/tokens", json=body, headers=planner).json()
    headers = planner | {"Idempotency-Key": "r1"}

    new = client.post(f"/v1/tokens/{old['id']}/rotate", headers=headers)

    assert new.status_code == 201, new.text
    assert new.headers["cache-control"] == "no-store"
    assert (new.json()["area"], new.json()["label"]) == ("16.73.01", "Camat")
    assert (feed_status(client, old["secret"]), feed_status(client, new.json()["secret"])) == (404, 200)
    again = client.post(f"/v1/tokens/{old['id']}/rotate", headers=headers)
    assert again.json() == new.json() | {"secret": None}
    refused = client.post(f"/v1/tokens/{old['id']}/rotate", headers=planner)
    assert (refused.status_code, refused.json()["code"]) == (409, "TokenEnded")


def test_a_planner_may_not_rotate_an_administrator_or_a_stranger(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    two_districts(session)
    bearer(Role.ADMIN, "16.73")
    bearer(Role.VIEWER, "17.71")
    admin, stranger = session.scalars(select(Token.id).order_by(Token.id)).all()
    planner = bearer(Role.PLANNER, "16.73")
    assert client.post(f"/v1/tokens/{admin}/rotate", headers=planner).status_code == 403
    assert client.post(f"/v1/tokens/{stranger}/rotate", headers=planner).status_code == 404


def test_a_token_opens_for_400_days_unless_something_else_is_said(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    body = {"role": "viewer", "district": "16.73"}
    for said, days in ({}, 400), ({"expires_in_days": 7}, 7), ({"expires_in_days": 400}, 400):
        issued = client.post("/v1/tokens", json=body | said, headers=planner)
        assert issued.status_code == 201, issued.text
        assert datetime.fromisoformat(issued.json()["expires_at"]) == NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"never_expires": True}, "/never_expires"),
        ({"expires_in_days": 401}, "/expires_in_days"),
        ({"expires_at": "2030-01-01T00:00:00Z"}, "/expires_at"),
    ],
)
def test_only_an_administrator_issues_tokens_for_longer_or_for_ever(
    client: TestClient, bearer: AsRole, session: Session, said: dict[str, Any], pointer: str
) -> None:
    make_district(session)
    body = {"role": "viewer", "district": "16.73", **said}
    refused = client.post("/v1/tokens", json=body, headers=bearer(Role.PLANNER, "16.73") | {"Accept-Language": "id"})
    assert refused.status_code == 422
    [problem] = refused.json()["errors"]
    assert problem["pointer"] == pointer
    assert "administrator" in problem["mend"]
    assert "Hanya administrator" in problem["detail"]
    issued = client.post("/v1/tokens", json=body, headers=bearer(Role.ADMIN)).json()
    assert (issued["expires_at"] is None) is ("never_expires" in said)


def test_a_rotated_token_lives_as_long_again(
    client: TestClient, bearer: AsRole, session: Session, api: FastAPI
) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    body = {"role": "feed", "district": "16.73", "expires_in_days": 30}
    old = client.post("/v1/tokens", json=body, headers=planner).json()
    later = NOW + timedelta(days=20)
    api.state.clock = lambda: later
    new = client.post(f"/v1/tokens/{old['id']}/rotate", headers=planner).json()
    assert datetime.fromisoformat(new["expires_at"]) == later + timedelta(days=30)


def test_a_planner_who_rotates_the_own_token_does_not_prolong_it(
    client: TestClient, session: Session, api: FastAPI
) -> None:
    make_district(session)
    named, secret = issue(
        session, Role.PLANNER, district_code="16.73", label=None, actor=COMMAND_LINE, now=NOW - timedelta(days=300)
    )
    session.commit()
    new = client.post(f"/v1/tokens/{named.token.id}/rotate", headers=as_token(secret)).json()
    assert datetime.fromisoformat(new["expires_at"]) == NOW + timedelta(days=100)
