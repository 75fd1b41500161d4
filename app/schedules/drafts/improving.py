"""A run that goes on from a draft: what the planner's hand decided stays, the rest may be had better."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.access.service import Actor
from app.districts import service as districts
from app.errors import Conflict
from app.languages import said
from app.schedules import service as schedules
from app.schedules.drafts.service import refuse_unless_draft
from app.schedules.models import RunStatus, Schedule
from app.schedules.runs.drafted import drafted_visits
from app.schedules.runs.line import refuse_crowd
from app.schedules.runs.problem import refuse_unplannable
from app.schedules.wish import Closeness, Wish


class DraftOver(Conflict):
    """Every date of the draft has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search, and how much of the draft may change."""

    time_limit_seconds: int | None = None
    iterations: int | None = None
    seed: int | None = None
    """None: the draft's."""
    most_moved: int | None = None
    """Visits beside those that cannot stay anyway; None: as many as pay."""


def improve(session: Session, draft: Schedule, effort: Effort, *, actor: Actor, now: datetime) -> Schedule:
    """Put a run in line that changes the newest version of a draft; its result is a schedule of its own.

    Pinned visits and those made by hand stay as they are. Raises `NotADraft`, `DraftOver`, `PinnedVisitBroken` for one
    of them that cannot be by what is stored today, and what `request_schedule` raises."""
    version = refuse_unless_draft(draft)
    refuse_crowd(session, draft.district_code, actor=actor)
    earlier = Wish.from_json(draft.request)
    wish = replace(
        earlier,
        seed=earlier.seed if effort.seed is None else effort.seed,
        time_limit_seconds=effort.time_limit_seconds,
        iterations=effort.iterations,
        replan=Closeness(most_moved=effort.most_moved),
    ).understood()
    run = Schedule(
        district_code=draft.district_code,
        document=draft.document,
        period_start=draft.period_start,
        period_end=draft.period_end,
        first_date=draft.first_date,
        is_back_test=draft.is_back_test,
        time_limit_seconds=wish.time_limit_seconds,
        seed=wish.seed,
        requested_at=now,
        requested_by=actor.name,
        run_status=RunStatus.QUEUED,
        copied_from_id=draft.id,
        copied_version=version,
    )
    if not draft.is_back_test:
        today = districts.date_of(now, districts.get_district(session, draft.district_code))
        # Today is planned anew only where the hand was in it.
        has_today = any(visit.is_kept and visit.date == today for visit in drafted_visits(session, run))
        run.first_date = max(draft.first_date, today if has_today else today + timedelta(days=1))
    if run.first_date > run.period_end:
        raise DraftOver(
            said(
                "The draft ends on {end}, and it is past that in the district. Request a new plan.",
                "Draf ini berakhir {end}, dan di daerah itu sudah lewat. Minta rencana baru.",
                end=draft.period_end,
            )
        )
    run.request = replace(wish, first_date=run.first_date).to_json()
    run.unvisitable = [site.to_json() for site in refuse_unplannable(session, run).unvisitable]
    schedules.put_in_line(session, run, actor=actor, now=now)
    return run
