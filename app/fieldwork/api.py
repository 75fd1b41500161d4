"""The coordinator's day over HTTP; an unchanged day costs a 304."""

import re
from collections.abc import Sequence
from datetime import date, datetime

import orjson
from fastapi import APIRouter, Request, Response

from app.access.models import Role
from app.access.permissions import UnverifiedSecret, actor_of, check_district, check_role, note_use
from app.access.service import Actor, unopened_district
from app.errors import Forbidden, NotFound, invalid
from app.fieldwork.day import DayRow, day_shown, read_day
from app.fieldwork.day_schemas import PARAMETERS, AssignedDays, AssignmentsOut
from app.fieldwork.span import MAX_DAYS, read_span, span_shown
from app.http_conventions import NowDep, content_etag, is_unchanged
from app.languages import said

router = APIRouter(prefix="/v1", tags=["schedules"])

_READERS = (Role.ADMIN, Role.PLANNER, Role.VIEWER, Role.COORDINATOR)
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")


@router.get(
    "/assignments",
    response_model=AssignmentsOut | AssignedDays,
    openapi_extra={"parameters": PARAMETERS},
    responses={
        304: {"description": "The day is as the caller's ETag says."},
        401: {"description": "No token, or one that is unknown, revoked or expired."},
        403: {"description": "Another team's day, or a token that opens feeds only."},
        404: {"description": "No such district or team, or not open to this token."},
        422: {"description": "No date, one that is none, too many days, or no team where the token is of none."},
    },
)
async def read_assignments(request: Request, secret_hash: UnverifiedSecret, now: NowDep) -> Response:
    """One team's stops of a day, in order, from the published plan; with `days`, of several, and what was withdrawn."""
    # Read here, and described beside the answer: the framework's reading of parameters costs as much as the query.
    query = request.query_params
    team, district = query.get("team"), query.get("district")
    day, days = _read_date(query.get("date")), query.get("days")
    if days is None:
        rows = await read_day(
            request.app.state.sessions, secret_hash=secret_hash, day=day, team_code=team, district_code=district
        )
        shows_contacts = _check_reader(request, rows, now=now, team_code=team, district_code=district)
        body = orjson.dumps(day_shown(rows, day, shows_contacts=shows_contacts))
    else:
        number = _read_days(days)
        span = await read_span(
            request.app.state.sessions,
            secret_hash=secret_hash,
            first=day,
            days=number,
            team_code=team,
            district_code=district,
        )
        shows_contacts = _check_reader(
            request, [row.day for row in span], now=now, team_code=team, district_code=district
        )
        body = orjson.dumps(span_shown(span, day, number, shows_contacts=shows_contacts))
    etag = content_etag(body)
    headers = {**_HEADERS, "ETag": etag}
    if is_unchanged(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _check_reader(
    request: Request, rows: Sequence[DayRow], *, now: datetime, team_code: str | None, district_code: str | None
) -> bool:
    """Raise unless the token may read these rows; whether it may see contacts of sites."""
    actor = actor_of(rows[0].token() if rows else None, now=now)
    check_role(actor, _READERS)
    note_use(request, actor.token_id, now=now)
    _check_asked(actor, rows[0], team_code=team_code, district_code=district_code)
    return actor.may_write(rows[0].district_code or "")


def _read_days(text: str) -> int:
    if text.isdecimal() and text.isascii() and len(text) <= 2 and 1 <= int(text) <= MAX_DAYS:
        return int(text)
    raise invalid(
        "query/days",
        said("This is no number from 1 to {most}.", "Ini bukan angka dari 1 sampai {most}.", most=MAX_DAYS),
        value=text,
        mend=said("Write it as in days=8, or leave it out.", "Tulis seperti days=8, atau kosongkan."),
    )


def _read_date(text: str | None) -> date:
    if text is None:
        raise invalid(
            "query/date",
            said("The day is missing.", "Tanggalnya belum diisi."),
            mend=said("Name it, as in date=2023-11-14.", "Isi, misalnya date=2023-11-14."),
        )
    try:
        # fromisoformat also knows weeks and dates without hyphens; who writes those means something else.
        if _DATE.fullmatch(text) is None:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise invalid(
            "query/date",
            said("This is no date between 2000 and 2099.", "Ini bukan tanggal antara tahun 2000 dan 2099."),
            value=text,
            mend=said("Write it as in 2023-11-14.", "Tulis seperti 2023-11-14."),
        ) from error


def _check_asked(actor: Actor, row: DayRow, *, team_code: str | None, district_code: str | None) -> None:
    """Raise unless the row is of a team that exists and that the actor may see."""
    asked_district = actor.district_code if district_code is None else district_code
    if asked_district is None:
        raise invalid(
            "query/district",
            said("This token opens every district.", "Token ini membuka semua daerah."),
            mend=said(
                "Name one, as in district=16.73&team=TIM-1.", "Sebutkan satu, misalnya district=16.73&team=TIM-1."
            ),
        )
    check_district(actor, asked_district)
    if row.district_code is None:
        raise unopened_district(asked_district)
    if actor.team_id is not None:
        if row.team_id != actor.team_id:
            raise Forbidden(
                said(
                    "This token opens its own team only, not {team!r}: leave 'team' out, or use that team's token.",
                    "Token ini hanya membuka timnya sendiri, bukan {team!r}: kosongkan 'team', atau "
                    "pakai token tim itu.",
                    team=team_code,
                )
            )
    elif team_code is None:
        raise invalid(
            "query/team",
            said("This token is of no team.", "Token ini bukan milik satu tim."),
            mend=said("Name one, as in team=TIM-1.", "Sebutkan satu, misalnya team=TIM-1."),
        )
    if row.team_id is None:
        raise NotFound(
            said(
                "District {district} has no team {team!r}; GET /v1/districts/{district}/teams.",
                "Daerah {district} tidak punya tim {team!r}; GET /v1/districts/{district}/teams.",
                district=asked_district,
                team=team_code,
            )
        )
