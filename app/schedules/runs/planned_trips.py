"""The gate to the planning core for trips that are stored: they become part of a problem again, to be judged by today's
facts, or to be told to whoever plans anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime
from zoneinfo import ZoneInfo

from app.errors import Conflict, FieldProblem
from app.languages import joined, said
from app.schedules.runs.journey_ids import code_of
from app.schedules.runs.trips_model import key_of
from app.schedules.trips.models import Ride as StoredRide
from app.schedules.trips.reading import WholeTrip
from app.travel.legs import PlaceKey
from solver.contract.instance import NEXT_FORMAT, Instance, Point, Window
from solver.contract.journeys import Connection, Lodging, Night, Ride, Station
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place, Travel


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A stored visit on a date of a trip, by codes; `start` in minutes after local midnight."""

    team: str
    date: Day
    site: str
    start: int
    travel: tuple[int, int]
    """Minutes and metres from the place before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrips:
    """A problem with the trips that were planned, the rows that say so, and the ways that they took."""

    instance: Instance
    nights: tuple[Night, ...]
    rides: tuple[Ride, ...]
    leg: Callable[[Place, Place], tuple[int, int]] | None
    """None: no trip, and the ways are those of the problem."""


def with_planned_trips(
    instance: Instance, trips: Sequence[tuple[str, WholeTrip]], visits: Sequence[PlannedVisit], zone: ZoneInfo
) -> PlannedTrips:
    """How stored trips, each with the code of its team, are judged by today's facts.

    Their lodgings and connections are as they were planned, and so are the ways to them and from them: what has changed
    about those is told of the trip (`app.schedules.trips.judging`). Everything else is today's."""
    if not trips:
        return PlannedTrips(instance=instance, nights=(), rides=(), leg=None)
    laid = _Laid(instance, visits, zone)
    for team, whole in trips:
        laid.add(team, whole)
    travel = Travel(instance.travel)

    def leg(origin: Place, target: Place) -> tuple[int, int]:
        planned = laid.legs.get((key_of(origin), key_of(target)))
        return travel.leg(origin, target) if planned is None else planned

    return PlannedTrips(
        instance=replace(
            instance,
            format=NEXT_FORMAT,
            lodgings=tuple(laid.lodgings.values()),
            stations=tuple(laid.stations),
            connections=tuple(laid.connections),
            teams=tuple(
                replace(team, max_nights=len(instance.dates) * _A_WEEK, rest_days=0, away_shift=laid.shifts[team.id])
                if team.id in laid.shifts
                else team
                for team in instance.teams
            ),
        ),
        nights=tuple(laid.nights),
        rides=tuple(laid.rides),
        leg=leg,
    )


_A_WEEK = 366
"""More calendar nights than lie between two dates: how long a trip may be was judged when it was planned."""


class _Laid:
    """Stored trips as rows of a problem of other dates, with stations of their own."""

    def __init__(self, instance: Instance, visits: Sequence[PlannedVisit], zone: ZoneInfo) -> None:
        self.lodgings: dict[str, Lodging] = {}
        self.stations: list[Station] = []
        self.connections: list[Connection] = []
        self.nights: list[Night] = []
        self.rides: list[Ride] = []
        self.legs: dict[tuple[PlaceKey, PlaceKey], tuple[int, int]] = {}
        self.shifts: dict[str, Window] = {}
        self._dates, self._zone = instance.dates, zone
        self._open = tuple(True for _ in instance.dates)
        self._visits = visits

    def add(self, team: str, whole: WholeTrip) -> None:
        shift = Window(open=whole.trip.shift_start, close=whole.trip.shift_end)
        known = self.shifts.get(team, shift)
        self.shifts[team] = Window(open=min(shift.open, known.open), close=max(shift.close, known.close))
        for night in whole.nights:
            self._lodging(night.lodging_code, night.lodging_name)
            # A date on which only others work is one more night there.
            self.nights += [
                Night(team=team, date=day, lodging=f"lodging:{night.lodging_code}")
                for day in self._dates
                if night.date <= day < night.until
            ]
        for ride in whole.rides:
            self._connection(team, ride)
        for day in self._dates:
            if whole.trip.starts_on <= day <= whole.trip.ends_on:
                self._walk(team, whole, day)

    def _walk(self, team: str, whole: WholeTrip, day: Day) -> None:
        """Note the ways of a day that lead to a lodging or a station, or away from it."""
        before, after = whole.night_before(day), whole.night_after(day)
        here: PlaceKey = ("team", team) if before is None else ("lodging", before.lodging_code)
        stops: list[tuple[int, StoredRide | PlannedVisit]] = [
            (self._minute(ride.starts_at), ride) for ride in whole.rides_on(day)
        ]
        stops += [(visit.start, visit) for visit in self._visits if (visit.team, visit.date) == (team, day)]
        for _, stop in sorted(stops, key=lambda pair: pair[0]):
            if isinstance(stop, StoredRide):
                self._leg(here, _station(stop, "from"), (stop.travel_minutes, stop.travel_metres))
                here = _station(stop, "to")
            else:
                self._leg(here, ("site", stop.site), stop.travel)
                here = ("site", stop.site)
        if after is not None and after.date == day:
            self._leg(here, ("lodging", after.lodging_code), (after.travel_minutes, after.travel_metres))
        elif after is None:
            self._leg(here, ("team", team), (whole.trip.back_travel_minutes, whole.trip.back_travel_metres))

    def _leg(self, origin: PlaceKey, target: PlaceKey, way: tuple[int, int]) -> None:
        if {origin[0], target[0]} & {"lodging", "station"}:
            self.legs[origin, target] = way

    def _lodging(self, code: str, name: str) -> None:
        self.lodgings[code] = Lodging(
            id=f"lodging:{code}",
            name=name,
            place=_NOWHERE,
            zone="",
            cost_per_night=0,
            max_teams=None,
            open_dates=self._open,
        )

    def _connection(self, team: str, ride: StoredRide) -> None:
        start = self._minute(ride.starts_at)
        for end in ("from", "to"):
            self.stations.append(Station(id=f"station:{_station(ride, end)[1]}", name="", place=_NOWHERE, zone=""))
        self.connections.append(
            Connection(
                id=f"connection:{ride.id}",
                origin=f"station:{_station(ride, 'from')[1]}",
                target=f"station:{_station(ride, 'to')[1]}",
                departs=Window(open=start, close=start),
                minutes=int((ride.ends_at - ride.starts_at).total_seconds()) // 60,
                fare=0,
                max_teams=None,
                run_dates=self._open,
            )
        )
        self.rides.append(Ride(team=team, date=ride.date, connection=f"connection:{ride.id}", start=start))

    def _minute(self, moment: datetime) -> int:
        local = moment.astimezone(self._zone)
        return local.hour * 60 + local.minute


_NOWHERE = Point(lat=0.0, lon=0.0)
"""Every way to such a place is given."""


def _station(ride: StoredRide, end: str) -> PlaceKey:
    return "station", f"{ride.id}/{end}"


def rows_of_trips(instance: Instance, trips: Sequence[tuple[str, WholeTrip]], zone: ZoneInfo) -> Rows:
    """What stored trips, each with the code of its team, say of nights and rides, as far as an instance knows them."""
    lodgings = {code_of(lodging.id): lodging.id for lodging in instance.lodgings}
    connections = {code_of(connection.id): connection.id for connection in instance.connections}
    dates = set(instance.dates)
    return Rows(
        nights=tuple(
            Night(team=team, date=day, lodging=lodgings[night.lodging_code])
            for team, whole in trips
            for night in whole.nights
            if night.lodging_code in lodgings
            # A date on which only others work is one more night there.
            for day in instance.dates
            if night.date <= day < night.until
        ),
        rides=tuple(
            Ride(
                team=team,
                date=ride.date,
                connection=connections[ride.connection_code],
                start=(local := ride.starts_at.astimezone(zone)).hour * 60 + local.minute,
            )
            for team, whole in trips
            for ride in whole.rides
            if ride.connection_code in connections and ride.date in dates
        ),
    )


class PinnedTripBroken(Conflict):
    """A pinned trip of the published plan is no longer possible."""


def with_pinned_trips(instance: Instance, trips: Sequence[tuple[str, WholeTrip]], zone: ZoneInfo) -> Instance:
    """The instance that asks for the nights and rides of pinned trips, as far as it knows them."""
    if not trips:
        return instance
    known = {team.id for team in instance.teams}
    rows = rows_of_trips(instance, [(team, whole) for team, whole in trips if team in known], zone)
    return replace(instance, pinned_nights=rows.nights, pinned_rides=rows.rides)


def refuse_lost_pins(instance: Instance, trips: Sequence[tuple[str, WholeTrip]]) -> None:
    """Raise `PinnedTripBroken` for pinned trips of which the instance does not know a lodging, a connection, a team or
    the date of a ride any more."""
    lodgings = {code_of(lodging.id) for lodging in instance.lodgings}
    connections = {code_of(connection.id) for connection in instance.connections}
    teams, dates = {team.id for team in instance.teams}, set(instance.dates)
    problems = []
    for team, whole in trips:
        lost = [night.lodging_name for night in whole.nights if night.lodging_code not in lodgings]
        lost += [
            f"{ride.origin_name} – {ride.target_name}"
            for ride in whole.rides
            if ride.connection_code not in connections or ride.date not in dates
        ]
        if team not in teams:
            lost.append(team)
        if lost:
            problems.append(pinned_trip_problem("/trips", team, whole, joined(*dict.fromkeys(lost), by=", ")))
    if problems:
        raise pinned_trip_broken(problems)


def pinned_trip_problem(pointer: str, team: str, whole: WholeTrip, lost: object) -> FieldProblem:
    """What is lost of one pinned trip."""
    return FieldProblem(
        pointer=pointer,
        detail=said(
            "The trip of team {team} from {first} to {last} needs what is not there any more on its dates: {lost}.",
            "Perjalanan tim {team} dari {first} sampai {last} memerlukan yang tidak ada lagi pada harinya: {lost}.",
            team=team,
            first=whole.trip.starts_on,
            last=whole.trip.ends_on,
            lost=lost,
        ),
        value=whole.trip.id,
        mend=MEND_OF_PINS,
    )


MEND_OF_PINS = said(
    "Unpin the trip (PATCH /v1/trips/{id}), or undo the change that forbids it.",
    "Lepaskan sematan perjalanan ini (PATCH /v1/trips/{id}), atau batalkan perubahan yang menghalanginya.",
)


def pinned_trip_broken(problems: Sequence[FieldProblem]) -> PinnedTripBroken:
    return PinnedTripBroken(
        said(
            "Pinned trips can no longer be as they are. {words}",
            "Perjalanan tersemat tidak dapat lagi dilaksanakan apa adanya. {words}",
            words=joined(*(problem.detail for problem in problems[:3]), by=" "),
        ),
        problems=problems,
    )
