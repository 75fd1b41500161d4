"""The coordinator's day over HTTP: a team's stops in order, from the published plan. Asked for all day on poor
signal, so one prepared statement verifies the token and fetches everything, and an unchanged day costs 304."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Request, Response
from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.access.models import Role, Token
from app.access.permissions import UnverifiedSecret, actor_of, check_district, check_role
from app.access.service import TOKEN_COLUMNS, Actor, StoredToken
from app.database import PreparedRead
from app.districts.models import Area, District
from app.errors import Forbidden, NotFound, invalid
from app.fieldwork.day_schemas import PARAMETERS, AssignmentsOut
from app.http_conventions import NowDep, content_etag, is_unchanged
from app.schedules.models import Visit
from app.sites.models import Site
from app.teams.models import Team

router = APIRouter(prefix="/v1", tags=["schedules"])

_READERS = (Role.ADMIN, Role.PLANNER, Role.VIEWER, Role.COORDINATOR)
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_NO_WAY_BACK = {"back_at": None, "back_travel_minutes": None, "back_travel_metres": None}


class _Row(NamedTuple):
    """One stop with its team, district and token; the visit's fields are null on a day without stops."""

    token_id: int
    prefix: str
    role: str
    token_district_code: str | None
    token_team_id: int | None
    expires_at: datetime | None
    revoked_at: datetime | None
    district_code: str | None
    district_name: str
    time_zone: str
    team_id: int | None
    team_code: str
    team_name: str
    operators: int
    kits: list[str]
    base_name: str | None
    base_lat: float
    base_lon: float
    shift_start: int
    shift_end: int
    next_date: date | None
    visit_id: int | None
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    home_minutes: int
    home_metres: int
    expected_activations: int
    pinned: bool
    site_code: str
    site_name: str
    kind: str
    lat: float
    lon: float
    connectivity: int
    connectivity_measured_on: date | None
    headcount: int
    contact_name: str | None
    contact_phone: str | None
    area_code: str
    area_name: str


_later = aliased(Visit)
_DAY = PreparedRead(
    select(
        *TOKEN_COLUMNS,
        *(District.code, District.name, District.time_zone),
        *(Team.id, Team.code, Team.name, Team.operators, Team.kits),
        *(Team.base_name, Team.base_lat, Team.base_lon, Team.shift_start, Team.shift_end),
        select(func.min(_later.date))
        .where(_later.team_id == Team.id, _later.in_force, _later.date > bindparam("date"))
        .scalar_subquery(),
        *(Visit.id, Visit.arrives_at, Visit.starts_at, Visit.ends_at, Visit.setup_minutes, Visit.service_minutes),
        *(Visit.travel_minutes, Visit.travel_metres, Visit.home_minutes, Visit.home_metres),
        *(Visit.expected_activations, Visit.pinned),
        *(Site.code, Site.name, Site.kind, Site.lat, Site.lon, Site.connectivity, Site.connectivity_measured_on),
        *(Site.headcount, Site.contact_name, Site.contact_phone, Area.code, Area.name),
    )
    .select_from(Token)
    .outerjoin(
        District, District.code == func.coalesce(bindparam("district", type_=District.code.type), Token.district_code)
    )
    .outerjoin(
        Team,
        and_(
            Team.district_code == District.code,
            or_(
                Team.code == bindparam("team", type_=Team.code.type),
                and_(bindparam("team", type_=Team.code.type).is_(None), Team.id == Token.team_id),
            ),
        ),
    )
    .outerjoin(Visit, and_(Visit.team_id == Team.id, Visit.date == bindparam("date"), Visit.in_force))
    .outerjoin(Site, Site.id == Visit.site_id)
    .outerjoin(Area, Area.code == Site.area_code)
    .where(Token.secret_hash == bindparam("secret_hash"))
    .order_by(Visit.starts_at, Visit.id)
)


@router.get(
    "/assignments",
    response_model=AssignmentsOut,
    openapi_extra={"parameters": PARAMETERS},
    responses={
        304: {"description": "The day is as the caller's ETag says."},
        401: {"description": "No token, or one that is unknown, revoked or expired."},
        403: {"description": "Another team's day, or a token that opens feeds only."},
        404: {"description": "No such district or team, or not open to this token."},
        422: {"description": "No date, one that is none, or no team where the token is of none."},
    },
)
async def read_assignments(request: Request, secret_hash: UnverifiedSecret, now: NowDep) -> Response:
    """One team's stops of a day, in order, from the published plan."""
    # Read here, and described beside the answer: the framework's reading of parameters costs as much as the query.
    asked = request.query_params
    team, district = asked.get("team"), asked.get("district")
    day = _read_date(asked.get("date"))
    found = await _DAY.rows_in_loop(
        request.app.state.sessions,
        {"secret_hash": secret_hash, "date": day, "team": _storable(team), "district": _storable(district)},
    )
    actor = actor_of(StoredToken._make(found[0][:7]) if found else None, now=now)
    check_role(actor, _READERS)
    rows = [_Row._make(row) for row in found]
    _check_asked(actor, rows[0], team_code=team, district_code=district)
    body = orjson.dumps(_day(rows, day, shows_contacts=actor.may_write(rows[0].district_code or "")))
    etag = content_etag(body)
    headers = {**_HEADERS, "ETag": etag}
    if is_unchanged(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _read_date(text: str | None) -> date:
    if text is None:
        raise invalid("query/date", "The day is missing.", mend="Name it, as in date=2023-11-14.")
    try:
        # fromisoformat also knows weeks and dates without hyphens; who writes those means something else.
        if _DATE.fullmatch(text) is None:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise invalid(
            "query/date", "This is no date between 2000 and 2099.", value=text, mend="Write it as in 2023-11-14."
        ) from error


def _storable(text: str | None) -> str | None:
    """The text as PostgreSQL can compare it: it holds no NUL, so one with a NUL names nothing."""
    return text if text is None or "\0" not in text else ""


def _check_asked(actor: Actor, row: _Row, *, team_code: str | None, district_code: str | None) -> None:
    """Raise unless the row is of a team that exists and that the actor may see."""
    asked_district = actor.district_code if district_code is None else district_code
    if asked_district is None:
        raise invalid(
            "query/district", "This token opens every district.", mend="Name one, as in district=16.73&team=TIM-1."
        )
    check_district(actor, asked_district)
    if row.district_code is None:
        raise NotFound(f"There is no district {asked_district!r}, or this token does not open it.")
    if actor.team_id is not None:
        if row.team_id != actor.team_id:
            raise Forbidden(
                f"This token opens its own team only, not {team_code!r}: leave 'team' out, or use that team's token."
            )
    elif team_code is None:
        raise invalid("query/team", "This token is of no team.", mend="Name one, as in team=TIM-1.")
    if row.team_id is None:
        raise NotFound(
            f"District {asked_district} has no team {team_code!r}; GET /v1/districts/{asked_district}/teams."
        )


def _day(rows: Sequence[_Row], day: date, *, shows_contacts: bool) -> dict[str, Any]:
    """The answer, in the shape of `AssignmentsOut`."""
    first = rows[0]
    zone = ZoneInfo(first.time_zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    stops = [_stop(row, zone, shows_contacts=shows_contacts) for row in rows if row.visit_id is not None]
    return {
        "date": day,
        "district": {"code": first.district_code, "name": first.district_name},
        "time_zone": first.time_zone,
        "team": {
            "code": first.team_code,
            "name": first.team_name,
            "operators": first.operators,
            "kits": first.kits,
            "base": {"name": first.base_name, "lat": first.base_lat, "lon": first.base_lon},
        },
        "shift": {
            "starts_at": midnight + timedelta(minutes=first.shift_start),
            "ends_at": midnight + timedelta(minutes=first.shift_end),
        },
        "stops": stops,
        **(_way_back(rows[-1], zone) if stops else _NO_WAY_BACK),
        "next_date_with_stops": first.next_date,
    }


def _stop(row: _Row, zone: ZoneInfo, *, shows_contacts: bool) -> dict[str, Any]:
    return {
        "visit_id": row.visit_id,
        "site": {
            "code": row.site_code,
            "name": row.site_name,
            "kind": row.kind,
            "area": {"code": row.area_code, "name": row.area_name},
            "lat": row.lat,
            "lon": row.lon,
            "connectivity": row.connectivity,
            "connectivity_measured_on": row.connectivity_measured_on,
            "headcount": row.headcount,
            "contact": {"name": row.contact_name, "phone": row.contact_phone} if shows_contacts else None,
        },
        "arrives_at": row.arrives_at.astimezone(zone),
        "starts_at": row.starts_at.astimezone(zone),
        "ends_at": row.ends_at.astimezone(zone),
        "setup_minutes": row.setup_minutes,
        "service_minutes": row.service_minutes,
        "travel_minutes": row.travel_minutes,
        "travel_metres": row.travel_metres,
        "expected_activations": row.expected_activations,
        "kits": row.kits,
        "pinned": row.pinned,
    }


def _way_back(row: _Row, zone: ZoneInfo) -> dict[str, Any]:
    """From the stop of this row to the base, as the plan drives it."""
    return {
        "back_at": row.ends_at.astimezone(zone) + timedelta(minutes=row.home_minutes),
        "back_travel_minutes": row.home_minutes,
        "back_travel_metres": row.home_metres,
    }
