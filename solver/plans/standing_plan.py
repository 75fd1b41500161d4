"""What of a plan in force with nights and rides can stay as it was announced, by the rules that judge a plan."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from solver.contract.book import open_book
from solver.contract.instance import Instance, Visit
from solver.contract.journal import open_journal
from solver.contract.journeys import Night, Ride
from solver.contract.pins import RULES_OF_THE_WAY, RULES_OF_WHAT_IS_ADDED
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import Violation, broken_rules
from solver.plans.kit_use import trips_of
from solver.plans.merge import TeamDay
from solver.plans.paused_starts import key_of
from solver.plans.shared_minutes import says_work
from solver.plans.standing_days import standing_days
from solver.plans.standing_room import StandingDay
from solver.plans.timed_journeys import TimedJourneys

LOOKED_AT_LATER = RULES_OF_THE_WAY | RULES_OF_WHAT_IS_ADDED | {"over_budget"}


def standing_plan(instance: Instance, in_force: Rows) -> Plan:
    """Return the published visits that can stay, and the pins, with the nights, rides and breaks that they need.

    The nights and rides of the plan in force stay with the visits that they serve. Where some of a team break a rule,
    or none are given, others are looked for that keep most of its visits; a visit goes only where no such days keep it.
    Pins never go, but what stands in their way.
    """
    timing, pinned = TimedJourneys(instance), set(instance.pinned)
    visits = _able(instance, tuple(dict.fromkeys((*instance.pinned, *instance.published))))
    rows = _useful(instance, visits, _with_pins(instance, in_force))
    repaired: set[str] = set()
    while True:
        plan = timing.timed(visits, rows)
        violations = _violations(instance, plan)
        if not violations:
            return plan
        troubled = {team for violation in violations for team in _teams_of(violation, plan)} - repaired
        if troubled:
            repaired |= troubled
            days = standing_days(instance, visits=visits, nights=rows.nights, rides=plan.rows.rides, of_teams=troubled)
            visits, rows = _exchanged(instance, visits, rows, days, troubled)
            continue
        going = {visit for violation in violations for visit in _blamed(plan.visits, pinned, violation)}
        if not going:
            return plan
        visits = tuple(visit for visit in plan.visits if visit not in going)
        rows = _useful(instance, visits, rows)


def _violations(instance: Instance, plan: Plan) -> list[Violation]:
    # What is done in visits is shared out anew.
    idle = [replace(visit, work=()) if says_work(instance) else visit for visit in plan.visits]
    return list(broken_rules(open_book(instance, idle, journal=open_journal(instance, plan.rows))))


def _able(instance: Instance, visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """The visits that break no rule, wherever their teams sleep and however they travel."""
    pinned = set(instance.pinned)
    while True:
        idle = [replace(visit, work=()) if says_work(instance) else visit for visit in visits]
        book = open_book(instance, idle, journal=open_journal(instance, Rows()))
        going = {visits[index] for index, _ in book.unknown}
        for violation in broken_rules(book):
            if violation.rule not in LOOKED_AT_LATER and violation.visit_index is not None:
                going |= _blamed(visits, pinned, violation)
        if not going:
            return visits
        visits = tuple(visit for visit in visits if visit not in going)


def _with_pins(instance: Instance, rows: Rows) -> Rows:
    """The nights and rides with the pinned ones, which come first where both cannot be."""
    nights = {(night.team, night.date): night for night in (*rows.nights, *instance.pinned_nights)}
    rides = {key_of(ride): ride for ride in instance.pinned_rides} | {key_of(ride): ride for ride in rows.rides}
    departs = {connection.id: connection.departs.open for connection in instance.connections}
    timed = (
        ride if ride.start is not None else replace(ride, start=departs[ride.connection]) for ride in rides.values()
    )
    return Rows(nights=tuple(nights.values()), rides=tuple(timed))


def _useful(instance: Instance, visits: Sequence[Visit], rows: Rows) -> Rows:
    """The rows without trips, and rides on dates at base, that serve neither a visit nor a pin."""
    dates = {day: d for d, day in enumerate(instance.dates)}
    needed: set[tuple[str, int]] = {(visit.team, dates[visit.date]) for visit in visits}
    pins: Iterable[Night | Ride] = (*instance.pinned_nights, *instance.pinned_rides)
    needed |= {(row.team, dates[row.date]) for row in pins}
    trips = list(trips_of({(night.team, dates[night.date]) for night in rows.nights}))
    for trip in trips:
        if any(day in needed for day in trip):
            needed |= set(trip)
    return replace(
        rows,
        nights=tuple(night for night in rows.nights if (night.team, dates[night.date]) in needed),
        rides=tuple(ride for ride in rows.rides if (ride.team, dates[ride.date]) in needed),
    )


def _exchanged(
    instance: Instance, visits: Sequence[Visit], rows: Rows, days: Sequence[StandingDay], teams: set[str]
) -> tuple[tuple[Visit, ...], Rows]:
    """The visits and rows with those of some teams as their days have them."""
    dates = instance.dates
    stops = [stop for day in days for stop in day.stops]
    nights = [Night(team=day.team, date=dates[day.date_index], lodging=day.end) for day in days if day.end is not None]
    others = [visit for visit in visits if visit.team not in teams]
    return (*others, *(stop for stop in stops if isinstance(stop, Visit))), replace(
        rows,
        nights=(*(night for night in rows.nights if night.team not in teams), *nights),
        rides=(
            *(ride for ride in rows.rides if ride.team not in teams),
            *(stop for stop in stops if isinstance(stop, Ride)),
        ),
    )


def _teams_of(violation: Violation, plan: Plan) -> set[str]:
    """The teams whose days are to be looked at anew for a broken rule."""
    if violation.team is not None:
        return {violation.team}
    if violation.rule == "lodging_full":
        return {night.team for night in plan.rows.nights if night.date == violation.date}
    if violation.rule == "no_seat":
        return {ride.team for ride in plan.rows.rides if ride.date == violation.date}
    return set()


def _blamed(visits: Sequence[Visit], pinned: set[Visit], violation: Violation) -> set[Visit]:
    """The visits to take out for a broken rule: the one to blame, all around a pin, or the last ones there are."""
    free = [visit for visit in visits if visit not in pinned]
    if violation.visit_index is not None:
        last = visits[violation.visit_index]
        if last not in pinned:
            return {last}
        return {
            visit for visit in free if (visit.team, visit.date) == (last.team, last.date) or visit.site == last.site
        }
    of_day = [visit for visit in free if (visit.team, visit.date) == (violation.team, violation.date)]
    of_team = [visit for visit in free if visit.team == violation.team]
    return set((of_day or of_team or free)[-1:])


def tied_days(instance: Instance, *plans: Sequence[Night]) -> list[set[TeamDay]]:
    """Return the team-days that the nights of several plans tie together, in sets."""
    dates = {day: d for d, day in enumerate(instance.dates)}
    nights = {(night.team, dates[night.date]) for plan in plans for night in plan}
    return [{(team, instance.dates[d]) for team, d in trip} for trip in trips_of(nights)]


def days_with(key: TeamDay, tied: Iterable[set[TeamDay]]) -> set[TeamDay]:
    """Return the team-days that are tied to one, itself among them."""
    return next((days for days in tied if key in days), {key})


def exchanged_days(
    plan: tuple[Sequence[Visit], Rows], other: tuple[Sequence[Visit], Rows], days: Container[TeamDay]
) -> tuple[tuple[Visit, ...], Rows]:
    """Return visits, nights and rides of a plan with those of some team-days as they are in another one."""
    (visits, rows), (their_visits, their_rows) = plan, other
    exchanged = (
        *(visit for visit in visits if (visit.team, visit.date) not in days),
        *(visit for visit in their_visits if (visit.team, visit.date) in days),
    )
    nights = (
        *(night for night in rows.nights if (night.team, night.date) not in days),
        *(night for night in their_rows.nights if (night.team, night.date) in days),
    )
    rides = (
        *(ride for ride in rows.rides if (ride.team, ride.date) not in days),
        *(ride for ride in their_rows.rides if (ride.team, ride.date) in days),
    )
    in_order = tuple(sorted(exchanged, key=lambda visit: (visit.team, visit.date, visit.start)))
    return in_order, Rows(nights=nights, rides=rides)
