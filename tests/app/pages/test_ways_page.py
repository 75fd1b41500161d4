"""`/jalur`: boats and planes are found, entered, changed and deleted."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.models import TravelEntry
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_district, make_site, make_team


@pytest.fixture
def siti(browser: Browser, planner: User, session: Session) -> TestClient:
    make_team(session, code="TIM-1", base_name="Kantor Disdukcapil")
    for code, name in (("DESA-7", "Desa Hulu"), ("DESA-8", "Desa Muara")):
        make_site(session, code=code, name=name, kind="village")
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


@pytest.fixture
def boat(session: Session, siti: TestClient) -> TravelEntry:
    fields = {"origin": "base:TIM-1", "destination": "DESA-7", "minutes": 95, "metres": 12_400, "way": "boat"}
    entry = create_thing(
        session, TRAVEL_ENTRIES, session.get_one(District, "16.73"), fields, actor=COMMAND_LINE, now=NOW
    )
    session.commit()
    return entry


def stored(session: Session) -> TravelEntry:
    session.expire_all()
    return session.scalars(select(TravelEntry)).one()


def test_ways_are_listed_by_the_names_of_their_places_and_filtered(siti: TestClient, boat: TravelEntry) -> None:
    shown = siti.get("/jalur").text
    for words in ("Kantor Disdukcapil – Desa Hulu", "95 menit, 12 km", "perahu, pulang pergi", "dari kantor"):
        assert words in shown, words
    assert "Desa Hulu" in siti.get("/jalur?cara=boat").text
    planes = siti.get("/jalur?cara=plane").text
    assert "Tidak ada jalur seperti itu." in planes
    assert "Desa Hulu" not in planes


def test_a_way_is_entered_with_the_words_of_the_api_for_what_is_wrong(siti: TestClient, session: Session) -> None:
    assert "Belum ada jalur khusus." in siti.get("/jalur").text
    new = form_of(siti.get("/jalur/baru").text)
    whole = new | {"origin": "pangkalan:TIM-1", "destination": "DESA-7", "minutes": "95", "metres": "0"}
    for fields, words in (
        ({"origin": ""}, 'id="origin-hint" class="wrong"'),
        ({"origin": "TIM-1"}, "misalnya pangkalan:TIM-1"),
        ({"destination": "DESA-9"}, "Tidak ada tempat &#39;DESA-9&#39;"),
        ({"minutes": "lama"}, "bukan bilangan seperti itu"),
        ({"minutes": "2000"}, 'id="minutes-hint" class="wrong"'),
        ({"metres": "1.200"}, "dapat dibaca dua cara"),
    ):
        refused = siti.post("/jalur/baru", data=whole | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    del whole["both_directions"]
    assert siti.post("/jalur/baru", data=whole).headers["location"] == "/jalur?tersimpan=true"
    row = stored(session)
    assert (row.minutes, row.metres, row.way, row.both_directions) == (95, 0, "boat", False)
    again = siti.post("/jalur/baru", data=form_of(siti.get("/jalur/baru").text) | whole)
    assert again.status_code == 409
    assert "sudah menyebut arah ini" in again.text


def test_a_way_is_changed_beside_what_others_change_and_deleted(
    siti: TestClient, session: Session, boat: TravelEntry
) -> None:
    path = f"/jalur/{boat.id}"
    first = form_of(siti.get(path).text)
    assert first["origin"] == "pangkalan:TIM-1"
    assert siti.post(path, data=first | {"minutes": "120", "way": "plane"}).status_code == 303
    stale = siti.post(path, data=first | {"note": "pagi saja"})
    assert stale.status_code == 412
    assert "<li>Lama (menit): 120</li>" in stale.text
    assert "<li>Cara: pesawat</li>" in stale.text
    assert siti.post(path, data=form_of(stale.text)).status_code == 303
    row = stored(session)
    assert (row.minutes, row.note, row.both_directions) == (120, "pagi saja", True)
    assert siti.post(f"{path}/hapus", data={"version": first["version"]}).status_code == 412
    assert siti.post(f"{path}/hapus", data=form_of(siti.get(path).text)).status_code == 303
    assert siti.get(path).status_code == 404


def test_a_way_of_another_district_is_not_there(siti: TestClient, session: Session) -> None:
    other = make_district(session, "16.74", name="Lain")
    make_site(session, "16.74", code="A")
    make_site(session, "16.74", code="B")
    fields = {"origin": "A", "destination": "B", "minutes": 9, "metres": 0, "way": "foot"}
    entry = create_thing(session, TRAVEL_ENTRIES, other, fields, actor=COMMAND_LINE, now=NOW)
    session.commit()
    assert siti.get(f"/jalur/{entry.id}").status_code == 404
    assert siti.post(f"/jalur/{entry.id}/hapus", data={"version": "1"}).status_code == 404
