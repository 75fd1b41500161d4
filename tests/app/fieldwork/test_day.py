"""The coordinator's day: the team's published stops in order, and nobody else's."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.database import make_engine
from app.fieldwork.day_schemas import EXAMPLE, AssignmentsOut
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

DAY = "/v1/assignments?date=2023-11-14"
EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
"""08:00 in Jakarta on 14 November 2023."""


def test_coordinator_reads_the_stops_of_the_own_team_in_order(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    team, other = make_team(session, code="TIM-1", kits=["satellite"]), make_team(session, code="TIM-2")
    first = make_site(session, code="OPD-01", name="Dinas Pendidikan", contact_name="Bagian Umum", contact_phone="0733")
    second = make_site(session, code="OPD-02")
    schedule = make_schedule(session)
    late = make_visit(session, schedule, team, second, starts_at=EIGHT + timedelta(hours=4), stop_index=1, pinned=True)
    early = make_visit(session, schedule, team, first)
    make_visit(session, schedule, other, second)
    make_visit(session, schedule, team, second, starts_at=EIGHT + timedelta(days=2))

    answer = client.get(DAY, headers=bearer(Role.COORDINATOR, "16.73", team.id))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, no-cache"
    day = answer.json()
    AssignmentsOut.model_validate(day)
    assert [stop["visit_id"] for stop in day["stops"]] == [early.id, late.id]
    assert day["date"] == "2023-11-14"
    assert day["district"] == {"code": "16.73", "name": "Kota Lubuk Linggau"}
    assert day["time_zone"] == "Asia/Jakarta"
    assert day["team"]["code"] == "TIM-1"
    assert day["shift"] == {"starts_at": "2023-11-14T07:30:00+07:00", "ends_at": "2023-11-14T16:00:00+07:00"}
    assert day["next_date_with_stops"] == "2023-11-16"
    stop = day["stops"][0]
    assert stop["site"]["area"] == {"code": "16.73.01", "name": "16.73.01"}
    assert stop["site"]["contact"] == {"name": "Bagian Umum", "phone": "0733"}
    assert {key: value for key, value in stop.items() if key != "site"} == {
        "visit_id": early.id,
        "uid": str(early.uid),
        "sequence": 0,
        "changed_at": early.changed_at.astimezone(ZoneInfo("Asia/Jakarta")).isoformat(),
        "arrives_at": "2023-11-14T07:50:00+07:00",
        "starts_at": "2023-11-14T08:00:00+07:00",
        "ends_at": "2023-11-14T10:30:00+07:00",
        "setup_minutes": 30,
        "service_minutes": 120,
        "travel_minutes": 14,
        "travel_metres": 6389,
        "travel_source": "great_circle",
        "travel_way": None,
        "document": "ikd",
        "expected_activations": 42,
        "expected": {"ikd": 42},
        "stage": None,
        "prepared": None,
        "kits": ["satellite"],
        "with_teams": [],
        "pinned": False,
        "result": None,
    }
    assert day["stops"][1]["pinned"] is True


def test_the_way_back_is_the_one_that_the_plan_drives(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    # A boat that no great circle knows.
    way = {"home_minutes": 95, "home_metres": 70_000, "home_source": "entered", "home_way": "boat"}
    make_visit(session, make_schedule(session), team, site, **way)

    day = client.get(DAY, headers=bearer(Role.COORDINATOR, "16.73", team.id)).json()

    assert (day["back_travel_metres"], day["back_travel_minutes"]) == (70_000, 95)
    assert (day["back_travel_source"], day["back_travel_way"]) == ("entered", "boat")
    assert datetime.fromisoformat(day["back_at"]) == EIGHT + timedelta(minutes=150 + 95)


def test_times_carry_the_offset_of_the_districts_own_zone(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session, "94.71", time_zone="Asia/Jayapura", lat=-2.5, lon=140.7)
    team, site = make_team(session, "94.71"), make_site(session, "94.71", lat=-2.5, lon=140.7)
    make_visit(session, make_schedule(session, "94.71"), team, site, starts_at=EIGHT - timedelta(hours=2))

    day = client.get(DAY, headers=bearer(Role.COORDINATOR, "94.71", team.id)).json()

    assert day["stops"][0]["starts_at"] == "2023-11-14T08:00:00+09:00"
    assert day["shift"]["starts_at"] == "2023-11-14T07:30:00+09:00"


def test_day_without_stops_is_an_empty_list(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team = make_team(session)

    answer = client.get(DAY, headers=bearer(Role.COORDINATOR, "16.73", team.id))

    assert answer.status_code == 200
    day = answer.json()
    AssignmentsOut.model_validate(day)
    assert (day["stops"], day["back_at"], day["next_date_with_stops"]) == ([], None, None)


def test_drafts_and_withdrawn_visits_are_not_assigned(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    draft = make_schedule(session, published_at=None)
    make_visit(session, draft, team, site, in_force=False)
    make_visit(session, make_schedule(session), team, site, in_force=False, withdrawn_at=NOW)
    make_visit(session, draft, team, site, in_force=False, starts_at=EIGHT + timedelta(days=1))

    day = client.get(DAY, headers=bearer(Role.COORDINATOR, "16.73", team.id)).json()

    assert (day["stops"], day["next_date_with_stops"]) == ([], None)


@pytest.mark.parametrize("role", [Role.PLANNER, Role.VIEWER, Role.ADMIN])
def test_everybody_else_in_the_office_names_the_team(
    client: TestClient, session: Session, bearer: AsRole, role: Role
) -> None:
    make_district(session)
    team = make_team(session, code="TIM-1")
    make_visit(session, make_schedule(session), team, make_site(session))
    headers = bearer(role, "16.73")

    assert len(client.get(f"{DAY}&team=TIM-1", headers=headers).json()["stops"]) == 1
    without = client.get(DAY, headers=headers)
    assert without.status_code == 422
    assert without.json()["errors"][0]["pointer"] == "query/team"
    unknown = client.get(f"{DAY}&team=TIM-9", headers=headers)
    assert unknown.status_code == 404
    assert "TIM-9" in unknown.json()["detail"]


def test_administrator_of_all_districts_names_the_district_too(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    make_team(session, code="TIM-1")
    headers = bearer(Role.ADMIN)

    assert client.get(f"{DAY}&team=TIM-1&district=16.73", headers=headers).status_code == 200
    without = client.get(f"{DAY}&team=TIM-1", headers=headers)
    assert without.status_code == 422
    assert without.json()["errors"][0]["pointer"] == "query/district"
    assert client.get(f"{DAY}&team=TIM-1&district=99.99", headers=headers).status_code == 404


def test_province_reads_its_districts_but_not_their_contacts(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session, "16", lat=-3.0, lon=104.7)
    make_district(session)
    team = make_team(session, code="TIM-1")
    make_visit(session, make_schedule(session), team, make_site(session, contact_name="Bagian Umum"))

    answer = client.get(f"{DAY}&team=TIM-1&district=16.73", headers=bearer(Role.VIEWER, "16"))

    assert answer.json()["stops"][0]["site"]["contact"] is None
    assert "Bagian Umum" not in answer.text


def test_another_teams_day_is_refused_whether_or_not_it_exists(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    team = make_team(session, code="TIM-1")
    make_team(session, code="TIM-2")
    headers = bearer(Role.COORDINATOR, "16.73", team.id)

    assert client.get(f"{DAY}&team=TIM-1", headers=headers).status_code == 200
    for code in ("TIM-2", "TIM-9", "", "%00"):
        answer = client.get(f"{DAY}&team={code}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "Forbidden")


@pytest.mark.parametrize("role", [Role.PLANNER, Role.VIEWER, Role.ADMIN, Role.COORDINATOR])
def test_other_districts_look_like_nothing(client: TestClient, session: Session, bearer: AsRole, role: Role) -> None:
    make_district(session)
    make_district(session, "65.01", lat=3.0, lon=117.0)
    make_team(session, "65.01", code="TIM-1")
    team_id = make_team(session, code="TIM-1").id if role is Role.COORDINATOR else None
    headers = bearer(role, "16.73", team_id)

    for code in ("65.01", "65.02", "16", "", "%00"):
        answer = client.get(f"{DAY}&team=TIM-1&district={code}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_feed_token_opens_no_assignments(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team = make_team(session)

    answer = client.get(DAY, headers=bearer(Role.FEED, "16.73", team.id))

    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer jb_planner_wrong"}, {"Authorization": "Basic eA=="}])
def test_without_a_good_token_there_is_no_answer(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get(DAY, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_revoked_and_expired_tokens_are_refused_at_once(client: TestClient, session: Session) -> None:
    make_district(session)
    team = make_team(session)
    for change in ({"revoked_at": NOW}, {"expires_at": NOW}):
        token, secret = access.issue_token(session, Role.COORDINATOR, now=NOW, district_code="16.73", team_id=team.id)
        session.commit()
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get(DAY, headers=headers).status_code == 200
        for name, value in change.items():
            setattr(token, name, value)
        session.commit()
        assert client.get(DAY, headers=headers).status_code == 401


WRONG_DATES = [
    *("0001-01-01", "9999-12-31", "2023-11-31", "20231114", "2023-W46-2"),
    *("14-11-2023", "1700000000", "", "tomorrow", "2023-11-14T08:00"),
]


@pytest.mark.parametrize("text", WRONG_DATES)
def test_wrong_date_is_refused_with_its_place(client: TestClient, session: Session, bearer: AsRole, text: str) -> None:
    make_district(session)
    headers = bearer(Role.COORDINATOR, "16.73", make_team(session).id)

    answer = client.get(f"/v1/assignments?date={text}", headers=headers)

    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["pointer"], error["value"]) == ("query/date", text)
    assert "2023-11-14" in error["mend"]


def test_missing_date_is_refused(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    answer = client.get("/v1/assignments", headers=bearer(Role.COORDINATOR, "16.73", make_team(session).id))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query/date"


def test_unchanged_day_costs_304_until_something_changes(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    make_visit(session, make_schedule(session), team, site)
    headers = bearer(Role.COORDINATOR, "16.73", team.id)
    etag = client.get(DAY, headers=headers).headers["etag"]

    for seen in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get(DAY, headers=headers | {"If-None-Match": seen})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    site.name = "Dinas Kesehatan"
    session.commit()
    changed = client.get(DAY, headers=headers | {"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_token_and_stops_come_in_one_statement_of_the_reader_pool(own_database: str) -> None:
    engine = make_engine(own_database)
    api = create_app(Settings(), engine)
    with Session(engine) as session:
        make_district(session)
        team = make_team(session)
        make_visit(session, make_schedule(session), team, make_site(session))
        _, secret = access.issue_token(session, Role.COORDINATOR, now=NOW, district_code="16.73", team_id=team.id)
        session.commit()
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    with TestClient(api) as client:
        answer = client.get(DAY, headers={"Authorization": f"Bearer {secret}"})
        asked_meanwhile = tuple(statements)

    assert len(answer.json()["stops"]) == 1
    assert asked_meanwhile == ()
    engine.dispose()


def test_the_documented_example_is_of_the_documented_shape() -> None:
    example = AssignmentsOut.model_validate_json(orjson.dumps(EXAMPLE))
    assert example.date == date(2023, 11, 14)
