from pathlib import Path

from app.database import make_engine
from app.worker import prepare_database
from solver.contract.reading import read_instance
from tests.benchmark.examples import EXAMPLES, write_example


def test_example_district_becomes_an_instance(own_database: str, tmp_path: Path) -> None:
    prepare_database(own_database)
    engine = make_engine(own_database)
    written = write_example(engine, EXAMPLES / "16.73-kota-lubuklinggau", tmp_path)
    engine.dispose()
    instance = read_instance(written)
    assert written.name == "kota-lubuklinggau-november.json"
    assert len(instance.sites) > 100
    assert all(day.month == 11 and day.weekday() < 5 for day in instance.dates)
