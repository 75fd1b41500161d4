import pytest

from app.estimates.walk_ins import WalkInStretch, fit_walk_ins
from app.forecasts.walk_ins import strength_of


def test_a_rate_that_nobody_counted_is_right_within_a_third() -> None:
    assert strength_of(fit_walk_ins([], given=60)) ** -0.5 == pytest.approx(0.36, abs=0.02)


def test_every_counted_day_makes_the_rate_surer() -> None:
    strengths = [
        strength_of(fit_walk_ins([WalkInStretch(working_days=1, activated=60)] * days, given=60))
        for days in range(0, 40, 5)
    ]
    assert strengths == sorted(strengths)
    assert strengths[-1] > 10 * strengths[0]


def test_without_a_given_rate_only_what_was_counted_makes_it_sure() -> None:
    fit = fit_walk_ins([WalkInStretch(working_days=1, activated=60)] * 10, given=None)
    assert strength_of(fit) == pytest.approx(fit.shape)
