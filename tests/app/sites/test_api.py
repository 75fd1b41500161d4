from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from tests.app.conftest import AsRole
from tests.factories import make_area, make_district, make_schedule, make_site, make_team, make_visit

BODY: dict[str, Any] = {
    "code": "10604402",
    "name": "SMA Negeri 2 Lubuklinggau",
    "kind": "school",
    "area_code": "16.73.01",
    "lat": -3.2759,
    "lon": 102.9119,
    "headcount": 420,
    "connectivity": 3,
}
SITES = "/v1/districts/16.73/sites"


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_new_site_is_answered_with_its_kinds_defaults(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(SITES, json=BODY, headers=planner)
    assert answer.status_code == 201, answer.text
    site = answer.json()
    assert answer.headers["location"] == f"/v1/sites/{site['id']}"
    assert answer.headers["etag"] == '"1"'
    assert site["phone_ready_share"] is None
    # 420 x 0.80 x 0.80 x 0.90 = 241.92
    assert site["effective"]["people"] == 241
    assert site["effective"]["turn_out_share"] == {"value": 0.8, "source": "kind_default", "provenance": "assumed"}
    assert site["effective"]["windows"]["value"] == [
        {"weekdays": "mon-thu", "opens": "07:30", "closes": "14:00"},
        {"weekdays": "fri", "opens": "07:30", "closes": "11:00"},
    ]


def test_own_figures_go_before_the_kinds(client: TestClient, planner: dict[str, str]) -> None:
    own = {
        "turn_out_share": 0.5,
        "setup_minutes": 0,
        "windows": [{"weekdays": "mon,sat", "opens": "08:00", "closes": "24:00"}],
        "exceptions": [{"date": "2023-11-20"}, {"date": "2023-11-21", "opens": "08:00", "closes": "10:00"}],
        "provenance": {"turn_out_share": "measured"},
    }
    site = client.post(SITES, json=BODY | own, headers=planner).json()
    assert site["effective"]["turn_out_share"] == {"value": 0.5, "source": "site", "provenance": "measured"}
    assert site["effective"]["setup_minutes"] == {"value": 0, "source": "site", "provenance": None}
    assert site["effective"]["windows"]["source"] == "site"
    assert site["windows"] == own["windows"]
    assert site["exceptions"] == [
        {"date": "2023-11-20", "opens": None, "closes": None},
        {"date": "2023-11-21", "opens": "08:00", "closes": "10:00"},
    ]


@pytest.mark.parametrize(
    ("changes", "pointer", "mend"),
    [
        ({"headcount": -5}, "/headcount", "0 to 500000"),
        ({"headcount": 10_000_000}, "/headcount", "0 to 500000"),
        ({"headcount": 10**30}, "/headcount", "0 to 500000"),
        ({"already_activated": 421}, "/already_activated", "activated twice"),
        ({"turn_out_share": 1.5}, "/turn_out_share", "share from 0 to 1"),
        ({"turn_out_share": 0.12345}, "/turn_out_share", "0.1234"),
        ({"connectivity": 5}, "/connectivity", "0 to 4"),
        ({"max_visit_dates": 0}, "/max_visit_dates", "1 to 366"),
        ({"area_code": "16.73.99"}, "/area_code", "16.73.01"),
        ({"area_code": "32.01.01"}, "/area_code", "16.73.01"),
        ({"lat": 102.9119, "lon": -3.2759}, "/lat", "swapped"),
        ({"lat": 51.5, "lon": -0.1}, "/lat", "Latitude is"),
        ({"lat": -6.2, "lon": 106.8}, "/lat", "another district"),
        ({"lat": 3.2759}, "/lat", "minus"),
        ({"readiness": "asked", "readiness_until": "2023-11-20"}, "/readiness_until", "Leave it empty"),
        (
            {"readiness": "agreed", "readiness_from": "2023-11-21", "readiness_until": "2023-11-20"},
            "/readiness_until",
            "not before the first",
        ),
        ({"windows": [{"weekdays": "mon", "opens": "12:00", "closes": "08:00"}]}, "/windows", "earlier time first"),
        ({"exceptions": [{"date": "2023-11-20"}, {"date": "2023-11-20"}]}, "/exceptions", "closed"),
        ({"name": "Ca\x85f"}, "/name", "Retype"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_mend(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str, mend: str
) -> None:
    answer = client.post(SITES, json=BODY | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert mend in problem["mend"]
    assert problem["value"] is not None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "shop"}, "/kind"),
        ({"headcount": "many"}, "/headcount"),
        ({"name": " "}, "/name"),
        ({"name": "nul\x00"}, "/name"),
        ({"lat": None}, "/lat"),
        ({"colour": "red"}, "/colour"),
        ({"windows": [{"weekdays": "hari", "opens": "08:00", "closes": "09:00"}]}, "/windows/0/weekdays"),
        ({"windows": [{"weekdays": "mon", "opens": "8", "closes": "09:00"}]}, "/windows/0/opens"),
        ({"exceptions": [{"date": "2023-11-20", "opens": "08:00"}]}, "/exceptions"),
        ({"provenance": {"headcount": "guessed"}}, "/provenance/headcount"),
        ({"connectivity_measured_on": 5}, "/connectivity_measured_on"),
    ],
)
def test_a_malformed_body_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str
) -> None:
    answer = client.post(SITES, json=BODY | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]


def test_a_code_is_taken_once_in_a_district(client: TestClient, planner: dict[str, str]) -> None:
    assert client.post(SITES, json=BODY, headers=planner).status_code == 201
    answer = client.post(SITES, json=BODY, headers=planner)
    assert (answer.status_code, answer.json()["code"]) == (409, "SiteCodeTaken")


def test_the_same_key_adds_a_site_once(client: TestClient, planner: dict[str, str]) -> None:
    headers = planner | {"Idempotency-Key": "k1"}
    first, again = (client.post(SITES, json=BODY, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert len(client.get(SITES, headers=planner).json()["items"]) == 1


def test_sites_are_listed_in_pages(client: TestClient, planner: dict[str, str], session: Session) -> None:
    codes = [make_site(session).code for _ in range(3)]
    first = client.get(SITES, params={"limit": 2}, headers=planner).json()
    second = client.get(SITES, params={"limit": 2, "cursor": first["next_cursor"]}, headers=planner).json()
    assert [site["code"] for site in first["items"] + second["items"]] == codes
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"kind": "school"}, ["A"]),
        ({"kind": ["school", "clinic"]}, ["A", "B"]),
        ({"area": "16.73.02"}, ["B"]),
        ({"readiness": "done"}, ["C"]),
        ({"text": "TABA"}, ["B"]),
        ({"text": "%"}, []),
        ({"text": "_"}, []),
        ({"kind": "school", "readiness": "done"}, []),
    ],
)
def test_sites_are_filtered(
    client: TestClient, planner: dict[str, str], session: Session, query: dict[str, Any], codes: list[str]
) -> None:
    make_area(session, "16.73.02")
    make_site(session, code="A", kind="school")
    make_site(session, code="B", kind="clinic", name="Puskesmas Taba", area_code="16.73.02")
    make_site(session, code="C", readiness="done")
    listed = client.get(SITES, params=query, headers=planner).json()["items"]
    assert [site["code"] for site in listed] == codes


@pytest.mark.parametrize("query", [{"kind": "shop"}, {"area": "x"}, {"text": "\x00"}, {"cursor": "??"}, {"limit": 0}])
def test_a_wrong_filter_is_refused(client: TestClient, planner: dict[str, str], query: dict[str, Any]) -> None:
    assert client.get(SITES, params=query, headers=planner).status_code == 422


def test_a_change_takes_the_version_it_is_based_on(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    site = make_site(session)
    path, changes = f"/v1/sites/{site.id}", {"headcount": 150}
    assert client.patch(path, json=changes, headers=planner).status_code == 428
    assert client.patch(path, json=changes, headers=planner | {"If-Match": '"9"'}).status_code == 412
    answer = client.patch(path, json=changes, headers=planner | {"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert client.get(path, headers=planner).headers["etag"] == '"2"'
    assert session.scalars(select(AuditEntry.details).where(AuditEntry.action == "site.update")).all() == [
        {"fields": ["headcount"]}
    ]


def test_new_hours_alone_make_a_new_version(client: TestClient, planner: dict[str, str], session: Session) -> None:
    site = make_site(session)
    changes = {"windows": [{"weekdays": "sat", "opens": "08:00", "closes": "12:00"}]}
    answer = client.patch(f"/v1/sites/{site.id}", json=changes, headers=planner | {"If-Match": '"1"'})
    assert answer.headers["etag"] == '"2"'
    assert answer.json()["windows"] == changes["windows"]


def test_a_change_that_changes_nothing_keeps_the_version(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    site = make_site(session)
    answer = client.patch(f"/v1/sites/{site.id}", json={"headcount": 120}, headers=planner | {"If-Match": "*"})
    assert answer.headers["etag"] == '"1"'


def test_null_brings_back_the_kinds_default(client: TestClient, planner: dict[str, str], session: Session) -> None:
    site = make_site(session, turn_out_share=0.5)
    changes = {"turn_out_share": None, "windows": None, "must_visit": None}
    answer = client.patch(f"/v1/sites/{site.id}", json=changes, headers=planner | {"If-Match": '"1"'}).json()
    assert answer["effective"]["turn_out_share"]["source"] == "kind_default"
    assert answer["windows"] == []
    assert answer["must_visit"] is False


def test_a_required_field_cannot_be_emptied(client: TestClient, planner: dict[str, str], session: Session) -> None:
    site = make_site(session)
    answer = client.patch(f"/v1/sites/{site.id}", json={"headcount": None}, headers=planner | {"If-Match": '"1"'})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/headcount"


def test_a_new_readiness_forgets_the_dates_of_the_old(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    site = make_site(session)
    agreed = {"readiness": "agreed", "readiness_from": "2023-11-20", "readiness_until": "2023-11-24"}
    path = f"/v1/sites/{site.id}"
    assert client.patch(path, json=agreed, headers=planner | {"If-Match": "*"}).status_code == 200
    answer = client.patch(path, json={"readiness": "done"}, headers=planner | {"If-Match": "*"}).json()
    assert (answer["readiness"], answer["readiness_from"], answer["readiness_until"]) == ("done", None, None)


def test_a_finished_site_is_not_agreed_again_at_once(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    site = make_site(session, readiness="done")
    answer = client.patch(f"/v1/sites/{site.id}", json={"readiness": "agreed"}, headers=planner | {"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "ReadinessStep")
    assert "asked" in answer.json()["detail"]


def test_a_site_is_deleted(client: TestClient, planner: dict[str, str], session: Session) -> None:
    path = f"/v1/sites/{make_site(session).id}"
    assert client.delete(path, headers=planner).status_code == 428
    assert client.delete(path, headers=planner | {"If-Match": '"1"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


def test_a_site_with_a_visit_stays_and_the_mend_is_named(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    site, team = make_site(session), make_team(session)
    make_visit(session, make_schedule(session), team, site)
    answer = client.delete(f"/v1/sites/{site.id}", headers=planner | {"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "SitePlanned")
    assert "readiness" in answer.json()["detail"]
    assert client.get(f"/v1/sites/{site.id}", headers=planner).status_code == 200


def test_a_stranger_cannot_tell_that_a_site_exists(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    make_district(session, "17.71")
    site = make_site(session)
    stranger = bearer(Role.PLANNER, "17.71")
    unknown = client.get("/v1/sites/2000000000", headers=stranger)
    foreign = client.get(f"/v1/sites/{site.id}", headers=stranger)
    assert (unknown.status_code, foreign.status_code) == (404, 404)
    for method, path in (("PATCH", f"/v1/sites/{site.id}"), ("DELETE", f"/v1/sites/{site.id}"), ("GET", SITES)):
        answer = client.request(method, path, json={} if method == "PATCH" else None, headers=stranger)
        assert answer.status_code == 404, path


def test_a_province_reads_sites_without_contacts_and_changes_nothing(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session, "16")
    make_district(session)
    site = make_site(session, contact_name="Sekretaris", contact_phone="0812")
    province = bearer(Role.PLANNER, "16")
    shown = client.get(f"/v1/sites/{site.id}", headers=province).json()
    assert (shown["contact_name"], shown["contact_phone"]) == (None, None)
    assert b"Sekretaris" not in client.get(SITES, headers=province).content
    assert b"contact" not in client.get(f"{SITES}/export", headers=province).content
    assert b"Sekretaris" in client.get(SITES, headers=bearer(Role.VIEWER, "16.73")).content
    assert client.patch(f"/v1/sites/{site.id}", json={}, headers=province | {"If-Match": "*"}).status_code == 403
    assert client.post(SITES, json=BODY, headers=province).status_code == 403


def test_roles_that_may_not_change_sites_are_refused(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team = make_team(session)
    assert client.post(SITES, json=BODY, headers=bearer(Role.VIEWER, "16.73")).status_code == 403
    assert client.get(SITES, headers=bearer(Role.COORDINATOR, "16.73", team.id)).status_code == 403
    assert client.get(SITES).status_code == 401


def test_the_kinds_show_what_is_assumed(client: TestClient, planner: dict[str, str]) -> None:
    kinds = {kind["kind"]: kind for kind in client.get("/v1/site-kinds", headers=planner).json()["items"]}
    assert len(kinds) == 8
    assert kinds["village"]["turn_out_share"] == 0.12
    assert kinds["home"]["windows"] == [{"weekdays": "mon-sat", "opens": "08:00", "closes": "16:00"}]
    assert {kind["provenance"] for kind in kinds.values()} == {"assumed"}


@pytest.mark.parametrize("path", ["/v1/sites/0", "/v1/sites/99999999999999999999", "/v1/sites/x"])
def test_an_impossible_id_is_refused(client: TestClient, planner: dict[str, str], path: str) -> None:
    assert client.get(path, headers=planner).status_code == 422


def test_an_unknown_district_is_not_found(client: TestClient, bearer: AsRole) -> None:
    admin = bearer(Role.ADMIN)
    assert client.get("/v1/districts/99.99/sites", headers=admin).status_code == 404
    assert client.post("/v1/districts/99.99/sites", json=BODY, headers=admin).status_code == 404
