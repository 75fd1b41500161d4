"""What can be done with schedules: request a run, follow it, stop it, and read what it planned.

Publishing has its own module, `publishing`; the run itself is `run`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import WORKER, Actor
from app.districts import service as districts
from app.districts.models import District
from app.errors import Conflict, NotFound, invalid
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.planning_basis import MOST_DATES
from app.schedules.run_queue import enqueue
from app.schedules.solver_gateway import DEFAULT_WEIGHTS, BuiltInstance, CheckedPlan, CheckedVisit, build_instance
from app.schedules.verdict import crossing_date, judge
from app.schedules.visit_queries import visits_in_force as visits_in_force
from app.sites.models import Site
from app.teams.models import Team

DEFAULT_TIME_LIMIT_SECONDS = 60
MOST_TIME_LIMIT_SECONDS = 3600
ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunEnded(Conflict):
    """The run is over, so it cannot be cancelled."""


class ScheduleNotFinished(Conflict):
    """The run has no plan, or none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """Only these kinds (None: every kind) between two dates, both included (None: open)."""

    kinds: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "kinds": None if self.kinds is None else list(self.kinds),
            "from": None if self.start is None else self.start.isoformat(),
            "until": None if self.end is None else self.end.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """What a planner asks for; whatever is left out gets its default."""

    period_start: date
    period_end: date
    document: str = "ikd"
    first_date: date | None = None
    time_limit_seconds: int = DEFAULT_TIME_LIMIT_SECONDS
    seed: int = 1
    kinds: tuple[KindChoice, ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)
    budget: int | None = None
    has_budget: bool = False
    """`budget` was given, so it replaces the district's, even with None for no limit."""


def request_schedule(
    session: Session, district: District, request: ScheduleRequest, *, actor: Actor, now: datetime
) -> Schedule:
    """Store a run and put it in line, in this one transaction.

    Raises `InvalidRequest`, `NotFound` without a target, and `Conflict` when there is nothing to plan with."""
    today = districts.date_of(now, district)
    _check_period(request)
    target = districts.get_target(session, district.code, request.document)
    is_back_test = request.period_end < today
    understood: dict[str, Any] = {
        "kinds": [choice.as_json() for choice in request.kinds],
        "weights": {**DEFAULT_WEIGHTS, **request.weights},
    }
    if request.has_budget:
        understood["budget"] = request.budget
    schedule = Schedule(
        district_code=district.code,
        document=request.document,
        period_start=request.period_start,
        period_end=request.period_end,
        first_date=_first_date(request, today=today, as_of=target.as_of, is_back_test=is_back_test),
        is_back_test=is_back_test,
        request=understood,
        time_limit_seconds=request.time_limit_seconds,
        seed=request.seed,
        requested_at=now,
        requested_by=actor.name,
        run_status=RunStatus.QUEUED,
    )
    # What the run would refuse is said now; it builds its own instance, from the rows as they are by then.
    build_instance(session, schedule)
    session.add(schedule)
    session.flush()
    enqueue(session, schedule.id)
    access.record(
        session,
        actor,
        "schedule.request",
        f"schedule/{schedule.id}",
        now=now,
        district_code=district.code,
        details={"period": f"{schedule.first_date}..{schedule.period_end}", "document": schedule.document},
    )
    session.flush()
    return schedule


def _check_period(request: ScheduleRequest) -> None:
    start, end = request.period_start, request.period_end
    if end < start:
        raise invalid(
            "/period",
            f"The period ends on {end}, before it begins on {start}.",
            value=f"{start}..{end}",
            mend="Give the earlier date first: '2023-11-14..2023-11-30'.",
        )
    if (end - start).days >= MOST_DATES:
        raise invalid(
            "/period",
            f"The period has {(end - start).days + 1} dates.",
            value=f"{start}..{end}",
            mend=f"Plan at most {MOST_DATES} dates at a time.",
        )
    if request.first_date is not None and not start <= request.first_date <= end:
        raise invalid(
            "/first_date",
            f"The first date {request.first_date} lies outside the period.",
            value=request.first_date.isoformat(),
            mend=f"Give a date from {start} to {end}, or leave it out.",
        )


def _first_date(request: ScheduleRequest, *, today: date, as_of: date, is_back_test: bool) -> date:
    """The first date that may hold a visit: after the count, and not in the past unless the whole period is."""
    if request.first_date is not None:
        if request.first_date < today and not is_back_test:
            raise invalid(
                "/first_date",
                f"The first date {request.first_date} lies in the past; it is {today} in the district.",
                value=request.first_date.isoformat(),
                mend="Give today or a later date; visits of the past do not move.",
            )
        return request.first_date
    counted = as_of + timedelta(days=1)
    if is_back_test:
        # A count taken after the period says nothing about where in it to begin.
        return max(request.period_start, counted) if counted <= request.period_end else request.period_start
    first = max(request.period_start, counted, today + timedelta(days=1))
    if first > request.period_end:
        raise invalid(
            "/period",
            f"Nothing of the period is left to plan: it ends on {request.period_end}, the count is of {as_of}, and it "
            f"is {today} in the district.",
            value=f"{request.period_start}..{request.period_end}",
            mend="Choose a later period, or give first_date.",
        )
    return first


def get_schedule(session: Session, schedule_id: int, *, for_update: bool = False) -> Schedule:
    """The schedule of an id; raises `NotFound`. Permission is the caller's business."""
    query = select(Schedule).where(Schedule.id == schedule_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    schedule = session.scalar(query)
    if schedule is None:
        raise NotFound(f"There is no schedule {schedule_id}, or this token does not open it.")
    return schedule


def list_schedules(session: Session, district_code: str, *, before_id: int, limit: int) -> Sequence[Schedule]:
    """Schedules of a district, newest first; `before_id` 0: from the newest."""
    query = select(Schedule).where(Schedule.district_code == district_code).order_by(Schedule.id.desc()).limit(limit)
    if before_id:
        query = query.where(Schedule.id < before_id)
    return session.scalars(query).all()


def contract_file(session: Session, schedule: Schedule, name: str) -> bytes:
    """`instance` or `plan` of a run as gzip-compressed JSON; raises `NotFound` before there is one."""
    column = {"instance": Schedule.instance_json, "plan": Schedule.plan_json}[name]
    content: bytes | None = session.scalar(select(column).where(Schedule.id == schedule.id))
    if content is None:
        raise NotFound(f"Schedule {schedule.id} has no {name}: its run is {schedule.run_status}.")
    return content


def cancel(session: Session, schedule: Schedule, *, actor: Actor, now: datetime) -> Schedule:
    """Take a queued run out of line, or tell a running one to finish with the best plan it has.

    The caller has locked the row. Asking twice is asking once. Raises `RunEnded`."""
    if schedule.run_status == RunStatus.CANCELLED or schedule.cancel_requested_at is not None:
        return schedule
    if schedule.run_status in ENDED:
        raise RunEnded(f"The run of schedule {schedule.id} is over ({schedule.run_status}); there is nothing to stop.")
    schedule.cancel_requested_at = now
    if schedule.run_status == RunStatus.QUEUED:
        end_cancelled(session, schedule, now=now)
    access.record(
        session,
        actor,
        "schedule.cancel",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"run_status": schedule.run_status},
    )
    session.flush()
    return schedule


def begin(schedule: Schedule, built: BuiltInstance, *, now: datetime) -> None:
    """A worker has taken the run up, with this instance for good."""
    schedule.run_status = RunStatus.RUNNING
    schedule.started_at = now
    schedule.instance_json = built.content
    schedule.gap = built.gap
    schedule.already_planned = built.already_planned
    schedule.walk_ins = built.walk_ins
    schedule.net_gap = built.net_gap
    schedule.version += 1


def fail(session: Session, schedule: Schedule, *, reason: str, now: datetime) -> None:
    """End a run without a plan, with the reason that people read."""
    schedule.run_status = RunStatus.FAILED
    schedule.failure_reason = reason or "The run ended without a plan and without a reason."
    schedule.finished_at = now
    schedule.version += 1
    _record_end(session, schedule, now=now)


def end_cancelled(session: Session, schedule: Schedule, *, now: datetime) -> None:
    """End a run that was stopped before it had any plan."""
    schedule.run_status = RunStatus.CANCELLED
    schedule.finished_at = now
    schedule.version += 1
    _record_end(session, schedule, now=now)


def store_plan(session: Session, schedule: Schedule, checked: CheckedPlan, *, now: datetime) -> None:
    """Keep a verified plan, its figures and its visits as the draft of a schedule.

    A run that was stopped keeps its best plan and stays `cancelled`; that draft can be published like any other. A team
    or site that was removed while the solver ran fails the run."""
    code = schedule.district_code
    team_ids = {row.code: row.id for row in session.execute(select(Team.code, Team.id).filter_by(district_code=code))}
    site_ids = {row.code: row.id for row in session.execute(select(Site.code, Site.id).filter_by(district_code=code))}
    gone = sorted(
        {f"team {visit.team}" for visit in checked.visits if visit.team not in team_ids}
        | {f"site {visit.site}" for visit in checked.visits if visit.site not in site_ids}
    )
    if gone:
        reason = f"{len(gone)} of what the plan uses was removed or renamed while it was made ({gone[0]}); plan again."
        fail(session, schedule, reason=reason, now=now)
        return
    is_stopped = checked.stop_reason == "cancelled"
    schedule.run_status = RunStatus.CANCELLED if is_stopped else RunStatus.SUCCEEDED
    schedule.finished_at = now
    schedule.version += 1
    schedule.plan_json = checked.content
    schedule.value_milli = checked.value_milli
    schedule.bound_milli = checked.bound_milli
    schedule.expected_activations = checked.activations
    schedule.upper_bound_activations = checked.activations_bound
    schedule.net_gap = checked.net_gap
    schedule.verdict = judge(checked.activations, checked.activations_bound, net_gap=checked.net_gap)
    schedule.crosses_on = crossing_date(
        checked.dates,
        ((visit.date, visit.served) for visit in checked.visits),
        gap=(schedule.gap or 0) - (schedule.already_planned or 0),
        walk_ins_per_date=checked.walk_ins_per_date,
    )
    schedule.stop_reason = checked.stop_reason
    schedule.iterations = checked.iterations
    schedule.solver_version = checked.solver_version
    zone = ZoneInfo(districts.get_district(session, code).time_zone)
    rows = [
        {
            "district_code": code,
            "schedule_id": schedule.id,
            "team_id": team_ids[visit.team],
            "site_id": site_ids[visit.site],
            "changed_at": now,
            **_visit_columns(visit, zone),
        }
        for visit in checked.visits
    ]
    if rows:
        session.execute(insert(Visit), rows)
    _record_end(session, schedule, now=now)


def _visit_columns(visit: CheckedVisit, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "date": visit.date,
        "stop_index": visit.stop_index,
        "arrives_at": _moment(visit.date, visit.arrives_at, zone),
        "starts_at": _moment(visit.date, visit.start, zone),
        "ends_at": _moment(visit.date, visit.start + visit.setup_minutes + visit.service_minutes, zone),
        "setup_minutes": visit.setup_minutes,
        "service_minutes": visit.service_minutes,
        "travel_minutes": visit.travel_minutes,
        "travel_metres": visit.travel_metres,
        "expected_activations": visit.served,
        "pinned": visit.pinned,
    }


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Minutes after local midnight as an aware moment; no zone of Indonesia changes its clocks."""
    return datetime.combine(day, time(), zone) + timedelta(minutes=minute)


def _record_end(session: Session, schedule: Schedule, *, now: datetime) -> None:
    access.record(
        session,
        WORKER,
        f"schedule.{schedule.run_status}",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"expected_activations": schedule.expected_activations, "reason": schedule.failure_reason},
    )


def shown_progress(event: Mapping[str, Any]) -> dict[str, Any]:
    """What of a solver's progress people see; unknown figures are null."""
    names = {
        "elapsed_seconds": "elapsed_seconds",
        "iterations": "iterations",
        "expected_activations": "activations",
        "upper_bound_activations": "activations_bound",
        "value_milli": "value_milli",
        "bound_milli": "bound_milli",
    }
    return {shown: event.get(name) for shown, name in names.items()}


def visits_of(schedule: Schedule) -> Select[Visit, Site, Team]:
    """The visits of a schedule with site and team, in the order of dates, teams and stops."""
    return (
        select(Visit, Site, Team)
        .join(Site, Site.id == Visit.site_id)
        .join(Team, Team.id == Visit.team_id)
        .where(Visit.schedule_id == schedule.id)
        .order_by(Visit.id)
    )


def with_files(session: Session, schedule: Schedule) -> tuple[bytes, bytes]:
    """Instance and plan of a finished run; raises `ScheduleNotFinished`."""
    session.refresh(schedule, ["instance_json", "plan_json"])
    if schedule.instance_json is None or schedule.plan_json is None:
        raise ScheduleNotFinished(
            f"Schedule {schedule.id} has no plan to publish: its run is {schedule.run_status}"
            + (f" ({schedule.failure_reason})." if schedule.failure_reason else ".")
        )
    return schedule.instance_json, schedule.plan_json
