"""People who log in, over HTTP: for administrators, a district's for those of the own district."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from app.access import browsers, invitations, sessions, users
from app.access.idempotency import ShownOnce, once
from app.access.models import Role, User
from app.access.permissions import Admin, check_district
from app.access.users import NamedUser
from app.database import SessionDep
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.languages import Language
from app.payloads import (
    CHANGE_REFUSALS,
    CREATE_REFUSALS,
    DISTRICT_CODE,
    READ_REFUSALS,
    DistrictCode,
    Id,
    Incoming,
    Line,
    Outgoing,
)

router = APIRouter(prefix="/v1", tags=["access"])

_LOGIN = Field(description="An e-mail address or a short name; stored in small letters.", examples=["siti"])
_TEAM = Field(description="Code of a coordinator's team; null for everybody else.", examples=["T-1"])
DistrictParam = Annotated[
    str | None, Query(pattern=DISTRICT_CODE, description="Absent: all that you may see.", examples=["16.73"])
]


class UserPatch(Incoming):
    """Only the fields to change. Another login, role, district or team logs the user out everywhere and ends open
    links."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "viewer", "team": None}]})

    login: Annotated[Line, _LOGIN] | None = None
    name: Line | None = None
    role: Role | None = None
    district: DistrictCode | None = Field(
        default=None, description="Null: an administrator of all districts. For administrators of all districts."
    )
    team: Annotated[Line, _TEAM] | None = None
    language: Language | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `UserFields` keeps them."""
        names = {"district": "district_code", "team": "team_code"}
        return {names.get(name, name): getattr(self, name) for name in self.model_fields_set}


class UserIn(Incoming):
    """A new user, who is let in by an invitation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"login": "siti", "name": "Siti", "role": "planner", "district": "16.73"},
                {"login": "budi", "name": "Budi", "role": "coordinator", "district": "16.73", "team": "T-1"},
            ]
        }
    )

    login: Annotated[Line, _LOGIN]
    name: Line
    role: Role
    district: DistrictCode | None = Field(default=None, description="Null: an administrator of all districts.")
    team: Annotated[Line, _TEAM] | None = None
    language: Language = Language.INDONESIAN


class UserOut(Outgoing):
    """A person with an account; nobody is deleted, since the audit trail names them."""

    id: int
    login: str
    name: str
    role: Role
    district: str | None = Field(description="Null: every district.")
    team: str | None
    language: Language
    has_password: bool
    has_sso: bool = Field(description="Whether they logged in by the office's identity provider once.")
    created_at: datetime
    disabled_at: datetime | None
    invited_until: datetime | None = Field(description="How long a link that was issued still opens; null: none does.")
    last_used_at: datetime | None = Field(description="To the hour; null: never logged in.")


class UserInvitationOut(Outgoing):
    """A one-time link; links of this user before it have ended."""

    link: str | None = Field(description="Null when the same Idempotency-Key asks again: it was shown once.")
    qr_svg: str | None = Field(description="The link as a picture for a phone's camera; null as the link.")
    sets_password: bool = Field(description="Otherwise it logs the device in that opens it.")
    expires_at: datetime


class UserSessionOut(Outgoing):
    """A device that a user is logged in with."""

    id: int
    name: str = Field(examples=["Chrome, Android"])
    opened_at: datetime
    used_at: datetime = Field(description="To the hour.")
    ends_at: datetime | None
    is_this: bool = Field(description="Whether it asks this very question.")


class UserSessions(Outgoing):
    """The newest first."""

    items: list[UserSessionOut]


def _user_out(named: NamedUser) -> UserOut:
    user = named.user
    return UserOut(
        id=user.id,
        login=user.login,
        name=user.name,
        role=Role(user.role),
        district=user.district_code,
        team=named.team_code,
        language=Language(user.language),
        has_password=user.password_hash is not None,
        has_sso=user.oidc_subject is not None,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
        invited_until=named.invited_until,
        last_used_at=named.last_used_at,
    )


def _answer(session: SessionDep, user: User, *, now: datetime, status_code: int = 200) -> Response:
    [named] = users.named(session, [user], now=now)
    return json_answer(_user_out(named), status_code=status_code, etag=user.version)


@router.get("/users", responses=READ_REFUSALS)
def list_users(
    session: SessionDep,
    actor: Admin,
    now: NowDep,
    district: DistrictParam = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[UserOut]:
    """People with an account, disabled ones too, by id: of the own district; a national administrator sees all."""
    if district is not None and actor.district_code != district:
        check_district(actor, district, write=True)
    rows = users.list_named(
        session, actor, district_code=district, after_id=decode_cursor(cursor), limit=limit + 1, now=now
    )
    return page_of(rows, limit=limit, key=lambda row: row.user.id, shown=_user_out)


@router.post("/users", status_code=201, response_model=UserOut, responses=CREATE_REFUSALS)
@once
def add_user(body: UserIn, session: SessionDep, actor: Admin, now: NowDep) -> Response:
    """Add a person, who cannot log in before `POST /v1/users/{id}/invitations`."""
    user = users.add(
        session,
        login=body.login,
        name=body.name,
        role=body.role,
        district_code=body.district,
        team_code=body.team,
        language=body.language,
        actor=actor,
        now=now,
    )
    return _answer(session, user, now=now, status_code=201)


@router.get("/users/{user_id}", response_model=UserOut, responses=READ_REFUSALS)
def get_user(user_id: Id, session: SessionDep, actor: Admin, now: NowDep) -> Response:
    """One person with an account."""
    return _answer(session, users.read(session, user_id, actor=actor), now=now)


@router.patch("/users/{user_id}", response_model=UserOut, responses=CHANGE_REFUSALS)
def change_user(
    user_id: Id, body: UserPatch, session: SessionDep, actor: Admin, now: NowDep, if_match: IfMatchHeader = None
) -> Response:
    """Change the fields that the body names."""
    user = users.read(session, user_id, actor=actor, for_update=True)
    check_if_match(if_match, user.version)
    return _answer(session, users.change(session, user, body.given(), actor=actor, now=now), now=now)


@router.post(
    "/users/{user_id}/invitations", status_code=201, response_model=UserInvitationOut, responses=CREATE_REFUSALS
)
@once
def invite_user(user_id: Id, request: Request, session: SessionDep, actor: Admin, now: NowDep) -> Response:
    """A new link, which opens once, for a day: a coordinator's logs a phone in, others' set a password."""
    user = users.read(session, user_id, actor=actor, for_update=True)
    link = invitations.invite(session, user, base_url=browsers.own_origin(request), actor=actor, now=now)
    remembered = UserInvitationOut(link=None, qr_svg=None, sets_password=link.sets_password, expires_at=link.expires_at)
    shown = remembered.model_copy(update={"link": link.address, "qr_svg": link.qr_svg()})
    # What is remembered for the Idempotency-Key is stored, so it must not hold the link.
    return ShownOnce(
        json_answer(shown, status_code=201, headers={"Cache-Control": "no-store"}),
        remembered=json_answer(remembered, status_code=201),
    )


@router.post("/users/{user_id}/disable", response_model=UserOut, responses=CREATE_REFUSALS)
@once
def disable_user(user_id: Id, session: SessionDep, actor: Admin, now: NowDep) -> Response:
    """Close an account at once: its sessions and links end. Not the own one."""
    user = users.read(session, user_id, actor=actor, for_update=True)
    users.disable(session, user, actor=actor, now=now)
    return _answer(session, user, now=now)


@router.post("/users/{user_id}/enable", response_model=UserOut, responses=CREATE_REFUSALS)
@once
def enable_user(user_id: Id, session: SessionDep, actor: Admin, now: NowDep) -> Response:
    """Open a disabled account again; its user needs a new invitation."""
    user = users.read(session, user_id, actor=actor, for_update=True)
    users.enable(session, user, actor=actor, now=now)
    return _answer(session, user, now=now)


@router.get("/users/{user_id}/sessions", responses=READ_REFUSALS)
def list_user_sessions(user_id: Id, session: SessionDep, actor: Admin, now: NowDep) -> UserSessions:
    """The devices that a person is logged in with."""
    user = users.read(session, user_id, actor=actor)
    devices = sessions.devices_of(session, user.id, seen_from=actor, now=now)
    return UserSessions(items=[UserSessionOut.model_validate(device) for device in devices])


@router.delete("/users/{user_id}/sessions", status_code=204, responses=READ_REFUSALS)
def end_user_sessions(user_id: Id, session: SessionDep, actor: Admin, now: NowDep) -> None:
    """Log a person out everywhere."""
    user = users.read(session, user_id, actor=actor, for_update=True)
    sessions.end_all_sessions(session, user, actor=actor, now=now)


@router.delete("/users/{user_id}/sessions/{session_id}", status_code=204, responses=READ_REFUSALS)
def end_user_session(user_id: Id, session_id: Id, session: SessionDep, actor: Admin, now: NowDep) -> None:
    """Log one device of a person out: a phone that was lost."""
    user = users.read(session, user_id, actor=actor, for_update=True)
    sessions.end_session_of(session, user.id, session_id, actor=actor, now=now)
