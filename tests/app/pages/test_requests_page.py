"""`/permintaan`: a planner takes a request up, sees what each date costs, and accepts or declines, without scripts."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.requests.models import VisitRequest
from app.schedules.models import Schedule
from app.sites.models import Site
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.pages.sent_forms import key_of
from tests.app.requests.conftest import district, job_tables, own_engine, published
from tests.app.requests.fake_resident import FakeResident

__all__ = ["district", "job_tables", "own_engine", "published"]

PHONE = {"site_code": "S-NEW", "channel": "phone", "wished_from": "2023-11-14", "wished_until": "2023-11-15"}


@pytest.fixture
def resident(api: FastAPI, browser: Browser) -> Iterator[FakeResident]:
    # The application is shared by all tests of pages, and has begun with its own.
    real, double = api.state.resident, FakeResident()
    api.state.resident = double
    yield double
    api.state.resident = real


@pytest.fixture
def siti(
    session: Session,
    district: District,
    password_hash: str,
    browser: Browser,
    published: Schedule,
    resident: FakeResident,
) -> TestClient:
    user = add_user(session, "siti", Role.PLANNER)
    user.password_hash = password_hash
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


def taken_up(siti: TestClient, **form: str) -> str:
    """The path of the new request."""
    answer = siti.post("/permintaan", data=PHONE | form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_request_is_taken_up_and_its_offers_show_their_price(siti: TestClient) -> None:
    assert "Belum ada permintaan." in siti.get("/permintaan").text
    shown = siti.get(taken_up(siti, expected_people="80", contact="Bagian Tata Usaha")).text
    assert "Bagian Tata Usaha" in shown
    assert "Selasa, 14 November 2023" in shown
    assert shown.count('name="offer"') >= 1
    assert re.search(r"Perkiraan \d+ aktivasi", shown)
    assert "menunggu" in siti.get("/permintaan").text
    assert re.search(r"Diterima .* oleh siti\b", shown), "a login, without what kind of actor it is"


def test_dates_with_days_between_them_are_listed_as_no_span(siti: TestClient, session: Session) -> None:
    taken_up(siti)
    request = session.scalars(select(VisitRequest)).one()
    request.wished_dates = ["2023-11-14", "2023-11-28"]
    session.commit()
    assert "14 November 2023; 28 November 2023" in siti.get("/permintaan").text
    request.wished_dates = [f"2023-11-{day}" for day in (14, 21, 22, 28)]
    session.commit()
    assert "4 tanggal, 14 November 2023 sampai 28 November 2023" in siti.get("/permintaan").text


def test_a_request_that_is_sent_twice_is_one_request(siti: TestClient, session: Session) -> None:
    key = key_of(siti.get("/permintaan/baru").text, "/permintaan")
    assert taken_up(siti, **key) == taken_up(siti, **key)
    assert session.scalars(select(func.count()).select_from(VisitRequest)).one() == 1
    assert taken_up(siti, **key_of(siti.get("/permintaan/baru").text, "/permintaan"))
    assert session.scalars(select(func.count()).select_from(VisitRequest)).one() == 2


def test_an_accepted_offer_is_booked_and_can_be_accepted_no_second_time(siti: TestClient, session: Session) -> None:
    path = taken_up(siti)
    answer = siti.post(f"{path}/terima", data={"offer": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert session.scalars(select(VisitRequest.status)).one() == "booked"
    shown = siti.get(path).text
    assert "Dijadwalkan pada" in shown
    assert 'name="offer"' not in shown
    assert siti.post(f"{path}/tolak", data={"reason": "duplicate"}).status_code == 409


def test_a_request_is_declined_with_a_reason_alone(siti: TestClient) -> None:
    path = taken_up(siti)
    refused = siti.post(f"{path}/tolak", data={"reason": "karena"})
    assert refused.status_code == 422
    assert siti.post(f"{path}/tolak", data={"reason": "no_room", "note": "Semua tim penuh."}).status_code == 303
    shown = siti.get(path).text
    assert "Ditolak: Tidak ada tempat" in shown
    assert "Semua tim penuh." in shown
    assert "ikut di rencana berikutnya" in shown
    assert "Tidak ada permintaan dengan keadaan ini." in siti.get("/permintaan?keadaan=open").text


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_stored(siti: TestClient, session: Session) -> None:
    for form, words in (
        ({"site_code": "", "name": ""}, "site_code"),
        ({"expected_people": "delapan"}, 'id="expected_people-hint" class="wrong"'),
        ({"wished_from": "2023-11-15", "wished_until": "2023-11-14"}, "Rentang"),
        ({"site_code": "TIDAK-ADA"}, 'id="site_code-hint" class="wrong"'),
        ({"site_code": "", "name": "Pabrik", "kind": "agency", "area_code": "16.73.99"}, "16.73.99"),
    ):
        answer = siti.post("/permintaan", data=PHONE | form)
        assert answer.status_code == 422, form
        assert words in answer.text, form
        assert 'value="2023-11-1' in answer.text, "what was typed stays"
    assert session.scalars(select(VisitRequest)).all() == []


def test_a_new_site_is_stored_with_its_request(siti: TestClient, session: Session) -> None:
    area = session.scalars(select(Site.area_code)).first() or ""
    path = taken_up(siti, site_code="", name="Pabrik Karet", kind="agency", area_code=area, expected_people="120")
    assert "Permintaan Pabrik Karet" in siti.get(path).text
    assert session.scalars(select(Site.headcount).where(Site.name == "Pabrik Karet")).one() == 120


def test_without_an_offer_the_rule_and_a_way_on_are_said(siti: TestClient, resident: FakeResident) -> None:
    path = taken_up(siti, wished_from="2024-05-01", wished_until="2024-05-01")
    shown = siti.get(path).text
    assert "Tidak ada yang dapat ditawarkan" in shown
    assert "Cari tanggal lagi" in shown
    assert siti.post(f"{path}/tawaran").headers["location"] == path


def test_others_may_not(browser: Browser, session: Session, siti: TestClient, password_hash: str) -> None:
    user = add_user(session, "wati", Role.VIEWER)
    user.password_hash = password_hash
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    assert wati.get("/permintaan").status_code == 403
    assert browser().get("/permintaan").headers["location"] == "/masuk?ke=/permintaan"
