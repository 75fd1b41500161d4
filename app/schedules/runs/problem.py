"""What is stored becomes an instance of the planning format, or a refusal that says why nothing can be planned.

One half of the gate to the planning core; `checking` is the other."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from app.districts.models import Document
from app.districts.planning_figures import PlanningFigures
from app.errors import FieldProblem, invalid
from app.languages import joined, said
from app.schedules.loads.past import USUAL_DAY
from app.schedules.models import Schedule
from app.schedules.runs.basis import Basis, PlanSite, PlanTeam, gather
from app.schedules.runs.breaks_and_kits import with_all_it_may_draw, with_breaks, with_kits
from app.schedules.runs.documents_model import least_minutes, with_documents, with_what_it_issues, words_of_faults
from app.schedules.runs.further import FurtherDocument
from app.schedules.runs.need import Need, need_of
from app.schedules.runs.not_yet import is_planned_with_demand, refuse_run
from app.schedules.runs.published_visits import PinnedVisitBroken
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
from app.schedules.runs.travel_model import LeastWays, road_map_of, ways_of, with_legs
from app.schedules.wish import AskedDocuments, Wish
from app.sites.opening_hours import Hours
from app.teams.models import Kit
from solver.contract.demand import Demand, SiteDemand
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
from solver.contract.reading import instance_from_json


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
    ways: list[list[str]]
    """The legs of travel entries in it (`travel_model.ways_of`)."""
    road_map: bytes | None
    """Which of the others are a road engine's (`travel_model.road_map_of`)."""
    further: tuple[FurtherDocument, ...] = ()
    """What else the plan is to serve."""


def refuse_unplannable(session: Session, schedule: Schedule) -> Plannable:
    """Raise whatever `build_instance` would raise, at a part of its cost."""
    need, basis = need_of(session, schedule), gather(session, schedule)
    wish = Wish.from_json(schedule.request)
    basis = _with_promises_that_hold(basis, need)
    barrier_of = _barriers(basis)
    _refuse_not_planned(basis, need, wish)
    if basis.further or any(visit.is_kept for visit in basis.published):
        _document(basis, need, left_out=(), wish=wish.documents)
    refuse_if_nothing_can_be_served(basis, barrier_of)
    return Plannable(published=len(basis.published), unvisitable=unvisitable(basis, barrier_of))


def build_instance(session: Session, schedule: Schedule) -> BuiltInstance:
    """The instance of a requested schedule from the rows as they are now.

    Raises `NotFound`, `InvalidRequest`, `NoTeam`, `NoServableSite`, `PinnedVisitBroken`, `NotPlannedYet`."""
    # Loaded late: arrays cost every process that only answers requests.
    from app.schedules.runs.demand import with_learned

    need, basis = need_of(session, schedule), gather(session, schedule)
    # Results teach of IKD: of who comes with a phone, and how fast that goes.
    learned = None
    if schedule.document == Document.IKD:
        learned = with_learned(session, basis.district, schedule, basis)
    if learned is not None:
        basis = learned.basis
    basis = _with_promises_that_hold(basis, need)
    barrier_of = _barriers(basis)
    left_out = unvisitable(basis, barrier_of)
    wish = Wish.from_json(schedule.request)
    document, instance = _document(basis, need, left_out=left_out, wish=wish.documents)
    refuse_if_nothing_can_be_served(basis, barrier_of)
    demand, used = None, None if learned is None else dict(learned.used)
    if learned is not None and used is not None and learned.demand:
        if is_planned_with_demand(instance):
            sites = tuple(SiteDemand(site=code, values=values) for code, values in learned.demand.items())
            demand = _packed(Demand(sites=sites).to_json())
        else:
            used["is_by_mean"] = True
    refuse_run(instance, has_demand=demand is not None)
    return BuiltInstance(
        content=_packed(document),
        need=need,
        already_planned=basis.already_planned,
        net_gap=instance.net_gap,
        unvisitable=left_out,
        demand=demand,
        learned=used,
        ways=ways_of(basis.legs),
        road_map=_road_map(basis, need, left_out=left_out),
        further=basis.further,
    )


def _road_map(basis: Basis, need: Need, *, left_out: Sequence[Unvisitable]) -> bytes | None:
    if not basis.legs.roads:
        return None
    return road_map_of(_straight_instance(basis, need, left_out=left_out), basis.legs)


def _packed(document: Mapping[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def _document(
    basis: Basis, need: Need, *, left_out: Sequence[Unvisitable], wish: AskedDocuments | None
) -> tuple[dict[str, Any], Instance]:
    """The instance as a document of the planning format, and as it is read.

    Raises `PinnedVisitBroken`, and `InvalidRequest` for worths that are too large together."""
    document = _instance(basis, need, left_out=left_out, wish=wish).to_json()
    try:
        return document, instance_from_json(document)
    except InvalidInstance as error:
        if basis.further and any(fault.path.startswith("/weights") for fault in error.faults):
            raise _too_dear(error) from error
        raise _broken_pins(basis, error) from error


def _too_dear(error: InvalidInstance) -> Exception:
    return invalid(
        "/documents",
        said(
            "The worths of these documents are too large together ({words}).",
            "Nilai dokumen-dokumen ini bersama-sama terlalu besar ({words}).",
            words=words_of_faults(error.faults),
        ),
        mend=said(
            "Give smaller worths, or fewer documents in strict order.",
            "Isi nilai yang lebih kecil, atau kurangi dokumen dalam urutan ketat.",
        ),
    )


def _instance(
    basis: Basis, need: Need, *, left_out: Sequence[Unvisitable], wish: AskedDocuments | None = None
) -> Instance:
    """What is stored, in the words of the format; `_document` judges it."""
    instance = with_documents(with_legs(_straight_instance(basis, need, left_out=left_out), basis.legs), basis, wish)
    teams = [planned.team for planned in basis.teams]
    # Pools come last: which of them a plan needs depends on its documents.
    return with_kits(with_breaks(instance, teams), basis.kit_pools, teams)


def _refuse_not_planned(basis: Basis, need: Need, wish: Wish) -> None:
    """Raise `NotPlannedYet` for what the planning core cannot do with this request; no site is asked for that."""
    refuse_run(_instance(replace(basis, sites=()), need, left_out=(), wish=wish.documents))


def _straight_instance(basis: Basis, need: Need, *, left_out: Sequence[Unvisitable]) -> Instance:
    """The same with every place a point on a great circle. Nobody has to go to the sites left out."""
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
        windows_on=tuple((day, hours) for day, hours in windows.items() if hours != usual),
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
        operators=team.operators if planned.operators is None else planned.operators,
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
    problems = []
    for fault in error.faults:
        visit = pinned[int(fault.path.split("/")[2])]
        problems.append(
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
    words = joined(*(problem.detail for problem in problems[:3]), by="; ")
    return PinnedVisitBroken(
        said(
            "{count} pinned visits can no longer be as they are. {words}",
            "{count} kunjungan tersemat tidak dapat lagi dilaksanakan apa adanya. {words}",
            count=len(problems),
            words=words,
        ),
        problems=problems,
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
    teams = tuple(
        with_all_it_may_draw(
            with_what_it_issues(model_of_team(planned), planned.team, basis),
            planned.team,
            basis.kit_pools,
            basis.dates,
        )
        for planned in basis.teams
    )
    straight = GreatCircle(detour=basis.district.detour, kmh=basis.district.kmh)
    ways = LeastWays(
        straight, basis.legs, lambda: (*(model_of_site(planned, basis.dates) for planned in basis.sites), *teams)
    )
    signal = model_of_signal(basis.figures)

    def barrier_of(planned: PlanSite) -> Barrier | None:
        barrier = barrier_in_request(planned)
        if barrier is not None:
            return barrier
        site = model_of_site(planned, basis.dates)
        least = [(team, least_minutes(basis, signal, planned, team, site=site)) for team in teams]
        serving = [(team, minutes) for team, minutes in least if minutes is not None]
        if not serving:
            return Barrier.NO_SIGNAL
        if any(
            _can_serve(basis, team, site, minutes, ways.direct(team, site), ways.direct(site, team))
            for team, minutes in serving
        ):
            return None
        # Dearer to find out, and of use only where some way is no straight line.
        is_reached = not ways.are_direct and any(
            _can_serve(basis, team, site, minutes, ways.there(team, site), ways.back(site, team))
            for team, minutes in serving
        )
        return None if is_reached else Barrier.OUT_OF_REACH

    return barrier_of


def _can_serve(basis: Basis, team: Team, site: Site, least: int, there: int, back: int) -> bool:
    """Whether the team alone, so many minutes from its base and to it, can win one person at the site on some date.

    `least`: the fewest minutes of service in which it can."""
    if team.max_stops == 0:
        return False
    slot = basis.figures.slot_minutes
    minutes = site.fixed_minutes if site.fixed_minutes is not None else -(-least // slot) * slot
    if minutes < least:
        return False
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
