"""`/` sends everybody to their first page; `/akun` says who is logged in, what they may, and where else they are."""

from fastapi import Request, Response

from app.access import sessions, users
from app.access.permissions import SignedIn
from app.access.token_rules import team_code_of
from app.database import SessionDep
from app.districts.service import get_district
from app.http_conventions import NowDep
from app.pages.frame import go_to, page, pages_router
from app.pages.log_in import leave
from app.pages.menu import home_of
from app.pages.readers import AnyReader, DistrictReader
from app.pages.texts import text
from app.payloads import Id
from app.schedules import service as schedules

router = pages_router()


@router.get("/")
def home(session: SessionDep, reader: AnyReader) -> Response:
    path = home_of(reader)
    if path not in ("/rencana", "/hari-ini") or not isinstance(reader, DistrictReader):
        return go_to(path)
    in_force = schedules.plan_in_force(session, reader.district.code, today=reader.today)
    if in_force is None:
        return go_to(path)
    if path == "/rencana":
        return go_to(f"{path}/{in_force.id}")
    # A plan for days gone by, as that of the examples, is looked at from its first day on.
    return go_to(f"{path}?tanggal={in_force.first_date}" if in_force.is_back_test else path)


@router.get("/akun")
def account(request: Request, session: SessionDep, reader: AnyReader, now: NowDep) -> Response:
    own = reader.user.district_code
    return page(
        request,
        "account/account.html",
        reader,
        role=text(f"account.{reader.user.role}", reader.language),
        own=None if own is None else get_district(session, own),
        team=team_code_of(session, reader.user.team_id),
        devices=sessions.devices(session, reader.actor, now=now),
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
    return leave(request) if session_id == actor.token_id else go_to("/akun")
