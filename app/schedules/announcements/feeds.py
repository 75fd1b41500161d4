"""iCalendar feeds of published visits and trips, behind a token that opens one feed and nothing else: of a team, a
site, an area or the whole district."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import structlog
from sqlalchemy import ColumnElement, Select, bindparam, false, func, null, or_, select, true
from sqlalchemy.orm import Session, sessionmaker

from app.access import service as access
from app.access.models import Role, Token
from app.access.service import TOKEN_COLUMNS, StoredToken
from app.calendars.ics import Calendar, CalendarEntry, write_calendar
from app.calendars.models import Scope
from app.calendars.rounds import Fault, attempt
from app.database import PreparedRead
from app.districts.models import Area, District
from app.errors import NotFound
from app.languages import said
from app.schedules.announcements.entries import (
    AREA_OF_PLACE,
    LAYOUT,
    SHOW_CANCELLED,
    VISIT_COLUMNS,
    ShownVisit,
    visit_entry,
)
from app.schedules.announcements.trip_entries import ShownTrip, shown_trips, trip_entry
from app.schedules.models import Schedule, Visit
from app.schedules.trips.models import Trip
from app.sites.models import Site
from app.sites.session_places import PLACE, is_held_at
from app.teams.models import Team
from app.words import in_both

log = structlog.get_logger(__name__)

SHOW_PAST = timedelta(days=400)
"""Since the visit, or since it was published: a back-test is shown although its visits are long past."""
REFRESH_EVERY = timedelta(hours=1)
_Shown = ShownVisit | ShownTrip


class _Summary(NamedTuple):
    """What tells one state of a feed from another, without its texts."""

    district_name: str
    time_zone: str
    district_version: int
    scope_name: str | None
    """Of the team, site or area; None: the whole district."""
    visits: int
    in_force: int
    ids: int | None
    """Sum; a visit that a later plan carried over has a new id, and may have new figures."""
    sequences: int | None
    """Sum; grows with every change of anything that an entry shows."""
    changed_at: datetime | None
    trips: int
    trips_in_force: int
    trip_ids: int | None
    trip_sequences: int | None
    trips_changed_at: datetime | None


# By scope: which visits, and the name of whom they are shown for.
_LIMITS: dict[Scope, tuple[ColumnElement[bool], Any]] = {
    Scope.DISTRICT: (true(), null()),
    Scope.AREA: (
        Site.area_code == bindparam("area_code"),
        select(Area.name).where(Area.code == bindparam("area_code", type_=Area.code.type)).scalar_subquery(),
    ),
    Scope.TEAM: (
        Visit.team_id == bindparam("team_id"),
        select(Team.name).where(Team.id == bindparam("team_id", type_=Team.id.type)).scalar_subquery(),
    ),
    Scope.SITE: (
        Visit.site_id == bindparam("site_id"),
        select(Site.name).where(Site.id == bindparam("site_id", type_=Site.id.type)).scalar_subquery(),
    ),
}


def _shown(query: Select[*tuple[Any, ...]], scope: Scope) -> Select[*tuple[Any, ...]]:
    """Limits a query to the visits that a feed shows."""
    return query.where(
        Visit.district_code == bindparam("district_code"),
        or_(Visit.date >= bindparam("since"), Visit.published_at >= bindparam("published_since")),
        or_(Visit.in_force, Visit.withdrawn_at >= bindparam("cancelled_since")),
        _LIMITS[scope][0],
    )


# A trip is told to its team and to the whole district; a site or an area learns of its visits alone.
_TRIP_LIMITS: dict[Scope, ColumnElement[bool]] = {
    Scope.DISTRICT: true(),
    Scope.AREA: false(),
    Scope.TEAM: Trip.team_id == bindparam("team_id"),
    Scope.SITE: false(),
}


def _shown_trips(query: Select[*tuple[Any, ...]], scope: Scope) -> Select[*tuple[Any, ...]]:
    """Limits a query to the trips that a feed shows."""
    return query.where(
        Trip.district_code == bindparam("district_code"),
        or_(Trip.ends_on >= bindparam("since"), Trip.published_at >= bindparam("published_since")),
        or_(Trip.in_force, Trip.withdrawn_at >= bindparam("cancelled_since")),
        _TRIP_LIMITS[scope],
    )


def _summary(scope: Scope) -> PreparedRead:
    shown = (
        _shown(
            select(
                func.count().label("visits"),
                func.count().filter(Visit.in_force).label("in_force"),
                func.sum(Visit.id).label("ids"),
                func.sum(Visit.sequence).label("sequences"),
                func.max(Visit.changed_at).label("changed_at"),
            ).join(Site, Site.id == Visit.site_id),
            scope,
        )
    ).subquery()
    trips = _shown_trips(
        select(
            func.count().label("trips"),
            func.count().filter(Trip.in_force).label("in_force"),
            func.sum(Trip.id).label("ids"),
            func.sum(Trip.sequence).label("sequences"),
            func.max(Trip.changed_at).label("changed_at"),
        ),
        scope,
    ).subquery()
    return PreparedRead(
        select(
            *(District.name, District.time_zone, District.version, _LIMITS[scope][1]),
            *(shown.c.visits, shown.c.in_force, shown.c.ids, shown.c.sequences, shown.c.changed_at),
            *(trips.c.trips, trips.c.in_force, trips.c.ids, trips.c.sequences, trips.c.changed_at),
        )
        .select_from(District)
        .join(shown, District.code == bindparam("district_code"))
        .join(trips, true())
    )


def _visits(scope: Scope) -> PreparedRead:
    return PreparedRead(
        _shown(
            select(*VISIT_COLUMNS)
            .join(Schedule, Schedule.id == Visit.schedule_id)
            .join(Site, Site.id == Visit.site_id)
            .outerjoin(PLACE, is_held_at(Visit.date))
            .join(Area, AREA_OF_PLACE)
            .join(District, District.code == Visit.district_code)
            .join(Team, Team.id == Visit.team_id),
            scope,
        )
        # Of two rows with one identity the later one is kept: the one in force.
        .order_by(Visit.in_force, Visit.starts_at, Visit.id)
    )


_TOKEN = PreparedRead(
    select(*TOKEN_COLUMNS, Token.area_code, Token.site_id).where(Token.secret_hash == bindparam("secret_hash"))
)
_SUMMARY = {scope: _summary(scope) for scope in Scope}
_VISITS = {scope: _visits(scope) for scope in Scope}
_TRIPS = {scope: PreparedRead(_shown_trips(shown_trips(), scope)) for scope in (Scope.DISTRICT, Scope.TEAM)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as it stands, its entries not yet read."""

    token_id: int
    scope: Scope
    summary: _Summary
    parameters: Mapping[str, Any]

    @property
    def changed_at(self) -> datetime | None:
        """None: it shows nothing yet."""
        moments = (self.summary.changed_at, self.summary.trips_changed_at)
        return max((moment for moment in moments if moment is not None), default=None)

    def etag(self, *, alarm_minutes: int | None) -> str:
        state = repr((LAYOUT, alarm_minutes, *(str(value) for value in self.summary)))
        return f'"{hashlib.blake2b(state.encode(), digest_size=12).hexdigest()}"'


def open_feed(sessions: sessionmaker[Session], secret: str, *, now: datetime) -> Feed:
    """The feed that a token opens; raises `NotFound` for any other secret, and for one that has ended."""
    rows = _TOKEN.rows(sessions, {"secret_hash": access.hash_secret(secret)})
    holder = StoredToken._make(rows[0][:-2]) if rows else None
    if holder is None or holder.role != Role.FEED or not access.is_valid(holder, now=now):
        raise NotFound(
            said(
                "There is no feed at this address; ask the office for a new one.",
                "Tidak ada feed di alamat ini; mintalah yang baru kepada kantor.",
            )
        )
    area_code, site_id = rows[0][-2:]
    scope = _scope(holder.team_id, area_code, site_id=site_id)
    parameters = {
        "district_code": holder.district_code,
        "team_id": holder.team_id,
        "area_code": area_code,
        "site_id": site_id,
        "since": (now - SHOW_PAST).date(),
        "published_since": now - SHOW_PAST,
        "cancelled_since": now - SHOW_CANCELLED,
    }
    summary = _Summary._make(_SUMMARY[scope].rows(sessions, parameters)[0])
    return Feed(token_id=holder.id, scope=scope, summary=summary, parameters=parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFeed:
    content: bytes
    left_out: int
    """Visits that could not be written; the calendar's description tells how many."""


def write_feed(sessions: sessionmaker[Session], feed: Feed, *, alarm_minutes: int | None) -> WrittenFeed:
    """The feed as iCalendar; `alarm_minutes` before each visit it rings. One visit never takes the others with it."""
    shown_rows: dict[Any, _Shown] = {
        row[0]: ShownVisit._make(row) for row in _VISITS[feed.scope].rows(sessions, feed.parameters)
    }
    if feed.summary.trips:
        trips = _TRIPS[feed.scope].rows(sessions, feed.parameters)
        shown_rows |= {row[0]: ShownTrip._make(row) for row in trips}
    rows = sorted(shown_rows.values(), key=lambda row: (row.starts_at, row.uid))
    whole = attempt(partial(_written, feed, rows, alarm_minutes=alarm_minutes, left_out=0))
    if not isinstance(whole, Fault):
        return WrittenFeed(content=whole, left_out=0)
    shown = []
    for row in rows:
        alone = attempt(partial(_written, feed, [row], alarm_minutes=alarm_minutes, left_out=0))
        if isinstance(alone, Fault):
            log.error("left out of a feed", uid=str(row.uid), fault=str(alone), stack=alone.stack)
        else:
            shown.append(row)
    left_out = len(rows) - len(shown)
    content = _written(feed, shown, alarm_minutes=alarm_minutes, left_out=left_out)
    return WrittenFeed(content=content, left_out=left_out)


_LEFT_OUT = (
    "{number} kunjungan tidak dapat ditampilkan di sini karena kesalahan program; tanyakan kepada kantor.",
    "{number} visits cannot be shown here, by an error of the program; ask the office.",
)


def _entry(feed: Feed, row: _Shown, *, alarm_minutes: int | None) -> CalendarEntry:
    names_team = feed.scope is not Scope.TEAM
    if isinstance(row, ShownTrip):
        return trip_entry(row, names_team=names_team, alarm_minutes=alarm_minutes)
    return visit_entry(row, names_team=names_team, names_contact=feed.scope is Scope.TEAM, alarm_minutes=alarm_minutes)


def _written(feed: Feed, rows: Sequence[_Shown], *, alarm_minutes: int | None, left_out: int) -> bytes:
    summary = feed.summary
    remark = in_both(*_LEFT_OUT, number=left_out)
    return write_calendar(
        Calendar(
            name=f"Jemput Bola: {', '.join(name for name in (summary.scope_name, summary.district_name) if name)}",
            time_zone=summary.time_zone,
            description=f"{remark['id']}\n{remark['en']}" if left_out else None,
            refresh_every=REFRESH_EVERY,
            entries=tuple(_entry(feed, row, alarm_minutes=alarm_minutes) for row in rows),
        )
    )


def _scope(team_id: int | None, area_code: str | None, *, site_id: int | None) -> Scope:
    if team_id is not None:
        return Scope.TEAM
    if site_id is not None:
        return Scope.SITE
    return Scope.DISTRICT if area_code is None else Scope.AREA
