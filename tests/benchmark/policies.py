"""What each policy reaches and costs on one instance: a table for docs/policies.md.

python -m tests.benchmark.policies INSTANCE --seconds 20 --floors 90
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from solver.contract.instance import Instance
from solver.contract.policy import BUILT_IN
from solver.contract.reading import read_instance
from solver.levels import solve_in_levels
from solver.questions.orders import figures, in_order
from solver.solve import solve
from solver.stopping import Limits

MILLION = 1_000_000


def with_fair_floors(instance: Instance, percent: int) -> Instance:
    """Return the instance with floors that are so many percent of each area's fair share of what a plan wins."""
    people = {area.id: 0 for area in instance.areas}
    for site in instance.sites:
        people[site.area] += site.people
    won = solve(instance, Limits(time_seconds=5), seed=1).recount.activations
    total = max(1, sum(people.values()))
    areas = tuple(
        replace(area, min_activations=won * people[area.id] * percent // (100 * total)) for area in instance.areas
    )
    return replace(instance, areas=areas)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("instance", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--floors", type=int, help="percent of each area's fair share, in place of the instance's own")
    parser.add_argument("--fairness", type=int, default=50, help="weight of fairness, where the instance has none")
    asked = parser.parse_args()
    instance = read_instance(asked.instance)
    if asked.floors is not None:
        instance = with_fair_floors(instance, asked.floors)
    if not instance.weights.fairness:
        instance = replace(instance, weights=replace(instance.weights, fairness=asked.fairness))
    limits = Limits(time_seconds=asked.seconds)
    by_prices = solve(instance, limits, seed=1)
    tell("(prices)", figures(by_prices.recount))
    for name, policy in BUILT_IN.items():
        tell(name, figures(solve_in_levels(instance, policy, limits, seed=1).recount))
    for name, policy in BUILT_IN.items():
        tell(f"{name}, from prices", in_order(instance, by_prices.plan, policy, seconds=asked.seconds / 4).figures)


def tell(name: str, found: Mapping[str, int]) -> None:
    hours = found["fairness"] / 60
    sys.stdout.write(
        f"| {name} | {found['activations']:,} | {found['floors']:,} | {found['cost'] / MILLION:,.1f} "
        f"| {found['lateness']:,} | {hours:,.0f} | {found['value_milli'] / 1000:,.0f} |\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
