"""Trips for statements that are prepared once: their nights and rides as JSON, inside the row that they belong to."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from app.schedules.trips.models import Night, Ride, Trip

NIGHT = (
    *(Night.date, Night.until, Night.lodging_code, Night.lodging_name, Night.lat, Night.lon, Night.arrives_at),
    *(Night.travel_minutes, Night.travel_metres, Night.travel_source, Night.travel_way),
)
RIDE = (
    *(Ride.date, Ride.connection_code, Ride.way, Ride.origin_name, Ride.origin_lat, Ride.origin_lon),
    *(Ride.target_name, Ride.target_lat, Ride.target_lon, Ride.arrives_at, Ride.starts_at, Ride.ends_at),
    *(Ride.travel_minutes, Ride.travel_metres, Ride.travel_source, Ride.travel_way),
)


def nights_of_trip() -> ScalarSelect[Any]:
    """The nights of `Trip` in order, each an object of `NIGHT`; dates and moments are texts."""
    return listed(Night.date, *NIGHT).where(Night.trip_id == Trip.id).correlate(Trip).scalar_subquery()


def rides_of_trip() -> ScalarSelect[Any]:
    """The rides of `Trip` in order, each an object of `RIDE`."""
    return listed(Ride.starts_at, *RIDE).where(Ride.trip_id == Trip.id).correlate(Trip).scalar_subquery()


def listed(
    order: InstrumentedAttribute[Any], *columns: InstrumentedAttribute[Any], **further: ScalarSelect[Any]
) -> Select[Any]:
    """A list of objects with these columns, in this order; empty where there is no row."""
    # Prepared statements take no values of their own, so names and the empty list stand in their text.
    pairs: list[Any] = []
    for name, value in (*((column.key, column) for column in columns), *further.items()):
        pairs += [literal_column(f"'{name}'"), value]
    rows = func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*pairs), order))
    return select(func.coalesce(rows, literal_column("'[]'::jsonb")))
