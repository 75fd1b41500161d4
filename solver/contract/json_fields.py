"""Takes typed fields out of parsed JSON and notes every fault with its pointer, instead of stopping at the first."""

from datetime import date
from typing import Any

from solver.contract.faults import Fault, short_json
from solver.contract.instance import Visit

MOST = 1_000_000_000
MISSING = object()


class Notes:
    """The faults found so far."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, path: str, value: object, mend: str) -> None:
        shown = "missing" if value is MISSING else short_json(value)
        self.faults.append(Fault(path=path, value=shown, mend=mend))


class Fields:
    """Takes typed fields out of one JSON object; a fault is noted and a harmless value stands in for the field."""

    def __init__(self, document: object, path: str, notes: Notes) -> None:
        self.path = path
        self.notes = notes
        self._before = len(notes.faults)
        self._document: dict[str, Any] = document if isinstance(document, dict) else {}
        self._is_object = isinstance(document, dict)
        if not self._is_object:
            notes.add(path, document, "give an object")

    @property
    def sound(self) -> bool:
        """Whether nothing was noted since this object was opened."""
        return len(self.notes.faults) == self._before

    def has(self, key: str) -> bool:
        return key in self._document

    def fault(self, key: str, mend: str) -> None:
        if self._is_object:
            self.notes.add(f"{self.path}/{key}", self._document.get(key, MISSING), mend)

    def take(self, key: str) -> Any:
        return self._document.get(key, MISSING)

    def integer(self, key: str, *, least: int = 0, most: int = MOST, default: int | None = None) -> int:
        """Take a whole number; one with a default may be left out."""
        value = self.take(key)
        if value is MISSING and default is not None:
            return default
        if type(value) is int and least <= value <= most:
            return value
        self.fault(key, f"give a whole number from {least} to {most}")
        return least

    def integer_or_null(self, key: str, *, most: int = MOST, optional: bool = False) -> int | None:
        value = self.take(key)
        if value is None or (optional and value is MISSING):
            return None
        if type(value) is int and 0 <= value <= most:
            return value
        self.fault(key, f"give null or a whole number from 0 to {most}")
        return None

    def number(self, key: str, *, least: float, most: float) -> float:
        value = self.take(key)
        if type(value) in (int, float) and least <= value <= most:
            return value  # type: ignore[no-any-return]
        self.fault(key, f"give a number from {least:g} to {most:g}")
        return most

    def text(self, key: str, *, optional: bool = False) -> str:
        value = self.take(key)
        if value is MISSING and optional:
            return ""
        if isinstance(value, str):
            return value
        self.fault(key, "give a text")
        return ""

    def flag(self, key: str, *, optional: bool = False, default: bool = False) -> bool:
        value = self.take(key)
        if isinstance(value, bool):
            return value
        if not (optional and value is MISSING):
            self.fault(key, "give true or false")
        return default

    def entries(self, key: str) -> list[Any]:
        value = self.take(key)
        if isinstance(value, list):
            return value
        self.fault(key, "give a list")
        return []

    def inner(self, key: str) -> "Fields":
        """Open the object under a key."""
        if self._is_object and key not in self._document:
            self.fault(key, "give an object")
            return _Quiet(self.notes)
        return Fields(self.take(key), f"{self.path}/{key}", self.notes) if self._is_object else _Quiet(self.notes)


class _Quiet(Fields):
    """Stands in for an object that is not there, whose absence has been noted."""

    def __init__(self, notes: Notes) -> None:
        super().__init__({}, "", notes)
        self._is_object = False

    @property
    def sound(self) -> bool:
        return False


def read_visit(entry: object, path: str) -> Visit | tuple[Fault, ...]:
    """Return the visit that a JSON value describes, or all that keeps it from being one."""
    if not isinstance(entry, dict):
        mend = "a visit is an object with team, date, site, start and minutes"
        return (Fault(path=path, value=short_json(entry), mend=mend),)
    day = parse_date(entry.get("date"))
    broken = {name: "give the id as text" for name in ("team", "site") if not isinstance(entry.get(name), str)}
    broken |= {} if day else {"date": "give the date as YYYY-MM-DD"}
    broken |= {name: "give whole minutes" for name in ("start", "minutes") if type(entry.get(name)) is not int}
    if day is None or broken:
        return tuple(
            Fault(path=f"{path}/{name}", value=short_json(entry[name]) if name in entry else "missing", mend=mend)
            for name, mend in broken.items()
        )
    return Visit(team=entry["team"], date=day, site=entry["site"], start=entry["start"], minutes=entry["minutes"])


def parse_date(value: object) -> date | None:
    """Return the date that a text of the form YYYY-MM-DD names, None for anything else."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day is not None and day.isoformat() == value else None
