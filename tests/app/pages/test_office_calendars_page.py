"""`/kalender`: calendars are connected, changed and disconnected; of addresses and passwords nothing is shown again."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.calendars.models import CalendarSource
from tests.app.pages.conftest import Browser, add_user, invite, log_in
from tests.app.pages.sent_forms import form_of, key_of
from tests.factories import make_district, make_team

ADDRESS = "https://cal.example.id/agenda/rahasia-di-alamat/"
WHOLE = {"name": "Kalender Dinas", "address": ADDRESS, "username": "perencana", "password": "sandi-aplikasi"}


@pytest.fixture
def siti(browser: Browser, session: Session, planner: User) -> TestClient:
    make_team(session, code="T-1")
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session) -> list[CalendarSource]:
    session.expire_all()
    return list(session.scalars(select(CalendarSource).order_by(CalendarSource.id)))


def connect(siti: TestClient, session: Session, **fields: str) -> str:
    """The path of a new calendar."""
    assert (
        siti.post("/kalender/baru", data=form_of(siti.get("/kalender/baru").text) | WHOLE | fields).status_code == 303
    )
    return f"/kalender/{stored(session)[-1].id}"


def test_a_calendar_is_connected_with_the_words_of_the_api_for_what_is_missing(
    siti: TestClient, session: Session
) -> None:
    assert "Belum ada kalender yang terhubung." in siti.get("/kalender").text
    new = form_of(siti.get("/kalender/baru").text)
    for fields, name, words in (
        ({"name": ""}, "name", ""),
        ({"address": ""}, "address", ""),
        ({"address": "kalender kami"}, "address", "Ini bukan alamat web."),
        ({"address": "http://cal.example.id/"}, "address", "Lewat http://"),
        ({"password": ""}, "password", "diisi bersama"),
        ({"kind": "ics", "direction": "out"}, "direction", "hanya dapat dibaca"),
        ({"scope": "team"}, "scope_code", ""),
        ({"scope": "team", "scope_code": "T-9"}, "scope_code", "T-9"),
        ({"refresh_minutes": "1"}, "refresh_minutes", ""),
        ({"refresh_minutes": "sering"}, "refresh_minutes", "Tulis dengan angka"),
    ):
        refused = siti.post("/kalender/baru", data=new | WHOLE | fields)
        assert refused.status_code == 422, fields
        assert f'id="{name}-hint" class="wrong"' in refused.text, fields
        assert words in refused.text, fields
        assert "sandi-aplikasi" not in refused.text
    assert stored(session) == []
    path = connect(siti, session, scope="team", scope_code="T-1", holidays="yes")
    [source] = stored(session)
    assert (source.name, source.kind, source.direction, source.refresh_minutes) == (
        "Kalender Dinas",
        "caldav",
        "in",
        15,
    )
    assert (source.holidays, source.tentative_blocks, source.username) == (True, True, "perencana")
    for shown in (siti.get("/kalender").text, siti.get(path).text):
        assert "https://cal.example.id" in shown
        assert "T-1" in shown
        assert "rahasia-di-alamat" not in shown
        assert "sandi-aplikasi" not in shown


def test_a_calendar_is_changed_and_its_secrets_stay_where_nothing_is_written(
    siti: TestClient, session: Session
) -> None:
    path = connect(siti, session)
    sealed = (stored(session)[0].sealed_address, stored(session)[0].sealed_password)
    first = form_of(siti.get(path).text)
    sent = {name: value for name, value in first.items() if name != "tentative_blocks"} | {"refresh_minutes": "60"}
    assert siti.post(path, data=sent).status_code == 303
    [source] = stored(session)
    assert (source.refresh_minutes, source.tentative_blocks) == (60, False)
    assert (source.sealed_address, source.sealed_password) == sealed
    stale = siti.post(path, data=first | {"name": "Agenda"})
    assert stale.status_code == 412
    assert "<li>Dibaca setiap (menit): 60</li>" in stale.text
    assert siti.post(path, data=form_of(stale.text)).status_code == 303
    assert (stored(session)[0].name, stored(session)[0].refresh_minutes) == ("Agenda", 60)
    # A password never follows an address to another server.
    refused = siti.post(path, data=form_of(siti.get(path).text) | {"address": "https://lain.example.id/agenda/"})
    assert refused.status_code == 422
    assert "di server lain" in refused.text
    # Without a user name there is no password either.
    assert siti.post(path, data=form_of(siti.get(path).text) | {"username": ""}).status_code == 303
    assert (stored(session)[0].username, stored(session)[0].sealed_password) == (None, None)


def test_a_calendar_is_disconnected_once_it_was_seen(siti: TestClient, session: Session) -> None:
    path = connect(siti, session)
    assert siti.post(f"{path}/hapus", data={"version": "99"}).status_code == 412
    gone = {"version": form_of(siti.get(path).text)["version"]} | key_of(siti.get(path).text, f"{path}/hapus")
    for _ in range(2):
        assert siti.post(f"{path}/hapus", data=gone).headers["location"] == "/kalender?tersimpan=true"
    assert stored(session) == []
    assert siti.get(path).status_code == 404


def test_calendars_of_others_are_not_there_and_readers_have_no_way_here(
    siti: TestClient, browser: Browser, session: Session
) -> None:
    path = connect(siti, session)
    make_district(session, "16.71", name="Kota Palembang")
    stored(session)[0].district_code = "16.71"
    session.commit()
    assert siti.get(path).status_code == 404
    assert siti.post(path, data={"version": "1", "name": "Milik saya"}).status_code == 404
    phone = browser()
    phone.post(invite(session, add_user(session, "wati", Role.VIEWER), sets_password=False))
    assert phone.get("/kalender").status_code == 403
    assert phone.post("/kalender/baru", data=WHOLE).status_code == 403
