"""Trips, nights and rides as the API shows them; times are in the district's zone, names as the plan was made."""

import datetime
from collections.abc import Sequence

from pydantic import BaseModel, Field

from app.payloads import Incoming
from app.schedules.obstacle_words import ObstacleCode
from app.travel.models import LegSource, Way
from app.words import Text


class TripTeamOut(BaseModel):
    code: str
    name: str


class TripPlaceOut(BaseModel):
    """A harbour, an airstrip, a site or a lodging at which a ride begins or ends."""

    name: str
    lat: float | None
    lon: float | None


class NightLodgingOut(TripPlaceOut):
    """Where a team sleeps."""

    code: str


class NightOut(BaseModel):
    """A team sleeps away after `date`, until it sets out from there on `until`."""

    trip_id: int
    team: TripTeamOut
    date: datetime.date
    until: datetime.date = Field(description="The next working date: from a Friday to a Monday it sleeps there thrice.")
    nights: int = Field(description="Calendar nights from `date` to `until`.")
    lodging: NightLodgingOut
    arrives_at: datetime.datetime
    travel_minutes: int = Field(description="From the last stop of the day, or from where it began.")
    travel_metres: int
    travel_source: LegSource
    travel_way: Way | None
    cost: int = Field(description="Rupiah for all these nights.")
    in_force: bool


class RideOut(BaseModel):
    """A boat or plane that a team takes."""

    trip_id: int
    team: TripTeamOut
    date: datetime.date
    connection: str = Field(description="Code of the connection.")
    way: Way | None = Field(description="Null: not said.")
    origin: TripPlaceOut
    target: TripPlaceOut
    arrives_at: datetime.datetime = Field(description="When the team is where it leaves from.")
    starts_at: datetime.datetime = Field(description="When it leaves.")
    ends_at: datetime.datetime
    travel_minutes: int = Field(description="From the stop before, or from where the day began.")
    travel_metres: int
    travel_source: LegSource
    travel_way: Way | None
    fare: int = Field(description="Rupiah for the whole team.")
    in_force: bool


class TripOut(BaseModel):
    """From a team's base and back, with nights away, boats or planes; its visits bear its `trip_id`."""

    id: int
    uid: str = Field(description="Of its calendar entry; a plan in which the team leaves on the same date keeps it.")
    team: TripTeamOut
    starts_on: datetime.date
    ends_on: datetime.date
    leaves_at: datetime.datetime
    back_at: datetime.datetime
    back_travel_minutes: int = Field(description="The last leg, to the base.")
    back_travel_metres: int
    back_travel_source: LegSource
    back_travel_way: Way | None
    calendar_nights: int
    cost: int = Field(description="Rupiah for nights and fares.")
    nights: Sequence[NightOut]
    rides: Sequence[RideOut]
    pinned: bool = Field(description="Every plan to come keeps it whole; `PATCH /v1/trips/{id}`.")
    in_force: bool
    published_at: datetime.datetime | None
    withdrawn_at: datetime.datetime | None
    sequence: int


class TripPatch(Incoming):
    pinned: bool = Field(description="A pinned trip stays as it is in every plan to come, with its visits.")


class ChangedTripOut(BaseModel):
    before: TripOut
    after: TripOut


class TripChangesOut(BaseModel):
    """Who is sent on a trip, who is called home, and whose trip is another one; by team and the date it leaves."""

    added: Sequence[TripOut]
    withdrawn: Sequence[TripOut]
    changed: Sequence[ChangedTripOut]
    unchanged: int


class TripCauseOut(BaseModel):
    """One thing that speaks against a trip, and the way out."""

    code: ObstacleCode
    message: Text
    way_out: Text


class TripConflictOut(BaseModel):
    """A trip in force that something stored today speaks against; over when that goes away."""

    trip: TripOut
    causes: Sequence[TripCauseOut]
