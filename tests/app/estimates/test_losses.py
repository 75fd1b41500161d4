"""How often visits are lost, one by one and by days."""

from datetime import date, timedelta

import numpy as np
import pytest

from app.estimates.losses import LossResult, fit_losses

MONDAY = date(2026, 11, 2)


def held(day: date = MONDAY) -> LossResult:
    return LossResult(day=day, cause=None, lost_share=0.0)


def lost(cause: str, day: date = MONDAY, share: float = 1.0) -> LossResult:
    return LossResult(day=day, cause=cause, lost_share=share)


def test_before_any_visit_one_in_fifteen_is_lost_and_one_day_in_twenty() -> None:
    fit = fit_losses([])
    assert (fit.visit, fit.day) == ((1.0, 14.0), (1.0, 19.0))
    assert fit.expected == pytest.approx(1 - 14 / 15 * 19 / 20)


def test_one_lost_visit_among_others_is_lost_by_itself() -> None:
    fit = fit_losses([lost("site_closed"), held(), held()])
    assert (fit.visit, fit.day) == ((2.0, 16.0), (1.0, 20.0))


def test_most_visits_lost_to_one_cause_are_one_lost_day_and_no_lost_visits() -> None:
    fit = fit_losses([lost("network_down"), lost("network_down"), held()])
    assert (fit.visit, fit.day) == ((1.0, 14.0), (2.0, 19.0))


def test_different_causes_on_one_day_are_lost_visits() -> None:
    fit = fit_losses([lost("network_down"), lost("weather")])
    assert (fit.visit, fit.day) == ((3.0, 14.0), (1.0, 20.0))


def test_a_server_down_takes_the_day_whoever_reports_it() -> None:
    fit = fit_losses([lost("server_down"), held(), held()])
    assert fit.day == (2.0, 19.0)


def test_a_visit_cut_short_counts_by_the_part_that_was_lost() -> None:
    assert fit_losses([lost("weather", share=0.25)]).visit == (1.25, 14.75)


def test_causes_are_told_apart() -> None:
    tuesday = MONDAY + timedelta(days=1)
    fit = fit_losses([lost("weather"), held(), lost("server_down", tuesday)])
    assert [(tally.cause, tally.visits, tally.days) for tally in fit.causes] == [
        ("server_down", 0.0, 1),
        ("weather", 1.0, 0),
    ]


def test_draws_agree_with_what_is_known() -> None:
    fit = fit_losses([held()] * 30 + [lost("weather")] * 3)
    draws = fit.draw(np.random.default_rng(1), 20_000)
    assert draws.visit.mean() == pytest.approx(4 / 48, abs=0.002)
    assert draws.day.mean() == pytest.approx(1 / 21, abs=0.002)
