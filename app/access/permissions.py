"""Who is calling, as parameter types: an endpoint that names one of these is closed to everybody else."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.access import browsers
from app.access import service as access
from app.access.models import Role, Token
from app.access.service import TOKEN_COLUMNS, Actor, StoredToken
from app.access.token_uses import TokenUses
from app.database import PreparedRead, SessionDep
from app.errors import Forbidden, Unauthenticated
from app.http_conventions import NowDep
from app.languages import said

_MEND = said(
    "Send the header 'Authorization: Bearer <token>'; 'jemput token' issues one.",
    "Kirim header 'Authorization: Bearer <token>'; 'jemput token' menerbitkannya.",
)


def bearer_secret(authorization: str | None) -> str:
    """The secret of an Authorization header, not verified yet; raises `Unauthenticated` for one without."""
    if not authorization:
        raise Unauthenticated(
            said("This call needs a token. {mend}", "Permintaan ini memerlukan token. {mend}", mend=_MEND)
        )
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated(
            said(
                "The Authorization header is not a bearer token. {mend}",
                "Header Authorization ini bukan token bearer. {mend}",
                mend=_MEND,
            )
        )
    return secret.strip()


def verify_bearer(session: Session, authorization: str | None, *, now: datetime) -> Actor:
    """The actor of an Authorization header; raises `Unauthenticated` for a missing, broken or ended token."""
    return actor_of(access.find_token(session, access.hash_secret(bearer_secret(authorization))), now=now)


def credential_hash(request: Request) -> bytes:
    """The hash under which what a request shows is stored, nothing verified yet: its bearer token's, or its session's.

    Raises `Unauthenticated` where it shows neither, and `ForeignOrigin` for a change by cookie from elsewhere."""
    authorization = request.headers.get("authorization")
    secret = browsers.session_secret(request) if authorization is None else None
    if secret is None:
        return access.hash_secret(bearer_secret(authorization))
    # A browser adds the cookie to whatever any page has it send; a bearer token is added by its program alone.
    browsers.check_own_origin(request)
    return access.hash_session_secret(secret)


def actor_of(token: StoredToken | None, *, now: datetime) -> Actor:
    """The actor of a token; raises `Unauthenticated` unless it is known, and neither revoked nor expired."""
    if token is None or not access.is_valid(token, now=now):
        raise Unauthenticated(
            said(
                "The token is unknown, revoked or expired. {mend}",
                "Token ini tidak dikenal, dicabut, atau kedaluwarsa. {mend}",
                mend=_MEND,
            )
        )
    return Actor(
        token_id=token.id,
        name=token.prefix,
        role=Role(token.role),
        district_code=token.district_code,
        team_id=token.team_id,
        user_id=token.user_id,
    )


def _actor(request: Request, session: SessionDep, now: NowDep) -> Actor:
    actor = actor_of(access.find_token(session, credential_hash(request)), now=now)
    note_use(request, actor.token_id, now=now)
    return actor


def note_use(request: Request, token_id: int | None, *, now: datetime) -> None:
    """A token was verified; a route that names no actor type says so itself."""
    uses: TokenUses = request.app.state.token_uses
    uses.note(token_id, now)


async def _secret_hash(request: Request) -> bytes:
    return credential_hash(request)


_TOKEN = PreparedRead(select(*TOKEN_COLUMNS).where(Token.secret_hash == bindparam("secret_hash")))


async def admit_sender(request: Request) -> None:
    """Let a body in: raises `Unauthenticated` before any of it is read, and holds no session meanwhile."""
    secret_hash = await _secret_hash(request)
    rows = await _TOKEN.rows_in_loop(request.app.state.sessions, {"secret_hash": secret_hash})
    actor_of(StoredToken._make(rows[0]) if rows else None, now=request.app.state.clock())


UnverifiedSecret = Annotated[bytes, Depends(_secret_hash)]
"""Hash of a bearer's or session's secret that nothing has verified yet: for a prepared read alone, whose one statement
fetches the token with the rows; `actor_of` and `check_role` then come before anything else."""


def check_role(actor: Actor, roles: Collection[Role]) -> None:
    if actor.role not in roles:
        names = ", ".join(role.value for role in roles)
        raise Forbidden(
            said(
                "A {role} token may not do this; it takes one of: {names}.",
                "Token {role} tidak boleh melakukan ini; diperlukan salah satu dari: {names}.",
                role=actor.role.value,
                names=names,
            )
        )


def _one_of(*roles: Role) -> Callable[[Actor], Awaitable[Actor]]:
    # Asynchronous, since it does not wait: a plain function would cost a trip to the thread pool.
    async def allowed(actor: Annotated[Actor, Depends(_actor, scope="function")]) -> Actor:
        check_role(actor, roles)
        return actor

    return allowed


async def _person(actor: Annotated[Actor, Depends(_actor, scope="function")]) -> Actor:
    if actor.user_id is None:
        raise Unauthenticated(
            said("This page is for people who log in.", "Halaman ini untuk pengguna yang masuk dengan akunnya.")
        )
    return actor


SignedIn = Annotated[Actor, Depends(_person, scope="function")]
"""A person with a session, of any role; `user_id` is there."""


def _perhaps_person(request: Request, session: SessionDep, now: NowDep) -> Actor | None:
    try:
        actor = _actor(request, session, now)
    except Unauthenticated:
        return None
    return None if actor.user_id is None else actor


PerhapsSignedIn = Annotated[Actor | None, Depends(_perhaps_person, scope="function")]
"""The same, None for a stranger: for a page that is there for everybody, and tells who has logged in more."""
Admin = Annotated[Actor, Depends(_one_of(Role.ADMIN), scope="function")]
Planner = Annotated[Actor, Depends(_one_of(Role.ADMIN, Role.PLANNER), scope="function")]
Viewer = Annotated[Actor, Depends(_one_of(Role.ADMIN, Role.PLANNER, Role.VIEWER), scope="function")]
Coordinator = Annotated[
    Actor, Depends(_one_of(Role.ADMIN, Role.PLANNER, Role.VIEWER, Role.COORDINATOR), scope="function")
]
"""A coordinator sees the own team only: every query behind it passes through `visible_team`."""
Reporter = Annotated[Actor, Depends(_one_of(Role.ADMIN, Role.PLANNER, Role.COORDINATOR), scope="function")]
"""Who was there, or speaks for who was; a coordinator for the own team only."""


def check_district(actor: Actor, district_code: str, *, write: bool = False) -> None:
    """Raise `NotFound` where the actor may not look, so that a stranger cannot tell what exists."""
    if not actor.may_read(district_code):
        raise access.unopened_district(district_code)
    if write and not actor.may_write(district_code):
        raise access.read_only_district(district_code)


def visible_team(actor: Actor, team_id: int | None) -> int | None:
    """The team an actor's query is limited to; None: every team of the district.

    A coordinator asking for another team gets `Forbidden`."""
    if actor.team_id is None:
        return team_id
    if team_id is not None and team_id != actor.team_id:
        raise Forbidden(
            said(
                "This token opens its own team only; leave 'team' out, or ask with that team's token.",
                "Token ini hanya membuka timnya sendiri; kosongkan 'team', atau pakai token tim itu.",
            )
        )
    return actor.team_id
