"""How a run is told: a bar on a terminal, lines in a log, or JSON events for the process that supervises it."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Protocol, TextIO

from solver.contract.faults import Fault
from solver.contract.plan import Plan, Progress
from solver.contract.verify import Recount
from solver.plans.doubts import Doubt
from solver.plans.outlook import Outlook

MILLI = 1000
HOUR = 60


class Reporter(Protocol):
    """Is told of a run; entered while the search goes on. `progress` may come from any thread."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def doubts(self, doubts: Sequence[Doubt]) -> None: ...

    def progress(self, progress: Progress) -> None: ...

    def done(self, plan: Plan, recount: Recount, *, path: Path, outlook: Outlook | None = None) -> None: ...

    def failed(self, reason: str, message: str, *, faults: Sequence[Fault] = ()) -> None: ...


class JsonLines:
    """One JSON object a line: `doubts` if there are any, `progress` events, then one `done` or `failed`."""

    def __init__(self, stream: TextIO, *, on_broken_pipe: Callable[[], None]) -> None:
        self._stream = stream
        self._on_broken_pipe = on_broken_pipe
        self._lock = Lock()

    def __enter__(self) -> object:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def doubts(self, doubts: Sequence[Doubt]) -> None:
        if doubts:
            self._tell({"event": "doubts", "doubts": [doubt.to_json() for doubt in doubts]})

    def progress(self, progress: Progress) -> None:
        self._tell({"event": "progress", **progress.to_json()})

    def done(self, plan: Plan, recount: Recount, *, path: Path, outlook: Outlook | None = None) -> None:
        tables = {"format", "visits", *plan.rows.to_json()}
        claims = {name: value for name, value in plan.to_json().items() if name not in tables}
        judged = outlook.to_json() if outlook else {}
        self._tell({"event": "done", "plan": str(path), **claims, "activations": recount.activations, **judged})

    def failed(self, reason: str, message: str, *, faults: Sequence[Fault] = ()) -> None:
        listed = [{"path": fault.path, "value": fault.value, "mend": fault.mend} for fault in faults]
        self._tell({"event": "failed", "reason": reason, "message": message, "problems": listed})

    def _tell(self, event: dict[str, object]) -> None:
        try:
            with self._lock:
                self._stream.write(json.dumps(event, ensure_ascii=False) + "\n")
                self._stream.flush()
        except BrokenPipeError:
            self._on_broken_pipe()


class PlainLines:
    """A line for the log whenever the plan or the bound got better, at most one a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self._next_second = 0.0
        self._shown: tuple[int, int | None, int | None] | None = None

    def __enter__(self) -> object:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def doubts(self, doubts: Sequence[Doubt]) -> None:
        self._stream.write("".join(f"{doubt}\n" for doubt in doubts))

    def progress(self, progress: Progress) -> None:
        stand = (progress.activations, progress.value_milli, progress.bound_milli)
        with self._lock:
            if stand == self._shown or progress.elapsed_seconds < self._next_second:
                return
            self._shown, self._next_second = stand, progress.elapsed_seconds + 1
            self._stream.write(f"{progress.elapsed_seconds:7.1f} s  {describe(progress)}\n")
            self._stream.flush()

    def done(self, plan: Plan, recount: Recount, *, path: Path, outlook: Outlook | None = None) -> None:
        write_summary(plan, recount, path=path, outlook=outlook)

    def failed(self, reason: str, message: str, *, faults: Sequence[Fault] = ()) -> None:
        self._stream.write(f"{reason}: {message}\n")


class TerminalBar:
    """A bar that fills with the limit, beside the plan's value, the bound and what lies between."""

    def __init__(self, *, seconds: float | None, iterations: int | None) -> None:
        # Only a terminal pays for this import.
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._console = Console(stderr=True)
        self._bar: Bar = Bar(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
        )
        self._seconds = seconds
        self._task = self._bar.add_task("warming up", total=seconds if seconds is not None else iterations)

    def __enter__(self) -> object:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def doubts(self, doubts: Sequence[Doubt]) -> None:
        for doubt in doubts:
            self._console.print(str(doubt), style="yellow", markup=False, highlight=False)

    def progress(self, progress: Progress) -> None:
        completed = progress.iterations if self._seconds is None else progress.elapsed_seconds
        self._bar.update(self._task, completed=completed, description=describe(progress))

    def done(self, plan: Plan, recount: Recount, *, path: Path, outlook: Outlook | None = None) -> None:
        write_summary(plan, recount, path=path, outlook=outlook)

    def failed(self, reason: str, message: str, *, faults: Sequence[Fault] = ()) -> None:
        self._console.print(f"{reason}: {message}", style="red", markup=False, highlight=False)


def describe(progress: Progress) -> str:
    """Return where a search stands in one line, in activations."""
    bound = "unknown" if progress.bound_milli is None else f"{progress.bound_milli / MILLI:,.1f}"
    value = "of its level" if progress.value_milli is None else f"{progress.value_milli / MILLI:,.1f}"
    return (
        f"{progress.activations:,} activations  value {value}  bound {bound}"
        f"{_distance(progress.value_milli, progress.bound_milli)}  {progress.iterations:,} steps"
    )


def write_summary(plan: Plan, recount: Recount, *, path: Path, outlook: Outlook | None = None) -> None:
    """Write the result of a run to standard output."""
    bound = "unknown" if plan.bound_milli is None else f"{plan.bound_milli / MILLI:,.3f}"
    if plan.refused_bound_milli is not None:
        bound = f"none: {plan.refused_bound_milli / MILLI:,.3f} was claimed, which this plan disproves"
    most = "" if plan.activations_bound is None else f", at most {plan.activations_bound:,} by any plan"
    target = f"verdict       {outlook}\n" if outlook else ""
    sys.stdout.write(
        f"plan          {path}\n"
        f"activations   {recount.activations:,} of a gap of {recount.gap:,}{most}\n"
        f"{target}"
        f"visits        {recount.visits:,} on {recount.team_days:,} team-days, cost {recount.cost:,}\n"
        f"{_away(recount)}"
        f"{_extremes(recount)}"
        f"value         {recount.value_milli / MILLI:,.3f}\n"
        f"bound         {bound}{_distance(recount.value_milli, plan.bound_milli)}\n"
        f"stopped by    {plan.stop_reason}\n"
    )


def operator_table(counts: Iterable[tuple[str, int, int, int]]) -> str:
    """Return what became of the steps of each operator: name, tried, kept, made the best plan so far."""
    lines = [f"{'operator':<15}{'steps':>10}{'kept':>8}{'best':>8}\n"]
    for name, tried, kept, made_best in counts:
        if tried:
            lines.append(f"{name:<15}{tried:>10,}{kept / tried:>8.1%}{made_best:>8,}\n")
    return "".join(lines)


def _away(recount: Recount) -> str:
    """Return the nights away and the rides of a plan, if there are any."""
    added = recount.added
    if added is None or not added.nights + added.rides:
        return ""
    return f"away          {added.nights:,} nights, {added.rides:,} rides\n"


def _extremes(recount: Recount) -> str:
    """Return the teams farthest above and below their shares of the work, where there are two to compare."""
    if len(recount.loads) < 2:
        return ""
    loads = sorted(recount.loads, key=lambda load: (load.deviation_after, load.team))
    least, most = loads[0], loads[-1]
    return (
        f"work          {most.team} {most.deviation_after / HOUR:+.1f} h from its share, "
        f"{least.team} {least.deviation_after / HOUR:+.1f} h\n"
    )


def _distance(value_milli: int | None, bound_milli: int | None) -> str:
    """Return how far a value lies below the bound, in percent of the bound."""
    if value_milli is None or bound_milli is None or bound_milli <= 0:
        return ""
    return f" ({(bound_milli - value_milli) / bound_milli:.2%} apart)"
