"""What is stored of ways that no great circle tells, and of where teams sleep, change and board on long ones."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.districts.models import Provenance, ProvenanceByField


class Way(StrEnum):
    """How one gets there."""

    ROAD = "road"
    BOAT = "boat"
    PLANE = "plane"
    FOOT = "foot"


class StationKind(StrEnum):
    """What people call a place to pass through."""

    HARBOUR = "harbour"
    JETTY = "jetty"
    AIRPORT = "airport"
    AIRSTRIP = "airstrip"
    TERMINAL = "terminal"


class LegSource(StrEnum):
    """What the minutes and metres of a leg of a plan rest on."""

    ROAD = "road"
    """A road engine."""
    ENTERED = "entered"
    """A travel entry."""
    GREAT_CIRCLE = "great_circle"
    """The straight line, times the district's detour."""


_IN_INDONESIA = "lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5"
_WEEKDAYS = r"weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'"
_WAYS = "way IN ('road', 'boat', 'plane', 'foot')"


def _end(table: str, end: str, things: Sequence[str]) -> tuple[Any, ...]:
    """What holds that one end of a way is just one place of these kinds."""
    columns = ", ".join(f"{end}_{thing}_id" for thing in things)
    return (
        *(
            ForeignKeyConstraint(
                ["district_code", f"{end}_{thing}_id"],
                [f"{thing}s.district_code", f"{thing}s.id"],
                name=f"fk_{table}_district_code_{thing}s_{end}",
                ondelete="CASCADE",
            )
            for thing in things
        ),
        CheckConstraint(f"num_nonnulls({columns}) = 1", name=f"{end}_place"),
        *(Index(f"ix_{table}_{end}_{thing}_id", f"{end}_{thing}_id") for thing in things),
    )


_OF_ENTRIES = ("site", "team", "lodging", "station")
_OF_CONNECTIONS = ("site", "lodging", "station")


class TravelEntry(Base):
    """Minutes and metres from a place to another: a site, a team's base, a lodging or a station."""

    __tablename__ = "travel_entries"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        # That no entry says the way back of another one again is checked by who stores it, under the district's lock.
        UniqueConstraint(
            "district_code",
            *(f"{end}_{thing}_id" for end in ("origin", "destination") for thing in _OF_ENTRIES),
            name="uq_travel_entries_places",
            postgresql_nulls_not_distinct=True,
        ),
        *_end("travel_entries", "origin", _OF_ENTRIES),
        *_end("travel_entries", "destination", _OF_ENTRIES),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("metres BETWEEN 0 AND 5000000", name="metres"),
        CheckConstraint(_WAYS, name="way"),
        CheckConstraint("provenance IN ('given', 'public', 'measured', 'assumed')", name="provenance"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    """By which a later file changes it."""
    origin_site_id: Mapped[int | None]
    origin_team_id: Mapped[int | None]
    """Its base, which other teams may start from, too."""
    origin_lodging_id: Mapped[int | None]
    origin_station_id: Mapped[int | None]
    destination_site_id: Mapped[int | None]
    destination_team_id: Mapped[int | None]
    destination_lodging_id: Mapped[int | None]
    destination_station_id: Mapped[int | None]
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


class Lodging(Base):
    """A place where teams may sleep: an inn, a village hall, another office."""

    __tablename__ = "lodgings"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        UniqueConstraint("district_code", "id"),
        CheckConstraint(_IN_INDONESIA, name="in_indonesia"),
        CheckConstraint("cost_per_night BETWEEN 0 AND 1000000000", name="cost_per_night"),
        CheckConstraint("max_teams BETWEEN 1 AND 100", name="max_teams"),
        CheckConstraint(_WEEKDAYS, name="weekdays"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    zone: Mapped[str | None]
    """Between different zones only connections and travel entries lead; empty: the rest of the district."""
    cost_per_night: Mapped[int] = mapped_column(default=0)
    """Rupiah for a team and calendar night."""
    max_teams: Mapped[int | None] = mapped_column(SmallInteger)
    """How many teams sleep there in one night; empty: any number."""
    weekdays: Mapped[str] = mapped_column(default="1111111")
    """Seven characters, Monday first: after which days one may sleep there."""
    starts_on: Mapped[date | None]
    """The first date after which one may, as `ends_on` is the last one."""
    ends_on: Mapped[date | None]
    note: Mapped[str | None]
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class Station(Base):
    """A place to pass through: a harbour, a jetty, an airstrip."""

    __tablename__ = "stations"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        UniqueConstraint("district_code", "id"),
        CheckConstraint("kind IN ('harbour', 'jetty', 'airport', 'airstrip', 'terminal')", name="kind"),
        CheckConstraint(_IN_INDONESIA, name="in_indonesia"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    zone: Mapped[str | None]
    """As a lodging's."""
    note: Mapped[str | None]
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class Connection(Base):
    """A boat or plane from a place to another, in one direction; a place is a station, a lodging or a site."""

    __tablename__ = "connections"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        *_end("connections", "origin", _OF_CONNECTIONS),
        *_end("connections", "destination", _OF_CONNECTIONS),
        CheckConstraint(_WAYS, name="way"),
        CheckConstraint("departs_earliest BETWEEN 0 AND 1440", name="departs_earliest"),
        CheckConstraint("departs_latest BETWEEN departs_earliest AND 1440", name="departs_latest"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("fare BETWEEN 0 AND 1000000000", name="fare"),
        CheckConstraint("max_teams BETWEEN 1 AND 100", name="max_teams"),
        CheckConstraint(_WEEKDAYS, name="weekdays"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str | None]
    origin_site_id: Mapped[int | None]
    origin_lodging_id: Mapped[int | None]
    origin_station_id: Mapped[int | None]
    destination_site_id: Mapped[int | None]
    destination_lodging_id: Mapped[int | None]
    destination_station_id: Mapped[int | None]
    way: Mapped[str]
    departs_earliest: Mapped[int] = mapped_column(SmallInteger)
    """Minutes after local midnight, like `departs_latest`."""
    departs_latest: Mapped[int | None] = mapped_column(SmallInteger)
    """Up to when it waits for a team, as a charter does; empty: it leaves at `departs_earliest`."""
    minutes: Mapped[int] = mapped_column(SmallInteger)
    """From leaving to being there."""
    fare: Mapped[int] = mapped_column(default=0)
    """Rupiah for a whole team."""
    max_teams: Mapped[int | None] = mapped_column(SmallInteger)
    """How many teams it takes on one date; empty: any number."""
    weekdays: Mapped[str] = mapped_column(default="1111111")
    """Seven characters, Monday first: when it goes."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    dates_without: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    """When it stays away all the same."""
    note: Mapped[str | None]
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute
