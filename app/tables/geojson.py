"""GeoJSON bytes to the cells of each feature and back (RFC 7946): a point and flat properties, nothing else."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from app.errors import FieldProblem, invalid
from app.languages import said
from app.tables.fields import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    cells: Mapping[str, str]
    """Text by property, the point's columns first."""
    problems: tuple[FieldProblem, ...]
    """What holds no cell; pointers are bare columns."""
    numbers: frozenset[str] = frozenset()
    """Properties that are JSON numbers."""

    @property
    def troubled(self) -> tuple[str, ...]:
        """The properties named by a problem."""
        return tuple(problem.pointer for problem in self.problems if problem.pointer != "properties")


def read_features(content: bytes, *, point: tuple[str, str] | None, max_text: int) -> list[Feature]:
    """The features of a FeatureCollection; `point` names the columns of latitude and longitude.

    Raises `InvalidRequest` for anything else."""
    try:
        document = orjson.loads(content.decode().lstrip("\ufeff"))
    except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
        raise invalid(
            "body",
            said(
                "This is no JSON: {error}.",
                "Ini bukan JSON yang benar, di sekitar karakter {at}.",
                error=error,
                at=error.pos if isinstance(error, orjson.JSONDecodeError) else error.start,
            ),
            mend=said("Export the layer as GeoJSON again.", "Ekspor lapisannya sebagai GeoJSON sekali lagi."),
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise invalid(
            "body",
            said("This is no GeoJSON FeatureCollection.", "Ini bukan FeatureCollection GeoJSON."),
            mend=said(
                "Send one with a list 'features' of points (RFC 7946).",
                "Kirim yang berisi daftar 'features' berupa titik (RFC 7946).",
            ),
        )
    return [_feature(feature, point=point, max_text=max_text) for feature in features]


def write_features(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, point: tuple[str, str] | None
) -> bytes:
    """A FeatureCollection; a row without a place has no geometry."""
    latitude_column, longitude_column = point if point is not None else (None, None)
    features = []
    for row in rows:
        latitude, longitude = row.get(latitude_column or ""), row.get(longitude_column or "")
        placed = latitude is not None and longitude is not None
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [longitude, latitude]} if placed else None,
                "properties": {
                    name: _json_value(row.get(name))
                    for name in columns
                    if name not in (latitude_column, longitude_column)
                },
            }
        )
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _feature(feature: Any, *, point: tuple[str, str] | None, max_text: int) -> Feature:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or feature.get("type") != "Feature":
        detail = said("This is no GeoJSON feature with properties.", "Ini bukan fitur GeoJSON dengan properties.")
        mend = said(
            "Write an object with 'type': 'Feature' and 'properties'.",
            "Tulis objek dengan 'type': 'Feature' dan 'properties'.",
        )
        return Feature(cells={}, problems=(FieldProblem(pointer="properties", detail=detail, mend=mend),))
    cells: dict[str, str] = {}
    problems: list[FieldProblem] = []
    if point is not None:
        geometry = feature.get("geometry")
        if geometry is None:
            cells |= dict.fromkeys(point, "")
        elif (coordinates := _coordinates(geometry)) is None:
            shown = orjson.dumps(geometry).decode()
            mend = said(
                "Write a Point with coordinates [longitude, latitude].",
                "Tulis Point dengan coordinates [bujur, lintang].",
            )
            problems += [
                FieldProblem(
                    pointer=name,
                    detail=said("The geometry is no point.", "Geometrinya bukan titik."),
                    value=shown,
                    mend=mend,
                )
                for name in point
            ]
        else:
            longitude, latitude = coordinates
            cells |= {point[0]: text_of(latitude), point[1]: text_of(longitude)}
    for name, value in properties.items():
        if point is not None and name in point:
            detail, mend = (
                said("The geometry says where a feature lies.", "Letak fitur sudah disebut geometrinya."),
                said("Delete this property.", "Hapus properti ini."),
            )
        elif isinstance(value, dict | list):
            detail, mend = (
                said("A property holds a list or an object.", "Properti ini memuat daftar atau objek."),
                said(
                    "Write it as text, a number, true, false or null.",
                    "Tulis sebagai teks, bilangan, true, false, atau null.",
                ),
            )
        elif isinstance(value, str) and len(value) > max_text:
            detail, mend = (
                said("The property has {count} characters.", "Properti ini {count} karakter.", count=len(value)),
                said("Shorten it to {most}.", "Persingkat menjadi {most}.", most=max_text),
            )
        else:
            cells[name] = text_of(value)
            continue
        shown = orjson.dumps(value).decode()
        problems.append(FieldProblem(pointer=name, detail=detail, value=shown, mend=mend))
    numbers = frozenset(name for name, value in properties.items() if isinstance(value, int | float) and name in cells)
    return Feature(cells=cells, problems=tuple(problems), numbers=numbers)


def _coordinates(geometry: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a point (RFC 7946, 3.1.1: in this order, an altitude may follow)."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    numbers = geometry.get("coordinates")
    if not isinstance(numbers, list) or len(numbers) not in (2, 3):
        return None
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
        return None
    return numbers[0], numbers[1]


def _json_value(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case Decimal():
            number = float(value)
            return number if text_of(Decimal(repr(number))) == text_of(value) else text_of(value)
        case date():
            return value.isoformat()
        case _:
            return text_of(value)
