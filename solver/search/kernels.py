"""Compiled arithmetic of a plan under change: time a route, price an insertion, keep the books, undo.

A route is a team-day, numbered `team * dates + date`. Everything is a function of the state and of its own
random numbers; nothing here reads a clock.
"""

# Plain loops compile to the fastest code, and numba gives its own types to what numpy's stubs call Any.
# ruff: noqa: SIM110
# mypy: disable-error-code="no-any-return"

from typing import NamedTuple

import numpy as np

from solver.numeric.arrays import Bits, Bytes, Floats, Ints, Longs
from solver.numeric.compilation import kernel

# Columns of Problem.site.
SETUP, FIXED, AREA, MUST, MAX_DATES, MIN_GAP, MAX_TEAMS = range(7)
# Columns of Problem.team.
SHIFT_START, SHIFT_END, MAX_STOPS, CLASS = range(4)
# Entries of Problem.number.
DATES, SLOT, GAP, BUDGET, PER_KM, PER_DAY, W_MUST, W_PIN, W_SHORT, W_AREA, W_COST, W_LATE, W_MOVED = range(13)
# Columns of State.stop. PIN is the fixed start of a pinned visit, else -1.
SITE, MINUTES, START, LATEST, CAPACITY, PIN = range(6)
STOP_COLUMNS = 6
# Columns of State.on (per site and date).
TEAMS_ON, CAPACITY_ON = range(2)
# Columns of State.book (per site).
VISITS, VISIT_DATES, SERVED, LATENESS = range(4)
BOOK_COLUMNS = 4
# Entries of State.total.
ACTIVATIONS, LATE, METRES, TEAM_DAYS, MUST_MISSED, PINS_MISSED, MOVED, AREA_SHORT = range(8)
TOTALS = 8
# Entries of State.tune: worth of one activation toward the gap (milli), how insertions are ranked, how often a
# candidate is overlooked, the largest share of a fitting service that is used, by what the number of candidates is
# multiplied, and what a million rupiah cost besides their weight (milli).
WORTH, RANKING, BLINK, SHARE, BREADTH, MONEY = range(6)
TUNES = 6
# Entries of State.clock.
STAMP, TOUCHED, REMOVED, DIRTY, FAILED = range(5)
CLOCKS = 5

# Entries of State.heat: score of the present plan and of the best, temperature (milli) and its factor per step.
CURRENT, BEST, TEMPERATURE, COOLING = range(4)
HEATS = 4
# Entries of State.count_of; from OPERATOR_COUNTS on, trials and new best plans of each operator.
ITERATIONS, BEST_VALUE, BEST_ACTIVATIONS, LOGGED = range(4)
OPERATOR_COUNTS = 8
COUNTS = 32

BY_RATE, BY_SQUARE, BY_GAIN = range(3)
NEVER = 2**30

_HIGH = np.uint64(32)
_A, _B, _C = np.uint64(12), np.uint64(25), np.uint64(27)
_MULTIPLIER = np.uint64(2685821657736338717)
_FRACTION = np.uint64(11)


class Problem(NamedTuple):
    """What does not change during a search; n sites, K teams, D dates, C classes of teams.

    `window[i, d]` is the number of the window list or -1 where the site is closed. `back[i, j]` are the minutes
    from j to i, so that both legs around a new stop are read from one row. `near[i]` lists the neighbours of a
    site by ascending travel, `promise[c]` the sites within a class's reach by descending worth of a whole day.
    `least_legs[i]` are the fewest minutes into a site and out of it again.
    """

    number: Longs
    site: Longs
    people: Longs
    window: Longs
    set_ptr: Longs
    span: Longs
    ordinal: Longs
    team: Longs
    works: Bytes
    numerator: Longs
    denominator: Longs
    rate: Floats
    out_minutes: Ints
    out_metres: Ints
    home_minutes: Ints
    home_metres: Ints
    minutes: Ints
    back: Ints
    metres: Ints
    metres_back: Ints
    near: Ints
    promise: Ints
    least_legs: Ints
    area_floor: Longs
    published_ptr: Longs
    published: Longs
    visit_ptr: Longs
    open_routes: Longs


class State(NamedTuple):
    """A plan under change, its books and the room to undo; R routes of at most S stops.

    `visit_route` lists, from `visit_ptr[i]`, the routes that visit site i. The routes changed since the last
    decision are `touched`, with their old content in `kept`; those that differ from `best` are `dirty`.
    `log` and `log_stop` hold routes worth remembering: route, stops; site, start, minutes of each.
    `candidate[t]` are the sites thought of for the t-th touched route, `offer` and `offered` its best insertion.
    """

    stop: Longs
    stops: Longs
    route_metres: Longs
    on: Ints
    book: Longs
    visit_dates: Longs
    visit_route: Longs
    area_won: Longs
    total: Longs
    rng: Bits
    tune: Floats
    clock: Longs
    stamp: Longs
    touched: Longs
    touched_at: Longs
    kept: Longs
    kept_count: Longs
    kept_metres: Longs
    removed: Longs
    candidate: Longs
    candidates: Longs
    offer: Floats
    offered: Longs
    best: Longs
    best_count: Longs
    dirty: Longs
    is_dirty: Bytes
    heat: Floats
    count_of: Longs
    log: Longs
    log_stop: Longs


@kernel
def whole(number: int) -> int:
    """The same number as 64 bits: another width, or a literal, would compile the callee a second time."""
    return np.int64(number)  # type: ignore[return-value]


@kernel
def random_bits(rng: Bits) -> np.uint64:
    """Return 64 random bits (xorshift64*, Vigna 2016)."""
    x = rng[0]
    x ^= x >> _A
    x ^= x << _B
    x ^= x >> _C
    rng[0] = x
    return x * _MULTIPLIER


@kernel
def random_below(rng: Bits, limit: int) -> int:
    """Return a random whole number from 0 to below `limit`."""
    return np.int64(((random_bits(rng) >> _HIGH) * np.uint64(limit)) >> _HIGH)  # type: ignore[return-value]


@kernel
def random_unit(rng: Bits) -> float:
    """Return a random number from 0 to below 1."""
    return np.float64(random_bits(rng) >> _FRACTION) * 1.1102230246251565e-16


@kernel
def first_start(p: Problem, window: int, ready: int, busy: int) -> int:
    """Earliest start from `ready` on of a stay of `busy` minutes inside one window of the list, or NEVER."""
    for w in range(p.set_ptr[window], p.set_ptr[window + 1]):
        start = max(ready, p.span[w, 0])
        if start + busy <= p.span[w, 1]:
            return start
    return NEVER


@kernel
def last_start(p: Problem, window: int, limit: int, busy: int) -> int:
    """Latest start of a stay of `busy` minutes inside one window that ends by `limit`, or -NEVER."""
    latest = -NEVER
    for w in range(p.set_ptr[window], p.set_ptr[window + 1]):
        start = min(limit, p.span[w, 1]) - busy
        if start >= p.span[w, 0] and start > latest:
            latest = start
    return latest


@kernel
def capacity(p: Problem, team: int, site: int, minutes: int) -> int:
    """People a visit can serve; clipped to the people of the site, which changes no value."""
    return min(p.people[site], p.numerator[team, site] * minutes // p.denominator[team])


@kernel
def schedule(p: Problem, s: State, r: int) -> bool:
    """Start every stop of a route as early as possible, and note how late it could start.

    A stop reached by its latest start leaves the rest of the route feasible, windows included. Returns False,
    with the times undefined, if the stops do not fit the shift.
    """
    k, d = r // p.number[DATES], r % p.number[DATES]
    count = s.stops[r]
    metres = 0
    if count > 0:
        leave = p.team[k, SHIFT_START]
        previous = -1
        for q in range(count):
            i = s.stop[r, q, SITE]
            if q == 0:
                leave += p.out_minutes[k, i]
                metres += p.out_metres[k, i]
            else:
                leave += p.minutes[previous, i]
                metres += p.metres[previous, i]
            busy = p.site[i, SETUP] + s.stop[r, q, MINUTES]
            pin = s.stop[r, q, PIN]
            start = first_start(p, p.window[i, d], leave, busy) if pin < 0 else (pin if leave <= pin else NEVER)
            if start == NEVER:
                return False
            s.stop[r, q, START] = start
            leave = start + busy
            previous = i
        metres += p.home_metres[k, previous]
        limit = p.team[k, SHIFT_END] - p.home_minutes[k, previous]
        if leave > limit:
            return False
        for q in range(count - 1, -1, -1):
            i = s.stop[r, q, SITE]
            pin = s.stop[r, q, PIN]
            busy = p.site[i, SETUP] + s.stop[r, q, MINUTES]
            latest = last_start(p, p.window[i, d], limit, busy) if pin < 0 else pin
            s.stop[r, q, LATEST] = latest
            if q > 0:
                limit = latest - p.minutes[s.stop[r, q - 1, SITE], i]
    s.total[METRES] += metres - s.route_metres[r]
    s.route_metres[r] = metres
    return True


@kernel
def recount(p: Problem, s: State, i: int) -> None:
    """Share the people of a site out over its visits in order of date, and carry the change into the totals."""
    left = p.people[i]
    lateness = 0
    for x in range(s.book[i, VISIT_DATES]):
        d = s.visit_dates[i, x]
        got = min(left, s.on[i, d, CAPACITY_ON])
        left -= got
        lateness += got * d
    served = p.people[i] - left
    change = served - s.book[i, SERVED]
    s.total[LATE] += lateness - s.book[i, LATENESS]
    s.book[i, LATENESS] = lateness
    if change != 0:
        s.book[i, SERVED] = served
        s.total[ACTIVATIONS] += change
        a = p.site[i, AREA]
        short = max(0, p.area_floor[a] - s.area_won[a])
        s.area_won[a] += change
        s.total[AREA_SHORT] += max(0, p.area_floor[a] - s.area_won[a]) - short


@kernel
def times_published(p: Problem, r: int, i: int) -> int:
    """How often the plan in force sends this team on this date to this site."""
    found = 0
    for x in range(p.published_ptr[r], p.published_ptr[r + 1]):
        if p.published[x] == i:
            found += 1
    return found


@kernel
def enter_visit(p: Problem, s: State, r: int, i: int, people: int) -> None:
    """Put a visit of `people` capacity into the books of its site."""
    d = r % p.number[DATES]
    if s.on[i, d, TEAMS_ON] == 0:
        x = s.book[i, VISIT_DATES]
        while x > 0 and s.visit_dates[i, x - 1] > d:
            s.visit_dates[i, x] = s.visit_dates[i, x - 1]
            x -= 1
        s.visit_dates[i, x] = d
        s.book[i, VISIT_DATES] += 1
    s.on[i, d, TEAMS_ON] += 1
    s.on[i, d, CAPACITY_ON] += people
    if s.book[i, VISITS] == 0 and p.site[i, MUST] == 1:
        s.total[MUST_MISSED] -= 1
    s.visit_route[p.visit_ptr[i] + s.book[i, VISITS]] = r
    s.book[i, VISITS] += 1
    s.total[MOVED] -= times_published(p, r, i)
    recount(p, s, i)


@kernel
def strike_visit(p: Problem, s: State, r: int, i: int, people: int) -> None:
    """Take a visit of `people` capacity out of the books of its site."""
    d = r % p.number[DATES]
    s.on[i, d, TEAMS_ON] -= 1
    s.on[i, d, CAPACITY_ON] -= people
    if s.on[i, d, TEAMS_ON] == 0:
        s.book[i, VISIT_DATES] -= 1
        x = 0
        while s.visit_dates[i, x] != d:
            x += 1
        for y in range(x, s.book[i, VISIT_DATES]):
            s.visit_dates[i, y] = s.visit_dates[i, y + 1]
    s.book[i, VISITS] -= 1
    if s.book[i, VISITS] == 0 and p.site[i, MUST] == 1:
        s.total[MUST_MISSED] += 1
    x = p.visit_ptr[i]
    while s.visit_route[x] != r:
        x += 1
    s.visit_route[x] = s.visit_route[p.visit_ptr[i] + s.book[i, VISITS]]
    s.total[MOVED] += times_published(p, r, i)
    recount(p, s, i)


@kernel
def may_visit(p: Problem, s: State, r: int, i: int) -> bool:
    """A site takes so many teams a date, each once, on so many dates, so many days apart."""
    d = r % p.number[DATES]
    if p.window[i, d] < 0:
        return False
    if s.on[i, d, TEAMS_ON] > 0:
        if s.on[i, d, TEAMS_ON] >= p.site[i, MAX_TEAMS]:
            return False
        return not any_stop_at(s, r, i)
    dates = s.book[i, VISIT_DATES]
    if dates >= p.site[i, MAX_DATES] or p.site[i, MAX_TEAMS] < 1:
        return False
    for x in range(dates):
        if abs(p.ordinal[d] - p.ordinal[s.visit_dates[i, x]]) < p.site[i, MIN_GAP]:
            return False
    return True


@kernel
def any_stop_at(s: State, r: int, i: int) -> bool:
    """Whether a route stops at a site."""
    for q in range(s.stops[r]):
        if s.stop[r, q, SITE] == i:
            return True
    return False


@kernel
def keep_route(p: Problem, s: State, r: int) -> int:
    """Remember a route as it was at the last decision; returns its place among the touched ones."""
    t = s.touched_at[r]
    if t >= 0:
        return t
    t = s.clock[TOUCHED]
    s.clock[TOUCHED] += 1
    s.touched[t] = r
    s.touched_at[r] = t
    for q in range(s.stops[r]):
        for c in range(STOP_COLUMNS):
            s.kept[t, q, c] = s.stop[r, q, c]
    s.kept_count[t] = s.stops[r]
    s.kept_metres[t] = s.route_metres[r]
    return t


@kernel
def insert_stop(p: Problem, s: State, r: int, q: int, i: int, minutes: int, pin: int) -> bool:
    """Put a stop at position q of a route and schedule it anew; False if it does not fit."""
    count = s.stops[r]
    for x in range(count, q, -1):
        for c in range(STOP_COLUMNS):
            s.stop[r, x, c] = s.stop[r, x - 1, c]
    people = capacity(p, r // p.number[DATES], i, minutes)
    s.stop[r, q, SITE] = i
    s.stop[r, q, MINUTES] = minutes
    s.stop[r, q, CAPACITY] = people
    s.stop[r, q, PIN] = pin
    s.stops[r] = count + 1
    if count == 0:
        s.total[TEAM_DAYS] += 1
    enter_visit(p, s, r, i, people)
    return schedule(p, s, r)


@kernel
def remove_stop(p: Problem, s: State, r: int, q: int) -> None:
    """Take the stop at position q out of a route; the caller schedules the route when it is done with it."""
    i = s.stop[r, q, SITE]
    strike_visit(p, s, r, i, s.stop[r, q, CAPACITY])
    count = s.stops[r] - 1
    for x in range(q, count):
        for c in range(STOP_COLUMNS):
            s.stop[r, x, c] = s.stop[r, x + 1, c]
    s.stops[r] = count
    if count == 0:
        s.total[TEAM_DAYS] -= 1
    if s.clock[REMOVED] < s.removed.shape[0]:
        s.removed[s.clock[REMOVED]] = i
        s.clock[REMOVED] += 1


@kernel
def set_minutes(p: Problem, s: State, r: int, q: int, minutes: int) -> None:
    """Change how long a stop serves; the caller schedules the route when it is done with it."""
    i = s.stop[r, q, SITE]
    people = capacity(p, r // p.number[DATES], i, minutes)
    s.stop[r, q, MINUTES] = minutes
    s.on[i, r % p.number[DATES], CAPACITY_ON] += people - s.stop[r, q, CAPACITY]
    s.stop[r, q, CAPACITY] = people
    recount(p, s, i)


@kernel
def undo(p: Problem, s: State) -> None:
    """Restore every touched route as it was at the last decision."""
    for t in range(s.clock[TOUCHED]):
        r = s.touched[t]
        for q in range(s.stops[r]):
            strike_visit(p, s, r, s.stop[r, q, SITE], s.stop[r, q, CAPACITY])
        if s.stops[r] > 0:
            s.total[TEAM_DAYS] -= 1
    for t in range(s.clock[TOUCHED]):
        r = s.touched[t]
        for q in range(s.kept_count[t]):
            for c in range(STOP_COLUMNS):
                s.stop[r, q, c] = s.kept[t, q, c]
            enter_visit(p, s, r, s.stop[r, q, SITE], s.stop[r, q, CAPACITY])
        s.stops[r] = s.kept_count[t]
        if s.stops[r] > 0:
            s.total[TEAM_DAYS] += 1
        s.total[METRES] += s.kept_metres[t] - s.route_metres[r]
        s.route_metres[r] = s.kept_metres[t]
        s.touched_at[r] = -1
    s.clock[TOUCHED] = 0


@kernel
def keep_changes(s: State) -> None:
    """Make the changed routes the new present; they now differ from the best plan."""
    for t in range(s.clock[TOUCHED]):
        r = s.touched[t]
        s.touched_at[r] = -1
        if s.is_dirty[r] == 0:
            s.is_dirty[r] = 1
            s.dirty[s.clock[DIRTY]] = r
            s.clock[DIRTY] += 1
    s.clock[TOUCHED] = 0


@kernel
def log_changes(s: State) -> None:
    """Write the touched routes down for the pool, as long as there is room."""
    for t in range(s.clock[TOUCHED]):
        r, x = s.touched[t], s.count_of[LOGGED]
        if x >= s.log.shape[0]:
            return
        if s.stops[r] == 0:
            continue
        s.log[x, 0] = r
        s.log[x, 1] = s.stops[r]
        for q in range(s.stops[r]):
            s.log_stop[x, q, 0] = s.stop[r, q, SITE]
            s.log_stop[x, q, 1] = s.stop[r, q, START]
            s.log_stop[x, q, 2] = s.stop[r, q, MINUTES]
        s.count_of[LOGGED] += 1


@kernel
def save_best(s: State) -> None:
    """Copy the routes that differ into the best plan."""
    for x in range(s.clock[DIRTY]):
        r = s.dirty[x]
        s.is_dirty[r] = 0
        s.best_count[r] = s.stops[r]
        for q in range(s.stops[r]):
            for c in range(STOP_COLUMNS):
                s.best[r, q, c] = s.stop[r, q, c]
    s.clock[DIRTY] = 0


@kernel
def load_best(p: Problem, s: State) -> None:
    """Go back to the best plan."""
    for x in range(s.clock[DIRTY]):
        r = s.dirty[x]
        for q in range(s.stops[r]):
            strike_visit(p, s, r, s.stop[r, q, SITE], s.stop[r, q, CAPACITY])
        if s.stops[r] > 0:
            s.total[TEAM_DAYS] -= 1
        s.stops[r] = 0
    for x in range(s.clock[DIRTY]):
        r = s.dirty[x]
        s.is_dirty[r] = 0
        s.stops[r] = s.best_count[r]
        for q in range(s.stops[r]):
            for c in range(STOP_COLUMNS):
                s.stop[r, q, c] = s.best[r, q, c]
            enter_visit(p, s, r, s.stop[r, q, SITE], s.stop[r, q, CAPACITY])
        if s.stops[r] > 0:
            s.total[TEAM_DAYS] += 1
        schedule(p, s, r)
    s.clock[DIRTY] = 0


@kernel
def cost(p: Problem, metres: int, team_days: int) -> int:
    """Rupiah for so many metres and team-days."""
    return metres * p.number[PER_KM] // 1000 + team_days * p.number[PER_DAY]


@kernel
def value(p: Problem, s: State) -> int:
    """The value of the contract in milli-activations, exact."""
    number, total = p.number, s.total
    short = max(0, number[GAP] - total[ACTIVATIONS])
    penalty = (
        number[W_MUST] * total[MUST_MISSED]
        + number[W_PIN] * total[PINS_MISSED]
        + number[W_SHORT] * short
        + number[W_AREA] * total[AREA_SHORT]
        + number[W_COST] * cost(p, total[METRES], total[TEAM_DAYS]) // 1_000_000
        + number[W_LATE] * total[LATE] // max(1, number[DATES] - 1)
        + number[W_MOVED] * total[MOVED]
    )
    return number[W_SHORT] * number[GAP] - penalty


@kernel
def score(p: Problem, s: State) -> float:
    """What the search climbs: the value without rounding, activations priced at WORTH, money dearer by MONEY."""
    number, total = p.number, s.total
    money = total[METRES] * number[PER_KM] / 1000.0 + total[TEAM_DAYS] * number[PER_DAY]
    return -(
        float(number[W_MUST] * total[MUST_MISSED])
        + float(number[W_PIN] * total[PINS_MISSED])
        + s.tune[WORTH] * max(0, number[GAP] - total[ACTIVATIONS])
        + float(number[W_AREA] * total[AREA_SHORT])
        + (number[W_COST] + s.tune[MONEY]) * money / 1e6
        + number[W_LATE] * total[LATE] / float(max(1, number[DATES] - 1))
        + float(number[W_MOVED] * total[MOVED])
    )


@kernel
def best_insertion(p: Problem, s: State, r: int, t: int) -> tuple[float, int, int, int]:
    """Find the best of the candidates in row t for route r: rank, site, position, minutes; rank 0 if none.

    A candidate is priced at the earliest time it fits and for as many minutes as it can use. The rank divides
    what is won (activations toward gap and area floor, a must-visit, a kept promise, less kilometres, team-day
    and lateness) by the minutes used, or takes a power of it, as the state's RANKING says.
    """
    number = p.number
    k, d = r // number[DATES], r % number[DATES]
    count = s.stops[r]
    best_rank, best_site, best_position, best_minutes = 0.0, -1, -1, 0
    if count >= p.team[k, MAX_STOPS] or count >= s.stop.shape[1]:
        return best_rank, best_site, best_position, best_minutes
    slot = number[SLOT]
    to_gap = float(max(0, number[GAP] - s.total[ACTIVATIONS]))
    lateness = number[W_LATE] * d / float(max(1, number[DATES] - 1))
    per_million = number[W_COST] + s.tune[MONEY]
    per_metre = per_million * number[PER_KM] / 1e9
    per_day = per_million * number[PER_DAY] / 1e6 if count == 0 else 0.0
    new_days = 1 if count == 0 else 0
    worth, blink, share = s.tune[WORTH], s.tune[BLINK], s.tune[SHARE]
    ranking = int(s.tune[RANKING])
    widest = whole(0)
    leave = p.team[k, SHIFT_START]
    for q in range(count):
        widest = max(widest, s.stop[r, q, LATEST] - leave)
        leave = s.stop[r, q, START] + p.site[s.stop[r, q, SITE], SETUP] + s.stop[r, q, MINUTES]
    widest = max(widest, p.team[k, SHIFT_END] - leave)
    for c in range(s.candidates[t]):
        i = s.candidate[t, c]
        if i < 0:
            continue
        left = float(p.people[i] - s.book[i, SERVED])
        rate = p.rate[k, i]
        bonus = 0.0
        if p.site[i, MUST] == 1 and s.book[i, VISITS] == 0:
            bonus += number[W_MUST]
        if p.published_ptr[r] < p.published_ptr[r + 1]:
            bonus += number[W_MOVED] * times_published(p, r, i)
        if bonus <= 0.0 and (left <= 0.0 or rate <= 0.0):
            continue
        if blink > 0.0 and random_unit(s.rng) < blink:
            continue
        setup = p.site[i, SETUP]
        shortest = p.site[i, FIXED] if p.site[i, FIXED] >= 0 else slot
        # Often no position has room for any way there and back: told without a look into the large tables.
        if setup + shortest + p.least_legs[i] > widest or not may_visit(p, s, r, i):
            continue
        if p.site[i, FIXED] >= 0:
            need = shortest
        elif left > 0.0 and rate > 0.0:
            # A hair less than the quotient, lest rounding up the exact multiple add a slot.
            slots = np.ceil(left / rate / slot - 1e-9)
            if share < 1.0:
                slots = np.ceil(slots * share)
            need = int(min(slots, 100_000.0)) * slot
        else:
            need = slot
        a = p.site[i, AREA]
        to_floor = float(max(0, p.area_floor[a] - s.area_won[a])) if number[W_AREA] > 0 else 0.0
        top, position, chosen = 0.0, -1, 0
        first, last = p.set_ptr[p.window[i, d]], p.set_ptr[p.window[i, d] + 1]
        for q in range(count + 1):
            if q == 0:
                leave = p.team[k, SHIFT_START]
                travel_in = p.out_minutes[k, i]
            else:
                h = s.stop[r, q - 1, SITE]
                leave = s.stop[r, q - 1, START] + p.site[h, SETUP] + s.stop[r, q - 1, MINUTES]
                travel_in = p.minutes[h, i]
            ready = leave + travel_in
            if q == count:
                travel_out = p.home_minutes[k, i]
                limit = p.team[k, SHIFT_END] - travel_out
            else:
                j = s.stop[r, q, SITE]
                travel_out = p.back[j, i]
                limit = s.stop[r, q, LATEST] - travel_out
            if ready + setup + shortest > limit:
                continue
            for w in range(first, last):
                start = max(ready, p.span[w, 0])
                room = min(limit, p.span[w, 1]) - start - setup
                if room < shortest:
                    continue
                minutes = need if room >= need else room // slot * slot
                # Less than one whole person is nobody.
                won = min(left, rate * minutes) if rate * minutes > 1.0 - 1e-9 else 0.0
                used = start - leave + setup + minutes + travel_out
                metres = p.out_metres[k, i] if q == 0 else p.metres[s.stop[r, q - 1, SITE], i]
                metres += p.home_metres[k, i] if q == count else p.metres_back[s.stop[r, q, SITE], i]
                if count > 0:
                    if q == 0:
                        j = s.stop[r, 0, SITE]
                        used -= p.out_minutes[k, j]
                        metres -= p.out_metres[k, j]
                    elif q == count:
                        h = s.stop[r, q - 1, SITE]
                        used -= p.home_minutes[k, h]
                        metres -= p.home_metres[k, h]
                    else:
                        h, j = s.stop[r, q - 1, SITE], s.stop[r, q, SITE]
                        used -= p.minutes[h, j]
                        metres -= p.metres[h, j]
                gain = (
                    worth * min(won, to_gap)
                    + number[W_AREA] * min(won, to_floor)
                    - lateness * won
                    + bonus
                    - per_metre * metres
                    - per_day
                )
                if gain <= 0.0:
                    continue
                if number[BUDGET] >= 0:
                    spent = cost(p, s.total[METRES] + metres, s.total[TEAM_DAYS] + new_days)
                    if spent > number[BUDGET]:
                        continue
                rank = gain
                if ranking != BY_GAIN:
                    rank /= max(1.0, float(used))
                    if ranking == BY_SQUARE:
                        rank *= gain
                if rank > top:
                    top, position, chosen = rank, q, minutes
        if position >= 0:
            if blink > 0.0:
                top *= 1.0 - 0.25 * random_unit(s.rng)
            if top > best_rank:
                best_rank, best_site, best_position, best_minutes = top, i, position, chosen
    return best_rank, best_site, best_position, best_minutes


@kernel
def stretch(p: Problem, s: State, r: int) -> bool:
    """Give the idle minutes of a route to the stops that still find people, the quickest stop first."""
    number = p.number
    k, d = r // number[DATES], r % number[DATES]
    slot = number[SLOT]
    changed = False
    tried = 0
    ceiling = np.inf
    while tried < s.stops[r]:
        chosen, fastest = whole(-1), 0.0
        for q in range(s.stops[r]):
            i = s.stop[r, q, SITE]
            rate = p.rate[k, i]
            if s.stop[r, q, PIN] >= 0 or p.site[i, FIXED] >= 0 or p.people[i] <= s.book[i, SERVED]:
                continue
            if rate > fastest and rate < ceiling:
                chosen, fastest = q, rate
        if chosen < 0:
            break
        ceiling = fastest
        tried += 1
        q = chosen
        i = s.stop[r, q, SITE]
        end = s.stop[r, q, START] + p.site[i, SETUP] + s.stop[r, q, MINUTES]
        if q + 1 < s.stops[r]:
            limit = s.stop[r, q + 1, LATEST] - p.minutes[i, s.stop[r, q + 1, SITE]]
        else:
            limit = p.team[k, SHIFT_END] - p.home_minutes[k, i]
        close = end
        w = p.window[i, d]
        for x in range(p.set_ptr[w], p.set_ptr[w + 1]):
            if p.span[x, 0] <= s.stop[r, q, START] and p.span[x, 1] > close:
                close = p.span[x, 1]
        more = (min(limit, close) - end) // slot
        if more <= 0:
            continue
        left = p.people[i] - s.book[i, SERVED]
        if s.tune[WORTH] * min(left, max(0, number[GAP] - s.total[ACTIVATIONS])) <= 0.0:
            a = p.site[i, AREA]
            if number[W_AREA] == 0 or s.area_won[a] >= p.area_floor[a]:
                continue
        need = int(np.ceil(left / fastest / slot - 1e-9))
        set_minutes(p, s, r, q, s.stop[r, q, MINUTES] + min(more, need) * slot)
        schedule(p, s, r)
        changed = True
    return changed
