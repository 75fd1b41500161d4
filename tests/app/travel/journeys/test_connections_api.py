"""Connections over HTTP, and the places that they and travel entries name."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sites.models import Site
from app.travel.models import Connection
from tests.app.travel.journeys.conftest import BOAT, CONNECTIONS, INN, LODGINGS, STATIONS

pytestmark = pytest.mark.usefixtures("stations")


def test_a_connection_is_answered_whole_and_gets_a_code(client: TestClient, planner: dict[str, str]) -> None:
    given = {"name": "KM Hulu", "departs_latest": "09:30", "fare": 600_000, "max_teams": 1, "weekdays": "mon,thu"}
    given |= {"starts_on": "2026-01-01", "ends_on": "2026-12-31", "note": None, "provenance": {"fare": "assumed"}}
    dates = {"dates_without": ["2026-03-20", "2026-03-19", "2026-03-20"]}
    answer = client.post(CONNECTIONS, json=BOAT | given | dates, headers=planner)
    assert answer.status_code == 201, answer.text
    connection = answer.json()
    assert connection == BOAT | given | {
        **{"id": connection["id"], "district_code": "16.73", "version": 1},
        **{"code": "station:PEL-1 - station:LAP-1 08:00", "origin": "station:PEL-1", "destination": "station:LAP-1"},
        "dates_without": ["2026-03-19", "2026-03-20"],
    }
    assert client.get(f"/v1/connections/{connection['id']}", headers=planner).json() == connection
    again = client.post(CONNECTIONS, json=BOAT, headers=planner).json()
    assert (again["code"], again["departs_latest"], again["fare"]) == (f"{connection['code']}-2", None, 0)
    assert [item["code"] for item in client.get(CONNECTIONS, headers=planner).json()["items"]] == [
        connection["code"],
        again["code"],
    ]


def test_the_way_back_and_a_later_boat_are_connections_of_their_own(
    client: TestClient, planner: dict[str, str]
) -> None:
    back = {"origin": "LAP-1", "destination": "PEL-1", "departs_earliest": "14:00"}
    for body in (BOAT, BOAT | {"departs_earliest": "10:00"}, BOAT | back):
        assert client.post(CONNECTIONS, json=body, headers=planner).status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer", "mend"),
    [
        ({"origin": "nowhere"}, "/origin", "a station, lodging or site"),
        ({"origin": "base:TIM-1"}, "/origin", "Enter a station near it"),
        ({"destination": "PEL-1"}, "/destination", "another place"),
        ({"destination": "pelabuhan: PEL-1"}, "/destination", "another place"),
        ({"departs_latest": "07:30"}, "/departs_latest", "later time"),
        ({"minutes": 0}, "/minutes", "from 1 to 1440"),
        ({"minutes": 1441}, "/minutes", "from 1 to 1440"),
        ({"fare": -1}, "/fare", "from 0"),
        ({"max_teams": 0}, "/max_teams", "from 1 to 100"),
        ({"starts_on": "2026-03-01", "ends_on": "2026-02-01"}, "/ends_on", "first day first"),
        ({"name": "KM\u200b"}, "/name", "Retype"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_the_mend(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str, mend: str
) -> None:
    answer = client.post(CONNECTIONS, json=BOAT | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert problem["value"] is not None
    assert mend in problem["mend"]
    assert client.get(CONNECTIONS, headers=planner).json()["items"] == []


@pytest.mark.parametrize(
    "changes", [{"way": "bus"}, {"departs_earliest": "25:00"}, {"departs_earliest": 480}, {"dates_without": ["x"]}]
)
def test_values_of_another_type_are_refused(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any]
) -> None:
    answer = client.post(CONNECTIONS, json=BOAT | changes, headers=planner)
    assert answer.status_code == 422
    pointers = [problem["pointer"].removesuffix("/0") for problem in answer.json()["errors"]]
    assert pointers == [f"/{name}" for name in changes]


def test_a_change_is_judged_beside_what_stays(client: TestClient, planner: dict[str, str]) -> None:
    path = client.post(CONNECTIONS, json=BOAT | {"departs_latest": "09:00"}, headers=planner).headers["location"]
    etag = planner | {"If-Match": '"1"'}
    late = client.patch(path, json={"departs_earliest": "09:30"}, headers=etag)
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/departs_latest")
    same = client.patch(path, json={"destination": "station:PEL-1"}, headers=etag)
    assert (same.status_code, same.json()["errors"][0]["pointer"]) == (422, "/destination")
    changed = client.patch(path, json={"departs_latest": None, "weekdays": "sat"}, headers=etag).json()
    assert (changed["departs_latest"], changed["weekdays"], changed["version"]) == (None, "sat", 2)
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204


def test_a_code_names_a_place_where_one_alone_has_it(client: TestClient, planner: dict[str, str]) -> None:
    client.post(LODGINGS, json=INN | {"code": "LAP-1"}, headers=planner)
    (problem,) = client.post(CONNECTIONS, json=BOAT, headers=planner).json()["errors"]
    assert (problem["pointer"], problem["mend"]) == ("/destination", "Write lodging:LAP-1 or station:LAP-1.")
    by_kind = client.post(CONNECTIONS, json=BOAT | {"destination": "penginapan:LAP-1"}, headers=planner).json()
    assert by_kind["destination"] == "lodging:LAP-1"
    # A site's plain code has always named the site.
    client.post(STATIONS, json={**INN, "code": "DESA-7", "kind": "jetty"}, headers=planner)
    to_site = client.post(CONNECTIONS, json=BOAT | {"destination": "DESA-7"}, headers=planner).json()
    assert to_site["destination"] == "DESA-7"
    to_station = client.post(CONNECTIONS, json=BOAT | {"destination": "station:DESA-7"}, headers=planner).json()
    assert to_station["destination"] == "station:DESA-7"


def test_a_connection_goes_with_its_site(client: TestClient, planner: dict[str, str], session: Session) -> None:
    client.post(CONNECTIONS, json=BOAT | {"destination": "DESA-7"}, headers=planner)
    session.delete(session.scalars(select(Site)).one())
    session.flush()
    assert session.scalars(select(Connection)).all() == []


def test_travel_entries_lead_to_lodgings_and_stations(client: TestClient, planner: dict[str, str]) -> None:
    client.post(LODGINGS, json=INN, headers=planner)
    path = "/v1/districts/16.73/travel-entries"
    way = {"minutes": 20, "metres": 3000, "way": "road"}
    ends = [("base:TIM-1", "PEL-1"), ("lodging:INN", "DESA-7"), ("station:LAP-1", "penginapan:INN")]
    for origin, destination in ends:
        answer = client.post(path, json=way | {"origin": origin, "destination": destination}, headers=planner)
        assert answer.status_code == 201, answer.text
    items = client.get(path, headers=planner).json()["items"]
    assert [(item["origin"], item["destination"]) for item in items] == [
        ("base:TIM-1", "station:PEL-1"),
        ("lodging:INN", "DESA-7"),
        ("station:LAP-1", "lodging:INN"),
    ]
    again = client.post(path, json=way | {"origin": "lodging:INN", "destination": "station:LAP-1"}, headers=planner)
    assert (again.status_code, again.json()["code"]) == (409, "EntryTaken")
    exported = client.get(f"{path}/export", headers=planner)
    back = client.post(f"{path}/import", content=exported.content, headers=planner | {"Content-Type": "text/csv"})
    assert (back.status_code, back.json()["unchanged"]) == (200, 3)
