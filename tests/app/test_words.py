"""Hours, days and figures read the same wherever they are said; the planning core has words of its own."""

from datetime import date, datetime

import pytest

from app import words
from app.languages import singular_of_one
from app.words import in_both
from solver.plans import words as core_words


@pytest.mark.parametrize(
    ("start", "end", "indonesian", "english"),
    [(480, 630, "08.00–10.30", "08:00–10:30"), (0, 5, "00.00–00.05", "00:00–00:05")],
)
def test_a_span_of_hours_reads_the_same_from_minutes_moments_and_the_planning_core(
    start: int, end: int, indonesian: str, english: str
) -> None:
    begins, ends = (datetime(2023, 11, 14, *divmod(minute, 60)) for minute in (start, end))  # noqa: DTZ001 local ones
    assert words.clock_span(start, end) == words.hours_between(begins, ends) == {"id": indonesian, "en": english}
    assert core_words.clock_span(start, end).to_json() == {"id": indonesian, "en": english}


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (1_234_567, "1.234.567", "1,234,567"),
        (999, "999", "999"),
        (date(2023, 8, 1), "1 Agustus 2023", "1 August 2023"),
        (date(2023, 12, 25), "25 Desember 2023", "25 December 2023"),
    ],
)
def test_figures_and_days_read_the_same_in_the_service_and_the_planning_core(
    value: int | date, indonesian: str, english: str
) -> None:
    assert in_both("{value}", "{value}", value=value) == {"id": indonesian, "en": english}
    assert core_words.both("{value}", "{value}", value=value).to_json() == {"id": indonesian, "en": english}


@pytest.mark.parametrize("sentence", ["1 visits and 21 visits", "1 people", "1 other sites", "11 teams"])
def test_a_single_one_is_put_into_the_singular_alike(sentence: str) -> None:
    assert singular_of_one(sentence) == core_words.singular_of_one(sentence)
