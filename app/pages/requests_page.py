"""`/permintaan`: sites that ask for a visit, what each can be offered and at what price."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.models import Document
from app.districts.service import get_district, list_areas
from app.errors import InvalidRequest
from app.http_conventions import LaterWork, decode_cursor, encode_cursor
from app.pages.forms import filled, read_as, wholes
from app.pages.frame import Form, go_to, page, pages_router, problems_by_field
from app.pages.readers import DistrictReader, PlannerPage, about
from app.pages.sent_once import once
from app.pages.texts import options
from app.payloads import Id
from app.requests import accepting, offering
from app.requests import service as requests
from app.requests.accepting import Stale
from app.requests.answers import request_out, requests_out
from app.requests.asking import asking
from app.requests.models import Channel, DeclineReason, RequestStatus, VisitRequest
from app.requests.offering import Found
from app.requests.schemas import AcceptIn, DeclineIn, RequestIn, VisitRequestOut
from app.schedules.document_words import all_brought
from app.sites import service as sites
from app.sites.models import SiteKind

router = pages_router()

_ROWS = 50
_NEW_SITE = ("name", "kind", "area_code")

AskedStatus = Annotated[RequestStatus | None, Query(alias="keadaan")]
Cursor = Annotated[str | None, Query(alias="sesudah", max_length=200)]


@router.get("/permintaan")
def list_requests(
    request: Request, session: SessionDep, reader: PlannerPage, keadaan: AskedStatus = None, sesudah: Cursor = None
) -> Response:
    rows = requests.list_requests(
        session, reader.district.code, status=keadaan, before_id=decode_cursor(sesudah), limit=_ROWS + 1
    )
    shown = requests_out(session, rows[:_ROWS], actor=reader.actor, now=reader.now)
    return page(
        request,
        "requests/list.html",
        reader,
        requests=[shown[row.id] for row in rows[:_ROWS]],
        status=keadaan,
        statuses=list(RequestStatus),
        following=encode_cursor(rows[_ROWS - 1].id) if len(rows) > _ROWS else None,
    )


@router.get("/permintaan/baru")
def new_request(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    lokasi: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    return _form(request, session, reader, {} if lokasi is None else {"site_code": lokasi})


@router.post("/permintaan")
@once
def create_request(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    code = reader.district.code
    check_district(reader.actor, code, write=True)
    try:
        body = read_as(RequestIn, _request_of(form))
        sought = requests.sought_in(session, reader.district, body, now=reader.now)
        question = requests.in_body(
            lambda: offering.question_for(session, reader.district, sought, actor=reader.actor, now=reader.now)
        )
    except InvalidRequest as refused:
        return _form(request, session, reader, form, refused=refused)

    def keep(session: Session, offers: Found) -> Response:
        district = get_district(session, code)
        stored = requests.create_request(session, district, body, offers, actor=reader.actor, now=reader.now)
        return go_to(f"/permintaan/{stored.id}")

    return LaterWork(asking(request.app.state.resident, reader.actor, question), keep)


@router.get("/permintaan/{request_id}")
def one_request(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    request_id: Id,
    berubah: Annotated[bool, Query()] = False,
) -> Response:
    stored = requests.visible_request(session, request_id, actor=reader.actor)
    return _one(request, session, reader, stored, has_changed=berubah)


@router.post("/permintaan/{request_id}/tawaran")
@once
def renew_offers(request: Request, session: SessionDep, reader: PlannerPage, request_id: Id) -> Response:
    stored = requests.own_request(session, request_id, actor=reader.actor)
    requests.refuse_closed(session, stored)
    district = get_district(session, stored.district_code)
    question = offering.question_for(
        session, district, accepting.sought_by(session, stored), actor=reader.actor, now=reader.now
    )

    def keep(session: Session, offers: Found) -> Response:
        accepting.renew(session, request_id, offers, actor=reader.actor, now=reader.now)
        return go_to(f"/permintaan/{request_id}")

    return LaterWork(asking(request.app.state.resident, reader.actor, question), keep)


@router.post("/permintaan/{request_id}/terima")
@once
def accept_offer(request: Request, session: SessionDep, reader: PlannerPage, request_id: Id, form: Form) -> Response:
    offer = read_as(AcceptIn, wholes(form, ("offer",))).offer
    outcome = accepting.accept(session, request_id, offer, actor=reader.actor, now=reader.now)
    if not isinstance(outcome, Stale):
        return go_to(f"/permintaan/{request_id}")

    def keep(session: Session, offers: Found) -> Response:
        accepting.renew(session, request_id, offers, actor=reader.actor, now=reader.now)
        return go_to(f"/permintaan/{request_id}?berubah=true")

    return LaterWork(asking(request.app.state.resident, reader.actor, outcome.question), keep)


@router.post("/permintaan/{request_id}/tolak")
@once
def decline_request(request: Request, session: SessionDep, reader: PlannerPage, request_id: Id, form: Form) -> Response:
    try:
        body = read_as(DeclineIn, filled({name: form.get(name, "") for name in ("reason", "note")}))
    except InvalidRequest as refused:
        stored = requests.visible_request(session, request_id, actor=reader.actor)
        return _one(request, session, reader, stored, refused=refused)
    requests.decline(session, request_id, reason=body.reason, note=body.note, actor=reader.actor, now=reader.now)
    return go_to(f"/permintaan/{request_id}")


def _request_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The API's request: one date is a span of one, and a new site has a name."""
    said = filled(form)
    body: dict[str, Any] = {
        name: said[name]
        for name in ("site_code", "channel", "wished_from", "wished_until", "contact", "note", "document")
        if name in said
    }
    if "wished_from" in body:
        body.setdefault("wished_until", body["wished_from"])
    if any(name in said for name in ("name", "area_code")):
        body["site"] = {name: said[name] for name in _NEW_SITE if name in said}
    return body | wholes(form, ("expected_people",))


def _form(
    request: Request,
    session: Session,
    reader: DistrictReader,
    form: Mapping[str, str],
    *,
    refused: InvalidRequest | None = None,
) -> Response:
    # What is wrong with a new site is shown at its fields, which the page has beside those of the request.
    problems = problems_by_field(refused)
    for problem in problems.pop("site", []):
        problems.setdefault(problem.pointer.rpartition("/")[2], []).append(problem)
    return page(
        request,
        "requests/new.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        values=form,
        problems=problems,
        refusal=None if refused is None else refused.detail,
        area_options=[(area.code, area.name) for area in list_areas(session, reader.district.code)],
        channel_options=options("channel", Channel, reader.language),
        kind_options=options("kind", SiteKind, reader.language),
        document_options=options("document", Document, reader.language),
    )


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    stored: VisitRequest,
    *,
    has_changed: bool = False,
    refused: InvalidRequest | None = None,
) -> Response:
    reader = about(reader, get_district(session, stored.district_code))
    shown = request_out(session, stored, actor=reader.actor, now=reader.now)
    return page(
        request,
        "requests/one.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        one=shown,
        names=_names_of(session, reader, shown),
        brings={offer.number: all_brought(offer.expected) for offer in shown.offers},
        has_changed=has_changed,
        refusal=None if refused is None else refused.detail,
        reasons=list(DeclineReason),
    )


def _names_of(session: Session, reader: DistrictReader, shown: VisitRequestOut) -> Mapping[str, str]:
    """Of the sites whose visits an offer would change."""
    changes = [change for offer in shown.offers for change in offer.price.changed_visits]
    codes = {placed.site for change in changes for placed in (change.before, change.after) if placed is not None}
    return sites.names_of(session, reader.district.code, codes) if codes else {}
