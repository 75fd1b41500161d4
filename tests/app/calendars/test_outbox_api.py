"""How far a calendar is written, what others changed there, and the planner's word, over HTTP."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.calendars.models import CalendarDelivery, OutboxEntry, UnannouncedDistrict
from app.settings import Settings
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district

CALENDARS = "/v1/districts/16.73/calendars"
BODY: dict[str, Any] = {
    "name": "Kalender Dinas",
    "kind": "caldav",
    "address": "https://cal.example.id/u/agenda/",
    "direction": "out",
}


@pytest.fixture(autouse=True)
def _own_key(api: FastAPI, tmp_path: Path) -> None:
    api.state.settings = Settings(secret_key=SecretStr("s" * 32), data_dir=tmp_path)


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def connected(client: TestClient, session: Session, planner: dict[str, str]) -> tuple[str, int]:
    """Address and id of a calendar that is written to, with one entry of each sort."""
    answer = client.post(CALENDARS, json=BODY, headers=planner)
    assert answer.status_code == 201, answer.text
    calendar_id = answer.json()["id"]
    session.add(
        CalendarDelivery(source_id=calendar_id, next_try_at=NOW, attempted_at=NOW, failures=2, trouble="unreachable")
    )
    session.commit()
    for fields in (
        {"wanted_sequence": 1, "sent_sequence": 0},
        {"wanted_sequence": 1, "sent_sequence": 1},
        {"wanted_sequence": 0, "trouble": "not_a_calendar"},
        {
            "wanted_sequence": 1,
            "sent_sequence": 0,
            "conflict": "edited",
            "conflict_since": NOW,
            "their_etag": '"2"',
            "theirs": {"summary": "Rapat", "starts_at": None, "ends_at": None, "digest": "y"},
        },
    ):
        session.add(
            OutboxEntry(
                source_id=calendar_id,
                uid=uuid4(),
                digests=["x"],
                failures=0,
                enqueued_at=NOW,
                next_try_at=NOW,
                **fields,  # type: ignore[arg-type]
            )
        )
    session.commit()
    return f"{CALENDARS}/{calendar_id}", calendar_id


def test_calendar_tells_what_is_pending_and_the_last_error(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    address, _ = connected(client, session, planner)
    found = client.get(address, headers=planner).json()
    assert found["direction"] == "out"
    delivery = found["delivery"]
    assert (delivery["pending"], delivery["delivered"], delivery["conflicts"], delivery["refused"]) == (2, 3, 1, 1)
    assert (delivery["failures"], delivery["last_error"]["code"]) == (2, "unreachable")
    assert (delivery["oldest_pending_at"], delivery["succeeded_at"]) == ("2023-11-13T02:00:00Z", None)
    assert session.scalars(select(UnannouncedDistrict.district_code)).all() == ["16.73"]


def test_asking_for_a_refresh_looks_at_once_what_stands_there(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    address, calendar_id = connected(client, session, planner)
    delivery = session.get_one(CalendarDelivery, calendar_id)
    delivery.checked_at, delivery.next_try_at = NOW, NOW + timedelta(hours=6)
    session.commit()
    assert client.get(address, headers=planner).json()["delivery"]["checked_at"] == "2023-11-13T02:00:00Z"
    assert client.post(f"{address}/refresh", headers=planner).status_code == 202
    session.refresh(delivery)
    assert (delivery.checked_at, delivery.next_try_at) == (None, NOW)


def test_entry_that_is_known_not_to_stand_there_is_not_counted_as_delivered(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    address, _ = connected(client, session, planner)
    entry = session.scalars(select(OutboxEntry).where(OutboxEntry.conflict.is_not(None))).one()
    entry.conflict, entry.their_etag, entry.theirs = "deleted", None, None
    session.commit()
    assert client.get(address, headers=planner).json()["delivery"]["delivered"] == 2
    [found] = client.get(f"{address}/conflicts", headers=planner).json()["items"]
    assert "write it again (ours), or leave it out" in found["message"]["en"]
    assert client.post(f"{address}/conflicts/{entry.uid}", json={"keep": "theirs"}, headers=planner).status_code == 204
    assert client.get(address, headers=planner).json()["delivery"]["delivered"] == 2


def test_calendar_that_is_only_read_has_no_delivery(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(CALENDARS, json=BODY | {"direction": "in"}, headers=planner)
    assert answer.json()["delivery"] is None


def test_file_cannot_be_written_to(client: TestClient, planner: dict[str, str]) -> None:
    for direction in ("out", "both"):
        answer = client.post(CALENDARS, json=BODY | {"kind": "ics", "direction": direction}, headers=planner)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/direction"


def test_a_decision_whose_answer_was_lost_may_be_sent_again_under_its_key(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    address, _ = connected(client, session, planner)
    [found] = client.get(f"{address}/conflicts", headers=planner).json()["items"]
    resolution, headers = f"{address}/conflicts/{found['uid']}", planner | {"Idempotency-Key": "k1"}
    answers = [client.post(resolution, json={"keep": "ours"}, headers=headers) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert client.post(resolution, json={"keep": "ours"}, headers=planner).status_code == 404


def test_planner_decides_whose_version_stays(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    address, calendar_id = connected(client, session, planner)
    [found] = client.get(f"{address}/conflicts", headers=planner).json()["items"]
    assert (found["conflict"], found["theirs"]["summary"]) == ("edited", "Rapat")
    resolution = f"{address}/conflicts/{found['uid']}"
    assert client.post(resolution, json={"keep": "both"}, headers=planner).status_code == 422
    assert client.post(f"{address}/conflicts/{uuid4()}", json={"keep": "ours"}, headers=planner).status_code == 404

    assert client.post(resolution, json={"keep": "ours"}, headers=planner).status_code == 204

    entry = session.get_one(OutboxEntry, (calendar_id, found["uid"]), populate_existing=True)
    assert (entry.conflict, entry.sent_sequence, entry.digests) == (None, None, ["x", "y"])
    assert client.post(resolution, json={"keep": "ours"}, headers=planner).status_code == 404
    assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "calendar.resolve"


def test_conflicts_are_the_districts_own(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole
) -> None:
    address, _ = connected(client, session, planner)
    make_district(session, "17.71")
    make_district(session, "16", lat=-3.3, lon=104.9)
    assert client.get(f"{address}/conflicts", headers=bearer(Role.PLANNER, "17.71")).status_code == 404
    province = bearer(Role.PLANNER, "16")
    [found] = client.get(f"{address}/conflicts", headers=province).json()["items"]
    assert found["theirs"] is None
    answer = client.post(f"{address}/conflicts/{found['uid']}", json={"keep": "ours"}, headers=province)
    assert answer.status_code == 403


def test_new_address_begins_anew(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    address, calendar_id = connected(client, session, planner)
    client.patch(address, json={"address": "https://cal.example.id/u/baru/"}, headers=planner | {"If-Match": "*"})
    entries = session.scalars(select(OutboxEntry).execution_options(populate_existing=True)).all()
    assert {(entry.sent_sequence, entry.etag, entry.conflict, *entry.digests) for entry in entries} == {
        (None, None, None)
    }
    delivery = session.get_one(CalendarDelivery, calendar_id, populate_existing=True)
    assert (delivery.failures, delivery.trouble) == (0, None)
