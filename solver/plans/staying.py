"""Which visits of a plan in force can stay as they were announced, by the rules that judge a plan."""

from collections.abc import Container, Sequence
from dataclasses import replace

from solver.contract.book import open_book
from solver.contract.instance import Instance, Visit
from solver.contract.journal import open_journal
from solver.contract.plan_rows import Rows
from solver.contract.verify import Violation, broken_rules
from solver.plans.shared_minutes import says_work
from solver.plans.timing import pauses_of


def staying(instance: Instance) -> tuple[Visit, ...]:
    """Return the published visits that can stay as they were announced, and the pins, by the rules that judge a plan.

    Whatever a broken rule is blamed on goes, until none is broken; a pin never does, but what stands in its way.
    """
    pinned = set(instance.pinned)
    visits = sorted({*instance.published, *pinned}, key=lambda visit: (visit.team, visit.date, visit.start, visit.site))
    while True:
        # What is done in them is shared out anew.
        idle = [replace(visit, work=()) for visit in visits] if says_work(instance) else visits
        pauses = pauses_of(instance, visits)
        book = open_book(instance, idle, journal=open_journal(instance, Rows(breaks=pauses)))
        going = {visits[index] for index, _ in book.unknown}
        for violation in broken_rules(book):
            if violation.rule == "break_missed":
                key = violation.team, violation.date
                going |= _in_way_of_break(instance, [v for v in visits if (v.team, v.date) == key], pinned)
            else:
                going |= _blamed(visits, pinned, violation)
        if not going:
            return tuple(visits)
        visits = [visit for visit in visits if visit not in going]


def _in_way_of_break(instance: Instance, day: Sequence[Visit], pinned: Container[Visit]) -> set[Visit]:
    """Return the last visit of a day without which its break has a place, or else the last one; a pin never goes."""
    free = [visit for visit in reversed(day) if visit not in pinned]
    in_way = [visit for visit in free if pauses_of(instance, [other for other in day if other != visit])]
    return set((in_way or free)[:1])


def _blamed(visits: Sequence[Visit], pinned: Container[Visit], violation: Violation) -> set[Visit]:
    """Return the visits to take out for a broken rule: the one to blame, all around a pin, or a day over the budget."""
    free = [visit for visit in visits if visit not in pinned]
    if violation.visit_index is None:
        # Without a way between zones no visit of the day is to blame; over the budget the last day goes.
        of_day = {visit for visit in free if (visit.team, visit.date) == (violation.team, violation.date)}
        return of_day or {visit for visit in free if (visit.team, visit.date) == (free[-1].team, free[-1].date)}
    last = visits[violation.visit_index]
    if last not in pinned:
        return {last}
    return {visit for visit in free if (visit.team, visit.date) == (last.team, last.date) or visit.site == last.site}
