"""An office's own boundaries: given one by one or all at once, refused with place and mend, taken back."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.districts.geography.models import AreaBoundary
from app.districts.models import Area
from tests.app.conftest import AsRole
from tests.factories import make_area, make_district, make_team

LAT, LON = -3.28, 102.86
PATH = "/v1/districts/16.73/areas/16.73.01/boundary"
IMPORT = "/v1/districts/16.73/areas/boundaries/import"


def square(*, lon: float = LON, lat: float = LAT, side: float = 0.04) -> list[list[float]]:
    west, south, east, north = (
        round(edge, 6) for edge in (lon - side / 2, lat - side / 2, lon + side / 2, lat + side / 2)
    )
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(**where: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [square(**where)]}


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    area = session.get_one(Area, "16.73.01")
    area.name, area.lat, area.lon = "Lubuk Linggau Barat I", LAT, LON
    make_area(session, "16.73.02", name="Lubuk Linggau Timur I", lat=LAT, lon=LON)
    return bearer(Role.PLANNER, "16.73")


def refusal(client: TestClient, planner: dict[str, str], geometry: object) -> dict[str, Any]:
    answer = client.put(PATH, headers=planner, json=geometry)
    assert answer.status_code == 422, answer.text
    problem: dict[str, Any] = answer.json()["errors"][0]
    return problem


def test_a_boundary_is_given_changed_and_taken_back(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    assert client.get(PATH, headers=planner).status_code == 404
    first = client.put(PATH, headers=planner, json=polygon() | {"source": "Perda 3/2019"})
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert first.json() == {
        "type": "MultiPolygon",
        "coordinates": [[square()]],
        "area_code": "16.73.01",
        "source": "Perda 3/2019",
        "version": 1,
    }
    assert client.put(PATH, headers=planner, json=polygon(side=0.05)).status_code == 428
    holed = {"type": "Polygon", "coordinates": [square(side=0.05), square(side=0.01)]}
    changed = client.put(PATH, headers=planner | {"If-Match": '"1"'}, json=holed)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert client.get(PATH, headers=planner).json() == changed.json()
    assert client.delete(PATH, headers=planner | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(PATH, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(PATH, headers=planner).status_code == 404
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("area_boundary.%"))).all()
    assert list(actions) == ["area_boundary.create", "area_boundary.update", "area_boundary.delete"]


def test_a_height_is_left_out(client: TestClient, planner: dict[str, str]) -> None:
    high = {"type": "Polygon", "coordinates": [[[*point, 80.5] for point in square()]]}
    assert client.put(PATH, headers=planner, json=high).json()["coordinates"] == [[square()]]


BOW_TIE = [[LON, LAT], [LON + 0.1, LAT + 0.1], [LON + 0.1, LAT], [LON, LAT + 0.1], [LON, LAT]]


@pytest.mark.parametrize(
    ("coordinates", "pointer", "words"),
    [
        ([square()[:-1]], "/coordinates/0", "not closed"),
        ([square()[:3]], "/coordinates/0", "four points"),
        ([], "/coordinates", "empty"),
        ([[]], "/coordinates/0", "four points"),
        (["x"], "/coordinates/0", "no list"),
        ([[[1]] * 4], "/coordinates/0/0", "no point"),
        ([[*square()[:2], ["102.8", "-3.2"], *square()[2:]]], "/coordinates/0/2", "no point"),
        ([[*square()[:2], [True, False], *square()[2:]]], "/coordinates/0/2", "no point"),
        ([[[lat, lon] for lon, lat in square()]], "/coordinates/0/0", "outside Indonesia"),
        ([[[400_000, 9_600_000]] * 4], "/coordinates/0/0", "outside Indonesia"),
        ([BOW_TIE], "/coordinates", "crosses or touches itself: Self-intersection"),
        ([square(side=0.001)], "/coordinates", "no kecamatan"),
        ([square(side=5)], "/coordinates", "no kecamatan"),
        ([square(lon=LON + 2)], "/coordinates", "km from the centre of 16.73.01"),
    ],
)
def test_a_boundary_that_cannot_be_is_refused_with_place_and_mend(
    client: TestClient, planner: dict[str, str], coordinates: list[Any], pointer: str, words: str
) -> None:
    problem = refusal(client, planner, {"type": "Polygon", "coordinates": coordinates})
    assert problem["pointer"] == pointer
    assert words in problem["detail"]
    assert problem["mend"]


def test_swapped_coordinates_are_named_as_such(client: TestClient, planner: dict[str, str]) -> None:
    swapped = {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in square()]]}
    assert "longitude first" in refusal(client, planner, swapped)["mend"]


def test_a_refusal_is_said_in_indonesian_too(client: TestClient, planner: dict[str, str]) -> None:
    problem = refusal(client, planner | {"Accept-Language": "id"}, {"type": "Polygon", "coordinates": [BOW_TIE]})
    assert "memotong" in problem["detail"]


@pytest.mark.parametrize("geometry", [{"type": "Point", "coordinates": [LON, LAT]}, {"coordinates": []}, []])
def test_what_is_no_polygon_is_refused(client: TestClient, planner: dict[str, str], geometry: object) -> None:
    assert client.put(PATH, headers=planner, json=geometry).status_code == 422


def feature(properties: object, geometry: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def send(client: TestClient, headers: dict[str, str], *features: object) -> Any:
    content = json.dumps({"type": "FeatureCollection", "features": features})
    return client.post(IMPORT, headers=headers | {"Content-Type": "application/geo+json"}, content=content)


def test_a_file_gives_all_boundaries_by_code_or_name(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    by_code = feature({"kode": "16.73.01"}, polygon())
    by_name = feature({"OBJECTID": 7, "WADMKC": "Kec. Lubuklinggau Timur 1"}, polygon(lon=LON + 0.05))
    assert send(client, planner, by_code, by_name).json() == {"created": 2, "updated": 0, "unchanged": 0}
    moved = feature({"name": "Lubuk Linggau Timur I"}, polygon(lon=LON + 0.06))
    assert send(client, planner, by_code, moved).json() == {"created": 0, "updated": 1, "unchanged": 1}
    stored = session.scalars(select(AreaBoundary).order_by(AreaBoundary.area_code)).all()
    assert [(boundary.area_code, boundary.version) for boundary in stored] == [("16.73.01", 1), ("16.73.02", 2)]


def test_all_troubles_of_a_file_are_told_and_nothing_is_stored(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    answer = send(
        client,
        planner,
        feature({"kode": "16.73.01"}, polygon()),
        feature({"kode": "16.73.01"}, polygon()),
        feature({"nama": "Kecamatan Antah"}, polygon()),
        feature(None, polygon()),
        feature({"kode": "16.73.02"}, {"type": "Polygon", "coordinates": [square()[:-1]]}),
        feature({"kode": "16.73.02"}, None),
    )
    assert answer.status_code == 422
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [
        "/features/1/properties",
        "/features/2/properties",
        "/features/3/properties",
        "/features/4/geometry/coordinates/0",
        "/features/5/geometry/type",
    ]
    assert session.scalars(select(AreaBoundary)).all() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"features": []}', b'{"features": [1]}', b"\xff", b"NaN"])
def test_what_is_no_file_of_features_is_refused(client: TestClient, planner: dict[str, str], content: bytes) -> None:
    answer = client.post(IMPORT, headers=planner | {"Content-Type": "application/geo+json"}, content=content)
    assert answer.status_code == 422, answer.text


def test_a_large_ring_comes_by_import(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    west, south, *_ = square()[0][0], square()[0][1]
    bottom = [[round(west + number * 0.04 / 6_000, 6), south] for number in range(6_000)]
    ring = [*bottom, *square()[1:]]
    assert send(client, planner, feature({"kode": "16.73.01"}, {"type": "Polygon", "coordinates": [ring]})).json() == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
    }
    too_large = [*([west, south] for _ in range(50_000)), *square()]
    refused = send(client, planner, feature({"kode": "16.73.01"}, {"type": "Polygon", "coordinates": [too_large]}))
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("role", "district", "status"),
    [(Role.VIEWER, "16.73", 403), (Role.COORDINATOR, "16.73", 403), (Role.PLANNER, "17.71", 404)],
)
def test_others_change_no_boundary(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    bearer: AsRole,
    role: Role,
    district: str,
    status: int,
) -> None:
    if district != "16.73":
        make_district(session, district)
    team_id = make_team(session).id if role is Role.COORDINATOR else None
    headers = bearer(role, district, team_id)
    assert client.put(PATH, headers=headers, json=polygon()).status_code == status
    assert send(client, headers, feature({"kode": "16.73.01"}, polygon())).status_code == status
