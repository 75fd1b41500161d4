"""A plan as pages name it: in which state it is, and what may be done with it."""

from sqlalchemy.orm import Session

from app.districts.service import get_district
from app.pages.readers import DistrictReader, Reader, about
from app.schedules import service as schedules
from app.schedules.answers import schedule_out
from app.schedules.models import RunStatus, Schedule
from app.schedules.schemas import ScheduleOut

STANDINGS = (
    *("queued", "running", "stopping", "failed", "cancelled"),
    *("draft", "edited", "published", "superseded"),
)
"""Every state of a plan; `standings.<state>` names it."""


def standing_of(shown: ScheduleOut) -> str:
    """Which of `STANDINGS` a schedule is in; a plan that was stopped is a draft like any other."""
    if shown.stage in ("published", "superseded"):
        return shown.stage
    if shown.stage == "draft":
        return "draft" if shown.draft is None else "edited"
    is_stopping = shown.cancel_requested and shown.run_status is RunStatus.RUNNING
    return "stopping" if is_stopping else shown.run_status.value


def is_under_way(shown: ScheduleOut) -> bool:
    return shown.run_status in (RunStatus.QUEUED, RunStatus.RUNNING)


def may_be_deleted(shown: ScheduleOut) -> bool:
    return shown.published_at is None and not is_under_way(shown)


def plan_at(
    session: Session, reader: Reader, schedule_id: int, *, for_update: bool = False
) -> tuple[DistrictReader, Schedule, ScheduleOut]:
    """The plan of an address, and its reader in its district; raises `NotFound` for one that is not theirs to see."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=reader.actor, for_update=for_update)
    place = schedules.places_in_line(session, [schedule.id]).get(schedule.id)
    return about(reader, get_district(session, schedule.district_code)), schedule, schedule_out(schedule, place=place)
