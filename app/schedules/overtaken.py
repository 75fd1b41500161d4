"""What has changed since a plan was made and speaks against publishing it, unless the planner accepts it by name."""

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import District
from app.errors import Conflict, FieldProblem
from app.languages import said
from app.schedules.models import Schedule, Visit
from app.schedules.obstacle_words import Obstacle, ObstacleCode
from app.schedules.obstacles import judge_today
from app.schedules.trips.judging import judge_trips
from app.schedules.trips.reading import WholeTrip
from app.words import said_moment, spoken


class PlanOvertaken(Conflict):
    """Something changed since the plan was made, so that some of its visits can no longer be."""


def accepted_changes(
    session: Session, schedule: Schedule, zone: ZoneInfo, *, despite: Collection[ObstacleCode | int]
) -> list[str]:
    """What people have put into force by hand since this plan was made, and is to be replaced all the same.

    A plan made before a request was booked, or before somebody edited, knows nothing of that and would undo it. Raises
    `PlanOvertaken` unless that is accepted."""
    since = changed_by_hand(session, schedule)
    if not since:
        return []
    if ObstacleCode.PLAN_CHANGED in despite:
        return [f"schedule/{other.id} {ObstacleCode.PLAN_CHANGED}" for other in since]
    raise PlanOvertaken(
        said(
            "Since this plan was made the one in force was changed by hand, first on {moment} (schedule {other}). See "
            "GET /v1/schedules/{schedule}/changes; plan again, or publish with 'despite': "
            '["plan_changed"] to undo that.',
            "Sejak rencana ini dibuat, rencana yang berlaku sudah diubah dengan tangan, pertama pada {moment} (jadwal "
            "{other}). Lihat GET /v1/schedules/{schedule}/changes; susun ulang, atau terbitkan dengan "
            "'despite': [\"plan_changed\"] untuk membatalkannya.",
            moment=said_moment(since[0].published_at or since[0].requested_at, zone),
            other=since[0].id,
            schedule=schedule.id,
        ),
        problems=[
            FieldProblem(
                pointer="/despite",
                detail=said(
                    "Schedule {other}, published by hand, would be undone.",
                    "Jadwal {other} yang diterbitkan dengan tangan akan batal.",
                    other=other.id,
                ),
                value=ObstacleCode.PLAN_CHANGED.value,
                mend=said("Plan again from the plan in force.", "Susun ulang dari rencana yang berlaku."),
            )
            for other in since
        ],
    )


def changed_by_hand(session: Session, schedule: Schedule) -> Sequence[Schedule]:
    """Plans published by hand since this one was made, which it knows nothing of and would undo."""
    return session.scalars(
        select(Schedule)
        .where(
            Schedule.district_code == schedule.district_code,
            Schedule.document == schedule.document,
            Schedule.id != schedule.id,
            Schedule.copied_from_id.is_not(None),
            Schedule.publication > schedule.knows_publication,
            Schedule.period_end >= schedule.first_date,
            Schedule.first_date <= schedule.period_end,
        )
        .order_by(Schedule.publication)
    ).all()


def accepted_obstacles(
    session: Session,
    district: District,
    entering: Sequence[Visit],
    trips: Sequence[WholeTrip],
    *,
    despite: Collection[ObstacleCode | int],
) -> list[str]:
    """What stands in the way of these visits and trips today and is accepted, as `visit/7 team_on_leave`.

    Raises `PlanOvertaken` for what is not."""
    accepted: list[str] = []
    refused: list[tuple[str, Obstacle]] = []

    def sort(name: str, obstacles: Sequence[Obstacle], *, is_accepted: bool) -> None:
        for obstacle in obstacles:
            if is_accepted or obstacle.code in despite:
                accepted.append(f"{name} {obstacle.code}")
            else:
                refused.append((name, obstacle))

    for judged in judge_today(session, district, entering):
        sort(f"visit/{judged.visit.id}", judged.obstacles, is_accepted=judged.visit.id in despite)
    visited = {(visit.team_id, visit.date) for visit in entering}
    # An id in `despite` is of a visit: trips are accepted by code.
    for trip in judge_trips(session, district, trips, visited=visited):
        sort(f"trip/{trip.whole.trip.id}", trip.obstacles, is_accepted=False)
    if refused:
        first = refused[0][1]
        raise PlanOvertaken(
            said(
                "{count} {what} of the plan can no longer be as they are. {first} Plan again, or "
                "publish with 'despite' and the codes or visits that you accept.",
                "{count} {what} dalam rencana ini tidak dapat lagi dilaksanakan apa adanya. "
                "{first} Susun ulang, atau terbitkan dengan 'despite' berisi kode atau kunjungan "
                "yang Anda terima.",
                count=len({name for name, _ in refused}),
                what=said("visits or trips", "kunjungan atau perjalanan")
                if any(name.startswith("trip/") for name, _ in refused)
                else said("visits", "kunjungan"),
                first=spoken(first.message),
            ),
            problems=[
                FieldProblem(
                    pointer=f"/{name.replace('/', 's/')}",
                    detail=spoken(obstacle.message),
                    value=obstacle.code.value,
                    mend=spoken(obstacle.way_out),
                )
                for name, obstacle in refused
            ],
        )
    return accepted
