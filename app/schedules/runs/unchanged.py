"""What the plan in force would still win if nobody changed it: what a re-planning is compared with."""

from dataclasses import dataclass, replace

from app.schedules.runs.checking import as_expected
from app.schedules.runs.documents_model import plan_of
from solver.contract.book import open_book
from solver.contract.demand import Demand
from solver.contract.instance import NEXT_FORMAT, Instance, Visit
from solver.contract.journal import EMPTY, open_journal
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import broken_rules, verify
from solver.plans.standing_rows import days_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The visits that still can be as they were announced, by the problem of a run; the others fall out."""

    activations: int
    cost: int
    value_milli: int
    visits: int
    falling: int


def changing_nothing(instance: Instance, demand: Demand | None, *, rows: Rows = NO_ROWS) -> Unchanged:
    """Nobody is sent elsewhere, and nobody instead: a visit that breaks a rule today simply does not happen.

    `rows`: what teams were to carry, which stays at the office with a team-day that falls out, and where they were to
    sleep and to ride."""
    trips = replace(NO_ROWS, nights=rows.nights, rides=rows.rides)
    standing = _standing(instance, trips)
    out = days_away(instance, trips) | {(visit.team, visit.date) for visit in standing}
    kits = tuple(row for row in rows.kits if (row.team, row.date) in out)
    plan = plan_of(instance, standing, rows=replace(trips, kits=kits))
    recount = verify(instance, plan)
    if demand is not None:
        recount = as_expected(instance, recount, demand, rows=plan.rows)
    return Unchanged(
        activations=recount.activations,
        cost=recount.cost,
        value_milli=recount.value_milli,
        visits=len(standing),
        falling=len(instance.published) - len(standing),
    )


def _standing(instance: Instance, trips: Rows) -> tuple[Visit, ...]:
    """The published visits less those that a broken rule is blamed on, until none is; money sends nobody home."""
    visits = sorted(instance.published, key=lambda visit: (visit.team, visit.date, visit.start, visit.site))
    journal = open_journal(instance, trips) if instance.format == NEXT_FORMAT else EMPTY
    while True:
        book = open_book(instance, visits, journal=journal)
        going = {visit for _, visit in book.unknown}
        # What a team may not issue it leaves undone, as long as it comes for anything else.
        going |= {
            visits[violation.visit_index]
            for violation in broken_rules(book)
            if violation.visit_index is not None and violation.rule != "not_issued"
        }
        if not going:
            return tuple(visits)
        # Of several that break a rule together one leaves at a time, so that the rest may stand.
        last = max(going, key=visits.index)
        off = {visit for visit in going if _is_off(instance, visit)}
        visits = [visit for visit in visits if visit not in (off or {last})]


def _is_off(instance: Instance, visit: Visit) -> bool:
    """Whether it cannot be, whatever becomes of the others."""
    index = {day: number for number, day in enumerate(instance.dates)}.get(visit.date)
    team = next((team for team in instance.teams if team.id == visit.team), None)
    site = next((site for site in instance.sites if site.id == visit.site), None)
    if index is None or team is None or site is None:
        return True
    return not team.work_dates[index] or not site.open_dates[index]
