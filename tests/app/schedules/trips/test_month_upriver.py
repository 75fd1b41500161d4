"""A month of the real planning core with villages up the river: whoever reads a day – phone, file, sheet, letter,
calendar, board – reads the nights and rides that the plan says."""

import csv
import gzip
import io
import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.ics import read_calendar
from app.districts.models import District
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.letters.stops import stops_in_force
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
from app.teams.models import Team
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.run import Limits
from solver.solve import solve
from tests.app.conftest import NOW, AsRole
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


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def test_every_reader_of_a_day_reads_the_nights_and_rides_of_the_plan(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule, plan = planned(session, district)
    planner = bearer(Role.PLANNER, district.code)
    assert plan.get("nights"), "somebody sleeps away"
    assert plan.get("rides")
    nights = {(row["team"], row["date"]) for row in plan["nights"]}
    rides: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(plan["rides"], key=lambda row: row["start"]):
        rides[row["team"], row["date"]].append(row)
    visits: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(plan["visits"], key=lambda row: row["start"]):
        visits[row["team"], row["date"]].append(row)
    dates = [day.isoformat() for day in instance_dates(session, schedule)]
    before = dict(zip(dates[1:], dates[:-1], strict=True))

    listed = client.get(f"/v1/schedules/{schedule.id}/trips.csv", headers=planner)
    lines: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for line in csv.DictReader(io.StringIO(listed.text.removeprefix("\ufeff"))):
        lines[line["what"], line["team_code"], line["date"]].append(line)
    assert {key[1:] for key in lines if key[0] == "night"} == nights
    trips = trips_of(session, schedule)
    codes = {team.id: team.code for team in session.scalars(select(Team))}
    blocks = {}
    for team_id, code in codes.items():
        _, secret = access.issue_token(session, Role.FEED, now=NOW, district_code=district.code, team_id=team_id)
        session.commit()
        for entry in read_calendar(client.get(f"/v1/feeds/{secret}.ics").content).entries:
            if "Perjalanan" in entry.categories:
                blocks[code, entry.starts_at] = entry
    assert set(blocks) == {(codes[whole.trip.team_id], whole.trip.leaves_at) for whole in trips}
    # A week's letters hold the trips that begin in it, also where they end in the next.
    letters = {
        (stop.team_code, stop.date.isoformat(), stop.site_code): stop
        for stop in stops_in_force(session, district, "ikd", first=FIRST - timedelta(days=1), last=LAST)
    }
    assert len(letters) == len(plan["visits"])

    day = FIRST
    while day <= LAST:
        for team in codes.values():
            key = (team, day.isoformat())
            seen = client.get(
                "/v1/assignments", params={"date": key[1], "team": team, "district": district.code}, headers=planner
            ).json()
            sheet = sheet_content(
                session,
                day,
                actor=COMMAND_LINE,
                team_code=team,
                district_code=district.code,
                language=Language.INDONESIAN,
            )["day"]
            assert [ride["starts_at"][11:16] for ride in seen["rides"]] == [clock(row["start"]) for row in rides[key]]
            assert [stop["starts_at"][11:16] for stop in seen["stops"]] == [clock(row["start"]) for row in visits[key]]
            assert [line["starts"] for line in lines["ride", *key]] == [clock(row["start"]) for row in rides[key]]
            assert sum(stop["is_ride"] for stop in sheet["stops"]) == len(rides[key])
            assert len(sheet["stops"]) == len(rides[key]) + len(visits[key])
            if key[1] in dates:
                assert (seen["sleeps_at"] is not None) == (key in nights)
                assert (seen["begins_at"] is not None) == ((team, before.get(key[1], "")) in nights)
            assert (seen["sleeps_at"] is not None) == sheet["back"].startswith("Menginap di ")
            assert (sheet["begins"] or None) == (seen["begins_at"] or {"name": None})["name"]
            for stop in seen["stops"]:
                letter = letters[team, key[1], stop["site"]["code"]]
                assert (letter.trip is not None) == (seen["trip"] is not None)
            if seen["trip"] is not None:
                block = blocks[team, datetime.fromisoformat(seen["trip"]["leaves_at"])]
                assert block.uid == f"{seen['trip']['uid']}@jemput-bola"
                assert block.ends_at == datetime.fromisoformat(seen["trip"]["back_at"])
                for ride in seen["rides"]:
                    assert ride["way"] == "boat"
                    assert f"dari {ride['origin']['name']} ke {ride['target']['name']}" in (block.description or "")
                if seen["sleeps_at"] is not None:
                    assert f"Menginap di {seen['sleeps_at']['name']}" in (block.description or "")
            # Whatever is on the way there and back, nobody is in two places at once.
            steps = sorted([*seen["stops"], *seen["rides"]], key=lambda step: step["starts_at"])
            for step, after in pairwise(steps):
                assert step["ends_at"] <= after["arrives_at"]
            if steps and seen["back_at"]:
                assert steps[-1]["ends_at"] <= seen["back_at"]
        day += timedelta(days=1)

    checked = check_plan(*schedules.with_files(session, schedule))
    spent = sum(whole.cost for whole in trips)
    assert checked.cost == spent, "a district without prices pays for nights and fares alone"
    assert spent > 0
    judged = judge_today(session, district, visits_of(session, schedule))
    assert [(row.visit.date, row.obstacles) for row in judged if row.obstacles] == []


def instance_dates(session: Session, schedule: Schedule) -> tuple[date, ...]:
    instance, _ = schedules.with_files(session, schedule)
    return instance_from_json(json.loads(gzip.decompress(instance))).dates
