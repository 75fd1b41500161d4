"""The weeks of teams that letters are about: visits and trips of the plan in force, or of a draft."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import District
from app.letters.stops import Stop, stops_in_force, stops_of_draft
from app.schedules.models import Schedule
from app.schedules.trips.reading import WholeTrip, trips_in_force, trips_of, whole_trips
from app.teams.models import Team

WEEK = timedelta(days=6)
"""From its Monday to its Sunday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTeam:
    """The team that a letter sends out."""

    id: int
    code: str
    name: str
    base_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """A team leaves its base and comes back: on one date, or on a trip, which may have no stop left."""

    first_date: date
    last_date: date
    stops: tuple[Stop, ...]
    trip: WholeTrip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWeek:
    """What one letter is about: the stops of a team for which it leaves its base in a week, and the trips that begin
    in it, both in order; at least one of either. A team that is away is on duty, also where nobody is left to visit."""

    week: date
    """Its Monday."""
    team: SentTeam
    zone: tzinfo
    """The district's."""
    stops: tuple[Stop, ...]
    trips: tuple[WholeTrip, ...] = ()

    @property
    def outings(self) -> tuple[Outing, ...]:
        """Each time that the team leaves its base, in order."""
        by_day = {day: tuple(stops) for day, stops in groupby(self.stops, key=lambda stop: stop.goes_out_on)}
        trips = {whole.trip.starts_on: whole for whole in self.trips}
        return tuple(
            Outing(
                first_date=day,
                last_date=day if day not in trips else trips[day].trip.ends_on,
                stops=by_day.get(day, ()),
                trip=trips.get(day),
            )
            for day in sorted(by_day.keys() | trips.keys())
        )

    @property
    def first_date(self) -> date:
        return self.outings[0].first_date

    @property
    def last_date(self) -> date:
        return self.outings[-1].last_date


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks_in_force(
    session: Session,
    district: District,
    document: str,
    *,
    first: date,
    last: date,
    team_ids: Sequence[int] | None = None,
) -> list[TeamWeek]:
    """What the plan in force of a document sends teams out for between two dates, by team and week."""
    stops = stops_in_force(session, district, document, first=first, last=last, team_ids=team_ids)
    trips = whole_trips(session, trips_in_force(district.code, first=first, last=last, document=document))
    return _weeks(session, district, stops, _beginning(trips, first=first, last=last, team_ids=team_ids))


def weeks_of_draft(
    session: Session, district: District, schedule: Schedule, *, first: date, last: date, team_ids: Sequence[int] | None
) -> list[TeamWeek]:
    """Likewise a plan that is not published."""
    stops = stops_of_draft(session, district, schedule, first=first, last=last, team_ids=team_ids)
    trips = trips_of(session, schedule)
    return _weeks(session, district, stops, _beginning(trips, first=first, last=last, team_ids=team_ids))


def _beginning(
    trips: Iterable[WholeTrip], *, first: date, last: date, team_ids: Sequence[int] | None
) -> list[WholeTrip]:
    return [
        whole
        for whole in trips
        if first <= whole.trip.starts_on <= last and (team_ids is None or whole.trip.team_id in team_ids)
    ]


def _weeks(session: Session, district: District, stops: Sequence[Stop], trips: Sequence[WholeTrip]) -> list[TeamWeek]:
    """By the codes of the teams; `stops` and `trips` of each in the order of their dates."""
    stops_of: dict[tuple[int, date], list[Stop]] = defaultdict(list)
    for stop in stops:
        stops_of[stop.team_id, monday_of(stop.goes_out_on)].append(stop)
    trips_of_week: dict[tuple[int, date], list[WholeTrip]] = defaultdict(list)
    for whole in trips:
        trips_of_week[whole.trip.team_id, monday_of(whole.trip.starts_on)].append(whole)
    keys = stops_of.keys() | trips_of_week.keys()
    rows = session.execute(
        select(Team.id, Team.code, Team.name, Team.base_name).where(Team.id.in_({team_id for team_id, _ in keys}))
    )
    teams = {row.id: SentTeam(id=row.id, code=row.code, name=row.name, base_name=row.base_name) for row in rows}
    zone = ZoneInfo(district.time_zone)
    return [
        TeamWeek(
            week=week,
            team=teams[team_id],
            zone=zone,
            stops=tuple(stops_of[team_id, week]),
            trips=tuple(trips_of_week[team_id, week]),
        )
        for team_id, week in sorted(keys, key=lambda key: (teams[key[0]].code, key[1]))
    ]
