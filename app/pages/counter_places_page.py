"""`/loket/tempat`: places with fixed counters, and what was counted at each of them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.areas import list_areas
from app.districts.counters import place_counts
from app.districts.counters.models import CounterKind, CounterPlace
from app.districts.counters.place_values import MARKED
from app.districts.counters.places import COUNTER_PLACES
from app.districts.models import Document
from app.districts.schemas import WalkInCountIn
from app.errors import AppError, PreconditionFailed, PreconditionRequired
from app.pages.counter_place_form import blank_place_values, place_changes, place_values
from app.pages.counters_page import HERE
from app.pages.edit_forms import PROVENANCES, REFUSALS, Edited, body_of
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.pages.thing_pages import ThingPages
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
    return _PAGES.new(request, session, reader)


@router.post(f"{PLACES}/baru")
@once
def create_place(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    return _PAGES.create(request, session, reader, form)


@router.get(f"{PLACES}/{{place_id}}")
def one_place(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    place_id: Id,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    return _one(request, session, reader, _PAGES.row(session, reader, place_id), is_stored=tersimpan)


@router.post(f"{PLACES}/{{place_id}}")
@once
def change_place(request: Request, session: SessionDep, reader: PlannerPage, place_id: Id, form: Form) -> Response:
    return _PAGES.change(request, session, reader, place_id, form)


@router.post(f"{PLACES}/{{place_id}}/hapus")
@once
def delete_place(request: Request, session: SessionDep, reader: PlannerPage, place_id: Id, form: Form) -> Response:
    return _PAGES.delete(request, session, reader, place_id, form)


@router.post(f"{PLACES}/{{place_id}}/hari")
@once
def add_place_day(request: Request, session: SessionDep, reader: PlannerPage, place_id: Id, form: Form) -> Response:
    """Note what the place won on a day; one that was counted already is not overwritten unseen."""
    place = _PAGES.row(session, reader, place_id, write=True)
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
    place = _PAGES.row(session, reader, place_id, write=True)
    count = place_counts.get_place_count(session, place, document, day, for_update=True)
    try:
        check_seen(form, count.version)
    except PreconditionFailed as refused:
        return _one(request, session, reader, place, refused=refused)
    place_counts.delete_place_count(session, place, count, actor=reader.actor, now=reader.now)
    return go_to(f"{PLACES}/{place_id}?tersimpan=true#hari")


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    place: CounterPlace,
    *,
    added: Mapping[str, str] | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    return _PAGES.one(request, session, reader, place, refused=refused, added=added or {}, is_stored=is_stored)


def _changes(session: Session, sent: Edited, place: CounterPlace | None) -> Mapping[str, Any]:
    if place is None:
        return place_changes(sent, {}, names=sent.values)
    return place_changes(sent, place.provenance)


def _counted(session: Session, place: CounterPlace) -> dict[str, Any]:
    """The latest counted days of a place."""
    counted = [
        row
        for document in Document
        for row in place_counts.list_place_counts(session, place, document, after=None, limit=_MOST_DAYS)
    ]
    return {"counted": sorted(counted, key=lambda row: (row.day, row.document), reverse=True)[:_MOST_DAYS]}


def _around(session: Session, reader: DistrictReader) -> dict[str, Any]:
    return {
        "area_options": [(area.code, area.name) for area in list_areas(session, reader.district.code)],
        "document_options": options("document", Document, reader.language),
        "provenance_options": options("provenance", PROVENANCES, reader.language),
        "marked": MARKED,
        "added": {},
    }


_PAGES = ThingPages(
    kind=COUNTER_PLACES,
    template="counters/place.html",
    named="place",
    back=f"{HERE}?tersimpan=true#tempat",
    blank=blank_place_values,
    values=lambda session, reader, place: place_values(place, reader.language),
    changes=_changes,
    around=_around,
    around_one=_counted,
    choices=lambda reader: {"kind": options("counter_kind", CounterKind, reader.language)},
)
