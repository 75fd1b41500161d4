"""Reads what several records of the format share: ids, places, bit strings and windows."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from solver.contract.instance import GreatCircle, Matrix, Point, Window
from solver.contract.json_fields import MISSING, MOST, Fields, Notes

T = TypeVar("T")

# Quantities past these limits are slips of the pen, and the compiled search counts in 32 and 64 bits.
MOST_MINUTES = 100_000_000
MOST_MONEY = 1_000_000_000_000


def read_records(top: Fields, key: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    """Read a list of objects that each have an id of their own."""
    records: list[T] = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(top.entries(key)):
        fields = Fields(entry, f"/{key}/{index}", top.notes)
        if not isinstance(entry, dict):
            continue
        records.append(read(fields))
        name = entry.get("id")
        if isinstance(name, str):
            if not name:
                fields.fault("id", "give an id that is not empty")
            elif name in seen:
                fields.fault("id", f"give each its own id: /{key}/{seen[name]} has the same")
            seen.setdefault(name, index)
    return tuple(records)


def read_place(fields: Fields, ground: GreatCircle | Matrix | None) -> Point | int:
    """Read where something lies; with travel that cannot be read (None) only what is given is looked at."""
    if isinstance(ground, Matrix) or (ground is None and fields.has("place")):
        place, most = fields.take("place"), len(ground.minutes) - 1 if isinstance(ground, Matrix) else MOST
        if type(place) is int and 0 <= place <= most:
            return place
        fields.fault("place", f"give the index of a row of the matrix, from 0 to {most}")
        return 0
    if ground is None and not (fields.has("lat") or fields.has("lon")):
        return 0
    return Point(lat=fields.number("lat", least=-90, most=90), lon=fields.number("lon", least=-180, most=180))


def read_flags(fields: Fields, key: str, count: int, *, optional: bool = False) -> tuple[bool, ...]:
    """Read a bit string; one that may be left out is all ones."""
    if optional and not fields.has(key):
        return (True,) * count
    bits = fields.take(key)
    if isinstance(bits, str) and len(bits) == count and not bits.strip("01"):
        return tuple(bit == "1" for bit in bits)
    fields.fault(key, f"give {count} characters 0 or 1, one for each date")
    return (False,) * count


def read_windows(entries: Iterable[object], path: str, notes: Notes) -> tuple[Window, ...]:
    """Read a list of windows."""
    return tuple(read_window(entry, f"{path}/{index}", notes) for index, entry in enumerate(entries))


def read_window(entry: object, path: str, notes: Notes) -> Window:
    """Read a pair of minutes in order."""
    if isinstance(entry, list) and len(entry) == 2 and all(type(minute) is int for minute in entry):
        opens, closes = entry
        if 0 <= opens <= closes <= MOST_MINUTES:
            return Window(open=opens, close=closes)
    notes.add(path, entry if entry is not None else MISSING, "give [start, end], minutes after midnight in order")
    return Window(open=0, close=0)
