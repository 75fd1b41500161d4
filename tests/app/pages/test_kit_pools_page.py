"""`/perlengkapan`: kits that teams share are found, entered, changed and deleted."""

from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.teams.models import KitPool
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_district, make_team


@pytest.fixture
def siti(browser: Browser, planner: User, session: Session) -> TestClient:
    make_team(session, code="TIM-1")
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


@pytest.fixture
def pool(session: Session, siti: TestClient) -> KitPool:
    row = KitPool(district_code="16.73", code="SATELIT", name="Set satelit kantor", kind="satellite", count=2)
    session.add(row)
    session.commit()
    return row


def stored(session: Session) -> KitPool:
    session.expire_all()
    return session.scalars(select(KitPool)).one()


def test_kits_are_listed_with_whom_they_are_for_and_when(siti: TestClient, session: Session, pool: KitPool) -> None:
    shown = siti.get("/perlengkapan").text
    for words in ("Set satelit kantor", "internet satelit", "semua tim", "setiap hari", 'href="/perlengkapan/baru"'):
        assert words in shown, words
    pool.team_ids, pool.max_per_team = [], 2
    pool.starts_on, pool.ends_on = date(2023, 11, 1), None
    session.commit()
    shown = siti.get("/perlengkapan").text
    for words in ("tidak ada tim", "paling banyak 2 per tim", "sejak"):
        assert words in shown, words


def test_kits_are_entered_with_the_words_of_the_api_for_what_is_wrong(siti: TestClient, session: Session) -> None:
    assert "Belum ada perlengkapan bersama." in siti.get("/perlengkapan").text
    new = form_of(siti.get("/perlengkapan/baru").text)
    assert (new["kind"], new["count"]) == ("satellite", "1")
    whole = new | {
        "code": "REKAM",
        "name": "Alat rekam",
        "kind": "biometric",
        "teams": "TIM-1",
        "cost_per_day": "50000",
    }
    for fields, words in (
        ({"name": ""}, 'id="name-hint" class="wrong"'),
        ({"cost_per_day": "50.000"}, "dapat dibaca dua cara"),
        ({"count": "dua"}, "bukan bilangan seperti itu"),
        ({"count": "0"}, 'id="count-hint" class="wrong"'),
        ({"teams": "TIM-9"}, "tidak punya tim &#39;TIM-9&#39;"),
        ({"starts_on": "2023-12-01", "ends_on": "2023-11-01"}, "sebelum"),
    ):
        refused = siti.post("/perlengkapan/baru", data=whole | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    assert siti.post("/perlengkapan/baru", data=whole).headers["location"] == "/perlengkapan?tersimpan=true"
    row = stored(session)
    assert (row.kind, row.count, row.cost_per_day, row.max_per_team) == ("biometric", 1, 50_000, 1)
    assert row.team_ids is not None
    again = siti.post("/perlengkapan/baru", data=form_of(siti.get("/perlengkapan/baru").text) | whole)
    assert again.status_code in (303, 409)
    assert len(session.scalars(select(KitPool)).all()) == 1


def test_kits_are_changed_beside_what_others_change_and_deleted(
    siti: TestClient, session: Session, pool: KitPool
) -> None:
    path = f"/perlengkapan/{pool.id}"
    first = form_of(siti.get(path).text)
    assert siti.post(path, data=first | {"count": "3", "teams": "TIM-1"}).status_code == 303
    stale = siti.post(path, data=first | {"name": "Starlink"})
    assert stale.status_code == 412
    assert "<li>Jumlah: 3</li>" in stale.text
    assert siti.post(path, data=form_of(stale.text)).status_code == 303
    row = stored(session)
    assert (row.name, row.count) == ("Starlink", 3)
    assert siti.post(path, data=form_of(siti.get(path).text) | {"teams": ""}).status_code == 303
    assert stored(session).team_ids is None
    assert siti.post(f"{path}/hapus", data={"version": "1"}).status_code == 412
    version = str(stored(session).version)
    assert siti.post(f"{path}/hapus", data={"version": version}).headers["location"] == "/perlengkapan?tersimpan=true"
    assert session.scalars(select(KitPool)).all() == []


def test_kits_of_another_district_are_not_there(siti: TestClient, session: Session) -> None:
    make_district(session, "32.01")
    other = KitPool(district_code="32.01", code="X", name="X", kind="satellite", count=1)
    session.add(other)
    session.commit()
    assert siti.get(f"/perlengkapan/{other.id}").status_code == 404
    assert siti.post(f"/perlengkapan/{other.id}/hapus", data={"version": "1"}).status_code == 404


def test_viewers_enter_no_kits(session: Session, browser: Browser, planner: User, password_hash: str) -> None:
    viewer = add_user(session, "budi", Role.VIEWER)
    viewer.password_hash = password_hash
    session.commit()
    budi = browser()
    log_in(budi, "budi")
    assert budi.get("/perlengkapan").status_code == 403
