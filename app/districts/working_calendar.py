"""Which dates a district works: its weekdays, less national holidays and joint leave, with its own exceptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import District, HolidayOverride
from app.errors import invalid
from app.languages import said

_ESTIMATE_SIGN = "perkiraan"
MAX_CALENDAR_DAYS = 1100


class DayOffKind(StrEnum):
    WEEKEND = "weekend"
    NATIONAL_HOLIDAY = "national_holiday"
    JOINT_LEAVE = "joint_leave"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A date on which the district does not work, and why."""

    date: date
    name: str
    kind: DayOffKind
    is_estimated: bool = False
    """The day is computed; the government has not announced it yet."""


def is_working_weekday(mask: str, day: date) -> bool:
    return mask[day.weekday()] == "1"


def dates_between(start: date, end: date) -> tuple[date, ...]:
    """Every date from `start` to `end`, both included; empty if `end` comes first."""
    return tuple(date.fromordinal(number) for number in range(start.toordinal(), end.toordinal() + 1))


@lru_cache(maxsize=200)
def national_days_off(year: int) -> Mapping[date, DayOff]:
    """National holidays and joint leave (*cuti bersama*) of one year, with their Indonesian names."""
    # Imported late: it costs every process that only looks at tokens or feeds.
    from holidays import country_holidays

    days_off: dict[date, DayOff] = {}
    for category, kind in (("government", DayOffKind.JOINT_LEAVE), ("public", DayOffKind.NATIONAL_HOLIDAY)):
        for day, name in country_holidays("ID", years=year, categories=category, language="id").items():
            if day.year == year:
                days_off[day] = DayOff(date=day, name=name, kind=kind, is_estimated=_ESTIMATE_SIGN in name)
    return MappingProxyType(days_off)


def joint_leave_is_known(year: int) -> bool:
    """Whether the joint leave of that year has been announced and is in the calendar."""
    return any(day.kind is DayOffKind.JOINT_LEAVE for day in national_days_off(year).values())


def overrides(session: Session, district: District, start: date, end: date) -> dict[date, HolidayOverride]:
    """The district's own exceptions between two dates, both included."""
    return overrides_of_each(session, [district.code], start, end)[district.code]


def overrides_of_each(
    session: Session, district_codes: Sequence[str], start: date, end: date
) -> dict[str, dict[date, HolidayOverride]]:
    """The exceptions of several districts between two dates, by district code, in one query."""
    rows = session.scalars(
        select(HolidayOverride).where(
            HolidayOverride.district_code.in_(district_codes), HolidayOverride.date.between(start, end)
        )
    )
    overrides: dict[str, dict[date, HolidayOverride]] = {code: {} for code in district_codes}
    for row in rows:
        overrides[row.district_code][row.date] = row
    return overrides


def days_off_in_full(session: Session, district: District, start: date, end: date) -> tuple[DayOff, ...]:
    """Holidays, joint leave and local days off between two dates, ascending; weekends are not among them."""
    return _days_off(overrides(session, district, start, end), start, end)


def _days_off(local: Mapping[date, HolidayOverride], start: date, end: date) -> tuple[DayOff, ...]:
    days_off = []
    for day in dates_between(start, end):
        if day in local:
            if not local[day].is_working:
                days_off.append(DayOff(date=day, name=local[day].name, kind=DayOffKind.LOCAL))
        elif (national := national_days_off(day.year).get(day)) is not None:
            days_off.append(national)
    return tuple(days_off)


def check_asked_days(start: date, end: date) -> None:
    """Raise `InvalidRequest` unless the query's days, `from` and `to`, are in order and not too many."""
    if end < start:
        raise invalid(
            "query/to",
            said("It lies before 'from', {start}.", "Tanggal ini sebelum 'from', {start}.", start=start),
            value=str(end),
            mend=said("Exchange the two.", "Tukar keduanya."),
        )
    if (end - start).days >= MAX_CALENDAR_DAYS:
        raise invalid(
            "query/to",
            said("More than {days} days.", "Lebih dari {days} hari.", days=MAX_CALENDAR_DAYS),
            value=str(end),
            mend=said("Ask year by year.", "Minta per tahun."),
        )


def days_off(session: Session, district: District, start: date, end: date) -> dict[date, str]:
    """Name of each holiday, joint-leave day or local day off; both ends included, weekends not among them."""
    return {day.date: day.name for day in days_off_in_full(session, district, start, end)}


def working_dates(session: Session, district: District, start: date, end: date) -> tuple[date, ...]:
    """The dates the district works, both ends included.

    A local exception `is_working` makes any date a working one, a Saturday too."""
    return worked_with(overrides(session, district, start, end), district, start, end)


def worked_with(local: Mapping[date, HolidayOverride], district: District, start: date, end: date) -> tuple[date, ...]:
    """`working_dates` with the district's exceptions at hand; those outside the dates change nothing."""
    off = {day.date for day in _days_off(local, start, end)}
    return tuple(
        day
        for day in dates_between(start, end)
        if day not in off and (day in local or is_working_weekday(district.working_weekdays, day))
    )


def weekends(session: Session, district: District, start: date, end: date) -> tuple[DayOff, ...]:
    """The dates that are off by the weekday alone."""
    local = overrides(session, district, start, end)
    named = local.keys() | {day.date for day in _days_off(local, start, end)}
    return tuple(
        DayOff(date=day, name="Akhir pekan", kind=DayOffKind.WEEKEND)
        for day in dates_between(start, end)
        if day not in named and not is_working_weekday(district.working_weekdays, day)
    )
