"""`/lokasi`: sites are found, read with where their figures came from, and changed beside what others change."""

import html
import re
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.sites.models import KindClosure, Site, SiteWindow
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_area, make_issuing_figures, make_site


@pytest.fixture
def site(session: Session, planner: User) -> Site:
    site = make_site(
        session,
        code="S-1",
        name="SMA Negeri 1",
        kind="school",
        readiness="agreed",
        provenance={"headcount": "assumed", "other": "given"},
        windows=[
            SiteWindow(weekdays="1111100", opens=480, closes=900),
            SiteWindow(weekdays="0000100", opens=960, closes=1440),
        ],
    )
    session.commit()
    return site


@pytest.fixture
def siti(browser: Browser, site: Site) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session) -> Any:
    session.expire_all()
    return session.scalars(select(Site).where(Site.code == "S-1")).one()


def test_sites_are_listed_with_their_marks_and_filtered(siti: TestClient, session: Session) -> None:
    make_area(session, "16.73.02", name="Lubuk Linggau Utara")
    make_site(session, name="Balai Desa", kind="village", area_code="16.73.02", readiness="not_ready", connectivity=0)
    session.commit()
    shown = siti.get("/lokasi").text
    assert "SMA Negeri 1" in shown
    assert "Balai Desa" in shown
    assert '<span class="mark assumed">perkiraan</span>' in shown
    for query in ("cari=sma", "jenis=school", "kecamatan=16.73.01", "kesiapan=agreed", "cari=S-1&jenis=school"):
        shown = siti.get(f"/lokasi?{query}").text
        assert "SMA Negeri 1" in shown, query
        assert "Balai Desa" not in shown, query
    assert "Tidak ada lokasi yang cocok" in siti.get("/lokasi?cari=tidak%20ada").text
    assert siti.get("/lokasi?jenis=pasar&kesiapan=%00&cari=%00").status_code == 200


def test_the_map_is_told_which_sites_the_filter_found(siti: TestClient, session: Session) -> None:
    make_site(session, code="S-2", name="Balai Desa", kind="village")
    session.commit()
    assert '<script type="application/json" id="found">null</script>' in siti.get("/lokasi").text
    assert 'id="found">["S-1"]</script>' in siti.get("/lokasi?jenis=school").text
    assert 'data-map data-district="16.73"' in siti.get("/lokasi").text


def test_more_sites_than_a_page_holds_follow_on_the_next(siti: TestClient, session: Session) -> None:
    for number in range(101):
        make_site(session, name=f"Kantor {number}")
    session.commit()
    shown = siti.get("/lokasi?cari=kantor").text
    assert shown.count('scope="row"') == 100
    following = html.unescape(re.search(r'href="(/lokasi\?[^"]*sesudah=[^"]+)"', shown)[1])  # type: ignore[index]
    last = siti.get(following).text
    assert last.count('scope="row"') == 1
    assert "Kantor 100" in last


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(siti: TestClient, session: Session, site: Site) -> None:
    sent = form_of(siti.get("/lokasi/S-1").text)
    assert sent["hours.fri.1.closes"] == "24:00"
    answer = siti.post(f"/lokasi/{site.id}", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/lokasi/{site.id}?tersimpan=true")
    assert stored(session).version == int(sent["version"])
    assert "Tersimpan." in siti.get(answer.headers["location"]).text


def test_every_kind_of_field_is_changed_in_place(siti: TestClient, session: Session, site: Site) -> None:
    sent = form_of(siti.get(f"/lokasi/{site.id}").text) | {
        "headcount": "300",
        "from.headcount": "given",
        "turn_out_share": "0,75",
        "must_visit": "yes",
        "contact_email": "tu@sekolah.example.id",
        "readiness": "not_ready",
        "readiness_until": "2023-12-01",
        "hours.sat.0.opens": "8.00",
        "hours.sat.0.closes": "12:00",
        "hours.fri.1.opens": "",
        "hours.fri.1.closes": "",
    }
    answer = siti.post(f"/lokasi/{site.id}", data=sent)
    assert answer.status_code == 303, answer.text
    changed = stored(session)
    assert (changed.headcount, float(changed.turn_out_share), changed.must_visit) == (300, 0.75, True)
    assert changed.provenance == {"headcount": "given", "other": "given"}
    assert (changed.contact_email, changed.readiness) == ("tu@sekolah.example.id", "not_ready")
    assert {(row.weekdays, row.opens, row.closes) for row in session.scalars(select(SiteWindow))} == {
        ("1111100", 480, 900),
        ("0000010", 480, 720),
    }
    shown = siti.get(f"/lokasi/{site.id}").text
    assert 'value="0,75"' in shown
    assert "diisi" in shown[shown.index('id="riwayat"') :]


def test_people_of_the_age_are_written_and_the_form_says_what_they_come_to(
    siti: TestClient, session: Session, site: Site
) -> None:
    sent = form_of(siti.get(f"/lokasi/{site.id}").text) | {"of_age_kia": "320", "from.of_age_kia": "public"}
    assert siti.post(f"/lokasi/{site.id}", data=sent).status_code == 303
    assert (stored(session).of_age_kia, stored(session).provenance["of_age_kia"]) == (320, "public")
    shown = siti.get(f"/lokasi/{site.id}").text
    assert "Belum dipakai: daerah ini belum mengisi berapa anak di bawah 17 tahun, dan" in shown
    make_issuing_figures(
        session,
        "kia",
        people_of_age=70_000,
        people_holding=28_000,
        eligible_people=168_000,
        ages_as_of=date(2023, 6, 30),
    )
    session.commit()
    shown = siti.get(f"/lokasi/{site.id}").text
    assert "Belum dipakai" not in shown
    assert (
        "Kosong: 192 dari 320 anak di bawah 17 tahun di sini, dengan bagian yang belum punya di seluruh daerah: 42.000 "
        "dari 70.000 per 30 Juni 2023 (perkiraan)."
    ) in shown
    refused = siti.post(f"/lokasi/{site.id}", data=form_of(shown) | {"people_kia": "321"})
    assert refused.status_code == 422
    assert "Lebih banyak daripada 320 orang pada umur itu di sana (of_age_kia)." in refused.text
    assert stored(session).people_kia is None


def test_a_new_state_forgets_the_dates_of_the_one_before(siti: TestClient, session: Session, site: Site) -> None:
    sent = form_of(siti.get(f"/lokasi/{site.id}").text) | {
        "readiness_from": "2023-11-20",
        "readiness_until": "2023-11-22",
    }
    assert siti.post(f"/lokasi/{site.id}", data=sent).status_code == 303
    sent = form_of(siti.get(f"/lokasi/{site.id}").text) | {"readiness": "done"}
    assert siti.post(f"/lokasi/{site.id}", data=sent).status_code == 303
    assert stored(session).readiness_from is None
    sent = form_of(siti.get(f"/lokasi/{site.id}").text) | {"readiness": "agreed"}
    refused = siti.post(f"/lokasi/{site.id}", data=sent)
    assert refused.status_code == 409
    assert "Buka lagi dahulu" in refused.text


def test_refused_fields_keep_what_was_written_and_say_why(siti: TestClient, session: Session, site: Site) -> None:
    before = form_of(siti.get(f"/lokasi/{site.id}").text)
    for name, wrong, place in (
        ("headcount", "tiga ratus", 'id="headcount-hint" class="wrong"'),
        ("turn_out_share", "75", 'id="turn_out_share-hint" class="wrong"'),
        ("lat", "3,2", 'id="lat-hint" class="wrong"'),
        ("name", "", 'id="name-hint" class="wrong"'),
        ("contact_email", "bukan surel", 'id="contact_email-hint" class="wrong"'),
        ("hours.mon.1.opens", "18:00", 'class="notice wrong"'),
    ):
        refused = siti.post(f"/lokasi/{site.id}", data=before | {name: wrong})
        assert refused.status_code == 422, name
        assert place in refused.text, name
        assert form_of(refused.text)[name] == wrong
    assert stored(session).version == int(before["version"])


def test_what_somebody_else_changed_is_shown_and_mine_is_kept(siti: TestClient, session: Session, site: Site) -> None:
    first = form_of(siti.get(f"/lokasi/{site.id}").text)
    assert (
        siti.post(f"/lokasi/{site.id}", data=first | {"headcount": "500", "from.headcount": "given"}).status_code == 303
    )
    stale = siti.post(f"/lokasi/{site.id}", data=first | {"name": "SMA Negeri Satu"})
    assert stale.status_code == 412
    assert "baru saja diubah orang lain" in stale.text
    assert "<li>Jumlah orang: 500</li>" in stale.text
    again = form_of(stale.text)
    assert (again["name"], again["headcount"]) == ("SMA Negeri Satu", "500")
    assert siti.post(f"/lokasi/{site.id}", data=again).status_code == 303
    assert (stored(session).name, stored(session).headcount) == ("SMA Negeri Satu", 500)
    first.pop("version")
    assert siti.post(f"/lokasi/{site.id}", data=first | {"name": "X"}).status_code == 412


def test_days_with_other_hours_come_and_go(siti: TestClient, session: Session, site: Site) -> None:
    session.add(KindClosure(district_code="16.73", name="Ujian", kind="school", starts_on=None, weekdays="1000000"))
    session.add(KindClosure(district_code="16.73", name="Pasar", kind="village", starts_on=None, weekdays="1000000"))
    session.commit()

    def version() -> dict[str, str]:
        return {"version": str(stored(session).version)}

    path = f"/lokasi/{site.id}/hari-khusus"
    assert siti.post(path, data=version() | {"date": "2023-12-18"}).status_code == 303
    assert (
        siti.post(path, data=version() | {"date": "2023-12-19", "opens": "8.00", "closes": "10.00"}).status_code == 303
    )
    half = siti.post(path, data=version() | {"date": "2023-12-20", "opens": "8.00"})
    assert half.status_code == 422
    assert "hanya punya satu jam" in half.text
    shown = siti.get(f"/lokasi/{site.id}").text
    assert "18 Desember 2023: tutup" in shown
    assert "08.00–10.00" in shown
    assert "Ujian" in shown
    assert "Pasar" not in shown
    assert siti.post(f"{path}/hapus", data=version() | {"date": "2023-12-18"}).status_code == 303
    assert "18 Desember" not in siti.get(f"/lokasi/{site.id}").text


def test_a_new_site_is_stored_and_can_be_deleted(siti: TestClient, session: Session) -> None:
    new = form_of(siti.get("/lokasi/baru").text)
    refused = siti.post("/lokasi/baru", data=new | {"name": "Pabrik Karet"})
    assert refused.status_code == 422
    assert form_of(refused.text)["name"] == "Pabrik Karet"
    whole = new | {
        "name": "Pabrik Karet",
        "code": "P-1",
        "kind": "agency",
        "area_code": "16.73.01",
        "lat": "-3,28",
        "lon": "102,90",
        "headcount": "80",
        "connectivity": "2",
    }
    assert siti.post("/lokasi/baru", data=whole | {"code": "S-1"}).status_code == 409
    path = siti.post("/lokasi/baru", data=whole).headers["location"].partition("?")[0]
    shown = siti.get(path).text
    assert "Pabrik Karet" in shown
    assert siti.post(f"{path}/hapus", data={"version": "7"}).status_code == 412
    assert siti.post(f"{path}/hapus", data=form_of(shown)).headers["location"] == "/lokasi"
    assert siti.get(path).status_code == 404


def test_others_may_not(browser: Browser, session: Session, siti: TestClient, password_hash: str, site: Site) -> None:
    user = add_user(session, "wati", Role.VIEWER)
    user.password_hash = password_hash
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    assert wati.get("/lokasi").status_code == 403
    assert wati.post(f"/lokasi/{site.id}", data={}).status_code == 403
