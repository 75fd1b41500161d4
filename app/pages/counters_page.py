"""`/loket`: the fixed counters: their rates by the date from which they hold, what was counted, and the doubts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.counters import counts, rates
from app.districts.counters.days import Counters, OrdinaryWeek
from app.districts.counters.place_values import PlaceFields
from app.districts.counters.places import list_places
from app.districts.models import Document, WalkInRate
from app.districts.schemas import WalkInIn
from app.errors import AppError, NotFound, PreconditionFailed, PreconditionRequired
from app.http_conventions import etag_of
from app.pages.counter_place_form import rates_text
from app.pages.edit_forms import (
    PROVENANCES,
    REFUSALS,
    Edited,
    body_of,
    by_others,
    edited,
    problems_of_form,
    record_form,
)
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.hour_fields import hours_text
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.payloads import IsoDay
from app.reports.counters import CounterReport, counter_report
from app.reports.estimate_answers import WalkInEstimate
from app.words import plain

router = pages_router()

HERE = "/loket"
RATES = f"{HERE}/laju"
_FIELDS = ("per_working_day", "note", "provenance")
_MOST_DAYS = 400
"""Counted days of one page: a year and what is shown beside it."""
_DAYS_BACK = 60
AskedDocument = Annotated[Document, Query(alias="dokumen")]
Since = Annotated[IsoDay | None, Query(alias="sejak")]
Stored = Annotated[bool, Query(alias="tersimpan")]


class NewRate(WalkInIn):
    """A rate with what the API has in its address."""

    document: Document
    starts_on: IsoDay


@router.get(HERE)
def list_counters(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    dokumen: AskedDocument = Document.IKD,
    sejak: Since = None,
    tersimpan: Stored = False,
) -> Response:
    return show_counters(request, session, reader, dokumen, since=sejak, is_stored=tersimpan)


@router.get(f"{RATES}/baru")
def new_rate(request: Request, reader: PlannerPage, dokumen: AskedDocument = Document.IKD) -> Response:
    return _form(request, reader, _blank(dokumen))


@router.post(f"{RATES}/baru")
@once
def create_rate(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, _blank(Document.IKD))
    try:
        body = read_as(NewRate, _body(sent.values, (*_FIELDS, "document", "starts_on")))
        _put(session, reader, body.document, body.starts_on, body, if_match=None)
    except PreconditionRequired:
        # That rate is there already: its page, so that nothing is overwritten unseen.
        return go_to(f"{RATES}/{body.document}/{body.starts_on}")
    except REFUSALS as refused:
        return _form(request, reader, sent.values, refused=refused)
    return go_to(f"{HERE}?dokumen={body.document}&tersimpan=true")


@router.get(f"{RATES}/{{document}}/{{starts_on}}")
def one_rate(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, starts_on: IsoDay
) -> Response:
    return _one(request, reader, rates.get_walk_ins(session, reader.district.code, document, starts_on=starts_on))


@router.post(f"{RATES}/{{document}}/{{starts_on}}")
@once
def change_rate(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, starts_on: IsoDay, form: Form
) -> Response:
    rate = _rate_to_change(session, reader, document, starts_on)
    sent = edited(form, _values(rate))
    try:
        check_seen(form, rate.version)
        body = read_as(WalkInIn, _body(sent.values, _FIELDS))
        _put(session, reader, document, starts_on, body, if_match=etag_of(rate.version))
    except REFUSALS as refused:
        session.refresh(rate)
        return _one(request, reader, rate, sent=sent, refused=refused)
    return go_to(f"{HERE}?dokumen={document}&tersimpan=true")


@router.post(f"{RATES}/{{document}}/{{starts_on}}/hapus")
@once
def delete_rate(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, starts_on: IsoDay, form: Form
) -> Response:
    rate = _rate_to_change(session, reader, document, starts_on)
    try:
        check_seen(form, rate.version)
    except PreconditionFailed as refused:
        return _one(request, reader, rate, refused=refused)
    rates.delete_walk_ins(session, rate, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?dokumen={document}&tersimpan=true")


def show_counters(
    request: Request,
    session: Session,
    reader: DistrictReader,
    document: Document,
    *,
    since: date | None = None,
    added: Mapping[str, str] | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    """The page of one document's counters; `added` and `refused`: the form of a counted day that was sent."""
    code = reader.district.code
    first = since or reader.today - timedelta(days=_DAYS_BACK)
    given = rates.walk_in_rates(session, code, document)
    counted = counts.list_counts(session, code, document, after=first - timedelta(days=1), limit=_MOST_DAYS)
    at_counters = Counters(session, reader.district, document)
    days = at_counters.days(counted[0].day, counted[-1].day) if counted else ()
    week = at_counters.ordinary_week(reader.today)
    try:
        report: CounterReport | None = counter_report(session, reader.district, document, on=reader.today)
    except NotFound:
        # No target of this document, so nothing is looked for at the counters.
        report = None
    return page(
        request,
        "counters/list.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        document=document,
        document_options=options("document", Document, reader.language),
        rates=list(reversed(given)),
        in_force=next((rate.id for rate in reversed(given) if rate.starts_on <= reader.today), None),
        since=first,
        counted=list(reversed(counted)),
        is_full=len(counted) == _MOST_DAYS,
        expected={day.day: day.by_rates for day in days},
        has_rates=at_counters.has_rates,
        places=_places(session, reader, at_counters, week),
        general=_one_decimal(week.brings.get(None)),
        together=_one_decimal(week.per_working_day),
        report=report,
        learned=None if report is None else _figures(report.estimate),
        added=added or {},
        refusal=None if refused is None else refused.detail,
        problems=problems_of_form(refused),
        is_stored=is_stored,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownPlace:
    """A place with counters in the reader's words."""

    id: int
    fields: PlaceFields
    hours: str
    rates: str
    per_working_day: Decimal | None


def _places(session: Session, reader: DistrictReader, at_counters: Counters, week: OrdinaryWeek) -> list[_ShownPlace]:
    fields = {place.code: place for place in at_counters.places}
    return [
        _ShownPlace(
            id=row.id,
            fields=place,
            hours=hours_text(place.windows, reader.language),
            rates=rates_text(place, reader.language),
            per_working_day=_one_decimal(week.brings.get(row.code)),
        )
        for row in list_places(session, reader.district.code)
        if (place := fields.get(row.code)) is not None
    ]


def _one_decimal(people: float | None) -> Decimal | None:
    return None if people is None else plain(Decimal(str(round(people, 1))))


def _figures(estimate: WalkInEstimate) -> dict[str, Decimal]:
    learned = estimate.learned
    shown = {"mean": learned.mean, "low": learned.low, "high": learned.high, "next_run": estimate.next_run}
    return {name: plain(Decimal(str(figure))) for name, figure in shown.items()}


def _put(
    session: Session,
    reader: DistrictReader,
    document: Document,
    starts_on: date,
    body: WalkInIn,
    *,
    if_match: str | None,
) -> None:
    with session.begin_nested():
        rates.put_walk_ins(
            session,
            reader.district.code,
            document,
            starts_on,
            fields=body.model_dump(mode="json", include=set(_FIELDS)),
            actor=reader.actor,
            now=reader.now,
            if_match=if_match,
        )


def _rate_to_change(session: Session, reader: DistrictReader, document: Document, starts_on: date) -> WalkInRate:
    check_district(reader.actor, reader.district.code, write=True)
    return rates.get_walk_ins(session, reader.district.code, document, starts_on=starts_on, for_update=True)


def _blank(document: Document) -> dict[str, str]:
    return {"document": document.value, "starts_on": "", **dict.fromkeys(_FIELDS, ""), "provenance": "assumed"}


def _values(rate: WalkInRate) -> dict[str, str]:
    return {
        "per_working_day": str(rate.per_working_day),
        "note": rate.note or "",
        "provenance": rate.provenance,
    }


def _body(values: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    return body_of(values, [name for name in names if values[name]], whole=("per_working_day",), decimal=())


def _one(
    request: Request,
    reader: DistrictReader,
    rate: WalkInRate,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored = _values(rate)
    origins = options("provenance", PROVENANCES, reader.language)
    return _form(
        request,
        reader,
        stored if sent is None else sent.values,
        refused=refused,
        rate=rate,
        stored=stored,
        meanwhile=by_others(stored, sent, refused, choices={"provenance": origins}),
    )


def _form(
    request: Request,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", _blank(Document.IKD))
    return record_form(
        request,
        "counters/rate.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        document_options=options("document", Document, reader.language),
        provenance_options=options("provenance", PROVENANCES, reader.language),
        is_stored=False,
        **({"rate": None, "meanwhile": ()} | about_one),
    )
