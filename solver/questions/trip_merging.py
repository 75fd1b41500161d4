"""Puts a whole trip into a plan, in the place of what stands in its way: visits, days and trips of others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from solver.contract.book import open_book
from solver.contract.instance import Instance, Visit
from solver.contract.journal import open_journal
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import Violation, broken_rules, verify
from solver.plans.completed import without_work
from solver.plans.paused_starts import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """The dates of one team from the one on which it leaves its base to the one on which it is back."""

    team: str
    first: date
    last: date

    @property
    def is_trip(self) -> bool:
        """Whether the team sleeps away."""
        return self.first < self.last

    def holds(self, team: str | None, day: date | None) -> bool:
        """Whether a team's date belongs to it."""
        return team == self.team and day is not None and self.first <= day <= self.last


def outings_of(instance: Instance, plan: Plan) -> tuple[Outing, ...]:
    """Return the outings of a plan, each team's in order."""
    following = dict(zip(instance.dates, instance.dates[1:], strict=False))
    slept = {(night.team, night.date) for night in plan.rows.nights}
    days = {(visit.team, visit.date) for visit in plan.visits} | {(ride.team, ride.date) for ride in plan.rows.rides}
    days |= slept | {(team, following[day]) for team, day in slept if day in following}
    outings: list[Outing] = []
    first: date | None = None
    for team, day in sorted(days):
        first = first or day
        if (team, day) not in slept or day not in following:
            outings.append(Outing(team=team, first=first, last=day))
            first = None
    return tuple(outings)


def outing_on(outings: Iterable[Outing], team: str, day: date) -> Outing | None:
    """Return the outing that a team's date belongs to."""
    return next((outing for outing in outings if outing.holds(team, day)), None)


def with_trip(instance: Instance, plan: Plan, trip: Plan) -> Plan | None:
    """Return the plan with a trip as given, no rule broken; what is in its way goes, but nothing pinned: then None."""
    mine = outings_of(instance, trip)[0]
    rest = next(team.rest_days for team in instance.teams if team.id == mine.team)
    going = {outing for outing in outings_of(instance, plan) if are_too_close(outing, mine, rest_days=rest)}
    kept = _without(plan, going)
    served = {outcome.visit: outcome.served for outcome in verify(instance, plan).by_visit}
    # What the plan itself misses of the pins need not be in it.
    pinned = _pins_of(instance) & _rows_of(plan)
    while True:
        merged = _together(kept, trip)
        if pinned - _rows_of(merged):
            return None
        book = open_book(instance, merged.visits, journal=open_journal(instance, merged.rows))
        violation = next(broken_rules(book), None)
        if violation is None:
            return merged
        fewer = _making_way(instance, kept, mine, violation, served)
        if fewer is None:
            return None
        kept = fewer


def _pins_of(instance: Instance) -> set[object]:
    return {*instance.pinned, *instance.pinned_nights, *(key_of(ride) for ride in instance.pinned_rides)}


def _rows_of(plan: Plan) -> set[object]:
    """Visits, nights and rides of a plan, as pins name them."""
    return {*without_work(plan.visits), *plan.rows.nights, *(key_of(ride) for ride in plan.rows.rides)}


def _making_way(
    instance: Instance, plan: Plan, mine: Outing, violation: Violation, served: dict[Visit, int]
) -> Plan | None:
    """The plan without what a broken rule is blamed on; None if that is the trip itself."""
    outings = outings_of(instance, plan)
    if violation.site is not None and (mine.holds(violation.team, violation.date) or _is_of_site(violation)):
        visits = {visit for visit in plan.visits if visit.site == violation.site}
        return _without_visits(instance, plan, visits) if visits else None
    if violation.team is not None and violation.date is not None:
        blamed = outing_on(outings, violation.team, violation.date)
        return None if blamed is None else _without(plan, {blamed})
    # A bed, a seat or a kit too few on a date, or too much money: whoever wins least there.
    rows = plan.rows
    users = {
        "lodging_full": [(row.team, row.date) for row in rows.nights],
        "no_seat": [(row.team, row.date) for row in rows.rides],
        "pool_empty": [(row.team, row.date) for row in rows.kits],
    }.get(violation.rule)
    candidates = [
        outing
        for outing in outings
        if users is None or any(day == violation.date and outing.holds(team, day) for team, day in users)
    ]

    def won(outing: Outing) -> tuple[int, date, str]:
        there = sum(count for visit, count in served.items() if outing.holds(visit.team, visit.date))
        return there, outing.first, outing.team

    return _without(plan, {min(candidates, key=won)}) if candidates else None


def _is_of_site(violation: Violation) -> bool:
    """Whether a rule is about all visits to a site."""
    return violation.rule in ("too_many_dates", "too_close", "too_many_teams", "too_few_teams")


def _without(plan: Plan, outings: set[Outing]) -> Plan:
    return _kept(plan, lambda team, day: not any(outing.holds(team, day) for outing in outings))


def _without_visits(instance: Instance, plan: Plan, visits: set[Visit]) -> Plan:
    """The plan without visits, and without outings that have none left."""
    left = Plan(visits=tuple(visit for visit in plan.visits if visit not in visits), rows=plan.rows)
    idle = {
        outing
        for outing in outings_of(instance, left)
        if not any(outing.holds(visit.team, visit.date) for visit in left.visits)
    }
    days = {(visit.team, visit.date) for visit in visits} - {(visit.team, visit.date) for visit in left.visits}
    # A day at base that has lost its only visit is none any more, with its break and its kits.
    alone = {Outing(team=team, first=day, last=day) for team, day in days if not _is_away(instance, left, team, day)}
    return _without(left, idle | alone)


def _is_away(instance: Instance, plan: Plan, team: str, day: date) -> bool:
    outing = outing_on(outings_of(instance, plan), team, day)
    return outing is not None and outing.is_trip


def _kept(plan: Plan, keeps: Callable[[str, date], bool]) -> Plan:
    rows = plan.rows
    return Plan(
        visits=tuple(visit for visit in plan.visits if keeps(visit.team, visit.date)),
        rows=Rows(
            nights=tuple(row for row in rows.nights if keeps(row.team, row.date)),
            rides=tuple(row for row in rows.rides if keeps(row.team, row.date)),
            breaks=tuple(row for row in rows.breaks if keeps(row.team, row.date)),
            kits=tuple(row for row in rows.kits if keeps(row.team, row.date)),
        ),
    )


def _together(plan: Plan, trip: Plan) -> Plan:
    """Both in one; teams and dates of the trip are its own."""
    return Plan(
        visits=(*plan.visits, *trip.visits),
        rows=Rows(
            nights=(*plan.rows.nights, *trip.rows.nights),
            rides=(*plan.rows.rides, *trip.rows.rides),
            breaks=(*plan.rows.breaks, *trip.rows.breaks),
            kits=(*plan.rows.kits, *trip.rows.kits),
        ),
    )


def are_too_close(outing: Outing, mine: Outing, *, rest_days: int) -> bool:
    """Whether the team of a trip cannot be out on both: they share dates, or the rest after the earlier one is cut."""
    if outing.team != mine.team:
        return False
    before, after = (outing, mine) if outing.first < mine.first else (mine, outing)
    return (after.first - before.last).days <= (rest_days if before.is_trip else 0)
