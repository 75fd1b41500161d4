"""How to talk to somebody else's calendar server: whoever reads or writes a calendar begins here."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from app.calendars.credentials import load_key, unseal
from app.calendars.guarded_http import Credentials, GuardedHttp
from app.calendars.models import CalendarSource
from app.guarded_transport import Guard, GuardedTransport, HttpLimits, trusted_tls
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What talking to servers needs of the machine it runs on."""

    key: bytes
    guard: Guard
    http_limits: HttpLimits
    ca_file: str | None = None
    random: Callable[[], float] = random.random
    """From 0 to 1; spreads retries, so that calendars of one server do not all come back at once."""


def desk_of(settings: Settings) -> Desk:
    """The desk that the operator's settings describe."""
    return Desk(
        key=load_key(settings),
        guard=Guard(allowed_hosts=frozenset(settings.allowed_hosts)),
        http_limits=HttpLimits(
            total_seconds=settings.calendar_sync_seconds, answer_bytes=settings.calendar_max_megabytes * 1_000_000
        ),
        ca_file=None if settings.ca_file is None else str(settings.ca_file),
    )


def open_source(desk: Desk, source: CalendarSource) -> tuple[GuardedHttp, str]:
    """A conversation with a source's server, and the address; raises `CalendarTrouble` when these cannot be opened."""
    address = unseal(desk.key, source.sealed_address, origin=source.origin)
    credentials = None
    if source.username is not None and source.sealed_password is not None:
        password = unseal(desk.key, source.sealed_password, origin=source.origin)
        credentials = Credentials(username=source.username, password=password, origin=source.origin)
    transport = GuardedTransport(desk.guard, desk.http_limits, tls=trusted_tls(desk.ca_file))
    return GuardedHttp(transport, desk.http_limits, credentials=credentials), address
