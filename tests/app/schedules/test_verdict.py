"""Sentences that name the numbers, of the period and of the target, in both languages."""

from datetime import date
from typing import Any

import pytest

from app.schedules.models import Schedule
from app.schedules.verdict import rest_sentence, sentence

NOVEMBER = {"period_end": date(2023, 11, 30), "deadline": date(2023, 12, 31), "gap": 37_989}
TO_DEADLINE = NOVEMBER | {"period_end": date(2023, 12, 31)}


def finished(fields: dict[str, Any]) -> Schedule:
    expected = fields.get("expected_activations", fields.get("counted_activations"))
    return Schedule(**(fields | {"expected_activations": expected}))


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (
            {"verdict": "unreachable", "counted_activations": 1_200, "upper_bound_activations": 1_500},
            ("by 31 December 2023", "8,500 activations short", "8,800 short", "8.500 aktivasi", "kurang 8.800"),
        ),
        (
            {"verdict": "open", "counted_activations": 9_000, "upper_bound_activations": 11_000},
            ("stays 1,000 activations short", "at most 11,000", "kurang 1.000", "paling banyak 11.000"),
        ),
        ({"verdict": "open", "counted_activations": 9_000}, ("no bound is proven", "belum ada batas")),
        (
            {"verdict": "reachable", "counted_activations": 10_000, "crosses_on": date(2023, 11, 24)},
            ("visits and counters together", "on 24 November 2023", "pada 24 November 2023"),
        ),
        (
            {"verdict": "reachable", "counted_activations": 0, "crosses_on": date(2023, 11, 24)},
            ("the counters alone close the gap on 24 November 2023", "loket saja"),
        ),
        (
            {"verdict": "reachable", "counted_activations": 0},
            ("visits published before this plan close the gap", "sudah diterbitkan"),
        ),
        ({"verdict": "reachable", "counted_activations": 0, "gap": 0}, ("met already", "sudah tercapai")),
    ],
)
def test_target_is_told_with_its_numbers(fields: dict[str, Any], parts: tuple[str, ...]) -> None:
    verdict = sentence(finished(TO_DEADLINE | {"due_activations": 10_000} | fields))
    for part in parts:
        assert part in verdict["id"] + verdict["en"]


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (
            {"verdict": "reachable", "counted_activations": 15_000},
            (
                "On track: 19,600 people are expected to be activated by 30 November 2023, 151 more than the line",
                "Sesuai jalur: sampai 30 November 2023 diperkirakan 19.600 orang teraktivasi, 151 lebih banyak",
            ),
        ),
        ({"verdict": "reachable", "counted_activations": 14_849}, ("exactly as many as the line", "tepat sebanyak")),
        (
            {"verdict": "unreachable", "counted_activations": 1_000, "upper_bound_activations": 2_000},
            (
                "by 30 November 2023 it needs 19,449 people activated",
                "any plan stays at least 12,849 short of it; this plan stays 13,849 short",
                "rencana apa pun masih kurang sedikitnya 12.849; rencana ini kurang 13.849",
            ),
        ),
        (
            {"verdict": "open", "counted_activations": 1_000, "upper_bound_activations": 20_000},
            ("this plan stays 13,849 short", "at most 20,000 activations", "paling banyak 20.000"),
        ),
        ({"verdict": "open", "counted_activations": 1_000}, ("no bound is proven yet", "belum ada batas")),
        (
            {"verdict": "reachable", "counted_activations": 37_404, "crosses_on": date(2023, 11, 29)},
            ("close the gap on 29 November 2023",),
        ),
    ],
)
def test_period_is_told_by_the_line(fields: dict[str, Any], parts: tuple[str, ...]) -> None:
    due = {"activated": 4_015, "walk_ins": 585, "needed_by_end": 19_449, "due_activations": 14_849}
    verdict = sentence(finished(NOVEMBER | due | fields))
    for part in parts:
        assert part in verdict["id"] + verdict["en"]


def test_what_is_won_after_the_deadline_is_told() -> None:
    straddling = TO_DEADLINE | {"period_end": date(2024, 1, 31), "due_activations": 10_000}
    near = straddling | {"verdict": "open", "counted_activations": 9_000, "upper_bound_activations": 20_000}
    verdict = sentence(finished(near | {"expected_activations": 10_200}))
    assert "What is won after that deadline (1,200 activations) does not count; end the period on" in verdict["en"]
    assert "(1.200 aktivasi) tidak dihitung; akhiri periode pada tenggat" in verdict["id"]
    assert "short by 31 December 2023" in verdict["en"]
    far = sentence(finished(near | {"expected_activations": 9_100}))
    assert far["en"].endswith("What is won after the deadline of 31 December 2023 (100 activations) does not count.")


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (
            {"remaining_activations": 19_000, "days_after": 19},
            (
                "19,000 people are left after 30 November 2023: 1,000 each working day until the deadline, "
                "31 December 2023",
            ),
        ),
        ({"remaining_activations": 20, "days_after": 0}, ("would still be 20 short", "masih kurang 20 orang")),
        ({"remaining_activations": 0, "days_after": 19}, ("nothing is missing of the target of 42,004 people",)),
    ],
)
def test_rest_of_the_target_is_told(fields: dict[str, Any], parts: tuple[str, ...]) -> None:
    schedule = Schedule(**(NOVEMBER | fields))
    verdict = rest_sentence(schedule, deadline=date(2023, 12, 31), target_count=42_004)
    for part in parts:
        assert part in verdict["id"] + verdict["en"]
