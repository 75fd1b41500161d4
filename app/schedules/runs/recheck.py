"""Judges visits by what is stored today: the very rules that judge a plan, on an instance of these visits alone.

Busy calendars are not looked at: they collide with a
visit's own hours, not with whole dates as in planning."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from app.districts.issuing import IssuingFigures
from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures
from app.schedules.runs.basis import at_signal_of
from app.schedules.runs.breaks_and_kits import with_planned_breaks
from app.schedules.runs.further import people_with
from app.schedules.runs.place_models import model_of_signal, model_of_site, model_of_team
from app.schedules.runs.plan_sites import PlanSite
from app.schedules.runs.plan_teams import PlanTeam, issuing
from app.schedules.runs.planned_trips import PlannedVisit, with_planned_trips
from app.schedules.runs.travel_model import with_legs
from app.schedules.trips.reading import WholeTrip
from app.schedules.wish import DEFAULT_WEIGHTS
from app.sites.preparations import VisitStage
from app.sites.service import Candidate, sessions_elsewhere
from app.teams.issuing import has_kit, may_issue
from app.teams.models import Team
from app.teams.service import TeamAvailability
from app.travel.legs import Legs
from solver.contract.capacity import signal_rate
from solver.contract.documents import SATELLITE
from solver.contract.instance import Area, Costs, GreatCircle, Instance, Target, Visit, Weights
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVisit:
    """A visit by codes; `start` in minutes after local midnight."""

    id: int
    team: str
    site: str
    date: date
    start: int
    minutes: int
    expected: int
    """People that the plan expects of it with its document; some visits are owed although they win nobody."""
    further: Mapping[str, int] = field(default_factory=dict)
    """Those of further documents."""
    breaks: tuple[tuple[int, int], ...] = ()
    """Of its team that day, each from and until; minutes after local midnight."""
    drawn: frozenset[str] = frozenset()
    """The kinds of shared kits that its team has with it."""
    travel: tuple[int, int] = (0, 0)
    """Minutes and metres from the place before it, as planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule of planning that a visit breaks today; times in minutes after local midnight."""

    rule: str
    arrives_at: int
    back_at: int
    """When its team is back at the base on that date."""


def broken_today(
    district: District,
    dates: Sequence[date],
    visits: Sequence[StoredVisit],
    *,
    figures: PlanningFigures,
    legs: Legs,
    sites: Collection[Candidate],
    teams: Collection[TeamAvailability],
    document: Document,
    takes: Mapping[Document, IssuingFigures],
    trips: Sequence[tuple[str, WholeTrip]] = (),
) -> Mapping[int, Sequence[BrokenRule]]:
    """What each visit breaks, by its id; `no_signal`, `nobody_left`, `not_issued` and `kit_missing` besides the rules
    of `verify`.

    `document`: that of the plan; `takes`: what further ones take in the district. `figures` and `legs` are in force in
    the district, `sites` and `teams` those of the visits, as they are today on `dates`; a visit of any other is not
    judged. `trips`: those of the visits, with the code of their team; their dates are among `dates`."""
    known_sites = {candidate.site.code for candidate in sites}
    known_teams = {team.team.code for team in teams}
    judged = [visit for visit in visits if visit.site in known_sites and visit.team in known_teams]
    instance = instance_of(
        district,
        dates,
        figures=figures,
        legs=legs,
        sites=sites,
        teams=teams,
        alone=None if document is Document.IKD else (document, takes[document]),
    )
    instance, rows = with_planned_breaks(
        instance, {(visit.team, visit.date): visit.breaks for visit in judged if visit.breaks}
    )
    away = with_planned_trips(
        instance,
        [(team, whole) for team, whole in trips if team in known_teams],
        [
            PlannedVisit(team=visit.team, date=visit.date, site=visit.site, start=visit.start, travel=visit.travel)
            for visit in judged
        ],
        ZoneInfo(district.time_zone),
    )
    instance, rows = away.instance, replace(rows, nights=away.nights, rides=away.rides)
    going = {team.team.code: team.team for team in teams}
    planned = tuple(
        Visit(team=visit.team, date=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes)
        for visit in judged
    )
    recount = verify(instance, Plan(visits=planned, rows=rows), leg=away.leg)
    rules = [
        (judged[violation.visit_index], violation.rule)
        for violation in recount.violations
        if violation.visit_index is not None
    ]
    unable = [(visit, "not_issued") for visit in judged if not _is_able(going[visit.team], visit, document, takes)]
    needs = {candidate.site.code: candidate.needs_kits for candidate in sites}
    bare = [(visit, "kit_missing") for visit in judged if _lacks_kits(going[visit.team], visit, needs[visit.site])]
    return _by_visit((*rules, *_without_use(instance, judged), *unable, *bare), recount)


def _by_visit(broken: Iterable[tuple[StoredVisit, str]], recount: Recount) -> Mapping[int, Sequence[BrokenRule]]:
    """The rules by the ids of their visits, with when the team would be there and back."""
    arrivals = {
        (outcome.visit.team, outcome.visit.date, outcome.visit.site): outcome.arrives_at for outcome in recount.by_visit
    }
    back = {(way.team, way.date): way.arrives_at for way in recount.ways_home}
    rules: dict[int, list[BrokenRule]] = {}
    for visit, rule in broken:
        arrives_at = arrivals[visit.team, visit.date, visit.site]
        rules.setdefault(visit.id, []).append(
            BrokenRule(rule=rule, arrives_at=arrives_at, back_at=back[visit.team, visit.date])
        )
    return rules


def _is_able(team: Team, visit: StoredVisit, document: Document, takes: Mapping[Document, IssuingFigures]) -> bool:
    """Whether a team can issue what a visit is to bring, by what it may, and what it carries today or was to draw."""
    brought = [Document(name) for name, people in visit.further.items() if people]
    brought += [document] if visit.expected else []
    return all(
        may_issue(team, name)
        and (name not in takes or has_kit(team, takes[name].kit) or takes[name].kit.value in visit.drawn)
        for name in brought
    )


def _lacks_kits(team: Team, visit: StoredVisit, needed: Collection[str]) -> bool:
    """Whether a visit that is to serve somebody comes without a kit that its site needs."""
    serves = visit.expected > 0 or any(visit.further.values())
    return serves and any(kit not in team.kits and kit not in visit.drawn for kit in needed)


def _without_use(instance: Instance, visits: Sequence[StoredVisit]) -> list[tuple[StoredVisit, str]]:
    """The visits that no rule forbids, but that can no longer win anybody where somebody was expected."""
    sites = {site.id: site for site in instance.sites}
    teams = {team.id: team for team in instance.teams}
    useless = []
    for visit in visits:
        if visit.expected == 0:
            continue
        site = sites[visit.site]
        by_satellite = SATELLITE in visit.drawn or teams[visit.team].works_by_satellite
        if signal_rate(instance.connectivity, site, by_satellite=by_satellite) == 0:
            useless.append((visit, "no_signal"))
        elif site.people == 0:
            useless.append((visit, "nobody_left"))
    return useless


def instance_of(
    district: District,
    dates: Sequence[date],
    *,
    figures: PlanningFigures,
    legs: Legs,
    sites: Collection[Candidate],
    teams: Collection[TeamAvailability],
    alone: tuple[Document, IssuingFigures] | None = None,
) -> Instance:
    """A problem of these sites and teams alone, as they are today: nothing is wanted of it but its rules.

    `alone`: the document of a plan of another one than IKD, and what that takes."""
    if alone is not None:
        figures = at_signal_of(figures, alone[1])
    areas = sorted({candidate.site.area_code for candidate in sites})
    instance = Instance(
        name=district.name,
        dates=tuple(dates),
        slot_minutes=figures.slot_minutes,
        target=Target(gap=None, walk_ins_per_day=0),
        connectivity=model_of_signal(figures),
        travel=GreatCircle(detour=district.detour, kmh=district.kmh),
        areas=tuple(Area(id=code, name=code, min_activations=0) for code in areas),
        sites=tuple(
            # Visits are judged one by one, some of them without the others of an event.
            replace(
                model_of_site(_plan_site(candidate, dates, Document.IKD if alone is None else alone[0]), dates),
                min_teams=1,
            )
            for candidate in sites
        ),
        teams=tuple(model_of_team(_plan_team(team, alone)) for team in teams),
        costs=Costs(per_km=0, per_team_day=0, budget=None),
        weights=Weights(**DEFAULT_WEIGHTS),
    )
    return with_legs(instance, legs.moved(sessions_elsewhere(sites)))


def _plan_site(candidate: Candidate, dates: Sequence[date], document: Document) -> PlanSite:
    people, is_preparation = people_with(candidate, document), candidate.stage is VisitStage.PREPARATION
    return PlanSite(
        candidate=candidate,
        people=0 if is_preparation else people,
        to_prepare=people if is_preparation else 0,
        connectivity=candidate.held_at.connectivity,
        max_visit_dates=candidate.max_visit_dates,
        open_on=tuple(bool(candidate.windows_by_date.get(day)) for day in dates),
        is_asked_for=True,
        is_too_soon=False,
    )


def _plan_team(available: TeamAvailability, alone: tuple[Document, IssuingFigures] | None) -> PlanTeam:
    planned = PlanTeam(
        team=available.team,
        works_on=available.works_on,
        minutes_per_activation=available.team.minutes_per_activation,
    )
    if alone is None:
        return planned
    # A team that cannot issue it is told apart from one that does not work.
    return replace(issuing(planned, *alone), works_on=available.works_on)
