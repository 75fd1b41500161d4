"""The trips of a team as its day tells them: rides between the stops, where it wakes up and where it sleeps."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ScalarSelect, bindparam, func, select

from app.schedules.trips.models import Night, Ride, Trip
from app.schedules.trips.prepared import listed, nights_of_trip, rides_of_trip
from app.teams.models import Team

Fields = Mapping[str, Any]
"""A stored row as JSON: dates and moments are texts."""


def trips_between(first: str, last: str) -> ScalarSelect[Any]:
    """The trips in force of `Team` that touch these dates, whole, as a JSON list; both name parameters."""
    return (
        listed(Trip.starts_on, *_TRIP, nights=nights_of_trip(), rides=rides_of_trip())
        .where(
            Trip.team_id == Team.id,
            Trip.in_force,
            Trip.starts_on <= bindparam(last),
            Trip.ends_on >= bindparam(first),
        )
        .correlate(Team)
        .scalar_subquery()
    )


def next_date_on_trip(last: str) -> ScalarSelect[Any]:
    """The first date after the parameter `last` on which the team takes a ride, or comes to a lodging or leaves it."""
    after: BindParameter[date] = bindparam(last)
    rides = select(func.min(Ride.date)).where(Ride.team_id == Team.id, Ride.in_force, Ride.date > after)
    evenings = select(func.min(Night.date)).where(Night.team_id == Team.id, Night.in_force, Night.date > after)
    mornings = select(func.min(Night.until)).where(Night.team_id == Team.id, Night.in_force, Night.until > after)
    parts = (query.correlate(Team).scalar_subquery() for query in (rides, evenings, mornings))
    return select(func.least(*parts)).scalar_subquery()


_TRIP = (
    *(Trip.uid, Trip.sequence, Trip.starts_on, Trip.ends_on, Trip.leaves_at, Trip.back_at, Trip.shift_start),
    *(Trip.shift_end, Trip.back_travel_minutes, Trip.back_travel_metres, Trip.back_source, Trip.back_way),
)


def trip_on(trips: Sequence[Fields], day: date) -> Fields | None:
    """The trip that the team is on on a date."""
    said = day.isoformat()
    return next((trip for trip in trips if trip["starts_on"] <= said <= trip["ends_on"]), None)


def shown_trip(trip: Fields | None, day: date, zone: ZoneInfo) -> dict[str, Any]:
    """What of a trip belongs to one of its dates; everything is empty on others."""
    if trip is None:
        return {"trip": None, "begins_at": None, "rides": [], "sleeps_at": None}
    said = day.isoformat()
    before = next((night for night in trip["nights"] if night["date"] < said <= night["until"]), None)
    after = _night_after(trip, day)
    return {
        "trip": {
            "uid": trip["uid"],
            "sequence": trip["sequence"],
            "starts_on": trip["starts_on"],
            "ends_on": trip["ends_on"],
            "leaves_at": _local(trip["leaves_at"], zone),
            "back_at": _local(trip["back_at"], zone),
        },
        "begins_at": _lodging(before),
        "rides": [_ride(ride, zone) for ride in trip["rides"] if ride["date"] == said],
        "sleeps_at": _lodging(after),
    }


def end_of_day(trip: Fields, day: date, zone: ZoneInfo) -> dict[str, Any]:
    """When and how a date of a trip ends, at its lodging or at the base; nobody moves on a date off away."""
    said, night = day.isoformat(), _night_after(trip, day)
    if night is not None and night["date"] == said:
        return _end(night, "travel", night["arrives_at"], zone)
    if night is None and trip["ends_on"] == said:
        return _end(
            {**trip, "back_travel_source": trip["back_source"], "back_travel_way": trip["back_way"]},
            "back_travel",
            trip["back_at"],
            zone,
        )
    return dict.fromkeys(
        ("back_at", "back_travel_minutes", "back_travel_metres", "back_travel_source", "back_travel_way")
    )


def _end(row: Fields, leg: str, at: str, zone: ZoneInfo) -> dict[str, Any]:
    names = ("minutes", "metres", "source", "way")
    return {"back_at": _local(at, zone), **{f"back_travel_{name}": row[f"{leg}_{name}"] for name in names}}


def _night_after(trip: Fields, day: date) -> Fields | None:
    said = day.isoformat()
    return next((night for night in trip["nights"] if night["date"] <= said < night["until"]), None)


def _lodging(night: Fields | None) -> dict[str, Any] | None:
    if night is None:
        return None
    return {"code": night["lodging_code"], "name": night["lodging_name"], "lat": night["lat"], "lon": night["lon"]}


def _ride(ride: Fields, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "connection": ride["connection_code"],
        "way": ride["way"],
        "origin": {name: ride[f"origin_{name}"] for name in ("name", "lat", "lon")},
        "target": {name: ride[f"target_{name}"] for name in ("name", "lat", "lon")},
        **{name: _local(ride[name], zone) for name in ("arrives_at", "starts_at", "ends_at")},
        **{f"travel_{name}": ride[f"travel_{name}"] for name in ("minutes", "metres", "source", "way")},
    }


def _local(moment: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(moment).astimezone(zone)
