"""`/sasaran`: targets are read with their doubts, changed beside what others change; printed figures come and go."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import ReportedFigure, Target
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_target

PATH = "/sasaran/ikd/district"


@pytest.fixture
def target(session: Session, planner: User) -> Target:
    target = make_target(session, provenance={"eligible_people": "given", "activated": "assumed"})
    session.commit()
    return target


@pytest.fixture
def siti(browser: Browser, target: Target) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session) -> Any:
    session.expire_all()
    return session.scalars(select(Target).where(Target.owner == "district")).one()


def test_targets_are_listed_with_marks_and_doubts_and_filtered(siti: TestClient) -> None:
    shown = siti.get("/sasaran").text
    for words in ("IKD · Daerah", "42.004", "25 %", "168.015", "wajib KTP", "4.015", "37.989", "31 Desember 2023"):
        assert words in shown, words
    assert '<span class="mark assumed">perkiraan</span>' in shown
    assert "Belum dari data, masih asumsi" in shown
    assert "IKD · Daerah" in siti.get("/sasaran?dokumen=ikd").text
    for nothing in ("kia", "apa", "%00"):
        assert siti.get(f"/sasaran?dokumen={nothing}").status_code == 200
    assert "Belum ada sasaran." in siti.get("/sasaran?dokumen=kia").text


def test_a_target_is_changed_in_place_and_sent_as_it_was_shown_says_the_same(
    siti: TestClient, session: Session
) -> None:
    sent = form_of(siti.get(PATH).text)
    assert siti.post(PATH, data=sent).status_code == 303
    assert (stored(session).activated, stored(session).provenance) == (
        4015,
        {"eligible_people": "given", "activated": "assumed"},
    )
    sent = form_of(siti.get(PATH).text)
    answer = siti.post(
        PATH,
        data=sent
        | {
            "target_percent": "27,5",
            "activated": "4920",
            "as_of": "2023-11-20",
            "from.activated": "given",
            "owner": "x",
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?tersimpan=true")
    assert (stored(session).target_percent, stored(session).activated) == (27.5, 4920)
    assert stored(session).provenance == {"eligible_people": "given", "activated": "given"}
    shown = siti.get(answer.headers["location"]).text
    assert "Tersimpan." in shown
    assert form_of(shown)["target_percent"] == "27,5"
    # Each count that was in force stays in the history.
    assert "13 November 2023" in shown
    assert "20 November 2023" in shown


def test_refused_fields_keep_what_was_written_and_speak_in_the_words_of_the_api(
    siti: TestClient, session: Session
) -> None:
    before = form_of(siti.get(PATH).text)
    for name, wrong, words in (
        ("activated", "banyak", "bukan bilangan"),
        ("activated", "168016", "Lebih banyak daripada 168015 wajib KTP"),
        ("eligible_people", "", "tidak punya dasar"),
        ("target_count", "5", "Dua target yang bertentangan"),
        ("deadline", "2023-11-01", "Tenggatnya sebelum hari penghitungan"),
        ("target_percent", "", "tidak menyebut persentase maupun jumlah"),
    ):
        refused = siti.post(PATH, data=before | {name: wrong})
        assert refused.status_code == 422, name
        assert words in refused.text, name
        assert f'id="{name}-hint" class="wrong"' in refused.text, name
        assert form_of(refused.text)[name] == wrong
    assert stored(session).version == int(before["version"])


def test_what_somebody_else_changed_is_shown_and_mine_is_kept(siti: TestClient, session: Session) -> None:
    first = form_of(siti.get(PATH).text)
    assert siti.post(PATH, data=first | {"activated": "5000"}).status_code == 303
    stale = siti.post(PATH, data=first | {"source": "Linggau Pos"})
    assert stale.status_code == 412
    assert "<li>Sudah tercatat: 5000</li>" in stale.text
    assert siti.post(PATH, data=form_of(stale.text)).status_code == 303
    assert (stored(session).activated, stored(session).source) == (5000, "Linggau Pos")


def test_a_new_target_is_stored_once_and_can_be_deleted(siti: TestClient, session: Session) -> None:
    new = form_of(siti.get("/sasaran/baru?dokumen=kia").text)
    assert new["document"] == "kia"
    whole = new | {"target_count": "900", "activated": "100", "as_of": "2023-11-13", "deadline": "2023-12-31"}
    assert siti.post("/sasaran/baru", data=whole | {"deadline": ""}).status_code == 422
    answer = siti.post("/sasaran/baru", data=whole)
    assert answer.headers["location"] == "/sasaran/kia/district?tersimpan=true"
    again = siti.post("/sasaran/baru", data=whole | {"sekali": "another form"})
    assert again.status_code == 409
    assert "sudah punya sasaran itu" in again.text
    shown = siti.get("/sasaran/kia/district").text
    assert siti.post("/sasaran/kia/district/hapus", data={"version": "7"}).status_code == 412
    assert siti.post("/sasaran/kia/district/hapus", data=form_of(shown)).status_code == 303
    assert siti.get("/sasaran/kia/district").status_code == 404


def test_printed_figures_come_and_go(siti: TestClient, session: Session) -> None:
    wrong = siti.post("/sasaran/angka", data={"document": "ikd", "figure": "percent", "value": "2,75"})
    assert wrong.status_code == 422
    assert "Ini bukan persentase." in wrong.text
    assert 'value="2,75"' in wrong.text
    printed = {"document": "ikd", "figure": "percent", "value": "2.75", "source": "Koran", "reported_on": "2023-11-13"}
    assert siti.post("/sasaran/angka", data=printed).status_code == 303
    shown = siti.get("/sasaran").text
    assert "2.75" in shown
    assert "Data diragukan." in shown
    (figure,) = session.scalars(select(ReportedFigure)).all()
    assert (figure.source, figure.provenance) == ("Koran", "public")
    assert siti.post(f"/sasaran/angka/{figure.id}/hapus").status_code == 303
    assert siti.post(f"/sasaran/angka/{figure.id}/hapus").status_code == 404
    assert "2.75</td>" not in siti.get("/sasaran").text


def test_others_may_not(browser: Browser, session: Session, siti: TestClient, password_hash: str) -> None:
    user = add_user(session, "wati", Role.VIEWER)
    user.password_hash = password_hash
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    assert wati.get("/sasaran").status_code == 403
    assert wati.post(f"{PATH}/hapus", data={"version": "1"}).status_code == 403
