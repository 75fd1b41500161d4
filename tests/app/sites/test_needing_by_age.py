"""Who needs a document at a village that says nothing itself: its part of the district's people of the age."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.ages import Ages
from app.districts.models import Document
from app.reports.coverage import coverage
from app.schedules.runs.further import figure_day
from app.sites.service import candidates
from tests.app.conftest import AsRole
from tests.factories import load_document, make_district, make_issuing_figures, make_site

AGES: dict[str, Any] = {
    "people_of_age": 70_000,
    "people_holding": 28_000,
    "eligible_people": 168_000,
    "ages_as_of": "2023-06-30",
}
STORED = AGES | {"ages_as_of": date(2023, 6, 30)}
URL = "/v1/districts/16.73/documents/kia"
DAY = date(2023, 11, 14)


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_part_of_those_who_lack_it_is_rounded_down() -> None:
    ages = Ages(lacking=42_000, of_age=70_000, eligible=168_000, as_of=DAY)
    assert [ages.among(people) for people in (0, 3, 4, 1_001, 168_000)] == [0, 0, 1, 250, 42_000]


def test_a_village_takes_its_part_and_a_site_that_says_a_figure_keeps_it(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_issuing_figures(session, "kia", **STORED)
    make_site(session, code="DESA", kind="village", headcount=1_000)
    make_site(session, code="DESA-2", kind="village", headcount=1_000, people_kia=12)
    make_site(session, code="DESA-3", kind="village", headcount=1_000, people_kia=0)
    make_site(session, code="SMA", kind="school", headcount=1_000)
    session.commit()
    items = client.get("/v1/districts/16.73/sites", headers=planner).json()["items"]
    needing = {site["code"]: site["effective"]["needing"] for site in items}
    assert needing["DESA"]["kia"].pop("text") == {
        "id": "250, karena di seluruh daerah 42.000 anak di bawah 17 tahun belum punya, untuk 168.000 wajib KTP, per "
        "30 Juni 2023 (perkiraan)",
        "en": "250, since the whole district has 42,000 children under 17 without it, to 168,000 eligible people, on "
        "30 June 2023 (assumed)",
    }
    assert [needing[code]["kia"].pop("text")["en"] for code in ("DESA-2", "DESA-3")] == [
        "12, this site's own figure",
        "0, this site's own figure",
    ]
    assert needing == {
        "DESA": {"kia": {"value": 250, "source": "kind_default", "provenance": "assumed"}},
        "DESA-2": {"kia": {"value": 12, "source": "site", "provenance": None}},
        "DESA-3": {"kia": {"value": 0, "source": "site", "provenance": None}},
        "SMA": {},
    }
    # Of them those who come and are registered here: 0.12 and 0.95 of a village.
    assert [site["effective"]["people_by_document"].get("kia") for site in items] == [28, 1, 0, None]
    of_plans = {one.site.code: one for one in candidates(session, "16.73", [DAY])}
    assert of_plans["DESA"].people_by_document == {Document.KIA: 28}
    assert figure_day(of_plans["DESA"], Document.KIA) == date(2023, 6, 30)
    assert figure_day(of_plans["DESA-2"], Document.KIA) == date.min
    assert of_plans["SMA"].people_by_document == {}


def test_coverage_counts_the_same_people(session: Session) -> None:
    district = make_district(session)
    make_issuing_figures(session, "kia", **STORED)
    make_site(session, code="DESA", kind="village", headcount=1_003)
    make_site(session, code="SMA", kind="school", headcount=1_000)
    report = coverage(session, district, "kia", since=DAY, until=DAY, on=DAY)
    assert [area.people_left for area in report.areas] == [250]


def test_ages_are_said_whole_and_taken_back(client: TestClient, planner: dict[str, str]) -> None:
    body = AGES | {"provenance": {"people_of_age": "public"}, "source": "DKB semester I 2023"}
    first = client.put(URL, json=body, headers=planner)
    assert first.status_code == 201, first.text
    told = first.json()
    assert told["ages"] == {
        "people_of_age": 70_000,
        "people_holding": 28_000,
        "eligible_people": 168_000,
        "as_of": "2023-06-30",
        "provenance": {"people_of_age": "public", "people_holding": "given", "eligible_people": "given"},
    }
    assert told["minutes"]["source"] == "assumed"
    again = client.put(URL, json={"minutes": 6}, headers=planner | {"If-Match": '"1"'}).json()
    assert (again["ages"], again["minutes"]["value"]) == (None, 6)


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"people_holding": None}, ["/people_holding"]),
        ({"ages_as_of": None, "eligible_people": None}, ["/eligible_people", "/ages_as_of"]),
        ({"people_holding": 70_001}, ["/people_holding"]),
        ({"eligible_people": 0}, ["/eligible_people"]),
        ({"people_of_age": -1, "people_holding": 0}, ["/people_of_age", "/people_holding"]),
        ({"people_of_age": "70000"}, ["/people_of_age"]),
        ({"provenance": {"ages_as_of": "given"}}, ["/provenance/ages_as_of"]),
    ],
)
def test_ages_that_cannot_be_are_refused_with_their_field(
    client: TestClient, planner: dict[str, str], change: dict[str, Any], pointers: list[str]
) -> None:
    answer = client.put(URL, json=AGES | change, headers=planner)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


@pytest.mark.parametrize("change", [{"people_holding": None}, {"people_holding": 70_001}, {"eligible_people": 0}])
def test_the_database_keeps_no_ages_that_cannot_be(session: Session, change: dict[str, Any]) -> None:
    make_district(session)
    with pytest.raises(IntegrityError, match="ck_issuing_figures_ages"):
        make_issuing_figures(session, "kia", **STORED | change)


def test_ages_stand_in_the_file_of_a_district(session: Session) -> None:
    document = {
        "code": "16.73",
        "name": "Kota Lubuk Linggau",
        "parent_code": "16",
        "documents": [AGES | {"document": "kia"}],
    }
    areas = [{"code": "16.73.01", "name": "Barat I", "lat": -3.28, "lon": 102.9}]
    document |= {"time_zone": "Asia/Jakarta", "lat": -3.263, "lon": 102.8751}
    load_document(session, document, areas)
    load_document(session, document, areas)
    make_site(session, code="DESA", kind="village", headcount=1_000)
    (village,) = candidates(session, "16.73", [DAY])
    assert village.people_by_document == {Document.KIA: 28}
