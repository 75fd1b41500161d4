"""Times offers, places and boards, laid out here and asked of the process that stays.

`python -m tests.benchmark.placing [INSTANCE …]`"""

import argparse
import asyncio
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median

from app.schedules.questions.resident import Resident
from app.schedules.questions.turns import Asker, PlanFiles
from app.schedules.runs.process import SolverCommand
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import read_instance
from solver.contract.verify import verify
from solver.questions.placing import Board, Posed
from solver.solve import solve
from solver.stopping import Limits
from solver.terminal.resident import answer_of
from tests.benchmark.districts import SIZES, district

SEED = 1
WISHED_DATES = 5
PROMISED_CELLS = 24 * 22


def main() -> int:
    """Print a row for each instance and question."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.placing", description=__doc__)
    parser.add_argument("instances", nargs="*", type=Path, metavar="INSTANCE", help="planning files; else ours")
    parser.add_argument("--seconds", type=float, default=20.0, help="of planning before the questions")
    parser.add_argument("--requests", type=int, default=40, help="of each kind")
    chosen = parser.parse_args()
    say("| Instance | Question | median (ms) | p95 | max | answers |")
    say("|---|---|---|---|---|---|")
    for instance in map(read_instance, chosen.instances) if chosen.instances else ours():
        plan = solve(instance, Limits(time_seconds=chosen.seconds, threads=2), seed=SEED).plan
        measure(instance, plan, requests=chosen.requests)
        asyncio.run(ask_the_process(instance, plan, requests=chosen.requests))
    return 0


def ours() -> Iterator[Instance]:
    """Yield our own districts of the two sizes that limits are promised for."""
    yield district("city", SIZES["m"], seed=SEED, closable=False, name="city-m")
    yield district("countryside", SIZES["l"], seed=SEED, closable=False, name="countryside-l")


def measure(instance: Instance, plan: Plan, *, requests: int) -> None:
    """Ask random questions about a plan and print how long the answers took."""
    random = Random(SEED)
    began = time.process_time()
    posed = Posed(instance)
    posing = time.process_time() - began
    began = time.process_time()
    board = Board(posed, plan.visits, rows=plan.rows)
    laying = time.process_time() - began
    board.offers(instance.sites[0].id)
    size = f"{instance.name}: {len(instance.sites)} × {len(instance.teams)} × {len(instance.dates)}"
    say(f"| {size} | CPU: pose once | {1000 * posing:.0f} | | | |")
    say(f"| | CPU: lay a plan out | {1000 * laying:.0f} | | | |")
    began = time.process_time()
    verify(instance, plan)
    say(f"| | CPU: verify once | {1000 * (time.process_time() - began):.0f} | | | |")
    visited = sorted({visit.site for visit in plan.visits})
    others = [site.id for site in instance.sites if site.id not in visited and site.people] or visited

    def days() -> list[str]:
        return [day.isoformat() for day in random.sample(instance.dates, min(WISHED_DATES, len(instance.dates)))]

    def new_site() -> dict[str, object]:
        return {"question": "offers", "site": random.choice(others), "dates": days()}

    def anywhere() -> dict[str, object]:
        return {"question": "offers", "site": random.choice(others)}

    def one_cell() -> dict[str, object]:
        visit = random.choice(plan.visits)
        team, day = random.choice(instance.teams).id, random.choice(instance.dates).isoformat()
        return {"question": "place", "site": visit.site, "visit": visit.to_json(), "to_team": team, "to_date": day}

    def whole_board() -> dict[str, object]:
        visit = random.choice(plan.visits)
        return {"question": "cells", "site": visit.site, "visit": visit.to_json()}

    kinds: tuple[tuple[str, Callable[[], dict[str, object]], str], ...] = (
        (f"offers on {WISHED_DATES} dates", new_site, "offers"),
        ("offers on the next 15 dates", anywhere, "offers"),
        ("place one visit", one_cell, "options"),
        ("cells of the whole board", whole_board, "cells"),
    )
    for name, ask, entry in kinds:
        ask_often(board, name, ask, entry, requests)
    cells = len(instance.teams) * len(instance.dates)
    say(f"| | (the whole board: {cells} cells; what is promised is for {PROMISED_CELLS}) | | | | |")


def ask_often(board: Board, name: str, ask: Callable[[], dict[str, object]], entry: str, requests: int) -> None:
    """Print a row for one kind of question, answers as JSON lines included."""
    took, answers = [], 0
    for _ in range(requests):
        question = ask()
        began = time.process_time()
        found = answer_of(board, question)
        json.dumps(found, ensure_ascii=False)
        took.append(time.process_time() - began)
        answers += len(found[entry])
    say_times(f"CPU: {name}", took, answers=answers / requests)


async def ask_the_process(instance: Instance, plan: Plan, *, requests: int) -> None:
    """Print how long whoever asks waits: for the first answer, for those about a new instance, for all others."""
    random, document = Random(SEED), instance.to_json()
    content = json.dumps(plan.to_json()).encode()
    asker = Asker(district_code="16.73", token_id=None)
    cold: list[float] = []
    fresh: list[float] = []
    warm: list[float] = []
    memory = 0
    with tempfile.TemporaryDirectory() as folder:
        resident = Resident(SolverCommand(scratch_dir=Path(folder)))
        try:
            for number in range(requests):
                # Every request of a day is about another instance: that day's facts are in it.
                named = json.dumps(document | {"name": f"asked {number // 4}"}).encode()
                files = PlanFiles(instance=gzip.compress(named, mtime=0), plan=content)
                dates = random.sample(instance.dates, min(WISHED_DATES, len(instance.dates)))
                began = time.perf_counter()
                await resident.offers(files, asker=asker, site=random.choice(instance.sites).id, dates=dates)
                took = time.perf_counter() - began
                (warm if number % 4 else fresh if number else cold).append(took)
                memory = max(memory, resident.memory_bytes)
        finally:
            resident.end()
    say_times("wall: first offers of the process", cold)
    say_times("wall: offers about an instance not seen before", fresh)
    say_times("wall: offers about the same again", warm)
    say(f"| | memory of the process | {memory / 1e6:.0f} MB | | | |")


def say_times(name: str, took: list[float], *, answers: float | None = None) -> None:
    """Print a row of seconds in milliseconds."""
    shown = sorted(1000 * seconds for seconds in took)
    p95 = shown[min(len(shown) - 1, int(0.95 * len(shown)))]
    count = "" if answers is None else f"{answers:.1f}"
    say(f"| | {name} | {median(shown):.0f} | {p95:.0f} | {shown[-1]:.0f} | {count} |")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
