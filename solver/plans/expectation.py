"""What a plan may be expected to win where the people of sites are a distribution, not a number.

A visit wins the lesser of the people left and its capacity, so that people above the mean are lost where minutes are
short and gain nothing where they are not: the mean alone overstates every plan.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from solver.contract.added_counts import capacities
from solver.contract.book import Book, Stop, open_book
from solver.contract.capacity import capacity
from solver.contract.demand import Demand, with_people
from solver.contract.documents import IKD
from solver.contract.instance import NEXT_FORMAT, Instance
from solver.contract.journal import EMPTY, open_journal
from solver.contract.plan import Plan
from solver.contract.verify import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a plan is expected to win, and its value at that, in milli-activations rounded down.

    `by_visit[v]` belongs to the plan's visit at position v; 0 for one that the instance cannot place.
    """

    by_visit: tuple[float, ...]
    activations: float
    value_milli: int


def expected_wins(instance: Instance, plan: Plan, demand: Demand) -> tuple[float, ...]:
    """Return what each visit of a plan is expected to win, in the order of its visits.

    The visits of a site use up its people in the order of the format: date, start and team. With capacities c₁, c₂, …
    and D people they win min(D, c₁), min(max(D − c₁, 0), c₂), …; the mean over D needs no more than the site's own
    values, however the sites depend on each other, since a sum of means is the mean of the sum.
    """
    wins = [0.0] * len(plan.visits)
    for stop, total in _totals(_book(instance, plan), demand):
        wins[stop.index] = total / demand.count
    return tuple(wins)


def expectation(instance: Instance, plan: Plan, demand: Demand) -> Expectation:
    """Value a plan by what it is expected to win, with everything else as it is with every site at its mean.

    Whatever a plan wins in expectation, `verify` counts no less with every site at its mean, rounded up: min(D, c) is
    concave in D, so that E[min(D, c)] ≤ min(E[D], c) (Jensen) for the capacity c of all of a site's visits together,
    and people forbid no plan. A bound on the activations of any plan of the mean instance thus bounds what any plan
    is expected to win. A bound on its value is none for `value_milli`: fewer people are also fewer late ones.

    The shortfall and the floors are those of the expected wins, not the expected ones. Only the people of the first
    document are unsure; the work of a visit is what the plan says. For certain people this is the value that `verify`
    recounts.
    """
    mean = with_people(instance, demand.mean_people())
    plan = Plan(visits=plan.visits, rows=plan.rows)
    recount = verify(mean, plan)
    weights, count, later = mean.weights, demand.count, max(1, len(mean.dates) - 1)
    # Sums over all values of a site, so that nothing is rounded before the end.
    by_visit, won, lateness = [0.0] * len(plan.visits), 0, 0
    in_area = dict.fromkeys((area.id for area in mean.areas), 0)
    for stop, total in _totals(_book(mean, plan), demand):
        by_visit[stop.index] = total / count
        won += total
        in_area[stop.site.area] += total
        lateness += total * stop.date_index
    short = max(0, recount.gap * count - won)
    area_short = sum(max(0, area.min_activations * count - in_area[area.id]) for area in mean.areas)
    at_means = (
        weights.shortfall * recount.shortfall
        + weights.area_shortfall * recount.area_shortfall
        + weights.late * recount.lateness // later
    )
    expected = -(
        -(weights.shortfall * short + weights.area_shortfall * area_short) // count
    ) + weights.late * lateness // (later * count)
    return Expectation(
        by_visit=tuple(by_visit), activations=won / count, value_milli=recount.value_milli + at_means - expected
    )


def _book(instance: Instance, plan: Plan) -> Book:
    journal = open_journal(instance, plan.rows) if instance.format == NEXT_FORMAT else EMPTY
    return open_book(instance, plan.visits, journal=journal)


def _totals(book: Book, demand: Demand) -> Iterator[tuple[Stop, int]]:
    """Yield what each visit wins, summed over the equally likely numbers of people at its site."""
    known = {entry.site: entry.values for entry in demand.sites}
    for record in book.records:
        values = known.get(record.site.id, (record.site.people,) * demand.count)
        sums = (0, *accumulate(values))
        served, before = 0, 0
        for stop in record.stops:
            served += _capacity(book, stop)
            # Those with no more people than the visits so far can serve are served whole.
            served_whole = bisect_right(values, served)
            so_far = sums[served_whole] + (len(values) - served_whole) * served
            yield stop, so_far - before
            before = so_far


def _capacity(book: Book, stop: Stop) -> int:
    """The people whom a visit can serve with the first document."""
    if book.instance.format != NEXT_FORMAT:
        return capacity(book.instance.connectivity, stop.team, site=stop.site, minutes=stop.visit.minutes)
    return sum(most for name, most in capacities(book, stop) if name == IKD)
