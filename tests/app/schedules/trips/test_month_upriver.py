"""A month of the real planning core with villages up the river: whoever reads a day – phone, file, sheet, letter,
calendar, board – reads the nights and rides that the plan says."""

import gzip
import json
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.obstacles import judge_today
from app.schedules.runs import record
from app.schedules.runs.checking import check_plan
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.trips.reading import trips_of
from app.sites.models import Site
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW
from tests.app.months.agreement import Agreement
from tests.app.schedules.trips.upriver import NOVEMBER, make_village, packed, visits_of

FIRST, LAST = date(2023, 11, 14), date(2023, 11, 30)


def planned(session: Session, district: District) -> tuple[Schedule, dict[str, Any]]:
    """A published month of the real planning core, and its plan as it was written."""
    for number in range(2, 6):
        make_village(session, number, headcount=900)
    for site in session.scalars(select(Site).where(Site.code.startswith("S-"))):
        site.headcount = 30
    wish = replace(NOVEMBER, iterations=300)
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)
    built = build_instance(session, schedule)
    record.begin(session, schedule, built, now=NOW)
    instance = instance_from_json(json.loads(gzip.decompress(built.content)))
    plan = in_format_of(instance, solve(instance, Limits(iterations=300), seed=1).plan).to_json()
    checked = check_run(session, schedule, Solved(plan=packed(plan), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return schedule, plan


def test_every_reader_of_a_day_reads_the_nights_and_rides_of_the_plan(
    api: FastAPI, client: TestClient, session: Session, district: District
) -> None:
    schedule, plan = planned(session, district)
    assert plan.get("nights"), "somebody sleeps away"
    assert plan.get("rides")
    stated = Agreement(api, client, session, district, first=FIRST, last=LAST).check()
    assert {ride.way for whole in stated.trips for ride in whole.rides} == {"boat"}

    checked = check_plan(*schedules.with_files(session, schedule))
    spent = sum(whole.cost for whole in trips_of(session, schedule))
    assert checked.cost == spent, "a district without prices pays for nights and fares alone"
    assert spent > 0
    judged = judge_today(session, district, visits_of(session, schedule))
    assert [(row.visit.date, row.obstacles) for row in judged if row.obstacles] == []
