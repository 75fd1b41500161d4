"""Places with counters over HTTP, from tables, and from a folder that is loaded again."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import export_things, import_things, load_things
from app.districts.counters.models import CounterPlace
from app.districts.counters.place_rates import PlaceRate, canonical_rates, read_rates, write_rates
from app.districts.counters.places import COUNTER_PLACES
from app.districts.imported import Load
from app.districts.models import District, Document
from app.tables.bad_text import BadText
from app.tables.formats import Format, read_table
from app.tables.records import ImportRefused
from tests.app.conftest import NOW, AsRole
from tests.factories import make_area, make_district, make_walk_ins

PLACES = "/v1/districts/16.73/counter-places"
BODY: dict[str, Any] = {
    "code": "MPP",
    "name": "Mal Pelayanan Publik",
    "kind": "mall",
    "area_code": "16.73.01",
    "windows": [{"weekdays": "mon-sat", "opens": "09:00", "closes": "15:00"}],
    "staff": 2,
    "rates": [{"document": "ikd", "per_open_day": 20}],
}


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


@pytest.fixture
def planner(district: District, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def test_a_place_is_made_changed_and_deleted(client: TestClient, planner: dict[str, str], session: Session) -> None:
    answer = client.post(PLACES, json=BODY, headers=planner)
    assert answer.status_code == 201, answer.text
    path = answer.headers["location"]
    place = client.get(path, headers=planner).json()
    assert place["windows"] == [{"weekdays": "mon-sat", "opens": "09:00", "closes": "15:00"}]
    assert place["rates"] == [{"document": "ikd", "starts_on": None, "per_open_day": 20}]
    assert (place["open_on_days_off"], place["ends_on"]) == (False, None)
    changes = {
        "rates": [{"per_open_day": 30, "starts_on": "2023-12-01"}, {"per_open_day": 20}],
        "windows": None,
        "open_on_days_off": True,
    }
    assert client.patch(path, json=changes, headers=planner).status_code == 428
    changed = client.patch(path, json=changes, headers=planner | {"If-Match": '"1"'}).json()
    assert [rate["per_open_day"] for rate in changed["rates"]] == [20, 30]
    assert (changed["windows"], changed["open_on_days_off"], changed["staff"]) == ([], True, 2)
    assert [item["code"] for item in client.get(PLACES, headers=planner).json()["items"]] == ["MPP"]
    assert client.delete(path, headers=planner | {"If-Match": '"1"'}).status_code == 412
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["counter_place.create", "counter_place.update", "counter_place.delete"]


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"staff": -1}, 422, "/staff"),
        ({"kind": "tent"}, 422, "/kind"),
        ({"area_code": "16.73.99"}, 422, "/area_code"),
        ({"lat": -3.29}, 422, "/lon"),
        ({"lat": 3.29, "lon": 102.86}, 422, "/lat"),
        ({"rates": [{"per_open_day": -1}]}, 422, "/rates"),
        ({"rates": [{"per_open_day": 1}, {"per_open_day": 2}]}, 422, "/rates"),
        ({"windows": [{"weekdays": "mon-fri", "opens": "12:00", "closes": "12:00"}]}, 422, "/windows"),
        ({"starts_on": "2023-12-01", "ends_on": "2023-11-01"}, 422, "/ends_on"),
        ({"name": None}, 422, "/name"),
        ({}, 409, "/code"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], changes: dict[str, Any], status: int, pointer: str
) -> None:
    assert client.post(PLACES, json=BODY, headers=planner).status_code == 201
    answer = client.post(PLACES, json=BODY | changes, headers=planner)
    assert answer.status_code == status, answer.text
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


def test_a_place_is_sent_once_and_hidden_from_others(
    client: TestClient, planner: dict[str, str], bearer: AsRole, session: Session
) -> None:
    keyed = planner | {"Idempotency-Key": "mpp"}
    path = client.post(PLACES, json=BODY, headers=keyed).headers["location"]
    assert client.post(PLACES, json=BODY, headers=keyed).headers["location"] == path
    assert len(session.scalars(select(CounterPlace)).all()) == 1
    make_district(session, "17.71")
    assert client.get(path, headers=bearer(Role.PLANNER, "17.71")).status_code == 404
    viewer = bearer(Role.VIEWER, "16.73")
    assert client.get(path, headers=viewer).status_code == 200
    assert client.patch(path, json={"staff": 3}, headers=viewer | {"If-Match": '"1"'}).status_code == 403


def test_days_of_a_place_are_counted_changed_and_forgotten(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    path = client.post(PLACES, json=BODY, headers=planner).headers["location"]
    day = f"{path}/counts/ikd/2023-11-09"
    assert client.get(day, headers=planner).status_code == 404
    assert client.put(day, json={"activated": 17, "note": "Ramai"}, headers=planner).status_code == 201
    assert client.put(day, json={"activated": 18}, headers=planner).status_code == 428
    assert client.put(day, json={"activated": 18}, headers=planner | {"If-Match": '"1"'}).json()["activated"] == 18
    late = client.put(f"{path}/counts/ikd/2030-01-01", json={"activated": 1}, headers=planner)
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "path/day")
    counted = client.get(f"{path}/counts/ikd", headers=planner).json()["items"]
    assert [(row["day"], row["activated"]) for row in counted] == [("2023-11-09", 18)]
    assert client.get(f"{path}/counts/kia", headers=planner).json()["items"] == []
    assert client.delete(day, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(f"{path}/counts/ikd", headers=planner).json()["items"] == []


def test_days_are_read_with_their_parts(client: TestClient, planner: dict[str, str], session: Session) -> None:
    make_walk_ins(session, date(2023, 11, 1), 10)
    path = client.post(PLACES, json=BODY, headers=planner).headers["location"]
    client.put(f"{path}/counts/ikd/2023-11-10", json={"activated": 4}, headers=planner)
    days = "/v1/districts/16.73/walk-ins/ikd/days"
    read = client.get(days, params={"from": "2023-11-10", "to": "2023-11-12"}, headers=planner).json()["items"]
    assert read == [
        {
            "day": "2023-11-10",
            "is_working": True,
            "counted": None,
            "given": 14,
            "parts": [
                {"place": "MPP", "rate": 20, "counted": 4},
                {"place": None, "rate": 10, "counted": None},
            ],
        },
        {
            "day": "2023-11-11",
            "is_working": False,
            "counted": None,
            "given": 20,
            "parts": [{"place": "MPP", "rate": 20, "counted": None}],
        },
    ]
    refused = client.get(days, params={"from": "2023-11-12", "to": "2023-11-10"}, headers=planner)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "query/to")


HEADER = "code,name,kind,area_code,windows,open_on_days_off,staff,rates,starts_on,ends_on,note,provenance"
ROWS = (
    "KANTOR,Kantor Disdukcapil,office,16.73.01,mon-thu 08:00-15:00; fri 08:00-11:00,,4,25,,,,rates=assumed",
    "MPP,Mal Pelayanan Publik,mall,,mon-sat 09:00-15:00,true,2,ikd 20; ikd 30 from 2023-12-01; kia 3,2023-01-02,,Atas,",
)


def bring(session: Session, district: District, content: bytes) -> tuple[int, int, int]:
    table = read_table(content, Format.CSV, COUNTER_PLACES.vocabulary)
    outcome = import_things(session, COUNTER_PLACES, district, table, actor=COMMAND_LINE, now=NOW)
    return outcome.created, outcome.updated, outcome.unchanged


def test_a_preview_shows_what_is_wrong_with_a_sheet_of_places_and_stores_nothing(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    sheet = "\n".join([HEADER, *ROWS, ROWS[1].replace("MPP,", "LOKET,").replace("mall", "pasar")])
    answer = client.post(f"{PLACES}/import/preview", content=sheet, headers=planner | {"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    (problem,) = answer.json()["errors"]
    assert (problem["pointer"], problem["value"]) == ("row 4/kind", "pasar")
    assert session.scalars(select(CounterPlace)).all() == []


def test_an_export_of_places_is_read_back_unchanged(session: Session, district: District) -> None:
    assert bring(session, district, "\n".join([HEADER, *ROWS]).encode()) == (2, 0, 0)
    office, mall = session.scalars(select(CounterPlace).order_by(CounterPlace.id)).all()
    assert (office.staff, office.windows, office.rates[0]["per_open_day"]) == (
        4,
        "mon-thu 08:00-15:00; fri 08:00-11:00",
        25,
    )
    assert [(rate["document"], rate["per_open_day"]) for rate in mall.rates] == [("ikd", 20), ("ikd", 30), ("kia", 3)]
    assert (mall.open_on_days_off, mall.starts_on, mall.note) == (True, date(2023, 1, 2), "Atas")
    for file_format in (Format.CSV, Format.XLSX):
        content = export_things(session, COUNTER_PLACES, district, file_format)
        table = read_table(content, file_format, COUNTER_PLACES.vocabulary)
        outcome = import_things(session, COUNTER_PLACES, district, table, actor=COMMAND_LINE, now=NOW)
        assert (outcome.created, outcome.updated, outcome.unchanged) == (0, 0, 2)


def test_sheets_of_an_office_name_what_they_mean(session: Session, district: District) -> None:
    area = make_area(session, "16.73.09", name="Lubuklinggau Timur I")
    header = "Kode;Nama;Jenis;Kecamatan;Jam Buka;Petugas;Laju"
    sheet = f"{header}\nU1;UPT Timur;UPT;Kec. {area.name};senin-jumat 08.00-15.00;2;6\n"
    assert bring(session, district, sheet.encode()) == (1, 0, 0)
    place = session.scalars(select(CounterPlace)).one()
    assert (place.kind, place.area_code, place.staff) == ("sub_office", "16.73.09", 2)
    assert place.windows == "mon-fri 08:00-15:00"
    assert place.rates == [{"document": "ikd", "starts_on": None, "per_open_day": 6}]


def test_every_bad_row_is_told_and_nothing_is_stored(session: Session, district: District) -> None:
    rows = (
        "A,Loket,office,,,,-1,,,,,",
        "B,Loket,tenda,,,,,,,,,",
        "C,Loket,office,16.73.99,,,,,,,,",
        "D,Loket,office,,,,,banyak,,,,",
        "E,Loket,office,,,,,,2026-03-02,2026-03-01,,",
        "F,Loket,office,,kapan saja,,,,,,,",
    )
    with pytest.raises(ImportRefused) as refused:
        bring(session, district, "\n".join([HEADER, *rows]).encode())
    assert {problem.pointer for problem in refused.value.problems} == {
        "row 2/staff", "row 3/kind", "row 4/area_code", "row 5/rates", "row 6/ends_on", "row 7/windows",
    }  # fmt: skip
    assert session.scalars(select(CounterPlace)).all() == []


def test_a_folder_keeps_what_people_changed(session: Session, district: District) -> None:
    def load(text: str) -> None:
        table = read_table(text.encode(), Format.CSV, COUNTER_PLACES.vocabulary)
        folder = Load(session=session, actor=COMMAND_LINE, now=NOW, overwrite=False)
        load_things(folder, district, table, kind=COUNTER_PLACES)

    load("code,name,kind,staff,rates\nU1,UPT Timur,sub_office,1,6\n")
    place = session.scalars(select(CounterPlace)).one()
    place.rates = [{"document": "ikd", "starts_on": None, "per_open_day": 9}]
    session.flush()
    load("code,name,kind,staff,rates\nU1,UPT Timur I,sub_office,2,7\n")
    assert (place.name, place.staff, place.rates[0]["per_open_day"]) == ("UPT Timur I", 2, 9)


RATES = st.lists(
    st.builds(
        PlaceRate,
        document=st.sampled_from([document.value for document in Document]),
        starts_on=st.none() | st.dates(date(2000, 1, 1), date(2100, 12, 31)),
        per_open_day=st.integers(0, 1_000_000),
    ),
    max_size=8,
)


@given(RATES)
def test_rates_survive_a_round_trip_through_text(rates: list[PlaceRate]) -> None:
    assert read_rates(write_rates(rates)) == canonical_rates(rates)


@pytest.mark.parametrize("text", ["banyak", "paspor 6", "ikd 6 from besok", "6 orang", "ikd -1"])
def test_a_cell_of_rates_that_says_nothing_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(BadText) as refused:
        read_rates(text)
    assert refused.value.mend
