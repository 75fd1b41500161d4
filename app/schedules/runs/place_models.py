"""Sites, teams and signal in the words of the planning format."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from app.districts.kits import Kit
from app.districts.opening_hours import Hours
from app.districts.planning_figures import PlanningFigures
from app.schedules.runs.plan_sites import PlanSite
from app.schedules.runs.plan_teams import PlanTeam
from app.sites.preparations import VisitStage
from solver.contract.instance import Connectivity, Point, Site, Team, Window


def model_of_site(planned: PlanSite, dates: Sequence[date], *, must: bool = False) -> Site:
    candidate, site = planned.candidate, planned.candidate.site
    windows = {
        day: _windows(candidate.windows_by_date[day])
        for day, is_open in zip(dates, planned.open_on, strict=True)
        if is_open
    }
    stage, prepared = candidate.stage, candidate.prepared
    usual = Counter(windows.values()).most_common(1)[0][0] if windows else ()
    return Site(
        id=site.code,
        name=candidate.shown_name,
        kind=site.kind,
        area=site.area_code,
        place=Point(lat=candidate.lat, lon=candidate.lon),
        # Who is prepared counts nothing; how many that are is found once the teams are known.
        people=planned.people,
        connectivity=planned.connectivity,
        open_dates=planned.open_on,
        windows=usual,
        windows_on=tuple((day, hours) for day, hours in windows.items() if hours != usual),
        setup_minutes=candidate.setup_minutes,
        fixed_minutes=site.preparation_minutes if stage is VisitStage.PREPARATION else site.fixed_minutes,
        must=must,
        max_visit_dates=planned.max_visit_dates,
        min_gap_days=candidate.min_gap_days,
        max_teams=candidate.max_teams,
        # An event that is on none of the dates asks nothing of the plan.
        min_teams=candidate.min_teams if any(planned.open_on) and stage is not VisitStage.PREPARATION else 1,
        zone=candidate.zone,
        needs_kits=candidate.needs_kits,
        minutes_percent=candidate.terms.activating_percent if prepared is not None else 100,
        prepared=planned.people if prepared is not None else 0,
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
        zone=team.zone or "",
    )
