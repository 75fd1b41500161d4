from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.factories import make_district, make_figure, make_target, make_walk_ins

URL = "/v1/districts/16.73"
TARGET: dict[str, Any] = {
    "target_percent": 25,
    "eligible_people": 168_015,
    "eligible_base": "wajib_ktp",
    "activated": 4_015,
    "as_of": "2023-11-13",
    "deadline": "2023-12-31",
    "source": "Linggau Pos, 13 November 2023",
    "provenance": {"activated": "given"},
}


@pytest.fixture
def planner(bearer: AsRole, session: Session) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def codes(target: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in target["warnings"]]


def test_a_target_is_set_with_what_follows_from_it(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.put(f"{URL}/targets/ikd", json=TARGET, headers=planner)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    target = answer.json()
    assert (target["target_count"], target["gap"], target["owner"]) == (42_004, 37_989, "district")
    assert answer.content.count(b'"target_percent":25,') == 1
    assert target["warnings"] == []
    read = client.get(f"{URL}/targets/ikd", headers=planner)
    assert (read.json(), read.headers["etag"]) == (target, '"1"')


def test_a_broken_percentage_keeps_its_decimals(client: TestClient, planner: dict[str, str]) -> None:
    body = TARGET | {"target_percent": 99.375}
    assert client.put(f"{URL}/targets/ktp_el", json=body, headers=planner).json()["target_percent"] == 99.375


def test_a_count_alone_is_accepted_and_its_missing_base_told(client: TestClient, planner: dict[str, str]) -> None:
    body = {"target_count": 42_000, "activated": 4_015, "as_of": "2023-11-13", "deadline": "2023-12-31"}
    answer = client.put(f"{URL}/targets/ikd", json=body, headers=planner)
    assert answer.status_code == 201
    assert codes(answer.json()) == ["base_missing", "source_missing"]


def test_a_second_owner_is_accepted_and_told(client: TestClient, planner: dict[str, str]) -> None:
    client.put(f"{URL}/targets/ikd", json=TARGET, headers=planner)
    body = TARGET | {"owner": "ministry", "target_percent": 20}
    answer = client.put(f"{URL}/targets/ikd", json=body, headers=planner)
    assert answer.status_code == 201
    assert "targets_contradict" in codes(answer.json())
    listed = client.get(f"{URL}/targets", headers=planner).json()["items"]
    assert [(item["owner"], item["target_percent"]) for item in listed] == [("district", 25), ("ministry", 20)]
    assert client.get(f"{URL}/targets/ikd", params={"owner": "ministry"}, headers=planner).json()["gap"] == 29_588
    assert client.get(f"{URL}/targets/ikd", params={"owner": "province"}, headers=planner).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"eligible_people": None}, "/eligible_people"),
        ({"target_percent": None}, "/target_percent"),
        ({"target_count": 42_000}, "/target_count"),
        ({"activated": 168_016}, "/activated"),
        ({"activated": -5}, "/activated"),
        ({"deadline": "2023-11-12"}, "/deadline"),
        ({"deadline": "2023-12-32"}, "/deadline"),
        ({"deadline": "end of 2023"}, "/deadline"),
        ({"deadline": 1_700_000_000}, "/deadline"),
        ({"as_of": "0223-11-13"}, "/as_of"),
        ({"target_percent": 0}, "/target_percent"),
        ({"target_percent": 101}, "/target_percent"),
        ({"target_percent": 25.00001}, "/target_percent"),
        ({"eligible_people": 10**10}, "/eligible_people"),
        ({"eligible_base": "voters"}, "/eligible_base"),
        ({"owner": "me"}, "/owner"),
        ({"source": "a\u0000b"}, "/source"),
        ({"provenance": {"activated": "rumour"}}, "/provenance/activated"),
        ({"tagret_percent": 3}, "/tagret_percent"),
    ],
)
def test_an_impossible_target_is_refused_and_nothing_is_stored(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str
) -> None:
    answer = client.put(f"{URL}/targets/ikd", json=TARGET | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]
    assert client.get(f"{URL}/targets/ikd", headers=planner).status_code == 404


def test_contradicting_percent_and_count_name_the_mend(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.put(f"{URL}/targets/ikd", json=TARGET | {"target_count": 42_000}, headers=planner)
    (problem,) = answer.json()["errors"]
    assert problem["value"] == 42_000
    assert "25 % of 168015 people is 42004, not 42000" in problem["detail"]
    assert problem["mend"].startswith("Send 42004")


def test_an_unknown_document_is_named(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.put(f"{URL}/targets/passport", json=TARGET, headers=planner)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "path/document")


def test_a_target_changes_by_version_and_goes_by_version(client: TestClient, planner: dict[str, str]) -> None:
    url = f"{URL}/targets/ikd"
    client.put(url, json=TARGET, headers=planner)
    assert client.put(url, json=TARGET, headers=planner).status_code == 428
    changed = client.put(url, json=TARGET | {"activated": 4_100}, headers=planner | {"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["gap"]) == (200, '"2"', 37_904)
    assert client.put(url, json=TARGET, headers=planner | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(url, headers=planner).status_code == 428
    assert client.delete(url, headers=planner | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(url, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.delete(url, headers=planner | {"If-Match": "*"}).status_code == 404


def test_a_province_and_a_viewer_read_targets_and_set_none(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session, "16")
    make_district(session)
    make_target(session)
    for headers in (bearer(Role.PLANNER, "16"), bearer(Role.VIEWER, "16.73")):
        assert client.get(f"{URL}/targets/ikd", headers=headers).status_code == 200
        put = client.put(f"{URL}/targets/ikd", json=TARGET, headers=headers | {"If-Match": "*"})
        assert put.status_code == 403


def test_a_foreign_district_is_not_there(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    make_district(session, "17.71")
    target = make_target(session)
    figure = make_figure(session, "percent", "2")
    make_walk_ins(session, date(2023, 11, 1), 10)
    headers = bearer(Role.PLANNER, "17.71") | {"If-Match": "*"}
    assert client.get(f"{URL}/targets", headers=headers).status_code == 404
    assert client.put(f"{URL}/targets/ikd", json=TARGET, headers=headers).status_code == 404
    assert client.delete(f"{URL}/targets/ikd", headers=headers).status_code == 404
    assert client.delete(f"{URL}/walk-ins/ikd/2023-11-01", headers=headers).status_code == 404
    own = f"/v1/districts/17.71/reported-figures/{figure.id}"
    assert client.delete(own, headers=headers).status_code == 404
    assert target.activated == 4_015


def test_figures_are_noted_as_printed_and_show_at_once(client: TestClient, planner: dict[str, str]) -> None:
    client.put(f"{URL}/targets/ikd", json=TARGET, headers=planner)
    body = {"figure": "target_count", "value": 42000, "reported_on": "2023-11-13", "source": "koran"}
    created = client.post(f"{URL}/reported-figures", json=body, headers=planner | {"Idempotency-Key": "f1"})
    again = client.post(f"{URL}/reported-figures", json=body, headers=planner | {"Idempotency-Key": "f1"})
    assert (created.status_code, created.json()["value"]) == (201, "42000")
    assert again.json() == created.json()
    listed = client.get(f"{URL}/reported-figures", params={"document": "ikd"}, headers=planner).json()["items"]
    assert len(listed) == 1
    assert codes(client.get(f"{URL}/targets/ikd", headers=planner).json()) == ["target_rounded"]
    path = f"{URL}/reported-figures/{created.json()['id']}"
    assert client.delete(path, headers=planner).status_code == 204
    assert client.delete(path, headers=planner).status_code == 404


@pytest.mark.parametrize(
    ("figure", "value", "pointer"),
    [
        ("activated", "4.015", "/value"),
        ("activated", "-3", "/value"),
        ("activated", "many", "/value"),
        ("activated", "９", "/value"),
        ("eligible_people", "9" * 15, "/value"),
        ("percent", "2,75", "/value"),
        ("percent", "NaN", "/value"),
        ("percent", "1e2", "/value"),
        ("percent", "-1", "/value"),
        ("percent", "sNaN", "/value"),
        ("deadline", "31/12/2023", "/value"),
        ("deadline", "20231231", "/value"),
        ("activated", True, "/value"),
        ("activated", [1], "/value"),
        ("guess", "1", "/figure"),
    ],
)
def test_a_figure_that_is_none_is_refused(
    client: TestClient, planner: dict[str, str], figure: str, value: object, pointer: str
) -> None:
    answer = client.post(f"{URL}/reported-figures", json={"figure": figure, "value": value}, headers=planner)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_figure_id_beyond_the_database_is_no_bug(client: TestClient, planner: dict[str, str]) -> None:
    assert client.delete(f"{URL}/reported-figures/{10**20}", headers=planner).status_code == 422


def test_walk_in_rates_are_dated(client: TestClient, planner: dict[str, str]) -> None:
    path = f"{URL}/walk-ins/ikd/2023-11-14"
    created = client.put(path, json={"per_working_day": 60, "note": "IKD dulu"}, headers=planner)
    assert (created.status_code, created.json()["provenance"]) == (201, "assumed")
    assert client.put(path, json={"per_working_day": 50}, headers=planner).status_code == 428
    changed = client.put(path, json={"per_working_day": 50}, headers=planner | {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["note"]) == (200, None)
    assert client.put(f"{URL}/walk-ins/kia/2023-11-14", json={"per_working_day": 1}, headers=planner).status_code == 201
    listed = client.get(f"{URL}/walk-ins", params={"document": "ikd"}, headers=planner).json()["items"]
    assert [(item["starts_on"], item["per_working_day"]) for item in listed] == [("2023-11-14", 50)]
    assert client.get(path, headers=planner).headers["etag"] == '"2"'
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


@pytest.mark.parametrize(
    ("day", "rate", "pointer"),
    [
        ("2023-11-31", 60, "path/starts_on"),
        ("2023-11-14", -1, "/per_working_day"),
        ("2023-11-14", 10**9, "/per_working_day"),
    ],
)
def test_an_impossible_rate_is_refused(
    client: TestClient, planner: dict[str, str], day: str, rate: int, pointer: str
) -> None:
    answer = client.put(f"{URL}/walk-ins/ikd/{day}", json={"per_working_day": rate}, headers=planner)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_lists_are_paged(client: TestClient, planner: dict[str, str], session: Session) -> None:
    for day in (1, 8, 15):
        make_walk_ins(session, date(2023, 11, day), day)
        make_figure(session, "activated", str(day))
    make_target(session)
    make_target(session, owner="ministry")
    for path, size in (("walk-ins", 3), ("reported-figures", 3), ("targets", 2)):
        seen: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = client.get(f"{URL}/{path}", params={"limit": "1"} | cursor, headers=planner).json()
            assert len(page["items"]) == 1
            seen += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert len(seen) == size
        assert all(earlier != later for earlier, later in pairwise(seen))
