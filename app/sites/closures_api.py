"""Closures by site kind over HTTP."""

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

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
from app.payloads import Day, DistrictCodePath, Id, Incoming, Line, Outgoing, WeekdayMask
from app.sites import closures
from app.sites.models import KindClosure, SiteKind
from app.tables.fields import MinuteIn, MinuteOut, WeekdaysOut

router = APIRouter(prefix="/v1", tags=["sites"])


class ClosurePatch(Incoming):
    """Only the fields to change; null empties one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"closed_until": "13:30"}]})

    name: Line | None = None
    kind: SiteKind | None = Field(default=None, description="Null: sites of every kind.")
    weekdays: WeekdayMask | None = Field(default=None, examples=["fri"], description="Null: every day of the dates.")
    starts_on: Day | None = None
    ends_on: Day | None = Field(default=None, description="Last date, included; both null: every week without end.")
    closed_from: MinuteIn | None = None
    closed_until: MinuteIn | None = Field(default=None, description="Both null: the whole day.")


class ClosureIn(ClosurePatch):
    """A time at which sites of a kind take no visit: weekly, between two dates, or weekly between two dates."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Salat Jumat", "weekdays": "fri", "closed_from": "11:30", "closed_until": "13:00"},
                {
                    "name": "Pasar",
                    "kind": "village",
                    "weekdays": "tue",
                    "closed_until": "10:00",
                    "closed_from": "06:00",
                },
                {"name": "Ujian", "kind": "school", "starts_on": "2023-11-27", "ends_on": "2023-12-02"},
            ]
        }
    )

    name: Line


class ClosureOut(Outgoing):
    id: int
    district_code: str
    name: str
    kind: SiteKind | None
    weekdays: WeekdaysOut | None
    starts_on: Day | None
    ends_on: Day | None
    closed_from: MinuteOut | None
    closed_until: MinuteOut | None
    version: int


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
