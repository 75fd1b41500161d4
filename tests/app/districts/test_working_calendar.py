from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.districts.local_days_off import calendar_warnings
from app.districts.working_calendar import (
    DayOffKind,
    days_off,
    days_off_in_full,
    is_working_weekday,
    national_days_off,
    weekends,
    working_dates,
)
from tests.factories import make_district, make_local_day


def test_november_2023_has_no_day_off_but_weekends(session: Session) -> None:
    district = make_district(session)
    start, end = date(2023, 11, 1), date(2023, 11, 30)
    assert days_off(session, district, start, end) == {}
    assert len(working_dates(session, district, start, end)) == 22
    assert len(weekends(session, district, start, end)) == 8


def test_christmas_2023_and_its_joint_leave_are_off_by_name(session: Session) -> None:
    district = make_district(session)
    days_off = days_off_in_full(session, district, date(2023, 12, 1), date(2023, 12, 31))
    assert [(day.date, day.name, day.kind) for day in days_off] == [
        (date(2023, 12, 25), "Hari Raya Natal", DayOffKind.NATIONAL_HOLIDAY),
        (date(2023, 12, 26), "Cuti Bersama Hari Raya Natal", DayOffKind.JOINT_LEAVE),
    ]


def test_joint_leave_of_2026_comes_before_christmas(session: Session) -> None:
    district = make_district(session)
    working = working_dates(session, district, date(2026, 12, 21), date(2026, 12, 31))
    assert date(2026, 12, 24) not in working
    assert date(2026, 12, 25) not in working
    assert date(2026, 12, 28) in working


def test_both_election_days_of_2024_are_off() -> None:
    assert {date(2024, 2, 14), date(2024, 11, 27)} <= national_days_off(2024).keys()


@pytest.mark.parametrize(
    ("after", "deadline", "days"),
    [
        (date(2023, 11, 13), date(2023, 12, 31), 32),
        (date(2024, 6, 27), date(2024, 12, 31), 129),
        (date(2024, 6, 9), date(2024, 12, 31), 141),
        (date(2024, 2, 29), date(2024, 12, 31), 198),
        (date(2024, 2, 21), date(2024, 12, 31), 204),
    ],
)
def test_working_days_of_the_five_districts(session: Session, after: date, deadline: date, days: int) -> None:
    district = make_district(session)
    start = date.fromordinal(after.toordinal() + 1)
    assert len(working_dates(session, district, start, deadline)) == days


def test_six_day_week_works_on_saturdays(session: Session) -> None:
    district = make_district(session, working_weekdays="1111110")
    assert len(working_dates(session, district, date(2023, 11, 1), date(2023, 11, 30))) == 26
    assert is_working_weekday("1111110", date(2023, 11, 18))
    assert not is_working_weekday("1111110", date(2023, 11, 19))


def test_local_day_off_is_not_worked_and_says_its_name(session: Session) -> None:
    district = make_district(session)
    make_local_day(session, date(2023, 11, 15), is_working=False, name="Pilkades serentak")
    week = date(2023, 11, 13), date(2023, 11, 17)
    assert days_off(session, district, *week) == {date(2023, 11, 15): "Pilkades serentak"}
    assert len(working_dates(session, district, *week)) == 4


def test_local_working_day_overrules_a_holiday_and_a_weekend(session: Session) -> None:
    district = make_district(session)
    make_local_day(session, date(2023, 12, 26), is_working=True, name="Cuti bersama diundur")
    make_local_day(session, date(2023, 12, 30), is_working=True, name="Sabtu buka")
    working = working_dates(session, district, date(2023, 12, 23), date(2023, 12, 31))
    assert date(2023, 12, 26) in working
    assert date(2023, 12, 30) in working
    assert date(2023, 12, 25) not in working
    assert date(2023, 12, 26) not in days_off(session, district, date(2023, 12, 23), date(2023, 12, 31))


def test_another_districts_day_off_does_not_count(session: Session) -> None:
    district = make_district(session)
    make_district(session, "17.71")
    make_local_day(session, date(2023, 11, 15), is_working=False, district_code="17.71")
    assert days_off(session, district, date(2023, 11, 13), date(2023, 11, 17)) == {}


def test_a_period_that_ends_before_it_begins_has_no_dates(session: Session) -> None:
    assert working_dates(session, make_district(session), date(2023, 11, 14), date(2023, 11, 13)) == ()


def test_estimated_holidays_and_unknown_joint_leave_are_told(session: Session) -> None:
    warnings = calendar_warnings(session, make_district(session), date(2028, 1, 1), date(2028, 12, 31))
    assert [warning.code for warning in warnings] == ["holidays_estimated", "joint_leave_unknown"]
    assert "2028" in warnings[1].message["id"]
    assert calendar_warnings(session, make_district(session, "17.71"), date(2023, 1, 1), date(2023, 12, 31)) == ()
