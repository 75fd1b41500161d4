"""Every way to make room for one visit on a team-day, priced exactly by the books of the search.

Compiled: a whole board of teams and dates is looked through while a planner holds a visit over it.
"""

# mypy: disable-error-code="no-any-return"

from typing import NamedTuple

from solver.numeric.compilation import kernel
from solver.numeric.kinds import Longs
from solver.search import tables as t
from solver.search.books import begins_event, may_visit, spent, value
from solver.search.days import begins_at, calls, closes_at, ends_at, hours_at, is_away, is_full, is_ride, opens_at
from solver.search.recreate import find_offer, take_offer
from solver.search.route import capacity, first_start, insert_stop, remove_stop, schedule, set_minutes
from solver.search.sharing import slots_for_all, weigh
from solver.search.tables import Problem, State, whole

# Kinds of ways, the second index of those written down: nobody else is touched, others start at another time, another
# serves for less, goes to another place, goes.
FITS, RETIMED, SHORTENED, CHANGED, PUSHED = range(5)
WAYS = 5
# Columns of a way: the value less what those disturbed count, value and cost of the whole plan, how many visits
# are disturbed; position and minutes of the new stop; position of the other stop (as it was) and the minutes left to
# it; the route that it goes to, its position and minutes there.
RANK, VALUE, COST, DISTURBED, AT, MINUTES, OTHER, LEFT, ONTO, ONTO_AT, ONTO_MINUTES = range(11)
# From here on the totals of the whole plan, as the books of the search number them.
TOTALS = 11
COLUMNS = TOTALS + t.TOTALS
# Columns of what was announced: visits and rides of a route as people know them, -1 where there are no more.
ANNOUNCED_SITE, ANNOUNCED_START, ANNOUNCED_MINUTES = range(3)
NOTHING = -(2**62)
# A neighbour gives up its minutes in no more steps than these.
CUTS = 16


@kernel
def disturbances(p: Problem, s: State, announced: Longs, r: int) -> int:
    """How many visits of a scheduled route cannot be as they were announced, each starting as announced if it can.

    Rides leave as announced if they can; nobody is told when they do not.
    """
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    disturbed = whole(0)
    begin = begins_at(p, s, k, d)
    leave = opens_at(p, k, is_away(p, s, r))
    for q in range(s.stops[r]):
        i = s.stop[r, q, t.SITE]
        leave += p.out_minutes[begin, i] if q == 0 else p.minutes[s.stop[r, q - 1, t.SITE], i]
        busy = p.site[i, t.SETUP] + s.stop[r, q, t.MINUTES]
        wanted, is_other = whole(-1), False
        for x in range(announced.shape[1]):
            if announced[r, x, ANNOUNCED_SITE] == i:
                wanted = announced[r, x, ANNOUNCED_START]
                is_other = announced[r, x, ANNOUNCED_MINUTES] != s.stop[r, q, t.MINUTES]
                break
        start = s.stop[r, q, t.PIN]
        if start < 0:
            start = first_start(p, hours_at(p, k, i, d), leave, busy)
            may_wait = wanted > start and wanted <= s.stop[r, q, t.LATEST]
            if may_wait and first_start(p, hours_at(p, k, i, d), wanted, busy) == wanted:
                start = wanted
        if wanted >= 0 and (is_other or start != wanted) and not is_ride(p, i):
            disturbed += 1
        leave = start + busy
    return disturbed


@kernel
def longest(p: Problem, window: int, i: int, ready: int, limit: int, shortest: int, need: int) -> int:
    """The longest service of at most `need` minutes between two moments inside one window of the list; 0 if none."""
    slot = p.number[t.SLOT]
    best = whole(0)
    for w in range(p.set_ptr[window], p.set_ptr[window + 1]):
        room = min(limit, p.span[w, t.CLOSES]) - max(ready, p.span[w, t.OPENS]) - p.site[i, t.SETUP]
        if room >= shortest:
            best = max(best, need if room >= need else room // slot * slot)
    return best


@kernel
def announced_start(announced: Longs, r: int, i: int) -> int:
    """When a visit of a route was announced to start, or -1."""
    for x in range(announced.shape[1]):
        if announced[r, x, ANNOUNCED_SITE] == i:
            return announced[r, x, ANNOUNCED_START]
    return -1


@kernel
def minutes_at(
    p: Problem, s: State, announced: Longs, r: int, q: int, i: int, shortest: int, need: int, as_announced: int
) -> int:
    """The longest service at position q of a route, its stops as announced (1) or as can be (0); 0 if none fits."""
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    away = is_away(p, s, r)
    if q == 0:
        ready = opens_at(p, k, away) + p.out_minutes[begins_at(p, s, k, d), i]
    else:
        h = s.stop[r, q - 1, t.SITE]
        start = announced_start(announced, r, h) if as_announced == 1 else s.stop[r, q - 1, t.START]
        ready = start + p.site[h, t.SETUP] + s.stop[r, q - 1, t.MINUTES] + p.minutes[h, i]
    if q == s.stops[r]:
        limit = closes_at(p, k, d, away) - p.home_minutes[ends_at(p, s, k, d), i]
    else:
        j = s.stop[r, q, t.SITE]
        limit = (announced_start(announced, r, j) if as_announced == 1 else s.stop[r, q, t.LATEST]) - p.minutes[i, j]
    return longest(p, hours_at(p, k, i, d), i, ready, limit, shortest, need)


class Change(NamedTuple):
    """What a way does to a plan: how many visits it disturbs, position and minutes of the new stop; position of the
    other stop (as it was) and the minutes left to it, or the route and position it goes to, and its minutes there. What
    there is none of is -1.
    """

    disturbed: int
    at: int
    minutes: int
    other: int
    left: int
    onto: int
    onto_at: int
    onto_minutes: int


@kernel
def note(p: Problem, s: State, ways: Longs, r: int, way: int, change: Change) -> None:
    """Write the present plan down if it is within the budget and the best for this route and way so far."""
    money = spent(p, s)
    if p.number[t.BUDGET] >= 0 and money > p.number[t.BUDGET]:
        return
    worth = value(p, s)
    rank = worth - change.disturbed * (p.number[t.W_SHORT] // 2)
    if rank <= ways[r, way, RANK]:
        return
    ways[r, way, RANK] = rank
    ways[r, way, VALUE] = worth
    ways[r, way, COST] = money
    ways[r, way, DISTURBED] = change.disturbed
    ways[r, way, AT] = change.at
    ways[r, way, MINUTES] = change.minutes
    ways[r, way, OTHER] = change.other
    ways[r, way, LEFT] = change.left
    ways[r, way, ONTO] = change.onto
    ways[r, way, ONTO_AT] = change.onto_at
    ways[r, way, ONTO_MINUTES] = change.onto_minutes
    for x in range(t.TOTALS):
        ways[r, way, TOTALS + x] = s.total[x]


@kernel
def try_insertion(
    p: Problem,
    s: State,
    announced: Longs,
    ways: Longs,
    r: int,
    q: int,
    i: int,
    minutes: int,
    elsewhere: int,
    other: int,
    left: int,
) -> None:
    """Note what comes of a stop at position q, and take it out again."""
    none = whole(-1)
    if insert_stop(p, s, r, q, i, minutes, none):
        disturbed = disturbances(p, s, announced, r)
        way = whole(SHORTENED) if other >= 0 else (whole(RETIMED) if disturbed > 0 else whole(FITS))
        change = Change(elsewhere + disturbed, whole(q), whole(minutes), whole(other), whole(left), none, none, none)
        note(p, s, ways, r, way, change)
    remove_stop(p, s, r, q)
    schedule(p, s, r)


@kernel
def try_pushing(
    p: Problem,
    s: State,
    announced: Longs,
    ways: Longs,
    r: int,
    y: int,
    i: int,
    shortest: int,
    need: int,
    elsewhere: int,
    onto: Longs,
) -> None:
    """Note what comes of a visit in place of the stop at position y, which goes, or goes to one of the other routes."""
    none = whole(-1)
    h, freed = s.stop[r, y, t.SITE], s.stop[r, y, t.MINUTES]
    # Without it, the visit has the place where the plan is best.
    remove_stop(p, s, r, y)
    at, minutes, best = none, whole(0), whole(NOTHING)
    if schedule(p, s, r):
        for q in range(s.stops[r] + 1):
            fitting = minutes_at(p, s, announced, r, q, i, shortest, need, whole(0))
            if fitting == 0:
                continue
            if insert_stop(p, s, r, q, i, fitting, none) and value(p, s) > best:
                at, minutes, best = whole(q), fitting, value(p, s)
            remove_stop(p, s, r, q)
            schedule(p, s, r)
    if at >= 0:
        insert_stop(p, s, r, at, i, minutes, none)
        here = disturbances(p, s, announced, r)
        pushed = Change(elsewhere + here + 1, at, whole(minutes), whole(y), none, none, none, none)
        note(p, s, ways, r, whole(PUSHED), pushed)
        # The one pushed out goes where it wins most; what the books have for touched routes serves to look.
        row = whole(t.MOST_TOUCHED - 1)
        s.candidate[row, 0] = h
        s.candidates[row] = 1
        s.tune[t.RANKING], s.tune[t.BLINK], s.tune[t.SHARE] = t.BY_GAIN, 0.0, 1.0
        gain, place = 0.0, none
        for x in range(onto.shape[0]):
            s.touched[row] = onto[x]
            find_offer(p, s, row)
            if s.offer[row] > gain:
                gain, place = s.offer[row], onto[x]
        if place >= 0:
            s.touched[row] = place
            find_offer(p, s, row)
            there, length = s.offered[row, t.OFFERED_AT], s.offered[row, t.OFFERED_MINUTES]
            if take_offer(p, s, row):
                disturbed = disturbances(p, s, announced, place)
                disturbed += 0 if place == r else here + 1
                total = elsewhere + disturbed
                changed = Change(total, at, whole(minutes), whole(y), none, place, whole(there), whole(length))
                note(p, s, ways, r, whole(CHANGED), changed)
            # It comes back to its own place.
            remove_stop(p, s, place, there)
            schedule(p, s, place)
        # Where it went to this very route, taking it out has put the new stop back to its position.
        remove_stop(p, s, r, at)
    insert_stop(p, s, r, y, h, freed, none)


@kernel
def service_lengths(p: Problem, s: State, r: int, i: int, wished: int) -> tuple[int, int]:
    """The shortest service of a route at a site that is worth a visit, and the longest that it can use; 0 and 0 if none
    is. `wished` minutes, if they are not 0, are the longest instead.
    """
    none = whole(0)
    # An event is held by several teams or not at all: one visit more joins it, and begins none.
    if p.works[r] == 0 or begins_event(p, s, r, i) or not may_visit(p, s, r, i):
        return none, none
    outfit, slot = s.outfit[r], p.number[t.SLOT]
    owed = p.site[i, t.MUST] == 1
    pays = whole(weigh(p, s, r, i, whole(-1))) if len(p.several) > 0 else none
    numerator, denominator = p.numerator[outfit, i], p.denominator[outfit]
    left = p.people[i] - s.book[i, t.SERVED]
    if not owed and (pays == 0 if len(p.several) > 0 else left <= 0 or numerator == 0):
        return none, none
    if p.site[i, t.FIXED] >= 0:
        shortest = p.site[i, t.FIXED]
        longest_useful = shortest
    else:
        shortest, longest_useful = slot, slot
        if len(p.several) > 0:
            if pays > 0:
                longest_useful = min(whole(slots_for_all(p, s, r, i, pays)), t.FAR // slot) * slot
        elif left > 0 and numerator > 0:
            useful = (left * denominator + numerator - 1) // numerator
            longest_useful = min((useful + slot - 1) // slot * slot, whole(t.FAR))
            if not owed:
                shortest = ((denominator + numerator - 1) // numerator + slot - 1) // slot * slot
        if wished > 0:
            longest_useful = wished
            shortest = min(shortest, wished)
    if not owed and len(p.several) == 0 and capacity(p, outfit, i, longest_useful) < 1:
        return none, none
    return shortest, longest_useful


@kernel
def is_needed(p: Problem, s: State, r: int, i: int) -> bool:
    """Whether an event could not be held without the team of a route."""
    if p.event.shape[0] == 0 or p.site[i, t.MIN_TEAMS] <= 1:
        return False
    return s.on[i, r % p.number[t.DATES], t.TEAMS_ON] <= p.site[i, t.MIN_TEAMS]


@kernel
def is_in_vain(p: Problem, s: State, r: int, i: int, before: int, less: int) -> bool:
    """Whether a stop that serves for less no longer serves anybody, of one document, although it did."""
    if len(p.several) > 0:
        return False
    return capacity(p, s.outfit[r], i, less) == 0 and capacity(p, s.outfit[r], i, before) > 0


@kernel
def look_through(
    p: Problem, s: State, announced: Longs, ways: Longs, routes: Longs, i: int, wished: int, elsewhere: int, onto: Longs
) -> None:
    """Find the best of each way to have a visit to a site on each of some routes; the plan is left as it was.

    It serves for as many minutes as it can use, or for as many of those wished as there is room for if they are not 0.
    `elsewhere` counts visits already disturbed on other routes; `onto` are the routes that others may go to.
    """
    slot, none = p.number[t.SLOT], whole(-1)
    for z in range(routes.shape[0]):
        r = routes[z]
        k = r // p.number[t.DATES]
        for way in range(WAYS):
            ways[r, way, RANK] = NOTHING
        shortest, need = service_lengths(p, s, r, i, wished)
        if need == 0:
            continue
        if not is_full(p, s, r):
            # Between the others: all of them as announced, or moved in time for a longer service.
            for q in range(s.stops[r] + 1):
                quiet = minutes_at(p, s, announced, r, q, i, shortest, need, whole(1))
                if quiet > 0:
                    try_insertion(p, s, announced, ways, r, q, i, quiet, elsewhere, none, none)
                fitting = minutes_at(p, s, announced, r, q, i, shortest, need, whole(0))
                if fitting > quiet:
                    try_insertion(p, s, announced, ways, r, q, i, fitting, elsewhere, none, none)
            # Beside one that serves for less, in ever larger cuts until the visit is as long as it can use.
            for y in range(s.stops[r]):
                h, before = s.stop[r, y, t.SITE], s.stop[r, y, t.MINUTES]
                if s.stop[r, y, t.PIN] >= 0 or p.site[h, t.FIXED] >= 0 or before <= slot:
                    continue
                stride = (before // slot - 1 + CUTS - 1) // CUTS
                has_all = False
                for cut in range(1, CUTS + 1):
                    less = before - cut * stride * slot
                    if has_all or less <= 0 or is_in_vain(p, s, r, h, before, less):
                        break
                    set_minutes(p, s, r, y, less)
                    schedule(p, s, r)
                    for q in range(s.stops[r] + 1):
                        fitting = minutes_at(p, s, announced, r, q, i, shortest, need, whole(0))
                        if fitting > 0:
                            try_insertion(p, s, announced, ways, r, q, i, fitting, elsewhere, y, less)
                            has_all = has_all or fitting == need
                set_minutes(p, s, r, y, before)
                schedule(p, s, r)
        if calls(p, s, r) <= p.team[k, t.MAX_STOPS]:
            # In place of one that goes; rides stay as they are.
            for y in range(s.stops[r]):
                h = s.stop[r, y, t.SITE]
                if s.stop[r, y, t.PIN] < 0 and not is_ride(p, h) and not is_needed(p, s, r, h):
                    try_pushing(p, s, announced, ways, r, y, i, shortest, need, elsewhere, onto)
