"""Measures how long a site on the phone waits: requests with offers over HTTP, and bookings, on plans as large as real
ones, with a resident planning core that is awake."""

import argparse
import gzip
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.database import make_engine, migrate
from app.districts.models import Area
from app.embedded_postgres import running_postgres
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Visit
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.sites.models import Site, SiteWindow
from app.worker import prepare_database
from solver.contract.instance import Instance, Point
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.benchmark.districts import CENTRE, SIZES, district
from tests.factories import make_district, make_site, make_target, make_team
from tests.load.assignments import running_server

CODE = "16.73"
WISHED_DATES = 5
CALLS = ("request with offers", "accept", "decline")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40, metavar="N", help="requests of each size")
    parser.add_argument("--seconds", type=float, default=30, help="of planning before the first request")
    parser.add_argument("--size", action="append", choices=("m", "l"), default=None)
    chosen = parser.parse_args(arguments)
    table = Table("district", "visits", "call", "median ms", "p95 ms", "worst ms", "answers")
    for size in chosen.size or ("m", "l"):
        instance = district("city", SIZES[size], seed=1, closable=False, name=size)
        shape = f"{size}: {len(instance.sites)} × {len(instance.teams)} × {len(instance.dates)}"
        with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
            secret, unvisited, dates, visits = fill(url, instance, seconds=chosen.seconds)
            with running_server(url) as (port, _):
                found = measure(port, secret, unvisited, dates, times=chosen.times)
        for call, (took, answers) in found.items():
            ordered = sorted(took)
            table.add_row(
                *(shape, str(visits), call),
                f"{statistics.median(ordered):.0f}",
                f"{ordered[max(0, int(len(ordered) * 0.95) - 1)]:.0f}",
                f"{ordered[-1]:.0f}",
                ", ".join(f"{times} {answer}" for answer, times in answers.most_common()),
            )
    Console(width=150).print(table)


def fill(url: str, instance: Instance, *, seconds: float) -> tuple[str, list[str], list[date], int]:
    """A district like the instance, with a published plan from tomorrow on: a planner's secret, the codes of sites that
    it does not visit, the dates it plans, and its number of visits."""
    engine = make_engine(url)
    migrate(engine)
    prepare_database(url)
    now = datetime.now(UTC)
    today = now.date()
    with Session(engine, expire_on_commit=False) as session, session.begin():
        found = make_district(session, CODE, lat=CENTRE[0], lon=CENTRE[1])
        area = session.get_one(Area, f"{CODE}.01")
        area.lat, area.lon = CENTRE
        period = (today + timedelta(days=1), today + timedelta(days=len(instance.dates) * 7 // 5))
        make_target(session, CODE, as_of=today, deadline=period[1])
        for site in instance.sites:
            assert isinstance(site.place, Point)
            make_site(
                session,
                CODE,
                code=site.id,
                lat=site.place.lat,
                lon=site.place.lon,
                headcount=site.people,
                phone_ready_share=1,
                turn_out_share=1,
                resident_share=1,
                connectivity=max(1, site.connectivity),
                windows=[SiteWindow(weekdays="1111110", opens=480, closes=900)],
                max_visit_dates=site.max_visit_dates,
                min_gap_days=site.min_gap_days,
                max_teams=site.max_teams,
            )
        for team in instance.teams:
            assert isinstance(team.place, Point)
            make_team(
                session,
                CODE,
                code=team.id,
                operators=team.operators,
                minutes_per_activation=team.minutes_per_activation,
                base_lat=team.place.lat,
                base_lon=team.place.lon,
                max_stops=team.max_stops,
            )
        wish = Wish(period_start=period[0], period_end=period[1])
        run = schedules.request_schedule(session, found, wish, actor=COMMAND_LINE, now=now)
        record.begin(session, run, build_instance(session, run), now=now)
        assert run.instance_json is not None
        problem = instance_from_json(json.loads(gzip.decompress(run.instance_json)))
        plan = solve(problem, Limits(time_seconds=seconds, threads=2), seed=1).plan
        solved = Solved(plan=gzip.compress(json.dumps(plan.to_json()).encode()), spread=None)
        record.store_plan(session, run, check_run(session, run, solved), now=now)
        publishing.publish(session, run, actor=COMMAND_LINE, now=now)
        _, secret = access.issue_token(session, Role.PLANNER, now=now, district_code=CODE)
        visited = set(session.scalars(select(Site.code).join(Visit, Visit.site_id == Site.id)))
    engine.dispose()
    unvisited = [site.id for site in instance.sites if site.id not in visited and site.people]
    return secret, unvisited or [site.id for site in instance.sites], list(problem.dates), len(plan.visits)


def measure(
    port: int, secret: str, sites: Sequence[str], dates: Sequence[date], *, times: int
) -> dict[str, tuple[list[float], Counter[str]]]:
    """Milliseconds and answers of each call; the first request is not counted: it wakes the planning core, and is sent
    again as long as that still compiles."""
    chance = Random(1)
    found: dict[str, tuple[list[float], Counter[str]]] = {call: ([], Counter()) for call in CALLS}
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", headers=headers, timeout=120) as client:

        def call(name: str, path: str, body: dict[str, Any]) -> httpx.Response:
            began = time.perf_counter()
            answer = client.post(path, json=body)
            took, answers = found[name]
            took.append((time.perf_counter() - began) * 1000)
            answers[str(answer.status_code)] += 1
            return answer

        def asked() -> httpx.Response:
            wished = sorted(day.isoformat() for day in chance.sample(list(dates), WISHED_DATES))
            body = {"site_code": chance.choice(sites), "channel": "phone", "wished_dates": wished}
            return call(CALLS[0], f"/districts/{CODE}/requests", body)

        while asked().status_code == 503:
            pass
        found[CALLS[0]] = ([], Counter())
        for number in range(times):
            request = asked().json()
            found[CALLS[0]][1].update(offer["kind"] for offer in request["offers"])
            # One in four is booked; the others free what they held.
            if request["offers"] and number % 4 == 1:
                call(CALLS[1], f"/requests/{request['id']}/accept", {"offer": request["offers"][0]["number"]})
            else:
                call(CALLS[2], f"/requests/{request['id']}/decline", {"reason": "no_longer_wanted"})
    return found


if __name__ == "__main__":
    main()
