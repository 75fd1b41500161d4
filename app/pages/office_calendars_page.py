"""`/kalender`: the office's calendars that are read and written: connected, changed and disconnected by planners."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.calendars import service as calendars
from app.calendars.api import SealingDep
from app.calendars.models import CalendarKind, CalendarSource, Direction, Scope
from app.calendars.schemas import CalendarIn, CalendarPatch
from app.calendars.service import Connected
from app.database import SessionDep
from app.districts.service import get_district
from app.errors import AppError, PreconditionFailed
from app.pages.calendars_page import MOST_CALENDARS, row_of
from app.pages.edit_forms import REFUSALS, Edited, body_of, by_others, edited, record_form
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.payloads import Id

router = pages_router()

HERE = "/kalender"
_TICKS = ("tentative_blocks", "holidays")
_SECRETS = ("address", "password")
"""Never shown again; left empty they stay as they are."""
_CHANGED = ("name", "username", "refresh_minutes")
_CHOSEN_ONCE = ("kind", "direction", "scope", "scope_code")
Stored = Annotated[bool, Query(alias="tersimpan")]


@router.get(HERE)
def list_office_calendars(
    request: Request, session: SessionDep, reader: PlannerPage, tersimpan: Stored = False
) -> Response:
    connected = calendars.list_connected(session, reader.district.code, limit=MOST_CALENDARS)
    return page(
        request,
        "office_calendars/list.html",
        reader,
        calendars=[row_of(calendar) for calendar in connected],
        is_stored=tersimpan,
    )


@router.get(f"{HERE}/baru")
def new_calendar(request: Request, reader: PlannerPage) -> Response:
    return _form(request, reader, _blank())


@router.post(f"{HERE}/baru")
@once
def connect_office_calendar(
    request: Request, session: SessionDep, reader: PlannerPage, form: Form, sealing: SealingDep
) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, _blank())
    try:
        filled_in = {name: text for name in (*_CHANGED, *_CHOSEN_ONCE, *_SECRETS) if (text := sent.values[name])}
        body = read_as(CalendarIn, _counted(filled_in) | _ticked(sent.values, _TICKS))
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            fields = body.model_dump()
            calendars.connect(session, district, fields, sealing=sealing, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, reader, sent.values, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.get(f"{HERE}/{{calendar_id}}")
def one_office_calendar(request: Request, session: SessionDep, reader: PlannerPage, calendar_id: Id) -> Response:
    return _one(
        request, reader, calendars.get_connected(session, reader.district.code, calendar_id, actor=reader.actor)
    )


@router.post(f"{HERE}/{{calendar_id}}")
@once
def change_office_calendar(
    request: Request, session: SessionDep, reader: PlannerPage, calendar_id: Id, form: Form, sealing: SealingDep
) -> Response:
    connected = _to_change(session, reader, calendar_id)
    sent = edited(form, _values(connected.source))
    try:
        check_seen(form, connected.source.version)
        body = read_as(CalendarPatch, _changes(sent))
        with session.begin_nested():
            changes = body.model_dump(exclude_unset=True)
            calendars.change(session, connected, changes, sealing=sealing, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        session.refresh(connected.source)
        return _one(request, reader, connected, sent=sent, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.post(f"{HERE}/{{calendar_id}}/hapus")
@once
def disconnect_office_calendar(
    request: Request, session: SessionDep, reader: PlannerPage, calendar_id: Id, form: Form
) -> Response:
    connected = _to_change(session, reader, calendar_id)
    try:
        check_seen(form, connected.source.version)
    except PreconditionFailed as refused:
        return _one(request, reader, connected, refused=refused)
    calendars.disconnect(session, connected, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tersimpan=true")


def _to_change(session: Session, reader: DistrictReader, calendar_id: int) -> Connected:
    check_district(reader.actor, reader.district.code, write=True)
    return calendars.get_connected(session, reader.district.code, calendar_id, actor=reader.actor, write=True)


def _blank() -> dict[str, str]:
    own = {"kind": CalendarKind.CALDAV.value, "direction": Direction.IN.value, "scope": Scope.DISTRICT.value}
    names = (*_CHANGED, *_CHOSEN_ONCE, *_SECRETS, *_TICKS)
    return dict.fromkeys(names, "") | own | {"refresh_minutes": "15", "tentative_blocks": "yes"}


def _values(source: CalendarSource) -> dict[str, str]:
    shown = {"name": source.name, "username": source.username or "", "refresh_minutes": str(source.refresh_minutes)}
    ticks = {name: "yes" if getattr(source, name) else "" for name in _TICKS}
    return shown | ticks | dict.fromkeys(_SECRETS, "")


def _changes(sent: Edited) -> dict[str, Any]:
    """The request of the API that the changed fields stand for. Without a user name there is no password either."""
    written = {name: sent.values[name] or None for name in _CHANGED if name in sent.changed}
    secrets = {name: sent.values[name] for name in _SECRETS if sent.values[name]}
    nobody = {"username": None, "password": None} if "username" in sent.changed and not sent.values["username"] else {}
    return (
        _counted(written) | secrets | nobody | _ticked(sent.values, [name for name in _TICKS if name in sent.changed])
    )


def _counted(written: Mapping[str, Any]) -> dict[str, Any]:
    """With the minutes as a number."""
    minutes = body_of(
        {"refresh_minutes": written.get("refresh_minutes") or ""},
        [name for name in ("refresh_minutes",) if written.get(name)],
        whole=("refresh_minutes",),
        decimal=(),
    )
    return dict(written) | minutes


def _ticked(values: Mapping[str, str], names: Any) -> dict[str, bool]:
    return {name: values[name] == "yes" for name in names}


def _one(
    request: Request,
    reader: DistrictReader,
    connected: Connected,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored = _values(connected.source)
    return _form(
        request,
        reader,
        stored if sent is None else sent.values,
        refused=refused,
        calendar=connected,
        stored=stored,
        meanwhile=by_others(stored, sent, refused),
    )


def _form(
    request: Request,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", _blank())
    return record_form(
        request,
        "office_calendars/one.html",
        reader,
        # A password that was sent is not sent back.
        {**values, "password": ""},
        stored=stored,
        refused=refused,
        kind_options=options("calendar_kind", CalendarKind, reader.language),
        direction_options=options("calendar_direction", Direction, reader.language),
        scope_options=options("calendar_scope", Scope, reader.language),
        is_stored=False,
        **({"calendar": None, "meanwhile": ()} | about_one),
    )
