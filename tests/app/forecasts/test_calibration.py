"""Over many months the forecast is as sure as it may be; forecasts that think visits independent fail by the same
measure."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.estimates.learning import learn
from app.forecasts.draws import Draws, draw
from tests.app.estimates.months import World
from tests.app.estimates.months import month as month_of_reports
from tests.app.forecasts.judgements import calibration
from tests.app.forecasts.known_worlds import KnownWorld, count_at_the_deadline, make_month
from tests.app.forecasts.learned_months import second_half

Drawn = list[Draws]

# Over 1,600 months from here on the distance from even ranks is 0.01 and 89 % are held; of a perfect forecast's 200
# months one row in 25 is further off than 0.1 by chance, and months 0–199 are such a row.
FIRST_MONTH, MONTHS = 1_000, 200
# A fit costs more than a forecast: so many say enough of the interval, too few of its ranks.
LEARNED_MONTHS = 100


@pytest.fixture(scope="module")
def known() -> tuple[Drawn, list[int]]:
    """Forecasts whose posterior is the distribution that makes the truth."""
    world = KnownWorld()
    drawn, came = [], []
    for number in range(FIRST_MONTH, FIRST_MONTH + MONTHS):
        month = make_month(seed=number)
        drawn.append(draw(month, world, seed=number, national_seed=number, draws=600, has_split=False))
        came.append(count_at_the_deadline(month, world, np.random.default_rng([7, number])))
    return drawn, came


@pytest.fixture(scope="module")
def learned() -> tuple[Drawn, list[int]]:
    """Forecasts of 80 visits by what 80 others taught, where people were thought to come twice as often as they do."""
    world = World()
    drawn, came = [], []
    for number in range(FIRST_MONTH, FIRST_MONTH + LEARNED_MONTHS):
        month = month_of_reports(number, world=world)
        known = learn(month.results[:80], month.priors(world))
        ahead, activations = second_half(month, reported=80)
        drawn.append(draw(ahead, known, seed=number, national_seed=number, draws=400, has_split=False))
        came.append(activations)
    return drawn, came


def _shared(draws: Draws) -> NDArray[np.float64]:
    return draws.published[-1]


def _days_apart(draws: Draws) -> NDArray[np.float64]:
    """The mutant: what a day wins is independent of every other day. With visits apart, too, it is narrower still."""
    won = np.diff(draws.published, axis=0)
    shuffled = np.random.default_rng(draws.seed).permuted(won, axis=1)
    return np.asarray(draws.published[0] + shuffled.sum(axis=0))


def test_ninety_percent_intervals_hold_nine_months_in_ten_and_ranks_are_even(known: tuple[Drawn, list[int]]) -> None:
    drawn, came = known
    judged = calibration([_shared(draws) for draws in drawn], came)
    assert judged.is_good, judged


def test_a_forecast_of_independent_days_fails_the_same_judgement(known: tuple[Drawn, list[int]]) -> None:
    drawn, came = known
    judged = calibration([_days_apart(draws) for draws in drawn], came)
    assert not judged.is_good, judged
    assert judged.held < 0.75


def test_the_mean_said_is_what_comes_on_average(known: tuple[Drawn, list[int]]) -> None:
    drawn, came = known
    missed = np.array(came) - np.array([_shared(draws).mean() for draws in drawn])
    assert abs(missed.mean()) < 2 * missed.std() / np.sqrt(MONTHS)


def test_what_half_a_month_taught_forecasts_the_other_half(learned: tuple[Drawn, list[int]]) -> None:
    drawn, came = learned
    judged = calibration([_shared(draws) for draws in drawn], came)
    assert abs(judged.held - 0.9) <= 0.05, judged
    said = np.array([_shared(draws).mean() for draws in drawn])
    assert abs(said.sum() / sum(came) - 1) < 0.05


def test_what_was_learned_added_up_day_by_day_fails_the_same_judgement(learned: tuple[Drawn, list[int]]) -> None:
    drawn, came = learned
    judged = calibration([_days_apart(draws) for draws in drawn], came)
    assert abs(judged.held - 0.9) > 0.05, judged


def test_the_same_forecast_comes_of_the_same_lessons(learned: tuple[Drawn, list[int]]) -> None:
    world = World()
    month = month_of_reports(FIRST_MONTH, world=world)
    known = learn(month.results[:80][::-1], month.priors(world))
    ahead, _ = second_half(month, reported=80)
    again = draw(ahead, known, seed=FIRST_MONTH, national_seed=FIRST_MONTH, draws=400, has_split=False)
    assert again.published.tobytes() == learned[0][0].published.tobytes()
