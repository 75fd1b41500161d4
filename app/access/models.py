"""Who may do what: people, their invitations and tokens (hashes only), and who changed what when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Role(StrEnum):
    ADMIN = "admin"
    PLANNER = "planner"
    COORDINATOR = "coordinator"
    VIEWER = "viewer"
    FEED = "feed"


class User(Base):
    """A person who logs in. Nobody is deleted, since the audit trail names them; they are disabled."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'planner', 'coordinator', 'viewer')", name="role"),
        CheckConstraint("role = 'admin' OR district_code IS NOT NULL", name="district"),
        CheckConstraint("(role = 'coordinator') = (team_id IS NOT NULL)", name="coordinator_has_team"),
        CheckConstraint("language IN ('id', 'en')", name="language"),
        CheckConstraint("login = lower(login)", name="login"),
        CheckConstraint("num_nulls(oidc_issuer, oidc_subject) IN (0, 2)", name="oidc"),
        UniqueConstraint("oidc_issuer", "oidc_subject"),
        # Plain columns, as with tokens: access lies below the tables that they name.
        ForeignKeyConstraint(["district_code"], ["districts.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    """An e-mail address or a short name, in small letters."""
    name: Mapped[str]
    role: Mapped[str]
    district_code: Mapped[str | None] = mapped_column(index=True)
    team_id: Mapped[int | None]
    language: Mapped[str]
    password_hash: Mapped[str | None]
    """Argon2id, with its parameters; empty: logs in by invitation alone."""
    oidc_issuer: Mapped[str | None]
    """The identity provider that knows this person; empty until they first logged in by one."""
    oidc_subject: Mapped[str | None]
    """What the provider calls this person; it gives the name to nobody else, as it may an e-mail address."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class UserInvitation(Base):
    """A link that lets its user in once; the secret in it is stored as SHA-256 alone."""

    __tablename__ = "user_invitations"
    __table_args__ = (
        CheckConstraint("length(secret_hash) = 32", name="secret_hash"),
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sets_password: Mapped[bool]
    """Whether its user chooses a password; otherwise it only logs the device in that opens it."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was used, or withdrawn by a newer one or with its user."""


class LogInWait(Base):
    """Failed log-ins of one account or address, and until when no further one is looked at."""

    __tablename__ = "log_in_waits"

    subject_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256 of the kind and the login or address: people type passwords into the wrong field."""
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    waits_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Token(Base):
    """An opaque secret's SHA-256 and what it opens; the secret itself is shown once and never stored.

    An admin token may span all districts (`district_code` empty); a coordinator's names one team, a feed's one team,
    area or site, or the whole district. A token of a user is a session: a browser holds its secret as a cookie."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'planner', 'coordinator', 'viewer', 'feed')", name="role"),
        CheckConstraint("role = 'admin' OR district_code IS NOT NULL", name="district"),
        CheckConstraint("role <> 'coordinator' OR team_id IS NOT NULL", name="coordinator_has_team"),
        CheckConstraint("team_id IS NULL OR role IN ('coordinator', 'feed')", name="team"),
        CheckConstraint("num_nonnulls(area_code, site_id) = 0 OR role = 'feed'", name="place"),
        CheckConstraint("num_nonnulls(team_id, area_code, site_id) <= 1", name="scope"),
        CheckConstraint("length(secret_hash) = 32", name="secret_hash"),
        CheckConstraint("(user_id IS NULL) = (idle_hours IS NULL)", name="session"),
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        # A token names its district, team and place by plain columns: access lies below them, so it must not import
        # their tables.
        ForeignKeyConstraint(["district_code"], ["districts.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "area_code"], ["areas.district_code", "areas.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    prefix: Mapped[str]
    """The readable beginning of the secret, for lists and logs; of a session, who its user is."""
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[str]
    district_code: Mapped[str | None] = mapped_column(index=True)
    team_id: Mapped[int | None]
    area_code: Mapped[str | None]
    site_id: Mapped[int | None]
    label: Mapped[str | None]
    """Whose it is; of a session, the device."""
    user_id: Mapped[int | None] = mapped_column(index=True)
    idle_hours: Mapped[int | None]
    """After so many hours without a use a session has ended."""
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
    """Prefix of the token that acted, `user` and a login, or `command line`, `worker`."""
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
