"""Starts the service of the browser tests on a database, and talks to its process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.access.models import Role
from app.database import make_engine
from tests.browser import office
from tests.browser.office import Places
from tests.processes import Forked


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service with the office behind it."""

    address: str
    engine: Engine
    places: Places
    secrets: dict[Role, str]
    """Of a session of each role."""
    process: Forked

    def set_clock(self, moment: datetime) -> None:
        """Let the service believe that it is this moment, from the next request on."""
        self.process.stdin.write(f"{moment.isoformat()}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "set\n"

    def path(self, pattern: str) -> str:
        """`/rencana/{schedule}` with what its names stand for here."""
        return pattern.format_map({name: getattr(self.places, name) for name in Places.__slots__})


@contextmanager
def running_service(database_url: str, data_dir: Path, **environment: str) -> Iterator[Service]:
    """The service on a database that `office.fill` has filled; it is stopped at the end of the block."""
    engine = make_engine(database_url)
    with Session(engine) as session, session.begin():
        places = office.places_of(session)
        secrets = {role: office.log_in(session, role) for role in office.PEOPLE}
    process = Forked(
        "tests.browser.server_process",
        office.NOW.isoformat(),
        environment=os.environ | {"DATABASE_URL": database_url, "JEMPUT_DATA_DIR": str(data_dir)} | environment,
    )
    try:
        port = process.stdout.readline().strip()
        assert port, "the service did not start; its reason stands above"
        yield Service(
            address=f"http://127.0.0.1:{port}", engine=engine, places=places, secrets=secrets, process=process
        )
    finally:
        process.communicate()
        engine.dispose()
