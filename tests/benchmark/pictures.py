"""Draws value and bound over time, one picture an instance."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.benchmark.report import Key, Row, key_of
from tests.benchmark.trial import OURS, SPREADSHEET

MARKERS = "osD^v"
LINES = (("value_milli", "ours", "tab:blue"), ("bound_milli", "proven bound", "tab:red"))


def draw(rows: Sequence[Row], curves: Mapping[Key, Path], folder: Path) -> list[Path]:
    """Write a PNG for every instance: our curves at the longest limit, and what the others reached when."""
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted({row["instance"] for row in rows}):
        found = [row for row in rows if row["instance"] == name]
        ours = [row for row in found if row["method"] == OURS and curves[key_of(row)].exists()]
        if not ours:
            continue
        longest = max(float(row["limit"]) for row in ours)
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for number, row in enumerate(row for row in ours if float(row["limit"]) == longest):
            moments = json.loads(curves[key_of(row)].read_text(encoding="utf-8"))
            for column, name_of_line, colour in LINES:
                known = [moment for moment in moments if moment[column] is not None]
                axes.step(
                    [moment["seconds"] for moment in known],
                    [moment[column] / 1000 for moment in known],
                    where="post",
                    color=colour,
                    lw=1,
                    label=None if number else name_of_line,
                )
        others = sorted({row["method"] for row in found} - {OURS, SPREADSHEET})
        for number, method in enumerate(others):
            peers = [row for row in found if row["method"] == method]
            axes.plot(
                [float(row["seconds"]) for row in peers],
                [float(row["value"]) for row in peers],
                MARKERS[number % len(MARKERS)],
                label=method,
            )
        for row in found:
            if row["method"] == SPREADSHEET:
                axes.axhline(float(row["value"]), color="tab:gray", ls=":", label="the spreadsheet way")
        axes.set_xscale("log")
        axes.set_xlabel("seconds")
        axes.set_ylabel("activations after penalties")
        axes.set_title(f"{name}: {ours[0]['sites']} sites")
        axes.set_ylim(_limits(found))
        axes.legend(loc="lower right")
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=120)
        written.append(path)
    return written


def _limits(found: Sequence[Row]) -> tuple[float, float]:
    """What the axis of values shows: from the lowest final value to the highest final bound, and a little more.

    The first bounds are so far away that all else would lie on one line.
    """
    ends = [float(row[column]) for row in found for column in ("value", "bound") if row[column]]
    room = max(1.0, 0.08 * (max(ends) - min(ends)))
    return min(ends) - room, max(ends) + room
