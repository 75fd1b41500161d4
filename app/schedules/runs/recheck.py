"""Judges visits by what is stored today: the very rules that judge a plan, on an instance of these visits alone.

Busy calendars are not looked at: they collide with a
visit's own hours, not with whole dates as in planning."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.districts.models import District
from app.districts.planning_figures import PlanningFigures
from app.schedules.runs.basis import PlanSite, PlanTeam
from app.schedules.runs.breaks_and_kits import with_planned_breaks
from app.schedules.runs.problem import model_of_signal, model_of_site, model_of_team
from app.schedules.runs.travel_model import with_legs
from app.schedules.wish import DEFAULT_WEIGHTS
from app.sites.service import Candidate
from app.teams.service import TeamAvailability
from app.travel.legs import Legs
from solver.contract.capacity import signal_rate
from solver.contract.instance import Area, Costs, GreatCircle, Instance, Target, Visit, Weights
from solver.contract.plan import Plan
from solver.contract.verify import verify


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
    """Activations that the plan expects of it; some visits are owed although they win nobody."""
    breaks: tuple[tuple[int, int], ...] = ()
    """Of its team that day, each from and until; minutes after local midnight."""
    draws_satellite: bool = False
    """Whether its team has a shared satellite set with it."""


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
) -> Mapping[int, Sequence[BrokenRule]]:
    """What each visit breaks, by its id; `no_signal` and `nobody_left` besides the rules of `verify`.

    `figures` and `legs` are in force in the district, `sites` and `teams` those of the visits, as they are today on
    `dates`; a visit of any other is not judged."""
    known_sites = {candidate.site.code for candidate in sites}
    known_teams = {team.team.code for team in teams}
    judged = [visit for visit in visits if visit.site in known_sites and visit.team in known_teams]
    instance = instance_of(district, dates, figures=figures, legs=legs, sites=sites, teams=teams)
    instance, rows = with_planned_breaks(
        instance, {(visit.team, visit.date): visit.breaks for visit in judged if visit.breaks}
    )
    planned = tuple(
        Visit(team=visit.team, date=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes)
        for visit in judged
    )
    recount = verify(instance, Plan(visits=planned, rows=rows))
    arrivals = {
        (outcome.visit.team, outcome.visit.date, outcome.visit.site): outcome.arrives_at for outcome in recount.by_visit
    }
    back = {(way.team, way.date): way.arrives_at for way in recount.ways_home}
    broken: dict[int, list[BrokenRule]] = {}
    rules = [
        (judged[violation.visit_index], violation.rule)
        for violation in recount.violations
        if violation.visit_index is not None
    ]
    for visit, rule in (*rules, *_without_use(instance, judged)):
        broken.setdefault(visit.id, []).append(
            BrokenRule(
                rule=rule,
                arrives_at=arrivals[visit.team, visit.date, visit.site],
                back_at=back[visit.team, visit.date],
            )
        )
    return broken


def _without_use(instance: Instance, visits: Sequence[StoredVisit]) -> list[tuple[StoredVisit, str]]:
    """The visits that no rule forbids, but that can no longer win anybody where somebody was expected."""
    sites = {site.id: site for site in instance.sites}
    teams = {team.id: team for team in instance.teams}
    useless = []
    for visit in visits:
        if visit.expected == 0:
            continue
        site = sites[visit.site]
        by_satellite = visit.draws_satellite or teams[visit.team].works_by_satellite
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
) -> Instance:
    """A problem of these sites and teams alone, as they are today: nothing is wanted of it but its rules."""
    areas = sorted({candidate.site.area_code for candidate in sites})
    instance = Instance(
        name=district.name,
        dates=tuple(dates),
        slot_minutes=figures.slot_minutes,
        target=Target(gap=None, walk_ins_per_day=0),
        connectivity=model_of_signal(figures),
        travel=GreatCircle(detour=district.detour, kmh=district.kmh),
        areas=tuple(Area(id=code, name=code, min_activations=0) for code in areas),
        sites=tuple(model_of_site(_plan_site(candidate, dates), dates) for candidate in sites),
        teams=tuple(model_of_team(_plan_team(team)) for team in teams),
        costs=Costs(per_km=0, per_team_day=0, budget=None),
        weights=Weights(**DEFAULT_WEIGHTS),
    )
    return with_legs(instance, legs)


def _plan_site(candidate: Candidate, dates: Sequence[date]) -> PlanSite:
    return PlanSite(
        candidate=candidate,
        people=candidate.people,
        connectivity=candidate.site.connectivity,
        max_visit_dates=candidate.max_visit_dates,
        open_on=tuple(bool(candidate.windows_by_date.get(day)) for day in dates),
        is_asked_for=True,
        is_too_soon=False,
    )


def _plan_team(available: TeamAvailability) -> PlanTeam:
    return PlanTeam(
        team=available.team,
        works_on=available.works_on,
        minutes_per_activation=available.team.minutes_per_activation,
    )
