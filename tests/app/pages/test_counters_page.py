"""`/loket`: rates at the counters and counted days are read with their doubts, entered, changed and forgotten."""

import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import OfficialCount, WalkInCount, WalkInRate
from tests.app.pages.conftest import Browser, add_user, invite, log_in
from tests.app.pages.sent_forms import form_of, key_of
from tests.factories import make_target, make_walk_ins

RATE = "/loket/laju/ikd/2023-11-01"
DAY = "/loket/hari/ikd/2023-11-09"


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored_rates(session: Session) -> list[tuple[date, int, str, str | None]]:
    session.expire_all()
    rows = session.scalars(select(WalkInRate).order_by(WalkInRate.starts_on))
    return [(row.starts_on, row.per_working_day, row.provenance, row.note) for row in rows]


def stored_days(session: Session) -> list[tuple[date, int, str | None]]:
    session.expire_all()
    return [
        (row.day, row.activated, row.note) for row in session.scalars(select(WalkInCount).order_by(WalkInCount.day))
    ]


def test_rates_and_counted_days_stand_beside_what_is_expected(siti: TestClient, session: Session) -> None:
    make_walk_ins(session, date(2023, 10, 2), 40)
    make_walk_ins(session, date(2023, 11, 1), 60, note="Loket Sabtu", provenance="given")
    make_walk_ins(session, date(2024, 1, 2), 0)
    session.add(WalkInCount(district_code="16.73", document="ikd", day=date(2023, 10, 31), activated=37))
    session.add(WalkInCount(district_code="16.73", document="ikd", day=date(2023, 11, 9), activated=71, note="Ramai"))
    session.add(WalkInCount(district_code="16.73", document="kia", day=date(2023, 11, 8), activated=13))
    session.commit()
    shown = siti.get("/loket").text
    for words in ("Loket Sabtu", "berlaku sekarang", "belum mulai", "dari kantor", "Ramai", "Kamis, 9 November 2023"):
        assert words in shown, words
    # The keys of forms are random.
    rows = [re.sub(r'"[^"]*"', "", row) for row in shown.split("<tr>") if "/loket/hari/" in row]
    assert [("71" in row, "60" in row, "37" in row, "40" in row) for row in rows] == [
        (True, True, False, False),
        (False, False, True, True),
    ]
    later = siti.get("/loket?sejak=2023-11-01").text
    assert "Selasa, 31 Oktober 2023" not in later
    kia = siti.get("/loket?dokumen=kia").text
    assert "Rabu, 8 November 2023" in kia
    assert "Belum ada laju." in kia
    assert siti.get("/loket?dokumen=paspor").status_code == 422


def test_counts_that_leave_less_than_nothing_for_the_counters_are_a_doubt(siti: TestClient, session: Session) -> None:
    assert "Belum ada sasaran IKD." in siti.get("/loket").text
    make_target(session, activated=1_000, as_of=date(2023, 11, 10))
    for day, activated in ((date(2023, 10, 31), 1_050), (date(2023, 10, 16), 900)):
        session.add(
            OfficialCount(district_code="16.73", document="ikd", owner="district", as_of=day, activated=activated)
        )
    session.commit()
    shown = siti.get("/loket").text
    assert "tidak mungkin</span>" in shown
    assert "salah satunya keliru" in shown
    assert "+150" in shown


def test_a_rate_is_entered_with_the_words_of_the_api_for_what_is_missing(siti: TestClient, session: Session) -> None:
    new = form_of(siti.get("/loket/laju/baru").text)
    for fields, words in (
        ({"per_working_day": "60"}, 'id="starts_on-hint" class="wrong"'),
        ({"starts_on": "2023-11-01"}, 'id="per_working_day-hint" class="wrong"'),
        ({"starts_on": "2023-11-01", "per_working_day": "banyak"}, "Tulis dengan angka"),
        ({"starts_on": "2023-11-01", "per_working_day": "-1"}, 'id="per_working_day-hint" class="wrong"'),
    ):
        refused = siti.post("/loket/laju/baru", data=new | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    whole = new | {"starts_on": "2023-11-01", "per_working_day": "1200", "note": "Mal", "provenance": "measured"}
    assert siti.post("/loket/laju/baru", data=whole).headers["location"] == "/loket?dokumen=ikd&tersimpan=true"
    assert stored_rates(session) == [(date(2023, 11, 1), 1_200, "measured", "Mal")]
    # The same date again: its page, so that nothing is overwritten unseen.
    again = form_of(siti.get("/loket/laju/baru").text) | {"starts_on": "2023-11-01", "per_working_day": "5"}
    assert siti.post("/loket/laju/baru", data=again).headers["location"] == RATE
    assert stored_rates(session)[0][1] == 1_200


def test_a_rate_is_changed_beside_what_others_changed_and_deleted(siti: TestClient, session: Session) -> None:
    make_walk_ins(session, date(2023, 11, 1), 60, note="Mal")
    session.commit()
    first = form_of(siti.get(RATE).text)
    assert siti.post(RATE, data=first | {"per_working_day": "70", "provenance": "measured"}).status_code == 303
    stale = siti.post(RATE, data=first | {"note": "Loket Mal"})
    assert stale.status_code == 412
    assert "<li>Aktivasi per hari kerja: 70</li>" in stale.text
    assert "<li>Asal data: diukur</li>" in stale.text
    assert siti.post(RATE, data=form_of(stale.text)).status_code == 303
    assert stored_rates(session) == [(date(2023, 11, 1), 70, "measured", "Loket Mal")]
    # What is emptied is gone.
    assert siti.post(RATE, data=form_of(siti.get(RATE).text) | {"note": ""}).status_code == 303
    assert stored_rates(session)[0][3] is None
    assert siti.post(f"{RATE}/hapus", data={"version": "1"}).status_code == 412
    assert siti.post(f"{RATE}/hapus", data={"version": form_of(siti.get(RATE).text)["version"]}).status_code == 303
    assert stored_rates(session) == []
    assert siti.get(RATE).status_code == 404


def test_a_day_is_counted_changed_and_forgotten(siti: TestClient, session: Session) -> None:
    added = {"document": "ikd", "day": "2023-11-09", "activated": "57", "note": "Ramai"}
    for fields, words in (
        ({"day": ""}, 'id="day-hint" class="wrong"'),
        ({"activated": ""}, 'id="activated-hint" class="wrong"'),
        ({"activated": "1.5"}, 'id="activated-hint" class="wrong"'),
        ({"day": "2023-11-14"}, "Hari itu belum tiba"),
    ):
        refused = siti.post("/loket/hari", data=added | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
        assert 'value="Ramai"' in refused.text
    answer = siti.post("/loket/hari", data=added)
    assert answer.headers["location"] == "/loket?dokumen=ikd&sejak=2023-11-09&tersimpan=true"
    assert stored_days(session) == [(date(2023, 11, 9), 57, "Ramai")]
    assert siti.post("/loket/hari", data=added | {"activated": "9"}).headers["location"] == DAY
    first = form_of(siti.get(DAY).text)
    assert siti.post(DAY, data=first | {"activated": "58"}).status_code == 303
    stale = siti.post(DAY, data=first | {"note": ""})
    assert stale.status_code == 412
    assert "<li>Aktivasi terhitung: 58</li>" in stale.text
    assert siti.post(DAY, data=form_of(stale.text)).status_code == 303
    assert stored_days(session) == [(date(2023, 11, 9), 58, None)]
    assert siti.post(f"{DAY}/hapus", data={"version": form_of(siti.get(DAY).text)["version"]}).status_code == 303
    assert stored_days(session) == []


def test_a_form_that_is_sent_twice_works_once(siti: TestClient, session: Session) -> None:
    sent = {"document": "ikd", "day": "2023-11-09", "activated": "57"} | key_of(siti.get("/loket").text, "/loket/hari")
    first, second = siti.post("/loket/hari", data=sent), siti.post("/loket/hari", data=sent)
    assert second.headers["location"] == first.headers["location"]
    assert len(stored_days(session)) == 1


def test_who_only_reads_has_no_way_here(browser: Browser, session: Session, planner: User) -> None:
    phone = browser()
    phone.post(invite(session, add_user(session, "wati", Role.VIEWER), sets_password=False))
    assert phone.get("/loket").status_code == 403
    sent = {"document": "ikd", "day": "2023-11-09", "activated": "57"}
    assert phone.post("/loket/hari", data=sent).status_code == 403
    assert stored_days(session) == []
