"""What is stored of a draft that people edit: every version of its plan, who made it and how."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class VersionOp(StrEnum):
    """What made a version."""

    COPY = "copy"
    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


class DraftVersion(Base):
    """One state of a draft; never changed. Undo makes a version that shows the plan of an earlier one."""

    __tablename__ = "draft_versions"
    __table_args__ = (
        UniqueConstraint("schedule_id", "number"),
        CheckConstraint("op IN ('copy', 'edit', 'undo', 'redo')", name="op"),
        CheckConstraint("(plan_json IS NOT NULL) = (shows = number)", name="content"),
        CheckConstraint("shows BETWEEN 1 AND number", name="shows"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    number: Mapped[int]
    """From 1, without gaps: the draft's ETag."""
    shows: Mapped[int]
    """The version whose plan this is: its own number unless it was made by undo or redo."""
    op: Mapped[str]
    edits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """As they were asked for."""
    plan_json: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Gzip-compressed `outreach-plan-1`, with what is pinned and what was made by hand beside it."""
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expected_activations: Mapped[int]
    cost: Mapped[int] = mapped_column(BigInteger)
    value_milli: Mapped[int] = mapped_column(BigInteger)
    broken_rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """Rule, team, site and date of each, and its words in both languages."""
