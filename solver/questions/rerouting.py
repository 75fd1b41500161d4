"""Puts a whole team-day into a plan, in the place of what stands in its way: a route over other sites comes whole."""

from collections.abc import Sequence
from dataclasses import replace

from solver.contract.book import Book, open_book
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Visit
from solver.contract.journal import open_journal
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import broken_rules, verify
from solver.plans.shared_minutes import says_work
from solver.plans.timing import pauses_of


def with_team_day(
    instance: Instance, visits: Sequence[Visit], day: Sequence[Visit], *, kits: Sequence[Carried] = ()
) -> tuple[Visit, ...] | None:
    """Return the plan with one team-day as given; other visits make way for it, pinned ones never: then None.

    Breaks find their place beside the visits, and `kits` are with the team-days that still go out.
    """
    key = day[0].team, day[0].date
    pinned = set(instance.pinned)
    others = [visit for visit in visits if (visit.team, visit.date) != key]
    if not pinned <= {*others, *day}:
        return None
    while True:
        plan = (*others, *day)
        violation = next(broken_rules(_opened(instance, plan, kits)), None)
        if violation is None:
            return plan
        if violation.rule == "break_missed":
            return None
        if violation.site is None:
            in_the_way = _poorest_day(instance, others, pinned)
        elif (violation.team, violation.date) != key and violation.rule in ("arrives_late", "shift_end"):
            # What it lost was its way to the rest.
            in_the_way = {visit for visit in others if (visit.team, visit.date) == (violation.team, violation.date)}
        else:
            in_the_way = {visit for visit in others if visit.site == violation.site}
        if not in_the_way or in_the_way & pinned:
            return None
        others = [visit for visit in others if visit not in in_the_way]


def _opened(instance: Instance, visits: Sequence[Visit], kits: Sequence[Carried]) -> Book:
    """The book of visits with nothing done in them, where that has to be said: who is served is not the question."""
    idle = [replace(visit, work=()) for visit in visits] if says_work(instance) else visits
    out = {(visit.team, visit.date) for visit in visits}
    loads = tuple(load for load in kits if (load.team, load.date) in out)
    rows = Rows(breaks=pauses_of(instance, visits), kits=loads)
    return open_book(instance, idle, journal=open_journal(instance, rows))


def _poorest_day(instance: Instance, visits: Sequence[Visit], pinned: set[Visit]) -> set[Visit]:
    """The visits of the team-day without pins that wins least."""
    served = {outcome.visit: outcome.served for outcome in verify(instance, Plan(visits=tuple(visits))).by_visit}
    days: dict[tuple[object, object], set[Visit]] = {}
    for visit in visits:
        days.setdefault((visit.team, visit.date), set()).add(visit)
    free = [day for day in days.values() if not day & pinned]
    return min(free, key=lambda day: (sum(served[visit] for visit in day), sorted(map(str, day))), default=set())
