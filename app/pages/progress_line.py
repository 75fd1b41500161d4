"""The way to a target under a plan, as a drawing that a template writes: lines over days, with round marks.

A drawing beside a plan, small and in the page itself; the whole story with counts and the band of the forecast is
`forecasts/line_chart.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 640, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 624, 16, 244
_MOST_DAYS_MARKED = 6
_ROUND = (1, 2, 2.5, 5, 10)
_LEVELS = 5


@dataclass(frozen=True, slots=True)
class DayCount:
    """A count at the end of a day."""

    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLine:
    """One line: `points` as SVG has them, `rows` as a table has them."""

    name: str
    points: str
    rows: Sequence[DayCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A round count or a day at an axis, and where it lies."""

    at: float
    value: int | date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLine:
    """What `parts/progress_line.html` draws; lengths in the units of its `viewBox`."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    lines: Sequence[DrawnLine]
    levels: Sequence[Mark]
    days: Sequence[Mark]
    target_at: float
    target: int


def progress_line(lines: Sequence[tuple[str, Sequence[DayCount]]], *, target: int) -> ProgressLine:
    """Lay lines (a name, which templates say, and ascending days) and the target out; each line has a point or more."""
    every = [point for _, points in lines for point in points]
    first, last = min(point.day for point in every), max(point.day for point in every)
    span = max(1, (last - first).days)
    step = _round_step(max(target, *(point.count for point in every)))
    highest = step * -(-max(target, *(point.count for point in every)) // step)

    def across(day: date) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (day - first).days / span, 1)

    def up(count: int) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * count / highest, 1)

    days = sorted({point.day for point in every})
    every_nth = -(-len(days) // _MOST_DAYS_MARKED)
    return ProgressLine(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=_RIGHT,
        bottom=_BOTTOM,
        lines=[
            DrawnLine(name=name, points=" ".join(f"{across(p.day)},{up(p.count)}" for p in points), rows=points)
            for name, points in lines
        ],
        levels=[Mark(at=up(count), value=count) for count in range(0, highest + 1, step)],
        days=_apart([Mark(at=across(day), value=day) for day in days[::every_nth]]),
        target_at=up(target),
        target=target,
    )


def _round_step(most: int) -> int:
    """The smallest round step with which so many people need no more than a handful of levels."""
    size = 1
    while True:
        for times in _ROUND:
            step = times * size
            if step == int(step) and step * _LEVELS >= most:
                return int(step)
        size *= 10


def _apart(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Without those so near to the one before that their words would touch."""
    wide = 60
    kept = list(marks[:1])
    for mark in marks[1:]:
        if mark.at - kept[-1].at >= wide:
            kept.append(mark)
    return kept
