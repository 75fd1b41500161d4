from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.districts.opening_hours import (
    DatedHours,
    Window,
    canonical_exceptions,
    canonical_windows,
    hours_by_date,
    hours_problems,
    read_exceptions,
    read_windows,
    weekly_hours,
    write_exceptions,
    write_windows,
)
from app.tables.fields import BadText

MONDAY = date(2023, 11, 20)


def test_windows_are_read_by_weekday() -> None:
    weekly = weekly_hours(read_windows("mon-thu 08:00-12:00; mon-thu 13:00-15:00; fri 08:00-11:00"))
    assert weekly == (((480, 720), (780, 900)),) * 4 + (((480, 660),), (), ())


def test_the_same_week_said_otherwise_is_equal() -> None:
    assert read_windows("mon 08:00-12:00\ntue-wed 8.00-12.00") == read_windows("MON-WED 08:00-12:00")


def test_windows_are_written_in_the_order_of_the_week() -> None:
    assert write_windows(read_windows("fri 08:00-11:00; mon,wed 08:00-12:00")) == "mon,wed 08:00-12:00; fri 08:00-11:00"


@pytest.mark.parametrize(
    "text", ["08:00-12:00", "mon 08:00", "mon-", "mon 08:00-25:00", "hari 08:00-12:00", "mon 8-12"]
)
def test_windows_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadText) as refused:
        read_windows(text)
    assert refused.value.mend


@pytest.mark.parametrize("text", ["closed", "2023-02-30 closed", "11/20/2023 closed", "2023-11-20 shut"])
def test_exceptions_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadText) as refused:
        read_exceptions(text)
    assert refused.value.mend


def test_hours_past_midnight_are_those_of_two_days() -> None:
    assert read_windows("sat 22:00-02:00") == read_windows("sat 22:00-24:00; sun 00:00-02:00")
    assert read_windows("sun 22:00-02:00") == read_windows("sun 22:00-24:00; mon 00:00-02:00")
    assert read_windows("mon 20:00-00:00") == read_windows("mon 20:00-24:00")
    assert write_windows(read_windows("fri 22:00-02:00")) == "fri 22:00-24:00; sat 00:00-02:00"


def test_dated_hours_past_midnight_need_all_hours_of_the_second_date() -> None:
    night = "2023-11-20 22:00-02:00; 2023-11-21 08:00-10:00"
    assert read_exceptions(night) == read_exceptions(
        "2023-11-20 22:00-24:00; 2023-11-21 00:00-02:00; 2023-11-21 08:00-10:00"
    )
    (problem,) = hours_problems((), read_exceptions("2023-11-20 22:00-02:00"))
    assert "two dates" in (problem.mend or "")


def test_weekdays_and_hours_are_read_as_offices_write_them() -> None:
    offices = "Senin s.d. Kamis 08.00 - 15.30 WIB; Jum'at: 08.00-11.00"
    assert read_windows(offices) == read_windows("mon-thu 08:00-15:30; fri 08:00-11:00")
    assert read_exceptions("20/11/2023 tutup; 21 November 2023 08.00 s/d 10.00") == read_exceptions(
        "2023-11-20 closed; 2023-11-21 08:00-10:00"
    )


def test_a_closed_date_has_no_hours() -> None:
    hours = hours_by_date(read_exceptions("2023-11-20 closed; 2023-11-21 13:00-14:00; 2023-11-21 08:00-10:00"))
    assert hours == {MONDAY: (), date(2023, 11, 21): ((480, 600), (780, 840))}


@pytest.mark.parametrize(
    ("windows", "exceptions", "words"),
    [
        ("mon 12:00-08:00", "", "ends before it begins"),
        ("mon 08:00-08:00", "", "ends before it begins"),
        ("mon-fri 08:00-12:00; wed 11:00-13:00", "", "On wed"),
        ("mon 08:00-12:00; mon 08:00-12:00", "", "On mon"),
        ("", "2023-11-20 closed; 2023-11-20 08:00-10:00", "closed and something else"),
        ("", "2023-11-20 closed; 2023-11-20 closed", "closed and something else"),
        ("", "2023-11-20 08:00-10:00; 2023-11-20 09:00-11:00", "overlap"),
        ("", "2023-11-20 12:00-08:00", "ends before it begins"),
        ("", "2023-11-20 22:00-02:00", "ends before it begins"),
        ("", "1999-11-20 closed", "out of range"),
    ],
)
def test_hours_that_contradict_each_other_are_problems(windows: str, exceptions: str, words: str) -> None:
    (problem,) = hours_problems(read_windows(windows), read_exceptions(exceptions))
    assert words in problem.detail
    assert problem.mend


def test_windows_that_touch_are_fine() -> None:
    assert hours_problems(read_windows("mon 08:00-12:00; mon 12:00-15:00"), ()) == []


def test_too_many_entries_are_a_problem() -> None:
    entries = tuple(DatedHours(date.fromordinal(MONDAY.toordinal() + index)) for index in range(401))
    assert [problem.pointer for problem in hours_problems((), entries)] == ["exceptions"]


MINUTES = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])
WINDOWS = st.lists(
    st.builds(lambda hours, days: Window(*hours, f"{days:07b}"), MINUTES, st.integers(1, 127)), max_size=5
)
DATED = st.lists(
    st.one_of(
        st.builds(DatedHours, st.dates(date(2000, 1, 1), date(2100, 12, 31))),
        st.builds(lambda day, hours: DatedHours(day, *hours), st.dates(date(2000, 1, 1), date(2100, 12, 31)), MINUTES),
    ),
    max_size=5,
)


@given(WINDOWS)
def test_windows_survive_their_text(windows: list[Window]) -> None:
    canonical = canonical_windows(windows)
    if not hours_problems(canonical, ()):
        assert read_windows(write_windows(canonical)) == canonical


@given(WINDOWS)
def test_canonical_windows_open_the_same_hours(windows: list[Window]) -> None:
    if not hours_problems(windows, ()):
        assert weekly_hours(canonical_windows(windows)) == weekly_hours(windows)


@given(DATED)
def test_exceptions_survive_their_text(entries: list[DatedHours]) -> None:
    canonical = canonical_exceptions(entries)
    assert read_exceptions(write_exceptions(canonical)) == canonical
