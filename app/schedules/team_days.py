"""What a stored visit tells of its team's whole day: the breaks taken on it, and the shared kits that go along."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.districts.kits import Kit
from app.words import Text, clock_span, in_both

Breaks = Iterable[Mapping[str, Any]]
"""As `Visit.day_breaks` keeps them: `starts` and `ends`, minutes after local midnight, and `name`."""

Kits = Iterable[Mapping[str, Any]]
"""As `Visit.day_kits` keeps them: `code`, `name`, `kind` and `count`."""


def kinds_with(own: Sequence[str], drawn: Kits) -> list[str]:
    """The kinds of kit that are with a team on a date: its own, and those that it draws."""
    return [kit.value for kit in Kit if kit in own or any(kit == each["kind"] for each in drawn)]


def drawn_text(drawn: Kits) -> str:
    """`SATELIT; REKAM x2`, as exports say it."""
    return "; ".join(kit["code"] if kit["count"] == 1 else f"{kit['code']} x{kit['count']}" for kit in drawn)


def spans_of(breaks: Breaks) -> tuple[tuple[int, int], ...]:
    """From and until of each break, in order; minutes after local midnight."""
    return tuple((pause["starts"], pause["ends"]) for pause in breaks)


def shown_breaks(breaks: Breaks, day: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The breaks with local moments, `starts_at` and `ends_at`."""
    midnight = datetime.combine(day, time(), zone)
    return [
        {
            "starts_at": midnight + timedelta(minutes=pause["starts"]),
            "ends_at": midnight + timedelta(minutes=pause["ends"]),
            "name": pause["name"],
        }
        for pause in breaks
    ]


def named_span(pause: Mapping[str, Any]) -> Text:
    """When a break is taken, and what it is called where that is known."""
    span = clock_span(pause["starts"], pause["ends"])
    return (
        span if pause["name"] is None else in_both("{span} ({name})", "{span} ({name})", span=span, name=pause["name"])
    )


def pausing(breaks: Breaks, starts_at: datetime, ends_at: datetime) -> list[Mapping[str, Any]]:
    """The breaks that lie within a visit, whose moments are local: it ends so much later."""
    begin, end = (moment.hour * 60 + moment.minute for moment in (starts_at, ends_at))
    return [pause for pause in breaks if begin <= pause["starts"] and pause["ends"] <= end]


def back_at(ends_at: datetime, home_minutes: int, breaks: Breaks) -> datetime:
    """When a team is back at its base whose last stop ends then, local: a break that it takes on the way is counted."""
    free = ends_at.hour * 60 + ends_at.minute
    arrives = free + home_minutes
    for start, end in spans_of(breaks):
        if free <= start < arrives:
            arrives += end - start
    return ends_at + timedelta(minutes=arrives - free)


def of_day(rows: Sequence[tuple[datetime | None, Sequence[Mapping[str, Any]]]]) -> Sequence[Mapping[str, Any]]:
    """What holds of a team-day whose visits may come from several plans: what the one published last says.

    `rows`: of each visit when it was published, and what it tells of the day."""
    return max(rows, key=lambda row: (row[0] is not None, row[0]), default=(None, ()))[1]
