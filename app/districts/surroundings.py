"""Where the sites and team bases of a district can lie; finds swapped coordinates and lost minus signs."""

import math
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.districts.areas import list_areas
from app.districts.models import District
from app.districts.places import LATITUDES, LONGITUDES
from app.errors import FieldProblem

EARTH_RADIUS_KM = 6371.0088
MAX_KM_FROM_AN_AREA = 60
"""The farthest village of Kalimantan Utara, whose areas are the country's largest, lies 59 km from the nearest centre
of an area; elsewhere 20 km is rare. Wider would let a neighbouring city's coordinates pass."""
MAX_KM_FROM_OWN_AREA = 100
"""There a village lies 68 km from its own area's centre; beyond this the area is the wrong one."""
MAX_KM_FROM_CENTRE = 50
"""For districts whose areas are not all entered yet."""
_NAMED_AREAS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCentre:
    code: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A district's centre and its areas' centres."""

    district_name: str
    lat: float
    lon: float
    areas: dict[str, AreaCentre]

    def area_problems(self, area_code: str, *, lat: float | None, lon: float | None) -> list[FieldProblem]:
        """One problem if the district has no such area; the mend names those that may be meant."""
        if area_code in self.areas:
            return []
        named = [area for area in self.areas.values() if area.name.casefold() == area_code.casefold()]
        if not named and lat is not None and lon is not None and _in_indonesia(lat, lon):
            named = sorted(self.areas.values(), key=lambda area: distance_km(lat, lon, area.lat, area.lon))
        named = named or list(self.areas.values())
        shown = ", ".join(f"{area.code} {area.name}" for area in named[:_NAMED_AREAS])
        return [
            FieldProblem(
                pointer="area_code",
                detail=f"{self.district_name} has no area with this code.",
                value=area_code,
                mend=f"Nearest: {shown}." if shown else "Enter the district's areas first.",
            )
        ]

    def place_problems(
        self, lat: float, lon: float, *, area_code: str | None = None, names: tuple[str, str] = ("lat", "lon")
    ) -> list[FieldProblem]:
        """One problem if the place lies outside Indonesia, the district's surroundings or its own area's.

        `names` are the fields of latitude and longitude."""
        lat_name, lon_name = names
        if not _in_indonesia(lat, lon):
            is_swapped = _in_indonesia(lon, lat)
            is_lat_wrong = not LATITUDES[0] <= lat <= LATITUDES[1]
            return [
                FieldProblem(
                    pointer=lat_name if is_lat_wrong else lon_name,
                    detail=f"Latitude {lat}, longitude {lon} lies outside Indonesia.",
                    value=lat if is_lat_wrong else lon,
                    mend="Latitude and longitude look swapped; exchange them (GeoJSON wants the longitude first)."
                    if is_swapped
                    else f"Latitude is {LATITUDES[0]} to {LATITUDES[1]}, longitude {LONGITUDES[0]} to {LONGITUDES[1]}.",
                )
            ]
        own = self.areas.get(area_code or "")
        own_km = distance_km(lat, lon, own.lat, own.lon) if own is not None else math.inf
        if own_km <= MAX_KM_FROM_AN_AREA:
            return []
        if not self._is_near(lat, lon):
            away = distance_km(lat, lon, self.lat, self.lon)
            return [
                FieldProblem(
                    pointer=lat_name,
                    detail=f"Latitude {lat}, longitude {lon} lies {away:.0f} km from the centre of "
                    f"{self.district_name} and more than {MAX_KM_FROM_AN_AREA} km from each of its areas.",
                    value=lat,
                    mend="The latitude looks as if it lost its minus sign."
                    if lat > 0 and self._is_near(-lat, lon)
                    else "Check both coordinates; a site there belongs to another district.",
                )
            ]
        if own is not None and own_km > MAX_KM_FROM_OWN_AREA:
            nearest = min(self.areas.values(), key=lambda area: distance_km(lat, lon, area.lat, area.lon))
            return [
                FieldProblem(
                    pointer=lat_name,
                    detail=f"Latitude {lat}, longitude {lon} lies {own_km:.0f} km from its area {own.code} {own.name}.",
                    value=lat,
                    mend=f"Check the coordinates or the area; {nearest.code} {nearest.name} is nearest.",
                )
            ]
        return []

    def _is_near(self, lat: float, lon: float) -> bool:
        return distance_km(lat, lon, self.lat, self.lon) <= MAX_KM_FROM_CENTRE or any(
            distance_km(lat, lon, area.lat, area.lon) <= MAX_KM_FROM_AN_AREA for area in self.areas.values()
        )


def surroundings_of(session: Session, district: District) -> Surroundings:
    areas = list_areas(session, district.code)
    return Surroundings(
        district_name=district.name,
        lat=district.lat,
        lon=district.lon,
        areas={area.code: AreaCentre(code=area.code, name=area.name, lat=area.lat, lon=area.lon) for area in areas},
    )


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance (haversine)."""
    north, other_north = math.radians(lat), math.radians(other_lat)
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def _in_indonesia(lat: float, lon: float) -> bool:
    return LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]
