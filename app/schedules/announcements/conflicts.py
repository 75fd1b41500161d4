"""Published visits that cannot be as they are, over HTTP: whatever is stored today speaks against them, a calendar is
busy, or somebody changed our own entry. Visits do not move by themselves; the planner makes a new plan, or says
whose version stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.permissions import Viewer, check_district
from app.calendars.busy import scope_of
from app.calendars.models import CalendarSource, OutboxConflict, OutboxEntry, Scope
from app.database import SessionDep
from app.districts import service as districts
from app.districts.models import District
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, page_of
from app.payloads import DistrictCodePath, Outgoing
from app.schedules.models import Visit
from app.schedules.obstacles import JudgedVisit, judge_today, minute_of
from app.schedules.queries import visits_in_force
from app.words import Text, clock_span, in_both

router = APIRouter(prefix="/v1", tags=["schedules"])


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


class VisitRef(Outgoing):
    id: int
    schedule_id: int
    team: str
    site: str
    site_name: str
    starts_at: datetime
    ends_at: datetime
    pinned: bool


class EventRef(Outgoing):
    id: int
    calendar_id: int
    calendar_name: str
    scope: Scope
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    tentative: bool
    summary: str | None
    """Null for private events, and for readers from outside the district."""
    since: datetime
    """Since when both, the published visit and this event, stand against each other."""


class EditRef(Outgoing):
    """What somebody did with our entry in a calendar that we write to."""

    calendar_id: int
    calendar_name: str
    conflict: OutboxConflict
    since: datetime
    summary: str | None
    """As it stands there now, like the times; null where it was removed, and for readers from outside the district."""
    starts_at: str | None
    ends_at: str | None


class CauseOut(Outgoing):
    """One reason why a visit cannot be as it is, and the way out."""

    code: str
    message: Text
    way_out: Text


class ConflictOut(Outgoing):
    """A published visit that something speaks against; over when either goes away."""

    visit: VisitRef
    causes: list[CauseOut]
    """Leave, readiness, closures, hours, ways, signal, calendars; empty if only our entry was changed."""
    events: list[EventRef]
    edits: list[EditRef]
    """Decided with POST …/calendars/{id}/conflicts/{uid}."""
    since: datetime | None
    """Of the events and edits; null for changes of sites, teams and the district."""
    message: Text


_GLIMPSE = ("summary", "starts_at", "ends_at")
_EDITED = (
    "Acara {team} di {site} pada {day} pukul {hours} diubah orang di kalender {calendar}.",
    "The entry of {team} at {site} on {day}, {hours}, was changed by somebody in the calendar {calendar}.",
)
_REFUSALS: dict[int | str, dict[str, Any]] = {404: {"description": "No such district, or not yours to see."}}


@router.get("/districts/{code}/conflicts", responses=_REFUSALS)
def list_conflicts(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[ConflictOut]:
    """Published visits, today's and later, that cannot be as they are: leave, readiness, closures, hours, ways, signal
    or a busy calendar speaks against them, or somebody changed their own entry.

    Nothing moves by itself: ask for a new schedule, which plans around it, and publish that."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    after = decode_cursor(cursor)
    standing = [found for found in collisions(session, district, now=now) if found.judged.visit.id > after]
    zone = ZoneInfo(district.time_zone)
    is_inside = actor.may_write(code)
    return page_of(
        standing,
        limit=limit,
        key=lambda row: row.judged.visit.id,
        shown=lambda row: _out(row, zone, is_inside=is_inside),
    )


def _out(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> ConflictOut:
    judged, visit = collision.judged, collision.judged.visit
    events, edits = _events(collision, zone, is_inside=is_inside), _edits(collision, zone, is_inside=is_inside)
    return ConflictOut(
        visit=VisitRef(
            id=visit.id,
            schedule_id=visit.schedule_id,
            team=judged.team.code,
            site=judged.site.code,
            site_name=judged.site.name,
            starts_at=visit.starts_at.astimezone(zone),
            ends_at=visit.ends_at.astimezone(zone),
            pinned=visit.pinned,
        ),
        causes=[
            CauseOut(code=obstacle.code, message=obstacle.message, way_out=obstacle.way_out)
            for obstacle in judged.obstacles
        ],
        events=events,
        edits=edits,
        since=min([event.since for event in events] + [edit.since for edit in edits], default=None),
        message=judged.obstacles[0].message if judged.obstacles else _edited(judged, edits, zone),
    )


def _events(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> list[EventRef]:
    visit = collision.judged.visit
    return [
        EventRef(
            id=event.id,
            calendar_id=source.id,
            calendar_name=source.name,
            scope=scope_of(source),
            starts_at=event.starts_at.astimezone(zone),
            ends_at=event.ends_at.astimezone(zone),
            all_day=event.all_day,
            tentative=event.tentative,
            summary=event.summary if is_inside else None,
            since=max(event.since, visit.published_at or visit.changed_at),
        )
        for event, source in collision.judged.events
    ]


def _edits(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> list[EditRef]:
    visit = collision.judged.visit
    return [
        EditRef(
            calendar_id=source.id,
            calendar_name=source.name,
            conflict=OutboxConflict(str(entry.conflict)),
            since=(entry.conflict_since or visit.published_at or visit.changed_at).astimezone(zone),
            **{name: (entry.theirs or {}).get(name) if is_inside else None for name in _GLIMPSE},
        )
        for entry, source in collision.edits
    ]


def _edited(judged: JudgedVisit, edits: Sequence[EditRef], zone: ZoneInfo) -> Text:
    visit = judged.visit
    return in_both(
        *_EDITED,
        team=judged.team.name,
        site=judged.site.name,
        day=visit.date,
        hours=clock_span(minute_of(visit.starts_at, zone), minute_of(visit.ends_at, zone)),
        calendar=", ".join(dict.fromkeys(edit.calendar_name for edit in edits)),
    )
