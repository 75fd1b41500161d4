"""Why a site is in a schedule's plan or not: scheduled, impossible, beaten, or out for a plain reason."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.errors import NotFound
from app.languages import said
from app.payloads import Outgoing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.questions.plain_reasons import (
    PlainReason,
    SiteStanding,
    asked_dates,
    partly_left_out,
    plain_reasons,
)
from app.schedules.questions.turns import Asker, PlanFiles
from app.schedules.run_words import standing_of_run
from app.schedules.runs.gateway import sites_in_instance
from app.schedules.service import ScheduleNotFinished
from app.sites import service as sites
from app.sites.models import Site
from app.words import Text, in_both


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


class TripOfVisits(Outgoing):
    """A trip with nights on which visits are made: its team, when that leaves and is back, and where it sleeps."""

    team: str
    first: date
    last: date
    lodgings: list[str]
    """The names of the lodgings, one a night, in order."""


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
    trips: list[TripOfVisits] = Field(default_factory=list)
    """Those on which the visits at the site would be made."""


class ExplanationOut(Outgoing):
    """Why a site is in the plan or not."""

    schedule_id: int
    site_id: int
    site: str
    name: str
    standing: SiteStanding
    sentence: Text
    rule: str | None
    """Of an impossible site: what stops the team-days that get furthest."""
    team_days: int | None
    team_days_possible: int | None
    """Team-days on which the site could be visited if they held nothing else; null if not ready."""
    team_days_by_rule: dict[str, int]
    """How many of the others each rule takes away, by the first that does."""
    visits: list[WonVisit]
    trips: list[TripOfVisits] = Field(default_factory=list)
    """Those on which the visits are made; empty where no team sleeps away."""
    forced: ForcedOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is read from the database before the solver is asked."""

    site: Site
    files: PlanFiles
    plain: PlainReason | None
    remark: Text | None
    asker: Asker


def asked_about(session: Session, actor: Actor, *, schedule_id: int, named: str) -> tuple[Schedule, Site]:
    """A finished schedule and a site of its district; raises `NotFound` and `ScheduleNotFinished`."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    site = _site(session, actor, schedule, named)
    refuse_without_plan(schedule)
    return schedule, site


def refuse_without_plan(schedule: Schedule) -> None:
    """Raise `ScheduleNotFinished` for a run that has no plan, or none yet."""
    if schedule.value_milli is None:
        raise ScheduleNotFinished(
            said(
                "Schedule {schedule} has no plan to explain: its run is {standing}.",
                "Jadwal {schedule} tidak punya rencana untuk dijelaskan: penyusunannya {standing}.",
                schedule=schedule.id,
                standing=standing_of_run(schedule),
            )
        )


def question(session: Session, actor: Actor, *, schedule: Schedule, site: Site) -> Question:
    """Raises `NotFound` for a site that the run did not know."""
    instance, plan = schedules.with_files(session, schedule)
    all_known = sites_in_instance(instance)
    known = all_known.get(site.code)
    plain = plain_reasons(session, schedule, [site], all_known).get(site.id)
    if known is None and plain is None:
        raise NotFound(
            said(
                "The run of schedule {schedule} did not know site {site!r}: it was added later, or "
                "was marked as done then.",
                "Penyusunan jadwal {schedule} tidak mengenal lokasi {site!r}: lokasi itu ditambahkan "
                "sesudahnya, atau waktu itu ditandai selesai.",
                schedule=schedule.id,
                site=site.code,
            )
        )
    return Question(
        site=site,
        files=PlanFiles(instance=instance, plan=gzip.decompress(plan)),
        plain=plain,
        asker=Asker(district_code=schedule.district_code, token_id=actor.token_id),
        remark=None if known is None else remark_about(schedule, site, known.dates),
    )


def remark_about(schedule: Schedule, site: Site, dates: Sequence[date]) -> Text | None:
    """What the request of a schedule leaves out of a site's dates; None if nothing."""
    allowed = asked_dates(schedule, site, dates)
    return None if len(allowed) == len(dates) else partly_left_out(allowed, dates)


def _site(session: Session, actor: Actor, schedule: Schedule, named: str) -> Site:
    """The site of a number, or else of a code, in the schedule's district; raises `NotFound`."""
    site = sites.find_site(session, schedule.district_code, named)
    if site is None:
        raise NotFound(
            said(
                "District {district} of schedule {schedule} has no site of number or code {named!r}.",
                "Daerah {district} jadwal {schedule} tidak punya lokasi bernomor atau berkode {named!r}.",
                district=schedule.district_code,
                schedule=schedule.id,
                named=named,
            )
        )
    return sites.read_site(session, site.id, actor=actor)


def solved_answer(
    answer: Mapping[str, Any], *, schedule_id: int, site_id: int, remark: Text | None = None
) -> ExplanationOut:
    """The solver's answer as it is shown; `remark` is added unless the site is scheduled."""
    shown = ExplanationOut.model_validate({**answer, "schedule_id": schedule_id, "site_id": site_id})
    if remark is None or shown.standing is SiteStanding.SCHEDULED:
        return shown
    sentence = in_both("{answer} {remark}", "{answer} {remark}", answer=shown.sentence, remark=remark)
    return shown.model_copy(update={"sentence": sentence})


def plain_answer(schedule_id: int, site: Site, *, reason: PlainReason) -> ExplanationOut:
    """The answer that needs no solver."""
    return ExplanationOut.model_validate(
        {
            "schedule_id": schedule_id,
            "site_id": site.id,
            "site": site.code,
            "name": site.name,
            "standing": reason.standing,
            "sentence": reason.sentence,
            "rule": None,
            "team_days": None,
            "team_days_possible": None,
            "team_days_by_rule": {},
            "visits": [],
            "forced": None,
        }
    )
