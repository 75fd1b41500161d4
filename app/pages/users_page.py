"""`/admin/pengguna`: who has an account; added, changed, invited, disabled and logged out, by plain forms."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from app.access import browsers, invitations, sessions, users
from app.access import service as access
from app.access.models import Role, User
from app.access.token_rules import team_code_of
from app.database import SessionDep
from app.errors import AppError, Conflict, InvalidRequest, PreconditionFailed, invalid
from app.http_conventions import CursorParam, NowDep, decode_cursor, encode_cursor
from app.languages import Language, said
from app.pages.forms import check_seen
from app.pages.frame import Form, go_to, page, pages_router, problems_by_field
from app.pages.readers import AdminReader
from app.pages.sent_once import once
from app.pages.texts import acted_by, text
from app.payloads import Id

router = pages_router()

HERE = "/admin/pengguna"
_AT_ONCE = 200
_TRAIL = 20
PERSONAL_ROLES = tuple(role for role in Role if role is not Role.FEED)


@router.get(HERE)
def list_users_page(
    request: Request, session: SessionDep, reader: AdminReader, now: NowDep, setelah: CursorParam = None
) -> Response:
    return _list(request, session, reader, now, after=setelah)


def _list(
    request: Request,
    session: SessionDep,
    reader: AdminReader,
    now: NowDep,
    *,
    after: str | None = None,
    typed: Mapping[str, str] | None = None,
    refused: AppError | None = None,
) -> Response:
    people = users.list_named(
        session, reader.actor, district_code=None, after_id=decode_cursor(after), limit=_AT_ONCE + 1, now=now
    )
    has_more = len(people) > _AT_ONCE
    return page(
        request,
        "admin/users.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        people=people[:_AT_ONCE],
        next_page=f"{HERE}?setelah={quote(encode_cursor(people[_AT_ONCE - 1].user.id))}" if has_more else None,
        named_roles=[(role.value, text(f"users.{role}", reader.language)) for role in PERSONAL_ROLES],
        own_district=reader.actor.district_code,
        typed=typed or {},
        refusal=None if refused is None else refused.detail,
        problems=_problems(refused),
    )


def _problems(refused: AppError | None) -> Mapping[str, Any]:
    return problems_by_field(refused if isinstance(refused, InvalidRequest) else None)


@router.post(HERE)
@once
def add_user_page(request: Request, session: SessionDep, reader: AdminReader, form: Form, now: NowDep) -> Response:
    try:
        user = users.add(
            session,
            login=form.get("login", ""),
            name=form.get("name", ""),
            role=_role(form),
            district_code=reader.actor.district_code or _given(form, "district"),
            team_code=_given(form, "team"),
            language=_language(form),
            actor=reader.actor,
            now=now,
        )
    except (InvalidRequest, Conflict) as refused:
        return _list(request, session, reader, now, typed=form, refused=refused)
    return go_to(f"{HERE}/{user.id}")


def _given(form: Mapping[str, str], name: str) -> str | None:
    """What was typed, without the blanks that phones add; None for nothing."""
    return form.get(name, "").strip() or None


def _role(form: Mapping[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError as error:
        raise invalid("/role", said("Choose one of the roles.", "Pilih salah satu peran.")) from error


def _language(form: Mapping[str, str]) -> Language:
    return Language(form["language"]) if form.get("language") in tuple(Language) else Language.INDONESIAN


@router.get(f"{HERE}/{{user_id}}")
def user_page(request: Request, user_id: Id, session: SessionDep, reader: AdminReader, now: NowDep) -> Response:
    return _show(request, session, reader, users.read(session, user_id, actor=reader.actor), now)


def _show(
    request: Request,
    session: SessionDep,
    reader: AdminReader,
    user: User,
    now: NowDep,
    *,
    typed: Mapping[str, str] | None = None,
    refused: AppError | None = None,
) -> Response:
    [person] = users.named(session, [user], now=now)
    stored = {
        "login": user.login,
        "name": user.name,
        "role": user.role,
        "district": user.district_code or "",
        "team": person.team_code or "",
        "language": user.language,
        "version": str(user.version),
    }
    trail = access.list_audit(session, user.district_code, subject=f"user/{user.id}", before_id=0, limit=_TRAIL)
    return page(
        request,
        "admin/user.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        person=person,
        named_roles=[(role.value, text(f"users.{role}", reader.language)) for role in PERSONAL_ROLES],
        devices=sessions.devices_of(session, user.id, seen_from=reader.actor, now=now),
        trail=[(entry, acted_by(entry.actor, reader.language)) for entry in trail],
        own_district=reader.actor.district_code,
        shown=stored if typed is None else {**stored, **typed},
        refusal=None if refused is None else refused.detail,
        problems=_problems(refused),
    )


@router.post(f"{HERE}/{{user_id}}")
@once
def change_user_page(
    request: Request, user_id: Id, session: SessionDep, reader: AdminReader, form: Form, now: NowDep
) -> Response:
    user = users.read(session, user_id, actor=reader.actor, for_update=True)
    try:
        check_seen(form, user.version)
        changes = {
            "login": form.get("login", ""),
            "name": form.get("name", ""),
            "role": _role(form),
            "team_code": _given(form, "team"),
            "language": _language(form),
        }
        if reader.actor.district_code is None:
            changes["district_code"] = _given(form, "district")
        with session.begin_nested():
            users.change(session, user, changes, actor=reader.actor, now=now)
    except (InvalidRequest, Conflict, PreconditionFailed) as refused:
        session.refresh(user)
        # The version of now: who sends the form again has seen what changed meanwhile.
        typed = {name: value for name, value in form.items() if name != "version"}
        return _show(request, session, reader, user, now, typed=typed, refused=refused)
    return go_to(f"{HERE}/{user_id}")


@router.post(f"{HERE}/{{user_id}}/undang")
def invite_user_page(request: Request, user_id: Id, session: SessionDep, reader: AdminReader, now: NowDep) -> Response:
    """The link, on this page alone: reading it again makes another one, which ends it."""
    user = users.read(session, user_id, actor=reader.actor, for_update=True)
    try:
        link = invitations.invite(session, user, base_url=browsers.own_origin(request), actor=reader.actor, now=now)
    except Conflict as refused:
        return _show(request, session, reader, user, now, refused=refused)
    return page(
        request,
        "admin/invited.html",
        reader,
        user=user,
        link=link,
        picture=f"data:image/svg+xml,{quote(link.qr_svg())}",
        until=link.expires_at.astimezone(reader.zone),
        team=team_code_of(session, user.team_id),
    )


@router.post(f"{HERE}/{{user_id}}/nonaktifkan")
@once
def disable_user_page(request: Request, user_id: Id, session: SessionDep, reader: AdminReader, now: NowDep) -> Response:
    user = users.read(session, user_id, actor=reader.actor, for_update=True)
    try:
        users.disable(session, user, actor=reader.actor, now=now)
    except Conflict as refused:
        return _show(request, session, reader, user, now, refused=refused)
    return go_to(f"{HERE}/{user_id}")


@router.post(f"{HERE}/{{user_id}}/aktifkan")
@once
def enable_user_page(user_id: Id, session: SessionDep, reader: AdminReader, now: NowDep) -> Response:
    user = users.read(session, user_id, actor=reader.actor, for_update=True)
    users.enable(session, user, actor=reader.actor, now=now)
    return go_to(f"{HERE}/{user_id}")


@router.post(f"{HERE}/{{user_id}}/keluarkan")
@once
def end_user_sessions_page(user_id: Id, session: SessionDep, reader: AdminReader, now: NowDep) -> Response:
    user = users.read(session, user_id, actor=reader.actor, for_update=True)
    sessions.end_all_sessions(session, user, actor=reader.actor, now=now)
    return go_to(f"{HERE}/{user_id}")


@router.post(f"{HERE}/{{user_id}}/keluarkan/{{session_id}}")
@once
def end_user_session_page(
    user_id: Id, session_id: Id, session: SessionDep, reader: AdminReader, now: NowDep
) -> Response:
    user = users.read(session, user_id, actor=reader.actor, for_update=True)
    sessions.end_session_of(session, user.id, session_id, actor=reader.actor, now=now)
    return go_to(f"{HERE}/{user_id}")
