"""Puts a whole team-day into a plan, in the place of what stands in its way: a route over other sites comes whole."""

from collections.abc import Sequence

from solver.contract.book import open_book
from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.verify import broken_rules, verify


def with_team_day(instance: Instance, visits: Sequence[Visit], day: Sequence[Visit]) -> tuple[Visit, ...] | None:
    """Return the plan with one team-day as given; other visits make way for it, pinned ones never: then None."""
    key = day[0].team, day[0].date
    pinned = set(instance.pinned)
    others = [visit for visit in visits if (visit.team, visit.date) != key]
    if not pinned <= {*others, *day}:
        return None
    while True:
        plan = (*others, *day)
        violation = next(broken_rules(open_book(instance, plan)), None)
        if violation is None:
            return plan
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


def _poorest_day(instance: Instance, visits: Sequence[Visit], pinned: set[Visit]) -> set[Visit]:
    """The visits of the team-day without pins that wins least."""
    served = {outcome.visit: outcome.served for outcome in verify(instance, Plan(visits=tuple(visits))).by_visit}
    days: dict[tuple[object, object], set[Visit]] = {}
    for visit in visits:
        days.setdefault((visit.team, visit.date), set()).add(visit)
    free = [day for day in days.values() if not day & pinned]
    return min(free, key=lambda day: (sum(served[visit] for visit in day), sorted(map(str, day))), default=set())
