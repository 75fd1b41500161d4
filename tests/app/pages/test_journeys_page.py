"""`/sambungan`, `/stasiun`, `/penginapan`: entered, doubted, changed, deleted, and brought in as tables."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import ColumnMatch
from app.travel.models import Connection, Lodging, Station
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.pages.sent_forms import form_of
from tests.app.pages.test_import_page import carried, upload
from tests.factories import make_site, make_team

HARBOUR = {"name": "Pelabuhan Kota", "code": "PEL", "kind": "harbour", "lat": "-3,27", "lon": "102,88"}
JETTY = {"name": "Dermaga Hulu", "code": "LAP", "kind": "jetty", "lat": "-3,5", "lon": "102,95", "zone": "Hulu"}
BOAT = {"origin": "PEL", "destination": "LAP", "way": "boat", "departs_earliest": "08.00", "minutes": "90"}
INN = {"name": "Mess Pemda", "code": "INN", "lat": "-3,4", "lon": "102,9", "cost_per_night": "250000"}


@pytest.fixture
def siti(browser: Browser, planner: User, session: Session) -> TestClient:
    make_team(session, code="TIM-1", base_name="Kantor Disdukcapil")
    make_site(session, code="DESA-7", name="Desa Hulu", kind="village", zone="Hulu")
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


def enter(siti: TestClient, path: str, fields: dict[str, str]) -> Any:
    return siti.post(f"{path}/baru", data=form_of(siti.get(f"{path}/baru").text) | fields)


@pytest.fixture
def stations(siti: TestClient) -> None:
    for fields in (HARBOUR, JETTY):
        assert enter(siti, "/stasiun", fields).status_code == 303


def only(session: Session, model: type[Any]) -> Any:
    session.expire_all()
    return session.scalars(select(model)).one()


def test_a_lodging_is_entered_changed_and_deleted(siti: TestClient, session: Session) -> None:
    assert "Belum ada penginapan." in siti.get("/penginapan").text
    for fields, words in (
        ({"name": ""}, 'id="name-hint" class="wrong"'),
        ({"cost_per_night": "murah"}, "bukan bilangan seperti itu"),
        ({"cost_per_night": "1.200"}, "dapat dibaca dua cara"),
        ({"lat": "3,4"}, "kehilangan tanda minus"),
        ({"code": "penginapan:1"}, "Kode tidak boleh diawali"),
        ({"starts_on": "2026-03-02", "ends_on": "2026-03-01"}, "Tulis hari pertama dahulu."),
    ):
        refused = enter(siti, "/penginapan", INN | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    marked = {"zone": "Hulu", "max_teams": "2", "day.fri": "yes", "from.place": "public"}
    answer = enter(siti, "/penginapan", INN | marked)
    assert answer.headers["location"] == "/penginapan?tersimpan=true"
    inn = only(session, Lodging)
    assert (inn.zone, inn.cost_per_night, inn.max_teams, inn.weekdays) == ("Hulu", 250_000, 2, "0000100")
    assert inn.provenance == {"place": "public"}
    again = enter(siti, "/penginapan", INN)
    assert (again.status_code, "Kode ini sudah dipakai" in again.text) == (409, True)
    shown = siti.get("/penginapan").text
    for words in ("Mess Pemda", "Rp 250.000", "Jumat", "Hulu", "tidak ada tim yang boleh menginap"):
        assert words in shown, words

    path = f"/penginapan/{inn.id}"
    form = form_of(siti.get(path).text)
    assert (form["lat"], form["day.fri"], form["from.place"]) == ("-3.4", "yes", "public")
    changed = {name: value for name, value in form.items() if name != "day.fri"} | {"cost_per_night": ""}
    assert siti.post(path, data=changed).status_code == 303
    inn = only(session, Lodging)
    assert (inn.cost_per_night, inn.weekdays, inn.version) == (0, "1111111", 2)
    stale = siti.post(path, data=form | {"note": "kunci di RT"})
    assert stale.status_code == 412
    assert "baru saja diubah orang lain" in stale.text
    assert siti.post(f"{path}/hapus", data={"version": "1"}).status_code == 412
    assert siti.post(f"{path}/hapus", data={"version": "2"}).status_code == 303
    assert siti.get(path).status_code == 404


@pytest.mark.usefixtures("stations")
def test_a_connection_names_places_that_people_know(siti: TestClient, session: Session) -> None:
    new = siti.get("/sambungan/baru").text
    assert '<option value="stasiun:PEL">Pelabuhan Kota</option>' in new
    assert "pangkalan:TIM-1" not in new
    for fields, words in (
        ({"destination": "PEL"}, "sama dengan asalnya"),
        ({"origin": "pangkalan:TIM-1"}, "adalah pangkalan tim"),
        ({"departs_earliest": "pagi"}, 'id="departs_earliest-hint" class="wrong"'),
        ({"departs_latest": "07.00"}, "padahal paling awal 08:00"),
        ({"dates_without": "2026-03-19; besok"}, "wrong"),
    ):
        refused = enter(siti, "/sambungan", BOAT | fields)
        assert refused.status_code == 422, fields
        assert words in refused.text, fields
    whole = BOAT | {"name": "KM Hulu", "fare": "600000", "dates_without": "2026-03-19; 2026-03-20", "day.mon": "yes"}
    assert enter(siti, "/sambungan", whole).status_code == 303
    boat = only(session, Connection)
    assert (boat.departs_earliest, boat.minutes, boat.fare, boat.weekdays) == (480, 90, 600_000, "1000000")
    assert [day.isoformat() for day in boat.dates_without] == ["2026-03-19", "2026-03-20"]
    shown = siti.get("/sambungan").text
    for words in ("Pelabuhan Kota – Dermaga Hulu", "perahu, KM Hulu", "Rp 600.000", "Senin", "tidak ada jalan pulang"):
        assert words in shown, words
    form = form_of(siti.get(f"/sambungan/{boat.id}").text)
    assert (form["origin"], form["departs_earliest"]) == ("stasiun:PEL", "08:00")
    assert form["dates_without"] == "2026-03-19; 2026-03-20"
    assert siti.post(f"/sambungan/{boat.id}", data=form | {"departs_latest": "09.30"}).status_code == 303
    assert only(session, Connection).departs_latest == 570

    harbour = session.scalars(select(Station).where(Station.code == "PEL")).one()
    refused = siti.post(f"/stasiun/{harbour.id}/hapus", data={"version": "1"})
    assert (refused.status_code, "tidak dapat dihapus selama" in refused.text) == (409, True)
    assert siti.post(f"/sambungan/{boat.id}/hapus", data={"version": "2"}).status_code == 303
    assert siti.post(f"/stasiun/{harbour.id}/hapus", data={"version": "1"}).status_code == 303
    # Special ways offer the places too.
    assert '<option value="stasiun:LAP">Dermaga Hulu</option>' in siti.get("/jalur/baru").text


@pytest.mark.usefixtures("stations")
def test_tables_are_looked_at_and_brought_in(siti: TestClient, session: Session) -> None:
    sheet = "Dari;Ke;Moda;Berangkat;Menit;Ongkos jalan\nPEL;LAP;kapal;08.00;90;600000\n"
    status, page = upload(siti, sheet, "kapal.csv", home="/sambungan")
    assert status == 200, page
    form = carried(page) | {"column.Ongkos jalan": "fare", "do": "take"}
    taken = siti.post("/sambungan/impor/langkah", data=form)
    assert taken.headers["location"].startswith("/sambungan/impor/selesai?baru=1")
    assert only(session, Connection).fare == 600_000
    assert (match := only(session, ColumnMatch)).thing == "connection"
    assert match.field == "fare"
    for home, words in (("/stasiun", "Masukkan tabel stasiun"), ("/penginapan", "Masukkan tabel penginapan")):
        assert words in siti.get(f"{home}/impor").text
    status, page = upload(siti, "nama;lintang;bujur\nMess;3,4;102,9\n", "mess.csv", home="/penginapan")
    assert (status, "kehilangan tanda minus" in page) == (422, True)


def test_who_may_not_plan_may_not_open_them(
    browser: Browser, session: Session, siti: TestClient, password_hash: str
) -> None:
    user = add_user(session, "wati", Role.VIEWER)
    user.password_hash = password_hash
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    for path in ("/penginapan", "/stasiun", "/sambungan"):
        assert wati.get(path).status_code == 403
        assert wati.post(f"{path}/baru", data=INN).status_code == 403
