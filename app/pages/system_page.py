"""`/admin/sistem`: versions, workers, what waits, room for data, backups, and whether phones can work offline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request, Response

from app.access import browsers
from app.certificates import read_certificate
from app.database import SessionDep
from app.metrics.condition import condition
from app.pages.frame import page, pages_router
from app.pages.readers import AdminReader, Reader
from app.settings import Settings

router = pages_router()

_LITTLE_ROOM = Decimal(2)
"""Gigabytes; the log of PostgreSQL alone may grow to one."""
_DAILY = timedelta(hours=26)
"""A backup of every day is no older, however long it takes."""
_LOST = timedelta(days=7)
_AHEAD = timedelta(hours=1)
"""A mark that is dated later than this tells of a wrong clock."""


@router.get("/admin/sistem")
def system_page(request: Request, session: SessionDep, reader: AdminReader) -> Response:
    settings: Settings = request.app.state.settings
    health = condition(session, data_dir=settings.data_dir)
    certificate = None if settings.tls_cert is None else read_certificate(settings.tls_cert)
    address = browsers.own_origin(request)
    free = _gigabytes(health.disk_free_bytes)
    return page(
        request,
        "admin/system.html",
        reader,
        found=health,
        free=free,
        is_little=free < _LITTLE_ROOM,
        whole=_gigabytes(health.disk_bytes),
        database=_gigabytes(health.database_bytes),
        is_embedded=settings.database_url is None,
        backup=_backup(settings.backup_mark, reader),
        address=address,
        # Browsers keep pages, and what waits to be sent, for secure addresses alone.
        is_secure=address.startswith("https://"),
        certificate=certificate,
        is_named=certificate is None or certificate.is_for(urlsplit(address).hostname or ""),
        days_left=None if certificate is None else (certificate.ends_at - reader.now).days,
        has_public_address=settings.public_url is not None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What the mark of backups tells; `at` None: the file is not there."""

    at: datetime | None
    state: str
    """`fresh`, `old`, `lost`, `missing` or `ahead`."""


def _backup(mark: Path | None, reader: Reader) -> Backup | None:
    """None where no mark is set."""
    if mark is None:
        return None
    try:
        at = datetime.fromtimestamp(mark.stat().st_mtime, reader.zone)
    except OSError:
        return Backup(at=None, state="missing")
    age = reader.now - at
    state = "ahead" if age < -_AHEAD else "fresh" if age <= _DAILY else "old" if age <= _LOST else "lost"
    return Backup(at=at, state=state)


def _gigabytes(count: int) -> Decimal:
    return (Decimal(count) / 1_000_000_000).quantize(Decimal("0.1"))
