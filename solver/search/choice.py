"""The assignment of teams to dated routes: OR-Tools CP-SAT chooses among the routes that the search has found.

Routes are feasible each for itself; what they share (people, visit dates, spacing, teams, money, goals) is here.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Floats, Indices, Ints
from solver.numeric.linear_program import LinearProgram
from solver.numeric.routes import Route

# Routes offered to CP-SAT: more made it slower without a better plan, fewer cost plans.
MOST_ROUTES = 3000
# Wall seconds granted per unit of deterministic time before a loaded machine is given up on.
WALL_PER_UNIT = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """Routes as numbers: objective per route (milli), and stop by stop its route, site and people won at most."""

    worth: Floats
    cost: Indices
    stop_route: Indices
    stop_site: Indices
    stop_gain: Indices


def assign(
    arrays: Arrays,
    pool: Iterable[Route],
    incumbent: Ints,
    *,
    deterministic_time: float,
    threads: int = 1,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Ints | None:
    """Choose routes worth more than those of the incumbent; rows of outfit, date, site, start, minutes, or None.

    The incumbent is a full hint. Lateness is counted on what routes can win rather than on what they do, so the
    caller must value the answer itself; every hard rule of the contract is kept exactly. With one thread the answer
    depends on the arguments alone, unless the wall-clock guard of a loaded machine or `should_stop` cut it short.
    """
    own = _routes_of(arrays, incumbent)
    known = {_key(route) for route in own}
    routes = _promising(arrays, own, [route for route in pool if _key(route) not in known])
    terms = _terms(arrays, routes)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in routes]
    objective = _Objective(model)
    for route, variable in enumerate(chosen):
        objective.add(variable, round(terms.worth[route]), hint=route < len(own))
        model.add_hint(variable, route < len(own))
    _one_route_a_team_day(arrays, model, chosen, routes)
    _kits(arrays, model, chosen, routes)
    _visit_dates_spacing_teams(arrays, model, chosen, routes=routes, kept=len(own))
    if arrays.budget >= 0:
        model.add(cp_model.LinearExpr.weighted_sum(chosen, terms.cost.tolist()) <= 1000 * arrays.budget + 999)
    _people(arrays, model, chosen, terms=terms, objective=objective, kept=len(own))
    _must_sites(arrays, model, chosen, terms=terms, objective=objective, kept=len(own))
    model.maximize(cp_model.LinearExpr.weighted_sum(objective.variables, objective.weights))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = threads
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = deterministic_time
    solver.parameters.max_time_in_seconds = max(1.0, WALL_PER_UNIT * deterministic_time)
    status = _solve(solver, model, should_stop)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or solver.objective_value <= objective.hinted:
        return None
    answer = [route for route, variable in zip(routes, chosen, strict=True) if solver.boolean_value(variable)]
    rows = [(r.team, r.date, *stop) for r in sorted(answer, key=lambda r: (r.team, r.date)) for stop in r.stops]
    return np.array(rows, dtype=np.int32).reshape(len(rows), 5)


class _Objective:
    """A weighted sum under construction, and what the hint is worth in it."""

    def __init__(self, model: cp_model.CpModel) -> None:
        self._model = model
        self.variables: list[cp_model.IntVar] = []
        self.weights: list[int] = []
        self.hinted = 0

    def add(self, variable: cp_model.IntVar, weight: int, *, hint: int) -> None:
        self.variables.append(variable)
        self.weights.append(weight)
        self.hinted += weight * int(hint)

    def variable(self, most: int, weight: int, *, hint: int) -> cp_model.IntVar:
        """A hinted whole number from 0 to `most` with its weight."""
        variable = self._model.new_int_var(0, most, "")
        self._model.add_hint(variable, hint)
        self.add(variable, weight, hint=hint)
        return variable


def _solve(
    solver: cp_model.CpSolver, model: cp_model.CpModel, should_stop: Callable[[], bool]
) -> "cp_model.CpSolverStatus":
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(POLL_SECONDS):
            if should_stop():
                solver.stop_search()

    watcher = threading.Thread(target=watch, name="master-watch", daemon=True)
    watcher.start()
    try:
        return solver.solve(model)
    finally:
        finished.set()
        watcher.join()


def _key(route: Route) -> tuple[int, int, tuple[tuple[int, int, int], ...]]:
    return route.team, route.date, route.stops


def _routes_of(arrays: Arrays, rows: Ints) -> list[Route]:
    days: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for team, date, *stop in rows.tolist():
        days[team, date].append((stop[0], stop[1], stop[2]))
    routes = []
    for (team, date), unsorted in days.items():
        stops = tuple(sorted(unsorted, key=lambda stop: stop[1]))
        sites = np.array([site for site, _, _ in stops])
        between = int(arrays.metres[sites[:-1], sites[1:]].sum())
        metres = int(arrays.out_metres[team, sites[0]]) + between + int(arrays.home_metres[team, sites[-1]])
        routes.append(Route(team=team, date=date, stops=stops, metres=metres))
    return routes


def _terms(arrays: Arrays, routes: list[Route]) -> _Terms:
    a = arrays
    sizes = [len(route.stops) for route in routes]
    stop_route = np.repeat(np.arange(len(routes)), sizes)
    site = np.array([site for route in routes for site, _, _ in route.stops], dtype=np.int64)
    minutes = np.array([minutes for route in routes for _, _, minutes in route.stops], dtype=np.int64)
    team = np.array([route.team for route in routes], dtype=np.int64)[stop_route]
    date = np.array([route.date for route in routes], dtype=np.int64)
    gain = np.minimum(a.people[site], a.rate_numerator[team, site] * minutes // a.rate_denominator[team])
    a_day = a.per_team_day + a.outfit_cost
    cost = np.array([route.metres * a.per_km + 1000 * int(a_day[route.team]) for route in routes], dtype=np.int64)
    worth = -a.weight_per_million_cost * cost / 1e9
    won = np.bincount(stop_route, weights=gain, minlength=len(routes))
    worth -= a.weight_late / max(1, a.dates - 1) * won * date
    pinned = {tuple(row) for row in a.pins.tolist()}
    published = {tuple(row[:3]) for row in a.published.tolist()}
    if pinned or published:
        for r, route in enumerate(routes):
            day = int(a.outfit_team[route.team]), route.date
            for stop in route.stops:
                worth[r] += a.weight_pin * ((*day, *stop) in pinned)
                worth[r] += a.weight_moved * ((*day, stop[0]) in published)
    return _Terms(worth=worth, cost=cost, stop_route=stop_route, stop_site=site, stop_gain=gain)


def _promising(arrays: Arrays, own: list[Route], others: list[Route]) -> list[Route]:
    """The incumbent's routes and, if there are too many others, those that an LP over all prices best."""
    routes = own + others
    room = max(0, MOST_ROUTES - len(own))
    if len(others) <= room:
        return routes
    terms = _terms(arrays, routes)
    a, n, inf = arrays, arrays.sites, float("inf")
    lp = LinearProgram()
    won = lp.add_columns(np.full(n, float(max(a.weight_shortfall, 1))), a.people.astype(np.float64))
    cover = lp.add_rows(np.full(n, -inf), np.zeros(n))
    lp.set_coefficients(cover, won, np.ones(n))
    day = lp.add_rows(np.full(a.teams * a.dates, -inf), np.ones(a.teams * a.dates))
    most = a.max_visit_dates.astype(np.float64) * a.max_teams
    visit = lp.add_rows(np.full(n, -inf), most)
    columns = lp.add_columns(terms.worth, np.ones(len(routes)))
    outfit = np.array([route.team for route in routes], dtype=np.int64)
    date = np.array([route.date for route in routes], dtype=np.int64)
    team_day = a.outfit_team[outfit].astype(np.int64) * a.dates + date
    lp.set_coefficients(day[team_day], columns, np.ones(len(routes)))
    drawn, kit_day, counts = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    if len(a.outfit_team) > a.teams:
        kit = lp.add_rows(np.full(a.pool_count.size, -inf), a.pool_count.ravel().astype(np.float64))
        drawn, pool = np.nonzero(a.outfit_draws[outfit])
        kit_day = kit[pool * a.dates + date[drawn]]
        counts = a.outfit_draws[outfit[drawn], pool].astype(np.float64)
        lp.set_coefficients(kit_day, columns[drawn], counts)
    # A route comes to a site once, so no coefficient is set twice.
    lp.set_coefficients(cover[terms.stop_site], columns[terms.stop_route], -terms.stop_gain.astype(np.float64))
    lp.set_coefficients(visit[terms.stop_site], columns[terms.stop_route], np.ones(len(terms.stop_site)))
    answer = lp.solve(SolveInterrupter())
    if answer is None:
        return routes[:MOST_ROUTES]
    paid = answer.dual[cover][terms.stop_site] * terms.stop_gain - answer.dual[visit][terms.stop_site]
    reduced = terms.worth + np.bincount(terms.stop_route, weights=paid, minlength=len(routes))
    reduced -= answer.dual[day][team_day]
    np.subtract.at(reduced, drawn, counts * answer.dual[kit_day])
    best = np.argsort(-reduced[len(own) :], kind="stable")[:room]
    return own + [others[r] for r in sorted(best.tolist())]


def _one_route_a_team_day(
    arrays: Arrays, model: cp_model.CpModel, chosen: list[cp_model.IntVar], routes: list[Route]
) -> None:
    days = defaultdict(list)
    for variable, route in zip(chosen, routes, strict=True):
        days[int(arrays.outfit_team[route.team]), route.date].append(variable)
    for variables in days.values():
        model.add_at_most_one(variables)


def _kits(arrays: Arrays, model: cp_model.CpModel, chosen: list[cp_model.IntVar], routes: list[Route]) -> None:
    """All teams together draw no more kits of a pool than there are on a date."""
    days = defaultdict(list)
    for variable, route in zip(chosen, routes, strict=True):
        for pool in np.flatnonzero(arrays.outfit_draws[route.team]).tolist():
            days[pool, route.date].append(int(arrays.outfit_draws[route.team, pool]) * variable)
    for (pool, date), loads in days.items():
        model.add(sum(loads) <= int(arrays.pool_count[pool, date]))


def _visit_dates_spacing_teams(
    arrays: Arrays, model: cp_model.CpModel, chosen: list[cp_model.IntVar], *, routes: list[Route], kept: int
) -> None:
    """A site sees so many teams a date, no fewer and no more, on at most so many dates, with days between them."""
    present: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for r, route in enumerate(routes):
        for site, _, _ in route.stops:
            present[site][route.date].append(r)
    for site, dates in present.items():
        least_teams, most_teams = int(arrays.min_teams[site]), int(arrays.max_teams[site])
        most_dates, spacing = int(arrays.max_visit_dates[site]), int(arrays.min_gap_days[site])
        ordered = sorted(dates)
        visited = {}
        for date in ordered:
            variables = [chosen[r] for r in dates[date]]
            visited[date] = model.new_bool_var("")
            model.add_hint(visited[date], any(r < kept for r in dates[date]))
            model.add(sum(variables) <= most_teams * visited[date])
            if least_teams > 1:
                model.add(sum(variables) >= least_teams * visited[date])
        if len(ordered) > most_dates:
            model.add(sum(visited.values()) <= most_dates)
        for p, date in enumerate(ordered):
            last = arrays.date_ordinal[date] + spacing
            close = [visited[d] for d in ordered[p:] if arrays.date_ordinal[d] < last]
            if len(close) > 1:
                model.add_at_most_one(close)


def _people(
    arrays: Arrays,
    model: cp_model.CpModel,
    chosen: list[cp_model.IntVar],
    *,
    terms: _Terms,
    objective: _Objective,
    kept: int,
) -> None:
    """Nobody is won twice; people count toward the goal up to the gap, and toward their area's floor."""
    stops: dict[int, list[int]] = defaultdict(list)
    for s, site in enumerate(terms.stop_site.tolist()):
        stops[site].append(s)
    counted, hinted_at = {}, {}
    for site, at in stops.items():
        gains = [int(terms.stop_gain[s]) for s in at]
        routes = [int(terms.stop_route[s]) for s in at]
        hint = min(int(arrays.people[site]), sum(g for g, r in zip(gains, routes, strict=True) if r < kept))
        counted[site] = objective.variable(int(arrays.people[site]), 0, hint=hint)
        hinted_at[site] = hint
        model.add(counted[site] <= cp_model.LinearExpr.weighted_sum([chosen[r] for r in routes], gains))
    total = sum(hinted_at.values())
    toward = objective.variable(arrays.gap, arrays.weight_shortfall, hint=min(arrays.gap, total))
    model.add(toward <= sum(counted.values()))
    for area in np.flatnonzero(arrays.area_floor > 0).tolist():
        mine = [site for site in counted if arrays.area[site] == area]
        floor = int(arrays.area_floor[area])
        hint = min(floor, sum(hinted_at[site] for site in mine))
        reached = objective.variable(floor, arrays.weight_area_shortfall, hint=hint)
        model.add(reached <= sum(counted[site] for site in mine))


def _must_sites(
    arrays: Arrays,
    model: cp_model.CpModel,
    chosen: list[cp_model.IntVar],
    *,
    terms: _Terms,
    objective: _Objective,
    kept: int,
) -> None:
    for site in np.flatnonzero(arrays.must).tolist():
        routes = terms.stop_route[terms.stop_site == site].tolist()
        met = objective.variable(1, arrays.weight_must, hint=any(r < kept for r in routes))
        model.add(met <= sum(chosen[r] for r in routes))
