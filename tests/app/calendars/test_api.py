"""Calendars over HTTP: connected by planners of the district, seen without their secrets, read by the worker."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, IdempotencyRecord, Role
from app.calendars.models import BusyEvent, CalendarReading, CalendarResource, CalendarSource
from app.settings import Settings
from tests.app.calendars.events import at
from tests.app.calendars.test_busy import store
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site, make_team

CALENDARS = "/v1/districts/16.73/calendars"
BODY: dict[str, Any] = {
    "name": "Kalender Dinas",
    "kind": "caldav",
    "address": "https://cal.example.id/u/rahasia-di-alamat/",
    "username": "perencana",
    "password": "rahasia-sekali",
}


@pytest.fixture(autouse=True)
def _own_key(api: FastAPI, tmp_path: Path) -> None:
    api.state.settings = Settings(secret_key=SecretStr("s" * 32), data_dir=tmp_path, allowed_hosts=("kalender.lan",))


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def created(client: TestClient, planner: dict[str, str], **fields: Any) -> dict[str, Any]:
    answer = client.post(CALENDARS, json=BODY | fields, headers=planner)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_connected_calendar_is_due_at_once_and_shows_no_secret(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    answer = client.post(CALENDARS, json=BODY, headers=planner | {"Idempotency-Key": "k"})
    again = client.post(CALENDARS, json=BODY, headers=planner | {"Idempotency-Key": "k"})

    assert answer.status_code == 201
    assert again.json() == answer.json()
    made = answer.json()
    assert answer.headers["Location"] == f"{CALENDARS}/{made['id']}"
    assert (made["origin"], made["username"], made["has_password"]) == ("https://cal.example.id:443", "perencana", True)
    assert (made["scope"], made["scope_code"], made["reading"]["events"]) == ("district", None, 0)
    reading = session.scalars(select(CalendarReading)).one()
    assert (reading.next_try_at, reading.succeeded_at) == (NOW, None)
    shown = [client.get(CALENDARS, headers=planner).text, answer.text]
    stored = [
        repr(session.execute(select(CalendarSource.__table__)).all()),
        repr(session.execute(select(AuditEntry.details)).all()),
        repr(session.execute(select(IdempotencyRecord.body)).all()),
    ]
    for text in shown + stored:
        assert "rahasia" not in text


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\r\nX-More: b"])
@pytest.mark.parametrize("field", ["address", "username", "password"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_text_that_can_be_neither_stored_nor_sent_is_refused_with_its_place(
    client: TestClient, planner: dict[str, str], method: str, field: str, text: str
) -> None:
    path, headers, fields = CALENDARS, planner | {"Content-Type": "application/json"}, BODY | {field: text}
    if method == "PATCH":
        path, fields = f"{CALENDARS}/{created(client, planner)['id']}", {field: text}
        headers = headers | {"If-Match": "*"}
    answer = client.request(method, path, content=json.dumps(fields), headers=headers)
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == f"/{field}"
    assert field != "password" or problem["value"] is None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"address": "cal.example.id/u/"}, "/address"),
        ({"address": "ftp://cal.example.id/u/"}, "/address"),
        ({"address": "https://"}, "/address"),
        ({"address": "https://user:pw@cal.example.id/"}, "/address"),
        ({"address": "https://cal.example.id:99999/"}, "/address"),
        ({"address": "https://cal example.id/"}, "/address"),
        ({"address": "https://cal.example.id/\r\nX: y"}, "/address"),
        ({"address": "https://[::1/"}, "/address"),
        ({"address": "https://" + "x" * 80 + ".id/"}, "/address"),
        ({"address": "http://cal.example.id/"}, "/address"),
        ({"address": "https://x.id/" + "a" * 2000}, "/address"),
        ({"kind": "exchange"}, "/kind"),
        ({"direction": "sideways"}, "/direction"),
        ({"scope": "team"}, "/scope_code"),
        ({"scope": "team", "scope_code": "NOBODY"}, "/scope_code"),
        ({"scope": "area", "scope_code": "16.73.99"}, "/scope_code"),
        ({"scope": "site", "scope_code": "x\u0000y"}, "/scope_code"),
        ({"scope_code": "TIM-1"}, "/scope_code"),
        ({"username": None}, "/username"),
        ({"password": None}, "/password"),
        ({"refresh_minutes": 1}, "/refresh_minutes"),
        ({"name": ""}, "/name"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_wrong_field_is_named_and_nothing_is_stored(
    client: TestClient, session: Session, planner: dict[str, str], fields: dict[str, Any], pointer: str
) -> None:
    answer = client.post(CALENDARS, json=BODY | fields, headers=planner)
    assert answer.status_code == 422, answer.text
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]
    assert "rahasia" not in answer.text
    assert session.scalars(select(CalendarSource)).all() == []


def test_calendar_binds_an_area_a_team_or_a_site(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    make_team(session, code="TIM-1")
    make_site(session, code="S-1")
    session.commit()
    for scope, code in (("area", "16.73.01"), ("team", "TIM-1"), ("site", "S-1")):
        made = created(client, planner, scope=scope, scope_code=code)
        assert (made["scope"], made["scope_code"]) == (scope, code)


def test_subscription_addresses_and_hosts_allowed_by_name_are_taken(
    client: TestClient, planner: dict[str, str]
) -> None:
    anonymous = {"username": None, "password": None, "kind": "ics"}
    assert created(client, planner, address="webcal://cal.example.id/a.ics", **anonymous)["origin"].startswith("https:")
    assert created(client, planner, address="http://cal.example.id/a.ics", **anonymous)["origin"].startswith("http:")
    assert created(client, planner, address="http://kalender.lan/u/")["origin"] == "http://kalender.lan:80"


def test_password_does_not_follow_the_address_to_another_server(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    made = created(client, planner)
    path, etag = f"{CALENDARS}/{made['id']}", {"If-Match": '"1"'}

    stolen = client.patch(path, json={"address": "https://thief.example/"}, headers=planner | etag)
    assert stolen.status_code == 422
    assert stolen.json()["errors"][0]["pointer"] == "/password"
    downgraded = client.patch(path, json={"address": "http://cal.example.id:443/"}, headers=planner | etag)
    assert downgraded.status_code == 422

    session.add(CalendarResource(source_id=made["id"], path="/a", etag="1", content=b"", remarks=[]))
    session.flush()
    moved = client.patch(path, json={"address": "https://cal.example.id/other/"}, headers=planner | etag)
    assert (moved.status_code, moved.json()["has_password"]) == (200, True)
    assert session.scalars(select(CalendarResource)).all() == []

    elsewhere = {"address": "https://new.example/", "username": None, "password": None}
    bare = client.patch(path, json=elsewhere, headers=planner | {"If-Match": moved.headers["ETag"]})
    assert (bare.json()["origin"], bare.json()["has_password"]) == ("https://new.example:443", False)


def test_changes_need_the_version_last_seen(client: TestClient, planner: dict[str, str]) -> None:
    path = f"{CALENDARS}/{created(client, planner)['id']}"
    assert client.patch(path, json={"name": "x"}, headers=planner).status_code == 428
    assert client.patch(path, json={"name": "x"}, headers=planner | {"If-Match": '"7"'}).status_code == 412
    assert client.patch(path, json={"name": None}, headers=planner | {"If-Match": '"1"'}).status_code == 422
    assert client.delete(path, headers=planner).status_code == 428
    assert client.delete(path, headers=planner | {"If-Match": '"1"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


def test_remarks_are_told_in_both_languages(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    made = created(client, planner)
    reading = session.get(CalendarReading, made["id"])
    assert reading is not None
    # The second was read before remarks had their Indonesian.
    reading.remarks, reading.remarks_indonesian = ["Odd.", "Odd, too."], {"Odd.": "Ganjil."}
    session.flush()
    shown = client.get(f"{CALENDARS}/{made['id']}", headers=planner).json()["reading"]
    assert shown["remarks"] == ["Odd.", "Odd, too."]
    assert shown["remark_texts"] == [{"en": "Odd.", "id": "Ganjil."}, {"en": "Odd, too.", "id": "Odd, too."}]


def test_last_error_is_told_in_both_languages(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    made = created(client, planner)
    reading = session.get(CalendarReading, made["id"])
    assert reading is not None
    reading.trouble, reading.trouble_about, reading.failures = "repeats_too_often", "Rapat", 2
    session.commit()
    told = client.get(f"{CALENDARS}/{made['id']}", headers=planner).json()["reading"]
    assert (told["failures"], told["last_error"]["code"]) == (2, "repeats_too_often")
    assert set(told["last_error"]["message"]) == {"id", "en"}
    assert "(Rapat)" in told["last_error"]["message"]["en"]


def test_refresh_brings_the_next_try_forward(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    made = created(client, planner)
    reading = session.get(CalendarReading, made["id"])
    assert reading is not None
    reading.next_try_at = NOW + timedelta(hours=3)
    session.commit()
    answer = client.post(f"{CALENDARS}/{made['id']}/refresh", headers=planner)
    assert answer.status_code == 202
    session.refresh(reading)
    assert reading.next_try_at == NOW


def test_strangers_see_nothing_and_viewers_change_nothing(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole
) -> None:
    path = f"{CALENDARS}/{created(client, planner)['id']}"
    make_district(session, "16.74")
    session.commit()
    stranger, viewer = bearer(Role.PLANNER, "16.74"), bearer(Role.VIEWER, "16.73")
    for url in (CALENDARS, path, "/v1/districts/16.73/busy?from=2023-11-01&to=2023-11-30"):
        assert client.get(url, headers=stranger).status_code == 404
        assert client.get(url, headers=viewer).status_code == 200
        assert client.get(url, headers=bearer(Role.COORDINATOR, "16.73", make_team(session).id)).status_code == 403
        assert client.get(url).status_code == 401
    for headers, code in ((stranger, 404), (viewer, 403)):
        assert client.post(CALENDARS, json=BODY, headers=headers).status_code == code
        assert client.post(f"{path}/refresh", headers=headers).status_code == code
        assert client.patch(path, json={}, headers=headers | {"If-Match": "*"}).status_code == code
        assert client.delete(path, headers=headers | {"If-Match": "*"}).status_code == code
    assert client.get(path.replace("16.73", "16.74"), headers=stranger).status_code == 404


def test_province_sees_that_it_is_busy_but_not_with_what(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole
) -> None:
    made = created(client, planner)
    source = session.get(CalendarSource, made["id"])
    assert source is not None
    store(session, source, at(14, 1), at(14, 2))
    session.commit()
    make_district(session, "16", parent_code=None)
    province = bearer(Role.PLANNER, "16")
    busy = client.get("/v1/districts/16.73/busy?from=2023-11-14&to=2023-11-14", headers=province).json()["items"]
    assert [(one["starts_at"], one["summary"]) for one in busy] == [("2023-11-14T08:00:00+07:00", None)]
    assert client.get(f"{CALENDARS}/{made['id']}", headers=province).json()["username"] is None


def test_busy_is_listed_with_its_source_page_by_page(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    made = created(client, planner, scope="area", scope_code="16.73.01")
    source = session.get(CalendarSource, made["id"])
    assert source is not None
    for hour in (1, 3, 5):
        store(session, source, at(14, hour), at(14, hour + 1))
    store(session, source, at(14, 17), at(15, 17), all_day=True)
    session.commit()
    busy = "/v1/districts/16.73/busy?from=2023-11-14&to=2023-11-14"

    first = client.get(f"{busy}&limit=2", headers=planner).json()
    second = client.get(f"{busy}&limit=2&cursor={first['next_cursor']}", headers=planner).json()

    found = first["items"] + second["items"]
    assert [one["starts_at"][11:16] for one in found] == ["08:00", "10:00", "12:00"]
    assert second["next_cursor"] is None
    assert found[0] == {
        "id": found[0]["id"],
        "scope": "area",
        "scope_code": "16.73.01",
        "starts_at": "2023-11-14T08:00:00+07:00",
        "ends_at": "2023-11-14T09:00:00+07:00",
        "all_day": False,
        "tentative": False,
        "summary": "Rapat",
        "calendar_id": made["id"],
        "calendar_name": "Kalender Dinas",
        "since": "2023-11-13T02:00:00Z",
    }
    assert len(session.scalars(select(BusyEvent)).all()) == 4


@pytest.mark.parametrize(
    "query", ["from=2023-11-14&to=2023-11-13", "from=2023-01-01&to=2025-01-01", "from=x&to=y", "", "from=2023-11-14"]
)
def test_busy_of_an_impossible_time_is_refused(client: TestClient, planner: dict[str, str], query: str) -> None:
    answer = client.get(f"/v1/districts/16.73/busy?{query}", headers=planner)
    assert answer.status_code == 422
    assert json.loads(answer.text)["errors"]
