"""A solver's double that speaks the supervised protocol: it plans one plain visit per team and date, and behaves as
the environment asks, so that tests decide when it ends and how.

FAKE_SOLVER: `plan` (at once), `hold` (until told to stop, or the file FAKE_SOLVER_GO exists), `deaf` (only
the file ends it), `die`, `fail`, `lie`. It has no reasons to tell.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from solver.contract.demand import Demand, read_demand, with_people
from solver.contract.instance import Instance, Site, Team, Visit, Window
from solver.contract.plan import Plan, StopReason, write_plan
from solver.contract.policy import Policy, read_policy
from solver.contract.reading import read_instance
from solver.contract.travel import Travel
from solver.contract.verify import verify
from solver.plans.expectation import expected_wins


def say(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)  # noqa: T201 the protocol is standard output


def visit_on(instance: Instance, travel: Travel, team: Team, site: Site, index: int) -> Visit | None:
    """A visit straight from base and back, as long as the window allows up to two hours."""
    there, back = travel.leg(team, site)[0], travel.leg(site, team)[0]
    windows: tuple[Window, ...] = site.windows_at(instance.dates[index])
    for window in windows:
        start = max(window.open, team.shift.open + there)
        room = min(window.close, team.shift.close - back) - start - site.setup_minutes
        slots = min(room, 120) // instance.slot_minutes
        if slots > 0 and site.fixed_minutes is None:
            minutes = slots * instance.slot_minutes
            return Visit(team=team.id, date=instance.dates[index], site=site.id, start=start, minutes=minutes)
        if site.prepares and site.fixed_minutes is not None and room >= site.fixed_minutes:
            day = instance.dates[index]
            return Visit(team=team.id, date=day, site=site.id, start=start, minutes=site.fixed_minutes)
    return None


def plain_visits(instance: Instance) -> tuple[Visit, ...]:
    travel = Travel(instance.travel)
    wanted = sorted(instance.sites, key=lambda site: not site.prepares)
    free = [site for site in wanted if (site.people > 0 or site.prepares) and site.max_visit_dates > 0]
    kept = list(instance.pinned)
    taken = {(visit.team, visit.date) for visit in kept}
    free = [site for site in free if site.id not in {visit.site for visit in kept}]
    for team in instance.teams:
        for index, works in enumerate(team.work_dates):
            if not works or (team.id, instance.dates[index]) in taken:
                continue
            for site in free:
                visit = visit_on(instance, travel, team, site, index) if site.open_dates[index] else None
                if visit is not None:
                    kept.append(visit)
                    free.remove(site)
                    break
    return tuple(kept)


def plain_plan(instance: Instance, *, seed: int = 1, iterations: int = 1, is_stopped: bool = False) -> Plan:
    """A feasible plan with honest claims and a bound that holds for want of people."""
    visits = plain_visits(instance)
    worth = verify(instance, Plan(visits=visits))
    return Plan(
        visits=visits,
        value_milli=worth.value_milli,
        bound_milli=worth.value_milli + 1_000_000,
        stop_reason=StopReason.CANCELLED if is_stopped else StopReason.ITERATION_LIMIT,
        seed=seed,
        solver_version="double",
        activations_bound=sum(site.people for site in instance.sites),
        iterations=iterations,
    )


def spread_of(instance: Instance, kept: Instance, plan: Plan, demand: Demand) -> dict[str, object]:
    """What a solver says of a plan for the upper quartile, as if it had tried no other."""
    return {
        "chosen": "q75",
        "candidates": [
            {
                "people": "q75",
                "expected_activations": sum(expected_wins(kept, plan, demand)),
                "expected_value_milli": 0,
                "activations": verify(kept, plan).activations,
            }
        ],
        "activations_bound": sum(site.people for site in instance.sites),
    }


def levels_of(policy: Policy, instance: Instance, plan: Plan) -> dict[str, object]:
    """What a solver says of a plan that no level could make better."""
    recount = verify(instance, plan)
    return {
        "policy": policy.name,
        "levels": [
            {
                "level": str(level.name),
                "unit": level.measure.unit,
                "best": level.reached(recount),
                "tolerance": level.given_up_at_most(instance, recount),
                "reached": level.reached(recount),
                "given_up": 0,
                "given_up_for": None,
                "at_least": None,
            }
            for level in policy.levels
        ],
        "missed": recount.must_missed + recount.pins_missed,
    }


def main() -> None:
    if sys.argv[1] == "explain":
        print("[]")  # noqa: T201 it explains nothing
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("instance", type=Path)
    parser.add_argument("-o", dest="plan", type=Path)
    for name in ("--time-limit", "--seed", "--threads"):
        parser.add_argument(name, type=float)
    for name in ("--demand", "--people-out", "--spread-out", "--policy", "--levels-out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--supervised", action="store_true")
    arguments = parser.parse_args()
    behaviour = os.environ.get("FAKE_SOLVER", "plan")
    stopped = threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            if line.strip() == "stop" and behaviour != "deaf":
                stopped.set()
        os._exit(3)

    threading.Thread(target=listen, daemon=True).start()
    instance = read_instance(arguments.instance)
    go = Path(os.environ.get("FAKE_SOLVER_GO", "/nonexistent"))
    began = time.monotonic()
    rounds = 0
    while True:
        rounds += 1
        say(
            "progress",
            elapsed_seconds=round(time.monotonic() - began, 3),
            iterations=rounds,
            value_milli=0,
            bound_milli=None,
            activations=rounds,
            activations_bound=1_000_000,
        )
        if behaviour == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour not in {"hold", "deaf"} or go.exists() or stopped.wait(0.05):
            break
    if behaviour == "fail":
        say("failed", reason="too_hard", message="The instance is too hard for a double.", problems=[])
        sys.exit(2)
    plan = plain_plan(instance, seed=int(arguments.seed), iterations=rounds, is_stopped=stopped.is_set())
    if behaviour == "lie":
        plan = replace(plan, visits=(*plan.visits, *plan.visits[:1]))
    if arguments.demand is not None:
        demand = read_demand(arguments.demand, instance)
        kept = with_people(instance, demand.quantile_people(75))
        plan = plain_plan(kept, seed=int(arguments.seed), iterations=rounds, is_stopped=stopped.is_set())
        arguments.people_out.write_text(json.dumps(kept.to_json()))
        arguments.spread_out.write_text(json.dumps(spread_of(instance, kept, plan, demand)))
    if arguments.policy is not None:
        arguments.levels_out.write_text(json.dumps(levels_of(read_policy(str(arguments.policy)), instance, plan)))
    write_plan(plan, arguments.plan)
    say("done", plan=str(arguments.plan))


if __name__ == "__main__":
    main()
