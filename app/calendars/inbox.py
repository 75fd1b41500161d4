"""Refreshes foreign calendars into busy events: talk to the server without a transaction, read in a child, then store
the whole result in one transaction, or nothing; only the newest result of a source is stored."""

import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.caldav import CaldavClient, ListingRefused, TokenRefused
from app.calendars.guarded_http import GuardedHttp
from app.calendars.models import BusyEvent, CalendarKind, CalendarReading, CalendarResource, CalendarSource, Direction
from app.calendars.reader import ReadCalendar, ReadRequest, read_in_child
from app.calendars.recurrence import Busy, ReadingLimits, Window
from app.calendars.rounds import REST_AFTER_DEATH, Fault, alone, in_turns, wait_after
from app.calendars.servers import Desk, desk_of, open_source
from app.calendars.troubles import CalendarTrouble, Trouble
from app.districts.models import District
from app.languages import said
from app.settings import Settings

log = structlog.get_logger(__name__)

_PAST, _FUTURE = timedelta(days=180), timedelta(days=550)
"""What is read, seen from the day of reading."""
_STALE_FUTURE = timedelta(days=460)
"""Less than this ahead, and the window is moved on."""
_FIRST_RETRY = timedelta(minutes=1)
_AT_ONCE = 4
_PER_ROUND = 40
CALENDAR_CONNECTIONS = _AT_ONCE + 1
"""What `refresh_due` takes of its engine."""
_LOCK = "jemput calendar refresh"
_ROWS = 2_000
_MOST_REMARKS = 50
"""Kept of one calendar."""
_OWN_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@jemput-bola")
"""Of the visits we publish: in a calendar that is also written to they come back, and are not somebody else's."""

Read = Callable[[ReadRequest], dict[str, ReadCalendar]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingDesk(Desk):
    """What refreshing needs beside the way to the servers."""

    reading_limits: ReadingLimits
    read: Read = read_in_child


def reading_desk_of(settings: Settings) -> ReadingDesk:
    """The desk that the operator's settings describe."""
    desk = desk_of(settings)
    return ReadingDesk(
        key=desk.key,
        guard=desk.guard,
        http_limits=desk.http_limits,
        ca_file=desk.ca_file,
        reading_limits=ReadingLimits(events=settings.calendar_max_events),
    )


def refresh_due(engine: Engine, now: datetime, *, desk: ReadingDesk) -> int:
    """Refresh the sources whose time has come, a few at once; how many were tried.

    To be called every few seconds by every worker; only one of them at a time does anything. May be abandoned at any
    moment: its threads hold nothing that outlives the process."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    with alone(engine, _LOCK) as is_alone:
        if not is_alone:
            return 0
        with sessions.begin() as session:
            due = session.scalars(_due(now)).all()
        in_turns(
            due,
            partial(refresh, sessions, now=now, desk=desk),
            set_aside=partial(_set_aside, sessions, now=now, desk=desk),
            at_once=_AT_ONCE,
        )
    return len(due)


def _set_aside(sessions: sessionmaker[Session], source_id: int, fault: Fault, *, now: datetime, desk: Desk) -> None:
    with sessions.begin() as session:
        reading = session.get(CalendarReading, source_id, with_for_update=True)
        if reading is not None:
            _note_trouble(reading, CalendarTrouble(Trouble.BROKEN, about=str(fault)), now=now, desk=desk)


def _due(now: datetime) -> Any:
    return (
        select(CalendarReading.source_id)
        .join(CalendarSource, CalendarSource.id == CalendarReading.source_id)
        .where(CalendarReading.next_try_at <= now, CalendarSource.direction != Direction.OUT.value)
        .order_by(CalendarReading.next_try_at)
        .limit(_PER_ROUND)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was stored of a source when its refresh began."""

    source: CalendarSource
    time_zone: str
    generation: int
    sync_token: str | None
    collection_tag: str | None
    etag: str | None
    last_modified: str | None
    etags: Mapping[str, str]
    window_is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What a server said: contents that are new, paths that are gone, and the marks that go with it all."""

    contents: Mapping[str, tuple[str, bytes]]
    """Path to ETag and bytes."""
    gone: frozenset[str] = frozenset()
    sync_token: str | None = None
    collection_tag: str | None = None
    etag: str | None = None
    last_modified: str | None = None


def refresh(sessions: sessionmaker[Session], source_id: int, *, now: datetime, desk: ReadingDesk) -> None:
    """Bring one source up to date; a failure leaves all as it was, with the reason and the time of the next try."""
    with sessions.begin() as session:
        known = _begin(session, source_id, now)
    if known is None:
        return
    window = Window(starts_at=now - _PAST, ends_at=now + _FUTURE)
    try:
        http, address = open_source(desk, known.source)
        with http:
            news = _news(http, address, known)
        with sessions.begin() as session:
            kept = _contents_to_read_again(session, known, news)
        contents = {**kept, **{path: content for path, (_, content) in news.contents.items()}}
        read = _read(desk, known, contents, window=window) if contents else {}
    except CalendarTrouble as trouble:
        with sessions.begin() as session:
            _store_trouble(session, known, trouble, now=now, desk=desk)
        log.info("calendar not refreshed", source_id=source_id, trouble=trouble.code.value)
        return
    with sessions.begin() as session:
        _store(session, known, news, read=read, window=window, now=now)


def _begin(session: Session, source_id: int, now: datetime) -> _Known | None:
    """What is stored of a source, which is kept from others for a while; None when it is not there any more."""
    row = session.execute(
        select(CalendarSource, CalendarReading, District.time_zone)
        .join(CalendarReading, CalendarReading.source_id == CalendarSource.id)
        .join(District, District.code == CalendarSource.district_code)
        .where(CalendarSource.id == source_id)
        .with_for_update(of=CalendarReading)
    ).first()
    if row is None:
        return None
    source, reading, time_zone = row
    etags = session.execute(
        select(CalendarResource.path, CalendarResource.etag).where(CalendarResource.source_id == source_id)
    )
    session.expunge(source)
    reading.attempted_at, reading.next_try_at = now, now + REST_AFTER_DEATH
    return _Known(
        source=source,
        time_zone=time_zone,
        generation=reading.generation,
        sync_token=reading.sync_token,
        collection_tag=reading.collection_tag,
        etag=reading.etag,
        last_modified=reading.last_modified,
        etags={row.path: row.etag for row in etags},
        window_is_stale=reading.read_until is None or reading.read_until < now + _STALE_FUTURE,
    )


def _news(http: GuardedHttp, address: str, known: _Known) -> _News:
    if known.source.kind == CalendarKind.ICS:
        return _news_of_file(http, address, known)
    return _news_of_collection(CaldavClient(http, address), known)


def _news_of_file(http: GuardedHttp, address: str, known: _Known) -> _News:
    """The whole file, unless the server knows that it is still the same."""
    conditions = {}
    if known.etags and known.etag:
        conditions["If-None-Match"] = known.etag
    elif known.etags and known.last_modified:
        conditions["If-Modified-Since"] = known.last_modified
    answer = http.request("GET", address, headers={"Accept": "text/calendar, */*;q=0.1", **conditions})
    if answer.status == 304 and conditions:
        return _News(contents={}, etag=known.etag, last_modified=known.last_modified)
    if answer.status in (404, 410):
        raise CalendarTrouble(Trouble.NOT_FOUND)
    if answer.status == 403:
        raise CalendarTrouble(Trouble.CREDENTIALS_REFUSED)
    if answer.status != 200:
        raise CalendarTrouble(Trouble.NOT_A_CALENDAR)
    etag, last_modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    # Many servers know no conditions, or answer them wrongly; the bytes themselves tell whether to read them again.
    digest = hashlib.sha256(answer.body).hexdigest()
    contents = {} if known.etags.get("") == digest else {"": (digest, answer.body)}
    return _News(contents=contents, etag=etag, last_modified=last_modified)


def _news_of_collection(client: CaldavClient, known: _Known) -> _News:
    """By token where the server has them, by ETag where not; either way only what changed is fetched."""
    collection = client.collection()
    if known.sync_token is not None and collection.sync_token == known.sync_token:
        return _News(contents={}, sync_token=known.sync_token, collection_tag=collection.collection_tag)
    if (
        not collection.syncs_by_token
        and known.collection_tag is not None
        and collection.collection_tag == known.collection_tag
    ):
        return _News(contents={}, collection_tag=known.collection_tag)
    listed = _by_token(client, known) if collection.syncs_by_token else None
    changed: Mapping[str, str]
    if listed is None:
        members = client.members()
        changed = {path: etag for path, etag in members.items() if known.etags.get(path) != etag}
        gone, token = frozenset(known.etags.keys() - members.keys()), None
    else:
        changed, gone, token = listed
    # What was written by whoever wrote the ETag we have need not be fetched again.
    wanted = [path for path, etag in changed.items() if not etag or known.etags.get(path) != etag]
    resources, gone_meanwhile = client.fetch(wanted)
    return _News(
        contents={path: (resource.etag, resource.content) for path, resource in resources.items()},
        gone=(gone | gone_meanwhile) - resources.keys(),
        sync_token=token,
        # Taken before the listing: what changed in between is seen again, never missed.
        collection_tag=collection.collection_tag,
    )


def _by_token(client: CaldavClient, known: _Known) -> tuple[Mapping[str, str], frozenset[str], str] | None:
    """Changes since the stored token, or since ever when the server forgot it; None when it will not list so many."""
    try:
        if known.sync_token is not None:
            try:
                changes = client.changes(known.sync_token)
            except TokenRefused:
                log.info("sync token refused, reading all", source_id=known.source.id)
            else:
                return changes.changed, changes.gone, changes.token
        everything = client.changes(None)
    except (ListingRefused, TokenRefused):
        return None
    return everything.changed, frozenset(known.etags.keys() - everything.changed.keys()), everything.token


def _contents_to_read_again(session: Session, known: _Known, news: _News) -> dict[str, bytes]:
    """Unchanged calendars too, when the window moves on: their repetitions reach into it."""
    if not known.window_is_stale:
        return {}
    rows = session.execute(
        select(CalendarResource.path, CalendarResource.content).where(CalendarResource.source_id == known.source.id)
    )
    return {
        path: zlib.decompress(content)
        for path, content in rows
        if path not in news.contents and path not in news.gone and content
    }


def _read(
    desk: ReadingDesk, known: _Known, contents: Mapping[str, bytes], *, window: Window
) -> dict[str, ReadCalendar]:
    read = desk.read(
        ReadRequest(
            contents=contents,
            time_zone=known.time_zone,
            window=window,
            limits=desk.reading_limits,
            holidays=known.source.holidays,
        )
    )
    if known.source.kind == CalendarKind.ICS:
        for calendar in read.values():
            if calendar.trouble is not None:
                raise CalendarTrouble(calendar.trouble)
    return read


def _store_trouble(session: Session, known: _Known, trouble: CalendarTrouble, *, now: datetime, desk: Desk) -> None:
    reading = _locked_reading(session, known)
    if reading is not None:
        _note_trouble(reading, trouble, now=now, desk=desk)


def _note_trouble(reading: CalendarReading, trouble: CalendarTrouble, *, now: datetime, desk: Desk) -> None:
    reading.failures += 1
    reading.trouble, reading.trouble_about = trouble.code.value, trouble.about
    reading.next_try_at = now + wait_after(
        reading.failures, first=_FIRST_RETRY, random=desk.random, retry_after_seconds=trouble.retry_after_seconds
    )


def _locked_reading(session: Session, known: _Known) -> CalendarReading | None:
    """The reading, for this transaction alone; None when another result or address came first."""
    reading = session.get(CalendarReading, known.source.id, with_for_update=True, populate_existing=True)
    if reading is None or reading.generation != known.generation:
        log.info("calendar result dropped, a newer one is there", source_id=known.source.id)
        return None
    return reading


def _store(
    session: Session,
    known: _Known,
    news: _News,
    *,
    read: Mapping[str, ReadCalendar],
    window: Window,
    now: datetime,
) -> None:
    """The whole result of a refresh, in the caller's transaction."""
    reading = _locked_reading(session, known)
    if reading is None:
        return
    source_id = known.source.id
    if news.gone:
        for batch in _batches(sorted(news.gone)):
            session.execute(
                delete(CalendarResource).where(
                    CalendarResource.source_id == source_id, CalendarResource.path.in_(batch)
                )
            )
    _store_resources(session, source_id, news, read)
    _store_busy(session, source_id, read, now=now)
    if known.window_is_stale or not known.etags:
        reading.read_from, reading.read_until = window.starts_at, window.ends_at
        session.execute(
            delete(BusyEvent).where(BusyEvent.source_id == source_id, BusyEvent.ends_at <= window.starts_at)
        )
    reading.generation += 1
    reading.sync_token, reading.collection_tag = news.sync_token, news.collection_tag
    reading.etag, reading.last_modified = news.etag, news.last_modified
    reading.succeeded_at = now
    reading.next_try_at = now + timedelta(minutes=known.source.refresh_minutes)
    reading.failures, reading.trouble, reading.trouble_about = 0, None, None
    remarked = session.execute(
        select(CalendarResource.remarks, CalendarResource.remarks_indonesian)
        .where(CalendarResource.source_id == source_id, CalendarResource.remarks != [])
        .order_by(CalendarResource.path)
        .limit(_MOST_REMARKS)
    ).all()
    reading.remarks = list(dict.fromkeys(remark for remarks, _ in remarked for remark in remarks))[:_MOST_REMARKS]
    indonesian = {english: words for _, known in remarked for english, words in known.items()}
    reading.remarks_indonesian = {english: indonesian.get(english, english) for english in reading.remarks}


def _store_resources(session: Session, source_id: int, news: _News, read: Mapping[str, ReadCalendar]) -> None:
    rows = []
    for path, (etag, _) in news.contents.items():
        calendar = read[path]
        remarks = list(calendar.remarks)
        if calendar.trouble is not None:
            remarks = [
                said(
                    "{name} is no calendar object that can be read; it was left out.",
                    "{name} bukan objek kalender yang dapat dibaca; dilewati.",
                    name=path.rsplit("/", 1)[-1],
                )
            ]
        rows.append(
            {
                "source_id": source_id,
                "path": path,
                "etag": etag,
                "content": zlib.compress(calendar.kept) if calendar.kept else b"",
                "remarks": [str(remark) for remark in remarks],
                "remarks_indonesian": {str(remark): remark.indonesian for remark in remarks},
            }
        )
    for batch in _batches(rows):
        statement = upsert(CalendarResource).values(batch)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[CalendarResource.source_id, CalendarResource.path],
                set_={name: statement.excluded[name] for name in ("etag", "content", "remarks", "remarks_indonesian")},
            )
        )


def _store_busy(session: Session, source_id: int, read: Mapping[str, ReadCalendar], *, now: datetime) -> None:
    """Make the stored busy times of the calendars read equal to what was read, touching only what differs."""
    stored: dict[tuple[str, str, str], BusyEvent] = {}
    for batch in _batches(list(read)):
        for event in session.scalars(
            select(BusyEvent).where(BusyEvent.source_id == source_id, BusyEvent.path.in_(batch))
        ):
            stored[event.path, event.uid, event.recurrence_id] = event
    added: list[dict[str, Any]] = []
    for path, calendar in read.items():
        for busy in calendar.busy:
            if _OWN_UID.fullmatch(busy.uid):
                continue
            key = (path, busy.uid, busy.recurrence_id)
            if key in stored:
                _update(stored.pop(key), busy, now)
            else:
                added.append({"source_id": source_id, "path": path, "since": now, **busy._asdict()})
    session.flush()
    for batch in _batches([event.id for event in stored.values()]):
        session.execute(delete(BusyEvent).where(BusyEvent.id.in_(batch)))
    for batch in _batches(added):
        session.execute(insert(BusyEvent), batch)


def _update(event: BusyEvent, busy: Busy, now: datetime) -> None:
    if (event.starts_at, event.ends_at) != (busy.starts_at, busy.ends_at):
        event.starts_at, event.ends_at, event.since = busy.starts_at, busy.ends_at, now
    event.all_day, event.tentative, event.summary = busy.all_day, busy.tentative, busy.summary


def _batches(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]
