"""`/penutupan`: market days, exams and Friday prayer are found, entered, changed and deleted."""

from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.sites.models import KindClosure
from tests.app.pages.conftest import Browser, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_district


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


@pytest.fixture
def exams(session: Session, planner: User) -> KindClosure:
    exams = KindClosure(
        district_code="16.73", name="Ujian", kind="school", starts_on=date(2023, 11, 27), ends_on=date(2023, 12, 2)
    )
    session.add(exams)
    session.commit()
    return exams


def stored(session: Session) -> KindClosure:
    session.expire_all()
    return session.scalars(select(KindClosure).where(KindClosure.district_code == "16.73")).one()


def test_closures_are_listed_filtered_and_old_ones_set_aside(
    siti: TestClient, session: Session, exams: KindClosure
) -> None:
    session.add(
        KindClosure(district_code="16.73", name="Salat Jumat", weekdays="0000100", closed_from=690, closed_until=780)
    )
    session.add(
        KindClosure(
            district_code="16.73", name="Pasar", kind="village", starts_on=date(2023, 1, 2), ends_on=date(2023, 1, 2)
        )
    )
    session.commit()
    shown = siti.get("/penutupan").text
    for words in ("Ujian", "27 November–2 Desember 2023", "Salat Jumat", "Jumat 11.30–13.00", "semua jenis lokasi"):
        assert words in shown, words
    assert "Pasar" not in shown
    assert "Tampilkan juga 1 yang sudah lewat" in shown
    assert "sudah lewat</span>" in siti.get("/penutupan?lewat=true").text
    schools = siti.get("/penutupan?jenis=school").text
    assert "Ujian" in schools
    assert "Salat Jumat" in schools
    assert "Ujian" not in siti.get("/penutupan?jenis=village").text


def test_a_closure_is_entered_with_the_words_of_the_api_for_what_is_missing(siti: TestClient, session: Session) -> None:
    assert "Belum ada penutupan." in siti.get("/penutupan").text
    new = form_of(siti.get("/penutupan/baru").text)
    for fields, words in (
        ({"name": ""}, 'id="name-hint" class="wrong"'),
        ({"name": "Pasar"}, "Belum menyebut harinya"),
        ({"name": "Pasar", "starts_on": "2023-11-20"}, "Tanggal pertama dan terakhir diisi bersama."),
        ({"name": "Pasar", "day.tue": "yes", "closed_from": "siang"}, 'id="closed_from-hint" class="wrong"'),
        ({"name": "Pasar", "day.tue": "yes", "closed_from": "10:00", "closed_until": "9:00"}, "Berakhir sebelum mulai"),
    ):
        refused = siti.post("/penutupan/baru", data=new | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    whole = new | {"name": "Pasar", "kind": "village", "day.tue": "yes", "closed_from": "6.00", "closed_until": "10:00"}
    assert siti.post("/penutupan/baru", data=whole).headers["location"] == "/penutupan?tersimpan=true"
    row = stored(session)
    assert (row.name, row.kind, row.weekdays, row.closed_from, row.closed_until) == (
        "Pasar",
        "village",
        "0100000",
        360,
        600,
    )


def test_a_closure_is_changed_beside_what_others_change_and_deleted(
    siti: TestClient, session: Session, exams: KindClosure
) -> None:
    path = f"/penutupan/{exams.id}"
    first = form_of(siti.get(path).text)
    assert siti.post(path, data=first | {"ends_on": "2023-12-05", "kind": "clinic"}).status_code == 303
    stale = siti.post(path, data=first | {"name": "Ujian akhir"})
    assert stale.status_code == 412
    assert "<li>Tanggal terakhir: 2023-12-05</li>" in stale.text
    assert "<li>Jenis lokasi: Fasilitas kesehatan</li>" in stale.text
    assert siti.post(path, data=form_of(stale.text)).status_code == 303
    assert (stored(session).name, stored(session).ends_on) == ("Ujian akhir", date(2023, 12, 5))
    assert siti.post(f"{path}/hapus", data={"version": first["version"]}).status_code == 412
    assert siti.post(f"{path}/hapus", data=form_of(siti.get(path).text)).status_code == 303
    assert siti.get(path).status_code == 404


def test_a_closure_of_another_district_is_not_there(siti: TestClient, session: Session) -> None:
    make_district(session, "16.74", name="Lain")
    other = KindClosure(district_code="16.74", name="Pasar", weekdays="0100000")
    session.add(other)
    session.commit()
    assert siti.get(f"/penutupan/{other.id}").status_code == 404
    assert siti.post(f"/penutupan/{other.id}/hapus", data={"version": "1"}).status_code == 404
