"""Which trips a plan takes out of force and which it puts in: each as a whole, so that nobody who has left is called
home by another plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.languages import said
from app.schedules.models import Schedule, Visit
from app.schedules.standing_results import is_reported
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import WholeTrip, trip_on, trips_in_force, trips_of, whole_trips
from app.teams.models import Team


class TeamAway(Conflict):
    """A team is on a trip that stays as it is, and the plan has it elsewhere on these dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripExchange:
    """What becomes of trips when a schedule is published."""

    leaving: tuple[WholeTrip, ...]
    """In force, and planned anew by the schedule."""
    entering: tuple[WholeTrip, ...]
    """Of the schedule."""
    staying: tuple[WholeTrip, ...]
    """In force, and no plan moves them: begun, reported on, or not over when the schedule's period ends."""
    too_late: tuple[WholeTrip, ...]
    """Of the schedule, and begun by now: they do not enter, nor do their visits."""

    def holds(self, visit: Visit) -> bool:
        """Whether a visit in force stays because its trip does."""
        return trip_on(self.staying, visit.team_id, visit.date) is not None

    def is_too_late_for(self, visit: Visit) -> bool:
        """Whether a visit of the schedule is part of a trip that does not enter."""
        return trip_on(self.too_late, visit.team_id, visit.date) is not None


def trip_exchange(session: Session, schedule: Schedule, *, since: datetime) -> TripExchange:
    """What publishing a schedule makes of trips; those that begin before `since` stay as they are."""
    around = whole_trips(
        session,
        trips_in_force(
            schedule.district_code,
            first=schedule.first_date,
            last=schedule.period_end,
            document=schedule.document,
        ),
    )
    reported = _reported(session, schedule, around)
    begun = [whole for whole in around if whole.trip.leaves_at < since or whole.trip.id in reported]
    staying = [*begun, *(whole for whole in around if whole not in begun and whole.trip.ends_on > schedule.period_end)]
    known = {whole.identity for whole in begun}
    own = trips_of(session, schedule)
    too_late = [whole for whole in own if whole.trip.leaves_at < since or whole.identity in known]
    return TripExchange(
        leaving=tuple(whole for whole in around if whole not in staying),
        entering=tuple(whole for whole in own if whole not in too_late),
        staying=tuple(staying),
        too_late=tuple(too_late),
    )


def _reported(session: Session, schedule: Schedule, trips: Sequence[WholeTrip]) -> set[int]:
    """Ids of the trips in force of which a result is known."""
    if not trips:
        return set()
    during = exists().where(
        Visit.team_id == Trip.team_id,
        Visit.date.between(Trip.starts_on, Trip.ends_on),
        Visit.in_force,
        Visit.schedule_id == Schedule.id,
        Schedule.document == schedule.document,
        is_reported(),
    )
    ids = [whole.trip.id for whole in trips]
    return set(session.scalars(select(Trip.id).where(Trip.id.in_(ids), during)))


def exchange_trips(session: Session, exchanged: TripExchange, *, now: datetime) -> None:
    """Put trips into force that take the place of those that left; their visits are exchanged by then."""
    before = {whole.identity: whole for whole in exchanged.leaving}
    for whole in exchanged.entering:
        trip, earlier = whole.trip, before.get(whole.identity)
        trip.in_force = True
        trip.published_at = trip.changed_at = now
        if earlier is not None:
            is_same = shown(whole) == shown(earlier)
            trip.uid = earlier.trip.uid
            trip.sequence = earlier.trip.sequence + (0 if is_same else 1)
            trip.changed_at = earlier.trip.changed_at if is_same else now
            trip.pinned = trip.pinned or earlier.trip.pinned
    session.flush()
    _refresh(session, exchanged.entering)


def withdraw_trips(session: Session, exchanged: TripExchange, *, now: datetime) -> None:
    """Take the trips out of force that the plan replaces; the caller flushes before others enter."""
    kept = {whole.identity for whole in exchanged.entering}
    for whole in exchanged.leaving:
        whole.trip.in_force = False
        if whole.identity not in kept:
            whole.trip.withdrawn_at = whole.trip.changed_at = now
            whole.trip.sequence += 1
    session.flush()
    _refresh(session, exchanged.leaving)


def _refresh(session: Session, trips: Sequence[WholeTrip]) -> None:
    """The database puts nights and rides in force with their trip, and out of it."""
    for whole in trips:
        for row in (*whole.nights, *whole.rides):
            session.expire(row, ["in_force"])


def refuse_absent(session: Session, exchanged: TripExchange, entering: Sequence[Visit]) -> None:
    """Raise `TeamAway` where a team would be in two places: on a trip, and at a visit or on another trip.

    What leaves is out of force by then, and what enters not in force yet."""
    for visit in entering:
        away = trip_on(exchanged.staying, visit.team_id, visit.date)
        if away is not None:
            raise _team_away(session, away.trip, visit.date)
    for whole in exchanged.entering:
        for other in exchanged.staying:
            if other.covers(whole.trip.team_id, whole.trip.starts_on) or whole.covers(
                other.trip.team_id, other.trip.starts_on
            ):
                raise _team_away(session, other.trip, max(whole.trip.starts_on, other.trip.starts_on))
    _refuse_strangers(session, exchanged, entering)


def _refuse_strangers(session: Session, exchanged: TripExchange, entering: Sequence[Visit]) -> None:
    """Raise `TeamAway` for what is in force and no part of the exchange, such as another document's plan."""
    clash = (
        select(Trip, Visit.date)
        .join(Visit, Visit.team_id == Trip.team_id)
        .where(Visit.starts_at < Trip.back_at, Visit.ends_at > Trip.leaves_at)
        .order_by(Visit.starts_at)
        .limit(1)
    )
    new_trips = Trip.id.in_([whole.trip.id for whole in exchanged.entering])
    clashing = session.execute(clash.where(new_trips, Visit.in_force)).first()
    if clashing is not None:
        raise _team_elsewhere(session, *clashing)
    clashing = session.execute(clash.where(Trip.in_force, Visit.id.in_([visit.id for visit in entering]))).first()
    if clashing is not None:
        raise _team_away(session, *clashing)


def shown(whole: WholeTrip) -> tuple[object, ...]:
    """Everything of a trip that its calendar entry tells (`app.schedules.announcements.trip_entries`)."""
    trip = whole.trip
    return (
        *(trip.ends_on, trip.leaves_at, trip.back_at),
        tuple(
            (night.date, night.until, night.lodging_name, night.lat, night.lon, night.arrives_at)
            for night in whole.nights
        ),
        tuple(
            (ride.starts_at, ride.ends_at, ride.arrives_at, ride.way, ride.origin_name, ride.target_name)
            for ride in whole.rides
        ),
    )


def _team_away(session: Session, trip: Trip, day: date) -> TeamAway:
    return TeamAway(
        said(
            "Team {team} is on a trip from {first} to {last} that stays as it is, but the plan needs it elsewhere on "
            "{day}. Plan again from the day after the trip, or give the team leave until then.",
            "Tim {team} dalam perjalanan dari {first} sampai {last} yang tetap berlaku, padahal rencana ini "
            "menugaskannya di tempat lain pada {day}. Susun ulang mulai sehari sesudah perjalanan itu, atau catat tim "
            "itu sebagai tidak bertugas sampai saat itu.",
            team=session.get_one(Team, trip.team_id).code,
            first=trip.starts_on,
            last=trip.ends_on,
            day=day,
        )
    )


def _team_elsewhere(session: Session, trip: Trip, day: date) -> TeamAway:
    return TeamAway(
        said(
            "Team {team} is to be on a trip from {first} to {last}, but has a visit on {day} that stays in force, as "
            "of another document's plan. Plan one of both again without the team on those dates.",
            "Tim {team} direncanakan dalam perjalanan dari {first} sampai {last}, padahal kunjungannya pada {day} "
            "tetap berlaku, misalnya dari rencana dokumen lain. Susun ulang salah satunya tanpa tim itu.",
            team=session.get_one(Team, trip.team_id).code,
            first=trip.starts_on,
            last=trip.ends_on,
            day=day,
        )
    )
