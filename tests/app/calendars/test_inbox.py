"""Reading from real servers: what is stored is what they hold, whatever happens on the way."""

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.calendars import caldav, inbox, rounds
from app.calendars import service as calendars
from app.calendars.inbox import ReadingDesk, refresh, refresh_due
from app.calendars.models import BusyEvent, CalendarReading, CalendarResource, CalendarSource
from app.calendars.reader import ReadCalendar, ReadRequest, read
from app.calendars.troubles import Trouble
from app.database import make_engine
from app.districts.service import get_district
from app.guarded_transport import HttpLimits
from app.settings import Settings
from app.worker import Timing, running_worker
from tests.app.calendars.events import KEY, VAULT, at, connect, desk, event
from tests.app.calendars.flaky_proxy import Fault, flaky_proxy
from tests.app.calendars.real_servers import RealServer, RemoteCalendar
from tests.app.calendars.scripted_server import answer, scripted_server
from tests.app.conftest import NOW
from tests.factories import make_district
from tests.processes import Forked

LATER = NOW + timedelta(minutes=20)


@dataclass
class Office:
    """A database of its own with a district, and how its calendars are refreshed."""

    engine: Engine
    sessions: sessionmaker[Session]

    def connect(self, calendar: RemoteCalendar, address: str | None = None) -> int:
        with self.sessions.begin() as session:
            account = calendar.server.has_accounts
            return connect(
                session,
                get_district(session, "16.73"),
                address or calendar.address,
                username=calendar.server.username if account else None,
                password=SecretStr(calendar.server.password) if account else None,
            ).id

    def refresh(self, source_id: int, *, now: datetime = NOW, by: ReadingDesk | None = None) -> CalendarReading:
        refresh(self.sessions, source_id, now=now, desk=by or desk())
        with self.sessions() as session:
            reading = session.get(CalendarReading, source_id)
            assert reading is not None
            return reading

    def busy(self, source_id: int) -> list[tuple[str, datetime, datetime]]:
        with self.sessions() as session:
            rows = session.execute(
                select(BusyEvent.uid, BusyEvent.starts_at, BusyEvent.ends_at)
                .where(BusyEvent.source_id == source_id)
                .order_by(BusyEvent.uid, BusyEvent.starts_at)
            )
            return [tuple(row) for row in rows]  # type: ignore[misc]


@pytest.fixture
def office(own_database: str) -> Iterator[Office]:
    engine = make_engine(own_database)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as session:
        make_district(session)
    yield Office(engine, sessions)
    engine.dispose()


def test_events_of_a_collection_become_busy_and_follow_its_changes(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    for number in range(5):
        remote.put(f"e{number}", event(f"e{number}"))
    source = office.connect(remote)

    first = office.refresh(source)
    assert first.trouble is None
    assert office.busy(source) == [(f"e{number}", at(14, 2), at(14, 3)) for number in range(5)]

    remote.put("e0", event("e0", "20231115T090000", "20231115T110000"))
    remote.delete("e1")
    remote.put("e5", event("e5"))
    office.refresh(source, now=LATER)
    assert office.busy(source) == [
        ("e0", at(15, 2), at(15, 4)),
        *((f"e{number}", at(14, 2), at(14, 3)) for number in (2, 3, 4, 5)),
    ]


def test_nothing_is_fetched_when_nothing_changed(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    remote.put("a", event("a"))
    source = office.connect(remote)
    office.refresh(source)

    def must_not_read(request: ReadRequest) -> dict[str, ReadCalendar]:
        raise AssertionError(request)

    reading = office.refresh(source, now=LATER, by=desk(reader=must_not_read))
    assert (reading.trouble, reading.succeeded_at) == (None, LATER)


def test_forgotten_sync_token_starts_over_and_finds_what_was_deleted_meanwhile(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    for name in ("stays", "goes", "moves"):
        remote.put(name, event(name))
    source = office.connect(remote)
    office.refresh(source)
    remote.delete("goes")
    remote.put("moves", event("moves", "20231116T090000", "20231116T100000"))
    with office.sessions.begin() as session:
        reading = session.get(CalendarReading, source)
        assert reading is not None
        assert reading.sync_token is not None
        reading.sync_token = "http://radicale.org/ns/sync/" + "0" * 64

    assert office.refresh(source, now=LATER).trouble is None
    assert office.busy(source) == [("moves", at(16, 2), at(16, 3)), ("stays", at(14, 2), at(14, 3))]


def test_collection_without_tokens_is_followed_by_etag(
    office: Office, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = inbox.CaldavClient.collection
    monkeypatch.setattr(
        inbox.CaldavClient,
        "collection",
        lambda self: replace(original(self), syncs_by_token=False, sync_token=None, collection_tag=None),
    )
    remote = server.new_calendar()
    for name in ("stays", "goes", "moves"):
        remote.put(name, event(name))
    source = office.connect(remote)
    office.refresh(source)
    remote.delete("goes")
    remote.put("moves", event("moves", "20231116T090000", "20231116T100000"))

    read_paths: list[str] = []

    def noting(request: ReadRequest) -> dict[str, ReadCalendar]:
        read_paths.extend(request.contents)
        return read(request)

    assert office.refresh(source, now=LATER, by=desk(reader=noting)).trouble is None
    assert office.busy(source) == [("moves", at(16, 2), at(16, 3)), ("stays", at(14, 2), at(14, 3))]
    assert [path.rsplit("/", 1)[-1] for path in read_paths] == ["moves.ics"]


def test_wrong_password_is_told_and_changes_nothing(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("a", event("a"))
    source = office.connect(remote)
    office.refresh(source)
    with office.sessions.begin() as session:
        connected = calendars.list_connected(session, "16.73")[0]
        calendars.change(
            session, connected, {"password": SecretStr("salah")}, sealing=VAULT, actor=COMMAND_LINE, now=LATER
        )

    reading = office.refresh(source, now=LATER)
    assert (reading.trouble, reading.failures) == (Trouble.CREDENTIALS_REFUSED, 1)
    assert len(office.busy(source)) == 1


def test_silent_server_is_tried_again_ever_later_and_what_was_read_stays(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    remote.put("a", event("a"))
    source = office.connect(remote)
    office.refresh(source)
    server.kill()
    try:
        waits = []
        for attempt in range(4):
            now = LATER + timedelta(hours=attempt)
            reading = office.refresh(source, now=now)
            waits.append(reading.next_try_at - now)
            assert (reading.trouble, reading.failures) == (Trouble.UNREACHABLE, attempt + 1)
        assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
        assert len(office.busy(source)) == 1
    finally:
        server.start()
    remote.put("b", event("b"))
    reading = office.refresh(source, now=LATER + timedelta(days=1))
    assert (reading.trouble, reading.failures, len(office.busy(source))) == (None, 0, 2)


def test_faults_on_the_way_lose_nothing_and_double_nothing(office: Office, server: RealServer) -> None:
    """Random edits over there, random faults in between; each stored state is one that the server really had."""
    random_ = random.Random(7)
    remote = server.new_calendar()
    truth: dict[str, tuple[datetime, datetime]] = {}
    for number in range(12):
        _edit(remote, truth, f"e{number}", random_)
    outcomes = {"complete": 0, "failed": 0}
    with flaky_proxy(server.port) as proxy:
        through = remote.address.replace(f":{server.port}/", f":{proxy.port}/")
        source = office.connect(remote, through)
        before: list[tuple[str, datetime, datetime]] = []
        for trial in range(16):
            for _ in range(random_.randrange(4)):
                _edit(remote, truth, f"e{random_.randrange(16)}", random_)
            if trial % 8 == 5:
                server.restart()
            proxy.faults.append(_fault(random_))
            reading = office.refresh(source, now=NOW + timedelta(minutes=trial))
            now_stored, wanted = office.busy(source), _as_busy(truth)
            if reading.trouble is None:
                assert now_stored == wanted
                outcomes["complete"] += 1
            else:
                assert now_stored == before
                outcomes["failed"] += 1
            before = now_stored
        proxy.faults.clear()
        assert office.refresh(source, now=NOW + timedelta(hours=1)).trouble is None
        assert office.busy(source) == _as_busy(truth)
    assert min(outcomes.values()) >= 3, outcomes


def _fault(random_: random.Random) -> Fault:
    match random_.randrange(6):
        case 0:
            return Fault(dropped=True)
        case 1 | 2:
            return Fault(answer_bytes=random_.randrange(6_000))
        case 3:
            return Fault(delay_seconds=0.01)
        case 4:
            return Fault(duplicated=True)
        case _:
            return Fault()


def _edit(
    remote: RemoteCalendar, truth: dict[str, tuple[datetime, datetime]], name: str, random_: random.Random
) -> None:
    if name in truth and random_.random() < 0.4:
        remote.delete(name)
        del truth[name]
        return
    day, hour = random_.randrange(14, 28), random_.randrange(8, 16)
    remote.put(name, event(name, f"202311{day:02}T{hour:02}0000", f"202311{day:02}T{hour:02}4500"))
    truth[name] = (at(day, hour - 7), at(day, hour - 7, 45))


def _as_busy(truth: dict[str, tuple[datetime, datetime]]) -> list[tuple[str, datetime, datetime]]:
    return sorted((name, *times) for name, times in truth.items())


def test_worker_that_dies_before_the_commit_leaves_the_next_one_everything(
    office: Office, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = server.new_calendar()
    remote.put("a", event("a"))
    source = office.connect(remote)
    office.refresh(source)
    remote.put("b", event("b"))
    remote.delete("a")

    class Killed(BaseException):
        pass

    def dies(session: Session, source_id: int, *_: object, **__: object) -> None:
        session.flush()
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "_store_busy", dies)
        with pytest.raises(Killed):
            refresh(office.sessions, source, now=LATER, desk=desk())
    assert [uid for uid, *_ in office.busy(source)] == ["a"]

    assert office.refresh(source, now=LATER + timedelta(minutes=10)).trouble is None
    assert [uid for uid, *_ in office.busy(source)] == ["b"]
    with office.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CalendarResource)) == 1


def test_worker_killed_in_the_middle_of_a_conversation_loses_and_doubles_nothing(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    for number in range(6):
        remote.put(f"e{number}", event(f"e{number}"))
    with flaky_proxy(server.port) as proxy:
        source = office.connect(remote, remote.address.replace(f":{server.port}/", f":{proxy.port}/"))
        office.refresh(source)
        remote.delete("e0")
        remote.put("e1", event("e1", "20231115T090000", "20231115T100000"))
        remote.put("e6", event("e6"))
        before = office.busy(source)
        for answered in (1, 900):
            proxy.faults.append(Fault(delay_seconds=0.2))
            heard = proxy.answered_bytes
            address = office.engine.url.render_as_string(hide_password=False)
            worker = Forked("tests.app.calendars.refreshing_process", address, str(source), environment=os.environ)
            while proxy.answered_bytes - heard < answered and worker.poll() is None:
                time.sleep(0.005)
            worker.kill()
            worker.communicate()
            assert office.busy(source) == before
        assert office.refresh(source, now=LATER).trouble is None
    assert office.busy(source) == [
        ("e1", at(15, 2), at(15, 3)),
        *((f"e{number}", at(14, 2), at(14, 3)) for number in range(2, 7)),
    ]


def test_result_of_a_slow_refresh_is_dropped_when_a_newer_one_is_stored(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("a", event("a"))
    source = office.connect(remote)

    def meanwhile(request: ReadRequest) -> dict[str, ReadCalendar]:
        remote.put("b", event("b"))
        refresh(office.sessions, source, now=LATER, desk=desk())
        return read(request)

    reading = office.refresh(source, by=desk(reader=meanwhile))
    assert (reading.generation, reading.succeeded_at) == (1, LATER)
    assert [uid for uid, *_ in office.busy(source)] == ["a", "b"]


def test_only_due_sources_are_refreshed_and_by_one_worker_at_a_time(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("a", event("a"))
    first, second = office.connect(remote), office.connect(remote)
    with office.sessions.begin() as session:
        waiting = session.get(CalendarReading, second)
        assert waiting is not None
        waiting.next_try_at = LATER

    inner: list[int] = []

    def nested(request: ReadRequest) -> dict[str, ReadCalendar]:
        inner.append(refresh_due(office.engine, NOW, desk=desk()))
        return read(request)

    assert refresh_due(office.engine, NOW, desk=desk(reader=nested)) == 1
    assert inner == [0]
    assert (len(office.busy(first)), len(office.busy(second))) == (1, 0)
    assert refresh_due(office.engine, LATER, desk=desk()) == 2
    assert len(office.busy(second)) == 1


def test_worker_that_froze_in_the_middle_does_not_keep_the_others_out(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_LONGEST_TURN_MS", 100)
    office.connect(radicale.new_calendar())
    lock = select(func.pg_try_advisory_lock(func.hashtext("jemput calendar refresh")))
    let_in: list[bool] = []

    def frozen(request: ReadRequest) -> dict[str, ReadCalendar]:
        deadline = time.monotonic() + 30
        with office.engine.connect() as connection:
            while not (taken := connection.scalar(lock)) and time.monotonic() < deadline:
                time.sleep(0.02)
            let_in.append(bool(taken))
            connection.invalidate()
        return read(request)

    remote = radicale.new_calendar()
    remote.put("a", event("a"))
    source = office.connect(remote)
    with pytest.raises(OperationalError):
        refresh_due(office.engine, NOW, desk=desk(reader=frozen))
    assert let_in == [True]
    assert len(office.busy(source)) == 1


def test_own_visits_that_come_back_are_not_busy(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("ours", event("0d5b6f6e-3c1f-4e0e-9a53-5d2b1c7e8f90@jemput-bola"))
    remote.put("theirs", event("theirs"))
    source = office.connect(remote)
    office.refresh(source)
    assert [uid for uid, *_ in office.busy(source)] == ["theirs"]


def test_file_is_asked_for_by_condition_and_read_only_when_its_bytes_changed(office: Office) -> None:
    read_bytes: list[int] = []

    def noting(request: ReadRequest) -> dict[str, ReadCalendar]:
        read_bytes.append(len(request.contents))
        return read(request)

    with scripted_server() as server:
        address = f"http://127.0.0.1:{server.port}/a.ics"
        with office.sessions.begin() as session:
            source = connect(session, get_district(session, "16.73"), address, kind="ics").id
        answers = [
            answer(event("a"), ETag='"1"'),
            answer(status=304),
            answer(event("a"), ETag='"2"'),
            answer(event("b"), Last_Modified="Mon, 13 Nov 2023 02:00:00 GMT"),
            answer(status=304),
            answer(b"<html>Masuk dahulu</html>"),
            answer(event("b")[:-30]),
            answer(status=410),
        ]
        uids, troubles = [], []
        for number, script in enumerate(answers):
            server.scripts["/a.ics"] = script
            reading = office.refresh(source, now=NOW + timedelta(hours=number), by=desk(reader=noting))
            uids.append("".join(uid for uid, *_ in office.busy(source)))
            troubles.append(reading.trouble)

    assert uids == ["a", "a", "a", "b", "b", "b", "b", "b"]
    assert troubles == [None] * 5 + [Trouble.NOT_A_CALENDAR, Trouble.INCOMPLETE, Trouble.NOT_FOUND]
    # The two that cannot be read are tried; what is the same is not.
    assert read_bytes == [1, 1, 1, 1]
    sent = [headers for _, _, headers in server.requests]
    assert [headers.get("If-None-Match") for headers in sent[:4]] == [None, '"1"', '"1"', '"2"']
    assert sent[4]["If-Modified-Since"] == "Mon, 13 Nov 2023 02:00:00 GMT"


def test_worker_reads_what_is_due_by_itself(office: Office, own_database: str, tmp_path: Path) -> None:
    with office.sessions.begin() as session:
        inside = connect(session, get_district(session, "16.73"), "https://192.168.0.1/a.ics", kind="ics").id
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("s" * 32))
    deadline = time.monotonic() + 60
    with running_worker(settings, own_database, timing=Timing(calendars=0.05)):
        while time.monotonic() < deadline:
            with office.sessions() as session:
                reading = session.get(CalendarReading, inside)
                assert reading is not None
                if reading.failures:
                    break
            time.sleep(0.05)
    # Sealed under another key than the worker's: it says so rather than guess.
    assert reading.trouble == Trouble.CREDENTIALS_UNREADABLE


def test_window_moves_on_without_fetching_anything_again(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("weekly", event("weekly", more="RRULE:FREQ=WEEKLY"))
    source = office.connect(remote)
    office.refresh(source)
    last = office.busy(source)[-1][1]
    later = NOW + timedelta(days=200)
    reading = office.refresh(source, now=later)
    assert reading.read_until == later + timedelta(days=550)
    assert office.busy(source)[-1][1] > last + timedelta(days=190)
    assert office.busy(source)[0][2] > later - timedelta(days=180)


def test_object_that_is_no_calendar_is_left_out_and_said(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("good", event("good"))
    remote.put("late", event("late"))
    source = office.connect(remote)

    def spoils(request: ReadRequest) -> dict[str, ReadCalendar]:
        contents = {path: b"<html>" if "late" in path else content for path, content in request.contents.items()}
        return read(replace(request, contents=contents))

    reading = office.refresh(source, by=desk(reader=spoils))
    assert reading.trouble is None
    assert [uid for uid, *_ in office.busy(source)] == ["good"]
    assert reading.remarks == ["late.ics is no calendar object that can be read; it was left out."]
    assert list(reading.remarks_indonesian.values()) == ["late.ics bukan objek kalender yang dapat dibaca; dilewati."]


def test_since_is_kept_until_the_event_moves(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    remote.put("a", event("a"))
    remote.put("b", event("b"))
    source = office.connect(remote)
    office.refresh(source)
    remote.put("a", event("a", more="CATEGORIES:baru"))
    remote.put("b", event("b", "20231114T100000", "20231114T110000"))
    office.refresh(source, now=LATER)
    with office.sessions() as session:
        rows = session.execute(select(BusyEvent.uid, BusyEvent.since).order_by(BusyEvent.uid)).all()
        assert [tuple(row) for row in rows] == [("a", NOW), ("b", LATER)]


def test_password_and_address_are_sealed_in_the_database(office: Office, radicale: RealServer) -> None:
    remote = radicale.new_calendar()
    source = office.connect(remote)
    with office.sessions() as session:
        stored = session.get(CalendarSource, source)
        assert stored is not None
        assert stored.sealed_password is not None
        assert radicale.password.encode() not in stored.sealed_password
        assert remote.address.rsplit("/", 2)[1].encode() not in stored.sealed_address
    other = replace(desk(), key=b"x" * 32)
    assert office.refresh(source, by=other).trouble == Trouble.CREDENTIALS_UNREADABLE


def test_collection_is_fetched_in_several_batches_and_read_in_the_child(
    office: Office, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caldav, "_BATCH", 4)
    remote = server.new_calendar()
    for number in range(10):
        remote.put(f"e{number}", event(f"e{number}"))
    source = office.connect(remote)
    many = replace(
        inbox.reading_desk_of(Settings(secret_key=SecretStr("s" * 32))),
        key=KEY,
        guard=VAULT.guard,
        http_limits=HttpLimits(total_seconds=60),
    )
    assert office.refresh(source, by=many).trouble is None
    assert [uid for uid, *_ in office.busy(source)] == [f"e{number}" for number in range(10)]


@pytest.mark.parametrize("poison", [ValueError("x"), RecursionError(), KeyError("x"), OSError(), MemoryError()])
def test_calendar_that_raises_anything_is_set_aside_and_the_others_are_read(
    office: Office, radicale: RealServer, poison: Exception
) -> None:
    sources = []
    for number in range(3):
        remote = radicale.new_calendar()
        remote.put("a", event(f"e{number}"))
        sources.append(office.connect(remote))

    def reads(request: ReadRequest) -> dict[str, ReadCalendar]:
        if any(b"e1" in content for content in request.contents.values()):
            raise poison
        return read(request)

    assert refresh_due(office.engine, NOW, desk=desk(reader=reads)) == 3

    assert [len(office.busy(source)) for source in sources] == [1, 0, 1]
    with office.sessions() as session:
        readings = [session.get_one(CalendarReading, source) for source in sources]
    assert [reading.trouble for reading in readings] == [None, Trouble.BROKEN, None]
    assert (readings[1].failures, readings[1].next_try_at) == (1, NOW + timedelta(minutes=1))
    assert str(readings[1].trouble_about).startswith(type(poison).__name__)
    refresh_due(office.engine, LATER, desk=desk())
    assert len(office.busy(sources[1])) == 1
