"""Where land is and where sea: the coast of Indonesia and its neighbours, from a file that comes with the service."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from app.districts.geography.rings import Ring, Shape, line_of, polygons_of, shape_of

SOURCE = "Natural Earth 1:10m"
_KM_OF_A_DEGREE = 111.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A rectangle on the map, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def widened(self, degrees: float) -> "Frame":
        return Frame(
            south=self.south - degrees,
            west=self.west - degrees,
            north=self.north + degrees,
            east=self.east + degrees,
        )


def frame_around(places: Iterable[tuple[float, float]], *, margin_km: float = 4.0) -> Frame:
    """The smallest frame of places `(lat, lon)`, of which there is one at least, a twentieth of it added around."""
    lats, lons = zip(*places, strict=True)
    frame = Frame(south=min(lats), west=min(lons), north=max(lats), east=max(lons))
    size = max(frame.north - frame.south, frame.east - frame.west)
    wide = frame.widened(max(size / 20, margin_km / _KM_OF_A_DEGREE))
    return Frame(**{name: round(getattr(wide, name), 4) for name in ("south", "west", "north", "east")})


def land_near(frame: Frame) -> list[Any]:
    """Polygons of the land in a frame, cut at its edges."""
    from shapely import box, intersection

    edge = box(frame.west, frame.south, frame.east, frame.north)
    tree, polygons = _country()
    pieces = intersection([polygons[index] for index in tree.query(edge, predicate="intersects")], edge)
    return [part for piece in pieces for part in getattr(piece, "geoms", (piece,)) if part.geom_type == "Polygon"]


def coast_near(frame: Frame) -> list[Any]:
    """Lines of the coast in a frame: where land meets sea, not where the frame cuts it."""
    from shapely import boundary, box, intersection, line_merge, union_all

    edge = box(frame.west, frame.south, frame.east, frame.north)
    tree, polygons = _country()
    near = [polygons[index] for index in tree.query(edge, predicate="intersects")]
    lines = line_merge(union_all(intersection(boundary(near), edge))) if near else None
    return [part for part in getattr(lines, "geoms", (lines,)) if part is not None and part.geom_type == "LineString"]


def drawn_land(frame: Frame) -> tuple[Shape, list[Ring]]:
    """Land to fill and coast to stroke, with a third of the frame around it, so that a map may be moved a little."""
    wide = frame.widened(max(frame.north - frame.south, frame.east - frame.west) / 3)
    land = [polygon for part in land_near(wide) for polygon in shape_of(part)]
    return land, [line for line in (line_of(part.coords) for part in coast_near(wide)) if len(line) >= 4]


@cache
def _country() -> tuple[Any, list[Any]]:
    from shapely import STRtree, make_valid

    shape = orjson.loads(files("app.districts.geography").joinpath("land.json").read_bytes())["land"]
    polygons = [part for polygon in polygons_of(shape) for part in _parts(make_valid(polygon))]
    return STRtree(polygons), polygons


def _parts(geometry: Any) -> list[Any]:
    return [part for part in getattr(geometry, "geoms", (geometry,)) if part.geom_type == "Polygon"]
