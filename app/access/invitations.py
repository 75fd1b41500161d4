"""One-time links: who opens one sets a password, or has the device logged in that opened it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from io import BytesIO

import segno
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access import service as access
from app.access import sessions
from app.access.models import Role, User, UserInvitation
from app.access.service import Actor
from app.access.sessions import NewSession, actor_of_user
from app.errors import AppError, Conflict
from app.languages import said

VALID_FOR = timedelta(days=1)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A new one-time link; what is secret in it is stored nowhere."""

    address: str
    sets_password: bool
    """Otherwise it logs the device in that opens it."""
    expires_at: datetime

    def qr_svg(self) -> str:
        """The address as a code for a phone's camera: an SVG picture, black on white."""
        picture = BytesIO()
        # White beneath it, since a camera reads nothing on the dark background of a page at night.
        segno.make_qr(self.address, error="m").save(
            picture, kind="svg", xmldecl=False, svgclass=None, lineclass=None, nl=False, scale=6, light="#fff"
        )
        return picture.getvalue().decode()


class InvitationEnded(AppError):
    """The link was used, has expired, was withdrawn or never was one: which of them, nobody is told."""

    status_code = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__(
            said(
                "This link does not open any more: each opens once, and for a day. "
                "Ask your office's administrator for a new one, or log in with your password.",
                "Tautan ini tidak dapat dibuka lagi: setiap tautan hanya berlaku sekali, selama satu hari. "
                "Mintalah tautan baru kepada administrator kantor Anda, atau masuk dengan kata sandi.",
            )
        )


class UserDisabled(Conflict):
    """A disabled user is not invited."""


def issue(session: Session, user: User, *, sets_password: bool, actor: Actor, now: datetime) -> str:
    """The secret of a new link, the only one of this user that opens; raises `UserDisabled`.

    The caller has locked the user's row."""
    if user.disabled_at is not None:
        raise UserDisabled(
            said(
                "User {login!r} is disabled; enable the account first.",
                "Pengguna {login!r} dinonaktifkan; aktifkan dahulu akunnya.",
                login=user.login,
            )
        )
    session.execute(
        update(UserInvitation)
        .where(UserInvitation.user_id == user.id, UserInvitation.ended_at.is_(None))
        .values(ended_at=now)
    )
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    session.add(
        UserInvitation(
            user_id=user.id,
            secret_hash=access.hash_secret(secret),
            sets_password=sets_password,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
    )
    session.flush()
    access.record(
        session,
        actor,
        "invitation.issue",
        f"user/{user.id}",
        now=now,
        district_code=user.district_code,
        details={"login": user.login, "sets_password": sets_password},
    )
    return secret


def invite(session: Session, user: User, *, base_url: str, actor: Actor, now: datetime) -> Link:
    """A new link: a coordinator's logs the phone in that scans it, everybody else's sets a password.

    `base_url`: scheme and host by which people reach the service. The caller has locked the user's row; raises
    `UserDisabled`."""
    sets_password = Role(user.role) is not Role.COORDINATOR
    secret = issue(session, user, sets_password=sets_password, actor=actor, now=now)
    return Link(address=address_of(secret, base_url), sets_password=sets_password, expires_at=now + VALID_FOR)


def address_of(secret: str, base_url: str) -> str:
    return f"{base_url}/undangan/{secret}"


def look_at(session: Session, secret: str, *, now: datetime) -> tuple[UserInvitation, User]:
    """An invitation that still opens, and whom it invites; raises `InvitationEnded`. Looking uses nothing up:
    programs that show a preview of a link in a chat open it too."""
    row = session.execute(
        select(UserInvitation, User)
        .join(User, User.id == UserInvitation.user_id)
        .where(UserInvitation.secret_hash == access.hash_secret(secret))
    ).first()
    if row is None or not _opens(*row, now=now):
        raise InvitationEnded
    invitation, user = row
    return invitation, user


def _opens(invitation: UserInvitation, user: User, *, now: datetime) -> bool:
    return invitation.ended_at is None and invitation.expires_at > now and user.disabled_at is None


def accept(
    session: Session,
    secret: str,
    *,
    password_hash: str | None,
    device: str,
    earlier_secret: str | None,
    now: datetime,
) -> NewSession:
    """Use the link up and log its user in; of two at once, one does. Raises `InvitationEnded`.

    A new password ends the sessions that were opened before it."""
    invitation, user = look_at(session, secret, now=now)
    # The user's row first, as everywhere; then what was seen is looked at again.
    session.refresh(user, with_for_update=True)
    session.refresh(invitation, with_for_update=True)
    if not _opens(invitation, user, now=now) or invitation.sets_password is not (password_hash is not None):
        raise InvitationEnded
    invitation.ended_at = now
    actor = actor_of_user(user)
    access.record(
        session,
        actor,
        "invitation.accept",
        f"user/{user.id}",
        now=now,
        district_code=user.district_code,
        details={"device": device, "sets_password": invitation.sets_password},
    )
    if password_hash is not None:
        user.password_hash = password_hash
        sessions.end_all_sessions(session, user, actor=actor, now=now)
    return sessions.open_session(session, user, device=device, earlier_secret=earlier_secret, now=now)
