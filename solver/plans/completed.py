"""Makes a plan whole that goes on from another: breaks in their places, kits of those who go out, shared minutes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import Recount, verify
from solver.plans.paused_starts import key_of
from solver.plans.shared_minutes import SharedMinutes, says_work
from solver.plans.shortened import sleeps_or_rides
from solver.plans.timed_journeys import TimedJourneys
from solver.plans.timing import keep_starts, pauses_of


def completed(
    instance: Instance, plan: Plan, *, known: Plan, announced: Sequence[Visit] | None = None
) -> tuple[Plan, Recount]:
    """Return a plan with what else belongs to it, and its recount.

    With `announced` its visits have those hours where they can; days of plans with nights and rides have the hours of
    the `known` plan where they are the same, else those that they bear. What was done in visits of the `known` plan is
    done again where it is worth more.
    """
    if sleeps_or_rides(instance):
        timing = TimedJourneys(instance)
        starts = None if announced is None else {key_of(visit): visit.start for visit in announced}
        timed = timing.timed(plan.visits, plan.rows, starts)
        visits, rows = timed.visits, timed.rows
        out = {(day.team, instance.dates[day.date_index]) for day in timing.days_of(timed)}
    else:
        visits = plan.visits if announced is None else keep_starts(instance, plan.visits, announced)
        rows = Rows(breaks=pauses_of(instance, visits))
        out = {(visit.team, visit.date) for visit in visits}
    rows = replace(rows, kits=tuple(load for load in plan.rows.kits if (load.team, load.date) in out))
    plans = [Plan(visits=some, rows=rows) for some in _with_work(instance, visits, rows, known)]
    judged = [(whole, verify(instance, whole)) for whole in plans]
    return max(judged, key=lambda pair: (pair[1].feasible, pair[1].value_milli))


def without_work(visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """Return visits without what is done in them: nobody is told of that."""
    return tuple(visit if visit.work is None else replace(visit, work=None) for visit in visits)


def _with_work(instance: Instance, visits: Sequence[Visit], rows: Rows, known: Plan) -> Iterator[tuple[Visit, ...]]:
    if not says_work(instance):
        yield tuple(visits)
        return
    shared = SharedMinutes(instance, rows.kits)
    yield shared.shared(visits)
    works = {_placed(visit): visit.work for visit in known.visits}
    yield shared.shared([replace(visit, work=works.get(_placed(visit), visit.work)) for visit in visits])


def _placed(visit: Visit) -> tuple[str, date, str, int]:
    return visit.team, visit.date, visit.site, visit.minutes
