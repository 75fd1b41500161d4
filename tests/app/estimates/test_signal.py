"""Which signal is met where another was rated."""

import numpy as np
import pytest

from app.estimates.signal import fit_signal, prior_weights


def test_ratings_are_trusted_like_five_visits_of_which_seventy_percent_agreed() -> None:
    assert prior_weights().sum(axis=1) == pytest.approx(np.full(5, 5.0))
    assert np.diag(prior_weights()) == pytest.approx(np.full(5, 3.5))


def test_visits_move_a_rating_to_what_was_met() -> None:
    fit = fit_signal([(4, 1)] * 45)
    assert fit.share(4)[1] > 0.9
    assert fit.share(3) == pytest.approx(fit_signal([]).share(3))


def test_draws_agree_with_what_is_known() -> None:
    fit = fit_signal([(2, 1)] * 5 + [(2, 2)] * 5)
    random = np.random.default_rng(1)
    draws = fit.draw(random, 20_000)
    met = np.bincount(draws.met(2, random), minlength=5) / 20_000
    assert met == pytest.approx(fit.share(2), abs=0.015)


def test_a_future_has_one_worth_of_ratings_for_all_its_visits() -> None:
    random = np.random.default_rng(1)
    draws = fit_signal([]).draw(random, 4000)
    agrees = np.stack([draws.met(2, random) == 2 for _ in range(40)])
    # Independent visits would spread by 0.07.
    assert agrees.mean(axis=0).std() > 0.15


def test_order_of_visits_does_not_matter() -> None:
    pairs = [(1, 2), (4, 4), (1, 1), (3, 2)]
    assert (fit_signal(pairs).weights == fit_signal(pairs[::-1]).weights).all()
