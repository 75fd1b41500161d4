"""What can be done with schedules: request a run, follow it, stop it, and read what it planned.

Publishing has its own module, `publishing`; the run itself is `run`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.errors import Conflict, FieldProblem, NotFound, invalid
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.queries import visits_in_force as visits_in_force
from app.schedules.runs.basis import MOST_DATES
from app.schedules.runs.gateway import DEFAULT_WEIGHTS, refuse_unplannable
from app.schedules.runs.queue import enqueue
from app.schedules.runs.record import end_cancelled
from app.sites.models import Site
from app.teams.models import Team

DEFAULT_TIME_LIMIT_SECONDS = 60
REPLAN_SECONDS = 1
"""Without a limit of its own a re-planning answers at once: more time makes it little better."""
MOST_TIME_LIMIT_SECONDS = 3600
ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunEnded(Conflict):
    """The run is over, so it cannot be cancelled."""


class NothingToReplan(Conflict):
    """No visit of a published plan lies on the dates to plan again."""


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
class Closeness:
    """Stay close to the plan in force: give up at most so many of its visits by choice (None: as many as pay)."""

    most_moved: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"most_moved": self.most_moved}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """What a planner asks for; whatever is left out gets its default."""

    period_start: date
    period_end: date
    document: str = "ikd"
    first_date: date | None = None
    time_limit_seconds: int | None = None
    replan: Closeness | None = None
    """Change the plan in force instead of making a new one."""
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
    if request.replan is not None:
        understood["replan"] = request.replan.as_json()
    usual_seconds = DEFAULT_TIME_LIMIT_SECONDS if request.replan is None else REPLAN_SECONDS
    schedule = Schedule(
        district_code=district.code,
        document=request.document,
        period_start=request.period_start,
        period_end=request.period_end,
        first_date=_first_date(request, today=today, as_of=target.as_of, is_back_test=is_back_test),
        is_back_test=is_back_test,
        request=understood,
        time_limit_seconds=request.time_limit_seconds or usual_seconds,
        seed=request.seed,
        requested_at=now,
        requested_by=actor.name,
        run_status=RunStatus.QUEUED,
    )
    # What the run would refuse is said now; it builds its instance itself, from the rows as they are by then.
    published = refuse_unplannable(session, schedule)
    if request.replan is not None and not published:
        raise NothingToReplan(
            f"No published visit lies between {schedule.first_date} and {schedule.period_end}, so there is no plan to "
            "stay close to: leave 'replan' out to make a new one.",
            problems=[FieldProblem(pointer="/replan", detail="There is nothing to replan.", mend="Leave it out.")],
        )
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


def visible_schedule(session: Session, schedule_id: int, *, actor: Actor, for_update: bool = False) -> Schedule:
    """A schedule that the actor may see; to a stranger it does not exist (`NotFound`)."""
    schedule = get_schedule(session, schedule_id, for_update=for_update)
    if not actor.may_read(schedule.district_code):
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
