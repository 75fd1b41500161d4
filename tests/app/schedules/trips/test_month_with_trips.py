"""A fortnight of the real planning core in a district whose far villages lie up a river: what people enter over HTTP
becomes nights and boats of a plan, and whoever reads a day of it reads what the plan says."""

import csv
import gzip
import io
import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.run import Limits
from solver.solve import solve
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site, make_target, make_team

FIRST, LAST = date(2023, 12, 4), date(2023, 12, 15)
STATIONS = (
    {"code": "HILIR", "name": "Dermaga Hilir", "kind": "jetty", "lat": -3.265, "lon": 102.88},
    {"code": "HULU", "name": "Dermaga Hulu", "kind": "jetty", "lat": -3.05, "lon": 102.87, "zone": "hulu"},
)
LODGING = {
    "code": "BALAI",
    "name": "Balai Desa Hulu",
    "lat": -3.051,
    "lon": 102.871,
    "zone": "hulu",
    "cost_per_night": 150_000,
    "max_teams": 1,
}
BOAT = {"way": "boat", "minutes": 150, "fare": 400_000}
CONNECTIONS = (
    # Up on Mondays and Wednesdays, back on Thursdays and Fridays.
    {"code": "NAIK", "origin": "HILIR", "destination": "HULU", "departs_earliest": "08:30", "weekdays": "mon,wed"},
    {"code": "TURUN", "origin": "HULU", "destination": "HILIR", "departs_earliest": "13:00", "weekdays": "thu,fri"},
)


@pytest.fixture
def district(client: TestClient, session: Session, job_tables: None, bearer: AsRole) -> District:
    district = make_district(session)
    make_target(session)
    team = make_team(session, code="TIM-1", name="Tim 1", max_stops=2)
    make_team(session, code="TIM-2", name="Tim 2", max_stops=2)
    for number in range(2):
        make_site(session, code=f"KOTA-{number}", lat=-3.28 + number / 150, headcount=60)
        place = {"lat": -3.05, "lon": 102.86 + number / 50, "zone": "hulu"}
        make_site(session, code=f"DESA-{number}", name=f"Desa Hulu {number}", kind="village", headcount=900, **place)
    session.commit()
    planner, path = bearer(Role.PLANNER, district.code), f"/v1/districts/{district.code}"
    for call, things in (
        ("stations", STATIONS),
        ("lodgings", (LODGING,)),
        ("connections", tuple(BOAT | way for way in CONNECTIONS)),
    ):
        for thing in things:
            answer = client.post(f"{path}/{call}", json=thing, headers=planner)
            assert answer.status_code == 201, answer.text
    sent = planner | {"If-Match": '"1"'}
    answer = client.patch(f"/v1/teams/{team.id}", json={"max_nights": 5, "rest_days": 1}, headers=sent)
    assert answer.status_code == 200, answer.text
    return district


def planned(session: Session, district: District) -> tuple[Schedule, dict[str, Any]]:
    """A published fortnight of the real planning core, and its plan as it was written."""
    wish = Wish(period_start=FIRST, period_end=LAST, iterations=2000)
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    assert schedule.instance_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(schedule.instance_json)))
    plan = in_format_of(instance, solve(instance, Limits(iterations=2000), seed=1).plan).to_json()
    checked = check_run(session, schedule, Solved(plan=gzip.compress(json.dumps(plan).encode()), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return schedule, plan


def test_every_reader_of_a_trip_reads_what_the_plan_says(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule, plan = planned(session, district)
    planner = bearer(Role.PLANNER, district.code)
    nights = {(row["team"], row["date"]): row["lodging"] for row in plan["nights"]}
    rides = {(row["team"], row["date"], row["start"]): row["connection"] for row in plan["rides"]}
    up_river = [row for row in plan["visits"] if row["site"].startswith("DESA")]
    assert up_river, "villages without a road are visited"
    assert nights, "by a team that sleeps there"
    assert {team for team, _ in nights} == {"TIM-1"}, "the other team may not sleep away"
    assert set(rides.values()) == {"connection:NAIK", "connection:TURUN"}

    trips = client.get(f"/v1/schedules/{schedule.id}/trips", headers=planner).json()["items"]
    shown = [night for trip in trips for night in trip["nights"]]
    assert {(night["team"]["code"], night["date"]): f"lodging:{night['lodging']['code']}" for night in shown} == nights
    crossed = [ride for trip in trips for ride in trip["rides"]]
    assert {ride["connection"] for ride in crossed} == {"NAIK", "TURUN"}
    assert len(crossed) == len(rides)
    assert {ride["way"] for ride in crossed} == {"boat"}
    for trip in trips:
        assert trip["cost"] == sum(n["nights"] for n in trip["nights"]) * 150_000 + len(trip["rides"]) * 400_000

    export = client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=planner)
    lines = list(csv.DictReader(io.StringIO(export.text.removeprefix("\ufeff"))))
    asleep = {(line["team_code"], line["date"]): line["sleeps_at"] for line in lines if line["sleeps_at"]}
    assert set(asleep) <= set(nights)
    assert set(asleep.values()) == {"Balai Desa Hulu"}

    stops: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sorted(plan["visits"], key=lambda row: row["start"]):
        stops[row["team"], row["date"]].append(row["site"])
    day = FIRST
    while day <= LAST:
        for team in ("TIM-1", "TIM-2"):
            key = (team, day.isoformat())
            params = {"date": key[1], "team": team, "district": district.code}
            seen = client.get("/v1/assignments", params=params, headers=planner).json()
            assert [stop["site"]["code"] for stop in seen["stops"]] == stops[key]
            sleeps = None if seen["sleeps_at"] is None else f"lodging:{seen['sleeps_at']['code']}"
            assert sleeps == nights.get(key)
            boats = {start: name for (who, on, start), name in rides.items() if (who, on) == key}
            assert {ride["starts_at"][11:16]: f"connection:{ride['connection']}" for ride in seen["rides"]} == {
                f"{start // 60:02}:{start % 60:02}": name for start, name in boats.items()
            }
            assert (seen["trip"] is not None) == bool(sleeps or boats or seen["begins_at"])
        day += timedelta(days=1)
