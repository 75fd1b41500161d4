"""A site of any kind says how many people it has of the age of a document: they, and the district's share, are whom
plans count on."""

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.ages import Ages
from app.districts.models import Document
from app.districts.service import get_district
from app.reports.coverage import coverage
from app.schedules.runs.further import NobodyNeeds, figure_day, refuse_without_people
from app.sites import service as sites
from app.sites.candidates import candidates
from app.sites.kinds import kind_defaults
from app.sites.models import Site, SiteKind
from app.sites.needing import needing_at
from app.sites.values import VOCABULARY
from app.tables.formats import Format, read_table
from app.tables.records import ImportRefused
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_issuing_figures, make_site

SITES = "/v1/districts/16.73/sites"
DAY = date(2023, 11, 14)
AGES: dict[str, Any] = {
    "people_of_age": 70_000,
    "people_holding": 28_000,
    "eligible_people": 168_000,
    "ages_as_of": date(2023, 6, 30),
}
SCHOOL: dict[str, Any] = {
    "code": "10604402",
    "name": "SD Negeri 2",
    "kind": "school",
    "area_code": "16.73.01",
    "lat": -3.2759,
    "lon": 102.9119,
    "headcount": 24,
    "connectivity": 3,
    "of_age_kia": 321,
}


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def counted(session: Session, planner: dict[str, str]) -> None:
    """The district has counted its children: 60 % of them have no KIA."""
    make_issuing_figures(session, "kia", **AGES)


def needing(site: dict[str, Any]) -> Any:
    return site["effective"]["needing"].get("kia")


@pytest.mark.usefixtures("counted")
def test_a_school_has_the_districts_share_of_its_own_children(client: TestClient, planner: dict[str, str]) -> None:
    body = SCHOOL | {"provenance": {"of_age_kia": "public"}}
    site = client.post(SITES, json=body, headers=planner).json()
    assert (site["of_age_kia"], site["provenance"]) == (321, {"of_age_kia": "public"})
    # More children than eligible people: a headcount is of the latter.
    assert needing(site) == {
        "value": 192,
        "source": "of_age",
        "provenance": "assumed",
        "text": {
            "id": "192 dari 321 anak di bawah 17 tahun di sini, dengan bagian yang belum punya di seluruh daerah: "
            "42.000 dari 70.000 per 30 Juni 2023 (perkiraan)",
            "en": "192 of 321 children under 17 here, by the share without it in the whole district: 42,000 of 70,000 "
            "on 30 June 2023 (assumed)",
        },
    }
    # Of them those who come and are registered here: 0.8 and 0.9 of a school.
    assert site["effective"]["people_by_document"]["kia"] == 138
    assert site["effective"]["unused_counts"] == {}


@pytest.mark.usefixtures("counted")
def test_a_later_figure_of_its_own_replaces_it(client: TestClient, planner: dict[str, str]) -> None:
    site = client.post(SITES, json=SCHOOL, headers=planner).json()
    headers = planner | {"If-Match": f'"{site["version"]}"'}
    changed = client.patch(f"/v1/sites/{site['id']}", json={"people_kia": 40}, headers=headers).json()
    assert (needing(changed)["value"], needing(changed)["source"], changed["of_age_kia"]) == (40, "site", 321)
    headers = planner | {"If-Match": f'"{changed["version"]}"'}
    emptied = {"people_kia": None, "people_kia_as_of": None}
    again = client.patch(f"/v1/sites/{site['id']}", json=emptied, headers=headers).json()
    assert (needing(again)["value"], needing(again)["source"]) == (192, "of_age")


@pytest.mark.usefixtures("counted")
def test_the_own_count_of_a_village_goes_before_its_headcount(session: Session) -> None:
    make_site(session, code="A", kind="village", headcount=1_000)
    make_site(session, code="B", kind="village", headcount=1_000, of_age_kia=100)
    make_site(session, code="C", kind="village", headcount=1_000, of_age_kia=0)
    make_site(session, code="D", kind="clinic", headcount=1_000, of_age_kia=100)
    make_site(session, code="E", kind="clinic", headcount=1_000)
    defaults = kind_defaults(session, "16.73")
    people = {
        site.code: needing_at(site, defaults[SiteKind(site.kind)]).get(Document.KIA)
        for site in session.scalars(select(Site).order_by(Site.code))
    }
    assert {code: known and (known.people, known.source.value) for code, known in people.items()} == {
        "A": (250, "kind_default"),
        "B": (60, "of_age"),
        "C": (0, "of_age"),
        "D": (60, "of_age"),
        "E": None,
    }


@pytest.mark.usefixtures("counted")
def test_what_is_derived_counts_from_the_day_of_the_districts_count(session: Session) -> None:
    make_site(session, code="S-A", kind="school", of_age_kia=100, turn_out_share=1, resident_share=1)
    make_site(session, code="S-B", kind="school", of_age_kia=100, people_kia=7, turn_out_share=1, resident_share=1)
    derived, own = candidates(session, "16.73", [DAY])
    assert (derived.people_by_document, own.people_by_document) == ({Document.KIA: 60}, {Document.KIA: 7})
    assert (figure_day(derived, Document.KIA), figure_day(own, Document.KIA)) == (date(2023, 6, 30), date.min)


def test_without_ages_of_the_district_nothing_is_assumed_and_the_site_says_why(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    site = client.post(SITES, json=SCHOOL, headers=planner).json()
    assert site["effective"]["needing"] == {}
    assert site["effective"]["unused_counts"] == {
        "kia": {
            "id": "Belum dipakai: daerah ini belum mengisi berapa anak di bawah 17 tahun, dan berapa di antaranya yang "
            "sudah punya (halaman Dokumen, /dokumen/kia).",
            "en": "Not used yet: the district has not said how many children under 17 it has, and how many of them "
            "have it (page Dokumen, /dokumen/kia).",
        }
    }
    with pytest.raises(NobodyNeeds) as refused:
        refuse_without_people(
            candidates(session, "16.73", [DAY]), Document.KIA, district_code="16.73", pointer="/documents"
        )
    assert "of_age_kia" in str(refused.value.problems[0].mend)


def test_of_a_district_without_anybody_of_the_age_no_share_is_known(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_issuing_figures(session, "kia", **AGES | {"people_of_age": 0, "people_holding": 0})
    site = client.post(SITES, json=SCHOOL, headers=planner).json()
    assert site["effective"]["needing"] == {}
    assert "the district has no children under 17" in site["effective"]["unused_counts"]["kia"]["en"]
    assert coverage_of(session) == 0


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"of_age_kia": -1}, "/of_age_kia"),
        ({"of_age_ktp_el": 500_001}, "/of_age_ktp_el"),
        ({"of_age_birth_certificate": True}, "/of_age_birth_certificate"),
        ({"of_age_kia": "320"}, "/of_age_kia"),
        ({"of_age_kia": 320.5}, "/of_age_kia"),
        ({"of_age_kia": 10**30}, "/of_age_kia"),
        ({"of_age_ikd": 5}, "/of_age_ikd"),
        ({"people_kia": 322}, "/people_kia"),
        ({"of_age_ktp_el": 0, "people_ktp_el": 1}, "/people_ktp_el"),
    ],
)
def test_a_count_that_cannot_be_is_refused_with_its_field(
    client: TestClient, session: Session, planner: dict[str, str], changes: dict[str, Any], pointer: str
) -> None:
    answer = client.post(SITES, json=SCHOOL | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert session.scalars(select(Site)).all() == []


def test_more_people_in_need_than_there_are_of_the_age_are_refused_with_both_figures(
    client: TestClient, planner: dict[str, str]
) -> None:
    site = client.post(SITES, json=SCHOOL | {"people_kia": 321}, headers=planner).json()
    headers = planner | {"If-Match": f'"{site["version"]}"'}
    answer = client.patch(f"/v1/sites/{site['id']}", json={"of_age_kia": 320}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "pointer": "/people_kia",
            "detail": "It is more than the 320 people of the age there (of_age_kia).",
            "value": 321,
            "mend": "Correct either figure; where others than those of the age need it too, leave of_age_kia out.",
        }
    ]
    assert client.get(f"/v1/sites/{site['id']}", headers=planner).json()["of_age_kia"] == 321


@pytest.mark.parametrize("wrong", [{"of_age_kia": -1}, {"of_age_ktp_el": 500_001}, {"of_age_kia": 4, "people_kia": 5}])
def test_the_database_keeps_no_count_that_cannot_be(session: Session, wrong: dict[str, Any]) -> None:
    make_district(session)
    with pytest.raises(IntegrityError, match=r"ck_sites_(of_age|needing)"):
        make_site(session, **wrong)


@given(of_age=st.integers(0, 500_000), district=st.integers(1, 300_000_000), data=st.data())
def test_a_part_of_those_of_the_age_is_never_more_than_they_are(
    of_age: int, district: int, data: st.DataObject
) -> None:
    lacking = data.draw(st.integers(0, district))
    ages = Ages(lacking=lacking, of_age=district, eligible=1, as_of=DAY)
    people = ages.of_those(of_age)
    assert people is not None
    assert 0 <= people <= of_age
    assert people * district <= of_age * lacking < (people + 1) * district


def coverage_of(session: Session) -> int:
    report = coverage(session, get_district(session, "16.73"), "kia", since=DAY, until=DAY, on=DAY)
    return sum(area.people_left for area in report.areas)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("seed", range(3))
def test_coverage_counts_the_same_people_as_plans(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    for kind in [*SiteKind] * 5:
        of_age = chance.choice([None, 0, 1, chance.randint(2, 500_000), 500_000])
        people = None if chance.random() < 0.7 else chance.randint(0, 500_000 if of_age is None else of_age)
        make_site(session, kind=kind.value, headcount=chance.randint(0, 500_000), of_age_kia=of_age, people_kia=people)
    defaults = kind_defaults(session, "16.73")
    expected = [
        known.people
        for site in session.scalars(select(Site))
        if (known := needing_at(site, defaults[SiteKind(site.kind)]).get(Document.KIA)) is not None
    ]
    assert len(expected) >= 20
    assert coverage_of(session) == sum(expected)


def imported(session: Session, text: str) -> Site:
    sites.import_sites(session, "16.73", read_table(text.encode(), Format.CSV, VOCABULARY), actor=COMMAND_LINE, now=NOW)
    session.expire_all()
    return session.scalars(select(Site)).one()


HEADER = "kode,nama,jenis,kecamatan,lintang,bujur,wajib ktp,sinyal"
ROW = "A,SMP 1,sekolah,16.73.01,-3.28,102.91,30,3"


def test_a_sheet_of_the_office_holds_them(session: Session) -> None:
    make_district(session)
    columns = "Anak di bawah 17 tahun,Usia 16-17 tahun,Jumlah kelahiran,Belum KIA"
    site = imported(session, f"{HEADER},{columns}\n{ROW},320,41,,200\n")
    assert (site.of_age_kia, site.of_age_ktp_el, site.of_age_birth_certificate, site.people_kia) == (320, 41, None, 200)


@pytest.mark.parametrize("label", ["Anak di bawah 17 tahun belum KIA", "Usia 0-17 tahun belum punya KIA"])
def test_a_column_about_some_of_those_of_the_age_is_not_taken_for_all(session: Session, label: str) -> None:
    make_district(session)
    site = imported(session, f"{HEADER},{label},Anak di bawah 17 tahun sudah punya KIA\n{ROW},200,120\n")
    assert (site.of_age_kia, site.people_kia) == (None, 200)


@pytest.mark.parametrize(("lowest", "of_age"), [("Sudah KIA", None), ("Jumlah", 320)])
def test_a_name_that_all_columns_of_a_group_share_is_not_taken_for_the_first(
    session: Session, lowest: str, of_age: int | None
) -> None:
    make_district(session)
    upper = f"{HEADER},Anak di bawah 17 tahun,"
    lower = f"{',' * HEADER.count(',')},{lowest},Belum KIA"
    site = imported(session, f"{upper}\n{lower}\n{ROW},320,200\n")
    assert (site.of_age_kia, site.people_kia) == (of_age, 200)


def test_a_row_that_needs_more_than_there_are_is_named_and_nothing_is_stored(session: Session) -> None:
    make_district(session)
    text = f"{HEADER},Anak di bawah 17 tahun,Belum KIA\n{ROW},320,200\n{ROW.replace('A', 'B', 1)},100,101\n"
    with pytest.raises(ImportRefused) as refused:
        imported(session, text)
    assert [(problem.pointer, problem.value) for problem in refused.value.problems] == [("row 3/people_kia", 101)]
    assert session.scalars(select(Site)).all() == []


def test_an_export_holds_them_and_is_read_back(session: Session) -> None:
    make_district(session)
    make_site(session, code="A", of_age_kia=320, of_age_ktp_el=0, provenance={"of_age_kia": "public"})
    content = sites.export_sites(session, "16.73", Format.CSV, with_contacts=True)
    header, row = content.decode("utf-8-sig").splitlines()
    values = dict(zip(header.split(","), row.split(","), strict=False))
    assert (values["of_age_kia"], values["of_age_ktp_el"], values["of_age_birth_certificate"]) == ("320", "0", "")
    again = sites.import_sites(
        session, "16.73", read_table(content, Format.CSV, VOCABULARY), actor=COMMAND_LINE, now=datetime.now(UTC)
    )
    assert again.unchanged == 1
