"""A draft that begins with the plan of another schedule: a copy to edit, or a plan in force with one visit more."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.errors import Conflict
from app.languages import said
from app.schedules import service as schedules
from app.schedules.drafts.models import DraftVersion, VersionOp
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.promises import is_promised
from app.schedules.queries import last_publication
from app.schedules.runs import record
from app.schedules.runs.checking import BrokenRule, CheckedPlan
from app.schedules.runs.drafting import VisitKey, first_content, read_problem, read_version
from app.schedules.runs.problem import BuiltInstance
from app.sites.models import Site
from app.teams.models import Team
from app.words import text_of


class PlanUsesTheRemoved(Conflict):
    """A team or a site of the plan was removed or has another code now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPlan:
    """What a draft begins with; files are gzip-compressed."""

    instance: bytes
    plan: bytes
    demand: bytes | None = None
    built: BuiltInstance | None = None
    """Where the instance was built anew: its target then is the draft's, otherwise that of the plan copied."""
    first_date: date | None = None
    """Of the instance, where it is not that of the plan copied."""
    pinned: Collection[VisitKey] | None = None
    """None: those of the instance."""
    by_hand: Collection[VisitKey] = ()
    """Visits that are nobody's choice but the planner's."""
    proven_activations: int | None = None


def copy(session: Session, base: Schedule, *, actor: Actor, now: datetime) -> Schedule:
    """An editable draft of any plan, with the pins that its visits have now, and those of promises.

    Raises `ScheduleNotFinished`, `PlanUsesTheRemoved`."""
    instance, plan = schedules.with_files(session, base)
    session.refresh(base, ["demand_json"])
    pinned = session.execute(
        select(Team.code, Visit.date, Site.code)
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .where(Visit.schedule_id == base.id, or_(Visit.pinned, is_promised()))
    )
    first = FirstPlan(
        instance=instance,
        plan=plan,
        demand=base.demand_json,
        pinned={(row[0], row[1], row[2]) for row in pinned},
        proven_activations=base.upper_bound_activations,
    )
    return new_draft(session, base, first, actor=actor, now=now, why="copy")


def new_draft(session: Session, base: Schedule, first: FirstPlan, *, actor: Actor, now: datetime, why: str) -> Schedule:
    """A draft of a plan, with its visits, its figures and its first version; the caller publishes or edits it.

    `base`: the schedule that it is a copy of. `why`: for the audit trail. Raises `PlanUsesTheRemoved`; broken rules
    are kept with it and refused by publishing."""
    problem = read_problem(first.instance, first.demand)
    content = first_content(
        problem,
        first.plan,
        pinned=first.pinned,
        by_hand=first.by_hand,
        proven_activations=first.proven_activations,
    )
    checked = read_version(problem, content).checked
    codes = record.codes_of(session, base.district_code)
    refuse_removed(codes, checked)
    schedule = _row_like(base, first, actor=actor, now=now)
    # A copy knows what its plan knows, that of today's rows everything.
    known = base.knows_publication if base.publication is None else base.publication
    schedule.knows_publication = known if first.built is None else last_publication(session, base.district_code)
    if first.built is not None:
        record.keep_need(schedule, first.built)
    record.keep_figures(session, schedule, checked, codes)
    session.add(schedule)
    session.flush()
    rows = record.visit_rows(schedule, checked.visits, codes, now=now)
    if rows:
        session.execute(insert(Visit), rows)
    record.keep_trips(session, schedule, checked, codes, now=now)
    session.add(version_of(schedule, checked, number=1, op=VersionOp.COPY, actor=actor, now=now))
    access.record(
        session,
        actor,
        "schedule.copy",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"from": base.id, "why": why, "visits": len(rows), "broken_rules": len(checked.broken)},
    )
    session.flush()
    return schedule


def refuse_removed(codes: record.Codes, checked: CheckedPlan) -> None:
    """Raise `PlanUsesTheRemoved` for a plan that names what the district has no longer."""
    if gone := codes.gone(checked):
        raise PlanUsesTheRemoved(
            said(
                "{count} of what the plan uses was removed or has another code now ({first}). Plan again.",
                "{count} hal yang dipakai rencana ini sudah dihapus atau berganti kode ({first}). Susun ulang.",
                count=len(gone),
                first=gone[0],
            )
        )


def version_of(
    schedule: Schedule,
    checked: CheckedPlan,
    *,
    number: int,
    op: VersionOp,
    actor: Actor,
    now: datetime,
) -> DraftVersion:
    """A version with a plan of its own."""
    return DraftVersion(
        schedule_id=schedule.id,
        number=number,
        shows=number,
        op=op,
        plan_json=checked.content,
        actor=actor.name,
        at=now,
        expected_activations=checked.activations,
        cost=checked.cost,
        value_milli=checked.value_milli,
        broken_rules=[shown_rule(rule) for rule in checked.broken],
    )


def shown_rule(broken: BrokenRule) -> dict[str, object]:
    """A broken rule as a version keeps it."""
    return {
        "rule": broken.rule,
        "team": broken.team,
        "site": broken.site,
        "date": None if broken.date is None else broken.date.isoformat(),
        "text": text_of(broken.words),
    }


def _row_like(base: Schedule, first: FirstPlan, *, actor: Actor, now: datetime) -> Schedule:
    """A finished run like another one, not stored yet, without the figures of its plan."""
    first_date = base.first_date if first.first_date is None else first.first_date
    return Schedule(
        district_code=base.district_code,
        document=base.document,
        period_start=base.period_start,
        period_end=base.period_end,
        first_date=first_date,
        is_back_test=base.is_back_test,
        request=base.request | {"first_date": first_date.isoformat()},
        time_limit_seconds=base.time_limit_seconds,
        seed=base.seed,
        requested_at=now,
        requested_by=actor.name,
        run_status=RunStatus.SUCCEEDED,
        started_at=now,
        finished_at=now,
        unvisitable=base.unvisitable,
        instance_json=first.instance,
        demand_json=first.demand,
        learned=base.learned,
        ways=base.ways,
        road_map=base.road_map,
        gap=base.gap,
        target_count=base.target_count,
        activated=base.activated,
        deadline=base.deadline,
        days_after=base.days_after,
        needed_by_end=base.needed_by_end,
        already_planned=base.already_planned,
        walk_ins=base.walk_ins,
        further=base.further,
        copied_from_id=base.id,
        copied_version=base.draft_version,
        draft_version=1,
    )
