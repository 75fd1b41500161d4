"""The example districts as planning instances, by the way the service itself takes: import, request, build."""

import gzip
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.commands.folders import load_example
from app.database import make_engine, migrate
from app.districts import service as districts
from app.embedded_postgres import running_postgres
from app.observability import configure_logging
from app.schedules import service as schedules
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.worker import prepare_database

EXAMPLES = Path(__file__).parents[2] / "examples"
NOVEMBER = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30))


def write_examples(folder: Path) -> None:
    """Write an instance file for November 2023 of every example district, through a database that is then dropped."""
    configure_logging("WARNING", json_lines=True)
    with tempfile.TemporaryDirectory() as data, running_postgres(Path(data) / "postgres") as url:
        engine = make_engine(url)
        migrate(engine)
        prepare_database(url)
        # A province that plans nothing itself has no sites.
        for source in sorted(path.parent for path in EXAMPLES.glob("*/sites.csv")):
            write_example(engine, source, folder)
        engine.dispose()


def write_example(engine: Engine, source: Path, folder: Path) -> Path:
    """Write the instance of one example folder; the database is as before afterwards."""
    now = datetime.now(UTC)
    with Session(engine) as session:
        code = load_example(session, source, now=now)
        district = districts.get_district(session, code)
        schedule = schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=now)
        built = build_instance(session, schedule)
        session.rollback()
    written = folder / f"{source.name.partition('-')[2]}-november.json"
    written.write_bytes(gzip.decompress(built.content))
    return written
