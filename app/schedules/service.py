"""What can be done with schedules: request a run, follow it, stop it, and read what it planned.

Publishing has its own module, `publishing`; the run itself is `run`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.errors import Conflict, FieldProblem, NotFound, invalid
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.queries import visits_in_force as visits_in_force
from app.schedules.runs.basis import MOST_DATES
from app.schedules.runs.gateway import refuse_unplannable
from app.schedules.runs.line import places_in_line as places_in_line
from app.schedules.runs.line import refuse_crowd, take_turn
from app.schedules.runs.queue import enqueue
from app.schedules.runs.record import end_cancelled
from app.schedules.wish import Wish

ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunEnded(Conflict):
    """The run is over, so it cannot be cancelled."""


class NothingToReplan(Conflict):
    """No visit of a published plan lies on the dates to plan again."""


class ScheduleNotFinished(Conflict):
    """The run has no plan, or none yet."""


def request_schedule(session: Session, district: District, wish: Wish, *, actor: Actor, now: datetime) -> Schedule:
    """Store a run and put it in line, in this one transaction.

    Raises `InvalidRequest`, `NotFound` without a target, `Conflict` when there is nothing to plan with, and
    `TooManyRuns` when too many wait already."""
    refuse_crowd(session, district.code, actor=actor)
    today = districts.date_of(now, district)
    _check_period(wish)
    target = districts.get_target(session, district.code, wish.document)
    is_back_test = wish.period_end < today
    first_date = _first_date(wish, today=today, as_of=target.as_of, is_back_test=is_back_test)
    if wish.replan is not None:
        wish = _grown_from_plan_in_force(session, district, wish, first_date=first_date)
    wish = wish.understood()
    schedule = Schedule(
        district_code=district.code,
        document=wish.document,
        period_start=wish.period_start,
        period_end=wish.period_end,
        first_date=first_date,
        is_back_test=is_back_test,
        request=wish.to_json(),
        time_limit_seconds=wish.time_limit_seconds,
        seed=wish.seed,
        requested_at=now,
        requested_by=actor.name,
        run_status=RunStatus.QUEUED,
    )
    # What the run would refuse is said now; it builds its instance itself, from the rows as they are by then.
    plannable = refuse_unplannable(session, schedule)
    schedule.unvisitable = [site.to_json() for site in plannable.unvisitable]
    if wish.replan is not None and not plannable.published:
        raise NothingToReplan(
            f"No published visit lies between {schedule.first_date} and {schedule.period_end}, so there is no plan to "
            "stay close to: leave 'replan' out to make a new one.",
            problems=[FieldProblem(pointer="/replan", detail="There is nothing to replan.", mend="Leave it out.")],
        )
    take_turn(session, schedule, actor=actor)
    session.add(schedule)
    session.flush()
    enqueue(session, schedule.id, turn=schedule.turn or 0)
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


def _grown_from_plan_in_force(session: Session, district: District, wish: Wish, *, first_date: date) -> Wish:
    """What a re-planning does not say is as in the request of the plan that it changes."""
    grown_from = session.scalars(
        select(Schedule)
        .join(Visit, Visit.schedule_id == Schedule.id)
        .where(
            Schedule.district_code == district.code,
            Schedule.document == wish.document,
            Visit.in_force,
            Visit.date.between(first_date, wish.period_end),
        )
        .order_by(Schedule.published_at.desc(), Schedule.id.desc())
        .limit(1)
    ).first()
    if grown_from is None:
        return wish
    return wish.grown_from(Wish.from_json(grown_from.request), schedule_id=grown_from.id)


def _check_period(wish: Wish) -> None:
    start, end = wish.period_start, wish.period_end
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
    if wish.first_date is not None and not start <= wish.first_date <= end:
        raise invalid(
            "/first_date",
            f"The first date {wish.first_date} lies outside the period.",
            value=wish.first_date.isoformat(),
            mend=f"Give a date from {start} to {end}, or leave it out.",
        )


def _first_date(wish: Wish, *, today: date, as_of: date, is_back_test: bool) -> date:
    """The first date that may hold a visit: after the count, and not in the past unless the whole period is."""
    if wish.first_date is not None:
        if wish.first_date < today and not is_back_test:
            raise invalid(
                "/first_date",
                f"The first date {wish.first_date} lies in the past; it is {today} in the district.",
                value=wish.first_date.isoformat(),
                mend="Give today or a later date; visits of the past do not move.",
            )
        return wish.first_date
    counted = as_of + timedelta(days=1)
    if is_back_test:
        # A count taken after the period says nothing about where in it to begin.
        return max(wish.period_start, counted) if counted <= wish.period_end else wish.period_start
    first = max(wish.period_start, counted, today + timedelta(days=1))
    if first > wish.period_end:
        raise invalid(
            "/period",
            f"Nothing of the period is left to plan: it ends on {wish.period_end}, the count is of {as_of}, and it "
            f"is {today} in the district.",
            value=f"{wish.period_start}..{wish.period_end}",
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


def list_visits(session: Session, schedule: Schedule, *, after_id: int, limit: int) -> Sequence[Visit]:
    """The visits of a schedule in the order of dates, teams and stops."""
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.id > after_id).order_by(Visit.id)
    return session.scalars(query.limit(limit)).all()


def visible_visit(session: Session, visit_id: int, *, actor: Actor, for_update: bool = False) -> Visit:
    """A visit that the actor may see; to a stranger it does not exist (`NotFound`)."""
    visit = session.get(Visit, visit_id, with_for_update=for_update or None)
    if visit is None or not actor.may_read(visit.district_code):
        raise NotFound(f"There is no visit {visit_id}, or this token does not open it.")
    return visit


def with_files(session: Session, schedule: Schedule) -> tuple[bytes, bytes]:
    """Instance and plan of a finished run; raises `ScheduleNotFinished`."""
    session.refresh(schedule, ["instance_json", "plan_json"])
    if schedule.instance_json is None or schedule.plan_json is None:
        raise ScheduleNotFinished(
            f"Schedule {schedule.id} has no plan to publish: its run is {schedule.run_status}"
            + (f" ({schedule.failure_reason})." if schedule.failure_reason else ".")
        )
    return schedule.instance_json, schedule.plan_json
