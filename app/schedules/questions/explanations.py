"""Why a site is in a schedule's plan or not, over HTTP: scheduled, impossible, beaten or not ready."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import Viewer
from app.access.service import Actor
from app.database import SessionDep
from app.errors import NotFound
from app.http_conventions import LaterAnswer, json_answer
from app.payloads import Id, Outgoing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.questions.turns import PlanFiles, Questions, ask_why
from app.schedules.runs.gateway import site_in_instance
from app.schedules.runs.process import SolverCommand
from app.schedules.service import ScheduleNotFinished
from app.settings import Settings
from app.sites import service as sites
from app.sites.models import Site
from app.words import Text, in_both

router = APIRouter(prefix="/v1", tags=["schedules"])


class ExplainedVisit(Outgoing):
    """A visit by codes; `start` (of the set-up) in minutes after local midnight, `minutes` of service."""

    team: str
    date: date
    site: str
    start: int
    minutes: int


class WonVisit(ExplainedVisit):
    """A visit and the activations expected of it."""

    served: int


class ChangedVisit(Outgoing):
    before: ExplainedVisit
    after: ExplainedVisit


class ForcedChanges(Outgoing):
    """What forcing a site in changes elsewhere."""

    added: list[ExplainedVisit]
    withdrawn: list[ExplainedVisit]
    moved: list[ChangedVisit]
    """To another team or date, at the same site."""
    retimed: list[ChangedVisit]
    """Another start or another service time."""
    kept: int


class ForcedOut(Outgoing):
    """The best plan found with a visit at the site; a negative loss says that the plan could be better."""

    visits: list[WonVisit]
    activations_lost: int
    value_lost_milli: int
    cost_added: int
    closes_gap: bool
    """The forced plan closes the gap as well, so the plan does not need the site."""
    changes: ForcedChanges


class ExplanationOut(Outgoing):
    """Why a site is in the plan or not."""

    schedule_id: int
    site_id: int
    site: str
    name: str
    standing: Literal["scheduled", "impossible", "beaten", "not_ready"]
    sentence: Text
    rule: str | None
    """Of an impossible site: what stops the team-days that get furthest."""
    team_days: int | None
    team_days_possible: int | None
    """Team-days on which the site could be visited if they held nothing else; null if not ready."""
    team_days_by_rule: dict[str, int]
    """How many of the others each rule takes away, by the first that does."""
    visits: list[WonVisit]
    forced: ForcedOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is read from the database before the solver is asked."""

    site: Site
    files: PlanFiles
    not_ready: Text | None


@router.get(
    "/schedules/{schedule_id}/sites/{site_id}/explanation",
    response_model=ExplanationOut,
    responses={
        404: {"description": "No such schedule or site, or not yours to see; or the run did not know the site."},
        409: {"description": "The run has no plan, or none yet."},
        503: {"description": "Too many questions at once; `Retry-After` says when to ask again."},
    },
)
def explain_site(
    request: Request,
    session: SessionDep,
    actor: Viewer,
    schedule_id: Id,
    site_id: Id,
) -> Response:
    """Why a site is in the plan of a schedule or not, in a planner's words.

    For a site that was beaten the plan is made again with a visit forced in: the answer takes a few seconds once."""
    asked = _question(session, actor, schedule_id=schedule_id, site_id=site_id)
    if asked.not_ready is not None:
        return json_answer(_not_ready(schedule_id, asked.site, sentence=asked.not_ready))
    code, state = asked.site.code, request.app.state
    questions: Questions = state.questions

    async def find() -> ExplanationOut:
        found = await questions.answer(
            schedule_id,
            f"why {code}",
            lambda: ask_why(_command(state.settings), asked.files, site=code),
            turns=questions.why,
        )
        return ExplanationOut.model_validate(found | {"schedule_id": schedule_id, "site_id": site_id})

    return LaterAnswer(find)


def _question(session: Session, actor: Actor, *, schedule_id: int, site_id: int) -> _Question:
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    site = sites.read_site(session, site_id, actor=actor)
    if site.district_code != schedule.district_code:
        raise NotFound(f"Site {site_id} is not in the district of schedule {schedule_id}.")
    session.refresh(schedule, ["instance_json", "plan_json"])
    if schedule.instance_json is None or schedule.plan_json is None:
        raise ScheduleNotFinished(
            f"Schedule {schedule.id} has no plan to explain: its run is {schedule.run_status}"
            + (f" ({schedule.failure_reason})." if schedule.failure_reason else ".")
        )
    known = site_in_instance(schedule.instance_json, site.code)
    if known is None:
        raise NotFound(
            f"The run of schedule {schedule.id} did not know site {site.code!r}: it was added later, or marked as done."
        )
    return _Question(
        site=site,
        files=PlanFiles(instance=schedule.instance_json, plan=gzip.decompress(schedule.plan_json)),
        not_ready=None if known.is_ever_open else _why_not_ready(session, schedule, site, dates=known.dates),
    )


def _why_not_ready(session: Session, schedule: Schedule, site: Site, *, dates: Sequence[date]) -> Text | None:
    """How readiness, as it stands now, closes a site on every date; None if it does not."""
    candidates = sites.candidates(session, schedule.district_code, dates)
    match next((found.not_ready_reason for found in candidates if found.site.id == site.id), None):
        case "not_ready":
            return in_both(
                "{name} belum siap dikunjungi pada {start} sampai {end}.",
                "{name} is not ready for a visit between {start} and {end}.",
                name=site.name,
                start=dates[0],
                end=dates[-1],
            )
        case "agreed_on_other_dates":
            return in_both(
                "{name} hanya menyetujui tanggal di luar {start} sampai {end}.",
                "{name} has agreed to dates outside {start} to {end} only.",
                name=site.name,
                start=dates[0],
                end=dates[-1],
            )
    return None


def _not_ready(schedule_id: int, site: Site, *, sentence: Text) -> ExplanationOut:
    return ExplanationOut(
        schedule_id=schedule_id,
        site_id=site.id,
        site=site.code,
        name=site.name,
        standing="not_ready",
        sentence=sentence,
        rule=None,
        team_days=None,
        team_days_possible=None,
        team_days_by_rule={},
        visits=[],
        forced=None,
    )


def _command(settings: Settings) -> SolverCommand:
    return SolverCommand(threads=settings.solver_threads, scratch_dir=settings.runs_dir)
