"""Puts a draft into force in place of what it supersedes, and tells what that changes.

A visit that leaves the plan is withdrawn, not deleted, so that calendars can say so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.committed_log import log_once_committed
from app.districts import service as districts
from app.districts.row_locks import take_turns
from app.errors import Conflict, FieldProblem
from app.languages import said
from app.schedules import service as schedules
from app.schedules.announcements.calendars import announce
from app.schedules.exchanging import (
    exchange,
    frozen_until,
    keep_facts,
    key_of,
    own_visits,
    replaceable,
    times_of,
    visits_entering,
)
from app.schedules.models import Schedule, Visit
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.overtaken import accepted_changes, accepted_obstacles
from app.schedules.queries import last_publication
from app.schedules.runs.checking import check_plan
from app.schedules.trips.changes import TripChanges, trip_changes, trip_changes_made
from app.schedules.trips.exchanging import TripExchange, trip_exchange
from app.words import said_moment


class ScheduleSuperseded(Conflict):
    """The schedule was published once and has been replaced."""


class PlanRefused(Conflict):
    """The plan breaks a rule of its own instance."""


class NothingToPublish(Conflict):
    """No visit of the plan lies in the future."""


class VisitNotInPlan(Conflict):
    """The visit has left the published plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanges:
    """What a schedule changes in the published plan."""

    added: tuple[Visit, ...]
    withdrawn: tuple[Visit, ...]
    retimed: tuple[tuple[Visit, Visit], ...]
    """Before and after: same team, date and site, other times."""
    unchanged: int
    trips: TripChanges


def publish(
    session: Session,
    schedule: Schedule,
    *,
    actor: Actor,
    now: datetime,
    despite: Collection[ObstacleCode | int] = (),
) -> Schedule:
    """Put the visits of a finished run into force; publishing twice is publishing once.

    `despite`: codes of obstacles, or ids of visits, that the planner accepts as they are. The caller has locked the
    row. Raises `ScheduleNotFinished`, `ScheduleSuperseded`, `PlanRefused`, `NothingToPublish`, `PlanOvertaken`,
    `TeamBusy`, `TeamAway`."""
    district = districts.get_district(session, schedule.district_code)
    zone = ZoneInfo(district.time_zone)
    if schedule.superseded_at is not None:
        raise ScheduleSuperseded(
            said(
                "Schedule {schedule} was superseded on {moment}; request a new one to go back to a plan like it.",
                "Jadwal {schedule} sudah digantikan pada {moment}; minta jadwal baru untuk kembali ke rencana serupa.",
                schedule=schedule.id,
                moment=said_moment(schedule.superseded_at, zone),
            )
        )
    if schedule.published_at is not None:
        return schedule
    _refuse_broken(session, schedule)
    take_turns(session, district.code)
    frozen = frozen_until(schedule, district, now=now)
    trips = trip_exchange(session, schedule, since=frozen)
    leaving = replaceable(session, schedule, since=frozen, trips=trips)
    coming = visits_entering(session, schedule, since=frozen, trips=trips)
    if not coming and not trips.entering:
        raise NothingToPublish(
            said(
                "Schedule {schedule} has no visit left from {moment} on; request a new one.",
                "Jadwal {schedule} tidak punya kunjungan lagi sejak {moment}; minta jadwal baru.",
                schedule=schedule.id,
                moment=said_moment(frozen, zone),
            )
        )
    accepted = accepted_changes(session, schedule, zone, despite=despite)
    accepted += accepted_obstacles(session, district, coming, trips.entering, despite=despite)
    keep_facts(session, schedule, coming)
    exchange(session, schedule, leaving, coming, trips=trips, zone=zone, now=now)
    schedule.published_at = now
    schedule.publication = last_publication(session, district.code) + 1
    schedule.version += 1
    session.flush()
    _supersede_others(session, schedule, now=now)
    announce(session, district.code, now=now)
    _record_publication(
        session, schedule, actor=actor, entering=coming, leaving=leaving, trips=trips, accepted=accepted, now=now
    )
    session.flush()
    return schedule


def _refuse_broken(session: Session, schedule: Schedule) -> None:
    """Raise `PlanRefused` for a plan that the verifier does not accept."""
    violations = check_plan(*schedules.with_files(session, schedule)).violations
    if violations:
        raise PlanRefused(
            said(
                "The plan breaks {count} rules: {first}",
                "Rencana ini melanggar {count} aturan: {first}",
                count=len(violations),
                first=violations[0],
            ),
            problems=[FieldProblem(pointer="/visits", detail=message) for message in violations[:100]],
        )


def _record_publication(
    session: Session,
    schedule: Schedule,
    *,
    actor: Actor,
    entering: Sequence[Visit],
    leaving: Sequence[Visit],
    trips: TripExchange,
    accepted: list[str],
    now: datetime,
) -> None:
    left = sum(visit.withdrawn_at is not None for visit in leaving)
    access.record(
        session,
        actor,
        "schedule.publish",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"visits": len(entering), "left": left, "despite": accepted}
        | ({"trips": len(trips.entering)} if trips.entering else {})
        # What the plan had and publishing left out is not lost without a remark.
        | ({"trips_begun_already": len(trips.too_late)} if trips.too_late else {}),
    )
    log_once_committed(
        session,
        "schedule published",
        schedule_id=schedule.id,
        district=schedule.district_code,
        visits=len(entering),
        withdrawn=left,
        accepted_obstacles=len(accepted),
    )


def changes(session: Session, schedule: Schedule, *, now: datetime) -> PlanChanges:
    """Of a draft: what publishing it now would change; of a published schedule: what it did change."""
    if schedule.published_at is None:
        district = districts.get_district(session, schedule.district_code)
        frozen = frozen_until(schedule, district, now=now)
        trips = trip_exchange(session, schedule, since=frozen)
        after = visits_entering(session, schedule, since=frozen, trips=trips)
        before = replaceable(session, schedule, since=frozen, trips=trips)
        return _compare(before, after, trips=trip_changes(trips.leaving, trips.entering))
    own = [visit for visit in own_visits(session, schedule) if visit.published_at is not None]
    return _compare(_replaced(session, schedule), own, trips=trip_changes_made(session, schedule))


def set_pinned(session: Session, visit: Visit, *, pinned: bool, actor: Actor, now: datetime) -> Visit:
    """Keep a visit where it is in every plan to come, or let it go; raises `VisitNotInPlan`."""
    schedule = schedules.get_schedule(session, visit.schedule_id)
    if schedule.published_at is not None and not visit.in_force:
        raise VisitNotInPlan(
            said(
                "Visit {visit} is not in the published plan any more; GET "
                "/v1/schedules/{schedule}/changes and the newer schedule show what took its place.",
                "Kunjungan {visit} tidak ada lagi dalam rencana terbit; GET "
                "/v1/schedules/{schedule}/changes dan jadwal yang lebih baru menunjukkan "
                "penggantinya.",
                visit=visit.id,
                schedule=schedule.id,
            )
        )
    if visit.pinned != pinned:
        visit.pinned = pinned
        access.record(
            session,
            actor,
            "visit.pin" if pinned else "visit.unpin",
            f"visit/{visit.id}",
            now=now,
            district_code=visit.district_code,
        )
    session.flush()
    return visit


def _replaced(session: Session, schedule: Schedule) -> list[Visit]:
    """What stood in the plan in place of a published schedule just before it: withdrawn by it, or carried over."""
    uids = select(Visit.uid).where(Visit.schedule_id == schedule.id, Visit.published_at.is_not(None))
    rows = session.scalars(
        select(Visit)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            Visit.district_code == schedule.district_code,
            Schedule.document == schedule.document,
            Visit.schedule_id != schedule.id,
            Visit.published_at <= schedule.published_at,
            (Visit.withdrawn_at == schedule.published_at) | Visit.uid.in_(uids),
        )
        .order_by(Visit.published_at, Visit.id)
    )
    # Of a visit carried over several times, only the latest bearer of its identity stood just before.
    return list({visit.uid: visit for visit in rows}.values())


def _supersede_others(session: Session, schedule: Schedule, *, now: datetime) -> None:
    """Mark the schedules that this one replaces: overlapping ones with nothing in force after its period."""
    later = exists().where(Visit.schedule_id == Schedule.id, Visit.in_force, Visit.date > schedule.period_end)
    for other in session.scalars(
        select(Schedule).where(
            Schedule.district_code == schedule.district_code,
            Schedule.document == schedule.document,
            Schedule.id != schedule.id,
            Schedule.published_at.is_not(None),
            Schedule.superseded_at.is_(None),
            Schedule.first_date <= schedule.period_end,
            Schedule.period_end >= schedule.first_date,
            ~later,
        )
    ):
        other.superseded_at = now
        other.version += 1


def _compare(before: Sequence[Visit], after: Sequence[Visit], *, trips: TripChanges) -> PlanChanges:
    old = {key_of(visit): visit for visit in before}
    new = {key_of(visit): visit for visit in after}
    both = [(old[key], new[key]) for key in new if key in old]
    retimed = tuple((was, becomes) for was, becomes in both if times_of(was) != times_of(becomes))
    return PlanChanges(
        added=tuple(visit for key, visit in new.items() if key not in old),
        withdrawn=tuple(visit for key, visit in old.items() if key not in new),
        retimed=retimed,
        unchanged=len(both) - len(retimed),
        trips=trips,
    )
