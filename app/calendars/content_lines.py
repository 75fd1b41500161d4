"""Content lines of foreign calendars (RFC 5545, 3.1): unfolded, told from what is no property, and put into the one
spelling that the library understands."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

STRAY = "X-JEMPUT-STRAY-LINE"
"""Stands for a line that is no property; its words may be private, so they are not kept."""
KEPT_ZONE = "X-ZONE"
"""TZID while the library parses, in hexadecimal: it leaves zones to us then, and no sign in a name confuses it."""
_PROPERTY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]* ?[;:]")
_INDENTED_PART = re.compile(rb"^((?:BEGIN|END):[^\n]*\n)[ \t]+(?=[A-Za-z])", re.IGNORECASE | re.MULTILINE)
"""No beginning or end is long enough to be folded: what is indented behind one is a property."""
_DATED = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE", "DTSTAMP", "LAST-MODIFIED"})
_LISTS = frozenset({"RDATE", "EXDATE"})
_ONE_WORD = frozenset(
    {"BEGIN", "END", "UID", "STATUS", "TRANSP", "CLASS", "SEQUENCE", "METHOD", "VERSION", "CALSCALE"}
    | {"X-MICROSOFT-CDO-BUSYSTATUS", "X-WR-TIMEZONE", "TZID", "TZOFFSETTO", "TZOFFSETFROM", STRAY}
)
"""A line after one of these never goes on with it."""
_PIECE = re.compile(r"[0-9A-Z=,;:/+-]+")
_WHOLE_MOMENT = re.compile(r"[:,/]\d{8}(?:T\d{6}Z?)?$")
_VALUE_BEGINS = re.compile(r":(?=\s*(?:\d{8}(?!\d)|\d{4}-\d\d-\d\d))")
_UNQUOTED_COLON = re.compile(r'(?:"[^"]*"|[^":])*+:')
_TZID = re.compile(r';TZID=("[^"]*"|.*?)(?=;[A-Za-z-]+=|$)', re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r';RANGE="?THISANDFUTURE"?(?=;|$)', re.IGNORECASE)
_VALUE_DATE = re.compile(r';VALUE="?DATE"?(?=;|$)', re.IGNORECASE)
_MOMENT = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d{1,9})?)?\s*(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_IDLE_PART = re.compile(r"(?:^|;)(?:X-[^=;]*=[^;]*|RSCALE=GREGORIAN|SKIP=OMIT)(?=;|$)", re.IGNORECASE)
"""Of a rule, what changes nothing (RFC 7529)."""
_DURATION = re.compile(r"[+-]?P(?=T?\d)(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", re.ASCII)
_MIDNIGHT = re.compile(r"T000000Z?$")
_UNTIL = re.compile(r"(?<=UNTIL=)[^;]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A property, taken apart as its exporter meant it."""

    name: str
    """In capitals."""
    parameters: str
    """As written, from the first semicolon on; empty if there are none."""
    value: str


def unfolded(content: bytes) -> Iterator[str]:
    """Content lines, also of files with bare line feeds, a byte-order mark, or broken folds.

    A line that is no property and does not go on with the one before is given as `STRAY`."""
    pending: str | None = None
    for line in _text(content).split("\n"):
        if not line.strip():
            continue
        if pending is None:
            pending = line
        elif _PROPERTY.match(line):
            yield pending
            pending = line
        elif _goes_on(pending, line):
            # Some exporters forget to indent what belongs to the line before.
            pending += line
        elif not pending.startswith(STRAY):
            yield pending
            pending = f"{STRAY}:1"
    if pending is not None:
        yield pending


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", "replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    content = _INDENTED_PART.sub(rb"\1", content)
    # Before decoding: a fold may stand in the middle of a character.
    content = content.replace(b"\n ", b"").replace(b"\n\t", b"")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _goes_on(pending: str, line: str) -> bool:
    """Whether an unindented line that is no property is the rest of the one before: words go on, dates and rules only
    with more of their kind, and a single word is complete."""
    name = _name_of(pending)
    if name in _ONE_WORD:
        return False
    if name == "RRULE":
        return _PIECE.fullmatch(line) is not None
    if name in _DATED or name == "DURATION":
        is_open = pending[-1] in ",;=:/" or line[0] in ",;=/" or _WHOLE_MOMENT.search(pending) is None
        return is_open and _PIECE.fullmatch(line) is not None
    return True


def _name_of(line: str) -> str:
    return line.partition(":")[0].partition(";")[0].strip().upper()


def taken_apart(line: str) -> ContentLine:
    """A content line's parts; a zone's name may hold colons, quoted or not: `TZID=(UTC+07:00) Jakarta`."""
    name = _name_of(line)
    begins = _VALUE_BEGINS.search(line) if name in _DATED else None
    if begins is not None:
        end = begins.start()
    else:
        colon = _UNQUOTED_COLON.match(line)
        end = line.find(":") if colon is None else colon.end() - 1
    head, value = (line, "") if end < 0 else (line[:end], line[end + 1 :])
    return ContentLine(name, head[len(head.partition(";")[0]) :], value)


def tzid_in(parameters: str) -> str | None:
    """The zone that the parameters name."""
    named = _TZID.search(parameters)
    return None if named is None else named[1].strip('"')


def for_library(line: str) -> list[str]:
    """The line in the library's spelling, without parameters that nobody here reads; a list of dates as one line each,
    so that one that cannot be read does not take the others with it."""
    parts = taken_apart(line)
    if parts.name == "RRULE":
        rule = _IDLE_PART.sub("", parts.value.strip()).strip(";")
        return [f"RRULE:{_UNTIL.sub(lambda until: plain_moment(until[0]), rule)}"]
    if parts.name == "DURATION" and _DURATION.fullmatch(parts.value.strip().upper()) is None:
        # The library takes `PT` for no time at all.
        return ["DURATION:unreadable"]
    if parts.name not in _DATED:
        return [f"{parts.name}:{parts.value}"]
    tzid = tzid_in(parts.parameters)
    zone = f";{KEPT_ZONE}={tzid.encode('utf-8', 'replace').hex()}" if tzid else ""
    extent = ";RANGE=THISANDFUTURE" if _RANGE.search(parts.parameters) else ""
    values = parts.value.split(",") if parts.name in _LISTS else [parts.value]
    plain = ["/".join(map(plain_moment, value.split("/"))) for value in values]
    if _VALUE_DATE.search(parts.parameters):
        plain = [_MIDNIGHT.sub("", value) for value in plain]
    return [f"{parts.name}{zone}{extent}:{value}" for value in plain if value or parts.name not in _LISTS]


def zone_name(kept: str) -> str:
    """The TZID behind `KEPT_ZONE`."""
    return bytes.fromhex(kept).decode()


def plain_moment(text: str) -> str:
    """A date or time in the standard's spelling, if it can be read: 24:00 is the next midnight, seconds may be missing,
    dashes and colons be written (ISO 8601), and an offset becomes UTC. Anything else comes back as it is."""
    written = text.strip()
    parts = _MOMENT.fullmatch(written)
    if parts is None:
        return written
    year, month, day = int(parts[1]), int(parts[3]), int(parts[4])
    with suppress(ValueError, OverflowError):
        if parts[5] is None:
            return f"{datetime(year, month, day, tzinfo=UTC):%Y%m%d}".rjust(8, "0")
        hour, minute, second = int(parts[5]), int(parts[6]), min(int(parts[7] or 0), 59 + (int(parts[7] or 0) > 60))
        is_midnight = (hour, minute, second) == (24, 0, 0)
        moment = datetime(year, month, day, 0 if is_midnight else hour, minute, second, tzinfo=UTC)
        moment += timedelta(days=1) if is_midnight else timedelta()
        suffix = (parts[8] or "").upper()
        if suffix not in ("", "Z"):
            moment, suffix = moment.replace(tzinfo=_offset(suffix)).astimezone(UTC), "Z"
        return f"{moment:%Y%m%dT%H%M%S}".rjust(15, "0") + suffix
    return written


def _offset(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
