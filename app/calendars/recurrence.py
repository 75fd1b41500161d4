"""Event components to the busy times of a window, recurrences with their exceptions included; what would take too
many steps is refused before it is begun."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import lcm
from typing import Any, NamedTuple

from icalendar import Calendar
from icalendar.prop import vDDDTypes, vPeriod
from recurring_ical_events import CalendarQuery, EventAdapter, Occurrence
from recurring_ical_events.selection.name import ComponentsWithName

from app.calendars.content_lines import plain_moment
from app.calendars.foreign_ics import DAY, Entry, Remarks, entries
from app.calendars.raw_calendar import RawCalendar
from app.calendars.rules import first, listed
from app.calendars.troubles import CalendarTrouble, Trouble
from app.calendars.zones import Zones
from app.languages import said

_UNIT_SECONDS = {
    "SECONDLY": 1,
    "MINUTELY": 60,
    "HOURLY": 3_600,
    "DAILY": 86_400,
    "WEEKLY": 7 * 86_400,
    "MONTHLY": 28 * 86_400,
    "YEARLY": 365 * 86_400,
}
_DAY_PARTS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")
_TIME_PARTS = ("BYHOUR", "BYMINUTE", "BYSECOND")
_MAX_RULES = 10
_YEARS_BEFORE, _SHORT = 8, timedelta(days=366)
_MARK = "X-ENTRY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that is read, aware; the end is not in it."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """What one calendar may cost."""

    events: int = 50_000
    """Busy times in the window."""
    steps_per_event: int = 50_000
    """Dates and times that one event's rules may make us look at."""
    steps: int = 2_000_000
    """The same for all events together."""


class _MarkedEvent(EventAdapter):  # type: ignore[misc] # the library carries no types
    """A component that tells which of our entries it was made of."""

    @property
    def entry(self) -> int:
        mark: int = self._component[_MARK]
        return mark


class _Found(Occurrence):  # type: ignore[misc]
    """What the library finds, as it is: its copies of whole components cost three times as much as finding them."""

    def as_component(self, keep_recurrence_attributes: bool) -> tuple[int, date, date]:
        return self._adapter.entry, self.start, self.end


class Busy(NamedTuple):
    """One busy time; a tuple, since there are thousands."""

    uid: str
    recurrence_id: str
    """Which one of a series: its original start; empty for a single event."""
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    tentative: bool
    summary: str | None
    """None: private."""


def busy_times(
    raw: RawCalendar,
    own_zone: tzinfo,
    *,
    window: Window,
    limits: ReadingLimits,
    remarks: Remarks,
    holidays: bool,
) -> list[Busy]:
    """The busy times of a calendar within the window, each once.

    Free, cancelled and empty ones are none, but whole days that are marked free are with `holidays`.
    Raises `CalendarTrouble` for one that asks for too much."""
    if raw.is_cancelled:
        return []
    zones = Zones(own_zone, raw.zones, calendar_zone=raw.calendar_zone)
    budget = _Budget(limits)
    times: dict[tuple[str, str], Busy] = {}
    read = entries(raw, zones, remarks, holidays=holidays)
    for busy in [
        *_events(read, zones, window=window, budget=budget, remarks=remarks),
        *_free_busy(raw, window, remarks),
    ]:
        _add(times, busy)
        if len(times) > limits.events:
            raise CalendarTrouble(Trouble.TOO_MANY_EVENTS, about=f"{limits.events:,}")
    return list(times.values())


def _add(times: dict[tuple[str, str], Busy], busy: Busy) -> None:
    """Under its identity, or under a further one if a wrong file gave two times the same."""
    name, number = busy.recurrence_id, 1
    while (known := times.get((busy.uid, busy.recurrence_id))) is not None:
        if known == busy:
            return
        number += 1
        busy = busy._replace(recurrence_id=f"{name}/{number}")
    times[busy.uid, busy.recurrence_id] = busy


def _events(
    read: Sequence[Entry], zones: Zones, *, window: Window, budget: "_Budget", remarks: Remarks
) -> Iterator[Busy]:
    by_uid: dict[str, list[Entry]] = defaultdict(list)
    for entry in read:
        by_uid[entry.uid].append(entry)
    for group in by_uid.values():
        masters, overrides = _current(group, remarks)
        if not overrides and not any(master.is_series for master in masters):
            for master in masters:
                yield from _occurrence(master, master.start, master.end, name="", zones=zones, window=window)
            continue
        # A file that gives two series one UID does not say whose the exceptions are; the first one's, we take it.
        for series in [[*masters[:1], *overrides], *([master] for master in masters[1:])]:
            yield from _series(series, zones, window=window, budget=budget, remarks=remarks)


def _current(group: Sequence[Entry], remarks: Remarks) -> tuple[list[Entry], list[Entry]]:
    """Of several versions of one event the newest: highest SEQUENCE, then latest stamp (RFC 5546, 2.1.5).

    Different events that share a UID by mistake, alike in both, are all kept: better one too many than one lost."""
    masters = _newest([entry for entry in group if not entry.is_override])
    if len(masters) > 1:
        remarks.add(
            said(
                "{count} different events share the identity of {event}; all were read.",
                "{count} acara yang berbeda memakai identitas {event}; semuanya dibaca.",
                count=len(masters),
                event=masters[0].label,
            )
        )
    slots: dict[datetime, list[Entry]] = defaultdict(list)
    for entry in group:
        if entry.is_override:
            slots[_comparable(entry.component["RECURRENCE-ID"].dt)].append(entry)
    overrides = [_newest(versions)[0] for versions in slots.values()]
    kept = {_version(entry) for entry in [*masters, *overrides]}
    for entry in group:
        if _version(entry) not in kept:
            remarks.add(
                said(
                    "Event {event} was passed over: another one of its identity is newer.",
                    "Acara {event} dilewati: ada yang lebih baru dengan identitas yang sama.",
                    event=entry.label,
                )
            )
    return masters, overrides


def _newest(versions: Sequence[Entry]) -> list[Entry]:
    if len(versions) < 2:
        return list(versions)
    highest = max(version.sequence for version in versions)
    newest = [version for version in versions if version.sequence == highest]
    if all(version.stamp is not None for version in newest):
        latest = max(version.stamp for version in newest if version.stamp is not None)
        newest = [version for version in newest if version.stamp == latest]
    return list({_version(version): version for version in newest}.values())


def _version(entry: Entry) -> tuple[date, date, str, str | None]:
    """What two copies of one event have in common."""
    return entry.start, entry.end, str(entry.component.get("RRULE")), entry.summary


def _comparable(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), tzinfo=UTC)


def _occurrence(entry: Entry, start: date, end: date, *, name: str, zones: Zones, window: Window) -> Iterator[Busy]:
    if not entry.is_busy or entry.is_cancelled:
        return
    starts_at, ends_at = _instant(start, zones.own), _instant(end, zones.own)
    if starts_at < ends_at and starts_at < window.ends_at and window.starts_at < ends_at:
        yield Busy(
            uid=entry.uid,
            recurrence_id=name,
            starts_at=starts_at,
            ends_at=ends_at,
            all_day=not isinstance(start, datetime),
            tentative=entry.is_tentative,
            summary=entry.summary,
        )


def _instant(moment: date, own: tzinfo) -> datetime:
    """In UTC; a whole day begins at midnight where the reader is."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), tzinfo=own)
    return moment.astimezone(UTC)


def _series(
    series: Sequence[Entry], zones: Zones, *, window: Window, budget: "_Budget", remarks: Remarks
) -> Iterator[Busy]:
    calendar: Any = Calendar()
    series = list(_affordable(series, window=window, budget=budget, remarks=remarks))
    if not series:
        return
    for index, entry in enumerate(series):
        entry.component[_MARK] = index
        calendar.add_component(entry.component)
    is_whole_day = not isinstance(series[0].start, datetime)
    start: date = window.starts_at.astimezone(zones.own)
    end: date = window.ends_at.astimezone(zones.own)
    if is_whole_day:
        start, end = datetime.combine(start, time()) - DAY, datetime.combine(end, time()) + DAY
    try:
        events = ComponentsWithName("VEVENT", adapter=_MarkedEvent, occurrence=_Found)
        occurrences = CalendarQuery(calendar, components=[events]).between(start, end)
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError, IndexError, ZeroDivisionError) as error:
        remarks.add(
            said(
                "Event {event} repeats in a way that cannot be read; only its first date counts: {words}",
                "Pengulangan acara {event} tidak dapat dibaca; hanya tanggal pertamanya yang dihitung.",
                event=series[0].label,
                words=str(error)[:200],
            )
        )
        for entry in series:
            yield from _occurrence(entry, entry.start, entry.end, name=_slot(entry.start), zones=zones, window=window)
        return
    for index, starts, ends in occurrences:
        entry = series[index]
        yield from _occurrence(entry, starts, ends, name=_name(entry, starts), zones=zones, window=window)


def _affordable(series: Sequence[Entry], *, window: Window, budget: "_Budget", remarks: Remarks) -> Iterator[Entry]:
    for entry in series:
        near = _brought_near(entry, window)
        if budget.allows(near, window):
            yield near
        else:
            remarks.add(
                said(
                    "Event {event} was left out: it repeats too often to be read.",
                    "Acara {event} dilewati: terlalu sering berulang untuk dibaca.",
                    event=entry.label,
                )
            )


def _brought_near(entry: Entry, window: Window) -> Entry:
    """A yearly event of long ago (birthdays without a year are written into 1604) as one of some years ago.

    By a multiple of its interval, so that its dates in the window are the same, and of four, for 29 February."""
    rules = entry.component.get("RRULE", [])
    if entry.is_override or len(rules) != 1 or first(rules[0].get("FREQ")) != "YEARLY" or "COUNT" in rules[0]:
        return entry
    step = lcm(4, int(first(rules[0].get("INTERVAL")) or 1))
    years = (window.starts_at.year - _YEARS_BEFORE - entry.start.year) // step * step
    if years <= 0 or entry.end - entry.start > _SHORT:
        return entry
    try:
        start = entry.start.replace(year=entry.start.year + years)
    except ValueError:
        return entry
    end = start + (entry.end - entry.start)
    entry.component["DTSTART"], entry.component["DTEND"] = vDDDTypes(start), vDDDTypes(end)
    return replace(entry, start=start, end=end)


def _name(entry: Entry, start: date) -> str:
    """The slot that an exception replaces; for all others, those it moves along too, where they now begin."""
    original = entry.component.get("RECURRENCE-ID")
    if original is None or "RANGE" in original.params:
        return _slot(start)
    return _slot(original.dt)


def _slot(moment: date) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(moment, datetime) else f"{moment:%Y%m%d}"


def _free_busy(raw: RawCalendar, window: Window, remarks: Remarks) -> Iterator[Busy]:
    """The periods of published VFREEBUSY components, which have no events behind them."""
    for part in raw.free_busy:
        for line in part:
            label, _, value = line.partition(":")
            if not label.upper().startswith("FREEBUSY") or "FBTYPE=FREE" in label.upper().replace('"', "").split(";"):
                continue
            for text in value.split(","):
                try:
                    period = "/".join(map(plain_moment, text.split("/")))
                    begins, ends = vPeriod.from_ical(period)  # type: ignore[no-untyped-call]
                    starts_at = begins.replace(tzinfo=begins.tzinfo or UTC).astimezone(UTC)
                    ends_at = starts_at + ends if isinstance(ends, timedelta) else ends.replace(tzinfo=UTC)
                except (ValueError, AttributeError, OverflowError, TypeError):
                    remarks.add(
                        said(
                            "A busy period was left out: {period!r} cannot be read.",
                            "Satu waktu sibuk dilewati: {period!r} tidak dapat dibaca.",
                            period=text[:60],
                        )
                    )
                    continue
                if starts_at < ends_at and starts_at < window.ends_at and window.starts_at < ends_at:
                    yield Busy(
                        uid="free-busy",
                        recurrence_id=f"{_slot(starts_at)}/{_slot(ends_at)}",
                        starts_at=starts_at,
                        ends_at=ends_at,
                        all_day=False,
                        tentative="BUSY-TENTATIVE" in label.upper(),
                        summary=None,
                    )


class _Budget:
    """Steps left for the rules of one calendar."""

    def __init__(self, limits: ReadingLimits):
        self._limits = limits
        self._left = limits.steps

    def allows(self, entry: Entry, window: Window) -> bool:
        """Whether the event's rules can be followed; raises `CalendarTrouble` when those of all events are too much."""
        rules = entry.component.get("RRULE", [])
        steps = sum(_steps(rule, entry.start, window) for rule in rules)
        if len(rules) > _MAX_RULES or steps > self._limits.steps_per_event:
            return False
        self._left -= steps
        if self._left < 0:
            raise CalendarTrouble(Trouble.REPEATS_TOO_OFTEN, about=entry.summary)
        return True


def _steps(rule: Mapping[str, Any], start: date, window: Window) -> int:
    """About how many dates and times following the rule up to the end of the window looks at."""
    frequency = str(first(rule.get("FREQ")) or "").upper()
    interval = max(1, int(first(rule.get("INTERVAL")) or 1))
    ends = window.ends_at
    until = first(rule.get("UNTIL"))
    if until is not None:
        ends = min(ends, _comparable(until) + DAY)
    seconds = max(0.0, (ends - _comparable(start).astimezone(UTC)).total_seconds())
    unit = _UNIT_SECONDS.get(frequency, 1)
    times = 1
    for part in _TIME_PARTS:
        times *= max(1, len(listed(rule.get(part))))
    if unit < _UNIT_SECONDS["DAILY"]:
        # Filters are applied to each step, so they do not make it cheaper; a count alone does.
        steps = seconds / (unit * interval)
        count = first(rule.get("COUNT"))
        has_filters = any(name.startswith("BY") for name in rule)
        return int(min(steps, int(count)) if count is not None and not has_filters else steps) * times
    has_days = any(rule.get(part) for part in _DAY_PARTS)
    return int(seconds / (86_400 if has_days else unit * interval) + 1) * times
