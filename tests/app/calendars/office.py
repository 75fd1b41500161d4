"""A calendar that is written to, what should stand in it, and what happens to both."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.calendars import deliveries, outbox
from app.calendars.deliveries import Keep
from app.calendars.ics import CalendarEntry, EntryStatus, read_calendar, write_object
from app.calendars.models import CalendarDelivery, CalendarSource, OutboxEntry
from app.calendars.outbox import deliver
from app.calendars.writing import Rendered, WritingContext
from app.database import make_engine
from app.districts.service import get_district
from tests.app.calendars.events import at, connect, desk
from tests.app.calendars.real_servers import RemoteCalendar
from tests.app.conftest import NOW
from tests.factories import make_district

LATER = NOW + timedelta(minutes=20)


def entry(uid: UUID, number: int = 0, **fields: Any) -> CalendarEntry:
    whole = CalendarEntry(
        uid=f"{uid}@jemput-bola",
        sequence=0,
        changed_at=NOW,
        starts_at=at(14 + number % 14, 1 + number % 6),
        ends_at=at(14 + number % 14, 2 + number % 6),
        summary=f"Tim 1: Dinas {number}; bagian umum",
        description="Perkiraan aktivasi: 42 orang\nBawa: internet satelit, kartu",
        location="Dinas, Lubuk Linggau",
        latitude_longitude=(-3.2819, 102.9147),
        categories=("Jemput Bola", "Instansi"),
        url="https://ikd.example/v1/assignments?date=2023-11-14&team=TIM-1",
    )
    return replace(whole, **fields)


@dataclass
class Office:
    """A database of its own, a calendar that is written to, and what should stand in it."""

    engine: Engine
    sessions: sessionmaker[Session]
    wanted: dict[UUID, CalendarEntry] = field(default_factory=dict)
    source_id: int = 0
    seen: dict[UUID, int] = field(default_factory=dict)
    """The latest version ever wanted."""

    def connect(self, calendar: RemoteCalendar, address: str | None = None) -> None:
        with self.sessions.begin() as session:
            account = calendar.server.has_accounts
            self.source_id = connect(
                session,
                get_district(session, "16.73"),
                address or calendar.address,
                direction="out",
                username=calendar.server.username if account else None,
                password=SecretStr(calendar.server.password) if account else None,
            ).id
            session.add(CalendarDelivery(source_id=self.source_id, next_try_at=NOW))

    def want(self, uid: UUID, found: CalendarEntry | None) -> None:
        """What publishing does: note the change in the transaction that makes it."""
        if found is None:
            del self.wanted[uid]
        else:
            self.wanted[uid] = found
            self.seen[uid] = found.sequence
        with self.sessions.begin() as session:
            stored = session.get(OutboxEntry, (self.source_id, uid))
            if stored is None:
                stored = OutboxEntry(source_id=self.source_id, uid=uid, digests=[], failures=0)
                session.add(stored)
            stored.wanted_sequence = None if found is None else found.sequence
            stored.in_force = found is not None and found.status is not EntryStatus.CANCELLED
            stored.starts_at = None if found is None else found.starts_at
            stored.enqueued_at = stored.next_try_at = NOW
            stored.absent_since = None
            if found is None and not stored.digests:
                session.delete(stored)

    def change(self, uid: UUID, **fields: Any) -> None:
        found = self.wanted[uid]
        self.want(uid, replace(found, sequence=found.sequence + 1, **fields))

    def render(self, session: Session, source: CalendarSource, uids: Collection[UUID]) -> Mapping[UUID, Rendered]:
        return {
            uid: Rendered(
                sequence=found.sequence,
                content=write_object(found, "Asia/Jakarta"),
                is_cancelled=found.status is EntryStatus.CANCELLED,
                ends_at=found.ends_at,
            )
            for uid, found in self.wanted.items()
            if uid in uids
        }

    def context(self) -> WritingContext:
        return WritingContext(desk=desk(total_seconds=60), render=self.render)

    def deliver(self, now: datetime = NOW) -> CalendarDelivery:
        deliver(self.sessions, self.source_id, now=now, context=self.context())
        with self.sessions() as session:
            return session.get_one(CalendarDelivery, self.source_id)

    def check_again(self) -> None:
        """As if the time for it had come."""
        with self.sessions.begin() as session:
            session.get_one(CalendarDelivery, self.source_id).checked_at = None

    def expected(self) -> list[CalendarEntry]:
        """What should stand in the calendar: all that is wanted but cancellations of what it never saw."""
        with self.sessions() as session:
            rows = {row.uid: row for row in session.scalars(select(OutboxEntry))}
        unseen = {uid for uid in self.wanted if uid not in rows or rows[uid].wanted_sequence is None}
        assert all(self.wanted[uid].status is EntryStatus.CANCELLED for uid in unseen)
        return [found for uid, found in self.wanted.items() if uid not in unseen]

    def entry(self, uid: UUID) -> OutboxEntry:
        with self.sessions() as session:
            return session.get_one(OutboxEntry, (self.source_id, uid))

    def pending(self) -> int:
        with self.sessions() as session:
            return deliveries.states_of(session, [self.source_id])[self.source_id].pending

    def conflicts(self) -> list[tuple[UUID, str | None]]:
        with self.sessions() as session:
            found = deliveries.list_conflicts(session, self.source_id, limit=100)
            return [(entry.uid, entry.conflict) for entry in found]

    def resolve(self, uid: UUID, keep: Keep) -> None:
        with self.sessions.begin() as session:
            source = session.get_one(CalendarSource, self.source_id)
            deliveries.resolve(session, source, uid, keep=keep, actor=COMMAND_LINE, now=NOW)


@pytest.fixture
def office(own_database: str) -> Iterator[Office]:
    engine = make_engine(own_database)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as session:
        make_district(session)
    yield Office(engine, sessions)
    engine.dispose()


def standing(calendar: RemoteCalendar) -> list[CalendarEntry]:
    """Every event that the server holds, as another program reads it, by UID."""
    return by_uid([one for content in calendar.contents() for one in read_calendar(content).entries])


def as_shown(entries: Collection[CalendarEntry]) -> list[CalendarEntry]:
    """What people see of them: a version that looks like the one before need not be written."""
    return by_uid([replace(one, sequence=0, changed_at=NOW) for one in entries])


def by_uid(entries: Collection[CalendarEntry]) -> list[CalendarEntry]:
    return sorted(entries, key=lambda one: one.uid)


def edit(remote: RemoteCalendar, uid: UUID, old: str, new: str) -> None:
    """What somebody does there with our entry."""
    content = remote.get(str(uid))
    assert old.encode() in content
    remote.put(str(uid), content.replace(old.encode(), new.encode()))


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


def die_at(patched: pytest.MonkeyPatch, *, request: int, is_carried_out: bool) -> None:
    """Let the process end before or after the server carries out its n-th request that changes something."""
    made = 0
    for name in ("put", "delete"):
        original = getattr(outbox.CaldavClient, name)

        def dies(*arguments: Any, original: Any = original, **named: Any) -> Any:
            nonlocal made
            made += 1
            if made == request and not is_carried_out:
                raise Killed
            found = original(*arguments, **named)
            if made == request:
                raise Killed
            return found

        patched.setattr(outbox.CaldavClient, name, dies)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
