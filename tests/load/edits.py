"""Measures a planner's edits over HTTP, on drafts as large as real ones: dry runs, edits that are stored, undo."""

import argparse
import gzip
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.database import make_engine, migrate
from app.embedded_postgres import running_postgres
from app.schedules.drafts.copies import FirstPlan, new_draft
from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan, read_plan
from solver.contract.reading import read_instance
from tests.app.schedules.fake_solver import plain_visits
from tests.benchmark.districts import SIZES, district
from tests.factories import make_district, make_schedule, make_site, make_target, make_team
from tests.load.assignments import cpu_seconds, running_server

CODE = "16.73"
HAND = ("retime, dry run", "retime", "place", "undo")
ASKED = ("place, dry run with its options", "board, dry run")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40, metavar="N", help="calls of each kind")
    parser.add_argument(
        "--instance", type=Path, action="append", default=[], help="instead of our own of sizes m and l"
    )
    parser.add_argument("--plan", type=Path, action="append", default=[], help="a plan of each; else a plain one")
    parser.add_argument("--without-solver", action="store_true", help="leave out what the resident solver answers")
    chosen = parser.parse_args(arguments)
    kinds = HAND if chosen.without_solver else HAND + ASKED
    instances = [read_instance(path) for path in chosen.instance] or [
        district("city", SIZES[size], seed=1, closable=False, name=size) for size in ("m", "l")
    ]
    plans = [read_plan(path).visits for path in chosen.plan] or [plain_visits(instance) for instance in instances]
    table = Table("instance", "sites", "visits", "call", "median ms", "p95 ms", "worst ms", "CPU ms of the server")
    for instance, visits in zip(instances, plans, strict=True):
        with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
            secret, draft = fill(url, instance, visits)
            with running_server(url) as (port, process_id):
                for kind, measured in measure(port, process_id, secret, draft, visits, kinds, chosen.times).items():
                    found = [milliseconds for milliseconds, _ in measured]
                    ordered = sorted(found)
                    table.add_row(
                        *(instance.name, str(len(instance.sites)), str(len(visits)), kind),
                        f"{statistics.median(found):.0f}",
                        f"{ordered[int(len(ordered) * 0.95) - 1]:.0f}",
                        f"{ordered[-1]:.0f}",
                        f"{statistics.mean(cpu for _, cpu in measured):.0f}",
                    )
    Console(width=120).print(table)


def fill(url: str, instance: Instance, visits: Sequence[Visit]) -> tuple[str, int]:
    """A draft of the instance in a district that has its teams and sites; a planner's secret and the draft's id."""
    engine = make_engine(url)
    migrate(engine)
    with Session(engine) as session, session.begin():
        make_district(session, CODE)
        make_target(session, CODE)
        for site in instance.sites:
            make_site(session, CODE, code=site.id)
        for team in instance.teams:
            make_team(session, CODE, code=team.id)
        first, last = instance.dates[0], instance.dates[-1]
        now = datetime.combine(first, datetime.min.time(), UTC)
        base = make_schedule(session, CODE, period_start=first, period_end=last, first_date=first, is_back_test=True)
        draft = new_draft(
            session,
            base,
            FirstPlan(
                instance=packed(instance.to_json()),
                plan=packed(Plan(visits=tuple(visits)).to_json()),
            ),
            actor=COMMAND_LINE,
            now=now,
            why="measuring",
        )
        _, secret = access.issue_token(session, Role.PLANNER, now=datetime.now(UTC), district_code=CODE)
        found = secret, draft.id
    engine.dispose()
    return found


def measure(
    port: int, process_id: int, secret: str, draft: int, visits: Sequence[Visit], kinds: Sequence[str], times: int
) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each call and of the server's CPU (without the solver's and the database's), by its kind.

    The first of each kind is not counted: it reads the problem, here or in the solver."""
    chance, found = Random(1), {kind: list[tuple[float, float]]() for kind in kinds}
    days = sorted({visit.date for visit in visits})
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1/schedules/{draft}", headers=headers, timeout=300) as client:
        etag = client.post("/edits", json={"edits": [edit(visits[0], "pin")], "dry_run": True}).headers["ETag"]
        for kind in kinds:
            for number in range(times + 1):
                visit = chance.choice(visits)
                body: dict[str, Any] = {"edits": [edit(visit, "retime", starts_at="10:00")]}
                if kind.startswith("board"):
                    body = {"edits": [edit(visit, "place")]}
                elif kind.startswith("place"):
                    there = chance.choice([day for day in days if day != visit.date])
                    body = {"edits": [edit(visit, "place", to_date=there.isoformat())]}
                body["dry_run"] = "dry run" in kind
                path, content = ("/undo", None) if kind == "undo" else ("/edits", body)
                began, before = time.perf_counter(), cpu_seconds(process_id)
                answer = client.post(path, json=content, headers={"If-Match": etag})
                took, cpu = time.perf_counter() - began, cpu_seconds(process_id) - before
                if answer.status_code == 200:
                    etag = answer.headers.get("ETag", etag)
                    if number:
                        found[kind].append((took * 1000, cpu * 1000))
                else:
                    # Another edit has moved the visit, or there is one already; or nothing is left to undo.
                    assert answer.status_code in (409, 422), answer.text
    return found


def edit(visit: Visit, op: str, **more: str) -> dict[str, str]:
    return {"op": op, "team": visit.team, "date": visit.date.isoformat(), "site": visit.site, **more}


def packed(document: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document).encode(), mtime=0)


if __name__ == "__main__":
    main()
