"""A district that can be planned, the job engine's tables, and runs that go through without a worker process."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.database import make_engine
from app.districts.models import District, WalkInRate
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.checking import Spread
from app.schedules.runs.documents_model import plan_of
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import BuiltInstance, build_instance
from app.schedules.wish import Wish
from app.worker import prepare_database
from solver.contract.demand import demand_from_json, with_people
from solver.contract.reading import instance_from_json
from tests.app.conftest import NOW
from tests.app.schedules.fake_solver import plain_plan, spread_of
from tests.factories import make_district, make_site, make_target, make_team


@pytest.fixture(scope="session")
def job_tables(engine: Engine) -> None:
    """The job engine's own tables in this test process's database."""
    prepare_database(engine.url.render_as_string(hide_password=False))


@pytest.fixture
def own_engine(own_database: str) -> Iterator[Engine]:
    """An engine of a database for one test that commits, the job engine's tables included."""
    prepare_database(own_database)
    engine = make_engine(own_database)
    yield engine
    engine.dispose()


def make_plannable_district(session: Session, code: str = "16.73", **fields: Any) -> District:
    """Two teams and six agencies, whose target no plan reaches."""
    district = make_district(session, code, **fields)
    make_target(session, code)
    for number in (1, 2):
        make_team(session, code, code=f"T-{number}")
    for number in range(6):
        make_site(session, code, code=f"S-{number}", lat=-3.28 + number / 200, headcount=80 + 20 * number)
    session.add(WalkInRate(district_code=code, document="ikd", starts_on=date(2023, 1, 1), per_working_day=45))
    session.flush()
    return district


def plan_now(
    session: Session,
    schedule: Schedule,
    *,
    now: datetime = NOW,
    is_stopped: bool = False,
    built: BuiltInstance | None = None,
    bound: int | None = None,
) -> Schedule:
    """Do by hand what a worker does with a run, with the double's plan; `built`: when it was begun earlier.

    `bound`: what the plan says to be proven of all activations, in place of the double's weak one."""
    record.begin(session, schedule, built or build_instance(session, schedule), now=now)
    assert schedule.instance_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(schedule.instance_json)))
    plan = plain_plan(instance, is_stopped=is_stopped)
    if instance.documents:
        plan = replace(plan_of(instance, plan.visits, rows=plan.rows), stop_reason=plan.stop_reason)
    if bound is not None:
        plan = replace(plan, activations_bound=bound)
    spread = None
    if schedule.demand_json is not None:
        demand = demand_from_json(json.loads(gzip.decompress(schedule.demand_json)), instance)
        kept = with_people(instance, demand.quantile_people(75))
        plan = plain_plan(kept, is_stopped=is_stopped)
        spread = Spread(instance=_packed(kept.to_json()), choice=spread_of(instance, kept, plan, demand))
    checked = check_run(session, schedule, Solved(plan=_packed(plan.to_json()), spread=spread))
    record.store_plan(session, schedule, checked, spread=spread, now=now)
    session.flush()
    return schedule


def _packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode())


def make_draft(session: Session, district: District, *, now: datetime = NOW, **request: Any) -> Schedule:
    """A finished run for November 2023, or for the fields given."""
    fields = {"period_start": date(2023, 11, 1), "period_end": date(2023, 11, 30)} | request
    schedule = schedules.request_schedule(session, district, Wish(**fields), actor=COMMAND_LINE, now=now)
    return plan_now(session, schedule, now=now)


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    return make_plannable_district(session)
