"""Times what a whole plan is asked for: the reasons of all its sites, and a re-planning after a team fell ill.

`python -m tests.benchmark.reasons [INSTANCE …]` prints processor seconds of the commands that workers start."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import read_instance
from solver.solve import solve
from solver.stopping import Limits
from tests.benchmark.placing import SEED, ours, say

STEPS = 1_000


def main() -> int:
    """Print a row for each instance."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.reasons", description=__doc__)
    parser.add_argument("instances", nargs="*", type=Path, metavar="INSTANCE", help="planning files; else ours")
    parser.add_argument("--seconds", type=float, default=20.0, help="of planning before the questions")
    chosen = parser.parse_args()
    say(f"| Instance | sites left out | reasons: CPU s | wait s | sick team, {STEPS} steps: CPU s | wait s |")
    say("|---|---|---|---|---|---|")
    for instance in map(read_instance, chosen.instances) if chosen.instances else map(scarce, ours()):
        plan = solve(instance, Limits(time_seconds=chosen.seconds, threads=2), seed=SEED).plan
        with tempfile.TemporaryDirectory() as folder:
            reasons = reasons_of(instance, plan, Path(folder))
            again = replan_without(instance.teams[0].id, instance, plan, Path(folder))
        size = f"{instance.name}: {len(instance.sites)} × {len(instance.teams)} × {len(instance.dates)}"
        left = len(instance.sites) - len({visit.site for visit in plan.visits})
        say(f"| {size} | {left} | {reasons[0]:.1f} | {reasons[1]:.1f} | {again[0]:.1f} | {again[1]:.1f} |")
    return 0


def scarce(instance: Instance) -> Instance:
    """The district with a third of its teams: where all sites are visited nothing has to be explained."""
    return replace(instance, teams=instance.teams[::3])


def reasons_of(instance: Instance, plan: Plan, folder: Path) -> tuple[float, float]:
    """Seconds of processor and of waiting for why every site is in the plan or not."""
    problem = written(folder / "instance.json", instance.to_json())
    made = written(folder / "plan.json", plan.to_json())
    return timed(["explain", str(problem), str(made), "--json", "--threads", "1"])


def replan_without(team: str, instance: Instance, plan: Plan, folder: Path) -> tuple[float, float]:
    """The same for a re-planning of a plan whose team cannot go on any date."""
    teams = tuple(
        replace(one, work_dates=(False,) * len(instance.dates)) if one.id == team else one for one in instance.teams
    )
    changed = replace(instance, teams=teams, published=plan.visits)
    problem = written(folder / "sick.json", changed.to_json())
    return timed(["replan", str(problem), "-o", str(folder / "again.json"), "--iterations", str(STEPS)])


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def timed(words: Sequence[str]) -> tuple[float, float]:
    """Run a command of the planning core twice, the first time to have compiled what it needs."""
    for _ in range(2):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-m", "solver", *words], check=True, stdout=subprocess.DEVNULL)
        after, waited = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, waited


if __name__ == "__main__":
    sys.exit(main())
