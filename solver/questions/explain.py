"""Says of every site why it is in the plan or not: scheduled, impossible, beaten or not ready.

What is beaten is forced in, and the rest of the plan mended around it: the difference is the price of the wish.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from solver.contract.added_counts import DocumentCount
from solver.contract.instance import Instance, Site
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import Outcome, Recount, verify
from solver.plans.changes import changes_between, unrest_milli
from solver.plans.completed import completed, without_work
from solver.plans.shortened import sleeps_or_rides
from solver.plans.words import Text
from solver.questions.explanation import Explanation, Forced, Standing, outcome_to_json
from solver.questions.explanation_words import describe
from solver.questions.possibility import Possibilities
from solver.questions.rerouting import with_team_day
from solver.questions.sending import Sending, trips_of
from solver.questions.trip_merging import with_trip

if TYPE_CHECKING:
    from solver.questions.forcing import Forcing

# Search steps spent on mending a plan around one forced visit, in each of several tries.
ITERATIONS = 4_000
TRIES = 2
# Trips that are put into the plan as they are, before the best of them are mended around.
MOST_TRIPS = 8


class RefusedPlan(ValueError):
    """The plan breaks a rule, so there is nothing to compare with."""

    def __init__(self, recount: Recount) -> None:
        super().__init__("; ".join(violation.message for violation in recount.violations[:5]))
        self.recount = recount


class Explainer:
    """Answers for the sites of one plan; what all answers share is worked out once."""

    def __init__(self, instance: Instance, plan: Plan, *, not_ready: Mapping[str, str] | None = None) -> None:
        """Verify the plan; `not_ready` gives reasons by site. Raises `RefusedPlan`."""
        self._instance = instance
        self._plan = Plan(visits=plan.visits, rows=plan.rows)
        self._visits = without_work(plan.visits)
        self._recount = verify(instance, self._plan)
        if not self._recount.feasible:
            raise RefusedPlan(self._recount)
        self._not_ready = not_ready or {}
        self._possibilities = Possibilities(instance)
        self._outcomes: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in sorted(self._recount.by_visit, key=lambda outcome: (outcome.visit.date, outcome.visit.start)):
            self._outcomes[outcome.visit.site].append(outcome)
        self._names = {site.id: site.name for site in instance.sites}
        self._sending = Sending(instance, self._plan, self._possibilities)
        self._forcing: Forcing | None = None
        self._gains: dict[int, int] = {}

    def explain(self, site: Site, *, iterations: int = ITERATIONS) -> Explanation:
        """Say why a site is in the plan or not."""
        first = self._without_search(site)
        return first if first.standing is not Standing.BEATEN else self._forced(first, iterations=iterations)

    def explain_all(
        self,
        sites: Sequence[Site],
        *,
        threads: int = 1,
        time_seconds: float | None = None,
        total_seconds: float | None = None,
        on_explained: Callable[[int], None] = lambda done: None,
    ) -> tuple[Explanation, ...]:
        """Explain many sites side by side; past `time_seconds` forced visits are no longer mended around.

        Beaten sites whose turn has not come within `total_seconds` are left out: nobody knows their price."""
        started = time.perf_counter()
        explanations = [self._without_search(site) for site in sites]
        beaten = [index for index, explanation in enumerate(explanations) if explanation.standing is Standing.BEATEN]
        done = len(explanations) - len(beaten)
        on_explained(done)
        if beaten:
            self._gain_of_mending(ITERATIONS)

        def is_past(seconds: float | None) -> bool:
            return seconds is not None and time.perf_counter() - started > seconds

        def answer(index: int) -> Explanation | None:
            if is_past(total_seconds):
                return None
            return self._forced(explanations[index], iterations=0 if is_past(time_seconds) else ITERATIONS)

        unpriced = set()
        with ThreadPoolExecutor(max_workers=threads) as pool:
            for index, explanation in zip(beaten, pool.map(answer, beaten), strict=True):
                if explanation is None:
                    unpriced.add(index)
                    continue
                explanations[index] = explanation
                done += 1
                on_explained(done)
        return tuple(explanation for index, explanation in enumerate(explanations) if index not in unpriced)

    def to_json(self, explanation: Explanation) -> dict[str, Any]:
        """Return an answer as a JSON object, sentences included."""
        possibility, forced = explanation.possibility, explanation.forced
        return {
            "site": explanation.site.id,
            "name": explanation.site.name,
            "standing": explanation.standing,
            "sentence": self.describe(explanation).to_json(),
            "rule": possibility.rule if explanation.standing is Standing.IMPOSSIBLE else None,
            "team_days": possibility.team_days,
            "team_days_possible": possibility.possible,
            "team_days_by_rule": {str(rule): count for rule, count in possibility.by_rule},
            "visits": [outcome_to_json(outcome) for outcome in explanation.visits],
            **({"trips": [away.to_json() for away in explanation.trips]} if explanation.trips else {}),
            "forced": forced.to_json() if forced else None,
            "not_ready": explanation.not_ready,
        }

    def describe(self, explanation: Explanation) -> Text:
        """Say an answer in a planner's words."""
        return describe(explanation, self._names)

    def _without_search(self, site: Site) -> Explanation:
        """The whole answer, or for a beaten site all but the price."""
        instance = self._instance
        possibility = self._possibilities.judge(site)
        visits = tuple(self._outcomes.get(site.id, ()))
        reason = self._not_ready.get(site.id)
        if visits:
            standing = Standing.SCHEDULED
        elif reason is not None and not any(site.open_dates):
            standing = Standing.NOT_READY
        else:
            standing = Standing.BEATEN if possibility.rule is None else Standing.IMPOSSIBLE
        return Explanation(
            site=site,
            standing=standing,
            possibility=possibility,
            visits=visits,
            has_pins=bool(instance.pinned or instance.pinned_nights or instance.pinned_rides),
            has_budget=instance.costs.budget is not None,
            not_ready=reason if standing is Standing.NOT_READY else None,
            trips=trips_of(instance, self._plan, visits),
        )

    def _lay_out(self) -> "Forcing":
        if self._forcing is None:
            # Compiled code loads in seconds, and most questions need none.
            from solver.questions.forcing import Forcing

            self._forcing = Forcing(self._instance, self._plan)
        return self._forcing

    def _forced(self, beaten: Explanation, *, iterations: int) -> Explanation:
        best: tuple[int, Forced] | None = None
        for plan, is_mended in self._attempts(beaten, iterations):
            plan, recount = completed(self._instance, plan, known=self._plan, announced=self._visits)
            forced = self._compare(beaten.site, plan, recount)
            # Breaks may have left the visit no room.
            if not recount.feasible or not forced.visits:
                continue
            # Of nearly equal plans the one that leaves more as it was is the better answer.
            price = forced.value_lost_milli + unrest_milli(self._instance, forced.changes.count)
            price += self._gain_of_mending(iterations) if is_mended else 0
            if best is None or price < best[0]:
                best = price, forced
        return replace(beaten, forced=best[1] if best else None)

    def _gain_of_mending(self, iterations: int) -> int:
        """What mending alone would win, in milli-activations: no merit of a site that is forced in."""
        if iterations not in self._gains:
            forcing = self._lay_out()
            plans = [forcing.mend(iterations=iterations, seed=seed) for seed in range(1, TRIES + 1)]
            judged = [completed(self._instance, plan, known=self._plan, announced=self._visits)[1] for plan in plans]
            values = [recount.value_milli for recount in judged if recount.feasible]
            self._gains[iterations] = max([0, *(value - self._recount.value_milli for value in values)])
        return self._gains[iterations]

    def _attempts(self, beaten: Explanation, iterations: int) -> Iterator[tuple[Plan, bool]]:
        """Yield plans with a visit at the site: ones that change a single team-day or trip, then mended ones (True).

        Where only a way over other sites leads there, the plan with that team-day.
        """
        forcing = self._lay_out()
        if sleeps_or_rides(self._instance):
            yield from self._attempts_by_trips(forcing, beaten.site, iterations)
        for attempt in range(1 + (TRIES if iterations else 0)):
            plan = forcing.force(beaten.site.id, iterations=iterations if attempt else 0, seed=attempt)
            if plan is None:
                witness, kits = beaten.possibility.witness, self._plan.rows.kits
                if witness and not sleeps_or_rides(self._instance):
                    rerouted = with_team_day(self._instance, self._plan.visits, witness, kits=kits)
                    if rerouted is not None:
                        yield Plan(visits=rerouted, rows=Rows(kits=kits)), False
                return
            yield plan, attempt > 0

    def _attempts_by_trips(self, forcing: "Forcing", site: Site, iterations: int) -> Iterator[tuple[Plan, bool]]:
        """Yield plans for which a team is sent there on a trip, or over water, in the place of what it does then."""
        trips = self._sending.trips_to(site, most=MOST_TRIPS)
        merged = [plan for trip in trips if (plan := with_trip(self._instance, self._plan, trip)) is not None]
        merged.sort(key=lambda plan: -verify(self._instance, plan).value_milli)
        for plan in merged[:TRIES]:
            yield plan, False
        for seed, plan in enumerate(merged[:TRIES] if iterations else (), start=1):
            mended = forcing.go_on(site.id, plan, iterations=iterations, seed=seed)
            if mended is not None:
                yield mended, True

    def _compare(self, site: Site, plan: Plan, recount: Recount) -> Forced:
        before = self._recount
        counts = zip(_documents(before), _documents(recount), strict=True)
        others = [outcome.visit for outcome in recount.by_visit if outcome.visit.site != site.id]
        visits = tuple(outcome for outcome in recount.by_visit if outcome.visit.site == site.id)
        return Forced(
            visits=visits,
            activations_lost=before.activations - recount.activations,
            value_lost_milli=before.value_milli - recount.value_milli,
            cost_added=recount.cost - before.cost,
            closes_gap=recount.shortfall == 0 and not any(count.shortfall for count in _documents(recount)),
            changes=changes_between(self._visits, without_work(others)),
            documents_lost=tuple((old.document.id, old.served - new.served) for old, new in counts),
            trips=trips_of(self._instance, plan, visits),
        )


def _documents(recount: Recount) -> tuple[DocumentCount, ...]:
    return () if recount.added is None else recount.added.documents
