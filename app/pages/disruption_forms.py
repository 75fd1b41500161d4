"""What the form about a team that cannot go out says."""

from collections.abc import Mapping
from datetime import date

from app.pages.visit_forms import date_in
from app.schedules.disruptions import Trouble

_MOST_REASON = 200


def day_named(fields: Mapping[str, str]) -> tuple[str, date]:
    """The team of `tim` and the day of `tanggal`; raises `InvalidRequest`."""
    return fields.get("tim", "")[:64], date_in(fields.get("tanggal", ""), "/tanggal")


def trouble_in(fields: Mapping[str, str], *, document: str) -> Trouble:
    """The leave that is to be stored, as the API takes it; raises `InvalidRequest`."""
    team, start = day_named(fields)
    until = fields.get("sampai", "").strip()
    reason = " ".join(fields.get("alasan", "").split())[:_MOST_REASON]
    return Trouble(
        team=team,
        site=None,
        start=start,
        end=date_in(until, "/sampai") if until else start,
        reason=reason or None,
        document=document,
        most_moved=None,
        time_limit_seconds=None,
        iterations=None,
    )
