"""`/admin/kalender`: a district's calendars, how far each was read and written, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from app.calendars import service as calendars
from app.calendars.service import Connected
from app.calendars.troubles import Trouble, trouble_text
from app.database import SessionDep
from app.http_conventions import NowDep
from app.pages.frame import go_to, page, pages_router
from app.pages.readers import AdminPage
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules.announcements.troubles import SetAside, Unit, set_aside
from app.words import Text

router = pages_router()

HERE = "/admin/kalender"
MOST_CALENDARS = 200
_SINGLE = (Unit.CHANGES, Unit.ENTRY, Unit.INVITATION)
"""What stands aside beside whole calendars, whose troubles their rows tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRow:
    """A calendar with its troubles in words."""

    connected: Connected
    reading_trouble: Text | None
    writing_trouble: Text | None


@router.get(HERE)
def calendars_page(request: Request, session: SessionDep, reader: AdminPage) -> Response:
    code = reader.district.code
    rows = calendars.list_connected(session, code, limit=MOST_CALENDARS)
    return page(
        request,
        "admin/calendars.html",
        reader,
        calendars=[row_of(connected) for connected in rows],
        aside=_single(set_aside(session, code, limit=MOST_CALENDARS)),
    )


def row_of(connected: Connected) -> CalendarRow:
    reading, state = connected.reading, connected.delivery
    return CalendarRow(
        connected=connected,
        reading_trouble=_words(reading.trouble, reading.trouble_about),
        writing_trouble=None if state is None else _words(state.delivery.trouble, state.delivery.trouble_about),
    )


def _words(trouble: str | None, about: str | None) -> Text | None:
    return None if trouble is None else trouble_text(Trouble(trouble), about)


def _single(entries: Sequence[SetAside]) -> Sequence[SetAside]:
    return [entry for entry in entries if entry.unit in _SINGLE]


@router.post(f"{HERE}/{{calendar_id}}/coba")
@once
def try_calendar_again(calendar_id: Id, session: SessionDep, reader: AdminPage, now: NowDep) -> Response:
    connected = calendars.get_connected(session, reader.district.code, calendar_id, actor=reader.actor, write=True)
    calendars.ask_refresh(session, connected, now=now)
    return go_to(HERE)
