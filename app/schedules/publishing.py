"""Puts a draft into force in place of what it supersedes, and tells what that changes.

What has begun never moves. A visit that keeps team, date and site keeps its calendar identity; one that leaves the
plan is withdrawn, not deleted, so that calendars can say so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.access import service as access
from app.access.service import Actor
from app.committed_log import log_once_committed
from app.districts import service as districts
from app.districts.models import District
from app.errors import Conflict, FieldProblem
from app.languages import Said, said
from app.schedules import service as schedules
from app.schedules.announcements.calendars import announce
from app.schedules.models import Schedule, Visit
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.obstacles import judge_today
from app.schedules.planned_with import planned_with
from app.schedules.promises import promised_among
from app.schedules.queries import last_publication, visits_in_force
from app.schedules.runs.gateway import check_plan
from app.schedules.standing_results import is_reported
from app.sites.kinds import kind_defaults
from app.sites.models import Site
from app.teams.models import Team
from app.words import moment, spoken

VisitKey = tuple[int, date, int]


class ScheduleSuperseded(Conflict):
    """The schedule was published once and has been replaced."""


class PlanRefused(Conflict):
    """The plan breaks a rule of its own instance."""


class PlanOvertaken(Conflict):
    """Something changed since the plan was made, so that some of its visits can no longer be."""


class NothingToPublish(Conflict):
    """No visit of the plan lies in the future."""


class TeamBusy(Conflict):
    """A visit that may not move any more overlaps one of the plan."""


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
    `TeamBusy`."""
    district = districts.get_district(session, schedule.district_code)
    zone = ZoneInfo(district.time_zone)
    if schedule.superseded_at is not None:
        raise ScheduleSuperseded(
            said(
                "Schedule {schedule} was superseded on {moment}; request a new one to go back to a plan like it.",
                "Jadwal {schedule} sudah digantikan pada {moment}; minta jadwal baru untuk kembali ke rencana serupa.",
                schedule=schedule.id,
                moment=_shown_moment(schedule.superseded_at, zone),
            )
        )
    if schedule.published_at is not None:
        return schedule
    checked = check_plan(*schedules.with_files(session, schedule))
    if checked.violations:
        raise PlanRefused(
            said(
                "The plan breaks {count} rules: {first}",
                "Rencana ini melanggar {count} aturan: {first}",
                count=len(checked.violations),
                first=checked.violations[0],
            ),
            problems=[FieldProblem(pointer="/visits", detail=message) for message in checked.violations[:100]],
        )
    # Two publications of one district take turns.
    session.execute(select(District.code).where(District.code == district.code).with_for_update(key_share=True))
    frozen = frozen_until(schedule, district, now=now)
    leaving = _replaceable(session, schedule, since=frozen)
    coming = visits_entering(session, schedule, since=frozen)
    if not coming:
        raise NothingToPublish(
            said(
                "Schedule {schedule} has no visit left from {moment} on; request a new one.",
                "Jadwal {schedule} tidak punya kunjungan lagi sejak {moment}; minta jadwal baru.",
                schedule=schedule.id,
                moment=_shown_moment(frozen, zone),
            )
        )
    accepted = _accepted_changes(session, schedule, zone, despite=despite)
    accepted += _accepted_obstacles(session, district, coming, despite=despite)
    _keep_facts(session, schedule, coming)
    try:
        with session.begin_nested():
            _exchange(session, leaving, coming, zone=zone, now=now)
    except IntegrityError as error:
        raise TeamBusy(
            said(
                "Schedule {schedule} could not be published: another change put one of its teams to "
                "work at the same time. Try again.",
                "Jadwal {schedule} belum dapat diterbitkan: perubahan lain menugaskan salah satu "
                "timnya pada waktu yang sama. Coba lagi.",
                schedule=schedule.id,
            )
        ) from error
    schedule.published_at = now
    schedule.publication = last_publication(session, district.code) + 1
    schedule.version += 1
    session.flush()
    _supersede_others(session, schedule, now=now)
    announce(session, district.code, now=now)
    _record_publication(session, schedule, actor=actor, entering=coming, leaving=leaving, accepted=accepted, now=now)
    session.flush()
    return schedule


def _record_publication(
    session: Session,
    schedule: Schedule,
    *,
    actor: Actor,
    entering: Sequence[Visit],
    leaving: Sequence[Visit],
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
        details={"visits": len(entering), "left": left, "despite": accepted},
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


def _accepted_changes(
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
            moment=_shown_moment(since[0].published_at or since[0].requested_at, zone),
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


def _accepted_obstacles(
    session: Session, district: District, entering: Sequence[Visit], *, despite: Collection[ObstacleCode | int]
) -> list[str]:
    """What stands in the way of these visits today and is accepted, as `visit/7 team_on_leave`.

    Raises `PlanOvertaken` for what is not."""
    accepted, refused = [], []
    for judged in judge_today(session, district, entering):
        for obstacle in judged.obstacles:
            if obstacle.code in despite or judged.visit.id in despite:
                accepted.append(f"visit/{judged.visit.id} {obstacle.code}")
            else:
                refused.append((judged.visit, obstacle))
    if refused:
        first = refused[0][1]
        raise PlanOvertaken(
            said(
                "{count} visits of the plan can no longer be as they are. {first} Plan again, or "
                "publish with 'despite' and the codes or visits that you accept.",
                "{count} kunjungan dalam rencana ini tidak dapat lagi dilaksanakan apa adanya. "
                "{first} Susun ulang, atau terbitkan dengan 'despite' berisi kode atau kunjungan "
                "yang Anda terima.",
                count=len({visit.id for visit, _ in refused}),
                first=spoken(first.message),
            ),
            problems=[
                FieldProblem(
                    pointer=f"/visits/{visit.id}",
                    detail=spoken(obstacle.message),
                    value=obstacle.code.value,
                    mend=spoken(obstacle.way_out),
                )
                for visit, obstacle in refused
            ],
        )
    return accepted


def changes(session: Session, schedule: Schedule, *, now: datetime) -> PlanChanges:
    """Of a draft: what publishing it now would change; of a published schedule: what it did change."""
    if schedule.published_at is None:
        district = districts.get_district(session, schedule.district_code)
        frozen = frozen_until(schedule, district, now=now)
        after = visits_entering(session, schedule, since=frozen)
        return _compare(_replaceable(session, schedule, since=frozen), after)
    own = _own_visits(session, schedule)
    return _compare(_replaced(session, schedule), [visit for visit in own if visit.published_at is not None])


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


def frozen_until(schedule: Schedule, district: District, *, now: datetime) -> datetime:
    """Visits that begin before this moment stay as they are; a back-test replays its own first date."""
    first = datetime.combine(schedule.first_date, time(), ZoneInfo(district.time_zone))
    return first if schedule.is_back_test else max(first, now)


def visits_entering(session: Session, schedule: Schedule, *, since: datetime) -> Sequence[Visit]:
    """The visits that publishing puts into force: none of before `since`, none that has happened already."""
    happened = reported_keys(session, schedule)
    return [
        visit for visit in _own_visits(session, schedule) if visit.starts_at >= since and _key(visit) not in happened
    ]


def _own_visits(session: Session, schedule: Schedule) -> Sequence[Visit]:
    return session.scalars(select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.id)).all()


def _replaceable(session: Session, schedule: Schedule, *, since: datetime) -> Sequence[Visit]:
    """Visits in force that this schedule plans anew: same document, in its period, neither begun by then nor
    reported."""
    return session.scalars(
        _in_force_around(schedule).where(Visit.starts_at >= since, ~is_reported()).order_by(Visit.id)
    ).all()


def reported_keys(session: Session, schedule: Schedule) -> set[VisitKey]:
    """Visits in force of which a result is known: no plan moves them, and none repeats them."""
    return {_key(visit) for visit in session.scalars(_in_force_around(schedule).where(is_reported()))}


def _in_force_around(schedule: Schedule) -> Select[Visit]:
    return (
        visits_in_force(schedule.district_code)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            Schedule.document == schedule.document,
            Visit.date.between(schedule.first_date, schedule.period_end),
        )
    )


def _keep_facts(session: Session, schedule: Schedule, entering: Sequence[Visit]) -> None:
    """Write down what each visit was planned with."""
    sites = {
        site.id: site
        for site in session.scalars(select(Site).where(Site.id.in_({visit.site_id for visit in entering})))
    }
    teams = {
        team.id: team
        for team in session.scalars(select(Team).where(Team.id.in_({visit.team_id for visit in entering})))
    }
    kinds = kind_defaults(session, schedule.district_code)
    for visit in entering:
        visit.planned_with = planned_with(sites[visit.site_id], teams[visit.team_id], kinds=kinds).to_json()


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


def _exchange(
    session: Session, leaving: Sequence[Visit], entering: Sequence[Visit], *, zone: ZoneInfo, now: datetime
) -> None:
    before = {_key(visit): visit for visit in leaving}
    promised = promised_among(session, entering)
    kept = {_key(visit) for visit in entering}
    for visit in leaving:
        visit.in_force = False
        if _key(visit) not in kept:
            visit.withdrawn_at = visit.changed_at = now
            visit.sequence += 1
    # The constraints look at every row as it is written, so those that leave go first.
    session.flush()
    _refuse_overlaps(session, entering, zone=zone)
    for visit in entering:
        visit.in_force = True
        visit.published_at = visit.changed_at = now
        earlier = before.get(_key(visit))
        if visit.id in promised:
            # The promise keeps it in place, and ends with it; a pin would outlast a new wish of the site.
            visit.pinned = False
        if earlier is not None:
            is_same = _shown(visit) == _shown(earlier)
            visit.uid = earlier.uid
            visit.sequence = earlier.sequence + (0 if is_same else 1)
            visit.changed_at = earlier.changed_at if is_same else now
            visit.pinned = visit.pinned or earlier.pinned
    session.flush()


def _refuse_overlaps(session: Session, entering: Sequence[Visit], *, zone: ZoneInfo) -> None:
    """Raise `TeamBusy` if a visit that stays in force takes a team at the time of a new one."""
    new = aliased(Visit)
    found = session.execute(
        select(Visit, new)
        .join(new, new.team_id == Visit.team_id)
        .where(
            Visit.in_force,
            new.id.in_([visit.id for visit in entering]),
            func.tstzrange(Visit.starts_at, Visit.ends_at).op("&&")(func.tstzrange(new.starts_at, new.ends_at)),
        )
        .order_by(new.starts_at)
        .limit(1)
    ).first()
    if found is not None:
        staying, planned = found
        raise TeamBusy(
            said(
                "Visit {visit} keeps its team until {until} and cannot move any more, but the plan "
                "has the team elsewhere from {since}. Plan again from a later first_date.",
                "Kunjungan {visit} memakai timnya sampai {until} dan tidak dapat dipindah lagi, "
                "padahal rencana ini menugaskan tim itu di tempat lain sejak {since}. Susun ulang "
                "dengan first_date yang lebih akhir.",
                visit=staying.id,
                until=_shown_moment(staying.ends_at, zone),
                since=_shown_moment(planned.starts_at, zone),
            )
        )


def _shown_moment(at: datetime, zone: ZoneInfo) -> Said:
    return spoken(moment(at.astimezone(zone)))


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


def _compare(before: Sequence[Visit], after: Sequence[Visit]) -> PlanChanges:
    old = {_key(visit): visit for visit in before}
    new = {_key(visit): visit for visit in after}
    both = [(old[key], new[key]) for key in new if key in old]
    retimed = tuple((was, becomes) for was, becomes in both if _times(was) != _times(becomes))
    return PlanChanges(
        added=tuple(visit for key, visit in new.items() if key not in old),
        withdrawn=tuple(visit for key, visit in old.items() if key not in new),
        retimed=retimed,
        unchanged=len(both) - len(retimed),
    )


def _key(visit: Visit) -> VisitKey:
    return (visit.team_id, visit.date, visit.site_id)


def _shown(visit: Visit) -> tuple[object, ...]:
    """Everything of a visit itself that its calendar entry tells (`app.schedules.announcements.entries`)."""
    return (
        *_times(visit),
        *(visit.arrives_at, visit.service_minutes, visit.expected_activations),
        *(visit.travel_minutes, visit.travel_metres),
    )


def _times(visit: Visit) -> tuple[datetime, datetime, int]:
    return (visit.starts_at, visit.ends_at, visit.setup_minutes)
