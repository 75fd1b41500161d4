"""What a TZID means: IANA, Windows and vendors' names, WIB/WITA/WIT, UTC offsets, and definitions sent along.
Nothing is kept between two calendars, so one cannot redefine a name for another."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
_OFFSET_NAME = re.compile(r"\(?(?:UTC|GMT)\s*([+-])(\d{1,2})(?:[:.]?(\d{2}))?(?:\)|$|\s)", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_MAX_OBSERVANCES = 200
_MAX_NAME = 200


class Zones:
    """The zones of one calendar file; names it could not make sense of are collected in `unknown`."""

    def __init__(self, own: tzinfo, definitions: Mapping[str, Sequence[str]], *, calendar_zone: str | None = None):
        self.own = own
        """The zone of floating times and whole days: where the reader is."""
        self.unknown: set[str] = set()
        self._definitions = {_cleaned(name): lines for name, lines in definitions.items()}
        self._known: dict[str, tzinfo] = {}
        self._fallback = (_by_name(_cleaned(calendar_zone)) if calendar_zone else None) or own

    def zone(self, tzid: str) -> tzinfo:
        """The zone of a TZID; the calendar's own (X-WR-TIMEZONE) or the reader's when it means nothing."""
        name = _cleaned(tzid)
        if name not in self._known:
            found = _by_name(name) or self._by_definition(name) or _by_offset(name)
            if found is None:
                self.unknown.add(name[:_MAX_NAME])
                found = self._fallback
            self._known[name] = found
        return self._known[name]

    def _by_definition(self, name: str) -> tzinfo | None:
        lines = self._definitions.get(name)
        if lines is None:
            return None
        for line in lines:
            label, _, value = line.partition(":")
            if label.upper() == "X-LIC-LOCATION" and (found := _by_name(_cleaned(value))) is not None:
                return found
        return _defined(lines)


def _cleaned(tzid: str) -> str:
    return tzid.strip().strip('"').strip("/").strip()


def _by_name(name: str) -> tzinfo | None:
    if not name or len(name) > _MAX_NAME:
        return None
    if name.upper() in ("UTC", "Z", "GMT", "ETC/UTC"):
        return UTC
    candidates = [name, _INDONESIAN.get(name.upper(), ""), _WINDOWS.get(name.casefold(), "")]
    # Vendors put their own name before it: /mozilla.org/20050126_1/Asia/Jakarta.
    parts = name.split("/")
    candidates += ["/".join(parts[start:]) for start in range(1, len(parts) - 1)]
    candidates += [name.title()] if name.islower() else []
    for candidate in candidates:
        if candidate:
            try:
                return ZoneInfo(candidate)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return None


def _by_offset(name: str) -> tzinfo | None:
    """`(UTC+07:00) Bangkok, Hanoi, Jakarta` and `GMT+7`."""
    found = _OFFSET_NAME.match(name)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return _fixed(-offset if found[1] == "-" else offset)


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
        found = _OFFSET.fullmatch(offsets.pop())
        if found is None:
            return None
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
        return _fixed(-offset if found[1] == "-" else offset)
    # A clock that changes by the second is a trap; real ones change by the year.
    if not offsets or observances > _MAX_OBSERVANCES or any("FREQ=YEARLY" not in rule for rule in rules):
        return None
    try:
        text = "\r\n".join(["BEGIN:VTIMEZONE", *lines, "END:VTIMEZONE", ""])
        definition = Timezone.from_ical(text.encode())
        assert isinstance(definition, Timezone)
        zone: tzinfo = definition.to_tz(lookup_tzid=False)
        return zone
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
