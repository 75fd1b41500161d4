"""Two planners at once, whatever they do: see `rivals`."""

from sqlalchemy import Engine

from tests.app.schedules.rivals import run_rounds


def test_two_planners_at_once_lose_double_and_half_do_nothing(own_engine: Engine) -> None:
    assert run_rounds(own_engine, 10, seed=1).total() == 20
