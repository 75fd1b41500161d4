"""Travel entries over HTTP: kept, refused with field and mend, imported and exported without loss."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.sites.models import Site
from app.travel.models import TravelEntry
from tests.app.conftest import AsRole
from tests.factories import make_district, make_site, make_team

ENTRIES = "/v1/districts/16.73/travel-entries"
BOAT: dict[str, Any] = {"origin": "base:TIM-1", "destination": "DESA-7", "minutes": 95, "metres": 0, "way": "boat"}
HEADER = "origin,destination,minutes,metres,way"


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    """Of a district with two teams at one office and two villages."""
    make_district(session)
    for code in ("TIM-1", "TIM-2"):
        make_team(session, code=code)
    for code in ("DESA-7", "DESA-8"):
        make_site(session, code=code, kind="village")
    return bearer(Role.PLANNER, "16.73")


def send(client: TestClient, headers: dict[str, str], lines: str, **query: str) -> Any:
    return client.post(f"{ENTRIES}/import", params=query, content=lines, headers=headers | {"Content-Type": "text/csv"})


def test_an_entry_is_answered_whole_and_gets_a_code(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(ENTRIES, json=BOAT | {"note": "speedboat pukul 07.30"}, headers=planner)
    assert answer.status_code == 201, answer.text
    entry = answer.json()
    assert answer.headers["location"] == f"/v1/travel-entries/{entry['id']}"
    assert entry == BOAT | {
        **{"id": entry["id"], "district_code": "16.73", "code": "base:TIM-1 - DESA-7", "version": 1},
        **{"both_directions": True, "note": "speedboat pukul 07.30", "provenance": "given"},
    }
    assert client.get(answer.headers["location"], headers=planner).json() == entry
    assert client.get(ENTRIES, headers=planner).json()["items"] == [entry]


@pytest.mark.parametrize(
    ("changes", "pointer", "mend"),
    [
        ({"origin": "TIM-1"}, "/origin", "base:TIM-1"),
        ({"destination": "nowhere"}, "/destination", "the code of a site"),
        ({"destination": "base:TIM-2"}, "/destination", "two places, at most one of them the base"),
        ({"origin": "DESA-7"}, "/destination", "two places, at most one of them the base"),
        ({"minutes": 0}, "/minutes", "from 1 to 1440"),
        ({"minutes": 1441}, "/minutes", "from 1 to 1440"),
        ({"metres": -1}, "/metres", "from 0 to 5000000"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_the_mend(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], pointer: str, mend: str
) -> None:
    answer = client.post(ENTRIES, json=BOAT | changes, headers=planner)
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert mend in problem["mend"]
    assert client.get(ENTRIES, headers=planner).json()["items"] == []


@pytest.mark.parametrize("changes", [{"way": "bicycle"}, {"minutes": "95"}, {"metres": 1.5}, {"both": True}])
def test_values_of_another_type_are_refused(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any]
) -> None:
    answer = client.post(ENTRIES, json=BOAT | changes, headers=planner)
    assert answer.status_code == 422
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [f"/{name}" for name in changes]


def test_one_way_is_said_once(client: TestClient, planner: dict[str, str]) -> None:
    assert client.post(ENTRIES, json=BOAT, headers=planner).status_code == 201
    back = {"origin": "DESA-7", "destination": "base:TIM-1"}
    for again in (BOAT | {"code": "again"}, BOAT | back | {"both_directions": False}):
        answer = client.post(ENTRIES, json=again, headers=planner)
        assert (answer.status_code, answer.json()["code"]) == (409, "EntryTaken")
        assert "base:TIM-1 - DESA-7" in answer.json()["detail"]
    other = client.post(ENTRIES, json=BOAT | {"destination": "DESA-8", "code": "base:TIM-1 - DESA-7"}, headers=planner)
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/code")


def test_upstream_takes_longer_than_downstream(client: TestClient, planner: dict[str, str]) -> None:
    one_way = {"both_directions": False}
    assert client.post(ENTRIES, json=BOAT | one_way, headers=planner).status_code == 201
    back = {"origin": "DESA-7", "destination": "base:TIM-1", "minutes": 60}
    assert client.post(ENTRIES, json=BOAT | one_way | back, headers=planner).status_code == 201


def test_a_change_takes_the_version_it_is_based_on(client: TestClient, planner: dict[str, str]) -> None:
    client.post(ENTRIES, json=BOAT | {"destination": "DESA-8"}, headers=planner)
    entry = client.post(ENTRIES, json=BOAT, headers=planner).json()
    path, etag = f"/v1/travel-entries/{entry['id']}", {"If-Match": '"1"'}
    changed = client.patch(path, json={"minutes": 120, "note": None}, headers=planner | etag)
    assert (changed.status_code, changed.json()["minutes"], changed.headers["etag"]) == (200, 120, '"2"')
    assert client.patch(path, json={"minutes": 90}, headers=planner | etag).status_code == 412
    taken = client.patch(path, json={"destination": "DESA-8"}, headers=planner | {"If-Match": '"2"'})
    assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (409, "/destination")
    assert client.delete(path, headers=planner | etag).status_code == 412
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


def test_others_neither_see_nor_change_it(
    client: TestClient, planner: dict[str, str], bearer: AsRole, session: Session
) -> None:
    path = f"/v1/travel-entries/{client.post(ENTRIES, json=BOAT, headers=planner).json()['id']}"
    make_district(session, "17.71")
    viewer, stranger = bearer(Role.VIEWER, "16.73"), bearer(Role.PLANNER, "17.71")
    assert client.get(path, headers=viewer).status_code == 200
    assert client.post(ENTRIES, json=BOAT, headers=viewer).status_code == 403
    assert client.patch(path, json={"minutes": 5}, headers=viewer | {"If-Match": '"1"'}).status_code == 403
    assert client.get(path, headers=stranger).status_code == 404
    assert client.get(ENTRIES, headers=stranger).status_code == 404


def test_a_sheet_of_an_office_is_understood(client: TestClient, planner: dict[str, str], session: Session) -> None:
    lines = (
        "Jalur sungai Kecamatan Hulu,,,,,\n"
        "Dari,Ke,Menit,Meter,Moda,Dua arah\n"
        "pangkalan:TIM-1,DESA-7,95,0,speedboat,ya\n"
        "DESA-7,DESA-8,25,1200,jalan kaki,tidak\n"
    )
    answer = send(client, planner, lines)
    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 2
    found = client.get(ENTRIES, headers=planner).json()["items"]
    assert [(one["origin"], one["way"], one["metres"], one["both_directions"]) for one in found] == [
        ("base:TIM-1", "boat", 0, True),
        ("DESA-7", "foot", 1200, False),
    ]
    again = send(client, planner, lines).json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)


def test_a_bad_table_stores_nothing_and_names_every_row(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    lines = (
        f"code,{HEADER}\n"
        "a,base:TIM-1,DESA-7,95,0,boat\n"
        "b,base:TIM-9,DESA-7,95,0,boat\n"
        "c,DESA-7,base:TIM-1,95,0,boat\n"
        "d,DESA-7,DESA-8,much,0,raft\n"
    )
    refused = send(client, planner, lines)
    assert refused.status_code == 422
    assert {problem["pointer"] for problem in refused.json()["errors"]} >= {
        "row 3/origin",
        "row 5/minutes",
        "row 5/way",
    }
    twice = send(client, planner, "\n".join(line for line in lines.splitlines() if line[0] in "ca") + "\n")
    assert [problem["pointer"] for problem in twice.json()["errors"]] == ["row 3/destination"]
    assert session.scalar(select(func.count()).select_from(TravelEntry)) == 0


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "geojson"])
def test_what_is_exported_is_imported_without_loss(
    client: TestClient, planner: dict[str, str], file_format: str
) -> None:
    client.post(ENTRIES, json=BOAT | {"note": "=1+1; ambil di dermaga", "provenance": "public"}, headers=planner)
    client.post(
        ENTRIES,
        json=BOAT | {"origin": "DESA-7", "destination": "DESA-8", "both_directions": False, "metres": 123},
        headers=planner,
    )
    file = client.get(f"{ENTRIES}/export", params={"format": file_format}, headers=planner)
    assert file.status_code == 200
    before = client.get(ENTRIES, headers=planner).json()["items"]
    kind = {"Content-Type": file.headers["content-type"]}
    same = client.post(f"{ENTRIES}/import", content=file.content, headers=planner | kind)
    assert (same.status_code, same.json()["unchanged"]) == (200, 2), same.text
    for entry in before:
        client.delete(f"/v1/travel-entries/{entry['id']}", headers=planner | {"If-Match": '"1"'})
    again = client.post(f"{ENTRIES}/import", content=file.content, headers=planner | kind)
    assert again.json()["created"] == 2
    after = client.get(ENTRIES, headers=planner).json()["items"]
    assert [one | {"id": 0} for one in after] == [one | {"id": 0} for one in before]


def test_a_preview_stores_nothing(client: TestClient, planner: dict[str, str], session: Session) -> None:
    answer = client.post(
        f"{ENTRIES}/import/preview",
        content=f"{HEADER}\nbase:TIM-1,DESA-7,95,0,boat\n",
        headers=planner | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    assert session.scalar(select(func.count()).select_from(TravelEntry)) == 0


def test_an_entry_goes_with_its_place_and_every_change_is_recorded(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    path = f"/v1/travel-entries/{client.post(ENTRIES, json=BOAT, headers=planner).json()['id']}"
    client.patch(path, json={"minutes": 100}, headers=planner | {"If-Match": '"1"'})
    site = session.scalars(select(Site).where(Site.code == "DESA-7")).one()
    gone = client.delete(f"/v1/sites/{site.id}", headers=planner | {"If-Match": f'"{site.version}"'})
    assert gone.status_code == 204
    assert client.get(path, headers=planner).status_code == 404
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [action for action in actions if action.startswith("travel_entry")] == [
        "travel_entry.create",
        "travel_entry.update",
    ]
