"""A whole messy sheet of an office, imported in one upload."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import Area
from app.sites.models import Site
from app.tables.formats import Format
from tests.app.conftest import AsRole
from tests.corpus.office_sheets import AREAS, semicolons, workbook
from tests.factories import make_area, make_district, make_site

IMPORT = "/v1/districts/16.73/sites/import"
FILES = {Format.XLSX: workbook(), Format.CSV: semicolons()}


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    session.delete(session.get_one(Area, "16.73.01"))
    session.flush()
    for code, name, lat, lon in AREAS:
        make_area(session, code, name=name, lat=lat, lon=lon)
    return bearer(Role.PLANNER, "16.73")


def send(client: TestClient, planner: dict[str, str], content: bytes, file_format: Format, **query: Any) -> Any:
    headers = planner | {"Content-Type": file_format.media_type, "Accept-Language": query.pop("language", "id")}
    return client.post(query.pop("path", IMPORT), params=query, content=content, headers=headers)


@pytest.mark.parametrize("file_format", FILES, ids=lambda file_format: file_format.value)
def test_a_messy_sheet_is_imported_in_one_upload(
    client: TestClient, session: Session, planner: dict[str, str], file_format: Format
) -> None:
    answer = send(client, planner, FILES[file_format], file_format, place_missing="area")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["created"], answer.json()["updated"]) == (5, 0)
    sites = {site.name: site for site in session.scalars(select(Site).order_by(Site.code))}
    clinic, village = sites["Puskesmas Perumnas"], sites["Desa Watas"]
    assert (clinic.kind, clinic.area_code, clinic.headcount, clinic.already_activated) == (
        "clinic",
        "16.73.01",
        1234,
        310,
    )
    assert (round(clinic.lat, 4), clinic.lon, str(clinic.phone_ready_share), clinic.connectivity) == (
        -3.2833,
        102.9,
        "0.6250",
        3,
    )
    assert (str(clinic.connectivity_measured_on), clinic.must_visit) == ("2023-11-13", True)
    assert (village.kind, village.area_code, village.connectivity, village.headcount) == ("village", "16.73.02", 0, 842)
    assert (village.lat, village.lon, village.provenance["place"]) == (-3.307317, 102.827804, "assumed")
    assert str(village.phone_ready_share) == "0.4825"
    assert "place" not in clinic.provenance


def test_what_was_left_out_assumed_or_doubled_is_told(client: TestClient, planner: dict[str, str]) -> None:
    remarks = send(client, planner, FILES[Format.XLSX], Format.XLSX, place_missing="area").json()["remarks"]
    said = {remark["code"]: (remark["message"], remark["rows"]) for remark in remarks}
    assert set(said) == {
        "column_not_read",
        "column_numbers",
        "total_row",
        "note",
        "codes_made",
        "place_assumed",
        "twin",
    }
    assert said["column_numbers"][1] == [6]
    assert said["total_row"] == ("Baris jumlah: tidak dibaca sebagai data.", [12])
    assert said["note"][1] == [14, 15]
    assert said["place_assumed"][1] == [8, 9]
    assert said["twin"][1] == [10, 11]
    assert "sama nama dan tempatnya" in said["twin"][0]


def test_the_preview_shows_how_a_sheet_is_understood_and_stores_nothing(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    preview = send(client, planner, FILES[Format.XLSX], Format.XLSX, path=f"{IMPORT}/preview").json()
    assert preview["header_row"] == 4
    assert preview["mapping"]["headcount"] == "Jumlah Penduduk Wajib KTP"
    assert preview["mapping"]["lat"] == "Koordinat Lintang"
    assert preview["unmapped"] == ["No", "Keterangan"]
    assert preview["figures"] == ["indonesian"]
    assert preview["rows"] == 5
    assert preview["first_rows"][0]["name"] == "Puskesmas Perumnas"
    # Two villages have no coordinates: one problem for each column, with both rows.
    assert [(error["pointer"], error["rows"]) for error in preview["errors"]] == [
        ("row 8/lat", [8, 9]),
        ("row 8/lon", [8, 9]),
    ]
    assert preview["errors"][0]["detail"] == "Belum diisi."
    assert session.scalars(select(Site)).all() == []


@pytest.mark.parametrize(
    ("language", "detail"), [("id", "Belum diisi."), ("en-GB,id;q=0.5", "It is missing."), (None, "It is missing.")]
)
def test_a_refusal_speaks_the_language_asked_for(
    client: TestClient, planner: dict[str, str], language: str | None, detail: str
) -> None:
    answer = send(client, planner, FILES[Format.XLSX], Format.XLSX, language=language or "")
    assert (answer.status_code, answer.json()["code"]) == (422, "ImportRefused")
    assert answer.json()["errors"][0]["detail"] == detail


def test_a_mapping_names_the_column_of_a_field(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    mapping = '{"contact_name": "Keterangan", "already_activated": null}'
    answer = send(client, planner, FILES[Format.XLSX], Format.XLSX, place_missing="area", mapping=mapping)
    assert answer.status_code == 200, answer.text
    clinic = session.scalars(select(Site).where(Site.name == "Puskesmas Perumnas")).one()
    assert (clinic.contact_name, clinic.already_activated) == ("dekat pasar", 0)


@pytest.mark.parametrize(
    "mapping", ['{"headcount": "Tidak Ada"}', '{"people": "Keterangan"}', "[]", "{", '{"name": 3}']
)
def test_a_mapping_that_cannot_be_is_refused_with_its_mend(
    client: TestClient, planner: dict[str, str], mapping: str
) -> None:
    answer = send(client, planner, FILES[Format.XLSX], Format.XLSX, mapping=mapping)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query/mapping"
    assert answer.json()["errors"][0]["mend"]


def test_a_place_that_somebody_looked_up_stays_when_the_sheet_has_none(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    site = make_site(session, code="DESA-WATAS-LUBUK-LINGGAU-BARAT-I", area_code="16.73.02", lat=-3.31, lon=102.83)
    session.commit()
    answer = send(client, planner, FILES[Format.XLSX], Format.XLSX, place_missing="area")
    assert answer.json()["updated"] == 1, answer.text
    session.refresh(site)
    assert (site.name, site.lat, site.provenance.get("place")) == ("Desa Watas", -3.31, None)


def test_six_hundred_rows_with_the_same_trouble_are_one_message(client: TestClient, planner: dict[str, str]) -> None:
    head = "Kode;Nama;Jenis;Kecamatan;Lintang;Bujur;Wajib KTP;Sinyal\n"
    rows = "".join(f"K-{n};Lokasi {n};Warung;Lubuk Linggau Timur I;-3,28;102,9;12;baik\n" for n in range(600))
    answer = send(client, planner, (head + rows).encode(), Format.CSV)
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["value"], len(error["rows"]), error["more_rows"]) == (
        "row 2/kind",
        "Warung",
        100,
        500,
    )
    assert "puskesmas" in error["mend"]
    assert len(answer.content) < 3_000


def test_the_first_hundred_kinds_of_trouble_are_told_and_the_number_of_the_rest(
    client: TestClient, planner: dict[str, str]
) -> None:
    unknown = ",".join(f"x{number}" for number in range(92))
    head = f"code,name,kind,area_code,lat,lon,headcount,connectivity,{unknown}\n"
    # Seven wrong cells, one too many, and a code that is there already.
    wrong = "A,\x01,shop,16.73.99,x,y,z,w" + "," * 93 + "beyond\n"
    answer = send(client, planner, (head + wrong * 2).encode(), Format.CSV).json()
    assert (len(answer["errors"]), answer["more_errors"]) == (100, 1)


@pytest.mark.parametrize("figures", [None, "indonesian"])
def test_a_figure_of_two_readings_needs_a_manner(
    client: TestClient, session: Session, planner: dict[str, str], figures: str | None
) -> None:
    text = b"Kode;Nama;Jenis;Kecamatan;Lintang;Bujur;Wajib KTP;Sinyal\nK;L;Desa;16.73.01;-3,28;102,9;84.000;baik\n"
    query = {} if figures is None else {"figures": figures}
    answer = send(client, planner, text, Format.CSV, language="en", **query)
    if figures is None:
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["value"]) == ("row 2/headcount", "84.000")
        assert "84000 or as 84.000" in error["detail"]
    else:
        assert session.scalars(select(Site.headcount)).all() == [84_000]
