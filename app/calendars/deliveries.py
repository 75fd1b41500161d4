"""What waits to be written to a calendar, what others changed there, and the planner's word on that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from app.access import service as access
from app.access.service import Actor
from app.calendars.caldav import Resource
from app.calendars.models import CalendarDelivery, CalendarSource, OutboxConflict, OutboxEntry
from app.calendars.own_entries import digest_of, glimpse_of
from app.calendars.rounds import wait_after
from app.calendars.troubles import Trouble
from app.errors import NotFound
from app.languages import said

ACCEPTED_DELETION = ""
"""As `their_etag`: it is known, and needs no decision any more, that the entry does not stand there under its name."""
FIRST_RETRY = timedelta(seconds=30)


class Keep(StrEnum):
    """Whose version of an entry is to stay."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryState:
    """How far a calendar is behind, and why."""

    delivery: CalendarDelivery
    pending: int
    oldest_pending_at: datetime | None
    delivered: int
    """Entries that stand there, as far as we know."""
    conflicts: int
    refused: int
    """Entries that the server did not take while it took others."""


def states_of(session: Session, source_ids: Sequence[int]) -> Mapping[int, DeliveryState]:
    """By calendar, for those that are written to."""
    is_pending = OutboxEntry.is_pending()
    rows = session.execute(
        select(
            CalendarDelivery,
            func.count(OutboxEntry.uid).filter(is_pending),
            func.min(OutboxEntry.enqueued_at).filter(is_pending),
            func.count(OutboxEntry.uid).filter(_stands_there()),
            func.count(OutboxEntry.conflict),
            func.count(OutboxEntry.trouble),
        )
        .outerjoin(OutboxEntry, OutboxEntry.source_id == CalendarDelivery.source_id)
        .where(CalendarDelivery.source_id.in_(source_ids))
        .group_by(CalendarDelivery.source_id)
    )
    return {
        delivery.source_id: DeliveryState(
            delivery=delivery,
            pending=pending,
            oldest_pending_at=oldest,
            delivered=delivered,
            conflicts=conflicts,
            refused=refused,
        )
        for delivery, pending, oldest, delivered, conflicts, refused in rows
    }


def _stands_there() -> ColumnElement[bool]:
    return and_(
        OutboxEntry.sent_sequence.is_not(None),
        OutboxEntry.their_etag.is_distinct_from(ACCEPTED_DELETION),
        OutboxEntry.conflict.is_distinct_from(OutboxConflict.DELETED.value),
    )


def list_conflicts(session: Session, source_id: int, *, limit: int) -> Sequence[OutboxEntry]:
    """Entries of ours that somebody there changed, the oldest report first."""
    return session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.source_id == source_id, OutboxEntry.conflict.is_not(None))
        .order_by(OutboxEntry.conflict_since, OutboxEntry.uid)
        .limit(limit)
    ).all()


def resolve(
    session: Session, source: CalendarSource, uid: UUID, *, keep: Keep, actor: Actor, now: datetime
) -> OutboxEntry:
    """Write ours over theirs at the next delivery, or leave theirs until our entry changes; raises `NotFound`.

    If they change it once more before that, it is reported once more."""
    session.get(CalendarDelivery, source.id, with_for_update=True)
    entry = session.get(OutboxEntry, (source.id, uid), populate_existing=True)
    if entry is None or entry.conflict is None:
        raise NotFound(
            said(
                "Calendar {calendar} has no conflict about {uid}; GET …/conflicts lists them.",
                "Kalender {calendar} tidak punya bentrokan tentang {uid}; GET …/conflicts menampilkan daftarnya.",
                calendar=source.id,
                uid=uid,
            )
        )
    conflict, their_etag, theirs = entry.conflict, entry.their_etag, entry.theirs or {}
    clear_conflict(entry)
    if keep is Keep.THEIRS:
        entry.sent_sequence = entry.wanted_sequence
        entry.their_etag = their_etag if conflict == OutboxConflict.EDITED else ACCEPTED_DELETION
        if entry.wanted_sequence is None:
            session.delete(entry)
    else:
        entry.etag = their_etag
        if "digest" in theirs:
            entry.digests = [*entry.digests, str(theirs["digest"])]
        if entry.wanted_sequence is not None:
            # As if the server had never confirmed it: what stands there is looked at again before it is written over.
            entry.sent_sequence = None
        entry.next_try_at = entry.enqueued_at = now
    access.record(
        session,
        actor,
        "calendar.resolve",
        f"calendar/{source.id}",
        now=now,
        district_code=source.district_code,
        details={"uid": str(uid), "conflict": conflict, "keep": keep.value},
    )
    session.flush()
    return entry


def locked_delivery(session: Session, source: CalendarSource) -> CalendarDelivery | None:
    """The delivery row, for this transaction alone; None when the calendar is gone or has another address."""
    delivery = session.get(CalendarDelivery, source.id, with_for_update=True, populate_existing=True)
    address = session.scalar(select(CalendarSource.sealed_address).where(CalendarSource.id == source.id))
    return delivery if address == source.sealed_address else None


def note_entry_trouble(
    entry: OutboxEntry, trouble: Trouble, about: str | None, *, now: datetime, random: Callable[[], float]
) -> None:
    """Set one entry aside: it is tried again later, and the others go on."""
    entry.failures += 1
    entry.trouble, entry.trouble_about = trouble.value, about
    entry.next_try_at = now + wait_after(entry.failures, first=FIRST_RETRY, random=random)


def note_conflict(
    entry: OutboxEntry, conflict: OutboxConflict, their: Resource | None, *, now: datetime, zone: tzinfo
) -> None:
    """Report what somebody there did; nothing is written until the planner decides."""
    entry.trouble = entry.trouble_about = None
    entry.conflict = conflict.value
    entry.conflict_since = entry.conflict_since or now
    entry.their_etag = None if their is None else their.etag
    entry.theirs = None
    if their is not None:
        entry.theirs = {**glimpse_of(their.content, zone), "digest": digest_of(their.content)}


def clear_conflict(entry: OutboxEntry) -> None:
    entry.conflict = entry.conflict_since = entry.their_etag = entry.theirs = None


def mark_unannounced(session: Session, district_code: str) -> None:
    """Have the worker look what is to be written in this district."""
    session.execute(select(func.mark_unannounced([district_code])))


def retry_now(session: Session, source: CalendarSource, *, now: datetime) -> None:
    """Do not wait for the next try that the last failure set, nor for the next look at what stands there."""
    session.execute(
        update(CalendarDelivery)
        .where(CalendarDelivery.source_id == source.id)
        .values(next_try_at=func.least(CalendarDelivery.next_try_at, now), checked_at=None)
    )
    session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.source_id == source.id, OutboxEntry.next_try_at > now)
        .values(next_try_at=now)
    )


def forget_written(session: Session, source: CalendarSource, *, now: datetime) -> None:
    """Begin anew at another address: nothing of ours stands there yet."""
    session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.source_id == source.id)
        .values(
            sent_sequence=None,
            etag=None,
            digests=[],
            conflict=None,
            conflict_since=None,
            their_etag=None,
            theirs=None,
            failures=0,
            trouble=None,
            trouble_about=None,
            next_try_at=now,
        )
    )
    session.execute(
        delete(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.wanted_sequence.is_(None))
    )
    session.execute(
        update(CalendarDelivery)
        .where(CalendarDelivery.source_id == source.id)
        .values(next_try_at=now, checked_at=None, failures=0, trouble=None, trouble_about=None)
    )
