"""The lines of a plan's trips on a map: from the base by road and boat to each stop and each bed, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.maps.schemas import MapLeg, MapNight, MapPoint, MapTrip
from app.schedules.models import Schedule, Visit
from app.schedules.trips.models import Night
from app.schedules.trips.reading import WholeTrip, trips_of
from app.sites.models import Site
from app.sites.session_places import PLACE, held, is_held_at
from app.teams.models import Team
from app.travel.models import Way


@dataclass(frozen=True, slots=True)
class _Stop:
    """A place that a trip comes to, and how; without a place where nobody knows any more where it lies."""

    place: MapPoint | None
    way: str | None = None
    is_ride: bool = False


def trip_lines(session: Session, schedule: Schedule) -> list[MapTrip]:
    """The trips of a plan that were not called off, by the date and the team; names and places as they were planned."""
    trips = [whole for whole in trips_of(session, schedule) if whole.trip.withdrawn_at is None]
    if not trips:
        return []
    teams = {
        team.id: team for team in session.scalars(select(Team).where(Team.district_code == schedule.district_code))
    }
    stops = _stops_by_day(session, schedule, {whole.trip.team_id for whole in trips})
    return [_line(whole, teams[whole.trip.team_id], stops) for whole in trips]


def _stops_by_day(
    session: Session, schedule: Schedule, team_ids: set[int]
) -> Mapping[tuple[int, date], Sequence[tuple[Visit, _Stop]]]:
    """The visits of teams by day, each where it is held."""
    rows = session.execute(
        select(Visit, held("lat"), held("lon"))
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .where(Visit.schedule_id == schedule.id, Visit.team_id.in_(team_ids), Visit.withdrawn_at.is_(None))
        .order_by(Visit.team_id, Visit.date, Visit.starts_at)
    )
    stops = [(visit, _Stop(MapPoint(lat=lat, lon=lon), visit.travel_way)) for visit, lat, lon in rows]
    return {key: list(day) for key, day in groupby(stops, key=lambda stop: (stop[0].team_id, stop[0].date))}


def _line(whole: WholeTrip, team: Team, stops: Mapping[tuple[int, date], Sequence[tuple[Visit, _Stop]]]) -> MapTrip:
    visits = [stop for (team_id, day), listed in stops.items() if whole.covers(team_id, day) for stop in listed]
    days = sorted(whole.working_dates | {visit.date for visit, _ in visits})
    return MapTrip(
        team=team.code,
        starts_on=whole.trip.starts_on,
        ends_on=whole.trip.ends_on,
        legs=[leg for day in days for leg in _legs(whole, team, day, visits)],
        nights=list(_slept(whole.nights)),
    )


def _legs(whole: WholeTrip, team: Team, day: date, visits: Sequence[tuple[Visit, _Stop]]) -> Iterator[MapLeg]:
    """The ways of one day, in their order; what starts or ends at an unknown place, or leads nowhere, is left out."""
    base = _Stop(MapPoint(lat=team.base_lat, lon=team.base_lon), whole.trip.back_way)
    before, after = whole.night_before(day), whole.night_after(day)
    timed = [(visit.starts_at, [stop]) for visit, stop in visits if visit.date == day]
    timed += [
        (
            ride.starts_at,
            [
                _Stop(_point(ride.origin_lat, ride.origin_lon), ride.travel_way),
                _Stop(_point(ride.target_lat, ride.target_lon), ride.way, is_ride=True),
            ],
        )
        for ride in whole.rides_on(day)
    ]
    way = [base if before is None else _bed(before)]
    way += [stop for _, at_once in sorted(timed, key=lambda pair: pair[0]) for stop in at_once]
    if after is None:
        way.append(base)
    elif after.date == day:
        way.append(_bed(after))
    for origin, target in pairwise(way):
        if origin.place is not None and target.place is not None and origin.place != target.place:
            yield MapLeg(
                date=day,
                way=None if target.way is None else Way(target.way),
                is_ride=target.is_ride,
                origin=origin.place,
                target=target.place,
            )


def _bed(night: Night) -> _Stop:
    return _Stop(_point(night.lat, night.lon), night.travel_way)


def _point(lat: float | None, lon: float | None) -> MapPoint | None:
    return None if lat is None or lon is None else MapPoint(lat=lat, lon=lon)


def _slept(nights: Sequence[Night]) -> Iterator[MapNight]:
    """Nights at one lodging after each other as one stay."""
    for _, stay in groupby(nights, key=lambda night: (night.lodging_code, night.lodging_name, night.lat, night.lon)):
        first, *_ = listed = list(stay)
        yield MapNight(
            code=first.lodging_code,
            name=first.lodging_name,
            place=_point(first.lat, first.lon),
            first=first.date,
            until=listed[-1].until,
        )
