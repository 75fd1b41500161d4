"""Writing to real servers: what stands there is what we want, once, and nobody's change is written over."""

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.calendars import deliveries, outbox, writing
from app.calendars import service as calendars
from app.calendars.ics import EntryStatus, write_object
from app.calendars.models import CalendarDelivery, OutboxConflict, OutboxEntry
from app.calendars.outbox import deliver, deliver_due
from app.calendars.troubles import CalendarTrouble, Trouble
from app.calendars.writing import Job, Outcome, Rendered
from app.guarded_transport import HttpLimits
from tests.app.calendars.events import VAULT, at, desk
from tests.app.calendars.flaky_proxy import Fault, flaky_proxy
from tests.app.calendars.office import (
    LATER,
    Killed,
    Office,
    as_shown,
    by_uid,
    die_at,
    entry,
    standing,
    wait_until,
)
from tests.app.calendars.office import office as office
from tests.app.calendars.real_servers import RealServer, RemoteCalendar
from tests.app.conftest import NOW
from tests.processes import Forked


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
                assert as_shown(standing(remote)) == as_shown(office.expected())
        proxy.faults.clear()
        office.deliver(NOW + timedelta(days=2))
        assert office.pending() == 0
        wait_for_copies(office, remote, NOW + timedelta(days=2))
        assert as_shown(standing(remote)) == as_shown(office.expected())
    assert office.conflicts() == []
    assert min(outcomes.values()) >= 3, outcomes


def wait_for_copies(office: Office, remote: RemoteCalendar, now: datetime) -> None:
    """Look again until the copy of a request that a busy server has still to carry out does no harm any more."""
    patience = time.monotonic() + 20
    while as_shown(standing(remote)) != as_shown(office.expected()) and time.monotonic() < patience:
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

    context = replace(office.context(), render=renders_nonsense)
    deliver(office.sessions, office.source_id, now=NOW, context=context)

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
        assert deliver_due(office.engine, NOW, context=office.context()) == 1
        assert office.pending() == 1
    assert deliver_due(office.engine, NOW, context=office.context()) == 1
    assert (office.pending(), len(standing(remote))) == (0, 1)
    assert deliver_due(office.engine, NOW, context=office.context()) == 0


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
                calendars.change(session, connected, changes, sealing=VAULT, actor=COMMAND_LINE, now=NOW)
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
        slow = replace(office.context(), desk=replace(desk(), http_limits=HttpLimits(total_seconds=0.3)))
        deliver(office.sessions, office.source_id, now=NOW, context=slow)
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
        process = Forked("tests.app.calendars.delivering_process", own_database, environment=os.environ)
        try:
            wait_until(lambda: len(remote.contents()) >= 5)
        finally:
            process.kill()
            process.communicate()
        proxy.faults.clear()
        assert office.pending() == 30
        wait_until(lambda: deliver_due(office.engine, NOW + timedelta(hours=1), context=office.context()) == 0)
    assert (office.pending(), office.conflicts()) == (0, [])
    assert standing(remote) == by_uid(office.wanted.values())


POISONS: list[Exception] = [
    ValueError("x"),
    UnicodeEncodeError("utf-8", "x", 0, 1, "x"),
    RecursionError(),
    MemoryError(),
    KeyError("x"),
    OSError(),
    AssertionError(),
    DataError("SELECT", {}, Exception()),
]


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: type(poison).__name__)
@pytest.mark.parametrize("place", ["rendering", "delivering", "storing"])
def test_entry_that_raises_anything_anywhere_is_set_aside_and_all_others_are_delivered(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch, poison: Exception, place: str
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(5)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    bad = uids[POISONS.index(poison) % len(uids)]

    def raising(original: Any, is_bad: Callable[..., bool]) -> Any:
        def act(*arguments: Any, **named: Any) -> Any:
            if is_bad(*arguments):
                raise poison
            return original(*arguments, **named)

        return act

    with monkeypatch.context() as patched:
        if place == "rendering":
            patched.setattr(office, "render", raising(office.render, lambda _, __, asked: bad in asked))
        elif place == "delivering":
            patched.setattr(writing, "_written", raising(writing._written, lambda _, job, __: job.uid == bad))
        else:
            patched.setattr(outbox, "_note", raising(outbox._note, lambda _, stored, __: stored.uid == bad))
        delivery = office.deliver()

    assert {one.uid for one in standing(remote)} >= {f"{uid}@jemput-bola" for uid in uids if uid != bad}
    assert (delivery.trouble, office.pending()) == (None, 1)
    stored = office.entry(bad)
    assert (stored.trouble, stored.failures, stored.next_try_at) == (Trouble.BROKEN, 1, NOW + timedelta(seconds=30))
    assert str(stored.trouble_about).startswith(type(poison).__name__)
    with office.sessions() as session:
        assert deliveries.states_of(session, [office.source_id])[office.source_id].refused == 1
    office.deliver(NOW + timedelta(minutes=1))
    assert (office.pending(), office.entry(bad).trouble) == (0, None)
    assert standing(remote) == by_uid(office.wanted.values())


def test_entry_on_which_the_server_stumbles_keeps_no_other_from_being_written(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(4)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    original = writing._written

    def stumbles(client: Any, job: Job, rendered: Rendered) -> Outcome:
        if job.uid == uids[0]:
            raise CalendarTrouble(Trouble.SERVER_FAILED)
        return original(client, job, rendered)

    monkeypatch.setattr(writing, "_written", stumbles)
    for minutes in range(0, 30, 10):
        delivery = office.deliver(NOW + timedelta(minutes=minutes))
    assert (delivery.trouble, office.pending(), len(standing(remote))) == (None, 1, 3)
    assert (office.entry(uids[0]).trouble, office.entry(uids[0]).failures) == (Trouble.SERVER_FAILED, 3)


def test_server_that_takes_no_entry_at_all_is_not_asked_for_each(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.connect(radicale.new_calendar())
    for number in range(9):
        uid = uuid4()
        office.want(uid, entry(uid, number))
    asked = 0

    def refuses(client: Any, job: Job, rendered: Rendered) -> Outcome:
        nonlocal asked
        asked += 1
        raise CalendarTrouble(Trouble.SERVER_FAILED)

    monkeypatch.setattr(writing, "_written", refuses)
    delivery = office.deliver()
    assert (asked, delivery.trouble, delivery.failures, office.pending()) == (3, Trouble.SERVER_FAILED, 1, 9)


def test_calendar_that_raises_anything_is_set_aside_and_the_other_calendars_are_written(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remotes = [radicale.new_calendar() for _ in range(3)]
    uid, sources = uuid4(), []
    for remote in remotes:
        office.connect(remote)
        sources.append(office.source_id)
        office.want(uid, entry(uid))
    original = outbox._begin

    def begins(session: Session, source_id: int, **named: Any) -> Any:
        if source_id == sources[1]:
            raise RuntimeError
        return original(session, source_id, **named)

    monkeypatch.setattr(outbox, "_begin", begins)
    assert deliver_due(office.engine, NOW, context=office.context()) == 3
    assert [len(standing(remote)) for remote in remotes] == [1, 0, 1]
    with office.sessions() as session:
        rows = [session.get_one(CalendarDelivery, source_id) for source_id in sources]
        assert [(row.trouble, row.failures) for row in rows] == [(None, 0), (Trouble.BROKEN, 1), (None, 0)]
        assert str(rows[1].trouble_about).startswith("RuntimeError, test_outbox.py:")


def test_visits_to_come_are_written_before_what_is_called_off_and_the_nearest_first(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    off, over = uuid4(), uuid4()
    for uid in (off, over):
        office.want(uid, entry(uid, 0))
    office.deliver()
    office.change(off, status=EntryStatus.CANCELLED, starts_at=at(13, 4), ends_at=at(13, 5))
    office.change(over, starts_at=at(12, 1), ends_at=at(12, 2))
    late, soon = uuid4(), uuid4()
    office.want(late, entry(late, starts_at=at(28, 1), ends_at=at(28, 2)))
    office.want(soon, entry(soon, starts_at=at(15, 1), ends_at=at(15, 2)))
    order: list[UUID] = []
    original = writing._written

    def written(client: Any, job: Job, rendered: Rendered) -> Outcome:
        order.append(job.uid)
        return original(client, job, rendered)

    monkeypatch.setattr(writing, "_written", written)
    office.deliver(NOW + timedelta(minutes=1))
    assert order == [soon, late, over, off]


def test_cancellation_of_what_the_calendar_never_saw_is_not_written(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of an entry that nobody tried to write, nor of one whose writing came to nothing."""
    remote = radicale.new_calendar()
    office.connect(remote)
    untried, failed = uuid4(), uuid4()
    office.want(failed, entry(failed))
    with monkeypatch.context() as patched:
        die_at(patched, request=1, is_carried_out=False)
        with pytest.raises(Killed):
            office.deliver()
    office.want(untried, entry(untried, 1, status=EntryStatus.CANCELLED))
    office.change(failed, status=EntryStatus.CANCELLED)
    office.deliver(NOW + timedelta(minutes=1))
    assert (standing(remote), office.pending(), office.conflicts()) == ([], 0, [])
    with office.sessions() as session:
        # The one that was tried is looked for during a day: its request may be on its way still.
        assert [(row.uid, row.wanted_sequence) for row in session.scalars(select(OutboxEntry))] == [(failed, None)]


def test_delivery_goes_on_seconds_after_its_worker_died(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(3)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    with monkeypatch.context() as patched:
        die_at(patched, request=2, is_carried_out=True)
        with pytest.raises(Killed):
            office.deliver()
    assert deliver_due(office.engine, NOW + timedelta(seconds=10), context=office.context()) == 1
    assert (office.pending(), len(standing(remote))) == (0, 3)
