"""`/loket/tempat`: places with counters are read with what they bring, entered, changed, counted and forgotten."""

from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.counters.models import CounterPlace, CounterPlaceCount
from tests.app.pages.conftest import Browser, add_user, invite, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_counter_place, make_district, make_walk_ins

NEW = "/loket/tempat/baru"
UPT = {"name": "UPT Timur", "code": "U1", "kind": "sub_office", "windows": "senin-jumat 08.00-15.00", "rates": "6"}


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session) -> list[tuple[str, str | None, int | None, list[int]]]:
    session.expire_all()
    rows = session.scalars(select(CounterPlace).order_by(CounterPlace.id))
    return [(row.code, row.windows, row.staff, [rate["per_open_day"] for rate in row.rates]) for row in rows]


def test_places_are_listed_with_what_a_week_brings(siti: TestClient, session: Session) -> None:
    assert "Belum ada tempat" in siti.get("/loket").text
    make_counter_place(session, "U1", 6, name="UPT Timur", staff=2, provenance={"rates": "assumed"})
    session.commit()
    assert "Tidak ada laju umum" in siti.get("/loket").text
    assert "Belum ada laju." in siti.get("/loket?dokumen=kia").text
    make_walk_ins(session, date(2023, 11, 1), 10)
    make_counter_place(session, "MPP", 20, kind="mall", windows="mon-fri 09:00-15:00; sat 09:00-12:00")
    make_counter_place(session, "OLD", 50, name="Loket Pasar", ends_on=date(2023, 10, 31))
    session.commit()
    shown = siti.get("/loket").text
    rows = {
        name: row for row in shown.split("<tr>") for name in ("UPT Timur", "Loket MPP", "Loket Pasar") if name in row
    }
    assert "hari kerja" in rows["UPT Timur"]
    assert "perkiraan" in rows["UPT Timur"]
    assert "senin-jumat 09.00-15.00; sabtu 09.00-12.00" in rows["Loket MPP"]
    assert "</span> 24<" in rows["Loket MPP"]
    assert "tidak buka sekarang" in rows["Loket Pasar"]
    # 6 + 20 × 6 / 5 + 10.
    assert "<strong>40</strong>" in shown


def test_a_place_is_entered_in_the_words_of_a_table(siti: TestClient, session: Session) -> None:
    new = form_of(siti.get(NEW).text) | UPT
    for fields, words in (
        ({"name": ""}, 'id="name-hint" class="wrong"'),
        ({"windows": "kapan saja"}, "tidak menyebut hari dan jam"),
        ({"rates": "banyak"}, "tidak menyebut berapa yang datang"),
        ({"staff": "dua"}, 'id="staff-hint" class="wrong"'),
        ({"lat": "-3,28"}, 'id="lon-hint" class="wrong"'),
    ):
        refused = siti.post(NEW, data=new | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
        assert 'value="U1"' in refused.text
    sent = new | {"rates": "6; 9 sejak 2024-01-02", "from.rates": "assumed", "open_on_days_off": "yes"}
    assert siti.post(NEW, data=sent).headers["location"] == "/loket?tersimpan=true#tempat"
    assert stored(session) == [("U1", "mon-fri 08:00-15:00", None, [6, 9])]
    place = session.scalars(select(CounterPlace)).one()
    assert (place.provenance, place.open_on_days_off) == ({"rates": "assumed"}, True)
    taken = siti.post(NEW, data=form_of(siti.get(NEW).text) | UPT)
    assert taken.status_code == 409
    assert "sudah punya tempat loket berkode" in taken.text or "Kode ini sudah dipakai" in taken.text


def test_a_place_is_changed_beside_what_others_changed_and_deleted(siti: TestClient, session: Session) -> None:
    row = make_counter_place(session, "U1", 6, windows="mon-fri 08:00-15:00")
    session.commit()
    path = f"/loket/tempat/{row.id}"
    first = form_of(siti.get(path).text)
    assert first["windows"] == "senin-jumat 08.00-15.00"
    assert siti.post(path, data=first | {"rates": "7"}).status_code == 303
    stale = siti.post(path, data=first | {"staff": "2"})
    assert stale.status_code == 412
    assert "<li>Aktivasi per hari buka: ikd 7</li>" in stale.text
    assert siti.post(path, data=form_of(stale.text)).status_code == 303
    assert stored(session) == [("U1", "mon-fri 08:00-15:00", 2, [7])]
    assert siti.post(path, data=form_of(siti.get(path).text) | {"windows": "", "rates": ""}).status_code == 303
    assert stored(session) == [("U1", None, 2, [])]
    assert siti.post(f"{path}/hapus", data={"version": "1"}).status_code == 412
    assert siti.post(f"{path}/hapus", data={"version": form_of(siti.get(path).text)["version"]}).status_code == 303
    assert stored(session) == []
    assert siti.get(path).status_code == 404


def test_a_day_is_counted_at_a_place_and_forgotten(siti: TestClient, session: Session) -> None:
    row = make_counter_place(session, "U1", 6)
    session.commit()
    path = f"/loket/tempat/{row.id}"
    sent = {"document": "ikd", "day": "2023-11-09", "activated": "4", "note": "Sepi"}
    for fields, words in (
        ({"activated": ""}, 'id="activated-hint" class="wrong"'),
        ({"day": "2023-11-14"}, "Hari itu belum tiba"),
    ):
        refused = siti.post(f"{path}/hari", data=sent | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    assert siti.post(f"{path}/hari", data=sent).headers["location"] == f"{path}?tersimpan=true#hari"
    # What was counted already is not overwritten unseen.
    assert siti.post(f"{path}/hari", data=sent | {"activated": "5"}).status_code == 428
    session.expire_all()
    count = session.scalars(select(CounterPlaceCount)).one()
    assert (count.activated, count.note) == (4, "Sepi")
    assert "Sepi" in siti.get(path).text
    assert siti.post(f"{path}/hari/ikd/2023-11-09/hapus", data={"version": "9"}).status_code == 412
    assert siti.post(f"{path}/hari/ikd/2023-11-09/hapus", data={"version": "1"}).status_code == 303
    assert session.scalars(select(CounterPlaceCount)).all() == []


def test_places_of_others_are_not_there_and_who_only_reads_changes_none(
    siti: TestClient, browser: Browser, session: Session
) -> None:
    make_district(session, "17.71")
    foreign = make_counter_place(session, "U9", 6, district_code="17.71")
    session.commit()
    assert siti.get(f"/loket/tempat/{foreign.id}").status_code == 404
    phone = browser()
    phone.post(invite(session, add_user(session, "wati", Role.VIEWER), sets_password=False))
    assert phone.get(NEW).status_code == 403
    assert phone.post(NEW, data=UPT).status_code == 403
