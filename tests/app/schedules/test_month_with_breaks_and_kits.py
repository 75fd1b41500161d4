"""A month of the real planning core: one satellite set for four teams, lunch, Friday prayer, other hours for a while.
Whoever reads a day of it – phone, file, sheet, letter, calendar, progress – reads what the plan says."""

import csv
import gzip
import io
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.ics import read_calendar
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.letters.stops import stops_in_force
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.teams import service as teams
from app.teams.breaks import BreakRule
from app.teams.kit_pools import KIT_POOLS
from app.teams.models import Team
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.run import Limits
from solver.solve import solve
from tests.app.conftest import NOW, AsRole
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


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def test_every_reader_of_a_day_reads_what_the_plan_says(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule, plan = planned(session, district)
    planner = bearer(Role.PLANNER, district.code)
    stops: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in plan["visits"]:
        stops[row["team"], row["date"]].append(row)
    breaks = {(row["team"], row["date"]): row["start"] for row in plan["breaks"]}
    sets = {(row["team"], row["date"]) for row in plan["kits"]}
    assert sets <= set(stops)
    assert len({day for _, day in sets}) == len(sets) > 1, "one set is in one place a date"
    assert len({team for team, _ in sets}) > 1, "it passes from team to team"

    export = client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=planner)
    assert export.status_code == 200, export.text
    lines: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for line in csv.DictReader(io.StringIO(export.text.removeprefix("\ufeff"))):
        lines[line["team_code"], line["date"]].append(line)
    entries = {}
    for team in session.scalars(select(Team)):
        _, secret = access.issue_token(session, Role.FEED, now=NOW, district_code=district.code, team_id=team.id)
        session.commit()
        for entry in read_calendar(client.get(f"/v1/feeds/{secret}.ics").content).entries:
            entries[team.code, entry.starts_at] = entry
    assert len(entries) == len(plan["visits"])
    letters = {
        (stop.team_code, stop.date.isoformat(), stop.site_code): stop
        for stop in stops_in_force(session, district, "ikd", first=FIRST, last=LAST)
    }

    day = FIRST
    taken = set()
    while day <= LAST:
        for number in range(1, 5):
            key = (f"TIM-{number}", day.isoformat())
            params = {"date": key[1], "team": key[0], "district": district.code}
            seen = client.get("/v1/assignments", params=params, headers=planner).json()
            sheet = sheet_content(
                session,
                day,
                actor=COMMAND_LINE,
                team_code=key[0],
                district_code=district.code,
                language=Language.INDONESIAN,
            )["day"]
            assert len(seen["stops"]) == len(stops[key]) == len(lines[key]) == len(sheet["stops"])
            assert [kit["code"] for kit in seen["carried"]] == (["SATELIT"] if key in sets else [])
            assert sheet["carried"] == (["Set satelit kantor"] if key in sets else [])
            assert {line["kits"] for line in lines[key]} == (
                {"SATELIT"} if key in sets else {""} if stops[key] else set()
            )
            if not stops[key]:
                assert (seen["breaks"], sheet["breaks"]) == ([], [])
                continue
            rule = next(rule for rule in RULES if rule.covers(day))
            taken.add(rule)
            start, end = breaks[key], breaks[key] + rule.minutes
            assert rule.earliest_start <= start <= end <= rule.latest_end
            (pause,) = seen["breaks"]
            assert (pause["starts_at"][11:16], pause["ends_at"][11:16], pause["name"]) == (
                clock(start),
                clock(end),
                rule.name,
            )
            span = f"{clock(start)}–{clock(end)}".replace(":", ".")
            assert sheet["breaks"] == [span if rule.name is None else f"{span} ({rule.name})"]
            assert {line["breaks"] for line in lines[key]} == {f"{clock(start)}-{clock(end)}"}
            for row, stop in zip(sorted(stops[key], key=lambda row: row["start"]), seen["stops"], strict=True):
                begins, ends = datetime.fromisoformat(stop["starts_at"]), datetime.fromisoformat(stop["ends_at"])
                assert clock(row["start"]) == f"{begins:%H:%M}"
                is_paused = row["start"] <= start < row["start"] + stop["setup_minutes"] + row["minutes"]
                served = stop["setup_minutes"] + row["minutes"] + (rule.minutes if is_paused else 0)
                assert ends - begins == timedelta(minutes=served)
                assert ("satellite" in stop["kits"]) == (key in sets)
                entry = entries[key[0], begins]
                assert (entry.ends_at, entry.summary) == (ends, stop["site"]["name"])
                assert ("Istirahat: " in (entry.description or "")) == is_paused
                assert ("Bawa: internet satelit" in (entry.description or "")) == (key in sets)
                letter = letters[key[0], key[1], stop["site"]["code"]]
                assert (letter.starts_at, letter.ends_at) == (begins, ends)
        day += timedelta(days=1)
    assert taken == set(RULES), "the month has every kind of break"

    won = sum(visit.expected_activations for visit in session.scalars(select(Visit).where(Visit.in_force)))
    assert won == schedule.expected_activations
    progress = client.get(f"/v1/districts/{district.code}/progress", params={"on": "2023-11-13"}, headers=planner)
    assert progress.status_code == 200
    silent = {row["site"] for key in sets for row in stops[key]} & {f"S-{n}" for n in range(1, 16, 2)}
    assert silent, "the set goes where there is no signal"
