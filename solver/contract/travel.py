"""Minutes and metres between places: the contract's one answer for every leg of every route."""

import math

from solver.contract.instance import GreatCircle, Matrix, Point, Site, Team
from solver.contract.journeys import Lodging, Station

Place = Site | Team | Lodging | Station
"""Where a team can be: a team stands for its base."""

NO_WAY_MINUTES = 1_000_000
"""What a leg takes where there is no way, `null` in a matrix or another zone: two years, which no shift holds."""
EARTH_RADIUS_KM = 6371.0088  # mean radius of the GRS 80 ellipsoid, as the contract fixes it


class Travel:
    """Legs between places; an override beats the matrix and the great circle, and crosses from zone to zone."""

    def __init__(self, travel: GreatCircle | Matrix) -> None:
        self._travel = travel
        self._overrides: dict[tuple[str, str], tuple[int, int]] = {}
        for override in travel.overrides:
            origin, target = override.between
            self._overrides[origin, target] = self._overrides[target, origin] = (override.minutes, override.metres)

    def leg(self, origin: Place, target: Place) -> tuple[int, int]:
        """Return whole minutes and metres from a place to another; the two directions may differ."""
        override = self._overrides.get((origin.id, target.id)) if self._overrides else None
        if override is not None:
            return override
        if origin.zone != target.zone:
            return NO_WAY_MINUTES, 0
        if isinstance(self._travel, Matrix):
            row, column = _index(origin), _index(target)
            return self._travel.minutes[row][column], self._travel.metres[row][column]
        metres = great_circle_metres(_point(origin), _point(target), detour=self._travel.detour)
        return driving_minutes(metres, kmh=self._travel.kmh), metres


def great_circle_metres(origin: Point, target: Point, *, detour: float) -> int:
    """Return the haversine distance times `detour` in metres, halves rounded up.

    The order of the floating-point operations is part of the rule: it decides the last metre.
    """
    origin_phi, target_phi = math.radians(origin.lat), math.radians(target.lat)
    half_phi = (target_phi - origin_phi) / 2
    half_lambda = math.radians(target.lon - origin.lon) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(origin_phi) * math.cos(target_phi) * math.sin(half_lambda) ** 2
    km = 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
    return math.floor(km * detour * 1000 + 0.5)


def driving_minutes(metres: int, *, kmh: float) -> int:
    """Return the minutes to drive so many metres, rounded up to whole ones."""
    metres_per_hour = kmh * 1000
    return int((metres * 60 + metres_per_hour - 1) // metres_per_hour)


def _index(stop: Place) -> int:
    assert isinstance(stop.place, int)
    return stop.place


def _point(stop: Place) -> Point:
    assert isinstance(stop.place, Point)
    return stop.place
