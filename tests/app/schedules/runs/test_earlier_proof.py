"""A run that plans again is judged by what was proven of the plan in force, where no more has become possible."""

import gzip
import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.access.service import COMMAND_LINE
from app.districts.models import District, Target
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Verdict, Visit
from app.schedules.wish import Wish
from app.sites.models import Site
from app.teams.models import Team, TeamLeave
from solver.contract.plan import Plan
from tests.app.conftest import NOW
from tests.app.schedules.conftest import plan_now
from tests.factories import make_team

FIRST_DATE = date(2023, 11, 14)


@pytest.fixture
def in_force(session: Session, district: District) -> Schedule:
    """The published plan: 320 activations short, and proven to be within 300 of the best."""
    target = session.scalars(select(Target).where(Target.district_code == district.code)).one()
    target.deadline = date(2023, 11, 30)
    for site in session.scalars(select(Site)):
        site.headcount = 500  # far more than one visit wins
    weak = plan_again(session, district)
    won, due = weak.expected_activations, weak.due_activations
    assert won is not None
    assert due is not None
    target.activated += due - won - 320
    schedule = plan_again(session, district, bound=won + 300)
    assert (schedule.due_activations, schedule.upper_bound_activations) == (won + 320, won + 300)
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    return schedule


def plan_again(session: Session, district: District, *, bound: int | None = None, **request: Any) -> Schedule:
    fields = {"period_start": date(2023, 11, 1), "period_end": date(2023, 11, 30)} | request
    schedule = schedules.request_schedule(session, district, Wish(**fields), actor=COMMAND_LINE, now=NOW)
    return plan_now(session, schedule, bound=bound)


def fall_ill(session: Session) -> None:
    team = session.scalars(select(Team).where(Team.code == "T-1")).one()
    session.add(TeamLeave(team_id=team.id, starts_on=FIRST_DATE, ends_on=date(2023, 11, 30)))
    session.flush()


def claimed_bound(session: Session, schedule: Schedule) -> int | None:
    document = json.loads(gzip.decompress(schedules.contract_file(session, schedule, "plan")))
    return Plan.from_json(document).activations_bound


def weak_bound(schedule: Schedule) -> int:
    """What the double claims: everybody."""
    assert schedule.instance_json is not None
    return sum(site["people"] for site in json.loads(gzip.decompress(schedule.instance_json))["sites"])


def test_sick_team_leaves_the_bound_that_was_proven_and_the_verdict(
    session: Session, district: District, in_force: Schedule
) -> None:
    fall_ill(session)
    again = plan_again(session, district)
    assert again.upper_bound_activations == in_force.upper_bound_activations
    assert again.verdict == in_force.verdict == Verdict.UNREACHABLE


def test_stored_plan_claims_the_bound_that_it_is_judged_by(
    session: Session, district: District, in_force: Schedule
) -> None:
    fall_ill(session)
    assert claimed_bound(session, plan_again(session, district)) == in_force.upper_bound_activations


def test_bound_of_its_own_stays_where_it_is_the_tighter_one(
    session: Session, district: District, in_force: Schedule
) -> None:
    assert in_force.expected_activations is not None
    again = plan_again(session, district, bound=in_force.expected_activations + 1)
    assert again.upper_bound_activations == in_force.expected_activations + 1


def test_new_team_leaves_nothing_of_what_was_proven(session: Session, district: District, in_force: Schedule) -> None:
    make_team(session, code="T-3")
    again = plan_again(session, district)
    assert again.upper_bound_activations == weak_bound(again)
    assert again.verdict != Verdict.UNREACHABLE


def test_days_that_are_over_come_off_the_bound(session: Session, district: District, in_force: Schedule) -> None:
    again = plan_again(session, district, first_date=date(2023, 11, 16))
    won = session.scalars(
        select(Visit.expected_activations).where(Visit.schedule_id == in_force.id, Visit.date < date(2023, 11, 16))
    ).all()
    assert sum(won) > 0
    assert again.upper_bound_activations == (in_force.upper_bound_activations or 0) - sum(won)


def test_bound_of_a_superseded_plan_or_of_a_draft_is_not_asked_for(
    session: Session, district: District, in_force: Schedule
) -> None:
    in_force.superseded_at = NOW
    session.flush()
    again = plan_again(session, district)
    assert again.upper_bound_activations == weak_bound(again)


def test_bound_that_the_plan_disproves_is_left_out_and_logged(
    session: Session, district: District, in_force: Schedule
) -> None:
    in_force.upper_bound_activations = 1
    session.flush()
    with capture_logs() as logs:
        again = plan_again(session, district)
    assert again.upper_bound_activations == weak_bound(again)
    assert [entry["log_level"] for entry in logs if entry["event"] == "carried bound refused"] == ["warning"]
