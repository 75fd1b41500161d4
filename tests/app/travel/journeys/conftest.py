"""A district whose far villages lie beyond a river and a flight."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from tests.app.conftest import AsRole
from tests.factories import make_district, make_site, make_team

LODGINGS = "/v1/districts/16.73/lodgings"
STATIONS = "/v1/districts/16.73/stations"
CONNECTIONS = "/v1/districts/16.73/connections"
INN: dict[str, Any] = {"code": "INN", "name": "Mess Pemda", "lat": -3.4, "lon": 102.9}
HARBOUR: dict[str, Any] = {"code": "PEL-1", "name": "Pelabuhan Kota", "kind": "harbour", "lat": -3.27, "lon": 102.88}
AIRSTRIP: dict[str, Any] = {"code": "LAP-1", "name": "Lapter Hulu", "kind": "airstrip", "lat": -3.5, "lon": 102.95}
BOAT: dict[str, Any] = {
    "origin": "PEL-1",
    "destination": "LAP-1",
    "way": "boat",
    "departs_earliest": "08:00",
    "minutes": 90,
}


@pytest.fixture
def district(session: Session) -> District:
    district = make_district(session)
    make_team(session, code="TIM-1")
    make_site(session, code="DESA-7", kind="village")
    return district


@pytest.fixture
def planner(district: District, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def stations(client: TestClient, planner: dict[str, str]) -> None:
    for body in (HARBOUR, AIRSTRIP):
        assert client.post(STATIONS, json=body, headers=planner).status_code == 201
