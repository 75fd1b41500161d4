"""Edits of whole trips over HTTP: what they answer, what their history says, and every way to send them wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from tests.app.conftest import AsRole
from tests.app.schedules.trips.board_resident import BoardResident
from tests.app.schedules.trips.upriver import FRIDAY, VISITS, plan_upriver, visit
from tests.factories import make_district

SEND = {"op": "send", "team": "T-1", "date": "2023-11-16", "until": "2023-11-20", "lodging": "BALAI"}


@pytest.fixture
def planner(district: District, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, district.code)


@pytest.fixture
def draft(client: TestClient, session: Session, district: District, planner: dict[str, str]) -> int:
    base = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    session.commit()
    number: int = client.post(f"/v1/schedules/{base.id}/copy", headers=planner).json()["id"]
    return number


def post(client: TestClient, draft: int, planner: dict[str, str], *edits: dict[str, Any], version: int = 1) -> Any:
    headers = planner | {"If-Match": f'"{version}"'}
    return client.post(f"/v1/schedules/{draft}/edits", json={"edits": edits}, headers=headers)


def test_a_trip_is_sent_changed_and_called_off_over_http(
    client: TestClient, draft: int, planner: dict[str, str]
) -> None:
    visit = {"date": "2023-11-17", "site": "H-0", "starts_at": "09:30", "service_minutes": 60}
    sent = post(client, draft, planner, SEND | {"visits": [visit]}).json()
    assert sent["broken_by_edit"] == []
    (made,) = sent["trips"]
    assert (made["change"], made["team"], made["before"], made["visits_gone"]) == ("sent", "T-1", None, 0)
    assert made["after"]["nights"] == [
        {"date": "2023-11-16", "until": "2023-11-17", "lodging": "BALAI", "cost": 150_000},
        {"date": "2023-11-17", "until": "2023-11-20", "lodging": "BALAI", "cost": 450_000},
    ]
    assert [(ride["date"], ride["connection"]) for ride in made["after"]["rides"]] == [
        ("2023-11-16", "NAIK"),
        ("2023-11-20", "TURUN"),
    ]
    shorter = {"op": "change_trip", "team": "T-1", "date": "2023-11-17", "until": "2023-11-17"}
    changed = post(client, draft, planner, shorter, version=2).json()
    assert [(trip["change"], trip["after"]["ends_on"]) for trip in changed["trips"]] == [("changed", "2023-11-17")]
    gone = post(client, draft, planner, {"op": "call_off", "team": "T-1", "date": "2023-11-16"}, version=3).json()
    (dropped,) = gone["trips"]
    assert (dropped["change"], dropped["after"], dropped["visits_gone"]) == ("called_off", None, 1)
    assert dropped["people_gone"] == -gone["change"]["activations"] > 0
    versions = client.get(f"/v1/schedules/{draft}/versions", headers=planner).json()["items"]
    (first,) = versions[2]["edits"]
    assert {name: value for name, value in first.items() if value is not None} == SEND | {"visits": [visit]}


def test_a_trip_is_moved_over_http(client: TestClient, draft: int, planner: dict[str, str]) -> None:
    post(client, draft, planner, SEND | {"visits": [{"date": "2023-11-17", "site": "H-0"}]})
    move = {"op": "move_trip", "team": "T-1", "date": "2023-11-17", "to_date": "2023-11-23"}
    moved = post(client, draft, planner, move, version=2).json()
    (trip,) = moved["trips"]
    assert (trip["change"], trip["before"]["starts_on"], trip["after"]["starts_on"]) == (
        "moved",
        "2023-11-16",
        "2023-11-23",
    )
    assert [(ride["date"], ride["connection"]) for ride in trip["after"]["rides"]] == [
        ("2023-11-23", "NAIK"),
        ("2023-11-27", "TURUN"),
    ]
    assert [(change["before"]["date"], change["after"]["date"]) for change in moved["changed"]] == [
        ("2023-11-17", "2023-11-24")
    ]
    (step,) = client.get(f"/v1/schedules/{draft}/versions", headers=planner).json()["items"][0]["edits"]
    assert {name: value for name, value in step.items() if value is not None} == move


def test_visits_of_a_new_trip_are_placed_by_the_edits_after_it(
    client: TestClient, draft: int, planner: dict[str, str]
) -> None:
    add = {"op": "add", "team": "T-1", "date": "2023-11-17", "site": "H-1"}
    answer = post(client, draft, planner, SEND, add).json()
    assert (answer["broken_by_edit"], [change["after"]["site"] for change in answer["changed"]]) == ([], ["H-1"])


@pytest.fixture
def resident(api: FastAPI) -> Iterator[BoardResident]:
    real, api.state.resident = api.state.resident, BoardResident()
    yield api.state.resident
    api.state.resident = real


def test_where_only_a_new_trip_would_do_the_way_is_to_send_the_team(
    client: TestClient, draft: int, planner: dict[str, str], resident: BoardResident
) -> None:
    add = {"op": "add", "team": "T-1", "date": "2023-11-16", "site": "H-0"}
    tried = client.post(f"/v1/schedules/{draft}/edits", json={"edits": [add], "dry_run": True}, headers=planner).json()
    assert "no_way" in {rule["rule"] for rule in tried["broken_by_edit"]}, "the plain way"
    (option,) = tried["options"]
    assert (option["kind"], option["disturbed"], option["lost_activations"], tried["against"]) == ("sends", 0, 0, None)
    (sends,) = option["edits"]
    assert (sends["op"], sends["team"], sends["nights"][0]["lodging"]) == ("send", "T-1", "BALAI")
    assert option["texts"][0]["id"].startswith("Tim T-1 berangkat 16 November 2023")
    taken = {name: value for name, value in sends.items() if value is not None}
    done = post(client, draft, planner, taken).json()
    assert (done["broken_by_edit"], done["change"]) == ([], option["change"])
    assert [change["after"]["site"] for change in done["changed"]] == ["H-0"]


def test_a_trip_to_a_site_shifts_what_stands_in_its_way_unless_it_is_pinned(
    client: TestClient, session: Session, district: District, planner: dict[str, str], resident: BoardResident
) -> None:
    base = plan_upriver(session, district, visits=[*VISITS[2:], visit(FRIDAY, "S-2", 540)], nights=[], rides=[])
    session.commit()
    draft = client.post(f"/v1/schedules/{base.id}/copy", headers=planner).json()["id"]
    dry = {"edits": [{"op": "add", "team": "T-1", "date": "2023-11-17", "site": "H-0"}], "dry_run": True}
    (option,) = client.post(f"/v1/schedules/{draft}/edits", json=dry, headers=planner).json()["options"]
    assert (option["kind"], option["disturbed"]) == ("sends", 1)
    (shifted,) = [change for change in option["changed"] if change["before"]]
    assert (shifted["before"]["site"], shifted["before"]["starts_at"]) == ("S-2", "09:00")
    assert shifted["after"]["starts_at"] > "12:00", "the team is back by boat at noon"
    post(client, draft, planner, {"op": "pin", "team": "T-1", "date": "2023-11-17", "site": "S-2"})
    tried = client.post(f"/v1/schedules/{draft}/edits", json=dry, headers=planner).json()
    assert (tried["options"], tried["against"]["rule"]) == ([], "needs_nights")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a site": (SEND | {"site": "H-0"}, "/edits/0"),
    "an hour": (SEND | {"starts_at": "08:00"}, "/edits/0"),
    "no team": ({name: value for name, value in SEND.items() if name != "team"}, "/edits/0"),
    "no date": ({name: value for name, value in SEND.items() if name != "date"}, "/edits/0"),
    "a date that is none": (SEND | {"until": "2023-11-31"}, "/edits/0/until"),
    "a number for a lodging": (SEND | {"lodging": 7}, "/edits/0/lodging"),
    "an empty lodging": (SEND | {"lodging": ""}, "/edits/0/lodging"),
    "nights that are no list": (SEND | {"nights": "BALAI"}, "/edits/0/nights"),
    "a night without a lodging": (SEND | {"nights": [{"date": "2023-11-17"}]}, "/edits/0/nights/0/lodging"),
    "a visit without a site": (SEND | {"visits": [{"date": "2023-11-17"}]}, "/edits/0/visits/0/site"),
    "a visit of no minutes": (
        SEND | {"visits": [{"date": "2023-11-17", "site": "H-0", "service_minutes": 0}]},
        "/edits/0/visits/0/service_minutes",
    ),
    "a ride at no hour": (
        SEND | {"rides": [{"date": "2023-11-16", "connection": "NAIK", "starts_at": "25:00"}]},
        "/edits/0/rides/0/starts_at",
    ),
    "too many nights": (
        SEND | {"nights": [{"date": "2023-11-17", "lodging": "BALAI"}] * 101},
        "/edits/0/nights",
    ),
    "a word for a truth": (SEND | {"makes_room": "yes"}, "/edits/0/makes_room"),
    "a field that is none": (SEND | {"boat": "NAIK"}, "/edits/0/boat"),
    "an op that is none": (SEND | {"op": "sail"}, "/edits/0/op"),
    "a call off with an end": (SEND | {"op": "call_off"}, "/edits/0"),
    "a move to nowhere": ({"op": "move_trip", "team": "T-1", "date": "2023-11-16"}, "/edits/0"),
    "a move to no date": (
        {"op": "move_trip", "team": "T-1", "date": "2023-11-16", "to_date": "2023-11-31"},
        "/edits/0/to_date",
    ),
    "a move with another end": (SEND | {"op": "move_trip", "to_date": "2023-11-23"}, "/edits/0"),
    "another first date of a new trip": (SEND | {"to_date": "2023-11-23"}, "/edits/0"),
    "a visit with a lodging": (
        {"op": "add", "team": "T-1", "date": "2023-11-17", "site": "H-0", "lodging": "BALAI"},
        "/edits/0",
    ),
    "a visit without a site of its own": ({"op": "add", "team": "T-1", "date": "2023-11-17"}, "/edits/0"),
    "a null in a code": (SEND | {"lodging": "BA\0LAI"}, "/edits/0/lodging"),
}


@pytest.mark.parametrize(("wrong", "pointer"), WRONG.values(), ids=WRONG)
def test_a_wrong_edit_of_a_trip_is_a_422_that_names_the_field_and_changes_nothing(
    client: TestClient, draft: int, planner: dict[str, str], wrong: dict[str, Any], pointer: str
) -> None:
    refused = post(client, draft, planner, wrong)
    assert refused.status_code == 422, refused.text
    pointers = [problem["pointer"] for problem in refused.json()["errors"]]
    assert pointers[0].startswith(pointer), pointers
    assert client.get(f"/v1/schedules/{draft}", headers=planner).json()["draft"]["version"] == 1
    assert client.get(f"/v1/schedules/{draft}/trips", headers=planner).json()["items"] == []


def test_who_only_reads_sends_nobody_and_an_old_version_changes_nothing(
    client: TestClient, session: Session, draft: int, planner: dict[str, str], bearer: AsRole
) -> None:
    make_district(session, code="65.01", name="Daerah Lain")
    session.commit()
    assert post(client, draft, bearer(Role.VIEWER, "16.73"), SEND).status_code == 403
    assert post(client, draft, bearer(Role.PLANNER, "65.01"), SEND).status_code == 404
    assert post(client, draft, planner, SEND, version=7).status_code == 412
    assert client.get(f"/v1/schedules/{draft}/trips", headers=planner).json()["items"] == []
