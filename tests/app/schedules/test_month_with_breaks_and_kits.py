"""A month of the real planning core: one satellite set for four teams, lunch, Friday prayer, other hours for a while.
Whoever reads a day of it – phone, file, sheet, letter, calendar, progress – reads what the plan says."""

import gzip
import json
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.teams import service as teams
from app.teams.breaks import BreakRule
from app.teams.kit_pools import KIT_POOLS
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW
from tests.app.months.agreement import Agreement
from tests.factories import make_district, make_site, make_target, make_team

FIRST, LAST = date(2023, 12, 1), date(2023, 12, 31)
FASTING = (date(2023, 12, 11), date(2023, 12, 22))
"""Stands for Ramadan: the lunch is shorter and earlier, Friday prayer as ever."""
RULES = (
    BreakRule(
        minutes=60, earliest_start=720, latest_end=810, weekdays="1111000", ends_on=date(2023, 12, 10), name="Siang"
    ),
    BreakRule(
        minutes=30, earliest_start=700, latest_end=780, weekdays="1111000", starts_on=FASTING[0], ends_on=FASTING[1]
    ),
    BreakRule(
        minutes=60, earliest_start=720, latest_end=810, weekdays="1111000", starts_on=date(2023, 12, 23), name="Siang"
    ),
    BreakRule(minutes=90, earliest_start=690, latest_end=780, weekdays="0000100", name="Salat Jumat"),
)


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    district = make_district(session)
    make_target(session)
    for number in range(1, 5):
        team = make_team(session, code=f"TIM-{number}", name=f"Tim {number}", max_stops=2)
        for rule in RULES:
            teams.add_break(session, team, rule, actor=COMMAND_LINE, now=NOW)
    for number in range(16):
        make_site(
            session,
            code=f"S-{number}",
            lat=-3.28 + number / 150,
            headcount=150 + 20 * number,
            connectivity=0 if number % 2 else 3,
        )
    values = {"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}
    create_thing(session, KIT_POOLS, district, values, actor=COMMAND_LINE, now=NOW)
    return district


def planned(session: Session, district: District) -> tuple[Schedule, dict[str, Any]]:
    """A published month of the real planning core, and its plan as it was written."""
    wish = Wish(period_start=FIRST, period_end=LAST, iterations=200)
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    assert schedule.instance_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(schedule.instance_json)))
    plan = in_format_of(instance, solve(instance, Limits(iterations=200), seed=1).plan).to_json()
    checked = check_run(session, schedule, Solved(plan=gzip.compress(json.dumps(plan).encode()), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return schedule, plan


def test_every_reader_of_a_day_reads_what_the_plan_says(
    api: FastAPI, client: TestClient, session: Session, district: District
) -> None:
    schedule, plan = planned(session, district)
    days = {(row["team"], row["date"]) for row in plan["visits"]}
    sets = {(row["team"], row["date"]) for row in plan["kits"]}
    assert sets <= days
    assert len({day for _, day in sets}) == len(sets) > 1, "one set is in one place a date"
    assert len({team for team, _ in sets}) > 1, "it passes from team to team"
    silent = {row["site"] for row in plan["visits"] if (row["team"], row["date"]) in sets}
    assert silent & {f"S-{number}" for number in range(1, 16, 2)}, "the set goes where there is no signal"

    stated = Agreement(api, client, session, district, first=FIRST, last=LAST).check()

    taken = set()
    for doing in stated.days(FIRST, LAST):
        if doing.is_empty:
            continue
        rule = next(rule for rule in RULES if rule.covers(doing.date))
        (pause,) = doing.breaks
        assert rule.earliest_start <= pause["starts"] < pause["ends"] <= rule.latest_end
        assert (pause["ends"] - pause["starts"], pause["name"]) == (rule.minutes, rule.name)
        carried = [kit["code"] for kit in doing.carried]
        assert carried == (["SATELIT"] if (doing.team.code, doing.date.isoformat()) in sets else [])
        taken.add(rule)
    assert taken == set(RULES), "the month has every kind of break"
    won = sum(row.visit.expected_activations for row in stated.visits)
    assert won == schedule.expected_activations
