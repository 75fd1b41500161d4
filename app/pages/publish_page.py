"""`/rencana/{id}/terbitkan`: what publishing changes for which team and office, and what no longer holds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.errors import AppError, Conflict, PreconditionFailed
from app.http_conventions import NowDep
from app.pages.forms import check_seen
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.plan_words import plan_at, standing_of
from app.pages.readers import DistrictReader, PlannerReader
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules import publishing
from app.schedules.answers import visits_out
from app.schedules.before_publishing import concerned_sites, objections
from app.schedules.models import Schedule
from app.schedules.obstacle_words import Obstacle, ObstacleCode
from app.schedules.obstacles import JudgedVisit
from app.schedules.publishing import PlanChanges
from app.schedules.schemas import ScheduleOut
from app.schedules.trips.answers import ShownTrips
from app.schedules.trips.judging import JudgedTrip
from app.schedules.visit_schemas import VisitOut
from app.words import Text

router = pages_router()

_ACCEPTS = "despite."
_SHOWN = ("draft", "published")
"""Stages of a plan of which something can be said here."""
Pair = tuple[VisitOut, VisitOut]


@dataclass(slots=True, kw_only=True)
class TeamChanges:
    """What changes for one team; a visit that moves between teams stands with both."""

    code: str
    name: str
    added: list[VisitOut] = field(default_factory=list)
    withdrawn: list[VisitOut] = field(default_factory=list)
    moved: list[Pair] = field(default_factory=list)
    """The same site, before and after."""
    retimed: list[Pair] = field(default_factory=list)
    """The same site, team and day, at other hours."""

    @property
    def count(self) -> int:
        return len(self.added) + len(self.withdrawn) + len(self.moved) + len(self.retimed)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLongerHolds:
    """One kind of obstacle with every visit that it stands in the way of."""

    code: ObstacleCode
    way_out: Text
    visits: Sequence[tuple[int, Text]]
    """Number of the visit, and the sentence about it."""


@router.get("/rencana/{schedule_id}/terbitkan")
def ask_to_publish(
    request: Request, session: SessionDep, schedule_id: Id, reader: PlannerReader, now: NowDep
) -> Response:
    about, schedule, shown = plan_at(session, reader, schedule_id)
    check_district(about.actor, schedule.district_code, write=True)
    if shown.stage not in _SHOWN:
        return go_to(f"/rencana/{schedule_id}")
    return _changes(request, session, about, schedule, shown, now=now)


@router.post("/rencana/{schedule_id}/terbitkan")
@once
def publish_plan(
    request: Request, session: SessionDep, schedule_id: Id, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    about, schedule, shown = plan_at(session, reader, schedule_id, for_update=True)
    check_district(about.actor, schedule.district_code, write=True)
    if shown.stage not in _SHOWN:
        return go_to(f"/rencana/{schedule_id}")
    accepted = _accepted(form)
    try:
        if schedule.draft_version is not None:
            check_seen(form, schedule.draft_version)
        # A refusal at the last moment takes back what was begun.
        with session.begin_nested():
            publishing.publish(session, schedule, actor=about.actor, now=now, despite=accepted)
    except (Conflict, PreconditionFailed) as error:
        session.refresh(schedule)
        return _changes(request, session, about, schedule, shown, now=now, accepted=accepted, refused=error)
    return go_to(f"/rencana/{schedule_id}")


def _accepted(form: Mapping[str, str]) -> Collection[ObstacleCode | int]:
    """The ticked boxes: numbers of visits, and codes of obstacles of the plan as a whole."""
    ticked = [name.removeprefix(_ACCEPTS) for name in form if name.startswith(_ACCEPTS)]
    codes = [ObstacleCode(name) for name in ticked if name in tuple(ObstacleCode)]
    return [*codes, *(int(name) for name in ticked if name.isdecimal() and len(name) <= 10)]


def _changes(
    request: Request,
    session: Session,
    reader: DistrictReader,
    schedule: Schedule,
    shown: ScheduleOut,
    *,
    now: datetime,
    accepted: Collection[ObstacleCode | int] = (),
    refused: AppError | None = None,
) -> Response:
    changes = publishing.changes(session, schedule, now=now)
    against = None if shown.stage == "published" else objections(session, schedule, now=now)
    return page(
        request,
        "plans/publish.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        plan=shown,
        version=schedule.draft_version,
        standing=standing_of(shown),
        teams=_by_team(session, schedule, changes, now=now),
        counts=_counts(changes),
        offices=concerned_sites(session, changes),
        found=against,
        no_longer=() if against is None else _no_longer(against.visits),
        trips=ShownTrips(session, schedule.district_code).changes(changes.trips),
        trips_no_longer=() if against is None else _trips_no_longer(against.trips),
        accepted=accepted,
        refused=refused,
    )


def _counts(changes: PlanChanges) -> Mapping[str, int]:
    came, left = [visit.site_id for visit in changes.added], [visit.site_id for visit in changes.withdrawn]
    moved = sum(min(came.count(site), left.count(site)) for site in set(came))
    return {
        "added": len(came) - moved,
        "withdrawn": len(left) - moved,
        "moved": moved,
        "retimed": len(changes.retimed),
        "unchanged": changes.unchanged,
    }


def _by_team(session: Session, schedule: Schedule, changes: PlanChanges, *, now: datetime) -> Sequence[TeamChanges]:
    """In the order of the teams' codes."""
    every = (*changes.added, *changes.withdrawn, *(visit for pair in changes.retimed for visit in pair))
    shown = visits_out(session, schedule.district_code, every, now=now)
    teams: dict[str, TeamChanges] = {}

    def of(visit: VisitOut) -> TeamChanges:
        return teams.setdefault(visit.team.code, TeamChanges(code=visit.team.code, name=visit.team.name))

    left: dict[str, list[VisitOut]] = defaultdict(list)
    for visit in changes.withdrawn:
        left[shown[visit.id].site.code].append(shown[visit.id])
    for after in _in_order(shown[visit.id] for visit in changes.added):
        before = left[after.site.code].pop(0) if left[after.site.code] else None
        if before is None:
            of(after).added.append(after)
            continue
        of(after).moved.append((before, after))
        if before.team.code != after.team.code:
            of(before).moved.append((before, after))
    for before in _in_order(visit for rest in left.values() for visit in rest):
        of(before).withdrawn.append(before)
    for was, becomes in changes.retimed:
        of(shown[becomes.id]).retimed.append((shown[was.id], shown[becomes.id]))
    return [teams[code] for code in sorted(teams)]


def _in_order(visits: Iterable[VisitOut]) -> Sequence[VisitOut]:
    return sorted(visits, key=lambda visit: (visit.starts_at, visit.id))


def _no_longer(judged: Sequence[JudgedVisit]) -> Sequence[NoLongerHolds]:
    """Of each kind of obstacle its visits; one with several obstacles stands with each."""
    by_code: dict[ObstacleCode, list[tuple[int, Text]]] = defaultdict(list)
    ways_out: dict[ObstacleCode, Text] = {}
    for judgement in judged:
        for obstacle in judgement.obstacles:
            by_code[obstacle.code].append((judgement.visit.id, obstacle.message))
            ways_out.setdefault(obstacle.code, obstacle.way_out)
    return [NoLongerHolds(code=code, way_out=ways_out[code], visits=tuple(visits)) for code, visits in by_code.items()]


def _trips_no_longer(judged: Sequence[JudgedTrip]) -> Mapping[ObstacleCode, Sequence[Obstacle]]:
    """Of each kind of obstacle those of trips, which are accepted together."""
    by_code: dict[ObstacleCode, list[Obstacle]] = defaultdict(list)
    for judgement in judged:
        for obstacle in judgement.obstacles:
            by_code[obstacle.code].append(obstacle)
    return by_code
