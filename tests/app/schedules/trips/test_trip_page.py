"""`/rencana/{id}/perjalanan`: a team is sent away on the page, its trip changed and called off, each told before."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.access import sessions
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.schedules.drafts import copies
from app.schedules.models import Schedule
from app.schedules.trips.models import Night, Trip
from app.schedules.trips.reading import trips_of
from app.travel.journeys.lodgings import LODGINGS
from app.travel.models import Connection, Lodging
from tests.app.conftest import NOW, AsRole
from tests.app.pages.conftest import Browser, add_user
from tests.app.pages.conftest import browser as browser
from tests.app.requests.test_breaks_and_kits import asked
from tests.app.schedules.trips.board_resident import BoardResident
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    LODGING,
    MONDAY,
    THURSDAY,
    VISITS,
    make_village,
    plan_upriver,
    published_upriver,
)

SEND = {
    "aksi": "send",
    "versi": "1",
    "tim": "T-1",
    "tanggal": THURSDAY.isoformat(),
    "kembali": MONDAY.isoformat(),
    "penginapan": "BALAI",
    "ruang": "ya",
}


@pytest.fixture
def siti(session: Session, district: District, browser: Browser) -> TestClient:
    return entered(session, browser, Role.PLANNER)


def entered(session: Session, browser: Browser, role: Role) -> TestClient:
    opened = sessions.open_session(
        session, add_user(session, role.value, role), device="Browser", earlier_secret=None, now=NOW
    )
    session.commit()
    client = browser()
    client.cookies.set("jb", opened.secret)
    return client


@pytest.fixture
def at_home(session: Session, district: District) -> Schedule:
    base = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    draft = copies.copy(session, base, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return draft


@pytest.fixture
def upriver(session: Session, district: District) -> Schedule:
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    return draft


@pytest.fixture
def resident(api: FastAPI) -> Iterator[BoardResident]:
    real, api.state.resident = api.state.resident, BoardResident()
    yield api.state.resident
    api.state.resident = real


def words_of(html: str) -> str:
    main = re.search(r"<main.*?</main>", html, flags=re.DOTALL)
    assert main is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0])).split())


def hidden(html: str) -> dict[str, str]:
    """The fields of the last form, as a browser would send them again."""
    form = html.rsplit("<form", 1)[1]
    return {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    }


def path(draft: Schedule, **query: Any) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/rencana/{draft.id}/perjalanan{'?' if pairs else ''}{pairs}"


def test_a_team_is_sent_away_once_it_was_told_what_that_does(
    session: Session, at_home: Schedule, siti: TestClient
) -> None:
    board = siti.get(f"/rencana/{at_home.id}/papan").text
    assert f'href="/rencana/{at_home.id}/perjalanan"' in board
    form = siti.get(path(at_home))
    assert form.status_code == 200
    assert '<option value="BALAI">Balai Desa Hulu</option>' in form.text
    told = siti.post(path(at_home), data=SEND)
    assert told.status_code == 200
    said = words_of(told.text)
    assert "Tim T-1 berangkat 16 November 2023 dan kembali 20 November 2023: 4 malam di luar di Balai Desa Hulu" in said
    assert "Dermaga Hilir → Dermaga Hulu" in said
    assert trips_of(session, at_home) == [], "nothing is done yet"
    done = siti.post(path(at_home), data=hidden(told.text))
    assert (done.status_code, done.headers["Location"]) == (303, f"/rencana/{at_home.id}")
    session.expire_all()
    (whole,) = trips_of(session, at_home)
    assert (whole.trip.starts_on, whole.trip.ends_on) == (THURSDAY, MONDAY)
    board = siti.get(f"/rencana/{at_home.id}/papan").text
    assert "memberangkatkan T-1, Kam 16 sampai Sen 20" in unescape(board)
    assert board.count("perjalanan?tim=T-1&amp;tanggal=2023-11-16") == 2, "in the table and by day, on the first day"
    history = siti.get(f"/rencana/{at_home.id}/riwayat").text
    assert "memberangkatkan T-1" in history


def test_a_trip_is_changed_and_called_off_on_its_page(
    session: Session, district: District, upriver: Schedule, siti: TestClient
) -> None:
    losmen = LODGING | {"code": "LOSMEN", "name": "Losmen Hulu"}
    create_thing(session, LODGINGS, district, losmen, actor=COMMAND_LINE, now=NOW)
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    shown = siti.get(path(draft, tim="T-1", tanggal=FRIDAY))
    assert "2 kunjungan, perkiraan" in words_of(shown.text)
    change = {"aksi": "change_trip", "versi": "1", "tim": "T-1", "tanggal": THURSDAY.isoformat()}
    told = siti.post(path(draft), data=change | {"kembali": "", "penginapan": "", f"malam.{FRIDAY}": "LOSMEN"})
    assert "Balai Desa Hulu, Losmen Hulu" in words_of(told.text)
    assert siti.post(path(draft), data=hidden(told.text)).status_code == 303
    beds = session.scalars(select(Night.lodging_code).where(Night.schedule_id == draft.id).order_by(Night.date)).all()
    assert beds == ["BALAI", "LOSMEN"]
    off = {"aksi": "call_off", "versi": "2", "tim": "T-1", "tanggal": THURSDAY.isoformat()}
    told = siti.post(path(draft), data=off)
    said = words_of(told.text)
    assert "dibatalkan" in said
    assert re.search(r"2 kunjungan \(\d+ orang\) keluar dari rencana", said)
    assert "Keluar dari rencana Desa Hulu 1, T-1, Kam 16 12.00" in said
    assert siti.post(path(draft), data=hidden(told.text)).status_code == 303
    assert session.scalars(select(Trip).where(Trip.schedule_id == draft.id)).all() == []


def test_a_trip_moves_to_other_dates_on_its_page(session: Session, upriver: Schedule, siti: TestClient) -> None:
    shown = siti.get(path(upriver, tim="T-1", tanggal=FRIDAY)).text.split('name="pindah_ke"')[1].split("</select>")[0]
    assert '<option value="2023-11-23">' in shown
    assert '<option value="2023-11-22">' not in shown, "it would be back on a Sunday"
    move = {"aksi": "move_trip", "versi": "1", "tim": "T-1", "tanggal": THURSDAY.isoformat(), "ruang": "ya"}
    refused = siti.post(path(upriver), data=move | {"pindah_ke": THURSDAY.isoformat()})
    assert refused.status_code == 422
    assert 'id="pindah_ke-hint" class="wrong"' in refused.text
    assert siti.post(path(upriver), data=move | {"pindah_ke": ""}).status_code == 422
    told = siti.post(path(upriver), data=move | {"pindah_ke": "2023-11-23"})
    said = words_of(told.text)
    assert "Perjalanan tim T-1 pindah: kini 23 November 2023 sampai 27 November 2023" in said
    assert "Berubah Desa Hulu 1, T-1, Kam 16 12.00 menjadi Kam 23 12.00" in said
    assert siti.post(path(upriver), data=hidden(told.text)).status_code == 303
    session.expire_all()
    assert [whole.trip.starts_on for whole in trips_of(session, upriver)] == [date(2023, 11, 23)]
    board = unescape(siti.get(f"/rencana/{upriver.id}/papan").text)
    assert "memindahkan perjalanan T-1, Kam 16, menjadi mulai Kam 23" in board
    stale = siti.post(path(upriver), data=move | {"pindah_ke": "2023-11-24"})
    assert (stale.status_code, hidden(stale.text)["pindah_ke"]) == (412, "2023-11-24")


def test_what_a_trip_breaks_is_told_before_it_is_done(at_home: Schedule, siti: TestClient) -> None:
    told = siti.post(path(at_home), data=SEND | {"kembali": "2023-11-27"})
    said = words_of(told.text)
    assert "aturan dilanggar" in said
    assert "terlalu banyak malam di luar pangkalan" in said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tim": ""}, "Belum ada tim yang dipilih"),
        ({"tim": "T-9"}, "tidak mengenal tim 'T-9'"),
        ({"tanggal": "besok"}, "'besok' bukan tanggal"),
        ({"kembali": "2023-11-14"}, "berakhir sebelum dimulai"),
        ({"kembali": "2023-11-18"}, "bukan hari dalam rencana ini"),
        ({"penginapan": ""}, "Belum disebut di mana tim menginap"),
        ({"penginapan": "HOTEL"}, "tidak mengenal penginapan 'HOTEL'"),
        ({"malam.besok": "BALAI"}, "'besok' bukan tanggal"),
        ({"kembali": "", "penginapan": ""}, "tanpa menginap memerlukan kunjungan"),
        ({"lokasi": "X-1"}, "tidak mengenal lokasi 'X-1'"),
        ({"aksi": "berlayar"}, "tidak menyebut apa yang dilakukan"),
    ],
)
def test_a_wrong_form_is_shown_again_with_the_reason(
    session: Session, at_home: Schedule, siti: TestClient, wrong: dict[str, str], words: str
) -> None:
    answer = siti.post(path(at_home), data=SEND | {"langkah": "simpan"} | wrong)
    assert answer.status_code in (409, 422)
    assert words in words_of(answer.text)
    assert trips_of(session, at_home) == []


def test_a_trip_in_the_way_is_named_and_an_old_version_is_not_taken(
    session: Session, upriver: Schedule, siti: TestClient
) -> None:
    refused = siti.post(path(upriver), data=SEND | {"tanggal": FRIDAY.isoformat()})
    assert refused.status_code == 409
    assert "sudah bepergian dari 2023-11-16 sampai 2023-11-20" in words_of(refused.text)
    stale = siti.post(path(upriver), data=SEND | {"versi": "9", f"malam.{FRIDAY}": "BALAI"})
    assert stale.status_code == 412
    assert f'name="malam.{FRIDAY}" value="BALAI"' in stale.text, "what was meant is kept"


def test_a_plan_in_force_is_copied_first_and_the_trip_opens_in_the_copy(
    session: Session, district: District, siti: TestClient
) -> None:
    published = published_upriver(session, district)
    calendar = siti.get(f"/rencana/{published.id}/kalender").text
    assert "perjalanan?tim=T-1&amp;tanggal=2023-11-16" in calendar
    shown = siti.get(path(published, tim="T-1", tanggal=THURSDAY))
    assert "tetap berlaku" in words_of(shown.text)
    copied = siti.post(f"/rencana/{published.id}/salin", data=hidden(shown.text))
    draft = session.scalars(select(Schedule.id).order_by(Schedule.id.desc())).first()
    assert copied.headers["Location"] == f"/rencana/{draft}/perjalanan?tim=T-1&tanggal=2023-11-16"
    assert siti.post(path(published), data=SEND).status_code == 409


def test_who_only_reads_sends_nobody(session: Session, at_home: Schedule, browser: Browser, district: District) -> None:
    vina = entered(session, browser, Role.VIEWER)
    assert vina.get(path(at_home)).status_code == 403
    assert vina.post(path(at_home), data=SEND).status_code == 403
    assert "/perjalanan" not in vina.get(f"/rencana/{at_home.id}/papan").text


def test_a_card_put_where_only_a_trip_leads_shows_that_trip_before_the_team_is_sent(
    session: Session, at_home: Schedule, siti: TestClient, resident: BoardResident
) -> None:
    put = {"aksi": "place", "versi": "1", "lokasi": "H-0", "ke": f"{THURSDAY}/T-1"}
    told = siti.post(f"/rencana/{at_home.id}/pindah", data=put)
    assert told.status_code == 200
    said = words_of(told.text)
    assert said.startswith("Hanya perjalanan baru yang sampai ke sana Tim T-1 berangkat 16 November 2023")
    assert "Kunjungan baru Desa Hulu 1, T-1, Kam 16" in said
    assert trips_of(session, at_home) == []
    done = siti.post(f"/rencana/{at_home.id}/pindah", data=hidden(told.text))
    assert (done.status_code, done.headers["Location"]) == (303, f"/rencana/{at_home.id}")
    session.expire_all()
    assert [whole.trip.starts_on for whole in trips_of(session, at_home)] == [THURSDAY]


def test_a_district_without_lodgings_and_boats_has_no_button_and_a_page_that_says_why(
    session: Session, district: District, siti: TestClient
) -> None:
    session.execute(delete(Connection))
    session.execute(delete(Lodging))
    base = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    draft = copies.copy(session, base, actor=COMMAND_LINE, now=NOW)
    session.commit()
    assert "/perjalanan" not in siti.get(f"/rencana/{draft.id}/papan").text
    assert "tidak mengenal penginapan, perahu, atau pesawat" in words_of(siti.get(path(draft)).text)


def test_the_page_of_a_request_tells_the_trip_that_is_offered(
    client: TestClient,
    session: Session,
    district: District,
    siti: TestClient,
    resident: BoardResident,
    bearer: AsRole,
) -> None:
    make_village(session, 2)
    published_upriver(session, district)
    request = asked(client, bearer(Role.PLANNER, district.code), "H-2", date(2023, 11, 22))
    said = words_of(siti.get(f"/permintaan/{request['id']}").text)
    assert "Perjalanan baru: berangkat 22 November 2023, menginap di Balai Desa Hulu, kembali 23 November 2023." in said
