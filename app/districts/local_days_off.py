"""A district's own exceptions to the national calendar, and what is still uncertain in that calendar."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import District, HolidayOverride
from app.districts.row_locks import locked, put_row
from app.districts.targets.data_warning import DataWarning, Quoted, Severity
from app.districts.working_calendar import days_off_in_full, is_working_weekday, joint_leave_is_known
from app.errors import Conflict, NotFound
from app.languages import said
from app.words import in_both


class DayOffSetMeanwhile(Conflict):
    """Two requests set the same date at the same moment."""


def list_overrides(
    session: Session, district_code: str, *, after: date = date.min, limit: int = 500
) -> Sequence[HolidayOverride]:
    """The district's exceptions by date."""
    return session.scalars(
        select(HolidayOverride)
        .where(HolidayOverride.district_code == district_code, HolidayOverride.date > after)
        .order_by(HolidayOverride.date)
        .limit(limit)
    ).all()


def get_override(session: Session, district_code: str, day: date, *, for_update: bool = False) -> HolidayOverride:
    override = _find(session, district_code, day, for_update=for_update)
    if override is None:
        raise NotFound(
            said(
                "District {district!r} has no exception of its own on {day}; GET "
                "/v1/districts/{district}/holidays lists them, GET …/calendar shows every day off.",
                "Daerah {district!r} tidak punya hari lokal pada {day}; GET "
                "/v1/districts/{district}/holidays menampilkan daftarnya, GET …/calendar semua hari "
                "libur.",
                district=district_code,
                day=day,
            )
        )
    return override


def _find(session: Session, district_code: str, day: date, *, for_update: bool) -> HolidayOverride | None:
    query = select(HolidayOverride).where(HolidayOverride.district_code == district_code, HolidayOverride.date == day)
    return session.scalar(locked(query) if for_update else query)


def put_override(
    session: Session,
    district_code: str,
    day: date,
    *,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[HolidayOverride, bool]:
    """Make a date a working day or a day off, whatever the calendar says; the second value tells whether it is new."""
    override, is_new = put_row(
        session,
        _find(session, district_code, day, for_update=True),
        HolidayOverride(district_code=district_code, date=day),
        fields,
        if_match=if_match,
        taken=DayOffSetMeanwhile(
            said(
                "Another request has just set {day}; read it again first.",
                "Permintaan lain baru saja mengisi {day}; baca ulang dahulu.",
                day=day,
            )
        ),
    )
    _record(session, "holiday.create" if is_new else "holiday.update", override, actor=actor, now=now)
    return override, is_new


def delete_override(session: Session, override: HolidayOverride, *, actor: Actor, now: datetime) -> None:
    """Follow the national calendar again on that date."""
    session.delete(override)
    _record(session, "holiday.delete", override, actor=actor, now=now)


def _record(session: Session, action: str, override: HolidayOverride, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"holiday/{override.district_code}/{override.date}",
        now=now,
        district_code=override.district_code,
        details={"is_working": override.is_working, "name": override.name},
    )
    session.flush()


def calendar_warnings(session: Session, district: District, start: date, end: date) -> tuple[DataWarning, ...]:
    """What may still change in the calendar between two dates: computed holidays, joint leave not announced."""
    warnings = []
    estimated = [
        day
        for day in days_off_in_full(session, district, start, end)
        if day.is_estimated and is_working_weekday(district.working_weekdays, day.date)
    ]
    if estimated:
        warnings.append(
            DataWarning(
                code="holidays_estimated",
                severity=Severity.NOTE,
                message=in_both(
                    "{n} hari libur masih perkiraan dan dapat bergeser, yang pertama {first}.",
                    "{n} holidays are estimates and may move, the first on {first}.",
                    n=len(estimated),
                    first=estimated[0].date,
                ),
                figures=tuple(Quoted(name="holiday", value=f"{day.date} {day.name}") for day in estimated),
            )
        )
    unknown = [year for year in range(start.year, end.year + 1) if not joint_leave_is_known(year)]
    if unknown:
        warnings.append(
            DataWarning(
                code="joint_leave_unknown",
                severity=Severity.WARNING,
                message=in_both(
                    "Cuti bersama {years} belum ada di kalender; jumlah hari kerja mungkin berkurang.",
                    "The joint leave of {years} is not in the calendar; there may be fewer working days.",
                    years=str(unknown[0]) if len(unknown) == 1 else f"{unknown[0]}–{unknown[-1]}",
                ),
                figures=tuple(Quoted(name="joint_leave", value=str(year)) for year in unknown),
            )
        )
    return tuple(warnings)
