"""What a broken rule is called and how its figures are written."""

import datetime
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule, said in words, with the visit that breaks it (or comes last of those that do).

    `visit_index` is the visit's position in the plan, None where no single visit is to blame.
    """

    rule: str
    message: str
    visit_index: int | None = None
    team: str | None = None
    site: str | None = None
    date: datetime.date | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "message": self.message,
            "visit_index": self.visit_index,
            "team": self.team,
            "site": self.site,
            "date": self.date.isoformat() if self.date else None,
        }


def of_team_day(rule: str, team: str, day: datetime.date, message: str) -> Violation:
    """Return a breach by a team on a date that no single visit is to blame for."""
    return Violation(rule=rule, message=f"{team} on {day}: {message}", team=team, date=day)


def clock(minute: int) -> str:
    """A moment, in minutes after midnight, as people read it; one after midnight says so."""
    day, minute = divmod(minute, 24 * 60)
    return f"{minute // 60:02}:{minute % 60:02}" + (f" {day:+} day" if day else "")


def hours(start: int, end: int) -> str:
    """A span of the day as people read it."""
    return f"{clock(start)}–{clock(end)}"
