"""Judges a plan against an instance and recounts its value, sharing no code with the search.

Each rule is one function; its name is the rule's name wherever the rule lives, its docstring what a planner signs.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import groupby, pairwise
from typing import Any

from solver.contract.added_counts import AddedCounts, added_counts, missed_pins, wins_by_document
from solver.contract.book import Book, Leg, SiteRecord, Stop, TeamDay, open_book
from solver.contract.capacity import capacity
from solver.contract.documents import IKD
from solver.contract.instance import NEXT_FORMAT, Instance, Visit
from solver.contract.journal import EMPTY, open_journal
from solver.contract.plan import Plan
from solver.contract.row_rules import BOOK_RULES, DAY_RULES
from solver.contract.violation import Violation as Violation
from solver.contract.violation import clock, hours, of_team_day
from solver.contract.work_rules import broken_work_rules, of_stop
from solver.contract.workload import MINUTES, TeamLoad, team_loads, unfairness


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a visit wins and how the team gets there; it may arrive early and wait for the start.

    `ends_at` counts the breaks that pause it.
    """

    visit: Visit
    served: int
    arrives_at: int
    ends_at: int
    travel_minutes: int
    travel_metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayHome:
    """The last leg of a team's day."""

    team: str
    date: datetime.date
    travel_minutes: int
    travel_metres: int
    arrives_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """The rules a plan breaks and what it is worth, by the contract's arithmetic.

    `by_visit` and `ways_home` follow the teams' days, `loads` the instance's teams; visits of unknown sites, teams or
    dates are left out of every count. `unfairness` is in minutes above the teams' shares, the later ones counted
    several times. `added` counts what only `outreach-2` has (None: the instance is not written in it).
    """

    violations: tuple[Violation, ...]
    value_milli: int
    bound_milli: int | None
    activations: int
    gap: int
    shortfall: int
    area_shortfall: int
    must_missed: int
    pins_missed: int
    moved: int
    cost: int
    metres: int
    lateness: int
    team_days: int
    visits: int
    unfairness: int
    by_visit: tuple[Outcome, ...]
    ways_home: tuple[WayHome, ...]
    loads: tuple[TeamLoad, ...]
    added: AddedCounts | None = None

    @property
    def feasible(self) -> bool:
        return not self.violations

    def to_json(self) -> dict[str, Any]:
        """Return the recount as a JSON object, without the single visits."""
        content: dict[str, Any] = {"feasible": self.feasible}
        for field in fields(self):
            if field.name not in ("violations", "by_visit", "ways_home", "loads", "added"):
                content[field.name] = getattr(self, field.name)
        return (
            content
            | (self.added.to_json() if self.added else {})
            | {
                "loads": [load.to_json() for load in self.loads],
                "violations": [violation.to_json() for violation in self.violations],
            }
        )


Finding = tuple[Stop, str]
DayFinding = tuple[Stop | None, str]


def verify(instance: Instance, plan: Plan, *, leg: Leg | None = None) -> Recount:
    """Judge a plan by every hard rule and by its own claims, and recount what it is worth.

    `leg` gives the instance's own legs to whoever judges many plans and remembers them.
    """
    book = _book_of(instance, plan, leg=leg)
    recount = _recount(book, bound_milli=plan.bound_milli)
    claims = (*wrong_value(plan, recount), *bound_below_value(recount))
    return replace(recount, violations=(*_breaches(book, plan), *claims))


def verify_if_feasible(instance: Instance, plan: Plan) -> Recount | None:
    """Judge a plan as `verify` does, but no further than to the first breach: None; of many tried, most end there."""
    book = _book_of(instance, plan, leg=None)
    if any(True for _ in _breaches(book, plan)):
        return None
    recount = _recount(book, bound_milli=plan.bound_milli)
    return None if any(True for _ in (*wrong_value(plan, recount), *bound_below_value(recount))) else recount


def _book_of(instance: Instance, plan: Plan, *, leg: Leg | None) -> Book:
    journal = open_journal(instance, plan.rows) if instance.format == NEXT_FORMAT else EMPTY
    return open_book(instance, plan.visits, leg=leg, journal=journal)


def _breaches(book: Book, plan: Plan) -> Iterator[Violation]:
    """What breaks a plan whatever it claims to be worth."""
    yield from unreadable(plan)
    if book.instance.format == NEXT_FORMAT:
        yield from unreadable_rows(plan)
    yield from unknown_reference(book)
    yield from broken_rules(book)


def wrong_minutes(instance: Instance, stop: Stop) -> str | None:
    """A session lasts exactly its fixed minutes; any other visit serves for a positive multiple of the slot."""
    minutes, fixed, slot = stop.visit.minutes, stop.site.fixed_minutes, instance.slot_minutes
    if fixed is not None:
        return f"{minutes} minutes, the session lasts {fixed}" if minutes != fixed else None
    return f"{minutes} minutes is no positive multiple of {slot}" if minutes <= 0 or minutes % slot else None


def site_closed(instance: Instance, stop: Stop) -> str | None:
    """A site is visited only on dates when it is open."""
    return None if stop.site.open_dates[stop.date_index] else "the site is closed on this date"


def team_off(instance: Instance, stop: Stop) -> str | None:
    """A team goes out only on dates when it works."""
    return None if stop.team.work_dates[stop.date_index] else "the team does not work on this date"


def outside_window(instance: Instance, stop: Stop) -> str | None:
    """Set-up and service of a visit lie inside one opening window of the site on that date."""
    start, end = stop.visit.start, stop.ends_at
    windows = stop.site.windows_at(stop.visit.date)
    if any(window.open <= start and end <= window.close for window in windows):
        return None
    if not windows:
        return f"{hours(start, end)} is outside the opening hours: the site has none on this date"
    opening = " and ".join(hours(window.open, window.close) for window in windows)
    return f"{hours(start, end)} is outside the opening hours {opening}"


def arrives_late(instance: Instance, stop: Stop) -> str | None:
    """A team reaches a site before the visit starts, coming from its base or from the stop before."""
    if stop.arrives_at <= stop.visit.start or not stop.has_way:
        return None
    return f"the team arrives at {clock(stop.arrives_at)}, after the start at {clock(stop.visit.start)}"


def shift_end(instance: Instance, team_day: TeamDay) -> Iterator[DayFinding]:
    """A team is back at its base when its shift ends, or at the lodging where its day ends."""
    if team_day.back_at > team_day.shift.close:
        back, end = clock(team_day.back_at), clock(team_day.shift.close)
        yield team_day.stops[-1] if team_day.stops else None, f"back at {back}, after the end of the shift at {end}"


def too_many_stops(instance: Instance, team_day: TeamDay) -> Iterator[DayFinding]:
    """A team makes no more stops a date than it can."""
    if len(team_day.stops) > team_day.team.max_stops:
        yield team_day.stops[-1], f"{len(team_day.stops)} stops of the team, at most {team_day.team.max_stops}"


def too_many_dates(instance: Instance, record: SiteRecord) -> Iterator[Finding]:
    """A site is visited on no more dates than it allows."""
    dates = {stop.date_index for stop in record.stops}
    if len(dates) > record.site.max_visit_dates:
        yield record.stops[-1], f"visited on {len(dates)} dates, at most {record.site.max_visit_dates}"


def too_close(instance: Instance, record: SiteRecord) -> Iterator[Finding]:
    """Two dates of visits to a site lie at least its spacing apart, in calendar days."""
    for before, after in pairwise(record.stops):
        days = (after.visit.date - before.visit.date).days
        if before.date_index != after.date_index and days < record.site.min_gap_days:
            yield after, f"{days} days after the visit on {before.visit.date}, at least {record.site.min_gap_days}"


def team_twice(instance: Instance, record: SiteRecord) -> Iterator[Finding]:
    """A team visits a site at most once a date."""
    seen: set[tuple[int, str]] = set()
    for stop in record.stops:
        if (stop.date_index, stop.team.id) in seen:
            yield stop, "the same team comes twice on this date"
        seen.add((stop.date_index, stop.team.id))


def too_many_teams(instance: Instance, record: SiteRecord) -> Iterator[Finding]:
    """A site receives no more teams a date than it has room for."""
    for _, group in groupby(record.stops, key=lambda stop: stop.date_index):
        present = list(group)
        if len(present) > record.site.max_teams:
            yield present[-1], f"{len(present)} teams on this date, at most {record.site.max_teams}"


def over_budget(book: Book) -> Iterator[Violation]:
    """Team-days and kilometres together cost no more than the budget."""
    budget = book.instance.costs.budget
    if budget is not None and book.cost > budget:
        yield Violation(rule="over_budget", message=f"the plan costs {book.cost:,}, the budget is {budget:,}")


def wrong_value(plan: Plan, recount: Recount) -> Iterator[Violation]:
    """A plan that claims a value has that value."""
    if plan.value_milli is not None and plan.value_milli != recount.value_milli:
        message = f"the plan claims the value {plan.value_milli:,}, it is {recount.value_milli:,}"
        yield Violation(rule="wrong_value", message=message)


def bound_below_value(recount: Recount) -> Iterator[Violation]:
    """A bound is never below the value of a plan."""
    if recount.bound_milli is not None and recount.bound_milli < recount.value_milli:
        message = f"the claimed bound {recount.bound_milli} lies below the value {recount.value_milli}: it is no bound"
        yield Violation(rule="bound_below_value", message=message)


def unreadable(plan: Plan) -> Iterator[Violation]:
    """Every visit names its team, site and date and has whole minutes."""
    return (Violation(rule="unreadable", message=str(fault)) for fault in plan.unreadable)


def unreadable_rows(plan: Plan) -> Iterator[Violation]:
    """Every night, ride, break and kit of a plan, and the work of every visit, can be read."""
    return (Violation(rule="unreadable", message=str(fault)) for fault in plan.unreadable_rows)


def unknown_reference(book: Book) -> Iterator[Violation]:
    """Every visit is of a team, a site and a date of the instance, and so is every other row of a plan."""
    for index, visit in book.unknown:
        message = f"{visit.team} at {visit.site} on {visit.date}: unknown team, site or date"
        yield Violation(rule="unknown_reference", message=message, visit_index=index)
    for row in book.journal.lost:
        message = f"{row.team}, {row.name} on {row.date}: unknown team, date or name"
        yield Violation(rule="unknown_reference", message=message)


VISIT_RULES = (wrong_minutes, site_closed, team_off, outside_window, arrives_late)
TEAM_DAY_RULES = (too_many_stops, shift_end)
SITE_RULES = (too_many_dates, too_close, team_twice, too_many_teams)


def broken_rules(book: Book) -> Iterator[Violation]:
    """Yield every breach of a hard rule by the visits in a book."""
    for stop in book.stops:
        for visit_rule in VISIT_RULES:
            message = visit_rule(book.instance, stop)
            if message is not None:
                yield of_stop(visit_rule.__name__, stop, message)
    for team_day in book.team_days:
        for day_rule in TEAM_DAY_RULES:
            for stop_to_blame, message in day_rule(book.instance, team_day):
                yield _by_team(day_rule.__name__, team_day, stop_to_blame, message)
    for record in book.records:
        for site_rule in SITE_RULES:
            for last_stop, message in site_rule(book.instance, record):
                yield of_stop(site_rule.__name__, last_stop, message)
    yield from over_budget(book)
    if book.instance.format == NEXT_FORMAT:
        yield from _broken_added_rules(book)


def _broken_added_rules(book: Book) -> Iterator[Violation]:
    for book_rule in BOOK_RULES:
        yield from book_rule(book)
    for team_day in book.team_days:
        for day_rule in DAY_RULES:
            yield from day_rule(team_day)
    yield from broken_work_rules(book)


def _by_team(rule: str, team_day: TeamDay, stop: Stop | None, message: str) -> Violation:
    """Return a breach by a team on a date, with its last visit to blame if it makes any."""
    if stop is not None:
        return of_stop(rule, stop, message)
    return of_team_day(rule, team_day.team.id, team_day.date, message)


def _served(instance: Instance, record: SiteRecord) -> Iterator[tuple[Stop, int]]:
    """Yield what each visit wins of the people that the visits before it have left."""
    left = record.site.people
    for stop in record.stops:
        most = capacity(instance.connectivity, stop.team, site=stop.site, minutes=stop.visit.minutes)
        won = min(left, most)
        left -= won
        yield stop, won


def _recount(book: Book, *, bound_milli: int | None) -> Recount:
    instance, weights = book.instance, book.instance.weights
    is_next = instance.format == NEXT_FORMAT
    by_document = _wins(book) if is_next else {}
    won = by_document[IKD] if is_next else _wins_of_first(book)
    in_area = dict.fromkeys((area.id for area in instance.areas), 0)
    lateness = 0
    for stop in book.stops:
        in_area[stop.site.area] += won[stop.index]
        lateness += won[stop.index] * stop.date_index
    activations = sum(won.values())
    kept = {stop.visit if stop.visit.work is None else replace(stop.visit, work=None) for stop in book.stops}
    places = {(visit.team, visit.date, visit.site) for visit in kept}
    visited = {record.site.id for record in book.records}
    must_missed = sum(1 for site in instance.sites if site.must and site.id not in visited)
    pins_missed = sum(1 for visit in instance.pinned if visit not in kept)
    moved = sum(1 for visit in instance.published if (visit.team, visit.date, visit.site) not in places)
    added = added_counts(book, by_document) if is_next else None
    pins_missed += missed_pins(book) if is_next else 0
    gap = instance.net_gap
    shortfall = max(0, gap - activations)
    area_shortfall = sum(max(0, area.min_activations - in_area[area.id]) for area in instance.areas)
    loads = team_loads(book, won)
    unfair = unfairness(loads)
    penalty = (
        weights.must * must_missed
        + weights.pin * pins_missed
        + weights.shortfall * shortfall
        + weights.area_shortfall * area_shortfall
        + weights.per_million_cost * book.cost // 1_000_000
        + weights.late * lateness // max(1, len(instance.dates) - 1)
        + weights.moved * moved
        + weights.fairness * unfair // MINUTES
    )
    value_milli = weights.shortfall * gap - penalty
    if added is not None:
        value_milli += _added_value(instance, added)
    return Recount(
        violations=(),
        value_milli=value_milli,
        bound_milli=bound_milli,
        activations=activations,
        gap=gap,
        shortfall=shortfall,
        area_shortfall=area_shortfall,
        must_missed=must_missed,
        pins_missed=pins_missed,
        moved=moved,
        cost=book.cost,
        metres=book.metres,
        lateness=lateness,
        team_days=len(book.team_days),
        visits=len(won),
        unfairness=unfair,
        by_visit=tuple(_outcome(stop, won[stop.index]) for stop in book.stops),
        ways_home=tuple(_way_home(team_day) for team_day in book.team_days),
        loads=loads,
        added=added,
    )


def _wins_of_first(book: Book) -> dict[int, int]:
    """What each visit wins, by its index."""
    return {stop.index: people for record in book.records for stop, people in _served(book.instance, record)}


def _wins(book: Book) -> dict[str, dict[int, int]]:
    """What each visit wins of each document, by its index; nothing where it does not work for it."""
    won: dict[str, dict[int, int]] = {IKD: dict.fromkeys((stop.index for stop in book.stops), 0)}
    for record in book.records:
        for stop, document, people in wins_by_document(book, record):
            won.setdefault(document, {})[stop.index] = people
    return won


def _added_value(instance: Instance, added: AddedCounts) -> int:
    """What further documents are worth, less what the spread of loads costs."""
    later = max(1, len(instance.dates) - 1)
    served = sum(
        counts.document.shortfall * (counts.gap - counts.shortfall) - counts.document.late * counts.lateness // later
        for counts in added.documents
    )
    return served - instance.weights.spread * added.spread


def _outcome(stop: Stop, served: int) -> Outcome:
    return Outcome(
        visit=stop.visit,
        served=served,
        arrives_at=stop.arrives_at,
        ends_at=stop.ends_at,
        travel_minutes=stop.travel_minutes,
        travel_metres=stop.travel_metres,
    )


def _way_home(team_day: TeamDay) -> WayHome:
    return WayHome(
        team=team_day.team.id,
        date=team_day.date,
        travel_minutes=team_day.home_minutes,
        travel_metres=team_day.home_metres,
        arrives_at=team_day.back_at,
    )
