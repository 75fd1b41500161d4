"""A trip as others see it in a calendar: one block from leaving the base to being back, beside its visits' entries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select

from app.calendars.ics import CalendarEntry, EntryStatus
from app.districts.models import District
from app.schedules.trips.models import Trip
from app.schedules.trips.prepared import nights_of_trip, rides_of_trip
from app.schedules.trips.words import night_text, ride_text
from app.teams.models import Team
from app.words import Text, in_both, moment


class ShownTrip(NamedTuple):
    """One trip with its team, in the order of `TRIP_COLUMNS`."""

    uid: UUID
    in_force: bool
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    nights: list[Mapping[str, Any]]
    rides: list[Mapping[str, Any]]
    team_name: str
    base_name: str | None
    time_zone: str


TRIP_COLUMNS: tuple[Any, ...] = (
    *(Trip.uid, Trip.in_force, Trip.sequence, Trip.changed_at, Trip.leaves_at, Trip.back_at),
    *(nights_of_trip(), rides_of_trip(), Team.name, Team.base_name, District.time_zone),
)
"""A change of any of these must count as a change of the trip: of its own in `app.schedules.trips.exchanging.shown`, of
the others by triggers in the database (migration `trips`)."""


def shown_trips() -> Select[*tuple[Any, ...]]:
    """Trips that are in the published plan or were, by identity; of two rows of one the later counts."""
    return (
        select(*TRIP_COLUMNS)
        .join(Team, Team.id == Trip.team_id)
        .join(District, District.code == Trip.district_code)
        .where(was_published())
        .order_by(Trip.in_force, Trip.leaves_at, Trip.id)
    )


def was_published() -> ColumnElement[bool]:
    return or_(Trip.in_force, Trip.withdrawn_at.is_not(None))


def trip_entry(row: ShownTrip, *, names_team: bool, alarm_minutes: int | None = None) -> CalendarEntry:
    """The entry; nothing rings for what was called off."""
    where = _where(row)
    title = f"Perjalanan ke {where}"
    title = f"{row.team_name}: {title}" if names_team else title
    place = next((night for night in row.nights if night["lat"] is not None), None)
    return CalendarEntry(
        uid=f"{row.uid}@jemput-bola",
        sequence=row.sequence,
        changed_at=row.changed_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        summary=title if row.in_force else f"BATAL: {title}",
        status=EntryStatus.CONFIRMED if row.in_force else EntryStatus.CANCELLED,
        description=_description(row),
        location=where,
        latitude_longitude=None if place is None else (place["lat"], place["lon"]),
        categories=("Jemput Bola", "Perjalanan"),
        alarm_minutes=alarm_minutes if row.in_force else None,
    )


def _where(row: ShownTrip) -> str:
    """The lodgings, each once; of a day's boat its farther ends."""
    lodgings = dict.fromkeys(night["lodging_name"] for night in row.nights)
    return ", ".join(lodgings or dict.fromkeys(ride["target_name"] for ride in row.rides[:1]))


def _description(row: ShownTrip) -> str:
    """The way there, where the team sleeps and the way back, in Indonesian, then in English."""
    zone = ZoneInfo(row.time_zone)
    leaves, back = (moment(at.astimezone(zone)) for at in (row.starts_at, row.ends_at))
    base: Text | str = in_both("pangkalan", "the base") if row.base_name is None else row.base_name
    steps: list[tuple[datetime, Text]] = [
        (datetime.fromisoformat(ride["starts_at"]), ride_text(ride, zone)) for ride in row.rides
    ]
    steps += [(datetime.fromisoformat(night["arrives_at"]), night_text(night)) for night in row.nights]
    texts = [
        in_both("Berangkat dari {base} {leaves}", "Leaves {base} on {leaves}", base=base, leaves=leaves),
        *(text for _, text in sorted(steps, key=lambda step: step[0])),
        in_both("Kembali di {base} {back}", "Back at {base} on {back}", base=base, back=back),
        in_both("Tim: {team}", "Team: {team}", team=row.team_name),
    ]
    called_off = in_both("DIBATALKAN", "CANCELLED")
    lines = texts if row.in_force else [called_off, *texts]
    return "\n\n".join(("\n".join(text["id"] for text in lines), "\n".join(text["en"] for text in lines)))
