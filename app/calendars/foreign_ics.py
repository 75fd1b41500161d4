"""Bytes that call themselves a calendar to event components with plain times: odd encodings, folds, zones and types
are put right here, once; what cannot be is left out and said so."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from icalendar import Calendar, Event
from icalendar.prop import vBroken, vDDDLists, vDDDTypes, vRecur

from app.calendars.troubles import CalendarTrouble, Trouble
from app.calendars.zones import Zones

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[;:]")
_TZID = re.compile(r';TZID=("[^"]*"|[^;:]*)', re.IGNORECASE)
_KEPT_ZONE = "X-ZONE"
"""Our name for TZID while the library parses, so that it leaves zones to us."""
_EVENT_PROPERTIES = frozenset(
    {
        "UID",
        "SUMMARY",
        "CLASS",
        "STATUS",
        "TRANSP",
        "SEQUENCE",
        "DTSTAMP",
        "LAST-MODIFIED",
        "X-MICROSOFT-CDO-BUSYSTATUS",
    }
    | {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
)
_CALENDAR_PROPERTIES = frozenset({"X-WR-TIMEZONE", "METHOD", "CALSCALE"})
_ZONE_PARTS = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_DEEPEST = 8
_MAX_SUMMARY = 200
_MAX_UID = 300
_MAX_DATES = 5_000
"""RDATE or EXDATE values of one event."""
_MAX_REMARKS = 50
_EARLIEST_YEAR, _LATEST_YEAR = 1600, 2200
"""Some write birthdays without a year into 1604."""
DAY = timedelta(days=1)


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


@dataclass(slots=True)
class Remarks:
    """What was odd, in a planner's words; the first fifty."""

    found: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        if len(self.found) < _MAX_REMARKS and text not in self.found:
            self.found.append(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One VEVENT with everything that recurrence needs in plain types: dates, or aware datetimes."""

    uid: str
    component: Any
    """DTSTART and DTEND of one type; RRULE, RDATE, EXDATE, RECURRENCE-ID and SEQUENCE as far as they made sense."""
    summary: str | None
    """None: private."""
    start: date
    end: date
    """Not in it."""
    is_busy: bool
    is_tentative: bool
    is_cancelled: bool
    stamp: datetime | None
    """LAST-MODIFIED, else DTSTAMP."""

    @property
    def is_override(self) -> bool:
        return "RECURRENCE-ID" in self.component

    @property
    def is_series(self) -> bool:
        return any(name in self.component for name in ("RRULE", "RDATE"))

    @property
    def sequence(self) -> int:
        found: int = self.component["SEQUENCE"]
        return found


def raw_calendar(content: bytes) -> RawCalendar:
    """The calendar's lines; raises `CalendarTrouble` for what is none, or was cut short."""
    found = RawCalendar()
    path: list[str] = []
    part: list[str] = []
    finished = 0
    for line in _unfolded(content):
        name, value = line.partition(":")[0].partition(";")[0].upper(), line.partition(":")[2].strip()
        if not path and (name, value.upper()) != ("BEGIN", "VCALENDAR"):
            raise CalendarTrouble(Trouble.INCOMPLETE if finished else Trouble.NOT_A_CALENDAR)
        if name == "BEGIN":
            path.append(value.upper())
            if len(path) > _DEEPEST:
                raise CalendarTrouble(Trouble.NOT_A_CALENDAR)
            if len(path) == 2:
                part = []
            if _is_kept_component(path):
                found.lines.append(line)
                if len(path) > 2:
                    part.append(line)
        elif name == "END":
            if not path or path[-1] != value.upper():
                raise CalendarTrouble(Trouble.INCOMPLETE)
            if _is_kept_component(path):
                found.lines.append(line)
                if len(path) > 2:
                    part.append(line)
            if len(path) == 2:
                _take_part(found, path[1], part)
            path.pop()
            finished += not path
        elif len(path) == 1 and name in _CALENDAR_PROPERTIES:
            found.lines.append(line)
            if name == "X-WR-TIMEZONE":
                found.calendar_zone = value
            elif name == "METHOD":
                found.is_cancelled = value.upper() == "CANCEL"
        elif _is_kept_property(path, name):
            found.lines.append(line)
            part.append(line)
    if path or not finished:
        raise CalendarTrouble(Trouble.INCOMPLETE if path else Trouble.NOT_A_CALENDAR)
    return found


def _is_kept_component(path: Sequence[str]) -> bool:
    if len(path) == 1:
        return True
    if path[1] == "VTIMEZONE":
        return all(part in _ZONE_PARTS for part in path[1:])
    return len(path) == 2 and path[1] in ("VEVENT", "VFREEBUSY")


def _is_kept_property(path: Sequence[str], name: str) -> bool:
    if len(path) < 2 or not _is_kept_component(path):
        return False
    if path[1] == "VEVENT":
        return name in _EVENT_PROPERTIES
    return path[1] == "VTIMEZONE" or name in ("FREEBUSY", "UID")


def _take_part(found: RawCalendar, kind: str, part: list[str]) -> None:
    if kind == "VEVENT":
        found.events.append(part)
    elif kind == "VFREEBUSY":
        found.free_busy.append(part)
    elif kind == "VTIMEZONE":
        for line in part:
            if line[:5].upper() in ("TZID:", "TZID;"):
                found.zones.setdefault(line.partition(":")[2], part)
                break


def _unfolded(content: bytes) -> Iterable[str]:
    """Content lines (RFC 5545, 3.1), also of files with bare line feeds, a byte-order mark, or broken folds."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", "replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # Before decoding: a fold may stand in the middle of a character.
    content = content.replace(b"\n ", b"").replace(b"\n\t", b"")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    pending: str | None = None
    for line in text.split("\n"):
        if _LINE.match(line) or pending is None:
            if pending is not None:
                yield pending
            pending = line if line.strip() else None
        elif line.strip():
            # Some exporters forget to indent what belongs to the line before.
            pending += line
    if pending is not None:
        yield pending


def entries(raw: RawCalendar, zones: Zones, remarks: Remarks) -> list[Entry]:
    """The calendar's events; those without a usable start are left out with a remark."""
    found = []
    for component in _components(raw.events, remarks):
        try:
            entry = _entry(component, zones, remarks)
        except (ValueError, OverflowError, TypeError) as error:
            remarks.add(f"Event {_shown(component)} was left out: {error}")
            continue
        found.append(entry)
    for name in sorted(zones.unknown):
        remarks.add(f"The time zone {name!r} is unknown and not defined in the file; the calendar's own was used.")
    return found


def _components(events: Sequence[Sequence[str]], remarks: Remarks) -> Iterable[Any]:
    def parse(parts: Sequence[Sequence[str]]) -> list[Any]:
        lines = ["BEGIN:VCALENDAR"]
        for part in parts:
            lines += ["BEGIN:VEVENT", *(_TZID.sub(rf";{_KEPT_ZONE}=\1", line, count=1) for line in part), "END:VEVENT"]
        lines += ["END:VCALENDAR", ""]
        return list(Calendar.from_ical("\r\n".join(lines).encode()).walk("VEVENT"))

    try:
        return parse(events)
    except ValueError:
        found = []
        for part in events:
            try:
                found += parse([part])
            except ValueError as error:
                name = next((line.partition(":")[2] for line in part if line.upper().startswith("SUMMARY")), "")
                remarks.add(f"Event {name[:_MAX_SUMMARY]!r} was left out: {str(error)[:_MAX_SUMMARY]}")
        return found


def _entry(component: Any, zones: Zones, remarks: Remarks) -> Entry:
    start = _moment(_value(component, "DTSTART"), zones, None)
    if start is None:
        raise ValueError("it has no start that can be read.")
    if not _EARLIEST_YEAR <= start.year <= _LATEST_YEAR:
        raise ValueError(f"the year {start.year} is out of range.")
    zone = start.tzinfo if isinstance(start, datetime) else None
    event: Any = Event()
    event["DTSTART"] = vDDDTypes(start)
    end = _end(component, start, zones=zones, remarks=remarks)
    if end.year > _LATEST_YEAR + 1:
        raise ValueError(f"it ends in the year {end.year}, which is out of range.")
    event["DTEND"] = vDDDTypes(end)
    _take_recurrence(component, event, start=start, zones=zones, remarks=remarks)
    sequence = _value(component, "SEQUENCE")
    event["SEQUENCE"] = int(sequence) if isinstance(sequence, int) else 0
    identifier = _value(component, "UID")
    uid = str(identifier)[:_MAX_UID] if identifier else f"without-uid-{start.isoformat()}-{_text(component, 'SUMMARY')}"
    event["UID"] = uid
    recurrence_id = _value(component, "RECURRENCE-ID")
    original = _moment(recurrence_id, zones, zone)
    if original is not None:
        event["RECURRENCE-ID"] = vDDDTypes(original)
        if str(recurrence_id.params.get("RANGE", "")).upper() == "THISANDFUTURE":
            event["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
    return Entry(
        uid=uid,
        component=event,
        start=start,
        end=end,
        summary=_public_summary(component),
        is_busy=_is_busy(component),
        is_tentative=_is_tentative(component),
        is_cancelled=_text(component, "STATUS").upper() == "CANCELLED",
        stamp=_stamp(component),
    )


def _value(component: Any, name: str) -> Any:
    """A property's first value; None when it is missing or the library could not make sense of it."""
    value = component.get(name)
    if isinstance(value, list):
        value = value[0]
    return None if isinstance(value, vBroken) else value


def _text(component: Any, name: str) -> str:
    value = _value(component, name)
    return str(value).strip() if value is not None else ""


def _summary(component: Any) -> str:
    text = _text(component, "SUMMARY")
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text)
    return " ".join(plain.split())[:_MAX_SUMMARY]


def _public_summary(component: Any) -> str | None:
    return None if _text(component, "CLASS").upper() in ("PRIVATE", "CONFIDENTIAL") else _summary(component)


def _is_busy(component: Any) -> bool:
    """TRANSP says it (RFC 5545, 3.8.2.7); Outlook's own word counts only where TRANSP is missing."""
    transparency = _text(component, "TRANSP").upper()
    if transparency:
        return transparency != "TRANSPARENT"
    return _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper() not in ("FREE", "WORKINGELSEWHERE")


def _is_tentative(component: Any) -> bool:
    """BUSY-TENTATIVE in the words of RFC 4791, 7.10."""
    said = _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper()
    return _text(component, "STATUS").upper() == "TENTATIVE" or said == "TENTATIVE"


def _stamp(component: Any) -> datetime | None:
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        value = getattr(_value(component, name), "dt", None)
        if isinstance(value, datetime):
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return None


def _shown(component: Any) -> str:
    return repr(_public_summary(component) or _text(component, "UID")[:_MAX_SUMMARY])


def _moment(value: Any, zones: Zones, default: tzinfo | None) -> date | None:
    """A DATE, or an aware datetime: by its TZID, as UTC, or floating in `default`, else in the reader's zone."""
    found = getattr(value, "dt", None)
    if isinstance(found, datetime):
        return _placed(found, value.params.get(_KEPT_ZONE), zones, default)
    return found if isinstance(found, date) else None


def _placed(moment: datetime, tzid: str | None, zones: Zones, default: tzinfo | None) -> datetime:
    if tzid and moment.tzinfo is None:
        return moment.replace(tzinfo=zones.zone(str(tzid)))
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return moment.replace(tzinfo=default or zones.own)


def _end(component: Any, start: date, *, zones: Zones, remarks: Remarks) -> date:
    """DTEND, DTSTART + DURATION, or what the standard takes when both are missing: the day, or no time at all."""
    zone = start.tzinfo if isinstance(start, datetime) else None
    is_whole_day = zone is None
    end = _moment(_value(component, "DTEND"), zones, zone)
    if end is None:
        length = getattr(_value(component, "DURATION"), "dt", None)
        if not isinstance(length, timedelta):
            return start + DAY if is_whole_day else start
        end = start + (max(DAY, timedelta(days=-(-length // DAY))) if is_whole_day else length)
    if is_whole_day:
        if isinstance(end, datetime):
            local = end.astimezone(zones.own)
            end = local.date() + (DAY if local.time() > time() else timedelta())
        # Several exporters write the same date twice for a single day.
        if end == start:
            end = start + DAY
    elif not isinstance(end, datetime):
        end = datetime.combine(end, time(), tzinfo=zone)
    if end < start:
        remarks.add(f"Event {_shown(component)} ends before it begins; its end was ignored.")
        return start + DAY if is_whole_day else start
    return end


def _take_recurrence(component: Any, event: Any, *, start: date, zones: Zones, remarks: Remarks) -> None:
    rules = []
    for rule in _listed(component.get("RRULE")):
        if isinstance(rule, vRecur) and not _never(rule):
            rules.append(_with_matching_until(rule, start, zones))
        else:
            remarks.add(f"Event {_shown(component)} repeats by a rule that cannot be read; only its first date counts.")
    if rules:
        event["RRULE"] = rules
    zone = start.tzinfo if isinstance(start, datetime) else None
    for name in ("RDATE", "EXDATE"):
        values: list[Any] = []
        for given in _listed(component.get(name)):
            if isinstance(given, vBroken):
                remarks.add(f"Event {_shown(component)} has dates ({name}) that cannot be read.")
                continue
            for item in given.dts:
                value = _listed_moment(item.dt, given, zones=zones, zone=zone)
                if name == "RDATE":
                    value = _like_start(value, start)
                elif zone is None and isinstance(value, datetime):
                    value = value.astimezone(zones.own).date()
                values.append(value)
        if len(values) > _MAX_DATES:
            raise CalendarTrouble(Trouble.REPEATS_TOO_OFTEN, about=_public_summary(component))
        if values:
            event[name] = vDDDLists(values)


def _never(rule: vRecur) -> bool:
    """30 February and the like: no date at all, and millions of days to find that out."""
    months, days, year_days = (
        {int(value) for value in _listed(rule.get(name))} for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY")
    )
    if sum(map(bool, (months, days, year_days))) < 2:
        return False
    return not any(
        (not months or day.month in months)
        and (not days or not days.isdisjoint((day.day, day.day - monthrange(day.year, day.month)[1] - 1)))
        and (not year_days or not year_days.isdisjoint((number, number - length - 1)))
        for year, length in ((2023, 365), (2024, 366))
        for number in range(1, length + 1)
        for day in (date(year, 1, 1) + DAY * (number - 1),)
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _listed_moment(value: Any, given: Any, *, zones: Zones, zone: tzinfo | None) -> Any:
    """A date, an aware datetime, or a period from one for as long as it says."""
    tzid = given.params.get(_KEPT_ZONE)
    if isinstance(value, tuple):
        begins = _placed(value[0], tzid, zones, zone)
        ends = value[1]
        return begins, ends if isinstance(ends, timedelta) else _placed(ends, tzid, zones, zone) - begins
    return _placed(value, tzid, zones, zone) if isinstance(value, datetime) else value


def _like_start(value: Any, start: date) -> Any:
    """An added date in the type of the series: at its time of day, or without one."""
    if isinstance(value, tuple):
        return value if isinstance(start, datetime) else value[0].date()
    if isinstance(start, datetime):
        is_timed = isinstance(value, datetime)
        return value if is_timed else datetime.combine(value, start.time(), tzinfo=start.tzinfo)
    return value.date() if isinstance(value, datetime) else value


def _with_matching_until(rule: vRecur, start: date, zones: Zones) -> vRecur:
    """UNTIL in the type that DTSTART asks for (RFC 5545, 3.3.10); a bare date includes that whole day."""
    until = rule.get("UNTIL")
    until = until[0] if isinstance(until, list) else until
    if until is None:
        return rule
    changed = vRecur(rule)
    if isinstance(start, datetime):
        if not isinstance(until, datetime):
            until = datetime.combine(until, time(23, 59, 59))
        if until.tzinfo is None:
            until = until.replace(tzinfo=start.tzinfo)
        changed["UNTIL"] = [until.astimezone(UTC)]
    elif isinstance(until, datetime):
        changed["UNTIL"] = [(until if until.tzinfo is None else until.astimezone(zones.own)).date()]
    return changed
