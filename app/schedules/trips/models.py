"""What is stored of nights away and rides: a trip from the base and back, as the plan that holds it was made.

Names, places, fares and costs are kept as they were, so that no later change of a lodging or a connection rewrites a
plan."""

import uuid
from datetime import date as Day
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.travel.models import LegSource

_A_TEAM = text("int8range(team_id, team_id, '[]')")
"""The embedded server ships no btree_gist; a team as a one-element range needs none."""


class Trip(Base):
    """What a team does between leaving its base and being back, where it sleeps away or takes a boat or plane.

    Its visits are those of the team on its dates."""

    __tablename__ = "trips"
    __table_args__ = (
        UniqueConstraint("schedule_id", "team_id", "starts_on"),
        # What nights and rides refer to: they are in force when their trip is.
        UniqueConstraint("id", "district_code", "schedule_id", "team_id", "in_force", name="uq_trips_identity"),
        ForeignKeyConstraint(
            ["district_code", "schedule_id"], ["schedules.district_code", "schedules.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"]),
        CheckConstraint("starts_on <= ends_on", name="dates"),
        CheckConstraint("leaves_at < back_at", name="times"),
        CheckConstraint("shift_start < shift_end", name="shift"),
        CheckConstraint("back_source IN ('road', 'entered', 'great_circle')", name="back_source"),
        CheckConstraint("back_way IN ('road', 'boat', 'plane', 'foot')", name="back_way"),
        ExcludeConstraint(
            (_A_TEAM, "&&"),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            where=text("in_force"),
            using="gist",
            name="ex_trips_team_overlap",
        ),
        Index("ix_trips_team_id_starts_on_in_force", "team_id", "starts_on", postgresql_where=text("in_force")),
        Index(
            "ix_trips_district_code_withdrawn_at",
            *("district_code", "withdrawn_at"),
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
        Index("uq_trips_uid_in_force", "uid", unique=True, postgresql_where=text("in_force")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, default=uuid.uuid4)
    """Calendar identity; a later schedule in which the team leaves on the same date keeps it."""
    district_code: Mapped[str]
    schedule_id: Mapped[int]
    team_id: Mapped[int]
    starts_on: Mapped[Day]
    ends_on: Mapped[Day]
    """The date on which the team is back at its base."""
    leaves_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    back_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    back_travel_minutes: Mapped[int]
    """From the last stop, or the last lodging, to the base; likewise the four columns that follow."""
    back_travel_metres: Mapped[int]
    back_source: Mapped[str] = mapped_column(default=LegSource.GREAT_CIRCLE.value, server_default="great_circle")
    back_way: Mapped[str | None]
    shift_start: Mapped[int] = mapped_column(SmallInteger)
    """The hours that the plan kept on its dates, minutes after local midnight; away they may be other ones."""
    shift_end: Mapped[int] = mapped_column(SmallInteger)
    pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Every plan to come keeps it whole: its visits, nights and rides."""
    in_force: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it last entered a published plan."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it left the published plan."""
    sequence: Mapped[int] = mapped_column(default=0)
    """iCalendar SEQUENCE: grows with every real change of a published trip."""
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def _of_a_trip(table: str) -> tuple[Any, ...]:
    return (
        # In force with its trip, whoever changes that one.
        ForeignKeyConstraint(
            ["trip_id", "district_code", "schedule_id", "team_id", "in_force"],
            ["trips.id", "trips.district_code", "trips.schedule_id", "trips.team_id", "trips.in_force"],
            name=f"fk_{table}_trip_id_trips",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        CheckConstraint("travel_source IN ('road', 'entered', 'great_circle')", name="travel_source"),
        CheckConstraint("travel_way IN ('road', 'boat', 'plane', 'foot')", name="travel_way"),
        Index(f"ix_{table}_schedule_id", "schedule_id"),
    )


class Night(Base):
    """A team sleeps at a lodging after a date, until it sets out from there on another one."""

    __tablename__ = "nights"
    __table_args__ = (
        UniqueConstraint("trip_id", "date"),
        *_of_a_trip("nights"),
        CheckConstraint("date < until", name="dates"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="place"),
        Index("uq_nights_team_id_date_in_force", "team_id", "date", unique=True, postgresql_where=text("in_force")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    trip_id: Mapped[int]
    district_code: Mapped[str]
    schedule_id: Mapped[int]
    team_id: Mapped[int]
    in_force: Mapped[bool] = mapped_column(default=False)
    date: Mapped[Day]
    until: Mapped[Day]
    """The team's next working date; from a Friday to a Monday it sleeps there three times."""
    lodging_code: Mapped[str]
    lodging_name: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    cost: Mapped[int] = mapped_column(BigInteger)
    """Rupiah for all its calendar nights."""
    arrives_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """On its date, in the evening."""
    travel_minutes: Mapped[int]
    """From the last stop of its date, or from where that began."""
    travel_metres: Mapped[int]
    travel_source: Mapped[str] = mapped_column(default=LegSource.GREAT_CIRCLE.value, server_default="great_circle")
    travel_way: Mapped[str | None]

    @property
    def calendar_nights(self) -> int:
        return (self.until - self.date).days


class Ride(Base):
    """A team takes a boat or a plane: a stop that begins at one place and ends at another.

    A trigger (migration `trips`) refuses one in force at the time of a visit of its team, and the other way round."""

    __tablename__ = "rides"
    __table_args__ = (
        UniqueConstraint("trip_id", "starts_at"),
        *_of_a_trip("rides"),
        Index("ix_rides_team_id_date_in_force", "team_id", "date", postgresql_where=text("in_force")),
        CheckConstraint("arrives_at <= starts_at AND starts_at < ends_at", name="times"),
        CheckConstraint("fare >= 0", name="fare"),
        CheckConstraint("way IN ('road', 'boat', 'plane', 'foot')", name="way"),
        CheckConstraint("(origin_lat IS NULL) = (origin_lon IS NULL)", name="origin"),
        CheckConstraint("(target_lat IS NULL) = (target_lon IS NULL)", name="target"),
        ExcludeConstraint(
            (_A_TEAM, "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("in_force"),
            using="gist",
            name="ex_rides_team_overlap",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    trip_id: Mapped[int]
    district_code: Mapped[str]
    schedule_id: Mapped[int]
    team_id: Mapped[int]
    in_force: Mapped[bool] = mapped_column(default=False)
    date: Mapped[Day]
    connection_code: Mapped[str]
    way: Mapped[str | None]
    """`Way`, as far as it is known."""
    origin_name: Mapped[str]
    origin_lat: Mapped[float | None]
    origin_lon: Mapped[float | None]
    target_name: Mapped[str]
    target_lat: Mapped[float | None]
    target_lon: Mapped[float | None]
    arrives_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When the team is where it leaves from."""
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Boat or plane leaves."""
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    fare: Mapped[int] = mapped_column(BigInteger)
    """Rupiah for the whole team."""
    travel_minutes: Mapped[int]
    """From the stop before, or from where the day began, to where it leaves from."""
    travel_metres: Mapped[int]
    travel_source: Mapped[str] = mapped_column(default=LegSource.GREAT_CIRCLE.value, server_default="great_circle")
    travel_way: Mapped[str | None]
