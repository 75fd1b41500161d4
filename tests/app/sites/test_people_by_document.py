from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import Document
from app.districts.service import date_of, get_district
from app.sites import service as sites
from app.sites.candidates import candidates
from app.sites.models import Site
from app.sites.values import VOCABULARY
from app.tables.formats import Format, read_table
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site

SITES = "/v1/districts/16.73/sites"
BODY: dict[str, Any] = {
    "code": "10604402",
    "name": "SMA Negeri 2",
    "kind": "school",
    "area_code": "16.73.01",
    "lat": -3.2759,
    "lon": 102.9119,
    "headcount": 420,
    "connectivity": 3,
}


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_site_says_who_needs_which_document(client: TestClient, planner: dict[str, str]) -> None:
    own = {
        "people_ktp_el": 100,
        "people_ktp_el_as_of": "2023-10-31",
        "people_kia": 0,
        "provenance": {"people_ktp_el": "given"},
    }
    site = client.post(SITES, json=BODY | own, headers=planner).json()
    # Of 100 people 80 % come and 90 % of them are registered here; a recording takes no phone.
    assert site["effective"]["people_by_document"] == {"ikd": 241, "ktp_el": 72, "kia": 0}
    assert (site["people_ktp_el"], site["people_birth_certificate"]) == (100, None)
    assert site["people_ktp_el_as_of"] == "2023-10-31"
    assert site["provenance"] == {"people_ktp_el": "given"}


def test_nobody_is_assumed_to_need_a_document(session: Session) -> None:
    make_district(session)
    make_site(session, people_birth_certificate=40, turn_out_share="0.5", resident_share="1")
    (candidate,) = candidates(session, "16.73", [date(2023, 11, 20)])
    assert candidate.people_by_document == {Document.BIRTH_CERTIFICATE: 20}


def test_a_new_figure_without_a_day_is_of_yesterday(client: TestClient, planner: dict[str, str]) -> None:
    site = client.post(SITES, json=BODY | {"people_kia": 50}, headers=planner).json()
    assert site["people_kia_as_of"] is None
    headers = planner | {"If-Match": f'"{site["version"]}"'}
    changed = client.patch(f"/v1/sites/{site['id']}", json={"people_kia": 40}, headers=headers).json()
    assert changed["people_kia_as_of"] is not None
    assert changed["people_ktp_el_as_of"] is None
    assert changed["already_activated_as_of"] is None


@pytest.mark.parametrize(
    ("changes", "pointer", "mend"),
    [
        ({"people_kia": -1}, "/people_kia", "0 to 500000"),
        ({"people_ktp_el": 500_001}, "/people_ktp_el", "0 to 500000"),
        ({"people_kia_as_of": "2023-10-31"}, "/people_kia_as_of", "Give people_kia too"),
    ],
)
def test_a_wrong_figure_is_refused_with_its_field_and_mend(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str, mend: str
) -> None:
    answer = client.post(SITES, json=BODY | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert mend in problem["mend"]


def test_a_sheet_of_the_office_holds_them(session: Session) -> None:
    district = make_district(session)
    header = "kode,nama,jenis,kecamatan,lintang,bujur,wajib ktp,sinyal,belum rekam,belum KIA,belum akta,asal data"
    row = "A,Desa A,desa,16.73.01,-3.28,102.91,120,3,12,30,,people_kia=assumed"
    table = read_table(f"{header}\n{row}\n".encode(), Format.CSV, VOCABULARY)
    sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
    site = session.scalars(select(Site)).one()
    assert (site.people_ktp_el, site.people_kia, site.people_birth_certificate) == (12, 30, None)
    assert site.provenance == {"people_kia": "assumed"}
    again = read_table(b"code,people_ktp_el\nA,11\n", Format.CSV, VOCABULARY)
    sites.import_sites(session, "16.73", again, actor=COMMAND_LINE, now=NOW)
    session.refresh(site)
    yesterday = date_of(NOW, get_district(session, district.code)) - timedelta(days=1)
    assert (site.people_ktp_el, site.people_ktp_el_as_of, site.people_kia_as_of) == (11, yesterday, None)
