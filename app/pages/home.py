"""`/`: who is logged in, what they may, what there is, and where else they are logged in."""

from zoneinfo import ZoneInfo

from fastapi import Request, Response

from app.access import sessions, users
from app.access.permissions import SignedIn
from app.access.token_rules import team_code_of
from app.database import SessionDep
from app.districts.service import get_district
from app.http_conventions import NowDep
from app.pages.frame import go_to, language_for, page, pages_router
from app.pages.log_in import leave
from app.pages.texts import text
from app.payloads import Id

router = pages_router()

_ZONE_OF_ALL = "Asia/Jakarta"
"""For those who see all districts."""


@router.get("/")
def home(request: Request, session: SessionDep, actor: SignedIn, now: NowDep) -> Response:
    user = users.of_actor(session, actor)
    district = None if user.district_code is None else get_district(session, user.district_code)
    return page(
        request,
        "home.html",
        user=user,
        role=text(f"home.{user.role}", language_for(request)),
        team=team_code_of(session, user.team_id),
        devices=sessions.devices(session, actor, now=now),
        district=district,
        zone=ZoneInfo(_ZONE_OF_ALL if district is None else district.time_zone),
    )


# Before the route that takes a number, which it is not.
@router.post("/perangkat/keluar")
def log_out_everywhere(request: Request, session: SessionDep, actor: SignedIn, now: NowDep) -> Response:
    user = users.of_actor(session, actor, for_update=True)
    sessions.end_all_sessions(session, user, actor=actor, now=now)
    return leave(request)


@router.post("/perangkat/{session_id}/keluar")
def log_out_device(request: Request, session_id: Id, session: SessionDep, actor: SignedIn, now: NowDep) -> Response:
    sessions.end_session(session, session_id, actor=actor, now=now)
    return leave(request) if session_id == actor.token_id else go_to("/")
