"""Logging in with a password: guesses are slowed down, and nobody learns which accounts there are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from app.access import sessions
from app.access.models import LogInWait, User
from app.access.passwords import NOBODYS_HASH, Hashing, verify_password
from app.access.sessions import NewSession
from app.access.user_fields import login_of
from app.errors import AppError, Forbidden
from app.languages import said

log = structlog.get_logger(__name__)

FREE_OF_AN_ACCOUNT = 5
FREE_OF_AN_ADDRESS = 50
"""Failures before anybody waits; a whole office may share one address."""
_FIRST_WAIT_SECONDS = 5
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


class LogInRefused(Forbidden):
    """No such account, no such password, disabled or not: the words are the same."""

    def __init__(self) -> None:
        super().__init__(
            said(
                "Login or password do not match. Ask your office's administrator for a link if you have lost them.",
                "Nama masuk atau kata sandi tidak cocok. Jika lupa, mintalah tautan kepada administrator kantor Anda.",
            )
        )


class TooManyFailedLogIns(AppError):
    """Further guesses wait; a right one, too."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait: timedelta):
        seconds = max(1, round(wait.total_seconds()))
        super().__init__(
            said(
                "Too many failed log-ins. Try again in {seconds} s, or ask your office's administrator for a link.",
                "Terlalu banyak percobaan masuk yang gagal. Coba lagi {seconds} detik lagi, "
                "atau mintalah tautan kepada administrator kantor Anda.",
                seconds=seconds,
            ),
            headers={"Retry-After": str(seconds)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What failures are counted of."""

    hash: bytes
    free: int

    def wait_after(self, failures: int) -> timedelta:
        if failures < self.free:
            return timedelta()
        # The exponent is bounded before the power is taken.
        doublings = min(failures - self.free, 20)
        return min(LONGEST_WAIT, timedelta(seconds=_FIRST_WAIT_SECONDS * 2**doublings))


def _subject(kind: str, name: str, *, free: int) -> _Subject:
    return _Subject(hash=hashlib.sha256(f"{kind}:{name}".encode()).digest(), free=free)


def _network_of(address: str) -> str:
    """The address, or for IPv6 its /64, all of which one line has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    # How a server that listens on both writes the older ones, which share their first 64 bits.
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _subjects(login: str, address: str | None) -> Sequence[_Subject]:
    subjects = [_subject("login", login.strip().lower(), free=FREE_OF_AN_ACCOUNT)]
    if address is not None:
        subjects.append(_subject("address", _network_of(address), free=FREE_OF_AN_ADDRESS))
    # Locked in one order, so that no two attempts wait for each other.
    return sorted(subjects, key=lambda subject: subject.hash)


def count_attempt(session: Session, subjects: Sequence[_Subject], *, now: datetime) -> None:
    """Count an attempt as failed before it is looked at, so that many at once do not slip through.

    Raises `TooManyFailedLogIns` while somebody has to wait, which counts as none."""
    for subject in subjects:
        session.execute(
            insert(LogInWait)
            .values(subject_hash=subject.hash, failures=0, last_failed_at=now, waits_until=now)
            .on_conflict_do_nothing()
        )
        row = session.get_one(LogInWait, subject.hash, with_for_update=True, populate_existing=True)
        if row.waits_until > now:
            raise TooManyFailedLogIns(row.waits_until - now)
        if row.last_failed_at < now - FORGOTTEN_AFTER:
            row.failures = 0
        row.failures += 1
        row.last_failed_at = now
        row.waits_until = now + subject.wait_after(row.failures)
    session.flush()


def _take_back(session: Session, subjects: Sequence[_Subject], *, now: datetime) -> None:
    """The attempt was none that failed: the account's are forgotten, the address's are one fewer.

    Not all of an address, or who has one account there could guess at the others for ever."""
    for subject in subjects:
        row = session.get(LogInWait, subject.hash, with_for_update=True, populate_existing=True)
        if row is not None:
            row.failures = 0 if subject.free == FREE_OF_AN_ACCOUNT else max(0, row.failures - 1)
            row.waits_until = now
    session.flush()


async def log_in(
    maker: sessionmaker[Session],
    hashing: Hashing,
    *,
    login: str,
    password: str,
    address: str | None,
    device: str,
    earlier_secret: str | None,
    now: datetime,
) -> NewSession:
    """A session for who knows the password; raises `LogInRefused`, `TooManyFailedLogIns`, `TooManyLogIns`.

    `address`: None where it tells nothing, as behind a proxy. No transaction is open while a hash is worked out."""
    subjects = _subjects(login, address)

    def begin() -> str | None:
        with maker.begin() as session:
            count_attempt(session, subjects, now=now)
            # Read in any case, by a login that nobody has where it cannot be one.
            return session.scalar(
                select(User.password_hash).where(User.login == (login_of(login) or ""), User.disabled_at.is_(None))
            )

    def open_one(checked_hash: str, new_hash: str | None) -> NewSession | None:
        with maker.begin() as session:
            user = session.scalar(select(User).where(User.login == login_of(login)).with_for_update())
            # Disabled, or given another password, while the old one was looked at.
            if user is None or user.disabled_at is not None or user.password_hash != checked_hash:
                return None
            user.password_hash = new_hash or checked_hash
            _take_back(session, subjects, now=now)
            return sessions.open_session(session, user, device=device, earlier_secret=earlier_secret, now=now)

    stored_hash = await run_in_threadpool(begin)
    is_right, new_hash = await hashing.run(lambda: verify_password(password, stored_hash or NOBODYS_HASH))
    opened = await run_in_threadpool(open_one, stored_hash, new_hash) if is_right and stored_hash is not None else None
    if opened is None:
        log.info("log-in refused")
        raise LogInRefused
    return opened


def forget_old_failures(session: Session, *, now: datetime) -> None:
    session.execute(delete(LogInWait).where(LogInWait.last_failed_at < now - FORGOTTEN_AFTER))
