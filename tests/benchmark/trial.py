"""One run of a benchmark, in a process of its own: what was reached when, and what it took."""

import gzip
import importlib.util
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress
from solver.contract.reading import read_instance
from solver.contract.verify import Recount, verify
from solver.numeric.arrays import build_arrays
from solver.numeric.rows import visits_of
from solver.solve import compile_kernels, solve
from solver.stopping import Limits
from tests.benchmark.peers import peer_plan, peer_version
from tests.benchmark.spreadsheet import plan_by_hand

OURS, SPREADSHEET = "ours", "spreadsheet"
# A run has come near to its final value when all but this part of it is there.
NEAR = 0.01
MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A run to be made; the limit is in seconds, 0 where the method knows none."""

    path: Path
    method: str
    seed: int
    limit: float
    threads: int
    referee: Path | None = None
    """The file of the contract's referee, which then judges the plan too."""

    @property
    def instance(self) -> str:
        return self.path.name.partition(".")[0]

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.instance, self.method, str(self.seed), f"{self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One finished run, as the results file has it; values and bounds in activations.

    `gap_percent` is the distance to the bound as part of the bound. `seconds` begin when the checked instance is at
    hand and the code is compiled. `peak_megabytes` is the most that the process ever held, interpreter and libraries
    included. `load` is what the machine was busy with on average in the minute before. `steady` says whether the value
    never fell and the bound never rose on the way. `referee` says whether the
    contract's own referee agreed on feasibility and value; it is empty where there is no referee.
    """

    instance: str
    method: str
    seed: int
    limit: str
    value: float
    bound: float | None
    gap_percent: float | None
    activations: int
    activations_bound: int | None
    seconds: float
    first_plan_seconds: float | None
    near_final_seconds: float | None
    peak_megabytes: int
    iterations: int | None
    stop_reason: str
    solver_version: str
    sites: int
    threads: int
    load: float
    steady: bool | None
    referee: str
    measured_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What stood after so many seconds, in milli-activations."""

    seconds: float
    value_milli: int
    bound_milli: int | None


def run(trial: Measurement) -> tuple[Result, tuple[Moment, ...]]:
    """Make one run in this process; raises `RuntimeError` if the plan is refused."""
    load = os.getloadavg()[0]
    instance = read_instance(trial.path)
    seconds, plan, moments = _planned(instance, trial)
    peak_megabytes = _peak_megabytes()
    recount = verify(instance, replace(plan, value_milli=None, bound_milli=None))
    if not recount.feasible:
        raise RuntimeError(f"{trial.instance}, {trial.method}: {recount.violations[0].message}")
    last = Moment(seconds=seconds, value_milli=recount.value_milli, bound_milli=plan.bound_milli)
    curve = (*moments, last)
    bound, value = plan.bound_milli, recount.value_milli
    result = Result(
        instance=trial.instance,
        method=trial.method,
        seed=trial.seed,
        limit=f"{trial.limit:g}",
        value=value / MILLI,
        bound=None if bound is None else bound / MILLI,
        gap_percent=None if bound is None else round(100 * (bound - value) / max(1, abs(bound)), 3),
        activations=recount.activations,
        activations_bound=plan.activations_bound,
        seconds=round(seconds, 2),
        first_plan_seconds=round(moments[0].seconds, 3) if moments else None,
        near_final_seconds=_near_final_seconds(curve) if moments else None,
        peak_megabytes=peak_megabytes,
        iterations=plan.iterations,
        stop_reason=plan.stop_reason.value if plan.stop_reason else "",
        solver_version=plan.solver_version or "",
        sites=len(instance.sites),
        threads=trial.threads,
        load=round(load, 1),
        steady=_is_steady(curve) if moments else None,
        referee=_referee_says(trial, plan, recount),
        measured_on=datetime.now(UTC).date().isoformat(),
    )
    return result, curve


def _planned(instance: Instance, trial: Measurement) -> tuple[float, Plan, tuple[Moment, ...]]:
    """Return seconds spent, the plan, and the moments on the way, none for methods that do not tell."""
    moments: list[Moment] = []
    if trial.method not in (OURS, SPREADSHEET):
        version = peer_version(trial.method)
        began = time.perf_counter()
        plan = peer_plan(trial.method, instance, seconds=trial.limit, seed=trial.seed, threads=trial.threads)
        return time.perf_counter() - began, replace(plan, solver_version=version), ()
    compile_kernels()
    began = time.perf_counter()
    if trial.method == SPREADSHEET:
        rows, _ = plan_by_hand(build_arrays(instance))
        plan = Plan(visits=visits_of(instance, rows))
        return time.perf_counter() - began, plan, ()

    def note(progress: Progress) -> None:
        now = time.perf_counter() - began
        if progress.value_milli is not None:
            moments.append(Moment(seconds=now, value_milli=progress.value_milli, bound_milli=progress.bound_milli))

    limits = Limits(time_seconds=trial.limit, threads=trial.threads)
    solution = solve(instance, limits, seed=trial.seed, on_progress=note)
    return time.perf_counter() - began, solution.plan, tuple(moments)


def _near_final_seconds(curve: tuple[Moment, ...]) -> float:
    """When the value first came within one percent of the final one."""
    final = curve[-1].value_milli
    enough = final - NEAR * abs(final)
    return round(next(moment.seconds for moment in curve if moment.value_milli >= enough), 2)


def _is_steady(curve: tuple[Moment, ...]) -> bool:
    """Whether the value never fell and the bound, once there is one, never rose."""
    return all(
        now.value_milli >= before.value_milli
        and (before.bound_milli is None or (now.bound_milli is not None and now.bound_milli <= before.bound_milli))
        for before, now in pairwise(curve)
    )


def _peak_megabytes() -> int:
    """The most memory that this process ever held.

    The kernel's own maximum for children starts from what the parent held when it forked; the high-water mark of the
    memory map does not, so it is asked first where there is one.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        kibibytes = int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1])
    except (OSError, StopIteration):
        maximum = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        kibibytes = maximum // 1024 if sys.platform == "darwin" else maximum
    return round(kibibytes * 1024 / 1_000_000)


def _referee_says(trial: Measurement, plan: Plan, recount: Recount) -> str:
    """Ask the contract's referee, if it is given, whether the plan is feasible and worth what `verify` says."""
    if trial.referee is None:
        return ""
    spec = importlib.util.spec_from_file_location("contract_referee", trial.referee)
    if spec is None or spec.loader is None:
        raise ImportError(f"{trial.referee} is no Python file: give the referee's source")
    referee = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(referee)
    content = trial.path.read_bytes()
    document = json.loads(gzip.decompress(content) if trial.path.suffix == ".gz" else content)
    said = referee.judge(document, plan.to_json())
    return "agrees" if said["feasible"] and said["value_milli"] == recount.value_milli else "DISAGREES"


def told(result: Result, curve: tuple[Moment, ...]) -> str:
    """Return a run as one line of JSON, for the process that asked for it."""
    return json.dumps({"result": asdict(result), "curve": [asdict(moment) for moment in curve]})
