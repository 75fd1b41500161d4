"""Writing to real servers: what stands there is what we want, once, and nobody's change is written over."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.calendars import deliveries, outbox, writing
from app.calendars import service as calendars
from app.calendars.deliveries import Keep
from app.calendars.guarded_http import HttpLimits
from app.calendars.ics import CalendarEntry, EntryStatus, read_calendar, write_object
from app.calendars.models import CalendarDelivery, CalendarSource, OutboxConflict, OutboxEntry
from app.calendars.outbox import deliver, deliver_due
from app.calendars.troubles import Trouble
from app.calendars.writing import Job, Outcome, Postman, Rendered
from app.database import make_engine
from app.districts.service import get_district
from tests.app.calendars.events import VAULT, at, connect, desk
from tests.app.calendars.flaky_proxy import Fault, flaky_proxy
from tests.app.calendars.real_servers import RealServer, RemoteCalendar
from tests.app.conftest import NOW
from tests.conftest import ROOT
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

    def postman(self) -> Postman:
        return Postman(desk=desk(total_seconds=60), render=self.render)

    def deliver(self, now: datetime = NOW) -> CalendarDelivery:
        deliver(self.sessions, self.source_id, now=now, postman=self.postman())
        with self.sessions() as session:
            return session.get_one(CalendarDelivery, self.source_id)

    def check_again(self) -> None:
        """As if the time for it had come."""
        with self.sessions.begin() as session:
            session.get_one(CalendarDelivery, self.source_id).checked_at = None

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


def test_what_is_published_stands_there_and_follows_every_change(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(5)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))

    delivery = office.deliver()

    assert (delivery.trouble, delivery.succeeded_at, office.pending()) == (None, NOW, 0)
    assert standing(remote) == by_uid(office.wanted.values())

    office.change(uids[0], starts_at=at(20, 1), ends_at=at(20, 3))
    office.change(uids[1], status=EntryStatus.CANCELLED, summary="BATAL: Dinas 1")
    office.want(uids[2], None)
    assert office.pending() == 3
    office.deliver(LATER)
    assert standing(remote) == by_uid(office.wanted.values())
    assert office.pending() == 0


def test_nothing_is_written_when_nothing_that_shows_has_changed(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    office.deliver()
    etag = office.entry(uid).etag
    office.change(uid, changed_at=LATER)
    office.deliver(LATER)
    assert (office.pending(), office.entry(uid).etag, standing(remote)[0].sequence) == (0, etag, 0)


def test_visit_called_off_before_it_was_written_is_never_written(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    office.want(uid, None)
    assert (office.pending(), office.deliver().trouble, standing(remote)) == (0, None, [])


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_visit_called_off_before_its_writing_was_confirmed_is_taken_away(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch, is_carried_out: bool
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    with monkeypatch.context() as patched:
        die_at(patched, request=1, is_carried_out=is_carried_out)
        with pytest.raises(Killed):
            office.deliver()
    office.want(uid, None)
    assert (office.pending(), len(standing(remote))) == (1, int(is_carried_out))
    office.deliver(NOW + timedelta(minutes=1))
    assert (office.pending(), standing(remote)) == (0, [])


def test_request_that_comes_after_the_visit_was_taken_away_brings_nothing_back(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    late, copied, again = uuid4(), uuid4(), uuid4()
    for uid in (late, copied, again):
        office.want(uid, entry(uid))
    office.deliver()
    was_there = {uid: remote.get(str(uid)) for uid in (late, copied, again)}
    for uid in (late, copied, again):
        office.want(uid, None)
    office.deliver(NOW + timedelta(minutes=1))
    assert (office.pending(), standing(remote)) == (0, [])

    for uid, content in was_there.items():
        remote.put(str(uid), content.replace(b"Dinas 0", b"Rapat kami") if uid == copied else content)
    office.want(again, entry(again, sequence=1))
    office.deliver(LATER)
    assert [one.summary for one in standing(remote) if one.uid != office.wanted[again].uid] == [
        "Tim 1: Rapat kami; bagian umum"
    ]
    assert (office.conflicts(), office.pending(), len(standing(remote))) == ([], 0, 2)

    office.deliver(NOW + timedelta(days=2))
    with office.sessions() as session:
        assert session.scalars(select(OutboxEntry.uid)).all() == [again]


def edit(remote: RemoteCalendar, uid: UUID, old: str, new: str) -> None:
    """What somebody does there with our entry."""
    content = remote.get(str(uid))
    assert old.encode() in content
    remote.put(str(uid), content.replace(old.encode(), new.encode()))


def test_somebodys_edit_is_reported_and_not_written_over(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    office.deliver()
    edit(remote, uid, "T080000", "T093000")
    edited = standing(remote)

    office.change(uid, summary="Tim 1: Dinas Lain")
    office.deliver(LATER)

    found = office.entry(uid)
    assert (found.conflict, found.conflict_since) == (OutboxConflict.EDITED, LATER)
    assert found.theirs is not None
    assert found.theirs["starts_at"] == "2023-11-14T09:30:00+07:00"
    assert found.theirs["summary"] == "Tim 1: Dinas 0; bagian umum"
    assert standing(remote) == edited
    office.deliver(LATER + timedelta(hours=1))
    assert standing(remote) == edited

    office.resolve(uid, Keep.OURS)
    office.deliver(LATER + timedelta(hours=2))
    assert standing(remote) == [office.wanted[uid]]
    assert (office.entry(uid).conflict, office.pending()) == (None, 0)


def test_edit_is_noticed_without_a_change_of_ours_and_forgotten_when_it_is_undone(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(3)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    office.deliver()
    edit(remote, uids[0], "bagian umum", "aula")
    remote.delete(str(uids[1]))

    office.deliver(NOW + timedelta(minutes=5))
    assert [office.entry(uid).conflict for uid in uids] == [None, None, None]
    office.deliver(LATER)
    assert [office.entry(uid).conflict for uid in uids] == [OutboxConflict.EDITED, OutboxConflict.DELETED, None]

    edit(remote, uids[0], "aula", "bagian umum")
    office.deliver(LATER + timedelta(hours=1))
    assert [office.entry(uid).conflict for uid in uids] == [None, OutboxConflict.DELETED, None]
    office.resolve(uids[1], Keep.OURS)
    office.deliver(LATER + timedelta(hours=2))
    assert standing(remote) == by_uid(office.wanted.values())


def test_their_version_stays_once_the_planner_accepts_it_until_ours_changes(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    edited, deleted = uuid4(), uuid4()
    for number, uid in enumerate((edited, deleted)):
        office.want(uid, entry(uid, number))
    office.deliver()
    edit(remote, edited, "bagian umum", "aula")
    remote.delete(str(deleted))
    office.deliver(LATER)
    for uid in (edited, deleted):
        office.resolve(uid, Keep.THEIRS)

    office.deliver(LATER + timedelta(hours=1))
    assert [office.entry(uid).conflict for uid in (edited, deleted)] == [None, None]
    [left] = standing(remote)
    assert left.summary == "Tim 1: Dinas 0; aula"

    for uid in (edited, deleted):
        office.change(uid, location="Tempat lain")
    office.deliver(LATER + timedelta(hours=2))
    assert [office.entry(uid).conflict for uid in (edited, deleted)] == [OutboxConflict.EDITED, OutboxConflict.DELETED]
    assert standing(remote) == [left]


def test_entry_that_somebody_moved_to_another_name_is_not_doubled(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uid = uuid4()
    found = entry(uid)
    remote.put("impor", write_object(found, "Asia/Jakarta"))
    office.want(uid, found)
    for minutes in (0, 5, 10):
        office.deliver(NOW + timedelta(minutes=minutes))
    assert office.entry(uid).conflict == OutboxConflict.MOVED
    assert len(standing(remote)) == 1


def test_called_off_visit_that_somebody_removed_is_no_conflict(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    office.deliver()
    remote.delete(str(uid))
    office.change(uid, status=EntryStatus.CANCELLED)
    office.deliver(NOW + timedelta(minutes=1))
    assert (office.entry(uid).conflict, office.pending(), standing(remote)) == (None, 0, [])


def test_week_without_the_server_loses_nothing_and_repeats_nothing(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(6)]
    for number, uid in enumerate(uids[:4]):
        office.want(uid, entry(uid, number))
    office.deliver()
    server.kill()
    try:
        now, tries, waits = NOW, 0, []
        while now < NOW + timedelta(days=7):
            if tries == 2:
                for number in range(3):
                    office.change(uids[0], starts_at=at(20, 1 + number), ends_at=at(20, 4))
                office.want(uids[4], entry(uids[4], 4))
                office.change(uids[1], status=EntryStatus.CANCELLED)
                office.want(uids[5], entry(uids[5], 5))
                office.want(uids[5], None)
            if office.pending() or tries < 2:
                office.change(uids[2], summary=f"Tim 1: Dinas {tries}")
            delivery = office.deliver(now)
            tries += 1
            assert (delivery.trouble, delivery.failures) == (Trouble.UNREACHABLE, tries)
            waits.append(delivery.next_try_at - now)
            now = delivery.next_try_at
        assert waits[:4] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
        assert waits[-1] == timedelta(hours=6)
    finally:
        server.start()
    delivery = office.deliver(now)
    assert (delivery.trouble, delivery.failures, office.pending()) == (None, 0, 0)
    assert standing(remote) == by_uid(office.wanted.values())


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


@pytest.mark.parametrize("step", range(6))
def test_worker_that_dies_in_the_middle_leaves_the_next_one_everything(
    office: Office, server: RealServer, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Three entries, then changes to all of them; in both deliveries the worker dies after one of its requests,
    which the server has carried out."""
    remote = server.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(3)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    for round_ in range(2):
        if round_ == 1:
            office.change(uids[0], starts_at=at(20, 1), ends_at=at(20, 3))
            office.change(uids[1], status=EntryStatus.CANCELLED)
            office.want(uids[2], None)
        with monkeypatch.context() as patched:
            die_at(patched, request=step // 2 + 1, is_carried_out=step % 2 == 1)
            with pytest.raises(Killed):
                office.deliver(NOW + timedelta(hours=round_))
        # Between the death and the next worker the plan goes on changing.
        office.change(uids[0], summary=f"Tim 1: Dinas {round_}-{step}")
        office.deliver(LATER + timedelta(hours=round_))
        assert office.pending() == 0
        assert standing(remote) == by_uid(office.wanted.values())
    assert office.conflicts() == []


def test_faults_on_the_way_lose_nothing_and_double_nothing(office: Office, server: RealServer) -> None:
    """Random changes of the plan, random faults in between, restarts of the server; every edit there is kept."""
    random_ = random.Random(11)
    remote = server.new_calendar()
    outcomes = {"complete": 0, "failed": 0}
    was_copied = False
    uids = [uuid4() for _ in range(14)]
    with flaky_proxy(server.port) as proxy:
        office.connect(remote, remote.address.replace(f":{server.port}/", f":{proxy.port}/"))
        for trial in range(16):
            for _ in range(1 + random_.randrange(4)):
                vary(office, uids[random_.randrange(len(uids))], random_)
            if trial % 8 == 5:
                server.restart()
            proxy.faults.append(fault(random_))
            was_copied = was_copied or proxy.faults[0].duplicated
            delivery = office.deliver(NOW + timedelta(hours=trial))
            outcomes["complete" if delivery.trouble is None else "failed"] += 1
            assert office.conflicts() == []
            found = [one.uid for one in standing(remote)]
            assert len(found) == len(set(found))
            if delivery.trouble is None and office.pending() == 0:
                if was_copied:
                    wait_for_copies(office, remote, NOW + timedelta(hours=trial))
                assert as_shown(standing(remote)) == as_shown(office.wanted.values())
        proxy.faults.clear()
        office.deliver(NOW + timedelta(days=2))
        assert office.pending() == 0
        wait_for_copies(office, remote, NOW + timedelta(days=2))
        assert as_shown(standing(remote)) == as_shown(office.wanted.values())
    assert office.conflicts() == []
    assert min(outcomes.values()) >= 3, outcomes


def wait_for_copies(office: Office, remote: RemoteCalendar, now: datetime) -> None:
    """Look again until the copy of a request that a busy server has still to carry out does no harm any more."""
    patience = time.monotonic() + 20
    while as_shown(standing(remote)) != as_shown(office.wanted.values()) and time.monotonic() < patience:
        now += timedelta(minutes=1)
        office.check_again()
        office.deliver(now)


def vary(office: Office, uid: UUID, random_: random.Random) -> None:
    number = random_.randrange(1000)
    if uid not in office.wanted:
        # No version comes twice, as a visit's sequence only grows.
        office.want(uid, entry(uid, number, sequence=office.seen.get(uid, -1) + 1))
    elif random_.random() < 0.2:
        office.want(uid, None)
    elif random_.random() < 0.3:
        office.change(uid, status=EntryStatus.CANCELLED)
    else:
        office.change(uid, summary=f"Tim 1: Dinas {number}", starts_at=at(20, 1), ends_at=at(20, 2 + number % 6))


def fault(random_: random.Random) -> Fault:
    match random_.randrange(6):
        case 0:
            return Fault(dropped=True)
        case 1 | 2:
            return Fault(answer_bytes=random_.randrange(3_000))
        case 3:
            return Fault(delay_seconds=0.005)
        case 4:
            return Fault(duplicated=True)
        case _:
            return Fault()


def test_one_refused_entry_does_not_keep_the_others(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    good, bad = uuid4(), uuid4()
    office.want(bad, entry(bad))
    office.want(good, entry(good, 1))
    original = office.render

    def renders_nonsense(*arguments: Any) -> Mapping[UUID, Rendered]:
        return {
            uid: replace(one, content=b"BEGIN:VCALENDAR\r\nnonsense") if uid == bad else one
            for uid, one in original(*arguments).items()
        }

    postman = replace(office.postman(), render=renders_nonsense)
    deliver(office.sessions, office.source_id, now=NOW, postman=postman)

    assert [one.uid for one in standing(remote)] == [f"{good}@jemput-bola"]
    stored = office.entry(bad)
    assert (stored.trouble, stored.failures, stored.next_try_at) == (
        Trouble.NOT_A_CALENDAR,
        1,
        NOW + timedelta(seconds=30),
    )
    office.deliver(NOW + timedelta(minutes=1))
    assert len(standing(remote)) == 2


def test_two_workers_do_not_serve_one_calendar_at_once(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    with office.engine.connect() as other:
        lock = select(func.pg_advisory_lock(func.hashtext("jemput calendar delivery"), office.source_id))
        other.execute(lock)
        assert deliver_due(office.engine, NOW, postman=office.postman()) == 1
        assert office.pending() == 1
    assert deliver_due(office.engine, NOW, postman=office.postman()) == 1
    assert (office.pending(), len(standing(remote))) == (0, 1)
    assert deliver_due(office.engine, NOW, postman=office.postman()) == 0


def test_new_address_gets_everything_and_a_result_of_the_old_one_is_dropped(
    office: Office, radicale: RealServer
) -> None:
    first, second = radicale.new_calendar(), radicale.new_calendar()
    office.connect(first)
    uids = [uuid4() for _ in range(3)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))

    original = writing._tried
    moved = False

    def meanwhile(client: outbox.CaldavClient, job: Job) -> Outcome:
        nonlocal moved
        if not moved:
            moved = True
            with office.sessions.begin() as session:
                connected = calendars.list_connected(session, "16.73")[0]
                changes = {"address": second.address}
                calendars.change(session, connected, changes, vault=VAULT, actor=COMMAND_LINE, now=NOW)
        return original(client, job)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writing, "_tried", meanwhile)
        office.deliver()
    assert office.pending() == 3
    office.deliver(LATER)
    assert office.pending() == 0
    assert standing(second) == by_uid(office.wanted.values())


def test_more_than_one_batch_takes_one_request_for_each_entry(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    with office.sessions.begin() as session:
        for number in range(120):
            uid = uuid4()
            office.wanted[uid] = entry(uid, number)
            session.add(
                OutboxEntry(
                    source_id=office.source_id,
                    uid=uid,
                    wanted_sequence=0,
                    digests=[],
                    failures=0,
                    enqueued_at=NOW,
                    next_try_at=NOW,
                )
            )
    requests = 0
    original = outbox.CaldavClient.put

    def counting(self: outbox.CaldavClient, path: str, content: bytes, *, etag: str | None) -> str | None:
        nonlocal requests
        requests += 1
        return original(self, path, content, etag=etag)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outbox.CaldavClient, "put", counting)
        office.deliver()
    assert (requests, office.pending()) == (120, 0)
    assert len(standing(remote)) == 120


def test_limits_of_time_end_a_delivery_that_the_next_one_takes_up(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    with flaky_proxy(radicale.port) as proxy:
        office.connect(remote, remote.address.replace(f":{radicale.port}/", f":{proxy.port}/"))
        uid = uuid4()
        office.want(uid, entry(uid))
        proxy.faults.append(Fault(delay_seconds=0.4))
        slow = replace(office.postman(), desk=replace(desk(), http_limits=HttpLimits(total_seconds=0.3)))
        deliver(office.sessions, office.source_id, now=NOW, postman=slow)
        assert (office.pending(), office.deliver(LATER).trouble) == (1, None)
    assert len(standing(remote)) == 1


def test_killed_process_leaves_the_next_one_everything(office: Office, own_database: str, radicale: RealServer) -> None:
    """SIGKILL while entries are on their way: the lock goes with the process, and what landed is recognised."""
    remote = radicale.new_calendar()
    with flaky_proxy(radicale.port) as proxy:
        office.connect(remote, remote.address.replace(f":{radicale.port}/", f":{proxy.port}/"))
        uids = [uuid4() for _ in range(30)]
        for uid in uids:
            office.want(uid, entry(uid))
        proxy.faults.extend(Fault(delay_seconds=0.05) for _ in range(200))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.calendars.delivering_process", own_database], cwd=ROOT
        )
        try:
            wait_until(lambda: len(remote.contents()) >= 5)
        finally:
            process.kill()
            process.wait()
        proxy.faults.clear()
        assert office.pending() == 30
        wait_until(lambda: deliver_due(office.engine, NOW + timedelta(hours=1), postman=office.postman()) == 0)
    assert (office.pending(), office.conflicts()) == (0, [])
    assert standing(remote) == by_uid(office.wanted.values())


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
