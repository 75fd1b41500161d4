"""The part of planning that route optimisers know: fixed durations, one visit a site, a vehicle a team-day, prizes.

Turns such an instance into matrices for them, and their routes back into a plan that can be judged like any other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.numeric.arrays import Arrays, build_arrays

Numbers = npt.NDArray[np.int64]


class NotComparable(ValueError):
    """The instance asks for what route optimisers do not know; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Team-days that cannot be told apart by a route optimiser; times in minutes after midnight."""

    base: int
    leaves: int
    returns: int
    max_stops: int
    team_days: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Sites 0…n-1, then the bases, as nodes of one matrix `minutes[i][j]` from i to j.

    `service` holds set-up and service in minutes; `earliest` and `latest` bound the start of the set-up.
    """

    minutes: Numbers
    service: Numbers
    earliest: Numbers
    latest: Numbers
    prizes: Numbers
    fleets: tuple[Fleet, ...]

    @property
    def sites(self) -> int:
        return len(self.prizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one vehicle of a fleet visits, in order."""

    fleet: int
    sites: tuple[int, ...]


def routing(instance: Instance) -> Routing:
    """Return the instance as a routing problem with prizes; raises `NotComparable`."""
    arrays = build_arrays(instance)
    _refuse_more(instance, arrays)
    bases: dict[object, int] = {}
    for team in instance.teams:
        bases.setdefault(team.place, len(bases))
    sites, nodes = arrays.sites, arrays.sites + len(bases)
    minutes = np.zeros((nodes, nodes), dtype=np.int64)
    minutes[:sites, :sites] = arrays.minutes
    # A site is never left for itself, and some optimisers insist on a zero there.
    np.fill_diagonal(minutes, 0)
    fleets: dict[tuple[int, int, int, int], list[tuple[int, int]]] = {}
    for k, team in enumerate(instance.teams):
        base = sites + bases[team.place]
        minutes[base, :sites], minutes[:sites, base] = arrays.out_minutes[k], arrays.home_minutes[k]
        kind = (base, team.shift.open, team.shift.close, team.max_stops)
        fleets.setdefault(kind, []).extend((k, d) for d in np.flatnonzero(arrays.team_works[k]).tolist())
    service = (arrays.setup + arrays.fixed).astype(np.int64)
    windows = [site.windows[0] for site in instance.sites]
    return Routing(
        minutes=minutes,
        service=service,
        earliest=np.array([window.open for window in windows], dtype=np.int64),
        latest=np.array([window.close for window in windows], dtype=np.int64) - service,
        prizes=arrays.people.astype(np.int64),
        fleets=tuple(
            Fleet(base=base, leaves=leaves, returns=returns, max_stops=max_stops, team_days=tuple(days))
            for (base, leaves, returns, max_stops), days in fleets.items()
            if days
        ),
    )


def plan_of(instance: Instance, problem: Routing, routes: Sequence[Route]) -> Plan:
    """Return the plan in which each route is driven as early as possible; whether it is feasible is for the judge."""
    free = [iter(fleet.team_days) for fleet in problem.fleets]
    visits = []
    for route in routes:
        if not route.sites:
            continue
        fleet = problem.fleets[route.fleet]
        k, d = next(free[route.fleet])
        now = fleet.leaves
        for before, site in pairwise((fleet.base, *route.sites)):
            now = max(now + int(problem.minutes[before, site]), int(problem.earliest[site]))
            fixed = instance.sites[site].fixed_minutes
            assert fixed is not None, "routing() takes fixed durations only"
            visits.append(
                Visit(
                    team=instance.teams[k].id,
                    date=instance.dates[d],
                    site=instance.sites[site].id,
                    start=now,
                    minutes=fixed,
                )
            )
            now += int(problem.service[site])
    return Plan(visits=tuple(visits), solver_version=None)


def _refuse_more(instance: Instance, arrays: Arrays) -> None:
    """Raise `NotComparable` if anything beyond prizes, fixed durations and single windows matters."""
    capacity = arrays.rate_numerator * arrays.fixed // arrays.rate_denominator[:, None]
    weights, costs = instance.weights, instance.costs
    everyone = sum(site.people for site in instance.sites)
    reasons = {
        "durations to choose": any(site.fixed_minutes is None for site in instance.sites),
        "several visits to a site": bool((arrays.max_visit_dates * arrays.max_teams != 1).any()),
        "closed dates": not arrays.site_open.all(),
        "several windows": any(len(site.windows) != 1 or site.windows_on for site in instance.sites),
        "must-visits": any(site.must for site in instance.sites),
        "pinned or published visits": bool(instance.pinned or instance.published),
        "visits that do not win all people": bool((capacity < arrays.people).any()),
        "a gap that can be closed": instance.net_gap < everyone,
        "floors": any(area.min_activations for area in instance.areas) and weights.area_shortfall > 0,
        "costs": costs.budget is not None
        or (weights.per_million_cost > 0 and (costs.per_km > 0 or costs.per_team_day > 0)),
        "earliness": weights.late > 0 and len(instance.dates) > 1,
    }
    for reason, holds in reasons.items():
        if holds:
            raise NotComparable(f"{instance.name} has {reason}, which route optimisers do not know")
