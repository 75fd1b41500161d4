"""Writes our entries into other people's calendars, batch by batch: what is to be written is noted before it is sent,
and what came of it after; one worker for each calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.caldav import CaldavClient
from app.calendars.checking import check, is_unchecked
from app.calendars.deliveries import FIRST_RETRY, locked_delivery, note_conflict, note_entry_trouble
from app.calendars.models import CalendarDelivery, CalendarSource, Direction, OutboxEntry
from app.calendars.own_entries import digest_of
from app.calendars.rounds import REST_AFTER_DEATH, Fault, alone, apart, attempt, in_turns, wait_after
from app.calendars.servers import open_source
from app.calendars.troubles import CalendarTrouble, Trouble
from app.calendars.writing import TAKEN_AWAY, Job, Outcome, WritingContext, carry_out, rendered_apart
from app.districts.models import District

log = structlog.get_logger(__name__)

_BATCH = 100
_MAX_BATCHES = 10
"""Of one calendar in one round; the next round goes on."""
_AT_ONCE = 4
OUTBOX_CONNECTIONS = 2 * _AT_ONCE + 1
"""What `deliver_due` takes of its engine."""
_PER_ROUND = 100
_LOCK = "jemput calendar delivery"


def deliver_due(engine: Engine, now: datetime, *, context: WritingContext) -> int:
    """Write what is due to the calendars whose time has come, a few at once; how many were tried.

    To be called every few seconds by every worker; one calendar is served by one worker at a time. May be abandoned
    at any moment."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as session:
        due = session.scalars(_due(now)).all()

    def serve(source_id: int) -> None:
        with alone(engine, _LOCK, source_id) as is_alone:
            if is_alone:
                deliver(sessions, source_id, now=now, context=context)

    in_turns(due, serve, set_aside=partial(_set_aside, sessions, now=now, context=context), at_once=_AT_ONCE)
    return len(due)


def _set_aside(
    sessions: sessionmaker[Session], source_id: int, fault: Fault, *, now: datetime, context: WritingContext
) -> None:
    with sessions.begin() as session:
        delivery = session.get(CalendarDelivery, source_id, with_for_update=True)
        if delivery is not None:
            _note_trouble(delivery, _broken(fault), now=now, context=context)


def _broken(fault: Fault) -> CalendarTrouble:
    return CalendarTrouble(Trouble.BROKEN, about=str(fault))


def _is_to_be_sent(now: datetime) -> Any:
    return and_(OutboxEntry.is_pending(), OutboxEntry.next_try_at <= now)


def _most_urgent(now: datetime) -> tuple[Any, ...]:
    """What people need to know first: visits to come, the nearest first; then what is called off or over."""
    is_to_come = and_(OutboxEntry.in_force, or_(OutboxEntry.starts_at.is_(None), OutboxEntry.starts_at >= now))
    return case((is_to_come, 0), else_=1), OutboxEntry.starts_at, OutboxEntry.enqueued_at, OutboxEntry.uid


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
                and_(is_unchecked(now), select(OutboxEntry.uid).where(written).exists()),
            ),
        )
        .order_by(CalendarDelivery.next_try_at)
        .limit(_PER_ROUND)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """The next entries of one calendar."""

    source: CalendarSource
    jobs: Sequence[Job]
    is_last: bool


def deliver(sessions: sessionmaker[Session], source_id: int, *, now: datetime, context: WritingContext) -> None:
    """Write what is due to one calendar, batch by batch, then look what others did with what we wrote.

    The caller sees to it that nobody else does so at the same time."""
    for _ in range(_MAX_BATCHES):
        with sessions.begin() as session:
            batch = _begin(session, source_id, now=now, context=context)
        if batch is None:
            return
        outcomes: list[Outcome] = []
        trouble = _tell(sessions, batch, outcomes, now=now, context=context)
        with sessions.begin() as session:
            _store(session, batch.source, outcomes, trouble=trouble, now=now, context=context)
        if trouble is not None or batch.is_last:
            return


def _tell(
    sessions: sessionmaker[Session], batch: _Batch, outcomes: list[Outcome], *, now: datetime, context: WritingContext
) -> CalendarTrouble | None:
    """One conversation with the server; what was done before it broke off stands in `outcomes`."""

    def converse() -> None:
        http, address = open_source(context.desk, batch.source)
        with http:
            client = CaldavClient(http, address)
            client.collection()
            carry_out(client, batch.jobs, outcomes)
            if batch.is_last:
                done = {job.uid for job in batch.jobs}
                check(sessions, client, batch.source, now=now, context=context, skip=done)

    try:
        fault = attempt(converse, passing=(CalendarTrouble,))
    except CalendarTrouble as trouble:
        log.info("calendar not written", source_id=batch.source.id, trouble=trouble.code.value)
        return trouble
    if not isinstance(fault, Fault):
        return None
    log.error("calendar not written", source_id=batch.source.id, fault=str(fault), stack=fault.stack)
    return _broken(fault)


def _begin(session: Session, source_id: int, *, now: datetime, context: WritingContext) -> _Batch | None:
    """The next entries, with what is about to be written noted in them; None when there is no calendar to write to."""
    row = session.execute(
        select(CalendarSource, CalendarDelivery)
        .join(CalendarDelivery, CalendarDelivery.source_id == CalendarSource.id)
        .where(CalendarSource.id == source_id, CalendarSource.direction != Direction.IN.value)
        .with_for_update(of=CalendarDelivery)
    ).first()
    if row is None:
        return None
    source, delivery = row
    delivery.attempted_at, delivery.next_try_at = now, now + REST_AFTER_DEATH
    entries = session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.source_id == source_id, _is_to_be_sent(now))
        .order_by(*_most_urgent(now))
        .limit(_BATCH)
    ).all()
    rendered = rendered_apart(session, source, [entry.uid for entry in entries], render=context.render)
    jobs = []
    for entry in entries:
        shown = None if entry.wanted_sequence is None else rendered.get(entry.uid)
        if isinstance(shown, Fault):
            log.error("entry set aside", source_id=source_id, uid=str(entry.uid), fault=str(shown), stack=shown.stack)
            note_entry_trouble(entry, Trouble.BROKEN, str(shown), now=now, random=context.desk.random)
            continue
        digest = None if shown is None else digest_of(shown.content)
        jobs.append(
            Job(
                uid=entry.uid,
                rendered=shown,
                digest=digest,
                etag=entry.etag,
                digests=frozenset(entry.digests),
                is_confirmed=entry.sent_sequence is not None,
                failures=entry.failures,
            )
        )
        # What was never written is neither taken away nor called off.
        is_written = bool(entry.digests) or (shown is not None and not shown.is_cancelled)
        mark = digest or TAKEN_AWAY
        if is_written and mark not in entry.digests:
            entry.digests = [*entry.digests, mark]
    session.flush()
    session.expunge(source)
    return _Batch(source=source, jobs=jobs, is_last=len(entries) < _BATCH)


def _store(
    session: Session,
    source: CalendarSource,
    outcomes: Sequence[Outcome],
    *,
    trouble: CalendarTrouble | None,
    now: datetime,
    context: WritingContext,
) -> None:
    """What came of a batch, in the caller's transaction; an outcome that cannot be stored keeps no other from it."""
    delivery = locked_delivery(session, source)
    if delivery is None:
        return
    zone = ZoneInfo(session.scalars(select(District.time_zone).where(District.code == source.district_code)).one())
    for outcome in outcomes:
        entry = session.get(OutboxEntry, (source.id, outcome.uid), populate_existing=True)
        if entry is None:
            continue
        fault = apart(session, partial(_note, session, entry, outcome, now=now, zone=zone, context=context))
        if isinstance(fault, Fault):
            log.error("entry set aside", source_id=source.id, uid=str(outcome.uid), fault=str(fault), stack=fault.stack)
            note_entry_trouble(entry, Trouble.BROKEN, str(fault), now=now, random=context.desk.random)
    if trouble is None:
        delivery.succeeded_at, delivery.next_try_at = now, now
        delivery.failures, delivery.trouble, delivery.trouble_about = 0, None, None
    else:
        _note_trouble(delivery, trouble, now=now, context=context)


def _note_trouble(
    delivery: CalendarDelivery, trouble: CalendarTrouble, *, now: datetime, context: WritingContext
) -> None:
    delivery.failures += 1
    delivery.trouble, delivery.trouble_about = trouble.code.value, trouble.about
    delivery.next_try_at = now + wait_after(
        delivery.failures,
        first=FIRST_RETRY,
        random=context.desk.random,
        retry_after_seconds=trouble.retry_after_seconds,
    )


def _note(
    session: Session, entry: OutboxEntry, outcome: Outcome, *, now: datetime, zone: ZoneInfo, context: WritingContext
) -> None:
    if outcome.trouble is not None:
        note_entry_trouble(entry, outcome.trouble, outcome.about, now=now, random=context.desk.random)
        return
    if outcome.conflict is not None:
        note_conflict(entry, outcome.conflict, outcome.their, now=now, zone=zone)
        return
    if outcome.was_never_seen:
        if entry.wanted_sequence == outcome.sequence:
            entry.wanted_sequence = None
        entry.sent_sequence, entry.etag = None, None
    else:
        entry.sent_sequence, entry.etag, entry.sent_at = outcome.sequence, outcome.etag, now
    entry.digests = list(outcome.digests)
    entry.failures, entry.trouble, entry.trouble_about = 0, None, None
    if entry.sent_sequence is None and entry.wanted_sequence is None:
        if entry.digests:
            entry.absent_since = now
        else:
            session.delete(entry)
