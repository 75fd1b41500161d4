"""What was counted at the counters, day by day, and the counts of a target through time, over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.app.districts.targets.test_api import TARGET
from tests.factories import make_district

URL = "/v1/districts/16.73"
COUNTS = f"{URL}/walk-ins/ikd/counts"


@pytest.fixture
def planner(bearer: AsRole, session: Session) -> dict[str, str]:
    """It is Monday, 13 November 2023."""
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_counted_day_is_set_changed_by_version_and_forgotten(client: TestClient, planner: dict[str, str]) -> None:
    path = f"{COUNTS}/2023-11-10"
    first = client.put(path, json={"activated": 57}, headers=planner)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert client.put(path, json={"activated": 58}, headers=planner).status_code == 428
    again = client.put(path, json={"activated": 58, "note": "loket MPP"}, headers=planner | {"If-Match": '"1"'})
    assert (again.status_code, again.json()["activated"]) == (200, 58)
    assert client.get(path, headers=planner).json() == again.json()
    assert client.delete(path, headers=planner | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


@pytest.mark.parametrize(
    ("day", "body", "pointer"),
    [
        ("2023-11-14", {"activated": 5}, "path/day"),
        ("2023-11-10", {"activated": -1}, "/activated"),
        ("2023-11-10", {"activated": "57"}, "/activated"),
        ("2023-11-10", {}, "/activated"),
        ("yesterday", {"activated": 5}, "path/day"),
    ],
)
def test_count_that_cannot_be_is_refused(
    client: TestClient, planner: dict[str, str], day: str, body: dict[str, Any], pointer: str
) -> None:
    answer = client.put(f"{COUNTS}/{day}", json=body, headers=planner)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_counted_days_are_listed_in_their_order_page_by_page(client: TestClient, planner: dict[str, str]) -> None:
    for day in ("10", "08", "09"):
        client.put(f"{COUNTS}/2023-11-{day}", json={"activated": int(day)}, headers=planner)
    first = client.get(COUNTS, params={"limit": 2}, headers=planner).json()
    assert [count["activated"] for count in first["items"]] == [8, 9]
    second = client.get(COUNTS, params={"limit": 2, "cursor": first["next_cursor"]}, headers=planner).json()
    assert ([count["activated"] for count in second["items"]], second["next_cursor"]) == ([10], None)


def test_viewer_reads_counted_days_and_sets_none(client: TestClient, planner: dict[str, str], bearer: AsRole) -> None:
    client.put(f"{COUNTS}/2023-11-10", json={"activated": 57}, headers=planner)
    viewer = bearer(Role.VIEWER, "16.73")
    assert client.get(COUNTS, headers=viewer).json()["items"][0]["activated"] == 57
    assert client.put(f"{COUNTS}/2023-11-09", json={"activated": 5}, headers=viewer).status_code == 403


def test_every_count_of_a_target_is_kept_by_its_day(client: TestClient, planner: dict[str, str]) -> None:
    path = f"{URL}/targets/ikd"
    client.put(path, json=TARGET, headers=planner)
    for number, (day, activated) in enumerate((("2023-11-20", 4_100), ("2023-11-20", 4_120), ("2023-12-01", 4_500)), 1):
        changed = TARGET | {"activated": activated, "as_of": day}
        assert client.put(path, json=changed, headers=planner | {"If-Match": f'"{number}"'}).status_code == 200
    counts = client.get(f"{path}/counts", headers=planner).json()
    assert [(count["as_of"], count["activated"]) for count in counts] == [
        ("2023-11-13", 4_015),
        ("2023-11-20", 4_120),
        ("2023-12-01", 4_500),
    ]
    client.delete(path, headers=planner | {"If-Match": '"4"'})
    client.put(path, json=TARGET, headers=planner)
    assert len(client.get(f"{path}/counts", headers=planner).json()) == 1
