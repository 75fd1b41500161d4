"""What every answer of the application has in common."""

import asyncio
import threading
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from app import database_watch
from app.access.models import Role
from app.database import make_engine
from app.main import create_app
from app.process_parts import _needed, parts, release, start_needed
from app.settings import Settings
from tests.app.conftest import AsRole


def test_unknown_path_is_a_problem_document(client: TestClient) -> None:
    answer = client.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == "/v1/nothing"


def test_wrong_method_names_every_allowed_one(client: TestClient) -> None:
    answer = client.delete("/v1/districts")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


def test_a_request_id_is_kept_or_made(client: TestClient) -> None:
    assert client.get("/health/live", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = client.get("/health/live", headers={"X-Request-Id": "no spaces allowed\x7f"}).headers["x-request-id"]
    assert len(made) == 16


def test_a_bug_is_a_problem_document_that_tells_no_innards(api: FastAPI) -> None:
    @api.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret innards")

    with TestClient(api, raise_server_exceptions=False) as client:
        answer = client.get("/bug")
    assert answer.status_code == 500
    assert "innards" not in answer.text
    assert answer.json()["code"] == "InternalError"


def test_ready_when_the_schema_is_the_expected_one(client: TestClient) -> None:
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_not_ready_with_a_dead_part_and_its_name(client: TestClient) -> None:
    part = threading.Thread(target=lambda: None, name="worker: life")
    start_needed(part)
    part.join()
    try:
        answer = client.get("/health/ready")
        assert client.get("/health/live").status_code == 200
    finally:
        release(part)
    assert answer.status_code == 503
    assert "worker: life" in answer.json()["detail"]
    assert client.get("/health/ready").status_code == 200


def test_not_ready_when_the_watch_of_the_database_died(api: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    async def die(watch: object, stopped: asyncio.Event) -> None:
        return

    monkeypatch.setattr(database_watch._Watch, "run", die)
    with TestClient(api) as client:
        (watch,) = [thread for thread in _needed if thread.name == "database watch"]
        watch.join()
        assert "database watch" in client.get("/health/ready").json()["detail"]
    assert "database watch" not in parts()


def test_not_ready_with_a_schema_of_another_version(client: TestClient, connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "alembic upgrade head" in answer.json()["detail"]


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Basic abc", "Bearer nonsense", "Bearer jb_admin_x" + "y" * 5000]
)
def test_a_broken_token_is_refused_with_the_mend(client: TestClient, authorization: str | None) -> None:
    answer = client.get("/v1/districts", headers={} if authorization is None else {"Authorization": authorization})
    assert answer.status_code == 401
    assert "jemput token" in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_as_a_problem(client: TestClient, bearer: AsRole, announced: bool) -> None:
    body: Any = b"x" * 21_000_000 if announced else (b"x" * 1_000_000 for _ in range(21))
    answer = client.post(
        "/v1/districts", content=body, headers=bearer(Role.ADMIN) | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "PayloadTooLarge"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_no_json_is_told_where_it_breaks(client: TestClient, bearer: AsRole) -> None:
    headers = bearer(Role.ADMIN) | {"Content-Type": "application/json"}
    answer = client.post("/v1/districts", content=b'{"code": }', headers=headers)
    assert answer.status_code == 422
    assert "not valid JSON at character 9" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["/v1/districts", "/v1/assignments?date=2023-11-14"])
def test_a_database_that_is_away_is_told_as_503_with_a_time_to_try_again(path: str) -> None:
    api = create_app(Settings(), make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    with TestClient(api, raise_server_exceptions=False) as client:
        answer = client.get(path, headers={"Authorization": "Bearer jb_admin_x"})
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "DatabaseAway"


def test_the_secret_of_a_feed_stays_out_of_the_log_when_the_database_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    api = create_app(Settings(), make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    with caplog.at_level("DEBUG"), TestClient(api, raise_server_exceptions=False) as client:
        assert client.get("/v1/feeds/jb_feed_of_this_test.ics").status_code == 503
    told = "".join(str(record.msg) for record in caplog.records if not record.name.startswith("httpx"))
    assert "/v1/feeds/{token}.ics" in told
    assert "jb_feed_of_this_test" not in told
