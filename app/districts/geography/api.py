"""Boundaries of areas over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from app.access.idempotency import once
from app.access.permissions import Coordinator, Planner, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.geography import boundaries
from app.districts.geography.models import AreaBoundary
from app.http_conventions import IfMatchHeader, NowDep, check_if_match, json_answer
from app.payloads import AREA_CODE, CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath, Incoming, Note
from app.tables.transfer import UploadDep

router = APIRouter(prefix="/v1", tags=["districts"])

AreaCodePath = Annotated[str, Path(pattern=AREA_CODE, examples=["16.73.01"])]
_SQUARE = [[[102.83, -3.30], [102.87, -3.30], [102.87, -3.26], [102.83, -3.26], [102.83, -3.30]]]
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/geo+json": {"schema": {"type": "object"}}},
        "description": "A GeoJSON FeatureCollection of Polygons and MultiPolygons.",
    }
}


class BoundaryIn(Incoming):
    """A GeoJSON geometry (RFC 7946) in degrees, longitude first, and where it is from."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: Annotated[list[Any], Field(examples=[_SQUARE])]
    bbox: list[float] | None = None
    source: Note | None = None


class BoundaryOut(BaseModel):
    """A boundary as it is stored, a GeoJSON geometry."""

    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: list[list[list[list[float]]]]
    area_code: str
    source: str | None
    version: int


class BoundariesAnswer(BaseModel):
    """What an import of boundaries did."""

    created: int
    updated: int
    unchanged: int


def _answer(boundary: AreaBoundary, *, status_code: int = 200) -> Response:
    shown = BoundaryOut(
        coordinates=boundary.polygons,
        area_code=boundary.area_code,
        source=boundary.source,
        version=boundary.version,
    )
    return json_answer(shown, status_code=status_code, etag=boundary.version)


@router.get("/districts/{code}/areas/{area_code}/boundary", response_model=BoundaryOut, responses=READ_REFUSALS)
def read_area_boundary(
    code: DistrictCodePath, area_code: AreaCodePath, session: SessionDep, actor: Coordinator
) -> Response:
    """The boundary that the office gave an area; 404 while maps show an estimated one."""
    check_district(actor, code)
    return _answer(boundaries.get_boundary(session, code, area_code))


@router.put(
    "/districts/{code}/areas/{area_code}/boundary",
    response_model=BoundaryOut,
    responses={**CHANGE_REFUSALS, 201: {"model": BoundaryOut}},
)
def put_area_boundary(
    code: DistrictCodePath,
    area_code: AreaCodePath,
    body: BoundaryIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Give an area its boundary, in place of the estimated one; a first one needs no If-Match.

    A ring may have 5,000 points here; a larger one comes by `…/areas/boundaries/import`."""
    check_district(actor, code, write=True)
    boundary, is_new = boundaries.put_boundary(
        session,
        districts.get_district(session, code),
        area_code,
        {"type": body.type, "coordinates": body.coordinates},
        source=body.source,
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return _answer(boundary, status_code=201 if is_new else 200)


@router.delete("/districts/{code}/areas/{area_code}/boundary", status_code=204, responses=CHANGE_REFUSALS)
def delete_area_boundary(
    code: DistrictCodePath,
    area_code: AreaCodePath,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Go back to the estimated boundary."""
    check_district(actor, code, write=True)
    boundary = boundaries.get_boundary(session, code, area_code, for_update=True)
    check_if_match(if_match, boundary.version)
    boundaries.delete_boundary(session, boundary, actor=actor, now=now)


@router.post("/districts/{code}/areas/boundaries/import", response_model=BoundariesAnswer, openapi_extra=_FILE)
@once
def import_area_boundaries(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep
) -> Response:
    """Set the boundaries of a GeoJSON file: all of it, or nothing and a list of every trouble.

    A feature is matched by its property `code`, `name` or what the national mapping agency calls them; areas that the
    file does not name keep theirs."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code, for_update=True)
    done = boundaries.import_boundaries(session, district, upload.content, actor=actor, now=now)
    return json_answer(BoundariesAnswer(created=done.created, updated=done.updated, unchanged=done.unchanged))
