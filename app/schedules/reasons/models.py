"""What is stored of why sites are in a plan or not: one row a site, and how far the looking for them is."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class PlanReasons(Base):
    """Which version of a schedule's plan has its reasons found, and what went wrong in finding them."""

    __tablename__ = "plan_reasons"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_code", "schedule_id"], ["schedules.district_code", "schedules.id"], ondelete="CASCADE"
        ),
        CheckConstraint("failures >= 0", name="failures"),
        CheckConstraint("unpriced >= 0", name="unpriced"),
    )

    schedule_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_code: Mapped[str]
    version: Mapped[int]
    """Of the schedule, when last looked at; a later one may have another plan."""
    plan_digest: Mapped[str | None]
    """SHA-256 (hex) of the plan file that the stored reasons are about; None before the first are found."""
    found_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    unpriced: Mapped[int] = mapped_column(default=0)
    """Beaten sites for whose price there was no time: asked one by one, they are answered."""
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    fault: Mapped[str | None]
    next_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Not looked at before."""


class SiteReason(Base):
    """Where a site stands in a plan and why, as `explanation` of that site answers."""

    __tablename__ = "site_reasons"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_code", "schedule_id"], ["schedules.district_code", "schedules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
        Index("ix_site_reasons_site_id", "site_id"),
    )

    schedule_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_code: Mapped[str]
    standing: Mapped[str]
    reason: Mapped[str]
    """The rule that stops an impossible site; for every other the standing itself."""
    activations_lost: Mapped[int | None]
    """By forcing a beaten site in."""
    value_lost_milli: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The explanation as JSON."""
