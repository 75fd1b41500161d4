"""Refuses pinned visits that no plan could contain, by the very rules that judge a plan.

Other stops on the way may shorten a trip where travel breaks the triangle inequality, so a pin is refused for its
travel only if no detour over other sites would save it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from heapq import heappop, heappush

from solver.contract.book import Book, open_book
from solver.contract.faults import Fault, short_json
from solver.contract.instance import GreatCircle, Instance, Matrix, Site, Team
from solver.contract.travel import Travel
from solver.contract.verify import Violation, broken_rules

TRAVEL_RULES = frozenset({"arrives_late", "shift_end", "over_budget"})


def broken_pins(instance: Instance) -> tuple[Fault, ...]:
    """Return the hard rules that the pinned visits break, alone or together."""
    book = open_book(instance, instance.pinned)
    broken = list(broken_rules(book))
    if any(violation.rule in TRAVEL_RULES for violation in broken):
        broken = list(broken_rules(_with_detours(instance)))
    return tuple(_fault(instance, violation) for violation in broken)


def _with_detours(instance: Instance) -> Book:
    """Open the book of the pins as if each trip took the quickest and, counted apart, the shortest way over sites."""
    travel = Travel(instance.travel)
    via = tuple(_shortcut_sites(instance))

    def pause(site: Site) -> int:
        return site.setup_minutes + (instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes)

    def leg(origin: Site | Team, target: Site | Team) -> tuple[int, int]:
        minutes = _least(origin, target, via=via, cost=lambda a, b: travel.leg(a, b)[0], pause=pause)
        return minutes, _least(origin, target, via=via, cost=lambda a, b: travel.leg(a, b)[1], pause=lambda site: 0)

    return open_book(instance, instance.pinned, leg=leg)


def _shortcut_sites(instance: Instance) -> Iterator[Site]:
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
    everywhere: list[Site | Team] = [*instance.sites, *instance.teams]
    places = {place.id: place for place in everywhere}
    for override in travel.overrides:
        one, other = (places[name] for name in override.between)
        minutes, metres = straight.leg(one, other)
        if override.minutes > minutes or override.metres > metres:
            return True
    return False


def _least(
    origin: Site | Team,
    target: Site | Team,
    *,
    via: tuple[Site, ...],
    cost: Callable[[Site | Team, Site | Team], int],
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
    if violation.visit_index is None:
        value = short_json(instance.costs.budget)
        return Fault(
            path="/costs/budget",
            value=value,
            mend=f"raise it or unpin: with the pinned visits alone {violation.message}",
            rule=violation.rule,
        )
    value = short_json(instance.pinned[violation.visit_index].to_json())
    mend = f"move or unpin it, it breaks {violation.rule}: {violation.message}"
    return Fault(path=f"/pinned/{violation.visit_index}", value=value, mend=mend, rule=violation.rule)
