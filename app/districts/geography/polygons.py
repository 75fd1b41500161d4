"""Reads a polygon that somebody sent, and says what is wrong with it: where, and what would mend it."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from app.districts.models import Area
from app.districts.places import LATITUDES, LONGITUDES
from app.districts.surroundings import distance_km
from app.errors import FieldProblem
from app.languages import Said, said

MOST_POINTS, MOST_POLYGONS = 50_000, 500
LEAST_KM2, MOST_KM2 = 0.05, 60_000
"""The smallest kecamatan, an islet of a city, has a third of a square kilometre; the largest some 20,000."""
MOST_KM_AWAY = 60
"""From an area's centre to its boundary's nearest point: beyond it somebody else's boundary was sent."""
_DECIMALS = 6
_KM2_OF_A_DEGREE = 110.57 * 111.32

Position = list[float]
Polygons = list[list[list[Position]]]


class BadPolygon(Exception):
    """The problem, its pointer within the geometry, such as `coordinates/0/1`."""

    def __init__(self, pointer: str, detail: Said, mend: Said, value: object = None):
        super().__init__(detail)
        self.problem = FieldProblem(pointer=pointer, detail=detail, value=value, mend=mend)


def read_polygons(geometry: object, area: Area) -> Polygons:
    """The coordinates of a MultiPolygon, longitude first, from a GeoJSON geometry; raises `BadPolygon`."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise BadPolygon(
            "type",
            said("This is no Polygon and no MultiPolygon.", "Ini bukan Polygon atau MultiPolygon."),
            said("Export the boundary as polygons (RFC 7946).", "Ekspor batasnya sebagai poligon (RFC 7946)."),
            kind if isinstance(kind, str) else None,
        )
    coordinates = geometry.get("coordinates")
    polygons = _list(coordinates, "coordinates")
    if kind == "Polygon":
        read = [_polygon(polygons, "coordinates")]
    else:
        if len(polygons) > MOST_POLYGONS:
            raise _too_much("coordinates", len(polygons))
        read = [_polygon(polygon, f"coordinates/{index}") for index, polygon in enumerate(polygons)]
    if not read:
        raise _empty("coordinates")
    points = sum(len(ring) for polygon in read for ring in polygon)
    if points > MOST_POINTS:
        raise _too_much("coordinates", points)
    _check_shape(read, area)
    return read


def _polygon(value: object, pointer: str) -> list[list[Position]]:
    rings = _list(value, pointer)
    if not rings:
        raise _empty(pointer)
    return [_ring(ring, f"{pointer}/{index}") for index, ring in enumerate(rings)]


def _ring(value: object, pointer: str) -> list[Position]:
    points = [_position(point, f"{pointer}/{index}") for index, point in enumerate(_list(value, pointer))]
    if len(points) < 4:
        raise BadPolygon(
            pointer,
            said(
                "A ring has four points at least, the last like the first.", "Cincin berisi paling sedikit empat titik."
            ),
            said("Draw the boundary again.", "Gambar batasnya sekali lagi."),
            len(points),
        )
    if points[0] != points[-1]:
        raise BadPolygon(
            pointer,
            said("This ring is not closed: its last point is not its first.", "Cincin ini tidak tertutup."),
            said("Repeat the first point at the end.", "Ulangi titik pertama di akhir."),
            points[-1],
        )
    return points


def _position(value: object, pointer: str) -> Position:
    numbers = value[:3] if isinstance(value, list) else ()
    if len(numbers) < 2 or not all(
        isinstance(number, int | float) and not isinstance(number, bool) and isfinite(number) for number in numbers
    ):
        raise BadPolygon(
            pointer,
            said("This is no point [longitude, latitude].", "Ini bukan titik [bujur, lintang]."),
            said("Write numbers, as in [102.87, -3.26].", "Tulis angka, misalnya [102.87, -3.26]."),
            value if not isinstance(value, list | dict) else None,
        )
    lon, lat = float(numbers[0]), float(numbers[1])
    if not (LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]):
        is_swapped = LATITUDES[0] <= lon <= LATITUDES[1] and LONGITUDES[0] <= lat <= LONGITUDES[1]
        raise BadPolygon(
            pointer,
            said("This point lies outside Indonesia.", "Titik ini di luar Indonesia."),
            said("GeoJSON wants the longitude first: exchange the two.", "GeoJSON meminta bujur dahulu: tukarkan.")
            if is_swapped
            else said("Export it in degrees (WGS 84, EPSG:4326).", "Ekspor dalam derajat (WGS 84, EPSG:4326)."),
            [lon, lat],
        )
    return [round(lon, _DECIMALS), round(lat, _DECIMALS)]


def _check_shape(polygons: Polygons, area: Area) -> None:
    """Valid as a whole, of a sane size, and near the area that it is to be of."""
    # Loaded late, as in all of this room: shapes cost every process that only answers requests.
    import shapely

    shape = shapely_of(polygons)
    if not shapely.is_valid(shape):
        raise BadPolygon(
            "coordinates",
            said(
                "The boundary crosses or touches itself: {reason}.",
                "Batas ini memotong atau menyentuh dirinya: {reason}.",
                reason=shapely.is_valid_reason(shape),
            ),
            said(
                "Mend it where it says ('Fix geometries' in QGIS).", "Perbaiki di titik itu ('Fix geometries' di QGIS)."
            ),
        )
    size = square_kilometres(shape, area.lat)
    if not LEAST_KM2 <= size <= MOST_KM2:
        raise BadPolygon(
            "coordinates",
            said(
                "An area of {size} km² is no kecamatan: between {least} and {most}.",
                "Luas {size} km² bukan luas kecamatan: antara {least} dan {most}.",
                size=f"{size:.3g}",
                least=LEAST_KM2,
                most=MOST_KM2,
            ),
            said("Check the units of the coordinates.", "Periksa satuan koordinatnya."),
            round(size, 3),
        )
    near = shapely.shortest_line(shapely.Point(area.lon, area.lat), shape)
    lon, lat = near.coords[-1]
    away = distance_km(area.lat, area.lon, lat, lon)
    if away > MOST_KM_AWAY:
        raise BadPolygon(
            "coordinates",
            said(
                "The boundary lies {away:.0f} km from the centre of {area}.",
                "Batas ini berjarak {away:.0f} km dari pusat {area}.",
                away=away,
                area=f"{area.code} {area.name}",
            ),
            said("Send it for the area that it is of.", "Kirim untuk kecamatan pemiliknya."),
        )


def shapely_of(polygons: Sequence[Sequence[Sequence[Sequence[float]]]]) -> Any:
    """The shapely MultiPolygon of stored coordinates."""
    import shapely

    return shapely.MultiPolygon([(polygon[0], polygon[1:]) for polygon in polygons])


def square_kilometres(shape: Any, lat: float) -> float:
    """Of a shape in degrees around a latitude."""
    from math import cos, radians

    return float(shape.area) * _KM2_OF_A_DEGREE * cos(radians(lat))


def _list(value: object, pointer: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise BadPolygon(
        pointer,
        said("This is no list of coordinates.", "Ini bukan daftar koordinat."),
        said("Export the boundary as GeoJSON again.", "Ekspor batasnya sebagai GeoJSON sekali lagi."),
    )


def _empty(pointer: str) -> BadPolygon:
    return BadPolygon(
        pointer,
        said("The boundary is empty.", "Batas ini kosong."),
        said("Send its polygons, or DELETE it.", "Kirim poligonnya, atau hapus dengan DELETE."),
    )


def _too_much(pointer: str, count: int) -> BadPolygon:
    return BadPolygon(
        pointer,
        said(
            "More than {points} points or {polygons} polygons.",
            "Lebih dari {points} titik atau {polygons} poligon.",
            points=MOST_POINTS,
            polygons=MOST_POLYGONS,
        ),
        said("Simplify the boundary first (10 m are enough).", "Sederhanakan dahulu batasnya (10 m cukup)."),
        count,
    )
