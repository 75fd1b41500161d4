"""The same report read otherwise: with another base, another owner's target or another deadline that was said."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import District
from app.districts.targets.data_warning import Quoted
from app.districts.targets.facts import Facts, quote_target
from app.districts.targets.service import share_of
from app.districts.working_calendar import working_dates
from app.reports.progress import Reading


def per_day(people: int, days: int) -> int | None:
    """People over days, rounded up; None where people are missing and no day is left."""
    if people == 0:
        return 0
    return -(-people // days) if days > 0 else None


def readings(session: Session, district: District, facts: Facts, *, working_days_left: int) -> tuple[Reading, ...]:
    """What the report would say with each other base, target and deadline that somebody gave."""
    target = facts.target
    readings_so_far: list[Reading] = []

    def add(
        kind: str,
        said: Quoted,
        *,
        count: int,
        people: int | None,
        percent: Decimal | None,
        activated: int,
        deadline: date,
        days: int,
    ) -> None:
        gap = max(0, count - activated)
        readings_so_far.append(
            Reading(
                kind=kind,
                said=said,
                eligible_people=people,
                target_percent=percent,
                target_count=count,
                activated=activated,
                gap=gap,
                deadline=deadline,
                working_days_left=days,
                required_per_working_day=per_day(gap, days),
            )
        )

    if target.target_percent is not None:
        for base in facts.other_bases():
            add(
                "base",
                base.quoted,
                count=share_of(target.target_percent, base.people),
                people=base.people,
                percent=target.target_percent,
                activated=base.activated,
                deadline=target.deadline,
                days=working_days_left,
            )
    for other in facts.others:
        add(
            "target",
            quote_target(other, "target_count", districts.target_count(other)),
            count=districts.target_count(other),
            people=other.eligible_people,
            percent=other.target_percent,
            activated=other.activated,
            deadline=other.deadline,
            days=len(working_dates(session, district, facts.on + timedelta(days=1), other.deadline)),
        )
    for deadline, quoted in sorted(dict(facts.deadlines).items()):
        if deadline != target.deadline:
            add(
                "deadline",
                quoted,
                count=districts.target_count(target),
                people=target.eligible_people,
                percent=target.target_percent,
                activated=target.activated,
                deadline=deadline,
                days=len(working_dates(session, district, facts.on + timedelta(days=1), deadline)),
            )
    return tuple(readings_so_far)
