import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.forecasts.walk_ins import FANO, RATE_STRENGTH, corrected, spread_of


def test_rates_stay_as_given_until_somebody_counts() -> None:
    assert corrected(0, 0, fano=FANO) == (1.0, RATE_STRENGTH)


def test_many_counted_days_outweigh_the_rate_that_was_given() -> None:
    factor, strength = corrected(30_000, 10_000, fano=2.5)
    assert factor == pytest.approx(3, rel=0.01)
    assert strength > 10_000


def test_one_counted_day_moves_the_rate_a_little() -> None:
    factor, _ = corrected(24, 12, fano=2.5)
    assert 1.1 < factor < 1.5


@given(came=st.integers(0, 10**6), expected=st.integers(1, 10**6), fano=st.floats(1, 20))
def test_the_correction_lies_between_the_rate_and_what_came(came: int, expected: int, fano: float) -> None:
    factor, _ = corrected(came, expected, fano=fano)
    assert min(1.0, came / expected) - 1e-9 <= factor <= max(1.0, came / expected) + 1e-9


def test_few_days_say_nothing_of_how_uneven_they_are() -> None:
    assert spread_of([1, 50, 2, 90]) == FANO
    assert spread_of([]) == FANO
    assert spread_of([0] * 20) == FANO


def test_even_days_bring_the_spread_down_and_never_below_chance() -> None:
    assert 1 <= spread_of([12] * 40) < FANO
    assert spread_of([12] * 4_000) == 1


def test_uneven_days_bring_it_up() -> None:
    assert spread_of([2, 40] * 10) > FANO
