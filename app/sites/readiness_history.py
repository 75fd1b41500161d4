"""How ready a site was, step by step: who changed it, when and why."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.sites.models import ReadinessCause, ReadinessChange, Site

ReadinessState = tuple[str, date | None, date | None]
"""State, first and last date."""


def standing_of(site: Site) -> ReadinessState:
    return (site.readiness, site.readiness_from, site.readiness_until)


def note_steps(
    session: Session,
    district_code: str,
    steps: Iterable[tuple[int, ReadinessState]],
    *,
    cause: ReadinessCause,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep how sites stand from now on, by their ids."""
    rows = [
        {
            "district_code": district_code,
            "site_id": site_id,
            "readiness": state,
            "readiness_from": starts_on,
            "readiness_until": ends_on,
            "cause": cause.value,
            "changed_at": now,
            "changed_by": actor.name,
        }
        for site_id, (state, starts_on, ends_on) in steps
    ]
    if rows:
        session.execute(insert(ReadinessChange), rows)


def readiness_steps(session: Session, site: Site, *, before_id: int, limit: int) -> Sequence[ReadinessChange]:
    """The newest first; `before_id` 0: from the newest."""
    query = (
        select(ReadinessChange)
        .where(ReadinessChange.site_id == site.id)
        .order_by(ReadinessChange.id.desc())
        .limit(limit)
    )
    if before_id:
        query = query.where(ReadinessChange.id < before_id)
    return session.scalars(query).all()
