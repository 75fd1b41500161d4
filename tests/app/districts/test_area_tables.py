import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import Area
from tests.app.conftest import AsRole
from tests.factories import make_district

IMPORT = "/v1/districts/16.73/areas/import"
OFFICE = (
    "KECAMATAN KOTA LUBUK LINGGAU;;;;\n;;;;\nKode Wilayah;Kecamatan;Lintang;Bujur;Jumlah Penduduk\n"
    "16.73.02;Lubuk Linggau Barat I;3°18'26\" LS;102°49'40\" BT;37.550\n"
    "16.73.03;Lubuk Linggau Selatan I;-3,3221;102,9021;1.017.500\nJUMLAH;;;;1.055.050\n"
)


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73") | {"Content-Type": "text/csv"}


def test_an_offices_list_of_areas_is_imported(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    answer = client.post(IMPORT, content=OFFICE.encode(), headers=planner)
    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 2
    area = session.get_one(Area, "16.73.02")
    assert (area.name, area.population, round(area.lat, 4)) == ("Lubuk Linggau Barat I", 37_550, -3.3072)
    assert session.scalars(select(Area.code).order_by(Area.code)).all() == ["16.73.01", "16.73.02", "16.73.03"]


def test_a_preview_of_areas_stores_nothing(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    preview = client.post(f"{IMPORT}/preview", content=OFFICE.encode(), headers=planner).json()
    assert (preview["header_row"], preview["created"], preview["figures"]) == (3, 2, ["indonesian"])
    assert session.scalars(select(Area.code)).all() == ["16.73.01"]


def test_areas_that_cannot_be_are_refused_with_row_and_column(client: TestClient, planner: dict[str, str]) -> None:
    text = "code,name,lat,lon,min_activations\n17.71.01,A,-3.28,102.9,5\nx,B,51.5,102.9,-1\n"
    answer = client.post(IMPORT, content=text, headers=planner)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "row 2/code",
        "row 3/code",
        "row 3/lat",
        "row 3/min_activations",
    }


def test_a_dry_run_of_areas_stores_nothing(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    answer = client.post(f"{IMPORT}?dry_run=true", content=OFFICE.encode(), headers=planner)
    assert (answer.json()["created"], answer.json()["dry_run"]) == (2, True)
    assert session.scalars(select(Area.code)).all() == ["16.73.01"]
