"""Where the sites and team bases of a district can lie; finds swapped coordinates and lost minus signs."""

import math
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.districts.areas import list_areas
from app.districts.models import District
from app.districts.places import LATITUDES, LONGITUDES
from app.errors import FieldProblem
from app.languages import said

EARTH_RADIUS_KM = 6371.0088
MAX_KM_FROM_AN_AREA = 60
"""The farthest village of Kalimantan Utara, whose areas are the country's largest, lies 59 km from the nearest centre
of an area; elsewhere 20 km is rare. Wider would let a neighbouring city's coordinates pass."""
MAX_KM_FROM_OWN_AREA = 100
"""There a village lies 68 km from its own area's centre; beyond this the area is the wrong one."""
MAX_KM_FROM_CENTRE = 50
"""For districts whose areas are not all entered yet."""
MAX_KM_OF_A_WAY = 300
"""Boats and planes go to other districts, and change there; the longest flights of one province are shorter."""
_NAMED_AREAS = 3
_SWAPPED = said(
    "Latitude and longitude look swapped; exchange them (GeoJSON wants the longitude first).",
    "Lintang dan bujur tampaknya tertukar; tukarkan (GeoJSON meminta bujur dahulu).",
)
_LIMITS = said(
    "Latitude is {south} to {north}, longitude {west} to {east}.",
    "Lintang {south} sampai {north}, bujur {west} sampai {east}.",
    south=LATITUDES[0],
    north=LATITUDES[1],
    west=LONGITUDES[0],
    east=LONGITUDES[1],
)
_LOST_SIGN = said("The latitude looks as if it lost its minus sign.", "Lintang ini tampaknya kehilangan tanda minus.")
_ELSEWHERE = said(
    "Check both coordinates; a site there belongs to another district.",
    "Periksa kedua koordinat; lokasi di sana milik kabupaten/kota lain.",
)
_KECAMATAN = re.compile(r"^(kecamatan|kec)\b\.?\s*", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}


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

    def area_named(self, text: str) -> str | None:
        """The code of the one area that is called so, however it is spelt; None where none is, or several are."""
        if text in self.areas:
            return text
        wanted = _spelling(text)
        codes = [area.code for area in self.areas.values() if _spelling(area.name) == wanted]
        return codes[0] if len(codes) == 1 else None

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
                detail=said(
                    "{district} has no area with this code or name.",
                    "{district} tidak punya kecamatan dengan kode atau nama ini.",
                    district=self.district_name,
                ),
                value=area_code,
                mend=said("Nearest: {shown}.", "Yang terdekat: {shown}.", shown=shown)
                if shown
                else said("Enter the district's areas first.", "Isi kecamatan kabupaten/kota ini dahulu."),
            )
        ]

    def place_problems(
        self,
        lat: float,
        lon: float,
        *,
        area_code: str | None = None,
        names: tuple[str, str] = ("lat", "lon"),
        most_km: int = MAX_KM_FROM_AN_AREA,
    ) -> list[FieldProblem]:
        """One problem if the place lies outside Indonesia, the district's surroundings or its own area's.

        `names` are the fields of latitude and longitude, `most_km` how far it may be from every area."""
        if not _in_indonesia(lat, lon):
            return [_abroad(lat, lon, names)]
        own = self.areas.get(area_code or "")
        own_km = distance_km(lat, lon, own.lat, own.lon) if own is not None else math.inf
        if own_km <= MAX_KM_FROM_AN_AREA:
            return []
        if not self._is_near(lat, lon, most_km):
            return [self._far_away(lat, lon, names[0], most_km)]
        if own is not None and own_km > MAX_KM_FROM_OWN_AREA:
            return [self._far_from_its_area(lat, lon, names[0], own, own_km)]
        return []

    def _far_away(self, lat: float, lon: float, pointer: str, most_km: int) -> FieldProblem:
        return FieldProblem(
            pointer=pointer,
            detail=said(
                "Latitude {lat}, longitude {lon} lies {away:.0f} km from the centre of {district} and more than {most} "
                "km from each of its areas.",
                "Lintang {lat}, bujur {lon} berjarak {away:.0f} km dari pusat {district} dan lebih dari {most} km dari "
                "setiap kecamatannya.",
                lat=lat,
                lon=lon,
                away=distance_km(lat, lon, self.lat, self.lon),
                district=self.district_name,
                most=most_km,
            ),
            value=lat,
            mend=_LOST_SIGN if lat > 0 and self._is_near(-lat, lon, most_km) else _ELSEWHERE,
        )

    def _far_from_its_area(self, lat: float, lon: float, pointer: str, own: AreaCentre, own_km: float) -> FieldProblem:
        nearest = min(self.areas.values(), key=lambda area: distance_km(lat, lon, area.lat, area.lon))
        return FieldProblem(
            pointer=pointer,
            detail=said(
                "Latitude {lat}, longitude {lon} lies {away:.0f} km from its area {area}.",
                "Lintang {lat}, bujur {lon} berjarak {away:.0f} km dari kecamatannya {area}.",
                lat=lat,
                lon=lon,
                away=own_km,
                area=f"{own.code} {own.name}",
            ),
            value=lat,
            mend=said(
                "Check the coordinates or the area; {area} is nearest.",
                "Periksa koordinat atau kecamatannya; {area} yang terdekat.",
                area=f"{nearest.code} {nearest.name}",
            ),
        )

    def _is_near(self, lat: float, lon: float, most_km: int) -> bool:
        of_centre = MAX_KM_FROM_CENTRE if most_km == MAX_KM_FROM_AN_AREA else most_km
        return distance_km(lat, lon, self.lat, self.lon) <= of_centre or any(
            distance_km(lat, lon, area.lat, area.lon) <= most_km for area in self.areas.values()
        )


def surroundings_of(session: Session, district: District) -> Surroundings:
    areas = list_areas(session, district.code)
    return Surroundings(
        district_name=district.name,
        lat=district.lat,
        lon=district.lon,
        areas={area.code: AreaCentre(code=area.code, name=area.name, lat=area.lat, lon=area.lon) for area in areas},
    )


def _spelling(name: str) -> str:
    """`Kec. Lubuklinggau Timur 1` and `Lubuk Linggau Timur I` alike."""
    words = re.findall(r"[a-z0-9]+", _KECAMATAN.sub("", name.strip()).lower())
    return "".join(_ROMAN.get(word, word) for word in words)


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance (haversine)."""
    north, other_north = math.radians(lat), math.radians(other_lat)
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def _abroad(lat: float, lon: float, names: tuple[str, str]) -> FieldProblem:
    is_lat_wrong = not LATITUDES[0] <= lat <= LATITUDES[1]
    return FieldProblem(
        pointer=names[0] if is_lat_wrong else names[1],
        detail=said(
            "Latitude {lat}, longitude {lon} lies outside Indonesia.",
            "Lintang {lat}, bujur {lon} di luar Indonesia.",
            lat=lat,
            lon=lon,
        ),
        value=lat if is_lat_wrong else lon,
        mend=_SWAPPED if _in_indonesia(lon, lat) else _LIMITS,
    )


def _in_indonesia(lat: float, lon: float) -> bool:
    return LATITUDES[0] <= lat <= LATITUDES[1] and LONGITUDES[0] <= lon <= LONGITUDES[1]
