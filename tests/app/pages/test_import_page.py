"""`/lokasi/impor`: an office's table is looked at, its columns matched by hand, and taken over; nothing before that."""

import base64
import html
import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.models import User
from app.districts.models import ColumnMatch
from app.pages import import_page
from app.pages.sent_files import _bytes, _file_name, _parts
from app.sites.models import Site
from app.teams.models import Team
from tests.app.pages.conftest import Browser, log_in
from tests.factories import make_district, make_site

GOOD = (
    "DAFTAR SEKOLAH;;;;;;;\n;;;;;;;\n"
    "NPSN;Nama Sekolah;Jenis;Kecamatan;Lintang;Bujur;Jumlah Siswa;Sinyal\n"
    "10604402;SMA Negeri 2;sekolah;16.73.01;-3,28;102,90;1420;baik\n"
    "10604403;SMA Negeri 3;sekolah;16.73.01;-3,29;102,91;380;cukup\n"
)


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def upload(
    siti: TestClient, content: bytes | str, name: str = "sekolah.csv", home: str = "/lokasi", **fields: str
) -> tuple[int, str]:
    sent = content.encode() if isinstance(content, str) else content
    answer = siti.post(f"{home}/impor", files={"file": (name, sent, "application/vnd.ms-excel")}, data=fields)
    return answer.status_code, answer.text


def carried(page: str) -> dict[str, str]:
    """What the second step's form holds, as a browser sends it."""
    form = page[page.index('/impor/langkah"') :]
    found = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    }
    for name, options in re.findall(r'<select (?:id="figures" )?name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[html.unescape(name)] = chosen[1] if chosen else ""
    return found


def codes(session: Session) -> set[str]:
    session.expire_all()
    return set(session.scalars(select(Site.code)))


def test_a_table_is_looked_at_and_then_taken_over(siti: TestClient, session: Session) -> None:
    assert 'enctype="multipart/form-data"' in siti.get("/lokasi/impor").text
    status, shown = upload(siti, GOOD)
    assert status == 200, shown
    assert "2 baris dapat disimpan: 2 baru, 0 berubah, 0 tetap sama." in shown
    assert "SMA Negeri 2 · SMA Negeri 3" in shown
    assert codes(session) == set()
    form = carried(shown)
    assert form["column.Nama Sekolah"] == "name"
    answer = siti.post("/lokasi/impor/langkah", data=form | {"do": "take"})
    assert answer.headers["location"] == "/lokasi/impor/selesai?baru=2&berubah=0&sama=0"
    assert codes(session) == {"10604402", "10604403"}
    assert session.scalars(select(Site.headcount).where(Site.code == "10604402")).one() == 1420
    assert "Tabel sudah disimpan" in siti.get(answer.headers["location"]).text


def test_every_bad_row_is_shown_with_what_the_sheet_holds(siti: TestClient, session: Session) -> None:
    status, shown = upload(siti, GOOD.replace("1420", "banyak").replace("102,91", "2,91").replace("cukup", "?"))
    assert status == 422
    for words in ("“banyak”", "Jumlah orang", "“?”", "Bujur", '<span class="small">Jumlah Siswa</span>'):
        assert words in shown
    assert 'value="take"' not in shown
    assert siti.post("/lokasi/impor/langkah", data=carried(shown) | {"do": "take"}).status_code == 422
    assert codes(session) == set()


def test_columns_are_matched_by_hand(siti: TestClient, session: Session) -> None:
    strange = GOOD.replace("Jumlah Siswa", "Isi gedung")
    status, shown = upload(siti, strange)
    assert status == 422
    form = carried(shown)
    assert form["column.Isi gedung"] == ""
    twice = siti.post("/lokasi/impor/langkah", data=form | {"column.Isi gedung": "name"})
    assert twice.status_code == 422
    assert "Dua kolom berisi Nama" in twice.text
    again = siti.post("/lokasi/impor/langkah", data=form | {"column.Isi gedung": "headcount", "do": "look"})
    assert again.status_code == 200, again.text
    assert codes(session) == set()
    form = carried(again.text)
    assert form["column.Isi gedung"] == "headcount"
    assert siti.post("/lokasi/impor/langkah", data=form | {"do": "take"}).status_code == 303
    assert codes(session) == {"10604402", "10604403"}


def test_columns_matched_by_hand_are_remembered_for_the_next_sheet_of_the_district(
    siti: TestClient, session: Session
) -> None:
    strange = GOOD.replace("Jumlah Siswa", "Isi  gedung").replace("Sinyal", "Telepon")
    form = carried(upload(siti, strange)[1])
    matched = form | {"column.Isi gedung": "headcount", "column.Telepon": "connectivity"}
    assert siti.post("/lokasi/impor/langkah", data=matched | {"do": "take"}).status_code == 303
    status, shown = upload(siti, strange.replace("1420", "1500"))
    assert status == 200, shown
    assert "Dicocokkan seperti terakhir kali: Isi gedung, Telepon." in shown
    form = carried(shown)
    assert (form["column.Isi gedung"], form["column.Telepon"]) == ("headcount", "connectivity")
    assert siti.post("/lokasi/impor/langkah", data=form | {"do": "take"}).status_code == 303
    assert session.scalars(select(Site.headcount).where(Site.code == "10604402")).one() == 1500
    # By hand wins over the name, until a hand says what the name says.
    own_name = GOOD.replace("Sinyal", "Telepon;Sinyal").replace(";baik", ";0812;baik").replace(";cukup", ";0813;cukup")
    form = carried(upload(siti, own_name)[1])
    assert (form["column.Telepon"], form["column.Sinyal"]) == ("connectivity", "")
    mended = form | {"column.Telepon": "contact_phone", "column.Sinyal": "connectivity", "do": "take"}
    assert siti.post("/lokasi/impor/langkah", data=mended).status_code == 303
    assert set(session.scalars(select(ColumnMatch.label))) == {"Isi gedung"}


def test_another_district_knows_nothing_of_matched_columns(
    browser: Browser, siti: TestClient, session: Session, password_hash: str
) -> None:
    strange = GOOD.replace("Jumlah Siswa", "Isi gedung")
    form = carried(upload(siti, strange)[1]) | {"column.Isi gedung": "headcount", "do": "take"}
    assert siti.post("/lokasi/impor/langkah", data=form).status_code == 303
    session.execute(update(ColumnMatch).values(thing="team"))
    session.commit()
    assert carried(upload(siti, strange)[1])["column.Isi gedung"] == ""
    make_district(session, "16.74", name="Lain")
    session.execute(update(ColumnMatch).values(thing="site", district_code="16.74"))
    session.commit()
    assert carried(upload(siti, strange)[1])["column.Isi gedung"] == ""


def test_all_bad_rows_stand_beside_their_cells_of_the_sheet(siti: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_page, "_MOST_BAD_ROWS", 4)
    rows = "".join(
        f"9{number:04};Sekolah {number};sekolah;16.73.01;-3,28;102,90;{'banyak' if number % 2 else 10};baik\n"
        for number in range(10)
    )
    shown = upload(siti, GOOD.replace("102,91", "2,91") + rows)[1]
    sheet = shown[shown.index("Baris yang bermasalah") :]
    assert sheet.count('<td class="wrong">banyak <a href="#masalah-') == 3
    assert '<th scope="row">5</th>' in sheet
    assert '<td class="wrong">2,91 <a href="#masalah-' in sheet
    assert "2 baris lain juga bermasalah." in sheet
    assert 'id="masalah-2"' in shown


TEAMS = (
    "Kode Tim;Nama Tim;Jumlah Operator;Menit per orang;Lintang;Bujur;Berangkat;Pulang;Peralatan\n"
    "TIM-7;Tim Tujuh;3;8;-3,28;102,90;07.30;15.30;satelit\n"
)


def test_a_table_of_teams_is_looked_at_and_taken_over(siti: TestClient, session: Session) -> None:
    assert "Masukkan tabel tim" in siti.get("/tim/impor").text
    assert "place_missing" not in siti.get("/tim/impor").text
    status, shown = upload(siti, TEAMS.replace("satelit", "sepeda"), home="/tim")
    assert status == 422
    assert "bukan perlengkapan" in shown
    status, shown = upload(siti, TEAMS, home="/tim")
    assert status == 200, shown
    assert "1 baris dapat disimpan: 1 baru, 0 berubah, 0 tetap sama." in shown
    form = carried(shown)
    assert form["column.Menit per orang"] == "minutes_per_activation"
    answer = siti.post("/tim/impor/langkah", data=form | {"do": "take"})
    assert answer.headers["location"] == "/tim/impor/selesai?baru=1&berubah=0&sama=0"
    team = session.scalars(select(Team)).one()
    assert (team.code, team.operators, team.kits, team.shift_start) == ("TIM-7", 3, ["satellite"], 450)
    assert 'href="/tim"' in siti.get(answer.headers["location"]).text


def test_the_manner_of_figures_is_chosen_where_the_sheet_leaves_it_open(siti: TestClient, session: Session) -> None:
    status, shown = upload(siti, GOOD.replace("1420", "1.420"))
    assert status == 422
    assert "Ini dapat dibaca 1420 atau 1.420" in shown
    again = siti.post("/lokasi/impor/langkah", data=carried(shown) | {"figures": "indonesian"})
    assert again.status_code == 200, again.text
    assert carried(again.text)["figures"] == "indonesian"
    siti.post("/lokasi/impor/langkah", data=carried(again.text) | {"do": "take"})
    assert session.scalars(select(Site.headcount).where(Site.code == "10604402")).one() == 1420


def test_a_workbook_arrives_byte_for_byte_and_our_own_export_changes_nothing(
    siti: TestClient, session: Session
) -> None:
    make_site(session, code="S-1")
    session.commit()
    export = siti.get("/v1/districts/16.73/sites/export?format=xlsx").content
    status, shown = upload(siti, export, name="Lokasi.XLSX")
    assert status == 200, shown
    assert base64.urlsafe_b64decode(carried(shown)["content"]) == export
    assert "0 baru, 0 berubah, 1 tetap sama" in shown


def test_a_file_of_any_bytes_arrives_whole() -> None:
    content = bytes(range(256)) * 3 + b"\r\n--x\r\n\n\r"
    head = 'Content-Disposition: form-data; name="file"; filename="daftar é.xlsx"\r\n\r\n'.encode()
    body = b"--xyz\r\n" + head + content + b"\r\n--xyz--\r\n"
    (part,) = _parts("multipart/form-data; boundary=xyz", body)
    assert _bytes(part) == content
    # A page that shows the name has to be able to write it.
    assert _file_name(part).encode().endswith(b".xlsx")
    assert _parts("text/plain", body) == []


def test_sites_without_a_place_are_put_into_their_area_if_asked_for(siti: TestClient) -> None:
    without = re.sub(r"-3,2\d;102,9\d", ";", GOOD)
    assert upload(siti, without)[0] == 422
    status, shown = upload(siti, without, place_missing="area")
    assert status == 200, shown
    assert "ditempatkan di pusat kecamatannya" in shown
    assert carried(shown)["place_missing"] == "area"


def test_files_that_cannot_be_read_are_refused_with_a_sentence(siti: TestClient) -> None:
    assert upload(siti, "")[0] == 422
    assert upload(siti, "x" * 3_100_000)[0] == 413
    assert upload(siti, "apa", name="daftar.docx")[0] == 415
    nothing = siti.post("/lokasi/impor", data={"file": "x"})
    assert nothing.status_code == 422
    assert "tidak memuat berkas" in nothing.text
    broken = siti.post("/lokasi/impor/langkah", data={"content": "%", "format": "csv", "recognised": "{}"})
    assert broken.status_code == 422
    assert "tidak sampai dengan utuh" in broken.text
