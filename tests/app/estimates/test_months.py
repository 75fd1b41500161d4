"""One hundred months whose truth is known: what is learned stands the checks, plausible mistakes do not."""

import numpy as np
import pytest

from tests.app.estimates.judging import AFTER, Judged, failed_checks, judge_months
from tests.app.estimates.months import SIGNAL, World, month

MISTAKES = ("without censoring", "with idle minutes", "independent sites")


@pytest.fixture(scope="module")
def judged() -> dict[str, dict[int, Judged]]:
    # Mistakes are so large that fewer months tell them.
    return judge_months({"real": 100, **dict.fromkeys(MISTAKES, 30)})


def test_what_is_learned_stands_every_check(judged: dict[str, dict[int, Judged]]) -> None:
    assert failed_checks(judged["real"]) == set()


def test_ignoring_that_visits_ran_out_of_time_is_refused(judged: dict[str, dict[int, Judged]]) -> None:
    assert failed_checks(judged["without censoring"]) >= {"total held", "total unbiased"}


def test_taking_idle_minutes_for_busy_ones_is_refused(judged: dict[str, dict[int, Judged]]) -> None:
    assert failed_checks(judged["with idle minutes"]) == {"pace held", "pace unbiased"}


def test_adding_sites_up_as_if_they_shared_no_errors_is_refused(judged: dict[str, dict[int, Judged]]) -> None:
    assert failed_checks(judged["independent sites"]) == {"total held"}


def test_more_visits_make_the_error_smaller(judged: dict[str, dict[int, Judged]]) -> None:
    errors = [np.abs(judged["real"][visits].total_error).mean() for visits in AFTER]
    assert errors == sorted(errors, reverse=True)


def test_months_are_the_same_for_the_same_seed() -> None:
    assert month(3).results == month(3).results != month(4).results


def test_visits_that_ran_out_of_time_are_a_good_part_of_a_month() -> None:
    held = [result for seed in range(20) for result in month(seed).results if result.is_whole]
    full = sum(bool(result.ran_out_of_time) for result in held) / len(held)
    assert 0.1 < full < 0.4


def test_reports_of_a_month_keep_to_what_a_team_can_do() -> None:
    for result in month(3, world=World(true=0.75)).results:
        assert result.activated + (result.other_district or 0) <= result.served
        assert result.served + (result.phone_not_ready or 0) + (result.turned_away or 0) <= result.invited
        if result.started_at and result.last_served_at and result.ended_at:
            assert result.started_at <= result.last_served_at <= result.ended_at
        assert SIGNAL.rate[result.level] > 0
