"""`/penutupan`: when sites of a kind take no visit: market days, exams, Friday prayer."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.service import get_district
from app.errors import AppError, PreconditionFailed
from app.pages.edit_forms import (
    REFUSALS,
    Edited,
    by_others,
    day_values,
    days_of,
    edited,
    has_days,
    record_form,
)
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.payloads import Id
from app.sites import closures
from app.sites.closure_schemas import ClosureIn, ClosurePatch
from app.sites.models import KindClosure, SiteKind
from app.tables.fields import WEEKDAYS, minute_text

router = pages_router()

HERE = "/penutupan"
_FIELDS = ("name", "kind", "starts_on", "ends_on", "closed_from", "closed_until")


@router.get(HERE)
def list_closures(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    jenis: Annotated[str, Query(max_length=40)] = "",
    lewat: Annotated[bool, Query()] = False,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    rows = closures.list_closures(session, reader.district.code, after_id=0, limit=closures.MAX_CLOSURES)
    kind = next((each for each in SiteKind if each == jenis), None)
    of_kind = [row for row in rows if kind is None or row.kind in (None, kind)]
    over = [row for row in of_kind if row.ends_on is not None and row.ends_on < reader.today]
    return page(
        request,
        "closures/list.html",
        reader,
        closures=[row for row in of_kind if lewat or row not in over],
        over=0 if lewat else len(over),
        has_any=bool(rows),
        kind=kind or "",
        kind_options=options("kind", SiteKind, reader.language),
        weekdays=WEEKDAYS,
        is_stored=tersimpan,
    )


@router.get(f"{HERE}/baru")
def new_closure(request: Request, reader: PlannerPage) -> Response:
    return _form(request, reader, _blank())


@router.post(f"{HERE}/baru")
@once
def create_closure(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, _blank())
    try:
        body = read_as(ClosureIn, {name: value for name, value in _body(sent).items() if value is not None})
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            closures.create_closure(session, district, body.model_dump(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, reader, sent.values, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.get(f"{HERE}/{{closure_id}}")
def one_closure(request: Request, session: SessionDep, reader: PlannerPage, closure_id: Id) -> Response:
    return _one(request, reader, _closure(session, reader, closure_id))


@router.post(f"{HERE}/{{closure_id}}")
@once
def change_closure(request: Request, session: SessionDep, reader: PlannerPage, closure_id: Id, form: Form) -> Response:
    closure = _closure(session, reader, closure_id, write=True)
    sent = edited(form, _values(closure))
    try:
        check_seen(form, closure.version)
        body = read_as(ClosurePatch, _body(sent))
        with session.begin_nested():
            changes = body.model_dump(exclude_unset=True)
            closures.change_closure(session, closure, changes, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        session.refresh(closure)
        return _one(request, reader, closure, sent=sent, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.post(f"{HERE}/{{closure_id}}/hapus")
@once
def delete_closure(request: Request, session: SessionDep, reader: PlannerPage, closure_id: Id, form: Form) -> Response:
    closure = _closure(session, reader, closure_id, write=True)
    try:
        check_seen(form, closure.version)
    except PreconditionFailed as refused:
        return _one(request, reader, closure, refused=refused)
    closures.delete_closure(session, closure, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tersimpan=true")


def _closure(session: Session, reader: DistrictReader, closure_id: int, *, write: bool = False) -> KindClosure:
    closure = closures.get_closure(session, closure_id, actor=reader.actor, write=write)
    if closure.district_code != reader.district.code:
        raise closures.no_closure(closure_id)
    return closure


def _blank() -> dict[str, str]:
    return dict.fromkeys(_FIELDS, "") | day_values(None)


def _values(closure: KindClosure) -> dict[str, str]:
    shown = {name: str(getattr(closure, name) or "") for name in ("name", "kind", "starts_on", "ends_on")}
    hours = {name: getattr(closure, name) for name in ("closed_from", "closed_until")}
    shown |= {name: "" if minute is None else minute_text(minute) for name, minute in hours.items()}
    return shown | day_values(closure.weekdays)


def _body(sent: Edited) -> dict[str, Any]:
    """The request of the API that the changed fields stand for."""
    body: dict[str, Any] = {name: sent.values[name] or None for name in sent.changed if name in _FIELDS}
    return body | ({"weekdays": days_of(sent.values)} if has_days(sent.changed) else {})


def _one(
    request: Request,
    reader: DistrictReader,
    closure: KindClosure,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored = _values(closure)
    values = stored if sent is None else sent.values
    choices = {"kind": options("kind", SiteKind, reader.language)}
    meanwhile = by_others(stored, sent, refused, choices=choices)
    return _form(request, reader, values, refused=refused, closure=closure, stored=stored, meanwhile=meanwhile)


def _form(
    request: Request,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", _blank())
    return record_form(
        request,
        "closures/one.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        weekdays=WEEKDAYS,
        kind_options=options("kind", SiteKind, reader.language),
        is_stored=False,
        **({"closure": None, "meanwhile": ()} | about_one),
    )
