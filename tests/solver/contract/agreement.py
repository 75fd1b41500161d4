"""Has the contract's referee and `verify` judge the same random and broken `outreach-2` plans.

    .venv/bin/python -m tests.solver.contract.agreement --plans 20000

The suite judges a few hundred of them, this as many as asked for. Exit status 1: they disagree on some plan.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.solver.contract_files import contract_folder, load_next_referee
from tests.solver.random_journeys import broken_next_plan, next_document, next_plan

Document = dict[str, Any]
Judge = Callable[[Document, Document], Document]
BROKEN_FOR_EACH = 15
FIELDS = (
    *("feasible", "value_milli", "bound_milli", "activations", "gap", "shortfall", "area_shortfall", "must_missed"),
    *("pins_missed", "moved", "cost", "metres", "lateness", "team_days", "visits"),
    *("nights", "rides", "kit_days", "spread"),
)


@dataclass(slots=True)
class Tally:
    """What was judged: plans, those that are feasible, what is in them, the rules broken and the disagreements."""

    plans: int = 0
    feasible: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rows = ", ".join(f"{count} {name}" for name, count in sorted(self.rows.items()))
        rules = ", ".join(f"{name} {count}" for name, count in self.rules.most_common())
        return (
            f"{self.plans} plans, {self.feasible} of them feasible (with {rows}), {len(self.disagreements)} judged "
            f"differently\nbroken: {rules}"
        )


def judge_seed(seed: int, judge: Judge, tally: Tally, *, broken: int = BROKEN_FOR_EACH) -> None:
    """Judge a random plan of a random instance, and so many broken ones made of it."""
    random = Random(seed)
    size = {"sites": random.randint(1, 5), "teams": random.randint(1, 3), "dates": random.randint(1, 5)}
    document = next_document(random, **size)
    instance = instance_from_json(document)
    sound = next_plan(random, instance)
    for number, plan in enumerate((sound, *_broken(random, instance, sound, count=broken))):
        compare(instance, document, plan=plan, judge=judge, tally=tally, label=f"seed {seed}, plan {number}")


def _broken(random: Random, instance: Instance, sound: Document, *, count: int) -> Iterator[Document]:
    return (broken_next_plan(random, instance, sound) for _ in range(count))


def compare(instance: Instance, document: Document, *, plan: Document, judge: Judge, tally: Tally, label: str) -> None:
    """Judge a plan twice and note every figure on which the two verdicts differ."""
    recount, verdict = verify(instance, Plan.from_json(plan)), judge(document, plan)
    ours, theirs = recount.to_json(), verdict
    differ = {name: (ours[name], theirs[name]) for name in FIELDS if ours[name] != theirs[name]}
    served = {name: count for name, count in theirs["documents"].items() if name != "ikd"}
    if ours["documents"] != served:
        differ["documents"] = (ours["documents"], served)
    if differ:
        said = [violation.message for violation in recount.violations[:2]], verdict["errors"][:2]
        tally.disagreements.append(f"{label}: {differ} {said}")
    tally.plans += 1
    tally.feasible += recount.feasible
    tally.rules.update({violation.rule for violation in recount.violations})
    if recount.feasible:
        tally.rows.update({name: len(plan.get(name) or []) for name in ("visits", "nights", "rides", "breaks", "kits")})
        tally.rows["visits with work"] += sum("work" in visit for visit in plan["visits"])


def main(arguments: list[str] | None = None) -> int:
    """Judge as many plans as asked for and print the tally."""
    parser = argparse.ArgumentParser(prog="python -m tests.solver.contract.agreement")
    parser.add_argument("--plans", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; later runs can go on from another one")
    chosen = parser.parse_args(arguments)
    judge, tally, seed = load_next_referee().judge, Tally(), chosen.seed
    while tally.plans < chosen.plans and len(tally.disagreements) < 10:
        judge_seed(seed, judge, tally)
        seed += 1
        if seed % 100 == 0:
            sys.stderr.write(f"{tally.plans} plans\n")
    sys.stdout.write(f"{tally}\nseeds {chosen.seed} to {seed - 1}, by {contract_folder() / 'next'}\n")
    sys.stdout.write("".join(f"{line}\n" for line in tally.disagreements))
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
