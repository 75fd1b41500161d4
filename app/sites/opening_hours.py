"""When a site is open: weekly windows and dated exceptions, as text, as rows, and on a given date."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.errors import FieldProblem
from app.tables.fields import BadText, iso_date, minute_of_day, minute_text, weekday_mask, weekday_text

MAX_WINDOWS = 50
MAX_EXCEPTIONS = 400
"""More than one for every day of a year."""
_WINDOWS_MEND = "Write 'mon-thu 08:00-12:00; fri 08:00-11:00'."
_EXCEPTIONS_MEND = "Write '2023-11-20 closed; 2023-11-21 08:00-10:00'."

Hours = tuple[tuple[int, int], ...]
"""Opening and closing minutes after midnight, ascending."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Open from `opens` to `closes` on every weekday marked in `weekdays` (seven characters, Monday first)."""

    opens: int
    closes: int
    weekdays: str


@dataclass(frozen=True, slots=True, order=True)
class DatedHours:
    """Hours of one date, replacing the weekly ones; None for both: closed that day."""

    date: date
    opens: int | None = None
    closes: int | None = None


def read_windows(text: str) -> tuple[Window, ...]:
    """Windows of `mon-thu 08:00-12:00; fri 08:00-11:00`; raises `BadText`."""
    found = []
    for part in _parts(text):
        days, hours = _split(part, _WINDOWS_MEND)
        opens, closes = _hours(hours, part, _WINDOWS_MEND)
        try:
            found.append(Window(opens, closes, weekday_mask(days)))
        except BadText as error:
            raise BadText(f"In {part!r}: {error.detail}", error.mend) from error
    return canonical_windows(found)


def write_windows(windows: Iterable[Window]) -> str:
    """The text that `read_windows` reads back, in the order of the week."""
    ordered = sorted(windows, key=lambda window: (window.weekdays.index("1"), window.opens))
    return "; ".join(f"{weekday_text(w.weekdays)} {minute_text(w.opens)}-{minute_text(w.closes)}" for w in ordered)


def read_exceptions(text: str) -> tuple[DatedHours, ...]:
    """Dated hours of `2023-11-20 closed; 2023-11-21 08:00-10:00`; raises `BadText`."""
    found = []
    for part in _parts(text):
        day, hours = _split(part, _EXCEPTIONS_MEND)
        try:
            on = iso_date(day)
        except BadText as error:
            raise BadText(f"In {part!r}: {error.detail}", error.mend) from error
        if hours.lower() == "closed":
            found.append(DatedHours(on))
        else:
            opens, closes = _hours(hours, part, _EXCEPTIONS_MEND)
            found.append(DatedHours(on, opens, closes))
    return canonical_exceptions(found)


def write_exceptions(exceptions: Iterable[DatedHours]) -> str:
    """The text that `read_exceptions` reads back."""
    return "; ".join(
        f"{entry.date} closed"
        if entry.opens is None or entry.closes is None
        else f"{entry.date} {minute_text(entry.opens)}-{minute_text(entry.closes)}"
        for entry in canonical_exceptions(exceptions)
    )


def canonical_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same hours once each, on all their weekdays, ascending; so that equal weeks compare equal."""
    days_of: dict[tuple[int, int], int] = {}
    ordered = tuple(windows)
    for window in ordered:
        hours = (window.opens, window.closes)
        already, more = days_of.get(hours, 0), int(window.weekdays, 2)
        if already & more:
            # A doubled window is kept as it is, for `hours_problems` to name.
            return tuple(sorted(ordered))
        days_of[hours] = already | more
    return tuple(Window(opens, closes, f"{days:07b}") for (opens, closes), days in sorted(days_of.items()))


def canonical_exceptions(exceptions: Iterable[DatedHours]) -> tuple[DatedHours, ...]:
    return tuple(sorted(exceptions, key=lambda entry: (entry.date, entry.opens or 0)))


def hours_problems(windows: Sequence[Window], exceptions: Sequence[DatedHours]) -> list[FieldProblem]:
    """Hours that end before they begin, overlap or contradict each other; pointers `windows` and `exceptions`."""
    problems: list[FieldProblem] = []
    for name, count, most in (
        ("windows", len(windows), MAX_WINDOWS),
        ("exceptions", len(exceptions), MAX_EXCEPTIONS),
    ):
        if count > most:
            detail = f"There are {count} entries."
            problems.append(FieldProblem(pointer=name, detail=detail, value=count, mend=f"Keep at most {most}."))
    if problems:
        return problems
    for window in windows:
        if (problem := _order_problem("windows", window.opens, window.closes)) is not None:
            return [problem]
    for weekday in range(7):
        hours = sorted((w.opens, w.closes) for w in windows if w.weekdays[weekday] == "1")
        if overlap := _overlap(hours):
            mask = "".join("1" if index == weekday else "0" for index in range(7))
            detail = f"On {weekday_text(mask)} {overlap} overlap."
            problems.append(
                FieldProblem(pointer="windows", detail=detail, value=write_windows(windows), mend="Join them into one.")
            )
            break
    by_date: dict[date, list[DatedHours]] = {}
    for entry in exceptions:
        by_date.setdefault(entry.date, []).append(entry)
    for day, entries in by_date.items():
        if not 2000 <= day.year <= 2100:
            detail, mend = f"The year {day.year} is out of range.", "Use a year from 2000 to 2100."
            problems.append(FieldProblem(pointer="exceptions", detail=detail, value=str(day), mend=mend))
            continue
        open_hours = [(e.opens, e.closes) for e in entries if e.opens is not None and e.closes is not None]
        is_closed = len(open_hours) < len(entries)
        if is_closed and len(entries) > 1:
            detail, mend = f"{day} is closed and something else too.", "Keep either 'closed' or the hours."
            problems.append(FieldProblem(pointer="exceptions", detail=detail, value=str(day), mend=mend))
            continue
        for opens, closes in open_hours:
            if (problem := _order_problem("exceptions", opens, closes)) is not None:
                problems.append(problem)
                break
        else:
            if overlap := _overlap(sorted(open_hours)):
                detail = f"On {day} {overlap} overlap."
                problems.append(
                    FieldProblem(pointer="exceptions", detail=detail, value=str(day), mend="Join them into one.")
                )
    return problems


def weekly_hours(windows: Iterable[Window]) -> tuple[Hours, ...]:
    """The hours of each weekday, Monday first."""
    found = tuple(windows)
    return tuple(
        tuple(sorted((w.opens, w.closes) for w in found if w.weekdays[weekday] == "1")) for weekday in range(7)
    )


def hours_by_date(exceptions: Iterable[DatedHours]) -> dict[date, Hours]:
    """The hours of each exceptional date; empty when closed."""
    found: dict[date, list[tuple[int, int]]] = {}
    for entry in exceptions:
        hours = found.setdefault(entry.date, [])
        if entry.opens is not None and entry.closes is not None:
            hours.append((entry.opens, entry.closes))
    return {day: tuple(sorted(hours)) for day, hours in found.items()}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def _split(part: str, mend: str) -> tuple[str, str]:
    days, _, hours = part.rpartition(" ")
    if not days:
        raise BadText(f"{part!r} has no hours behind the days.", mend)
    return days.strip(), hours


def _hours(text: str, part: str, mend: str) -> tuple[int, int]:
    opens, dash, closes = text.partition("-")
    if not dash:
        raise BadText(f"{part!r} does not end in hours from-to.", mend)
    try:
        return minute_of_day(opens), minute_of_day(closes)
    except BadText as error:
        raise BadText(f"In {part!r}: {error.detail}", mend) from error


def _order_problem(pointer: str, opens: int, closes: int) -> FieldProblem | None:
    if 0 <= opens < closes <= 1440:
        return None
    shown = f"{minute_text(opens)}-{minute_text(closes)}"
    detail, mend = f"{shown} ends before it begins.", "Write the earlier time first."
    return FieldProblem(pointer=pointer, detail=detail, value=shown, mend=mend)


def _overlap(hours: Sequence[tuple[int, int]]) -> str | None:
    for (opens, closes), (next_opens, next_closes) in pairwise(hours):
        if next_opens < closes:
            return (
                f"{minute_text(opens)}-{minute_text(closes)} and {minute_text(next_opens)}-{minute_text(next_closes)}"
            )
    return None


def join_hours(hours: Iterable[tuple[int, int]]) -> Hours:
    """The same minutes, ascending, overlapping and touching parts made one."""
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(hours):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return tuple(joined)


def cut_hours(hours: Hours, closed: Hours) -> Hours:
    """What is left of opening hours without the closed minutes; both ascending and without overlap, like the answer."""
    left = []
    for opens, closes in hours:
        for begins, ends in closed:
            if ends <= opens or closes <= begins:
                continue
            if opens < begins:
                left.append((opens, begins))
            opens = ends
            if opens >= closes:
                break
        if opens < closes:
            left.append((opens, closes))
    return tuple(left)
