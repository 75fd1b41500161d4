"""From an identity that a provider vouches for to a session of ours, of a user whom an administrator prepared."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access import sessions
from app.access.models import User
from app.access.oidc import Identity, SsoRefused, nobody_here
from app.access.sessions import NewSession, actor_of_user
from app.access.user_fields import login_of

log = structlog.get_logger(__name__)


def log_in(
    session: Session, identity: Identity, *, device: str, earlier_secret: str | None, now: datetime
) -> NewSession:
    """A session for the user of this identity, with the role that the user has here; raises `SsoRefused`."""
    user = _known(session, identity) or _first_time(session, identity, now=now)
    if user is None or user.disabled_at is not None:
        log.info("log-in by provider refused")
        raise SsoRefused(nobody_here(identity.email))
    return sessions.open_session(session, user, device=device, earlier_secret=earlier_secret, now=now)


def _known(session: Session, identity: Identity) -> User | None:
    return session.scalar(
        select(User).where(User.oidc_issuer == identity.issuer, User.oidc_subject == identity.subject).with_for_update()
    )


def _first_time(session: Session, identity: Identity, *, now: datetime) -> User | None:
    """The user whose login is the verified address, who is this person from now on; None where there is none.

    An address that the provider gave to somebody else meanwhile opens nothing: its user is another person there."""
    login = None if identity.email is None else login_of(identity.email)
    user = session.scalar(select(User).where(User.login == (login or "")).with_for_update())
    if user is None or user.disabled_at is not None or user.oidc_issuer == identity.issuer:
        return None
    user.oidc_issuer, user.oidc_subject = identity.issuer, identity.subject
    session.flush()
    access.record(
        session,
        actor_of_user(user),
        "user.link_sso",
        f"user/{user.id}",
        now=now,
        district_code=user.district_code,
        details={"login": user.login, "issuer": identity.issuer},
    )
    return user
