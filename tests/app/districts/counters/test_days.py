"""What comes to the counters on each day: by place, by the general rate, and as counted."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.counters.days import CounterDay, Counters
from app.districts.counters.models import CounterPlace, CounterPlaceCount
from app.districts.models import District, WalkInCount
from tests.factories import make_counter_place, make_district, make_local_day, make_walk_ins

MONDAY = date(2023, 11, 20)
FRIDAY = date(2023, 11, 24)
SATURDAY = date(2023, 11, 25)
SUNDAY = date(2023, 11, 26)
CHRISTMAS = date(2023, 12, 25)
"""A Monday; the day after is joint leave."""
SIX_DAYS = "mon-fri 09:00-15:00; sat 09:00-12:00"


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


def given(session: Session, district: District, first: date, last: date, document: str = "ikd") -> dict[int, int]:
    return {day.day.day: day.given for day in Counters(session, district, document).days(first, last)}


def one(session: Session, district: District, day: date) -> CounterDay:
    (found,) = Counters(session, district, "ikd").days(day, day)
    return found


def count_at(session: Session, place: CounterPlace, day: date, activated: int) -> None:
    session.add(CounterPlaceCount(place_id=place.id, document="ikd", day=day, activated=activated))
    session.flush()


def test_places_add_up_with_the_general_rate_on_the_days_on_which_each_is_open(
    session: Session, district: District
) -> None:
    make_walk_ins(session, date(2023, 11, 1), 10)
    make_counter_place(session, "UPT", 6)
    make_counter_place(session, "MPP", 20, kind="mall", windows=SIX_DAYS)
    assert given(session, district, FRIDAY, SUNDAY) == {24: 36, 25: 20}
    assert {part.place: part.given for part in one(session, district, FRIDAY).parts} == {"UPT": 6, "MPP": 20, None: 10}


@pytest.mark.parametrize(
    ("fields", "people"),
    [
        ({"starts_on": FRIDAY}, {20: 0, 24: 6}),
        ({"ends_on": MONDAY}, {20: 6, 24: 0}),
        ({"windows": "fri 08:00-11:00"}, {20: 0, 24: 6}),
        ({"rates": [{"document": "ikd", "starts_on": "2023-11-22", "per_open_day": 6}]}, {20: 0, 24: 6}),
        (
            {
                "rates": [
                    {"document": "ikd", "starts_on": "2023-11-22", "per_open_day": 9},
                    {"document": "ikd", "starts_on": None, "per_open_day": 6},
                ]
            },
            {20: 6, 24: 9},
        ),
        ({"rates": [{"document": "kia", "starts_on": None, "per_open_day": 6}]}, {20: 0, 24: 0}),
    ],
)
def test_a_place_brings_its_rate_within_its_span_its_weekdays_and_its_dates(
    session: Session, district: District, fields: dict[str, Any], people: dict[int, int]
) -> None:
    make_counter_place(session, "UPT", 6, **fields)
    assert {day: given(session, district, MONDAY, FRIDAY)[day] for day in (20, 24)} == people


def test_days_off_close_a_place_unless_it_is_open_on_them(session: Session, district: District) -> None:
    make_counter_place(session, "UPT", 6)
    make_counter_place(session, "MPP", 20, windows=SIX_DAYS, open_on_days_off=True)
    make_local_day(session, FRIDAY, is_working=False)
    assert given(session, district, FRIDAY, SATURDAY) == {24: 20, 25: 20}
    assert given(session, district, CHRISTMAS, date(2023, 12, 27)) == {25: 20, 26: 20, 27: 26}
    # On Sundays it is closed, day off or not.
    assert given(session, district, SUNDAY, SUNDAY) == {}


def test_a_day_that_the_district_works_by_exception_opens_every_place(session: Session, district: District) -> None:
    make_counter_place(session, "UPT", 6)
    make_walk_ins(session, date(2023, 11, 1), 10)
    make_local_day(session, SATURDAY, is_working=True)
    assert given(session, district, SATURDAY, SUNDAY) == {25: 16}


def test_a_count_of_one_place_replaces_its_own_rate_alone(session: Session, district: District) -> None:
    make_walk_ins(session, date(2023, 11, 1), 10)
    upt = make_counter_place(session, "UPT", 6)
    make_counter_place(session, "MPP", 20)
    count_at(session, upt, MONDAY, 1)
    count_at(session, upt, SUNDAY, 4)
    day = one(session, district, MONDAY)
    assert (day.given, day.by_rates, day.known, day.is_known) == (31, 36, 1, False)
    closed = one(session, district, SUNDAY)
    assert (closed.given, closed.by_rates, closed.is_working) == (4, 0, False)


def test_a_count_of_the_district_stands_for_every_place(session: Session, district: District) -> None:
    upt = make_counter_place(session, "UPT", 6)
    count_at(session, upt, MONDAY, 1)
    session.add(WalkInCount(district_code="16.73", document="ikd", day=MONDAY, activated=50))
    session.flush()
    day = one(session, district, MONDAY)
    assert (day.given, day.known, day.is_known) == (50, 50, True)


def test_a_day_is_known_when_every_open_place_was_counted(session: Session, district: District) -> None:
    places = [make_counter_place(session, code, 6) for code in ("A", "B")]
    count_at(session, places[0], MONDAY, 3)
    assert not one(session, district, MONDAY).is_known
    count_at(session, places[1], MONDAY, 4)
    assert one(session, district, MONDAY).is_known
    # Somebody comes to counters that are no place of their own.
    make_walk_ins(session, date(2023, 11, 1), 10)
    assert not one(session, district, MONDAY).is_known
    make_walk_ins(session, date(2023, 11, 2), 0)
    assert one(session, district, MONDAY).is_known


def test_an_ordinary_week_is_told_by_working_day(session: Session, district: District) -> None:
    make_counter_place(session, "UPT", 6)
    make_counter_place(session, "MPP", 20, windows=SIX_DAYS)
    make_counter_place(session, "LATER", 50, starts_on=FRIDAY)
    week = Counters(session, district, "ikd").ordinary_week(MONDAY)
    assert week.per_working_day == (5 * 6 + 6 * 20) / 5
    assert set(week.in_force) == {None, "UPT", "MPP"}
    make_walk_ins(session, date(2023, 11, 1), 10)
    week = Counters(session, district, "ikd").ordinary_week(MONDAY)
    assert (week.per_working_day, week.since) == (40.0, date(2023, 11, 1))
