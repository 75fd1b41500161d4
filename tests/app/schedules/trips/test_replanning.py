"""A plan with trips is changed little: what is announced stays, and whoever has left is not called home."""

import gzip
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import BuiltInstance, build_instance
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import trips_of
from app.schedules.wish import Closeness
from app.teams import service as teams
from app.teams.leave import Leave
from app.teams.models import Team
from app.travel.models import Lodging
from solver.contract.in_force import read_in_force
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.replan import replan
from solver.stopping import Limits
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    NOVEMBER,
    THURSDAY,
    TUESDAY,
    packed,
    published_upriver,
    visits_of,
)

LITTLE = replace(NOVEMBER, replan=Closeness(most_moved=0), first_date=date(2023, 11, 14))


def changed(session: Session, district: District, folder: Path) -> tuple[Schedule, BuiltInstance]:
    """A draft that a re-planning of the real core made, and the problem that it began with."""
    schedule = schedules.request_schedule(session, district, LITTLE, actor=COMMAND_LINE, now=NOW)
    built = build_instance(session, schedule)
    record.begin(session, schedule, built, now=NOW)
    instance = instance_from_json(json.loads(gzip.decompress(built.content)))
    assert built.in_force is not None
    path = folder / "in-force.json"
    path.write_bytes(gzip.decompress(built.in_force))
    near = replan(instance, Limits(iterations=200), most_moved=0, in_force=read_in_force(path, instance))
    plan = in_format_of(instance, near.plan).to_json()
    checked = check_run(session, schedule, Solved(plan=packed(plan), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    return schedule, built


def nights_of(session: Session, schedule: Schedule) -> list[tuple[date, str]]:
    return [(night.date, night.lodging_code) for whole in trips_of(session, schedule) for night in whole.nights]


def test_a_trip_that_is_announced_stays_with_its_nights_and_boats(
    session: Session, district: District, tmp_path: Path
) -> None:
    before = published_upriver(session, district)
    query = select(Team).where(Team.code == "T-2").options(selectinload(Team.leaves), selectinload(Team.breaks))
    other = session.scalars(query).one()
    teams.add_leave(
        session, other, Leave(starts_on=THURSDAY, ends_on=THURSDAY, reason=None), actor=COMMAND_LINE, now=NOW
    )
    draft, built = changed(session, district, tmp_path)
    assert built.in_force is not None
    rows = json.loads(gzip.decompress(built.in_force))
    assert [(row["date"], row["lodging"]) for row in rows["nights"]] == [
        (THURSDAY.isoformat(), "lodging:BALAI"),
        (FRIDAY.isoformat(), "lodging:BALAI"),
    ]
    assert [row["connection"] for row in rows["rides"]] == ["connection:NAIK", "connection:TURUN"]
    first, *_ = trips_of(session, draft)
    (announced,) = trips_of(session, before)
    assert [(night.date, night.lodging_code) for night in first.nights] == [(THURSDAY, "BALAI"), (FRIDAY, "BALAI")]
    assert [(ride.date, ride.connection_code) for ride in first.rides] == [(THURSDAY, "NAIK"), (MONDAY, "TURUN")]
    kept = {(visit.date, visit.site_id, visit.starts_at) for visit in visits_of(session, draft)}
    stay = [visit for visit in visits_of(session, before) if visit.team_id != other.id]
    assert {(visit.date, visit.site_id, visit.starts_at) for visit in stay} <= kept
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    in_force = session.scalars(select(Trip).where(Trip.in_force, Trip.starts_on == THURSDAY)).one()
    assert in_force.uid == announced.trip.uid, "its calendar entry stays the same"


def test_a_trip_whose_lodging_has_gone_is_not_kept(session: Session, district: District, tmp_path: Path) -> None:
    published_upriver(session, district)
    session.delete(session.scalars(select(Lodging)).one())
    session.flush()
    draft, built = changed(session, district, tmp_path)
    assert built.in_force is not None
    assert json.loads(gzip.decompress(built.in_force)).get("nights", []) == []
    assert nights_of(session, draft) == []


def test_a_team_that_has_left_is_away_for_whoever_plans_meanwhile(session: Session, district: District) -> None:
    published_upriver(session, district)
    now = NOW + timedelta(days=THURSDAY.toordinal() - NOW.date().toordinal(), hours=8)
    little = replace(LITTLE, first_date=FRIDAY)
    schedule = schedules.request_schedule(session, district, little, actor=COMMAND_LINE, now=now)
    built = build_instance(session, schedule)
    instance = instance_from_json(json.loads(gzip.decompress(built.content)))
    works = dict(zip(instance.dates, next(t for t in instance.teams if t.id == "T-1").work_dates, strict=True))
    assert [works[day] for day in (FRIDAY, MONDAY, TUESDAY)] == [False, False, True]
    assert built.in_force is not None
    assert json.loads(gzip.decompress(built.in_force)).get("nights", []) == [], "its trip is nobody's to plan"
