"""Over HTTP, the published visits that cannot be as they are."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter

from app.access.permissions import Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, page_of
from app.payloads import READ_REFUSALS, DistrictCodePath
from app.schedules.announcements.answers import conflict_out
from app.schedules.announcements.conflicts import collisions
from app.schedules.announcements.schemas import ConflictOut

router = APIRouter(prefix="/v1", tags=["schedules"])


@router.get("/districts/{code}/conflicts", responses=READ_REFUSALS)
def list_conflicts(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[ConflictOut]:
    """Published visits, today's and later, that cannot be as they are: leave, readiness, closures, hours, ways, signal
    or a busy calendar speaks against them, or somebody changed their own entry.

    Nothing moves by itself: ask for a new schedule, which plans around it, and publish that."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    after = decode_cursor(cursor)
    standing = [row for row in collisions(session, district, now=now) if row.judged.visit.id > after]
    zone = ZoneInfo(district.time_zone)
    is_inside = actor.may_write(code)
    return page_of(
        standing,
        limit=limit,
        key=lambda row: row.judged.visit.id,
        shown=lambda row: conflict_out(row, zone, is_inside=is_inside),
    )
