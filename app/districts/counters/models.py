"""What is stored of the places where a district has fixed counters, and of what was counted at them."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.districts.models import ProvenanceByField


class CounterKind(StrEnum):
    """What a place with fixed counters is."""

    OFFICE = "office"
    SUB_OFFICE = "sub_office"
    """A UPT, or whatever else the office has in a kecamatan."""
    MALL = "mall"
    """A public service mall, or counters in a shop."""
    OTHER = "other"


class CounterPlace(Base):
    """A place with fixed counters: when it is open, who serves there, and how many people come by themselves."""

    __tablename__ = "counter_places"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        ForeignKeyConstraint(["district_code", "area_code"], ["areas.district_code", "areas.code"]),
        CheckConstraint("kind IN ('office', 'sub_office', 'mall', 'other')", name="kind"),
        CheckConstraint("num_nonnulls(lat, lon) IN (0, 2)", name="place"),
        CheckConstraint("lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5", name="in_indonesia"),
        CheckConstraint("windows <> ''", name="windows"),
        CheckConstraint("staff BETWEEN 0 AND 1000", name="staff"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    area_code: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    windows: Mapped[str | None]
    """As tables write them, `mon-thu 08:00-15:00; sat 09:00-12:00`; empty: on the district's working weekdays, at
    hours that nobody has told."""
    open_on_days_off: Mapped[bool] = mapped_column(default=False)
    """National holidays, joint leave and local days off do not close it."""
    staff: Mapped[int | None] = mapped_column(SmallInteger)
    """Operators who serve at the same time."""
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """`document`, `starts_on` (null: from the first day on), `per_open_day`; each in force until the next begins."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    note: Mapped[str | None]
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class CounterPlaceCount(Base):
    """Activations counted at one place on one day; they stand in for its rate, not for those of other places."""

    __tablename__ = "counter_place_counts"
    __table_args__ = (CheckConstraint("activated BETWEEN 0 AND 1000000", name="activated"),)

    place_id: Mapped[int] = mapped_column(ForeignKey("counter_places.id", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    activated: Mapped[int]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute
