"""What stands in the way of a trip by what is stored today: its team is off, or a lodging, a boat or a plane is not as
it was when the plan was made."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts import working_calendar
from app.districts.models import District
from app.schedules import obstacle_words
from app.schedules.models import Visit
from app.schedules.obstacle_words import Obstacle
from app.schedules.queries import visits_in_force
from app.schedules.trips.models import Ride
from app.schedules.trips.reading import WholeTrip, trips_in_force, whole_trips
from app.schedules.trips.today import WaysToday, ways_today
from app.teams import service as teams
from app.teams.models import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTrip:
    """A trip with its team, and all that stands in its way today; nothing if it holds."""

    whole: WholeTrip
    team: Team
    obstacles: tuple[Obstacle, ...]


def judge_trips(
    session: Session,
    district: District,
    trips: Sequence[WholeTrip],
    *,
    visited: Collection[tuple[int, date]],
) -> tuple[JudgedTrip, ...]:
    """Judge trips of one district by the facts of today, in the order given.

    `visited`: team-days with a visit, of which `app.schedules.obstacles` says whether the team works."""
    if not trips:
        return ()
    dates = sorted(frozenset().union(*(whole.working_dates for whole in trips)))
    days_off = working_calendar.days_off(session, district, dates[0], dates[-1])
    available = {going.team.id: going for going in teams.availability(session, district, dates, days_off)}
    ways, zone = ways_today(session, district.code, dates), ZoneInfo(district.time_zone)
    judged = []
    for whole in trips:
        going = available[whole.trip.team_id]
        works = dict(zip(dates, going.works_on, strict=True))
        off = [day for day in sorted(whole.working_dates) if not works[day]]
        free = [day for day in off if (whole.trip.team_id, day) not in visited]
        obstacles = (
            *(_team_off(going.team, whole, free[0], days_off) if free else ()),
            *_lodgings_changed(going.team, whole, ways),
            *_connections_changed(going.team, whole, ways, zone),
        )
        judged.append(JudgedTrip(whole=whole, team=going.team, obstacles=obstacles))
    return tuple(judged)


def trips_against(session: Session, district: District, *, now: datetime) -> list[JudgedTrip]:
    """Trips in force that are not over and that something stored today speaks against, by id."""
    today = districts.date_of(now, district)
    ahead = whole_trips(session, trips_in_force(district.code, first=today, last=date.max))
    if not ahead:
        return []
    last = max(whole.trip.ends_on for whole in ahead)
    days = session.execute(
        visits_in_force(district.code)
        .where(Visit.date.between(min(whole.trip.starts_on for whole in ahead), last))
        .with_only_columns(Visit.team_id, Visit.date)
    )
    judged = judge_trips(session, district, ahead, visited={(row.team_id, row.date) for row in days})
    against = [trip for trip in judged if trip.obstacles and trip.whole.trip.back_at > now]
    return sorted(against, key=lambda trip: trip.whole.trip.id)


def _names(team: Team, whole: WholeTrip, day: date) -> obstacle_words.Names:
    return {"team": team.name, "first": whole.trip.starts_on, "last": whole.trip.ends_on, "day": day}


def _team_off(team: Team, whole: WholeTrip, day: date, days_off: Mapping[date, str]) -> Iterator[Obstacle]:
    names = _names(team, whole, day)
    leave = next((absence for absence in team.leaves if absence.starts_on <= day <= absence.ends_on), None)
    if day in days_off:
        yield obstacle_words.day_off_on_trip(names, holiday=days_off[day])
    elif leave is not None:
        yield obstacle_words.leave_on_trip(names, start=leave.starts_on, end=leave.ends_on)
    else:
        yield obstacle_words.off_on_trip(names)


def _lodgings_changed(team: Team, whole: WholeTrip, ways: WaysToday) -> Iterator[Obstacle]:
    for night in whole.nights:
        names = {**_names(team, whole, night.date), "lodging": night.lodging_name}
        known = ways.lodgings.get(night.lodging_code)
        if known is None:
            yield obstacle_words.lodging_gone(names)
        elif night.date in known.closed_after:
            yield obstacle_words.lodging_closed(names)


def _connections_changed(team: Team, whole: WholeTrip, ways: WaysToday, zone: ZoneInfo) -> Iterator[Obstacle]:
    for ride in whole.rides:
        names = {**_names(team, whole, ride.date), "origin": ride.origin_name, "target": ride.target_name}
        known = ways.connections.get(ride.connection_code)
        if known is None:
            yield obstacle_words.connection_gone(names)
            continue
        start, minutes = _span(ride, zone)
        if ride.date in known.idle_on or not known.departs[0] <= start <= known.departs[1] or known.minutes > minutes:
            yield obstacle_words.connection_changed(names, start=start)


def _span(ride: Ride, zone: ZoneInfo) -> tuple[int, int]:
    """Departure, in minutes after local midnight, and how long it takes."""
    local = ride.starts_at.astimezone(zone)
    return local.hour * 60 + local.minute, int((ride.ends_at - ride.starts_at).total_seconds()) // 60
