"""Writes our entries into other people's calendars: what is to be written is noted before it is sent, and every writing
has a condition, so a crash or a duplicated request does no harm and nobody's change is written over."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, Select, and_, delete, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.caldav import CaldavClient, ChangedElsewhere, Resource
from app.calendars.inbox import Desk, open_source
from app.calendars.models import CalendarDelivery, CalendarSource, Direction, OutboxConflict, OutboxEntry
from app.calendars.own_entries import digest_of, glimpse_of
from app.calendars.troubles import CalendarTrouble, Trouble
from app.districts.models import District

log = structlog.get_logger(__name__)

_BATCH = 100
_MAX_BATCHES = 50
"""Of one calendar in one round."""
_AT_ONCE = 4
OUTBOX_CONNECTIONS = 2 * _AT_ONCE + 1
"""What `deliver_due` takes of its engine."""
_PER_ROUND = 100
_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=30), timedelta(hours=6)
_LEASE = timedelta(minutes=5)
"""Until somebody else may try a calendar whose delivery came to no end at all."""
_LOCK = "jemput calendar delivery"
ACCEPTED_DELETION = ""
"""As `their_etag`: the planner knows that somebody there took the entry away."""
_SURE_AFTER = 2
"""Failures of one entry after which its UID is believed to live under another name."""
_TAKEN_AWAY = "taken away"
"""Among digests: we may have deleted the entry ourselves."""
_LATE = timedelta(days=1)
"""For so long after it was taken away an entry may be brought back by a request of ours that was held up."""
_ONE_ENTRYS_FAULT = frozenset({Trouble.NOT_A_CALENDAR, Trouble.TOO_LARGE})
"""What a server says of an entry it does not want, while it may want others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An entry as it should stand in a calendar."""

    sequence: int
    content: bytes
    is_cancelled: bool
    ends_at: datetime


Render = Callable[[Session, CalendarSource, Collection[UUID]], Mapping[UUID, Rendered]]
"""The entries of these UIDs as a calendar should show them; one that is missing should not be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """What delivering needs: the machine, the words, and chance."""

    desk: Desk
    render: Render
    random: Callable[[], float]
    """From 0 to 1; spreads retries, so that calendars of one server do not all come back at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One entry to bring up to date."""

    uid: UUID
    rendered: Rendered | None
    """None: to be taken away."""
    digest: str | None
    etag: str | None
    digests: frozenset[str]
    """Of what we may have written before."""
    is_confirmed: bool
    """Whether the server ever said that it has the entry."""
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of a job."""

    uid: UUID
    sequence: int | None = None
    etag: str | None = None
    digests: tuple[str, ...] = ()
    conflict: OutboxConflict | None = None
    their: Resource | None = None
    trouble: Trouble | None = None


def deliver_due(engine: Engine, now: datetime, *, postman: Postman) -> int:
    """Write what is due to the calendars whose time has come, a few at once; how many were tried.

    To be called every few seconds by every worker; one calendar is served by one worker at a time. May be abandoned
    at any moment."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as session:
        due = session.scalars(_due(now)).all()
    waiting = SimpleQueue[int]()
    for source_id in due:
        waiting.put(source_id)
    # Daemons, unlike those of a pool: a slow server must not keep a stopping worker.
    threads = [
        Thread(target=_work, args=(engine, sessions, waiting), kwargs={"now": now, "postman": postman}, daemon=True)
        for _ in range(min(_AT_ONCE, len(due)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(due)


def _work(
    engine: Engine, sessions: sessionmaker[Session], waiting: "SimpleQueue[int]", *, now: datetime, postman: Postman
) -> None:
    with suppress(Empty):
        while True:
            source_id = waiting.get_nowait()
            try:
                _deliver_alone(engine, sessions, source_id, now=now, postman=postman)
            except SQLAlchemyError as error:
                # The database is away: what was written meanwhile is recognised by its digest later.
                log.warning("calendar not written", source_id=source_id, error=str(error))


def _deliver_alone(
    engine: Engine, sessions: sessionmaker[Session], source_id: int, *, now: datetime, postman: Postman
) -> None:
    # On a connection of its own, outside any transaction: it ends with this process, however that ends.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(func.hashtext(_LOCK), source_id))):
            return
        try:
            deliver(sessions, source_id, now=now, postman=postman)
        finally:
            connection.scalar(select(func.pg_advisory_unlock(func.hashtext(_LOCK), source_id)))


def _is_to_be_sent(now: datetime) -> Any:
    return and_(OutboxEntry.is_pending(), OutboxEntry.next_try_at <= now)


def _is_unchecked(now: datetime) -> Any:
    """Whether it is time to see what others did with our entries."""
    return or_(
        CalendarDelivery.checked_at.is_(None),
        CalendarDelivery.checked_at <= now - func.make_interval(0, 0, 0, 0, 0, CalendarSource.refresh_minutes),
    )


def _due(now: datetime) -> Select[int]:
    mine = OutboxEntry.source_id == CalendarDelivery.source_id
    written = and_(mine, func.num_nonnulls(OutboxEntry.sent_sequence, OutboxEntry.absent_since) > 0)
    return (
        select(CalendarDelivery.source_id)
        .join(CalendarSource, CalendarSource.id == CalendarDelivery.source_id)
        .where(
            CalendarSource.direction != Direction.IN.value,
            CalendarDelivery.next_try_at <= now,
            or_(
                select(OutboxEntry.uid).where(mine, _is_to_be_sent(now)).exists(),
                and_(_is_unchecked(now), select(OutboxEntry.uid).where(written).exists()),
            ),
        )
        .order_by(CalendarDelivery.next_try_at)
        .limit(_PER_ROUND)
    )


def deliver(sessions: sessionmaker[Session], source_id: int, *, now: datetime, postman: Postman) -> None:
    """Write what is due to one calendar, batch by batch, then look what others did with what we wrote.

    The caller sees to it that nobody else does so at the same time."""
    for _ in range(_MAX_BATCHES):
        with sessions.begin() as session:
            begun = _begin(session, source_id, now=now, postman=postman)
        if begun is None:
            return
        source, jobs = begun
        outcomes: list[_Outcome] = []
        trouble: CalendarTrouble | None = None
        try:
            http, address = open_source(postman.desk, source)
            with http:
                client = CaldavClient(http, address)
                client.collection()
                for job in jobs:
                    outcomes.append(_tried(client, job))
                if len(jobs) < _BATCH:
                    _check(sessions, client, source, now=now, postman=postman, skip={job.uid for job in jobs})
        except CalendarTrouble as error:
            trouble = error
            log.info("calendar not written", source_id=source_id, trouble=error.code.value)
        with sessions.begin() as session:
            _store(session, source, outcomes, trouble=trouble, now=now, postman=postman)
        if trouble is not None or len(jobs) < _BATCH:
            return


def _begin(
    session: Session, source_id: int, *, now: datetime, postman: Postman
) -> tuple[CalendarSource, list[_Job]] | None:
    """The next entries, with what is about to be written noted in them; None when there is no calendar to write to."""
    found = session.execute(
        select(CalendarSource, CalendarDelivery)
        .join(CalendarDelivery, CalendarDelivery.source_id == CalendarSource.id)
        .where(CalendarSource.id == source_id, CalendarSource.direction != Direction.IN.value)
        .with_for_update(of=CalendarDelivery)
    ).first()
    if found is None:
        return None
    source, delivery = found
    delivery.attempted_at, delivery.next_try_at = now, now + _LEASE
    entries = session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.source_id == source_id, _is_to_be_sent(now))
        .order_by(OutboxEntry.enqueued_at, OutboxEntry.uid)
        .limit(_BATCH)
    ).all()
    rendered = postman.render(session, source, [entry.uid for entry in entries])
    jobs = []
    for entry in entries:
        shown = None if entry.wanted_sequence is None else rendered.get(entry.uid)
        digest = None if shown is None else digest_of(shown.content)
        jobs.append(
            _Job(
                uid=entry.uid,
                rendered=shown,
                digest=digest,
                etag=entry.etag,
                digests=frozenset(entry.digests),
                is_confirmed=entry.sent_sequence is not None,
                failures=entry.failures,
            )
        )
        mark = digest or _TAKEN_AWAY
        # What was never written is not taken away either.
        if mark not in entry.digests and (digest is not None or entry.digests):
            entry.digests = [*entry.digests, mark]
    session.flush()
    session.expunge(source)
    return source, jobs


def _tried(client: CaldavClient, job: _Job) -> _Outcome:
    """What came of one job; raises `CalendarTrouble` when no other would fare better."""
    try:
        return _taken_away(client, job) if job.rendered is None else _written(client, job, job.rendered)
    except ChangedElsewhere:
        # Between our look and our writing somebody wrote; the next look tells what.
        return _Outcome(uid=job.uid, trouble=Trouble.SERVER_FAILED)
    except CalendarTrouble as trouble:
        if trouble.code not in _ONE_ENTRYS_FAULT:
            raise
        return _Outcome(uid=job.uid, trouble=trouble.code)


def _written(client: CaldavClient, job: _Job, rendered: Rendered) -> _Outcome:
    """Write an entry as new, or over what we wrote; raises `ChangedElsewhere` when two tries met a third party."""
    path = client.path_of(f"{job.uid}.ics")
    assert job.digest is not None
    if job.is_confirmed and job.etag is not None and job.digests == {job.digest}:
        # What changed is not shown in this calendar: nobody there need hear of it.
        return _Outcome(uid=job.uid, sequence=rendered.sequence, etag=job.etag, digests=(job.digest,))
    if not job.digests or (job.is_confirmed and job.etag is not None):
        with suppress(ChangedElsewhere):
            return _put(client, job, rendered, over=job.etag)
    their = client.get(path)
    if their is None:
        if job.is_confirmed and _TAKEN_AWAY not in job.digests:
            # Who took away what is now called off is only tidier than we are.
            conflict = None if rendered.is_cancelled else OutboxConflict.DELETED
            return _Outcome(uid=job.uid, sequence=rendered.sequence, conflict=conflict)
        try:
            return _put(client, job, rendered, over=None)
        except ChangedElsewhere:
            if job.failures < _SURE_AFTER:
                # Not there, yet not to be written: that may also be our own request, still on its way.
                raise
            return _Outcome(uid=job.uid, sequence=rendered.sequence, conflict=OutboxConflict.MOVED)
    found = digest_of(their.content)
    if found == job.digest:
        return _Outcome(uid=job.uid, sequence=rendered.sequence, etag=their.etag, digests=(found,))
    if found in job.digests:
        return _put(client, job, rendered, over=their.etag)
    return _Outcome(uid=job.uid, sequence=rendered.sequence, conflict=OutboxConflict.EDITED, their=their)


def _put(client: CaldavClient, job: _Job, rendered: Rendered, *, over: str | None) -> _Outcome:
    path = client.path_of(f"{job.uid}.ics")
    etag = client.put(path, rendered.content, etag=over)
    assert job.digest is not None
    digests = [job.digest]
    if etag is None:
        # A server that says none has stored something else than it was given (RFC 4791, 5.3.4); that is ours too.
        stored = client.get(path)
        if stored is not None:
            etag = stored.etag or None
            digests.append(digest_of(stored.content))
    return _Outcome(uid=job.uid, sequence=rendered.sequence, etag=etag, digests=tuple(dict.fromkeys(digests)))


def _taken_away(client: CaldavClient, job: _Job) -> _Outcome:
    """Delete an entry that should not stand there any more, unless somebody made it theirs.

    What we may have written is remembered, as it may come late."""
    absent = _Outcome(uid=job.uid, digests=tuple(job.digests))
    if not job.digests:
        return absent
    path = client.path_of(f"{job.uid}.ics")
    if job.is_confirmed and job.etag is not None:
        with suppress(ChangedElsewhere):
            client.delete(path, etag=job.etag)
            return absent
    their = client.get(path)
    if their is not None and digest_of(their.content) not in job.digests:
        return _Outcome(uid=job.uid, conflict=OutboxConflict.EDITED, their=their)
    if their is not None:
        client.delete(path, etag=their.etag)
    return absent


def _store(
    session: Session,
    source: CalendarSource,
    outcomes: Sequence[_Outcome],
    *,
    trouble: CalendarTrouble | None,
    now: datetime,
    postman: Postman,
) -> None:
    """What came of a batch, in the caller's transaction."""
    delivery = _locked(session, source)
    if delivery is None:
        return
    zone = ZoneInfo(session.scalars(select(District.time_zone).where(District.code == source.district_code)).one())
    for outcome in outcomes:
        entry = session.get(OutboxEntry, (source.id, outcome.uid), populate_existing=True)
        if entry is None:
            continue
        if outcome.trouble is not None:
            entry.failures += 1
            entry.trouble = outcome.trouble.value
            entry.next_try_at = now + _wait(entry.failures, postman)
        elif outcome.conflict is not None:
            _note_conflict(entry, outcome.conflict, outcome.their, now=now, zone=zone)
        else:
            entry.sent_sequence, entry.etag, entry.digests = outcome.sequence, outcome.etag, list(outcome.digests)
            entry.sent_at = now
            entry.failures, entry.trouble = 0, None
            if entry.sent_sequence is None and entry.wanted_sequence is None:
                if entry.digests:
                    entry.absent_since = now
                else:
                    session.delete(entry)
    if trouble is None:
        delivery.succeeded_at, delivery.next_try_at = now, now
        delivery.failures, delivery.trouble, delivery.trouble_about = 0, None, None
    else:
        delivery.failures += 1
        delivery.trouble, delivery.trouble_about = trouble.code.value, trouble.about
        wait = _wait(delivery.failures, postman)
        if trouble.retry_after_seconds is not None:
            wait = max(wait, timedelta(seconds=trouble.retry_after_seconds))
        delivery.next_try_at = now + wait


def _locked(session: Session, source: CalendarSource) -> CalendarDelivery | None:
    """The delivery row, for this transaction alone; None when the calendar is gone or has another address."""
    delivery = session.get(CalendarDelivery, source.id, with_for_update=True, populate_existing=True)
    address = session.scalar(select(CalendarSource.sealed_address).where(CalendarSource.id == source.id))
    return delivery if address == source.sealed_address else None


def _note_conflict(
    entry: OutboxEntry, conflict: OutboxConflict, their: Resource | None, *, now: datetime, zone: ZoneInfo
) -> None:
    entry.conflict = conflict.value
    entry.conflict_since = entry.conflict_since or now
    entry.their_etag = None if their is None else their.etag
    entry.theirs = None
    if their is not None:
        entry.theirs = {**glimpse_of(their.content, zone), "digest": digest_of(their.content)}


def _wait(failures: int, postman: Postman) -> timedelta:
    """Twice as long after every failure, between three quarters and five quarters of that by chance."""
    wait: timedelta = min(_LAST_RETRY, _FIRST_RETRY * 2 ** min(failures - 1, 16))
    return wait * (0.75 + postman.random() / 2)


def _check(
    sessions: sessionmaker[Session],
    client: CaldavClient,
    source: CalendarSource,
    *,
    now: datetime,
    postman: Postman,
    skip: Collection[UUID],
) -> None:
    """Find entries of ours that somebody changed or took away, by their ETags; changes that were undone; and entries
    that came after they were taken away."""
    with sessions.begin() as session:
        is_due = session.scalar(
            select(CalendarDelivery.source_id)
            .join(CalendarSource, CalendarSource.id == CalendarDelivery.source_id)
            .where(CalendarDelivery.source_id == source.id, _is_unchecked(now))
        )
        if is_due is None:
            return
        known = session.scalars(
            select(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.sent_sequence.is_not(None))
        ).all()
        rendered = postman.render(session, source, [entry.uid for entry in known])
        departed = session.scalars(
            select(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.absent_since.is_not(None))
        ).all()
    live = {uid for uid, shown in rendered.items() if not shown.is_cancelled and shown.ends_at > now}
    members = client.members()
    changed: dict[UUID, str] = {}
    missing: set[UUID] = set()
    for entry in known:
        if entry.uid not in live or entry.uid in skip:
            continue
        etag = members.get(client.path_of(f"{entry.uid}.ics"))
        if etag is None:
            missing.add(entry.uid)
        elif etag != (entry.their_etag or entry.etag) or entry.conflict == OutboxConflict.DELETED:
            changed[entry.uid] = client.path_of(f"{entry.uid}.ics")
    found, gone = client.fetch(sorted(changed.values()))
    _take_away_late_ones(client, departed, members)
    with sessions.begin() as session:
        delivery = _locked(session, source)
        if delivery is None:
            return
        zone = ZoneInfo(session.scalars(select(District.time_zone).where(District.code == source.district_code)).one())
        delivery.checked_at = now
        session.execute(
            delete(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.absent_since <= now - _LATE)
        )
        for uid in missing | {uid for uid, path in changed.items() if path in gone}:
            stored = session.get_one(OutboxEntry, (source.id, uid), populate_existing=True)
            if stored.conflict != OutboxConflict.DELETED and stored.their_etag != ACCEPTED_DELETION:
                _note_conflict(stored, OutboxConflict.DELETED, None, now=now, zone=zone)
        for uid, path in changed.items():
            if (their := found.get(path)) is not None:
                stored = session.get_one(OutboxEntry, (source.id, uid), populate_existing=True)
                if digest_of(their.content) in stored.digests:
                    stored.etag = their.etag
                    clear_conflict(stored)
                else:
                    _note_conflict(stored, OutboxConflict.EDITED, their, now=now, zone=zone)


def _take_away_late_ones(client: CaldavClient, departed: Sequence[OutboxEntry], members: Mapping[str, str]) -> None:
    """Delete what a request of ours that was held up on its way brought back; a copy that somebody made stays."""
    for entry in departed:
        path = client.path_of(f"{entry.uid}.ics")
        their = client.get(path) if path in members else None
        if their is not None and digest_of(their.content) in entry.digests:
            with suppress(ChangedElsewhere):
                client.delete(path, etag=their.etag)


def clear_conflict(entry: OutboxEntry) -> None:
    entry.conflict = entry.conflict_since = entry.their_etag = entry.theirs = None
