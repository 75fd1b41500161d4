"""Measures the planning core beside its peers: instances by seeds by limits, resumable, one process a run."""

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance
from solver.contract.reading import read_instance
from solver.numeric.compilation import data_folder
from tests.benchmark import suite
from tests.benchmark.report import Row, key_of, markdown, print_tables, tables
from tests.benchmark.trial import OURS, SPREADSHEET, Measurement, Result, run, told

# What a run takes besides its limit: starting, reading, judging. Only to keep to --minutes.
OVERHEAD_SECONDS = 5.0
# A run that goes on for so long after its limit is stuck.
PATIENCE_SECONDS = 600.0
REPOSITORY = Path(__file__).parents[2]
# What lies between these on a page is written anew by --markdown.
BEGIN, END = "<!-- benchmark -->", "<!-- end of benchmark -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How long and how often instances of up to so many sites are planned unless told otherwise."""

    most_sites: float
    seconds: float
    seeds: int


# The limits are those by which the promises are written, the seeds what fits into half an hour.
ALLOWANCES = (
    Allowance(most_sites=60, seconds=10, seeds=3),
    Allowance(most_sites=300, seconds=60, seeds=2),
    Allowance(most_sites=2000, seconds=120, seeds=1),
    Allowance(most_sites=math.inf, seconds=60, seeds=1),
)
# What route optimisers can plan too is easier, so that everybody gets less time.
COMPARABLE_ALLOWANCES = (
    Allowance(most_sites=300, seconds=10, seeds=3),
    Allowance(most_sites=math.inf, seconds=30, seeds=2),
)
# Public instances with a known best score are measured at two limits, and for luck over more seeds.
PUBLIC_ALLOWANCES = (
    Allowance(most_sites=math.inf, seconds=10, seeds=5),
    Allowance(most_sites=math.inf, seconds=60, seeds=5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a benchmark keeps what it needs and finds."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results.csv"

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    def curve(self, trial: Measurement) -> Path:
        return self.folder / "curves" / ("_".join(trial.key) + ".json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs that the results do not hold yet, then print, write and draw what they say."""
    chosen = _parser().parse_args(arguments)
    if chosen.trial:
        sys.stdout.write(told(*run(_trial_from(chosen.trial))) + "\n")
        return 0
    place = Place(folder=chosen.output)
    try:
        if chosen.referee is not None and not chosen.referee.is_file():
            raise FileNotFoundError(f"there is no referee {chosen.referee}: give its file, or leave it out")
        paths = _instance_files(chosen.instances, place)
        trials = _trials(paths, chosen)
        known = {key_of(row) for row in read_results(place.results)}
        if chosen.markdown is not None and chosen.markdown.exists():
            _around_tables(chosen.markdown)
    except (OSError, InvalidInstance, ValueError) as exc:
        sys.stderr.write(f"cannot begin: {exc}\n")
        return 2
    waiting = [trial for trial in trials if trial.key not in known]
    failed = 0
    if waiting and not chosen.report_only:
        try:
            failed = _run_all(waiting, place, deadline=time.monotonic() + 60 * chosen.minutes)
        except KeyboardInterrupt:
            sys.stderr.write("interrupted; the next call goes on from here\n")
    asked = {trial.key for trial in trials}
    rows = [row for row in read_results(place.results) if key_of(row) in asked]
    _report(rows, place, chosen.markdown)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument(
        "--instances",
        nargs="+",
        default=["districts", "cores"],
        metavar="SET|DIR",
        help=f"folders of contract files, or sets of our own (./NAME is a folder): {', '.join(suite.SETS)}",
    )
    parser.add_argument("--only", type=_names, metavar="NAME,…", help="take only the instances of these names")
    parser.add_argument("--methods", type=_names, metavar="NAME,…", help="ours, spreadsheet, ortools, pyvrp, vroom")
    parser.add_argument("--seeds", type=_whole_numbers, metavar="N,N,…", help="default: by size")
    parser.add_argument("--time-limits", type=_seconds, metavar="S,S,…", help="seconds; default: by size")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--minutes", type=float, default=math.inf, metavar="M", help="begin no run that ends later")
    parser.add_argument("-o", "--output", type=Path, default=data_folder() / "benchmark", metavar="DIR")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables into that page")
    parser.add_argument(
        "--referee", type=Path, metavar="FILE", help="the contract's referee in Python, to judge every plan once more"
    )
    parser.add_argument("--report-only", action="store_true", help="make no run; print and draw what is there")
    parser.add_argument("--trial", metavar="JSON", help=argparse.SUPPRESS)
    return parser


def _names(text: str) -> list[str]:
    return text.split(",")


def _whole_numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _seconds(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _instance_files(chosen: Iterable[str], place: Place) -> list[Path]:
    """Return the files of all folders and sets, writing a set that is not there yet; raises `OSError`."""
    found: list[Path] = []
    for name in chosen:
        folder = Path(name)
        if name in suite.SETS:
            folder = place.folder / "instances" / name
            if not folder.is_dir():
                draft = folder.with_name(f"{name}.part")
                draft.mkdir(parents=True, exist_ok=True)
                suite.SETS[name](draft)
                draft.rename(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"{name} is neither one of the sets {', '.join(suite.SETS)} nor a folder")
        files = sorted(path for path in folder.iterdir() if path.name.endswith((".json", ".json.gz")))
        if not files:
            raise FileNotFoundError(f"no instance in {folder}: give a folder with .json or .json.gz files")
        found += files
    return found


def _trials(paths: Sequence[Path], chosen: argparse.Namespace) -> list[Measurement]:
    """Return all runs in the order in which they are made.

    Raises `InvalidInstance`, `OSError`, and `ValueError` for two instances of one name.

    First everything once, then further seeds of what is cheap, so that a run that is cut short says something of all;
    the methods of an instance follow each other, so that what a busy machine does to one it does to all.
    """
    ordered = []
    named: dict[str, Path] = {}
    for path in paths:
        name = path.name.partition(".")[0]
        if chosen.only and name not in chosen.only:
            continue
        if named.setdefault(name, path) != path:
            raise ValueError(f"{named[name]} and {path} have the same name: rename one of them")
        for method, limit, seeds in _plans(name, read_instance(path), chosen):
            for round_number, seed in enumerate(seeds, 1):
                trial = Measurement(
                    path=path.resolve(),
                    method=method,
                    seed=seed,
                    limit=limit,
                    threads=chosen.threads,
                    referee=chosen.referee and chosen.referee.resolve(),
                )
                ordered.append((round_number > 1, round_number * limit, name, round_number, trial))
    ordered.sort(key=lambda entry: entry[:4])
    return [trial for *_, trial in ordered]


def _plans(name: str, instance: Instance, chosen: argparse.Namespace) -> list[tuple[str, float, list[int]]]:
    """Return methods with a limit in seconds and seeds, as they suit the instance."""
    sites, peers = len(instance.sites), list[str]()
    comparable = all(site.fixed_minutes is not None for site in instance.sites) and suite.is_comparable(instance)
    efforts = [next(effort for effort in ALLOWANCES if sites <= effort.most_sites)]
    if comparable:
        peers = list(suite.installed_peers())
        beside = next(effort for effort in COMPARABLE_ALLOWANCES if sites <= effort.most_sites)
        efforts = list(PUBLIC_ALLOWANCES) if name in suite.BEST_KNOWN else [beside]
    found = [(SPREADSHEET, 0.0, [0])]
    for effort in efforts:
        found.append((OURS, effort.seconds, list(range(1, effort.seeds + 1))))
    found += [(peer, beside.seconds, list(range(1, beside.seeds + 1))) for peer in peers]
    if chosen.seeds:
        found = [(method, limit, chosen.seeds if limit else seeds) for method, limit, seeds in found]
    if chosen.time_limits:
        others = {method: seeds for method, limit, seeds in found if limit}
        found = found[:1] + [(method, limit, seeds) for method, seeds in others.items() for limit in chosen.time_limits]
    return [entry for entry in found if not chosen.methods or entry[0] in chosen.methods]


def _run_all(trials: Sequence[Measurement], place: Place, *, deadline: float) -> int:
    """Run every trial in a process of its own and write its row at once; returns how many failed."""
    failed = left = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("compiling", total=len(trials))
        warm = False
        for trial in trials:
            if time.monotonic() + trial.limit + OVERHEAD_SECONDS <= deadline:
                if not warm:
                    subprocess.run([sys.executable, "-m", "solver", "warm"], check=True)
                    warm = True
                bar.update(task, description=f"{trial.instance} {trial.method} {trial.limit:g} s, seed {trial.seed}")
                fault = _run_apart(trial, place)
                failed += fault is not None
                if fault is not None:
                    bar.console.print(f"{trial.instance} {trial.method} failed: {fault[-500:]}")
            else:
                left += 1
            bar.advance(task)
    if left:
        sys.stderr.write(f"the time is up; {left} runs are left for another call\n")
    return failed


def _write_page(page: Path, text: str) -> None:
    """Write a new page, or the part of an old one between the marks; raises `FileExistsError` if it has none."""
    if page.exists():
        before, after = _around_tables(page)
        text = f"{before}{BEGIN}\n\n{text}\n{END}{after}"
    page.write_text(text, encoding="utf-8")


def _around_tables(page: Path) -> tuple[str, str]:
    """Return what stands before and after the place for tables; raises `FileExistsError` if there is none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise FileExistsError(f"{page} has no place for tables: put {BEGIN} and {END} where they belong")
    return before, after


def _run_apart(trial: Measurement, place: Place) -> str | None:
    """Make a run in a fresh process and keep what it tells; returns what went wrong."""
    spoken = _spoken(trial)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmark", "--trial", spoken],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
            timeout=trial.limit + PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no end {PATIENCE_SECONDS:g} s after its limit"
    if done.returncode != 0:
        return done.stderr.strip()
    heard = json.loads(done.stdout.splitlines()[-1])
    curve = place.curve(trial)
    curve.parent.mkdir(parents=True, exist_ok=True)
    curve.write_text(json.dumps(heard["curve"]), encoding="utf-8")
    _append(place.results, Result(**heard["result"]))
    return None


def _spoken(trial: Measurement) -> str:
    return json.dumps(asdict(trial), default=str)


def _trial_from(spoken: str) -> Measurement:
    heard = json.loads(spoken)
    referee = heard["referee"] and Path(heard["referee"])
    return Measurement(**(heard | {"path": Path(heard["path"]), "referee": referee}))


def _append(results: Path, result: Result) -> None:
    fresh = not results.exists()
    with results.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=[field.name for field in fields(Result)])
        if fresh:
            writer.writeheader()
        writer.writerow(asdict(result))


def read_results(results: Path) -> list[Row]:
    """Return the rows of a results file, none if there is none yet; raises `ValueError` for strange columns."""
    if not results.exists():
        return []
    with results.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    if reader.fieldnames != [field.name for field in fields(Result)]:
        raise ValueError(f"{results} has other columns than today's: delete it, or give another folder with --output")
    return rows


def _report(rows: Sequence[Row], place: Place, page: Path | None) -> None:
    found = tables(rows, best_known=suite.BEST_KNOWN)
    print_tables(found)
    if page is not None:
        _write_page(page, markdown(found, rows))
    try:
        # Drawing needs a library that only measuring installs.
        from tests.benchmark.pictures import draw
    except ImportError as exc:
        sys.stderr.write(f"no pictures are drawn: {exc}\n")
        return
    curves = {key_of(row): place.folder / "curves" / ("_".join(key_of(row)) + ".json") for row in rows}
    draw(rows, curves, place.pictures)
