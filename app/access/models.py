"""Who may do what: tokens (hashes only), and who changed what when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Role(StrEnum):
    ADMIN = "admin"
    PLANNER = "planner"
    COORDINATOR = "coordinator"
    VIEWER = "viewer"
    FEED = "feed"


class Token(Base):
    """An opaque secret's SHA-256 and what it opens; the secret itself is shown once and never stored.

    An admin token may span all districts (`district_code` empty); a coordinator's names one team, a feed's one team,
    area or site, or the whole district."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'planner', 'coordinator', 'viewer', 'feed')", name="role"),
        CheckConstraint("role = 'admin' OR district_code IS NOT NULL", name="district"),
        CheckConstraint("role <> 'coordinator' OR team_id IS NOT NULL", name="coordinator_has_team"),
        CheckConstraint("team_id IS NULL OR role IN ('coordinator', 'feed')", name="team"),
        CheckConstraint("num_nonnulls(area_code, site_id) = 0 OR role = 'feed'", name="place"),
        CheckConstraint("num_nonnulls(team_id, area_code, site_id) <= 1", name="scope"),
        CheckConstraint("length(secret_hash) = 32", name="secret_hash"),
        # A token names its district, team and place by plain columns: access lies below them, so it must not import
        # their tables.
        ForeignKeyConstraint(["district_code"], ["districts.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "area_code"], ["areas.district_code", "areas.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    prefix: Mapped[str]
    """The readable beginning of the secret, for lists and logs."""
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[str]
    district_code: Mapped[str | None] = mapped_column(index=True)
    team_id: Mapped[int | None]
    area_code: Mapped[str | None]
    site_id: Mapped[int | None]
    label: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """To the hour; empty: never since this is written down."""


class AuditEntry(Base):
    """One change, who made it and when; never updated, never deleted."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        # A district's trail, and that of one thing in it, newest first.
        Index("ix_audit_entries_district_code_id", "district_code", "id"),
        Index("ix_audit_entries_district_code_subject_id", "district_code", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    district_code: Mapped[str | None]
    actor: Mapped[str]
    """Prefix of the token that acted, or `command line`, `worker`."""
    action: Mapped[str]
    """Verb and thing: `schedule.publish`, `site.update`."""
    subject: Mapped[str]
    """Type and identity: `schedule/12`."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class IdempotencyRecord(Base):
    """The answer once given to an `Idempotency-Key`, stored in the transaction that did the work."""

    __tablename__ = "idempotency_records"

    token_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of method, path and body."""
    status_code: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
