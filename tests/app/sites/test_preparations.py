"""When and how people of a site are prepared: said of the site, refused where it cannot be, kept through tables."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.sites import service as sites
from app.sites.candidates import Candidate, candidates
from app.sites.models import Site
from app.sites.preparations import Preparation, VisitStage
from app.sites.values import VOCABULARY
from app.tables.formats import Format, read_table
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site

MONDAY, TUESDAY, WEDNESDAY = date(2023, 11, 20), date(2023, 11, 21), date(2023, 11, 22)
FIELDS = (
    *("preparation_from", "preparation_until", "preparation_minutes"),
    *("preparing_percent", "activating_percent", "returning_percent"),
)


@pytest.fixture
def village(session: Session) -> Site:
    make_district(session)
    make_site(session, code="B", name="Long Nawang", kind="village", connectivity=3, lat=-3.30, lon=102.90)
    return make_site(
        session, code="A", name="Long Apung", kind="village", connectivity=0, headcount=100, phone_ready_share=1,
        turn_out_share=1, resident_share=1, people_kia=40, needs_kits=["biometric"], preparation_until=TUESDAY,
    )  # fmt: skip


@pytest.fixture
def planner(village: Site, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73") | {"If-Match": "*"}


def of(session: Session, *dates: date, done: list[Preparation] | None) -> Candidate:
    known = None if done is None else {"A": done}
    return next(row for row in candidates(session, "16.73", dates, preparations=known) if row.site.code == "A")


def test_a_site_is_prepared_on_its_dates_at_home_without_kits(session: Session, village: Site) -> None:
    village.session_at, village.session_from = "B", WEDNESDAY
    session.flush()
    candidate = of(session, MONDAY, TUESDAY, WEDNESDAY, done=[])
    assert (candidate.stage, candidate.place, candidate.needs_kits) == (VisitStage.PREPARATION, None, ())
    assert [bool(candidate.windows_by_date[day]) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [True, True, False]
    assert candidate.people == 100


def test_who_was_prepared_comes_again_to_where_the_session_is(session: Session, village: Site) -> None:
    village.session_at, village.session_from = "B", WEDNESDAY
    session.flush()
    candidate = of(session, WEDNESDAY, done=[Preparation(date=MONDAY, people=90), Preparation(date=TUESDAY, people=5)])
    assert candidate.stage is VisitStage.FOLLOW_UP
    assert candidate.prepared is not None
    assert (candidate.prepared.last, candidate.prepared.people) == (TUESDAY, 95)
    # 80 % of 95, half of them there; nobody for further documents.
    assert (candidate.people, candidate.people_by_document, candidate.held_at.code) == (38, {}, "B")


@pytest.mark.parametrize(
    ("first", "last", "done"),
    [
        (None, MONDAY, []),
        (TUESDAY, TUESDAY, [Preparation(date=MONDAY, people=9)]),
        (None, MONDAY, [Preparation(date=MONDAY, people=0)]),
        (None, TUESDAY, None),
    ],
    ids=["too late", "of an earlier decision", "nobody", "another document"],
)
def test_otherwise_a_site_is_like_any_other(
    session: Session, village: Site, first: date | None, last: date, done: list[Preparation] | None
) -> None:
    village.preparation_from, village.preparation_until = first, last
    session.flush()
    candidate = of(session, WEDNESDAY, done=done)
    assert (candidate.stage, candidate.prepared, candidate.people) == (None, None, 100)


def test_a_preparation_is_decided_and_undone_by_a_change_of_the_site(
    client: TestClient, village: Site, planner: dict[str, str]
) -> None:
    url = f"/v1/sites/{village.id}"
    body: dict[str, Any] = {
        "preparation_from": "2023-11-20",
        "preparation_until": "2023-11-24",
        "preparation_minutes": 120,
        "preparing_percent": 60,
        "activating_percent": 30,
        "returning_percent": 90,
    }
    words = {"provenance": {"returning_percent": "measured"}}
    decided = client.patch(url, json=body | words, headers=planner).json()
    assert {name: decided[name] for name in FIELDS} == body
    undone = client.patch(url, json={"preparation_until": None}, headers=planner).json()
    assert [undone[name] for name in FIELDS] == [None] * len(FIELDS)
    assert undone["provenance"] == {}


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"preparation_from": "2023-11-25", "preparation_until": "2023-11-20"}, "/preparation_until", "Lebih awal"),
        ({"preparation_until": None, "preparing_percent": 60}, "/preparing_percent", "belum diputuskan"),
        ({"preparation_until": "soon"}, "/preparation_until", "tanggal"),
        ({"preparation_until": "1999-12-31"}, "/preparation_until", "2000"),
        ({"preparation_minutes": 0}, "/preparation_minutes", "1 sampai 1440"),
        ({"preparation_minutes": 1441}, "/preparation_minutes", "1 sampai 1440"),
        ({"preparing_percent": 0}, "/preparing_percent", "1 sampai 300"),
        ({"preparing_percent": 60.5}, "/preparing_percent", "bilangan bulat"),
        ({"activating_percent": 301}, "/activating_percent", "1 sampai 300"),
        ({"returning_percent": 101}, "/returning_percent", "0 sampai 100"),
        ({"returning_percent": "most"}, "/returning_percent", "returning_percent"),
        ({"session_at": "B"}, "/session_from", "sesudah preparation_until"),
        ({"session_at": "B", "session_from": "2023-11-21"}, "/session_from", "sesudah preparation_until"),
    ],
)
def test_a_preparation_that_cannot_be_is_refused_with_its_field(
    client: TestClient,
    session: Session,
    village: Site,
    planner: dict[str, str],
    body: dict[str, Any],
    pointer: str,
    words: str,
) -> None:
    answer = client.patch(f"/v1/sites/{village.id}", json=body, headers=planner | {"Accept-Language": "id"})
    assert answer.status_code == 422, answer.text
    assert pointer in {problem["pointer"] for problem in answer.json()["errors"]}
    assert words in answer.text
    session.expire_all()
    assert (village.preparation_until, village.preparing_percent, village.session_at) == (TUESDAY, None, None)


def test_preparations_survive_export_and_import(session: Session, village: Site) -> None:
    village.preparing_percent, village.preparation_minutes = 55, 120
    session.flush()
    content = sites.export_sites(session, "16.73", Format.CSV, with_contacts=True)
    village.preparation_until = village.preparing_percent = village.preparation_minutes = None
    session.flush()
    table = read_table(content, Format.CSV, VOCABULARY)
    assert sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW).updated == 1
    session.expire_all()
    assert (village.preparation_until, village.preparing_percent, village.preparation_minutes) == (TUESDAY, 55, 120)


def test_sheets_of_an_office_name_its_columns(session: Session, village: Site) -> None:
    header = "kode,nama,jenis,kecamatan,lintang,bujur,jumlah,sinyal,"
    header += "siapkan sampai,menit penyiapan,persen datang lagi,menit persiapan\n"
    row = "N-1,Desa Baru,desa,16.73.01,-3.29,102.91,90,tidak ada,24/11/2023,150,85,25\n"
    table = read_table((header + row).encode(), Format.CSV, VOCABULARY)
    assert sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW).created == 1
    site = sites.find_site(session, "16.73", "N-1")
    assert site is not None
    assert (site.preparation_until, site.preparation_minutes, site.returning_percent) == (date(2023, 11, 24), 150, 85)
    # Setting up has been called so before.
    assert site.setup_minutes == 25
