"""What is stored of lodgings and connections today, beside what a plan was made with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.travel.journeys.stored import is_open_after, journeys_of
from app.travel.models import Connection, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgingToday:
    """A place to sleep as the district has it now."""

    closed_after: frozenset[date]
    """Of the dates asked for, those after which nobody may sleep there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionToday:
    """A boat or plane as the district has it now; times in minutes after local midnight."""

    departs: tuple[int, int]
    minutes: int
    idle_on: frozenset[date]
    """Of the dates asked for, those on which it does not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysToday:
    """What teams on trips sleep at and ride with, by code."""

    lodgings: Mapping[str, LodgingToday]
    connections: Mapping[str, ConnectionToday]


def ways_today(session: Session, district_code: str, dates: Collection[date]) -> WaysToday:
    """The lodgings and connections of a district, and on which of these dates they are of no use."""
    journeys = journeys_of(session, district_code)
    return WaysToday(
        lodgings={
            lodging.code: LodgingToday(
                closed_after=frozenset(day for day in dates if not is_open_after(lodging, day)),
            )
            for lodging in journeys.lodgings
        },
        connections={
            crossing.fields.code: ConnectionToday(
                departs=crossing.fields.departs,
                minutes=crossing.fields.minutes,
                idle_on=frozenset(day for day in dates if not crossing.fields.runs_on(day)),
            )
            for crossing in journeys.crossings
        },
    )


def connection_ways(session: Session, district_code: str) -> Mapping[str, Way]:
    """Whether a connection is a boat or a plane, by its code."""
    rows = session.execute(select(Connection.code, Connection.way).where(Connection.district_code == district_code))
    return {row.code: Way(row.way) for row in rows}
