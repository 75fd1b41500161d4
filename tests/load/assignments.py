"""Measures a coordinator's day under load: requests per second and latency beside a static answer of the same
server, in turns within one run, idle and while a large plan is being solved on the same machine."""

import argparse
import csv
import json
import logging
import multiprocessing
import multiprocessing.connection
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import uvicorn
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.database import make_engine, migrate
from app.embedded_postgres import running_postgres
from app.main import create_app
from app.observability import configure_logging
from app.settings import Settings
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

DISTRICT = "16.73"
TEAMS, DATES, STOPS, SITES = 20, 20, 3, 300
FIRST_DATE = date(2023, 11, 1)
EIGHT = datetime(2023, 11, 1, 1, tzinfo=UTC)
CONNECTIONS = 16
CONDITIONS = ("idle", "solving")
SOLVER_NICENESS = 10
"""As of the solver processes that a worker starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One kind of call: the requests to send in turn, and the status every answer must have."""

    name: str
    requests: tuple[bytes, ...]
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of one target measured; latencies in milliseconds."""

    condition: str
    target: str
    number: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    server_cpu_us: float
    """CPU time of the server process per request, in microseconds; the database's is not in it."""


def fill(database_url: str) -> list[str]:
    """A published plan of every team, date and stop; returns the secrets of the teams' coordinators."""
    engine = make_engine(database_url)
    migrate(engine)
    secrets = []
    with Session(engine) as session, session.begin():
        make_district(session, DISTRICT)
        sites = [make_site(session, contact_name="Bagian Umum", contact_phone="0733-000000") for _ in range(SITES)]
        schedule = make_schedule(session)
        for number in range(TEAMS):
            team = make_team(session, code=f"TIM-{number + 1}", kits=["satellite"])
            for day in range(DATES):
                for stop in range(STOPS):
                    site = sites[(number * DATES * STOPS + day * STOPS + stop) % SITES]
                    starts_at = EIGHT + timedelta(days=day, hours=3 * stop)
                    make_visit(session, schedule, team, site, starts_at=starts_at, stop_index=stop)
            now = datetime.now(UTC)
            _, secret = access.issue_token(session, Role.COORDINATOR, now=now, district_code=DISTRICT, team_id=team.id)
            secrets.append(secret)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return secrets


def serve(database_url: str, told: multiprocessing.connection.Connection) -> None:
    """The server process: one uvicorn as `jemput serve` runs it, its log lines written to nowhere."""
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 it lives as long as the process
    configure_logging("INFO", json_lines=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is: 40 ms an answer otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    told.send(listener.getsockname()[1])
    api = create_app(Settings(), make_engine(database_url))
    uvicorn.Server(uvicorn.Config(api, log_config=None)).run(sockets=[listener])


@contextmanager
def running_server(database_url: str) -> Iterator[tuple[int, int]]:
    """Port and process id of a server that answers."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(database_url, theirs), daemon=True)
    process.start()
    try:
        port = ours.recv()
        assert process.pid is not None
        yield port, process.pid
    finally:
        process.terminate()
        process.join()


class Client:
    """One kept-alive connection that always has one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.seen = b""
        self.began = 0.0

    def send(self, request: bytes) -> None:
        self.seen = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status once the whole answer is here, else None."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.seen += part
        head, found, body = self.seen.partition(b"\r\n\r\n")
        if not found:
            return None
        at = head.lower().find(b"content-length: ")
        length = 0 if at < 0 else int(head[at + 16 :].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(body) >= length else None


def load(port: int, target: Target, seconds: float) -> list[float]:
    """Latencies in seconds of all that was answered in so many seconds, each connection asking without pause."""
    clients = [Client(port) for _ in range(CONNECTIONS)]
    turns = 0
    latencies = []
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(target.requests[turns % len(target.requests)])
            turns += 1
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            for key, _ in selector.select(timeout=1):
                client = key.data
                status = client.receive()
                if status is None:
                    continue
                if status != target.status:
                    raise AssertionError(f"{target.name}: status {status} instead of {target.status}")
                latencies.append(time.perf_counter() - client.began)
                client.send(target.requests[turns % len(target.requests)])
                turns += 1
    for client in clients:
        client.socket.close()
    return latencies


def cpu_seconds(process_id: int) -> float:
    """CPU time a process has used, where the system tells (Linux); else nan."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(
    port: int, process_id: int, targets: Sequence[Target], condition: str, args: argparse.Namespace
) -> list[Round]:
    rounds = []
    for number in range(1, args.rounds + 1):
        for target in targets:
            before = cpu_seconds(process_id)
            latencies = sorted(load(port, target, args.seconds))
            cpu = cpu_seconds(process_id) - before
            rounds.append(
                Round(
                    condition=condition,
                    target=target.name,
                    number=number,
                    requests_per_second=len(latencies) / args.seconds,
                    p50_ms=latencies[len(latencies) // 2] * 1000,
                    p99_ms=latencies[len(latencies) * 99 // 100] * 1000,
                    worst_ms=latencies[-1] * 1000,
                    server_cpu_us=cpu / len(latencies) * 1e6,
                )
            )
    return rounds


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def ask(port: int, path: str, *headers: str) -> bytes:
    """The head of one answer."""
    client = Client(port)
    client.send(request(path, *headers))
    while client.receive() is None:
        pass
    head = client.seen.partition(b"\r\n\r\n")[0]
    client.socket.close()
    return head


def make_targets(port: int, secrets: Sequence[str]) -> list[Target]:
    full, known = [], []
    for secret in secrets:
        for day in range(DATES):
            path = f"/v1/assignments?date={FIRST_DATE + timedelta(days=day)}"
            bearer = f"Authorization: Bearer {secret}"
            full.append(request(path, bearer))
            if day == 0:
                lines = ask(port, path, bearer).decode().split("\r\n")
                etag = next(line[6:] for line in lines if line.lower().startswith("etag: "))
                known.append(request(path, bearer, f"If-None-Match: {etag}"))
    return [
        Target(name="static answer", requests=(request("/health/live"),), status=200),
        Target(name="assignments", requests=tuple(full), status=200),
        Target(name="assignments, unchanged", requests=tuple(known), status=304),
        Target(name="database answers", requests=(request("/health/ready"),), status=200),
    ]


def large_instance() -> dict[str, Any]:
    """A district of 1,000 sites, 20 teams and 20 dates in the planning file format, always the same."""
    random = Random(1)
    dates = "1" * DATES
    return {
        "format": "outreach-1",
        "name": "a large district",
        "dates": [(FIRST_DATE + timedelta(days=day)).isoformat() for day in range(DATES)],
        "slot_minutes": 15,
        "target": {"gap": 100_000, "walk_ins_per_day": 0},
        "connectivity": {
            "throughput_percent": [0, 40, 70, 90, 100],
            "success_percent": [0, 80, 90, 95, 100],
            "satellite_level": 3,
        },
        "travel": {"detour": 1.3, "kmh": 30, "overrides": []},
        "areas": [{"id": f"A{n}", "name": f"Area {n}", "min_activations": 100} for n in range(10)],
        "sites": [
            {
                "id": f"S{n}",
                "name": f"Site {n}",
                "kind": "agency",
                "area": f"A{n % 10}",
                "lat": -3.3 + random.uniform(-0.2, 0.2),
                "lon": 102.9 + random.uniform(-0.2, 0.2),
                "people": random.randint(20, 600),
                "connectivity": random.randint(1, 4),
                "dates": dates,
                "windows": [[480, 720], [780, 930]],
                "setup_minutes": 30,
                "fixed_minutes": None,
                "must": n % 100 == 0,
                "max_visit_dates": 2,
                "min_gap_days": 5,
                "max_teams": 2,
            }
            for n in range(1_000)
        ],
        "teams": [
            {
                "id": f"T{n}",
                "operators": 3,
                "minutes_per_activation": 8,
                "lat": -3.3,
                "lon": 102.9,
                "dates": dates,
                "shift": [450, 960],
                "satellite": n % 4 == 0,
                "max_stops": 4,
            }
            for n in range(TEAMS)
        ],
        "costs": {"per_km": 3_000, "per_team_day": 300_000, "budget": None},
        "weights": {
            "must": 10**9,
            "pin": 10**9,
            "shortfall": 1_000,
            "area_shortfall": 100,
            "per_million_cost": 10,
            "late": 1,
            "moved": 0,
        },
        "pinned": [],
        "published": [],
    }


@contextmanager
def solving(threads: int) -> Iterator[None]:
    """A solve beside us for as long as we measure, as polite as a worker's."""
    with tempfile.TemporaryDirectory() as folder:
        instance, told = Path(folder) / "instance.json", Path(folder) / "told"
        instance.write_text(json.dumps(large_instance()), encoding="utf-8")
        command = [sys.executable, "-m", "solver", "solve", str(instance), "-o", f"{folder}/plan.json"]
        with told.open("wb") as words:
            process = subprocess.Popen(
                [*command, "--time-limit", "3600", "--threads", str(threads)], stdout=words, stderr=words
            )
        os.setpriority(os.PRIO_PROCESS, process.pid, SOLVER_NICENESS)
        time.sleep(10)  # past starting and reading, into the search
        if process.poll() is not None:
            raise SystemExit(f"The solve beside ended at once: {told.read_text(errors='replace')}")
        try:
            yield
        finally:
            process.kill()
            process.wait()


def show(rounds: Sequence[Round]) -> None:
    table = Table("condition", "call", "requests/s", "of static", "p50 ms", "p99 ms", "worst ms", "server CPU µs")
    for condition in CONDITIONS:
        static = 0.0
        for name in dict.fromkeys(one.target for one in rounds):
            mine = [one for one in rounds if (one.condition, one.target) == (condition, name)]
            if not mine:
                continue
            middle = [
                statistics.median(getattr(one, field) for one in mine)
                for field in ("requests_per_second", "p50_ms", "p99_ms", "worst_ms", "server_cpu_us")
            ]
            static = static or middle[0]
            figures = [f"{middle[0]:.0f}", f"{middle[0] / static:.2f}", *(f"{value:.1f}" for value in middle[1:4])]
            table.add_row(condition, name, *figures, f"{middle[4]:.0f}")
    Console(width=110).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round of each call")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of the solve beside; 0: no solve")
    parser.add_argument("--csv", type=Path, default=Path(".data/bench/assignments.csv"), help="where all rounds go")
    args = parser.parse_args()
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as database_url:
        secrets = fill(database_url)
        with running_server(database_url) as (port, process_id):
            targets = make_targets(port, secrets)
            for target in targets:
                load(port, target, 1.0)
            rounds += measure(port, process_id, targets, "idle", args)
            if args.threads > 0:
                with solving(args.threads):
                    rounds += measure(port, process_id, targets, "solving", args)
    args.csv.parent.mkdir(parents=True, exist_ok=True)
    with args.csv.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Round.__slots__)
        writer.writerows([getattr(one, name) for name in Round.__slots__] for one in rounds)
    show(rounds)


if __name__ == "__main__":
    main()
