"""Sessions of people: opened, listed and ended. A session is a token whose secret a browser holds."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.lifetimes import SESSION_ENDS
from app.access.models import Role, Token, User
from app.access.service import TOKEN_COLUMNS, Actor, StoredToken
from app.errors import NotFound
from app.languages import said

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What is handed to the browser; the secret is stored nowhere."""

    secret: str
    role: Role
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A session that can still be used."""

    id: int
    name: str
    opened_at: datetime
    used_at: datetime
    """To the hour."""
    ends_at: datetime | None
    is_this: bool


def actor_of_user(user: User) -> Actor:
    """Who acts where a person is not logged in yet."""
    return Actor(
        token_id=None,
        name=f"user {user.login}",
        role=Role(user.role),
        district_code=user.district_code,
        team_id=user.team_id,
        user_id=user.id,
    )


def open_session(session: Session, user: User, *, device: str, earlier_secret: str | None, now: datetime) -> NewSession:
    """A session with a secret of its own, in place of the one that the browser held before.

    The caller has locked the user's row and seen that it is not disabled: who disables it then ends this session."""
    actor = actor_of_user(user)
    if earlier_secret is not None:
        earlier = session.scalar(
            select(Token).where(
                Token.secret_hash == access.hash_session_secret(earlier_secret), Token.revoked_at.is_(None)
            )
        )
        if earlier is not None:
            _end(session, earlier, actor=actor, now=now)
    secret, ends = secrets.token_urlsafe(_SECRET_BYTES), SESSION_ENDS[Role(user.role)]
    token = Token(
        prefix=actor.name,
        secret_hash=access.hash_session_secret(secret),
        role=user.role,
        district_code=user.district_code,
        team_id=user.team_id,
        label=device,
        user_id=user.id,
        idle_hours=ends.idle_hours,
        created_at=now,
        expires_at=now + ends.whole,
    )
    session.add(token)
    session.flush()
    access.record(
        session,
        actor,
        "session.open",
        f"user/{user.id}",
        now=now,
        district_code=user.district_code,
        details={"device": device},
    )
    return NewSession(secret=secret, role=Role(user.role), language=user.language)


def devices(session: Session, actor: Actor, *, now: datetime) -> Sequence[Device]:
    """The actor's sessions that have not ended, the newest first."""
    return devices_of(session, actor.user_id, seen_from=actor, now=now)


def devices_of(session: Session, user_id: int | None, *, seen_from: Actor, now: datetime) -> Sequence[Device]:
    """A user's sessions that have not ended, the newest first."""
    rows = session.execute(
        select(Token.label, Token.created_at, *TOKEN_COLUMNS)
        .where(Token.user_id == user_id, Token.revoked_at.is_(None))
        .order_by(Token.id.desc())
    )
    opened = [(label, opened_at, StoredToken._make(token)) for label, opened_at, *token in rows]
    return [
        Device(
            id=token.id,
            name=label or "?",
            opened_at=opened_at,
            used_at=token.used_at,
            ends_at=token.expires_at,
            is_this=token.id == seen_from.token_id,
        )
        for label, opened_at, token in opened
        if access.is_valid(token, now=now)
    ]


def end_session(session: Session, session_id: int, *, actor: Actor, now: datetime) -> None:
    """End one of the actor's own sessions; raises `NotFound` for any other."""
    end_session_of(session, actor.user_id, session_id, actor=actor, now=now)


def end_session_of(session: Session, user_id: int | None, session_id: int, *, actor: Actor, now: datetime) -> None:
    """End one session of a user whom the actor may change; raises `NotFound` for any other."""
    token = session.scalar(select(Token).where(Token.id == session_id, Token.user_id == user_id))
    if token is None or user_id is None:
        raise NotFound(
            said(
                "There is no such device {device}; it may have been logged out already.",
                "Tidak ada perangkat {device} seperti itu; mungkin sudah dikeluarkan.",
                device=session_id,
            )
        )
    if token.revoked_at is None:
        _end(session, token, actor=actor, now=now)
    session.flush()


def _end(session: Session, token: Token, *, actor: Actor, now: datetime) -> None:
    token.revoked_at = now
    access.record(
        session,
        actor,
        "session.close",
        f"user/{token.user_id}",
        now=now,
        district_code=token.district_code,
        details={"device": token.label},
    )


def end_all_sessions(session: Session, user: User, *, actor: Actor, now: datetime) -> int:
    """End every session of a user, the present one too; how many there were."""
    tokens = session.scalars(select(Token).where(Token.user_id == user.id, Token.revoked_at.is_(None))).all()
    for token in tokens:
        token.revoked_at = now
    if tokens:
        access.record(
            session,
            actor,
            "session.close_all",
            f"user/{user.id}",
            now=now,
            district_code=user.district_code,
            details={"sessions": len(tokens)},
        )
    session.flush()
    return len(tokens)
