"""Takes a team over for a day: to a site that no road leads to, and back."""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import begins_event, may_visit
from solver.search.days import begins_at, ends_at, hours_at, is_away, opens_at
from solver.search.document_books import can_serve, people_left
from solver.search.random_numbers import random_below
from solver.search.rides import NO_WAY, enter_rides
from solver.search.route import first_start, insert_stop, schedule
from solver.search.ruin import clear, random_route, touch
from solver.search.tables import Problem, State, whole


@kernel
def site_beyond(p: Problem, s: State, r: int) -> int:
    """A random site that a team-day's team could serve, and that no road leads to or from; -1 if none was met."""
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    begin, end = begins_at(p, s, k, d), ends_at(p, s, k, d)
    for _ in range(12):
        i = random_below(s.rng, p.people.shape[0])
        cut_off = p.out_minutes[begin, i] >= NO_WAY or p.home_minutes[end, i] >= NO_WAY
        serves = can_serve(p, s.outfit[r], i) and people_left(p, s, i) > 0
        if cut_off and serves and may_visit(p, s, r, i) and not begins_event(p, s, r, i):
            return whole(i)
    return whole(-1)


@kernel
def ferry(p: Problem, s: State) -> bool:
    """Begin a random team-day anew with a site beyond the roads; False if no rides lead there and on in time."""
    r = random_route(p, s)
    i = site_beyond(p, s, r)
    if i < 0 or not touch(p, s, r):
        return False
    clear(p, s, r)
    if s.stops[r] > 0:
        return False
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    begin, end = begins_at(p, s, k, d), ends_at(p, s, k, d)
    free_at, none, leg = opens_at(p, k, is_away(p, s, r)), whole(-1), whole(p.out_minutes[begin, i])
    if leg >= NO_WAY:
        count, free_at = enter_rides(p, s, r, whole(0), begin, none, free_at, end, i)
        if count == 0:
            return False
        leg = whole(p.minutes[s.stop[r, count - 1, t.SITE], i])
    minutes = p.site[i, t.FIXED] if p.site[i, t.FIXED] >= 0 else p.number[t.SLOT]
    busy = p.site[i, t.SETUP] + minutes
    start = first_start(p, hours_at(p, k, i, d), free_at + leg, busy)
    if start == t.NEVER or s.stops[r] >= s.stop.shape[1]:
        return False
    insert_stop(p, s, r, s.stops[r], i, minutes, none)
    if p.home_minutes[end, i] >= NO_WAY and enter_rides(p, s, r, s.stops[r], begin, i, start + busy, end, none)[0] == 0:
        return False
    return schedule(p, s, r)
