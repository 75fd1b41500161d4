"""Where areas lie, roughly, when nobody has given their boundaries: everything belongs to the area of the nearest site,
as far as sites reach and land goes. Nobody should take it for more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from app.districts.geography.land import frame_around, land_near
from app.words import Text

NOTE: Text = {
    "id": "Batas kecamatan adalah perkiraan dari letak desa, bukan batas resmi.",
    "en": "The boundaries of areas are estimated from where villages lie; they are not official.",
}
_KM_NORTH, _KM_EAST = 110.57, 111.32
"""Of a degree of latitude, and of longitude at the equator."""
_RADIUS_TO_NEXT = 2.5
_RADIUS_KM = (2.0, 25.0)
"""How far around a site an area goes: 2.5 times what most sites have to the next, and never less or more than this."""
_ISLET_KM = 1.0
"""A site that lies in the sea of a map of 1:10,000,000 lies on an islet, around which there is so much."""
_SHORE_KM = 3.0
"""Or on a shore that is drawn too far inland: it has of it what is as near as this."""
_SIMPLER_KM = 0.1
_SAME_PLACE = 4
"""Decimals of a degree by which two sites are at one place."""


@dataclass(frozen=True, slots=True)
class AreaPlace:
    """A place that is known to lie in an area."""

    area_code: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class _Plane:
    """Kilometres around the middle of a district; exact enough for a map of it."""

    lat: float
    lon: float

    def to_km(self, degrees: Any) -> Any:
        """An array of `(lon, lat)`, shape (n, 2)."""
        return (degrees - (self.lon, self.lat)) * (_KM_EAST * cos(radians(self.lat)), _KM_NORTH)

    def to_degrees(self, km: Any) -> Any:
        return km / (_KM_EAST * cos(radians(self.lat)), _KM_NORTH) + (self.lon, self.lat)


def approximate_areas(places: Sequence[AreaPlace], *, taken: Sequence[Any] = ()) -> Mapping[str, Any]:
    """A shapely geometry in degrees for each area with a place, none over another.

    `taken`: geometries of areas whose boundaries are known, which are cut out."""
    import shapely

    spots = {(round(place.lon, _SAME_PLACE), round(place.lat, _SAME_PLACE)): place.area_code for place in places}
    if not spots:
        return {}
    frame = frame_around([(lat, lon) for lon, lat in spots], margin_km=_RADIUS_KM[1])
    plane = _Plane((frame.south + frame.north) / 2, (frame.west + frame.east) / 2)
    points = shapely.points(plane.to_km(shapely.get_coordinates(shapely.points(list(spots)))))
    land = shapely.transform(shapely.union_all(land_near(frame)), plane.to_km)
    cells = _cells(points, land)
    codes = list(spots.values())
    joined = {
        code: shapely.union_all([cell for cell, own in zip(cells, codes, strict=True) if own == code])
        for code in sorted(set(codes))
    }
    # Together, so that neighbours go on sharing their borders.
    simpler = shapely.coverage_simplify(list(joined.values()), _SIMPLER_KM)
    in_degrees = shapely.transform(simpler, plane.to_degrees)
    if taken:
        in_degrees = shapely.difference(shapely.make_valid(in_degrees), shapely.union_all(list(taken)))
    return dict(zip(joined, in_degrees, strict=True))


def _cells(points: Any, land: Any) -> Any:
    """What is nearest to each point, in its order: as far as it reaches, on land, or around it in the sea."""
    import shapely

    circles = shapely.buffer(points, _radius(points), quad_segs=6)
    if len(points) > 1:
        edge = shapely.box(*shapely.total_bounds(circles))
        nearest = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=edge, ordered=True)
        circles = shapely.intersection(shapely.get_parts(nearest), circles)
    shapely.prepare(land)
    off = ~shapely.intersects(land, points)
    circles[off] = shapely.intersection(circles[off], shapely.buffer(points[off], _SHORE_KM, quad_segs=6))
    cells = shapely.intersection(circles, land)
    islets = shapely.intersection(circles[off], shapely.buffer(points[off], _ISLET_KM, quad_segs=4))
    cells[off] = shapely.union(cells[off], islets)
    return cells


def _radius(points: Any) -> float:
    """In kilometres."""
    import numpy as np
    import shapely

    if len(points) < 2:
        return _RADIUS_KM[0]
    _, distances = shapely.STRtree(points).query_nearest(
        points, exclusive=True, all_matches=False, return_distance=True
    )
    return float(np.clip(np.quantile(distances, 0.9) * _RADIUS_TO_NEXT, *_RADIUS_KM))
