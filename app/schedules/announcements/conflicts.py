"""Published visits that cannot be as they are: whatever is stored today speaks against them, a calendar is busy, or
somebody changed our own entry. Visits do not move by themselves; the planner makes a new plan, or says whose version
stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.models import CalendarSource, OutboxEntry
from app.districts import service as districts
from app.districts.models import District
from app.schedules.models import Visit
from app.schedules.obstacles import JudgedVisit, judge_today
from app.schedules.queries import visits_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A published visit that something stands in the way of, and what people did with its entry in calendars that we
    write to."""

    judged: JudgedVisit
    edits: tuple[tuple[OutboxEntry, CalendarSource], ...]


def collisions(session: Session, district: District, *, now: datetime) -> Sequence[Collision]:
    """Published visits that are not over yet and that something stored today speaks against, by visit id."""
    today = districts.date_of(now, district)
    # What is over today belongs to the day of its team all the same.
    visits = session.scalars(visits_in_force(district.code).where(Visit.date >= today).order_by(Visit.id)).all()
    edits: dict[UUID, list[tuple[OutboxEntry, CalendarSource]]] = {}
    for entry, source in session.execute(
        select(OutboxEntry, CalendarSource)
        .join(CalendarSource, CalendarSource.id == OutboxEntry.source_id)
        .where(OutboxEntry.uid.in_([visit.uid for visit in visits]), OutboxEntry.conflict.is_not(None))
        .order_by(OutboxEntry.conflict_since, OutboxEntry.source_id)
    ):
        edits.setdefault(entry.uid, []).append((entry, source))
    return [
        Collision(judged=judged, edits=tuple(edits.get(judged.visit.uid, ())))
        for judged in judge_today(session, district, visits)
        if judged.visit.ends_at > now and (judged.obstacles or judged.visit.uid in edits)
    ]
