"""Visits that sites were promised: each stays where it was announced, as long as somebody can go there."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.schedules.models import Schedule, Visit
from app.sites.models import PROMISED, Site, WantedDate


def is_promised() -> ColumnElement[bool]:
    """Whether the site of a visit was promised one on its date."""
    return exists().where(
        WantedDate.site_id == Visit.site_id, WantedDate.date == Visit.date, WantedDate.counts_from == PROMISED
    )


def promised_among(session: Session, visits: Iterable[Visit]) -> Collection[int]:
    """Ids of the visits that are promised."""
    ids = [visit.id for visit in visits]
    return set(session.scalars(select(Visit.id).where(Visit.id.in_(ids), is_promised())))


def promises_of(session: Session, schedule: Schedule) -> list[tuple[Site, WantedDate]]:
    """Promised dates that a plan has to keep: those in its time but for what another document's plan visits then."""
    others = (
        exists()
        .where(Visit.site_id == WantedDate.site_id, Visit.date == WantedDate.date, Visit.in_force)
        .where(Schedule.id == Visit.schedule_id, Schedule.document != schedule.document)
    )
    rows = session.execute(
        select(Site, WantedDate)
        .join(WantedDate, WantedDate.site_id == Site.id)
        .where(
            WantedDate.district_code == schedule.district_code,
            WantedDate.date.between(schedule.first_date, schedule.period_end),
            WantedDate.counts_from == PROMISED,
            ~others,
        )
        .order_by(WantedDate.date, Site.code, WantedDate.request_id)
    )
    return [(site, promise) for site, promise in rows]
