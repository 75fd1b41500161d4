"""A plan with one trip: up the river by boat on a Thursday, two villages, over the weekend, and back on Monday."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.sites.models import Site
from app.teams.models import Team
from app.travel.journeys.connections import CONNECTIONS as CONNECTIONS_OF_DISTRICT
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS as STATIONS_OF_DISTRICT
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_plannable_district
from tests.factories import make_site

NOVEMBER = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), weights={"fairness": 0})
THURSDAY, FRIDAY, MONDAY, TUESDAY = (date(2023, 11, day) for day in (16, 17, 20, 21))
LODGING = {
    "code": "BALAI",
    "name": "Balai Desa Hulu",
    "lat": -3.051,
    "lon": 102.871,
    "zone": "hulu",
    "cost_per_night": 150_000,
}
STATIONS = (
    {"code": "HILIR", "name": "Dermaga Hilir", "kind": "jetty", "lat": -3.262, "lon": 102.88},
    {"code": "HULU", "name": "Dermaga Hulu", "kind": "jetty", "lat": -3.05, "lon": 102.87, "zone": "hulu"},
)
BOAT = {"way": "boat", "minutes": 120, "fare": 400_000}
CONNECTIONS = (
    BOAT | {"code": "NAIK", "origin": "HILIR", "destination": "HULU", "departs_earliest": 540},
    BOAT | {"code": "TURUN", "origin": "HULU", "destination": "HILIR", "departs_earliest": 600, "departs_latest": 660},
)


def night(day: date, team: str = "T-1") -> dict[str, Any]:
    return {"team": team, "date": day.isoformat(), "lodging": "lodging:BALAI"}


def ride(day: date, connection: str, start: int, team: str = "T-1") -> dict[str, Any]:
    return {"team": team, "date": day.isoformat(), "connection": f"connection:{connection}", "start": start}


def visit(day: date, site: str, start: int, minutes: int = 120, team: str = "T-1") -> dict[str, Any]:
    return {"team": team, "date": day.isoformat(), "site": site, "start": start, "minutes": minutes}


NIGHTS = [night(THURSDAY), night(FRIDAY)]
RIDES = [ride(THURSDAY, "NAIK", 540), ride(MONDAY, "TURUN", 630)]
VISITS = [
    visit(THURSDAY, "H-0", 720),
    visit(FRIDAY, "H-1", 540),
    visit(TUESDAY, "S-0", 540),
    visit(THURSDAY, "S-1", 540, team="T-2"),
]
"""On Monday the team does nothing but go home."""


def make_district_upriver(session: Session) -> District:
    """A village up the river, where no road leads: a boat each day, and a hall to sleep in."""
    district = make_plannable_district(session)
    for number in range(2):
        make_village(session, number)
    for team in session.scalars(select(Team)):
        team.max_nights, team.away_shift_start, team.away_shift_end = 5, 420, 1020
    enter = partial(create_thing, session, actor=COMMAND_LINE, now=NOW)
    for station in STATIONS:
        enter(STATIONS_OF_DISTRICT, district, station)
    enter(LODGINGS, district, LODGING)
    for connection in CONNECTIONS:
        enter(CONNECTIONS_OF_DISTRICT, district, connection)
    return district


def make_village(session: Session, number: int, **fields: Any) -> Site:
    place = {"kind": "village", "lat": -3.05, "lon": 102.86 + number / 50, "zone": "hulu"}
    return make_site(session, code=f"H-{number}", name=f"Desa Hulu {number + 1}", **(place | fields))


def plan_upriver(
    session: Session,
    district: District,
    *,
    wish: Wish = NOVEMBER,
    visits: Sequence[dict[str, Any]] = VISITS,
    nights: Sequence[dict[str, Any]] = NIGHTS,
    rides: Sequence[dict[str, Any]] = RIDES,
    now: Any = NOW,
) -> Schedule:
    """A draft with a trip, as a run leaves it."""
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=now)
    record.begin(session, schedule, build_instance(session, schedule), now=now)
    plan = {"format": "outreach-plan-2", "visits": list(visits), "nights": list(nights), "rides": list(rides)}
    checked = check_run(session, schedule, Solved(plan=packed(plan), spread=None))
    assert checked.violations == (), checked.violations
    record.store_plan(session, schedule, checked, now=now)
    session.flush()
    return schedule


def published_upriver(session: Session, district: District, **fields: Any) -> Schedule:
    schedule = plan_upriver(session, district, **fields)
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return schedule


def packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode(), mtime=0)


def visits_of(session: Session, schedule: Schedule) -> list[Visit]:
    query = select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.date, Visit.starts_at)
    return list(session.scalars(query))
