"""The rate at the counters, learned from counted days and from what official counts leave for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimates.walk_ins import FANO, WalkInStretch, fit_walk_ins

STRETCHES = st.lists(st.builds(WalkInStretch, working_days=st.integers(0, 30), activated=st.integers(0, 3000)))


def day(activated: int) -> WalkInStretch:
    return WalkInStretch(working_days=1, activated=activated)


def test_rate_is_as_given_until_anything_is_counted() -> None:
    fit = fit_walk_ins([], given=60)
    assert (fit.mean, fit.working_days, fit.fano) == (60, 0, FANO)
    assert fit.low < 60 < fit.high


def test_given_rate_gives_way_to_counted_days() -> None:
    means = [fit_walk_ins([day(20)] * days, given=60).mean for days in (0, 1, 5, 40)]
    assert means == sorted(means, reverse=True)
    assert means[0] == 60
    assert means[-1] == pytest.approx(20, abs=1)


def test_given_rate_is_right_within_a_third_until_days_are_counted() -> None:
    fit = fit_walk_ins([], given=60)
    assert (fit.low, fit.high) == (pytest.approx(30, abs=2), pytest.approx(99, abs=2))


def test_without_a_given_rate_days_alone_tell() -> None:
    assert fit_walk_ins([day(20), day(30)], given=None).mean == pytest.approx(25)
    assert fit_walk_ins([], given=None).mean == 0


def test_stretch_between_counts_tells_as_much_as_its_days() -> None:
    whole = fit_walk_ins([WalkInStretch(working_days=10, activated=350)], given=60)
    days = fit_walk_ins([day(35)] * 10, given=60)
    assert whole.mean == pytest.approx(days.mean, rel=0.02)
    assert 35 < whole.mean < 40


@given(STRETCHES, st.integers(0, 200))
def test_order_of_the_stretches_changes_no_digit(stretches: list[WalkInStretch], rate: int) -> None:
    assert fit_walk_ins(stretches, given=rate) == fit_walk_ins(stretches[::-1], given=rate)


@given(STRETCHES, st.one_of(st.none(), st.integers(0, 200)))
def test_interval_holds_the_middle_and_is_never_negative(stretches: list[WalkInStretch], rate: int | None) -> None:
    fit = fit_walk_ins(stretches, given=rate)
    assert 0 <= fit.low <= fit.high
    assert fit.low <= fit.mean


def test_nine_in_ten_intervals_hold_the_true_rate() -> None:
    chance = np.random.Generator(np.random.PCG64(7))
    held = 0
    for _ in range(400):
        true = chance.gamma(9, 60 / 9)
        counted = chance.negative_binomial(true / 1.5, 1 / 2.5, size=20)
        fit = fit_walk_ins([day(int(number)) for number in counted], given=None)
        held += fit.low <= true <= fit.high
    assert 0.85 <= held / 400 <= 0.95
