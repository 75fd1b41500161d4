"""A worker's process that refreshes one calendar, for tests that kill it: database address, source id."""

import sys
from datetime import timedelta

from sqlalchemy.orm import sessionmaker

from app.calendars.inbox import refresh
from app.database import make_engine
from tests.app.calendars.events import desk
from tests.app.conftest import NOW


def main() -> None:
    engine = make_engine(sys.argv[1])
    refresh(sessionmaker(engine), int(sys.argv[2]), now=NOW + timedelta(minutes=10), desk=desk())
