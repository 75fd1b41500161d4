import itertools
from datetime import date, timedelta

import numpy as np
import pytest

from app.forecasts.draws import Draws, draw
from app.forecasts.forecast import described, probability
from app.forecasts.site_draws import Cause
from tests.app.forecasts.known_worlds import KnownWorld, make_month

ON = date(2024, 6, 2)


def _draws(counts: list[list[int]], *, fixed: dict[Cause, list[int]] | None = None) -> Draws:
    return Draws(
        seed=1,
        national_seed=2,
        days=tuple(ON + timedelta(days=number) for number in range(len(counts))),
        published=np.array(counts, dtype=float),
        as_now=None,
        last_published=None,
        fixed={cause: np.array(values, dtype=float) for cause, values in (fixed or {}).items()},
        expected_of_visit={},
    )


def test_percentiles_of_every_day_are_in_order_and_never_fall() -> None:
    forecast = described(draw(make_month(), KnownWorld(), seed=1, national_seed=2, draws=200), target=2_600)
    bands = forecast.published.bands
    assert [band.date for band in bands] == [
        date.fromordinal(number) for number in range(forecast.on.toordinal(), forecast.deadline.toordinal() + 1)
    ]
    assert all(band.p05 <= band.p25 <= band.p50 <= band.p75 <= band.p95 for band in bands)
    assert all(before.p05 <= after.p05 and before.p95 <= after.p95 for before, after in itertools.pairwise(bands))
    assert forecast.published.at_deadline == bands[-1]


def test_crossings_and_the_share_that_never_crosses_add_up_to_one() -> None:
    line = described(draw(make_month(), KnownWorld(), seed=1, national_seed=2, draws=200), target=2_600).published
    assert sum(crossing.probability for crossing in line.crossings) + line.never == pytest.approx(1)
    assert line.probability_of_target.probability == pytest.approx(1 - line.never)


def test_the_line_is_crossed_on_the_day_by_which_half_of_the_futures_reach_the_target() -> None:
    line = described(_draws([[0, 0, 0, 0], [0, 0, 5, 9], [1, 6, 6, 9]]), target=5).published
    assert line.crosses_on == ON + timedelta(days=1)
    assert [(crossing.date.day, crossing.probability) for crossing in line.crossings] == [(3, 0.5), (4, 0.25)]
    assert line.never == 0.25


def test_a_target_already_reached_is_crossed_on_the_day_of_the_forecast() -> None:
    line = described(_draws([[7, 7], [8, 9]]), target=5).published
    assert line.crosses_on == ON
    assert line.never == 0


@pytest.mark.parametrize(
    ("holds", "indonesian", "english"),
    [
        (0, "< 1 %", "< 1%"),
        (19, "< 1 %", "< 1%"),
        (20, "1 %", "1%"),
        (1_260, "63 %", "63%"),
        (1_990, "> 99 %", "> 99%"),
    ],
)
def test_a_probability_near_none_or_all_is_never_said_as_such(holds: int, indonesian: str, english: str) -> None:
    assert probability(holds, 2_000).shown == {"id": indonesian, "en": english}


def test_the_error_of_a_probability_is_that_of_so_many_draws_and_never_nothing() -> None:
    assert probability(1_000, 2_000).error == pytest.approx(0.0112, abs=0.0001)
    assert 0 < probability(0, 2_000).error < 0.001


def test_the_split_of_uncertainty_adds_up_to_one_with_luck_last() -> None:
    forecast = described(draw(make_month(), KnownWorld(), seed=1, national_seed=2, draws=500), target=2_600)
    assert {part.cause for part in forecast.uncertainty} == {*Cause, "rest"}
    assert forecast.uncertainty[-1].cause == "rest"
    assert sum(part.share for part in forecast.uncertainty) == pytest.approx(1)
    assert all(part.share >= 0 for part in forecast.uncertainty)


def test_causes_that_hide_one_another_are_scaled_down_to_the_whole() -> None:
    ends = [0, 10, 20, 30]
    split = described(_draws([ends], fixed={cause: [5, 5, 5, 5] for cause in Cause}), target=5).uncertainty
    assert [part.share for part in split] == pytest.approx([0.2] * 5 + [0])


def test_a_month_without_uncertainty_has_no_split() -> None:
    assert described(_draws([[3, 3]], fixed={cause: [3, 3] for cause in Cause}), target=5).uncertainty == ()
