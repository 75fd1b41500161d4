"""Where a run stands in line. Districts take turns: one that asks much waits for itself, and not the others for it.

Start-time fair queuing (Goyal, Vin, Cheng 1996): a run's turn is the later of where the line has got to and where its
district's runs before it end, both in seconds of solving; the lowest turn begins first. A turn never changes."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, or_, select
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.errors import AppError
from app.languages import said
from app.schedules.models import RunStatus, Schedule
from app.schedules.wish import MOST_TIME_LIMIT_SECONDS

MOST_WAITING_OF_A_DISTRICT = 20
MOST_WAITING_OF_A_TOKEN = 10
"""In one district."""
_LINE_LOCK = "jemput line of runs"
_RETRY_SECONDS = 60


class TooManyRuns(AppError):
    """A token or a district has more runs waiting than it may."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, detail: str):
        super().__init__(detail, headers={"Retry-After": str(_RETRY_SECONDS)})


def refuse_crowd(session: Session, district_code: str, *, actor: Actor) -> None:
    """Raise `TooManyRuns` if one more run of this district, or of this token in it, may not wait."""
    waiting = session.execute(
        select(func.count(), func.count().filter(Schedule.requested_by == actor.name)).where(
            Schedule.district_code == district_code, Schedule.run_status == RunStatus.QUEUED
        )
    ).one()
    if waiting[0] >= MOST_WAITING_OF_A_DISTRICT:
        raise TooManyRuns(
            said(
                "{most} runs of district {code} wait already. Ask again when one has begun, or cancel one.",
                "Sudah {most} penyusunan jadwal {code} menunggu. Minta lagi setelah salah satunya mulai, atau batalkan "
                "salah satu.",
                most=MOST_WAITING_OF_A_DISTRICT,
                code=district_code,
            )
        )
    if actor.token_id is not None and waiting[1] >= MOST_WAITING_OF_A_TOKEN:
        raise TooManyRuns(
            said(
                "{most} runs that this token asked for wait already. Ask again when one has begun, or cancel one.",
                "Sudah {most} penyusunan jadwal dari token ini menunggu. Minta lagi setelah salah satunya mulai, atau "
                "batalkan salah satu.",
                most=MOST_WAITING_OF_A_TOKEN,
            )
        )


def take_turn(session: Session, schedule: Schedule, *, actor: Actor) -> None:
    """Give a new run, not stored yet, its turn; raises `TooManyRuns`.

    Holds a lock until the transaction ends, so call it last: of two at once the second counts the first."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_LINE_LOCK))))
    refuse_crowd(session, schedule.district_code, actor=actor)
    schedule.turn = _next_turn(session, schedule.district_code)


_HAS_BEGUN = Schedule.started_at.is_not(None)
_WAITS = Schedule.run_status == RunStatus.QUEUED
_RUNS = Schedule.run_status == RunStatus.RUNNING
_SECONDS: ColumnElement[int] = case(
    (or_(_WAITS, _RUNS), Schedule.time_limit_seconds),
    # What it did not use is not counted against its district.
    else_=func.greatest(
        0,
        func.least(
            Schedule.time_limit_seconds,
            cast(func.ceil(func.extract("epoch", Schedule.finished_at - Schedule.started_at)), BigInteger),
        ),
    ),
)
_END = Schedule.turn + _SECONDS


def _next_turn(session: Session, district_code: str) -> int:
    begun = select(func.coalesce(func.max(Schedule.turn), 0)).where(_HAS_BEGUN).scalar_subquery()
    last_begun, last_end, next_to_begin, own_end, is_running = session.execute(
        select(
            func.max(Schedule.turn).filter(_HAS_BEGUN),
            func.max(_END).filter(_HAS_BEGUN),
            func.min(Schedule.turn).filter(_WAITS),
            func.max(_END).filter(Schedule.district_code == district_code),
            func.bool_or(_RUNS),
        ).where(
            # What ended before the line got here has no say any more.
            Schedule.turn >= begun - MOST_TIME_LIMIT_SECONDS,
            # Taken out of line before it began, a run has used nothing.
            or_(_HAS_BEGUN, _WAITS),
        )
    ).one()
    line = last_begun or 0
    if not is_running:
        # Nobody is at it: what was used while nobody else asked counts against nobody.
        ends = [place for place in (last_end, next_to_begin) if place is not None]
        line = max(line, min(ends, default=0))
    return max(line, own_end or 0)


def places_in_line(session: Session, schedule_ids: Iterable[int]) -> Mapping[int, int]:
    """The place of each of these runs that still waits; 1 begins next."""
    # As the engine takes them: by turn, then by when they came; what came before there were turns goes first.
    order = (func.coalesce(Schedule.turn, -1), Schedule.id)
    line = (
        select(Schedule.id, func.row_number().over(order_by=order).label("place"))
        .where(Schedule.run_status == RunStatus.QUEUED)
        .subquery()
    )
    rows = session.execute(select(line.c.id, line.c.place).where(line.c.id.in_(list(schedule_ids))))
    return {row.id: row.place for row in rows}
