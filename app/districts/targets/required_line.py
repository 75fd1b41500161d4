"""The straight line from a count to its target: where the count must stand at the end of each day."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.districts.models import District, Target
from app.districts.targets.service import gap
from app.districts.working_calendar import working_dates


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredLine:
    """From `activated` people up by `gap`, in equal steps over working days."""

    activated: int
    gap: int
    days: tuple[date, ...]
    """The working days up to the deadline, ascending."""

    def required_on(self, day: date) -> int:
        """The people who must be activated by the end of that day, rounded up."""
        passed = bisect_right(self.days, day)
        return self.activated + (-(-self.gap * passed // len(self.days)) if self.days else 0)

    def days_after(self, day: date) -> int:
        return len(self.days) - bisect_right(self.days, day)


def required_line(session: Session, district: District, target: Target, *, before: date) -> RequiredLine:
    """The line of a target from its count, or from the end of the day before `before` where the count is later."""
    return line_over(target, working_dates(session, district, line_begins_on(target, before=before), target.deadline))


def line_begins_on(target: Target, *, before: date) -> date:
    """The first day on which the line of a target may rise."""
    return min(target.as_of + timedelta(days=1), before)


def line_over(target: Target, days: tuple[date, ...]) -> RequiredLine:
    """The line of a target over working days that are known."""
    return RequiredLine(activated=target.activated, gap=gap(target), days=days)
