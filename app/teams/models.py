"""What is stored of a team: its operators, kit, base, shift and days off."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from app.database import Base
from app.districts.models import ProvenanceByField


class Team(Base):
    """Operators who go out together; leaves its base when the shift starts and is back when it ends."""

    __tablename__ = "teams"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        UniqueConstraint("district_code", "id"),
        CheckConstraint("operators BETWEEN 1 AND 100", name="operators"),
        CheckConstraint("minutes_per_activation BETWEEN 1 AND 240", name="minutes_per_activation"),
        CheckConstraint("kits <@ ARRAY['satellite', 'biometric', 'card_printer']", name="kits"),
        CheckConstraint("base_lat BETWEEN -11.5 AND 6.5 AND base_lon BETWEEN 94.5 AND 141.5", name="in_indonesia"),
        CheckConstraint("shift_start >= 0 AND shift_start < shift_end AND shift_end <= 1440", name="shift"),
        CheckConstraint(r"working_weekdays ~ '^[01]{7}$' AND working_weekdays <> '0000000'", name="working_weekdays"),
        CheckConstraint("max_stops BETWEEN 1 AND 20", name="max_stops"),
        CheckConstraint(
            "documents <@ ARRAY['ikd', 'ktp_el', 'kia', 'birth_certificate'] AND documents <> '{}'", name="documents"
        ),
        CheckConstraint("max_nights BETWEEN 0 AND 60", name="max_nights"),
        CheckConstraint("rest_days BETWEEN 0 AND 30", name="rest_days"),
        CheckConstraint(
            "num_nulls(away_shift_start, away_shift_end) <> 1 AND away_shift_start >= 0"
            " AND away_shift_start < away_shift_end AND away_shift_end <= 1440",
            name="away_shift",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    operators: Mapped[int] = mapped_column(SmallInteger)
    minutes_per_activation: Mapped[int] = mapped_column(SmallInteger)
    kits: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    base_name: Mapped[str | None]
    base_lat: Mapped[float]
    base_lon: Mapped[float]
    shift_start: Mapped[int] = mapped_column(SmallInteger)
    """Minutes after local midnight, like `shift_end`."""
    shift_end: Mapped[int] = mapped_column(SmallInteger)
    working_weekdays: Mapped[str | None]
    """Seven characters, Monday first; empty: the district's."""
    max_stops: Mapped[int] = mapped_column(SmallInteger, default=4)
    documents: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """What it can issue, given the kits that each takes; empty: every document."""
    zone: Mapped[str | None]
    """Of its base: between different zones only connections and travel entries lead; empty: the rest of the district.
    """
    max_nights: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many calendar nights in a row it sleeps away from its base at the most; 0: it comes home every day."""
    rest_days: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Calendar days without work after a trip with nights."""
    away_shift_start: Mapped[int | None] = mapped_column(SmallInteger)
    """Of dates that begin or end away from base, like `away_shift_end`; empty: the shift."""
    away_shift_end: Mapped[int | None] = mapped_column(SmallInteger)
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute

    leaves: Mapped[list["TeamLeave"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="TeamLeave.starts_on"
    )
    breaks: Mapped[list["TeamBreak"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="TeamBreak.id"
    )


class TeamLeave(Base):
    """Days on which a team does not go out, both ends included."""

    __tablename__ = "team_leaves"
    __table_args__ = (
        ForeignKeyConstraint(["team_id"], ["teams.id"], ondelete="CASCADE"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    team_id: Mapped[int] = mapped_column(index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str | None]


class TeamBreak(Base):
    """A pause that a team takes on some weekdays, and between some dates; `app.teams.breaks` says what it may be."""

    __tablename__ = "team_breaks"
    __table_args__ = (
        ForeignKeyConstraint(["team_id"], ["teams.id"], ondelete="CASCADE"),
        CheckConstraint("minutes BETWEEN 5 AND 240", name="minutes"),
        CheckConstraint("earliest_start >= 0 AND latest_end <= 1440", name="day"),
        CheckConstraint("latest_end - earliest_start >= minutes", name="room"),
        CheckConstraint(r"weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'", name="weekdays"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    team_id: Mapped[int] = mapped_column(index=True)
    minutes: Mapped[int] = mapped_column(SmallInteger)
    earliest_start: Mapped[int] = mapped_column(SmallInteger)
    """Minutes after local midnight, like `latest_end`."""
    latest_end: Mapped[int] = mapped_column(SmallInteger)
    weekdays: Mapped[str]
    """Seven characters, Monday first."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    name: Mapped[str | None]


class KitPool(Base):
    """Kits of one kind that teams share: so many of them go out on a date, with whichever team the plan says."""

    __tablename__ = "kit_pools"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        CheckConstraint("kind IN ('satellite', 'biometric', 'card_printer')", name="kind"),
        CheckConstraint("count BETWEEN 1 AND 1000", name="count"),
        CheckConstraint("max_per_team BETWEEN 1 AND 20", name="max_per_team"),
        CheckConstraint("cost_per_day BETWEEN 0 AND 1000000000", name="cost_per_day"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    count: Mapped[int] = mapped_column(SmallInteger)
    max_per_team: Mapped[int] = mapped_column(SmallInteger, default=1)
    team_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """Who may carry of it; empty: every team. One that was deleted since is nobody."""
    cost_per_day: Mapped[int] = mapped_column(default=0)
    """Rupiah for each kit that is out on a date."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute
