"""Plans again from the plan in force: what still can be stays, holes are filled, and the search stays close by.

The search begins where leaving a published visit is dear and lets the price fall, so that it meets the plans with few
changes first. Of nearly equal plans the one that changes less is the better answer.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from solver.contract.documents import Carried
from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Night
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.tiny import tiny_instance_with_documents, tiny_instance_with_kits
from solver.contract.verify import Recount, verify
from solver.detour_days import improve_days
from solver.numeric.compilation import record_compiled
from solver.plans.changes import Changes, changes_between, unrest_milli
from solver.plans.kit_use import draw_kits, draw_kits_beside_trips
from solver.plans.merge import TeamDay, days_to_take, merge
from solver.plans.paused_starts import key_of
from solver.plans.shared_minutes import SharedMinutes, says_work
from solver.plans.shortened import sleeps_or_rides
from solver.plans.standing_plan import days_with, exchanged_days, standing_plan, tied_days
from solver.plans.staying import staying as staying
from solver.plans.timed_journeys import TimedJourneys
from solver.plans.timing import KeptStarts, PlacedBreaks
from solver.plans.unplanned import check_planned
from solver.posed import Posed
from solver.refusals import without_false_bound
from solver.search import tables as t
from solver.search.construct import (
    FIRST_QUOTA,
    fill_date,
    hand_out,
    place_musts,
    place_visits,
    read_off,
    read_trips,
    settle,
)
from solver.search.posing import pose
from solver.search.tables import Problem, State
from solver.search.warm_start import anneal_gently
from solver.stopping import First, Limits, Seconds, Told
from solver.turn import Turn

# What leaving a published visit costs at first, in activations, and in how many steps that falls to what a change has
# to win, or to the instance's weight where that is more.
DEAREST_MOVE = 20
STAGES = 6
# Part of the limits that is for the search; in the rest, changes that win too little are taken back.
CLIMBING_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """A plan that the verifier accepts, and what it changes in the plan in force."""

    plan: Plan
    recount: Recount
    changes: Changes
    seconds: float
    iterations: int
    """Search steps done; the plan names them only if they repeat it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """A plan with its recount, its changes, and its value less what these have to win.

    `visits` say nothing of what is done in them: whoever is told of a change is not told of that. `with_work` do.
    """

    visits: tuple[Visit, ...]
    with_work: tuple[Visit, ...]
    rows: Rows
    recount: Recount
    changes: Changes
    worth_milli: int


def replan(
    instance: Instance, limits: Limits, *, most_moved: int | None = None, seed: int = 0, in_force: Rows = NO_ROWS
) -> Replan:
    """Plan again close to `instance.published` by seconds or steps of search; no bound is proven.

    `most_moved` limits how many published visits are withdrawn, moved or retimed beyond those that cannot stay as they
    are anyway. The nights, rides and kits of the plan `in_force` stay with the visits that they serve; of those that
    are not given, the ones that published visits need are looked for.
    """
    _compile_kernels(bool(instance.documents))
    return _replanned(instance, limits, most_moved=most_moved, seed=seed, in_force=in_force)


def replan_and_prove(
    instance: Instance,
    limits: Limits,
    *,
    most_moved: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    in_force: Rows = NO_ROWS,
) -> Plan:
    """Plan again in half of the time, and in the other half prove what no plan could exceed.

    With `limits.iterations` these alone limit the search, and the proof has as long as that took.
    """
    proving = limits.time_seconds and limits.time_seconds / 2
    near = replan(instance, replace(limits, time_seconds=proving), most_moved=most_moved, seed=seed, in_force=in_force)
    return prove(instance, near, limits.for_proof(proving, near.seconds), on_progress=on_progress)


def prove(
    instance: Instance,
    near: Replan,
    limits: Limits,
    *,
    on_progress: Callable[[Progress], None],
) -> Plan:
    """Return what was found, with the bounds that the seconds of the limits prove."""
    plan, started = near.plan, time.perf_counter()

    def tell() -> None:
        is_false = plan.bound_milli is not None and plan.bound_milli < near.recount.value_milli
        on_progress(
            Progress(
                elapsed_seconds=near.seconds + time.perf_counter() - started,
                iterations=near.iterations,
                value_milli=near.recount.value_milli,
                bound_milli=None if is_false else plan.bound_milli,
                activations=near.recount.activations,
                activations_bound=None if is_false else plan.activations_bound,
                served_bound=() if is_false else plan.served_bound,
            )
        )

    tell()
    # The bound's libraries load in a quarter of a second; who asks for no bound need not wait for them.
    from solver.bound.bounds import upper_bounds
    from solver.run import served_bound

    is_over = First(Told(limits.should_stop), Seconds(limits.time_seconds))
    for bounds in upper_bounds(Posed(instance, in_force=()).bound, should_stop=is_over):
        plan = replace(
            plan,
            bound_milli=bounds.value_milli,
            activations_bound=bounds.activations,
            served_bound=served_bound(instance, bounds),
        )
        tell()
    plan = replace(plan, stop_reason=StopReason.CANCELLED) if limits.should_stop() else plan
    return without_false_bound(instance, plan, near.recount)


@cache
def _compile_kernels(several: bool) -> None:
    """Have the kernels ready before the clock runs: from the cache at once, else within a minute or so.

    Those for several documents are others.
    """
    tiny = tiny_instance_with_documents() if several else tiny_instance_with_kits()
    _replanned(tiny, Limits(iterations=STAGES), most_moved=None, seed=0)
    record_compiled()


def _replanned(
    instance: Instance, limits: Limits, *, most_moved: int | None, seed: int, in_force: Rows = NO_ROWS
) -> Replan:
    check_planned(instance)
    started, turn = time.perf_counter(), Turn(limits, search_share=CLIMBING_SHARE)
    instance = replace(instance, published=_bare(instance.published))
    run, can_stay, booked = _begun(instance, turn, seed=seed, in_force=in_force)
    stays = run.judge(can_stay.visits, rows=can_stay.rows)
    run.wear(stays.rows.kits)
    restored = run.restored(set(instance.published) - set(can_stay.visits))
    turn.begin()
    most = None if most_moved is None else stays.changes.disturbed + most_moved

    def is_allowed(attempt: _Attempt) -> bool:
        return attempt.recount.feasible and (most is None or attempt.changes.disturbed <= most)

    first = best = restored if is_allowed(restored) or not stays.recount.feasible else stays

    def better(attempt: _Attempt) -> _Attempt:
        """The new plan if it is the better one: within the budget of changes, and worth the unrest."""
        gains = attempt.recount.value_milli >= first.recount.value_milli and attempt.worth_milli > best.worth_milli
        return attempt if is_allowed(attempt) and gains else best

    if best is stays:
        best = better(run.merged(stays, restored, most_disturbed=most))
    for stage in range(1, STAGES + 1):
        if not run.climb(stage):
            continue
        attempt = run.result()
        merged = run.merged(best, attempt, most_disturbed=most)
        best = better(attempt)
        best = better(merged)
    calm: _Attempt | None = None
    while best is not calm and not turn.is_over():
        calm = best
        for key in _changed_days(instance.published, calm.visits, booked, calm.rows.nights):
            if not turn.is_over():
                best = better(run.as_published(key, best, stays))
    return Replan(
        plan=Plan(
            visits=best.with_work,
            rows=best.rows,
            value_milli=best.recount.value_milli,
            stop_reason=turn.stop_reason,
            seed=seed,
            iterations=turn.steps.done if turn.stop_reason is StopReason.ITERATION_LIMIT else None,
        ),
        recount=best.recount,
        changes=best.changes,
        seconds=time.perf_counter() - started,
        iterations=turn.steps.done,
    )


def _begun(instance: Instance, turn: Turn, *, seed: int, in_force: Rows) -> "tuple[_Run, Plan, tuple[Night, ...]]":
    """Lay out what of the plan in force can stay; returns that, too, and its nights that are booked already."""
    if sleeps_or_rides(instance):
        can_stay = standing_plan(instance, in_force)
        timing = TimedJourneys(instance)
        posed = Posed(instance, in_force=timing.days_of(can_stay))
    else:
        can_stay, timing = Plan(visits=staying(instance)), None
        posed = Posed(instance)
    arrays = posed.search
    problem = pose(arrays)
    problem = problem._replace(number=problem.number.copy())
    state = posed.lay_out(arrays, problem, can_stay, seed=seed)
    booked = tuple(night for night in can_stay.rows.nights if night in in_force.nights)
    in_force = replace(in_force, nights=booked)
    run = _Run(posed, turn, problem=problem, state=state, timing=timing, in_force=in_force)
    return run, can_stay, booked


def _bare(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Visits without what is done in them."""
    return tuple(visit if visit.work is None else replace(visit, work=None) for visit in visits)


def _merged(instance: Instance, first: Recount, other: Recount, *, most_disturbed: int | None) -> tuple[Visit, ...]:
    """Return the first plan with those parts of the second that are worth their unrest, whatever is done in visits."""
    return merge(instance, _bare_recount(first), _bare_recount(other), most_disturbed=most_disturbed)


def _bare_recount(recount: Recount) -> Recount:
    outcomes = (replace(outcome, visit=_bare((outcome.visit,))[0]) for outcome in recount.by_visit)
    return replace(recount, by_visit=tuple(outcomes))


def _changed_days(
    published: Sequence[Visit], visits: Sequence[Visit], booked: Sequence[Night], nights: Sequence[Night]
) -> list[TeamDay]:
    """List the team-days that are not as they were published, or end where they do not any more."""
    days = {(visit.team, visit.date) for visit in set(published) ^ set(visits)}
    return sorted(days | {(night.team, night.date) for night in set(booked) - set(nights)})


def _as_published(key: TeamDay, published: Sequence[Visit], visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """Return the visits with one team-day as it was published."""
    others = (visit for visit in visits if (visit.team, visit.date) != key)
    before = (visit for visit in published if (visit.team, visit.date) == key)
    return tuple(sorted((*others, *before), key=lambda visit: (visit.team, visit.date, visit.start)))


class _Run:
    """One re-planning under way."""

    def __init__(
        self,
        posed: Posed,
        turn: Turn,
        *,
        problem: Problem,
        state: State,
        timing: TimedJourneys | None,
        in_force: Rows,
    ) -> None:
        """`timing` is given where teams sleep away or ride, and `in_force` has the nights that can stay, and kits."""
        self._posed, self._instance, self._turn = posed, posed.instance, turn
        self._arrays, self._problem, self._state = posed.search, problem, state
        self._timing = timing
        # Most of the plans that are judged differ from the one before by a day.
        self._kept_starts = KeptStarts(self._instance, self._instance.published)
        self._placed_breaks = PlacedBreaks(self._instance)
        self._kits: tuple[tuple[Carried, ...], ...] = (in_force.kits,)
        self._booked = in_force.nights
        self._announced = {key_of(visit): visit.start for visit in posed.instance.published}
        self._works: dict[tuple[str, date, str], Visit] = {}

    def wear(self, kits: tuple[Carried, ...]) -> None:
        """Let the laid-out plan be carried out with these kits."""
        self._posed.wear(self._problem, self._state, kits)

    def restored(self, displaced: Iterable[Visit]) -> _Attempt:
        """Fill the holes of the laid-out plan without leaving out anything that stands.

        What cannot stay as it was goes first: perhaps another hour of the same day will do.
        """
        problem, state = self._problem, self._state
        rows = [np.array(row) for row in sorted(self._posed.rows(displaced))]
        place_visits(self._arrays, problem, state, rows, pinned=False)
        state.tune[t.RANKING], state.tune[t.BLINK], state.tune[t.SHARE] = t.BY_RATE, 0.0, 1.0
        place_musts(self._arrays, problem, state)
        for d in range(self._arrays.dates):
            if problem.number[t.KITTED] > 0:
                hand_out(self._arrays, problem, state, d)
            fill_date(problem, state, d, FIRST_QUOTA)
        settle(problem, state)
        improve_days(self._arrays, problem, state, should_stop=self._turn.is_over, only_empty=True)
        return self.result()

    def climb(self, stage: int) -> bool:
        """Anneal for this stage's share of the limits, at its price of leaving a published visit; False if no time was
        left for it."""
        weights = self._instance.weights
        dearest = max(weights.moved, DEAREST_MOVE * weights.shortfall)
        cheapest = max(weights.moved, unrest_milli(self._instance, 1))
        fallen = (max(cheapest, 1) / max(dearest, 1)) ** ((stage - 1) / (STAGES - 1))
        self._problem.number[t.W_MOVED] = cheapest if stage == STAGES else max(round(dearest * fallen), cheapest)
        settle(self._problem, self._state)
        share, before = stage / STAGES, self._turn.steps.done
        is_over = self._turn.until(share)
        while not is_over():
            size = self._turn.next_slice(share)
            anneal_gently(self._problem, self._state, size, progress=(self._turn.progress * STAGES) % 1.0)
            self._turn.count(size)
        return self._turn.steps.done > before

    def result(self) -> _Attempt:
        """The best plan of the present stage, at the times announced as far as they fit, judged."""
        laid = self._posed.laid(read_off(self._arrays, self._state), read_trips(self._arrays, self._state))
        self._works |= {(v.team, v.date, v.site): v for v in laid.visits if v.work is not None}
        if self._timing is None:
            return self.judge(self._kept_starts.of(_bare(laid.visits)), laid.rows.kits)
        self._kits = laid.rows.kits, self._kits[-1]
        plan = self._timing.timed(_bare(laid.visits), laid.rows, self._announced)
        return self.judge(plan.visits, laid.rows.kits, rows=plan.rows)

    def merged(self, first: _Attempt, other: _Attempt, *, most_disturbed: int | None) -> _Attempt:
        """Judge the first plan with those parts of the second that are worth their unrest."""
        if self._timing is None:
            return self.judge(_merged(self._instance, first.recount, other.recount, most_disturbed=most_disturbed))
        recounts = [_bare_recount(attempt.recount) for attempt in (first, other)]
        tied = tied_days(self._instance, first.rows.nights, other.rows.nights)
        taken = days_to_take(self._instance, *recounts, most_disturbed=most_disturbed, tied=tied)
        visits, rows = exchanged_days((first.visits, first.rows), (other.visits, other.rows), taken)
        return self.judge(visits, rows=rows)

    def as_published(self, key: TeamDay, best: _Attempt, stays: _Attempt) -> _Attempt:
        """Judge a plan with one team-day, and those that nights tie to it, as they were published."""
        if self._timing is None:
            return self.judge(_as_published(key, self._instance.published, best.visits))
        days = days_with(key, tied_days(self._instance, best.rows.nights, stays.rows.nights))
        visits, rows = exchanged_days((best.visits, best.rows), (stays.visits, stays.rows), days)
        return self.judge(visits, rows=rows)

    def judge(
        self, visits: tuple[Visit, ...], kits: tuple[Carried, ...] | None = None, *, rows: Rows = NO_ROWS
    ) -> _Attempt:
        """Judge visits, with the kits that they are carried out with, or else (None) those that serve them best.

        Breaks have their place beside them wherever there is one; `rows` give nights and rides.
        """
        is_given = kits is not None
        if self._timing is None:
            drawn = draw_kits(self._instance, visits) if kits is None else kits
            rows = Rows(kits=drawn, breaks=self._placed_breaks.of(visits))
        else:
            drawn = draw_kits_beside_trips(self._instance, visits, rows, self._kits) if kits is None else kits
            plan = self._timing.timed(visits, rows)
            visits, rows = plan.visits, replace(plan.rows, kits=drawn)
        with_work = self._with_work(visits, rows.kits)
        recount = verify(self._instance, Plan(visits=with_work, rows=rows))
        if rows.kits and not is_given and not recount.feasible:
            # There may be no money for them.
            rows, with_work = replace(rows, kits=()), self._with_work(visits, ())
            recount = verify(self._instance, Plan(visits=with_work, rows=rows))
        changes = changes_between(self._instance.published, visits)
        # A night elsewhere is no change that a site is told of, but somebody has to book it.
        elsewhere = len(set(self._booked) - set(rows.nights))
        worth = recount.value_milli - unrest_milli(self._instance, changes.count + elsewhere)
        return _Attempt(
            visits=visits, with_work=with_work, rows=rows, recount=recount, changes=changes, worth_milli=worth
        )

    def _with_work(self, visits: tuple[Visit, ...], kits: tuple[Carried, ...]) -> tuple[Visit, ...]:
        """The visits with what is done in them, as the search had it last, where they have to say it."""
        if not says_work(self._instance):
            return visits
        known = ((visit, self._works.get((visit.team, visit.date, visit.site))) for visit in visits)
        with_work = tuple(visit if last is None else replace(visit, work=last.work) for visit, last in known)
        return SharedMinutes(self._instance, kits).shared(with_work)
