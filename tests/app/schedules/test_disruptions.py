"""A sick team or a closed site in one call: stored, re-planned, and set beside changing nothing."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft, plan_now


@pytest.fixture
def planner(bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def plan(session: Session, district: District) -> Schedule:
    plan = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    return plan


def first_visit(session: Session, plan: Schedule) -> Visit:
    return session.scalars(select(Visit).filter_by(schedule_id=plan.id).order_by(Visit.starts_at)).first() or Visit()


def report(client: TestClient, planner: dict[str, str], **body: Any) -> Any:
    return client.post("/v1/districts/16.73/disruptions", json=body, headers=planner)


def test_sick_team_goes_on_leave_and_the_plan_is_changed(
    client: TestClient, session: Session, plan: Schedule, planner: dict[str, str]
) -> None:
    visit = first_visit(session, plan)
    team = session.get_one(Team, visit.team_id)
    answer = report(client, planner, team=team.code, **{"from": visit.date.isoformat()}, reason="sakit")
    assert answer.status_code == 202, answer.text
    disruption = answer.json()
    leave = session.get_one(TeamLeave, disruption["leave_id"])
    assert (leave.starts_on, leave.ends_on, leave.reason) == (visit.date, visit.date, "sakit")
    assert [affected["id"] for affected in disruption["affected"]] == [visit.id]
    run = session.get_one(Schedule, disruption["schedule"]["id"])
    plan_now(session, run)
    result = client.get(f"/v1/schedules/{run.id}", headers=planner).json()["result"]
    unchanged = result["changing_nothing"]
    assert unchanged["falling"] == 1
    assert unchanged["expected_activations"] == (plan.expected_activations or 0) - visit.expected_activations
    assert unchanged["gained_activations"] == result["expected_activations"] - unchanged["expected_activations"]


def test_closed_site_takes_no_visit_on_these_days(
    client: TestClient, session: Session, plan: Schedule, planner: dict[str, str]
) -> None:
    visit = first_visit(session, plan)
    site = session.get_one(Site, visit.site_id)
    disruption = report(client, planner, site=site.code, **{"from": visit.date.isoformat()}).json()
    assert disruption["closed_dates"] == [visit.date.isoformat()]
    assert [affected["site"]["code"] for affected in disruption["affected"]] == [site.code]
    run = plan_now(session, session.get_one(Schedule, disruption["schedule"]["id"]))
    assert not session.scalars(select(Visit).filter_by(schedule_id=run.id, site_id=site.id, date=visit.date)).all()


def test_same_leave_again_is_not_stored_twice(
    client: TestClient, session: Session, plan: Schedule, planner: dict[str, str]
) -> None:
    visit = first_visit(session, plan)
    team = session.get_one(Team, visit.team_id)
    body = {"team": team.code, "from": visit.date.isoformat()}
    assert report(client, planner, **body).json()["leave_id"] is not None
    assert report(client, planner, **body).json()["leave_id"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"team": "T-9", "from": "2023-11-20"}, "/team"),
        ({"site": "S-99", "from": "2023-11-20"}, "/site"),
        ({"team": "T-1", "from": "2023-11-20", "until": "2023-11-19"}, "/until"),
        ({"team": "T-1", "from": "2023-11-01", "until": "2023-11-02"}, "/until"),
        ({"team": "T-1", "from": "2023-11-20", "until": "2024-11-20"}, "/until"),
        ({"from": "2023-11-20"}, "/"),
    ],
)
def test_impossible_disruption_is_refused_with_its_place(
    client: TestClient, plan: Schedule, planner: dict[str, str], body: dict[str, str], pointer: str
) -> None:
    answer = report(client, planner, **body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


def test_without_a_plan_in_force_nothing_is_stored(
    client: TestClient, session: Session, district: District, planner: dict[str, str]
) -> None:
    session.commit()
    answer = report(client, planner, team="T-1", **{"from": "2023-11-20"})
    assert (answer.status_code, answer.json()["code"]) == (409, "NoPlanToChange")
    assert session.scalars(select(TeamLeave)).all() == []
