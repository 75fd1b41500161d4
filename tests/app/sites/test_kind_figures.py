"""What sites of a kind are like in a district: a site's own figures, else the district's, else what is assumed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.sites.candidates import candidates
from app.sites.kinds import KIND_DEFAULTS, KIND_FIGURES, kind_defaults
from app.sites.models import OwnKindFigures, SiteKind
from app.sites.preparations import TERMS
from tests.app.conftest import AsRole
from tests.factories import make_district, make_kind_figures, make_site

URL = "/v1/districts/16.73/site-kinds"
SCHOOL = f"{URL}/school"
MONDAY = date(2023, 11, 20)
BODY: dict[str, Any] = {
    "turn_out_share": 0.62,
    "max_teams": 4,
    "windows": [{"weekdays": "mon-fri", "opens": "07:00", "closes": "12:00"}],
    "provenance": {"turn_out_share": "measured"},
    "source": "Rekap 14 kunjungan sekolah",
}


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_every_kind_is_as_assumed_until_the_district_says_otherwise(
    client: TestClient, planner: dict[str, str]
) -> None:
    listed = client.get(URL, headers=planner).json()["items"]
    assumed = client.get("/v1/site-kinds", headers=planner).json()["items"]
    assert [row["kind"] for row in listed] == [row["kind"] for row in assumed]
    for mine, theirs in zip(listed, assumed, strict=True):
        assert mine["version"] == 0
        assert {name: mine[name]["value"] for name in KIND_FIGURES} == {name: theirs[name] for name in KIND_FIGURES}
        assert {mine[name]["source"] for name in KIND_FIGURES} == {"kind_default"}


def test_a_districts_figures_are_set_by_version_and_taken_back(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    first = client.put(SCHOOL, json=BODY, headers=planner)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    figures = first.json()
    assert figures["turn_out_share"] == {"value": 0.62, "source": "district", "provenance": "measured"}
    assert figures["max_teams"] == {"value": 4, "source": "district", "provenance": "given"}
    assert figures["windows"]["value"] == BODY["windows"]
    assert figures["setup_minutes"] == {"value": 30, "source": "kind_default", "provenance": "assumed"}
    assert client.get(SCHOOL, headers=planner).json() == figures
    assert figures in client.get(URL, headers=planner).json()["items"]
    assert client.put(SCHOOL, json=BODY, headers=planner).status_code == 428
    again = client.put(SCHOOL, json={"setup_minutes": 45}, headers=planner | {"If-Match": '"1"'})
    assert (again.status_code, again.json()["turn_out_share"]["source"]) == (200, "kind_default")
    assert client.delete(SCHOOL, headers=planner | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(SCHOOL, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.delete(SCHOOL, headers=planner | {"If-Match": '"2"'}).status_code == 404
    assert kind_defaults(session, "16.73") == KIND_DEFAULTS
    trail = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "kind_figures/16.73/school"))
    assert list(trail) == ["kind_figures.create", "kind_figures.update", "kind_figures.delete"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/"),
        ({"source": "surat"}, "/"),
        ({"turn_out_share": 1.2}, "/turn_out_share"),
        ({"turn_out_share": 0.12345}, "/turn_out_share"),
        ({"turn_out_share": "0.5"}, "/turn_out_share"),
        ({"setup_minutes": 601}, "/setup_minutes"),
        ({"max_visit_dates": 0}, "/max_visit_dates"),
        ({"min_gap_days": 0}, "/min_gap_days"),
        ({"max_teams": 101}, "/max_teams"),
        ({"preparing_percent": 0}, "/preparing_percent"),
        ({"activating_percent": 301}, "/activating_percent"),
        ({"returning_percent": 101}, "/returning_percent"),
        ({"returning_percent": "80"}, "/returning_percent"),
        ({"returning_percent": 80, "provenance": {"preparing_percent": "given"}}, "/provenance/preparing_percent"),
        ({"windows": []}, "/windows"),
        ({"windows": [{"weekdays": "mon", "opens": "12:00", "closes": "08:00"}]}, "/windows"),
        ({"max_teams": 2, "provenance": {"setup_minutes": "given"}}, "/provenance/setup_minutes"),
        ({"headcount": 3}, "/headcount"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = client.put(SCHOOL, json=body, headers=planner)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert client.get(SCHOOL, headers=planner).json()["version"] == 0


def test_a_kind_that_there_is_not_is_refused(client: TestClient, planner: dict[str, str]) -> None:
    assert client.put(f"{URL}/market", json=BODY, headers=planner).status_code == 422


def test_a_refusal_is_told_in_the_language_asked_for(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.put(SCHOOL, json={}, headers=planner | {"Accept-Language": "id"}).json()
    assert answer["errors"][0]["detail"] == "Tidak ada angka yang diisi."
    assert "DELETE" in answer["errors"][0]["mend"]


def test_viewers_read_and_planners_of_the_district_alone_write(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole
) -> None:
    make_district(session, "32.01")
    viewer, stranger = bearer(Role.VIEWER, "16.73"), bearer(Role.PLANNER, "32.01")
    assert client.get(URL, headers=viewer).status_code == 200
    assert client.get(SCHOOL, headers=viewer).status_code == 200
    assert client.put(SCHOOL, json=BODY, headers=viewer).status_code == 403
    assert client.delete(SCHOOL, headers=viewer).status_code == 403
    assert client.get(URL, headers=stranger).status_code == 404
    assert client.put(SCHOOL, json=BODY, headers=stranger).status_code == 404


def test_a_site_shows_its_own_figures_before_the_districts_before_the_assumed(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    client.put(SCHOOL, json=BODY, headers=planner)
    site = make_site(session, kind="school", headcount=100, max_teams=1, windows=[])
    session.commit()
    figures = client.get(f"/v1/sites/{site.id}", headers=planner).json()["effective"]
    assert figures["max_teams"] == {"value": 1, "source": "site", "provenance": None}
    assert figures["turn_out_share"] == {"value": 0.62, "source": "district", "provenance": "measured"}
    assert figures["phone_ready_share"] == {"value": 0.8, "source": "kind_default", "provenance": "assumed"}
    assert (figures["windows"]["value"], figures["windows"]["source"]) == (BODY["windows"], "district")
    # 100 x 0.80 x 0.62 x 0.90 = 44.64
    assert figures["people"] == 44
    (listed,) = client.get("/v1/districts/16.73/sites", headers=planner).json()["items"]
    assert listed["effective"] == figures


def test_planning_takes_a_sites_own_figures_before_the_districts_before_the_assumed(session: Session) -> None:
    make_district(session)
    make_kind_figures(session, "school", turn_out_share=Decimal("0.5"), setup_minutes=0, windows="mon-fri 07:00-12:00")
    make_site(session, code="A", kind="school", headcount=100, turn_out_share=Decimal("0.25"), windows=[])
    make_site(session, code="B", kind="school", headcount=100)
    make_site(session, code="C", kind="agency", headcount=100)
    own_school, school, agency = candidates(session, "16.73", [MONDAY])
    assert [candidate.shares[0] for candidate in (own_school, school, agency)] == [
        Decimal("0.25"),
        Decimal("0.5"),
        Decimal("0.75"),
    ]
    assert [candidate.people for candidate in (own_school, school)] == [18, 36]
    assert own_school.windows_by_date == {MONDAY: ((420, 720),)}
    assert school.windows_by_date == {MONDAY: ((480, 900),)}
    assert [candidate.setup_minutes for candidate in (own_school, school, agency)] == [0, 0, 30]


def test_a_district_says_how_people_are_prepared_at_sites_of_a_kind(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    body = {"preparing_percent": 60, "returning_percent": 0, "provenance": {"preparing_percent": "measured"}}
    said = client.put(f"{URL}/village", json=body, headers=planner)
    assert said.status_code == 201, said.text
    make_site(session, code="A", kind="village", preparation_until=MONDAY, returning_percent=90)
    make_site(session, code="B", kind="school")
    session.commit()
    village, school = client.get("/v1/districts/16.73/sites", headers=planner).json()["items"]
    in_force = {name: village["effective"][name] for name in TERMS}
    assert in_force == {
        "preparing_percent": {"value": 60, "source": "district", "provenance": "measured"},
        "activating_percent": {"value": 40, "source": "kind_default", "provenance": "assumed"},
        "returning_percent": {"value": 90, "source": "site", "provenance": None},
    }
    assert [school["effective"][name]["value"] for name in TERMS] == [70, 40, 80]


def test_figures_of_one_district_are_not_anothers(session: Session) -> None:
    make_district(session)
    make_district(session, "32.01")
    make_kind_figures(session, "mall", "32.01", max_teams=9)
    assert kind_defaults(session, "16.73") == KIND_DEFAULTS
    assert kind_defaults(session, "32.01")[SiteKind.MALL].max_teams == 9


@pytest.mark.parametrize("sites", [1, 12])
def test_planning_asks_as_often_whatever_the_number_of_sites(session: Session, sites: int) -> None:
    make_district(session)
    make_kind_figures(session, "school", max_teams=3)
    for _ in range(sites):
        make_site(session, kind="school")
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        assert len(candidates(session, "16.73", [MONDAY])) == sites
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(statements) == 6
    assert sum("kind_figures" in statement for statement in statements) == 1


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"turn_out_share": Decimal("1.1")},
        {"setup_minutes": -1},
        {"max_visit_dates": 0},
        {"windows": ""},
        {"preparing_percent": 0},
        {"activating_percent": 301},
        {"returning_percent": 101},
        {"source": "says nothing"},
    ],
)
def test_the_database_keeps_no_figure_that_cannot_be(session: Session, figures: dict[str, Any]) -> None:
    make_district(session)
    with pytest.raises(IntegrityError):
        make_kind_figures(session, "school", **figures)


def test_a_district_that_goes_takes_its_figures_along(session: Session) -> None:
    district = make_district(session)
    make_kind_figures(session, "school", max_teams=3)
    session.delete(district)
    session.flush()
    assert session.scalars(select(OwnKindFigures)).all() == []
