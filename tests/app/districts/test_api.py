from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.districts.api import code_number, code_of
from tests.app.conftest import AsRole
from tests.factories import make_area, make_district, make_local_day, make_team

BODY: dict[str, Any] = {
    "code": "16.73",
    "name": "Kota Lubuk Linggau",
    "time_zone": "Asia/Jakarta",
    "lat": -3.263,
    "lon": 102.8751,
}
AREA = {"name": "Barat I", "lat": -3.3, "lon": 102.83, "min_activations": 300}


def problem(answer: Any, status: int, pointer: str) -> dict[str, Any]:
    """The one field problem of an answer, checked to be complete."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (refused,) = answer.json()["errors"]
    assert refused["pointer"] == pointer
    assert refused["detail"]
    return dict(refused)


def test_an_administrator_adds_a_district(client: TestClient, bearer: AsRole, session: Session) -> None:
    answer = client.post("/v1/districts", json=BODY, headers=bearer(Role.ADMIN))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == "/v1/districts/16.73"
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["parent_code"] == "16"
    assert answer.json()["working_weekdays"] == "mon-fri"
    assert session.scalars(select(AuditEntry.action)).all() == ["district.create"]


def test_the_same_key_adds_it_once(client: TestClient, bearer: AsRole) -> None:
    headers = bearer(Role.ADMIN) | {"Idempotency-Key": "k1"}
    first = client.post("/v1/districts", json=BODY, headers=headers)
    again = client.post("/v1/districts", json=BODY, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content


def test_a_code_is_taken_once(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    answer = client.post("/v1/districts", json=BODY, headers=bearer(Role.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (409, "DistrictExists")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": "1673"}, "/code"),
        ({"code": "16.73.01"}, "/code"),
        ({"code": "١٦.٧٣"}, "/code"),
        ({"parent_code": "17"}, "/parent_code"),
        ({"time_zone": "Asia/Singapore"}, "/time_zone"),
        ({"time_zone": "WIB"}, "/time_zone"),
        ({"working_weekdays": "mon-frei"}, "/working_weekdays"),
        ({"working_weekdays": "fri-mon"}, "/working_weekdays"),
        ({"lat": 102.8751, "lon": -3.263}, "/lat"),
        ({"lat": 48.2}, "/lat"),
        ({"lon": 151.2}, "/lon"),
        ({"lat": "south"}, "/lat"),
        ({"population": -1}, "/population"),
        ({"population": 10**12}, "/population"),
        ({"name": ""}, "/name"),
        ({"name": "Kota\u0000"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"colour": "blue"}, "/colour"),
        ({"travel": {"kmh": 0}}, "/travel/kmh"),
        ({"costs": {"per_km": -3}}, "/costs/per_km"),
        ({"provenance": {"lat": "guessed"}}, "/provenance/lat"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, bearer: AsRole, changes: dict[str, Any], pointer: str) -> None:
    answer = client.post("/v1/districts", json=BODY | changes, headers=bearer(Role.ADMIN))
    assert problem(answer, 422, pointer)["value"] is not None


@pytest.mark.parametrize("content", [b"{", b"[]", b"", b'{"lat": NaN}', b'{"name": "\\ud800"}', b"\xff\xfe"])
def test_a_body_that_is_no_district_is_a_problem_not_a_bug(client: TestClient, bearer: AsRole, content: bytes) -> None:
    headers = bearer(Role.ADMIN) | {"Content-Type": "application/json"}
    answer = client.post("/v1/districts", content=content, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_swapped_coordinates_are_recognised(client: TestClient, bearer: AsRole) -> None:
    answer = client.post("/v1/districts", json=BODY | {"lat": 102.8, "lon": -3.2}, headers=bearer(Role.ADMIN))
    assert "wapped" in str(problem(answer, 422, "/lat")["mend"])


@pytest.mark.parametrize("role", [Role.PLANNER, Role.VIEWER])
def test_only_an_administrator_adds_districts(client: TestClient, bearer: AsRole, session: Session, role: Role) -> None:
    make_district(session, "17.71")
    assert client.post("/v1/districts", json=BODY, headers=bearer(role, "17.71")).status_code == 403


def test_a_list_shows_what_the_token_opens_page_by_page(client: TestClient, bearer: AsRole, session: Session) -> None:
    for code in ("17.71", "16", "65", "16.73", "16.74"):
        make_district(session, code)
    headers = bearer(Role.ADMIN)
    seen, cursor = [], None
    while True:
        page = client.get(
            "/v1/districts", params={"limit": 2} | ({"cursor": cursor} if cursor else {}), headers=headers
        )
        seen += [item["code"] for item in page.json()["items"]]
        if (cursor := page.json()["next_cursor"]) is None:
            break
    assert seen == ["16", "16.73", "16.74", "17.71", "65"]
    province = client.get("/v1/districts", headers=bearer(Role.VIEWER, "16")).json()["items"]
    assert [item["code"] for item in province] == ["16", "16.73", "16.74"]
    city = client.get("/v1/districts", headers=bearer(Role.PLANNER, "17.71")).json()["items"]
    assert [item["code"] for item in city] == ["17.71"]


@pytest.mark.parametrize("code", ["16", "16.00", "16.73", "16.73.01", "16.73.99", "16.74", "99.99.99"])
def test_a_code_survives_its_cursor(code: str) -> None:
    assert code_of(code_number(code)) == code


def test_cursor_numbers_follow_the_codes() -> None:
    codes = ["16", "16.00", "16.73", "16.73.01", "16.74", "17", "65.01"]
    assert sorted(codes, key=code_number) == codes


@pytest.mark.parametrize("cursor", ["abc", "YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5", "YWZ0ZXI6LTE", "😀"])
def test_a_made_up_cursor_is_no_bug(client: TestClient, bearer: AsRole, session: Session, cursor: str) -> None:
    make_district(session)
    headers = bearer(Role.ADMIN)
    for path in ("", "/16.73/areas", "/16.73/targets", "/16.73/holidays", "/16.73/walk-ins", "/16.73/reported-figures"):
        answer = client.get(f"/v1/districts{path}", params={"cursor": cursor}, headers=headers)
        assert answer.status_code in (200, 422), (path, answer.text)


def test_a_stranger_cannot_tell_what_exists(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    make_district(session, "17.71")
    headers = bearer(Role.PLANNER, "17.71")
    there, nowhere = (client.get(f"/v1/districts/{code}", headers=headers) for code in ("16.73", "16.99"))
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.json()["detail"].replace("16.73", "") == nowhere.json()["detail"].replace("16.99", "")


@pytest.mark.parametrize("code", ["1673", "16.7", "16.73%00", "x", "%D9%A1%D9%A6"])
def test_a_malformed_code_is_named(client: TestClient, bearer: AsRole, code: str) -> None:
    answer = client.get(f"/v1/districts/{code}", headers=bearer(Role.ADMIN))
    assert problem(answer, 422, "path/code")


def test_an_unknown_district_is_not_found(client: TestClient, bearer: AsRole) -> None:
    headers = bearer(Role.ADMIN)
    for path in ("", "/areas", "/targets", "/progress", "/holidays", "/walk-ins", "/reported-figures"):
        assert client.get(f"/v1/districts/99.99{path}", headers=headers).status_code == 404


def test_a_token_is_needed_and_a_broken_one_refused(client: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer jb_admin_nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = client.get("/v1/districts", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_change_touches_the_named_fields_only(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session, provenance={"lat": "public"}, budget=10, cost_per_km=7)
    answer = client.patch(
        "/v1/districts/16.73",
        json={"working_weekdays": "mon-sat", "costs": {"budget": None}, "provenance": {"lon": "given"}},
        headers=bearer(Role.PLANNER, "16.73") | {"If-Match": '"1"'},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    district = answer.json()
    assert district["working_weekdays"] == "mon-sat"
    assert district["costs"] == {"per_km": 7, "per_team_day": 0, "budget": None}
    assert district["provenance"] == {"lat": "public", "lon": "given"}
    assert district["name"] == "Kota Lubuk Linggau"


def test_a_change_needs_the_version_it_is_based_on(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    assert client.patch("/v1/districts/16.73", json={"name": "A"}, headers=headers).status_code == 428
    for wrong in ('"9"', "nonsense", 'W/"1"'):
        answer = client.patch("/v1/districts/16.73", json={"name": "A"}, headers=headers | {"If-Match": wrong})
        assert answer.status_code == 412, wrong


def test_a_change_is_checked_like_a_new_district(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | {"If-Match": "*"}
    problem(client.patch("/v1/districts/16.73", json={"lat": 60.0}, headers=headers), 422, "/lat")
    problem(client.patch("/v1/districts/16.73", json={"name": None}, headers=headers), 422, "/name")
    problem(client.patch("/v1/districts/16.73", json={"code": "16.74"}, headers=headers), 422, "/code")


def test_a_province_reads_its_district_and_may_not_change_it(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session, "16")
    make_district(session)
    headers = bearer(Role.PLANNER, "16")
    assert client.get("/v1/districts/16.73", headers=headers).status_code == 200
    assert client.get("/v1/districts/16.73/areas", headers=headers).status_code == 200
    changed = client.patch("/v1/districts/16.73", json={"name": "A"}, headers=headers | {"If-Match": "*"})
    assert changed.status_code == 403


def test_a_viewer_may_not_change_a_district(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.VIEWER, "16.73") | {"If-Match": "*"}
    assert client.patch("/v1/districts/16.73", json={"name": "A"}, headers=headers).status_code == 403
    assert client.put("/v1/districts/16.73/areas/16.73.01", json=AREA, headers=headers).status_code == 403


def test_a_coordinator_reads_calendar_and_areas_but_no_targets(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session)
    headers = bearer(Role.COORDINATOR, "16.73", make_team(session).id)
    assert client.get("/v1/districts/16.73/areas", headers=headers).status_code == 200
    assert client.get("/v1/districts/16.73/targets", headers=headers).status_code == 403
    assert client.get("/v1/districts/16.73/progress", headers=headers).status_code == 403


def test_an_area_is_set_with_its_floor_and_then_by_version(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    path = "/v1/districts/16.73/areas/16.73.02"
    created = client.put(path, json=AREA, headers=headers)
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    assert client.put(path, json=AREA, headers=headers).status_code == 428
    changed = client.put(path, json=AREA | {"min_activations": 0}, headers=headers | {"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert client.get(path, headers=headers).json()["min_activations"] == 0


def test_areas_are_listed_page_by_page(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    make_area(session, "16.73.02")
    headers = bearer(Role.VIEWER, "16.73")
    first = client.get("/v1/districts/16.73/areas", params={"limit": 1}, headers=headers).json()
    assert [item["code"] for item in first["items"]] == ["16.73.01"]
    cursor = first["next_cursor"]
    second = client.get("/v1/districts/16.73/areas", params={"limit": 1, "cursor": cursor}, headers=headers).json()
    assert ([item["code"] for item in second["items"]], second["next_cursor"]) == (["16.73.02"], None)


def test_an_area_of_elsewhere_or_nowhere_is_refused(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    url = "/v1/districts/16.73/areas/"
    problem(client.put(url + "17.71.01", json=AREA, headers=headers), 422, "path/area_code")
    problem(client.put(url + "barat", json=AREA, headers=headers), 422, "path/area_code")
    problem(client.put(url + "16.73.05", json=AREA | {"lon": 10.0}, headers=headers), 422, "/lon")
    problem(client.put(url + "16.73.05", json=AREA | {"min_activations": -5}, headers=headers), 422, "/min_activations")
    assert client.get(url + "16.73.05", headers=headers).status_code == 404


def test_an_area_of_a_district_inside_a_province_is_not_taken_over(
    client: TestClient, bearer: AsRole, session: Session
) -> None:
    make_district(session, "65")
    make_district(session, "65.01")
    answer = client.put("/v1/districts/65/areas/65.01.01", json=AREA, headers=bearer(Role.PLANNER, "65"))
    assert answer.status_code == 409


def test_the_calendar_names_every_day_off(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    make_local_day(session, date(2023, 12, 20), is_working=False)
    answer = client.get(
        "/v1/districts/16.73/calendar",
        params={"from": "2023-12-18", "to": "2023-12-31"},
        headers=bearer(Role.VIEWER, "16.73"),
    ).json()
    assert (answer["from"], answer["to"], answer["time_zone"]) == ("2023-12-18", "2023-12-31", "Asia/Jakarta")
    assert answer["working_days"] == len(answer["working_dates"]) == 7
    assert [(day["date"], day["kind"]) for day in answer["days_off"]] == [
        ("2023-12-20", "local"),
        ("2023-12-23", "weekend"),
        ("2023-12-24", "weekend"),
        ("2023-12-25", "national_holiday"),
        ("2023-12-26", "joint_leave"),
        ("2023-12-30", "weekend"),
        ("2023-12-31", "weekend"),
    ]


@pytest.mark.parametrize(
    ("period", "pointer"),
    [
        ({"from": "2023-12-31", "to": "2023-12-01"}, "query/to"),
        ({"from": "2023-01-01", "to": "2033-12-01"}, "query/to"),
        ({"from": "1023-01-01", "to": "2023-12-01"}, "query/from"),
        ({"from": "2023-13-01", "to": "2023-12-01"}, "query/from"),
        ({"from": "1700000000", "to": "2023-12-01"}, "query/from"),
        ({"to": "2023-12-01"}, "query/from"),
    ],
)
def test_a_period_that_is_none_is_refused(
    client: TestClient, bearer: AsRole, session: Session, period: dict[str, str], pointer: str
) -> None:
    make_district(session)
    answer = client.get("/v1/districts/16.73/calendar", params=period, headers=bearer(Role.VIEWER, "16.73"))
    problem(answer, 422, pointer)


def test_a_local_holiday_comes_and_goes(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    path = "/v1/districts/16.73/holidays/2023-11-15"
    body = {"is_working": False, "name": "Pilkades serentak"}
    assert client.put(path, json=body, headers=headers).status_code == 201
    assert client.put(path, json=body, headers=headers).status_code == 428
    changed = client.put(path, json=body | {"name": "Pilkades"}, headers=headers | {"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    listed = client.get("/v1/districts/16.73/holidays", headers=headers).json()["items"]
    assert [item["name"] for item in listed] == ["Pilkades"]
    assert client.get(path, headers=headers).headers["etag"] == '"2"'
    assert client.delete(path, headers=headers).status_code == 428
    assert client.delete(path, headers=headers | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(path, headers=headers | {"If-Match": '"2"'}).status_code == 204
    assert client.delete(path, headers=headers | {"If-Match": "*"}).status_code == 404
    assert client.get("/v1/districts/16.73/holidays", headers=headers).json()["items"] == []


def test_local_holidays_are_listed_page_by_page(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    for day in (20, 15):
        make_local_day(session, date(2023, 11, day), is_working=False)
    headers = bearer(Role.VIEWER, "16.73")
    first = client.get("/v1/districts/16.73/holidays", params={"limit": 1}, headers=headers).json()
    assert [item["date"] for item in first["items"]] == ["2023-11-15"]
    second = client.get(
        "/v1/districts/16.73/holidays", params={"limit": 1, "cursor": first["next_cursor"]}, headers=headers
    ).json()
    assert ([item["date"] for item in second["items"]], second["next_cursor"]) == (["2023-11-20"], None)


def test_a_holiday_on_no_date_is_refused(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    body = {"is_working": False, "name": "Libur"}
    for day in ("2023-02-30", "yesterday", "1", "1899-01-01"):
        answer = client.put(f"/v1/districts/16.73/holidays/{day}", json=body, headers=bearer(Role.PLANNER, "16.73"))
        problem(answer, 422, "path/day")
