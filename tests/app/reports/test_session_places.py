"""Where a session could be held instead: the nearest covered places by way, with who would come and who would not."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.sites.models import Site
from app.travel.entries import TRAVEL_ENTRIES
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site

ALL = {"phone_ready_share": 1, "turn_out_share": 1, "resident_share": 1}


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session, detour=1.0, kmh=60)


@pytest.fixture
def village(session: Session, district: District) -> Site:
    return make_site(session, code="A", name="Long Apung", headcount=101, connectivity=0, people_kia=9, **ALL)


def test_places_are_listed_by_the_minutes_that_plans_take(
    client: TestClient, session: Session, district: District, village: Site, bearer: AsRole
) -> None:
    make_site(session, code="near", name="Dekat", lat=village.lat - 0.1, lon=village.lon, connectivity=3)
    make_site(session, code="far", lat=village.lat - 0.3, lon=village.lon, connectivity=1)
    make_site(session, code="silent", connectivity=0)
    make_site(session, code="by boat", lat=village.lat - 0.2, lon=village.lon, connectivity=2)
    entry = {"origin": "A", "destination": "by boat", "minutes": 5, "metres": 4_000, "way": "boat"}
    create_thing(session, TRAVEL_ENTRIES, district, entry | {"both_directions": True}, actor=COMMAND_LINE, now=NOW)
    answer = client.get(f"/v1/sites/{village.id}/session-places", headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["people_at_home"], shown["share"], shown["share_provenance"]) == (101, 0.5, "assumed")
    assert [place["code"] for place in shown["places"]] == ["by boat", "near", "far"]
    boat, near, _ = shown["places"]
    assert boat["way"] == {"minutes": 5, "metres": 4000, "source": "entered", "way": "boat"}
    assert near["way"] == {"minutes": 12, "metres": 11120, "source": "great_circle", "way": None}
    assert (near["people"], near["people_staying_away"]) == (50, 51)
    assert near["text"]["id"] == "Dekat: 12 menit dari Long Apung; 50 orang dilayani, 51 tidak datang ke sana."


def test_a_share_of_the_sites_own_and_where_it_is_moved_already(
    client: TestClient, session: Session, district: District, village: Site, bearer: AsRole
) -> None:
    make_site(session, code="B", connectivity=3)
    village.session_at, village.session_turn_out_share = "B", 0.8
    village.provenance = {"session_turn_out_share": "measured"}
    session.commit()
    viewer = bearer(Role.VIEWER, "16.73")
    shown = client.get(f"/v1/sites/{village.id}/session-places", headers=viewer).json()
    assert (shown["session_at"], shown["people_at_home"]) == ("B", 101)
    assert (shown["share"], shown["share_provenance"]) == (0.8, "measured")
    assert shown["places"][0]["people"] == 80
    cards = client.get(f"/v1/sites/{village.id}/session-places?document=kia", headers=viewer).json()
    assert (cards["people_at_home"], cards["places"][0]["people"]) == (9, 7)


def test_nobody_of_another_district_asks(client: TestClient, session: Session, village: Site, bearer: AsRole) -> None:
    make_district(session, "16.71")
    url = f"/v1/sites/{village.id}/session-places"
    assert client.get(url, headers=bearer(Role.VIEWER, "16.71")).status_code == 404
    assert client.get(url).status_code == 401
