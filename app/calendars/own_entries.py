"""Tells an entry of ours from one that somebody changed, whatever a server does to order and spelling; pure."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from app.calendars.content_lines import plain_moment, taken_apart, tzid_in
from app.calendars.zones import Zones

# They change without anybody's doing: with every writing, and with a client that only looks.
_VOLATILE = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"})
_DEFAULTS = frozenset({"CLASS:PUBLIC", "PRIORITY:0", "STATUS:CONFIRMED", "TRANSP:OPAQUE"})
_NAME = re.compile(r"[A-Z0-9-]+")
_MOMENT = re.compile(r"(\d{8}T\d{6})(Z?)")
_PLACE = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?);([+-]?\d{1,3}(?:\.\d{1,20})?)")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_MOST_BYTES = 200_000


def digest_of(content: bytes) -> str:
    """The same for two calendar objects exactly when a reader of both sees the same events."""
    if len(content) > _MOST_BYTES:
        return "too long"
    seen = sorted(
        _canonical(name, parameters, value)
        for name, parameters, value in event_lines(content)
        if name not in _VOLATILE and not name.startswith("X-")
    )
    kept = "\n".join(line for line in seen if line not in _DEFAULTS)
    return hashlib.blake2b(kept.encode(), digest_size=16).hexdigest()


def glimpse_of(content: bytes, own_zone: tzinfo) -> dict[str, str | None]:
    """Summary, starts_at and ends_at (ISO 8601) of the first event, as far as they can be read."""
    glimpse: dict[str, str | None] = {"summary": None, "starts_at": None, "ends_at": None}
    keys = {"SUMMARY": "summary", "DTSTART": "starts_at", "DTEND": "ends_at"}
    zones = Zones(own_zone, {})
    for name, parameters, value in event_lines(content[:_MOST_BYTES]):
        key = keys.get(name)
        if key is not None and glimpse[key] is None:
            # The database holds no NUL.
            plain = value.replace("\0", "")
            glimpse[key] = _text(plain)[:200] if key == "summary" else _moment(parameters, plain, zones)
    return glimpse


def event_lines(content: bytes) -> Iterator[tuple[str, str, str]]:
    """Name, parameters and raw value of the lines of all events, those of alarms included."""
    plain = content.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"").decode("utf-8", "replace")
    is_inside = False
    for line in plain.split("\n"):
        parts = taken_apart(line)
        if ":" not in line or _NAME.fullmatch(parts.name) is None:
            continue
        if (parts.name, parts.value.upper()) == ("BEGIN", "VEVENT"):
            is_inside = True
        if is_inside:
            yield parts.name, parts.parameters, parts.value
        if (parts.name, parts.value.upper()) == ("END", "VEVENT"):
            is_inside = False


def _canonical(name: str, parameters: str, value: str) -> str:
    pairs = sorted(part.upper().replace('"', "") for part in parameters.split(";") if part)
    shown = value if name in ("DTSTART", "DTEND") else _text(value).strip()
    if name == "GEO" and (place := _PLACE.fullmatch(shown)) is not None:
        shown = f"{float(place[1]):.6f};{float(place[2]):.6f}"
    return ";".join([name, *(pair for pair in pairs if not pair.startswith(("X-", "VALUE=DATE-TIME")))]) + ":" + shown


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _moment(parameters: str, value: str, zones: Zones) -> str | None:
    match = _MOMENT.fullmatch(plain_moment(value))
    if match is None:
        return value[:20] or None
    tzid = tzid_in(parameters)
    try:
        moment = datetime.strptime(match[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007 its zone follows
    except ValueError:
        return None
    zone = UTC if match[2] else zones.zone(tzid) if tzid else zones.own
    return moment.replace(tzinfo=zone).isoformat()
