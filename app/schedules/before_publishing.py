"""What a planner sees before a plan is put into force: what `publish` would refuse, and which offices it concerns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts import service as districts
from app.schedules import service as schedules
from app.schedules.exchanging import frozen_until, visits_entering
from app.schedules.models import Schedule
from app.schedules.obstacles import JudgedVisit, judge_today
from app.schedules.overtaken import changed_by_hand
from app.schedules.publishing import PlanChanges
from app.schedules.runs.checking import check_plan
from app.schedules.trips.exchanging import trip_exchange
from app.schedules.trips.judging import JudgedTrip, judge_trips
from app.sites.models import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """What stands in the way of publishing a plan at the moment; all empty: nothing."""

    broken_rules: tuple[str, ...]
    """Rules of the plan's own instance: never accepted."""
    changed_by_hand: tuple[Schedule, ...]
    """Published by hand since the plan was made, and undone by it; accepted as `PLAN_CHANGED`."""
    visits: tuple[JudgedVisit, ...]
    """Those that can no longer be by what is stored today; accepted by code of obstacle or by visit."""
    trips: tuple[JudgedTrip, ...]
    """Likewise; accepted by code of obstacle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernedSite:
    """A site whose visits publishing changes, and by whom it can be told; contacts are staff of the site."""

    code: str
    name: str
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None
    """Invitations and their changes go there by themselves."""


def objections(session: Session, schedule: Schedule, *, now: datetime) -> Objections:
    """What `publish` would refuse of a draft now; nothing is changed. Raises `ScheduleNotFinished`."""
    checked = check_plan(*schedules.with_files(session, schedule))
    district = districts.get_district(session, schedule.district_code)
    frozen = frozen_until(schedule, district, now=now)
    trips = trip_exchange(session, schedule, since=frozen)
    coming = visits_entering(session, schedule, since=frozen, trips=trips)
    return Objections(
        broken_rules=tuple(checked.violations),
        changed_by_hand=tuple(changed_by_hand(session, schedule)),
        visits=tuple(judged for judged in judge_today(session, district, coming) if judged.obstacles),
        trips=tuple(
            judged
            for judged in judge_trips(
                session, district, trips.entering, visited={(visit.team_id, visit.date) for visit in coming}
            )
            if judged.obstacles
        ),
    )


def concerned_sites(session: Session, changes: PlanChanges) -> Sequence[ConcernedSite]:
    """The sites of visits that come, go or are at another time, by name."""
    visits = (*changes.added, *changes.withdrawn, *(after for _, after in changes.retimed))
    query = select(Site).where(Site.id.in_({visit.site_id for visit in visits})).order_by(Site.name, Site.id)
    return [
        ConcernedSite(
            code=site.code,
            name=site.name,
            contact_name=site.contact_name,
            contact_phone=site.contact_phone,
            contact_email=site.contact_email,
        )
        for site in session.scalars(query)
    ]
