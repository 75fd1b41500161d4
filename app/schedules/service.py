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
from app.languages import said
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.policies import service as policies
from app.schedules.queries import visits_in_force as visits_in_force
from app.schedules.run_words import standing_of_run
from app.schedules.runs.line import places_in_line as places_in_line
from app.schedules.runs.line import refuse_crowd, take_turn
from app.schedules.runs.plan_teams import MOST_DATES
from app.schedules.runs.problem import refuse_unplannable
from app.schedules.runs.queue import enqueue
from app.schedules.runs.record import end_cancelled
from app.schedules.wish import Wish

ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunEnded(Conflict):
    """The run is over, so it cannot be cancelled."""


class NothingToReplan(Conflict):
    """No visit of a published plan lies on the dates to plan again."""


class ScheduleStands(Conflict):
    """The schedule was published once, or its run goes on, so it cannot be deleted."""


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
    wish = policies.with_levels(session, district.code, wish).understood()
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
            said(
                "No published visit lies between {first} and {last}, so there is no plan to stay "
                "close to: leave 'replan' out to make a new one.",
                "Tidak ada kunjungan terbit antara {first} dan {last}, jadi tidak ada rencana yang "
                "perlu dipertahankan: kosongkan 'replan' untuk membuat rencana baru.",
                first=schedule.first_date,
                last=schedule.period_end,
            ),
            problems=[
                FieldProblem(
                    pointer="/replan",
                    detail=said("There is nothing to replan.", "Tidak ada yang dapat disusun ulang."),
                    mend=said("Leave it out.", "Kosongkan."),
                )
            ],
        )
    put_in_line(session, schedule, actor=actor, now=now)
    return schedule


def put_in_line(session: Session, schedule: Schedule, *, actor: Actor, now: datetime) -> None:
    """Store a run that `refuse_crowd` and `refuse_unplannable` let pass, and its job."""
    policy = Wish.from_json(schedule.request).in_levels
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
        district_code=schedule.district_code,
        details={
            "period": f"{schedule.first_date}..{schedule.period_end}",
            "document": schedule.document,
            "policy": None if policy is None else f"{policy.name}/{policy.version}",
        }
        | ({} if schedule.copied_from_id is None else {"from": schedule.copied_from_id}),
    )
    session.flush()


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
            said(
                "The period ends on {end}, before it begins on {start}.",
                "Periode berakhir {end}, sebelum mulai {start}.",
                end=end,
                start=start,
            ),
            value=f"{start}..{end}",
            mend=said(
                "Give the earlier date first: '2023-11-14..2023-11-30'.",
                "Tulis tanggal yang lebih awal dahulu: '2023-11-14..2023-11-30'.",
            ),
        )
    if (end - start).days >= MOST_DATES:
        raise invalid(
            "/period",
            said(
                "The period has {count} dates.",
                "Periode ini {count} hari.",
                count=(end - start).days + 1,
            ),
            value=f"{start}..{end}",
            mend=said(
                "Plan at most {most} dates at a time.",
                "Susun paling banyak {most} hari sekaligus.",
                most=MOST_DATES,
            ),
        )
    if wish.first_date is not None and not start <= wish.first_date <= end:
        raise invalid(
            "/first_date",
            said(
                "The first date {first} lies outside the period.",
                "Tanggal pertama {first} di luar periode.",
                first=wish.first_date,
            ),
            value=wish.first_date.isoformat(),
            mend=said(
                "Give a date from {start} to {end}, or leave it out.",
                "Isi tanggal dari {start} sampai {end}, atau kosongkan.",
                start=start,
                end=end,
            ),
        )


def _first_date(wish: Wish, *, today: date, as_of: date, is_back_test: bool) -> date:
    """The first date that may hold a visit: after the count, and not in the past unless the whole period is."""
    if wish.first_date is not None:
        if wish.first_date < today and not is_back_test:
            raise invalid(
                "/first_date",
                said(
                    "The first date {first} lies in the past; it is {today} in the district.",
                    "Tanggal pertama {first} sudah lewat; di daerah itu sekarang {today}.",
                    first=wish.first_date,
                    today=today,
                ),
                value=wish.first_date.isoformat(),
                mend=said(
                    "Give today or a later date; visits of the past do not move.",
                    "Isi hari ini atau sesudahnya; kunjungan yang sudah lewat tidak dipindah.",
                ),
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
            said(
                "Nothing of the period is left to plan: it ends on {end}, the count is of {as_of}, "
                "and it is {today} in the district.",
                "Tidak ada lagi hari yang dapat direncanakan dalam periode ini: berakhir {end}, "
                "angka terakhir per {as_of}, dan di daerah itu sekarang {today}.",
                end=wish.period_end,
                as_of=as_of,
                today=today,
            ),
            value=f"{wish.period_start}..{wish.period_end}",
            mend=said(
                "Choose a later period, or give first_date.", "Pilih periode yang lebih akhir, atau isi first_date."
            ),
        )
    return first


def get_schedule(session: Session, schedule_id: int, *, for_update: bool = False) -> Schedule:
    """The schedule of an id; raises `NotFound`. Permission is the caller's business."""
    query = select(Schedule).where(Schedule.id == schedule_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    schedule = session.scalar(query)
    if schedule is None:
        raise _no_schedule(schedule_id)
    return schedule


def _no_schedule(schedule_id: int) -> NotFound:
    return NotFound(
        said(
            "There is no schedule {schedule}, or this token does not open it.",
            "Tidak ada jadwal {schedule}, atau token ini tidak membukanya.",
            schedule=schedule_id,
        )
    )


def visible_schedule(session: Session, schedule_id: int, *, actor: Actor, for_update: bool = False) -> Schedule:
    """A schedule that the actor may see; to a stranger it does not exist (`NotFound`)."""
    schedule = get_schedule(session, schedule_id, for_update=for_update)
    if not actor.may_read(schedule.district_code):
        raise _no_schedule(schedule_id)
    return schedule


def list_schedules(session: Session, district_code: str, *, before_id: int, limit: int) -> Sequence[Schedule]:
    """Schedules of a district, newest first; `before_id` 0: from the newest."""
    query = select(Schedule).where(Schedule.district_code == district_code).order_by(Schedule.id.desc()).limit(limit)
    if before_id:
        query = query.where(Schedule.id < before_id)
    return session.scalars(query).all()


def newest_with_plan(session: Session, district_code: str, document: str) -> int | None:
    """The id of the newest schedule of a document that can be asked about; None: there is none."""
    return session.scalar(
        select(Schedule.id)
        .where(
            Schedule.district_code == district_code,
            Schedule.document == document,
            Schedule.value_milli.is_not(None),
            Schedule.instance_json.is_not(None),
        )
        .order_by(Schedule.id.desc())
        .limit(1)
    )


def contract_file(session: Session, schedule: Schedule, name: str) -> bytes:
    """`instance` or `plan` of a run as gzip-compressed JSON; raises `NotFound` before there is one."""
    column = {"instance": Schedule.instance_json, "plan": Schedule.plan_json}[name]
    content: bytes | None = session.scalar(select(column).where(Schedule.id == schedule.id))
    if content is None:
        raise NotFound(
            said(
                "Schedule {schedule} has no {name}: its run is {standing}.",
                "Jadwal {schedule} belum punya {what}: penyusunannya {standing}.",
                schedule=schedule.id,
                name=name,
                what={"instance": "berkas masalah", "plan": "berkas rencana"}[name],
                standing=standing_of_run(schedule),
            )
        )
    return content


def cancel(session: Session, schedule: Schedule, *, actor: Actor, now: datetime) -> Schedule:
    """Take a queued run out of line, or tell a running one to finish with the best plan it has.

    The caller has locked the row. Asking twice is asking once. Raises `RunEnded`."""
    if schedule.run_status == RunStatus.CANCELLED or schedule.cancel_requested_at is not None:
        return schedule
    if schedule.run_status in ENDED:
        raise RunEnded(
            said(
                "The run of schedule {schedule} is over ({standing}); there is nothing to stop.",
                "Penyusunan jadwal {schedule} sudah selesai ({standing}); tidak ada yang dapat dihentikan.",
                schedule=schedule.id,
                standing=standing_of_run(schedule),
            )
        )
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


def delete(session: Session, schedule: Schedule, *, actor: Actor, now: datetime) -> None:
    """Remove a plan that was never published, with its visits and versions.

    The caller has locked the row. Raises `ScheduleStands`."""
    if schedule.published_at is not None:
        raise ScheduleStands(
            said(
                "Schedule {schedule} was published: results, letters and calendars refer to it, so it stays.",
                "Jadwal {schedule} pernah diterbitkan: hasil, surat, dan kalender merujuk ke sana, jadi tetap ada.",
                schedule=schedule.id,
            )
        )
    if schedule.run_status not in ENDED:
        raise ScheduleStands(
            said(
                "The run of schedule {schedule} is not over ({standing}); cancel it first.",
                "Penyusunan jadwal {schedule} belum selesai ({standing}); batalkan dahulu.",
                schedule=schedule.id,
                standing=standing_of_run(schedule),
            )
        )
    access.record(
        session,
        actor,
        "schedule.delete",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"period": f"{schedule.first_date}..{schedule.period_end}", "document": schedule.document},
    )
    session.delete(schedule)
    session.flush()


def plan_in_force(session: Session, district_code: str, *, today: date) -> Schedule | None:
    """The published plan that a person means first: the one that is going on or begins next, else the last one."""
    standing = select(Schedule).where(
        Schedule.district_code == district_code,
        Schedule.published_at.is_not(None),
        Schedule.superseded_at.is_(None),
    )
    going_on = standing.where(Schedule.period_end >= today).order_by(Schedule.first_date, Schedule.publication.desc())
    over = standing.order_by(Schedule.period_end.desc(), Schedule.publication.desc())
    return session.scalars(going_on.limit(1)).first() or session.scalars(over.limit(1)).first()


def list_visits(session: Session, schedule: Schedule, *, after_id: int, limit: int) -> Sequence[Visit]:
    """The visits of a schedule in the order of dates, teams and stops."""
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.id > after_id).order_by(Visit.id)
    return session.scalars(query.limit(limit)).all()


def visible_visit(session: Session, visit_id: int, *, actor: Actor, for_update: bool = False) -> Visit:
    """A visit that the actor may see; to a stranger it does not exist (`NotFound`)."""
    visit = session.get(Visit, visit_id, with_for_update=for_update or None, populate_existing=for_update)
    if visit is None or not actor.may_read(visit.district_code):
        raise NotFound(
            said(
                "There is no visit {visit}, or this token does not open it.",
                "Tidak ada kunjungan {visit}, atau token ini tidak membukanya.",
                visit=visit_id,
            )
        )
    return visit


def with_files(session: Session, schedule: Schedule) -> tuple[bytes, bytes]:
    """Instance and plan of a finished run; raises `ScheduleNotFinished`."""
    session.refresh(schedule, ["instance_json", "plan_json"])
    if schedule.instance_json is None or schedule.plan_json is None:
        raise ScheduleNotFinished(
            said(
                "Schedule {schedule} has no plan to publish: its run is {standing}.",
                "Jadwal {schedule} tidak punya rencana untuk diterbitkan: penyusunannya {standing}.",
                schedule=schedule.id,
                standing=standing_of_run(schedule),
            )
        )
    return schedule.instance_json, schedule.plan_json
