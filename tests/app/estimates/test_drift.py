"""Whether the last visits are what earlier ones foretell."""

from datetime import date, timedelta

import numpy as np

from app.estimates.drift import check_recent, discounted
from app.estimates.shares import ShareResult, fit_shares

PRIOR = {"school": 0.5}


def month_of(shares: list[float], *, is_bounded: bool = False) -> list[ShareResult]:
    random = np.random.default_rng(1)
    return [
        ShareResult(
            site=day,
            kind="school",
            area="east",
            level=3,
            people=100,
            came=int(random.binomial(100, share)),
            is_bounded=is_bounded and day >= 40,
            day=date(2026, 11, 1) + timedelta(days=day),
        )
        for day, share in enumerate(shares)
    ]


def test_visits_like_the_earlier_ones_have_not_changed() -> None:
    check = check_recent(month_of([0.4] * 60), PRIOR, seed=1)
    assert check is not None
    assert not check.has_changed


def test_visits_to_which_half_as_many_came_have_changed() -> None:
    check = check_recent(month_of([0.4] * 40 + [0.2] * 20), PRIOR, seed=1)
    assert check is not None
    assert check.has_changed
    assert check.came < check.expected


def test_visits_that_ran_out_of_time_have_not_changed_for_that() -> None:
    check = check_recent(month_of([0.4] * 40 + [0.2] * 20, is_bounded=True), PRIOR, seed=1)
    assert check is not None
    assert not check.has_changed


def test_too_few_earlier_visits_say_nothing() -> None:
    assert check_recent(month_of([0.4] * 39), PRIOR, seed=1) is None


def test_discounted_visits_follow_what_has_changed() -> None:
    changed = month_of([0.6] * 40 + [0.3] * 20)
    plain, recent = (
        fit_shares(results, PRIOR).summary("school", "east", 3).mean
        for results in (changed, discounted(changed, half_life_days=10))
    )
    assert 0.3 < recent < plain


def test_a_visit_weighs_half_after_a_half_life() -> None:
    first, last = discounted([month_of([0.4] * 61)[0], month_of([0.4] * 61)[60]])
    assert (first.weight, last.weight) == (0.5, 1.0)
