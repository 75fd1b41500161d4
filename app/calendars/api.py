"""Foreign calendars over HTTP, and what is busy in them."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.access.service import Actor
from app.calendars import service as calendars
from app.calendars.busy import BusySpan, busy_between, scope_code_of, scope_of
from app.calendars.credentials import load_key
from app.calendars.deliveries import DeliveryState
from app.calendars.models import CalendarKind, Direction
from app.calendars.schemas import (
    BusyOut,
    CalendarIn,
    CalendarOut,
    CalendarPatch,
    DeliveryOut,
    ReadingOut,
    TroubleOut,
)
from app.calendars.service import Connected, SealingContext
from app.calendars.troubles import Trouble, trouble_text
from app.database import SessionDep
from app.districts import service as districts
from app.errors import Conflict, invalid
from app.guarded_transport import Guard
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.languages import said
from app.payloads import DistrictCodePath, Id, IsoDay
from app.settings import Settings

MAX_BUSY_DAYS = 400

router = APIRouter(prefix="/v1", tags=["calendars"])


def _sealing(request: Request) -> SealingContext:
    settings: Settings = request.app.state.settings
    try:
        key = load_key(settings)
    except OSError as error:
        raise Conflict(
            said(
                "The server has nowhere to keep the key for passwords; its administrator sets JEMPUT_SECRET_KEY.",
                "Server belum punya tempat untuk kunci kata sandi; administratornya mengisi JEMPUT_SECRET_KEY.",
            )
        ) from error
    return SealingContext(key=key, guard=Guard(allowed_hosts=frozenset(settings.allowed_hosts)))


SealingDep = Annotated[SealingContext, Depends(_sealing)]


def _out(connected: Connected, actor: Actor) -> CalendarOut:
    source, reading = connected.source, connected.reading
    remarks = reading.remarks if actor.may_write(source.district_code) else []
    return CalendarOut(
        id=source.id,
        district_code=source.district_code,
        name=source.name,
        kind=CalendarKind(source.kind),
        direction=Direction(source.direction),
        scope=scope_of(source),
        scope_code=connected.scope_code,
        origin=source.origin,
        username=source.username if actor.may_write(source.district_code) else None,
        has_password=source.sealed_password is not None,
        tentative_blocks=source.tentative_blocks,
        holidays=source.holidays,
        refresh_minutes=source.refresh_minutes,
        delivery=None if connected.delivery is None else _delivery_out(connected.delivery),
        reading=ReadingOut(
            attempted_at=reading.attempted_at,
            succeeded_at=reading.succeeded_at,
            next_try_at=reading.next_try_at,
            failures=reading.failures,
            last_error=None
            if reading.trouble is None
            else TroubleOut(
                code=Trouble(reading.trouble),
                message=trouble_text(Trouble(reading.trouble), reading.trouble_about),
            ),
            events=connected.events,
            read_from=reading.read_from,
            read_until=reading.read_until,
            remarks=remarks,
            remark_texts=[{"en": remark, "id": reading.remarks_indonesian.get(remark, remark)} for remark in remarks],
        ),
        created_at=source.created_at,
        version=source.version,
    )


def _delivery_out(state: DeliveryState) -> DeliveryOut:
    delivery = state.delivery
    return DeliveryOut(
        pending=state.pending,
        oldest_pending_at=state.oldest_pending_at,
        delivered=state.delivered,
        conflicts=state.conflicts,
        refused=state.refused,
        checked_at=delivery.checked_at,
        attempted_at=delivery.attempted_at,
        succeeded_at=delivery.succeeded_at,
        next_try_at=delivery.next_try_at,
        failures=delivery.failures,
        last_error=None
        if delivery.trouble is None
        else TroubleOut(
            code=Trouble(delivery.trouble), message=trouble_text(Trouble(delivery.trouble), delivery.trouble_about)
        ),
    )


@router.post("/districts/{code}/calendars", status_code=201, response_model=CalendarOut)
@once
def connect_calendar(
    code: DistrictCodePath,
    body: CalendarIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    sealing: SealingDep,
) -> Response:
    """Connect a calendar; the worker reads it within seconds, and `reading` tells what came of it."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    source = calendars.connect(session, district, body.model_dump(), sealing=sealing, actor=actor, now=now)
    connected = calendars.get_connected(session, code, source.id, actor=actor)
    return json_answer(
        _out(connected, actor),
        status_code=201,
        headers={"Location": f"/v1/districts/{code}/calendars/{source.id}"},
        etag=source.version,
    )


@router.get("/districts/{code}/calendars")
def list_calendars(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[CalendarOut]:
    """The calendars of a district, with when they were read and what went wrong."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = calendars.list_connected(session, code, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.source.id, shown=lambda row: _out(row, actor))


@router.get("/districts/{code}/calendars/{calendar_id}", response_model=CalendarOut)
def read_calendar(code: DistrictCodePath, calendar_id: Id, session: SessionDep, actor: Viewer) -> Response:
    check_district(actor, code)
    connected = calendars.get_connected(session, code, calendar_id, actor=actor)
    return json_answer(_out(connected, actor), etag=connected.source.version)


@router.patch("/districts/{code}/calendars/{calendar_id}", response_model=CalendarOut)
def change_calendar(
    code: DistrictCodePath,
    calendar_id: Id,
    body: CalendarPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    sealing: SealingDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change a calendar; one at a new address is read anew, and a password never follows it to another server."""
    check_district(actor, code)
    connected = calendars.get_connected(session, code, calendar_id, actor=actor, write=True)
    check_if_match(if_match, connected.source.version)
    calendars.change(session, connected, body.model_dump(exclude_unset=True), sealing=sealing, actor=actor, now=now)
    connected = calendars.get_connected(session, code, calendar_id, actor=actor)
    return json_answer(_out(connected, actor), etag=connected.source.version)


@router.delete("/districts/{code}/calendars/{calendar_id}", status_code=204)
def disconnect_calendar(
    code: DistrictCodePath,
    calendar_id: Id,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Disconnect a calendar: what it said is busy is free again, and conflicts with it are over."""
    check_district(actor, code)
    connected = calendars.get_connected(session, code, calendar_id, actor=actor, write=True)
    check_if_match(if_match, connected.source.version)
    calendars.disconnect(session, connected, actor=actor, now=now)


@router.post("/districts/{code}/calendars/{calendar_id}/refresh", status_code=202, response_model=CalendarOut)
@once
def refresh_calendar(
    code: DistrictCodePath,
    calendar_id: Id,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
) -> Response:
    """Read the calendar now instead of at its next time; `reading.attempted_at` moves when it was done."""
    check_district(actor, code)
    connected = calendars.get_connected(session, code, calendar_id, actor=actor, write=True)
    calendars.ask_refresh(session, connected, now=now)
    return json_answer(
        _out(connected, actor),
        status_code=202,
        headers={"Location": f"/v1/districts/{code}/calendars/{calendar_id}"},
    )


def _moment(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


@router.get("/districts/{code}/busy")
def list_busy(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    start: Annotated[IsoDay, Query(alias="from", description="First local date.", examples=["2023-11-01"])],
    end: Annotated[IsoDay, Query(alias="to", description="Last local date, included.", examples=["2023-11-30"])],
    limit: LimitParam = 200,
    cursor: CursorParam = None,
) -> Page[BusyOut]:
    """What the connected calendars say is busy, each with its calendar; in the order in which it became known."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    if end < start:
        raise invalid(
            "query/to",
            said("{end} comes before {start}.", "{end} sebelum {start}.", end=end, start=start),
            value=str(end),
            mend=said("Give the earlier date as 'from'.", "Isi tanggal yang lebih awal sebagai 'from'."),
        )
    if (end - start).days >= MAX_BUSY_DAYS:
        raise invalid(
            "query/to",
            said("More than {days} days.", "Lebih dari {days} hari.", days=MAX_BUSY_DAYS),
            value=str(end),
            mend=said("Ask for a shorter time.", "Minta jangka waktu yang lebih pendek."),
        )
    zone = ZoneInfo(district.time_zone)
    spans = busy_between(
        session,
        code,
        _moment(start, zone),
        _moment(end + timedelta(days=1), zone),
        after_id=decode_cursor(cursor),
        limit=limit + 1,
    )
    shown = partial(_busy_out, session, zone=zone, is_inside=actor.may_write(code))
    return page_of(spans, limit=limit, key=lambda row: row.event_id, shown=shown)


def _busy_out(session: SessionDep, span: BusySpan, *, zone: ZoneInfo, is_inside: bool) -> BusyOut:
    return BusyOut(
        id=span.event_id,
        scope=span.scope,
        scope_code=scope_code_of(session, span),
        starts_at=span.starts_at.astimezone(zone),
        ends_at=span.ends_at.astimezone(zone),
        all_day=span.all_day,
        tentative=span.tentative,
        summary=span.summary if is_inside else None,
        calendar_id=span.source_id,
        calendar_name=span.source_name,
        since=span.since,
    )
