"""The map of a district, and what a plan adds to it, over HTTP."""

from fastapi import APIRouter, Response

from app.access.permissions import Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import IfNoneMatchHeader, content_etag, is_unchanged
from app.maps import service as maps
from app.maps.schemas import MapOut, PlanMapOut
from app.maps.trip_lines import trip_lines
from app.payloads import READ_REFUSALS, DistrictCodePath, Id
from app.schedules import service as schedules

router = APIRouter(prefix="/v1", tags=["districts"])


@router.get(
    "/districts/{code}/map",
    response_model=MapOut,
    responses={**READ_REFUSALS, 304: {"description": "The map is as the caller's ETag says."}},
)
def read_district_map(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, if_none_match: IfNoneMatchHeader = None
) -> Response:
    """All that a district's map is drawn from, without internet: sites, bases, lodgings, stations, areas, land;
    some 30 kB as gzip."""
    check_district(actor, code)
    body = maps.district_map(session, districts.get_district(session, code)).model_dump_json().encode()
    etag = content_etag(body)
    if is_unchanged(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    return Response(body, headers={"ETag": etag}, media_type="application/json")


@router.get(
    "/schedules/{schedule_id}/map",
    tags=["schedules"],
    responses={404: {"description": "No such schedule, or not yours to see."}},
)
def read_plan_map(schedule_id: Id, session: SessionDep, actor: Viewer) -> PlanMapOut:
    """The lines of a plan's trips, draft or published, for the map of its district, and where teams sleep."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    return PlanMapOut(trips=trip_lines(session, schedule))
