"""What becomes of an agreed site once its dates are over: it is done, or has to be asked again.

Requests and invitations make a site agreed; without this it would stay so, and no run could go there any more."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import WORKER
from app.calendars.rounds import Fault, apart
from app.districts import service as districts
from app.districts.models import District
from app.schedules.models import Visit, VisitOutcome, VisitResult
from app.schedules.queries import visits_in_force
from app.schedules.standing_results import standing_results
from app.sites import service as sites
from app.sites.kinds import KindDefaults, kind_defaults
from app.sites.models import Readiness, ReadinessCause, Site, SiteKind

log = structlog.get_logger(__name__)

REPORT_DAYS = 7
"""How long a visit that nobody has reported on keeps its site agreed; then it counts as not held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visited:
    """A visit of a site, and what is known of it."""

    visit: Visit
    result: VisitResult | None

    @property
    def is_held(self) -> bool:
        return self.result is not None and self.result.outcome != VisitOutcome.NOT_HELD


def settle_agreements(session: Session, *, now: datetime) -> int:
    """Move every site whose agreed dates are over to `done` or `asked`; how many were moved."""
    # Where it is tomorrow already, today's dates are over.
    codes = session.scalars(
        select(Site.district_code)
        .where(Site.readiness == Readiness.AGREED.value, Site.readiness_until <= now.date())
        .distinct()
        .order_by(Site.district_code)
    ).all()
    return sum(_settle(session, district_code, now=now) for district_code in codes)


def _settle(session: Session, district_code: str, *, now: datetime) -> int:
    district = session.get_one(District, district_code)
    today = districts.date_of(now, district)
    ids = session.scalars(
        select(Site.id)
        .where(
            Site.district_code == district_code,
            Site.readiness == Readiness.AGREED.value,
            Site.readiness_until < today,
        )
        .order_by(Site.id)
    ).all()
    visits = _visits(session, district_code, ids)
    kinds = kind_defaults(session, district_code)
    moved = 0
    for site_id in ids:

        def settle(site_id: int = site_id) -> bool:
            site = sites.read_site(session, site_id, actor=WORKER, write=True)
            # It may have been changed while its row was waited for.
            if site.readiness != Readiness.AGREED or site.readiness_until is None or site.readiness_until >= today:
                return False
            step = _after(site, visits.get(site_id, ()), kinds=kinds, today=today)
            if step is not None:
                state, cause = step
                sites.change_site(session, site, {"readiness": state.value}, actor=WORKER, now=now, cause=cause)
            return step is not None

        outcome = apart(session, settle)
        if isinstance(outcome, Fault):
            # One site that cannot be changed keeps no other.
            log.error("agreement set aside", site_id=site_id, fault=str(outcome), stack=outcome.stack)
        else:
            moved += outcome
    return moved


def _visits(session: Session, district_code: str, site_ids: Collection[int]) -> Mapping[int, Sequence[_Visited]]:
    visits = session.scalars(visits_in_force(district_code).where(Visit.site_id.in_(site_ids)).order_by(Visit.id)).all()
    results = standing_results(session, district_code, [visit.uid for visit in visits])
    by_site: dict[int, list[_Visited]] = defaultdict(list)
    for visit in visits:
        by_site[visit.site_id].append(_Visited(visit=visit, result=results.get(visit.uid)))
    return by_site


def _after(
    site: Site, visits: Sequence[_Visited], *, kinds: Mapping[SiteKind, KindDefaults], today: date
) -> tuple[Readiness, ReadinessCause] | None:
    """Where a site goes whose agreed dates are over; None: it is not known yet whether anybody was there."""
    assert site.readiness_until is not None
    agreed = [
        visited for visited in visits if (site.readiness_from or date.min) <= visited.visit.date <= site.readiness_until
    ]
    if any(visited.is_held for visited in agreed):
        is_done = _has_had_enough(site, visits, kinds=kinds, today=today)
        return (Readiness.DONE if is_done else Readiness.ASKED), ReadinessCause.VISITED
    is_waited_for = today - site.readiness_until <= timedelta(days=REPORT_DAYS)
    if is_waited_for and any(visited.result is None for visited in agreed):
        return None
    return Readiness.ASKED, ReadinessCause.LAPSED


def _has_had_enough(
    site: Site, visits: Sequence[_Visited], *, kinds: Mapping[SiteKind, KindDefaults], today: date
) -> bool:
    """Whether the site takes no visit more, or nobody is left to activate there, and none is announced."""
    if any(visited.visit.date >= today for visited in visits):
        return False
    held = [visited for visited in visits if visited.is_held]
    most = site.max_visit_dates or kinds[SiteKind(site.kind)].max_visit_dates
    since = site.already_activated_as_of or date.min
    won = sum(
        visited.result.activated + (visited.result.other_district or 0)
        for visited in held
        if visited.result is not None and visited.visit.date > since
    )
    return len({visited.visit.date for visited in held}) >= most or site.already_activated + won >= site.headcount
