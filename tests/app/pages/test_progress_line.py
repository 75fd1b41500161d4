"""The line beside a plan: where days and counts lie, and its round marks."""

from datetime import date
from itertools import pairwise

from app.pages.progress_line import DayCount, progress_line

NOVEMBER = [DayCount(date(2023, 11, day), count) for day, count in ((13, 4_015), (20, 5_000), (30, 7_773))]


def test_lines_begin_at_the_left_and_end_at_the_right_and_the_target_is_above() -> None:
    line = progress_line([("required", NOVEMBER), ("planned", NOVEMBER[:2])], target=42_004)
    first, *_, last = line.lines[0].points.split()
    assert first.split(",")[0] == str(float(line.left))
    assert last.split(",")[0] == str(float(line.right))
    assert line.target_at < float(last.split(",")[1]) < float(first.split(",")[1])
    assert line.lines[1].rows == NOVEMBER[:2]


def test_levels_are_round_and_reach_over_the_target() -> None:
    marks = [mark.value for mark in progress_line([("required", NOVEMBER)], target=42_004).levels]
    assert marks == [0, 10_000, 20_000, 30_000, 40_000, 50_000]
    few = [mark.value for mark in progress_line([("a", [DayCount(date(2023, 1, 1), 0)])], target=3).levels]
    assert few == [0, 1, 2, 3]


def test_days_at_the_axis_do_not_touch() -> None:
    daily = [DayCount(date(2023, month, day), 1) for month in range(1, 13) for day in (1, 2, 15)]
    days = progress_line([("a", daily)], target=10).days
    assert 2 <= len(days) <= 8
    assert all(later.at - earlier.at >= 60 for earlier, later in pairwise(days))
