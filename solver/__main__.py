"""The planning core on the command line: solve, check, verify and the questions about plans.

Heavy imports wait inside the commands that need them, so that `verify` and every refusal answer at once.
"""

import argparse
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, Thread
from types import FrameType
from typing import TYPE_CHECKING

from solver.contract.demand import Demand, read_demand
from solver.contract.faults import InvalidDemand, InvalidInstance, InvalidPlanInForce
from solver.contract.in_force import read_in_force
from solver.contract.instance import Instance
from solver.contract.plan import InvalidPlan, Plan, in_format_of, read_plan, write_plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.policy import InvalidPolicy, Policy, read_policy
from solver.contract.reading import read_instance, write_instance
from solver.contract.verify import Recount, verify
from solver.plans.doubts import doubts
from solver.plans.outlook import outlook
from solver.plans.unplanned import NotPlannedYet, check_planned
from solver.stopping import Limits
from solver.terminal.commands import (
    REPLAN_SECONDS,
    add_check,
    add_commands,
    add_demand,
    add_policy,
    check_demand,
    check_policy,
    positive_count,
    positive_seconds,
    seed_number,
)
from solver.terminal.reporting import JsonLines, PlainLines, Reporter, TerminalBar, operator_table

if TYPE_CHECKING:
    from solver.levels import InLevels
    from solver.spread import Spread

DEFAULT_SECONDS = 60.0
SHOWN_VIOLATIONS = 20

# Exit statuses: a plan was written or accepted; a plan was refused; the input cannot be used; the parent is gone.
ACCEPTED, REFUSED, UNUSABLE, ORPHANED = 0, 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    check_demand(parser, chosen)
    check_policy(parser, chosen)
    match chosen.command:
        case "solve":
            return _solve(chosen)
        case "replan" if chosen.supervised:
            return _solve(chosen)
        case "verify":
            return _verify(chosen.instance, chosen.plan, as_json=chosen.json)
        case "check":
            from solver.terminal.checking import check

            return check(chosen)
        case "explain" | "changes" | "replan" | "what-if" | "policies":
            from solver.terminal.answers import answer

            return answer(chosen)
        case "answer":
            from solver.terminal.resident import serve

            return serve(supervised=chosen.supervised, idle_seconds=chosen.idle_seconds)
        case _:
            from solver.warm import warm

            warm(everything=chosen.all)
            return ACCEPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m solver", description="Plan outreach visits and prove a bound.")
    commands = parser.add_subparsers(dest="command", required=True)
    solve = commands.add_parser("solve", help="make a plan for an instance")
    solve.add_argument("instance", type=Path, metavar="INSTANCE", help="outreach-1 or outreach-2, .json or .json.gz")
    solve.add_argument("-o", "--output", type=Path, required=True, metavar="PLAN", help="where to write the plan")
    solve.add_argument(
        "--time-limit", type=positive_seconds, metavar="S", help="seconds; 60 if no other limit is given"
    )
    solve.add_argument("--iterations", type=positive_count, metavar="N", help="search steps; makes the plan repeatable")
    solve.add_argument("--seed", type=seed_number, default=0, metavar="N", help="same seed and iterations, same plan")
    solve.add_argument("--threads", type=positive_count, default=os.cpu_count() or 1, metavar="N")
    solve.add_argument(
        "--supervised",
        action="store_true",
        help="tell events as JSON lines on stdout; on stdin a line 'stop' ends the run, end of file kills it",
    )
    solve.add_argument(
        "--operators", action="store_true", help="tell what became of the steps of each operator of the search"
    )
    add_demand(solve)
    add_policy(solve)
    check = commands.add_parser("verify", help="judge a plan; exit status 0 accepted, 1 refused, 2 unreadable")
    check.add_argument("instance", type=Path, metavar="INSTANCE")
    check.add_argument("plan", type=Path, metavar="PLAN")
    check.add_argument("--json", action="store_true", help="print the recount as JSON")
    add_check(commands)
    add_commands(commands)
    warming = commands.add_parser("warm", help="compile the kernels and keep them for later runs")
    warming.add_argument("--all", action="store_true", help="those for several documents and for nights away too")
    return parser


# Why the input of a run cannot be used, by what reading it raises; the first kind that fits is told.
UNUSABLE_INPUT: tuple[tuple[type[Exception], str], ...] = (
    (InvalidDemand, "invalid_demand"),
    (InvalidPlanInForce, "invalid_plan_in_force"),
    (InvalidPlan, "invalid_plan_in_force"),
    (InvalidPolicy, "invalid_policy"),
    (NotPlannedYet, "not_planned_yet"),
    (InvalidInstance, "invalid_instance"),
    (OSError, "unreadable_file"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What the files of a command say."""

    instance: Instance
    demand: Demand | None
    policy: Policy | None
    in_force: Rows


def _solve(chosen: argparse.Namespace) -> int:
    stop = Event()
    writing = RLock()
    _listen_to_signals(stop)
    reporter: Reporter
    if chosen.supervised:
        Thread(target=_obey_parent, args=(stop, writing), daemon=True).start()
        reporter = JsonLines(sys.stdout, on_broken_pipe=lambda: _leave_orphaned(writing))
    elif sys.stderr.isatty():
        reporter = TerminalBar(seconds=_time_limit(chosen), iterations=chosen.iterations)
    else:
        reporter = PlainLines(sys.stderr)
    try:
        wanted = _read_wanted(chosen, reporter)
    except tuple(kind for kind, _ in UNUSABLE_INPUT) as exc:
        reason = next(reason for kind, reason in UNUSABLE_INPUT if isinstance(exc, kind))
        reporter.failed(reason, str(exc), faults=getattr(exc, "faults", ()))
        return UNUSABLE
    instance, spread, levels = wanted.instance, None, None
    with reporter:
        if wanted.demand is not None:
            spread, levels = _spread(instance, wanted, wanted.demand, chosen, reporter=reporter, stop=stop)
            plan, instance = spread.plan, spread.instance
        elif wanted.policy is not None:
            levels = _in_levels(instance, wanted.policy, chosen, in_force=wanted.in_force, reporter=reporter, stop=stop)
            plan = levels.plan
        else:
            plan = _planned(instance, chosen, in_force=wanted.in_force, reporter=reporter, stop=stop)
    plan = in_format_of(instance, plan)
    recount = verify(instance, plan)
    if not recount.feasible:
        reporter.failed("refused_plan", "\n".join(_violation_lines(recount)))
        return REFUSED
    # Held to the end: from here on a parent that closes its pipe is told of the plan, not mourned.
    writing.acquire()
    try:
        _write_results(chosen, instance, plan, spread=spread, levels=levels)
    except OSError as exc:
        reporter.failed("unwritable_file", str(exc))
        return UNUSABLE
    reporter.done(
        plan, recount, path=chosen.output, outlook=outlook(instance, recount, plan.activations_bound, plan.served_bound)
    )
    if levels is not None and not chosen.supervised:
        sys.stdout.write("".join(f"{level}\n" for level in levels.levels))
    return ACCEPTED


def _read_wanted(chosen: argparse.Namespace, reporter: Reporter) -> _Wanted:
    """Read the files of a command, and see that its results can be written, before any time is spent."""
    instance = read_instance(chosen.instance)
    reporter.doubts(doubts(instance))
    check_planned(instance)
    wanted = _Wanted(
        instance=instance,
        demand=read_demand(chosen.demand, instance) if chosen.demand else None,
        policy=read_policy(chosen.policy) if chosen.policy else None,
        in_force=read_in_force(chosen.in_force, instance) if getattr(chosen, "in_force", None) else NO_ROWS,
    )
    for path in (chosen.output, chosen.people_out, chosen.spread_out, chosen.levels_out):
        if path is not None:
            _check_writable(path)
    return wanted


def _write_results(
    chosen: argparse.Namespace,
    instance: Instance,
    plan: Plan,
    *,
    spread: "Spread | None",
    levels: "InLevels | None",
) -> None:
    """Write what a command asks for, the plan last: where that stands, what it is judged by stands too."""
    if spread is not None:
        write_instance(instance, chosen.people_out)
        chosen.spread_out.write_text(json.dumps(spread.to_json(), indent=1) + "\n", encoding="utf-8")
    if levels is not None and chosen.levels_out is not None:
        chosen.levels_out.write_text(json.dumps(levels.to_json(), indent=1) + "\n", encoding="utf-8")
    write_plan(plan, chosen.output)


def _planned(
    instance: Instance, chosen: argparse.Namespace, *, in_force: Rows, reporter: Reporter, stop: Event
) -> Plan:
    if chosen.command == "replan":
        from solver.replan import replan_and_prove

        return replan_and_prove(
            instance,
            _limits(chosen, stop, seconds=2 * REPLAN_SECONDS),
            most_moved=chosen.most_moved,
            seed=chosen.seed,
            on_progress=reporter.progress,
            in_force=in_force,
        )
    from solver.solve import solve

    solution = solve(instance, _limits(chosen, stop), seed=chosen.seed, on_progress=reporter.progress)
    if chosen.operators:
        sys.stderr.write(operator_table(solution.operators))
    return solution.plan


def _in_levels(
    instance: Instance, policy: Policy, chosen: argparse.Namespace, *, in_force: Rows, reporter: Reporter, stop: Event
) -> "InLevels":
    from solver.levels import replan_in_levels, solve_in_levels

    if chosen.command == "replan":
        return replan_in_levels(
            instance,
            policy,
            _limits(chosen, stop, seconds=4 * REPLAN_SECONDS),
            most_moved=chosen.most_moved,
            seed=chosen.seed,
            on_progress=reporter.progress,
            in_force=in_force,
        )
    return solve_in_levels(instance, policy, _limits(chosen, stop), seed=chosen.seed, on_progress=reporter.progress)


def _spread(
    instance: Instance, wanted: _Wanted, demand: Demand, chosen: argparse.Namespace, *, reporter: Reporter, stop: Event
) -> "tuple[Spread, InLevels | None]":
    from solver.spread import replan_with_spread, solve_with_spread

    is_replan = chosen.command == "replan"
    limits = _limits(chosen, stop, seconds=4 * REPLAN_SECONDS if is_replan else None)
    first, rest = limits, None
    if wanted.policy is not None:
        from solver.levels import shared

        first, rest = shared(limits)
    if is_replan:
        spread = replan_with_spread(
            instance,
            demand,
            first,
            most_moved=chosen.most_moved,
            seed=chosen.seed,
            on_progress=reporter.progress,
            in_force=wanted.in_force,
        )
    else:
        spread = solve_with_spread(instance, demand, first, seed=chosen.seed, on_progress=reporter.progress)
    if wanted.policy is None or rest is None:
        return spread, None
    from solver.levels import spread_in_levels

    return spread_in_levels(
        spread,
        demand,
        wanted.policy,
        rest,
        most_moved=(chosen.most_moved if is_replan else None),
        seed=chosen.seed,
    )


def _limits(chosen: argparse.Namespace, stop: Event, *, seconds: float | None = None) -> Limits:
    """Return what was asked for; `seconds` are those of a re-planning, whose proof ends by the clock in any case."""
    time_seconds = _time_limit(chosen) if seconds is None else chosen.time_limit or seconds
    threads = chosen.threads if seconds is None else 2
    return Limits(time_seconds=time_seconds, iterations=chosen.iterations, threads=threads, should_stop=stop.is_set)


def _time_limit(chosen: argparse.Namespace) -> float | None:
    """Return the seconds asked for; a run limited by iterations alone may take as long as it needs."""
    seconds: float | None = chosen.time_limit
    return DEFAULT_SECONDS if seconds is None and chosen.iterations is None else seconds


def _check_writable(path: Path) -> None:
    """Raise `OSError` now rather than after a long search if the plan cannot be written there."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is a folder or a device: give the name of a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} does not exist: create it first")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"the folder {path.parent} cannot be written to: choose another")


def _listen_to_signals(stop: Event) -> None:
    """Let Ctrl-C and SIGTERM end the run with its best plan; the second one ends the process."""

    def finish(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, finish)
    signal.signal(signal.SIGTERM, finish)


def _obey_parent(stop: Event, writing: RLock) -> None:
    """Hear `stop` on standard input, and leave when it ends: then the parent is gone and nobody wants the plan."""
    heard = b""
    # Unbuffered: a thread waiting inside a buffered reader would hold its lock at the interpreter's end.
    while received := os.read(0, 4096):
        *lines, heard = (heard + received).split(b"\n")
        if any(line.strip() == b"stop" for line in lines):
            stop.set()
    _leave_orphaned(writing)


def _leave_orphaned(writing: RLock) -> None:
    """End the process without a word, but not in the middle of writing the plan."""
    writing.acquire(timeout=5)
    os._exit(ORPHANED)


def _verify(instance_path: Path, plan_path: Path, *, as_json: bool) -> int:
    try:
        instance, plan = read_instance(instance_path), read_plan(plan_path)
    except (OSError, InvalidInstance, InvalidPlan) as exc:
        sys.stderr.write(f"cannot judge: {exc}\n")
        return UNUSABLE
    recount = verify(instance, plan)
    if as_json:
        sys.stdout.write(json.dumps(recount.to_json(), ensure_ascii=False) + "\n")
    else:
        figures = {name: value for name, value in recount.to_json().items() if name != "violations"}
        lines = [*_violation_lines(recount), *(f"{name}: {value}" for name, value in figures.items())]
        sys.stdout.write("\n".join(lines) + "\n")
    return ACCEPTED if recount.feasible else REFUSED


def _violation_lines(recount: Recount) -> list[str]:
    lines = [f"NOT ALLOWED {violation.rule}: {violation.message}" for violation in recount.violations]
    more = len(lines) - SHOWN_VIOLATIONS
    return [*lines[:SHOWN_VIOLATIONS], f"and {more} more"] if more > 0 else lines


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is written and told; a bound still being proven in native code must not hold up the end, nor crash in it.
    os._exit(status)
