"""What is learned of teams' paces, in small cases whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from app.estimates.pace import PaceResult, fit_pace

DRAWS = 4000


def make_pace(team: int = 1, **changes: object) -> PaceResult:
    plain = PaceResult(team=team, given_minutes_per_activation=6.0, operator_minutes=240.0, activated=40)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_before_any_visit_the_given_pace_is_worth_eight_activations() -> None:
    said = fit_pace([]).summary(1, 6.0)
    assert said.mean == pytest.approx(6.0, rel=0.1)
    assert np.log(said.high / said.low) / 3.29 == pytest.approx(1 / np.sqrt(8), rel=0.15)
    assert (said.visits, said.activated) == (0, 0)


def test_a_slow_team_is_known_by_its_visits() -> None:
    fit = fit_pace([make_pace(1, activated=20)] * 10 + [make_pace(2)] * 10)
    assert fit.summary(1, 6.0).mean == pytest.approx(12.0, rel=0.07)
    assert fit.summary(2, 6.0).mean == pytest.approx(6.0, rel=0.07)
    assert fit.summary(1, 6.0).visits == 10


def test_a_new_team_is_like_the_district() -> None:
    fit = fit_pace([make_pace(team, activated=30) for team in range(1, 9) for _ in range(4)])
    assert fit.summary(99, 6.0).mean == pytest.approx(8.0, rel=0.1)
    assert fit.summary(99, 6.0).high - fit.summary(99, 6.0).low > fit.summary(1, 6.0).high - fit.summary(1, 6.0).low


def test_one_visit_moves_a_team_only_part_of_the_way() -> None:
    fit = fit_pace([make_pace(1, activated=20)])
    assert 0.5 < fit.factor(1) < 0.9


def test_what_is_said_of_a_team_is_what_is_drawn_for_it() -> None:
    fit = fit_pace([make_pace(1, activated=20 + day) for day in range(12)])
    random = np.random.default_rng(1)
    minutes = 1 / fit.draw(random, DRAWS).of_team(1, 6.0, random)
    said = fit.summary(1, 6.0)
    assert minutes.mean() == pytest.approx(said.mean, rel=0.01)
    assert np.quantile(minutes, (0.05, 0.95)) == pytest.approx((said.low, said.high), rel=0.03)


def test_days_that_differ_are_seen_to_differ() -> None:
    random = np.random.default_rng(1)
    even = fit_pace([make_pace(1, activated=40)] * 20).draw(random, DRAWS)
    uneven = fit_pace([make_pace(1, activated=15 + 50 * (day % 2)) for day in range(20)]).draw(random, DRAWS)
    assert even.of_day(random).std() < 0.15 < 0.35 < uneven.of_day(random).std()
    assert uneven.of_day(random).mean() == pytest.approx(1.0, abs=0.05)


def test_what_the_signal_does_is_learned_beside_the_teams() -> None:
    fit = fit_pace(
        [make_pace(team, level=level, activated=20 if level == 1 else 40) for team in range(4) for level in (1, 3)] * 8
    )
    assert fit.factor(1, level=1) < 0.75 * fit.factor(1, level=3)
    random = np.random.default_rng(1)
    draws = fit.draw(random, DRAWS)
    slow, fast = (draws.of_team(1, 6.0, random, level=level).mean() for level in (1, 3))
    assert slow < 0.75 * fast


def test_visits_without_a_busy_minute_are_left_out() -> None:
    assert fit_pace([make_pace(operator_minutes=0.0, activated=0)]).results == ()


def test_busy_minutes_without_any_activation_slow_a_team_down() -> None:
    assert fit_pace([make_pace(1, activated=0)] * 3).factor(1) < 0.5
