"""What solved instances of one question lend each other: a plan to whoever allows more, a bound to whoever allows less.

So a resource more never makes it worse, and a resource less is never promised more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify
from solver.plans.restriction import allows_more
from solver.questions.preparation import Pair, unprepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A plan of an instance, its recount, and the proven most activations of any plan.

    `pairs`: visits that every plan has to make in pairs."""

    label: str
    instance: Instance
    plan: Plan
    recount: Recount
    bound: int
    pairs: tuple[Pair, ...] = ()


def shared(solved: Sequence[Solved]) -> tuple[Solved, ...]:
    """Each with the plan of the highest value and the least bound that hold for it."""
    narrower: list[list[Solved]] = [[] for _ in solved]
    wider: list[list[Solved]] = [[] for _ in solved]
    for n, narrow in enumerate(solved):
        for w, wide in enumerate(solved):
            if n != w and allows_more(narrow.instance, wide.instance) is None:
                narrower[w].append(narrow)
                wider[n].append(wide)
    return tuple(
        _least_bound(_best_plan(answer, less), more) for answer, less, more in zip(solved, narrower, wider, strict=True)
    )


def _best_plan(answer: Solved, narrower: Sequence[Solved]) -> Solved:
    best = answer
    for other in narrower:
        if unprepared(answer.pairs, other.plan):
            continue
        recount = verify(answer.instance, Plan(visits=other.plan.visits, rows=other.plan.rows))
        if recount.feasible and recount.value_milli > best.recount.value_milli:
            best = replace(best, plan=other.plan, recount=recount)
    return best


def _least_bound(answer: Solved, wider: Sequence[Solved]) -> Solved:
    # A bound that a verified plan disproves is none.
    bounds = [other.bound for other in wider if other.bound >= answer.recount.activations]
    return replace(answer, bound=max(answer.recount.activations, min([answer.bound, *bounds])))


def is_noise(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether two plans differ in activations by less than their proofs leave open; each with its bound."""
    (few, few_bound), (many, _) = sorted((first, second))
    left_open = max(bound - won for won, bound in (first, second))
    return many <= few_bound and many - few < left_open
