"""Targets, their counts and printed figures over HTTP; part of the districts' router."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.models import Document, TargetOwner
from app.districts.schemas import (
    OfficialCountOut,
    ReportedFigureIn,
    ReportedFigureOut,
    TargetIn,
    TargetOut,
)
from app.districts.targets import official_counts, reported_figures
from app.districts.targets import service as targets
from app.districts.targets.answers import target_out
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.payloads import CHANGE_REFUSALS, CREATE_REFUSALS, READ_REFUSALS, DistrictCodePath, Id

router = APIRouter(prefix="/v1", tags=["districts"])

OwnerParam = Annotated[TargetOwner | None, Query(description="Whose target; absent: the district's own, if any.")]
DocumentParam = Annotated[Document | None, Query(description="Of one document only.")]


@router.get("/districts/{code}/targets", responses=READ_REFUSALS)
def list_targets(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[TargetOut]:
    """Every document's targets, of every owner, with what contradicts them."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    # A district has a dozen targets at most, so a cursor is a place in the whole list.
    start = decode_cursor(cursor)
    rows = targets.list_targets(session, district.code)
    return page_of(
        rows[start : start + limit + 1],
        limit=limit,
        key=lambda _: start + limit,
        shown=lambda row: target_out(session, row, now=now),
    )


@router.get("/districts/{code}/targets/{document}", response_model=TargetOut, responses=READ_REFUSALS)
def read_target(
    code: DistrictCodePath,
    document: Document,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    owner: OwnerParam = None,
) -> Response:
    check_district(actor, code)
    target = targets.get_target(session, code, document, owner=owner)
    return json_answer(target_out(session, target, now=now), etag=target.version)


@router.put(
    "/districts/{code}/targets/{document}",
    response_model=TargetOut,
    responses={**CHANGE_REFUSALS, 201: {"model": TargetOut}},
)
def put_target(
    code: DistrictCodePath,
    document: Document,
    body: TargetIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Set one owner's target whole. A second owner's stands beside it and is reported with a warning."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    target, is_new = targets.put_target(
        session,
        district.code,
        document,
        targets.TargetValues(**body.model_dump()),
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return json_answer(target_out(session, target, now=now), status_code=201 if is_new else 200, etag=target.version)


@router.delete("/districts/{code}/targets/{document}", status_code=204, responses=CHANGE_REFUSALS)
def delete_target(
    code: DistrictCodePath,
    document: Document,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    owner: OwnerParam = None,
    if_match: IfMatchHeader = None,
) -> None:
    """Drop one owner's target; the figures reported about the document stay."""
    check_district(actor, code, write=True)
    target = targets.get_target(session, code, document, owner=owner, for_update=True)
    check_if_match(if_match, target.version)
    targets.delete_target(session, target, actor=actor, now=now)


@router.get("/districts/{code}/targets/{document}/counts", responses=READ_REFUSALS)
def list_official_counts(
    code: DistrictCodePath, document: Document, session: SessionDep, actor: Viewer, owner: OwnerParam = None
) -> list[OfficialCountOut]:
    """The counts of a target through time, the earliest first; each day that the target was set with is one."""
    check_district(actor, code)
    target = targets.get_target(session, code, document, owner=owner)
    rows = official_counts.list_counts(session, code, document.value, target.owner)
    return [OfficialCountOut.model_validate(row) for row in rows]


@router.get("/districts/{code}/reported-figures", responses=READ_REFUSALS)
def list_reported_figures(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    document: DocumentParam = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[ReportedFigureOut]:
    """What newspapers and offices printed about the targets, in the order it was noted."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    rows = reported_figures.list_figures(
        session, district.code, document, after_id=decode_cursor(cursor), limit=limit + 1
    )
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=ReportedFigureOut.model_validate)


@router.post(
    "/districts/{code}/reported-figures", status_code=201, response_model=ReportedFigureOut, responses=CREATE_REFUSALS
)
@once
def add_reported_figure(
    code: DistrictCodePath,
    body: ReportedFigureIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
) -> Response:
    """Note a figure as printed, so that contradictions show; it changes no target."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    figure = reported_figures.add_figure(
        session, district.code, body.model_dump(exclude_none=True), actor=actor, now=now
    )
    return json_answer(ReportedFigureOut.model_validate(figure), status_code=201)


@router.delete("/districts/{code}/reported-figures/{figure_id}", status_code=204, responses=CHANGE_REFUSALS)
def delete_reported_figure(
    code: DistrictCodePath, figure_id: Id, session: SessionDep, actor: Planner, now: NowDep
) -> None:
    """Remove a figure noted by mistake; figures are never changed, so no If-Match is needed."""
    check_district(actor, code, write=True)
    reported_figures.delete_figure(session, code, figure_id, actor=actor, now=now)
