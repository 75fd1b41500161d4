"""What the rates of places with counters and the other figures do not say together."""

from collections.abc import Sequence
from datetime import date
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.counters.days import Counters, OrdinaryWeek
from app.districts.counters.place_rates import rate_on
from app.districts.counters.place_values import PlaceFields
from app.districts.issuing import issuing_figures
from app.districts.models import Document
from app.districts.targets.data_warning import DataWarning, Quoted, Severity
from app.teams.models import Team
from app.words import in_both

_ABOUT_THE_SAME = 0.15
"""A general rate within this part of what the places bring together is probably the same people."""
_MOST_DOUBTS = 20


def counter_doubts(session: Session, district_code: str, counters: Counters, *, on: date) -> tuple[DataWarning, ...]:
    """By the rates in force on a day."""
    if not counters.places:
        return ()
    week = counters.ordinary_week(on)
    minutes = _minutes_of_one(session, district_code, Document(counters.document))
    beyond = [] if minutes is None else [
        warning
        for place in counters.places
        if place.code in week.in_force and (warning := _beyond_staff(counters, place, minutes, on=on)) is not None
    ]  # fmt: skip
    return (*beyond[:_MOST_DOUBTS], *_counted_twice(week))


def _minutes_of_one(session: Session, district_code: str, document: Document) -> float | None:
    """Of an operator for one person, as usual in the district; None where nobody has said."""
    if document is not Document.IKD:
        return float(issuing_figures(session, district_code)[document].minutes)
    paces: Sequence[int] = session.scalars(
        select(Team.minutes_per_activation).where(Team.district_code == district_code)
    ).all()
    return median(paces) if paces else None


def _beyond_staff(counters: Counters, place: PlaceFields, minutes: float, *, on: date) -> DataWarning | None:
    """A rate that the operators of a place cannot serve on an open day of the usual length."""
    rate = rate_on(place.rates, counters.document, on)
    lengths = [
        sum(window.closes - window.opens for window in place.windows if window.weekdays[weekday] == "1")
        for weekday in range(7)
    ]
    opened = [length for length in lengths if length]
    if rate is None or place.staff is None or not opened:
        return None
    most = int(place.staff * sum(opened) / len(opened) / minutes)
    if rate.per_open_day <= most:
        return None
    return DataWarning(
        code="counter_rate_above_staff",
        severity=Severity.WARNING,
        message=in_both(
            "{name}: {rate} orang per hari buka lebih banyak daripada {most} yang dapat dilayani {staff} operator "
            "dalam jam bukanya. Periksa laju, jam, atau jumlah operatornya.",
            "{name}: {rate} people per open day are more than the {most} that {staff} operators can serve in its "
            "hours. Check the rate, the hours or the operators.",
            name=place.name,
            rate=rate.per_open_day,
            most=most,
            staff=place.staff,
        ),
        figures=(
            Quoted(
                name=f"counter_places.{place.code}.per_open_day",
                value=str(rate.per_open_day),
                reported_on=rate.starts_on,
                source=place.note,
                provenance=place.provenance.get("rates"),
            ),
        ),
    )


def _counted_twice(week: OrdinaryWeek) -> tuple[DataWarning, ...]:
    """A general rate beside places that bring about as many: the district was probably counted as a whole before."""
    general = week.brings.get(None, 0.0)
    places = week.per_working_day - general
    if not general or not places or abs(general - places) > _ABOUT_THE_SAME * max(general, places):
        return ()
    return (
        DataWarning(
            code="counters_counted_twice",
            severity=Severity.WARNING,
            message=in_both(
                "Laju umum {general} per hari kerja hampir sama dengan jumlah tempat loket ({places}): mungkin orang "
                "yang sama dihitung dua kali. Hentikan laju umum dengan laju 0 bila semua loket sudah tercatat sebagai "
                "tempat.",
                "The general rate of {general} per working day is about what the places bring together ({places}): "
                "probably the same people counted twice. End it with a rate of 0 once all counters are places.",
                general=round(general),
                places=round(places),
            ),
        ),
    )
