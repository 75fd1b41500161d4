"""Reachable, unreachable or open; the date of crossing; and sentences that name the numbers."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.schedules.models import Schedule, Verdict
from app.schedules.verdict import crossing_date, judge, sentence

MONDAY = date(2023, 11, 13)
WEEK = tuple(MONDAY + timedelta(days=number) for number in range(5))


@pytest.mark.parametrize(
    ("expected", "bound", "verdict"),
    [
        (100, 250, Verdict.REACHABLE),
        (100, None, Verdict.REACHABLE),
        (99, 99, Verdict.UNREACHABLE),
        (99, 100, Verdict.OPEN),
        (99, None, Verdict.OPEN),
    ],
)
def test_verdict_follows_plan_and_bound(expected: int, bound: int | None, verdict: Verdict) -> None:
    assert judge(expected, bound, net_gap=100) is verdict


def test_line_crosses_on_the_date_that_closes_the_gap() -> None:
    won = [(WEEK[0], 40), (WEEK[2], 40), (WEEK[4], 40)]
    assert crossing_date(WEEK, won, gap=110, walk_ins_per_date=10) == WEEK[2]


def test_walk_ins_alone_can_cross() -> None:
    assert crossing_date(WEEK, [], gap=50, walk_ins_per_date=10) == WEEK[4]


def test_line_that_stays_below_does_not_cross() -> None:
    assert crossing_date(WEEK, [(WEEK[0], 40)], gap=91, walk_ins_per_date=10) is None


def test_target_already_met_has_nothing_to_cross() -> None:
    assert crossing_date(WEEK, [(WEEK[0], 40)], gap=0, walk_ins_per_date=10) is None


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (
            {"verdict": "unreachable", "expected_activations": 1_200, "upper_bound_activations": 1_500},
            ("8,500 activations short", "8,800 short", "8.500 aktivasi", "kurang 8.800"),
        ),
        (
            {"verdict": "open", "expected_activations": 9_000, "upper_bound_activations": 11_000},
            ("stays 1,000 activations short", "at most 11,000", "kurang 1.000", "paling banyak 11.000"),
        ),
        ({"verdict": "open", "expected_activations": 9_000}, ("no bound is proven", "belum ada batas")),
        (
            {"verdict": "reachable", "expected_activations": 10_000, "crosses_on": date(2023, 11, 24)},
            ("on 24 November 2023", "pada 24 November 2023"),
        ),
        ({"verdict": "reachable", "expected_activations": 0}, ("met already", "sudah tercapai")),
    ],
)
def test_sentence_names_the_numbers_in_both_languages(fields: dict[str, Any], parts: tuple[str, ...]) -> None:
    found = sentence(Schedule(period_end=date(2023, 11, 30), net_gap=10_000, **fields))
    for part in parts:
        assert part in found["id"] + found["en"]
