"""Places on a flat drawing, with the land below them: a map that is part of its page, prints, and needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.districts.geography.land import Frame, land_near

_FEWEST_DEGREES = 1.5
"""Places that lie closer together are shown with what is around them, so that one sees where they lie."""
_MARGIN = 120
"""Units of land beyond the sheet: where a page has more room to one side, there is land to see and not a cut."""
_SMALLEST_ISLAND = 2.0
"""Square units; smaller ones are no more than dirt on the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A drawing of so many units, `scale` of them to a degree either way: near the equator both are as long."""

    width: int
    height: int
    west: float
    north: float
    scale: float

    def x(self, lon: float) -> float:
        return round((lon - self.west) * self.scale, 1)

    def y(self, lat: float) -> float:
        return round((self.north - lat) * self.scale, 1)


def sheet_around(places: Sequence[tuple[float, float]], *, width: int, height: int, edge: int) -> Sheet:
    """The sheet that holds all places `(lat, lon)`, one at least, in its middle, with an edge around them."""
    lats, lons = zip(*places, strict=True)
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    scale = min(
        (width - 2 * edge) / max(east - west, _FEWEST_DEGREES),
        (height - 2 * edge) / max(north - south, _FEWEST_DEGREES),
    )
    return Sheet(
        width=width,
        height=height,
        west=(west + east) / 2 - width / 2 / scale,
        north=(north + south) / 2 + height / 2 / scale,
        scale=scale,
    )


@lru_cache(maxsize=64)
def land_path(sheet: Sheet) -> str:
    """The land as the path of an SVG, in whole units; empty where there is sea alone."""
    from shapely import Polygon, simplify

    frame = Frame(
        south=sheet.north - sheet.height / sheet.scale,
        west=sheet.west,
        north=sheet.north,
        east=sheet.west + sheet.width / sheet.scale,
    ).widened(_MARGIN / sheet.scale)
    drawn = []
    for part in land_near(frame):
        for number, ring in enumerate((part.exterior, *part.interiors)):
            points = [(sheet.x(lon), sheet.y(lat)) for lon, lat in ring.coords]
            shape = simplify(Polygon(points), 0.6, preserve_topology=True)
            if shape.area >= _SMALLEST_ISLAND:
                drawn.append(_path_of([(round(x), round(y)) for x, y in shape.exterior.coords]))
            elif number == 0:
                break
    return "".join(drawn)


def _path_of(points: Sequence[tuple[int, int]]) -> str:
    (x, y), *rest = points[:-1]
    steps = []
    for next_x, next_y in rest:
        if (next_x, next_y) != (x, y):
            steps.append(f"{next_x - x} {next_y - y}")
            x, y = next_x, next_y
    first_x, first_y = points[0]
    return f"M{first_x} {first_y}l{' '.join(steps)}z" if steps else ""
