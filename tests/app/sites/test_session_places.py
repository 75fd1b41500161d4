"""Where the people of a site are served: said of the site, refused where it cannot be, kept through tables."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District, Document
from app.sites import service as sites
from app.sites.candidates import Candidate, candidates
from app.sites.models import Site, SiteException, SiteWindow
from app.sites.values import VOCABULARY
from app.tables.formats import Format, read_table
from app.tables.records import ImportRefused
from tests.app.conftest import NOW, AsRole
from tests.factories import make_area, make_district, make_site

MONDAY, TUESDAY = date(2023, 11, 20), date(2023, 11, 21)
ALL = {"phone_ready_share": 1, "turn_out_share": Decimal("0.8"), "resident_share": 1}


@pytest.fixture
def place(session: Session) -> Site:
    make_district(session)
    return make_site(
        session, code="B", name="Long Nawang", kind="village", connectivity=3, lat=-3.30, lon=102.90,
        windows=[SiteWindow(weekdays="1111111", opens=540, closes=720)], readiness="done",
    )  # fmt: skip


@pytest.fixture
def village(session: Session, place: Site) -> Site:
    return make_site(
        session, code="A", name="Long Apung", kind="village", connectivity=0, headcount=100, lat=-3.35, lon=102.95,
        session_at="B", people_kia=40, **ALL,
    )  # fmt: skip


@pytest.fixture
def planner(village: Site, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73") | {"If-Match": "*"}


def of(session: Session, code: str, *dates: date) -> Candidate:
    return next(one for one in candidates(session, "16.73", dates or [MONDAY]) if one.site.code == code)


def test_a_moved_session_has_the_place_signal_and_hours_of_where_it_is_held(
    session: Session, village: Site, place: Site
) -> None:
    candidate = of(session, "A")
    assert candidate.place is place
    assert (candidate.lat, candidate.lon, candidate.held_at.connectivity) == (-3.30, 102.90, 3)
    assert candidate.windows_by_date == {MONDAY: ((540, 720),)}
    assert candidate.shown_name == "Long Apung, sesi di Long Nawang"
    # Half of the 80 come, as is assumed; of the 40 who need a card half of those 32 who would.
    assert (candidate.people, candidate.people_by_document) == (40, {Document.KIA: 16})
    assert candidate.at_home == {Document.IKD: 80, Document.KIA: 32}


def test_hours_of_one_date_are_those_of_the_place(session: Session, village: Site, place: Site) -> None:
    session.add_all(
        [
            SiteException(site_id=place.id, date=MONDAY),
            SiteException(site_id=village.id, date=TUESDAY, opens=600, closes=660),
        ]
    )
    session.flush()
    assert of(session, "A", MONDAY, TUESDAY).windows_by_date == {MONDAY: (), TUESDAY: ((540, 720),)}


def test_whether_people_are_ready_is_a_matter_of_their_own_site(session: Session, village: Site) -> None:
    village.readiness, village.readiness_from = "agreed", TUESDAY
    session.flush()
    assert of(session, "A", MONDAY, TUESDAY).windows_by_date == {MONDAY: (), TUESDAY: ((540, 720),)}


def test_a_given_share_counts_in_place_of_the_assumed_one(session: Session, village: Site) -> None:
    village.session_turn_out_share = Decimal("0.75")
    session.flush()
    assert of(session, "A").people == 60


def test_dates_before_and_after_a_move_are_none_of_it(session: Session, village: Site) -> None:
    village.session_from, village.session_until = TUESDAY, TUESDAY
    session.flush()
    at_home = of(session, "A", MONDAY)
    assert (at_home.place, at_home.people, at_home.session_share) == (None, 80, 1)
    assert at_home.windows_by_date[MONDAY] == ((480, 900),)
    both = of(session, "A", MONDAY, TUESDAY)
    assert both.windows_by_date == {MONDAY: (), TUESDAY: ((540, 720),)}
    # What matters of the site is one date alone.
    (alone,) = candidates(session, "16.73", [MONDAY, TUESDAY], only=[village.id], dates_of={village.id: [MONDAY]})
    assert alone.place is None
    assert alone.windows_by_date[MONDAY] == ((480, 900),)


def test_a_session_is_moved_and_brought_home_by_a_change_of_the_site(
    client: TestClient, session: Session, village: Site, planner: dict[str, str]
) -> None:
    url = f"/v1/sites/{village.id}"
    body = {"session_at": "B", "session_turn_out_share": 0.3, "session_from": "2023-11-20"}
    moved = client.patch(url, json=body | {"provenance": {"session_turn_out_share": "given"}}, headers=planner).json()
    assert (moved["session_at"], moved["session_turn_out_share"], moved["session_from"]) == ("B", 0.3, "2023-11-20")
    assert moved["effective"]["session_turn_out_share"] == {"value": 0.3, "source": "site", "provenance": "given"}
    home = client.patch(url, json={"session_at": None}, headers=planner).json()
    gone = ("session_at", "session_turn_out_share", "session_from", "session_until")
    assert [home[name] for name in gone] == [None] * 4
    assert home["provenance"] == {}
    assert home["effective"]["session_turn_out_share"] is None
    again = client.patch(url, json={"session_at": "B"}, headers=planner).json()
    assert again["effective"]["session_turn_out_share"] == {
        "value": 0.5,
        "source": "kind_default",
        "provenance": "assumed",
    }


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"session_at": "C"}, "/session_at", "tidak punya lokasi"),
        ({"session_at": "A"}, "/session_at", "lokasi itu sendiri"),
        ({"session_turn_out_share": 1.2}, "/session_turn_out_share", "bagian"),
        ({"session_turn_out_share": 0.33333}, "/session_turn_out_share", "empat desimal"),
        ({"session_from": "2023-11-21", "session_until": "2023-11-20"}, "/session_until", "Lebih awal"),
        ({"session_at": None, "session_from": "2023-11-21"}, "/session_from", "tidak dipindah"),
    ],
)
def test_a_move_that_cannot_be_is_refused_with_its_field(
    client: TestClient, village: Site, planner: dict[str, str], body: dict[str, Any], pointer: str, words: str
) -> None:
    answer = client.patch(f"/v1/sites/{village.id}", json=body, headers=planner | {"Accept-Language": "id"})
    assert answer.status_code == 422, answer.text
    assert pointer in {problem["pointer"] for problem in answer.json()["errors"]}
    assert words in answer.text


def test_a_place_of_sessions_stays(
    client: TestClient, session: Session, village: Site, place: Site, planner: dict[str, str]
) -> None:
    refused = client.delete(f"/v1/sites/{place.id}", headers=planner)
    assert (refused.status_code, refused.json()["code"]) == (409, "SiteHostsSessions")
    assert "(A)" in refused.text
    # Under a new code it is the same place.
    client.patch(f"/v1/sites/{place.id}", json={"code": "B-1"}, headers=planner)
    session.expire_all()
    assert village.session_at == "B-1"
    client.patch(f"/v1/sites/{village.id}", json={"session_at": None}, headers=planner)
    assert client.delete(f"/v1/sites/{place.id}", headers=planner).status_code == 204


def test_a_district_goes_with_the_sessions_that_are_moved_in_it(session: Session, village: Site, place: Site) -> None:
    other = make_area(session, "16.73.02")
    place.area_code = other.code
    session.flush()
    session.execute(delete(District).where(District.code == "16.73"))
    assert session.scalars(select(Site.code)).all() == []


def test_a_place_in_another_district_is_none(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    make_district(session, "16.71")
    make_site(session, "16.71", code="Z")
    session.commit()
    site = next(iter(client.get("/v1/districts/16.73/sites", headers=planner).json()["items"]))
    assert client.patch(f"/v1/sites/{site['id']}", json={"session_at": "Z"}, headers=planner).status_code == 422


def test_moves_survive_export_and_import(session: Session, village: Site) -> None:
    village.session_from, village.session_turn_out_share = TUESDAY, Decimal("0.4")
    session.flush()
    content = sites.export_sites(session, "16.73", Format.CSV, with_contacts=True)
    village.session_at = village.session_from = village.session_turn_out_share = None
    session.flush()
    table = read_table(content, Format.CSV, VOCABULARY)
    assert sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW).updated == 1
    session.expire_all()
    assert (village.session_at, village.session_from) == ("B", TUESDAY)
    assert village.session_turn_out_share == Decimal("0.4")


HEADER = "kode,nama,jenis,kecamatan,lintang,bujur,jumlah,sinyal,sesi di\n"


def test_a_table_moves_sessions_to_sites_that_it_brings_itself(session: Session, village: Site) -> None:
    first = "N-1,Desa Baru,desa,16.73.01,-3.29,102.91,90,tidak ada,N-2\n"
    second = "N-2,Desa Dua,desa,16.73.01,-3.28,102.92,50,baik,\n"
    table = read_table((HEADER + first + second).encode(), Format.CSV, VOCABULARY)
    assert sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW).created == 2
    assert of(session, "N-1").held_at.code == "N-2"


def test_a_table_with_an_unknown_place_stores_nothing(session: Session, village: Site) -> None:
    row = "N-1,Desa Baru,desa,16.73.01,-3.29,102.91,90,tidak ada,N-9\n"
    table = read_table((HEADER + row).encode(), Format.CSV, VOCABULARY)
    with pytest.raises(ImportRefused) as refused:
        sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.value) == ("row 2/session_at", "N-9")
