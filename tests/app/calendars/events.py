"""Small calendars to put somewhere, and a desk that may read from this machine."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.calendars import service as calendars
from app.calendars.inbox import ReadingDesk
from app.calendars.models import CalendarSource
from app.calendars.reader import ReadCalendar, ReadRequest, read
from app.calendars.recurrence import ReadingLimits
from app.calendars.service import SealingContext
from app.districts.models import District
from app.districts.service import get_district
from app.guarded_transport import Guard, HttpLimits
from tests.app.calendars.scripted_server import ScriptedServer
from tests.app.conftest import NOW

KEY = b"k" * 32
THIS_MACHINE = Guard(allowed_hosts=frozenset({"127.0.0.1"}))
VAULT = SealingContext(key=KEY, guard=THIS_MACHINE)


def event(uid: str, start: str = "20231114T090000", end: str = "20231114T100000", *, more: str = "") -> bytes:
    """A calendar object with one event in Jakarta time."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Test//ID",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20231101T000000Z",
        f"DTSTART;TZID=Asia/Jakarta:{start}",
        f"DTEND;TZID=Asia/Jakarta:{end}",
        f"SUMMARY:Rapat {uid}",
        *more.split(),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def desk(
    *,
    guard: Guard = THIS_MACHINE,
    reader: Callable[[ReadRequest], dict[str, ReadCalendar]] = read,
    total_seconds: float = 30.0,
    answer_bytes: int = 20_000_000,
    limits: ReadingLimits | None = None,
) -> ReadingDesk:
    """A desk that reads in this process."""
    return ReadingDesk(
        key=KEY,
        guard=guard,
        http_limits=HttpLimits(total_seconds=total_seconds, step_seconds=10, answer_bytes=answer_bytes),
        reading_limits=limits or ReadingLimits(),
        read=reader,
        random=lambda: 0.5,
    )


def connect(
    session: Session, district: District, address: str, *, sealing: SealingContext = VAULT, **fields: Any
) -> CalendarSource:
    """A connected calendar, due at once."""
    defaults: dict[str, Any] = {
        "name": "Kalender Dinas",
        "kind": "caldav",
        "address": address,
        "direction": "in",
        "scope": "district",
        "scope_code": None,
        "username": None,
        "password": None,
        "tentative_blocks": True,
        "holidays": False,
        "refresh_minutes": 15,
    }
    return calendars.connect(session, district, defaults | fields, sealing=sealing, actor=COMMAND_LINE, now=NOW)


def connect_scripted(sessions: sessionmaker[Session], server: ScriptedServer, path: str, **fields: Any) -> int:
    """A connected calendar of a server of ours, due at once; its id."""
    with sessions.begin() as session:
        district = get_district(session, "16.73")
        return connect(session, district, f"http://127.0.0.1:{server.port}{path}", **fields).id


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2023, in UTC."""
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)
