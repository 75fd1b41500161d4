"""A worker's process that writes to one calendar, for tests that kill it: database address."""

import sys
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from app.calendars.ics import write_object
from app.calendars.models import CalendarSource
from app.calendars.outbox import deliver_due
from app.calendars.writing import Rendered, WritingContext
from app.database import make_engine
from tests.app.calendars.events import desk
from tests.app.calendars.office import entry
from tests.app.conftest import NOW


def render(session: Session, source: CalendarSource, uids: Collection[UUID]) -> Mapping[UUID, Rendered]:
    found = {uid: entry(uid) for uid in uids}
    return {
        uid: Rendered(sequence=0, content=write_object(one, "Asia/Jakarta"), is_cancelled=False, ends_at=one.ends_at)
        for uid, one in found.items()
    }


def main() -> None:
    context = WritingContext(desk=desk(), render=render)
    deliver_due(make_engine(sys.argv[1]), NOW, context=context)
