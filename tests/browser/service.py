"""Starts the service of the browser tests on a database, and talks to its process."""

import os
import subprocess
import sys
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

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service with the office behind it."""

    address: str
    engine: Engine
    places: Places
    secrets: dict[Role, str]
    """Of a session of each role."""
    process: subprocess.Popen[str]

    def set_clock(self, moment: datetime) -> None:
        """Let the service believe that it is this moment, from the next request on."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
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
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.server_process", office.NOW.isoformat()],
        cwd=_ROOT,
        env=os.environ | {"DATABASE_URL": database_url, "JEMPUT_DATA_DIR": str(data_dir)} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        port = process.stdout.readline().strip()
        assert port, "the service did not start; its reason stands above"
        yield Service(
            address=f"http://127.0.0.1:{port}", engine=engine, places=places, secrets=secrets, process=process
        )
    finally:
        process.communicate()
        engine.dispose()
