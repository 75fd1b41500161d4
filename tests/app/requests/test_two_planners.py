"""Two planners at the same moment: one wins, the other is told so with fresh offers, nothing is half done."""

import pytest
from sqlalchemy import Engine

from app.requests import offering, plan_in_force
from tests.app.requests.accept_pairs import run_pairs


def test_of_two_who_need_one_team_day_one_is_booked(own_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the rounds put in its place is put back afterwards.
    monkeypatch.setattr(offering, "held_team_days", plan_in_force.held_team_days)
    outcomes = run_pairs(own_engine, 20, seed=7)
    assert outcomes.total() == 20
    assert outcomes["booked/stale"] > 0
    assert outcomes["booked/closed"] + outcomes["booked/booked"] > 0
    assert set(outcomes) <= {"booked/stale", "booked/closed", "booked/booked", "no offer"}
