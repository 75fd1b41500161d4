"""Where a target is heading: the pace so far, what is expected to come, and the line to keep to."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import District, Target
from app.districts.targets.facts import Facts
from app.districts.targets.required_line import RequiredLine
from app.districts.working_calendar import working_dates
from app.reports.progress import Forecast, Growth, LinePoint
from app.words import in_both

WEEKLY_LINE_DAYS = 400


def growth_between_counts(session: Session, district: District, facts: Facts) -> Growth:
    """Refused where the last two counts say nothing about what happened between them."""
    by_day = {day: count for day, count, _ in facts.counts_by_day() if day <= facts.on}
    if facts.unchanged_count() is not None:
        return _refused(
            "count_unchanged",
            "Pertumbuhan tidak dihitung: angka yang sama disebut untuk hari yang berbeda.",
            "No growth is computed: the same count is given for different days.",
        )
    if len(by_day) < 2:
        return _refused(
            "one_count",
            "Pertumbuhan tidak dihitung: baru ada satu angka bertanggal.",
            "No growth is computed: there is one dated count only.",
        )
    (first, before), (last, after) = sorted(by_day.items())[-2:]
    if after < before:
        return _refused(
            "count_fell",
            "Pertumbuhan tidak dihitung: angka terakhir lebih kecil daripada sebelumnya.",
            "No growth is computed: the last count is smaller than the one before.",
        )
    days = len(working_dates(session, district, first + timedelta(days=1), last))
    if days == 0:
        return _refused(
            "no_working_day",
            "Pertumbuhan tidak dihitung: tidak ada hari kerja di antara dua angka terakhir.",
            "No growth is computed: there is no working day between the last two counts.",
        )
    pace = round((after - before) / days, 1)
    return Growth(
        per_working_day=pace,
        first=first,
        last=last,
        refused=None,
        message=in_both(
            "{pace} aktivasi per hari kerja antara {first} dan {last}.",
            "{pace} activations per working day between {first} and {last}.",
            pace=Decimal(str(pace)),
            first=first,
            last=last,
        ),
    )


def _refused(code: str, indonesian: str, english: str) -> Growth:
    return Growth(per_working_day=None, first=None, last=None, refused=code, message=in_both(indonesian, english))


def forecast(target: Target, expected: Mapping[date, int]) -> Forecast:
    wanted = districts.target_count(target)
    days = sorted(expected)
    totals = list(accumulate((expected[day] for day in days), initial=target.activated))[1:]
    end = totals[-1] if totals else target.activated
    if target.eligible_people is not None:
        end = min(end, target.eligible_people)
    return Forecast(
        basis="walk_ins_and_published_visits",
        activated_by_deadline=end,
        short_by=max(0, wanted - end),
        crosses_on=target.as_of
        if target.activated >= wanted
        else next((day for day, total in zip(days, totals, strict=True) if total >= wanted), None),
    )


def forecast_by_pace(target: Target, growth: Growth, days: Sequence[date]) -> tuple[Forecast, ...]:
    if growth.per_working_day is None:
        return ()
    wanted = districts.target_count(target)
    end = target.activated + int(growth.per_working_day * len(days))
    if target.eligible_people is not None:
        end = min(end, target.eligible_people)
    crossing = next(
        (day for number, day in enumerate(days, 1) if target.activated + growth.per_working_day * number >= wanted),
        None,
    )
    return (
        Forecast(
            basis="recent_pace",
            activated_by_deadline=end,
            short_by=max(0, wanted - end),
            crosses_on=target.as_of if target.activated >= wanted else crossing,
        ),
    )


def line_points(
    line: RequiredLine, left: Sequence[date], expected: Mapping[date, int], *, on: date
) -> tuple[LinePoint, ...]:
    """Of the line since the count: the report's own day, then the last working day left of each week or month."""
    is_weekly = len(left) <= WEEKLY_LINE_DAYS
    days = sorted(expected)
    totals = list(accumulate((expected[day] for day in days), initial=line.activated))
    points = []
    reached = 0
    for number, day in enumerate((on, *left)):
        while reached < len(days) and days[reached] <= day:
            reached += 1
        following = left[number] if number < len(left) else None
        ends_a_stretch = following is None or stretch_of(following, is_weekly) != stretch_of(day, is_weekly)
        if number in (0, len(left)) or ends_a_stretch:
            points.append(
                LinePoint(
                    date=day,
                    working_days=number,
                    required_activated=line.required_on(day),
                    expected_activated=totals[reached],
                )
            )
    return tuple(points)


def stretch_of(day: date, is_weekly: bool) -> tuple[int, int]:
    """The week, or the month, of a day."""
    return day.isocalendar()[:2] if is_weekly else (day.year, day.month)
