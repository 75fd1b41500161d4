"""How a plan shares the work out, as the API tells it."""

import gzip
import json
from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules.runs.problem import build_instance
from app.schedules.wish import DEFAULT_WEIGHTS
from app.sites.models import Site
from app.teams.models import Team
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_district, make_schedule, make_visit


def test_loads_of_a_plan_are_told_in_figures_and_in_both_languages(
    session: Session, client: TestClient, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    session.commit()
    answer = client.get(f"/v1/schedules/{schedule.id}/team-loads", headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 200
    work = answer.json()
    assert (work["schedule_id"], work["fairness"]) == (schedule.id, DEFAULT_WEIGHTS["fairness"])
    assert [team["team"] for team in work["teams"]] == ["T-1", "T-2"]
    loads = [team["away_minutes"] + team["odd_hours_minutes"] for team in work["teams"]]
    assert abs(sum(loads) - sum(team["share_minutes"] for team in work["teams"])) < 2
    assert 0 <= sum(team["deviation_after_minutes"] for team in work["teams"]) < 2
    assert sum(team["expected_activations"] for team in work["teams"]) == schedule.expected_activations
    first = work["teams"][0]
    assert first["name"] in first["text"]["id"]
    assert "jam di luar kantor" in first["text"]["id"]
    assert "hours away" in first["text"]["en"]
    assert "cuti bukan utang" in work["text"]["id"]
    assert "leave is no debt" in work["text"]["en"]


def test_there_are_no_loads_before_there_is_a_plan(session: Session, client: TestClient, bearer: AsRole) -> None:
    make_plannable_district(session)
    schedule = make_schedule(session, run_status="queued", plan_json=None, published_at=None)
    session.commit()
    answer = client.get(f"/v1/schedules/{schedule.id}/team-loads", headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 404


def test_loads_of_another_district_are_hidden(
    session: Session, client: TestClient, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    make_district(session, "31.74")
    session.commit()
    answer = client.get(f"/v1/schedules/{schedule.id}/team-loads", headers=bearer(Role.VIEWER, "31.74"))
    assert answer.status_code == 404


def test_the_instance_of_a_run_knows_the_past_of_its_teams(session: Session, district: District) -> None:
    first, second = session.scalars(select(Team).order_by(Team.code)).all()
    site = session.scalars(select(Site)).first()
    assert site is not None
    october = make_schedule(session)
    for day in range(5):
        starts_at = datetime(2023, 10, 16 + day, 1, tzinfo=UTC)
        for team, hours in ((first, 7), (second, 3)):
            ends_at = starts_at + timedelta(hours=hours)
            make_visit(session, october, team, site, starts_at=starts_at, ends_at=ends_at)
    draft = make_draft(session, district)
    assert draft.instance_json is not None
    instance = json.loads(gzip.decompress(draft.instance_json))
    assert [team.get("history_hours", 0) for team in instance["teams"]] == [10, -10]
    assert instance["usual_day"] == [420, 1020]
    assert instance["weights"]["fairness"] == DEFAULT_WEIGHTS["fairness"]
    again = json.loads(gzip.decompress(build_instance(session, draft).content))
    assert again["teams"] == instance["teams"]
