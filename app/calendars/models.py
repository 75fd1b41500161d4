"""What is stored of foreign calendars: where they are and whom they bind, how far they were read and what is busy,
what of ours is to be written there, and how far that is."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    and_,
    or_,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import Text

from app.database import Base


class CalendarKind(StrEnum):
    CALDAV = "caldav"
    ICS = "ics"


class Direction(StrEnum):
    """`in`: what stands there is busy here; `out`: our visits are written there."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class Scope(StrEnum):
    """Whom a calendar binds."""

    DISTRICT = "district"
    AREA = "area"
    TEAM = "team"
    SITE = "site"


class CalendarSource(Base):
    """A calendar somewhere else and whom it binds: an area, a team, a site, or, with all three empty, the district."""

    __tablename__ = "calendar_sources"
    __table_args__ = (
        CheckConstraint("kind IN ('caldav', 'ics')", name="kind"),
        CheckConstraint("direction IN ('in', 'out', 'both')", name="direction"),
        CheckConstraint("kind = 'caldav' OR direction = 'in'", name="ics_is_read_only"),
        CheckConstraint("num_nonnulls(area_code, team_id, site_id) <= 1", name="scope"),
        CheckConstraint("(username IS NULL) = (sealed_password IS NULL)", name="credentials"),
        CheckConstraint("refresh_minutes BETWEEN 5 AND 1440", name="refresh_minutes"),
        ForeignKeyConstraint(["district_code", "area_code"], ["areas.district_code", "areas.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    direction: Mapped[str] = mapped_column(default="in")
    area_code: Mapped[str | None]
    team_id: Mapped[int | None]
    site_id: Mapped[int | None]
    origin: Mapped[str]
    """`https://host:port`: all of the address that can be seen here, for a secret may stand in the rest of it."""
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted for the origin (`app.calendars.credentials`), like `sealed_password`."""
    username: Mapped[str | None]
    sealed_password: Mapped[bytes | None] = mapped_column(LargeBinary)
    tentative_blocks: Mapped[bool] = mapped_column(default=True)
    """Whether what is only tentatively busy counts."""
    holidays: Mapped[bool] = mapped_column(default=False)
    """Whether whole days are busy even where they are marked free."""
    refresh_minutes: Mapped[int] = mapped_column(SmallInteger, default=15)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class CalendarReading(Base):
    """How far a source was read; written by the worker, apart from what the planner set."""

    __tablename__ = "calendar_readings"

    source_id: Mapped[int] = mapped_column(ForeignKey("calendar_sources.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int] = mapped_column(default=0)
    """Grows with every stored result and changed address; a result of an older one is not stored."""
    sync_token: Mapped[str | None]
    """CalDAV: everything up to here is stored (RFC 6578)."""
    collection_tag: Mapped[str | None]
    """CalDAV without tokens: changes with anything in the collection."""
    etag: Mapped[str | None]
    """ICS: of the file, like `last_modified`."""
    last_modified: Mapped[str | None]
    read_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Busy times are stored from here to `read_until`."""
    read_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    succeeded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_try_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts in vain since the last success."""
    trouble: Mapped[str | None]
    """Why the last attempt was in vain (`app.calendars.troubles`)."""
    trouble_about: Mapped[str | None]
    remarks: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """What was odd in the calendar and how it was taken, in English."""
    remarks_indonesian: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    """The Indonesian of `remarks`, by their English."""


class CalendarResource(Base):
    """One calendar object as it was read last, reduced to what is needed to read it again for a later window."""

    __tablename__ = "calendar_resources"

    source_id: Mapped[int] = mapped_column(ForeignKey("calendar_sources.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    """Its path on the server; empty for the one file of an ICS source."""
    etag: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed (zlib) iCalendar without attendees, descriptions and alarms."""
    remarks: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    remarks_indonesian: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")


class BusyEvent(Base):
    """A time at which somebody's calendar says busy."""

    __tablename__ = "busy_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source_id", "path"], ["calendar_resources.source_id", "calendar_resources.path"], ondelete="CASCADE"
        ),
        UniqueConstraint("source_id", "path", "uid", "recurrence_id"),
        CheckConstraint("starts_at < ends_at", name="times"),
        Index("ix_busy_events_source_id_ends_at", "source_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    source_id: Mapped[int]
    path: Mapped[str]
    uid: Mapped[str]
    recurrence_id: Mapped[str]
    """Original start of one of a series; empty for a single event."""
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    all_day: Mapped[bool]
    tentative: Mapped[bool]
    summary: Mapped[str | None]
    """Empty: private."""
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it was first seen at these times."""


class UnannouncedDistrict(Base):
    """A district in which something changed that calendars and invitations show; left by triggers in the transaction
    of the change, and taken away in the one that writes the outbox."""

    __tablename__ = "unannounced_districts"

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """Attempts in vain to write the outbox."""
    trouble_about: Mapped[str | None]
    """What went wrong at the last of them: an error of our own."""
    next_try_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Empty: at once."""


class CalendarDelivery(Base):
    """How writing to a calendar goes; kept by the worker, apart from what the planner set."""

    __tablename__ = "calendar_deliveries"

    source_id: Mapped[int] = mapped_column(ForeignKey("calendar_sources.id", ondelete="CASCADE"), primary_key=True)
    attempted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    succeeded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the server last took everything that was due."""
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When we last looked whether somebody there changed what we wrote."""
    next_try_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts in vain since the last success."""
    trouble: Mapped[str | None]
    """Why the last attempt was in vain (`app.calendars.troubles`)."""
    trouble_about: Mapped[str | None]


class OutboxConflict(StrEnum):
    """What somebody there did with an entry of ours."""

    EDITED = "edited"
    DELETED = "deleted"
    MOVED = "moved"
    """Its UID lives under another name there."""


class OutboxEntry(Base):
    """One entry of ours in one calendar: what should stand there, and what does. Pending while the two differ; of
    several changes before a delivery the last is written, so their order cannot be lost.

    An entry that was taken away stays for a while: a request of ours that was long on its way may bring it back."""

    __tablename__ = "outbox_entries"
    __table_args__ = (
        CheckConstraint("conflict IN ('edited', 'deleted', 'moved')", name="conflict"),
        CheckConstraint("(conflict IS NULL) = (conflict_since IS NULL)", name="conflict_since"),
        CheckConstraint(
            "absent_since IS NULL OR num_nonnulls(wanted_sequence, sent_sequence) = 0", name="absent_since"
        ),
        Index("ix_outbox_entries_uid", "uid"),
        Index(
            "ix_outbox_entries_pending",
            "source_id",
            "next_try_at",
            postgresql_where=text(
                "(wanted_sequence IS DISTINCT FROM sent_sequence OR wanted_sequence IS NULL AND absent_since IS NULL) "
                "AND conflict IS NULL"
            ),
        ),
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("calendar_sources.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    wanted_sequence: Mapped[int | None]
    """Empty: the entry should not be there any more."""
    in_force: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether the visit takes place; with its start it tells what is written first."""
    starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_sequence: Mapped[int | None]
    """What the server has confirmed; empty: nothing."""
    etag: Mapped[str | None]
    """Of what we wrote last; empty: not known, so what stands there is fetched before it is written over."""
    digests: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Of everything that we may have written there, noted before it is sent: it tells our own writing after a crash
    from somebody else's."""
    enqueued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Of the oldest change that is not delivered, or of the last one."""
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    absent_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the server confirmed that the entry, which should not be there, is not."""
    next_try_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None]
    """Why this entry was not written while others were (`app.calendars.troubles`)."""
    trouble_about: Mapped[str | None]
    conflict: Mapped[str | None]
    """`OutboxConflict`; nothing is written until the planner decides."""
    conflict_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    their_etag: Mapped[str | None]
    """Of the version there that was reported, or accepted."""
    theirs: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What stands there now: summary, starts_at, ends_at, and its digest."""

    @classmethod
    def is_pending(cls) -> ColumnElement[bool]:
        """Whether the server has still to hear of it; nothing is sent while somebody there disagrees."""
        differs = cls.wanted_sequence.is_distinct_from(cls.sent_sequence)
        # One that was never confirmed may stand there all the same: its answer may have been lost.
        is_to_go = and_(cls.wanted_sequence.is_(None), cls.absent_since.is_(None))
        return and_(or_(differs, is_to_go), cls.conflict.is_(None))
