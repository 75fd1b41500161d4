"""The questions about trips that several parts ask the database: of a plan, and of the plan in force."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.schedules.models import Schedule, Visit
from app.schedules.trips.models import Night, Ride, Trip


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTrip:
    """A trip with its nights and rides, in order."""

    trip: Trip
    nights: tuple[Night, ...]
    rides: tuple[Ride, ...]

    def covers(self, team_id: int, day: date) -> bool:
        """Whether the team is on this trip on a date."""
        return self.trip.team_id == team_id and self.trip.starts_on <= day <= self.trip.ends_on

    @property
    def calendar_nights(self) -> int:
        return sum(night.calendar_nights for night in self.nights)

    @property
    def cost(self) -> int:
        """Rupiah for nights and fares."""
        return sum(night.cost for night in self.nights) + sum(ride.fare for ride in self.rides)

    @property
    def metres(self) -> int:
        """On the way to lodgings and boats and from the last of them to the base; those to visits are told there."""
        nights = sum(night.travel_metres for night in self.nights)
        return nights + sum(ride.travel_metres for ride in self.rides) + self.trip.back_travel_metres

    def night_after(self, day: date) -> Night | None:
        """Where the team sleeps after a date, also one on which it does not work."""
        return next((night for night in self.nights if night.date <= day < night.until), None)

    def night_before(self, day: date) -> Night | None:
        """Where the team wakes up on a date."""
        return next((night for night in self.nights if night.date < day <= night.until), None)

    def rides_on(self, day: date) -> tuple[Ride, ...]:
        return tuple(ride for ride in self.rides if ride.date == day)

    def reaches_end_at(self, day: date) -> datetime | None:
        """When a date of the trip ends, at its lodging or at the base; None of one on which nobody moves."""
        night = self.night_after(day)
        if night is not None:
            return night.arrives_at if night.date == day else None
        return self.trip.back_at if day == self.trip.ends_on else None

    @property
    def working_dates(self) -> frozenset[date]:
        """The dates on which the team works on this trip; between a Friday and a Monday away it may rest."""
        nights = {day for night in self.nights for day in (night.date, night.until)}
        return frozenset({self.trip.starts_on, self.trip.ends_on, *nights, *(ride.date for ride in self.rides)})

    @property
    def identity(self) -> tuple[int, date]:
        """What makes two trips the same one in two plans: the team, and the date on which it leaves."""
        return self.trip.team_id, self.trip.starts_on


def whole_trips(session: Session, query: Select[Trip]) -> list[WholeTrip]:
    """The trips of a query, in its order, each with its nights and rides."""
    trips = session.scalars(query).all()
    ids = [trip.id for trip in trips]
    nights: dict[int, list[Night]] = defaultdict(list)
    rides: dict[int, list[Ride]] = defaultdict(list)
    if ids:
        for night in session.scalars(select(Night).where(Night.trip_id.in_(ids)).order_by(Night.date)):
            nights[night.trip_id].append(night)
        for ride in session.scalars(select(Ride).where(Ride.trip_id.in_(ids)).order_by(Ride.starts_at)):
            rides[ride.trip_id].append(ride)
    return [WholeTrip(trip=trip, nights=tuple(nights[trip.id]), rides=tuple(rides[trip.id])) for trip in trips]


def trips_of(session: Session, schedule: Schedule) -> list[WholeTrip]:
    """All trips of a schedule, in force or not."""
    return whole_trips(
        session,
        select(Trip).where(Trip.schedule_id == schedule.id).order_by(Trip.starts_on, Trip.team_id),
    )


def list_trips(session: Session, schedule: Schedule, *, after_id: int, limit: int) -> list[WholeTrip]:
    """Trips of a schedule in the order in which they were stored."""
    query = select(Trip).where(Trip.schedule_id == schedule.id, Trip.id > after_id).order_by(Trip.id).limit(limit)
    return whole_trips(session, query)


def list_nights(session: Session, schedule: Schedule, *, after_id: int, limit: int) -> Sequence[Night]:
    """Likewise its nights."""
    query = select(Night).where(Night.schedule_id == schedule.id, Night.id > after_id).order_by(Night.id)
    return session.scalars(query.limit(limit)).all()


def list_rides(session: Session, schedule: Schedule, *, after_id: int, limit: int) -> Sequence[Ride]:
    """Likewise its rides."""
    query = select(Ride).where(Ride.schedule_id == schedule.id, Ride.id > after_id).order_by(Ride.id)
    return session.scalars(query.limit(limit)).all()


def trips_in_force(district_code: str, *, first: date, last: date, document: str | None = None) -> Select[Trip]:
    """Trips of the published plan with a date among these; `document`: of its plan alone."""
    query = select(Trip).where(
        Trip.district_code == district_code, Trip.in_force, Trip.starts_on <= last, Trip.ends_on >= first
    )
    if document is not None:
        query = query.join(Schedule, Schedule.id == Trip.schedule_id).where(Schedule.document == document)
    return query.order_by(Trip.starts_on, Trip.team_id, Trip.id)


def trips_of_visits(session: Session, visits: Iterable[Visit]) -> list[WholeTrip]:
    """The trips that these visits are part of, each of the visit's own plan."""
    wanted: dict[int, set[int]] = defaultdict(set)
    dates = []
    for visit in visits:
        wanted[visit.schedule_id].add(visit.team_id)
        dates.append(visit.date)
    if not dates:
        return []
    around = whole_trips(
        session,
        select(Trip)
        .where(Trip.schedule_id.in_(wanted), Trip.starts_on <= max(dates), Trip.ends_on >= min(dates))
        .order_by(Trip.starts_on, Trip.team_id),
    )
    return [whole for whole in around if whole.trip.team_id in wanted[whole.trip.schedule_id]]


def trip_ids(session: Session, visits: Sequence[Visit]) -> dict[int, int]:
    """The ids of the trips that visits are part of, by the visit's id."""
    rows = session.execute(
        select(Visit.id, Trip.id)
        .join(
            Trip,
            and_(
                Trip.schedule_id == Visit.schedule_id,
                Trip.team_id == Visit.team_id,
                Visit.date.between(Trip.starts_on, Trip.ends_on),
            ),
        )
        .where(Visit.id.in_([visit.id for visit in visits]))
    )
    return {row[0]: row[1] for row in rows}


def trip_on(trips: Iterable[WholeTrip], team_id: int, day: date) -> WholeTrip | None:
    """The trip that a team is on on a date."""
    return next((whole for whole in trips if whole.covers(team_id, day)), None)


def pins_of_draft(session: Session, schedule: Schedule) -> Collection[tuple[int, date]]:
    """The pinned trips of a draft, by team and first date; before it has any, of the plan that it is a copy of."""
    own = select(Trip.team_id, Trip.starts_on, Trip.pinned).where(Trip.schedule_id == schedule.id)
    rows = session.execute(own).all()
    if not rows and schedule.copied_from_id is not None:
        of_base = select(Trip.team_id, Trip.starts_on, Trip.pinned).where(Trip.schedule_id == schedule.copied_from_id)
        rows = session.execute(of_base).all()
    return {(row.team_id, row.starts_on) for row in rows if row.pinned}
