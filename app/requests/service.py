"""What can be done with requests: take one up, read and list them, decline one. Offers and bookings lie beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.areas import get_area
from app.districts.models import District, Provenance
from app.districts.row_locks import take_turns
from app.errors import Conflict, InvalidRequest, NotFound, invalid
from app.languages import said
from app.requests.models import DeclineReason, RequestOffer, RequestStatus, VisitRequest
from app.requests.offering import Found, Sought, forget_wish, keep_offers, want
from app.requests.schemas import RequestIn
from app.schedules.models import Visit
from app.sites import service as sites
from app.sites.models import Site, WantedDate
from app.teams.models import Team

Result = TypeVar("Result")
_FAIR_SIGNAL = 2


class RequestClosed(Conflict):
    """The request was booked or declined already."""


def sought_in(session: Session, district: District, body: RequestIn, *, now: datetime) -> Sought:
    """What a new request asks for, under the number that it will have.

    Raises `InvalidRequest` for a site that is not known and dates that are over."""
    today = districts.date_of(now, district)
    wished = body.wished()
    for index, day in enumerate(wished):
        if day <= today:
            raise invalid(
                "/wished_from" if body.wished_dates is None else f"/wished_dates/{index}",
                said(
                    "It is {today} in the district; that day is over or under way.",
                    "Di daerah itu sekarang {today}; hari itu sudah lewat atau sedang berjalan.",
                    today=today,
                ),
                value=day.isoformat(),
                mend=said("Give dates from tomorrow on.", "Isi tanggal mulai besok."),
            )
    number: int = session.scalars(select(func.nextval("visit_requests_id_seq"))).one()
    facts = None
    code = body.site_code
    if body.site is not None:
        facts = _facts(session, district, body, number=number)
        code = facts["code"]
    elif _site(session, district.code, code) is None:
        raise invalid(
            "/site_code",
            said(
                "District {district!r} has no site {site!r}.",
                "Daerah {district!r} tidak punya lokasi {site!r}.",
                district=district.code,
                site=code,
            ),
            value=code,
            mend=said(
                "Give the code of a site (GET …/sites?text=…), or the facts of a new one in 'site'.",
                "Isi kode lokasi (GET …/sites?text=…), atau data lokasi baru pada 'site'.",
            ),
        )
    return Sought(
        request_id=number,
        district_code=district.code,
        document=body.document.value,
        site_code=code or "",
        wished=wished,
        new_site=facts,
    )


def _facts(session: Session, district: District, body: RequestIn, *, number: int) -> dict[str, Any]:
    """The fields of a new site; whatever the request does not say is assumed, and marked so."""
    assert body.site is not None
    named = {name: value for name, value in body.site.given().items() if value is not None}
    assumed: dict[str, Any] = {"code": f"R-{number}"}
    marked: dict[str, str] = {}
    if "headcount" not in named and body.expected_people is not None:
        assumed["headcount"] = body.expected_people
        marked["headcount"] = Provenance.ASSUMED.value
        if "turn_out_share" not in named:
            # These are people who would come, not all who belong there.
            assumed["turn_out_share"] = Decimal(1)
            marked["turn_out_share"] = Provenance.ASSUMED.value
    if "connectivity" not in named:
        assumed["connectivity"] = _FAIR_SIGNAL
        marked["connectivity"] = Provenance.ASSUMED.value
    if "lat" not in named and "lon" not in named:
        try:
            area = get_area(session, district.code, named["area_code"])
        except NotFound as error:
            raise invalid("/site/area_code", error.detail, value=named["area_code"]) from error
        assumed |= {"lat": area.lat, "lon": area.lon}
        marked["place"] = Provenance.ASSUMED.value
    return assumed | named | {"provenance": marked | named.get("provenance", {})}


def create_request(
    session: Session, district: District, body: RequestIn, result: Found, *, actor: Actor, now: datetime
) -> VisitRequest:
    """Store a request with its site, if that is new, and its offers. Raises `SiteCodeTaken`, `InvalidRequest`."""
    sought = result.question.sought
    take_turns(session, district.code)
    if sought.new_site is not None:
        site = in_body(lambda: sites.create_site(session, district, sought.new_site or {}, actor=actor, now=now))
    else:
        known = _site(session, district.code, sought.site_code)
        if known is None:
            raise NotFound(said("The site is gone meanwhile.", "Lokasi itu sudah tidak ada."))
        site = known
    request = VisitRequest(
        id=sought.request_id,
        district_code=district.code,
        document=sought.document,
        site_id=site.id,
        channel=body.channel.value,
        wished_dates=[day.isoformat() for day in sought.wished],
        expected_people=body.expected_people,
        contact=body.contact,
        note=body.note,
        status=RequestStatus.OPEN,
        received_at=now,
        received_by=actor.name,
    )
    session.add(request)
    session.flush()
    offers = keep_offers(session, request, result, now=now)
    access.record(
        session,
        actor,
        "request.create",
        f"request/{request.id}",
        now=now,
        district_code=district.code,
        details={"site": site.code, "channel": request.channel, "offers": len(offers)},
    )
    session.flush()
    return request


def _site(session: Session, district_code: str, code: str | None) -> Site | None:
    """By its code alone: a code of digits is no number of ours."""
    return session.scalar(select(Site).filter_by(district_code=district_code, code=code))


def note_offers(
    session: Session, request: VisitRequest, offers: Sequence[RequestOffer], *, actor: Actor, now: datetime
) -> None:
    """The request was offered something anew."""
    request.version += 1
    access.record(
        session,
        actor,
        "request.offer",
        f"request/{request.id}",
        now=now,
        district_code=request.district_code,
        details={"offers": [offer.number for offer in offers]},
    )
    session.flush()


def decline(
    session: Session,
    request_id: int,
    *,
    reason: DeclineReason,
    note: str | None,
    actor: Actor,
    now: datetime,
) -> VisitRequest:
    """Close a request without a visit; for lack of room, it stays demand of the runs to come.

    Declining again for the same reason is declining once. Raises `NotFound`, `Forbidden`, `RequestClosed`."""
    request = own_request(session, request_id, actor=actor)
    if request.status == RequestStatus.DECLINED and request.decline_reason == reason:
        return request
    refuse_closed(session, request)
    request.status = RequestStatus.DECLINED
    request.decline_reason, request.decline_note = reason.value, note
    request.closed_at, request.closed_by = now, actor.name
    request.version += 1
    if reason is DeclineReason.NO_ROOM:
        want(session, request, now=now, counts_from=now)
    else:
        forget_wish(session, request.id)
    access.record(
        session,
        actor,
        "request.decline",
        f"request/{request.id}",
        now=now,
        district_code=request.district_code,
        details={"reason": reason.value},
    )
    session.flush()
    return request


def visible_request(session: Session, request_id: int, *, actor: Actor) -> VisitRequest:
    """A request that the actor may see; to a stranger it does not exist (`NotFound`)."""
    request = session.get(VisitRequest, request_id)
    if request is None or not actor.may_read(request.district_code):
        raise NotFound(
            said(
                "There is no request {request}, or this token does not open it.",
                "Tidak ada permintaan {request}, atau token ini tidak membukanya.",
                request=request_id,
            )
        )
    return request


def own_request(session: Session, request_id: int, *, actor: Actor) -> VisitRequest:
    """A request that the actor may change, in our turn and locked. Raises `NotFound`, `Forbidden`."""
    request = visible_request(session, request_id, actor=actor)
    if not actor.may_write(request.district_code):
        raise access.read_only_district(request.district_code)
    # The district comes before its rows, as in publishing: two who wait for each other wait for ever.
    take_turns(session, request.district_code)
    session.refresh(request, with_for_update=True)
    return request


def refuse_closed(session: Session, request: VisitRequest) -> None:
    """Raise `RequestClosed` unless the request is open; of a booked one it says who goes, and when."""
    if request.status == RequestStatus.BOOKED:
        offer = session.get_one(RequestOffer, (request.id, request.accepted_offer))
        raise RequestClosed(
            said(
                "Request {request} was booked already, with offer {offer}: team {team} on {day}; "
                "schedule {schedule} holds its visit.",
                "Permintaan {request} sudah dijadwalkan dengan tawaran {offer}: tim {team} pada {day}; "
                "kunjungannya ada di jadwal {schedule}.",
                request=request.id,
                offer=offer.number,
                team=session.get_one(Team, offer.team_id).code,
                day=offer.date,
                schedule=request.schedule_id,
            )
        )
    if request.status == RequestStatus.DECLINED:
        raise RequestClosed(
            said(
                "Request {request} was declined already; take up a new one if the site asks again.",
                "Permintaan {request} sudah ditolak; catat permintaan baru jika lokasinya meminta lagi.",
                request=request.id,
            )
        )


def list_requests(
    session: Session, district_code: str, *, status: RequestStatus | None, before_id: int, limit: int
) -> Sequence[VisitRequest]:
    """Requests of a district, newest first; `before_id` 0: from the newest."""
    query = select(VisitRequest).where(VisitRequest.district_code == district_code)
    if status is not None:
        query = query.where(VisitRequest.status == status.value)
    if before_id:
        query = query.where(VisitRequest.id < before_id)
    return session.scalars(query.order_by(VisitRequest.id.desc()).limit(limit)).all()


def unmet(session: Session, requests: Sequence[VisitRequest], *, now: datetime) -> set[int]:
    """Ids of those that are demand of a run asked for now: some wished date is to come, and no visit stands on one."""
    stands = exists().where(Visit.in_force, Visit.site_id == WantedDate.site_id, Visit.date == WantedDate.date)
    own = WantedDate.request_id.in_([request.id for request in requests])
    due = session.scalars(select(WantedDate.request_id).where(own, WantedDate.counts_from <= now).distinct())
    met = session.scalars(select(WantedDate.request_id).where(own, stands).distinct())
    return set(due) - set(met)


def promised(session: Session, district_code: str, document: str) -> set[tuple[int, date]]:
    """The dates on which a site was promised a visit, by the id of the site: those of accepted offers."""
    accepted = (
        select(VisitRequest.site_id, RequestOffer.date)
        .join(RequestOffer, RequestOffer.request_id == VisitRequest.id)
        .where(
            VisitRequest.district_code == district_code,
            VisitRequest.document == document,
            RequestOffer.number == VisitRequest.accepted_offer,
        )
    )
    return {(row.site_id, row.date) for row in session.execute(accepted)}


def sites_of(session: Session, requests: Sequence[VisitRequest]) -> Mapping[int, Site]:
    """By id."""
    sites = session.scalars(select(Site).where(Site.id.in_({request.site_id for request in requests})))
    return {site.id: site for site in sites}


def in_body(create: Callable[[], Result]) -> Result:
    """Refusals of a new site's facts, pointing into the body that holds them."""
    try:
        return create()
    except InvalidRequest as error:
        problems = [replace(problem, pointer=f"/site{problem.pointer}") for problem in error.problems]
        raise InvalidRequest(error.detail, problems=problems) from error
