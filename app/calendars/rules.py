"""RRULE, RDATE and EXDATE of foreign events: what the library can follow, and what is left out with a remark."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from icalendar.prop import vBroken, vDDDLists, vRecur

from app.calendars.content_lines import KEPT_ZONE, zone_name
from app.calendars.zones import Zones
from app.languages import Said, said
from app.words import said_number

_DAY = timedelta(days=1)
_MAX_DATES = 5_000
"""RDATE or EXDATE values of one event."""
_FREQUENCIES = frozenset({"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_RANGES = {
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYSETPOS": (1, 366, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 60, False),
    "INTERVAL": (1, 1_000_000, False),
    "COUNT": (1, 1_000_000_000, False),
}
"""Least and most of a part, and whether it may be counted from the end (RFC 5545, 3.3.10)."""
_MOST_WEEKS_OF_MONTH, _MOST_WEEKS_OF_YEAR = 5, 53
_OTHER_PARTS = frozenset({"FREQ", "UNTIL", "BYDAY", "WKST"})


def take_recurrence(component: Any, event: Any, *, start: date, zones: Zones) -> list[Said]:
    """Put a component's recurrence into `event` as far as it makes sense; what does not, in words.

    Raises `ValueError` when there are too many dates."""
    oddities: list[Said] = []
    rules = []
    for rule in listed(component.get("RRULE")):
        readable = _readable(rule)
        if readable is None:
            oddities.append(
                said(
                    "repeats by a rule that cannot be read; only its first date counts.",
                    "berulang dengan aturan yang tidak dapat dibaca; hanya tanggal pertamanya yang dihitung.",
                )
            )
        else:
            rules.append(_with_matching_until(readable, start, zones))
    if rules:
        event["RRULE"] = rules
    zone = start.tzinfo if isinstance(start, datetime) else None
    for name in ("RDATE", "EXDATE"):
        values: list[Any] = []
        for entries in listed(component.get(name)):
            if isinstance(entries, vBroken):
                oddities.append(
                    said(
                        "has dates ({name}) that cannot be read.",
                        "punya tanggal ({name}) yang tidak dapat dibaca.",
                        name=name,
                    )
                )
                continue
            for item in entries.dts:
                value = _listed_moment(item.dt, entries, zones=zones, zone=zone)
                if name == "RDATE":
                    value = _like_start(value, start)
                elif zone is None and isinstance(value, datetime):
                    value = value.astimezone(zones.own).date()
                values.append(value)
        if len(values) > _MAX_DATES:
            raise ValueError(
                said(
                    "it has more than {most} dates of its own ({name}).",
                    "punya lebih dari {most} tanggal sendiri ({name}).",
                    most=said_number(_MAX_DATES),
                    name=name,
                )
            )
        if values:
            event[name] = vDDDLists(values)
    return oddities


def _readable(rule: Any) -> vRecur | None:
    """The rule; None when a part of it cannot be, or no date ever fits it."""
    if not isinstance(rule, vRecur):
        return None
    try:
        is_readable = str(first(rule.get("FREQ"))).upper() in _FREQUENCIES and all(
            _is_possible(name.upper(), rule[name]) for name in rule
        )
        is_readable = is_readable and not _has_endless_search(rule)
    except (ValueError, TypeError):
        return None
    return rule if is_readable and not _never(rule) else None


def _has_endless_search(rule: vRecur) -> bool:
    """Parts that hardly ever fit together: a sixth Monday of a month, a week's number in another month. Nobody means
    them, and the library looks for them until the year 9999."""
    if rule.get("BYWEEKNO") and any(rule.get(name) for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY")):
        return True
    is_of_month = first(rule.get("FREQ")) == "MONTHLY" or bool(rule.get("BYMONTH"))
    most = _MOST_WEEKS_OF_MONTH if is_of_month else _MOST_WEEKS_OF_YEAR
    return any(int(re.sub(r"[^0-9]", "", str(day)) or 0) > most for day in listed(rule.get("BYDAY")))


def _is_possible(name: str, values: Any) -> bool:
    if name not in _RANGES:
        return name in _OTHER_PARTS and bool(listed(values))
    least, most, is_signed = _RANGES[name]
    numbers = [int(value) for value in listed(values)]
    return bool(numbers) and all(least <= (abs(number) if is_signed else number) <= most for number in numbers)


def _never(rule: vRecur) -> bool:
    """30 February and the like: no date at all, and millions of days to find that out."""
    months, days, year_days = (
        {int(value) for value in listed(rule.get(name))} for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY")
    )
    if sum(map(bool, (months, days, year_days))) < 2:
        return False
    return not any(
        (not months or day.month in months)
        and (not days or not days.isdisjoint((day.day, day.day - monthrange(day.year, day.month)[1] - 1)))
        and (not year_days or not year_days.isdisjoint((number, number - length - 1)))
        for year, length in ((2023, 365), (2024, 366))
        for number in range(1, length + 1)
        for day in (date(year, 1, 1) + _DAY * (number - 1),)
    )


def listed(value: Any) -> list[Any]:
    """A property's values, given once, several times or not at all."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _listed_moment(value: Any, entries: Any, *, zones: Zones, zone: tzinfo | None) -> Any:
    """A date, an aware datetime, or a period from one for as long as it says."""
    tzid = entries.params.get(KEPT_ZONE)
    if isinstance(value, tuple):
        begins = placed(value[0], tzid, zones, zone)
        ends = value[1]
        return begins, ends if isinstance(ends, timedelta) else placed(ends, tzid, zones, zone) - begins
    return placed(value, tzid, zones, zone) if isinstance(value, datetime) else value


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
    until = first(rule.get("UNTIL"))
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


def placed(moment: datetime, tzid: str | None, zones: Zones, default: tzinfo | None) -> datetime:
    """A time where it belongs: by its zone (`KEPT_ZONE`), as UTC, or floating in `default` or in the reader's zone."""
    if tzid and moment.tzinfo is None:
        return moment.replace(tzinfo=zones.zone(zone_name(str(tzid))))
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return moment.replace(tzinfo=default or zones.own)


def first(value: Any) -> Any:
    """The first of a property's values; None when there is none."""
    values = listed(value)
    return values[0] if values else None
