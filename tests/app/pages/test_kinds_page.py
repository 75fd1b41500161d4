"""`/jenis-lokasi`: what plans take of each kind of site is read, filled in, changed, and left to what is assumed."""

from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.sites.models import OwnKindFigures
from tests.app.pages.conftest import Browser, add_user, invite, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_kind_figures, make_site


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session, kind: str = "school") -> OwnKindFigures | None:
    session.expire_all()
    return session.scalar(select(OwnKindFigures).where(OwnKindFigures.kind == kind))


def test_what_is_assumed_stands_there_as_that(siti: TestClient) -> None:
    shown = siti.get("/jenis-lokasi").text
    for words in ("Sekolah", "Bagian yang datang: 80 %", "senin-kamis 07.30-14.00; jumat 07.30-11.00"):
        assert words in shown, words
    assert shown.count('class="mark assumed"') == 8, "one for each kind, of which nothing is said"
    one = siti.get("/jenis-lokasi/school").text
    for words in ("Kosong: 0,8 (asumsi).", "Kosong: 70 (asumsi).", "Semua kosong: senin-kamis 07.30-14.00;"):
        assert words in one, words
    assert "Kembali ke asumsi" not in one


def test_what_is_filled_in_reaches_the_sites_of_the_kind(siti: TestClient, session: Session) -> None:
    school = make_site(session, kind="school", headcount=100)
    session.commit()
    form = form_of(siti.get("/jenis-lokasi/school").text)
    given = {
        "turn_out_share": "0,62",
        "from.turn_out_share": "measured",
        "setup_minutes": "40",
        "returning_percent": "55",
        "hours.mon.0.opens": "08:00",
        "hours.mon.0.closes": "12:00",
        "hours.tue.0.opens": "08:00",
        "hours.tue.0.closes": "12:00",
        "source": "Rekap 14 kunjungan sekolah",
    }
    answer = siti.post("/jenis-lokasi/school", data=form | given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/jenis-lokasi?tersimpan=true")
    own = stored(session)
    assert own is not None
    assert (own.turn_out_share, own.setup_minutes, own.returning_percent) == (Decimal("0.62"), 40, 55)
    assert (own.windows, own.phone_ready_share, own.source) == (
        "mon-tue 08:00-12:00",
        None,
        "Rekap 14 kunjungan sekolah",
    )
    assert own.provenance["turn_out_share"] == "measured"
    assert own.provenance["windows"] == "given"
    shown = siti.get("/jenis-lokasi?tersimpan=true").text
    for words in ("Bagian yang datang: 62 %", "asumsi 80 %", "senin-selasa 08.00-12.00", "Tersimpan."):
        assert words in shown, words
    assert "nilai jenisnya dipakai, 62" in siti.get(f"/lokasi/{school.id}").text
    for path in (f"/lokasi/{school.id}", f"/lokasi/{school.id}/persiapan"):
        assert 'href="/jenis-lokasi/school"' in siti.get(path).text, path


def test_a_figure_that_is_emptied_is_assumed_again_and_the_others_stay(siti: TestClient, session: Session) -> None:
    make_kind_figures(session, "school", turn_out_share=Decimal("0.6"), setup_minutes=5, windows="mon 08:00-12:00")
    session.commit()
    form = form_of(siti.get("/jenis-lokasi/school").text)
    assert (form["turn_out_share"], form["setup_minutes"], form["hours.mon.0.opens"]) == ("0,6", "5", "08:00")
    assert (
        siti.post(
            "/jenis-lokasi/school", data=form | {"hours.mon.0.opens": "", "hours.mon.0.closes": "", "setup_minutes": ""}
        ).status_code
        == 303
    )
    own = stored(session)
    assert own is not None
    assert (own.turn_out_share, own.setup_minutes, own.windows) == (Decimal("0.6"), None, None)
    assert own.provenance == {"turn_out_share": "given"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"turn_out_share": "62"}, 'id="turn_out_share-hint" class="wrong"'),
        ({"turn_out_share": "banyak"}, 'id="turn_out_share-hint" class="wrong"'),
        ({"setup_minutes": "601"}, 'id="setup_minutes-hint" class="wrong"'),
        ({"preparing_percent": "0"}, 'id="preparing_percent-hint" class="wrong"'),
        ({"max_teams": "1,5"}, 'id="max_teams-hint" class="wrong"'),
        ({"hours.mon.0.opens": "08:00"}, '<p class="notice wrong">'),
        ({"hours.mon.0.opens": "12:00", "hours.mon.0.closes": "11:00"}, '<p class="notice wrong">'),
        ({}, "<p>Tidak ada angka yang diisi. Isi paling sedikit satu"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    siti: TestClient, session: Session, fields: dict[str, str], words: str
) -> None:
    form = form_of(siti.get("/jenis-lokasi/school").text)
    refused = siti.post("/jenis-lokasi/school", data=form | fields)
    assert refused.status_code == 422
    assert words in refused.text
    for value in fields.values():
        assert f'value="{value}"' in refused.text, "what was written is still there"
    assert stored(session) is None


def test_what_somebody_else_wrote_meanwhile_is_not_lost(siti: TestClient, session: Session) -> None:
    first = form_of(siti.get("/jenis-lokasi/school").text)
    make_kind_figures(session, "school", setup_minutes=5, windows="mon 08:00-12:00")
    session.commit()
    late = siti.post("/jenis-lokasi/school", data=first | {"max_teams": "3"})
    assert late.status_code == 412
    for words in ("<li>Menit persiapan: 5</li>", "<li>Jam buka</li>"):
        assert words in late.text, words
    assert siti.post("/jenis-lokasi/school", data=form_of(late.text) | {"max_teams": "3"}).status_code == 303
    own = stored(session)
    assert own is not None
    assert (own.setup_minutes, own.max_teams, own.windows) == (5, 3, "mon 08:00-12:00")


def test_all_that_was_said_goes_back_to_what_is_assumed(siti: TestClient, session: Session) -> None:
    own = make_kind_figures(session, "school", setup_minutes=5)
    session.commit()
    assert "Kembali ke asumsi" in siti.get("/jenis-lokasi/school").text
    assert siti.post("/jenis-lokasi/school/hapus", data={"version": str(own.version + 1)}).status_code == 412
    assert siti.post("/jenis-lokasi/school/hapus", data={"version": str(own.version)}).status_code == 303
    assert stored(session) is None


def test_planners_find_it_where_they_look_and_readers_have_other_pages(
    siti: TestClient, browser: Browser, session: Session
) -> None:
    for path in ("/lokasi", "/dokumen", "/penutupan"):
        assert 'href="/jenis-lokasi"' in siti.get(path).text, path
    assert siti.get("/jenis-lokasi/istana").status_code == 422
    phone = browser()
    phone.post(invite(session, add_user(session, "wati", Role.VIEWER), sets_password=False))
    assert phone.get("/jenis-lokasi").status_code == 403
    assert phone.post("/jenis-lokasi/school", data={"setup_minutes": "5"}).status_code == 403
    assert stored(session) is None
