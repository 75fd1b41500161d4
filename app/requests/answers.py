"""Requests as they are shown, with the offers that stand, and prices in words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import Actor
from app.requests import service as requests
from app.requests.models import RequestOffer, RequestStatus, VisitRequest
from app.requests.schemas import (
    BookedOut,
    ChangedVisitOut,
    NoOfferOut,
    OfferedNightOut,
    OfferedRideOut,
    OfferedTripOut,
    OfferOut,
    PriceOut,
    RequestSiteOut,
    VisitRequestOut,
    placed_of,
)
from app.schedules.document_schemas import expected_of
from app.schedules.runs.journey_ids import code_of
from app.schedules.visit_schemas import DayKitOut
from app.teams.models import Team
from app.words import Text, in_both


def requests_out(
    session: Session, rows: Sequence[VisitRequest], *, actor: Actor, now: datetime
) -> Mapping[int, VisitRequestOut]:
    """By id; three queries and one for what is unmet, whatever their number."""
    sites = requests.sites_of(session, rows)
    unmet = requests.unmet(session, rows, now=now)
    offers = _offers(session, rows, now=now)
    return {
        request.id: VisitRequestOut(
            id=request.id,
            district_code=request.district_code,
            document=request.document,
            site=RequestSiteOut.model_validate(sites[request.site_id]),
            channel=request.channel,
            wished_dates=request.wished_dates,
            expected_people=request.expected_people,
            contact=_inside(request, request.contact, actor),
            note=_inside(request, request.note, actor),
            status=request.status,
            is_unmet=request.id in unmet,
            received_at=request.received_at,
            received_by=request.received_by,
            offers=[] if request.status != RequestStatus.OPEN else [out for out, _ in offers.get(request.id, ())],
            no_offer=None if request.no_offer is None else NoOfferOut.model_validate(request.no_offer),
            booked=_booked(request, offers),
            decline_reason=request.decline_reason,
            decline_note=_inside(request, request.decline_note, actor),
            closed_at=request.closed_at,
            closed_by=request.closed_by,
            version=request.version,
        )
        for request in rows
    }


def request_out(session: Session, request: VisitRequest, *, actor: Actor, now: datetime) -> VisitRequestOut:
    return requests_out(session, [request], actor=actor, now=now)[request.id]


def _inside(request: VisitRequest, value: str | None, actor: Actor) -> str | None:
    # Whoever may write here is inside the district; a viewer reads what was decided, not whom to call.
    return value if actor.may_write(request.district_code) and actor.role in (Role.ADMIN, Role.PLANNER) else None


Offered = Mapping[int, list[tuple[OfferOut, RequestOffer]]]


def _offers(session: Session, requests: Sequence[VisitRequest], *, now: datetime) -> Offered:
    """By request: the offers that stand, and the accepted one."""
    accepted = [(asking.id, asking.accepted_offer) for asking in requests if asking.accepted_offer is not None]
    rows = session.execute(
        select(RequestOffer, Team.code)
        .join(Team, Team.id == RequestOffer.team_id)
        .where(
            RequestOffer.request_id.in_([asking.id for asking in requests]),
            (RequestOffer.expires_at > now) | tuple_(RequestOffer.request_id, RequestOffer.number).in_(accepted),
        )
        .order_by(RequestOffer.request_id, RequestOffer.number)
    )
    documents = {asking.id: asking.document for asking in requests}
    shown: dict[int, list[tuple[OfferOut, RequestOffer]]] = {}
    for offer, team in rows:
        shown.setdefault(offer.request_id, []).append(
            (offer_out(offer, team=team, document=documents[offer.request_id]), offer)
        )
    return shown


def _booked(request: VisitRequest, offers: Offered) -> BookedOut | None:
    if request.schedule_id is None:
        return None
    accepted = next(
        (out for out, offer in offers.get(request.id, ()) if offer.number == request.accepted_offer),
        None,
    )
    return BookedOut(schedule_id=request.schedule_id, offer=accepted)


def offer_out(offer: RequestOffer, *, team: str, document: str) -> OfferOut:
    return OfferOut(
        number=offer.number,
        team=team,
        date=offer.date,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        expected_activations=offer.expected_activations,
        expected=expected_of(document, offer.expected_activations, offer.expected_further),
        carried=[DayKitOut(**kit) for kit in offer.day_kits],
        kind=offer.kind,
        trip=None if offer.trip is None else _trip_out(offer.trip),
        expires_at=offer.expires_at,
        price=PriceOut(
            lost_activations=offer.lost_activations,
            extra_cost=offer.extra_cost,
            changed_visits=[
                ChangedVisitOut(
                    change=change["change"],
                    before=None if change["before"] is None else placed_of(change["before"]),
                    after=None if change["after"] is None else placed_of(change["after"]),
                )
                for change in offer.changes
            ],
            text=price_text(
                lost_activations=offer.lost_activations,
                extra_cost=offer.extra_cost,
                changed_visits=len(offer.changes),
            ),
        ),
    )


def _trip_out(trip: Mapping[str, Any]) -> OfferedTripOut:
    first, last = date.fromisoformat(trip["starts_on"]), date.fromisoformat(trip["ends_on"])
    beds = ", ".join(trip["beds"])
    text = (
        in_both(
            "Perjalanan baru: berangkat {first}, menginap di {beds}, kembali {last}.",
            "A new trip: leaves on {first}, sleeps at {beds}, back on {last}.",
            first=first,
            beds=beds,
            last=last,
        )
        if beds
        else in_both(
            "Perjalanan baru dengan perahu atau pesawat pada {first}.",
            "A new trip by boat or plane on {first}.",
            first=first,
        )
    )
    return OfferedTripOut(
        starts_on=first,
        ends_on=last,
        nights=[OfferedNightOut(date=day, lodging=code_of(lodging)) for day, lodging in trip["nights"]],
        rides=[
            OfferedRideOut(date=day, connection=code_of(connection), starts_at=start)
            for day, connection, start in trip["rides"]
        ],
        text=text,
    )


def price_text(*, lost_activations: int, extra_cost: int, changed_visits: int) -> Text:
    """The price as a sentence."""
    return in_both(
        "{activations}; {cost}; {visits}.",
        "{activations}; {cost}; {visits}.",
        activations=_activations(lost_activations),
        cost=_cost(extra_cost),
        visits=_visits(changed_visits),
    )


def _activations(lost: int) -> Text:
    if lost == 0:
        return in_both("Jumlah aktivasi yang diharapkan tetap", "The plan expects as many activations as before")
    if lost > 0:
        return in_both(
            "Rencana kehilangan {count} aktivasi", "The plan loses {count} activation" + "s" * (lost != 1), count=lost
        )
    return in_both(
        "Rencana bertambah {count} aktivasi", "The plan gains {count} activation" + "s" * (lost != -1), count=-lost
    )


def _cost(extra: int) -> Text:
    if extra == 0:
        return in_both("biayanya tetap", "it costs the same")
    if extra > 0:
        return in_both("biayanya bertambah Rp {amount}", "it costs Rp {amount} more", amount=extra)
    return in_both("biayanya berkurang Rp {amount}", "it costs Rp {amount} less", amount=-extra)


def _visits(changed: int) -> Text:
    if changed == 0:
        return in_both("tidak ada kunjungan lain yang berubah", "no other visit changes")
    return in_both(
        "{count} kunjungan yang sudah diumumkan berubah",
        "{count} announced visit changes" if changed == 1 else "{count} announced visits change",
        count=changed,
    )
