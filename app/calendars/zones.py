"""What a TZID means: IANA, Windows and vendors' names, WIB/WITA/WIT, UTC offsets, and definitions sent along.
Nothing is kept between two calendars, so one cannot redefine a name for another."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_INDONESIAN = {
    "WIB": "Asia/Jakarta",
    "WITA": "Asia/Makassar",
    "WIT": "Asia/Jayapura",
    "WAKTU INDONESIA BARAT": "Asia/Jakarta",
    "WAKTU INDONESIA TENGAH": "Asia/Makassar",
    "WAKTU INDONESIA TIMUR": "Asia/Jayapura",
}
_WINDOWS = {name.casefold(): olson for name, olson in WINDOWS_TO_OLSON.items()}
_UNIVERSAL = frozenset({"UTC", "Z", "GMT", "ETC/UTC", "COORDINATED UNIVERSAL TIME", "(UTC)", "(GMT)"})
_SHOWN_BY_WINDOWS = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "atlantic time": "America/Halifax",
}
_MICROSOFT = re.compile(r"^(?:tzone:/*)?microsoft/", re.IGNORECASE)
_OFFSET_NAME = re.compile(
    r"(?P<open>\()?\s*(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2}?)(?:[:.]?(?P<minutes>[0-5]\d))?"
    r"\s*(?(open)\)|(?=$|[\s,;(]))",
    re.ASCII | re.IGNORECASE,
)
_NO_OFFSET_NAME = re.compile(r"\((?:UTC|GMT)\)", re.IGNORECASE)
_NAME_AND_OFFSET = re.compile(r"(?P<name>[^()]+?)\s*\(\s*(?:UTC|GMT)\b[^()]*\)", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})(?::?(\d{2}))?", re.ASCII)
_ETC = re.compile(r"etc/gmt([+-])0*(\d{1,2})(?::?00)?", re.ASCII | re.IGNORECASE)
_OF_THIS_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
_MAX_OBSERVANCES = 200
_MAX_NAME = 200
_TRIED = tuple(datetime(year, month, 1, tzinfo=UTC) for year in (1601, 1970, 2023, 2200) for month in (1, 7))


class Zones:
    """The zones of one calendar file; names it could not make sense of are collected in `unknown`."""

    def __init__(self, own: tzinfo, definitions: Mapping[str, Sequence[str]], *, calendar_zone: str | None = None):
        self.own = own
        """The zone of floating times and whole days: where the reader is."""
        self.unknown: set[str] = set()
        self._definitions = {_cleaned(name): lines for name, lines in definitions.items()}
        self._known: dict[str, tzinfo] = {}
        named = _cleaned(calendar_zone or "")
        self._fallback = _by_name(named) or _by_offset(named) or own

    def zone(self, tzid: str) -> tzinfo:
        """The zone of a TZID; the calendar's own (X-WR-TIMEZONE) or the reader's when it means nothing."""
        name = _cleaned(tzid)
        if name not in self._known:
            zone = _by_name(name) or self._by_definition(name) or _by_offset(name)
            if zone is None:
                self.unknown.add(name[:_MAX_NAME])
                zone = self._fallback
            self._known[name] = zone
        return self._known[name]

    def _by_definition(self, name: str) -> tzinfo | None:
        lines = self._definitions.get(name)
        if lines is None:
            return None
        for line in lines:
            label, _, value = line.partition(":")
            if label.upper() == "X-LIC-LOCATION" and (zone := _by_name(_cleaned(value))) is not None:
                return zone
        return _defined(lines)


def _cleaned(tzid: str) -> str:
    plain = tzid.replace("\\", "").replace("\u2212", "-").strip().strip("\"'").strip("/")
    return _MICROSOFT.sub("", " ".join(plain.split()))


def _by_name(name: str) -> tzinfo | None:
    if not name or len(name) > _MAX_NAME:
        return None
    return next((zone for zone in map(_called, _readings(name)) if zone is not None), None)


def _readings(name: str) -> Iterator[str]:
    """The names that may stand in a name, the surest first."""
    yield name
    # Vendors put their own name before it: /mozilla.org/20050126_1/Asia/Jakarta.
    parts = name.split("/")
    yield from ("/".join(parts[start:]) for start in range(1, len(parts)))
    # WIB (UTC+7)
    if (both := _NAME_AND_OFFSET.fullmatch(name)) is not None:
        yield both["name"]
    # (UTC+07:00) SE Asia Standard Time
    if (offset := _offset_in(name)) is not None and name[offset.end() :].strip():
        yield name[offset.end() :].strip()


def _called(name: str) -> tzinfo | None:
    """The zone of exactly this name, however it is capitalised."""
    if name.upper() in _UNIVERSAL:
        return UTC
    if (etc := _ETC.fullmatch(name)) is not None:
        # The signs of these are POSIX's: Etc/GMT-7 is seven hours ahead.
        return _fixed(timedelta(hours=int(etc[2])) * (1 if etc[1] == "-" else -1))
    known = _INDONESIAN.get(name.upper()) or _WINDOWS.get(name.casefold()) or _iana().get(name.casefold())
    return None if known is None else ZoneInfo(known)


@cache
def _iana() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() - _OF_THIS_MACHINE}


@cache
def _cities() -> Mapping[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for name in sorted(available_timezones()):
        area, slash, city = name.rpartition("/")
        if slash and area != "Etc":
            key = city.replace("_", " ").casefold()
            names[key] = (*names.get(key, ()), name)
    return names


def _offset_in(name: str) -> re.Match[str] | None:
    """An offset at the beginning of a name, or in its parentheses."""
    match = _OFFSET_NAME.match(name)
    if match is not None or "(" not in name:
        return match
    return _OFFSET_NAME.search(name, name.index("("))


def _by_offset(name: str) -> tzinfo | None:
    """`(UTC+07:00) Bangkok, Hanoi, Jakarta`, `GMT+7` `+08:00`: the zone of a city with that offset, or the offset."""
    written = _offset_in(name)
    if written is not None:
        offset = timedelta(hours=int(written["hours"]), minutes=int(written["minutes"] or 0))
        offset = -offset if written["sign"] == "-" else offset
    elif _NO_OFFSET_NAME.match(name):
        offset = timedelta()
    else:
        return None
    rest = name[written.end() if written is not None else len("(UTC)") :]
    return _of_city(rest, offset) or _fixed(offset)


def _of_city(text: str, offset: timedelta) -> tzinfo | None:
    """The zone of one of the cities that Windows shows behind an offset: their clocks may change in summer."""
    for city in re.split(r"[,/:(&]", text):
        key = city.strip().casefold()
        shown = _SHOWN_BY_WINDOWS.get(key)
        for name in (shown,) if shown is not None else _cities().get(key, ()):
            zone = ZoneInfo(name)
            moments = (datetime(2023, month, 1, tzinfo=zone) for month in (1, 7))
            if min(moment.utcoffset() or timedelta() for moment in moments) == offset:
                return zone
    return None


def _fixed(offset: timedelta) -> tzinfo | None:
    return timezone(offset) if abs(offset) < timedelta(hours=24) else None


def _defined(lines: Sequence[str]) -> tzinfo | None:
    """The zone of a VTIMEZONE's own rules (RFC 5545, 3.6.5); None when they make no sense."""
    offsets, rules = set(), []
    observances = 0
    for line in lines:
        label, _, value = line.partition(":")
        label = label.partition(";")[0].upper()
        if label == "TZOFFSETTO":
            offsets.add(value.strip())
        elif label == "RRULE":
            rules.append(value.upper())
        elif label == "BEGIN":
            observances += value.strip().upper() in ("STANDARD", "DAYLIGHT")
    if len(offsets) == 1:
        written = _OFFSET.fullmatch(offsets.pop())
        if written is None:
            return None
        offset = timedelta(hours=int(written[2]), minutes=int(written[3]), seconds=int(written[4] or 0))
        return _fixed(-offset if written[1] == "-" else offset)
    # A clock that changes by the second is a trap; real ones change by the year.
    if not offsets or observances > _MAX_OBSERVANCES or any("FREQ=YEARLY" not in rule for rule in rules):
        return None
    try:
        text = "\r\n".join(["BEGIN:VTIMEZONE", *lines, "END:VTIMEZONE", ""])
        definition = Timezone.from_ical(text.encode())
        assert isinstance(definition, Timezone)
        zone: tzinfo = definition.to_tz(lookup_tzid=False)
        for moment in _TRIED:
            moment.astimezone(zone)
        return zone
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, AssertionError):
        return None
