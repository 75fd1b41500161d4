"""Reads the reasons that were found: all of a plan with their filter, those of one site, and as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.districts.models import Area
from app.languages import Language
from app.payloads import Outgoing
from app.schedules.models import Schedule
from app.schedules.questions.explanations import ExplanationOut, refuse_without_plan
from app.schedules.questions.plain_reasons import SiteStanding
from app.schedules.questions.turns import digest_of
from app.schedules.reasons.models import PlanReasons, SiteReason
from app.sites.models import Site
from app.tables.formats import Format, write_table

COLUMNS = (
    *("site_code", "site_name", "site_kind", "area_code", "area_name", "lat", "lon"),
    *("standing", "reason", "visits", "expected_activations"),
    *("activations_lost", "value_lost_milli", "sentence"),
)
"""`visits` and `expected_activations` of a beaten site are those of the plan with it forced in."""


class ReasonsState(StrEnum):
    """How far the reasons of a plan are."""

    READY = "ready"
    LOOKING = "looking"
    """Not found yet, of this plan or of any."""
    OUTDATED = "outdated"
    """The plan was changed since; those shown are of the plan before, until the new ones are found."""
    FAILED = "failed"
    """Finding them failed; it is tried again."""


class ReasonsPage(Outgoing):
    """Why sites are in a plan or not."""

    schedule_id: int
    state: ReasonsState
    found_at: datetime | None
    unpriced: int
    """Beaten sites that are missing here, since there was no time for their price; ask for one by itself."""
    by_standing: dict[SiteStanding, int]
    """Sites of the whole plan, whatever the filter."""
    items: list[ExplanationOut]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFilter:
    standing: SiteStanding | None = None
    reason: str | None = None
    """A rule, or a standing."""
    area: str | None = None
    """Code of a sub-district."""

    def of(self, schedule: Schedule) -> list[ColumnElement[bool]]:
        conditions = [SiteReason.schedule_id == schedule.id]
        if self.standing is not None:
            conditions.append(SiteReason.standing == self.standing)
        if self.reason is not None:
            conditions.append(SiteReason.reason == self.reason)
        if self.area is not None:
            conditions.append(Site.area_code == self.area)
        return conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The reasons of a page, and how far the finding is."""

    state: ReasonsState
    looked_at: PlanReasons | None
    by_standing: dict[SiteStanding, int]
    reasons: Sequence[SiteReason]


def reasons(session: Session, schedule: Schedule, wanted: ReasonFilter, *, after_site_id: int, limit: int) -> Found:
    """By the sites' ids. Raises `ScheduleNotFinished`."""
    refuse_without_plan(schedule)
    looked_at = session.get(PlanReasons, schedule.id)
    counts = session.execute(
        select(SiteReason.standing, func.count())
        .where(SiteReason.schedule_id == schedule.id)
        .group_by(SiteReason.standing)
        .order_by(SiteReason.standing)
    )
    rows = session.scalars(
        select(SiteReason)
        .join(Site, Site.id == SiteReason.site_id)
        .where(*wanted.of(schedule), SiteReason.site_id > after_site_id)
        .order_by(SiteReason.site_id)
        .limit(limit)
    ).all()
    return Found(
        state=_state(session, schedule, looked_at),
        looked_at=looked_at,
        by_standing={SiteStanding(standing): count for standing, count in counts},
        reasons=rows,
    )


def stored_explanation(session: Session, schedule: Schedule, site_id: int) -> ExplanationOut | None:
    """The reason of one site, if it was found for the plan as it is."""
    reason = session.get(SiteReason, (schedule.id, site_id))
    if reason is None or _state(session, schedule, session.get(PlanReasons, schedule.id)) is not ReasonsState.READY:
        return None
    return ExplanationOut.model_validate(reason.answer)


def export_reasons(
    session: Session, schedule: Schedule, wanted: ReasonFilter, file_format: Format, *, language: Language
) -> bytes:
    """One row per site, by code. Raises `ScheduleNotFinished`."""
    refuse_without_plan(schedule)
    query = (
        select(SiteReason, Site, Area.name)
        .join(Site, Site.id == SiteReason.site_id)
        .join(Area, Area.code == Site.area_code)
        .where(*wanted.of(schedule))
        .order_by(Site.code)
    )
    rows = [_row(reason, site, area, language=language) for reason, site, area in session.execute(query)]
    return write_table(COLUMNS, rows, file_format)


def _row(reason: SiteReason, site: Site, area_name: str, *, language: Language) -> dict[str, Any]:
    answer = ExplanationOut.model_validate(reason.answer)
    visits = answer.visits if answer.forced is None else answer.forced.visits
    return {
        "site_code": site.code,
        "site_name": site.name,
        "site_kind": site.kind,
        "area_code": site.area_code,
        "area_name": area_name,
        "lat": site.lat,
        "lon": site.lon,
        "standing": reason.standing,
        "reason": reason.reason,
        "visits": len(visits),
        "expected_activations": sum(visit.served for visit in visits),
        "activations_lost": reason.activations_lost,
        "value_lost_milli": reason.value_lost_milli,
        "sentence": answer.sentence["id" if language is Language.INDONESIAN else "en"],
    }


def _state(session: Session, schedule: Schedule, looked_at: PlanReasons | None) -> ReasonsState:
    if looked_at is None:
        return ReasonsState.LOOKING
    if looked_at.plan_digest is not None:
        if looked_at.version == schedule.version:
            return ReasonsState.READY
        session.refresh(schedule, ["plan_json"])
        if schedule.plan_json is not None and digest_of(schedule.plan_json) == looked_at.plan_digest:
            return ReasonsState.READY
    if looked_at.failures:
        return ReasonsState.FAILED
    return ReasonsState.OUTDATED if looked_at.plan_digest else ReasonsState.LOOKING
