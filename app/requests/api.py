"""Requests for visits over HTTP: take one up and offer dates, accept or decline, read and list.

Who waits for the planning core holds nothing meanwhile: an endpoint reads and asks, and what was found is kept in a
transaction of its own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.access.service import Actor
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import (
    CursorParam,
    LaterWork,
    LimitParam,
    NowDep,
    Page,
    decode_cursor,
    json_answer,
    page_of,
)
from app.payloads import READ_REFUSALS, DistrictCodePath, Id
from app.requests import accepting, offering
from app.requests import service as requests
from app.requests.accepting import OfferGone, Stale
from app.requests.answers import request_out, requests_out
from app.requests.asking import asking
from app.requests.models import RequestStatus, VisitRequest
from app.requests.offering import Found
from app.requests.schemas import AcceptIn, DeclineIn, OfferList, RequestIn, VisitRequestOut

router = APIRouter(prefix="/v1", tags=["requests"])

_REFUSALS: dict[int | str, dict[str, Any]] = {
    **READ_REFUSALS,
    403: {"description": "This token may not."},
    429: {"description": "Too many questions of this token or district wait; `Retry-After`."},
    503: {"description": "No turn came in time; nothing was stored. `Retry-After` says when to ask again."},
}
_CLOSED: dict[int | str, dict[str, Any]] = {409: {"description": "The request was booked or declined already."}}


@router.post(
    "/districts/{code}/requests",
    status_code=201,
    response_model=VisitRequestOut,
    responses={**_REFUSALS, 409: {"description": "The code of the new site is taken."}},
)
@once
def create_request(
    request: Request, session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, body: RequestIn
) -> Response:
    """Take up a request for a visit, by phone, letter or in person, and answer it with up to three offers.

    Each offer is a team and a date with all that it changes in the published plan, and stands for ten minutes. A full
    plan has no hole, so an offer has a price: the verified plan with it less the verified plan without it. Where
    nothing can be offered, `no_offer` says which rule is against it, for which team, and the nearest date that would
    do; the request is kept as demand of the next run. A new site is stored with its request, or not at all."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    sought = requests.sought_in(session, district, body, now=now)
    question = requests.in_body(lambda: offering.question_for(session, district, sought, actor=actor, now=now))

    def keep(session: Session, result: Found) -> Response:
        stored = requests.create_request(
            session, districts.get_district(session, code), body, result, actor=actor, now=now
        )
        return json_answer(
            request_out(session, stored, actor=actor, now=now),
            status_code=201,
            headers={"Location": f"/v1/requests/{stored.id}"},
            etag=stored.version,
        )

    return LaterWork(asking(request.app.state.resident, actor, question), keep)


@router.get("/districts/{code}/requests", response_model=Page[VisitRequestOut], responses=READ_REFUSALS)
def list_requests(
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    code: DistrictCodePath,
    status: Annotated[RequestStatus | None, Query(description="Only those that stand so.")] = None,
    limit: LimitParam = 50,
    cursor: CursorParam = None,
) -> Response:
    """The requests of a district, newest first."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = requests.list_requests(session, code, status=status, before_id=decode_cursor(cursor), limit=limit + 1)
    shown = requests_out(session, rows, actor=actor, now=now)
    return json_answer(page_of(rows, limit=limit, key=lambda row: row.id, shown=lambda row: shown[row.id]))


@router.get("/requests/{request_id}", response_model=VisitRequestOut, responses=READ_REFUSALS)
def read_request(session: SessionDep, actor: Viewer, now: NowDep, request_id: Id) -> Response:
    """A request, with the offers that stand."""
    return _answer(session, requests.visible_request(session, request_id, actor=actor), actor=actor, now=now)


@router.post(
    "/requests/{request_id}/offers", status_code=201, response_model=VisitRequestOut, responses={**_REFUSALS, **_CLOSED}
)
@once
def renew_offers(request: Request, session: SessionDep, actor: Planner, now: NowDep, request_id: Id) -> Response:
    """Offer an open request something anew, once the offers have expired or the plan has changed. Those that stood
    stand no more."""
    visit_request = requests.own_request(session, request_id, actor=actor)
    requests.refuse_closed(session, visit_request)
    district = districts.get_district(session, visit_request.district_code)
    question = offering.question_for(
        session, district, accepting.sought_by(session, visit_request), actor=actor, now=now
    )

    def keep(session: Session, result: Found) -> Response:
        renewed = accepting.renew(session, request_id, result, actor=actor, now=now)
        return _answer(session, renewed, actor=actor, now=now, status_code=201)

    return LaterWork(asking(request.app.state.resident, actor, question), keep)


@router.post(
    "/requests/{request_id}/accept",
    response_model=VisitRequestOut,
    responses={
        **_REFUSALS,
        409: {
            "description": "`OfferGone`: it has expired, the plan has changed, or somebody was first; `offers` holds "
            "fresh ones. `RequestClosed`: the request was booked or declined already."
        },
    },
)
@once
def accept_offer(
    request: Request, session: SessionDep, actor: Planner, now: NowDep, request_id: Id, body: AcceptIn
) -> Response:
    """Book an offer: the plan in force is published anew with its visit and all that it moves, in one transaction, and
    calendars are told. Accepting twice is accepting once; the site is `agreed` for the date."""
    outcome = accepting.accept(session, request_id, body.offer, actor=actor, now=now)
    if not isinstance(outcome, Stale):
        return _answer(session, outcome, actor=actor, now=now)

    def keep(session: Session, result: Found) -> OfferGone:
        renewed = accepting.renew(session, request_id, result, actor=actor, now=now)
        shown = request_out(session, renewed, actor=actor, now=now)
        outcome.why.extension = {"offers": OfferList(shown.offers), "request": shown}
        return outcome.why

    return LaterWork(asking(request.app.state.resident, actor, outcome.question), keep)


@router.post("/requests/{request_id}/decline", response_model=VisitRequestOut, responses={**_REFUSALS, **_CLOSED})
@once
def decline_request(session: SessionDep, actor: Planner, now: NowDep, request_id: Id, body: DeclineIn) -> Response:
    """Close a request without a visit. Declined for `no_room` it stays demand: the next run visits the site on one of
    the wished dates if it can."""
    declined = requests.decline(session, request_id, reason=body.reason, note=body.note, actor=actor, now=now)
    return _answer(session, declined, actor=actor, now=now)


def _answer(
    session: Session, visit_request: VisitRequest, *, actor: Actor, now: Any, status_code: int = 200
) -> Response:
    shown = request_out(session, visit_request, actor=actor, now=now)
    return json_answer(shown, status_code=status_code, etag=visit_request.version)
