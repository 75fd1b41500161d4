"""A district's map: its sites, bases, areas, lodgings and stations, and the land they lie on."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.districts.areas import list_areas
from app.districts.geography.approximate import NOTE, AreaPlace, approximate_areas
from app.districts.geography.boundaries import boundaries_of, boundary_digests
from app.districts.geography.land import SOURCE, Frame, drawn_land, frame_around
from app.districts.geography.models import AreaBoundary
from app.districts.geography.polygons import shapely_of
from app.districts.geography.rings import Ring, Shape, shape_of
from app.districts.models import Area, District
from app.maps.schemas import (
    MapArea,
    MapDistrict,
    MapFrame,
    MapLodging,
    MapOut,
    MapSites,
    MapStation,
    MapTeam,
)
from app.sites.models import Site, SiteKind
from app.teams.models import Team
from app.travel.models import Lodging, Station, StationKind

_KEPT_DISTRICTS = 64
_SIMPLER_DEGREES = 0.0005
"""By which a boundary as given is drawn more simply: 55 m."""
_ENOUGH_VILLAGES = 3
"""From here on an area is estimated from its villages alone, since schools and offices stand close together."""

SiteRow = Row[int, str, str, str, str, int, int, int, str, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """What is drawn of a district that does not change until a site, a base or a boundary does."""

    areas: dict[str, Shape]
    land: Shape
    coast: list[Ring]


class KeptShapes:
    """The shapes of the districts that were asked for last; whichever process is asked makes its own, in 0.1 s."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Shapes] = OrderedDict()
        self._lock = Lock()

    def find(self, key: bytes) -> Shapes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: bytes, shapes: Shapes) -> None:
        with self._lock:
            self._kept[key] = shapes
            while len(self._kept) > _KEPT_DISTRICTS:
                self._kept.popitem(last=False)


_kept = KeptShapes()


def district_map(session: Session, district: District) -> MapOut:
    """Everything that is drawn, sites by id, all else by code."""
    areas = list_areas(session, district.code)
    sites = _sites(session, district.code)
    teams = session.execute(
        select(Team.code, Team.name, Team.base_name, Team.base_lat, Team.base_lon)
        .where(Team.district_code == district.code)
        .order_by(Team.code)
    ).all()
    lodgings, stations = _lodgings(session, district.code), _stations(session, district.code)
    digests = boundary_digests(session, district.code)
    marks = [
        *((site.lat, site.lon) for site in sites),
        *((team.base_lat, team.base_lon) for team in teams),
        *((lodging.lat, lodging.lon) for lodging in lodgings),
        *((station.lat, station.lon) for station in stations),
    ]
    frame = frame_around(marks or [(district.lat, district.lon)])
    places = _places(areas, sites)
    key = _key(places, digests, frame)
    shapes = _kept.find(key)
    if shapes is None:
        shapes = _drawn(places, boundaries_of(session, district.code), frame)
        _kept.keep(key, shapes)
    shown = [
        MapArea(
            code=area.code,
            name=area.name,
            lat=area.lat,
            lon=area.lon,
            is_approximate=area.code not in digests,
            shape=shapes.areas.get(area.code, []),
        )
        for area in areas
    ]
    return MapOut(
        district=MapDistrict(code=district.code, name=district.name, lat=district.lat, lon=district.lon),
        frame=MapFrame(south=frame.south, west=frame.west, north=frame.north, east=frame.east),
        sites=_columns(sites, {area.code: index for index, area in enumerate(areas)}),
        teams=[
            MapTeam(code=team.code, name=team.name, base_name=team.base_name, lat=team.base_lat, lon=team.base_lon)
            for team in teams
        ],
        lodgings=lodgings,
        stations=stations,
        areas=shown,
        note=NOTE if any(area.is_approximate and area.shape for area in shown) else None,
        land=shapes.land,
        coast=shapes.coast,
        land_source=SOURCE,
    )


def _sites(session: Session, district_code: str) -> Sequence[SiteRow]:
    return session.execute(
        select(
            *(Site.id, Site.code, Site.name, Site.kind, Site.area_code, Site.headcount, Site.already_activated),
            *(Site.connectivity, Site.readiness, Site.lat, Site.lon),
        )
        .where(Site.district_code == district_code)
        .order_by(Site.id)
    ).all()


def _lodgings(session: Session, district_code: str) -> list[MapLodging]:
    rows = session.scalars(select(Lodging).where(Lodging.district_code == district_code).order_by(Lodging.code))
    return [MapLodging(code=row.code, name=row.name, lat=row.lat, lon=row.lon) for row in rows]


def _stations(session: Session, district_code: str) -> list[MapStation]:
    rows = session.scalars(select(Station).where(Station.district_code == district_code).order_by(Station.code))
    return [
        MapStation(code=row.code, name=row.name, kind=StationKind(row.kind), lat=row.lat, lon=row.lon) for row in rows
    ]


def _columns(sites: Sequence[SiteRow], place_of_area: dict[str, int]) -> MapSites:
    return MapSites(
        id=[site.id for site in sites],
        code=[site.code for site in sites],
        name=[site.name for site in sites],
        kind=[site.kind for site in sites],
        area=[place_of_area[site.area_code] for site in sites],
        people=[site.headcount for site in sites],
        activated=[site.already_activated for site in sites],
        signal=[site.connectivity for site in sites],
        readiness=[site.readiness for site in sites],
        lat=[round(site.lat, 5) for site in sites],
        lon=[round(site.lon, 5) for site in sites],
    )


def _key(places: Sequence[AreaPlace], digests: Mapping[str, str], frame: Frame) -> bytes:
    """Of all that shapes are made from."""
    facts = [
        [frame.south, frame.west, frame.north, frame.east],
        [[place.area_code, place.lat, place.lon] for place in places],
        sorted(digests.items()),
    ]
    return blake2b(orjson.dumps(facts), digest_size=16).digest()


def _places(areas: Sequence[Area], sites: Sequence[SiteRow]) -> list[AreaPlace]:
    """What an area is estimated from: its villages; its other sites too, where it has few; its centre without any."""
    all_of: dict[str, list[SiteRow]] = {area.code: [] for area in areas}
    for site in sites:
        all_of[site.area_code].append(site)
    places = []
    for area in areas:
        own = all_of[area.code]
        villages = [site for site in own if site.kind == SiteKind.VILLAGE]
        used = villages if len(villages) >= _ENOUGH_VILLAGES else own
        places += [AreaPlace(area.code, site.lat, site.lon) for site in used] or [
            AreaPlace(area.code, area.lat, area.lon)
        ]
    return places


def _drawn(places: Sequence[AreaPlace], boundaries: Sequence[AreaBoundary], frame: Frame) -> Shapes:
    # Loaded late: shapes cost every process that only answers requests.
    import shapely

    own = {boundary.area_code: shapely_of(boundary.polygons) for boundary in boundaries}
    estimated = approximate_areas(places, taken=list(own.values()))
    simple = {code: shapely.simplify(shape, _SIMPLER_DEGREES, preserve_topology=True) for code, shape in own.items()}
    land, coast = drawn_land(frame)
    return Shapes(
        areas={code: shape_of(shape) for code, shape in (dict(estimated) | simple).items()}, land=land, coast=coast
    )
