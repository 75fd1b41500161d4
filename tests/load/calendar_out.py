"""Measures what goes out to calendars: entries per second into real servers, feeds per second, what random faults on
the way lose or double, and what independent programs (vdirsyncer, khal) read of it all."""

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session, sessionmaker

from app.access import service as access
from app.access.models import Role
from app.calendars.deliveries import states_of
from app.calendars.outbox import deliver
from app.calendars.writing import WritingContext
from app.database import make_engine, migrate
from app.districts.service import get_district
from app.embedded_postgres import running_postgres
from app.schedules.announcements.calendars import announce, announce_marked, render_entries
from app.schedules.models import Visit
from tests.app.calendars.events import connect, desk
from tests.app.calendars.flaky_proxy import flaky_proxy
from tests.app.calendars.office import Office, as_shown, standing
from tests.app.calendars.other_programs import OtherPrograms
from tests.app.calendars.real_servers import RealServer, RemoteCalendar
from tests.app.calendars.test_outbox import fault, vary
from tests.conftest import create_database
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit
from tests.load.assignments import Target, ask, load, request, running_server

TEAMS, DATES = 25, 20
"""One visit each: 500."""
SERVERS = ("radicale", "xandikos")


def fill(sessions: sessionmaker[Session], begins: datetime) -> str:
    """A published plan; returns the secret of the district's feed."""
    with sessions.begin() as session:
        make_district(session)
        schedule = make_schedule(session)
        sites = [make_site(session, name=f"Dinas {number}") for number in range(100)]
        for number in range(TEAMS):
            team = make_team(session, kits=["satellite"])
            for day in range(DATES):
                site = sites[(number * DATES + day) % len(sites)]
                make_visit(session, schedule, team, site, starts_at=begins + timedelta(days=day))
        _, secret = access.issue_token(session, Role.FEED, now=datetime.now(UTC), district_code="16.73")
        return secret


def write(
    sessions: sessionmaker[Session], server: RealServer, now: datetime, *, told: Table
) -> tuple[RemoteCalendar, int]:
    """Write the plan to a new calendar, then a hundred changes; returns the calendar and its number."""
    remote = server.new_calendar()
    with sessions.begin() as session:
        source = connect(
            session,
            get_district(session, "16.73"),
            remote.address,
            direction="out",
            username=server.username if server.has_accounts else None,
            password=SecretStr(server.password) if server.has_accounts else None,
        )
    context = WritingContext(desk=replace(desk(total_seconds=120), random=Random(1).random), render=render_entries)
    for what, number in (("first", TEAMS * DATES), ("changed", 100)):
        if what == "changed":
            with sessions.begin() as session:
                for visit in session.scalars(select(Visit).order_by(Visit.id).limit(number)):
                    visit.ends_at += timedelta(minutes=15)
                    visit.sequence += 1
                announce(session, "16.73", now=now)
        else:
            announce_marked(sessions, now, random=Random(1).random)
        began = time.perf_counter()
        deliver(sessions, source.id, now=now, context=context)
        seconds = time.perf_counter() - began
        with sessions() as session:
            left = states_of(session, [source.id])[source.id].pending
        told.add_row(f"{server.name}, {what}", str(number), f"{seconds:.1f}", f"{number / seconds:.0f}", str(left))
    return remote, source.id


def trials(server: RealServer, database_url: str, number: int) -> Counter[str]:
    """Random changes under random faults and restarts, as the test does, only more of them."""
    random = Random(number)
    engine = make_engine(database_url)
    office = Office(engine, sessionmaker(engine, expire_on_commit=False))
    with office.sessions.begin() as session:
        make_district(session)
    remote, uids, told = server.new_calendar(), [uuid4() for _ in range(20)], Counter[str]()
    now = datetime(2023, 11, 13, 2, tzinfo=UTC)
    with flaky_proxy(server.port) as proxy:
        office.connect(remote, remote.address.replace(f":{server.port}/", f":{proxy.port}/"))
        for trial in range(number):
            for _ in range(1 + random.randrange(4)):
                vary(office, uids[random.randrange(len(uids))], random)
            if trial % 20 == 5:
                server.restart()
            proxy.faults.append(fault(random))
            delivery = office.deliver(now + timedelta(hours=7 * trial))
            told["complete" if delivery.trouble is None else "failed"] += 1
            found = [entry.uid for entry in standing(remote)]
            told["doubled"] += len(found) - len(set(found))
        proxy.faults.clear()
        for more in range(3):
            office.deliver(now + timedelta(days=1000 + more))
        there, wanted = as_shown(standing(remote)), as_shown(office.expected())
        told["lost"] += sum(entry not in there for entry in wanted)
        told["left over"] += sum(entry not in wanted for entry in there)
        told["false conflicts"] += len(office.conflicts())
    engine.dispose()
    return told


def read_by_others(folder: Path, feed: str, remote: RemoteCalendar) -> Counter[str]:
    """What vdirsyncer copies of feed and calendar, and khal lists of the copies, in numbers of events."""
    programs = OtherPrograms(folder, feed=feed, calendar=remote)
    programs.copy()
    told = Counter[str]()
    for name in ("feed", "written"):
        listed = programs.shown(name, start="today", end="60d")
        told[name] = len(listed)
        told[f"{name}, at 08:00"] = sum(" 08:00 " in line for line in listed)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100, help="with each server; 0: none")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each kind of feed request")
    args = parser.parse_args()
    console = Console(width=110)
    # A feed shows a year and a month of the past, by the real clock.
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as name, running_postgres(Path(name) / "postgres") as database_url:
        folder = Path(name)
        engine = make_engine(database_url)
        migrate(engine)
        sessions = sessionmaker(engine, expire_on_commit=False)
        begins = now.replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=1)
        secret = fill(sessions, begins)
        path = f"/v1/feeds/{secret}.ics"
        servers = []
        for kind in SERVERS:
            (folder / kind).mkdir()
            servers.append(RealServer(kind, folder / kind))
        try:
            with running_server(database_url) as (port, _):
                lines = ask(port, path).decode().split("\r\n")
                etag = next(line[6:] for line in lines if line.lower().startswith("etag: "))
                calls = Table("feed of 500 visits", "requests/s", "p50 ms")
                for title, sent, status in (
                    ("whole", request(path), 200),
                    ("unchanged (304)", request(path, f"If-None-Match: {etag}"), 304),
                ):
                    target = Target(name=title, requests=(sent,), status=status)
                    load(port, target, 1.0)
                    found = sorted(load(port, target, args.seconds))
                    calls.add_row(title, f"{len(found) / args.seconds:.0f}", f"{found[len(found) // 2] * 1000:.1f}")
                console.print(calls)
                written = Table("written to", "entries", "seconds", "entries/s", "left")
                remotes = [write(sessions, server, now, told=written)[0] for server in servers]
                console.print(written)
                feed = f"http://127.0.0.1:{port}{path}"
                console.print(dict(read_by_others(folder, feed, remotes[0])))
            if args.trials:
                for server in servers:
                    admin = make_url(database_url).render_as_string(hide_password=False)
                    own = create_database(admin, f"trials_{server.name}")
                    own_engine = make_engine(own)
                    migrate(own_engine)
                    own_engine.dispose()
                    console.print(server.name, dict(trials(server, own, args.trials)))
        finally:
            for server in servers:
                server.kill()
            engine.dispose()


if __name__ == "__main__":
    main()
