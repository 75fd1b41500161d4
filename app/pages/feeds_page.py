"""`/langganan`: addresses by which calendar programs follow a team or the district; made, listed and ended."""

from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access import browsers, token_rules
from app.access.idempotency import ShownOnce
from app.access.models import Role
from app.access.permissions import check_district
from app.access.token_rules import NamedToken, Opens
from app.access.token_schemas import TokenIn
from app.database import SessionDep
from app.errors import AppError, InvalidRequest
from app.pages.forms import filled, read_as
from app.pages.frame import Form, go_to, page, pages_router, problems_by_field
from app.pages.readers import DistrictReader, TeamPage
from app.pages.sent_once import once
from app.payloads import Id
from app.teams import service as teams

router = pages_router()

HERE = "/langganan"
_MOST_TEAMS = 500


@router.get(HERE)
def list_feeds(
    request: Request, session: SessionDep, reader: TeamPage, tim: str = "", sudah: Id | None = None
) -> Response:
    return _list(request, session, reader, team=tim, made=sudah)


@router.post(HERE)
@once
def make_feed(request: Request, session: SessionDep, reader: TeamPage, form: Form) -> Response:
    """A new address, on this page alone: of its secret only a digest is kept."""
    check_district(reader.actor, reader.district.code, write=True)
    said = filled({name: form.get(name, "") for name in ("team", "label")})
    try:
        wish = read_as(TokenIn, {"role": Role.FEED, "district": reader.district.code} | said)
        with session.begin_nested():
            named, secret = token_rules.issue(
                session,
                wish.role,
                district_code=wish.district,
                opens=Opens(team=wish.team),
                label=wish.label,
                actor=reader.actor,
                now=reader.now,
            )
    except InvalidRequest as refused:
        team, label = (said.get(name, "") for name in ("team", "label"))
        return _list(request, session, reader, team=team, label=label, refused=refused)
    return _made(request, reader, named, secret)


@router.post(f"{HERE}/{{token_id}}/ganti")
@once
def renew_feed(request: Request, session: SessionDep, reader: TeamPage, token_id: Id) -> Response:
    """Another address for the same, where the first was lost; calendars that have that one hear no more."""
    check_district(reader.actor, reader.district.code, write=True)
    named, secret = token_rules.rotate(session, token_id, actor=reader.actor, now=reader.now)
    return _made(request, reader, named, secret)


@router.post(f"{HERE}/{{token_id}}/cabut")
@once
def end_feed(session: SessionDep, reader: TeamPage, token_id: Id) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    token_rules.revoke(session, token_id, actor=reader.actor, now=reader.now)
    return go_to(HERE)


def _made(request: Request, reader: DistrictReader, named: NamedToken, secret: str) -> Response:
    origin = browsers.own_origin(request)
    path = f"/v1/feeds/{secret}.ics"
    shown = page(
        request,
        "feeds/made.html",
        reader,
        team=named.opens.team,
        address=origin + path,
        # Calendar programs open this one by themselves.
        opens=f"webcal://{origin.partition('://')[2]}{path}",
        until=_day(named.token.expires_at, reader),
    )
    # The same form again makes no second address, and the secret of the first is kept nowhere.
    return ShownOnce(shown, remembered=go_to(f"{HERE}?sudah={named.token.id}"))


def _list(
    request: Request,
    session: Session,
    reader: DistrictReader,
    *,
    team: str,
    label: str = "",
    made: int | None = None,
    refused: AppError | None = None,
) -> Response:
    problems = problems_by_field(refused)
    feeds = token_rules.open_feeds(session, reader.actor, reader.district.code, now=reader.now)
    own = token_rules.team_code_of(session, reader.actor.team_id)
    return page(
        request,
        "feeds/list.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        feeds=[(named, _day(named.token.expires_at, reader)) for named in feeds],
        made=next((named for named in feeds if named.token.id == made), None),
        # A coordinator has one team to choose.
        own_team=own,
        may_make=reader.may_write or own is not None,
        team_options=[
            (row.code, f"{row.code} · {row.name}")
            for row in teams.list_teams(session, reader.district.code, after_id=0, limit=_MOST_TEAMS)
            if own in (None, row.code)
        ],
        team=team,
        label=label,
        problems=problems,
        # What is said of a field stands beside it.
        refusal=None if refused is None or problems.keys() & {"team", "label"} else refused.detail,
    )


def _day(moment: datetime | None, reader: DistrictReader) -> datetime | None:
    return None if moment is None else moment.astimezone(reader.zone)
