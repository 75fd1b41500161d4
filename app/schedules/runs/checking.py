"""A plan of the solver, recounted by the verifier, becomes figures and visits; nothing in them is its own claim.

One half of the gate to the planning core; `problem` is the other."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate, groupby, pairwise
from typing import Any

import structlog

from app.languages import Said, said
from app.schedules.runs.breaks_and_kits import CheckedBreak, CheckedKit, breaks_on, kits_on
from app.schedules.runs.documents_model import ServedPeople, people_served, served_further, without_work
from app.schedules.runs.rule_words import broken_rule
from app.schedules.runs.trips_model import CheckedTrip, TripsOfPlan, VisitKey, key_of, trips_of_plan
from app.sites.preparations import VisitStage
from app.travel.legs import PlaceKey
from solver.contract.demand import Demand, demand_from_json
from solver.contract.instance import Instance, Site, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.policy import MEASURES
from solver.contract.reading import instance_from_json
from solver.contract.travel import NO_WAY_MINUTES, Travel
from solver.contract.verify import Outcome, Recount, verify
from solver.contract.workload import TeamLoad as TeamLoad
from solver.plans.expectation import expected_wins
from solver.plans.missed import Missed as Missed
from solver.plans.missed import missed
from solver.plans.outlook import Outlook, outlook, served_beyond

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Which of several plans the solver kept of a run whose demand is unsure, and why."""

    instance: bytes
    """The problem that the kept plan was made for, gzip-compressed JSON."""
    choice: Mapping[str, Any]
    """`chosen`, `candidates` and `activations_bound`, as the solver wrote them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedVisit:
    """A planned visit, by codes; times in minutes after local midnight."""

    team: str
    site: str
    date: date
    stop_index: int
    arrives_at: int
    start: int
    ends_at: int
    """Later than set-up and service by the breaks that pause it."""
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    home_minutes: int
    """From here to the base, like `home_metres`: any stop is the last one once a later plan takes the rest away.

    On a trip to where the day ends, its lodging or the base; 0 where only a ride leads there."""
    home_metres: int
    came_from: PlaceKey
    """The place before it on that day."""
    goes_to: PlaceKey
    """Where its day ends."""
    served: int
    """Whom it wins; where demand is unsure, what it is expected to."""
    pinned: bool
    day_breaks: tuple[CheckedBreak, ...] = ()
    """Of its team on that date, in order."""
    day_kits: tuple[CheckedKit, ...] = ()
    """What its team draws from pools on that date."""
    further: Mapping[str, int] = field(default_factory=dict)
    """Whom it serves with further documents."""
    stage: VisitStage | None = None
    prepared: int | None = None
    """Whom it prepares, or of those prepared those who come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A breach of a rule, with the visit that is to blame where there is one."""

    rule: str
    team: str | None
    site: str | None
    date: date | None
    words: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPlan:
    """A plan recounted by `verify`; nothing in it is the solver's own claim but bounds and how the run ended."""

    content: bytes
    violations: tuple[Said, ...]
    broken: tuple[BrokenRule, ...]
    """The rules of planning among the violations, which are also the plan's own claims."""
    visits: tuple[CheckedVisit, ...]
    value_milli: int
    bound_milli: int | None
    cost: int
    activations: int
    activations_bound: int | None
    net_gap: int
    outlook: Outlook
    missed: Missed
    reached: Mapping[str, int]
    """At every level that a policy may name."""
    stop_reason: str | None
    iterations: int | None
    solver_version: str | None
    unchanged: Mapping[str, int] | None = None
    """Of a re-planning: what the plan in force would win if nobody changed it (`app.schedules.runs.unchanged`)."""
    further: tuple[ServedPeople, ...] = ()
    """What it does for each further document."""
    trips: tuple[CheckedTrip, ...] = ()
    """Where teams sleep away or take boats and planes."""


def check_plan(
    instance_content: bytes,
    plan_content: bytes,
    *,
    activations_at_most: int | None = None,
    demand_content: bytes | None = None,
) -> CheckedPlan:
    """Verify a plan against the instance it was made for, both as they are stored.

    `activations_at_most`: a bound proven elsewhere; where it is the tighter one, the plan claims it from here on. With
    a demand, what a visit wins is what it is expected to, and only that bound speaks of it."""
    instance = instance_from_json(json.loads(gzip.decompress(instance_content)))
    demand = None
    if demand_content is not None:
        demand = demand_from_json(json.loads(gzip.decompress(demand_content)), instance)
    plan = Plan.from_json(json.loads(gzip.decompress(plan_content)))
    return check_read_plan(instance, plan, plan_content, activations_at_most=activations_at_most, demand=demand)


def check_read_plan(
    instance: Instance,
    plan: Plan,
    plan_content: bytes,
    *,
    activations_at_most: int | None = None,
    demand: Demand | None = None,
) -> CheckedPlan:
    """`check_plan` for files that have been read already; `plan_content`: the plan as it is stored."""
    recount, trips = verify(instance, plan), trips_of_plan(instance, plan)
    broken = _broken_rules(recount)
    violations = (*(rule.words for rule in broken), *_untrue_bounds(plan, recount))
    bound = plan.activations_bound
    if demand is not None:
        recount, bound = as_expected(instance, recount, demand, rows=plan.rows), activations_at_most
    elif not violations and _is_tighter(activations_at_most, plan, recount):
        plan, bound = replace(plan, activations_bound=activations_at_most), activations_at_most
        plan_content = gzip.compress(json.dumps(plan.to_json()).encode(), mtime=0)
    visits = _visits(instance, plan, recount, trips)
    served_further = {visit.site for visit in visits if any(visit.further.values())}
    return CheckedPlan(
        content=plan_content,
        violations=violations,
        broken=broken,
        visits=visits,
        trips=trips.trips,
        value_milli=recount.value_milli,
        bound_milli=plan.bound_milli,
        cost=recount.cost,
        activations=recount.activations,
        activations_bound=bound,
        net_gap=instance.net_gap,
        outlook=outlook(instance, recount, bound, plan.served_bound),
        missed=missed(instance, recount, plan.rows, served_further=served_further),
        reached={str(name): measure.reached(recount) for name, measure in MEASURES.items()},
        stop_reason=plan.stop_reason,
        iterations=plan.iterations,
        solver_version=plan.solver_version,
        further=people_served(recount, plan),
    )


def _broken_rules(recount: Recount) -> tuple[BrokenRule, ...]:
    return tuple(
        BrokenRule(
            rule=violation.rule,
            team=violation.team,
            site=violation.site,
            date=violation.date,
            words=broken_rule(
                violation.rule, violation.message, team=violation.team, site=violation.site, day=violation.date
            ),
        )
        for violation in recount.violations
    )


def _untrue_bounds(plan: Plan, recount: Recount) -> tuple[Said, ...]:
    """What the plan claims of whom any plan serves and its own visits disprove."""
    of_documents = tuple(
        said(
            "the claimed bound of {bound} people served with {document} lies below the {won} served",
            "batas {bound} orang yang dilayani dengan {document} menurut rencana di bawah {won} yang dilayaninya",
            bound=most,
            document=document,
            won=served,
        )
        for document, served, most in served_beyond(plan, recount)
    )
    if plan.activations_bound is None or plan.activations_bound >= recount.activations:
        return of_documents
    return (
        *of_documents,
        said(
            "the claimed bound of {bound} activations lies below the {won} won",
            "batas {bound} aktivasi yang disebut rencana di bawah {won} yang diraihnya",
            bound=plan.activations_bound,
            won=recount.activations,
        ),
    )


def _visits(instance: Instance, plan: Plan, recount: Recount, trips: TripsOfPlan) -> tuple[CheckedVisit, ...]:
    """Every visit as it was recounted, day by day."""
    sites = {site.id: site for site in instance.sites}
    homeward = _homeward(instance, plan, trips)
    pinned, further = set(instance.pinned), served_further(instance, plan)
    kept = [trip for trip in trips.trips if trip.is_pinned]
    breaks, kits = breaks_on(instance, plan.rows), kits_on(instance, plan.rows)
    by_team_day = groupby(recount.by_visit, key=lambda outcome: (outcome.visit.team, outcome.visit.date))
    days = [tuple(outcomes) for _, outcomes in by_team_day]
    return tuple(
        CheckedVisit(
            team=outcome.visit.team,
            site=outcome.visit.site,
            date=outcome.visit.date,
            stop_index=index,
            arrives_at=outcome.arrives_at,
            start=outcome.visit.start,
            ends_at=outcome.ends_at,
            setup_minutes=sites[outcome.visit.site].setup_minutes,
            service_minutes=outcome.visit.minutes,
            travel_minutes=outcome.travel_minutes,
            travel_metres=outcome.travel_metres,
            home_minutes=homeward[_key(outcome.visit)][0],
            home_metres=homeward[_key(outcome.visit)][1],
            came_from=_came_from(day, index, trips),
            goes_to=_goes_to(outcome.visit, trips),
            served=outcome.served,
            # What a pinned trip keeps is let go with it; a pin of its own would outlast that.
            pinned=without_work([outcome.visit])[0] in pinned
            and not any(trip.covers(outcome.visit.team, outcome.visit.date) for trip in kept),
            day_breaks=breaks.get((outcome.visit.team, outcome.visit.date), ()),
            day_kits=kits.get((outcome.visit.team, outcome.visit.date), ()),
            further=further.get((outcome.visit.team, outcome.visit.date, outcome.visit.site), {}),
            **_stage(sites[outcome.visit.site]),
        )
        for day in days
        for index, outcome in enumerate(day)
    )


def _stage(site: Site) -> dict[str, Any]:
    """What a visit there is to people who are prepared first, and how many these are."""
    if site.prepares:
        return {"stage": VisitStage.PREPARATION, "prepared": site.prepares}
    return {"stage": VisitStage.FOLLOW_UP, "prepared": site.prepared} if site.prepared else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLoads:
    """How a plan shares the work out among the teams of its run."""

    price_milli: int
    """Of an hour above a team's share; 0: the run did not look at it."""
    teams: tuple[TeamLoad, ...]


def loads_of(instance_content: bytes, plan_content: bytes, *, demand_content: bytes | None) -> PlanLoads:
    """Recount the loads of a plan, as they are stored; with a demand, activations are those expected."""
    instance = instance_from_json(json.loads(gzip.decompress(instance_content)))
    plan = Plan.from_json(json.loads(gzip.decompress(plan_content)))
    recount = verify(instance, plan)
    loads = recount.loads
    if demand_content is not None:
        won: Counter[str] = Counter()
        demand = demand_from_json(json.loads(gzip.decompress(demand_content)), instance)
        for outcome in as_expected(instance, recount, demand, rows=plan.rows).by_visit:
            won[outcome.visit.team] += outcome.served
        loads = tuple(replace(load, activations=won[load.team]) for load in loads)
    return PlanLoads(price_milli=instance.weights.fairness, teams=loads)


def as_expected(instance: Instance, recount: Recount, demand: Demand, *, rows: Rows) -> Recount:
    """The recount of a plan with what each visit is expected to win, in whole people such that none is lost on the way
    to the sum; `rows` are those of the plan."""
    plan = Plan(visits=tuple(outcome.visit for outcome in recount.by_visit), rows=rows)
    wins = expected_wins(instance, plan, demand)
    totals = [int(total + _ROUNDING) for total in accumulate(wins, initial=0.0)]
    by_visit = tuple(
        replace(outcome, served=after - before)
        for outcome, (before, after) in zip(recount.by_visit, pairwise(totals), strict=True)
    )
    return replace(recount, by_visit=by_visit, activations=totals[-1])


_ROUNDING = 1e-6
"""Sums of means in floating point may fall this short of a whole number."""


def _is_tighter(at_most: int | None, plan: Plan, recount: Recount) -> bool:
    if at_most is None or (plan.activations_bound is not None and plan.activations_bound <= at_most):
        return False
    if at_most < recount.activations:
        # A verified plan disproves it: one of the two instances is not what it is held for.
        log.warning("carried bound refused", activations_bound=at_most, activations=recount.activations)
        return False
    return True


def _came_from(day: Sequence[Outcome], index: int, trips: TripsOfPlan) -> PlaceKey:
    visit = day[index].visit
    before: PlaceKey = ("site", day[index - 1].visit.site) if index else ("team", visit.team)
    return trips.came_from.get(_key(visit), before)


def _goes_to(visit: Visit, trips: TripsOfPlan) -> PlaceKey:
    end = trips.ends.get((visit.team, visit.date))
    return ("team", visit.team) if end is None else key_of(end)


def _homeward(instance: Instance, plan: Plan, trips: TripsOfPlan) -> dict[VisitKey, tuple[int, int]]:
    """Minutes and metres from each visit to where its day ends, by the travel of the instance; (0, 0) without a way."""
    travel = Travel(instance.travel)
    sites = {site.id: site for site in instance.sites}
    teams = {team.id: team for team in instance.teams}
    known = [visit for visit in plan.visits if visit.site in sites and visit.team in teams]
    pairs = {(visit.site, visit.team) for visit in known}
    to_base = {(site, team): travel.leg(sites[site], teams[team]) for site, team in pairs}
    ways = {_key(visit): to_base[visit.site, visit.team] for visit in known}
    for visit in known:
        end = trips.ends.get((visit.team, visit.date))
        if end is not None:
            minutes, metres = travel.leg(sites[visit.site], end)
            ways[_key(visit)] = (minutes, metres) if minutes < NO_WAY_MINUTES else (0, 0)
    return ways


def _key(visit: Visit) -> VisitKey:
    return visit.team, visit.date, visit.site
