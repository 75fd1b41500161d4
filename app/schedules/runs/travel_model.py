"""The ways of a district as the planning core takes them, and what the legs of its plans rest on."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from app.schedules.runs.journey_ids import code_of
from app.travel.legs import STRAIGHT, LegOrigin, Legs, PlaceKey
from app.travel.models import LegSource, Way
from app.travel.places import PlaceKind
from app.travel.roads import key_of as spot_key
from solver.contract.instance import NEXT_FORMAT, GreatCircle, Instance, Matrix, Override, Point, Site, Team
from solver.contract.journeys import Lodging
from solver.contract.travel import EARTH_RADIUS_KM, NO_WAY_MINUTES, Place, Travel

Hubs = list[tuple[Place, int]]


def key_of(place: Place) -> PlaceKey:
    if isinstance(place, Site):
        return PlaceKind.SITE.value, place.id
    if isinstance(place, Team):
        return PlaceKind.BASE.value, place.id
    kind = PlaceKind.LODGING if isinstance(place, Lodging) else PlaceKind.STATION
    return kind.value, code_of(place.id)


def places_in(instance: Instance) -> tuple[Place, ...]:
    """In the order of a matrix."""
    return (*instance.sites, *instance.teams, *instance.lodgings, *instance.stations)


def with_legs(instance: Instance, legs: Legs) -> Instance:
    """The instance, whose places are points on great circles, with the legs that are known better.

    Entered legs alike in both directions become overrides, which leave the rest of a plan's data as small as it was;
    others, and those of a road engine, need a matrix of all places. So do zones in an instance without nights and
    rides, of which the planning core then has to know nothing: in a matrix there is no way between them."""
    places = places_in(instance)
    legs = legs.among(map(key_of, places))
    has_zones = len({place.zone for place in places}) > 1
    if not has_zones:
        instance = _without_zones(instance)
        if not legs.entered and not legs.roads:
            return instance
    assert isinstance(instance.travel, GreatCircle)
    shared_codes = {site.id for site in instance.sites} & {team.id for team in instance.teams}
    is_told_by_zones = not has_zones or bool(instance.lodgings or instance.connections)
    if legs.is_same_both_ways and not legs.roads and not shared_codes and is_told_by_zones:
        ids = {key_of(place): place.id for place in places}
        travel = replace(instance.travel, overrides=_overrides(legs, ids))
        return replace(instance, travel=travel, format=NEXT_FORMAT if has_zones else instance.format)
    matrix = _matrix(instance.travel, places, legs)
    at = {key_of(place): index for index, place in enumerate(places)}
    return _without_zones(
        replace(
            instance,
            travel=matrix,
            sites=tuple(replace(site, place=at[key_of(site)]) for site in instance.sites),
            teams=tuple(replace(team, place=at[key_of(team)]) for team in instance.teams),
            lodgings=tuple(replace(lodging, place=at[key_of(lodging)]) for lodging in instance.lodgings),
            stations=tuple(replace(station, place=at[key_of(station)]) for station in instance.stations),
        )
    )


def _without_zones(instance: Instance) -> Instance:
    if not any(place.zone for place in places_in(instance)):
        return instance
    return replace(
        instance,
        sites=tuple(replace(site, zone="") for site in instance.sites),
        teams=tuple(replace(team, zone="") for team in instance.teams),
        lodgings=tuple(replace(lodging, zone="") for lodging in instance.lodgings),
        stations=tuple(replace(station, zone="") for station in instance.stations),
    )


def _overrides(legs: Legs, ids: Mapping[PlaceKey, str]) -> tuple[Override, ...]:
    """One for both directions."""
    return tuple(
        Override(between=(ids[origin], ids[destination]), minutes=leg.minutes, metres=leg.metres)
        for (origin, destination), leg in sorted(legs.entered.items(), key=lambda item: item[0])
        if origin < destination
    )


def _matrix(straight: GreatCircle, places: Sequence[Place], legs: Legs) -> Matrix:
    minutes, metres = minutes_and_metres(straight, places, legs)
    return Matrix(
        minutes=tuple(map(tuple, minutes.tolist())),
        metres=tuple(map(tuple, metres.tolist())),
    )


def minutes_and_metres(straight: GreatCircle, places: Sequence[Place], legs: Legs) -> tuple[Any, Any]:
    """Two arrays from row to column, as `solver.contract.travel` counts them; every place is a point."""
    # Loaded late: arrays cost every process that only answers requests.
    import numpy as np

    points = [place.place for place in places]
    phi = np.radians([point.lat for point in points if not isinstance(point, int)])
    degrees = np.radians([point.lon for point in points if not isinstance(point, int)])
    chord = (
        np.sin((phi[None, :] - phi[:, None]) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi[None, :]) * np.sin((degrees[None, :] - degrees[:, None]) / 2) ** 2
    )
    kilometres = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    metres = np.floor(kilometres * straight.detour * 1000 + 0.5).astype(np.int64)
    minutes = -(-metres * 60 // (straight.kmh * 1000)).astype(np.int64)
    spots = [_spot(place) for place in places]
    for row, start in enumerate(spots):
        for column, road in enumerate(map(legs.roads.get(start, {}).get, spots)):
            # From a place to itself, or to another at the same spot, no road is needed.
            if road is not None and spots[column] != start:
                minutes[row, column], metres[row, column] = road
    zones = np.array([place.zone for place in places])
    is_elsewhere = zones[:, None] != zones[None, :]
    minutes[is_elsewhere], metres[is_elsewhere] = NO_WAY_MINUTES, 0
    index = {key_of(place): number for number, place in enumerate(places)}
    for (origin, destination), leg in legs.entered.items():
        minutes[index[origin], index[destination]] = leg.minutes
        metres[index[origin], index[destination]] = leg.metres
    return minutes, metres


def _spot(place: Place) -> str:
    """By which a road engine's answers are kept."""
    assert isinstance(place.place, Point)
    return spot_key(place.place.lat, place.place.lon)


class LeastWays:
    """The least minutes between bases and sites, over other places where entered legs make that shorter."""

    def __init__(self, straight: GreatCircle, legs: Legs, places: Callable[[], Iterable[Place]]) -> None:
        """`places` are called for only where some way is no straight line."""
        self._straight, self._entered, self._roads = Travel(straight), legs.entered, legs.roads
        self._places = places
        self._from_base: dict[str, Hubs] = {}
        self._to_base: dict[str, Hubs] = {}

    @property
    def are_direct(self) -> bool:
        """Whether no place leads to another one sooner than the leg itself."""
        return not self._entered and not self._roads

    @cached_property
    def _hubs(self) -> Sequence[Place]:
        """The places over which a way may be shorter."""
        by_key = {key_of(place): place for place in self._places()}
        entered = {ends: leg for ends, leg in self._entered.items() if by_key.keys() >= set(ends)}
        straight = {ends: self._straight.leg(by_key[ends[0]], by_key[ends[1]])[0] for ends in entered}
        if self._roads or any(straight[ends] < leg.minutes for ends, leg in entered.items()):
            # Straight lines keep the triangle inequality; around a leg that is slower than its own, any place may lead,
            # and where roads go nobody knows.
            return [by_key[key] for key in sorted(by_key)]
        return [by_key[key] for key in sorted({end for ends in entered for end in ends})]

    def there(self, team: Team, site: Site) -> int:
        """From the base to the site."""
        if team.id not in self._from_base:
            self._from_base[team.id] = _spread(team, self._hubs, self.direct)
        return min(minutes + self.direct(hub, site) for hub, minutes in self._from_base[team.id])

    def back(self, site: Site, team: Team) -> int:
        """From the site to the base."""
        if team.id not in self._to_base:
            self._to_base[team.id] = _spread(team, self._hubs, lambda start, end: self.direct(end, start))
        return min(self.direct(site, hub) + minutes for hub, minutes in self._to_base[team.id])

    def direct(self, start: Place, end: Place) -> int:
        """By the leg itself."""
        leg = self._entered.get((key_of(start), key_of(end)))
        if leg is not None:
            return leg.minutes
        if self._roads and start.zone == end.zone:
            here, there = _spot(start), _spot(end)
            road = self._roads.get(here, {}).get(there)
            if road is not None and here != there:
                return road[0]
        return self._straight.leg(start, end)[0]


def _spread(start: Place, hubs: Sequence[Place], leg: Callable[[Place, Place], int]) -> Hubs:
    """The start and every hub with the least minutes to it, by Dijkstra's algorithm."""
    least = {key_of(hub): leg(start, hub) for hub in hubs} | {key_of(start): 0}
    open_places = {key_of(hub): hub for hub in hubs} | {key_of(start): start}
    reached: Hubs = []
    while open_places:
        key = min(open_places, key=lambda key: least[key])
        nearest = open_places.pop(key)
        reached.append((nearest, least[key]))
        for other, place in open_places.items():
            least[other] = min(least[other], least[key] + leg(nearest, place))
    return reached


def ways_of(legs: Legs) -> list[list[str]]:
    """The entered legs as they are kept with a run: kind and code of both ends, and the way."""
    return [[*start, *end, leg.way.value] for (start, end), leg in sorted(legs.entered.items(), key=lambda leg: leg[0])]


def road_map_of(instance: Instance, legs: Legs) -> bytes:
    """Which legs between the places of an instance, all of them points, are an engine's: what is kept with a run."""
    places = places_in(instance)
    ends = [(_spot(place), place.zone) for place in places]
    rows = []
    for start, zone in ends:
        row = legs.roads.get(start, {})
        is_road = (end != start and to == zone and row.get(end) is not None for end, to in ends)
        rows.append("".join("1" if known else "0" for known in is_road))
    document = {"places": [key_of(place) for place in places], "roads": rows}
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)


class LegOrigins:
    """What the legs of a plan rest on, by the ways and the map of roads kept with its run."""

    def __init__(self, ways: Iterable[Sequence[str]], road_map: bytes | None = None) -> None:
        kept = {"places": [], "roads": []} if road_map is None else json.loads(gzip.decompress(road_map))
        self._index = {(kind, code): number for number, (kind, code) in enumerate(kept["places"])}
        self._roads: list[str] = kept["roads"]
        self._ways = {((kind, code), (to_kind, to_code)): Way(way) for kind, code, to_kind, to_code, way in ways}

    def of(self, start: PlaceKey, end: PlaceKey) -> LegOrigin:
        way = self._ways.get((start, end))
        if way is not None:
            return LegOrigin(LegSource.ENTERED, way)
        row, column = self._index.get(start), self._index.get(end)
        if row is not None and column is not None and self._roads[row][column] == "1":
            return LegOrigin(LegSource.ROAD)
        return STRAIGHT
