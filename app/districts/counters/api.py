"""Activations at the fixed counters over HTTP, expected and counted; part of the districts' router."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.counters import counts as walk_in_counts
from app.districts.counters import rates as walk_ins
from app.districts.counters.days import Counters
from app.districts.counters.place_schemas import CounterDayOut, CounterDays
from app.districts.models import Document, WalkInCount, WalkInRate
from app.districts.schemas import WalkInCountIn, WalkInCountOut, WalkInIn, WalkInOut
from app.districts.working_calendar import check_asked_days
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
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath, IsoDay

router = APIRouter(prefix="/v1", tags=["districts"])

DocumentParam = Annotated[Document | None, Query(description="Of one document only.")]


@router.get("/districts/{code}/walk-ins", responses=READ_REFUSALS)
def list_walk_ins(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    document: DocumentParam = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[WalkInOut]:
    """Activations per working day at the fixed counters, each rate in force until the next begins."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    rows = walk_ins.list_walk_ins(session, district.code, document, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=WalkInOut.model_validate)


@router.get("/districts/{code}/walk-ins/{document}/counts", responses=READ_REFUSALS)
def list_walk_in_counts(
    code: DistrictCodePath,
    document: Document,
    session: SessionDep,
    actor: Viewer,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[WalkInCountOut]:
    """What was counted at the counters, day by day."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    after = decode_cursor(cursor)
    rows = walk_in_counts.list_counts(
        session, district.code, document, after=date.fromordinal(after) if after else None, limit=limit + 1
    )
    return page_of(rows, limit=limit, key=lambda row: row.day.toordinal(), shown=WalkInCountOut.model_validate)


@router.get("/districts/{code}/walk-ins/{document}/days", responses=READ_REFUSALS)
def list_counter_days(
    code: DistrictCodePath,
    document: Document,
    session: SessionDep,
    actor: Viewer,
    start: Annotated[IsoDay, Query(alias="from", examples=["2023-11-14"])],
    end: Annotated[IsoDay, Query(alias="to", examples=["2023-12-31"])],
) -> CounterDays:
    """What comes to the counters day by day, at each place and at all others: counted, else by the rates that were
    given. What was learned of the rates in force is in the estimates."""
    check_district(actor, code)
    check_asked_days(start, end)
    days = Counters(session, districts.get_district(session, code), document).days(start, end)
    return CounterDays(items=[CounterDayOut.model_validate(day) for day in days])


@router.get("/districts/{code}/walk-ins/{document}/{starts_on}", response_model=WalkInOut, responses=READ_REFUSALS)
def read_walk_ins(
    code: DistrictCodePath, document: Document, starts_on: IsoDay, session: SessionDep, actor: Viewer
) -> Response:
    check_district(actor, code)
    return _walk_ins_answer(walk_ins.get_walk_ins(session, code, document, starts_on=starts_on))


@router.put(
    "/districts/{code}/walk-ins/{document}/{starts_on}",
    response_model=WalkInOut,
    responses={**CHANGE_REFUSALS, 201: {"model": WalkInOut}},
)
def put_walk_ins(
    code: DistrictCodePath,
    document: Document,
    starts_on: IsoDay,
    body: WalkInIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Set the rate from a date on, 0 where a counter policy ends; a new one needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    rate, is_new = walk_ins.put_walk_ins(
        session,
        district.code,
        document,
        starts_on,
        fields=body.model_dump(mode="json"),
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return _walk_ins_answer(rate, status_code=201 if is_new else 200)


@router.delete("/districts/{code}/walk-ins/{document}/{starts_on}", status_code=204, responses=CHANGE_REFUSALS)
def delete_walk_ins(
    code: DistrictCodePath,
    document: Document,
    starts_on: IsoDay,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Forget one rate: the one before it goes on."""
    check_district(actor, code, write=True)
    rate = walk_ins.get_walk_ins(session, code, document, starts_on=starts_on, for_update=True)
    check_if_match(if_match, rate.version)
    walk_ins.delete_walk_ins(session, rate, actor=actor, now=now)


def _walk_ins_answer(rate: WalkInRate, *, status_code: int = 200) -> Response:
    return json_answer(WalkInOut.model_validate(rate), status_code=status_code, etag=rate.version)


@router.get(
    "/districts/{code}/walk-ins/{document}/counts/{day}", response_model=WalkInCountOut, responses=READ_REFUSALS
)
def read_walk_in_count(
    code: DistrictCodePath, document: Document, day: IsoDay, session: SessionDep, actor: Viewer
) -> Response:
    check_district(actor, code)
    return _count_answer(walk_in_counts.get_count(session, code, document, day))


@router.put(
    "/districts/{code}/walk-ins/{document}/counts/{day}",
    response_model=WalkInCountOut,
    responses={**CHANGE_REFUSALS, 201: {"model": WalkInCountOut}},
)
def put_walk_in_count(
    code: DistrictCodePath,
    document: Document,
    day: IsoDay,
    body: WalkInCountIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Tell what the counters won on a day; from then on no rate is asked for that day. A new one needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    count, is_new = walk_in_counts.put_count(
        session,
        district.code,
        document,
        day,
        activated=body.activated,
        note=body.note,
        today=districts.date_of(now, district),
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return _count_answer(count, status_code=201 if is_new else 200)


@router.delete("/districts/{code}/walk-ins/{document}/counts/{day}", status_code=204, responses=CHANGE_REFUSALS)
def delete_walk_in_count(
    code: DistrictCodePath,
    document: Document,
    day: IsoDay,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Forget what was counted on a day: the rate speaks for it again."""
    check_district(actor, code, write=True)
    count = walk_in_counts.get_count(session, code, document, day, for_update=True)
    check_if_match(if_match, count.version)
    walk_in_counts.delete_count(session, count, actor=actor, now=now)


def _count_answer(count: WalkInCount, *, status_code: int = 200) -> Response:
    return json_answer(WalkInCountOut.model_validate(count), status_code=status_code, etag=count.version)
