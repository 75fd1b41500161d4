"""Bytes that call themselves a calendar to the lines of it that matter; only what is no calendar, or not all of one, is
refused as a whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.calendars.content_lines import STRAY, taken_apart, unfolded
from app.calendars.troubles import CalendarTrouble, Trouble

_EVENT_PROPERTIES = frozenset(
    {"UID", "SUMMARY", "CLASS", "STATUS", "TRANSP", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", STRAY}
    | {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "X-MICROSOFT-CDO-BUSYSTATUS"}
)
_CALENDAR_PROPERTIES = frozenset({"X-WR-TIMEZONE", "METHOD", "CALSCALE"})
_ZONE_PARTS = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_COMPONENT = re.compile(
    r"V(?:CALENDAR|EVENT|TODO|JOURNAL|FREEBUSY|TIMEZONE|ALARM|AVAILABILITY|LOCATION|RESOURCE|POLL|VOTER|CARD|NOTE)"
    r"|STANDARD|DAYLIGHT|AVAILABLE|PARTICIPANT|VOTE"
)
_DEEPEST = 8


@dataclass(slots=True)
class RawCalendar:
    """The lines that matter, unfolded; attendees, descriptions and alarms are not among them and go no further."""

    lines: list[str] = field(default_factory=list)
    """What is worth keeping, itself a calendar again."""
    events: list[list[str]] = field(default_factory=list)
    free_busy: list[list[str]] = field(default_factory=list)
    zones: dict[str, list[str]] = field(default_factory=dict)
    calendar_zone: str | None = None
    is_cancelled: bool = False
    stray_lines: int = 0
    """Outside of events, what is no property and no component."""


def raw_calendar(content: bytes) -> RawCalendar:
    """The calendar's lines; raises `CalendarTrouble` for what is none, or was cut short."""
    lines = list(unfolded(content))
    closed = {line[4:].strip().upper() for line in lines if line[:4].upper() == "END:"}
    raw = RawCalendar()
    path: list[str] = []
    part: list[str] = []
    finished = 0
    for line in lines:
        name, value = line.partition(":")[0].partition(";")[0].strip().upper(), line.partition(":")[2].strip()
        name = _as_stray(name, value.upper(), path, closed)
        if not path and (name, value.upper()) != ("BEGIN", "VCALENDAR"):
            if not finished or name in ("BEGIN", "END"):
                raise CalendarTrouble(Trouble.INCOMPLETE if finished else Trouble.NOT_A_CALENDAR)
            raw.stray_lines += 1
        elif name == "BEGIN":
            path.append(value.upper())
            if len(path) > _DEEPEST:
                raise CalendarTrouble(Trouble.NOT_A_CALENDAR)
            part = [] if len(path) == 2 else part
            _keep(raw, part, line, path=path, is_kept=_is_kept_component(path))
        elif name == "END":
            if path[-1:] != [value.upper()]:
                raise CalendarTrouble(Trouble.INCOMPLETE)
            _keep(raw, part, line, path=path, is_kept=_is_kept_component(path))
            if len(path) == 2:
                _take_part(raw, path[1], part)
            path.pop()
            finished += not path
        elif len(path) == 1:
            _take_property(raw, name, value, line)
        else:
            _keep(raw, part, f"{STRAY}:1" if name == STRAY else line, path=path, is_kept=_is_kept_property(path, name))
    if path or not finished:
        raise CalendarTrouble(Trouble.INCOMPLETE if path else Trouble.NOT_A_CALENDAR)
    return raw


def _as_stray(name: str, value: str, path: Sequence[str], closed: set[str]) -> str:
    """The name, or `STRAY` for words like `End: 10.00 WIB` that only look as if a component began or ended."""
    is_unknown = _COMPONENT.fullmatch(value) is None
    if name == "BEGIN" and is_unknown and value not in closed:
        return STRAY
    return STRAY if name == "END" and is_unknown and value not in path else name


def _keep(raw: RawCalendar, part: list[str], line: str, *, path: Sequence[str], is_kept: bool) -> None:
    if is_kept:
        raw.lines.append(line)
        if len(path) > 2 or not line[:6].upper().startswith(("BEGIN:", "END:")):
            part.append(line)


def _is_kept_component(path: Sequence[str]) -> bool:
    if len(path) == 1:
        return True
    if path[1] == "VTIMEZONE":
        return all(part in _ZONE_PARTS for part in path[1:])
    return len(path) == 2 and path[1] in ("VEVENT", "VFREEBUSY")


def _is_kept_property(path: Sequence[str], name: str) -> bool:
    if not _is_kept_component(path):
        return False
    if path[1] == "VEVENT":
        return name in _EVENT_PROPERTIES
    return (path[1] == "VTIMEZONE" and name != STRAY) or name in ("FREEBUSY", "UID")


def _take_property(raw: RawCalendar, name: str, value: str, line: str) -> None:
    """One of the calendar itself."""
    raw.stray_lines += name == STRAY
    if name in _CALENDAR_PROPERTIES:
        raw.lines.append(line)
    if name == "X-WR-TIMEZONE":
        raw.calendar_zone = value
    elif name == "METHOD":
        raw.is_cancelled = value.upper() == "CANCEL"


def _take_part(raw: RawCalendar, kind: str, part: list[str]) -> None:
    if kind == "VEVENT":
        raw.events.append(part)
    elif kind == "VFREEBUSY":
        raw.free_busy.append(part)
    elif kind == "VTIMEZONE":
        for line in part:
            parts = taken_apart(line)
            if parts.name == "TZID":
                raw.zones.setdefault(parts.value, part)
                break
