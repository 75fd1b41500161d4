"""The gate to the planning core for nights away and rides: what a plan says of them becomes trips, with the names,
places and prices that it was made with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from itertools import groupby

from app.schedules.runs.journey_ids import code_of
from app.travel.legs import PlaceKey
from solver.contract.book import Book, RideStop, Stop, TeamDay, nights_after, open_book
from solver.contract.instance import Instance, Point, Site, Team
from solver.contract.journal import open_journal
from solver.contract.journeys import Lodging, Station
from solver.contract.plan import Plan
from solver.contract.travel import Place

VisitKey = tuple[str, Day, str]
"""Team, date and site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripPlace:
    """Where a team sleeps, or a ride begins or ends; without coordinates where the problem tells ways from a table
    alone."""

    key: PlaceKey
    name: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedNight:
    """A night of a plan, by code; `arrives_at` in minutes after local midnight."""

    date: Day
    until: Day
    """The next date of the problem."""
    lodging: str
    place: TripPlace
    cost: int
    """Rupiah for all its calendar nights."""
    arrives_at: int
    travel_minutes: int
    travel_metres: int
    came_from: PlaceKey
    goes_to: PlaceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRide:
    """A ride of a plan, by code; times in minutes after local midnight."""

    date: Day
    connection: str
    origin: TripPlace
    target: TripPlace
    arrives_at: int
    start: int
    ends_at: int
    fare: int
    travel_minutes: int
    travel_metres: int
    came_from: PlaceKey
    goes_to: PlaceKey
    """Where the team boards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTrip:
    """From the base and back: a longest run of nights away, or a date with rides alone; times as of a ride."""

    team: str
    starts_on: Day
    ends_on: Day
    leaves_at: int
    """On `starts_on`."""
    back_at: int
    """On `ends_on`."""
    back_travel_minutes: int
    back_travel_metres: int
    back_from: PlaceKey
    shift: tuple[int, int]
    nights: tuple[CheckedNight, ...]
    rides: tuple[CheckedRide, ...]
    is_pinned: bool
    """The problem asks for all its nights and rides."""

    def covers(self, team: str, day: Day) -> bool:
        return self.team == team and self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True, kw_only=True)
class TripsOfPlan:
    """What nights and rides make of a plan; empty where it has none of them."""

    trips: tuple[CheckedTrip, ...] = ()
    came_from: Mapping[VisitKey, PlaceKey] = field(default_factory=dict)
    """Of every visit of a trip: the place before it on that date."""
    ends: Mapping[tuple[str, Day], Place] = field(default_factory=dict)
    """Where each date of a trip ends: a lodging, or the base."""


def trips_of_plan(instance: Instance, plan: Plan) -> TripsOfPlan:
    """The trips of a plan, and the ends of the ways of their visits; what the instance does not know is left out."""
    if not plan.rows.nights and not plan.rows.rides:
        return TripsOfPlan()
    book = open_book(instance, plan.visits, journal=open_journal(instance, plan.rows))
    walks = [walk for walk in (_Walk(book, day) for day in book.team_days) if walk.is_of_a_trip]
    return TripsOfPlan(
        trips=tuple(_trip(book, days) for days in _trips(walks)),
        came_from={key: came_from for walk in walks for key, came_from in walk.visits_from()},
        ends={(walk.day.team.id, walk.day.date): walk.end for walk in walks},
    )


class _Walk:
    """A team's day with the places that it leads over."""

    def __init__(self, book: Book, day: TeamDay) -> None:
        beds = book.journal.beds
        self.day = day
        self.begin: Place = beds.get((day.team.id, day.date_index - 1), day.team)
        self.end: Place = beds.get((day.team.id, day.date_index), day.team)
        self._ends: dict[str, Place] = {site.id: site for site in book.instance.sites}
        self._ends |= {lodging.id: lodging for lodging in book.instance.lodgings}
        self._ends |= {station.id: station for station in book.instance.stations}

    @property
    def is_of_a_trip(self) -> bool:
        return bool(self.day.rides) or self.begin is not self.day.team or self.end is not self.day.team

    def steps(self) -> Iterator[tuple[Place, Stop | RideStop]]:
        """The stops in order, each with the place from which the team comes there."""
        here = self.begin
        # As the contract has it: of two that start together the ride comes first.
        stops: list[Stop | RideStop] = [*self.day.rides, *self.day.stops]
        for stop in sorted(stops, key=_start_of):
            yield here, stop
            here = stop.site if isinstance(stop, Stop) else self.place(stop.passage.connection.target)

    def place(self, place_id: str) -> Place:
        return self._ends[place_id]

    @property
    def last_place(self) -> Place:
        """From where the team goes to the end of its day."""
        here = self.begin
        for _, stop in self.steps():
            here = stop.site if isinstance(stop, Stop) else self.place(stop.passage.connection.target)
        return here

    def visits_from(self) -> Iterator[tuple[VisitKey, PlaceKey]]:
        for here, stop in self.steps():
            if isinstance(stop, Stop):
                yield (stop.visit.team, stop.visit.date, stop.visit.site), key_of(here)

    def rides(self) -> Iterator[CheckedRide]:
        for here, stop in self.steps():
            if isinstance(stop, RideStop):
                passage, connection = stop.passage, stop.passage.connection
                boarding = self.place(connection.origin)
                yield CheckedRide(
                    date=self.day.date,
                    connection=code_of(connection.id),
                    origin=_shown(boarding),
                    target=_shown(self.place(connection.target)),
                    arrives_at=stop.arrives_at,
                    start=passage.start,
                    ends_at=passage.ends_at,
                    fare=connection.fare,
                    travel_minutes=stop.travel_minutes,
                    travel_metres=stop.travel_metres,
                    came_from=key_of(here),
                    goes_to=key_of(boarding),
                )


def _start_of(stop: Stop | RideStop) -> tuple[int, bool, int]:
    if isinstance(stop, Stop):
        return stop.visit.start, True, stop.index
    return stop.passage.start, False, 0


def _trips(walks: Sequence[_Walk]) -> Iterator[list[_Walk]]:
    """The days of each trip: those of a team that a night joins."""
    for _, of_team in groupby(walks, key=lambda walk: walk.day.team.id):
        trip: list[_Walk] = []
        for walk in of_team:
            if trip and walk.begin is walk.day.team:
                yield trip
                trip = []
            trip.append(walk)
        yield trip


def _trip(book: Book, walks: Sequence[_Walk]) -> CheckedTrip:
    first, last = walks[0].day, walks[-1].day
    rides = tuple(ride for walk in walks for ride in walk.rides())
    return CheckedTrip(
        team=first.team.id,
        starts_on=first.date,
        ends_on=last.date,
        leaves_at=first.shift.open,
        back_at=last.back_at,
        back_travel_minutes=last.home_minutes,
        back_travel_metres=last.home_metres,
        back_from=key_of(walks[-1].last_place),
        shift=(first.shift.open, first.shift.close),
        nights=tuple(_night(book, walk, walk.end) for walk in walks if isinstance(walk.end, Lodging)),
        rides=rides,
        is_pinned=_is_pinned(book.instance, walks, rides),
    )


def _is_pinned(instance: Instance, walks: Sequence[_Walk], rides: Sequence[CheckedRide]) -> bool:
    nights = {(night.team, night.date, night.lodging) for night in instance.pinned_nights}
    ridden = {(ride.team, ride.date, code_of(ride.connection)) for ride in instance.pinned_rides}
    slept = {(walk.day.team.id, walk.day.date, walk.end.id) for walk in walks if isinstance(walk.end, Lodging)}
    team = walks[0].day.team.id
    return slept <= nights and {(team, ride.date, ride.connection) for ride in rides} <= ridden


def _night(book: Book, walk: _Walk, lodging: Lodging) -> CheckedNight:
    day, dates = walk.day, book.instance.dates
    return CheckedNight(
        date=day.date,
        until=dates[day.date_index + 1],
        lodging=code_of(lodging.id),
        place=_shown(lodging),
        cost=nights_after(dates, day.date_index) * lodging.cost_per_night,
        arrives_at=day.back_at,
        travel_minutes=day.home_minutes,
        travel_metres=day.home_metres,
        came_from=key_of(walk.last_place),
        goes_to=key_of(lodging),
    )


def key_of(place: Place) -> PlaceKey:
    """A place as the legs of a run name it (`app.travel.legs`)."""
    match place:
        case Site():
            return "site", place.id
        case Team():
            return "team", place.id
        case Lodging():
            return "lodging", code_of(place.id)
        case Station():
            return "station", code_of(place.id)


def _shown(place: Place) -> TripPlace:
    point = place.place if isinstance(place.place, Point) else None
    name = "" if isinstance(place, Team) else place.name
    return TripPlace(
        key=key_of(place),
        name=name or code_of(place.id),
        lat=None if point is None else point.lat,
        lon=None if point is None else point.lon,
    )
