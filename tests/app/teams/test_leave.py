from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tables.fields import BadText
from app.teams.leave import Leave, canonical_leave, leave_problems, read_leave, write_leave

MONDAY, TUESDAY = date(2023, 11, 20), date(2023, 11, 21)


def test_leave_is_read_with_and_without_a_reason() -> None:
    assert read_leave("2023-12-26..2023-12-26; 2023-11-20..2023-11-21 pelatihan di provinsi") == (
        Leave(MONDAY, TUESDAY, "pelatihan di provinsi"),
        Leave(date(2023, 12, 26), date(2023, 12, 26)),
    )


@pytest.mark.parametrize("text", ["2023-11-20", "2023-11-20..", "11/20/2023..21/11/2023", "2023-02-30..2023-03-01"])
def test_leave_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadText) as refused:
        read_leave(text)
    assert refused.value.mend


@pytest.mark.parametrize(
    ("leaves", "words"),
    [
        ([Leave(TUESDAY, MONDAY)], "ends before it begins"),
        ([Leave(MONDAY, TUESDAY), Leave(TUESDAY, TUESDAY)], "overlap"),
        ([Leave(date(1999, 1, 1), MONDAY)], "out of range"),
        ([Leave(MONDAY, TUESDAY, "a; b")], "semicolon"),
        ([Leave(MONDAY, TUESDAY, "a\nb")], "line break"),
    ],
)
def test_leave_that_cannot_be_is_a_problem(leaves: list[Leave], words: str) -> None:
    (problem,) = leave_problems(leaves)
    assert words in problem.detail
    assert problem.mend


def test_leave_that_follows_leave_is_fine() -> None:
    assert leave_problems([Leave(TUESDAY, TUESDAY), Leave(MONDAY, MONDAY)]) == []


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
VISIBLE = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u200b\u2060\ufeff")
REASONS = st.text(VISIBLE, min_size=1, max_size=15).map(str.strip)


@given(st.lists(st.builds(Leave, DAYS, DAYS, st.none() | REASONS.filter(bool)), max_size=3))
def test_leave_survives_its_text(leaves: list[Leave]) -> None:
    canonical = canonical_leave(leaves)
    if not leave_problems(canonical):
        assert read_leave(write_leave(canonical)) == canonical
