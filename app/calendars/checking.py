"""Looks what others did in a calendar with the entries that we wrote there: changed, removed, moved, put back. One
listing of names and ETags tells; contents are fetched only of what differs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql import ColumnElement

from app.calendars.caldav import CaldavClient, ChangedElsewhere, Resource
from app.calendars.deliveries import (
    ACCEPTED_DELETION,
    clear_conflict,
    locked_delivery,
    note_conflict,
    note_entry_trouble,
)
from app.calendars.models import CalendarDelivery, CalendarSource, OutboxConflict, OutboxEntry
from app.calendars.own_entries import digest_of, event_lines
from app.calendars.rounds import Fault, apart
from app.calendars.troubles import Trouble
from app.calendars.writing import WritingContext, rendered_apart
from app.districts.models import District

log = structlog.get_logger(__name__)

_LATE = timedelta(days=1)
"""For so long after it was taken away an entry may be brought back by a request of ours that was held up."""
_MOST_STRANGERS = 300
"""Other people's entries that are looked into for one of ours that is not under its name any more."""

_GONE = (OutboxConflict.DELETED, OutboxConflict.MOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What a look at the calendar showed of our entries."""

    edited: Mapping[UUID, Resource]
    """Those whose ETag is not the one we know, as they stand there."""
    missing: frozenset[UUID]
    """Live ones that do not stand there."""
    moved: Mapping[UUID, Resource]
    """Of the missing: those that stand there under another name."""
    tidied: frozenset[UUID]
    """Missing ones of visits that are over or called off: nobody need decide anything."""


def is_unchecked(now: datetime) -> ColumnElement[bool]:
    """Whether it is time to see what others did with our entries."""
    return or_(
        CalendarDelivery.checked_at.is_(None),
        CalendarDelivery.checked_at <= now - func.make_interval(0, 0, 0, 0, 0, CalendarSource.refresh_minutes),
    )


def check(
    sessions: sessionmaker[Session],
    client: CaldavClient,
    source: CalendarSource,
    *,
    now: datetime,
    context: WritingContext,
    skip: Collection[UUID],
) -> None:
    """Find entries of ours that somebody changed or took away, by their ETags; changes that were undone; and entries
    that came after they were taken away. Does nothing before it is time."""
    with sessions.begin() as session:
        is_due = session.scalar(
            select(CalendarDelivery.source_id)
            .join(CalendarSource, CalendarSource.id == CalendarDelivery.source_id)
            .where(CalendarDelivery.source_id == source.id, is_unchecked(now))
        )
        if is_due is None:
            return
        known = session.scalars(
            select(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.sent_sequence.is_not(None))
        ).all()
        rendered = rendered_apart(session, source, [entry.uid for entry in known], render=context.render)
        departed = session.scalars(
            select(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.absent_since.is_not(None))
        ).all()
    live = {
        uid
        for uid, shown in rendered.items()
        # One that we cannot write is still looked after: it stands there as it was.
        if isinstance(shown, Fault) or (not shown.is_cancelled and shown.ends_at > now)
    }
    members = client.members()
    looked = _look(client, [entry for entry in known if entry.uid not in skip], members, live=live)
    _take_away_late_ones(client, departed, members)
    with sessions.begin() as session:
        _store(session, source, looked, now=now, context=context)


def _look(
    client: CaldavClient, known: Sequence[OutboxEntry], members: Mapping[str, str], *, live: Collection[UUID]
) -> _Looked:
    changed: dict[UUID, str] = {}
    missing: set[UUID] = set()
    tidied: set[UUID] = set()
    for entry in known:
        path = client.path_of(f"{entry.uid}.ics")
        etag = members.get(path)
        if etag is None:
            (missing if entry.uid in live else tidied).add(entry.uid)
        elif entry.uid in live and (etag != (entry.their_etag or entry.etag) or entry.conflict in _GONE):
            changed[entry.uid] = path
    fetched, gone = client.fetch(sorted(changed.values()))
    missing |= {uid for uid, path in changed.items() if path in gone}
    unreported = {entry.uid for entry in known if entry.uid in missing and not _is_known_to_be_gone(entry)}
    own = {client.path_of(f"{entry.uid}.ics") for entry in known}
    return _Looked(
        edited={uid: fetched[path] for uid, path in changed.items() if path in fetched},
        missing=frozenset(missing),
        moved=_moved(client, unreported, sorted(members.keys() - own)) if unreported else {},
        tidied=frozenset(tidied),
    )


def _is_known_to_be_gone(entry: OutboxEntry) -> bool:
    return entry.their_etag == ACCEPTED_DELETION or entry.conflict in _GONE


def _moved(client: CaldavClient, uids: Collection[UUID], strangers: Sequence[str]) -> dict[UUID, Resource]:
    """Where else in the calendar these entries stand: a program may have stored them under a name of its own."""
    ours = {f"{uid}@jemput-bola": uid for uid in uids}
    fetched, _ = client.fetch(strangers[:_MOST_STRANGERS])
    moved = {}
    for resource in fetched.values():
        for name, _, value in event_lines(resource.content):
            if name == "UID" and (uid := ours.get(value.strip())) is not None:
                moved[uid] = resource
    return moved


def _store(
    session: Session, source: CalendarSource, looked: _Looked, *, now: datetime, context: WritingContext
) -> None:
    """Note what was seen, each entry apart: one that cannot be noted keeps no other from it."""
    delivery = locked_delivery(session, source)
    if delivery is None:
        return
    zone = ZoneInfo(session.scalars(select(District.time_zone).where(District.code == source.district_code)).one())
    delivery.checked_at = now
    session.execute(
        delete(OutboxEntry).where(OutboxEntry.source_id == source.id, OutboxEntry.absent_since <= now - _LATE)
    )

    def note(entry: OutboxEntry) -> None:
        if entry.trouble == Trouble.BROKEN:
            entry.trouble = entry.trouble_about = None
        if entry.uid in looked.tidied:
            entry.their_etag = ACCEPTED_DELETION
        elif entry.uid in looked.missing:
            _note_missing(entry, looked.moved.get(entry.uid), now=now, zone=zone)
        elif digest_of((their := looked.edited[entry.uid]).content) in entry.digests:
            entry.etag = their.etag
            clear_conflict(entry)
        else:
            note_conflict(entry, OutboxConflict.EDITED, their, now=now, zone=zone)

    for uid in looked.tidied | looked.missing | looked.edited.keys():
        entry = session.get(OutboxEntry, (source.id, uid), populate_existing=True)
        if entry is None:
            continue
        fault = apart(session, _bound(note, entry))
        if isinstance(fault, Fault):
            log.error("look not noted", source_id=source.id, uid=str(uid), fault=str(fault), stack=fault.stack)
            note_entry_trouble(entry, Trouble.BROKEN, str(fault), now=now, random=context.desk.random)


def _bound(note: Callable[[OutboxEntry], None], entry: OutboxEntry) -> Callable[[], None]:
    return lambda: note(entry)


def _note_missing(entry: OutboxEntry, moved: Resource | None, *, now: datetime, zone: ZoneInfo) -> None:
    if _is_known_to_be_gone(entry):
        return
    conflict = OutboxConflict.DELETED if moved is None else OutboxConflict.MOVED
    note_conflict(entry, conflict, moved, now=now, zone=zone)


def _take_away_late_ones(client: CaldavClient, departed: Sequence[OutboxEntry], members: Mapping[str, str]) -> None:
    """Delete what a request of ours that was held up on its way brought back; a copy that somebody made stays."""
    for entry in departed:
        path = client.path_of(f"{entry.uid}.ics")
        their = client.get(path) if path in members else None
        if their is not None and digest_of(their.content) in entry.digests:
            with suppress(ChangedElsewhere):
                client.delete(path, etag=their.etag)
