"""Boats and planes on a team's day: which rides lead from one place to another, and which have lost their use."""

# Plain loops compile to the fastest code, and numba gives its own types to what numpy's stubs call Any.
# ruff: noqa: SIM110
# mypy: disable-error-code="no-any-return"

from solver.contract.travel import NO_WAY_MINUTES
from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import may_visit
from solver.search.days import calls, hours_at, is_away, is_ride, stays
from solver.search.random_numbers import random_unit
from solver.search.route import first_start, insert_stop, remove_stop, schedule
from solver.search.tables import Problem, State, whole

# Most rides on one way, and how often a ride is overlooked, so that others than the quickest are tried.
MOST_CHAINED = 4
OVERLOOKED = 0.15
NO_WAY = NO_WAY_MINUTES
UNUSABLE = -2


@kernel
def enter_rides(
    p: Problem, s: State, r: int, q: int, begin: int, before: int, ready: int, end: int, after: int
) -> tuple[int, int]:
    """Put rides in at position q of a route that lead from one place to another, as early as can be.

    They lead from place `begin`, or from site `before` if that is not -1, where the team is free at `ready`, to place
    `end`, or to site `after`. Returns how many there are, none where no rides lead there, and when the last one ends.
    """
    rides, k, d = p.number[t.RIDES], r // p.number[t.DATES], r % p.number[t.DATES]
    first = p.people.shape[0] - rides
    arrives, parent = s.night[t.ARRIVES], s.night[t.BEFORE]
    for c in range(rides):
        usable = random_unit(s.rng) >= OVERLOOKED and may_visit(p, s, r, first + c)
        arrives[c], parent[c] = t.NEVER, -1 if usable else UNUSABLE
    for _ in range(MOST_CHAINED):
        changed = False
        for c in range(rides):
            if parent[c] == UNUSABLE:
                continue
            i = first + c
            busy = p.site[i, t.FIXED]
            for x in range(-1, rides):
                if x < 0:
                    leg = whole(p.minutes[before, i] if before >= 0 else p.out_minutes[begin, i])
                    at = ready
                elif arrives[x] < t.NEVER and x != c:
                    leg, at = whole(p.minutes[first + x, i]), arrives[x]
                else:
                    continue
                if leg >= NO_WAY:
                    continue
                start = first_start(p, hours_at(p, k, i, d), at + leg, busy)
                if start < t.NEVER and start + busy < arrives[c]:
                    arrives[c], parent[c], changed = start + busy, x, True
        if not changed:
            break
    last, soonest = whole(-1), whole(t.NEVER)
    for c in range(rides):
        leg = whole(p.minutes[first + c, after] if after >= 0 else p.home_minutes[end, first + c])
        if arrives[c] < t.NEVER and leg < NO_WAY and arrives[c] + leg < soonest:
            last, soonest = whole(c), arrives[c] + leg
    if last < 0:
        return whole(0), whole(ready)
    count, arrival = whole(0), arrives[last]
    while last >= 0 and count < MOST_CHAINED and s.stops[r] < s.stop.shape[1]:
        # Each goes in front of those that come after it.
        insert_stop(p, s, r, q, first + last, p.site[first + last, t.FIXED], -1)
        count += 1
        last = parent[last]
    return count, arrival


@kernel
def has_way(p: Problem, s: State, r: int, q: int) -> bool:
    """Whether there is a way without a ride from the stop before position q of a route to the one behind q + 1."""
    if q == 0 or q + 2 >= s.stops[r]:
        return False
    return whole(p.minutes[s.stop[r, q - 1, t.SITE], s.stop[r, q + 2, t.SITE]]) < NO_WAY


@kernel
def any_stays(p: Problem, s: State, r: int) -> bool:
    """Whether a route has a pinned stop."""
    for q in range(s.stops[r]):
        if stays(p, s, r, q):
            return True
    return False


@kernel
def drop_idle_rides(p: Problem, s: State, r: int) -> bool:
    """Take rides out of a route that lead nowhere and back, unless pins need them; False if the rest does not fit."""
    if calls(p, s, r) == s.stops[r]:
        return True
    changed = False
    if calls(p, s, r) == 0 and not is_away(p, s, r) and not any_stays(p, s, r):
        for q in range(s.stops[r] - 1, -1, -1):
            remove_stop(p, s, r, q)
        changed = True
    for q in range(s.stops[r] - 2, 0, -1):
        both = is_ride(p, s.stop[r, q, t.SITE]) and is_ride(p, s.stop[r, q + 1, t.SITE])
        both = both and not stays(p, s, r, q) and not stays(p, s, r, q + 1)
        if q + 1 < s.stops[r] and both and has_way(p, s, r, q):
            remove_stop(p, s, r, q + 1)
            remove_stop(p, s, r, q)
            changed = True
    return not changed or schedule(p, s, r)
