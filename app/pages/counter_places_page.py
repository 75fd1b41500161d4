"""`/loket/tempat`: places with fixed counters, and what was counted at each of them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts import coded_things
from app.districts.areas import list_areas
from app.districts.counters import place_counts
from app.districts.counters.models import CounterKind, CounterPlace
from app.districts.counters.place_values import MARKED
from app.districts.counters.places import COUNTER_PLACES
from app.districts.models import Document
from app.districts.schemas import WalkInCountIn
from app.districts.service import get_district
from app.errors import AppError, PreconditionFailed, PreconditionRequired
from app.pages.counter_place_form import blank_place_values, place_changes, place_values
from app.pages.counters_page import HERE
from app.pages.edit_forms import PROVENANCES, REFUSALS, Edited, body_of, by_others, edited, record_form
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, pages_router
from app.pages.own_rows import own_row
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.payloads import Id, IsoDay

router = pages_router()

PLACES = f"{HERE}/tempat"
_MOST_DAYS = 60
_OF_A_DAY = ("activated", "note")


class NewPlaceCount(WalkInCountIn):
    """A counted day of a place with what the API has in its address."""

    document: Document
    day: IsoDay


@router.get(f"{PLACES}/baru")
def new_place(request: Request, session: SessionDep, reader: PlannerPage) -> Response:
    return _form(request, session, reader, blank_place_values())


@router.post(f"{PLACES}/baru")
@once
def create_place(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, blank_place_values())
    try:
        values = place_changes(sent, {}, names=sent.values)
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            coded_things.create_thing(session, COUNTER_PLACES, district, values, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, session, reader, sent.values, refused=refused)
    return go_to(f"{HERE}?tersimpan=true#tempat")


@router.get(f"{PLACES}/{{place_id}}")
def one_place(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    place_id: Id,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    return _one(request, session, reader, _place(session, reader, place_id), is_stored=tersimpan)


@router.post(f"{PLACES}/{{place_id}}")
@once
def change_place(request: Request, session: SessionDep, reader: PlannerPage, place_id: Id, form: Form) -> Response:
    place = _place(session, reader, place_id, write=True)
    sent = edited(form, place_values(place, reader.language))
    try:
        check_seen(form, place.version)
        changes = place_changes(sent, place.provenance)
        with session.begin_nested():
            coded_things.change_thing(session, COUNTER_PLACES, place, changes, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        session.refresh(place)
        return _one(request, session, reader, place, sent=sent, refused=refused)
    return go_to(f"{HERE}?tersimpan=true#tempat")


@router.post(f"{PLACES}/{{place_id}}/hapus")
@once
def delete_place(request: Request, session: SessionDep, reader: PlannerPage, place_id: Id, form: Form) -> Response:
    place = _place(session, reader, place_id, write=True)
    try:
        check_seen(form, place.version)
    except PreconditionFailed as refused:
        return _one(request, session, reader, place, refused=refused)
    coded_things.delete_thing(session, COUNTER_PLACES, place, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tersimpan=true")


@router.post(f"{PLACES}/{{place_id}}/hari")
@once
def add_place_day(request: Request, session: SessionDep, reader: PlannerPage, place_id: Id, form: Form) -> Response:
    """Note what the place won on a day; one that was counted already is not overwritten unseen."""
    place = _place(session, reader, place_id, write=True)
    sent = {name: form.get(name, "").strip() for name in (*_OF_A_DAY, "document", "day")}
    try:
        names = [name for name in sent if sent[name]]
        body = read_as(NewPlaceCount, body_of(sent, names, whole=("activated",), decimal=()))
        with session.begin_nested():
            place_counts.put_place_count(
                session,
                place,
                body.document,
                body.day,
                activated=body.activated,
                note=body.note,
                today=reader.today,
                actor=reader.actor,
                now=reader.now,
                if_match=None,
            )
    except (*REFUSALS, PreconditionRequired) as refused:
        return _one(request, session, reader, place, added=sent, refused=refused)
    return go_to(f"{PLACES}/{place_id}?tersimpan=true#hari")


@router.post(f"{PLACES}/{{place_id}}/hari/{{document}}/{{day}}/hapus")
@once
def delete_place_day(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    place_id: Id,
    document: Document,
    day: IsoDay,
    form: Form,
) -> Response:
    place = _place(session, reader, place_id, write=True)
    count = place_counts.get_place_count(session, place, document, day, for_update=True)
    try:
        check_seen(form, count.version)
    except PreconditionFailed as refused:
        return _one(request, session, reader, place, refused=refused)
    place_counts.delete_place_count(session, place, count, actor=reader.actor, now=reader.now)
    return go_to(f"{PLACES}/{place_id}?tersimpan=true#hari")


def _place(session: Session, reader: DistrictReader, place_id: int, *, write: bool = False) -> CounterPlace:
    place: CounterPlace = own_row(session, reader, COUNTER_PLACES, place_id, write=write)
    return place


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    place: CounterPlace,
    *,
    sent: Edited | None = None,
    added: Mapping[str, str] | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    stored = place_values(place, reader.language)
    choices = {"kind": options("counter_kind", CounterKind, reader.language)}
    counted = [
        row
        for document in Document
        for row in place_counts.list_place_counts(session, place, document, after=None, limit=_MOST_DAYS)
    ]
    return _form(
        request,
        session,
        reader,
        stored if sent is None else sent.values,
        refused=refused,
        place=place,
        stored=stored,
        meanwhile=by_others(stored, sent, refused, choices=choices),
        counted=sorted(counted, key=lambda row: (row.day, row.document), reverse=True)[:_MOST_DAYS],
        added=added or {},
        is_stored=is_stored,
    )


def _form(
    request: Request,
    session: Session,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", blank_place_values())
    return record_form(
        request,
        "counters/place.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        kind_options=options("counter_kind", CounterKind, reader.language),
        area_options=[(area.code, area.name) for area in list_areas(session, reader.district.code)],
        document_options=options("document", Document, reader.language),
        provenance_options=options("provenance", PROVENANCES, reader.language),
        marked=MARKED,
        **({"place": None, "meanwhile": (), "counted": (), "added": {}, "is_stored": False} | about_one),
    )
