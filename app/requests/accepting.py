"""Books an offer: the plan in force with the offered team-days, judged by today's rows, published in one transaction.

An offer is a promise about some team-days of one plan. It stands while they are as they were and cost what was said."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.errors import AppError, Conflict, invalid
from app.languages import said
from app.requests import service as requests
from app.requests.models import RequestOffer, RequestStatus, VisitRequest
from app.requests.offering import (
    Found,
    Question,
    Sought,
    as_if_ready,
    changed_visits,
    forget_wish,
    keep_offers,
    question_for,
)
from app.requests.plan_in_force import digest_of, plan_for, plan_version, touched_by
from app.schedules import publishing
from app.schedules.drafts.copies import FirstPlan, new_draft
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.schedules.runs.standing_plan import Difference, StandingPlan, difference, standing_plan
from app.sites import service as sites
from app.sites.models import PROMISED, Readiness, ReadinessCause, Site, WantedDate
from app.teams.models import Team


class OfferGone(Conflict):
    """The offer can no longer be had as it was; the answer holds fresh ones, which bear new numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Why an offer cannot be booked, and what is asked for fresh ones."""

    why: OfferGone
    question: Question


def accept(session: Session, request_id: int, number: int, *, actor: Actor, now: datetime) -> VisitRequest | Stale:
    """Book an offer, and publish what it changes. Accepting the same offer again is accepting it once.

    Raises `NotFound`, `Forbidden`, `RequestClosed`, and `InvalidRequest` for an offer that never was."""
    request = requests.own_request(session, request_id, actor=actor)
    if request.status == RequestStatus.BOOKED and request.accepted_offer == number:
        return request
    requests.refuse_closed(session, request)
    offer = session.get(RequestOffer, (request.id, number))
    if offer is None:
        raise invalid(
            "/offer",
            said("This request has no offer {number}.", "Permintaan ini tidak punya tawaran {number}.", number=number),
            value=number,
            mend=said(
                "Give the 'number' of one of its offers (GET /v1/requests/{request}).",
                "Isi 'number' salah satu tawarannya (GET /v1/requests/{request}).",
                request=request.id,
            ),
        )
    district = districts.get_district(session, request.district_code)
    attempt = session.begin_nested()
    try:
        schedule = _book(session, district, request, offer, actor=actor, now=now)
    except Conflict as refusal:
        attempt.rollback()
        why = refusal if isinstance(refusal, OfferGone) else _gone_by(refusal)
        question = question_for(session, district, sought_by(session, request), actor=actor, now=now)
        return Stale(why=why, question=question)
    attempt.commit()
    _close(session, request, offer, schedule, actor=actor, now=now)
    return request


def renew(session: Session, request_id: int, result: Found, *, actor: Actor, now: datetime) -> VisitRequest:
    """Keep fresh offers of a request that is still open; one that was closed meanwhile stays as it is."""
    request = requests.own_request(session, request_id, actor=actor)
    if request.status == RequestStatus.OPEN:
        offers = keep_offers(session, request, result, now=now)
        requests.note_offers(session, request, offers, actor=actor, now=now)
    return request


def sought_by(session: Session, request: VisitRequest) -> Sought:
    return Sought(
        request_id=request.id,
        district_code=request.district_code,
        document=request.document,
        site_code=session.scalars(select(Site.code).where(Site.id == request.site_id)).one(),
        wished=tuple(date.fromisoformat(day) for day in request.wished_dates),
    )


def _book(
    session: Session, district: District, request: VisitRequest, offer: RequestOffer, *, actor: Actor, now: datetime
) -> Schedule:
    """Raises `OfferGone`, and whatever publishing refuses."""
    if offer.expires_at <= now:
        raise _gone(
            said(
                "Offer {number} has expired: it stood for ten minutes.",
                "Tawaran {number} sudah kedaluwarsa: berlaku sepuluh menit.",
                number=offer.number,
            )
        )
    base = plan_for(session, district.code, request.document, first_date=_tomorrow(district, now), wished=[offer.date])
    if base is None or plan_version(session, district.code, request.document) != offer.plan_version:
        raise _gone(
            said(
                "The plan that offer {number} was made for has been replaced.",
                "Rencana yang menjadi dasar tawaran {number} sudah digantikan.",
                number=offer.number,
            )
        )
    site = sites.read_site(session, request.site_id, actor=actor, write=True)
    first_date = max(_tomorrow(district, now), base.first_date)
    with as_if_ready(session, site):
        standing = standing_plan(session, base, first_date=first_date, now=now)
    changed = _as_promised(session, standing, offer)
    _agree(session, district, site, offer, actor=actor, now=now)
    key = _key_of(session, offer)
    first = FirstPlan(
        instance=standing.built.content,
        plan=changed.plan,
        demand=standing.built.demand,
        built=standing.built,
        first_date=first_date,
        by_hand={key},
    )
    draft = new_draft(session, base, first, actor=actor, now=now, why=f"request/{request.id}")
    unmoved = _as_announced(session, district.code, draft)
    return publishing.publish(session, draft, actor=actor, now=now, despite=unmoved)


def _tomorrow(district: District, now: datetime) -> date:
    return districts.date_of(now, district) + timedelta(days=1)


def _as_promised(session: Session, standing: StandingPlan, offer: RequestOffer) -> Difference:
    """What the offer changes today; raises `OfferGone` unless that is what was offered."""
    if digest_of(standing, touched_by(offer)) != offer.digest or touched_by(offer) & standing.closed:
        raise _gone(
            said(
                "Visits on the day of offer {number} have changed meanwhile.",
                "Kunjungan pada hari tawaran {number} sudah berubah.",
                number=offer.number,
            )
        )
    promised = difference(standing, offer.team_days, trip=offer.trip)
    team, day, site = _key_of(session, offer)
    changes = changed_visits(promised.changes, asked_for={"team": team, "date": day.isoformat(), "site": site})
    is_as_told = (promised.activations, promised.cost, changes) == (
        -offer.lost_activations,
        offer.extra_cost,
        offer.changes,
    )
    if promised.broken or not is_as_told:
        raise _gone(
            said(
                "Offer {number} no longer costs what was said: teams, sites or figures have changed.",
                "Harga tawaran {number} tidak lagi seperti yang disebut: data tim, lokasi, atau angka sudah berubah.",
                number=offer.number,
            )
        )
    return promised


def _key_of(session: Session, offer: RequestOffer) -> tuple[str, date, str]:
    row = session.execute(
        select(Team.code, Site.code)
        .select_from(RequestOffer)
        .join(VisitRequest, VisitRequest.id == RequestOffer.request_id)
        .join(Team, Team.id == RequestOffer.team_id)
        .join(Site, Site.id == VisitRequest.site_id)
        .where(RequestOffer.request_id == offer.request_id, RequestOffer.number == offer.number)
    ).one()
    return row[0], offer.date, row[1]


def _agree(
    session: Session, district: District, site: Site, offer: RequestOffer, *, actor: Actor, now: datetime
) -> None:
    """The site agrees to the dates of its visits to come, the new one among them; of a visit that leaves it is free."""
    touched = touched_by(offer)
    coming = visits_in_force(district.code).where(Visit.date >= _tomorrow(district, now))
    # A change of a site or team locks it, then its visits, then the mark that calendars are to be told: so do we.
    session.execute(coming.with_only_columns(Visit.id).order_by(Visit.id).with_for_update())
    rows = session.execute(
        coming.join(Team, Team.id == Visit.team_id)
        .where(Visit.site_id == site.id)
        .with_only_columns(Team.code, Visit.date)
    )
    days = {day for team, day in rows if (team, day) not in touched}
    for laid_out in offer.team_days:
        if any(visit["site"] == site.code for visit in laid_out["visits"]):
            days.add(date.fromisoformat(laid_out["date"]))
    agreed = {"readiness": Readiness.AGREED.value, "readiness_from": min(days), "readiness_until": max(days)}
    sites.change_site(session, site, agreed, actor=actor, now=now, cause=ReadinessCause.REQUEST)


def _as_announced(session: Session, district_code: str, draft: Schedule) -> Collection[int]:
    """The visits of a draft that are in force just so: whatever stands in their way does so without it."""
    columns = (Visit.team_id, Visit.site_id, Visit.starts_at, Visit.ends_at)
    announced = {
        tuple(row)
        for row in session.execute(
            visits_in_force(district_code).where(Visit.date >= draft.first_date).with_only_columns(*columns)
        )
    }
    own = session.execute(select(Visit.id, *columns).where(Visit.schedule_id == draft.id))
    return [row[0] for row in own if tuple(row[1:]) in announced]


def _close(
    session: Session,
    request: VisitRequest,
    offer: RequestOffer,
    schedule: Schedule,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    forget_wish(session, request.id)
    request.status = RequestStatus.BOOKED
    request.accepted_offer = offer.number
    request.schedule_id = schedule.id
    request.closed_at, request.closed_by = now, actor.name
    request.no_offer = None
    request.version += 1
    _release_what_moved(session, request, now=now)
    # A run that begins after this keeps the visit; where it cannot, whichever team goes there on that date.
    session.add(
        WantedDate(
            request_id=request.id,
            date=offer.date,
            district_code=request.district_code,
            site_id=request.site_id,
            counts_from=PROMISED,
        )
    )
    access.record(
        session,
        actor,
        "request.accept",
        f"request/{request.id}",
        now=now,
        district_code=request.district_code,
        details={
            "offer": offer.number,
            "schedule": schedule.id,
            "lost_activations": offer.lost_activations,
            "extra_cost": offer.extra_cost,
            "changed_visits": len(offer.changes),
        },
    )
    session.flush()


def _release_what_moved(session: Session, request: VisitRequest, *, now: datetime) -> None:
    """What was promised to the site before is no promise any more where its visit has left: it agreed to this one."""
    stands = exists().where(Visit.in_force, Visit.site_id == WantedDate.site_id, Visit.date == WantedDate.date)
    tomorrow = _tomorrow(districts.get_district(session, request.district_code), now)
    session.execute(
        delete(WantedDate).where(
            WantedDate.site_id == request.site_id,
            WantedDate.counts_from == PROMISED,
            WantedDate.date >= tomorrow,
            ~stands,
        )
    )


def _gone(why: str) -> OfferGone:
    return OfferGone(
        said(
            "{why} 'offers' holds fresh ones.",
            "{why} Tawaran baru ada di 'offers'.",
            why=why,
        )
    )


def _gone_by(refusal: AppError) -> OfferGone:
    gone = _gone(refusal.detail)
    gone.problems = refusal.problems
    return gone
