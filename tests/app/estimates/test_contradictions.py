"""Which visits speak against a figure that was given."""

import numpy as np
import pytest

from app.estimates.contradictions import contradiction, pace_contradiction
from app.estimates.pace import PaceResult
from app.estimates.shares import ShareResult


def visits(*came: int, is_bounded: bool = False, people: int = 100) -> list[ShareResult]:
    return [
        ShareResult(
            site=site, kind="school", area="east", level=3, people=people, came=people_came, is_bounded=is_bounded
        )
        for site, people_came in enumerate(came)
    ]


def test_three_visits_with_far_too_few_are_a_doubt() -> None:
    assert contradiction(visits(5, 8, 12, 70), 0.8).too_few == 3
    assert contradiction(visits(5, 8, 12, 70), 0.8).is_doubtful
    assert not contradiction(visits(5, 8, 70, 70), 0.8).is_doubtful


def test_three_visits_with_far_too_many_are_a_doubt_even_if_they_ran_out_of_time() -> None:
    assert contradiction(visits(95, 96, 97, is_bounded=True), 0.3).is_doubtful


def test_visits_that_ran_out_of_time_never_had_too_few() -> None:
    assert contradiction(visits(5, 8, 12, is_bounded=True), 0.8).too_few == 0


def test_visits_on_both_sides_do_not_add_up() -> None:
    against = contradiction(visits(0, 0, 99, 99), 0.5)
    assert (against.too_few, against.too_many, against.is_doubtful) == (2, 2, False)


def test_a_share_of_one_site_is_held_against_it_more_strictly() -> None:
    assert not contradiction(visits(60, 61, 59), 0.8).is_doubtful
    assert contradiction(visits(60, 61, 59), 0.8, site_spread=0.05).is_doubtful


def test_a_true_share_is_seldom_contradicted() -> None:
    random = np.random.default_rng(1)
    share = 1 / (1 + np.exp(-random.normal(np.log(0.4 / 0.6), 0.55, 4000)))
    against = contradiction(visits(*(int(came) for came in random.binomial(60, share)), people=60), 0.4)
    assert (against.too_few + against.too_many) / against.visits == pytest.approx(0.007, abs=0.005)


def test_all_who_were_invited_are_no_contradiction_to_all() -> None:
    against = contradiction(visits(100, 100, 100), 1.0)
    assert (against.too_few, against.too_many) == (0, 0)


def test_without_visits_nothing_is_contradicted() -> None:
    assert contradiction([], 0.5).visits == 0


def paces(*activated: int, minutes: float = 240.0, given: float = 6.0) -> list[PaceResult]:
    return [
        PaceResult(team=1, given_minutes_per_activation=given, operator_minutes=minutes, activated=number)
        for number in activated
    ]


def test_three_visits_far_slower_or_far_faster_than_the_given_pace_are_a_doubt() -> None:
    assert pace_contradiction(paces(8, 9, 7, 40)).is_doubtful
    assert pace_contradiction(paces(100, 110, 120, 40)).is_doubtful
    assert not pace_contradiction(paces(8, 9, 38, 40)).is_doubtful
    assert not pace_contradiction(paces(8, 9, 100, 110)).is_doubtful


def test_visits_without_a_busy_minute_say_nothing_of_the_pace() -> None:
    assert pace_contradiction(paces(0, 0, 0, minutes=0.0)).visits == 0


def test_a_true_pace_is_seldom_contradicted() -> None:
    random = np.random.default_rng(2)
    days = random.gamma(1 / 0.3**2, 0.3**2, 4000)
    against = pace_contradiction(paces(*(int(number) for number in random.poisson(40 * days))))
    assert (against.too_few + against.too_many) / against.visits == pytest.approx(0.008, abs=0.004)
