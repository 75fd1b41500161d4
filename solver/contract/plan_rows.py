"""The tables of a plan beside its visits: nights, rides, breaks and kits, read even where they are broken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from solver.contract.documents import Carried
from solver.contract.faults import Fault, short_json
from solver.contract.journeys import Night, Pause, Ride
from solver.contract.json_fields import MISSING, parse_date

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a plan says beside its visits, in the order in which it says it."""

    nights: tuple[Night, ...] = ()
    rides: tuple[Ride, ...] = ()
    breaks: tuple[Pause, ...] = ()
    kits: tuple[Carried, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the tables that are not empty."""
        tables: dict[str, tuple[Any, ...]] = {
            "nights": self.nights,
            "rides": self.rides,
            "breaks": self.breaks,
            "kits": self.kits,
        }
        return {name: [row.to_json() for row in rows] for name, rows in tables.items() if rows}


NO_ROWS = Rows()


def read_rows(document: Mapping[str, Any]) -> tuple[Rows, list[Fault]]:
    """Read the tables of a plan; what cannot be read as a row is left out and told."""
    faults: list[Fault] = []

    def table(name: str, keys: Mapping[str, type], build: Callable[..., T], *, spare: str = "") -> tuple[T, ...]:
        return tuple(build(**row) for row in _rows(document.get(name), name, keys, faults, spare=spare))

    rows = Rows(
        nights=table("nights", {"lodging": str}, Night),
        # A pinned ride is named by team, date and connection alone.
        rides=table("rides", {"connection": str, "start": int}, Ride, spare="start"),
        breaks=table("breaks", {"break": int, "start": int}, _pause),
        kits=table("kits", {"kit": str, "count": int}, _carried),
    )
    return rows, faults


def read_work(entry: Mapping[str, Any], path: str, faults: list[Fault]) -> tuple[tuple[str, int], ...] | None:
    """Read the operator-minutes of a visit by document; None if it gives none, nothing if they cannot be read."""
    work = entry.get("work", MISSING)
    if work is MISSING:
        return None
    if isinstance(work, dict) and all(type(minutes) is int for minutes in work.values()):
        return tuple(work.items())
    mend = "give whole operator-minutes by document, or leave it out"
    faults.append(Fault(path=f"{path}/work", value=short_json(work), mend=mend))
    return ()


def _pause(*, team: str, date: date, start: int, **others: int) -> Pause:
    return Pause(team=team, date=date, number=others["break"], start=start)


def _carried(*, team: str, date: date, kit: str, count: int) -> Carried:
    return Carried(team=team, date=date, pool=kit, count=count)


_WANTED = {str: "give the id as text", int: "give a whole number"}


def _rows(
    entries: object, table: str, keys: Mapping[str, type], faults: list[Fault], *, spare: str
) -> list[dict[str, Any]]:
    """Read the rows of a table; one without its `spare` field is told, and kept with None there."""
    if not isinstance(entries, list):
        if entries is not None:
            faults.append(Fault(path=f"/{table}", value=short_json(entries), mend="give a list, or leave it out"))
        return []
    wanted = {"team": str, **keys}
    rows: list[dict[str, Any]] = []
    for index, entry in enumerate(entries):
        path = f"/{table}/{index}"
        if not isinstance(entry, dict):
            faults.append(Fault(path=path, value=short_json(entry), mend=f"give {', '.join([*wanted, 'date'])}"))
            continue
        day = parse_date(entry.get("date"))
        wrong = [name for name, kind in wanted.items() if type(entry.get(name)) is not kind]
        if day is not None and wrong in ([], [spare]):
            rows.append({name: None if name in wrong else entry[name] for name in wanted} | {"date": day})
        if day is not None and not wrong:
            continue
        name = wrong[0] if wrong else "date"
        mend = _WANTED[wanted[name]] if wrong else "give the date as YYYY-MM-DD"
        shown = short_json(entry[name]) if name in entry else "missing"
        faults.append(Fault(path=f"{path}/{name}", value=shown, mend=mend))
    return rows
