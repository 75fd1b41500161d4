from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import export_things, import_things, load_things
from app.districts.imported import Load
from app.districts.models import District
from app.tables.formats import Format, read_table
from app.tables.records import ImportRefused
from app.teams.kit_pools import KIT_POOLS
from app.teams.models import KitPool
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_team

POOLS = "/v1/districts/16.73/kit-pools"
BODY: dict[str, Any] = {"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}


@pytest.fixture
def district(session: Session) -> District:
    district = make_district(session)
    for number in (1, 2):
        make_team(session, code=f"TIM-{number}")
    return district


@pytest.fixture
def planner(district: District, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def test_a_pool_is_made_changed_and_deleted(client: TestClient, planner: dict[str, str], session: Session) -> None:
    answer = client.post(POOLS, json=BODY | {"teams": ["TIM-2", "TIM-1"]}, headers=planner)
    assert answer.status_code == 201, answer.text
    path = answer.headers["location"]
    pool = client.get(path, headers=planner).json()
    assert (pool["teams"], pool["max_per_team"], pool["cost_per_day"]) == (["TIM-1", "TIM-2"], 1, 0)
    changes = {"count": 3, "teams": None, "ends_on": "2026-03-19"}
    assert client.patch(path, json=changes, headers=planner).status_code == 428
    changed = client.patch(path, json=changes, headers=planner | {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["count"], changed.json()["teams"]) == (200, 3, None)
    assert [item["code"] for item in client.get(POOLS, headers=planner).json()["items"]] == ["SATELIT"]
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.details["code"], entry.details["count"]) for entry in entries] == [
        ("kit_pool.create", "SATELIT", 1),
        ("kit_pool.update", "SATELIT", 3),
        ("kit_pool.delete", "SATELIT", 3),
    ]


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"count": 0}, 422, "/count"),
        ({"max_per_team": 0}, 422, "/max_per_team"),
        ({"cost_per_day": -1}, 422, "/cost_per_day"),
        ({"kind": "drone"}, 422, "/kind"),
        ({"teams": ["TIM-9"]}, 422, "/teams"),
        ({"teams": []}, 422, "/teams"),
        ({"starts_on": "2026-03-01", "ends_on": "2026-02-01"}, 422, "/ends_on"),
        ({"name": None}, 422, "/name"),
        ({}, 409, "/code"),
    ],
)
def test_a_pool_that_cannot_be_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], status: int, pointer: str
) -> None:
    assert client.post(POOLS, json=BODY, headers=planner).status_code == 201
    answer = client.post(POOLS, json=BODY | changes, headers=planner)
    assert answer.status_code == status, answer.text
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


def test_a_pool_of_none_names_the_value_and_the_mend(client: TestClient, planner: dict[str, str]) -> None:
    (problem,) = client.post(POOLS, json=BODY | {"count": 0}, headers=planner).json()["errors"]
    assert (problem["pointer"], problem["value"]) == ("/count", 0)
    assert problem["mend"]


def test_pools_are_hidden_from_other_districts(
    client: TestClient, planner: dict[str, str], bearer: AsRole, session: Session
) -> None:
    make_district(session, "17.71")
    path = client.post(POOLS, json=BODY, headers=planner).headers["location"]
    stranger = bearer(Role.PLANNER, "17.71")
    assert client.get(path, headers=stranger).status_code == 404


HEADER = "code,name,kind,count,max_per_team,teams,cost_per_day,starts_on,ends_on"


def bring(session: Session, district: District, content: bytes) -> tuple[int, int, int]:
    table = read_table(content, Format.CSV, KIT_POOLS.vocabulary)
    outcome = import_things(session, KIT_POOLS, district, table, actor=COMMAND_LINE, now=NOW)
    return outcome.created, outcome.updated, outcome.unchanged


def test_a_preview_shows_how_a_sheet_of_pools_is_understood_and_stores_nothing(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    sheet = "Kode;Nama;Jenis;Jumlah;Warna\nS;Set satelit;satellite;1;biru\nP;Pencetak;card_printer;nol;hitam\n"
    answer = client.post(f"{POOLS}/import/preview", content=sheet, headers=planner | {"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["mapping"] == {"code": "Kode", "name": "Nama", "kind": "Jenis", "count": "Jumlah"}
    assert (shown["unmapped"], shown["rows"]) == (["Warna"], 2)
    (problem,) = shown["errors"]
    assert (problem["pointer"], problem["value"]) == ("row 3/count", "nol")
    assert session.scalars(select(KitPool)).all() == []


def test_an_export_of_pools_is_read_back_unchanged(session: Session, district: District) -> None:
    text = f"{HEADER}\nS,Set satelit,satellite,1,,TIM-2;TIM-1,50000,2026-02-18,\nP,Pencetak,card_printer,2,2,,,,\n"
    assert bring(session, district, text.encode()) == (2, 0, 0)
    rows = session.scalars(select(KitPool).order_by(KitPool.id)).all()
    assert [(row.code, row.count, row.max_per_team, row.cost_per_day) for row in rows] == [
        ("S", 1, 1, 50_000),
        ("P", 2, 2, 0),
    ]
    assert (len(rows[0].team_ids or []), rows[1].team_ids) == (2, None)
    assert bring(session, district, export_things(session, KIT_POOLS, district, Format.CSV)) == (0, 0, 2)
    assert bring(session, district, b"kode,jumlah\nP,3\n") == (0, 1, 1 - 1)


def test_every_bad_row_is_told_and_nothing_is_stored(session: Session, district: District) -> None:
    rows = (
        "A,Set,satellite,0,,,,,",
        "B,Set,drone,1,,,,,",
        "C,Set,satellite,1,,TIM-9,,,",
        "D,Set,satellite,1,,,,2026-03-02,2026-03-01",
    )
    with pytest.raises(ImportRefused) as refused:
        bring(session, district, "\n".join([HEADER, *rows]).encode())
    pointers = {problem.pointer for problem in refused.value.problems}
    assert pointers == {"row 2/count", "row 3/kind", "row 4/teams", "row 5/ends_on"}
    assert session.scalars(select(KitPool)).all() == []


def test_a_folder_keeps_what_people_changed(session: Session, district: District) -> None:
    def load(text: str) -> None:
        table = read_table(text.encode(), Format.CSV, KIT_POOLS.vocabulary)
        folder = Load(session=session, actor=COMMAND_LINE, now=NOW, overwrite=False)
        load_things(folder, district, table, kind=KIT_POOLS)

    load(f"{HEADER}\nS,Set satelit,satellite,1,,,,,\n")
    pool = session.scalars(select(KitPool)).one()
    pool.count = 2
    session.flush()
    load(f"{HEADER}\nS,Set satelit baru,satellite,1,,,,,\n")
    assert (pool.name, pool.count) == ("Set satelit baru", 2)
