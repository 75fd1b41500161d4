"""Route optimisers on the comparable core, each told the same problem and given the same wall time.

They are no dependency of the service: only `make bench` installs them."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

import numpy as np

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from tests.benchmark.routing import Route, Routing, plan_of, routing

# One person is worth so much of the longest way. Without travel in their cost the local searches have nothing to
# descend on between two prizes, with too much of it small prizes stay out: of 1/50, 1/10, 1/2 and 2 this was the best
# for both OR-Tools and PyVRP over TOPTW c101, r101 and pr01 with two teams at 4 s.
PRIZE_SHARE_OF_LONGEST_WAY = 1 / 10
VROOM_PRIORITIES = 100

Optimiser = Callable[[Routing, float, int, int], list[Route]]


def peer_plan(method: str, instance: Instance, *, seconds: float, seed: int, threads: int) -> Plan:
    """Return the plan of a peer after so many seconds of wall time; raises `NotComparable` and `KeyError`."""
    began = time.perf_counter()
    problem = routing(instance)
    left = seconds - (time.perf_counter() - began)
    return plan_of(instance, problem, SOLVERS[method](problem, left, seed, threads))


def peer_version(method: str) -> str:
    """Name and version of a peer as it is installed; raises `PackageNotFoundError` if it is not."""
    return f"{method} {version(PACKAGES[method])}"


def solve_with_ortools(problem: Routing, seconds: float, seed: int, threads: int) -> list[Route]:
    """Routing library: a disjunction per site, time and stops as dimensions, guided local search; one thread."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    scale = _prize_scale(problem)
    owners = [(f, fleet) for f, fleet in enumerate(problem.fleets) for _ in fleet.team_days]
    bases = [fleet.base for _, fleet in owners]
    manager = pywrapcp.RoutingIndexManager(len(problem.minutes), len(owners), bases, bases)
    model = pywrapcp.RoutingModel(manager)
    service = np.concatenate([problem.service, np.zeros(len(problem.minutes) - problem.sites, dtype=np.int64)])
    travel = model.RegisterTransitMatrix(problem.minutes.tolist())
    spent = model.RegisterTransitMatrix((problem.minutes + service[:, None]).tolist())
    model.SetArcCostEvaluatorOfAllVehicles(travel)
    end = max(fleet.returns for fleet in problem.fleets)
    model.AddDimension(spent, end, end, False, "time")
    clock = model.GetDimensionOrDie("time")
    stop = model.RegisterUnaryTransitVector([1] * problem.sites + [0] * (len(problem.minutes) - problem.sites))
    model.AddDimensionWithVehicleCapacity(stop, 0, [fleet.max_stops for _, fleet in owners], True, "stops")
    for vehicle, (_, fleet) in enumerate(owners):
        clock.CumulVar(model.Start(vehicle)).SetRange(fleet.leaves, fleet.returns)
        clock.CumulVar(model.End(vehicle)).SetRange(fleet.leaves, fleet.returns)
    for site in range(problem.sites):
        index = manager.NodeToIndex(site)
        model.AddDisjunction([index], int(problem.prizes[site]) * scale)
        if problem.latest[site] >= problem.earliest[site]:
            clock.CumulVar(index).SetRange(int(problem.earliest[site]), int(problem.latest[site]))
        else:
            model.ActiveVar(index).SetValue(0)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(max(1, int(1000 * seconds)))
    model.solver().ReSeed(seed)
    found = model.SolveWithParameters(parameters)
    if found is None:
        return []
    routes = []
    for vehicle, (f, _) in enumerate(owners):
        index, sites = model.Start(vehicle), []
        while not model.IsEnd(index := found.Value(model.NextVar(index))):
            sites.append(manager.IndexToNode(index))
        routes.append(Route(fleet=f, sites=tuple(sites)))
    return routes


def solve_with_pyvrp(problem: Routing, seconds: float, seed: int, threads: int) -> list[Route]:
    """PyVRP: optional clients with prizes, a vehicle type per fleet, stops as load; one thread."""
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
    from pyvrp.stop import MaxRuntime

    scale, nodes = _prize_scale(problem), len(problem.minutes)
    visitable = [site for site in range(problem.sites) if problem.latest[site] >= problem.earliest[site]]
    data = ProblemData(
        locations=[Location(0, 0) for _ in range(nodes)],
        clients=[
            Client(
                location=site,
                delivery=[1],
                service_duration=int(problem.service[site]),
                tw_early=int(problem.earliest[site]),
                tw_late=int(problem.latest[site]),
                prize=int(problem.prizes[site]) * scale,
                required=False,
            )
            for site in visitable
        ],
        depots=[Depot(location=node) for node in range(problem.sites, nodes)],
        vehicle_types=[
            VehicleType(
                num_available=len(fleet.team_days),
                capacity=[fleet.max_stops],
                start_depot=fleet.base - problem.sites,
                end_depot=fleet.base - problem.sites,
                tw_early=fleet.leaves,
                tw_late=fleet.returns,
            )
            for fleet in problem.fleets
        ],
        distance_matrices=[problem.minutes],
        duration_matrices=[problem.minutes],
    )
    result = solve(data, MaxRuntime(max(0.1, seconds)), seed=seed, collect_stats=False, display=False)
    if not result.is_feasible():
        return []
    return [
        Route(
            fleet=route.vehicle_type(),
            sites=tuple(visitable[activity.idx] for activity in route if activity.is_client()),
        )
        for route in result.best.routes()
    ]


def solve_with_vroom(problem: Routing, seconds: float, seed: int, threads: int) -> list[Route]:
    """VROOM: prizes as priorities 0 to 100, deepest exploration.

    It draws no random numbers and ends on its own, so the time left goes into runs with the jobs in another order.
    """
    import vroom

    owners = [f for f, fleet in enumerate(problem.fleets) for _ in fleet.team_days]
    priorities = np.maximum(1, problem.prizes * VROOM_PRIORITIES // max(1, int(problem.prizes.max())))
    order = [site for site in range(problem.sites) if problem.latest[site] >= problem.earliest[site]]
    shuffler = random.Random(seed)
    best: list[Route] = []
    best_prize = -1
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0.05:
        model = vroom.Input()
        model.set_durations_matrix("car", problem.minutes)
        for vehicle, f in enumerate(owners):
            fleet = problem.fleets[f]
            model.add_vehicle(
                vroom.Vehicle(
                    vehicle,
                    start=fleet.base,
                    end=fleet.base,
                    time_window=vroom.TimeWindow(fleet.leaves, fleet.returns),
                    max_tasks=fleet.max_stops,
                )
            )
        model.add_job(
            [
                vroom.Job(
                    site,
                    site,
                    default_service=int(problem.service[site]),
                    priority=int(priorities[site]),
                    time_windows=[vroom.TimeWindow(int(problem.earliest[site]), int(problem.latest[site]))],
                )
                for site in order
            ]
        )
        found = model.solve(exploration_level=5, nb_threads=threads, timeout=timedelta(seconds=left)).to_dict()
        routes = [
            Route(
                fleet=owners[route["vehicle"]],
                sites=tuple(step["id"] for step in route["steps"] if step["type"] == "job"),
            )
            for route in found["routes"]
        ]
        prize = sum(int(problem.prizes[site]) for route in routes for site in route.sites)
        if prize > best_prize:
            best, best_prize = routes, prize
        shuffler.shuffle(order)
    return best


def _prize_scale(problem: Routing) -> int:
    return max(1, int(PRIZE_SHARE_OF_LONGEST_WAY * int(problem.minutes.max())))


SOLVERS: dict[str, Optimiser] = {
    "ortools": solve_with_ortools,
    "pyvrp": solve_with_pyvrp,
    "vroom": solve_with_vroom,
}
PACKAGES = {"ortools": "ortools", "pyvrp": "pyvrp", "vroom": "pyvroom"}
