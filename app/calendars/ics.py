"""Calendar entries to iCalendar bytes and back (RFC 5545, RFC 7986); pure. The same entries give the same bytes:
readers that key events by content then see a change only where there is one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

from app.languages import said

PRODUCT_ID = "-//Jemput Bola//Outreach calendar 1//ID"
_FOLD_OCTETS = 75
# RFC 5545, 3.3.11; control characters other than the tab may not stand in a text at all (3.1), some readers break lines
# at those of Latin-1 and of Unicode too, and halves of a character cannot be written.
_ESCAPES: dict[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)]),
    **dict.fromkeys([0x85, 0x2028, 0x2029], "\\n"),
    **{ord(sign): written for sign, written in {"\t": "\t", "\n": "\\n", "\\": "\\\\", ";": "\\;", ",": "\\,"}.items()},
}
_ESCAPED = re.compile(r"\\([\\;,nN])")


class EntryStatus(StrEnum):
    """STATUS of an event (RFC 5545, 3.8.1.11)."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class NotACalendar(ValueError):
    """The bytes are no iCalendar stream, or hold an event without what an entry needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """One event with a beginning and an end; texts hold no control character but tabs and line feeds, and no separator
    of lines or paragraphs."""

    uid: str
    sequence: int
    changed_at: datetime
    """Aware, whole seconds: LAST-MODIFIED, and DTSTAMP too, so that asking again changes nothing."""
    starts_at: datetime
    """Aware, like `ends_at`; written in the calendar's time zone."""
    ends_at: datetime
    summary: str
    status: EntryStatus = EntryStatus.CONFIRMED
    description: str | None = None
    location: str | None = None
    latitude_longitude: tuple[float, float] | None = None
    """Degrees, with six decimals: a tenth of a metre."""
    categories: tuple[str, ...] = ()
    url: str | None = None
    alarm_minutes: int | None = None
    """Before the beginning; None: no alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar as others subscribe to it. It has no UID of its own: a known reader takes a calendar's UID for
    that of every event in it."""

    name: str
    time_zone: str
    """Name in the IANA database."""
    entries: tuple[CalendarEntry, ...]
    description: str | None = None
    refresh_every: timedelta = timedelta(hours=1)


def write_calendar(calendar: Calendar) -> bytes:
    """The calendar as `text/calendar`, its entries in the order given."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT_ID}",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(calendar.name)}",
        f"X-WR-CALNAME:{_text(calendar.name)}",
        *(
            [f"DESCRIPTION:{_text(calendar.description)}", f"X-WR-CALDESC:{_text(calendar.description)}"]
            if calendar.description
            else []
        ),
        f"X-WR-TIMEZONE:{calendar.time_zone}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_duration(calendar.refresh_every)}",
        f"X-PUBLISHED-TTL:{_duration(calendar.refresh_every)}",
        *_time_zone_lines(calendar.time_zone),
    ]
    zone = ZoneInfo(calendar.time_zone)
    for entry in calendar.entries:
        lines.extend(_entry_lines(entry, zone))
    return _written(lines)


def write_object(
    entry: CalendarEntry, time_zone: str, *, method: str | None = None, parties: Sequence[str] = ()
) -> bytes:
    """The entry as a calendar object of its own, as a CalDAV collection holds it (RFC 4791, 4.1), or, with a method and
    lines that name the parties, as a message about it (RFC 5546)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT_ID}", "CALSCALE:GREGORIAN"]
    if method is not None:
        lines.append(f"METHOD:{method}")
    *event, end = _entry_lines(entry, ZoneInfo(time_zone))
    return _written([*lines, *_time_zone_lines(time_zone), *event, *parties, end])


def _written(lines: list[str]) -> bytes:
    return "\r\n".join([*(_folded(line) for line in lines), "END:VCALENDAR", ""]).encode()


def read_calendar(content: bytes) -> Calendar:
    """The calendar in the bytes, events only; raises `NotACalendar`."""
    try:
        calendar = icalendar.Calendar.from_ical(content)
        assert isinstance(calendar, icalendar.Calendar)
        return Calendar(
            # The package knows no NAME (RFC 7986) and hands it over as it is written.
            name=_plain(str(calendar.get("NAME", calendar.get("X-WR-CALNAME", "")))),
            time_zone=str(calendar.get("X-WR-TIMEZONE", "UTC")),
            refresh_every=calendar.decoded("REFRESH-INTERVAL", timedelta(hours=1)),
            entries=tuple(_entry(event) for event in calendar.walk("VEVENT")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise NotACalendar(
            said("This is no calendar that can be read: {error}", "Ini bukan kalender yang dapat dibaca.", error=error)
        ) from error


def _entry_lines(entry: CalendarEntry, zone: ZoneInfo) -> Iterator[str]:
    changed_at = f"{entry.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"DTSTAMP:{changed_at}"
    yield f"LAST-MODIFIED:{changed_at}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTART;TZID={zone.key}:{entry.starts_at.astimezone(zone):%Y%m%dT%H%M%S}"
    yield f"DTEND;TZID={zone.key}:{entry.ends_at.astimezone(zone):%Y%m%dT%H%M%S}"
    yield f"STATUS:{entry.status.value}"
    # What was called off must not block the time of those who still see it.
    yield f"TRANSP:{'TRANSPARENT' if entry.status is EntryStatus.CANCELLED else 'OPAQUE'}"
    yield f"SUMMARY:{_text(entry.summary)}"
    if entry.location is not None:
        yield f"LOCATION:{_text(entry.location)}"
    if entry.latitude_longitude is not None:
        latitude, longitude = entry.latitude_longitude
        yield f"GEO:{latitude:.6f};{longitude:.6f}"
    if entry.categories:
        yield f"CATEGORIES:{','.join(map(_text, entry.categories))}"
    if entry.description is not None:
        yield f"DESCRIPTION:{_text(entry.description)}"
    if entry.url is not None:
        yield f"URL:{entry.url}"
    if entry.alarm_minutes is not None:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-PT{entry.alarm_minutes}M")
        yield from (f"DESCRIPTION:{_text(entry.summary)}", "END:VALARM")
    yield "END:VEVENT"


def _entry(event: icalendar.Component) -> CalendarEntry:
    categories = event.get("CATEGORIES", ())
    geo = event.get("GEO")
    return CalendarEntry(
        uid=str(event["UID"]),
        sequence=int(event.get("SEQUENCE", 0)),
        changed_at=event.decoded("LAST-MODIFIED", None) or event.decoded("DTSTAMP"),
        starts_at=_moment(event.decoded("DTSTART")),
        ends_at=_moment(event.decoded("DTEND")),
        summary=str(event.get("SUMMARY", "")),
        status=EntryStatus(str(event.get("STATUS", "CONFIRMED"))),
        description=_optional(event, "DESCRIPTION"),
        location=_optional(event, "LOCATION"),
        latitude_longitude=None if geo is None else (geo.latitude, geo.longitude),
        categories=tuple(str(category) for category in getattr(categories, "cats", ())),
        url=_optional(event, "URL"),
        alarm_minutes=_alarm_minutes(event),
    )


def _alarm_minutes(event: icalendar.Component) -> int | None:
    """Of the first alarm that rings before the beginning."""
    for alarm in event.walk("VALARM"):
        trigger = alarm.decoded("TRIGGER", None)
        if isinstance(trigger, timedelta) and trigger <= timedelta():
            return int(-trigger / timedelta(minutes=1))
    return None


def _optional(event: icalendar.Component, name: str) -> str | None:
    value = event.get(name)
    return None if value is None else str(value)


def _moment(value: date) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value} is no moment: an entry needs a time with a zone")
    return value


def _text(value: str) -> str:
    return value.translate(_ESCAPES)


def _plain(text: str) -> str:
    """The text behind `_text`."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def _duration(value: timedelta) -> str:
    return f"PT{int(value.total_seconds()) // 60}M"


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets that never split a character (RFC 5545, 3.1)."""
    if len(line) <= _FOLD_OCTETS and line.isascii():
        return line
    octets = line.encode()
    pieces = []
    start, room = 0, _FOLD_OCTETS
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end].decode())
        start, room = end, _FOLD_OCTETS - 1
    pieces.append(octets[start:].decode())
    return "\r\n ".join(pieces)


@lru_cache(maxsize=64)
def _time_zone_lines(name: str) -> tuple[str, ...]:
    """The VTIMEZONE of an IANA zone, from 1970 on."""
    component = icalendar.Timezone.from_tzid(name, first_date=date(1970, 1, 1))
    component.pop("COMMENT", None)
    return tuple(component.to_ical().decode().replace("\r\n ", "").splitlines())
