"""The nights and rides of a schedule as a file for spreadsheets and maps, one row each, as teams go through them."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.service import get_district
from app.schedules.models import Schedule
from app.schedules.trips.models import Night, Ride
from app.schedules.trips.reading import WholeTrip, trips_of
from app.tables.formats import Format, write_table
from app.teams.models import Team

COLUMNS = (
    *("date", "team_code", "team_name", "what", "code", "name", "starts", "ends", "ends_on", "time_zone"),
    *("way", "target_name", "target_lat", "target_lon", "lat", "lon", "nights", "cost"),
    *("travel_minutes", "travel_metres", "trip_starts_on", "trip_ends_on", "pinned", "in_force", "trip_id"),
)
"""`what` is `ride` or `night`. Of a ride, `starts` and `ends` are HH:MM on the clocks of `time_zone`, `name` and
`target_name` its ends; of a night, `starts` is when the team is there, `ends_on` the date on which it sets out again.
`cost` is the fare, or that of all its `nights`, in rupiah."""


def export_trips(session: Session, schedule: Schedule, file_format: Format) -> bytes:
    """All nights and rides of a schedule, draft or published, by date and team; a workbook has a sheet a team, too."""
    teams = session.execute(select(Team.id, Team.code, Team.name).where(Team.district_code == schedule.district_code))
    names = {row.id: (row.code, row.name) for row in teams}
    zone = ZoneInfo(get_district(session, schedule.district_code).time_zone)
    rows = []
    for whole in trips_of(session, schedule):
        code, name = names[whole.trip.team_id]
        shared = {
            "team_code": code,
            "team_name": name,
            "time_zone": zone.key,
            "trip_starts_on": whole.trip.starts_on,
            "trip_ends_on": whole.trip.ends_on,
            "pinned": whole.trip.pinned,
            "in_force": whole.trip.in_force,
            "trip_id": whole.trip.id,
        }
        rows += [shared | row for row in _rows(whole, zone)]
    rows.sort(key=lambda row: (row["date"], row["team_code"], row["what"] == "night", row["starts"]))
    return write_table(COLUMNS, rows, file_format, sheet_for_each="team_code")


def _rows(whole: WholeTrip, zone: ZoneInfo) -> list[dict[str, Any]]:
    rides = [
        {
            "what": "ride",
            "date": ride.date,
            "code": ride.connection_code,
            "name": ride.origin_name,
            "starts": f"{ride.starts_at.astimezone(zone):%H:%M}",
            "ends": f"{ride.ends_at.astimezone(zone):%H:%M}",
            "ends_on": ride.date,
            "way": ride.way,
            "target_name": ride.target_name,
            "target_lat": ride.target_lat,
            "target_lon": ride.target_lon,
            "lat": ride.origin_lat,
            "lon": ride.origin_lon,
            "cost": ride.fare,
            **_travel(ride),
        }
        for ride in whole.rides
    ]
    nights = [
        {
            "what": "night",
            "date": night.date,
            "code": night.lodging_code,
            "name": night.lodging_name,
            "starts": f"{night.arrives_at.astimezone(zone):%H:%M}",
            "ends_on": night.until,
            "lat": night.lat,
            "lon": night.lon,
            "nights": night.calendar_nights,
            "cost": night.cost,
            **_travel(night),
        }
        for night in whole.nights
    ]
    return [*rides, *nights]


def _travel(row: Night | Ride) -> dict[str, int]:
    return {"travel_minutes": row.travel_minutes, "travel_metres": row.travel_metres}
