"""A total of iterations says how long the search cooled, whether a person chose it or a clock."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.search.cooling import (
    COOLING_SHARE,
    DROPPED,
    FIRST_REHEARSAL,
    LADDER,
    NAMES,
    REHEARSED,
    Course,
    course_of,
    fitted_course,
    next_rehearsal,
    rehearsal_length,
    total_of,
)


def fitted(expected: int) -> Course:
    """The course of a search that expects so many iterations whenever it asks itself."""
    rehearsed = FIRST_REHEARSAL
    while (course := fitted_course(expected, rehearsed=rehearsed)) is None:
        rehearsed = next_rehearsal(rehearsed)
    assert rehearsal_length(course.cooled) == rehearsed
    return course


@given(st.integers(1, 10**9))
def test_cooling_is_as_long_as_expected_and_its_rehearsal_short(expected: int) -> None:
    cooled = fitted(expected).cooled
    assert cooled == FIRST_REHEARSAL or expected / (LADDER + 0.01) <= cooled <= LADDER * expected
    assert cooled <= REHEARSED * rehearsal_length(cooled)


@given(st.integers(100_000, 10**9), st.floats(0.3, 3.0), st.integers(0, DROPPED))
def test_total_of_a_run_names_its_course(expected: int, used: float, late: int) -> None:
    course = Course(cooled=fitted(expected).cooled, late=late)
    iterations = int(used * expected)
    total = total_of(course, iterations)
    if total is None:  # a round number would have to name it
        assert late == DROPPED
        assert total_of(replace(course, late=0), iterations) is not None
    else:
        assert iterations <= total < iterations + NAMES
        assert course_of(total) == course


@pytest.mark.parametrize("total", [1, 300, 690, 1500, 4000, 25_000, 100_000, 10_000_000])
def test_round_totals_cool_for_most_of_the_run(total: int) -> None:
    assert course_of(total) == Course(cooled=max(1, int(COOLING_SHARE * total)))


@given(st.integers(1, 10**10))
def test_every_total_is_a_course(total: int) -> None:
    course = course_of(total)
    assert course.cooled >= 1
    assert 0 <= course.late <= DROPPED


def test_a_slow_machine_gets_the_shortest_course_and_a_fast_one_rehearses_on() -> None:
    assert fitted_course(3, rehearsed=FIRST_REHEARSAL) == Course(cooled=FIRST_REHEARSAL)
    assert fitted_course(10**6, rehearsed=FIRST_REHEARSAL) is None
