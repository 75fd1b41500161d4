"""The gate to the planning core for nights away, boats and planes: what is stored becomes part of an instance."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date

from app.schedules.runs.journey_ids import id_of
from app.teams.models import Team
from app.travel.journeys.stored import Crossing, Journeys, is_open_after
from app.travel.legs import PlaceKey
from app.travel.models import Lodging, Station
from app.travel.places import PlaceKind
from solver.contract.instance import NEXT_FORMAT, Instance, Point, Window
from solver.contract.instance import Team as ModelTeam
from solver.contract.journeys import Connection as ModelConnection
from solver.contract.journeys import Lodging as ModelLodging
from solver.contract.journeys import Station as ModelStation


def with_journeys(instance: Instance, journeys: Journeys, teams: Iterable[Team]) -> Instance:
    """The instance with the lodgings, stations and connections that its teams can use, and their nights.

    Lodgings are of use where a team may stay away, connections that go on one of the dates, stations where one of those
    begins or ends. Without any the instance stays as it is, in its own format. Zones are said by sites and teams, and
    `with_legs` makes something of them."""
    rows = {team.code: team for team in teams}
    sites = {site.id for site in instance.sites}
    crossings = [crossing for crossing in journeys.crossings if _goes(crossing, instance.dates, sites)]
    ends = {end for crossing in crossings for end in (crossing.origin, crossing.destination)}
    travellers = [team for team in instance.teams if rows[team.id].max_nights and any(team.work_dates)]
    nights = {lodging.code: _nights(lodging, instance.dates) for lodging in journeys.lodgings}
    sleeps = bool(travellers) and any(map(any, nights.values()))
    lodgings = [
        lodging
        for lodging in journeys.lodgings
        if (sleeps and any(nights[lodging.code])) or (PlaceKind.LODGING, lodging.code) in ends
    ]
    if not lodgings and not crossings:
        return instance
    taken = sites | {team.id for team in instance.teams}
    return replace(
        instance,
        format=NEXT_FORMAT,
        teams=tuple(_with_nights(team, rows[team.id]) for team in instance.teams) if sleeps else instance.teams,
        lodgings=tuple(_lodging(lodging, nights[lodging.code], taken) for lodging in lodgings),
        stations=tuple(
            _station(station, taken) for station in journeys.stations if (PlaceKind.STATION, station.code) in ends
        ),
        connections=tuple(_connection(crossing, instance.dates, taken) for crossing in crossings),
    )


def sleeps_or_rides(instance: Instance) -> bool:
    """Whether a plan of the instance may hold nights or rides."""
    sleeps = bool(instance.lodgings) and any(team.max_nights for team in instance.teams)
    return sleeps or bool(instance.connections)


def _goes(crossing: Crossing, dates: Sequence[date], sites: Container[str]) -> bool:
    """Whether it goes on one of these dates, between places that the instance has."""
    ends = (crossing.origin, crossing.destination)
    is_between = all(kind != PlaceKind.SITE or code in sites for kind, code in ends)
    return is_between and any(map(crossing.fields.runs_on, dates))


def _nights(lodging: Lodging, dates: Sequence[date]) -> tuple[bool, ...]:
    """After which dates one may sleep there; no night follows the last one."""
    return (*(is_open_after(lodging, day) for day in dates[:-1]), False)


def _with_nights(model: ModelTeam, team: Team) -> ModelTeam:
    if not team.max_nights:
        return model
    start, end = team.away_shift_start, team.away_shift_end
    return replace(
        model,
        max_nights=team.max_nights,
        rest_days=team.rest_days,
        away_shift=None if start is None or end is None else Window(open=start, close=end),
    )


def _lodging(lodging: Lodging, nights: tuple[bool, ...], taken: Container[str]) -> ModelLodging:
    return ModelLodging(
        id=id_of("lodging", lodging.code, taken=taken),
        name=lodging.name,
        place=Point(lat=lodging.lat, lon=lodging.lon),
        zone=lodging.zone or "",
        cost_per_night=lodging.cost_per_night,
        max_teams=lodging.max_teams,
        open_dates=nights,
    )


def _station(station: Station, taken: Container[str]) -> ModelStation:
    return ModelStation(
        id=id_of("station", station.code, taken=taken),
        name=station.name,
        place=Point(lat=station.lat, lon=station.lon),
        zone=station.zone or "",
    )


def _connection(crossing: Crossing, dates: Sequence[date], taken: Container[str]) -> ModelConnection:
    fields = crossing.fields
    earliest, latest = fields.departs
    return ModelConnection(
        id=id_of("connection", fields.code, taken=taken),
        origin=_id_of_end(crossing.origin, taken),
        target=_id_of_end(crossing.destination, taken),
        departs=Window(open=earliest, close=latest),
        minutes=fields.minutes,
        fare=fields.fare,
        max_teams=fields.max_teams,
        run_dates=tuple(map(fields.runs_on, dates)),
    )


def _id_of_end(end: PlaceKey, taken: Container[str]) -> str:
    kind, code = end
    if kind == PlaceKind.SITE:
        return code
    return id_of("lodging" if kind == PlaceKind.LODGING else "station", code, taken=taken)
