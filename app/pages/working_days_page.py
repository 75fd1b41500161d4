"""`/hari-kerja`: on which days the district works: its weekdays, the national calendar, and its own exceptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts import local_days_off
from app.districts.models import HolidayOverride, Provenance
from app.districts.schemas import DistrictPatch, HolidayIn
from app.districts.service import get_district, update_district
from app.districts.working_calendar import days_off_in_full, working_dates
from app.errors import AppError, NotFound, PreconditionFailed, PreconditionRequired
from app.http_conventions import etag_of
from app.languages import said
from app.pages.edit_forms import (
    PROVENANCES,
    REFUSALS,
    by_others,
    day_values,
    days_of,
    edited,
    problems_of_form,
    record_form,
)
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options, text
from app.payloads import IsoDay
from app.tables.fields import WEEKDAYS

router = pages_router()

HERE = "/hari-kerja"
_WORKS, _IS_OFF = "yes", "no"
Year = Annotated[int | None, Query(ge=2000, le=2100)]
Written = Annotated[str, Query(max_length=40)]


class DayKind(StrEnum):
    """Why a date is in the list."""

    NATIONAL_HOLIDAY = "national_holiday"
    JOINT_LEAVE = "joint_leave"
    LOCAL = "local"
    WORKING = "working"
    """The district works, whatever the calendar says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A date that is not as its weekday says."""

    date: date
    name: str
    kind: DayKind
    provenance: str


@router.get(HERE)
def show_year(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    tahun: Year = None,
    jenis: Written = "",
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    return _year(request, session, reader, year=tahun or reader.today.year, kind=jenis, is_stored=tersimpan)


@router.post(f"{HERE}/minggu")
@once
def change_weekdays(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    """Set the weekdays on which the office works."""
    check_district(reader.actor, reader.district.code, write=True)
    district = get_district(session, reader.district.code, for_update=True)
    try:
        check_seen(form, district.version)
        body = read_as(DistrictPatch, {"working_weekdays": days_of(form) or ""})
        with session.begin_nested():
            changes = body.model_dump(mode="json", exclude_unset=True)
            update_district(session, district, changes, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _year(request, session, reader, year=reader.today.year, ticked=form, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.post(HERE)
@once
def add_day(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    """Make one date a day off or a working day; a date that has an exception already is opened instead."""
    check_district(reader.actor, reader.district.code, write=True)
    day = _day(form.get("date", "").strip())
    if day is None:
        missing = said("Choose a date from 2000 to 2100.", "Pilih tanggal dari 2000 sampai 2100.")
        return _year(request, session, reader, year=reader.today.year, added=form, no_day=missing)
    try:
        _put(session, reader, day, form, if_match=None)
    except PreconditionRequired:
        return go_to(f"{HERE}/{day}")
    except REFUSALS as refused:
        return _year(request, session, reader, year=day.year, added=form, refused=refused)
    return go_to(f"{HERE}?tahun={day.year}&tersimpan=true")


@router.get(f"{HERE}/{{day}}")
def one_day(request: Request, session: SessionDep, reader: PlannerPage, day: IsoDay) -> Response:
    return _one(request, session, reader, day)


@router.post(f"{HERE}/{{day}}")
@once
def change_day(request: Request, session: SessionDep, reader: PlannerPage, day: IsoDay, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    override = _override(session, reader, day, for_update=True)
    try:
        if override is not None:
            check_seen(form, override.version)
        _put(session, reader, day, form, if_match=None if override is None else etag_of(override.version))
    except REFUSALS as refused:
        return _one(request, session, reader, day, form=form, refused=refused)
    return go_to(f"{HERE}?tahun={day.year}&tersimpan=true")


@router.post(f"{HERE}/{{day}}/hapus")
@once
def remove_day(request: Request, session: SessionDep, reader: PlannerPage, day: IsoDay, form: Form) -> Response:
    """Follow the national calendar on that date again."""
    check_district(reader.actor, reader.district.code, write=True)
    override = local_days_off.get_override(session, reader.district.code, day, for_update=True)
    try:
        check_seen(form, override.version)
    except PreconditionFailed as refused:
        return _one(request, session, reader, day, refused=refused)
    local_days_off.delete_override(session, override, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tahun={day.year}&tersimpan=true")


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _put(session: Session, reader: DistrictReader, day: date, form: Mapping[str, str], *, if_match: str | None) -> None:
    given: dict[str, Any] = {"is_working": form.get("is_working") == _WORKS, "name": form.get("name", "")}
    if form.get("provenance"):
        given["provenance"] = form["provenance"]
    body = read_as(HolidayIn, given)
    with session.begin_nested():
        local_days_off.put_override(
            session,
            reader.district.code,
            day,
            fields=body.model_dump(mode="json"),
            actor=reader.actor,
            now=reader.now,
            if_match=if_match,
        )


def _override(
    session: Session, reader: DistrictReader, day: date, *, for_update: bool = False
) -> HolidayOverride | None:
    try:
        return local_days_off.get_override(session, reader.district.code, day, for_update=for_update)
    except NotFound:
        return None


def _year(
    request: Request,
    session: Session,
    reader: DistrictReader,
    *,
    year: int,
    kind: str = "",
    ticked: Mapping[str, str] | None = None,
    added: Mapping[str, str] | None = None,
    no_day: str | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    district = get_district(session, reader.district.code)
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = _rows(session, reader, first, last)
    status = 422 if no_day is not None else 200 if refused is None else refused.status_code
    return page(
        request,
        "working_days/year.html",
        reader,
        status_code=status,
        year=year,
        kind=kind,
        kind_options=options("day_off", DayKind, reader.language),
        days=[row for row in rows if kind in ("", row.kind)],
        working_days=len(working_dates(session, district, first, last)),
        warnings=local_days_off.calendar_warnings(session, district, first, last),
        weekdays=WEEKDAYS,
        ticks=day_values(district.working_weekdays) if ticked is None else ticked,
        version=district.version,
        added=added or {},
        no_day=no_day,
        refusal=None if refused is None else refused.detail,
        problems=problems_of_form(refused),
        provenance_options=options("provenance", PROVENANCES, reader.language),
        is_stored=is_stored,
    )


def _rows(session: Session, reader: DistrictReader, first: date, last: date) -> Sequence[DayRow]:
    own = {row.date: row for row in local_days_off.list_overrides(session, reader.district.code)}
    off = {day.date: day for day in days_off_in_full(session, reader.district, first, last)}
    rows = [
        DayRow(date=day, name=row.name, kind=DayKind.WORKING, provenance=row.provenance)
        for day, row in own.items()
        if row.is_working and first <= day <= last
    ]
    for day, day_off in off.items():
        announced = Provenance.ASSUMED if day_off.is_estimated else Provenance.PUBLIC
        origin = own[day].provenance if day in own else announced.value
        rows.append(DayRow(date=day, name=day_off.name, kind=DayKind(day_off.kind.value), provenance=origin))
    return sorted(rows, key=lambda row: row.date)


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    day: date,
    *,
    form: Mapping[str, str] | None = None,
    refused: AppError | None = None,
) -> Response:
    override = _override(session, reader, day)
    national = next(iter(days_off_in_full(session, reader.district, day, day)), None)
    stored = _values(override, "" if national is None else national.name)
    sent = None if form is None else edited(form, stored)
    works = [(_IS_OFF, text("days.is_off", reader.language)), (_WORKS, text("days.works", reader.language))]
    origins = options("provenance", PROVENANCES, reader.language)
    return record_form(
        request,
        "working_days/day.html",
        reader,
        stored if sent is None else sent.values,
        day_shown=day,
        override=override,
        national=national,
        work_options=works,
        stored=stored,
        refused=refused,
        meanwhile=by_others(stored, sent, refused, choices={"is_working": works, "provenance": origins}),
        is_stored=False,
        provenance_options=origins,
    )


def _values(override: HolidayOverride | None, name: str) -> dict[str, str]:
    if override is None:
        return {"is_working": _IS_OFF, "name": name, "provenance": ""}
    works = _WORKS if override.is_working else _IS_OFF
    return {"is_working": works, "name": override.name, "provenance": override.provenance}
