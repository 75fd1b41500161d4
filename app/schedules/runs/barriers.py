"""What keeps the teams of a request from winning anybody at a site, found without a plan."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from app.schedules.runs.basis import Basis
from app.schedules.runs.breaks_and_kits import with_all_it_may_draw
from app.schedules.runs.documents_model import least_minutes, with_machines, with_what_it_issues
from app.schedules.runs.journeys_model import sleeps_or_rides, with_journeys
from app.schedules.runs.place_models import model_of_signal, model_of_site, model_of_team
from app.schedules.runs.plan_sites import PlanSite
from app.schedules.runs.servable import Barrier, BarrierOf, barrier_in_request
from app.schedules.runs.travel_model import LeastWays
from app.travel.journeys.stored import NO_JOURNEYS
from solver.contract.capacity import is_equipped
from solver.contract.instance import Connectivity, Costs, GreatCircle, Instance, Site, Target, Team, Weights

if TYPE_CHECKING:
    from app.schedules.runs.reach import TripReach


def barriers_of(basis: Basis) -> BarrierOf:
    """What keeps the teams of a basis from winning anybody at one of its sites."""
    teams = tuple(
        with_all_it_may_draw(
            with_what_it_issues(with_machines(model_of_team(planned), planned.team), planned.team, basis),
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
    trips = _Trips(basis, teams, signal)

    def barrier_of(planned: PlanSite) -> Barrier | None:
        barrier = barrier_in_request(planned)
        if barrier is not None:
            return barrier
        site = model_of_site(planned, basis.dates)
        least = [(team, least_minutes(basis, signal, planned, team, site=site)) for team in teams]
        serving = [(team, minutes) for team, minutes in least if minutes is not None]
        if not serving:
            is_carried = any(is_equipped(site, team.own_kits) for team in teams)
            return Barrier.NO_SIGNAL if is_carried else Barrier.TOO_FEW_KITS
        # The first ways are the cheapest to find out; the others are of use only where some way is no straight line.
        coming = (
            team
            for can_serve in (directly, over_others, trips.can_serve)
            for team, minutes in serving
            if can_serve(team, site, minutes)
        )
        if site.min_teams <= 1:
            return None if any(True for _ in coming) else Barrier.OUT_OF_REACH
        together = {team.id: team for team in coming}
        if not together:
            return Barrier.OUT_OF_REACH
        return None if _most_at_once(together.values(), site) >= site.min_teams else Barrier.TOO_FEW_TEAMS

    def directly(team: Team, site: Site, least: int) -> bool:
        return _can_serve(basis, team, site, least, ways.direct(team, site), ways.direct(site, team))

    def over_others(team: Team, site: Site, least: int) -> bool:
        return not ways.are_direct and _can_serve(
            basis, team, site, least, ways.there(team, site), ways.back(site, team)
        )

    return barrier_of


def _most_at_once(teams: Iterable[Team], site: Site) -> int:
    """How many of these teams work on one date on which the site is open, at the most."""
    by_date = zip(*(team.work_dates for team in teams), strict=True)
    return max(sum(works) if is_open else 0 for is_open, works in zip(site.open_dates, by_date, strict=True))


class _Trips:
    """What teams reach on trips, laid out for the first site that is too far for a day without."""

    def __init__(self, basis: Basis, teams: Sequence[Team], signal: Connectivity) -> None:
        self._basis, self._teams, self._signal = basis, teams, signal

    def can_serve(self, team: Team, site: Site, least: int) -> bool:
        """`least`: the fewest minutes of service in which the team can win somebody there."""
        reach, minutes = self._reach, _service_minutes(self._basis, site, least)
        return reach is not None and minutes is not None and reach.can_serve(team, site, minutes=minutes)

    @cached_property
    def _reach(self) -> "TripReach | None":
        """None without nights and rides."""
        basis = self._basis
        if basis.journeys is NO_JOURNEYS:
            return None
        plain = Instance(
            name=basis.name,
            dates=basis.dates,
            slot_minutes=basis.figures.slot_minutes,
            target=Target(gap=None, walk_ins_per_day=0),
            connectivity=self._signal,
            travel=GreatCircle(detour=basis.district.detour, kmh=basis.district.kmh),
            areas=(),
            sites=tuple(model_of_site(planned, basis.dates) for planned in basis.sites),
            teams=tuple(self._teams),
            costs=Costs(per_km=0, per_team_day=0),
            weights=Weights(**basis.weights),
        )
        instance = with_journeys(plain, basis.journeys, [planned.team for planned in basis.teams])
        if not sleeps_or_rides(instance):
            return None
        # Loaded late: arrays cost every process that only answers requests.
        from app.schedules.runs.reach import TripReach

        return TripReach(instance, basis.legs)


def _can_serve(basis: Basis, team: Team, site: Site, least: int, there: int, back: int) -> bool:
    """Whether the team alone, so many minutes from its base and to it, can win one person at the site on some date.

    `least`: the fewest minutes of service in which it can."""
    minutes = _service_minutes(basis, site, least)
    if team.max_stops == 0 or minutes is None:
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


def _service_minutes(basis: Basis, site: Site, least: int) -> int | None:
    """The fewest whole slots, or the site's own minutes, that are so many minutes at least; None if those are fewer."""
    slot = basis.figures.slot_minutes
    minutes = site.fixed_minutes if site.fixed_minutes is not None else -(-least // slot) * slot
    return None if minutes < least else minutes
