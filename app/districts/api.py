"""Districts, their areas and their calendar over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from app.access.idempotency import once
from app.access.permissions import Admin, Coordinator, Planner, check_district
from app.database import SessionDep
from app.districts import areas, local_days_off
from app.districts import service as districts
from app.districts.models import Area, District, HolidayOverride
from app.districts.schemas import (
    AreaIn,
    AreaOut,
    Costs,
    DayOffOut,
    DistrictIn,
    DistrictOut,
    DistrictPatch,
    HolidayIn,
    HolidayOut,
    Travel,
    WarningOut,
    WorkingCalendarOut,
)
from app.districts.working_calendar import check_asked_days, days_off_in_full, weekends, working_dates
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
from app.payloads import AREA_CODE, CHANGE_REFUSALS, CREATE_REFUSALS, READ_REFUSALS, DistrictCodePath, IsoDay
from app.tables.fields import weekday_text

_CODE_LEVELS = 3
_CODE_BASE = 101

router = APIRouter(prefix="/v1", tags=["districts"])

AreaCodePath = Annotated[str, Path(pattern=AREA_CODE, examples=["16.73.01"])]


def code_number(code: str) -> int:
    """A region code as a number of the same order, for cursors: `16.73` comes after `16` and before `16.73.01`."""
    parts = [int(part) + 1 for part in code.split(".")]
    number = 0
    for part in parts + [0] * (_CODE_LEVELS - len(parts)):
        number = number * _CODE_BASE + part
    return number


def code_of(number: int) -> str:
    """The region code of `code_number`; empty, before every code, for any other number."""
    parts: list[int] = []
    for _ in range(_CODE_LEVELS):
        number, part = divmod(number, _CODE_BASE)
        parts.insert(0, part)
    return "" if number else ".".join(f"{part - 1:02}" for part in parts if part)


def _district_out(district: District) -> DistrictOut:
    return DistrictOut(
        code=district.code,
        name=district.name,
        parent_code=district.parent_code,
        time_zone=district.time_zone,
        working_weekdays=district.working_weekdays,
        lat=district.lat,
        lon=district.lon,
        population=district.population,
        travel=Travel(detour=district.detour, kmh=district.kmh),
        costs=Costs(per_km=district.cost_per_km, per_team_day=district.cost_per_team_day, budget=district.budget),
        make_up_days=district.make_up_days,
        provenance=district.provenance,
        version=district.version,
    )


@router.post("/districts", status_code=201, response_model=DistrictOut, responses=CREATE_REFUSALS)
@once
def create_district(body: DistrictIn, session: SessionDep, actor: Admin, now: NowDep) -> Response:
    """Add a district; the province of a kabupaten or kota need not be there."""
    check_district(actor, body.code, write=True)
    fields = districts.district_columns(body.model_dump(mode="json"))
    district = districts.create_district(session, fields, actor=actor, now=now)
    return json_answer(
        _district_out(district),
        status_code=201,
        headers={"Location": f"/v1/districts/{district.code}"},
        etag=district.version,
    )


@router.get("/districts")
def list_districts(
    session: SessionDep, actor: Coordinator, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[DistrictOut]:
    """The districts this token opens, by code; a province's token also sees its districts."""
    after = code_of(decode_cursor(cursor))
    rows = districts.list_districts(session, actor, after_code=after, limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: code_number(row.code), shown=_district_out)


@router.get("/districts/{code}", response_model=DistrictOut, responses=READ_REFUSALS)
def read_district(code: DistrictCodePath, session: SessionDep, actor: Coordinator) -> Response:
    check_district(actor, code)
    district = districts.get_district(session, code)
    return json_answer(_district_out(district), etag=district.version)


@router.patch("/districts/{code}", response_model=DistrictOut, responses=CHANGE_REFUSALS)
def change_district(
    code: DistrictCodePath,
    body: DistrictPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the named fields only; inside `travel`, `costs` and `provenance` too."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code, for_update=True)
    check_if_match(if_match, district.version)
    changes = districts.district_columns(body.model_dump(mode="json", exclude_unset=True))
    if "provenance" in changes:
        changes["provenance"] = {**district.provenance, **changes["provenance"]}
    districts.update_district(session, district, changes, actor=actor, now=now)
    return json_answer(_district_out(district), etag=district.version)


@router.get("/districts/{code}/areas", responses=READ_REFUSALS)
def list_areas(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Coordinator,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[AreaOut]:
    """The areas of a district by code, with their floors."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    rows = areas.list_areas(session, district.code, after_code=code_of(decode_cursor(cursor)), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: code_number(row.code), shown=AreaOut.model_validate)


@router.get("/districts/{code}/areas/{area_code}", response_model=AreaOut, responses=READ_REFUSALS)
def read_area(code: DistrictCodePath, area_code: AreaCodePath, session: SessionDep, actor: Coordinator) -> Response:
    check_district(actor, code)
    return _area_answer(areas.get_area(session, code, area_code))


@router.put(
    "/districts/{code}/areas/{area_code}",
    response_model=AreaOut,
    responses={**CHANGE_REFUSALS, 201: {"model": AreaOut}},
)
def put_area(
    code: DistrictCodePath,
    area_code: AreaCodePath,
    body: AreaIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Set an area whole, its floor included; a new one needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    fields: dict[str, Any] = body.model_dump(mode="json")
    area, is_new = areas.put_area(session, district, area_code, fields=fields, actor=actor, now=now, if_match=if_match)
    return _area_answer(area, status_code=201 if is_new else 200)


def _area_answer(area: Area, *, status_code: int = 200) -> Response:
    return json_answer(AreaOut.model_validate(area), status_code=status_code, etag=area.version)


@router.get("/districts/{code}/calendar", responses=READ_REFUSALS)
def read_working_calendar(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Coordinator,
    start: Annotated[IsoDay, Query(alias="from", examples=["2023-11-14"])],
    end: Annotated[IsoDay, Query(alias="to", examples=["2023-12-31"])],
) -> WorkingCalendarOut:
    """Working days between two dates, both included, and every other day with its reason."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    check_asked_days(start, end)
    working = working_dates(session, district, start, end)
    off = (*days_off_in_full(session, district, start, end), *weekends(session, district, start, end))
    return WorkingCalendarOut(
        district_code=district.code,
        time_zone=district.time_zone,
        working_weekdays=weekday_text(district.working_weekdays),
        start=start,
        end=end,
        working_days=len(working),
        working_dates=working,
        days_off=[DayOffOut.model_validate(day) for day in sorted(off, key=lambda day: day.date)],
        warnings=[
            WarningOut.model_validate(warning)
            for warning in local_days_off.calendar_warnings(session, district, start, end)
        ],
    )


@router.get("/districts/{code}/holidays", responses=READ_REFUSALS)
def list_holidays(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Coordinator,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[HolidayOut]:
    """The district's own exceptions by date; national holidays and joint leave are in the calendar."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    after = date.fromordinal(min(max(1, decode_cursor(cursor)), date.max.toordinal()))
    rows = local_days_off.list_overrides(session, district.code, after=after, limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.date.toordinal(), shown=HolidayOut.model_validate)


@router.get("/districts/{code}/holidays/{day}", response_model=HolidayOut, responses=READ_REFUSALS)
def read_holiday(code: DistrictCodePath, day: IsoDay, session: SessionDep, actor: Coordinator) -> Response:
    check_district(actor, code)
    return _holiday_answer(local_days_off.get_override(session, code, day))


@router.put(
    "/districts/{code}/holidays/{day}",
    response_model=HolidayOut,
    responses={**CHANGE_REFUSALS, 201: {"model": HolidayOut}},
)
def put_holiday(
    code: DistrictCodePath,
    day: IsoDay,
    body: HolidayIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Make one date a day off, or a working day, in this district; a new one needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    override, is_new = local_days_off.put_override(
        session, district.code, day, fields=body.model_dump(mode="json"), actor=actor, now=now, if_match=if_match
    )
    return _holiday_answer(override, status_code=201 if is_new else 200)


@router.delete("/districts/{code}/holidays/{day}", status_code=204, responses=CHANGE_REFUSALS)
def delete_holiday(
    code: DistrictCodePath,
    day: IsoDay,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Follow the national calendar again on that date."""
    check_district(actor, code, write=True)
    override = local_days_off.get_override(session, code, day, for_update=True)
    check_if_match(if_match, override.version)
    local_days_off.delete_override(session, override, actor=actor, now=now)


def _holiday_answer(override: HolidayOverride, *, status_code: int = 200) -> Response:
    return json_answer(HolidayOut.model_validate(override), status_code=status_code, etag=override.version)
