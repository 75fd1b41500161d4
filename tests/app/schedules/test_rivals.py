"""Two planners at once, whatever they do: see `rivals`."""

from app.database import make_engine
from app.worker import prepare_database
from tests.app.schedules.rivals import run_rounds


def test_two_planners_at_once_lose_double_and_half_do_nothing(own_database: str) -> None:
    prepare_database(own_database)
    engine = make_engine(own_database)
    told = run_rounds(engine, 10, seed=1)
    engine.dispose()
    assert told.total() == 20
