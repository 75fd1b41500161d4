"""What is stored of ways that no great circle tells: boats, planes, mud, entered between two places."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.districts.models import Provenance


class Way(StrEnum):
    """How one gets there."""

    ROAD = "road"
    BOAT = "boat"
    PLANE = "plane"
    FOOT = "foot"


class LegSource(StrEnum):
    """What the minutes and metres of a leg of a plan rest on."""

    ROAD = "road"
    """A road engine."""
    ENTERED = "entered"
    """A travel entry."""
    GREAT_CIRCLE = "great_circle"
    """The straight line, times the district's detour."""


def _place(end: str) -> tuple[Any, ...]:
    return (
        *(
            ForeignKeyConstraint(
                ["district_code", f"{end}_{thing}_id"],
                [f"{thing}s.district_code", f"{thing}s.id"],
                name=f"fk_travel_entries_district_code_{thing}s_{end}",
                ondelete="CASCADE",
            )
            for thing in ("site", "team")
        ),
        CheckConstraint(f"num_nonnulls({end}_site_id, {end}_team_id) = 1", name=f"{end}_place"),
        Index(f"ix_travel_entries_{end}_site_id", f"{end}_site_id"),
        Index(f"ix_travel_entries_{end}_team_id", f"{end}_team_id"),
    )


class TravelEntry(Base):
    """Minutes and metres from a place to another; a place is a site, or a team's base."""

    __tablename__ = "travel_entries"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        # That no entry says the way back of another one again is checked by who stores it, under the district's lock.
        UniqueConstraint(
            *("district_code", "origin_site_id", "origin_team_id", "destination_site_id", "destination_team_id"),
            name="uq_travel_entries_places",
            postgresql_nulls_not_distinct=True,
        ),
        *_place("origin"),
        *_place("destination"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("metres BETWEEN 0 AND 5000000", name="metres"),
        CheckConstraint("way IN ('road', 'boat', 'plane', 'foot')", name="way"),
        CheckConstraint("provenance IN ('given', 'public', 'measured', 'assumed')", name="provenance"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    """By which a later file changes it."""
    origin_site_id: Mapped[int | None]
    origin_team_id: Mapped[int | None]
    """Its base, which other teams may start from, too."""
    destination_site_id: Mapped[int | None]
    destination_team_id: Mapped[int | None]
    minutes: Mapped[int]
    metres: Mapped[int]
    """What kilometres cost; 0 where nobody drives."""
    way: Mapped[str]
    both_directions: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str | None]
    provenance: Mapped[str] = mapped_column(default=Provenance.GIVEN.value)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class RoadLegs(Base):
    """What a road engine said of the ways from one spot of a district; spots are `roads.key_of` of a place."""

    __tablename__ = "road_legs"

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    legs: Mapped[dict[str, list[int] | None]] = mapped_column(JSONB)
    """By destination minutes and metres; null: the engine knows no road."""
    destinations: Mapped[str]
    """A digest of all spots of the district when the last one was asked for."""
    asked_of: Mapped[str]
    """The engine, by `RoadEngine.name`."""
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When the oldest of them was."""
