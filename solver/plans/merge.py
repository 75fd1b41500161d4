"""Merges two plans: of the parts that have no site in common each is taken from the plan in which it is worth more."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from solver.contract.instance import Instance, Visit
from solver.contract.verify import Recount
from solver.plans.changes import changes_between, unrest_milli

TeamDay = tuple[str, datetime.date]


@dataclass(frozen=True, slots=True)
class _Part:
    """Team-days to take over together from the other plan: their gain, and how many published visits that disturbs."""

    team_days: tuple[TeamDay, ...]
    gain_milli: int
    disturbed: int


def merge(
    instance: Instance, first: Recount, second: Recount, *, most_disturbed: int | None = None
) -> tuple[Visit, ...]:
    """Return the first plan with those parts of the second that are worth their unrest; see `days_to_take`."""
    taken = days_to_take(instance, first, second, most_disturbed=most_disturbed)
    mine = (outcome.visit for outcome in first.by_visit if (outcome.visit.team, outcome.visit.date) not in taken)
    theirs = (outcome.visit for outcome in second.by_visit if (outcome.visit.team, outcome.visit.date) in taken)
    return tuple(sorted({*mine, *theirs}, key=lambda visit: (visit.team, visit.date, visit.start)))


def days_to_take(
    instance: Instance,
    first: Recount,
    second: Recount,
    *,
    most_disturbed: int | None = None,
    tied: Iterable[Collection[TeamDay]] = (),
) -> set[TeamDay]:
    """Return the team-days of the second plan that are worth their unrest in the first.

    A part is a set of team-days whose changed visits are at sites that no other part changes, so the rules of team-days
    and of sites hold for any choice of parts; only the budget and `most_disturbed` see the whole. Floors and the gap
    are not seen, so the merged plan is to be judged by its caller. Team-days that are `tied`, by nights in either plan,
    are of one part.
    """
    mine, theirs = _Account(instance, first), _Account(instance, second)
    parts = sorted(_parts(mine, theirs, tied), key=lambda part: (-part.gain_milli, part.team_days))
    disturbed = sum(mine.disturbed.values())
    chosen: set[TeamDay] = set()
    for part in parts:
        calm = most_disturbed is None or part.disturbed <= 0 or disturbed + part.disturbed <= most_disturbed
        if part.gain_milli > 0 and calm:
            disturbed += part.disturbed
            chosen.update(part.team_days)
    return chosen


class _Account:
    """A plan by team-days and by sites: what each wins and costs, and what it changes in the published plan."""

    def __init__(self, instance: Instance, recount: Recount) -> None:
        weights, costs = instance.weights, instance.costs
        days: dict[TeamDay, set[Visit]] = defaultdict(set)
        metres: dict[TeamDay, int] = defaultdict(int)
        visits = {outcome.visit for outcome in recount.by_visit}
        visited = {visit.site for visit in visits}
        self.worth: dict[str, int] = defaultdict(int)
        for site in instance.sites:
            self.worth[site.id] += weights.must * (site.must and site.id in visited)
        for visit in instance.pinned:
            self.worth[visit.site] += weights.pin * (visit in visits)
        for outcome in recount.by_visit:
            key = outcome.visit.team, outcome.visit.date
            days[key].add(outcome.visit)
            metres[key] += outcome.travel_metres
            self.worth[outcome.visit.site] += outcome.served * weights.shortfall
        for way in recount.ways_home:
            metres[way.team, way.date] += way.travel_metres
        self.days = {key: frozenset(day) for key, day in days.items()}
        self.cost = {
            key: weights.per_million_cost * (far * costs.per_km // 1000 + costs.per_team_day) // 1_000_000
            for key, far in metres.items()
        }
        changes = changes_between(instance.published, tuple(visits))
        left = (*changes.withdrawn, *(move.before for move in changes.moved))
        for visit in left:
            self.worth[visit.site] -= weights.moved
        self.disturbed: dict[str, int] = defaultdict(int)
        for visit in (*left, *(move.before for move in changes.retimed)):
            self.disturbed[visit.site] += 1
            self.worth[visit.site] -= unrest_milli(instance, 1)
        for visit in changes.added:
            self.worth[visit.site] -= unrest_milli(instance, 1)


def _parts(mine: _Account, theirs: _Account, tied: Iterable[Collection[TeamDay]]) -> Iterable[_Part]:
    """Yield the sets of team-days that are not alike in both plans and have changed sites in common."""
    sites_of = {
        key: {visit.site for visit in mine.days.get(key, frozenset()) ^ theirs.days.get(key, frozenset())}
        for key in mine.days.keys() | theirs.days.keys()
    }
    days_at: dict[str, list[TeamDay]] = defaultdict(list)
    for key, sites in sites_of.items():
        for site in sites:
            days_at[site].append(key)
    waiting = {key for key, sites in sites_of.items() if sites}
    bound = {key: frozenset(days) for days in tied for key in days}
    while waiting:
        team_days, sites, reached = [], set(), [waiting.pop()]
        while reached:
            key = reached.pop()
            team_days.append(key)
            if key in bound:
                reached += waiting & bound[key]
                waiting -= bound[key]
                team_days += [day for day in bound[key] if not sites_of.get(day) and day not in team_days]
            for site in sites_of[key] - sites:
                sites.add(site)
                joined = waiting.intersection(days_at[site])
                waiting -= joined
                reached += joined
        gain = sum(theirs.worth[site] - mine.worth[site] for site in sites)
        gain -= sum(theirs.cost.get(key, 0) - mine.cost.get(key, 0) for key in team_days)
        disturbed = sum(theirs.disturbed[site] - mine.disturbed[site] for site in sites)
        yield _Part(tuple(sorted(team_days)), gain, disturbed)
