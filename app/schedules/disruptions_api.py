"""A sick team or a closed site over HTTP."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.access.idempotency import once
from app.access.permissions import Planner, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.models import Document
from app.http_conventions import NowDep, json_answer
from app.languages import said
from app.payloads import Day, DistrictCodePath, Incoming, Line
from app.schedules import service as schedules
from app.schedules.answers import schedule_out, visits_out
from app.schedules.disruptions import Trouble, disrupt
from app.schedules.schemas import ScheduleOut
from app.schedules.visit_schemas import VisitOut
from app.schedules.wish import MOST_ITERATIONS, MOST_TIME_LIMIT_SECONDS, REPLAN_SECONDS

router = APIRouter(prefix="/v1", tags=["schedules"])

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class DisruptionIn(Incoming):
    """A team that cannot go out, or a site that takes no visit, on whole days."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"team": "T-1", "from": "2023-11-20", "reason": "sakit"},
                {"site": "10604001", "from": "2023-11-21", "until": "2023-11-23", "reason": "ujian"},
            ]
        },
    )

    team: Code | None = Field(default=None, description="Code of the team; or give `site`.")
    site: Code | None = Field(default=None, description="Code of the site; or give `team`.")
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="until", description="The last day; left out: only the first.")
    reason: Line | None = None
    document: Document = Document.IKD
    most_moved: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="Most visits to change beside those that cannot stay anyway; left out: as many as pay.",
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=MOST_TIME_LIMIT_SECONDS, description=f"{REPLAN_SECONDS} if left out."
    )
    iterations: int | None = Field(default=None, ge=1, le=MOST_ITERATIONS)

    @model_validator(mode="after")
    def _is_about_one(self) -> "DisruptionIn":
        if (self.team is None) == (self.site is None):
            raise ValueError(said("give 'team' or 'site', one of them", "isi 'team' atau 'site', salah satu"))
        return self

    def to_trouble(self) -> Trouble:
        return Trouble(
            team=self.team,
            site=self.site,
            start=self.start,
            end=self.start if self.end is None else self.end,
            reason=self.reason,
            document=self.document,
            most_moved=self.most_moved,
            time_limit_seconds=self.time_limit_seconds,
            iterations=self.iterations,
        )


class DisruptionOut(BaseModel):
    """What was stored, whom it meets, and the run whose result changes the plan."""

    leave_id: int | None = Field(description="Null for a site, and where a leave covers the days already.")
    closed_dates: Sequence[date]
    affected: Sequence[VisitOut] = Field(description="Visits in force that cannot be any more.")
    schedule: ScheduleOut = Field(
        description="The run: its `result.changing_nothing` says what the plan would win unchanged. Publish it, or not."
    )


@router.post(
    "/districts/{code}/disruptions",
    status_code=202,
    response_model=DisruptionOut,
    responses={
        404: {"description": "No such district, or no target for the document."},
        409: {"description": "No plan in force on these days, or a leave that overlaps; nothing was stored."},
        422: {"description": "An unknown team or site, or days that are over."},
        429: {"description": "Too many runs of this token or district wait; `Retry-After`."},
    },
)
@once
def report_disruption(
    code: DistrictCodePath, body: DisruptionIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """A team is ill, a site is closed: store it, and have the plan in force changed as little as that asks for.

    The plan in force stays until the run's plan is published; its result stands beside what changing nothing would
    win."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    disruption = disrupt(session, district, body.to_trouble(), actor=actor, now=now)
    shown = visits_out(session, code, disruption.affected, now=now)
    place = schedules.places_in_line(session, [disruption.run.id]).get(disruption.run.id)
    answer = DisruptionOut(
        leave_id=None if disruption.leave is None else disruption.leave.id,
        closed_dates=disruption.closed_dates,
        affected=[shown[visit.id] for visit in disruption.affected],
        schedule=schedule_out(disruption.run, place=place),
    )
    return json_answer(answer, status_code=202, headers={"Location": f"/v1/schedules/{disruption.run.id}"})
