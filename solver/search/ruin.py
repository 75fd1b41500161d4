"""What operators share that take stops out of a few routes: remember, remove, and make a day fit again."""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.days import begins_at, ends_at, hours_at, is_away, is_ride, opens_at, stays
from solver.search.random_numbers import random_below
from solver.search.rides import NO_WAY, enter_rides
from solver.search.route import first_start, remove_stop, schedule
from solver.search.tables import Problem, State, whole
from solver.search.undo import keep_route


@kernel
def touch(p: Problem, s: State, r: int) -> bool:
    """Remember a route before changing it; False if too many are touched already."""
    if s.touched_at[r] < 0 and s.clock[t.TOUCHED] >= s.touched.shape[0]:
        return False
    keep_route(p, s, r)
    return True


@kernel
def mend(p: Problem, s: State, r: int) -> None:
    """Schedule a route after removals; where travel defies the triangle inequality, empty it but for its pins.

    A day that then has no way from where it begins to where it ends, or between its pins, takes rides.
    """
    if schedule(p, s, r):
        return
    clear(p, s, r)
    if not schedule(p, s, r) and not make_way(p, s, r):
        s.clock[t.FAILED] = 1


@kernel
def make_way(p: Problem, s: State, r: int) -> bool:
    """Give a day without any stop but pins the rides that lead from its begin to its end; False if there are none."""
    if p.number[t.RIDES] == 0:
        return False
    if s.stops[r] > 0:
        return link_pins(p, s, r)
    if not is_away(p, s, r):
        return False
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    begin, end, leaves = begins_at(p, s, k, d), ends_at(p, s, k, d), opens_at(p, k, True)
    count = enter_rides(p, s, r, whole(0), begin, whole(-1), leaves, end, whole(-1))[0]
    return count > 0 and schedule(p, s, r)


@kernel
def link_pins(p: Problem, s: State, r: int) -> bool:
    """Put rides in wherever no other way leads on from one stop of a day to the next; False if it does not fit then."""
    k, d, none = r // p.number[t.DATES], r % p.number[t.DATES], whole(-1)
    begin, end = begins_at(p, s, k, d), ends_at(p, s, k, d)
    free_at, before, q = opens_at(p, k, is_away(p, s, r)), none, whole(0)
    while q <= s.stops[r]:
        after = s.stop[r, q, t.SITE] if q < s.stops[r] else none
        if before < 0:
            leg = whole(p.out_minutes[begin, after])
        elif after < 0:
            leg = whole(p.home_minutes[end, before])
        else:
            leg = whole(p.minutes[before, after])
        if leg >= NO_WAY:
            count, free_at = enter_rides(p, s, r, q, begin, before, free_at, end, after)
            if count == 0:
                return False
            q += count
            before = s.stop[r, q - 1, t.SITE]
            leg = whole(p.minutes[before, after]) if after >= 0 else whole(p.home_minutes[end, before])
        if after >= 0:
            busy = p.site[after, t.SETUP] + s.stop[r, q, t.MINUTES]
            start = s.stop[r, q, t.PIN]
            if start < 0:
                start = first_start(p, hours_at(p, k, after, d), free_at + leg, busy)
            if start == t.NEVER or start < free_at + leg:
                return False
            free_at, before = start + busy, after
        q += 1
    return schedule(p, s, r)


@kernel
def clear(p: Problem, s: State, r: int) -> None:
    """Remove every stop of a route that is not pinned."""
    for q in range(s.stops[r] - 1, -1, -1):
        if not stays(p, s, r, q):
            remove_stop(p, s, r, q)


@kernel
def ruin_route(p: Problem, s: State, r: int) -> None:
    """Empty a team-day."""
    if touch(p, s, r):
        clear(p, s, r)
        mend(p, s, r)


@kernel
def ruin_string(p: Problem, s: State, r: int, q: int) -> None:
    """Remove a random string of stops around position q."""
    if not touch(p, s, r):
        return
    count = s.stops[r]
    length = 1 + random_below(s.rng, min(count, 10))
    first = max(0, min(q - random_below(s.rng, length), count - length))
    for x in range(first + length - 1, first - 1, -1):
        if s.stop[r, x, t.PIN] < 0 and not is_ride(p, s.stop[r, x, t.SITE]):
            remove_stop(p, s, r, x)
    mend(p, s, r)


@kernel
def position_of(s: State, r: int, i: int) -> int:
    """Where a route stops at a site, -1 if it does not."""
    for q in range(s.stops[r]):
        if s.stop[r, q, t.SITE] == i:
            return q
    return -1


@kernel
def random_route(p: Problem, s: State) -> int:
    """A random team-day on which the team works, rather one with stops."""
    r = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    for _ in range(3):
        if s.stops[r] > 0:
            break
        r = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    return r


@kernel
def drop_visit(p: Problem, s: State, r: int, i: int) -> None:
    """Remove the visit of a route to a site, unless it is pinned."""
    q = position_of(s, r, i)
    if q >= 0 and not stays(p, s, r, q) and touch(p, s, r):
        remove_stop(p, s, r, q)
        mend(p, s, r)


@kernel
def call_off(p: Problem, s: State) -> None:
    """Drop the visits to events that have fewer teams than they need, unless they are pinned."""
    for x in range(p.event.shape[0]):
        i = p.event[x]
        for y in range(s.book[i, t.VISITS] - 1, -1, -1):
            r = s.visit_route[p.visit_ptr[i] + y]
            if s.on[i, r % p.number[t.DATES], t.TEAMS_ON] < p.site[i, t.MIN_TEAMS]:
                drop_visit(p, s, r, i)
