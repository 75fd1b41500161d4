"""Branching bounds every plan still, closes gaps that parts of team-days and visits leave, and shows planted faults."""

from collections.abc import Callable
from typing import Any

import pytest

from solver.bound import branching
from solver.bound.bounds import upper_bounds
from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.numeric.arrays import build_arrays
from tests.solver.bound.test_bounds import faults_of_bounds, never, strong_and_weak


def last_bound(instance: Instance) -> int:
    *_, bounds = upper_bounds(build_arrays(instance), should_stop=never)
    return bounds.value_milli


def on_a_budget(budget: int) -> Instance:
    """The strong team's day wins 100 people, a weak one's 90; a day costs a million rupiah."""
    document = strong_and_weak().to_json()
    document["costs"] = {"per_km": 0, "per_team_day": 1_000_000, "budget": budget}
    return instance_from_json(document)


def three_in_pairs_and_one_alone() -> Instance:
    """Three days of a team: two of three sites of 100 people a day, or 120 of the 240 people of a fourth.

    One and a half days for the three and as many for the fourth would win 480, whole visits win 440.
    """
    document = strong_and_weak().to_json()
    site = document["sites"][0] | {"windows": [[450, 990]], "max_visit_dates": 1, "max_teams": 1}
    document["connectivity"]["throughput_percent"][3] = 25
    document["connectivity"]["success_percent"][3] = 100
    long = site | {"id": "S3", "people": 240, "fixed_minutes": 480, "connectivity": 3, "max_visit_dates": 3}
    document["sites"] = [{**site, "id": f"S{n}"} for n in range(3)] + [long]
    document["teams"] = [document["teams"][1] | {"dates": "111", "max_stops": 2}]
    return instance_from_json(document)


@pytest.fixture
def branched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of branches made, which are made at once."""
    made: list[str] = []
    monkeypatch.setattr(branching, "NEARLY", 1.0)
    monkeypatch.setattr(branching, "FRACTION", 0.001)

    def noting(name: str, honest: Any) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            made.append(name)
            return honest(*arguments)

        return noted

    for name in ("_by_days", "_by_visits"):
        monkeypatch.setattr(branching, name, noting(name, getattr(branching, name)))
    return made


def test_no_plan_of_a_tiny_instance_is_above_a_branched_bound(branched: list[str]) -> None:
    assert list(faults_of_bounds()) == []
    assert set(branched) == {"_by_days", "_by_visits"}


def test_a_part_of_a_team_day_is_not_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # A million rupiah count as one activation.
    assert last_bound(on_a_budget(2_600_000)) == pytest.approx(188_000, rel=1e-4)
    monkeypatch.setattr(branching, "MOST_TEAM_DAYS", 0)
    assert last_bound(on_a_budget(2_600_000)) == pytest.approx(241_400, rel=1e-2)


def test_a_part_of_a_visit_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert last_bound(three_in_pairs_and_one_alone()) == pytest.approx(440_000, rel=1e-4)
    monkeypatch.setattr(branching, "MOST_TEAM_DAYS", 0)
    assert last_bound(three_in_pairs_and_one_alone()) == pytest.approx(480_000, rel=1e-2)


def test_planted_narrow_branches_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    by_days, by_visits = branching._by_days, branching._by_visits
    monkeypatch.setattr(branching, "_by_days", lambda fewer: (by_days(fewer - 1)[0], by_days(fewer)[1]))
    assert last_bound(on_a_budget(2_600_000)) < 188_000
    monkeypatch.setattr(branching, "_by_visits", lambda i, fewer: (by_visits(i, fewer)[0], by_visits(i, fewer + 1)[1]))
    assert last_bound(three_in_pairs_and_one_alone()) < 440_000
