"""`/langganan`: an address for calendar programs is made, shown once, read, and ended."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role, User
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.factories import make_district, make_team


@pytest.fixture
def siti(browser: Browser, session: Session, planner: User) -> TestClient:
    make_team(session, code="T-1", name="Tim Satu")
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


def test_an_address_is_made_shown_once_read_and_ended(siti: TestClient) -> None:
    shown = siti.get("/langganan?tim=T-1").text
    assert "Belum ada alamat." in shown
    assert '<option value="T-1" selected>T-1 · Tim Satu</option>' in shown
    made = siti.post("/langganan", data={"team": "T-1", "label": "Ponsel Budi"})
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    address = re.search(r'value="http://testserver(/v1/feeds/[^"]+\.ics)"', made.text)
    assert address is not None
    assert f'href="webcal://testserver{address[1]}"' in made.text
    feed = siti.get(address[1], headers={"Cookie": ""})
    assert (feed.status_code, feed.text[:15]) == (200, "BEGIN:VCALENDAR")
    listed = siti.get("/langganan").text
    assert "Ponsel Budi" in listed
    assert address[1] not in listed
    end = re.search(r'action="(/langganan/\d+/cabut)"', listed)
    assert end is not None
    assert siti.post(end[1]).headers["location"] == "/langganan"
    assert siti.get(address[1]).status_code == 404
    assert "Ponsel Budi" not in siti.get("/langganan").text


def test_the_whole_district_has_an_address_and_an_unknown_team_none(siti: TestClient) -> None:
    made = siti.post("/langganan", data={"team": "", "label": ""}).text
    assert "Semua kunjungan Kota Lubuk Linggau." in made
    refused = siti.post("/langganan", data={"team": "T-9"})
    assert refused.status_code == 422
    assert "T-9" in refused.text


@pytest.mark.parametrize("label", ["Ponsel\0Budi", "P" * 201])
def test_a_label_that_cannot_be_is_told_at_its_field_and_makes_nothing(siti: TestClient, label: str) -> None:
    refused = siti.post("/langganan", data={"team": "T-1", "label": label})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert '<option value="T-1" selected>' in refused.text
    assert "Belum ada alamat." in siti.get("/langganan").text


def test_the_page_is_found_from_a_team_and_belongs_to_planners_of_the_district(
    siti: TestClient, browser: Browser, session: Session, password_hash: str
) -> None:
    assert 'href="/langganan?tim=T-1"' in siti.get("/tim/T-1").text
    add_user(session, "wati", Role.VIEWER).password_hash = password_hash
    make_district(session, "16.74", name="Lain")
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    assert wati.get("/langganan").status_code == 403
    assert wati.post("/langganan", data={"team": ""}).status_code == 403
    siti.post("/langganan", data={"team": "T-1", "label": "milik kita"})
    assert siti.get("/langganan?wilayah=16.74").status_code == 404
