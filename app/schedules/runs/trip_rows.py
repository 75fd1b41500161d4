"""What is stored of the trips of a checked plan."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from app.schedules.runs.travel_model import LegOrigins
from app.schedules.runs.trips_model import CheckedNight, CheckedRide, CheckedTrip, TripPlace
from app.schedules.trips.models import Night, Ride, Trip
from app.schedules.trips.reading import pins_of_draft
from app.travel.legs import PlaceKey
from app.travel.models import Way

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


def store_trips(
    session: Session,
    schedule: Schedule,
    trips: Sequence[CheckedTrip],
    *,
    team_ids: Mapping[str, int],
    ways: Mapping[str, Way],
    points: Mapping[PlaceKey, Point],
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Keep the trips of a draft in place of those that it had; `ways`: of connections by code, as far as is known.

    `points`: where the places of the district lie, for a problem that tells ways from a table and no coordinates.

    A run's plan has the pins that the run was asked to keep; a draft edited by hand those of its trips."""
    of_draft = None if schedule.draft_version is None else pins_of_draft(session, schedule)
    session.execute(delete(Trip).where(Trip.schedule_id == schedule.id))
    if not trips:
        return
    legs = LegOrigins(schedule.ways, schedule.road_map)
    rows = [
        _trip_row(trip, legs, zone)
        | {
            "district_code": schedule.district_code,
            "schedule_id": schedule.id,
            "team_id": team_ids[trip.team],
            "changed_at": now,
            "pinned": trip.is_pinned if of_draft is None else (team_ids[trip.team], trip.starts_on) in of_draft,
        }
        for trip in trips
    ]
    ids = session.scalars(insert(Trip).returning(Trip.id, sort_by_parameter_order=True), rows).all()
    keys = [
        {
            "trip_id": trip_id,
            "district_code": schedule.district_code,
            "schedule_id": schedule.id,
            "team_id": team_ids[trip.team],
        }
        for trip_id, trip in zip(ids, trips, strict=True)
    ]
    nights = [
        key | _night_row(night, legs, points, zone)
        for key, trip in zip(keys, trips, strict=True)
        for night in trip.nights
    ]
    rides = [
        key | _ride_row(ride, legs, points, zone) | {"way": ways.get(ride.connection)}
        for key, trip in zip(keys, trips, strict=True)
        for ride in trip.rides
    ]
    if nights:
        session.execute(insert(Night), nights)
    if rides:
        session.execute(insert(Ride), rides)


def _trip_row(trip: CheckedTrip, legs: LegOrigins, zone: ZoneInfo) -> dict[str, Any]:
    back = legs.of(trip.back_from, ("team", trip.team))
    return {
        "starts_on": trip.starts_on,
        "ends_on": trip.ends_on,
        "leaves_at": moment_of(trip.starts_on, trip.leaves_at, zone),
        "back_at": moment_of(trip.ends_on, trip.back_at, zone),
        "back_travel_minutes": trip.back_travel_minutes,
        "back_travel_metres": trip.back_travel_metres,
        "back_source": back.source,
        "back_way": back.way,
        "shift_start": trip.shift[0],
        "shift_end": trip.shift[1],
    }


def _night_row(
    night: CheckedNight, legs: LegOrigins, points: Mapping[PlaceKey, Point], zone: ZoneInfo
) -> dict[str, Any]:
    lat, lon = _point_of(night.place, points)
    return {
        "date": night.date,
        "until": night.until,
        "lodging_code": night.lodging,
        "lodging_name": night.place.name,
        "lat": lat,
        "lon": lon,
        "cost": night.cost,
        "arrives_at": moment_of(night.date, night.arrives_at, zone),
        **_travel(night, legs),
    }


def _ride_row(ride: CheckedRide, legs: LegOrigins, points: Mapping[PlaceKey, Point], zone: ZoneInfo) -> dict[str, Any]:
    origin, target = _point_of(ride.origin, points), _point_of(ride.target, points)
    return {
        "date": ride.date,
        "connection_code": ride.connection,
        "origin_name": ride.origin.name,
        "origin_lat": origin[0],
        "origin_lon": origin[1],
        "target_name": ride.target.name,
        "target_lat": target[0],
        "target_lon": target[1],
        # As of a visit: a draft that breaks `ride_missed` is kept, and told so.
        "arrives_at": moment_of(ride.date, min(ride.arrives_at, ride.start), zone),
        "starts_at": moment_of(ride.date, ride.start, zone),
        "ends_at": moment_of(ride.date, ride.ends_at, zone),
        "fare": ride.fare,
        **_travel(ride, legs),
    }


def _point_of(place: TripPlace, points: Mapping[PlaceKey, Point]) -> tuple[float | None, float | None]:
    """Where the problem says that a place lies, else where the district does; neither: it is gone."""
    if place.lat is not None:
        return place.lat, place.lon
    return points.get(place.key, (None, None))


def _travel(row: CheckedNight | CheckedRide, legs: LegOrigins) -> dict[str, Any]:
    origin = legs.of(row.came_from, row.goes_to)
    return {
        "travel_minutes": row.travel_minutes,
        "travel_metres": row.travel_metres,
        "travel_source": origin.source,
        "travel_way": origin.way,
    }


def moment_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Minutes after local midnight as an aware moment; no zone of Indonesia changes its clocks."""
    return datetime.combine(day, time(), zone) + timedelta(minutes=minute)
