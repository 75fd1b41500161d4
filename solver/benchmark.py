"""Measures the planning core beside the spreadsheet way: instances by seeds by limits, resumable, one process a run."""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from solver.instance import read_instance

OURS, SPREADSHEET = "ours", "spreadsheet"
# Beside the repository, where the planning contract lies for those who have it.
CONTRACT = Path(os.environ.get("JEMPUT_CONTRACT_DIR", "../shared/contract")) / "instances"
KIBIBYTES_PER_MEGABYTE = 1000
WIDTH = 120  # of the table where the output is no terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run; `gap_percent` is the distance to the bound as part of the bound, empty for the spreadsheet."""

    instance: str
    method: str
    seed: int
    limit: float
    value: float
    bound: float | None
    gap_percent: float | None
    activations: int
    seconds: float
    first_plan_seconds: float
    peak_megabytes: int
    iterations: int | None
    stop_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A run to be made."""

    path: Path
    method: str
    seed: int
    limit: float

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.path.name, self.method, str(self.seed), str(self.limit)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs that the results file does not hold yet, then print its table."""
    chosen = _parser().parse_args(arguments)
    if chosen.trial:
        path, method, seed, limit = chosen.trial
        trial = Trial(path=Path(path), method=method, seed=int(seed), limit=float(limit))
        sys.stdout.write(json.dumps(asdict(run(trial, threads=chosen.threads))) + "\n")
        return 0
    paths = sorted(path for path in chosen.instances.glob("*.json*") if path.is_file())
    if not paths:
        sys.stderr.write(f"no instance in {chosen.instances}: give their folder with --instances\n")
        return 2
    done = _read(chosen.output)
    known = {(row["instance"], row["method"], row["seed"], row["limit"]) for row in done}
    waiting = [trial for trial in _trials(paths, chosen.seeds, chosen.time_limits) if trial.key not in known]
    failed = _run_all(waiting, chosen.output, threads=chosen.threads)
    _print(_read(chosen.output))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m solver benchmark", description=__doc__)
    parser.add_argument("--instances", type=Path, default=CONTRACT, metavar="DIR", help="folder of instance files")
    parser.add_argument("--seeds", type=_whole_numbers, default=[1, 2, 3], metavar="N,N,...")
    parser.add_argument("--time-limits", type=_seconds, default=[10.0], metavar="S,S,...", help="seconds")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=Path(".data/benchmark.csv"), metavar="CSV")
    parser.add_argument("--trial", nargs=4, metavar=("PATH", "METHOD", "SEED", "LIMIT"), help=argparse.SUPPRESS)
    return parser


def _whole_numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _seconds(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def run(trial: Trial, *, threads: int = 2) -> Result:
    """Make one run in this process, whose peak memory is then that of the run."""
    from solver.arrays import build_arrays
    from solver.plan import Plan
    from solver.solve import Limits, compile_kernels, solve, visits_of
    from solver.spreadsheet import plan_by_hand
    from solver.verify import verify

    instance = read_instance(trial.path)
    compile_kernels()
    began = time.perf_counter()
    if trial.method == SPREADSHEET:
        rows, _ = plan_by_hand(build_arrays(instance))
        plan = Plan(visits=tuple(visits_of(instance, rows)))
        seconds = first_plan_seconds = time.perf_counter() - began
        verdict = verify(instance, plan)
    else:
        solution = solve(instance, Limits(time_seconds=trial.limit, threads=threads), seed=trial.seed)
        plan, verdict = solution.plan, solution.verdict
        seconds, first_plan_seconds = solution.seconds, solution.first_plan_seconds
    if not verdict.feasible:
        raise RuntimeError(f"{trial.path.name}, {trial.method}: {verdict.violations[0].message}")
    bound, value = plan.bound_milli, verdict.value_milli
    return Result(
        instance=trial.path.name,
        method=trial.method,
        seed=trial.seed,
        limit=trial.limit,
        value=value / 1000,
        bound=None if bound is None else bound / 1000,
        gap_percent=None if bound is None else round(100 * (bound - value) / max(1, abs(bound)), 3),
        activations=verdict.activations,
        seconds=round(seconds, 2),
        first_plan_seconds=round(first_plan_seconds, 3),
        peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIBIBYTES_PER_MEGABYTE,
        iterations=plan.iterations,
        stop_reason=plan.stop_reason.value if plan.stop_reason else "",
    )


def _trials(paths: Sequence[Path], seeds: Sequence[int], limits: Sequence[float]) -> list[Trial]:
    found = []
    for path in paths:
        found.append(Trial(path=path, method=SPREADSHEET, seed=0, limit=0.0))
        found += [Trial(path=path, method=OURS, seed=seed, limit=limit) for limit in limits for seed in seeds]
    return found


def _run_all(trials: Sequence[Trial], output: Path, *, threads: int) -> int:
    """Run every trial in a process of its own and write its row at once; returns how many failed."""
    failed = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("benchmark", total=len(trials))
        for trial in trials:
            bar.update(task, description=f"{trial.path.name} {trial.method} {trial.limit:g} s, seed {trial.seed}")
            options = ["--trial", str(trial.path), trial.method, str(trial.seed), str(trial.limit)]
            done = subprocess.run(
                [sys.executable, "-m", "solver", "benchmark", "--threads", str(threads), *options],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                _append(output, Result(**json.loads(done.stdout.splitlines()[-1])))
            else:
                failed += 1
                bar.console.print(f"{trial.path.name} {trial.method} failed: {done.stderr.strip()[-500:]}")
            bar.advance(task)
    return failed


def _append(output: Path, result: Result) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = not output.exists()
    with output.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=[field.name for field in fields(Result)])
        if fresh:
            writer.writeheader()
        writer.writerow(asdict(result))


def _read(output: Path) -> list[dict[str, str]]:
    if not output.exists():
        return []
    with output.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _print(rows: Sequence[dict[str, str]]) -> None:
    """Print a line per instance, method and limit: medians over the seeds."""
    table = Table(title="medians over the seeds")
    for name in ("instance", "method", "limit s", "value", "bound", "gap %", "activations", "s", "first s", "MB"):
        table.add_column(name, justify="left" if name in ("instance", "method") else "right")
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["instance"], row["method"], row["limit"]), []).append(row)
    for (instance, method, limit), found in sorted(groups.items()):
        table.add_row(
            instance,
            method,
            f"{float(limit):g}" if method == OURS else "",
            *(
                _median(found, column, form)
                for column, form in (
                    ("value", ",.0f"),
                    ("bound", ",.0f"),
                    ("gap_percent", ".2f"),
                    ("activations", ",.0f"),
                    ("seconds", ".1f"),
                    ("first_plan_seconds", ".2f"),
                    ("peak_megabytes", ".0f"),
                )
            ),
        )
    console = Console()
    console.width = console.width if console.is_terminal else WIDTH
    console.print(table)


def _median(rows: Sequence[dict[str, str]], column: str, form: str) -> str:
    numbers = [float(row[column]) for row in rows if row[column] != ""]
    return format(median(numbers), form) if numbers else ""
