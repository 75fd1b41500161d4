"""Reports over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.permissions import Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.models import Document, TargetOwner
from app.http_conventions import NowDep
from app.payloads import READ_REFUSALS, DistrictCodePath, Id, IsoDay
from app.reports import service as reports
from app.reports.coverage import Coverage, coverage_until_deadline
from app.reports.overview import DistrictOverview, overview
from app.reports.preparations import PreparationPrice, preparation_price
from app.reports.progress import Progress
from app.reports.session_places import SessionPlaces, session_places
from app.reports.signal_gaps import SignalGaps
from app.reports.signal_of_provinces import signal_gaps_of
from app.sites import service as sites

router = APIRouter(prefix="/v1", tags=["reports"])


@router.get("/districts/{code}/progress", responses=READ_REFUSALS)
def read_progress(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: Annotated[
        IsoDay | None,
        Query(description="The day asked about; absent: today in the district.", examples=["2023-11-13"]),
    ] = None,
    document: Document = Document.IKD,
    owner: Annotated[TargetOwner | None, Query(description="Whose target; absent: the district's own, if any.")] = None,
) -> Progress:
    """How far a target is, what each working day must bring, and what in the figures contradicts itself."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    day = on if on is not None else districts.date_of(now, district)
    return reports.progress(session, district, document, on=day, owner=owner)


@router.get("/districts/{code}/coverage", responses=READ_REFUSALS)
def read_coverage(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: Annotated[IsoDay | None, Query(description="The day asked about; absent: today in the district.")] = None,
    document: Document = Document.IKD,
    owner: Annotated[TargetOwner | None, Query(description="Whose target; absent: the district's own, if any.")] = None,
) -> Coverage:
    """Which areas the published visits reach between the count and the deadline, and which they leave out."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    day = on if on is not None else districts.date_of(now, district)
    return coverage_until_deadline(session, district, document, on=day, owner=owner)


@router.get("/districts/{code}/signal-gaps", responses=READ_REFUSALS)
def read_signal_gaps(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: Annotated[IsoDay | None, Query(description="The day asked about; absent: today in the district.")] = None,
    document: Document = Document.IKD,
) -> SignalGaps:
    """How many of the people still to win live where no session can succeed with today's equipment, and without what.

    By area, with the sites and the day of their ratings; of the sites that are not `done`, by what is stored now. A
    province without sites of its own: the sum of its districts, each of them under `districts`."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    day = on if on is not None else districts.date_of(now, district)
    return signal_gaps_of(session, district, document, on=day)


@router.get("/sites/{site_id}/session-places", responses=READ_REFUSALS)
def read_session_places(
    site_id: Id,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: Annotated[IsoDay | None, Query(description="The day asked about; absent: today in the district.")] = None,
    document: Document = Document.IKD,
) -> SessionPlaces:
    """Where the people of a site could be served in its place: the covered sites nearest by way, each with its price.

    `PATCH /v1/sites/{id}` with `session_at` moves the session there, with null it comes home."""
    site = sites.read_site(session, site_id, actor=actor)
    district = districts.get_district(session, site.district_code)
    day = on if on is not None else districts.date_of(now, district)
    return session_places(session, district, site, document, on=day)


@router.get("/sites/{site_id}/preparation", responses=READ_REFUSALS)
def read_preparation(
    site_id: Id,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: Annotated[IsoDay | None, Query(description="The day asked about; absent: today in the district.")] = None,
) -> PreparationPrice:
    """What it takes to prepare the people of a site first, without signal, and to activate them at a later visit.

    `PATCH /v1/sites/{id}` with `preparation_until` decides it, with null nobody is prepared. What it does for a whole
    plan is asked of a run: `POST /v1/schedules/{id}/what-if` with `preparations`."""
    site = sites.read_site(session, site_id, actor=actor)
    district = districts.get_district(session, site.district_code)
    day = on if on is not None else districts.date_of(now, district)
    return preparation_price(session, district, site, on=day)


@router.get("/overview", responses=READ_REFUSALS)
def read_overview(
    session: SessionDep, actor: Viewer, now: NowDep, document: Document = Document.IKD
) -> list[DistrictOverview]:
    """All districts that the token opens, by code: how far each is, how old its figures are, and what is missing."""
    return list(overview(session, actor, document, now=now))
