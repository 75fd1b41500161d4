"""Where things lie and when they are open: what sites, teams, lodgings and stations are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the globe in degrees, WGS 84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of the day in minutes after midnight, both ends included."""

    open: int
    close: int


def place_to_json(place: Point | int) -> Mapping[str, Any]:
    """Return the fields that say where something lies."""
    return {"lat": place.lat, "lon": place.lon} if isinstance(place, Point) else {"place": place}


def bits(flags: Sequence[bool]) -> str:
    """Return a character 0 or 1 for each flag."""
    return "".join("1" if flag else "0" for flag in flags)


def windows_to_json(windows: Sequence[Window]) -> list[list[int]]:
    """Return windows as pairs of minutes."""
    return [[window.open, window.close] for window in windows]
