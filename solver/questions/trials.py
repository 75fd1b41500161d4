"""Solves an instance as it is and changed, and says what came of each."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from solver.contract.added_counts import DocumentCount
from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress
from solver.contract.verify import verify
from solver.plans.outlook import Due, Verdict, outlook
from solver.questions.explain import RefusedPlan
from solver.questions.preparation import Pair, PreparedSite, prepared_sites, unprepared, without_later_visits
from solver.questions.shared_trials import Solved, is_noise, shared
from solver.questions.what_if import Change, apply_all
from solver.solve import solve
from solver.stopping import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one changed instance; `bound` is the proven most activations of any plan.

    `gap` is what visits have to win, by the last date or by the deadline as `judged_by` says; `shortfall` is how many
    of them they do not win in time."""

    label: str
    teams: int
    days: int
    ends_on: datetime.date | None
    gap: int
    activations: int
    bound: int
    shortfall: int
    verdict: Verdict | None
    judged_by: Due
    crosses_on: datetime.date | None
    cost: int
    team_days: int
    value_milli: int
    price_of_one_more: int | None = None
    """Rupiah for each activation more than the instance as it is; None where there are not more."""
    within_noise: bool = False
    """The difference to the instance as it is is less than what the proofs leave open."""
    documents: tuple[DocumentCount, ...] = ()
    """What the plan does for each further document."""
    preparations: tuple[PreparedSite, ...] = ()
    """Whom the plan prepares, and whom of them it activates later."""

    def to_json(self) -> dict[str, Any]:
        """Return the trial as a JSON object, `documents` by their ids where there are further ones, `preparations`
        where some were asked for."""
        content = {
            "scenario": self.label,
            "teams": self.teams,
            "days": self.days,
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "gap": self.gap,
            "activations": self.activations,
            "bound": self.bound,
            "shortfall": self.shortfall,
            "verdict": self.verdict,
            "judged_by": self.judged_by,
            "crosses_on": self.crosses_on.isoformat() if self.crosses_on else None,
            "cost": self.cost,
            "team_days": self.team_days,
            "value_milli": self.value_milli,
            "price_of_one_more": self.price_of_one_more,
            "within_noise": self.within_noise,
        }
        documents = {counts.document.id: counts.to_json() for counts in self.documents}
        if self.preparations:
            content["preparations"] = [site.to_json() for site in self.preparations]
        return content | {"documents": documents} if documents else content


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long each trial may take, all in a search for the least together, and what is told when one is over."""

    seconds: float | None = 10.0
    total_seconds: float | None = None
    iterations: int | None = None
    threads: int = 2
    seed: int = 0
    on_trial: Callable[[Trial], None] = lambda trial: None


def try_changes(
    instance: Instance, wishes: Sequence[Sequence[Change]], effort: Effort, *, known: Plan | None = None
) -> tuple[Trial, ...]:
    """Solve the instance as it is and then with each group of changes; raises `ImpossibleChange`, `RefusedPlan`.

    They share plans and bounds where these hold, with those of a `known` plan of the instance as it is too. How the
    work is shared has no say: one more team changes everybody's share, and would be worth less than none."""
    lent = [] if known is None else [_known(instance, known)]
    instance = unshared(instance)
    changed: list[tuple[str, Instance, tuple[Pair, ...]]] = [("as it is", instance, ())]
    for wish in wishes:
        changed.append((", ".join(change.written for change in wish), *apply_all(instance, wish)))
    answers = []
    for label, variant, pairs in changed:
        answers.append(_in_pairs(_solved(label, variant, effort, until_decided=False), pairs, effort))
        effort.on_trial(_trial(answers[-1]))
    trials = [_trial(answer) for answer in shared([*answers, *lent])[: len(answers)]]
    return (trials[0], *(_beside(trials[0], trial) for trial in trials[1:]))


def _beside(first: Trial, trial: Trial) -> Trial:
    """A trial with what it is against that of the instance as it is."""
    more = trial.activations - first.activations
    return replace(
        trial,
        price_of_one_more=(trial.cost - first.cost) // more if more > 0 else None,
        within_noise=is_noise((first.activations, first.bound), (trial.activations, trial.bound)),
    )


def _known(instance: Instance, plan: Plan) -> Solved:
    recount = verify(instance, plan)
    if not recount.feasible:
        raise RefusedPlan(recount)
    bound = _people(instance) if plan.activations_bound is None else plan.activations_bound
    alone = Plan(visits=plan.visits, rows=plan.rows)
    instance = unshared(instance)
    return Solved(label="known", instance=instance, plan=alone, recount=verify(instance, alone), bound=bound)


def unshared(instance: Instance) -> Instance:
    """Return the instance without a price of fairness."""
    return replace(instance, weights=replace(instance.weights, fairness=0, spread=0))


def _people(instance: Instance) -> int:
    return sum(site.people for site in instance.sites)


def trial_until_decided(label: str, instance: Instance, effort: Effort) -> Trial:
    """Solve until a plan reaches the gap, the bound falls below it, or the effort is spent."""
    return _trial(_solved(label, instance, effort, until_decided=True))


def _solved(label: str, instance: Instance, effort: Effort, *, until_decided: bool) -> Solved:
    decided = False

    def look(progress: Progress) -> None:
        nonlocal decided
        bound = progress.activations_bound
        gap = instance.net_gap
        decided = progress.activations >= gap or (bound is not None and bound < gap)

    solution = solve(
        instance,
        Limits(
            time_seconds=effort.seconds,
            iterations=effort.iterations,
            threads=effort.threads,
            should_stop=lambda: until_decided and decided,
        ),
        seed=effort.seed,
        on_progress=look,
    )
    proven = solution.plan.activations_bound
    bound = _people(instance) if proven is None else proven
    return Solved(label=label, instance=instance, plan=solution.plan, recount=solution.recount, bound=bound)


def _in_pairs(solved: Solved, pairs: Sequence[Pair], effort: Effort) -> Solved:
    """The answer, or where its plan activates people whom nobody has prepared, that of a plan that prepares nobody.

    The bound stays: whatever plan is allowed was allowed before."""
    solved, closed = replace(solved, pairs=tuple(pairs)), list[Pair]()
    while broken := unprepared(pairs, solved.plan):
        closed += broken
        without = _solved(solved.label, without_later_visits(solved.instance, closed), effort, until_decided=False)
        plan = Plan(visits=without.plan.visits, rows=without.plan.rows)
        solved = replace(solved, plan=plan, recount=verify(solved.instance, plan))
    return solved


def _trial(solved: Solved) -> Trial:
    instance, recount = solved.instance, solved.recount
    seen = outlook(instance, recount, solved.bound)
    return Trial(
        label=solved.label,
        teams=len(instance.teams),
        days=len(instance.dates),
        ends_on=instance.dates[-1] if instance.dates else None,
        gap=seen.needed,
        activations=recount.activations,
        bound=solved.bound,
        shortfall=seen.short_by,
        verdict=seen.verdict,
        judged_by=seen.judged_by,
        crosses_on=seen.crosses_on,
        cost=recount.cost,
        team_days=recount.team_days,
        value_milli=recount.value_milli,
        documents=() if recount.added is None else recount.added.documents,
        preparations=prepared_sites(solved.pairs, recount),
    )
