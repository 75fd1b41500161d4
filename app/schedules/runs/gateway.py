"""The gate to the planning core: what is stored becomes a contract instance, a verified plan becomes visits.

Nothing here plans; the solver itself runs in a process of its own (`solver_process`)."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import accumulate, groupby, pairwise
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.districts.planning_figures import PlanningFigures
from app.errors import FieldProblem, invalid
from app.languages import Said, joined, said
from app.schedules.loads.past import USUAL_DAY
from app.schedules.models import Schedule
from app.schedules.runs.basis import (
    Basis,
    PinnedVisitBroken,
    PlanSite,
    PlanTeam,
    gather,
)
from app.schedules.runs.need import Need, need_of
from app.schedules.runs.rule_words import broken_rule
from app.schedules.runs.servable import (
    Barrier,
    BarrierOf,
    Plannable,
    Unvisitable,
    barrier_in_request,
    is_owed_a_visit,
    refuse_if_nothing_can_be_served,
    unvisitable,
)
from app.schedules.wish import ChosenLevel, ChosenPolicy
from app.sites.opening_hours import Hours
from app.teams.models import Kit
from solver.contract.capacity import service_rate
from solver.contract.demand import Demand, SiteDemand, demand_from_json
from solver.contract.faults import InvalidInstance
from solver.contract.instance import (
    Area,
    Connectivity,
    Costs,
    GreatCircle,
    Instance,
    Point,
    Site,
    Target,
    Team,
    Visit,
    Weights,
    Window,
)
from solver.contract.plan import Plan
from solver.contract.policy import BUILT_IN, MEASURES
from solver.contract.policy import FORMAT as POLICY_FORMAT
from solver.contract.reading import instance_from_json
from solver.contract.travel import Travel
from solver.contract.verify import Recount, verify
from solver.contract.version import solver_version as solver_version
from solver.contract.workload import TeamLoad as TeamLoad
from solver.plans.expectation import expected_wins
from solver.plans.missed import Missed as Missed
from solver.plans.missed import missed
from solver.plans.outlook import Outlook, outlook
from solver.questions.what_if import Change, ImpossibleChange, apply, model_team

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInstance:
    """An instance as it is stored (gzip-compressed JSON), with the figures that people ask about."""

    content: bytes
    need: Need
    already_planned: int
    net_gap: int
    unvisitable: tuple[Unvisitable, ...]
    demand: bytes | None
    """How unsure the people of the sites are (`outreach-demand-1`, gzip-compressed); None where nothing was learned."""
    learned: Mapping[str, Any] | None
    """What of results went into it."""


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
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    home_minutes: int
    """From here to the base, like `home_metres`: any stop is the last one once a later plan takes the rest away."""
    home_metres: int
    served: int
    """Whom it wins; where demand is unsure, what it is expected to."""
    pinned: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSite:
    """A site as a run knew it."""

    dates: tuple[date, ...]
    """All dates of the run."""
    is_ever_open: bool
    people: int


def sites_in_instance(instance_content: bytes) -> dict[str, KnownSite]:
    """What a stored instance says of its sites, by their codes."""
    document = json.loads(gzip.decompress(instance_content))
    dates = tuple(date.fromisoformat(day) for day in document["dates"])
    return {
        site["id"]: KnownSite(dates=dates, is_ever_open="1" in site["dates"], people=site["people"])
        for site in document["sites"]
    }


def refuse_impossible(instance_content: bytes, scenarios: Sequence[Mapping[str, str]], *, team: str) -> None:
    """Raise `InvalidRequest` for a team that cannot be copied, or a change that a stored instance does not bear.

    A scenario maps the fields of a request to changes as the solver's command line writes them."""
    instance = instance_from_json(json.loads(gzip.decompress(instance_content)))
    try:
        model_team(instance, team)
    except ImpossibleChange as error:
        mend = said(
            "Give 'average', 'best' or the code of a team that the run knew.",
            "Isi 'average', 'best', atau kode tim yang dikenal penyusunan jadwal itu.",
        )
        raise invalid(
            "/team",
            said(
                "There is no team {team!r} to copy.",
                "Tidak ada tim {team!r} untuk disalin.",
                team=team,
            ),
            value=team,
            mend=mend,
        ) from error
    for index, scenario in enumerate(scenarios):
        changed = instance
        for field, text in scenario.items():
            try:
                changed = apply(changed, Change.parse(text, team=team))
            except ImpossibleChange as error:
                value = text.partition("=")[2]
                mend = said("Change less, or leave it out.", "Ubah lebih sedikit, atau kosongkan.")
                detail = said("{english}.", "{indonesian}.", english=error, indonesian=error.indonesian)
                raise invalid(f"/scenarios/{index}/{field}", detail, value=value, mend=mend) from error


def refuse_unplannable(session: Session, schedule: Schedule) -> Plannable:
    """Raise whatever `build_instance` would raise, at a part of its cost."""
    need, basis = need_of(session, schedule), gather(session, schedule)
    basis = _with_promises_that_hold(basis, need)
    barrier_of = _barriers(basis)
    if any(visit.is_kept for visit in basis.published):
        _document(basis, need, left_out=())
    refuse_if_nothing_can_be_served(basis, barrier_of)
    return Plannable(published=len(basis.published), unvisitable=unvisitable(basis, barrier_of))


def build_instance(session: Session, schedule: Schedule) -> BuiltInstance:
    """The instance of a requested schedule from the rows as they are now.

    Raises `NotFound`, `InvalidRequest`, `NoTeam`, `NoServableSite`, `PinnedVisitBroken`."""
    # Loaded late: arrays cost every process that only answers requests.
    from app.schedules.runs.demand import with_learned

    need, basis = need_of(session, schedule), gather(session, schedule)
    learned = with_learned(session, basis.district, schedule, basis)
    if learned is not None:
        basis = learned.basis
    basis = _with_promises_that_hold(basis, need)
    barrier_of = _barriers(basis)
    left_out = unvisitable(basis, barrier_of)
    document, net_gap = _document(basis, need, left_out=left_out)
    refuse_if_nothing_can_be_served(basis, barrier_of)
    demand = None
    if learned is not None and learned.demand:
        sites = tuple(SiteDemand(site=code, values=values) for code, values in learned.demand.items())
        demand = _packed(Demand(sites=sites).to_json())
    return BuiltInstance(
        content=_packed(document),
        need=need,
        already_planned=basis.already_planned,
        net_gap=net_gap,
        unvisitable=left_out,
        demand=demand,
        learned=None if learned is None else learned.used,
    )


def policy_document(policy: ChosenPolicy) -> dict[str, Any]:
    """A chosen policy as the solver reads it."""
    return {"format": POLICY_FORMAT, "name": policy.name, "levels": [level.to_json() for level in policy.levels]}


def built_in_policies() -> dict[str, ChosenPolicy]:
    """The policies that every district has, by their names."""
    return {
        name: ChosenPolicy(
            name=name, version=1, levels=tuple(ChosenLevel.from_json(level.to_json()) for level in policy.levels)
        )
        for name, policy in BUILT_IN.items()
    }


def units_of_levels() -> dict[str, str]:
    """What the levels that a policy may name are counted in, by their names."""
    return {str(name): measure.unit for name, measure in MEASURES.items()}


def _packed(document: Mapping[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def _document(basis: Basis, need: Need, *, left_out: Sequence[Unvisitable]) -> tuple[dict[str, Any], int]:
    """The instance as a document of the planning format, checked, and its net gap; raises `PinnedVisitBroken`."""
    document = _instance(basis, need, left_out=left_out).to_json()
    try:
        return document, instance_from_json(document).net_gap
    except InvalidInstance as error:
        raise _broken_pins(basis, error) from error


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
    recount = verify(instance, plan)
    broken = tuple(
        BrokenRule(
            rule=found.rule,
            team=found.team,
            site=found.site,
            date=found.date,
            words=broken_rule(found.rule, found.message, team=found.team, site=found.site, day=found.date),
        )
        for found in recount.violations
    )
    violations = [found.words for found in broken]
    if plan.activations_bound is not None and plan.activations_bound < recount.activations:
        violations.append(
            said(
                "the claimed bound of {bound} activations lies below the {won} won",
                "batas {bound} aktivasi yang disebut rencana di bawah {won} yang diraihnya",
                bound=plan.activations_bound,
                won=recount.activations,
            )
        )
    if demand is not None:
        recount, bound = as_expected(instance, recount, demand), activations_at_most
    elif not violations and _is_tighter(activations_at_most, plan, recount):
        plan = replace(plan, activations_bound=activations_at_most)
        plan_content = gzip.compress(json.dumps(plan.to_json()).encode(), mtime=0)
        bound = activations_at_most
    else:
        bound = plan.activations_bound
    setup_minutes = {site.id: site.setup_minutes for site in instance.sites}
    homeward = _homeward(instance, plan)
    pinned = set(instance.pinned)
    days = groupby(recount.by_visit, key=lambda outcome: (outcome.visit.team, outcome.visit.date))
    return CheckedPlan(
        content=plan_content,
        violations=tuple(violations),
        broken=broken,
        visits=tuple(
            CheckedVisit(
                team=outcome.visit.team,
                site=outcome.visit.site,
                date=outcome.visit.date,
                stop_index=index,
                arrives_at=outcome.arrives_at,
                start=outcome.visit.start,
                setup_minutes=setup_minutes[outcome.visit.site],
                service_minutes=outcome.visit.minutes,
                travel_minutes=outcome.travel_minutes,
                travel_metres=outcome.travel_metres,
                home_minutes=homeward[outcome.visit.site, outcome.visit.team][0],
                home_metres=homeward[outcome.visit.site, outcome.visit.team][1],
                served=outcome.served,
                pinned=outcome.visit in pinned,
            )
            for _, day in days
            for index, outcome in enumerate(day)
        ),
        value_milli=recount.value_milli,
        bound_milli=plan.bound_milli,
        cost=recount.cost,
        activations=recount.activations,
        activations_bound=bound,
        net_gap=instance.net_gap,
        outlook=outlook(instance, recount, bound),
        missed=missed(instance, recount),
        reached={str(name): measure.reached(recount) for name, measure in MEASURES.items()},
        stop_reason=plan.stop_reason,
        iterations=plan.iterations,
        solver_version=plan.solver_version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLoads:
    """How a plan shares the work out among the teams of its run."""

    price_milli: int
    """Of an hour above a team's share; 0: the run did not look at it."""
    teams: tuple[TeamLoad, ...]


def loads_of(instance_content: bytes, plan_content: bytes, *, demand_content: bytes | None) -> PlanLoads:
    """Recount the loads of a plan, as they are stored; with a demand, activations are those expected."""
    instance = instance_from_json(json.loads(gzip.decompress(instance_content)))
    recount = verify(instance, Plan.from_json(json.loads(gzip.decompress(plan_content))))
    loads = recount.loads
    if demand_content is not None:
        won: Counter[str] = Counter()
        demand = demand_from_json(json.loads(gzip.decompress(demand_content)), instance)
        for outcome in as_expected(instance, recount, demand).by_visit:
            won[outcome.visit.team] += outcome.served
        loads = tuple(replace(load, activations=won[load.team]) for load in loads)
    return PlanLoads(price_milli=instance.weights.fairness, teams=loads)


def as_expected(instance: Instance, recount: Recount, demand: Demand) -> Recount:
    """The recount with what each visit is expected to win, in whole people such that none is lost on the way to the
    sum."""
    wins = expected_wins(instance, [outcome.visit for outcome in recount.by_visit], demand)
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


def _homeward(instance: Instance, plan: Plan) -> dict[tuple[str, str], tuple[int, int]]:
    """Minutes and metres from each site to the base of each team that visits it, by the travel of the instance."""
    travel = Travel(instance.travel)
    sites = {site.id: site for site in instance.sites}
    teams = {team.id: team for team in instance.teams}
    pairs = {(visit.site, visit.team) for visit in plan.visits if visit.site in sites and visit.team in teams}
    return {(site, team): travel.leg(sites[site], teams[team]) for site, team in pairs}


def _instance(basis: Basis, need: Need, *, left_out: Sequence[Unvisitable]) -> Instance:
    """What is stored, in the words of the format; `_document` judges it. Nobody has to go to the sites left out."""
    district = basis.district
    vain = {site.code for site in left_out}
    published = tuple(
        (
            visit.is_kept,
            Visit(team=visit.team, date=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes),
        )
        for visit in basis.published
    )
    return Instance(
        name=basis.name,
        dates=basis.dates,
        slot_minutes=basis.figures.slot_minutes,
        target=_target(need, already_planned=basis.already_planned),
        connectivity=model_of_signal(basis.figures),
        travel=GreatCircle(detour=district.detour, kmh=district.kmh),
        areas=tuple(Area(id=area.code, name=area.name, min_activations=area.min_activations) for area in basis.areas),
        sites=tuple(
            model_of_site(site, basis.dates, must=is_owed_a_visit(site) and site.candidate.site.code not in vain)
            for site in basis.sites
        ),
        teams=tuple(model_of_team(team) for team in basis.teams),
        costs=Costs(per_km=district.cost_per_km, per_team_day=district.cost_per_team_day, budget=basis.budget),
        weights=Weights(**basis.weights),
        usual_day=Window(open=USUAL_DAY[0], close=USUAL_DAY[1]),
        pinned=tuple(visit for is_kept, visit in published if is_kept),
        published=tuple(visit for _, visit in published),
    )


def _target(need: Need, *, already_planned: int) -> Target:
    return Target(
        gap=need.gap_left(already_planned),
        walk_ins_per_day=0,
        walk_ins_on=tuple(sorted(need.walk_ins_on.items())) if any(need.walk_ins_on.values()) else (),
        deadline=need.deadline,
        period_gap=need.period_gap(already_planned),
    )


def model_of_site(planned: PlanSite, dates: Sequence[date], *, must: bool = False) -> Site:
    candidate, site = planned.candidate, planned.candidate.site
    windows = {
        day: _windows(candidate.windows_by_date[day])
        for day, is_open in zip(dates, planned.open_on, strict=True)
        if is_open
    }
    usual = Counter(windows.values()).most_common(1)[0][0] if windows else ()
    return Site(
        id=site.code,
        name=site.name,
        kind=site.kind,
        area=site.area_code,
        place=Point(lat=site.lat, lon=site.lon),
        people=planned.people,
        connectivity=planned.connectivity,
        open_dates=planned.open_on,
        windows=usual,
        windows_on=tuple((day, found) for day, found in windows.items() if found != usual),
        setup_minutes=candidate.setup_minutes,
        fixed_minutes=site.fixed_minutes,
        must=must,
        max_visit_dates=planned.max_visit_dates,
        min_gap_days=candidate.min_gap_days,
        max_teams=candidate.max_teams,
    )


@lru_cache(maxsize=4096)
def _windows(hours: Hours) -> tuple[Window, ...]:
    """The same few opening hours come back for every site and date of a large district."""
    return tuple(Window(open=opens, close=closes) for opens, closes in hours)


def model_of_signal(figures: PlanningFigures) -> Connectivity:
    return Connectivity(
        throughput_percent=figures.throughput_percent,
        success_percent=figures.success_percent,
        satellite_level=figures.satellite_level,
    )


def model_of_team(planned: PlanTeam) -> Team:
    team = planned.team
    return Team(
        id=team.code,
        operators=team.operators,
        minutes_per_activation=planned.minutes_per_activation,
        place=Point(lat=team.base_lat, lon=team.base_lon),
        work_dates=planned.works_on,
        shift=Window(open=team.shift_start, close=team.shift_end),
        satellite=Kit.SATELLITE in team.kits,
        max_stops=team.max_stops,
        history_hours=planned.history_hours,
    )


def _broken_pins(basis: Basis, error: InvalidInstance) -> Exception:
    """What to tell a planner when pinned visits can no longer be; any other fault of an instance is ours."""
    if any(not fault.path.startswith("/pinned") for fault in error.faults):
        return error
    pinned = [visit for visit in basis.published if visit.is_kept]
    found = []
    for fault in error.faults:
        visit = pinned[int(fault.path.split("/")[2])]
        found.append(
            FieldProblem(
                pointer=fault.path,
                detail=said(
                    "Team {team} at {site} on {date}: {mend}",
                    "Tim {team} di {site} pada {date}: {mend}",
                    team=visit.team,
                    site=visit.site,
                    date=visit.date,
                    mend=fault.mend if fault.rule is None else broken_rule(fault.rule, fault.mend),
                ),
                mend=said(
                    "Unpin the visit, or undo the change that forbids it.",
                    "Lepaskan sematan kunjungan ini, atau batalkan perubahan yang menghalanginya.",
                ),
            )
        )
    words = joined(*(problem.detail for problem in found[:3]), by="; ")
    return PinnedVisitBroken(
        said(
            "{count} pinned visits can no longer be as they are. {words}",
            "{count} kunjungan tersemat tidak dapat lagi dilaksanakan apa adanya. {words}",
            count=len(found),
            words=words,
        ),
        problems=found,
    )


def _with_promises_that_hold(basis: Basis, need: Need) -> Basis:
    """The basis without the promised visits that can no longer be: the date stays promised, who keeps it is open."""
    while any(visit.is_promised and not visit.pinned for visit in basis.published):
        kept = tuple(visit for visit in basis.published if visit.is_kept)
        places = {visit.site for visit in kept}
        sites = tuple(planned for planned in basis.sites if planned.candidate.site.code in places)
        alone = replace(basis, sites=sites, published=kept)
        try:
            instance_from_json(_instance(alone, need, left_out=()).to_json())
        except InvalidInstance as error:
            pins = [kept[int(fault.path.split("/")[2])] for fault in error.faults if fault.path.startswith("/pinned/")]
            broken = {id(visit) for visit in pins if visit.is_promised and not visit.pinned}
            if not broken:
                # A planner's own pins: what builds the instance refuses them, in words.
                return basis
            basis = replace(
                basis,
                published=tuple(
                    replace(visit, is_promised=False) if id(visit) in broken else visit for visit in basis.published
                ),
            )
        else:
            return basis
    return basis


def _barriers(basis: Basis) -> BarrierOf:
    """What keeps the teams of a basis from winning anybody at one of its sites."""
    travel = Travel(GreatCircle(detour=basis.district.detour, kmh=basis.district.kmh))
    teams = tuple(model_of_team(planned) for planned in basis.teams)
    signal = model_of_signal(basis.figures)

    def barrier_of(planned: PlanSite) -> Barrier | None:
        barrier = barrier_in_request(planned)
        if barrier is not None:
            return barrier
        site = model_of_site(planned, basis.dates)
        if all(service_rate(signal, team, site=site) == 0 for team in teams):
            return Barrier.NO_SIGNAL
        is_reached = any(_can_serve(basis, travel, team, site=site) for team in teams)
        return None if is_reached else Barrier.OUT_OF_REACH

    return barrier_of


def _can_serve(basis: Basis, travel: Travel, team: Team, *, site: Site) -> bool:
    """Whether the team alone, straight from its base, can win one person at the site on some date."""
    rate = service_rate(model_of_signal(basis.figures), team, site=site)
    if rate == 0 or team.max_stops == 0:
        return False
    least = -(-team.minutes_per_activation * 10_000 // (team.operators * rate))
    slot = basis.figures.slot_minutes
    minutes = site.fixed_minutes if site.fixed_minutes is not None else -(-least // slot) * slot
    if minutes < least:
        return False
    there, back = travel.leg(team, site)[0], travel.leg(site, team)[0]
    windows = {
        site.windows_at(day)
        for day, is_open, works in zip(basis.dates, site.open_dates, team.work_dates, strict=True)
        if is_open and works
    }
    return any(
        max(window.open, team.shift.open + there) + site.setup_minutes + minutes
        <= min(window.close, team.shift.close - back)
        for day_windows in windows
        for window in day_windows
    )
