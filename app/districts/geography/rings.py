"""Shapes as short lists of whole numbers: what a map on a telephone can afford to fetch, and what is stored of it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

SCALE = 10_000
"""Steps in a degree: 11 m."""

Ring = list[int]
"""`[lon, lat, …]` in steps: the first point, then each as the difference to the one before; not closed by itself."""
Shape = list[list[Ring]]
"""Polygons, each its outer ring and its holes."""


def ring_of(points: Iterable[tuple[float, ...]]) -> Ring:
    """Points `(lon, lat)` in degrees as one ring; points that fall together are one."""
    steps = [(round(point[0] * SCALE), round(point[1] * SCALE)) for point in points]
    kept = steps[:1] + [after for before, after in pairwise(steps) if after != before]
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return _differences(kept)


def line_of(points: Iterable[tuple[float, ...]]) -> Ring:
    """The same of a line, whose last point may be its first."""
    steps = [(round(point[0] * SCALE), round(point[1] * SCALE)) for point in points]
    return _differences(steps[:1] + [after for before, after in pairwise(steps) if after != before])


def points_of(ring: Sequence[int]) -> list[tuple[float, float]]:
    """The points `(lon, lat)` of a ring in degrees, not closed."""
    points = []
    lon = lat = 0
    for index in range(0, len(ring), 2):
        lon, lat = lon + ring[index], lat + ring[index + 1]
        points.append((lon / SCALE, lat / SCALE))
    return points


def shape_of(geometry: Any) -> Shape:
    """The polygons of a shapely geometry in degrees; what is none, or none any more at this scale, is left out."""
    polygons = []
    for part in getattr(geometry, "geoms", (geometry,)):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        rings = [ring_of(ring.coords) for ring in (part.exterior, *part.interiors)]
        if len(rings[0]) >= 6:
            polygons.append([rings[0], *(ring for ring in rings[1:] if len(ring) >= 6)])
    return polygons


def polygons_of(shape: Sequence[Sequence[Sequence[int]]]) -> list[Any]:
    """The shapely polygons of a shape, in degrees."""
    from shapely import Polygon

    return [Polygon(points_of(outer), [points_of(hole) for hole in holes]) for outer, *holes in shape]


def _differences(steps: Sequence[tuple[int, int]]) -> Ring:
    ring = list(steps[0]) if steps else []
    for (west, south), (east, north) in pairwise(steps):
        ring += [east - west, north - south]
    return ring
