"""Minutes and metres between all places of an instance at once: what `Travel.leg` says of each pair."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from solver.contract.instance import GreatCircle, Matrix, Point
from solver.contract.travel import EARTH_RADIUS_KM, NO_WAY_MINUTES, Place, great_circle_metres
from solver.numeric.kinds import Bools, Floats, Ints

ROWS_PER_BLOCK = 256
# Chord arithmetic and the contract's haversine agree to about 1e-8 m within half the globe; whatever lies
# closer to a rounding edge than this is computed again, exactly as the contract writes it.
EDGE_METRES = 1e-4
LONGEST = 2**30
# Metres where there is no way: longer than any way, so that no kilometre is saved by it.
NO_WAY_METRES = 10**8


class Legs(NamedTuple):
    """Minutes and metres from each place of one list (rows) to each of another."""

    minutes: Ints
    metres: Ints


class Roads:
    """The travel of an instance; its matrices, lists of lists of some million numbers, become arrays only once."""

    def __init__(self, travel: GreatCircle | Matrix) -> None:
        self._travel = travel
        self._tables: tuple[Ints, ...] = ()
        if isinstance(travel, Matrix):
            tables = (np.array(table, dtype=np.int64) for table in (travel.minutes, travel.metres))
            self._tables = tuple(np.minimum(table, LONGEST).astype(np.int32) for table in tables)

    def between(self, origins: Sequence[Place], targets: Sequence[Place]) -> Legs:
        """Lay out the legs from each origin to each target."""
        if isinstance(self._travel, Matrix):
            rows, columns = [_index(place) for place in origins], [_index(place) for place in targets]
            at = np.ix_(np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64))
            minutes, metres = (np.ascontiguousarray(table[at]) for table in self._tables)
        else:
            points = [_point(place) for place in origins], [_point(place) for place in targets]
            minutes, metres = _great_circle(*points, self._travel)
        apart = _apart(origins, targets)
        minutes[apart], metres[apart] = NO_WAY_MINUTES, NO_WAY_METRES
        if self._travel.overrides:
            row_of, column_of = _positions(origins), _positions(targets)
            for override in self._travel.overrides:
                a, b = override.between
                for origin, target in ((a, b), (b, a)):
                    for row, column in product(row_of.get(origin, ()), column_of.get(target, ())):
                        minutes[row, column] = min(override.minutes, LONGEST)
                        metres[row, column] = min(override.metres, LONGEST)
        return Legs(minutes, metres)


def none_to_itself(legs: Legs, origins: Sequence[Place], targets: Sequence[Place]) -> Legs:
    """Make the legs from a place to itself nothing, whatever a table says."""
    rows = np.array([id(place) for place in origins], dtype=np.int64)
    columns = np.array([id(place) for place in targets], dtype=np.int64)
    same = np.equal(rows[:, None], columns[None, :])
    legs.minutes[same] = legs.metres[same] = 0
    return legs


def _positions(places: Sequence[Place]) -> dict[str, list[int]]:
    """Where each id stands; rides may be entered or left at one place."""
    positions: dict[str, list[int]] = {}
    for position, place in enumerate(places):
        positions.setdefault(place.id, []).append(position)
    return positions


def _apart(origins: Sequence[Place], targets: Sequence[Place]) -> Bools:
    """Which pairs lie in different zones."""
    numbers = {zone: number for number, zone in enumerate({place.zone for place in (*origins, *targets)})}
    rows = np.array([numbers[place.zone] for place in origins], dtype=np.int32)
    columns = np.array([numbers[place.zone] for place in targets], dtype=np.int32)
    return np.not_equal(rows[:, None], columns[None, :])


def _index(place: Place) -> int:
    if not isinstance(place.place, int):
        raise TypeError(f"a matrix of travel needs a position, not {place.place!r}")
    return place.place


def _point(place: Place) -> Point:
    if not isinstance(place.place, Point):
        raise TypeError(f"great-circle travel needs a latitude and longitude, not {place.place!r}")
    return place.place


def _great_circle(sources: Sequence[Point], targets: Sequence[Point], travel: GreatCircle) -> tuple[Ints, Ints]:
    """Minutes and metres of the contract's great circle, exact to the last unit, computed by blocks of rows.

    Half the chord between two points of the unit sphere is the sine of half their angle: one arc sine per
    pair is all the trigonometry. It may differ from the contract's haversine in the last bits, so pairs on
    a rounding edge, or so far apart that the arc sine loses digits, are computed by the haversine itself.
    """
    a, b = _unit_vectors(sources), _unit_vectors(targets)
    metres = np.empty((len(sources), len(targets)), dtype=np.int32)
    minutes = np.empty_like(metres)
    per_hour = travel.kmh * 1000
    for top in range(0, len(sources), ROWS_PER_BLOCK):
        block = a[top : top + ROWS_PER_BLOCK]
        chord2 = np.zeros((len(block), len(targets)))
        for axis in range(3):
            difference = block[:, axis, None] - b[None, :, axis]
            difference *= difference
            chord2 += difference
        chord2 *= 0.25
        far = chord2 > 0.5
        np.sqrt(chord2, out=chord2)
        np.minimum(chord2, 1.0, out=chord2)
        np.arcsin(chord2, out=chord2)
        chord2 *= 2000 * EARTH_RADIUS_KM * travel.detour
        chord2 += 0.5
        whole = np.floor(chord2)
        chord2 -= whole
        doubtful = far | (chord2 < EDGE_METRES) | (chord2 > 1 - EDGE_METRES)
        exact = whole.astype(np.int64)
        for row, column in zip(*np.nonzero(doubtful), strict=True):
            exact[row, column] = great_circle_metres(sources[top + row], targets[column], detour=travel.detour)
        metres[top : top + ROWS_PER_BLOCK] = np.minimum(exact, LONGEST)
        minutes[top : top + ROWS_PER_BLOCK] = np.minimum((exact * 60 + per_hour - 1) // per_hour, LONGEST)
    return minutes, metres


def _unit_vectors(points: Sequence[Point]) -> Floats:
    latitude = np.radians(np.array([p.lat for p in points], dtype=np.float64))
    longitude = np.radians(np.array([p.lon for p in points], dtype=np.float64))
    return np.stack(
        (np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)), axis=1
    )
