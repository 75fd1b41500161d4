from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.http_conventions import current_time
from tests.app.conftest import AsRole
from tests.factories import make_district, make_figure, make_target

URL = "/v1/districts/16.73/progress"


@pytest.fixture
def viewer(bearer: AsRole, session: Session) -> dict[str, str]:
    make_district(session)
    make_target(session, provenance={"eligible_people": "given"})
    return bearer(Role.VIEWER, "16.73")


def test_progress_of_lubuklinggau_on_13_november(client: TestClient, viewer: dict[str, str]) -> None:
    answer = client.get(URL, params={"on": "2023-11-13"}, headers=viewer)
    assert answer.status_code == 200, answer.text
    progress = answer.json()
    expected = {
        "district_code": "16.73",
        "document": "ikd",
        "owner": "district",
        "on": "2023-11-13",
        "eligible_people": 168_015,
        "eligible_base": "wajib_ktp",
        "target_percent": 25,
        "target_count": 42_004,
        "activated": 4_015,
        "activated_percent": 2.39,
        "gap": 37_989,
        "as_of": "2023-11-13",
        "deadline": "2023-12-31",
        "source": "test",
        "working_days_left": 32,
        "required_per_working_day": 1_188,
        "provenance": {"eligible_people": "given"},
    }
    assert {name: progress[name] for name in expected} == expected
    assert b'"target_percent":25,' in answer.content


def test_warnings_speak_both_languages_with_figures_and_sources(
    client: TestClient, viewer: dict[str, str], session: Session
) -> None:
    make_figure(session, "activated", "4015", reported_on=date(2023, 11, 3), source="Linggau Pos")
    warnings = client.get(URL, params={"on": "2023-11-13"}, headers=viewer).json()["warnings"]
    (stale,) = [warning for warning in warnings if warning["code"] == "count_unchanged"]
    assert stale["severity"] == "serious"
    assert set(stale["message"]) == {"id", "en"}
    assert stale["figures"][0] == {
        "name": "reported.activated",
        "value": "4015",
        "reported_on": "2023-11-03",
        "source": "Linggau Pos",
        "provenance": "public",
    }


def test_without_a_day_it_is_today_in_the_district(api: FastAPI, client: TestClient, viewer: dict[str, str]) -> None:
    api.dependency_overrides[current_time] = lambda: datetime(2023, 11, 13, 18, 0, tzinfo=UTC)
    assert client.get(URL, headers=viewer).json()["on"] == "2023-11-14"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"on": "2023-11-31"}, "query/on"),
        ({"on": "13/11/2023"}, "query/on"),
        ({"on": "1699833600"}, "query/on"),
        ({"on": "9999-12-31"}, "query/on"),
        ({"on": ""}, "query/on"),
        ({"document": "passport"}, "query/document"),
        ({"owner": "me"}, "query/owner"),
    ],
)
def test_a_wrong_question_is_named(
    client: TestClient, viewer: dict[str, str], query: dict[str, str], pointer: str
) -> None:
    answer = client.get(URL, params=query, headers=viewer)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_progress_of_any_day_is_no_bug(client: TestClient, viewer: dict[str, str]) -> None:
    for day in ("2000-01-01", "2023-12-31", "2024-01-01", "2100-12-31"):
        assert client.get(URL, params={"on": day}, headers=viewer).status_code == 200


def test_a_document_without_a_target_says_how_to_set_one(client: TestClient, viewer: dict[str, str]) -> None:
    answer = client.get(URL, params={"document": "kia"}, headers=viewer)
    assert answer.status_code == 404
    assert "PUT /v1/districts/16.73/targets/kia" in answer.json()["detail"]


def test_a_province_sees_the_progress_and_another_district_does_not(
    client: TestClient, viewer: dict[str, str], bearer: AsRole, session: Session
) -> None:
    make_district(session, "16")
    make_district(session, "17.71")
    assert client.get(URL, headers=viewer).status_code == 200
    assert client.get(URL, headers=bearer(Role.VIEWER, "16")).status_code == 200
    assert client.get(URL, headers=bearer(Role.PLANNER, "17.71")).status_code == 404
