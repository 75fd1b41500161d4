"""What was set aside so that the rest could go on, and why: of a district, and of the workers themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain, islice
from uuid import UUID

from sqlalchemy import ScalarResult, select
from sqlalchemy.orm import Session

from app.calendars.models import (
    CalendarDelivery,
    CalendarReading,
    CalendarSource,
    OutboxEntry,
    UnannouncedDistrict,
)
from app.calendars.troubles import Trouble, trouble_text
from app.schedules.announcements.invitations import BROKEN, REFUSED, UNREACHABLE
from app.schedules.models import Invitation, RoundTrouble
from app.words import Text


class Unit(StrEnum):
    """What was set aside."""

    CHANGES = "changes"
    """Of the district's published visits: calendars and invitations have not been told of them yet."""
    READING = "reading"
    WRITING = "writing"
    ENTRY = "entry"
    """Of one visit in one calendar."""
    INVITATION = "invitation"


_MAIL_TEXTS: dict[str, Text] = {
    REFUSED: {
        "id": "Server surel menolak pesan ini. Periksa alamat kontak lokasi; akan dicoba lagi.",
        "en": "The mail server refused this message. Check the site's contact address; it will be tried again.",
    },
    UNREACHABLE: {
        "id": "Server surel tidak dapat dihubungi; akan dicoba lagi.",
        "en": "The mail server cannot be reached; it will be tried again.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One unit that waits for its next try while the others go on."""

    unit: Unit
    calendar_id: int | None = None
    uid: UUID | None = None
    """Of the visit."""
    invitation_id: int | None = None
    code: str
    message: Text
    failures: int
    next_try_at: datetime | None
    """Empty: at the next round."""


def set_aside(session: Session, district_code: str, *, limit: int) -> Sequence[SetAside]:
    """What stands aside in a district: whole calendars first, then single entries and invitations."""
    parts = (_changes, _calendars, _entries, _invitations)
    return tuple(islice(chain.from_iterable(part(session, district_code, limit) for part in parts), limit))


def failing_rounds(session: Session) -> Sequence[RoundTrouble]:
    """What workers do again and again and failed at last, the longest first."""
    return session.scalars(
        select(RoundTrouble).order_by(RoundTrouble.since, RoundTrouble.executor_id, RoundTrouble.name)
    ).all()


def _changes(session: Session, district_code: str, limit: int) -> Iterator[SetAside]:
    mark = session.get(UnannouncedDistrict, district_code)
    if mark is not None and mark.trouble_about is not None:
        yield SetAside(
            unit=Unit.CHANGES,
            code=Trouble.BROKEN.value,
            message=trouble_text(Trouble.BROKEN, mark.trouble_about),
            failures=mark.failures,
            next_try_at=mark.next_try_at,
        )


def _calendars(session: Session, district_code: str, limit: int) -> Iterator[SetAside]:
    states: tuple[tuple[Unit, type[CalendarReading] | type[CalendarDelivery]], ...] = (
        (Unit.READING, CalendarReading),
        (Unit.WRITING, CalendarDelivery),
    )
    for unit, state in states:
        rows: ScalarResult[CalendarReading | CalendarDelivery] = session.scalars(
            select(state)
            .join(CalendarSource, CalendarSource.id == state.source_id)
            .where(CalendarSource.district_code == district_code, state.trouble.is_not(None))
            .order_by(state.source_id)
            .limit(limit)
        )
        for row in rows:
            yield SetAside(
                unit=unit,
                calendar_id=row.source_id,
                code=str(row.trouble),
                message=trouble_text(Trouble(str(row.trouble)), row.trouble_about),
                failures=row.failures,
                next_try_at=row.next_try_at,
            )


def _entries(session: Session, district_code: str, limit: int) -> Iterator[SetAside]:
    rows = session.scalars(
        select(OutboxEntry)
        .join(CalendarSource, CalendarSource.id == OutboxEntry.source_id)
        .where(CalendarSource.district_code == district_code, OutboxEntry.trouble.is_not(None))
        .order_by(OutboxEntry.source_id, OutboxEntry.starts_at, OutboxEntry.uid)
        .limit(limit)
    )
    for entry in rows:
        yield SetAside(
            unit=Unit.ENTRY,
            calendar_id=entry.source_id,
            uid=entry.uid,
            code=str(entry.trouble),
            message=trouble_text(Trouble(str(entry.trouble)), entry.trouble_about),
            failures=entry.failures,
            next_try_at=entry.next_try_at,
        )


def _invitations(session: Session, district_code: str, limit: int) -> Iterator[SetAside]:
    rows = session.scalars(
        select(Invitation)
        .where(Invitation.district_code == district_code, Invitation.trouble.is_not(None))
        .order_by(Invitation.starts_at, Invitation.id)
        .limit(limit)
    )
    for invitation in rows:
        trouble, about = str(invitation.trouble), invitation.trouble_about
        yield SetAside(
            unit=Unit.INVITATION,
            uid=invitation.uid,
            invitation_id=invitation.id,
            code=trouble,
            message=trouble_text(Trouble.BROKEN, about) if trouble == BROKEN else _MAIL_TEXTS[trouble],
            failures=invitation.failures,
            next_try_at=invitation.next_try_at,
        )
