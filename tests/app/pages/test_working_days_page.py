"""`/hari-kerja`: the year as the district works it; its own exceptions and weekdays, set beside what others set."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.districts.models import District, HolidayOverride
from tests.app.pages.conftest import Browser, log_in
from tests.app.pages.sent_forms import form_of

DAY = "/hari-kerja/2023-11-20"


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def own_days(session: Session) -> list[tuple[str, bool, str]]:
    session.expire_all()
    rows = session.scalars(select(HolidayOverride).order_by(HolidayOverride.date))
    return [(row.name, row.is_working, row.provenance) for row in rows]


def test_the_year_is_shown_with_where_each_day_off_comes_from(siti: TestClient) -> None:
    shown = siti.get("/hari-kerja").text
    assert "Hari kerja 2023" in shown
    for words in ("Hari Raya Natal", "libur nasional", "cuti bersama", '<span class="mark public">data umum</span>'):
        assert words in shown, words
    joint = siti.get("/hari-kerja?jenis=joint_leave").text
    assert "cuti bersama <" in joint
    assert "Hari Kemerdekaan" not in joint
    # Its joint leave is not announced, its feasts are computed: the page says so.
    later = siti.get("/hari-kerja?tahun=2045").text
    assert "belum ada di kalender" in later
    assert '<span class="mark assumed">perkiraan</span>' in later
    assert siti.get("/hari-kerja?tahun=1999").status_code == 422


def test_a_day_is_made_off_or_worked_changed_and_given_back(siti: TestClient, session: Session) -> None:
    added = {"date": "2023-11-20", "is_working": "no", "name": "Hari Jadi Kota", "provenance": "given"}
    assert siti.post("/hari-kerja", data=added | {"date": ""}).status_code == 422
    nameless = siti.post("/hari-kerja", data=added | {"name": " "})
    assert nameless.status_code == 422
    assert 'id="name-hint" class="wrong"' in nameless.text
    assert siti.post("/hari-kerja", data=added).headers["location"] == "/hari-kerja?tahun=2023&tersimpan=true"
    assert own_days(session) == [("Hari Jadi Kota", False, "given")]
    shown = siti.get("/hari-kerja?jenis=local").text
    assert "Senin, 20 November 2023" in shown
    assert '<span class="mark given">dari kantor</span>' in shown
    # The same date again: its page, so that nothing is overwritten unseen.
    assert siti.post("/hari-kerja", data=added | {"name": "Lain"}).headers["location"] == DAY
    first = form_of(siti.get(DAY).text)
    assert siti.post(DAY, data=first | {"is_working": "yes", "name": "Piket"}).status_code == 303
    stale = siti.post(DAY, data=first | {"name": "Hari Jadi"})
    assert stale.status_code == 412
    assert "<li>Pada hari itu kantor: bekerja</li>" in stale.text
    assert own_days(session) == [("Piket", True, "given")]
    assert "tetap bekerja" in siti.get("/hari-kerja").text
    assert siti.post(f"{DAY}/hapus", data={"version": "1"}).status_code == 412
    assert siti.post(f"{DAY}/hapus", data=form_of(siti.get(DAY).text)).status_code == 303
    assert own_days(session) == []


def test_a_national_holiday_is_worked_from_its_own_page(siti: TestClient, session: Session) -> None:
    sent = form_of(siti.get("/hari-kerja/2023-12-26").text)
    assert sent["name"] == "Cuti Bersama Hari Raya Natal"
    assert siti.post("/hari-kerja/2023-12-26", data=sent | {"is_working": "yes"}).status_code == 303
    assert own_days(session) == [("Cuti Bersama Hari Raya Natal", True, "given")]
    assert "Seperti hari lain" in siti.get("/hari-kerja/2023-11-22").text


def test_the_weekdays_of_the_office_are_ticked(siti: TestClient, session: Session) -> None:
    version = str(session.scalars(select(District.version)).one())
    assert siti.post("/hari-kerja/minggu", data={"version": version}).status_code == 422
    six = {f"day.{day}": "yes" for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    assert siti.post("/hari-kerja/minggu", data=six | {"version": version}).status_code == 303
    session.expire_all()
    assert session.scalars(select(District.working_weekdays)).one() == "1111110"
    stale = siti.post("/hari-kerja/minggu", data={"version": version, "day.mon": "yes"})
    assert stale.status_code == 412
    assert "sudah diubah orang lain" in stale.text
