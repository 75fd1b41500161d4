"""When a place is open: weekly windows and dated exceptions, as text, as rows, and on a given date."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import BadText, minute_of_day, minute_text, weekday_mask, weekday_text
from app.tables.places_and_days import calendar_date

MAX_WINDOWS = 50
MAX_EXCEPTIONS = 400
"""More than one for every day of a year."""
_WINDOWS_MEND = said(
    "Write 'mon-thu 08:00-12:00; fri 08:00-11:00'.", "Tulis 'senin-kamis 08.00-12.00; jumat 08.00-11.00'."
)
_EXCEPTIONS_MEND = said(
    "Write '2023-11-20 closed; 2023-11-21 08:00-10:00'.", "Tulis '2023-11-20 tutup; 2023-11-21 08.00-10.00'."
)
_CLOSED = ("closed", "tutup", "libur")
_DAY = 1440
_LONGEST_NIGHT = 720
_PART = re.compile(
    r"(?P<days>.*?)[\s:,]*(?P<opens>\d{1,2}[:.]\d{2}(?:[:.]00)?)\s*(?:-|–|—|s/d|s\.d\.?|sampai)\s*"
    r"(?P<closes>\d{1,2}[:.]\d{2}(?:[:.]00)?)(?:\s*(?:WIB|WITA|WIT))?",
    re.IGNORECASE,
)

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
    """Windows of `mon-thu 08:00-12:00; fri 22:00-02:00`; raises `BadText`."""
    windows: list[Window] = []
    for part in _parts(text):
        days, opens, closes = _days_and_hours(part, _WINDOWS_MEND)
        try:
            windows += over_midnight(Window(opens, closes, weekday_mask(days)))
        except BadText as error:
            raise _inside(part, error) from error
    return canonical_windows(windows)


def over_midnight(window: Window) -> list[Window]:
    """A window that ends on the next day, 22:00-02:00, as its two parts; any other as it is."""
    if not _is_night(window.opens, window.closes):
        return [window]
    evening = Window(window.opens, _DAY, window.weekdays)
    if window.closes == 0:
        return [evening]
    return [evening, Window(0, window.closes, window.weekdays[-1] + window.weekdays[:-1])]


def write_windows(windows: Iterable[Window]) -> str:
    """The text that `read_windows` reads back, in the order of the week."""
    ordered = sorted(windows, key=lambda window: (window.weekdays.index("1"), window.opens))
    return "; ".join(f"{weekday_text(w.weekdays)} {minute_text(w.opens)}-{minute_text(w.closes)}" for w in ordered)


def read_exceptions(text: str) -> tuple[DatedHours, ...]:
    """Dated hours of `2023-11-20 closed; 2023-11-21 08:00-10:00`; raises `BadText`."""
    entries: list[DatedHours] = []
    for part in _parts(text):
        closed_day, _, word = part.rpartition(" ")
        is_closed = word.lower() in _CLOSED
        day, opens, closes = (closed_day, 0, 0) if is_closed else _days_and_hours(part, _EXCEPTIONS_MEND)
        try:
            on = calendar_date(day.strip())
        except BadText as error:
            raise _inside(part, error) from error
        entries.append(DatedHours(on) if is_closed else DatedHours(on, opens, closes))
    return canonical_exceptions(dated_over_midnight(entries))


def _is_night(opens: int, closes: int) -> bool:
    """Whether hours that end before they begin are a night; a longer time is rather two times exchanged."""
    return closes == 0 < opens or (0 < closes < opens and _DAY - opens + closes <= _LONGEST_NIGHT)


def dated_over_midnight(entries: Sequence[DatedHours]) -> list[DatedHours]:
    """The same hours, those that end after midnight cut there.

    Their second part is kept where the next date has hours of its own; it cannot be added to weekly hours, which
    dated ones replace, and then the entry stays for `hours_problems` to refuse."""
    named = {entry.date for entry in entries if entry.opens is not None}
    cut: list[DatedHours] = []
    for entry in entries:
        following = entry.date + timedelta(days=1) if entry.date < date.max else entry.date
        if entry.opens is None or entry.closes is None or not _is_night(entry.opens, entry.closes):
            cut.append(entry)
        elif entry.closes == 0:
            cut.append(DatedHours(entry.date, entry.opens, _DAY))
        elif following in named and following != entry.date:
            cut += [DatedHours(entry.date, entry.opens, _DAY), DatedHours(following, 0, entry.closes)]
        else:
            cut.append(entry)
    return cut


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
            detail = said("There are {count} entries.", "Ada {count} isian.", count=count)
            mend = said("Keep at most {most}.", "Simpan paling banyak {most}.", most=most)
            problems.append(FieldProblem(pointer=name, detail=detail, value=count, mend=mend))
    if problems:
        return problems
    for window in windows:
        if (problem := _order_problem("windows", window.opens, window.closes)) is not None:
            return [problem]
    for weekday in range(7):
        hours = sorted((w.opens, w.closes) for w in windows if w.weekdays[weekday] == "1")
        if overlap := _overlap(hours):
            mask = "".join("1" if index == weekday else "0" for index in range(7))
            problems.append(_overlapping("windows", weekday_text(mask), overlap, value=write_windows(windows)))
            break
    by_date: dict[date, list[DatedHours]] = {}
    for entry in exceptions:
        by_date.setdefault(entry.date, []).append(entry)
    for day, entries in by_date.items():
        if not 2000 <= day.year <= 2100:
            detail = said("The year {year} is out of range.", "Tahun {year} di luar batas.", year=day.year)
            mend = said("Use a year from 2000 to 2100.", "Pakai tahun 2000 sampai 2100.")
            problems.append(FieldProblem(pointer="exceptions", detail=detail, value=str(day), mend=mend))
            continue
        open_hours = [(e.opens, e.closes) for e in entries if e.opens is not None and e.closes is not None]
        is_closed = len(open_hours) < len(entries)
        if is_closed and len(entries) > 1:
            detail = said("{day} is closed and something else too.", "{day} tutup dan juga buka.", day=day)
            mend = said("Keep either 'closed' or the hours.", "Simpan 'tutup' atau jamnya saja.")
            problems.append(FieldProblem(pointer="exceptions", detail=detail, value=str(day), mend=mend))
            continue
        for opens, closes in open_hours:
            if (problem := _order_problem("exceptions", opens, closes)) is not None:
                problems.append(problem)
                break
        else:
            if overlap := _overlap(sorted(open_hours)):
                problems.append(_overlapping("exceptions", day, overlap, value=str(day)))
    return problems


def weekly_hours(windows: Iterable[Window]) -> tuple[Hours, ...]:
    """The hours of each weekday, Monday first."""
    listed = tuple(windows)
    return tuple(
        tuple(sorted((w.opens, w.closes) for w in listed if w.weekdays[weekday] == "1")) for weekday in range(7)
    )


def hours_by_date(exceptions: Iterable[DatedHours]) -> dict[date, Hours]:
    """The hours of each exceptional date; empty when closed."""
    by_date: dict[date, list[tuple[int, int]]] = {}
    for entry in exceptions:
        hours = by_date.setdefault(entry.date, [])
        if entry.opens is not None and entry.closes is not None:
            hours.append((entry.opens, entry.closes))
    return {day: tuple(sorted(hours)) for day, hours in by_date.items()}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def _days_and_hours(part: str, mend: str) -> tuple[str, int, int]:
    """The days of `mon-thu 08:00-12:00` as text, its hours in minutes after midnight."""
    match = _PART.fullmatch(part)
    if match is None or not match["days"]:
        raise BadText(
            said(
                "{part!r} does not say days and hours from-to.",
                "{part!r} tidak menyebut hari dan jam dari-sampai.",
                part=part,
            ),
            mend,
        )
    try:
        return match["days"], minute_of_day(match["opens"]), minute_of_day(match["closes"])
    except BadText as error:
        raise BadText(_inside(part, error).detail, mend) from error


def _inside(part: str, error: BadText) -> BadText:
    return BadText(said("In {part!r}: {detail}", "Pada {part!r}: {detail}", part=part, detail=error.detail), error.mend)


def _order_problem(pointer: str, opens: int, closes: int) -> FieldProblem | None:
    if 0 <= opens < closes <= _DAY:
        return None
    shown = f"{minute_text(opens)}-{minute_text(closes)}"
    detail = said("{shown} ends before it begins.", "{shown} berakhir sebelum mulai.", shown=shown)
    mend = said("Write the earlier time first.", "Tulis jam yang lebih awal dahulu.")
    if pointer == "exceptions" and 0 <= closes < opens <= _DAY:
        mend = said(
            "Hours past midnight belong to two dates: write the first one's until 24:00, and all hours of the second.",
            "Jam lewat tengah malam milik dua tanggal: tulis yang pertama sampai 24.00, dan semua jam yang kedua.",
        )
    return FieldProblem(pointer=pointer, detail=detail, value=shown, mend=mend)


def _overlap(hours: Sequence[tuple[int, int]]) -> tuple[str, str] | None:
    """The first two hours that share a minute, as text."""
    for (opens, closes), (next_opens, next_closes) in pairwise(hours):
        if next_opens < closes:
            return (
                f"{minute_text(opens)}-{minute_text(closes)}",
                f"{minute_text(next_opens)}-{minute_text(next_closes)}",
            )
    return None


def _overlapping(pointer: str, day: date | str, overlap: tuple[str, str], *, value: str) -> FieldProblem:
    first, second = overlap
    detail = said(
        "On {day} {one} and {other} overlap.",
        "Pada {day} {one} dan {other} bertumpang tindih.",
        day=day,
        one=first,
        other=second,
    )
    mend = said("Join them into one.", "Gabungkan menjadi satu.")
    return FieldProblem(pointer=pointer, detail=detail, value=value, mend=mend)


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
