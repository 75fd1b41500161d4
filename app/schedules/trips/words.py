"""A ride and a night in one line, as calendars, sheets and letters tell them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.travel.models import Way
from app.travel.words import BY_WAY
from app.words import Text, hours_between, in_both, weekday_and_date

_RIDING = in_both("menumpang", "riding")


def ride_text(ride: Mapping[str, Any], zone: ZoneInfo) -> Text:
    """Kamis, 16 November 2023, 09.00–11.00: naik perahu dari Dermaga Hilir ke Dermaga Hulu."""
    return in_both("{day}, {way}", "{day}, {way}", day=weekday_and_date(_day(ride["date"])), way=ride_line(ride, zone))


def ride_line(ride: Mapping[str, Any], zone: ZoneInfo) -> Text:
    """09.00–11.00: naik perahu dari Dermaga Hilir ke Dermaga Hulu."""
    hours = hours_between(*(_moment(ride[name]).astimezone(zone) for name in ("starts_at", "ends_at")))
    return in_both(
        "{hours}: {way} dari {origin} ke {target}",
        "{hours}: {way} from {origin} to {target}",
        hours=hours,
        way=_RIDING if ride["way"] is None else BY_WAY[Way(ride["way"])],
        origin=ride["origin_name"],
        target=ride["target_name"],
    )


def night_text(night: Mapping[str, Any]) -> Text:
    """Menginap di Balai Desa Hulu dari Jumat, 17 November 2023 sampai Senin, 20 November 2023 (3 malam)."""
    first, until = _day(night["date"]), _day(night["until"])
    return in_both(
        "Menginap di {lodging} dari {first} sampai {until} ({nights} malam)",
        "Sleeps at {lodging} from {first} to {until} ({nights} nights)",
        lodging=night["lodging_name"],
        first=weekday_and_date(first),
        until=weekday_and_date(until),
        nights=(until - first).days,
    )


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
