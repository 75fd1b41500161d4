"""Who acts; issue, verify, list and revoke tokens; write the audit trail."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role, Token
from app.errors import Forbidden, NotFound
from app.languages import said

_SECRET_BYTES = 32
_PREFIX_EXTRA = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is calling: a verified token, or the command line."""

    token_id: int | None
    name: str
    """Readable prefix of the token, or who the user is, for the audit trail."""
    role: Role
    district_code: str | None
    """None: every district (an administrator's token only)."""
    team_id: int | None = None
    user_id: int | None = None
    """None: no person who logged in, but a program."""

    def may_read(self, district_code: str) -> bool:
        """Own district; a province's token also reads its districts."""
        return self.may_write(district_code) or district_code.startswith(f"{self.district_code}.")

    def may_write(self, district_code: str) -> bool:
        return self.district_code is None or self.district_code == district_code


COMMAND_LINE = Actor(token_id=None, name="command line", role=Role.ADMIN, district_code=None)
WORKER = Actor(token_id=None, name="worker", role=Role.ADMIN, district_code=None)


def unopened_district(district_code: str) -> NotFound:
    """What a stranger is told of a district, whether there is one or not."""
    return NotFound(
        said(
            "There is no district {district!r}, or this token does not open it.",
            "Tidak ada daerah {district!r}, atau token ini tidak membukanya.",
            district=district_code,
        )
    )


def read_only_district(district_code: str) -> Forbidden:
    return Forbidden(
        said(
            "This token reads district {district!r} but may not change it.",
            "Token ini hanya dapat membaca daerah {district!r}, tidak mengubahnya.",
            district=district_code,
        )
    )


def hash_secret(secret: str) -> bytes:
    # Secrets are 256 random bits, so a fast hash is enough; nothing to guess.
    return hashlib.sha256(secret.encode()).digest()


def hash_session_secret(secret: str) -> bytes:
    # Another hash than a token's, so that neither kind of secret ever opens as the other: a cookie is no bearer token.
    return hashlib.sha256(b"session:" + secret.encode()).digest()


def issue_token(
    session: Session,
    role: Role,
    *,
    now: datetime,
    district_code: str | None = None,
    team_id: int | None = None,
    area_code: str | None = None,
    site_id: int | None = None,
    label: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """The stored token and its secret, which is not kept and cannot be shown again."""
    start = f"jb_{role.value}_"
    secret = start + secrets.token_urlsafe(_SECRET_BYTES)
    token = Token(
        prefix=secret[: len(start) + _PREFIX_EXTRA],
        secret_hash=hash_secret(secret),
        role=role.value,
        district_code=district_code,
        team_id=team_id,
        area_code=area_code,
        site_id=site_id,
        label=label,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    return token, secret


class StoredToken(NamedTuple):
    """What a token's row says about its holder, for reads that fetch plain columns."""

    id: int
    prefix: str
    role: str
    district_code: str | None
    team_id: int | None
    expires_at: datetime | None
    revoked_at: datetime | None
    user_id: int | None
    idle_hours: int | None
    used_at: datetime
    """Last use, to the hour; before the first one, when it was made."""


USED_AT = func.coalesce(Token.last_used_at, Token.created_at)
TOKEN_COLUMNS = tuple(USED_AT if name == "used_at" else getattr(Token, name) for name in StoredToken._fields)


def is_valid(token: StoredToken, *, now: datetime) -> bool:
    return (
        token.revoked_at is None
        and (token.expires_at is None or token.expires_at > now)
        and (token.idle_hours is None or token.used_at + timedelta(hours=token.idle_hours) > now)
    )


def find_token(session: Session, secret_hash: bytes) -> StoredToken | None:
    """The token of this secret, revoked and expired ones included."""
    row = session.execute(select(*TOKEN_COLUMNS).where(Token.secret_hash == secret_hash)).first()
    return None if row is None else StoredToken._make(row)


def list_tokens(session: Session, *, district_code: str | None, after_id: int, limit: int) -> Sequence[Token]:
    """Tokens by id, of one district or (None) of all; without the sessions of people."""
    query = select(Token).where(Token.user_id.is_(None), Token.id > after_id).order_by(Token.id).limit(limit)
    if district_code is not None:
        query = query.where(Token.district_code == district_code)
    return session.scalars(query).all()


def revoke_token(session: Session, token_id: int, *, actor: Actor, now: datetime) -> Token:
    token = session.get(Token, token_id)
    if token is None or not (actor.district_code is None or token.district_code == actor.district_code):
        raise NotFound(said("There is no token {token}.", "Tidak ada token {token}.", token=token_id))
    if token.revoked_at is None:
        token.revoked_at = now
        record(session, actor, "token.revoke", f"token/{token_id}", now=now, district_code=token.district_code)
    session.flush()
    return token


def audit_trail(district_code: str | None, *, subject: str | None, before_id: int) -> Select[AuditEntry]:
    """What was changed in a district, or (None) outside of all, the newest first; `before_id` 0: from the newest."""
    query = select(AuditEntry).where(AuditEntry.district_code == district_code).order_by(AuditEntry.id.desc())
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    return query.where(AuditEntry.id < before_id) if before_id else query


def list_audit(
    session: Session, district_code: str | None, *, subject: str | None, before_id: int, limit: int
) -> Sequence[AuditEntry]:
    return session.scalars(audit_trail(district_code, subject=subject, before_id=before_id).limit(limit)).all()


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    district_code: str | None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add one line to the audit trail, in the transaction of the change itself."""
    session.add(
        AuditEntry(
            at=now,
            district_code=district_code,
            actor=actor.name,
            action=action,
            subject=subject,
            details=details or {},
        )
    )
