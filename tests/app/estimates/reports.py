"""A visit and its report, held and undisturbed unless said."""

from datetime import UTC, date, datetime
from typing import Any

from app.estimates.evidence import Outcome, VisitResult

DAY = date(2026, 11, 2)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 2, hour, minute, tzinfo=UTC)


def make_result(visit: int = 1, **changes: Any) -> VisitResult:
    """Two operators, 8 to 12 o'clock, 6 minutes each, signal 3; the last person at 10, no word of the queue."""
    facts: dict[str, Any] = {
        "visit": visit,
        "site": visit,
        "kind": "school",
        "area": "area-01",
        "level": 3,
        "team": 1,
        "operators": 2,
        "has_satellite": False,
        "day": DAY,
        "service_minutes": 240,
        "given_minutes_per_activation": 6.0,
        "invited": 100,
        "outcome": Outcome.HELD,
        "served": 30,
        "activated": 27,
        "other_district": 3,
        "phone_not_ready": 10,
        "turned_away": None,
        "ran_out_of_time": None,
        "started_at": at(8),
        "last_served_at": at(10),
        "ended_at": at(12),
        "signal_met": 3,
        "cause": None,
    }
    return VisitResult(**{**facts, **changes})
