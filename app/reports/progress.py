"""What a progress report says: the figures, the line to keep to, the forecasts, and the doubts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.districts.targets.data_warning import DataWarning, Quoted
from app.payloads import PercentNumber
from app.reports.estimated_count import EstimatedCount
from app.schedules.counters import ImpliedWalkIns
from app.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """Where the count must stand at the end of a day to keep to the straight line from the last count to the target,
    and where it is expected to stand."""

    date: date
    working_days: int
    """Since the day of the report."""
    required_activated: int
    expected_activated: int
    """Count, walk-ins and published visits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualPoint:
    """Where the count stood at the end of a day, beside where it had to."""

    date: date
    activated: int
    basis: str
    """`counted`: the official count of that day; `estimated`: the last one and what was won, or is expected, since."""
    required_activated: int | None
    """By the line from the last count; null before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Activations per working day between the last two counts, or why that cannot be said."""

    per_working_day: float | None
    first: date | None
    last: date | None
    refused: str | None
    """Code of the reason: `one_count`, `count_unchanged`, `count_fell`, `no_working_day`."""
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Where the count ends on one assumption."""

    basis: str
    """`walk_ins_and_published_visits`, or `recent_pace`: the growth between the last two counts."""
    activated_by_deadline: int
    short_by: int
    crosses_on: date | None
    """The first day with the target reached; null: not by the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The same report with another base, another owner's target or another deadline that was said."""

    kind: str
    """`base`, `target` or `deadline`."""
    said: Quoted
    eligible_people: int | None
    target_percent: PercentNumber | None
    target_count: int
    activated: int
    gap: int
    deadline: date
    working_days_left: int
    required_per_working_day: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTarget:
    """What another owner wants of the same document."""

    owner: str
    target_percent: PercentNumber | None
    target_count: int
    eligible_people: int | None
    activated: int
    gap: int
    as_of: date
    deadline: date
    working_days_left: int
    required_per_working_day: int | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One target of a district on one day."""

    district_code: str
    document: str
    owner: str
    on: date
    eligible_people: int | None
    eligible_base: str | None
    target_percent: PercentNumber | None
    target_count: int
    activated: int
    activated_percent: PercentNumber | None
    """Of the eligible people, to two decimals."""
    gap: int
    as_of: date
    deadline: date
    source: str | None
    working_days_left: int
    """From the day after `on` to the deadline, both included."""
    required_per_working_day: int | None
    """The gap over the working days left, rounded up; null: a gap and no day left."""
    walk_ins_expected: int
    """At the counters, over the working days left."""
    outreach_gap: int
    """The gap less these walk-ins: what visits must win."""
    outreach_required_per_working_day: int | None
    planned_activations: int
    """Expected of the published visits after `on`, up to the deadline."""
    estimated: EstimatedCount
    """The count at the end of the day `on`, with what happened since the official one."""
    implied_walk_ins: tuple[ImpliedWalkIns, ...]
    """What the official counts leave for the counters, stretch by stretch."""
    growth: Growth
    forecasts: tuple[Forecast, ...]
    required_line: tuple[LinePoint, ...]
    """The last working day of each week (of each month, for a long line), and of all."""
    actual_line: tuple[ActualPoint, ...]
    """Up to the day of the report, the last point of each week, or month: first as counted, then as estimated."""
    other_targets: tuple[OtherTarget, ...]
    readings: tuple[Reading, ...]
    provenance: Mapping[str, str]
    warnings: tuple[DataWarning, ...]
