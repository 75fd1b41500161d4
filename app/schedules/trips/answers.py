"""Stored trips in the shape of the API's answers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.service import get_district
from app.schedules.trips.changes import TripChanges
from app.schedules.trips.judging import JudgedTrip
from app.schedules.trips.models import Night, Ride
from app.schedules.trips.reading import WholeTrip
from app.schedules.trips.schemas import (
    ChangedTripOut,
    NightLodgingOut,
    NightOut,
    RideOut,
    TripCauseOut,
    TripChangesOut,
    TripConflictOut,
    TripOut,
    TripPlaceOut,
    TripTeamOut,
)
from app.teams.models import Team
from app.travel.models import LegSource, Way


class ShownTrips:
    """Trips of one district as they are shown, with the names of their teams looked up together."""

    def __init__(self, session: Session, district_code: str) -> None:
        teams = session.execute(select(Team.id, Team.code, Team.name).where(Team.district_code == district_code))
        self._teams: Mapping[int, TripTeamOut] = {row.id: TripTeamOut(code=row.code, name=row.name) for row in teams}
        self._zone = ZoneInfo(get_district(session, district_code).time_zone)

    def local(self, moment: datetime) -> datetime:
        """A moment on the district's clocks."""
        return moment.astimezone(self._zone)

    def team(self, whole: WholeTrip) -> TripTeamOut:
        return self._teams[whole.trip.team_id]

    def trip(self, whole: WholeTrip) -> TripOut:
        trip, zone = whole.trip, self._zone
        return TripOut(
            id=trip.id,
            uid=str(trip.uid),
            team=self._teams[trip.team_id],
            starts_on=trip.starts_on,
            ends_on=trip.ends_on,
            leaves_at=trip.leaves_at.astimezone(zone),
            back_at=trip.back_at.astimezone(zone),
            back_travel_minutes=trip.back_travel_minutes,
            back_travel_metres=trip.back_travel_metres,
            back_travel_source=LegSource(trip.back_source),
            back_travel_way=_way(trip.back_way),
            calendar_nights=whole.calendar_nights,
            cost=whole.cost,
            nights=[self.night(night) for night in whole.nights],
            rides=[self.ride(ride) for ride in whole.rides],
            pinned=trip.pinned,
            in_force=trip.in_force,
            published_at=trip.published_at,
            withdrawn_at=trip.withdrawn_at,
            sequence=trip.sequence,
        )

    def night(self, night: Night) -> NightOut:
        return NightOut(
            trip_id=night.trip_id,
            team=self._teams[night.team_id],
            date=night.date,
            until=night.until,
            nights=night.calendar_nights,
            lodging=NightLodgingOut(code=night.lodging_code, name=night.lodging_name, lat=night.lat, lon=night.lon),
            arrives_at=night.arrives_at.astimezone(self._zone),
            travel_minutes=night.travel_minutes,
            travel_metres=night.travel_metres,
            travel_source=LegSource(night.travel_source),
            travel_way=_way(night.travel_way),
            cost=night.cost,
            in_force=night.in_force,
        )

    def ride(self, ride: Ride) -> RideOut:
        return RideOut(
            trip_id=ride.trip_id,
            team=self._teams[ride.team_id],
            date=ride.date,
            connection=ride.connection_code,
            way=_way(ride.way),
            origin=TripPlaceOut(name=ride.origin_name, lat=ride.origin_lat, lon=ride.origin_lon),
            target=TripPlaceOut(name=ride.target_name, lat=ride.target_lat, lon=ride.target_lon),
            arrives_at=ride.arrives_at.astimezone(self._zone),
            starts_at=ride.starts_at.astimezone(self._zone),
            ends_at=ride.ends_at.astimezone(self._zone),
            travel_minutes=ride.travel_minutes,
            travel_metres=ride.travel_metres,
            travel_source=LegSource(ride.travel_source),
            travel_way=_way(ride.travel_way),
            fare=ride.fare,
            in_force=ride.in_force,
        )

    def conflict(self, judged: JudgedTrip) -> TripConflictOut:
        return TripConflictOut(
            trip=self.trip(judged.whole),
            causes=[
                TripCauseOut(code=obstacle.code, message=obstacle.message, way_out=obstacle.way_out)
                for obstacle in judged.obstacles
            ],
        )

    def changes(self, changes: TripChanges) -> TripChangesOut:
        def all_of(trips: Iterable[WholeTrip]) -> list[TripOut]:
            return [self.trip(whole) for whole in trips]

        return TripChangesOut(
            added=all_of(changes.added),
            withdrawn=all_of(changes.withdrawn),
            changed=[
                ChangedTripOut(before=self.trip(was), after=self.trip(becomes)) for was, becomes in changes.changed
            ],
            unchanged=changes.unchanged,
        )


def _way(value: str | None) -> Way | None:
    return None if value is None else Way(value)
