"""Two plans of a district side by side: what stays, goes, comes and moves from the one to the other, and why."""

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import District
from app.errors import invalid
from app.languages import said
from app.schedules.drafts.models import DraftVersion
from app.schedules.models import Schedule, Visit
from app.schedules.obstacles import judge_today
from app.schedules.run_words import standing_of_run
from app.schedules.runs.drafted import goes_on_from_draft
from app.schedules.service import ScheduleNotFinished
from app.schedules.standing_results import standing_results
from app.schedules.trips.reading import WholeTrip, trips_of
from app.sites.models import Site
from app.teams.models import Team
from app.words import Text, in_both

VisitKey = tuple[int, date, int]


class Why(StrEnum):
    """What is behind a difference, or the want of one."""

    OBSTACLE = "obstacle"
    HAND = "hand"
    SOLVER = "solver"
    PINNED = "pinned"
    REPORTED = "reported"
    UNCHANGED = "unchanged"


_WORDS = {
    Why.HAND: in_both("Diubah dengan tangan.", "Changed by hand."),
    Why.SOLVER: in_both(
        "Pilihan penyusun jadwal: dengan begini rencana seluruhnya lebih baik.",
        "The solver's choice: the plan as a whole is better so.",
    ),
    Why.PINNED: in_both("Disematkan.", "Pinned."),
    Why.REPORTED: in_both("Sudah ada hasilnya.", "It has a result."),
    Why.UNCHANGED: in_both("Tetap.", "As it was."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A visit in both plans, or in one of them."""

    before: Visit | None
    after: Visit | None
    why: Why
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFigures:
    """A plan on the dates compared, priced as the district prices today."""

    expected_activations: int
    visits: int
    team_days: int
    metres: int
    service_minutes: int
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """From one plan to another, on the dates from `since` on that both may plan."""

    since: date
    before: PlanFigures
    after: PlanFigures
    kept: tuple[Difference, ...]
    retimed: tuple[Difference, ...]
    moved: tuple[Difference, ...]
    """To another team or date at the same site."""
    added: tuple[Difference, ...]
    dropped: tuple[Difference, ...]


def compare(session: Session, schedule: Schedule, other: Schedule, *, now: datetime) -> Comparison:
    """What `schedule` does differently from `other`; raises `InvalidRequest`, `ScheduleNotFinished`."""
    _refuse_strangers(schedule, other)
    district = districts.get_district(session, schedule.district_code)
    since = max(schedule.first_date, other.first_date)
    old, new = _visits(session, other, since=since), _visits(session, schedule, since=since)
    judge = _Reasons(session, district, schedule, other, old, now=now)
    before, after = {_key(visit): visit for visit in old}, {_key(visit): visit for visit in new}
    both = [(before[key], after[key]) for key in after if key in before]
    same = [pair for pair in both if _times(pair[0]) == _times(pair[1])]
    leaving: dict[int, list[Visit]] = defaultdict(list)
    for key, visit in before.items():
        if key not in after:
            leaving[visit.site_id].append(visit)
    moved: list[tuple[Visit, Visit]] = []
    added: list[Visit] = []
    for key, visit in after.items():
        if key in before:
            continue
        candidates = leaving[visit.site_id]
        if not candidates:
            added.append(visit)
            continue
        nearest = min(
            candidates,
            key=lambda candidate: (abs((candidate.date - visit.date).days), candidate.team_id != visit.team_id),
        )
        candidates.remove(nearest)
        moved.append((nearest, visit))
    dropped = sorted((visit for visits in leaving.values() for visit in visits), key=_order)
    return Comparison(
        since=since,
        before=_figures(district, old, _trips(session, other, since=since)),
        after=_figures(district, new, _trips(session, schedule, since=since)),
        kept=tuple(judge.kept(*pair) for pair in same),
        retimed=tuple(judge.changed(*pair) for pair in both if _times(pair[0]) != _times(pair[1])),
        moved=tuple(judge.changed(*pair) for pair in moved),
        added=tuple(judge.changed(None, visit) for visit in added),
        dropped=tuple(judge.changed(visit, None) for visit in dropped),
    )


def _refuse_strangers(schedule: Schedule, other: Schedule) -> None:
    if (schedule.district_code, schedule.document) != (other.district_code, other.document):
        raise invalid(
            "query/against",
            said(
                "Schedule {other} is of another district or document.",
                "Jadwal {other} milik daerah atau dokumen lain.",
                other=other.id,
            ),
            value=other.id,
            mend=said("Compare two plans of one district and document.", "Bandingkan dua rencana daerah yang sama."),
        )
    for plan in (schedule, other):
        if plan.verdict is None and plan.published_at is None:
            raise ScheduleNotFinished(
                said(
                    "Schedule {schedule} has no plan to compare: its run is {standing}.",
                    "Jadwal {schedule} tidak punya rencana untuk dibandingkan: penyusunannya {standing}.",
                    schedule=plan.id,
                    standing=standing_of_run(plan),
                )
            )


def _visits(session: Session, schedule: Schedule, *, since: date) -> Sequence[Visit]:
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.date >= since)
    return session.scalars(query.order_by(Visit.date, Visit.team_id, Visit.starts_at, Visit.id)).all()


class _Reasons:
    """Why visits of one plan are not in another, or elsewhere."""

    def __init__(
        self,
        session: Session,
        district: District,
        schedule: Schedule,
        other: Schedule,
        old: Sequence[Visit],
        *,
        now: datetime,
    ) -> None:
        ahead = [visit for visit in old if visit.starts_at >= now or other.is_back_test]
        self._obstacles = {
            judged.visit.id: judged.obstacles[0].message
            for judged in judge_today(session, district, ahead)
            if judged.obstacles
        }
        self._reported = standing_results(session, district.code, {visit.uid for visit in old})
        self._by_hand = _by_hand(session, schedule)
        # What the hand did not touch itself gave way to it, as long as no solver came between.
        is_own_copy = schedule.draft_version is not None and schedule.copied_from_id == other.id
        self._otherwise = Why.HAND if is_own_copy else Why.SOLVER

    def kept(self, before: Visit, after: Visit) -> Difference:
        why = Why.UNCHANGED
        if before.uid in self._reported:
            why = Why.REPORTED
        elif after.pinned:
            why = Why.PINNED
        return Difference(before=before, after=after, why=why, text=_WORDS[why])

    def changed(self, before: Visit | None, after: Visit | None) -> Difference:
        if before is not None and before.id in self._obstacles:
            return Difference(before=before, after=after, why=Why.OBSTACLE, text=self._obstacles[before.id])
        keys = {_key(visit) for visit in (before, after) if visit is not None}
        why = Why.HAND if keys & self._by_hand else self._otherwise
        return Difference(before=before, after=after, why=why, text=_WORDS[why])


def _by_hand(session: Session, schedule: Schedule) -> set[VisitKey]:
    """The visits that a planner's hand touched on the way to this plan."""
    content: bytes | None = None
    if schedule.draft_version is not None:
        content = session.scalar(select(Schedule.plan_json).where(Schedule.id == schedule.id))
    elif goes_on_from_draft(schedule):
        shows = (
            select(DraftVersion.shows)
            .where(DraftVersion.schedule_id == schedule.copied_from_id, DraftVersion.number == schedule.copied_version)
            .scalar_subquery()
        )
        content = session.scalar(
            select(DraftVersion.plan_json).where(
                DraftVersion.schedule_id == schedule.copied_from_id, DraftVersion.number == shows
            )
        )
    if content is None:
        return set()
    touched: list[Any] = json.loads(gzip.decompress(content))["by_hand"]
    code = schedule.district_code
    team_ids = {row.code: row.id for row in session.execute(select(Team.code, Team.id).filter_by(district_code=code))}
    site_ids = {row.code: row.id for row in session.execute(select(Site.code, Site.id).filter_by(district_code=code))}
    return {
        (team_ids[team], date.fromisoformat(day), site_ids[site])
        for team, day, site in touched
        if team in team_ids and site in site_ids
    }


def _trips(session: Session, schedule: Schedule, *, since: date) -> Sequence[WholeTrip]:
    return [whole for whole in trips_of(session, schedule) if whole.trip.starts_on >= since]


def _figures(district: District, visits: Sequence[Visit], trips: Sequence[WholeTrip]) -> PlanFigures:
    by_day = groupby(sorted(visits, key=_order), key=lambda visit: (visit.date, visit.team_id))
    last = {(day, team): list(stops)[-1] for (day, team), stops in by_day}
    away = {(day, whole.trip.team_id) for whole in trips for day in whole.working_dates}
    # A day of a trip ends at its lodging, or with the last leg of the trip.
    home = sum(visit.home_metres for key, visit in last.items() if key not in away)
    metres = sum(visit.travel_metres for visit in visits) + home + sum(whole.metres for whole in trips)
    team_days = len(last.keys() | away)
    return PlanFigures(
        expected_activations=sum(visit.expected_activations for visit in visits),
        visits=len(visits),
        team_days=team_days,
        metres=metres,
        service_minutes=sum(visit.service_minutes for visit in visits),
        cost=metres * district.cost_per_km // 1000
        + team_days * district.cost_per_team_day
        + sum(whole.cost for whole in trips),
    )


def _key(visit: Visit) -> VisitKey:
    return visit.team_id, visit.date, visit.site_id


def _times(visit: Visit) -> tuple[datetime, datetime, int]:
    return visit.starts_at, visit.ends_at, visit.setup_minutes


def _order(visit: Visit) -> tuple[date, int, datetime, int]:
    return visit.date, visit.team_id, visit.starts_at, visit.id
