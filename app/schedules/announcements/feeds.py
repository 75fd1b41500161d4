"""iCalendar feeds of published visits, behind a token in the address that opens one feed and nothing else: of a team,
a site, an area or the whole district."""

import hashlib
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy import ColumnElement, Select, bindparam, func, null, or_, select, true

from app.access import service as access
from app.access.models import Role, Token
from app.access.service import TOKEN_COLUMNS, StoredToken
from app.calendars.ics import Calendar, write_calendar
from app.calendars.models import Scope
from app.database import PreparedRead
from app.districts.models import Area, District
from app.errors import NotFound
from app.http_conventions import IfNoneMatchHeader, NowDep, is_unchanged
from app.schedules.announcements.entries import LAYOUT, SHOW_CANCELLED, VISIT_COLUMNS, ShownVisit, visit_entry
from app.schedules.models import Visit
from app.sites.models import Site
from app.teams.models import Team

router = APIRouter(prefix="/v1", tags=["feeds"])

SHOW_PAST = timedelta(days=400)
"""Since the visit, or since it was published: a back-test is shown although its visits are long past."""
REFRESH_EVERY = timedelta(hours=1)
MAX_ALARM_MINUTES = 7 * 24 * 60


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
    return PreparedRead(
        select(
            *(District.name, District.time_zone, District.version, _LIMITS[scope][1]),
            *(shown.c.visits, shown.c.in_force, shown.c.ids, shown.c.sequences, shown.c.changed_at),
        )
        .select_from(District)
        .join(shown, District.code == bindparam("district_code"))
    )


def _visits(scope: Scope) -> PreparedRead:
    return PreparedRead(
        _shown(
            select(*VISIT_COLUMNS)
            .join(Site, Site.id == Visit.site_id)
            .join(Area, Area.code == Site.area_code)
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


@router.get(
    "/feeds/{token}.ics",
    response_class=Response,
    responses={
        200: {
            "content": {"text/calendar": {"schema": {"type": "string"}}},
            "description": "The feed (RFC 5545): visits in force, and for 90 days those called off as CANCELLED.",
        },
        304: {"description": "The feed is as the caller's ETag or date says."},
        404: {"description": "No feed has this address, or it was revoked or has expired."},
    },
)
@router.head("/feeds/{token}.ics", include_in_schema=False)
def read_feed(
    request: Request,
    token: Annotated[str, Path(description="The secret of a feed token: of a team, a site, an area or the district.")],
    now: NowDep,
    alarm: Annotated[
        int | None,
        Query(ge=0, le=MAX_ALARM_MINUTES, description="Minutes before each visit at which it rings; absent: never."),
    ] = None,
    if_none_match: IfNoneMatchHeader = None,
    if_modified_since: Annotated[str | None, Header(description="Counts only without If-None-Match.")] = None,
) -> Response:
    """The published visits of a team, a site, an area or a district, for calendar programs to subscribe to.

    A visit that left the plan stays as CANCELLED for 90 days, so that readers take it away."""
    sessions = request.app.state.sessions
    found = _TOKEN.rows(sessions, {"secret_hash": access.hash_secret(token)})
    holder = StoredToken._make(found[0][:-2]) if found else None
    if holder is None or holder.role != Role.FEED or not access.is_valid(holder, now=now):
        raise NotFound("There is no feed at this address; ask the office for a new one.")
    area_code, site_id = found[0][-2:]
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
    headers = {"ETag": _etag(summary, alarm_minutes=alarm), "Cache-Control": "private, no-cache"}
    if summary.changed_at is not None:
        headers["Last-Modified"] = format_datetime(summary.changed_at, usegmt=True)
    if _is_known(summary, headers["ETag"], if_none_match=if_none_match, if_modified_since=if_modified_since):
        return Response(status_code=304, headers=headers)
    rows = {row[0]: ShownVisit._make(row) for row in _VISITS[scope].rows(sessions, parameters)}
    calendar = Calendar(
        name=f"Jemput Bola: {', '.join(name for name in (summary.scope_name, summary.district_name) if name)}",
        time_zone=summary.time_zone,
        refresh_every=REFRESH_EVERY,
        entries=tuple(
            visit_entry(
                row,
                names_team=scope is not Scope.TEAM,
                names_contact=scope is Scope.TEAM,
                alarm_minutes=alarm,
            )
            for row in sorted(rows.values(), key=lambda row: (row.starts_at, row.uid))
        ),
    )
    headers["Content-Disposition"] = 'inline; filename="jemput-bola.ics"'
    return Response(write_calendar(calendar), headers=headers, media_type="text/calendar; charset=utf-8")


def _scope(team_id: int | None, area_code: str | None, *, site_id: int | None) -> Scope:
    if team_id is not None:
        return Scope.TEAM
    if site_id is not None:
        return Scope.SITE
    return Scope.DISTRICT if area_code is None else Scope.AREA


def _etag(summary: _Summary, *, alarm_minutes: int | None) -> str:
    state = repr((LAYOUT, alarm_minutes, *(str(value) for value in summary)))
    return f'"{hashlib.blake2b(state.encode(), digest_size=12).hexdigest()}"'


def _is_known(summary: _Summary, etag: str, *, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the reader has this state (RFC 9110, 13.2.2); a date that cannot be read is ignored."""
    if if_none_match is not None:
        return is_unchanged(if_none_match, etag)
    if if_modified_since is None or summary.changed_at is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and summary.changed_at.replace(microsecond=0) <= since
