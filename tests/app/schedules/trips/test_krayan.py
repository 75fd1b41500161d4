"""The example of Krayan: imported by itself or upon its province, and planned with the real core by plane."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.commands.folders import load_example
from app.districts.models import District
from app.districts.service import get_district
from app.schedules import service as schedules
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.sites.models import Site
from app.teams.models import Team
from app.travel.journeys.stored import journeys_of
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW

FOLDER = Path(__file__).parents[4] / "examples" / "journeys" / "krayan"
JULY = Wish(period_start=date(2024, 7, 8), period_end=date(2024, 7, 19), weights={"fairness": 0})


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    return get_district(session, load_example(session, FOLDER, now=NOW))


def test_it_is_imported_with_its_planes_its_lodging_and_its_moved_sessions(
    session: Session, district: District
) -> None:
    journeys = journeys_of(session, district.code)
    assert [lodging.code for lodging in journeys.lodgings] == ["LBW-INAP"]
    assert {crossing.fields.code for crossing in journeys.crossings} == {"MLN-LBW", "LBW-MLN", "NNX-LBW", "LBW-NNX"}
    assert set(session.scalars(select(Site.zone))) == {"Krayan"}
    moved = session.scalars(select(Site).where(Site.session_at.is_not(None))).all()
    assert {site.connectivity for site in moved} == {0}
    assert {team.code: team.max_nights for team in session.scalars(select(Team))} == {"TIM-2": 4, "TIM-3": 4}
    load_example(session, FOLDER, now=NOW)
    assert len(journeys_of(session, district.code).crossings) == 4, "a second time changes nothing"


def test_teams_fly_there_sleep_and_come_back(session: Session, district: District) -> None:
    later = NOW.replace(year=2024, month=7, day=5)
    schedule = schedules.request_schedule(session, district, replace(JULY, seed=1), actor=COMMAND_LINE, now=later)
    instance = instance_from_json(json.loads(gzip.decompress(build_instance(session, schedule).content)))
    plan = solve(instance, Limits(iterations=200), seed=1).plan
    rows: Rows = plan.rows
    assert plan.visits
    assert {night.lodging for night in rows.nights} == {"lodging:LBW-INAP"}
    by_team = {
        team: [ride.connection for ride in rows.rides if ride.team == team] for team in {v.team for v in plan.visits}
    }
    assert by_team
    for rides in by_team.values():
        assert len(rides) % 2 == 0, "whoever flies in flies out"
        assert {ride.removeprefix("connection:")[-3:] for ride in rides[::2]} == {"LBW"}
