"""`/kemajuan` and `/wilayah`: what a head of office and a province read."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import District, Document, FigureUse
from app.pages import districts_page
from app.reports.signal_gaps import signal_gaps
from app.sites.models import Site
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.factories import (
    make_area,
    make_district,
    make_figure,
    make_planning_figures,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
)

TODAY = NOW.date()


@pytest.fixture
def viewer(session: Session, planner: User, password_hash: str, browser: Browser) -> TestClient:
    """Wati, who reads of Lubuklinggau."""
    user = add_user(session, "wati", Role.VIEWER)
    user.password_hash = password_hash
    session.commit()
    wati = browser()
    assert log_in(wati, "wati") == 303
    return wati


@pytest.fixture
def target(session: Session) -> Callable[..., None]:
    def make(**fields: object) -> None:
        defaults: dict[str, object] = {"as_of": TODAY - timedelta(days=3), "deadline": TODAY + timedelta(days=40)}
        make_target(session, **(defaults | fields))
        session.commit()

    return make


def test_the_first_page_of_a_viewer_is_progress(viewer: TestClient) -> None:
    assert viewer.get("/").headers["location"] == "/kemajuan"


def test_progress_says_the_chance_the_figures_and_the_doubts(
    viewer: TestClient, target: Callable[..., None], session: Session
) -> None:
    target()
    make_figure(session, "activated", "4015", reported_on=TODAY - timedelta(days=10), source="Linggau Pos")
    session.commit()
    shown = viewer.get("/kemajuan").text
    assert "37.989" in shown
    assert "Peluang sasaran 42.004 orang tercapai" in shown
    assert "&lt; 1 %" in shown
    assert "Data diragukan." in shown
    viewer.post("/bahasa", data={"bahasa": "en", "ke": "/kemajuan"})
    assert "Chance that the target of 42,004 people is reached" in viewer.get("/kemajuan").text


def test_minutes_of_a_document_are_told_as_measured_and_whether_they_are_used(
    viewer: TestClient, target: Callable[..., None], session: Session
) -> None:
    target(document="kia")
    assert (
        "Waktu melayani satu orang: diasumsikan 5 menit per orang; belum terukur."
        in viewer.get("/kemajuan?dokumen=kia").text
    )
    schedule, team = make_schedule(session), make_team(session, kits=["card_printer"])
    visit = make_visit(
        session, schedule, team, make_site(session, connectivity=4), starts_at=NOW - timedelta(days=1, hours=3),
        expected_activations=0, expected_further={"kia": 12},
    )  # fmt: skip
    make_result(session, visit, served=0, activated=0, served_further={"kia": 12}, turned_away=3, signal_met=4)
    session.commit()
    shown = viewer.get("/kemajuan?dokumen=kia").text
    assert "diasumsikan 5 menit per orang → terukur " in shown
    assert "dari 1 kunjungan." in shown
    assert "memakai yang dinyatakan" not in shown
    session.add(FigureUse(district_code="16.73", document="kia", figure="pace", kind="", use="given"))
    session.commit()
    assert "Perkiraan dan rencana memakai yang dinyatakan" in viewer.get("/kemajuan?dokumen=kia").text


def test_areas_without_a_visit_are_named(viewer: TestClient, target: Callable[..., None], session: Session) -> None:
    target()
    near, far = make_area(session, "16.73.51", name="Barat"), make_area(session, "16.73.52", name="Utara")
    team = make_team(session, code="T-9")
    visited = make_site(session, code="a", area_code=near.code, headcount=200)
    make_site(session, code="b", area_code=far.code, headcount=300)
    schedule = make_schedule(session)
    make_visit(session, schedule, team, visited, date=TODAY + timedelta(days=2), in_force=True)
    session.commit()
    shown = viewer.get("/kemajuan").text
    assert "1 kecamatan tidak mendapat kunjungan" in shown
    assert ": Utara." in shown


def test_without_a_target_the_page_says_how_to_set_one(viewer: TestClient) -> None:
    answer = viewer.get("/kemajuan?dokumen=kia")
    assert answer.status_code == 200
    assert "belum punya sasaran KIA" in answer.text


def test_after_the_deadline_and_before_the_count_there_is_a_sentence_and_no_forecast(
    viewer: TestClient, target: Callable[..., None]
) -> None:
    target(deadline=TODAY - timedelta(days=1))
    assert "sudah lewat, kurang 37.989 orang" in viewer.get("/kemajuan").text
    early = viewer.get("/kemajuan", params={"pada": (TODAY - timedelta(days=30)).isoformat()})
    assert early.status_code == 200
    assert "Tidak ada perkiraan untuk hari ini" in early.text


def test_a_wrong_day_is_a_page_with_a_way_on(viewer: TestClient) -> None:
    answer = viewer.get("/kemajuan?pada=besok")
    assert answer.status_code == 422
    assert 'href="/"' in answer.text


def test_a_coordinator_may_not_look(browser: Browser, coordinator: User, session: Session, password_hash: str) -> None:
    coordinator.password_hash = password_hash
    session.commit()
    budi = browser()
    log_in(budi, "budi")
    assert budi.get("/kemajuan").status_code == 403
    assert budi.get("/wilayah").status_code == 403


@pytest.fixture
def admin(session: Session, planner: User, password_hash: str, browser: Browser) -> TestClient:
    """An administrator of everything."""
    user = add_user(session, "rina", Role.ADMIN)
    user.district_code = None
    user.password_hash = password_hash
    session.commit()
    rina = browser()
    log_in(rina, "rina")
    return rina


def test_all_districts_stand_side_by_side_with_the_oldest_figures_marked(
    admin: TestClient, target: Callable[..., None], session: Session
) -> None:
    target()
    make_district(session, "17.71", name="Kota Bengkulu", lat=-3.8, lon=102.26)
    target(district_code="17.71", as_of=TODAY - timedelta(days=30))
    make_district(session, "36.04", name="Kabupaten Serang", lat=-6.1, lon=106.0)
    session.commit()
    assert admin.get("/").headers["location"] == "/wilayah"
    shown = admin.get("/wilayah").text
    assert "2 daerah, bersama-sama kurang 75.978 orang" in shown, "of the third no target is known"
    assert "Angka tertua: Kota Bengkulu, 30 hari." in shown
    assert shown.count('class="oldest"') == 1
    for status in ("✓ angka baru", "◷ angka lama", "? belum ada sasaran"):
        assert shown.count(status) == 1, status
    assert shown.count("<circle") == 3


def test_who_sees_several_districts_chooses_one_and_it_stays_chosen(
    admin: TestClient, target: Callable[..., None], session: Session
) -> None:
    make_district(session, "17.71", name="Kota Bengkulu")
    target(district_code="17.71")
    first = admin.get("/kemajuan?wilayah=17.71")
    assert "Kota Bengkulu" in first.text
    assert "Kota Bengkulu" in admin.get("/kemajuan").text
    assert admin.get("/kemajuan?wilayah=99").status_code == 404


def test_the_overview_is_the_apis_too(
    client: TestClient, target: Callable[..., None], session: Session, bearer: Callable[..., dict[str, str]]
) -> None:
    make_district(session)
    target()
    (row,) = client.get("/v1/overview", headers=bearer(Role.VIEWER, "16.73")).json()
    assert (row["gap"], row["status"], row["days_old"], row["plan"]) == (37_989, "counted", 3, None)
    assert row["deadline"] == (TODAY + timedelta(days=40)).isoformat()
    covered = client.get("/v1/districts/16.73/coverage", headers=bearer(Role.VIEWER, "16.73")).json()
    assert covered["since"] == (TODAY - timedelta(days=2)).isoformat()
    assert client.get("/v1/overview", headers=bearer(Role.FEED, "16.73")).status_code == 403


def test_a_count_from_tomorrow_is_no_age(client: TestClient, session: Session, admin: TestClient) -> None:
    make_target(session, as_of=TODAY + timedelta(days=1), deadline=date(TODAY.year + 1, 12, 31))
    session.commit()
    assert ">0 hari<" in admin.get("/wilayah").text


def test_whom_the_signal_keeps_out_of_each_district_is_counted_where_it_is_asked_for(
    admin: TestClient, target: Callable[..., None], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    target()
    make_team(session)
    make_site(session, code="S-0", connectivity=0, headcount=1_000)
    make_district(session, "17.71", name="Kota Bengkulu", lat=-3.8, lon=102.26)
    session.commit()
    plain = admin.get("/wilayah").text
    assert "Terhalang sinyal" not in plain
    assert 'name="sinyal" value="true">' in plain
    people = signal_gaps(session, session.get_one(District, "16.73"), Document.IKD, on=TODAY).people
    assert people == 573
    asked = admin.get("/wilayah?sinyal=true").text
    assert "Terhalang sinyal" in asked
    assert '<a href="/kemajuan/sinyal?wilayah=16.73&amp;dokumen=ikd">573</a>' in asked
    assert '<a href="/kemajuan/sinyal?wilayah=17.71&amp;dokumen=ikd">0</a>' in asked
    # Nobody waits for a whole nation.
    monkeypatch.setattr(districts_page, "_MOST_SIGNALS", 1)
    many = admin.get("/wilayah?sinyal=true").text
    assert "Terhalang sinyal" not in many
    assert 'name="sinyal"' not in many


def test_whom_the_signal_keeps_out_is_a_number_of_its_own_and_a_page(
    viewer: TestClient, target: Callable[..., None], session: Session
) -> None:
    target()
    make_area(session, "16.73.52", name="Hulu")
    make_site(
        session,
        code="D-1",
        name="Long Apung",
        area_code="16.73.52",
        headcount=1_500,
        connectivity=0,
        phone_ready_share=1,
        turn_out_share=1,
        resident_share=1,
    )
    session.commit()
    shown = viewer.get("/kemajuan").text
    sentence = "1.500 dari 1.500 orang, di 1 lokasi, tidak terjangkau tanpa set satelit atau sinyal di lokasi."
    assert sentence in shown
    assert "/kemajuan/sinyal?dokumen=ikd&amp;pada=2023-11-13" in shown
    gaps = viewer.get("/kemajuan/sinyal").text
    assert sentence in gaps
    assert "Hulu: 1.500 orang" in gaps
    assert "Long Apung" in gaps
    assert "tanggal pengukuran tidak diketahui" in gaps
    # Who only reads gets no way to a page of planners.
    assert "/lokasi/" not in gaps


def test_a_set_that_a_site_asks_for_is_named_where_it_is_missing(
    viewer: TestClient, target: Callable[..., None], session: Session
) -> None:
    target()
    shares = {"phone_ready_share": 1, "turn_out_share": 1, "resident_share": 1}
    make_site(session, name="Pelabuhan", headcount=80, connectivity=3, needs_kits=["satellite"], **shares)
    session.commit()
    demand = "80 orang di antaranya ada di 1 lokasi yang meminta set satelit, bagaimanapun sinyal di sana."
    assert demand in viewer.get("/kemajuan").text
    gaps = viewer.get("/kemajuan/sinyal").text
    assert demand in gaps
    assert '<span class="badge">meminta set satelit</span>' in gaps
    make_planning_figures(session, satellite_level=0)
    for site in session.scalars(select(Site)):
        site.connectivity = 0
    session.commit()
    assert "set satelit saja tidak cukup" in viewer.get("/kemajuan/sinyal").text
