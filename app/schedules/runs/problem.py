"""What is stored becomes an instance of the planning format, or a refusal that says why nothing can be planned.

One half of the gate to the planning core; `checking` is the other."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import FieldProblem, invalid
from app.languages import joined, said
from app.schedules.loads.past import USUAL_DAY
from app.schedules.models import Schedule
from app.schedules.runs.barriers import barriers_of
from app.schedules.runs.basis import Basis, gather
from app.schedules.runs.breaks_and_kits import with_breaks, with_kits
from app.schedules.runs.documents_model import with_documents, with_needed_machines, words_of_faults
from app.schedules.runs.further import FurtherDocument
from app.schedules.runs.journeys_model import with_journeys
from app.schedules.runs.need import Need, need_of
from app.schedules.runs.place_models import model_of_signal, model_of_site, model_of_team
from app.schedules.runs.planned_trips import (
    MEND_OF_PINS,
    pinned_trip_broken,
    refuse_lost_pins,
    with_pinned_trips,
)
from app.schedules.runs.preparation_model import with_preparations
from app.schedules.runs.published_visits import PinnedVisitBroken
from app.schedules.runs.rows_in_force import plan_in_force
from app.schedules.runs.rule_words import broken_rule
from app.schedules.runs.servable import (
    Plannable,
    Unvisitable,
    is_owed_a_visit,
    refuse_if_nothing_can_be_served,
    unvisitable,
)
from app.schedules.runs.travel_model import road_map_of, ways_of, with_legs
from app.schedules.wish import AskedDocuments, Wish
from solver.contract.demand import Demand, SiteDemand
from solver.contract.faults import Fault, InvalidInstance
from solver.contract.instance import (
    FORMAT,
    NEXT_FORMAT,
    Area,
    Costs,
    GreatCircle,
    Instance,
    Target,
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
    in_force: bytes | None = None
    """What a re-planning of trips begins with (`rows_in_force.plan_in_force`)."""


def refuse_unplannable(session: Session, schedule: Schedule) -> Plannable:
    """Raise whatever `build_instance` would raise, at a part of its cost."""
    need, basis = need_of(session, schedule), gather(session, schedule)
    wish = Wish.from_json(schedule.request)
    basis = _with_promises_that_hold(basis, need)
    barrier_of = barriers_of(basis)
    is_kept = any(visit.is_kept for visit in basis.published)
    if basis.further or is_kept or basis.pinned_trips:
        _document(basis, need, left_out=(), wish=wish.documents)
    refuse_if_nothing_can_be_served(basis, barrier_of)
    return Plannable(published=len(basis.published), unvisitable=unvisitable(basis, barrier_of))


def build_instance(session: Session, schedule: Schedule) -> BuiltInstance:
    """The instance of a requested schedule from the rows as they are now.

    Raises `NotFound`, `InvalidRequest`, `NoTeam`, `NoServableSite`, `PinnedVisitBroken`, `PinnedTripBroken`."""
    # Loaded late: arrays cost every process that only answers requests.
    from app.schedules.runs.demand import with_learned

    need, basis = need_of(session, schedule), gather(session, schedule)
    learned = with_learned(session, basis.district, schedule, basis)
    if learned is not None:
        basis = learned.basis
    basis = _with_promises_that_hold(basis, need)
    barrier_of = barriers_of(basis)
    left_out = unvisitable(basis, barrier_of)
    wish = Wish.from_json(schedule.request)
    document, instance = _document(basis, need, left_out=left_out, wish=wish.documents)
    refuse_if_nothing_can_be_served(basis, barrier_of)
    demand, used = None, None if learned is None else learned.used
    if learned is not None and learned.demand:
        sites = tuple(SiteDemand(site=code, values=values) for code, values in learned.demand.items())
        demand = _packed(Demand(sites=sites).to_json())
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
        in_force=None if wish.replan is None else plan_in_force(session, schedule, instance),
    )


def _road_map(basis: Basis, need: Need, *, left_out: Sequence[Unvisitable]) -> bytes | None:
    if not basis.legs.roads:
        return None
    return road_map_of(_with_all_places(basis, need, left_out=left_out), basis.legs)


def _packed(document: Mapping[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def _document(
    basis: Basis, need: Need, *, left_out: Sequence[Unvisitable], wish: AskedDocuments | None
) -> tuple[dict[str, Any], Instance]:
    """The instance as a document of the planning format, and as it is read.

    Raises `PinnedVisitBroken`, `PinnedTripBroken`, and `InvalidRequest` for worths that are too large together."""
    instance = _instance(basis, need, left_out=left_out, wish=wish)
    refuse_lost_pins(instance, basis.pinned_trips)
    document = instance.to_json()
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
    instance = with_documents(with_legs(_with_all_places(basis, need, left_out=left_out), basis.legs), basis, wish)
    teams = [planned.team for planned in basis.teams]
    instance = with_needed_machines(instance, teams)
    # Pools come last: which of them a plan needs depends on its documents.
    whole = with_preparations(with_kits(with_breaks(instance, teams), basis.kit_pools, teams), basis)
    return with_pinned_trips(whole, basis.pinned_trips, ZoneInfo(basis.district.time_zone))


def _with_all_places(basis: Basis, need: Need, *, left_out: Sequence[Unvisitable]) -> Instance:
    """What is stored as points on great circles: sites, bases, and where teams sleep, change and board."""
    instance = _straight_instance(basis, need, left_out=left_out)
    return with_journeys(instance, basis.journeys, [planned.team for planned in basis.teams])


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
    models = tuple(
        model_of_site(site, basis.dates, must=is_owed_a_visit(site) and site.candidate.site.code not in vain)
        for site in basis.sites
    )
    return Instance(
        name=basis.name,
        dates=basis.dates,
        slot_minutes=basis.figures.slot_minutes,
        target=_target(need, already_planned=basis.already_planned),
        connectivity=model_of_signal(basis.figures),
        travel=GreatCircle(detour=district.detour, kmh=district.kmh),
        areas=tuple(Area(id=area.code, name=area.name, min_activations=area.min_activations) for area in basis.areas),
        sites=models,
        teams=tuple(model_of_team(team) for team in basis.teams),
        costs=Costs(per_km=district.cost_per_km, per_team_day=district.cost_per_team_day, budget=basis.budget),
        weights=Weights(**basis.weights),
        usual_day=Window(open=USUAL_DAY[0], close=USUAL_DAY[1]),
        pinned=tuple(visit for is_kept, visit in published if is_kept),
        published=tuple(visit for _, visit in published),
        format=NEXT_FORMAT if any(site.min_teams > 1 for site in models) else FORMAT,
    )


def _target(need: Need, *, already_planned: int) -> Target:
    return Target(
        gap=need.gap_left(already_planned),
        walk_ins_per_day=0,
        walk_ins_on=tuple(sorted(need.walk_ins_on.items())) if any(need.walk_ins_on.values()) else (),
        deadline=need.deadline,
        period_gap=need.period_gap(already_planned),
    )


def _broken_pins(basis: Basis, error: InvalidInstance) -> Exception:
    """What to tell a planner when pinned visits can no longer be; any other fault of an instance is ours."""
    if any(not fault.path.startswith(_OF_PINS) for fault in error.faults):
        return error
    rows = [fault for fault in error.faults if fault.path.startswith("/pinned_")]
    if rows:
        return pinned_trip_broken([_broken_rows(fault) for fault in rows])
    dear = [_over_budget(fault) for fault in error.faults if fault.path == "/costs/budget"]
    if dear:
        return PinnedVisitBroken(joined(dear[0].detail, dear[0].mend), problems=dear)
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


_OF_PINS = ("/pinned", "/costs/budget")
"""Where an instance that we built can be wrong because of what planners pinned."""


def _broken_rows(fault: Fault) -> FieldProblem:
    """What is wrong about the nights or rides of pinned trips."""
    return FieldProblem(
        pointer=fault.path,
        detail=said(
            "The nights and rides of pinned trips: {words}.",
            "Malam dan angkutan dalam perjalanan tersemat: {words}.",
            words=fault.mend if fault.rule is None else broken_rule(fault.rule, fault.mend),
        ),
        mend=MEND_OF_PINS,
    )


def _over_budget(fault: Fault) -> FieldProblem:
    return FieldProblem(
        pointer="/budget",
        detail=said(
            "The pinned visits alone cost more than the budget.",
            "Kunjungan tersemat saja sudah melebihi anggaran.",
        ),
        value=fault.value,
        mend=said("Raise the budget, or unpin something.", "Naikkan anggarannya, atau lepaskan sebagian sematan."),
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
