"""Trips, nights and rides of a plan over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

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
from app.payloads import READ_REFUSALS, DistrictCodePath, Id
from app.schedules import service as schedules
from app.schedules.trips import pins, reading
from app.schedules.trips.answers import ShownTrips
from app.schedules.trips.export import export_trips
from app.schedules.trips.judging import trips_against
from app.schedules.trips.models import Trip
from app.schedules.trips.schemas import NightOut, RideOut, TripConflictOut, TripOut, TripPatch
from app.tables.formats import Format
from app.tables.transfer import EXPORT_RESPONSES, download

router = APIRouter(prefix="/v1", tags=["schedules"])

_REFUSALS: dict[int | str, dict[str, Any]] = {404: {"description": "No such schedule, or not yours to see."}}


@router.get("/schedules/{schedule_id}/trips", responses=_REFUSALS)
def list_trips(
    schedule_id: Id, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[TripOut]:
    """Where teams sleep away or take boats and planes in a schedule, draft or published: from the base and back."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    trips = reading.list_trips(session, schedule, after_id=decode_cursor(cursor), limit=limit + 1)
    shown = ShownTrips(session, schedule.district_code)
    return page_of(trips, limit=limit, key=lambda whole: whole.trip.id, shown=shown.trip)


@router.get("/schedules/{schedule_id}/nights", responses=_REFUSALS)
def list_nights(
    schedule_id: Id, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[NightOut]:
    """The nights that teams sleep away in a schedule, draft or published."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    nights = reading.list_nights(session, schedule, after_id=decode_cursor(cursor), limit=limit + 1)
    shown = ShownTrips(session, schedule.district_code)
    return page_of(nights, limit=limit, key=lambda night: night.id, shown=shown.night)


@router.get("/schedules/{schedule_id}/rides", responses=_REFUSALS)
def list_rides(
    schedule_id: Id, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[RideOut]:
    """The boats and planes that teams take in a schedule, draft or published."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    rides = reading.list_rides(session, schedule, after_id=decode_cursor(cursor), limit=limit + 1)
    shown = ShownTrips(session, schedule.district_code)
    return page_of(rides, limit=limit, key=lambda ride: ride.id, shown=shown.ride)


def _version(trip: Trip) -> int:
    """What an `If-Match` on a trip refers to: its calendar sequence and whether it is pinned."""
    return trip.sequence * 2 + trip.pinned


@router.get("/trips/{trip_id}", response_model=TripOut, responses={404: {"description": "No such trip."}})
def read_trip(trip_id: Id, session: SessionDep, actor: Viewer) -> Response:
    """A trip, draft or published, with its nights and rides."""
    whole = pins.visible_trip(session, trip_id, actor=actor)
    shown = ShownTrips(session, whole.trip.district_code)
    return json_answer(shown.trip(whole), etag=_version(whole.trip))


@router.patch(
    "/trips/{trip_id}",
    response_model=TripOut,
    responses={
        404: {"description": "No such trip, or not yours to see."},
        409: {"description": "The trip is not in the published plan any more."},
        412: {"description": "The trip has changed since the caller's ETag."},
    },
)
def change_trip(
    trip_id: Id, body: TripPatch, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> Response:
    """Pin a trip, so that every plan to come keeps it whole: its visits, nights and rides; or let it go."""
    whole = pins.trip_to_pin(session, trip_id, actor=actor)
    check_district(actor, whole.trip.district_code, write=True)
    check_if_match(if_match, _version(whole.trip))
    pins.set_pinned(session, whole, pinned=body.pinned, actor=actor, now=now)
    shown = ShownTrips(session, whole.trip.district_code)
    return json_answer(shown.trip(whole), etag=_version(whole.trip))


@router.get(
    "/schedules/{schedule_id}/trips.{file_format}",
    response_class=Response,
    responses={**EXPORT_RESPONSES, **_REFUSALS},
)
def export_nights_and_rides(
    session: SessionDep,
    actor: Viewer,
    schedule_id: Id,
    file_format: Annotated[Format, Path(description="Ending of the file: csv, xlsx or geojson.")],
) -> Response:
    """All nights and rides of a schedule, draft or published, by date and team."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    content = export_trips(session, schedule, file_format)
    return download(content, file_format, name=f"trips-{schedule.district_code}-{schedule.id}")


@router.get("/districts/{code}/trip-conflicts", responses=READ_REFUSALS)
def list_trip_conflicts(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[TripConflictOut]:
    """Trips in force that cannot be as they are: the team is off on a date without a visit, or a lodging or connection
    has gone or changed. What speaks against visits stands in `…/conflicts`."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    after = decode_cursor(cursor)
    standing = [row for row in trips_against(session, district, now=now) if row.whole.trip.id > after]
    shown = ShownTrips(session, code)
    return page_of(standing, limit=limit, key=lambda row: row.whole.trip.id, shown=shown.conflict)
