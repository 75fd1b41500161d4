"""What a report must say of its day: a deadline gone by, a target reached, walk-ins that nobody counted."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.counters.days import Counters
from app.districts.counters.place_rates import rate_on
from app.districts.counters.rates import walk_in_rates
from app.districts.models import Document, Provenance, Target, WalkInRate
from app.districts.targets.data_warning import DataWarning, Quoted, Severity
from app.districts.targets.facts import quote_target
from app.reports.counter_doubts import counter_doubts
from app.schedules.counters import AtCounters
from app.schedules.document_words import brought_first
from app.words import in_both

_MOST_QUOTED = 20


def warnings_of_the_day(target: Target, days_left: int, *, on: date) -> tuple[DataWarning, ...]:
    gap = districts.gap(target)
    deadline = quote_target(target, "deadline", target.deadline)
    if gap == 0:
        return (
            DataWarning(
                code="target_reached",
                severity=Severity.NOTE,
                message=in_both(
                    "Target {count} orang sudah tercapai pada {as_of}.",
                    "The target of {count} people was reached by {as_of}.",
                    count=districts.target_count(target),
                    as_of=target.as_of,
                ),
                figures=(quote_target(target, "activated", target.activated),),
            ),
        )
    if days_left > 0:
        return ()
    is_past = on > target.deadline
    return (
        DataWarning(
            code="deadline_passed" if is_past else "no_working_days_left",
            severity=Severity.SERIOUS,
            message=in_both(
                "Tenggat {deadline} sudah lewat; {gap} orang belum tercapai."
                if is_past
                else "Tidak ada hari kerja lagi sampai tenggat {deadline}; {gap} orang belum tercapai.",
                "The deadline {deadline} has passed; {gap} people are missing."
                if is_past
                else "No working day is left before the deadline {deadline}; {gap} people are missing.",
                deadline=target.deadline,
                gap=gap,
            ),
            figures=(deadline,),
        ),
    )


def walk_in_warnings(
    session: Session, target: Target, left: Sequence[date], *, at_counters: AtCounters
) -> tuple[DataWarning, ...]:
    """About the rates at the counters; `left`: the working days up to the deadline."""
    counters = at_counters.counters
    if not left:
        return ()
    if not counters.has_rates and any(day.likely > 0 for day in at_counters.days(left[-1], left[-1])):
        return (
            DataWarning(
                code="walk_ins_not_given",
                severity=Severity.NOTE,
                message=in_both(
                    "{what} di loket belum dicatat; dihitung {rate} per hari kerja, dari selisih hitungan resmi.",
                    "{what} at the counters were given by nobody; {rate} per working day are taken from what the "
                    "official counts leave.",
                    what=brought_first(Document(target.document)),
                    rate=round(at_counters.fit.mean),
                ),
            ),
        )
    if not counters.has_rates:
        return (
            DataWarning(
                code="walk_ins_unknown",
                severity=Severity.NOTE,
                message=in_both(
                    "{what} di loket belum dicatat dan dihitung 0 per hari.",
                    "{what} at the counters are not known and count as 0 a day.",
                    what=brought_first(Document(target.document)),
                ),
            ),
        )
    rates = walk_in_rates(session, target.district_code, target.document)
    assumed = [rate for rate in rates if rate.provenance == Provenance.ASSUMED and rate.starts_on <= left[-1]]
    return (
        *_assumed_rates(assumed, Document(target.document)),
        *_assumed_at_places(counters, left[0]),
        *counter_doubts(session, target.district_code, counters, on=left[0]),
    )


def _assumed_rates(assumed: Sequence[WalkInRate], document: Document) -> tuple[DataWarning, ...]:
    if not assumed:
        return ()
    return (
        DataWarning(
            code="walk_ins_assumed",
            severity=Severity.NOTE,
            message=in_both(
                "{what} di loket adalah asumsi: {rate} per hari kerja sejak {start}.",
                "{what} at the counters are assumed: {rate} per working day from {start}.",
                what=brought_first(document),
                rate=assumed[-1].per_working_day,
                start=assumed[-1].starts_on,
            ),
            figures=tuple(
                Quoted(
                    name="walk_ins.per_working_day",
                    value=str(rate.per_working_day),
                    reported_on=rate.starts_on,
                    source=rate.note,
                    provenance=rate.provenance,
                )
                for rate in assumed
            ),
        ),
    )


def _assumed_at_places(counters: Counters, on: date) -> tuple[DataWarning, ...]:
    """Of the places whose rate in force on a day is assumed."""
    in_force = counters.ordinary_week(on).in_force
    assumed = [
        (place, rate)
        for place in counters.places
        if place.code in in_force
        and place.provenance.get("rates", Provenance.ASSUMED) == Provenance.ASSUMED
        and (rate := rate_on(place.rates, counters.document, on)) is not None
        and rate.per_open_day
    ]
    if not assumed:
        return ()
    return (
        DataWarning(
            code="place_walk_ins_assumed",
            severity=Severity.NOTE,
            message=in_both(
                "Laju di {count} tempat loket adalah asumsi, bersama {rate} per hari buka.",
                "The rates at {count} places with counters are assumed, {rate} per open day together.",
                count=len(assumed),
                rate=sum(rate.per_open_day for _, rate in assumed),
            ),
            figures=tuple(
                Quoted(
                    name=f"counter_places.{place.code}.per_open_day",
                    value=str(rate.per_open_day),
                    reported_on=rate.starts_on,
                    source=place.note,
                    provenance=Provenance.ASSUMED,
                )
                for place, rate in assumed[:_MOST_QUOTED]
            ),
        ),
    )
