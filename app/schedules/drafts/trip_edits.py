"""Edits of whole trips as they are asked for (`trip_hand` makes them)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.tables.fields import minute_text


class TripOp(StrEnum):
    """What is done to a whole trip."""

    SEND = "send"
    CHANGE_TRIP = "change_trip"
    MOVE_TRIP = "move_trip"
    CALL_OFF = "call_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNight:
    """Where the team is to sleep after one date, by code."""

    day: date
    lodging: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVisit:
    """A visit to make on the trip; `start` and `minutes` as of an `Edit`."""

    day: date
    site: str
    start: int | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRide:
    """A boat or plane to take, by code; `start` is only looked at where no way leads through the trip."""

    day: date
    connection: str
    start: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripEdit:
    """One act of the hand on a trip; `day` is its first date, of a trip that is there any date of it."""

    op: TripOp
    team: str
    day: date
    until: date | None = None
    """The date on which the team is back; None: as it is, of a new trip its first date."""
    to_day: date | None = None
    """The new first date of a trip that is moved, whole and with its visits."""
    lodging: str | None = None
    """By code, of every night that `nights` does not name."""
    nights: tuple[GivenNight, ...] = ()
    visits: tuple[GivenVisit, ...] = ()
    rides: tuple[GivenRide, ...] | None = None
    """None: those that lead to the beds, the visits and home."""
    makes_room: bool = False
    """Visits of its dates for which it has no room leave the plan; else they stay, with the rules that they break."""

    def to_json(self) -> dict[str, Any]:
        """As it was asked for."""
        content: dict[str, Any] = {"op": self.op.value, "team": self.team, "date": self.day.isoformat()}
        if self.until is not None:
            content["until"] = self.until.isoformat()
        if self.to_day is not None:
            content["to_date"] = self.to_day.isoformat()
        if self.lodging is not None:
            content["lodging"] = self.lodging
        if self.nights:
            content["nights"] = [{"date": night.day.isoformat(), "lodging": night.lodging} for night in self.nights]
        if self.visits:
            content["visits"] = [
                {"date": visit.day.isoformat(), "site": visit.site}
                | ({} if visit.start is None else {"starts_at": minute_text(visit.start)})
                | ({} if visit.minutes is None else {"service_minutes": visit.minutes})
                for visit in self.visits
            ]
        if self.rides is not None:
            content["rides"] = [
                {"date": ride.day.isoformat(), "connection": ride.connection}
                | ({} if ride.start is None else {"starts_at": minute_text(ride.start)})
                for ride in self.rides
            ]
        if self.makes_room:
            content["makes_room"] = True
        return content
