"""What visits say of a share, on the lattice, beside sums that are exact."""

from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimates.grid import LOGITS, log_likelihood, smoothed, tables_of


def said(people: float, came: float, *, is_bounded: bool = False, weight: float = 1.0) -> np.ndarray:
    figures = (np.array([float(figure)]) for figure in (people, came, is_bounded, weight))
    return log_likelihood(**dict(zip(("people", "came", "is_bounded", "weight"), figures, strict=True)))[0]


def at_least(people: int, least: int, logit: float) -> float:
    share = 1 / (1 + exp(-logit))
    return sum(comb(people, k) * share**k * (1 - share) ** (people - k) for k in range(least, people + 1))


@given(people=st.integers(1, 300), part=st.floats(0, 1))
def test_at_least_so_many_is_the_tail_of_the_binomial(people: int, part: float) -> None:
    least = round(part * people)
    table = said(people, least, is_bounded=True)
    for node in range(60, len(LOGITS) - 60, 20):
        exact = at_least(people, least, LOGITS[node])
        assert exp(table[node]) == pytest.approx(exact, rel=1e-3, abs=1e-5)


@given(people=st.integers(1, 100_000), part=st.floats(0, 1))
def test_at_least_so_many_is_likelier_the_larger_the_share(people: int, part: float) -> None:
    table = said(people, round(part * people), is_bounded=True)
    assert (np.diff(table) >= -1e-12).all()
    assert table.max() <= 0


def test_at_least_nobody_says_nothing() -> None:
    assert (said(50, 0, is_bounded=True) == 0).all()


def test_so_many_is_the_binomial() -> None:
    share = 1 / (1 + np.exp(-LOGITS))
    assert said(40, 11) == pytest.approx(11 * np.log(share) + 29 * np.log(1 - share))


def test_a_visit_of_half_a_weight_says_half_as_much() -> None:
    assert said(40, 11, weight=0.5) == pytest.approx(0.5 * said(40, 11))


def test_huge_visits_say_no_more_than_the_lattice_can_hold() -> None:
    table = said(500_000, 25_000)
    likely = np.exp(table - table.max())
    middle = (likely * LOGITS).sum() / likely.sum()
    spread = np.sqrt((likely * (LOGITS - middle) ** 2).sum() / likely.sum())
    assert middle == pytest.approx(log(0.05 / 0.95), abs=0.005)
    assert spread == pytest.approx(0.04, abs=0.002)


def test_integrating_a_site_out_widens_what_it_said_by_the_spread_of_sites() -> None:
    narrow = -0.5 * ((LOGITS - 0.4) / 0.3) ** 2
    wide = next(smoothed(narrow[None], [0.4]))[0]
    # But for what lies beyond the ends of the lattice.
    inner = np.abs(LOGITS) < 5
    assert (wide - wide.max())[inner] == pytest.approx(-0.5 * ((LOGITS - 0.4)[inner] / 0.5) ** 2, abs=1e-4)


def test_tables_are_read_between_the_nodes() -> None:
    curve = -0.5 * ((LOGITS - 0.4) / 0.3) ** 2
    tables = tables_of(np.broadcast_to(curve, (2, 1, len(LOGITS))).copy())
    logits = np.array([[0.113], [-1.377]])
    value, slope, curvature = tables.at(np.array([0, 1]), logits)
    assert value == pytest.approx(-0.5 * ((logits - 0.4) / 0.3) ** 2)
    assert slope == pytest.approx(-(logits - 0.4) / 0.09)
    assert curvature == pytest.approx(np.full((2, 1), -1 / 0.09))
