"""The visits of a schedule come as files that spreadsheets and maps read."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.access.models import Role
from app.schedules.export import COLUMNS
from app.tables.formats import Format, read_table
from tests.app.conftest import AsRole
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)


@pytest.mark.parametrize("file_format", Format)
def test_every_format_holds_the_same_visits_in_order(
    client: TestClient, session: Session, bearer: AsRole, file_format: Format
) -> None:
    make_district(session)
    team = make_team(session, code="TIM-1", name="=Tim")
    schools, agency = make_site(session, code="10600001", kind="school"), make_site(session, code="OPD-1")
    schedule = make_schedule(session)
    second = make_visit(session, schedule, team, agency, starts_at=EIGHT + timedelta(hours=3), stop_index=1)
    first = make_visit(session, schedule, team, schools)
    make_visit(session, make_schedule(session), team, schools, in_force=False)

    answer = client.get(f"/v1/schedules/{schedule.id}/visits.{file_format}", headers=bearer(Role.VIEWER, "16.73"))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == file_format.media_type
    assert f'filename="visits-16.73-{schedule.id}.{file_format}"' in answer.headers["content-disposition"]
    table = read_table(answer.content, file_format)
    assert set(table.columns) == set(COLUMNS)
    rows = [row.cells for row in table.rows]
    assert [row["visit_id"] for row in rows] == [str(first.id), str(second.id)]
    shown = ("date", "starts", "ends", "stop", "site_code", "team_name", "expected_activations", "pinned")
    assert [rows[0][name] for name in shown] == [
        *("2023-11-14", "08:00", "10:30", "1", "10600001", "=Tim", "42", "false")
    ]
    assert (float(rows[0]["lat"]), float(rows[0]["lon"])) == (schools.lat, schools.lon)


def test_a_workbook_has_a_sheet_for_each_team_whatever_their_codes_hold(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    schedule = make_schedule(session)
    for number, code in enumerate(("TIM/[2]?", "tim_2", "Data", "x" * 40, "=1+1")):
        make_visit(session, schedule, make_team(session, code=code), make_site(session, code=f"S{number}"))
    answer = client.get(f"/v1/schedules/{schedule.id}/visits.xlsx", headers=bearer(Role.VIEWER, "16.73"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names[0] == "data"
    assert sorted(book.sheet_names[1:]) == sorted(["TIM__2__", "tim_2", "Data (2)", "x" * 31, "=1+1"])
    for name in book.sheet_names[1:]:
        header, row = book.get_sheet_by_name(name).to_python()
        assert header == list(COLUMNS)
        assert name in (row[1], "TIM__2__", "Data (2)", "x" * 31)


def test_schedule_without_visits_is_a_table_without_rows(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    schedule = make_schedule(session)
    answer = client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=bearer(Role.VIEWER, "16.73"))
    assert answer.text.strip().split(",") == list(COLUMNS)


def test_strangers_and_unknown_schedules_get_the_same_answer(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    make_district(session, "65.01", lat=3.0, lon=117.0)
    schedule = make_schedule(session)
    stranger, owner = bearer(Role.PLANNER, "65.01"), bearer(Role.PLANNER, "16.73")
    assert client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=stranger).status_code == 404
    assert client.get(f"/v1/schedules/{schedule.id + 1}/visits.csv", headers=owner).status_code == 404
    assert client.get(f"/v1/schedules/{schedule.id}/visits.csv").status_code == 401


@pytest.mark.parametrize("ending", ["pdf", "CSV", "csv.gz"])
def test_unknown_ending_is_refused_with_those_that_are_known(
    client: TestClient, session: Session, bearer: AsRole, ending: str
) -> None:
    make_district(session)
    schedule = make_schedule(session)
    answer = client.get(f"/v1/schedules/{schedule.id}/visits.{ending}", headers=bearer(Role.PLANNER, "16.73"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "path/file_format"
    assert "geojson" in answer.json()["detail"]
