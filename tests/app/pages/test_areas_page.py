"""`/kecamatan`: boundaries of an office come by a file, all or none, and go one by one."""

import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.districts.geography.models import AreaBoundary
from app.districts.models import Area
from tests.app.pages.conftest import Browser, log_in

AREA = "16.73.01"


@pytest.fixture
def siti(browser: Browser, session: Session, planner: User) -> TestClient:
    session.get_one(Area, AREA).name = "Timur <I>"
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


def shape(session: Session, named: str, **properties: str) -> dict[str, object]:
    """A square of four kilometres around the area's centre."""
    area = session.get_one(Area, AREA)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[area.lon + 0.02 * east, area.lat + 0.02 * north] for east, north in corners]
    return {
        "type": "Feature",
        "properties": {"kode": named} | properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def file_of(*features: object) -> dict[str, tuple[str, str]]:
    return {"file": ("batas.geojson", json.dumps({"type": "FeatureCollection", "features": list(features)}))}


def stored(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(AreaBoundary.area_code)))


def test_boundaries_come_by_a_file_and_go_back_to_the_estimate(siti: TestClient, session: Session) -> None:
    area = session.get_one(Area, AREA)
    shown = siti.get("/kecamatan").text
    assert "perkiraan dari letak desa</td>" in shown
    assert "Timur &lt;I&gt;" in shown
    sent = file_of(shape(session, area.code))
    answer = siti.post("/kecamatan/impor", files=sent)
    assert answer.headers["location"] == "/kecamatan?baru=1&berubah=0&sama=0"
    assert stored(session) == [area.code]
    # A double click changes nothing.
    assert siti.post("/kecamatan/impor", files=sent).headers["location"] == "/kecamatan?baru=0&berubah=0&sama=1"
    shown = siti.get(answer.headers["location"]).text
    assert "1 baru, 0 berubah, 0 sama" in shown
    assert "dari kantor</td>" in shown
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version is not None
    path = f"/kecamatan/{area.code}/hapus"
    assert siti.post(path, data={"version": "99"}).status_code == 412
    assert stored(session) == [area.code]
    assert siti.post(path, data={"version": version[1]}).headers["location"] == "/kecamatan"
    assert stored(session) == []


def test_of_a_file_with_troubles_nothing_is_stored_and_each_is_named(siti: TestClient, session: Session) -> None:
    area = session.get_one(Area, AREA)
    refused = siti.post("/kecamatan/impor", files=file_of(shape(session, area.code), shape(session, "Antah Berantah")))
    assert refused.status_code == 422
    assert "1 dari 2 fitur tidak dapat dipakai" in refused.text
    assert "/features/1/" in refused.text
    assert "Antah Berantah" in refused.text
    assert stored(session) == []
    for content in ("bukan JSON", "[]", ""):
        refused = siti.post("/kecamatan/impor", files={"file": ("batas.geojson", content)})
        assert refused.status_code == 422, content
        assert 'role="alert"' in refused.text


def test_areas_of_another_district_are_not_there(siti: TestClient, session: Session) -> None:
    assert siti.post("/kecamatan/16.71.01/hapus", data={"version": "1"}).status_code == 404
