"""Refuses pinned visits that no plan could contain, by the very rules that judge a plan.

Other stops on the way may shorten a trip where travel breaks the triangle inequality, so a pin is refused for its
travel only if no detour over other sites would save it, and never where a night away or a ride might. What a plan adds
to its pins (breaks, kits, further teams) is not missed here.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from heapq import heappop, heappush

from solver.contract.book import Book, open_book
from solver.contract.faults import Fault, short_json
from solver.contract.instance import GreatCircle, Instance, Matrix, Site
from solver.contract.journal import open_journal
from solver.contract.journeys import Ride
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place, Travel
from solver.contract.verify import Violation, broken_rules

TRAVEL_RULES = frozenset({"arrives_late", "shift_end", "over_budget"})
RULES_OF_THE_WAY = TRAVEL_RULES | {"no_way", "ride_missed"}
RULES_OF_WHAT_IS_ADDED = frozenset(
    {"break_missed", "too_few_teams", "too_few_kits", "not_issued", "too_much_work", "no_rest", "load_changes_away"}
)
"""Rules that pins alone may break and the plan around them keep."""
RULES_OF_RIDES = frozenset({"no_departure", "ride_outside_work", "no_seat"})


def broken_pins(instance: Instance) -> tuple[Fault, ...]:
    """Return the hard rules that the pinned visits, nights and rides break, alone or together."""
    journal = open_journal(instance, Rows(nights=instance.pinned_nights, rides=_timed(instance)))
    if journal.stays or journal.passages or _may_be_elsewhere(instance):
        book = open_book(instance, instance.pinned, journal=journal)
        broken = [violation for violation in broken_rules(book) if violation.rule not in RULES_OF_THE_WAY]
    else:
        broken = list(broken_rules(open_book(instance, instance.pinned)))
        if any(violation.rule in RULES_OF_THE_WAY for violation in broken):
            broken = list(broken_rules(_with_detours(instance)))
    return tuple(_fault(instance, violation) for violation in broken if violation.rule not in RULES_OF_WHAT_IS_ADDED)


def _may_be_elsewhere(instance: Instance) -> bool:
    """Whether a team may begin or end a day away from base, or travel by other means than its own."""
    sleeps = bool(instance.lodgings) and any(team.max_nights for team in instance.teams)
    return sleeps or bool(instance.connections)


def _timed(instance: Instance) -> tuple[Ride, ...]:
    """The pinned rides; one that is pinned without its start leaves when the connection first does."""
    departs = {connection.id: connection.departs.open for connection in instance.connections}
    return tuple(replace(ride, start=departs[ride.connection]) for ride in instance.pinned_rides)


def _with_detours(instance: Instance) -> Book:
    """Open the book of the pins as if each trip took the quickest and, counted apart, the shortest way over sites."""
    travel = Travel(instance.travel)
    via = tuple(shortcut_sites(instance))

    def pause(site: Site) -> int:
        return site.setup_minutes + (instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes)

    def leg(origin: Place, target: Place) -> tuple[int, int]:
        minutes = _least(origin, target, via=via, cost=lambda a, b: travel.leg(a, b)[0], pause=pause)
        return minutes, _least(origin, target, via=via, cost=lambda a, b: travel.leg(a, b)[1], pause=lambda site: 0)

    return open_book(instance, instance.pinned, leg=leg)


def shortcut_sites(instance: Instance) -> Iterator[Site]:
    """Yield the sites that a detour could gain by.

    Great circles keep the triangle inequality: only an override that shortens a way makes one of its ends a shortcut,
    and only where one lengthens a way may any other site be. Tables need not keep it at all.
    """
    if isinstance(instance.travel, Matrix) or _is_lengthened(instance, instance.travel):
        yield from instance.sites
    else:
        named = {name for override in instance.travel.overrides for name in override.between}
        yield from (site for site in instance.sites if site.id in named)


def _is_lengthened(instance: Instance, travel: GreatCircle) -> bool:
    """Whether an override makes a way longer, in minutes or metres, than the great circle."""
    straight = Travel(replace(travel, overrides=()))
    everywhere: list[Place] = [*instance.sites, *instance.teams]
    places = {place.id: place for place in everywhere}
    for override in travel.overrides:
        if not places.keys() >= set(override.between):
            continue
        origin, target = (places[name] for name in override.between)
        minutes, metres = straight.leg(origin, target)
        if override.minutes > minutes or override.metres > metres:
            return True
    return False


def _least(
    origin: Place,
    target: Place,
    *,
    via: tuple[Site, ...],
    cost: Callable[[Place, Place], int],
    pause: Callable[[Site], int],
) -> int:
    """Return the cost of the cheapest way from origin to target, stopping at sites between (Dijkstra)."""
    best = cost(origin, target)
    reached: dict[int, int] = {}
    heap: list[tuple[int, int]] = [(0, -1)]
    while heap and heap[0][0] < best:
        spent, index = heappop(heap)
        if reached.get(index, spent) < spent:
            continue
        here = origin if index < 0 else via[index]
        best = min(best, spent + cost(here, target))
        for next_index, site in enumerate(via):
            total = spent + cost(here, site) + pause(site)
            if total < best and total < reached.get(next_index, total + 1):
                reached[next_index] = total
                heappush(heap, (total, next_index))
    return best


def _fault(instance: Instance, violation: Violation) -> Fault:
    if violation.visit_index is not None:
        value = short_json(instance.pinned[violation.visit_index].to_json())
        mend = f"move or unpin it, it breaks {violation.rule}: {violation.message}"
        return Fault(path=f"/pinned/{violation.visit_index}", value=value, mend=mend, rule=violation.rule)
    if violation.rule == "over_budget":
        return Fault(
            path="/costs/budget",
            value=short_json(instance.costs.budget),
            mend=f"raise it or unpin: with the pinned visits alone {violation.message}",
            rule=violation.rule,
        )
    table = "pinned_rides" if violation.rule in RULES_OF_RIDES else "pinned_nights"
    rows = [row.to_json() for row in (instance.pinned_rides if table == "pinned_rides" else instance.pinned_nights)]
    mend = f"move or unpin rows, together they break {violation.rule}: {violation.message}"
    return Fault(path=f"/{table}", value=short_json(rows), mend=mend, rule=violation.rule)
