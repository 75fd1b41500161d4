"""A plan with one trip: up the river by boat on a Thursday, two villages, over the weekend, and back on Monday."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_plannable_district
from tests.factories import make_site

NOVEMBER = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), weights={"fairness": 0})
THURSDAY, FRIDAY, MONDAY, TUESDAY = (date(2023, 11, day) for day in (16, 17, 20, 21))
LODGING = {
    "id": "lodging:BALAI",
    "name": "Balai Desa Hulu",
    "lat": -3.051,
    "lon": 102.871,
    "zone": "hulu",
    "cost_per_night": 150_000,
}
STATIONS = [
    {"id": "station:HILIR", "name": "Dermaga Hilir", "lat": -3.262, "lon": 102.88, "zone": ""},
    {"id": "station:HULU", "name": "Dermaga Hulu", "lat": -3.05, "lon": 102.87, "zone": "hulu"},
]
UP = {
    "id": "connection:NAIK",
    "from": "station:HILIR",
    "to": "station:HULU",
    "departs": [540, 540],
    "minutes": 120,
    "fare": 400_000,
}
DOWN = UP | {"id": "connection:TURUN", "from": "station:HULU", "to": "station:HILIR", "departs": [600, 660]}


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
    district = make_plannable_district(session)
    for number in range(2):
        make_site(
            session,
            code=f"H-{number}",
            name=f"Desa Hulu {number + 1}",
            kind="village",
            lat=-3.05,
            lon=102.86 + number / 50,
        )
    return district


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
    """A draft with a trip, as a run leaves it; its problem has lodgings and connections beside what is stored."""
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=now)
    built = build_instance(session, schedule)
    problem = upriver(json.loads(gzip.decompress(built.content)))
    record.begin(session, schedule, replace(built, content=packed(problem)), now=now)
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


def upriver(problem: dict[str, Any]) -> dict[str, Any]:
    """The problem with a village up the river, where no road leads."""
    sites = [site | {"zone": "hulu"} if site["id"].startswith("H-") else site for site in problem["sites"]]
    teams = [team | {"max_nights": 5, "away_shift": [420, 1020]} for team in problem["teams"]]
    return problem | {
        "format": "outreach-2",
        "sites": sites,
        "teams": teams,
        "lodgings": [LODGING],
        "stations": STATIONS,
        "connections": [UP, DOWN],
    }


def packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode(), mtime=0)


def visits_of(session: Session, schedule: Schedule) -> list[Visit]:
    query = select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.date, Visit.starts_at)
    return list(session.scalars(query))
