"""A planner asks why a site is in the plan or not, and gets the solver's answer once, in two languages."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules import explanations, solver_questions
from app.schedules.models import Schedule, Visit
from app.schedules.solver_questions import Answers
from app.sites.models import Readiness, Site
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_schedule, make_site


def path(schedule: Schedule, site: Site) -> str:
    return f"/v1/schedules/{schedule.id}/sites/{site.id}/explanation"


def test_visited_site_is_scheduled_with_its_visits(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    visit, site = session.execute(
        select(Visit, Site).join(Site, Site.id == Visit.site_id).where(Visit.schedule_id == schedule.id).limit(1)
    ).one()
    answer = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 200
    found = answer.json()
    assert (found["standing"], found["site"], found["site_id"]) == ("scheduled", site.code, site.id)
    assert found["visits"][0]["date"] == visit.date.isoformat()
    assert found["visits"][0]["served"] == visit.expected_activations
    assert "dijadwalkan" in found["sentence"]["id"]
    assert "is scheduled" in found["sentence"]["en"]
    assert found["forced"] is None


def test_site_without_signal_is_impossible_with_its_rule(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    # The double plans no fixed sessions.
    site = make_site(session, code="S-DARK", connectivity=0, fixed_minutes=60)
    schedule = make_draft(session, district)
    found = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73")).json()
    assert (found["standing"], found["rule"], found["team_days_possible"]) == ("impossible", "no_signal", 0)
    assert sum(found["team_days_by_rule"].values()) == found["team_days"]


def test_site_that_is_not_ready_needs_no_solver(
    client: TestClient, session: Session, bearer: AsRole, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(session, code="S-LATER", readiness=Readiness.NOT_READY)
    schedule = make_draft(session, district)
    monkeypatch.setattr(explanations, "ask_why", refuse)
    found = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73")).json()
    assert found["standing"] == "not_ready"
    assert "belum siap" in found["sentence"]["id"]


def refuse(*arguments: object, **named: object) -> dict[str, Any]:
    raise AssertionError("the solver was asked")


def test_run_without_a_plan_is_a_conflict(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    site = make_site(session, code="S-NEW")
    schedule = make_schedule(session, run_status="queued")
    answer = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73"))
    assert (answer.status_code, answer.json()["code"]) == (409, "ScheduleNotFinished")


def test_site_that_the_run_did_not_know_is_not_found(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    site = make_site(session, code="S-NEW")
    answer = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 404
    assert "S-NEW" in answer.json()["detail"]


def test_site_of_another_district_is_not_found(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    make_plannable_district(session, "65.01", lat=3.0, lon=117.0)
    other = session.scalars(select(Site).where(Site.district_code == "65.01").limit(1)).one()
    assert client.get(path(schedule, other), headers=bearer(Role.ADMIN)).status_code == 404
    assert client.get(path(schedule, other), headers=bearer(Role.VIEWER, "65.01")).status_code == 404


def test_answer_is_asked_for_once() -> None:
    answers = Answers()
    asked: list[str] = []

    def ask() -> dict[str, Any]:
        asked.append("again")
        return {"standing": "beaten"}

    assert answers.get(1, "S-1", ask) == answers.get(1, "S-1", ask) == {"standing": "beaten"}
    answers.get(2, "S-1", ask)
    assert len(asked) == 2


def test_oldest_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_questions, "MOST_KEPT", 2)
    answers = Answers()
    asked: list[int] = []
    for schedule_id in (1, 2, 1, 3, 1, 2):
        answers.get(schedule_id, "S-1", lambda number=schedule_id: {"asked": asked.append(number)})  # type: ignore[misc]
    assert asked == [1, 2, 3, 2]
