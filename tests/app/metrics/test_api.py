"""What a monitor reads, and who may."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.calendars.models import CalendarDelivery, OutboxEntry
from app.database import make_engine
from app.districts.models import District
from app.main import create_app
from app.schedules.models import RoundTrouble, Worker
from app.settings import Settings
from tests.app.calendars.events import connect
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import district, job_tables, make_draft  # noqa: F401 fixtures
from tests.factories import make_district


@pytest.fixture
def local(api: FastAPI) -> Iterator[TestClient]:
    """A client on the machine itself."""
    with TestClient(api, client=("127.0.0.1", 50_000)) as client:
        yield client


def figures(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        name: float(value) for name, value in re.findall(r"^(jemput_\w+(?:\{.*\})?) (\S+)$", answer.text, re.MULTILINE)
    }


def test_metrics_count_requests_by_route(local: TestClient) -> None:
    local.get("/health/live")
    assert 'http_request_seconds_count{method="GET",route="/health/live",status="200"}' in local.get("/metrics").text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_metrics_are_open_to_the_machine_itself(api: FastAPI, address: str) -> None:
    assert TestClient(api, client=(address, 50_000)).get("/metrics").status_code == 200


@pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::1", "::ffff:10.0.0.7", "localhost", ""])
def test_metrics_are_closed_to_strangers_from_elsewhere(api: FastAPI, address: str) -> None:
    assert TestClient(api, client=(address, 50_000)).get("/metrics").status_code == 401


def test_metrics_are_open_to_administrators_alone_from_elsewhere(
    client: TestClient,
    bearer: AsRole,
    district: District,  # noqa: F811
) -> None:
    assert client.get("/metrics", headers=bearer(Role.ADMIN)).status_code == 200
    assert client.get("/metrics", headers=bearer(Role.PLANNER, district.code)).status_code == 403


def test_metrics_count_runs_by_state_and_the_queue(
    local: TestClient,
    session: Session,
    district: District,  # noqa: F811
) -> None:
    make_draft(session, district)
    waiting = make_draft(session, district)
    waiting.run_status = "queued"
    waiting.requested_at = datetime.now(UTC) - timedelta(minutes=5)
    session.commit()
    seen = figures(local)
    assert {name: seen[f'jemput_runs{{state="{name}"}}'] for name in ("queued", "running", "succeeded")} == {
        "queued": 1,
        "running": 0,
        "succeeded": 1,
    }
    assert seen["jemput_queue_length"] == 1
    assert 290 < seen["jemput_queue_oldest_seconds"] < 3600


def test_metrics_tell_workers_by_their_silence_and_what_they_fail_at(local: TestClient, session: Session) -> None:
    now = datetime.now(UTC)
    session.add(Worker(executor_id="office-1", seen_at=now - timedelta(hours=2)))
    session.add(
        RoundTrouble(executor_id="office-1", name="announce", fault="KeyError", failures=1, since=now, last_at=now)
    )
    session.commit()
    seen = figures(local)
    assert 7100 < seen['jemput_worker_silent_seconds{worker="office-1"}'] < 11_000
    assert seen["jemput_failing_rounds"] == 1


def test_metrics_count_the_outbox_and_calendars_in_trouble(local: TestClient, session: Session) -> None:
    source = connect(session, make_district(session), "https://cal.example.id/a/", direction="out")
    session.add(CalendarDelivery(source_id=source.id, next_try_at=NOW, trouble="unreachable", failures=2))
    for fields in (
        {"wanted_sequence": 1, "sent_sequence": 0},
        {"wanted_sequence": 1, "sent_sequence": 1},
        {"wanted_sequence": 2, "sent_sequence": None, "trouble": "broken"},
        {"wanted_sequence": 2, "conflict": "edited", "conflict_since": NOW},
    ):
        session.add(OutboxEntry(source_id=source.id, uid=uuid4(), enqueued_at=NOW, next_try_at=NOW, **fields))
    session.commit()
    seen = figures(local)
    assert {
        name: seen[f'jemput_outbox_entries{{state="{name}"}}'] for name in ("pending", "set_aside", "conflict")
    } == {
        "pending": 2,
        "set_aside": 1,
        "conflict": 1,
    }
    assert seen['jemput_calendars_in_trouble{way="write"}'] == 1
    assert seen['jemput_calendars_in_trouble{way="read"}'] == 0


def test_metrics_tell_that_the_parts_of_this_process_live(local: TestClient) -> None:
    assert figures(local)['jemput_part_alive{part="database watch"}'] == 1


def test_metrics_without_a_database_say_so(api: FastAPI, local: TestClient) -> None:
    assert figures(local)["jemput_database_answers"] == 1
    away = create_app(Settings(), make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    seen = figures(TestClient(away, client=("127.0.0.1", 50_000)))
    assert seen["jemput_database_answers"] == 0
    assert "jemput_queue_length" not in seen
