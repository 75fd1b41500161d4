"""What is stored of the trips of a checked plan."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from app.schedules.runs.travel_model import LegOrigins
from app.schedules.runs.trips_model import CheckedNight, CheckedRide, CheckedTrip
from app.schedules.trips.models import Night, Ride, Trip
from app.schedules.trips.reading import pins_of_draft
from app.travel.models import Way


def store_trips(
    session: Session,
    schedule: Schedule,
    trips: Sequence[CheckedTrip],
    *,
    team_ids: Mapping[str, int],
    ways: Mapping[str, Way],
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Keep the trips of a draft in place of those that it had; `ways`: of connections by code, as far as is known.

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
        key | _night_row(night, legs, zone) for key, trip in zip(keys, trips, strict=True) for night in trip.nights
    ]
    rides = [
        key | _ride_row(ride, legs, zone) | {"way": ways.get(ride.connection)}
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


def _night_row(night: CheckedNight, legs: LegOrigins, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "date": night.date,
        "until": night.until,
        "lodging_code": night.lodging,
        "lodging_name": night.place.name,
        "lat": night.place.lat,
        "lon": night.place.lon,
        "cost": night.cost,
        "arrives_at": moment_of(night.date, night.arrives_at, zone),
        **_travel(night, legs),
    }


def _ride_row(ride: CheckedRide, legs: LegOrigins, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "date": ride.date,
        "connection_code": ride.connection,
        "origin_name": ride.origin.name,
        "origin_lat": ride.origin.lat,
        "origin_lon": ride.origin.lon,
        "target_name": ride.target.name,
        "target_lat": ride.target.lat,
        "target_lon": ride.target.lon,
        # As of a visit: a draft that breaks `ride_missed` is kept, and told so.
        "arrives_at": moment_of(ride.date, min(ride.arrives_at, ride.start), zone),
        "starts_at": moment_of(ride.date, ride.start, zone),
        "ends_at": moment_of(ride.date, ride.ends_at, zone),
        "fare": ride.fare,
        **_travel(ride, legs),
    }


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
