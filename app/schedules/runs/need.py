"""What the target asks of the dates to plan: the deadline, the line to keep to, and what the counters bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.targets.required_line import required_line
from app.errors import invalid
from app.languages import said
from app.schedules.counters import AtCounters
from app.schedules.models import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The target of a run, as it stood when the run began."""

    target_count: int
    activated: int
    gap: int
    deadline: date
    walk_ins_on: Mapping[date, int]
    """From the day after the count to the end of the period, each day on which counters are open, a team goes out or
    not."""
    needed_by_end: int | None
    """People to reach by the end of a period that ends before the deadline; None where the target itself is due."""
    days_after: int
    """Working days after the period, up to the deadline."""

    @property
    def walk_ins(self) -> int:
        """Those that count: up to the deadline."""
        return sum(count for day, count in self.walk_ins_on.items() if day <= self.deadline)

    def gap_left(self, already_planned: int) -> int:
        return max(0, self.gap - already_planned)

    def period_gap(self, already_planned: int) -> int | None:
        """The part of the gap left that is due by the end of the period; None: all of it."""
        if self.needed_by_end is None:
            return None
        return max(0, min(self.gap, self.needed_by_end - self.activated) - already_planned)


def need_of(session: Session, schedule: Schedule, *, document: str | None = None) -> Need:
    """What the target of a document asks (None: that of the schedule).

    Raises `NotFound` without a target, `InvalidRequest` when all dates to plan lie after its deadline."""
    document = document or schedule.document
    district = districts.get_district(session, schedule.district_code)
    target = districts.get_target(session, district.code, document)
    if schedule.first_date > target.deadline:
        raise invalid(
            "/period",
            said(
                "The dates to plan, {first} to {last}, lie after the deadline of the target, "
                "{deadline}: nothing won then would count towards it.",
                "Tanggal yang direncanakan, {first} sampai {last}, sesudah tenggat target, "
                "{deadline}: hasilnya tidak akan dihitung untuk target itu.",
                first=schedule.first_date,
                last=schedule.period_end,
                deadline=target.deadline,
            ),
            value=f"{schedule.period_start}..{schedule.period_end}",
            mend=said(
                "Plan a period up to {deadline}, or set a target with a later deadline first: "
                "PUT /v1/districts/{district}/targets/{document}.",
                "Pilih periode sampai {deadline}, atau perpanjang tenggat targetnya dahulu: PUT "
                "/v1/districts/{district}/targets/{document}.",
                deadline=target.deadline,
                district=district.code,
                document=document,
            ),
        )
    line = required_line(session, district, target, before=schedule.first_date)
    since = min(districts.counted_up_to(session, target) + timedelta(days=1), schedule.first_date)
    days_after = line.days_after(schedule.period_end)
    return Need(
        target_count=districts.target_count(target),
        activated=target.activated,
        gap=line.gap,
        deadline=target.deadline,
        walk_ins_on=AtCounters(
            session, district, document, on=districts.date_of(schedule.requested_at, district)
        ).expected(since, schedule.period_end),
        needed_by_end=line.required_on(schedule.period_end) if line.gap and days_after else None,
        days_after=days_after,
    )
