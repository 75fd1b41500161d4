"""Lines of a calendar to event components with plain times: odd zones and types are put right here, once; what cannot
be is left out and said so."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import blake2b
from typing import Any

from icalendar import Calendar, Event
from icalendar.prop import vBroken, vDDDTypes

from app.calendars.content_lines import KEPT_ZONE, STRAY, for_library, taken_apart
from app.calendars.raw_calendar import RawCalendar
from app.calendars.rules import listed, placed, take_recurrence
from app.calendars.zones import Zones
from app.languages import Said, said
from app.words import said_number

_MAX_SUMMARY = 200
_MAX_UID = 300
_MAX_REMARKS = 50
_EARLIEST_YEAR, _LATEST_YEAR = 1600, 2200
"""Some write birthdays without a year into 1604."""
_NAMED = 5
"""Events that one remark names."""
_PRIVATE = ("PRIVATE", "CONFIDENTIAL")
_STATUSES = ("", "TENTATIVE", "CONFIRMED", "CANCELLED")
_ONCE = ("UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "STATUS", "TRANSP", "CLASS")
_UNREADABLE = (ValueError, OverflowError, TypeError, AttributeError, LookupError)
"""What the library raises where it was not made for what it is given."""
DAY = timedelta(days=1)


@dataclass(slots=True)
class Remarks:
    """What was odd, in a planner's words: the first fifty, and how many more there were."""

    _texts: dict[Said, None] = field(default_factory=dict)

    def add(self, text: Said) -> None:
        self._texts.setdefault(text)

    def texts(self) -> tuple[Said, ...]:
        shown = tuple(self._texts)[:_MAX_REMARKS]
        more = len(self._texts) - len(shown)
        if not more:
            return shown
        rest = said(
            "… and {more} more remarks of this kind.", "… dan {more} catatan lain semacam ini.", more=said_number(more)
        )
        return (*shown, rest)


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
    def label(self) -> str:
        """What a remark calls it: its words, or, where they are private, its identity."""
        return repr(self.summary or self.uid[:_MAX_SUMMARY])

    @property
    def is_override(self) -> bool:
        return "RECURRENCE-ID" in self.component

    @property
    def is_series(self) -> bool:
        return any(name in self.component for name in ("RRULE", "RDATE"))

    @property
    def sequence(self) -> int:
        number: int = self.component["SEQUENCE"]
        return number


def entries(raw: RawCalendar, zones: Zones, remarks: Remarks, *, holidays: bool) -> list[Entry]:
    """The calendar's events; those without a usable beginning or end are left out with a remark.

    With `holidays`, whole days are busy even where they are marked free."""
    read, endless = [], []
    for component in _components(raw.events, remarks):
        try:
            entry = _entry(component, zones, remarks)
        except _UNREADABLE as error:
            remarks.add(
                said(
                    "Event {event} was left out: {reason}",
                    "Acara {event} dilewati: {reason}",
                    event=_shown(component),
                    reason=_reason(error),
                )
            )
            continue
        read.append(entry)
        is_endless = "DTEND" not in component and "DURATION" not in component and isinstance(entry.start, datetime)
        if is_endless and entry.is_busy and not entry.is_cancelled:
            endless.append(entry.label)
    if endless:
        names = ", ".join(dict.fromkeys(endless[:_NAMED])) + (", …" if len(endless) > _NAMED else "")
        remarks.add(
            said(
                "Events with a beginning and no end take no time and block nothing ({count}): {names}.",
                "Acara yang punya awal tanpa akhir tidak memakan waktu dan tidak menghalangi ({count}): {names}.",
                count=said_number(len(endless)),
                names=names,
            )
        )
    days = [entry for entry in read if not isinstance(entry.start, datetime) and not entry.is_cancelled]
    if holidays:
        read = [entry if isinstance(entry.start, datetime) else replace(entry, is_busy=True) for entry in read]
    elif days and not any(day.is_busy for day in days):
        remarks.add(
            said(
                "All whole days here are marked free and block nothing ({count}); if they are "
                'holidays that should, connect the calendar with "holidays": true.',
                "Semua hari penuh di sini ditandai bebas dan tidak menghalangi ({count}); bila itu "
                'hari libur yang harus menghalangi, hubungkan kalender ini dengan "holidays": true.',
                count=said_number(len(days)),
            )
        )
    if raw.stray_lines:
        remarks.add(
            said(
                "Lines between the events that are no properties were passed over ({count}).",
                "Baris di antara acara yang bukan properti dilewati ({count}).",
                count=said_number(raw.stray_lines),
            )
        )
    for name in sorted(zones.unknown):
        remarks.add(
            said(
                "The time zone {name!r} is unknown and not defined in the file; the calendar's own was used.",
                "Zona waktu {name!r} tidak dikenal dan tidak dijelaskan di berkas; dipakai zona kalender ini sendiri.",
                name=name,
            )
        )
    return read


def _reason(error: Exception) -> Said:
    if isinstance(error, ValueError) and error.args and isinstance(error.args[0], Said):
        return error.args[0]
    # The library's own words are English.
    words = str(error)[:_MAX_SUMMARY] if isinstance(error, ValueError) else "it cannot be read."
    return said("{words}", "tidak dapat dibaca.", words=words)


def _components(events: Sequence[Sequence[str]], remarks: Remarks) -> Iterable[Any]:
    def parse(parts: Sequence[Sequence[str]]) -> list[Any]:
        lines = ["BEGIN:VCALENDAR"]
        for part in parts:
            lines += ["BEGIN:VEVENT", *(written for line in part for written in for_library(line)), "END:VEVENT"]
        lines += ["END:VCALENDAR", ""]
        return list(Calendar.from_ical("\r\n".join(lines).encode("utf-8", "replace")).walk("VEVENT"))

    try:
        return parse(events)
    except _UNREADABLE:
        components = []
        for part in events:
            try:
                components += parse([part])
            except _UNREADABLE as error:
                remarks.add(
                    said(
                        "Event {event} was left out: {reason}",
                        "Acara {event} dilewati: {reason}",
                        event=_shown_lines(part),
                        reason=_reason(error),
                    )
                )
        return components


def _shown_lines(part: Sequence[str]) -> str:
    """What a remark calls an event that could not even be taken apart."""
    values = {parts.name: parts.value.strip() for parts in map(taken_apart, part)}
    is_private = values.get("CLASS", "").upper() in _PRIVATE
    return repr(((not is_private and values.get("SUMMARY")) or values.get("UID", ""))[:_MAX_SUMMARY])


def _entry(component: Any, zones: Zones, remarks: Remarks) -> Entry:
    start = _moment(_value(component, "DTSTART"), zones, None)
    if start is None:
        raise ValueError(said("it has no start that can be read.", "waktu mulainya tidak dapat dibaca."))
    if not _EARLIEST_YEAR <= start.year <= _LATEST_YEAR:
        raise ValueError(said("the year {year} is out of range.", "tahun {year} di luar batas.", year=start.year))
    event: Any = Event()
    event["DTSTART"] = vDDDTypes(start)
    end = _end(component, start, zones=zones, remarks=remarks)
    if end.year > _LATEST_YEAR + 1:
        raise ValueError(
            said(
                "it ends in the year {year}, which is out of range.",
                "berakhir pada tahun {year}, di luar batas.",
                year=end.year,
            )
        )
    event["DTEND"] = vDDDTypes(end)
    oddities = [*_oddities(component), *take_recurrence(component, event, start=start, zones=zones)]
    sequence = _value(component, "SEQUENCE")
    event["SEQUENCE"] = int(sequence) if isinstance(sequence, int) else 0
    event["UID"] = uid = _identity(component, start)
    _take_original(component, event, start=start, zones=zones)
    for oddity in oddities:
        remarks.add(said("Event {event} {oddity}", "Acara {event} {oddity}", event=_shown(component), oddity=oddity))
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


def _identity(component: Any, start: date) -> str:
    written = _value(component, "UID")
    uid = str(written) if written else f"without-uid-{start.isoformat()}-{_text(component, 'SUMMARY')}"
    if _is_broken(component, "RECURRENCE-ID"):
        # Nobody knows which date it replaces; under its series' identity it would replace the series.
        uid = f"{start.isoformat()}-of-{uid}"
    if len(uid) <= _MAX_UID:
        return uid
    return uid[: _MAX_UID - 33] + "~" + blake2b(uid.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _take_original(component: Any, event: Any, *, start: date, zones: Zones) -> None:
    """RECURRENCE-ID: which date of its series an event replaces."""
    recurrence_id = _value(component, "RECURRENCE-ID")
    original = _moment(recurrence_id, zones, start.tzinfo if isinstance(start, datetime) else None)
    if original is not None:
        event["RECURRENCE-ID"] = vDDDTypes(original)
        if str(recurrence_id.params.get("RANGE", "")).upper() == "THISANDFUTURE":
            event["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"


def _oddities(component: Any) -> list[Said]:
    """What is wrong with an event that is read nevertheless, and how it was taken."""
    odd = []
    if STRAY in component:
        odd.append(
            said(
                "holds a line that is no property; the line was passed over.",
                "memuat baris yang bukan properti; baris itu dilewati.",
            )
        )
    if any(name is None for name, _ in component.errors):
        odd.append(
            said(
                "holds a line that cannot be read; the line was passed over.",
                "memuat baris yang tidak dapat dibaca; baris itu dilewati.",
            )
        )
    odd += [
        said(
            "has more than one {name}; the first that can be read was taken.",
            "punya lebih dari satu {name}; dipakai yang pertama dapat dibaca.",
            name=name,
        )
        for name in _ONCE
        if len({_written(value) for value in listed(component.get(name))}) > 1
    ]
    if _is_broken(component, "RECURRENCE-ID"):
        odd.append(
            said(
                "replaces a date that cannot be read; it was taken as an event of its own.",
                "menggantikan tanggal yang tidak dapat dibaca; dianggap acara tersendiri.",
            )
        )
    status, transparency = _text(component, "STATUS").upper(), _text(component, "TRANSP").upper()
    if status not in _STATUSES:
        odd.append(
            said(
                "has a STATUS that is unknown; it was taken as taking place.",
                "punya STATUS yang tidak dikenal; dianggap tetap berlangsung.",
            )
        )
    if transparency and not transparency.startswith(("OPAQUE", "TRANSPARENT")):
        odd.append(
            said(
                "has a TRANSP that is unknown; it was taken as busy.",
                "punya TRANSP yang tidak dikenal; dianggap sibuk.",
            )
        )
    return odd


def _written(value: Any) -> str:
    if isinstance(value, vBroken):
        return str(value)
    moment = getattr(value, "dt", value)
    return f"{moment} {value.params.get(KEPT_ZONE)}" if isinstance(moment, date) else str(moment)


def _value(component: Any, name: str) -> Any:
    """The first value of a property that the library could make sense of; None when there is none."""
    return next((value for value in listed(component.get(name)) if not isinstance(value, vBroken)), None)


def _is_broken(component: Any, name: str) -> bool:
    """Whether a property stands there and says nothing."""
    return name in component and _value(component, name) is None


def _text(component: Any, name: str) -> str:
    value = _value(component, name)
    return str(value).strip() if value is not None else ""


def _summary(component: Any) -> str:
    text = _text(component, "SUMMARY")
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text)
    return " ".join(plain.split())[:_MAX_SUMMARY]


def _public_summary(component: Any) -> str | None:
    return None if _text(component, "CLASS").upper() in _PRIVATE else _summary(component)


def _is_busy(component: Any) -> bool:
    """TRANSP says it (RFC 5545, 3.8.2.7); Outlook's own word counts only where TRANSP is missing."""
    transparency = _text(component, "TRANSP").upper()
    if transparency:
        return not transparency.startswith("TRANSPARENT")
    return _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper() not in ("FREE", "WORKINGELSEWHERE")


def _is_tentative(component: Any) -> bool:
    """BUSY-TENTATIVE in the words of RFC 4791, 7.10."""
    outlooks = _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper()
    return _text(component, "STATUS").upper() == "TENTATIVE" or outlooks == "TENTATIVE"


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
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return placed(moment, value.params.get(KEPT_ZONE), zones, default)
    return moment if isinstance(moment, date) else None


def _given_end(component: Any, start: date, *, zones: Zones, remarks: Remarks) -> date | None:
    """DTEND, or DTSTART + DURATION; None when both are missing. Raises `ValueError` when they cannot be read."""
    zone = start.tzinfo if isinstance(start, datetime) else None
    end = _moment(_value(component, "DTEND"), zones, zone)
    if end is not None:
        return end
    length = getattr(_value(component, "DURATION"), "dt", None)
    if isinstance(length, timedelta):
        if "DTEND" in component:
            remarks.add(
                said(
                    "Event {event} has an end that cannot be read; its duration was taken.",
                    "Akhir acara {event} tidak dapat dibaca; dipakai durasinya.",
                    event=_shown(component),
                )
            )
        return start + (max(DAY, timedelta(days=-(-length // DAY))) if zone is None else length)
    if "DTEND" in component or "DURATION" in component:
        if zone is not None:
            raise ValueError(said("its end cannot be read.", "akhirnya tidak dapat dibaca."))
        remarks.add(
            said(
                "Event {event} has an end that cannot be read; one day was taken.",
                "Akhir acara {event} tidak dapat dibaca; dianggap satu hari.",
                event=_shown(component),
            )
        )
    return None


def _end(component: Any, start: date, *, zones: Zones, remarks: Remarks) -> date:
    """The end that is given, or what the standard takes when none is: the day, or no time at all."""
    zone = start.tzinfo if isinstance(start, datetime) else None
    is_whole_day = zone is None
    end = _given_end(component, start, zones=zones, remarks=remarks)
    if end is None:
        return start + DAY if is_whole_day else start
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
        remarks.add(
            said(
                "Event {event} ends before it begins; its end was ignored{taken}.",
                "Acara {event} berakhir sebelum mulai; akhirnya diabaikan{taken}.",
                event=_shown(component),
                taken=said(", and one day was taken", ", dan dianggap satu hari")
                if is_whole_day
                else said(
                    ", so it takes no time and blocks nothing", ", sehingga tidak memakan waktu dan tidak menghalangi"
                ),
            )
        )
        return start + DAY if is_whole_day else start
    return end
