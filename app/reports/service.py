"""Progress towards a target on one day: the gap, the line to keep to, and how far the figures can be trusted."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.local_days_off import calendar_warnings
from app.districts.models import District, Document, Target, TargetOwner
from app.districts.targets.data_honesty import warnings_about
from app.districts.targets.facts import facts_about
from app.districts.targets.required_line import required_line
from app.districts.working_calendar import working_dates
from app.reports.actual_line import actual_line
from app.reports.day_warnings import walk_in_warnings, warnings_of_the_day
from app.reports.estimated_count import count_warnings, estimated_count, whole_by_date
from app.reports.outlook import forecast, forecast_by_pace, growth_between_counts, line_points
from app.reports.progress import OtherTarget, Progress
from app.reports.readings import per_day, readings
from app.schedules.counters import AtCounters, implied_walk_ins
from app.schedules.standing_results import known_visits

_ONE_DAY = timedelta(days=1)


def progress(
    session: Session,
    district: District,
    document: Document | str,
    *,
    on: date,
    owner: TargetOwner | str | None = None,
) -> Progress:
    """The report on one owner's target (the district's own, if none is named); raises `NotFound` without any."""
    target = districts.get_target(session, district.code, document, owner=owner)
    facts = facts_about(session, target, on=on)
    left = working_dates(session, district, on + _ONE_DAY, target.deadline)
    gap = districts.gap(target)
    # Loaded late: arrays cost every process that only answers requests.
    from app.schedules.learning import held_share

    held = held_share(session, district.code, target.document, until=on)
    at_counters = AtCounters(session, district, target.document, on=on, held=held)
    walk_ins = sum(at_counters.expected(on + _ONE_DAY, target.deadline).values())
    outreach_gap = max(0, gap - walk_ins)
    line = required_line(session, district, target, before=on + _ONE_DAY)
    counted_up_to = facts.counted_up_to()
    visits = known_visits(
        session,
        district.code,
        document=target.document,
        after=min(counted_up_to, on),
        until=max(target.deadline, on),
        now=districts.end_of_day(on, district),
        held_share=held,
    )
    planned = whole_by_date([visit for visit in visits if visit.date <= target.deadline])
    # What is expected is added to the count, so it starts on the day after the count.
    since = min(counted_up_to, on) + _ONE_DAY
    expected = Counter(at_counters.expected(since, target.deadline))
    expected.update(planned)
    implied = implied_walk_ins(session, district, facts, held=held)
    growth = growth_between_counts(session, district, facts)
    return Progress(
        district_code=district.code,
        document=target.document,
        owner=target.owner,
        on=on,
        eligible_people=target.eligible_people,
        eligible_base=target.eligible_base,
        target_percent=target.target_percent,
        target_count=districts.target_count(target),
        activated=target.activated,
        activated_percent=_percent(target.activated, target.eligible_people),
        gap=gap,
        as_of=target.as_of,
        deadline=target.deadline,
        source=target.source,
        working_days_left=len(left),
        required_per_working_day=per_day(gap, len(left)),
        walk_ins_expected=walk_ins,
        outreach_gap=outreach_gap,
        outreach_required_per_working_day=per_day(outreach_gap, len(left)),
        planned_activations=sum(count for day, count in planned.items() if day > on),
        estimated=estimated_count(facts, visits, at_counters=at_counters),
        implied_walk_ins=implied,
        growth=growth,
        forecasts=(forecast(target, expected), *forecast_by_pace(target, growth, line.days)),
        required_line=line_points(line, left, expected, on=on),
        actual_line=actual_line(
            facts,
            line,
            visits=visits,
            walk_ins=at_counters.expected(counted_up_to + _ONE_DAY, on),
            working=working_dates(session, district, counted_up_to + _ONE_DAY, on) if counted_up_to < on else (),
        ),
        other_targets=tuple(_other_target(session, district, other, on=on) for other in facts.others),
        readings=readings(session, district, facts, working_days_left=len(left)),
        provenance=target.provenance,
        warnings=(
            *warnings_about(facts),
            *warnings_of_the_day(target, len(left), on=on),
            *walk_in_warnings(session, target, left, at_counters=at_counters),
            *count_warnings(facts, implied, visits),
            *(calendar_warnings(session, district, on + _ONE_DAY, target.deadline) if left else ()),
        ),
    )


def _percent(people: int, base: int | None) -> Decimal | None:
    return None if base is None else round(Decimal(people) * 100 / base, 2)


def _other_target(session: Session, district: District, other: Target, *, on: date) -> OtherTarget:
    days = len(working_dates(session, district, on + _ONE_DAY, other.deadline))
    return OtherTarget(
        owner=other.owner,
        target_percent=other.target_percent,
        target_count=districts.target_count(other),
        eligible_people=other.eligible_people,
        activated=other.activated,
        gap=districts.gap(other),
        as_of=other.as_of,
        deadline=other.deadline,
        working_days_left=days,
        required_per_working_day=per_day(districts.gap(other), days),
        source=other.source,
    )
