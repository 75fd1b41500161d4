"""By which rules a report becomes observations."""

from typing import Any

import pytest

from app.estimates.evidence import (
    Outcome,
    VisitResult,
    observe_losses,
    observe_pace,
    observe_phone_ready,
    observe_resident,
    observe_signal,
    observe_turn_out,
)
from app.estimates.losses import LossResult
from app.estimates.pace import PaceResult
from app.estimates.shares import ShareResult
from tests.app.estimates.months import SIGNAL
from tests.app.estimates.reports import DAY, at, make_result


def turn_outs(*results: VisitResult, capacity: float = 1000, phone_ready: float = 0.8) -> tuple[ShareResult, ...]:
    return observe_turn_out(results, capacity=lambda _: capacity, phone_ready=lambda _: phone_ready)


def paces(*results: VisitResult, resident: float = 0.9) -> tuple[PaceResult, ...]:
    return observe_pace(results, signal=SIGNAL, resident=lambda _: resident)


def is_bounded(result: VisitResult, capacity: float = 1000) -> bool:
    (turn_out,) = turn_outs(result, capacity=capacity)
    return turn_out.is_bounded


def test_all_who_came_are_counted_whether_served_or_not() -> None:
    (turn_out,) = turn_outs(make_result(served=30, phone_not_ready=10, turned_away=5))
    assert (turn_out.people, turn_out.came) == (100, 45)


def test_more_than_were_invited_are_all_of_the_invited() -> None:
    (turn_out,) = turn_outs(make_result(served=130))
    assert (turn_out.people, turn_out.came) == (100, 100)


@pytest.mark.parametrize(
    ("reported", "bounded"),
    [
        ({"turned_away": 1}, True),
        ({"turned_away": 1, "ran_out_of_time": False}, True),
        ({"ran_out_of_time": True}, True),
        ({"ran_out_of_time": True, "turned_away": 0}, True),
        ({"ran_out_of_time": False}, False),
        ({"turned_away": 0}, False),
        ({}, False),
    ],
)
def test_a_queue_that_outlasted_the_visit_bounds_those_who_would_have_come(
    reported: dict[str, Any], bounded: bool
) -> None:
    assert is_bounded(make_result(**reported)) is bounded


def test_where_nothing_is_said_a_visit_that_served_all_it_could_was_full() -> None:
    assert is_bounded(make_result(served=30), capacity=30)
    assert not is_bounded(make_result(served=30), capacity=31)
    assert not is_bounded(make_result(served=30, ran_out_of_time=False), capacity=30)


def test_where_nothing_is_said_a_visit_that_served_to_its_last_minute_was_full() -> None:
    assert is_bounded(make_result(last_served_at=at(11, 58)))
    assert not is_bounded(make_result(last_served_at=at(11, 57)))
    assert not is_bounded(make_result(last_served_at=at(11, 58), ran_out_of_time=False))


def test_phones_and_residents_are_counted_among_those_who_were_seen() -> None:
    seen = make_result(served=30, phone_not_ready=10, turned_away=25, other_district=3)
    assert [(share.people, share.came) for share in observe_phone_ready([seen])] == [(40, 30)]
    assert [(share.people, share.came) for share in observe_resident([seen])] == [(30, 27)]


def test_a_visit_to_which_nobody_came_tells_of_the_turn_out_only() -> None:
    empty = make_result(served=0, activated=0, other_district=0, phone_not_ready=0)
    assert [share.came for share in turn_outs(empty)] == [0]
    assert observe_phone_ready([empty]) == observe_resident([empty]) == ()


def test_what_was_not_said_of_phones_and_residents_is_no_zero() -> None:
    silent = make_result(served=30, activated=18, phone_not_ready=None, other_district=None)
    assert observe_phone_ready([silent]) == observe_resident([silent]) == ()
    (turn_out,) = turn_outs(silent, phone_ready=0.75)
    assert turn_out.came == 40
    (pace,) = paces(silent, resident=0.9)
    assert pace.activated == 20


def test_no_more_can_have_been_activated_than_were_served() -> None:
    (pace,) = paces(make_result(served=20, activated=19, other_district=None), resident=0.5)
    assert pace.activated == 20


def test_pace_is_told_by_the_minutes_until_the_last_person() -> None:
    (pace,) = paces(make_result(last_served_at=at(10)))
    assert pace.operator_minutes == 2 * 120
    assert pace.activated == 30
    assert pace.given_minutes_per_activation == pytest.approx(6.0 / 0.855)


def test_pace_is_told_by_the_whole_service_if_the_queue_never_ended() -> None:
    (pace,) = paces(make_result(ran_out_of_time=True, last_served_at=at(10)))
    assert pace.operator_minutes == 2 * 240


def test_pace_of_a_full_visit_without_times_is_told_by_the_planned_minutes() -> None:
    (pace,) = paces(make_result(turned_away=4, started_at=None, last_served_at=None, ended_at=None))
    assert pace.operator_minutes == 2 * 240


@pytest.mark.parametrize("unknown", ["started_at", "last_served_at"])
def test_a_visit_that_was_not_full_tells_no_pace_without_its_times(unknown: str) -> None:
    assert paces(make_result(ran_out_of_time=False, **{unknown: None})) == ()


def test_idle_minutes_do_not_count_for_the_pace() -> None:
    short, long = make_result(ended_at=at(10, 15), service_minutes=135), make_result(ended_at=at(16))
    assert paces(short) == paces(long)


def test_those_of_another_district_count_for_the_pace() -> None:
    here, elsewhere = make_result(activated=30, other_district=0), make_result(activated=20, other_district=10)
    assert paces(here) == paces(elsewhere)


def test_pace_is_compared_with_what_was_given_for_the_signal_that_was_met() -> None:
    (met,) = paces(make_result(level=3, signal_met=1))
    (unsaid,) = paces(make_result(level=1, signal_met=None))
    assert met == unsaid
    assert met.given_minutes_per_activation == pytest.approx(6.0 / 0.3375)


def test_a_satellite_kit_works_at_its_own_level() -> None:
    (with_satellite,) = paces(make_result(signal_met=0, has_satellite=True))
    assert with_satellite.level == 3
    assert paces(make_result(signal_met=0)) == ()


@pytest.mark.parametrize("cause", ["weather", "site_closed", "team_absent", "equipment", "other"])
def test_what_went_wrong_tells_of_losses_only(cause: str) -> None:
    disturbed = make_result(cause=cause, outcome=Outcome.CUT_SHORT, ended_at=at(10))
    assert turn_outs(disturbed) == paces(disturbed) == ()
    assert observe_losses([disturbed]) == (LossResult(day=DAY, cause=cause, lost_share=0.5),)


@pytest.mark.parametrize("cause", ["network_down", "server_down"])
def test_a_line_that_failed_after_some_hours_bounds_the_turn_out_and_leaves_the_pace(cause: str) -> None:
    cut = make_result(cause=cause, outcome=Outcome.CUT_SHORT, last_served_at=at(10), ended_at=at(12))
    assert is_bounded(cut)
    (pace,) = paces(cut)
    assert pace.operator_minutes == 2 * 120


def test_a_line_that_failed_from_the_start_tells_of_losses_only() -> None:
    none = make_result(cause="network_down", outcome=Outcome.NOT_HELD, served=0, activated=0, phone_not_ready=0)
    assert turn_outs(none) == paces(none) == ()
    assert observe_losses([none]) == (LossResult(day=DAY, cause="network_down", lost_share=1.0),)


def test_a_visit_held_whole_is_no_loss() -> None:
    assert observe_losses([make_result()]) == (LossResult(day=DAY, cause=None, lost_share=0.0),)


def test_signal_is_told_only_where_it_was_looked_at() -> None:
    assert observe_signal([make_result(1, signal_met=2), make_result(2, signal_met=None)]) == ((3, 2),)
