"""The gate to the planning core for what goes with the visits that a run starts from: where their teams sleep and ride,
and what they carry."""

import gzip
import json
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.service import get_district
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.schedules.runs.breaks_and_kits import rows_of_kits
from app.schedules.runs.drafted import goes_on_from_draft
from app.schedules.runs.journeys_model import sleeps_or_rides
from app.schedules.runs.planned_trips import rows_of_trips
from app.schedules.trips.standing import trips_to_replan
from app.teams.models import Team
from solver.contract.instance import Instance
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import NO_ROWS, Rows


def plan_in_force(session: Session, schedule: Schedule, instance: Instance) -> bytes | None:
    """A plan file (gzip-compressed) of the nights, rides and kits that a re-planning begins with; None without trips.

    Of a draft that is gone on from, kits are drawn anew."""
    if not sleeps_or_rides(instance):
        return None
    rows = rows_in_force(session, schedule, instance)
    if goes_on_from_draft(schedule):
        rows = replace(rows, kits=())
    plan = in_format_of(instance, Plan(visits=(), rows=rows, solver_version=None))
    return gzip.compress(json.dumps(plan.to_json(), separators=(",", ":")).encode(), mtime=0)


def rows_in_force(session: Session, schedule: Schedule, instance: Instance) -> Rows:
    """What the teams of the plan in force draw from pools, and where they sleep and ride on trips that a run plans
    anew; of a draft that it goes on from, those of the draft."""
    rows = _kits(session, schedule, instance)
    if sleeps_or_rides(instance):
        teams = session.execute(select(Team.id, Team.code).filter_by(district_code=schedule.district_code))
        codes = {row.id: row.code for row in teams}
        trips = [(codes[whole.trip.team_id], whole) for whole in trips_to_replan(session, schedule)]
        zone = ZoneInfo(get_district(session, schedule.district_code).time_zone)
        rows = replace(rows_of_trips(instance, trips, zone), kits=rows.kits)
    known = {team.id for team in instance.teams}
    return replace(
        rows,
        nights=tuple(night for night in rows.nights if night.team in known),
        rides=tuple(ride for ride in rows.rides if ride.team in known),
        kits=tuple(load for load in rows.kits if load.team in known),
    )


def _kits(session: Session, schedule: Schedule, instance: Instance) -> Rows:
    if not instance.kits:
        return NO_ROWS
    days = session.execute(
        visits_in_force(schedule.district_code)
        .join(Team, Team.id == Visit.team_id)
        .where(Visit.date.between(schedule.first_date, schedule.period_end))
        .with_only_columns(Team.code, Visit.date, Visit.day_kits)
    )
    return rows_of_kits(instance, {(row[0], row[1]): row[2] for row in days})
