"""All districts that somebody sees, side by side: how far each is, how old its figures are, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District, Document, Target
from app.districts.targets.required_line import RequiredLine, line_begins_on, line_over
from app.districts.working_calendar import overrides_of_each, worked_with
from app.payloads import PercentNumber
from app.reports.readings import per_day
from app.schedules import verdict
from app.schedules.models import Schedule, Visit
from app.schedules.standing_results import is_reported
from app.sites.models import Site
from app.words import Text

STALE_AFTER_DAYS = 14
"""As in forecasts of provinces."""


class DistrictStatus(StrEnum):
    """How far a district's figures can be read."""

    COUNTED = "counted"
    STALE = "stale"
    REACHED = "reached"
    DEADLINE_PASSED = "deadline_passed"
    NO_TARGET = "no_target"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInForce:
    """The plan that a district last published."""

    schedule_id: int
    period_start: date
    period_end: date
    verdict: str | None
    sentence: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictOverview:
    """One district of the table; figures of a target are null where there is none."""

    code: str
    name: str
    lat: float
    lon: float
    status: DistrictStatus
    owner: str | None
    target_count: int | None
    activated: int | None
    activated_percent: PercentNumber | None
    """Of the target, to whole percent."""
    gap: int | None
    counted_up_to: date | None
    days_old: int | None
    """Of the count, on the day asked about."""
    deadline: date | None
    required_on_this_day: int | None
    """Where the line from the last count stands."""
    working_days_left: int | None
    required_per_working_day: int | None
    sites: int
    plan: PlanInForce | None
    results_missing: int
    """Visits that are over and that nobody has reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was read of all districts at once, by district code."""

    targets: Mapping[str, Target]
    counted_up_to: Mapping[str, date]
    lines: Mapping[str, RequiredLine]
    plans: Mapping[str, Schedule]
    sites: Mapping[str, int]
    missing: Mapping[str, int]


def overview(session: Session, actor: Actor, document: Document | str, *, now: datetime) -> Sequence[DistrictOverview]:
    """The districts that the actor sees, by code; a province that has neither sites nor a target is no row."""
    visible = session.scalars(districts.visible_districts(actor).order_by(District.code)).all()
    known = _read(session, visible, str(document), now=now)
    return [
        _row(district, known, on=districts.date_of(now, district))
        for district in visible
        if "." in district.code or district.code in known.targets or district.code in known.sites
    ]


def counted_once(rows: Sequence[DistrictOverview]) -> Sequence[DistrictOverview]:
    """The rows with a target whose figures may be added up: not of a province whose districts have theirs here."""
    having = [row for row in rows if row.target_count is not None]
    provinces = {row.code.partition(".")[0] for row in having if "." in row.code}
    return [row for row in having if row.code not in provinces]


def _read(session: Session, visible: Sequence[District], document: str, *, now: datetime) -> _Known:
    """As many queries for one district as for a whole country of them."""
    codes = [district.code for district in visible]
    targets: dict[str, Target] = {}
    for target in session.scalars(
        select(Target).where(Target.district_code.in_(codes), Target.document == document).order_by(Target.owner)
    ):
        # The district's own comes first in the order of the alphabet, too: district, ministry, province.
        targets.setdefault(target.district_code, target)
    last_published = (
        select(Schedule)
        .where(Schedule.district_code.in_(codes), Schedule.document == document, Schedule.publication.is_not(None))
        .ext(distinct_on(Schedule.district_code))
        .order_by(Schedule.district_code, Schedule.publication.desc())
    )
    plans = {plan.district_code: plan for plan in session.scalars(last_published)}
    sites = select(Site.district_code, func.count()).where(Site.district_code.in_(codes)).group_by(Site.district_code)
    missing = (
        select(Visit.district_code, func.count())
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            Visit.district_code.in_(codes),
            Visit.in_force,
            Visit.ends_at <= now,
            Schedule.document == document,
            ~is_reported(),
        )
        .group_by(Visit.district_code)
    )
    return _Known(
        targets=targets,
        counted_up_to=districts.counted_up_to_of_each(session, targets),
        lines=_lines(session, visible, targets, now=now),
        plans=plans,
        sites=dict(session.execute(sites).all()),
        missing=dict(session.execute(missing).all()),
    )


def _lines(
    session: Session, visible: Sequence[District], targets: Mapping[str, Target], *, now: datetime
) -> dict[str, RequiredLine]:
    """The required line of each target, as seen today in its district."""
    spans = {
        district.code: (
            line_begins_on(target, before=districts.date_of(now, district) + timedelta(days=1)),
            target.deadline,
        )
        for district in visible
        if (target := targets.get(district.code)) is not None
    }
    if not spans:
        return {}
    first, last = min(start for start, _ in spans.values()), max(end for _, end in spans.values())
    local = overrides_of_each(session, tuple(spans), first, last)
    return {
        district.code: line_over(
            targets[district.code], worked_with(local[district.code], district, *spans[district.code])
        )
        for district in visible
        if district.code in spans
    }


def _row(district: District, known: _Known, *, on: date) -> DistrictOverview:
    target = known.targets.get(district.code)
    plan = known.plans.get(district.code)
    gap = days_old = counted = left = needed = None
    status = DistrictStatus.NO_TARGET
    if target is not None:
        gap = districts.gap(target)
        counted = known.counted_up_to[district.code]
        days_old = max(0, (on - counted).days)
        line = known.lines[district.code]
        left = line.days_after(on)
        needed = line.required_on(min(on, target.deadline))
        status = _status(gap, on=on, deadline=target.deadline, days_old=days_old)
    return DistrictOverview(
        code=district.code,
        name=district.name,
        lat=district.lat,
        lon=district.lon,
        status=status,
        owner=None if target is None else target.owner,
        target_count=None if target is None else districts.target_count(target),
        activated=None if target is None else target.activated,
        activated_percent=None if target is None else _percent(target),
        gap=gap,
        counted_up_to=counted,
        days_old=days_old,
        deadline=None if target is None else target.deadline,
        required_on_this_day=needed,
        working_days_left=left,
        required_per_working_day=None if gap is None or left is None else per_day(gap, left),
        sites=known.sites.get(district.code, 0),
        plan=None if plan is None else _plan(plan),
        results_missing=known.missing.get(district.code, 0),
    )


def _percent(target: Target) -> Decimal:
    return Decimal(round(100 * target.activated / districts.target_count(target)))


def _status(gap: int, *, on: date, deadline: date, days_old: int) -> DistrictStatus:
    if gap == 0:
        return DistrictStatus.REACHED
    if on > deadline:
        return DistrictStatus.DEADLINE_PASSED
    return DistrictStatus.STALE if days_old > STALE_AFTER_DAYS else DistrictStatus.COUNTED


def _plan(plan: Schedule) -> PlanInForce:
    return PlanInForce(
        schedule_id=plan.id,
        period_start=plan.period_start,
        period_end=plan.period_end,
        verdict=plan.verdict,
        sentence=None if plan.verdict is None else verdict.sentence(plan),
    )
