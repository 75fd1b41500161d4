"""Where the count really stood, week by week: as counted, then as it must have been by what was reported since."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.districts.targets.facts import Facts
from app.districts.targets.required_line import RequiredLine
from app.reports.outlook import WEEKLY_LINE_DAYS, stretch_of
from app.reports.progress import ActualPoint
from app.schedules.standing_results import KnownVisit, whole_activations


def actual_line(
    facts: Facts,
    line: RequiredLine,
    *,
    visits: Sequence[KnownVisit],
    walk_ins: Mapping[date, int],
    working: Sequence[date],
) -> tuple[ActualPoint, ...]:
    """The last point of each week (of each month, over more than 400 days) up to the day `facts.on`, ascending.

    `visits`, `walk_ins` and `working`: after the day up to which the count counts, until `facts.on`."""
    counted = _counted(facts)
    since = facts.counted_up_to()
    first = counted[0][0] if counted else since
    is_weekly = (facts.on - first).days <= WEEKLY_LINE_DAYS
    counts = {stretch_of(day, is_weekly): (day, count) for day, count in counted}
    days = {stretch_of(day, is_weekly): day for day in sorted({*working, facts.on}) if since < day <= facts.on}
    estimates = [(day, _estimate(facts, day, visits=visits, walk_ins=walk_ins)) for day in days.values()]
    return (
        *(_point(day, count, "counted", line if day >= since else None) for day, count in counts.values()),
        *(_point(day, count, "estimated", line) for day, count in estimates),
    )


def _point(day: date, count: int, basis: str, line: RequiredLine | None) -> ActualPoint:
    required = None if line is None else line.required_on(day)
    return ActualPoint(date=day, activated=count, basis=basis, required_activated=required)


def _counted(facts: Facts) -> list[tuple[date, int]]:
    """The owner's own counts by day; of one that stood still, its first day alone."""
    target, since = facts.target, facts.counted_up_to()
    counts = {day: count for day, count, _ in facts.earlier_counts if day <= min(since, facts.on)}
    if since <= facts.on:
        counts[since] = target.activated
    return sorted(counts.items())


def _estimate(facts: Facts, day: date, *, visits: Sequence[KnownVisit], walk_ins: Mapping[date, int]) -> int:
    """The count with all that came since it, up to the end of a day; at most the eligible people."""
    target, since = facts.target, facts.counted_up_to()
    past = [visit for visit in visits if since < visit.date <= day]
    # Each rounded by itself, as in `estimated_count`.
    won = whole_activations(visit for visit in past if visit.is_reported)
    won += whole_activations(visit for visit in past if not visit.is_reported)
    total = target.activated + won + sum(count for on, count in walk_ins.items() if on <= day)
    return total if target.eligible_people is None else min(total, target.eligible_people)
