"""Where published visits and foreign calendars disagree, over HTTP: an event at the same time, or somebody's change of
our own entry. Visits do not move by themselves; the planner makes a new plan, or says whose version stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.access.permissions import Viewer, check_district
from app.calendars.busy import TEAM_TOLERANCE_MINUTES, counts_as_busy, scope_of
from app.calendars.models import BusyEvent, CalendarSource, OutboxConflict, OutboxEntry, Scope
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, page_of
from app.payloads import DistrictCodePath, Outgoing
from app.schedules.models import Visit
from app.schedules.queries import visits_in_force
from app.sites.models import Site
from app.teams.models import Team
from app.words import Text, in_both

router = APIRouter(prefix="/v1", tags=["schedules"])

_TOLERANCE = timedelta(minutes=TEAM_TOLERANCE_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A published visit, the busy events that overlap it, for its team, its site, its area or the district, and what
    people did with its entry in calendars that we write to."""

    visit: Visit
    team: Team
    site: Site
    events: tuple[tuple[BusyEvent, CalendarSource], ...]
    edits: tuple[tuple[OutboxEntry, CalendarSource], ...]


def collisions(
    session: Session, district_code: str, *, now: datetime, after_id: int = 0, limit: int | None = None
) -> Sequence[Collision]:
    """Published visits that are not over yet and that a calendar speaks against, by visit id."""
    meets = and_(
        CalendarSource.district_code == Visit.district_code,
        BusyEvent.starts_at < Visit.ends_at,
        BusyEvent.ends_at > Visit.starts_at,
        or_(
            # Shorter ones do not keep a team at home, so a new plan would not mend them.
            and_(CalendarSource.team_id == Visit.team_id, BusyEvent.ends_at - BusyEvent.starts_at > _TOLERANCE),
            CalendarSource.site_id == Visit.site_id,
            CalendarSource.area_code == Site.area_code,
            func.num_nonnulls(CalendarSource.team_id, CalendarSource.site_id, CalendarSource.area_code) == 0,
        ),
    )
    colliding = visits_in_force(district_code).where(
        Visit.ends_at > now,
        Visit.id > after_id,
        or_(
            counts_as_busy().join(Site, Site.id == Visit.site_id).where(meets).correlate(Visit).exists(),
            select(OutboxEntry.uid).where(OutboxEntry.uid == Visit.uid, OutboxEntry.conflict.is_not(None)).exists(),
        ),
    )
    visits = session.scalars(colliding.order_by(Visit.id).limit(limit)).all()
    events: dict[int, list[tuple[BusyEvent, CalendarSource]]] = {}
    rows = session.execute(
        counts_as_busy()
        .join(Visit, Visit.id.in_([visit.id for visit in visits]))
        .join(Site, Site.id == Visit.site_id)
        .where(meets)
        .order_by(BusyEvent.starts_at, BusyEvent.id)
        .add_columns(Visit.id)
    )
    for event, source, visit_id in rows:
        events.setdefault(visit_id, []).append((event, source))
    edits: dict[UUID, list[tuple[OutboxEntry, CalendarSource]]] = {}
    for entry, source in session.execute(
        select(OutboxEntry, CalendarSource)
        .join(CalendarSource, CalendarSource.id == OutboxEntry.source_id)
        .where(OutboxEntry.uid.in_([visit.uid for visit in visits]), OutboxEntry.conflict.is_not(None))
        .order_by(OutboxEntry.conflict_since, OutboxEntry.source_id)
    ):
        edits.setdefault(entry.uid, []).append((entry, source))
    named = {
        visit_id: (team, site)
        for visit_id, team, site in session.execute(
            select(Visit.id, Team, Site)
            .join(Team, Team.id == Visit.team_id)
            .join(Site, Site.id == Visit.site_id)
            .where(Visit.id.in_([visit.id for visit in visits]))
        )
    }
    return [
        Collision(
            visit=visit,
            team=named[visit.id][0],
            site=named[visit.id][1],
            events=tuple(events.get(visit.id, ())),
            edits=tuple(edits.get(visit.uid, ())),
        )
        for visit in visits
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


class ConflictOut(Outgoing):
    """A published visit that a calendar now speaks against; over when either goes away."""

    visit: VisitRef
    events: list[EventRef]
    edits: list[EditRef]
    """Decided with POST …/calendars/{id}/conflicts/{uid}."""
    since: datetime
    message: Text


_GLIMPSE = ("summary", "starts_at", "ends_at")
_SENTENCES = {
    True: (
        "{team} di {site} pada {day} pukul {hours} bertabrakan dengan kalender {calendar}.",
        "{team} at {site} on {day}, {hours}, collides with the calendar {calendar}.",
    ),
    False: (
        "Acara {team} di {site} pada {day} pukul {hours} diubah orang di kalender {calendar}.",
        "The entry of {team} at {site} on {day}, {hours}, was changed by somebody in the calendar {calendar}.",
    ),
}
"""Whether an event collides, or only our entry was changed."""
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
    """Published visits, today's and later, that collide with what a connected calendar says is busy, or whose own
    entry somebody changed there.

    Nothing moves by itself: ask for a new schedule, which plans around it, and publish that."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    found = collisions(session, code, now=now, after_id=decode_cursor(cursor), limit=limit + 1)
    zone = ZoneInfo(district.time_zone)
    is_inside = actor.may_write(code)
    return page_of(
        found,
        limit=limit,
        key=lambda row: row.visit.id,
        shown=lambda row: _out(row, zone, is_inside=is_inside),
    )


def _out(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> ConflictOut:
    visit = collision.visit
    published_at = visit.published_at or visit.changed_at
    events = [
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
            since=max(event.since, published_at),
        )
        for event, source in collision.events
    ]
    edits = [
        EditRef(
            calendar_id=source.id,
            calendar_name=source.name,
            conflict=OutboxConflict(str(entry.conflict)),
            since=(entry.conflict_since or published_at).astimezone(zone),
            **{name: (entry.theirs or {}).get(name) if is_inside else None for name in _GLIMPSE},
        )
        for entry, source in collision.edits
    ]
    starts_at, ends_at = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    return ConflictOut(
        visit=VisitRef(
            id=visit.id,
            schedule_id=visit.schedule_id,
            team=collision.team.code,
            site=collision.site.code,
            site_name=collision.site.name,
            starts_at=starts_at,
            ends_at=ends_at,
            pinned=visit.pinned,
        ),
        events=events,
        edits=edits,
        since=min([event.since for event in events] + [edit.since for edit in edits]),
        message=in_both(
            *_SENTENCES[bool(events)],
            team=collision.team.name,
            site=collision.site.name,
            day=visit.date,
            hours=f"{starts_at:%H:%M}–{ends_at:%H:%M}",
            calendar=", ".join(
                dict.fromkeys([event.calendar_name for event in events] or [edit.calendar_name for edit in edits])
            ),
        ),
    )
