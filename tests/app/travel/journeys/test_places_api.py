"""Lodgings and stations over HTTP: kept, refused with field and mend, changed, deleted."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.travel.models import Lodging
from tests.app.conftest import AsRole
from tests.app.travel.journeys.conftest import AIRSTRIP, BOAT, CONNECTIONS, HARBOUR, INN, LODGINGS, STATIONS
from tests.factories import make_district

KINDS = [(LODGINGS, INN), (STATIONS, HARBOUR)]


def test_a_lodging_is_answered_whole(client: TestClient, planner: dict[str, str]) -> None:
    given = {"zone": "Hulu", "cost_per_night": 250_000, "max_teams": 2, "weekdays": "mon-thu", "note": "kunci di RT"}
    given |= {"starts_on": "2026-01-01", "ends_on": "2026-12-31", "provenance": {"place": "public"}}
    answer = client.post(LODGINGS, json=INN | given, headers=planner)
    assert answer.status_code == 201, answer.text
    lodging = answer.json()
    assert answer.headers["location"] == f"/v1/lodgings/{lodging['id']}"
    assert lodging == INN | given | {"id": lodging["id"], "district_code": "16.73", "version": 1}
    plain = client.post(LODGINGS, json=INN | {"code": "INN-2"}, headers=planner).json()
    assert (plain["zone"], plain["cost_per_night"], plain["max_teams"], plain["weekdays"]) == (None, 0, None, "mon-sun")


def test_a_station_is_answered_whole(client: TestClient, planner: dict[str, str]) -> None:
    station = client.post(STATIONS, json=AIRSTRIP | {"zone": "Hulu"}, headers=planner).json()
    known = {"id": station["id"], "district_code": "16.73", "note": None, "provenance": {}, "version": 1}
    assert station == AIRSTRIP | {"zone": "Hulu"} | known


@pytest.mark.parametrize(("path", "body"), KINDS)
def test_it_is_made_listed_changed_and_deleted(
    client: TestClient, planner: dict[str, str], session: Session, path: str, body: dict[str, Any]
) -> None:
    one = client.post(path, json=body, headers=planner).headers["location"]
    other = client.post(path, json=body | {"code": "B"}, headers=planner).headers["location"]
    first = client.get(path, params={"limit": 1}, headers=planner).json()
    rest = client.get(path, params={"cursor": first["next_cursor"]}, headers=planner).json()
    assert [item["code"] for item in (*first["items"], *rest["items"])] == [body["code"], "B"]
    assert client.patch(one, json={"name": "Baru"}, headers=planner).status_code == 428
    changed = client.patch(one, json={"name": "Baru", "zone": "Hulu"}, headers=planner | {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "Baru", '"2"')
    assert client.patch(one, json={"name": "Lain"}, headers=planner | {"If-Match": '"1"'}).status_code == 412
    emptied = client.patch(one, json={"zone": None, "note": None}, headers=planner | {"If-Match": '"2"'})
    assert emptied.json()["zone"] is None
    taken = client.patch(other, json={"code": body["code"]}, headers=planner | {"If-Match": '"1"'})
    assert (taken.status_code, taken.json()["code"]) == (409, "CodeTaken")
    assert [problem["pointer"] for problem in taken.json()["errors"]] == ["/code"]
    assert client.delete(one, headers=planner | {"If-Match": '"2"'}).status_code == 412
    assert client.delete(one, headers=planner | {"If-Match": '"3"'}).status_code == 204
    assert client.get(one, headers=planner).status_code == 404
    thing = path.rpartition("/")[2].removesuffix("s")
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == [f"{thing}.{verb}" for verb in ("create", "create", "update", "update", "delete")]


@pytest.mark.parametrize(("path", "body"), KINDS)
def test_others_neither_see_nor_change_it(
    client: TestClient, planner: dict[str, str], bearer: AsRole, session: Session, path: str, body: dict[str, Any]
) -> None:
    one = client.post(path, json=body, headers=planner).headers["location"]
    make_district(session, "17.71")
    viewer, stranger = bearer(Role.VIEWER, "16.73"), bearer(Role.PLANNER, "17.71")
    assert client.get(one, headers=viewer).status_code == 200
    assert client.post(path, json=body | {"code": "B"}, headers=viewer).status_code == 403
    assert client.patch(one, json={"name": "x"}, headers=viewer | {"If-Match": '"1"'}).status_code == 403
    for method in ("get", "delete"):
        assert getattr(client, method)(one, headers=stranger | {"If-Match": '"1"'}).status_code == 404
    assert client.get(path, headers=stranger).status_code in (403, 404)


@pytest.mark.parametrize(("path", "body"), KINDS)
def test_a_key_makes_it_once(client: TestClient, planner: dict[str, str], path: str, body: dict[str, Any]) -> None:
    again = planner | {"Idempotency-Key": "b3c1"}
    answers = [client.post(path, json=body, headers=again) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


WRONG: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (LODGINGS, INN, {"cost_per_night": -1}, "/cost_per_night"),
    (LODGINGS, INN, {"max_teams": 0}, "/max_teams"),
    (LODGINGS, INN, {"max_teams": 101}, "/max_teams"),
    (LODGINGS, INN, {"lat": 3.4}, "/lat"),
    (LODGINGS, INN, {"lat": 102.9, "lon": -3.4}, "/lat"),
    (LODGINGS, INN, {"weekdays": "someday"}, "/weekdays"),
    (LODGINGS, INN, {"starts_on": "2026-03-01", "ends_on": "2026-02-01"}, "/ends_on"),
    (LODGINGS, INN, {"name": None}, "/name"),
    (LODGINGS, INN, {"zone": "Hulu\u200b"}, "/zone"),
    (LODGINGS, INN, {"code": "lodging:INN"}, "/code"),
    (STATIONS, HARBOUR, {"code": "Pelabuhan: 1"}, "/code"),
    (STATIONS, HARBOUR, {"kind": "port"}, "/kind"),
    (STATIONS, HARBOUR, {"lon": 2.9}, "/lon"),
    (STATIONS, HARBOUR, {"note": "x" * 201}, "/note"),
    (STATIONS, HARBOUR, {"place": "x"}, "/place"),
]


@pytest.mark.parametrize(("path", "body", "changes", "pointer"), WRONG)
def test_a_wrong_value_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], path: str, body: dict[str, Any], changes: dict[str, Any], pointer: str
) -> None:
    answer = client.post(path, json=body | changes, headers=planner)
    assert answer.status_code == 422, answer.text
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]
    assert client.get(path, headers=planner).json()["items"] == []


@pytest.mark.parametrize(("path", "body"), KINDS)
def test_a_place_to_change_at_may_lie_in_another_district(
    client: TestClient, planner: dict[str, str], path: str, body: dict[str, Any]
) -> None:
    """Two hundred kilometres away; no site of the district can be there."""
    assert client.post(path, json=body | {"lat": -1.5}, headers=planner).status_code == 201
    beyond = client.post(path, json=body | {"code": "B", "lat": -0.3}, headers=planner)
    assert (beyond.status_code, beyond.json()["errors"][0]["pointer"]) == (422, "/lat")


def test_a_lost_minus_is_seen_and_told_in_indonesian(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(LODGINGS, json=INN | {"lat": 3.4}, headers=planner | {"Accept-Language": "id"})
    (problem,) = answer.json()["errors"]
    assert problem["value"] == 3.4
    assert "minus" in problem["mend"]


@pytest.mark.usefixtures("stations")
def test_a_place_to_which_ways_lead_is_not_deleted(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    client.post(LODGINGS, json=INN, headers=planner)
    assert client.post(CONNECTIONS, json=BOAT | {"destination": "INN"}, headers=planner).status_code == 201
    way = {"origin": "base:TIM-1", "destination": "PEL-1", "minutes": 10, "metres": 900, "way": "road"}
    assert client.post("/v1/districts/16.73/travel-entries", json=way, headers=planner).status_code == 201
    harbour = client.get(STATIONS, headers=planner).json()["items"][0]
    refused = client.delete(f"/v1/stations/{harbour['id']}", headers=planner | {"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "PlaceInUse")
    assert [(problem["pointer"], problem["value"]) for problem in refused.json()["errors"]] == [
        ("/connections", "station:PEL-1 - lodging:INN 08:00"),
        ("/travel-entries", "base:TIM-1 - PEL-1"),
    ]
    inn = session.scalars(select(Lodging)).one()
    assert client.delete(f"/v1/lodgings/{inn.id}", headers=planner | {"If-Match": '"1"'}).status_code == 409
    free = client.get(STATIONS, headers=planner).json()["items"][1]
    assert client.delete(f"/v1/stations/{free['id']}", headers=planner | {"If-Match": '"1"'}).status_code == 204
