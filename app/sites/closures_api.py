"""Closures by site kind over HTTP."""

from fastapi import APIRouter, Response

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
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
from app.payloads import DistrictCodePath, Id
from app.sites import closures
from app.sites.closure_schemas import ClosureIn, ClosureOut, ClosurePatch
from app.sites.models import KindClosure

router = APIRouter(prefix="/v1", tags=["sites"])


def _answer(closure: KindClosure, *, status_code: int = 200, location: str | None = None) -> Response:
    headers = {} if location is None else {"Location": location}
    out = ClosureOut.model_validate(closure)
    return json_answer(out, status_code=status_code, headers=headers, etag=closure.version)


@router.get("/districts/{code}/closures")
def list_closures(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[ClosureOut]:
    """Market days, exams, Friday prayer: when sites of a kind take no visit."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = closures.list_closures(session, code, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=ClosureOut.model_validate)


@router.post("/districts/{code}/closures", status_code=201, response_model=ClosureOut)
@once
def create_closure(
    code: DistrictCodePath, body: ClosureIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Add a closure; the next plan keeps it, visits already published do not move."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    closure = closures.create_closure(session, district, body.model_dump(mode="python"), actor=actor, now=now)
    return _answer(closure, status_code=201, location=f"/v1/closures/{closure.id}")


@router.get("/closures/{closure_id}", response_model=ClosureOut)
def read_closure(closure_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(closures.get_closure(session, closure_id, actor=actor))


@router.patch("/closures/{closure_id}", response_model=ClosureOut)
def change_closure(
    closure_id: Id,
    body: ClosurePatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the named fields of a closure."""
    closure = closures.get_closure(session, closure_id, actor=actor, write=True)
    check_if_match(if_match, closure.version)
    closures.change_closure(session, closure, body.model_dump(exclude_unset=True), actor=actor, now=now)
    return _answer(closure)


@router.delete("/closures/{closure_id}", status_code=204)
def delete_closure(
    closure_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    closure = closures.get_closure(session, closure_id, actor=actor, write=True)
    check_if_match(if_match, closure.version)
    closures.delete_closure(session, closure, actor=actor, now=now)
