"""What is stored for letters: the office's words on its paper, who goes out, and the letters that were issued."""

from datetime import date, datetime
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class StaffStatus(StrEnum):
    """What decides which number a person has: NIP, NI PPPK or none."""

    PNS = "pns"
    PPPK = "pppk"
    NON_ASN = "non_asn"


class Letterhead(Base):
    """What a district's office prints on its letters; every word is its own."""

    __tablename__ = "letterheads"
    __table_args__ = (
        CheckConstraint("logo_format IN ('png', 'svg')", name="logo_format"),
        CheckConstraint("(logo IS NULL) = (logo_format IS NULL)", name="logo_has_format"),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As `app.letters.office.OfficeWords` writes them."""
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_format: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class Staff(Base):
    """A person who goes out with a team, for as long as the dates say; both ends included, empty ends open."""

    __tablename__ = "team_staff"
    __table_args__ = (
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
        CheckConstraint("status IN ('pns', 'pppk', 'non_asn')", name="status"),
        CheckConstraint("nip ~ '^[0-9]{18}$'", name="nip"),
        CheckConstraint("status <> 'non_asn' OR nip IS NULL", name="non_asn_has_no_nip"),
        CheckConstraint("valid_from <= valid_to", name="order"),
        Index("ix_team_staff_team_id", "team_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str]
    team_id: Mapped[int]
    name: Mapped[str]
    status: Mapped[str]
    nip: Mapped[str | None]
    """Eighteen digits; of PPPK their NI PPPK."""
    rank: Mapped[str | None]
    post: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class IssuedLetter(Base):
    """A surat tugas as it left the office; never changed, only followed by one that changes it."""

    __tablename__ = "issued_letters"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_code", "schedule_id"], ["schedules.district_code", "schedules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
        # The office's numbers begin again each year.
        UniqueConstraint("district_code", "year", "number"),
        UniqueConstraint("changes_id"),
        CheckConstraint("first_date <= last_date", name="order"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        Index(
            "uq_issued_letters_standing",
            *("district_code", "document", "team_id", "week"),
            unique=True,
            postgresql_where=text("stands"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str]
    schedule_id: Mapped[int]
    """The plan that it was printed from, of that `plan_version`."""
    plan_version: Mapped[int]
    document: Mapped[str]
    team_id: Mapped[int]
    week: Mapped[date]
    """Its Monday."""
    first_date: Mapped[date]
    last_date: Mapped[date]
    number: Mapped[str | None]
    """As the office gave it; empty: left to be filled in by hand."""
    year: Mapped[int] = mapped_column(SmallInteger)
    """Of `issued_on`."""
    issued_on: Mapped[date]
    """The date printed on it."""
    changes_id: Mapped[int | None] = mapped_column(ForeignKey("issued_letters.id", ondelete="CASCADE"))
    """The letter that this one changes."""
    stands: Mapped[bool] = mapped_column(default=True)
    """Whether no other letter changes it."""
    stops: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What it says of the plan: `uid`, `date`, `starts`, `ends`, `site_code`, `site_name` of each visit, and the
    `session_at_name` of one whose session is moved."""
    journeys: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    """What it says of nights and rides (`trips_left_behind.journeys_of`); empty of letters from before."""
    digest: Mapped[str]
    """SHA-256 of everything printed but number, date and what it changes."""
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str]
    """Of the PDF, in hexadecimal."""
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    issued_by: Mapped[str]
