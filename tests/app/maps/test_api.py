"""The map of a district in one light answer."""

import csv
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from shapely import Point, union_all
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.geography.models import AreaBoundary
from app.districts.geography.rings import polygons_of
from app.districts.models import Area
from app.maps.schemas import EXAMPLE, MapOut
from app.maps.service import KeptShapes, Shapes
from app.sites.models import Site
from tests.app.conftest import AsRole
from tests.factories import make_area, make_district, make_site, make_team

PATH = "/v1/districts/16.73/map"
EXAMPLES = Path(__file__).parents[3] / "examples"
SQUARE = [[[[102.8, -3.3], [102.9, -3.3], [102.9, -3.2], [102.8, -3.2], [102.8, -3.3]]]]


@pytest.fixture
def viewer(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.VIEWER, "16.73")


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def read(client: TestClient, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.get(PATH, headers=headers)
    assert answer.status_code == 200, answer.text
    MapOut.model_validate(answer.json())
    drawing: dict[str, Any] = answer.json()
    return drawing


def test_it_shows_sites_bases_and_areas(client: TestClient, session: Session, viewer: dict[str, str]) -> None:
    site = make_site(session, name="Dinas Pendidikan", headcount=120, already_activated=4, connectivity=2)
    team = make_team(session, code="TIM-1")

    drawing = read(client, viewer)

    assert drawing["sites"] == {
        "id": [site.id],
        "code": [site.code],
        "name": ["Dinas Pendidikan"],
        "kind": [site.kind],
        "area": [0],
        "people": [120],
        "activated": [4],
        "signal": [2],
        "readiness": ["unknown"],
        "lat": [round(site.lat, 5)],
        "lon": [round(site.lon, 5)],
    }
    assert [row["code"] for row in drawing["teams"]] == ["TIM-1"]
    (area,) = drawing["areas"]
    assert (area["code"], area["is_approximate"]) == (site.area_code, True)
    assert union_all(polygons_of(area["shape"])).contains(Point(site.lon, site.lat))
    assert "perkiraan dari letak desa, bukan batas resmi" in drawing["note"]["id"]
    frame = drawing["frame"]
    for lat, lon in ((site.lat, site.lon), (team.base_lat, team.base_lon)):
        assert frame["south"] < lat < frame["north"]
        assert frame["west"] < lon < frame["east"]
    assert union_all(polygons_of(drawing["land"])).contains(Point(site.lon, site.lat))


def test_a_district_without_anything_has_a_map_too(
    client: TestClient, session: Session, viewer: dict[str, str]
) -> None:
    session.execute(delete(Area))
    drawing = read(client, viewer)
    assert (drawing["sites"]["id"], drawing["teams"], drawing["areas"], drawing["note"]) == ([], [], [], None)
    assert drawing["frame"]["south"] < drawing["district"]["lat"] < drawing["frame"]["north"]


def test_a_boundary_that_the_office_gave_is_shown_as_it_is(
    client: TestClient, session: Session, viewer: dict[str, str]
) -> None:
    site = make_site(session)
    make_area(session, "16.73.02", lat=-3.25, lon=103.0)
    boundary = AreaBoundary(area_code=site.area_code, district_code="16.73", polygons=SQUARE, source=None)
    session.add(boundary)
    session.flush()
    given, estimated = read(client, viewer)["areas"]
    assert (given["is_approximate"], estimated["is_approximate"]) == (False, True)
    assert union_all(polygons_of(given["shape"])).bounds == pytest.approx((102.8, -3.3, 102.9, -3.2))
    session.delete(boundary)
    session.flush()
    assert read(client, viewer)["areas"][0]["is_approximate"] is True


def test_it_costs_304_until_a_site_changes(client: TestClient, session: Session, viewer: dict[str, str]) -> None:
    site = make_site(session)
    etag = client.get(PATH, headers=viewer).headers["etag"]
    assert client.get(PATH, headers=viewer | {"If-None-Match": etag}).status_code == 304
    before = read(client, viewer)["areas"][0]["shape"]
    site.lat += 0.05
    session.flush()
    moved = client.get(PATH, headers=viewer | {"If-None-Match": etag})
    assert moved.status_code == 200
    assert moved.json()["areas"][0]["shape"] != before


def test_eleven_hundred_sites_are_some_tens_of_kilobytes(api: FastAPI, session: Session, bearer: AsRole) -> None:
    """Kabupaten Bogor as the examples have it."""
    folder = EXAMPLES / "32.01-kabupaten-bogor"
    make_district(session, "32.01")
    session.execute(delete(Area))
    for area in rows_of(folder / "areas.csv"):
        make_area(session, area["code"], name=area["name"], lat=float(area["lat"]), lon=float(area["lon"]))
    rows = rows_of(folder / "sites.csv")
    for row in rows:
        session.add(
            Site(
                district_code="32.01", area_code=row["area_code"], code=row["code"], name=row["name"],
                kind=row["kind"], lat=float(row["lat"]), lon=float(row["lon"]), headcount=int(row["headcount"]),
                connectivity=int(row["connectivity"]),
            )
        )  # fmt: skip
    session.flush()
    with TestClient(api, headers=bearer(Role.VIEWER, "32.01") | {"Accept-Encoding": "gzip"}) as client:
        answer = client.get("/v1/districts/32.01/map")
    assert len(answer.json()["sites"]["id"]) == len(rows) > 1_100
    assert answer.num_bytes_downloaded < 45_000


def test_what_was_asked_for_last_is_kept() -> None:
    kept, shapes = KeptShapes(), Shapes(areas={}, land=[], coast=[])
    for number in range(70):
        kept.keep(bytes([number]), shapes)
        assert kept.find(b"\0") is shapes
    assert kept.find(b"\1") is None


@pytest.mark.parametrize(
    ("role", "district", "status"),
    [(Role.COORDINATOR, "16.73", 403), (Role.VIEWER, "17.71", 404), (Role.FEED, "16.73", 403)],
)
def test_others_see_no_map(
    client: TestClient, session: Session, viewer: dict[str, str], bearer: AsRole, role: Role, district: str, status: int
) -> None:
    if district != "16.73":
        make_district(session, district)
    team_id = make_team(session).id if role in (Role.COORDINATOR, Role.FEED) else None
    assert client.get(PATH, headers=bearer(role, district, team_id)).status_code == status


def test_the_documented_example_is_of_the_documented_shape() -> None:
    assert MapOut.model_validate(EXAMPLE).areas[0].is_approximate
