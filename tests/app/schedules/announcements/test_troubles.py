"""What was set aside can be read, with its reason, by those whom it concerns."""

from datetime import timedelta
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.calendars.models import CalendarDelivery, CalendarReading, OutboxEntry, UnannouncedDistrict
from app.schedules.models import RoundTrouble
from tests.app.calendars.events import connect
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district

TROUBLES = "/v1/districts/16.73/troubles"


def test_district_sees_everything_of_it_that_was_set_aside_and_nothing_else(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    district = make_district(session)
    make_district(session, "17.71")
    source = connect(session, district, "http://127.0.0.1:1/kalender/", direction="both")
    mark = session.get_one(UnannouncedDistrict, "16.73")
    mark.failures, mark.trouble_about, mark.next_try_at = 2, "KeyError, calendars.py:1", NOW
    session.get_one(CalendarReading, source.id).trouble = "broken"
    session.add(CalendarDelivery(source_id=source.id, next_try_at=NOW, failures=3, trouble="unreachable"))
    uid = uuid4()
    fields = {"wanted_sequence": 0, "failures": 1, "enqueued_at": NOW, "next_try_at": NOW, "digests": []}
    session.add(
        OutboxEntry(source_id=source.id, uid=uid, trouble="broken", trouble_about="ValueError, x.py:3", **fields)
    )
    session.add(OutboxEntry(source_id=source.id, uid=uuid4(), **fields))
    session.commit()

    planner = bearer(Role.PLANNER, "16.73")
    items = client.get(TROUBLES, headers=planner).json()["items"]
    assert [(item["unit"], item["code"], item["failures"]) for item in items] == [
        ("changes", "broken", 2),
        ("reading", "broken", 0),
        ("writing", "unreachable", 3),
        ("entry", "broken", 1),
    ]
    assert (items[3]["uid"], items[3]["calendar_id"]) == (str(uid), source.id)
    assert "(ValueError, x.py:3)" in items[3]["message"]["en"]
    assert "(ValueError, x.py:3)" in items[3]["message"]["id"]
    assert len(client.get(f"{TROUBLES}?limit=2", headers=planner).json()["items"]) == 2
    stranger = bearer(Role.PLANNER, "17.71")
    assert client.get(TROUBLES, headers=stranger).status_code == 404
    assert client.get("/v1/districts/17.71/troubles", headers=stranger).json()["items"] == []


def test_administrator_sees_what_workers_fail_at(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    for hours, name in enumerate(("send invitations", "clear scratch folders")):
        since = NOW - timedelta(hours=hours)
        session.add(
            RoundTrouble(executor_id="w", name=name, fault="OSError, x.py:1", failures=2, since=since, last_at=NOW)
        )
    session.commit()
    troubles = client.get("/v1/worker-troubles", headers=bearer(Role.ADMIN)).json()["items"]
    assert [item["name"] for item in troubles] == ["clear scratch folders", "send invitations"]
    assert troubles[0]["fault"] == "OSError, x.py:1"
    assert client.get("/v1/worker-troubles", headers=bearer(Role.PLANNER, "16.73")).status_code == 403
