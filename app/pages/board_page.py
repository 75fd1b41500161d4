"""`/rencana/{id}/papan`: the board of a plan alone, as wide as the screen or the paper."""

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.service import get_district
from app.pages.board import board_of
from app.pages.frame import page, pages_router
from app.pages.readers import DistrictReader, Reader, ViewerReader, about
from app.payloads import Id
from app.schedules import service as schedules
from app.schedules.answers import schedule_out
from app.schedules.models import Schedule

router = pages_router()


def plan_of(
    session: Session, reader: Reader, schedule_id: int, *, writes: bool = False, is_locked: bool = False
) -> tuple[Schedule, DistrictReader]:
    """A plan and its reader, who sees it in its district; raises `NotFound`, and `Forbidden` for who only reads."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=reader.actor, for_update=is_locked)
    if writes:
        check_district(reader.actor, schedule.district_code, write=True)
    return schedule, about(reader, get_district(session, schedule.district_code))


@router.get("/rencana/{schedule_id}/papan")
def board_alone(request: Request, schedule_id: Id, session: SessionDep, reader: ViewerReader) -> Response:
    schedule, here = plan_of(session, reader, schedule_id)
    return page(request, "board/board.html", here, plan=schedule_out(schedule), board=board_of(session, schedule, here))
