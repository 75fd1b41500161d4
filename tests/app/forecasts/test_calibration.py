from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from app.forecasts.draws import Draws, draw
from tests.app.forecasts.judgements import calibration
from tests.app.forecasts.known_worlds import KnownWorld, count_at_the_deadline, make_month

MONTHS = 200


@pytest.fixture(scope="module")
def months() -> tuple[list[Draws], list[int]]:
    world = KnownWorld()
    drawn, came = [], []
    for number in range(MONTHS):
        month = make_month(seed=number)
        drawn.append(draw(month, world, seed=number, national_seed=number, draws=1_000, has_split=False))
        came.append(count_at_the_deadline(month, world, np.random.default_rng([7, number])))
    return drawn, came


def _as_drawn(draws: Draws) -> NDArray[np.float64]:
    return draws.published[-1]


def _days_apart(draws: Draws) -> NDArray[np.float64]:
    """The mutant that takes what each day wins for independent of all other days."""
    generator = np.random.default_rng(draws.seed)
    won = np.diff(draws.published, axis=0)
    return np.asarray(draws.published[0] + generator.permuted(won, axis=1).sum(axis=0))


def test_ninety_percent_intervals_hold_nine_months_in_ten_and_ranks_are_even(
    months: tuple[list[Draws], list[int]],
) -> None:
    drawn, came = months
    found = calibration([_as_drawn(draws) for draws in drawn], came)
    assert found.is_good, found


@pytest.mark.parametrize("mutant", [_days_apart])
def test_a_forecast_of_independent_visits_fails_the_same_judgement(
    months: tuple[list[Draws], list[int]], mutant: Callable[[Draws], NDArray[np.float64]]
) -> None:
    drawn, came = months
    found = calibration([mutant(draws) for draws in drawn], came)
    assert not found.is_good, found
    assert found.held < 0.85


def test_the_forecast_mean_is_what_comes_on_average(months: tuple[list[Draws], list[int]]) -> None:
    drawn, came = months
    won = np.array(came) - 1_000.0
    said = np.array([_as_drawn(draws).mean() - 1_000.0 for draws in drawn])
    error = (won - said).std() / np.sqrt(MONTHS)
    assert abs((won - said).mean()) < 3 * error
