"""What benchmark results say: medians over the seeds as tables for a terminal and for a page."""

import os
import platform
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.benchmark.trial import OURS, SPREADSHEET

Row = dict[str, str]
Key = tuple[str, str, str, str]
LIBRARIES = ("numpy", "numba", "ortools")
NOTHING = "–"
WIDTH = 170
# Whoever takes so much more than the limit has an advantage that is told.
LATE = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table: a title, a line that says how to read it, headings and cells."""

    title: str
    note: str
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def key_of(row: Row) -> Key:
    """Return what tells a run from all others."""
    return row["instance"], row["method"], row["seed"], row["limit"]


def tables(rows: Sequence[Row], *, best_known: Mapping[str, tuple[int, str]]) -> list[Sheet]:
    """Return the tables of planning, of the peers, and of the public instances with their best known scores."""
    beside = sorted({row["instance"] for row in rows if row["method"] not in (OURS, SPREADSHEET)})
    found = [_planning(rows, {*beside, *best_known}), _peers(rows, beside), _public(rows, best_known)]
    return [sheet for sheet in found if sheet.lines]


def print_tables(sheets: Sequence[Sheet]) -> None:
    """Print tables to the terminal."""
    console = Console()
    # Narrower than this, figures would be cut to their first digit; a terminal then wraps the lines.
    console.width = max(console.width, WIDTH)
    for sheet in sheets:
        table = Table(title=sheet.title, caption=sheet.note)
        for number, heading in enumerate(sheet.headings):
            table.add_column(heading, justify="left" if number == 0 else "right")
        for line in sheet.lines:
            table.add_row(*line)
        console.print(table)


def markdown(sheets: Sequence[Sheet], rows: Sequence[Row]) -> str:
    """Return tables as Markdown, under a line on the machine and what ran on it."""
    parts = [_circumstances(rows)]
    for sheet in sheets:
        ruler = ["---"] + ["---:"] * (len(sheet.headings) - 1)
        lines = [sheet.headings, ruler, *sheet.lines]
        body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        parts.append(f"### {sheet.title}\n\n{sheet.note}\n\n{body}")
    return "\n\n".join(parts) + "\n"


def _planning(rows: Sequence[Row], elsewhere: Collection[str]) -> Sheet:
    """Ours on all that only planning knows: value, proven gap, times and memory."""
    lines = []
    sheets = {row["instance"]: row for row in rows if row["method"] == SPREADSHEET}
    for (name, limit), found in _groups(rows, OURS).items():
        if name in elsewhere:
            continue
        sheet = sheets.get(name)
        gaps = _numbers(found, "gap_percent")
        lines.append(
            (
                name,
                found[0]["sites"],
                limit,
                str(len(found)),
                _middle(found, "value", ",.0f"),
                _spread(found),
                _middle(found, "bound", ",.0f"),
                _middle(found, "gap_percent", ".2f"),
                f"{max(gaps):.2f}" if gaps else NOTHING,
                f"{_more(found, float(sheet['value']))}" if sheet else NOTHING,
                _middle(found, "first_plan_seconds", ".2f"),
                _middle(found, "near_final_seconds", ".1f"),
                _middle(found, "seconds", ".1f"),
                _middle(found, "peak_megabytes", ",.0f"),
            )
        )
    return Sheet(
        title="Planning",
        note="Medians over the seeds; values and bounds in activations after penalties; spread is the distance of best "
        "and worst seed; the gap is (bound − value) / bound; over sheet is how much more than the spreadsheet way.",
        headings=(
            *("instance", "sites", "limit s", "seeds", "value", "spread %", "bound", "gap %", "worst gap %"),
            *("over sheet %", "first plan s", "within 1 % s", "took s", "MB"),
        ),
        lines=tuple(sorted(lines, key=lambda line: (int(line[1]), line[0], float(line[2])))),
    )


def _peers(rows: Sequence[Row], beside: Iterable[str]) -> Sheet:
    """Everybody's median where everybody can plan, and how far the best peer is behind (or ahead)."""
    methods = sorted({row["method"] for row in rows if row["instance"] in set(beside)} - {OURS, SPREADSHEET})
    lines = []
    for name in beside:
        here = [row for row in rows if row["instance"] == name]
        sheet = [row for row in here if row["method"] == SPREADSHEET]
        limits = {row["limit"] for row in here if row["method"] in methods}
        for limit in sorted(limits, key=float):
            medians = {}
            for method in (OURS, *methods):
                values = _numbers((row for row in here if row["method"] == method and row["limit"] == limit), "value")
                if values:
                    medians[method] = median(values)
            ours = medians.pop(OURS, None)
            best = max(medians, key=lambda method: medians[method]) if medians else None
            ahead = NOTHING
            if ours is not None and best is not None:
                ahead = f"{_percent(ours - medians[best], medians[best])} ({best})"
            seeds = sum(row["method"] == OURS and row["limit"] == limit for row in here)
            bounds = _numbers((row for row in here if row["method"] == OURS and row["limit"] == limit), "bound")
            lines.append(
                (
                    name,
                    here[0]["sites"],
                    limit,
                    str(seeds),
                    NOTHING if ours is None else f"{ours:,.0f}",
                    *(_peer(here, method, limit) for method in methods),
                    f"{float(sheet[0]['value']):,.0f}" if sheet else NOTHING,
                    f"{median(bounds):,.0f}" if bounds else NOTHING,
                    ahead,
                )
            )
    return Sheet(
        title="Peers on the comparable core",
        note="Median prize over the seeds at equal wall time: fixed durations, one visit a site, a vehicle per "
        "team-day. The last column is ours against the best peer.",
        headings=("instance", "sites", "limit s", "seeds", "ours", *methods, "sheet", "our bound", "ahead by %"),
        lines=tuple(lines),
    )


def _peer(here: Sequence[Row], method: str, limit: str) -> str:
    """A peer's median, with the seconds it took where it did not keep to the limit."""
    found = [row for row in here if row["method"] == method and row["limit"] == limit]
    if not found:
        return NOTHING
    took = median(_numbers(found, "seconds"))
    late = f" in {took:.0f} s" if took > LATE * float(limit) else ""
    return _middle(found, "value", ",.0f") + late


def _public(rows: Sequence[Row], best_known: Mapping[str, tuple[int, str]]) -> Sheet:
    """Ours on public instances against the best score known for them."""
    lines = []
    for (name, limit), found in _groups(rows, OURS).items():
        if name not in best_known:
            continue
        best, source = best_known[name]
        values = _numbers(found, "value")
        reached = sum(value >= best for value in values)
        lines.append(
            (
                name,
                limit,
                str(len(found)),
                f"{best:,}",
                f"{median(values):,.0f}",
                f"{max(values):,.0f}",
                f"{100 * (best - sum(values) / len(values)) / best:.2f}",
                f"{reached} of {len(values)}",
                _middle(found, "bound", ",.0f"),
                source,
            )
        )
    return Sheet(
        title="Public TOPTW instances",
        note="The mean gap is that of the mean score to the best known one.",
        headings=(
            *("instance", "limit s", "seeds", "best known", "median", "best", "mean gap %", "reached by"),
            *("our bound", "known by"),
        ),
        lines=tuple(lines),
    )


def _circumstances(rows: Sequence[Row]) -> str:
    """Say what the figures were measured with."""
    versions = sorted(
        {
            f"planning core {row['solver_version']}" if row["method"] in (OURS, SPREADSHEET) else row["solver_version"]
            for row in rows
        }
    )
    loads = _numbers(rows, "load")
    refereed = [row["referee"] for row in rows if row["referee"]]
    unsteady = sum(row["steady"] == "False" for row in rows)
    days = sorted({row["measured_on"] for row in rows})
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    judged = f"{refereed.count('agrees')} of {len(rows)} plans also judged by the contract's referee, which agrees"
    if refereed.count("agrees") != len(refereed):
        judged += f", except on {len(refereed) - refereed.count('agrees')}"
    if not rows:
        return "No runs."
    return (
        f"{len(rows)} runs, {' to '.join(dict.fromkeys((days[0], days[-1])))}, on {os.cpu_count()} cores "
        f"({platform.machine()}), Python {platform.python_version()}, "
        f"{libraries}; {', '.join(versions)}. Load before a run: median "
        f"{median(loads):.1f}, most {max(loads):.1f}. {judged}. "
        f"Runs in which the value fell or the bound rose: {unsteady}."
    )


def _groups(rows: Sequence[Row], method: str) -> dict[tuple[str, str], list[Row]]:
    """Return the runs of a method by instance and limit."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["method"] == method:
            found.setdefault((row["instance"], row["limit"]), []).append(row)
    return found


def _numbers(rows: Iterable[Row], column: str) -> list[float]:
    return [float(row[column]) for row in rows if row[column] != ""]


def _middle(rows: Sequence[Row], column: str, form: str) -> str:
    numbers = _numbers(rows, column)
    return format(median(numbers), form) if numbers else NOTHING


def _spread(rows: Sequence[Row]) -> str:
    values = _numbers(rows, "value")
    return f"{100 * (max(values) - min(values)) / max(1.0, abs(median(values))):.2f}"


def _more(rows: Sequence[Row], than: float) -> str:
    return _percent(median(_numbers(rows, "value")) - than, than)


def _percent(part: float, whole: float) -> str:
    """Return a signed percentage of the size of the whole; what is compared may be negative or nothing."""
    return f"{100 * part / abs(whole):+.1f}" if whole else NOTHING
