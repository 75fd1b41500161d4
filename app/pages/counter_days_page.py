"""`/loket/hari`: what was counted at the fixed counters on single days."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.counters import counts
from app.districts.models import Document, WalkInCount
from app.districts.schemas import WalkInCountIn
from app.errors import AppError, PreconditionFailed, PreconditionRequired
from app.http_conventions import etag_of
from app.pages.counters_page import HERE, show_counters
from app.pages.edit_forms import REFUSALS, Edited, body_of, by_others, edited, record_form
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.payloads import IsoDay

router = pages_router()

DAYS = f"{HERE}/hari"
_FIELDS = ("activated", "note")


class NewCount(WalkInCountIn):
    """A counted day with what the API has in its address."""

    document: Document
    day: IsoDay


@router.post(DAYS)
@once
def add_day(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    """Note what a day won; one that was counted already is opened instead."""
    check_district(reader.actor, reader.district.code, write=True)
    sent = {name: form.get(name, "").strip() for name in (*_FIELDS, "document", "day")}
    document = next((document for document in Document if document == sent["document"]), Document.IKD)
    try:
        body = read_as(NewCount, _body(sent, tuple(sent)))
        _put(session, reader, body.document, body.day, body, if_match=None)
    except PreconditionRequired:
        return go_to(f"{DAYS}/{body.document}/{body.day}")
    except REFUSALS as refused:
        return show_counters(request, session, reader, document, added=sent, refused=refused)
    return go_to(f"{HERE}?dokumen={body.document}&sejak={body.day}&tersimpan=true")


@router.get(f"{DAYS}/{{document}}/{{day}}")
def one_day(request: Request, session: SessionDep, reader: PlannerPage, document: Document, day: IsoDay) -> Response:
    return _one(request, reader, counts.get_count(session, reader.district.code, document, day))


@router.post(f"{DAYS}/{{document}}/{{day}}")
@once
def change_day(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, day: IsoDay, form: Form
) -> Response:
    count = _count_to_change(session, reader, document, day)
    sent = edited(form, _values(count))
    try:
        check_seen(form, count.version)
        body = read_as(WalkInCountIn, _body(sent.values, _FIELDS))
        _put(session, reader, document, day, body, if_match=etag_of(count.version))
    except REFUSALS as refused:
        session.refresh(count)
        return _one(request, reader, count, sent=sent, refused=refused)
    return go_to(f"{HERE}?dokumen={document}&tersimpan=true")


@router.post(f"{DAYS}/{{document}}/{{day}}/hapus")
@once
def delete_day(
    request: Request, session: SessionDep, reader: PlannerPage, document: Document, day: IsoDay, form: Form
) -> Response:
    count = _count_to_change(session, reader, document, day)
    try:
        check_seen(form, count.version)
    except PreconditionFailed as refused:
        return _one(request, reader, count, refused=refused)
    counts.delete_count(session, count, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?dokumen={document}&tersimpan=true")


def _put(
    session: Session,
    reader: DistrictReader,
    document: Document,
    day: date,
    body: WalkInCountIn,
    *,
    if_match: str | None,
) -> None:
    with session.begin_nested():
        counts.put_count(
            session,
            reader.district.code,
            document,
            day,
            activated=body.activated,
            note=body.note,
            today=reader.today,
            actor=reader.actor,
            now=reader.now,
            if_match=if_match,
        )


def _count_to_change(session: Session, reader: DistrictReader, document: Document, day: date) -> WalkInCount:
    check_district(reader.actor, reader.district.code, write=True)
    return counts.get_count(session, reader.district.code, document, day, for_update=True)


def _values(count: WalkInCount) -> dict[str, str]:
    return {"activated": str(count.activated), "note": count.note or ""}


def _body(values: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    return body_of(values, [name for name in names if values[name]], whole=("activated",), decimal=())


def _one(
    request: Request,
    reader: DistrictReader,
    count: WalkInCount,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored = _values(count)
    return record_form(
        request,
        "counters/day.html",
        reader,
        stored if sent is None else sent.values,
        stored=stored,
        refused=refused,
        count=count,
        meanwhile=by_others(stored, sent, refused),
        is_stored=False,
    )
