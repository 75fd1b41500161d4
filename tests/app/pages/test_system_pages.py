"""What administrators read of calendars and of the service itself."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.access import users
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.models import CalendarReading, CalendarSource
from app.calendars.troubles import Trouble
from app.certificates import SERVER_VALID, Files, certify
from app.schedules.models import LOST_AFTER_SECONDS, RoundTrouble, Worker
from app.schedules.runs.gateway import solver_version
from app.settings import Settings
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.factories import make_district


@pytest.fixture
def admin(browser: Browser, session: Session, password_hash: str) -> TestClient:
    """Rina of Lubuklinggau, logged in."""
    make_district(session)
    make_district(session, "17.71", name="Kota Bengkulu")
    add_user(session, "rina", Role.ADMIN).password_hash = password_hash
    session.commit()
    session.execute(delete(Worker))
    session.commit()
    reader = browser()
    assert log_in(reader, "rina") == 303
    return reader


def connect(session: Session, name: str, *, district: str = "16.73", **reading: Any) -> int:
    """A calendar that is read."""
    source = CalendarSource(
        district_code=district,
        name=name,
        kind="ics",
        direction="in",
        sealed_address=b"sealed",
        origin="https://cal.example.id:443",
        tentative_blocks=True,
        holidays=False,
        refresh_minutes=15,
        created_at=NOW,
    )
    session.add(source)
    session.flush()
    session.add(CalendarReading(**({"source_id": source.id, "next_try_at": NOW + timedelta(hours=1)} | reading)))
    session.commit()
    return source.id


def test_each_calendar_tells_when_it_was_read_or_what_stands_in_the_way(admin: TestClient, session: Session) -> None:
    connect(session, "Cuti", succeeded_at=NOW)
    connect(session, "Agenda", failures=3, trouble=Trouble.UNTRUSTED.value)
    connect(session, "Baru")
    shown = admin.get("/admin/kalender").text
    rows = dict(re.findall(r'<th scope="row">(\w+)<br>.*?</th>(.*?)</tr>', shown, re.DOTALL))
    assert "13 November 2023" in rows["Cuti"]
    assert "3 kali gagal" in rows["Agenda"]
    assert "Sertifikat server tidak dapat dipercaya" in rows["Agenda"]
    assert "belum; menunggu pekerja" in rows["Baru"]
    assert (
        "The server&#39;s certificate cannot be trusted"
        in admin.get("/admin/kalender", headers={"Cookie": f"jb={admin.cookies['jb']}; bahasa=en"}).text
    )


def test_an_administrator_has_a_calendar_tried_again_at_once(admin: TestClient, session: Session) -> None:
    calendar = connect(session, "Agenda", failures=3, trouble=Trouble.UNREACHABLE.value)
    answer = admin.post(f"/admin/kalender/{calendar}/coba")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/kalender")
    at = session.scalar(select(CalendarReading.next_try_at).where(CalendarReading.source_id == calendar))
    assert at == NOW
    stranger = connect(session, "Lain", district="17.71")
    assert admin.post(f"/admin/kalender/{stranger}/coba").status_code == 404
    assert "Lain" not in admin.get("/admin/kalender").text
    assert admin.get("/admin/kalender?wilayah=17.71").status_code == 404


def test_a_district_without_calendars_says_so(admin: TestClient) -> None:
    assert "Belum ada kalender yang terhubung" in admin.get("/admin/kalender").text


def test_who_sees_all_districts_chooses_one(browser: Browser, session: Session, password_hash: str) -> None:
    make_district(session)
    make_district(session, "17.71", name="Kota Bengkulu")
    connect(session, "Lain", district="17.71")
    users.add(
        session,
        login="kadis",
        name="Dewi",
        role=Role.ADMIN,
        district_code=None,
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    ).password_hash = password_hash
    session.commit()
    reader = browser()
    log_in(reader, "kadis")
    shown = reader.get("/admin/kalender?wilayah=17.71").text
    assert "Lain" in shown
    assert '<option value="17.71" selected>' in shown


def test_the_system_page_names_version_workers_room_and_that_backups_are_unknown(
    admin: TestClient, session: Session
) -> None:
    now = session.scalar(select(func.clock_timestamp()))
    assert now is not None
    session.add(Worker(executor_id="kerja-1", seen_at=now))
    session.add(Worker(executor_id="kerja-2", seen_at=now - timedelta(seconds=LOST_AFTER_SECONDS + 60)))
    session.add(
        RoundTrouble(executor_id="kerja-1", name="calendars", fault="ValueError", failures=2, since=NOW, last_at=NOW)
    )
    session.commit()
    shown = admin.get("/admin/sistem").text
    assert solver_version() in shown
    assert re.search(r"kerja-1: hidup, tanda terakhir \d+ detik lalu", shown)
    assert re.search(r"kerja-2: diam sejak \d+ detik", shown)
    assert "calendars gagal di kerja-1" in shown
    assert re.search(r"<dt>Kosong</dt><dd>[\d.,]+ GB</dd>", shown)
    assert re.search(r"<dt>Basis data</dt><dd>[\d.,]+ GB</dd>", shown)
    assert "belum diberi tahu tandanya" in shown
    assert "JEMPUT_BACKUP_MARK" in shown
    assert "Versi ini memerlukan skema" not in shown


def test_without_a_worker_the_page_says_that_plans_wait(admin: TestClient) -> None:
    assert "Tidak ada pekerja yang hidup" in admin.get("/admin/sistem").text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(), "Tidak, ponsel tidak dapat bekerja tanpa sinyal: alamatnya HTTP (http://testserver)"),
        (Settings(public_url="http://kantor.example.go.id"), "alamatnya HTTP (http://kantor.example.go.id)"),
        (Settings(public_url="https://jemput.example.go.id"), "alamatnya HTTPS (https://jemput.example.go.id)"),
    ],
    ids=["no address", "http", "https"],
)
def test_the_page_says_whether_phones_can_work_offline_and_why(
    admin: TestClient, api: FastAPI, settings: Settings, said: str
) -> None:
    secret = admin.cookies["jb"]
    api.state.settings = settings
    name = "__Host-jb" if (settings.public_url or "").startswith("https") else "jb"
    shown = admin.get("/admin/sistem", headers={"Cookie": f"{name}={secret}"}).text
    assert said in shown
    assert ("JEMPUT_PUBLIC_URL belum diisi" in shown) is (settings.public_url is None)


@pytest.mark.parametrize(
    ("hours", "kind", "said"),
    [
        (3, "good", "Kurang dari sehari"),
        (30, "doubt", "periksa apakah pencadangan masih berjalan"),
        (200, "wrong", "pencadangan tidak berjalan"),
        (-30, "doubt", "di masa depan"),
    ],
)
def test_the_age_of_the_backups_mark_is_told(
    admin: TestClient, api: FastAPI, tmp_path: Path, hours: int, kind: str, said: str
) -> None:
    mark = tmp_path / "cadangan"
    api.state.settings = Settings(backup_mark=mark)
    assert "belum ada cadangan yang berhasil, atau letaknya salah" in admin.get("/admin/sistem").text
    mark.touch()
    moment = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(mark, (moment, moment))
    shown = admin.get("/admin/sistem").text
    found = re.search(rf'<p class="notice {kind}">Cadangan terakhir: ([^<]+)</p>', shown)
    assert found is not None
    assert said in found[1]
    assert str(tmp_path) not in shown


def test_with_a_database_of_ones_own_the_way_to_a_backup_is_another_one(admin: TestClient, api: FastAPI) -> None:
    assert "salin seluruh folder data" in admin.get("/admin/sistem").text
    api.state.settings = Settings(database_url="postgresql://nobody@localhost/nothing")
    assert "pg_dump" in admin.get("/admin/sistem").text


def test_little_room_is_said_before_it_is_none(admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Ruang hampir habis" not in admin.get("/admin/sistem").text
    monkeypatch.setattr("app.metrics.condition.shutil.disk_usage", lambda _: _Disk())
    shown = admin.get("/admin/sistem").text
    assert "Ruang hampir habis" in shown
    assert "<dd>1,9 GB</dd>" in shown


class _Disk:
    total, free = 500_000_000_000, 1_900_000_000


@pytest.mark.parametrize(
    ("name", "days", "said"),
    [
        ("testserver", 200, None),
        ("testserver", 29, "notice wrong"),
        ("lain.example", 200, "melainkan untuk lain.example"),
    ],
)
def test_the_page_says_when_the_certificate_ends_and_whom_it_is_for(
    admin: TestClient, api: FastAPI, tmp_path: Path, name: str, days: int, said: str | None
) -> None:
    files = Files(folder=tmp_path / "tls")
    certify(name, files, now=NOW + timedelta(days=days) - SERVER_VALID)
    api.state.settings = Settings(tls_cert=files.server, tls_key=files.server_key)
    section = admin.get("/admin/sistem").text.partition('id="antrean"')[0]
    assert f"({days} hari lagi)" in section
    assert ("melainkan" in section) is (name != "testserver")
    assert said is None or said in section
    assert said is not None or "notice wrong" not in section
