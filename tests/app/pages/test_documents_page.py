"""`/dokumen`: what each document takes and who lacks it is read, filled in, changed, and left to what is assumed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import OwnIssuingFigures
from tests.app.pages.conftest import Browser, add_user, invite, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_issuing_figures, make_result, make_schedule, make_site, make_team, make_visit

AGES = {
    "people_of_age": "70000",
    "people_holding": "28000",
    "eligible_people": "168000",
    "ages_as_of": "2023-06-30",
    "from.people_of_age": "public",
    "source": "DKB semester I 2023",
}


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session, document: str = "kia") -> OwnIssuingFigures | None:
    session.expire_all()
    return session.scalar(select(OwnIssuingFigures).where(OwnIssuingFigures.document == document))


def test_what_is_assumed_stands_there_as_that(siti: TestClient) -> None:
    shown = siti.get("/dokumen").text
    for words in ("KTP-el", "KIA", "Akta kelahiran", "pencetak kartu", "tidak perlu sinyal", "Belum dihitung"):
        assert words in shown, words
    assert shown.count('class="mark assumed"') == 9
    one = siti.get("/dokumen/kia").text
    assert "Asumsi: pencetak kartu" in one
    assert "Kosong: 5 menit (asumsi)." in one
    assert "Kembali ke asumsi" not in one


def test_minutes_that_results_teach_stand_beside_what_is_stated(siti: TestClient, session: Session) -> None:
    assert "diasumsikan 5 menit per orang; belum terukur." in siti.get("/dokumen/kia").text
    schedule, team = make_schedule(session), make_team(session, kits=["card_printer"])
    for number in range(4):
        starts_at = datetime(2023, 11, 1 + number, 1, tzinfo=UTC)
        visit = make_visit(
            session, schedule, team, make_site(session, connectivity=4), starts_at=starts_at,
            expected_activations=0, expected_further={"kia": 12},
        )  # fmt: skip
        make_result(
            session, visit, served=0, activated=0, served_further={"kia": 12}, started_at=starts_at,
            last_served_at=starts_at + timedelta(hours=2), ended_at=visit.ends_at, turned_away=0, signal_met=4,
        )  # fmt: skip
    session.commit()
    shown = siti.get("/dokumen/kia").text
    assert "Menurut hasil kunjungan: diasumsikan 5 menit per orang → terukur " in shown
    assert "dari 4 kunjungan." in shown
    assert re.search(r"Rencana berikutnya memakai (8|9) menit\.", shown)
    assert "Rencana berikutnya memakai" in siti.get("/dokumen").text
    siti.post("/bahasa", data={"bahasa": "en", "ke": "/dokumen/kia"})
    assert "By the results of visits: assumed 5 minutes a person → measured " in siti.get("/dokumen/kia").text


def test_who_lacks_a_card_is_filled_in_and_reaches_the_villages(siti: TestClient, session: Session) -> None:
    village = make_site(session, kind="village", headcount=1_000)
    session.commit()
    answer = siti.post("/dokumen/kia", data=form_of(siti.get("/dokumen/kia").text) | AGES)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dokumen?tersimpan=true")
    own = stored(session)
    assert own is not None
    assert (own.people_of_age, own.people_holding, own.minutes) == (70_000, 28_000, None)
    assert own.provenance == {"people_of_age": "public", "people_holding": "given", "eligible_people": "given"}
    shown = siti.get("/dokumen").text
    assert "42.000 dari 70.000 anak di bawah 17 tahun belum punya, untuk 168.000 wajib KTP, per 30 Juni 2023." in shown
    assert "250" in siti.get(f"/lokasi/{village.id}").text


def test_minutes_and_kit_of_the_district_stand_before_what_is_assumed(siti: TestClient, session: Session) -> None:
    form = form_of(siti.get("/dokumen/ktp_el").text)
    given = {"minutes": "12", "kit": "none", "needs_signal": "yes", "from.minutes": "measured"}
    assert siti.post("/dokumen/ktp_el", data=form | given).status_code == 303
    own = stored(session, "ktp_el")
    assert own is not None
    assert (own.minutes, own.kit, own.needs_signal, own.provenance["minutes"]) == (12, "none", True, "measured")
    shown = siti.get("/dokumen/ktp_el").text
    assert 'value="12"' in shown
    form = form_of(shown)
    assert (form["kit"], form["needs_signal"], form["from.minutes"]) == ("none", "yes", "measured")
    # Emptied, it is assumed again; the others stay.
    assert siti.post("/dokumen/ktp_el", data=form | {"minutes": "", "from.minutes": ""}).status_code == 303
    own = stored(session, "ktp_el")
    assert own is not None
    assert (own.minutes, own.kit) == (None, "none")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minutes": "banyak"}, 'id="minutes-hint" class="wrong"'),
        ({"minutes": "0"}, 'id="minutes-hint" class="wrong"'),
        ({"people_of_age": "70000"}, 'id="people_holding-hint" class="wrong"'),
        (AGES | {"people_holding": "80000"}, "Hitung hanya pemilik dokumen pada umur itu."),
        (AGES | {"ages_as_of": ""}, 'id="ages_as_of-hint" class="wrong"'),
        ({}, "Tidak ada angka yang diisi."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    siti: TestClient, session: Session, fields: dict[str, str], words: str
) -> None:
    form = form_of(siti.get("/dokumen/kia").text)
    refused = siti.post("/dokumen/kia", data=form | fields)
    assert refused.status_code == 422
    assert words in refused.text
    assert stored(session) is None


def test_what_somebody_else_wrote_meanwhile_is_not_lost(siti: TestClient, session: Session) -> None:
    first = form_of(siti.get("/dokumen/kia").text)
    make_issuing_figures(session, "kia", minutes=7)
    session.commit()
    late = siti.post("/dokumen/kia", data=first | {"kit": "none"})
    assert late.status_code == 412
    assert "<li>Menit satu petugas: 7</li>" in late.text
    assert siti.post("/dokumen/kia", data=form_of(late.text) | {"kit": "none"}).status_code == 303
    own = stored(session)
    assert own is not None
    assert (own.minutes, own.kit) == (7, "none")


def test_all_that_was_said_goes_back_to_what_is_assumed(siti: TestClient, session: Session) -> None:
    own = make_issuing_figures(session, "kia", minutes=7)
    session.commit()
    assert "Kembali ke asumsi" in siti.get("/dokumen/kia").text
    assert siti.post("/dokumen/kia/hapus", data={"version": str(own.version + 1)}).status_code == 412
    assert siti.post("/dokumen/kia/hapus", data={"version": str(own.version)}).status_code == 303
    assert stored(session) is None


def test_ikd_is_said_by_each_team_and_readers_have_other_pages(
    siti: TestClient, browser: Browser, session: Session
) -> None:
    assert siti.get("/dokumen/ikd").status_code == 404
    assert siti.get("/dokumen/paspor").status_code == 422
    phone = browser()
    phone.post(invite(session, add_user(session, "wati", Role.VIEWER), sets_password=False))
    assert phone.get("/dokumen").status_code == 403
    assert phone.post("/dokumen/kia", data=AGES).status_code == 403
    assert stored(session) is None
