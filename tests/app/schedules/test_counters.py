"""What the counters are expected to bring once something was counted: places and the general rate learn together."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.counters.models import CounterPlaceCount
from app.districts.models import District, OfficialCount, WalkInCount
from app.schedules.counters import AtCounters, learn_walk_ins
from tests.factories import make_counter_place, make_district, make_target, make_walk_ins

TODAY = date(2023, 11, 17)
MONDAY = date(2023, 11, 20)
WEEK = (MONDAY, MONDAY + timedelta(days=6))
SIX_DAYS = "mon-sat 09:00-15:00"


@pytest.fixture
def district(session: Session) -> District:
    district = make_district(session)
    make_target(session, as_of=date(2023, 10, 31))
    return district


def expected(session: Session, district: District, *, on: date = TODAY, **how: Any) -> dict[int, int]:
    return {day.day: people for day, people in AtCounters(session, district, "ikd", on=on).expected(*WEEK).items()}


def count_days(session: Session, people: dict[int, int]) -> None:
    session.add_all(
        WalkInCount(district_code="16.73", document="ikd", day=date(2023, 11, day), activated=activated)
        for day, activated in people.items()
    )
    session.flush()


def test_every_day_brings_the_rates_of_what_is_open_until_anything_is_counted(
    session: Session, district: District
) -> None:
    make_walk_ins(session, date(2023, 11, 1), 10)
    make_counter_place(session, "UPT", 6)
    make_counter_place(session, "MPP", 20, windows=SIX_DAYS)
    assert expected(session, district) == {20: 36, 21: 36, 22: 36, 23: 36, 24: 36, 25: 20}


def test_a_rate_split_among_places_of_the_same_days_changes_nothing(session: Session) -> None:
    whole = make_district(session)
    parts = make_district(session, "17.71")
    make_walk_ins(session, date(2023, 11, 1), 60)
    for code, per_day in (("A", 10), ("B", 20), ("C", 30)):
        make_counter_place(session, code, per_day, district_code="17.71", starts_on=date(2023, 11, 1))
    for district in (whole, parts):
        make_target(session, district.code, activated=4_000, as_of=date(2023, 11, 10))
        for day, activated in ((6, 41), (7, 77), (13, 33), (14, 52)):
            session.add(
                WalkInCount(district_code=district.code, document="ikd", day=date(2023, 11, day), activated=activated)
            )
        session.add(
            OfficialCount(
                district_code=district.code, document="ikd", owner="district", as_of=date(2023, 11, 3), activated=3_700
            )
        )
    session.flush()
    fits = [learn_walk_ins(session, district, "ikd", on=TODAY) for district in (whole, parts)]
    assert fits[0].working_days == 4 + 3
    for name in ("given", "mean", "activated", "working_days", "fano", "shape"):
        assert getattr(fits[1], name) == pytest.approx(getattr(fits[0], name)), name
    assert expected(session, parts) == expected(session, whole)


def test_what_was_counted_moves_every_rate_in_force_by_the_same_factor(session: Session, district: District) -> None:
    make_counter_place(session, "UPT", 40, starts_on=date(2023, 11, 1))
    make_counter_place(session, "MPP", 20, windows=SIX_DAYS, starts_on=date(2023, 11, 1))
    rates = [
        {"document": "ikd", "starts_on": None, "per_open_day": 30},
        {"document": "ikd", "starts_on": "2023-11-23", "per_open_day": 300},
    ]
    make_counter_place(session, "CHANGES", rates=rates, starts_on=date(2023, 11, 1))
    make_counter_place(session, "LATER", 1_000, starts_on=date(2023, 11, 24))
    before = expected(session, district)
    assert before == {20: 90, 21: 90, 22: 90, 23: 360, 24: 1360, 25: 20}
    # Twice as many as expected on each working day, the mall's Saturday too.
    count_days(session, dict.fromkeys((1, 2, 3, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17), 180) | {11: 40})
    factor = learn_walk_ins(session, district, "ikd", on=TODAY).mean / 94
    assert 1.8 < factor < 2
    after = expected(session, district)
    assert after[20] == pytest.approx(90 * factor, abs=1)
    assert after[25] == pytest.approx(20 * factor, abs=1)
    # Rates that begin later are as they were given.
    assert after[23] == pytest.approx(60 * factor + 300, abs=1)
    assert after[24] == pytest.approx(60 * factor + 1_300, abs=1)


def test_a_saturday_of_the_mall_tells_as_little_as_is_expected_of_it(session: Session, district: District) -> None:
    make_walk_ins(session, date(2023, 11, 1), 80)
    make_counter_place(session, "MPP", 20, windows=SIX_DAYS)
    count_days(session, {4: 20, 11: 20})
    fit = learn_walk_ins(session, district, "ikd", on=TODAY)
    assert fit.given == 104
    assert fit.mean == pytest.approx(104)


def test_a_count_of_one_place_replaces_its_rate_and_teaches_nothing_of_the_others(
    session: Session, district: District
) -> None:
    upt = make_counter_place(session, "UPT", 6)
    mpp = make_counter_place(session, "MPP", 20)
    for day in (20, 21):
        session.add(CounterPlaceCount(place_id=upt.id, document="ikd", day=date(2023, 11, day), activated=1))
    session.flush()
    on = date(2023, 11, 21)
    assert learn_walk_ins(session, district, "ikd", on=on).working_days == 0
    assert expected(session, district, on=on) == {20: 21, 21: 21, 22: 26, 23: 26, 24: 26}
    # Where all of them were counted, the day tells of the whole.
    session.add(CounterPlaceCount(place_id=mpp.id, document="ikd", day=on, activated=9))
    session.flush()
    fit = learn_walk_ins(session, district, "ikd", on=on)
    assert (fit.working_days, fit.activated) == (1, 10)


def test_what_was_counted_later_is_not_known_on_a_day_that_lies_back(session: Session, district: District) -> None:
    upt = make_counter_place(session, "UPT", 6)
    make_walk_ins(session, date(2023, 11, 1), 10)
    session.add(CounterPlaceCount(place_id=upt.id, document="ikd", day=MONDAY, activated=1))
    count_days(session, {21: 99})
    at_counters = AtCounters(session, district, "ikd", on=TODAY)
    first, second, *_ = at_counters.days(*WEEK, counted_until=TODAY)
    assert (first.counted, first.likely, second.counted, second.likely) == (0, 16, 0, 16)
    first, second, *_ = at_counters.days(*WEEK)
    assert (first.counted, first.likely, second.counted, second.likely) == (1, 10, 99, 0)
