"""The gate to the planning core for drafts that people edit: read once, judged whole, by the rules of every plan."""

import gzip
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any, Generic, TypeVar

from app.schedules.runs.checking import CheckedPlan, check_read_plan
from app.schedules.runs.documents_model import plan_of, without_work
from app.schedules.runs.drafted_days import breaks_off, laid_around_break, laid_on_trip, reach_on_trip, takes_break
from solver.contract.capacity import capacity
from solver.contract.demand import Demand, demand_from_json
from solver.contract.instance import FORMAT as FIRST_FORMAT
from solver.contract.instance import Instance
from solver.contract.instance import Visit as Visit
from solver.contract.json_fields import read_visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.reading import instance_from_json
from solver.plans.changes import changes_between
from solver.plans.laying import earliest_reach, lay_in, lay_in_shortened, useful_minutes
from solver.plans.standing_rows import StandingRows, days_away

VisitKey = tuple[str, date, str]
"""Team, date and site, by the codes that plans use."""
MOST_REMEMBERED = 8
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProblem:
    """What a draft is planned with: the run's problem, and how unsure its demand is."""

    instance: Instance
    demand: Demand | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPlan:
    """One version of a draft."""

    visits: tuple[Visit, ...]
    rows: Rows = NO_ROWS
    """Its breaks, shared kits and the hours of its rides, which follow the visits; its nights, which stay with its
    trips."""
    pinned: tuple[Visit, ...]
    """What no edit and no run may move; pins that the plan never kept are among them."""
    by_hand: frozenset[VisitKey]
    """Where a planner decided: visits placed, added or retimed, and those dropped."""
    proven_activations: int | None
    """No plan whatever for this problem wins more."""
    work: Mapping[VisitKey, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """What is done in visits of a plan of several documents: operator-minutes by document. Visits come without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a draft, read and judged."""

    content: bytes
    """As it is stored; empty of one that is only tried."""
    draft: DraftPlan
    checked: CheckedPlan


class Problems:
    """The problems and versions read lately, by the digests of their files: reading costs more than judging."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._problems: _Lately[DraftProblem] = _Lately(most)
        self._versions: _Lately[Version] = _Lately(2 * most)

    def get(self, digest: str, load: Callable[[], tuple[bytes, bytes | None]]) -> DraftProblem:
        """The problem of a digest; `load` gives its instance and its demand, gzip-compressed."""
        return self._problems.get(digest, lambda: read_problem(*load()))

    def version(self, digest: str, problem: DraftProblem, content: bytes) -> Version:
        """A stored version, read and judged now or before."""
        return self._versions.get(_version_key(digest, content), lambda: read_version(problem, content))

    def edited(self, digest: str, problem: DraftProblem, draft: DraftPlan) -> Version:
        """A new version, as it will be stored; it is remembered."""
        content = edited_content(problem, draft)
        made = tried(problem, draft)
        version = replace(made, content=content, checked=replace(made.checked, content=content))
        return self._versions.get(_version_key(digest, content), lambda: version)


def _version_key(digest: str, content: bytes) -> str:
    return f"{digest}/{hashlib.sha256(content).hexdigest()}"


class _Lately(Generic[Kept]):
    """The values made last, for any thread; two that ask at once may make one twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, Kept] = {}
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], Kept]) -> Kept:
        with self._lock:
            known = self._kept.pop(key, None)
            if known is not None:
                self._kept[key] = known
                return known
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.pop(next(iter(self._kept)))
        return made


def read_problem(instance_content: bytes, demand_content: bytes | None) -> DraftProblem:
    instance = instance_from_json(_unpacked(instance_content))
    demand = None if demand_content is None else demand_from_json(_unpacked(demand_content), instance)
    return DraftProblem(instance=instance, demand=demand)


def first_content(
    problem: DraftProblem,
    plan_content: bytes,
    *,
    pinned: Collection[VisitKey] | None,
    by_hand: Collection[VisitKey],
    proven_activations: int | None,
) -> bytes:
    """The first version of a draft, whose plan claims what it claimed before.

    `pinned`: of the visits; None: those that the problem pins."""
    plan = Plan.from_json(_unpacked(plan_content))
    if pinned is None:
        pins = problem.instance.pinned
    else:
        planned = {key_of(visit) for visit in plan.visits}
        missed = [visit for visit in problem.instance.pinned if key_of(visit) not in planned]
        pins = (*missed, *(visit for visit in plan.visits if key_of(visit) in pinned))
    draft = DraftPlan(
        visits=plan.visits,
        rows=plan.rows,
        pinned=without_work(pins),
        by_hand=frozenset(by_hand),
        proven_activations=proven_activations,
    )
    return _packed(plan.to_json() | _beside(draft))


def edited_content(problem: DraftProblem, draft: DraftPlan) -> bytes:
    """A version that claims nothing."""
    return _packed(_planned(problem, draft).to_json() | _beside(draft))


def _planned(problem: DraftProblem, draft: DraftPlan) -> Plan:
    """A version as a plan: visits that were there do what they did, as far as their minutes and kits still allow it."""
    visits = [replace(visit, work=draft.work.get(key_of(visit))) for visit in draft.visits] if draft.work else None
    return plan_of(problem.instance, draft.visits if visits is None else visits, rows=draft.rows)


def read_draft(content: bytes) -> DraftPlan:
    return _draft_of(_unpacked(content))


def read_version(problem: DraftProblem, content: bytes) -> Version:
    document = _unpacked(content)
    draft = _draft_of(document)
    return Version(content=content, draft=draft, checked=_judged(problem, draft, Plan.from_json(document), content))


def tried(problem: DraftProblem, draft: DraftPlan) -> Version:
    """A version that nobody has stored."""
    return Version(content=b"", draft=draft, checked=_judged(problem, draft, _planned(problem, draft), b""))


def _draft_of(document: Mapping[str, Any]) -> DraftPlan:
    plan = Plan.from_json(document)
    return DraftPlan(
        visits=without_work(plan.visits),
        rows=plan.rows,
        work={key_of(visit): visit.work for visit in plan.visits if visit.work is not None},
        pinned=tuple(_visit(entry) for entry in document["pinned"]),
        by_hand=frozenset((team, date.fromisoformat(day), site) for team, day, site in document["by_hand"]),
        proven_activations=document["proven_activations"],
    )


def _judged(problem: DraftProblem, draft: DraftPlan, plan: Plan, content: bytes) -> CheckedPlan:
    """A version judged by every rule and recounted; its own pins stand in for those of the problem."""
    instance = replace(problem.instance, pinned=draft.pinned)
    checked = check_read_plan(
        instance, plan, content, activations_at_most=draft.proven_activations, demand=problem.demand
    )
    # What breaks rules may win more than any plan that keeps them.
    bound = None if checked.broken else checked.activations_bound
    return replace(checked, content=content, activations_bound=bound)


def laid_in(
    problem: DraftProblem,
    draft: DraftPlan,
    visit: Visit,
    *,
    fixed: Collection[VisitKey],
    near: int | None = None,
    earliest: int = 0,
    is_shortened: bool = True,
) -> tuple[Visit, ...] | None:
    """The draft's visits with one more, whose team's day is laid out anew for it; None if it has no room.

    `is_shortened`: the visit may become shorter to fit. `fixed` visits keep their times."""
    others = [other for other in draft.visits if (other.team, other.date) == (visit.team, visit.date)]
    kept = [other for other in others if key_of(other) in fixed]
    instance, key = problem.instance, (visit.team, visit.date)
    if is_away(problem, draft, *key):
        day = laid_on_trip(
            instance,
            draft.rows,
            others,
            visit,
            fixed=kept,
            near=near,
            earliest=earliest,
            is_shortened=is_shortened,
        )
        return None if day is None else in_order([*(other for other in draft.visits if other not in others), *day])
    lay = lay_in_shortened if is_shortened else lay_in
    day = lay(instance, others, visit, fixed=kept, near=near, earliest=earliest)
    if takes_break(instance, *key) and (day is None or breaks_off(instance, day)):
        day = laid_around_break(instance, others, visit, fixed=kept, earliest=earliest)
    if day is None:
        return None
    return in_order([*(other for other in draft.visits if other not in others), *day])


def is_away(problem: DraftProblem, draft: DraftPlan, team: str, day: date) -> bool:
    """Whether a team is on a trip of the draft on a date."""
    return (team, day) in days_away(problem.instance, draft.rows)


def first_reach(problem: DraftProblem, draft: DraftPlan, visit: Visit) -> int:
    """When the team could be at a visit after the rest of its day, whatever the hours say."""
    others = [other for other in draft.visits if (other.team, other.date) == (visit.team, visit.date)]
    if is_away(problem, draft, visit.team, visit.date):
        return reach_on_trip(problem.instance, draft.rows, others, visit)
    return earliest_reach(problem.instance, others, visit)


def plan_file(problem: DraftProblem, draft: DraftPlan) -> bytes:
    """A version as a plan file that claims nothing, not compressed."""
    return json.dumps(_planned(problem, draft).to_json()).encode()


def instance_with_pins(problem: DraftProblem, draft: DraftPlan, content: bytes) -> bytes:
    """The draft's problem as a file whose pins the draft still has; `content` itself as long as it dropped none."""
    if set(problem.instance.pinned) <= set(draft.pinned):
        return content
    kept = tuple(visit for visit in problem.instance.pinned if visit in draft.pinned)
    return _packed(replace(problem.instance, pinned=kept).to_json())


def visits_of(documents: Sequence[object]) -> tuple[Visit, ...]:
    """Visits as the planning core writes them."""
    return tuple(_visit(document) for document in documents)


def with_visits(problem: DraftProblem, draft: DraftPlan, visits: Sequence[Visit]) -> DraftPlan:
    """The draft with other visits, and breaks, kits and rides of its team-days to go with them."""
    return with_rows_of(problem, draft, replace(draft, visits=in_order(visits)))


def with_rows_of(problem: DraftProblem, before: DraftPlan, after: DraftPlan) -> DraftPlan:
    """An edited draft, its breaks, kits and rides as they go with the visits that the edits have changed; its nights
    are those that the edits left it."""
    if problem.instance.format == FIRST_FORMAT:
        return after
    rows = StandingRows(problem.instance).rows(after.rows, before=before.visits, after=after.visits)
    return replace(after, rows=rows)


def usual_minutes(problem: DraftProblem, visit: Visit) -> int:
    """The length of a visit as the rules have it: the session's own, or whole slots, no longer than it is."""
    site = next(known for known in problem.instance.sites if known.id == visit.site)
    if site.fixed_minutes is not None:
        return site.fixed_minutes
    slot = problem.instance.slot_minutes
    return max(slot, visit.minutes // slot * slot)


def wanted_minutes(problem: DraftProblem, draft: DraftPlan, team: str, site: str) -> int:
    """How long a team would serve those that the draft's visits leave at a site."""
    instance = problem.instance
    known = next(known for known in instance.sites if known.id == site)
    teams = {team.id: team for team in instance.teams}
    served = sum(
        capacity(instance.connectivity, teams[visit.team], site=known, minutes=visit.minutes)
        for visit in draft.visits
        if visit.site == site
    )
    return useful_minutes(instance, team, site, people=known.people - served)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedVisit:
    """A visit before and after; None: there was none, or is none."""

    before: Visit | None
    after: Visit | None


def changed_visits(before: Sequence[Visit], after: Sequence[Visit]) -> tuple[ChangedVisit, ...]:
    """Every visit that is not as it was: dropped, moved, retimed and added ones, in this order."""
    changes = changes_between(before, after)
    return (
        *(ChangedVisit(before=visit, after=None) for visit in changes.withdrawn),
        *(ChangedVisit(before=move.before, after=move.after) for move in (*changes.moved, *changes.retimed)),
        *(ChangedVisit(before=None, after=visit) for visit in changes.added),
    )


def key_of(visit: Visit) -> VisitKey:
    return visit.team, visit.date, visit.site


def _beside(draft: DraftPlan) -> dict[str, Any]:
    return {
        "pinned": [visit.to_json() for visit in draft.pinned],
        "by_hand": sorted([team, day.isoformat(), site] for team, day, site in draft.by_hand),
        "proven_activations": draft.proven_activations,
    }


def _visit(entry: object) -> Visit:
    visit = read_visit(entry, "/pinned")
    assert isinstance(visit, Visit)  # written by ourselves or the planning core
    return visit


def in_order(visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """By team, date and start, as plans list them."""
    return tuple(sorted(visits, key=lambda visit: (visit.team, visit.date, visit.start, visit.site)))


def _packed(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def _unpacked(content: bytes) -> Any:
    return json.loads(gzip.decompress(content))
