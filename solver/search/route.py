"""One team-day: when its stops begin, and how they are put in, taken out and lengthened."""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import AN_HOUR, book_load, count_day, enter_visit, recount, strike_visit
from solver.search.days import begins_at, closes_at, ends_at, hours_at, is_away, opens_at
from solver.search.document_books import enter_shares, strike_shares
from solver.search.sharing import share_out, share_stop, weigh, withhold
from solver.search.tables import Problem, State, whole


@kernel
def first_start(p: Problem, window: int, ready: int, busy: int) -> int:
    """Earliest start from `ready` on of a stay of `busy` minutes inside one window of the list, or NEVER."""
    for w in range(p.set_ptr[window], p.set_ptr[window + 1]):
        start = max(ready, p.span[w, t.OPENS])
        if start + busy <= p.span[w, t.CLOSES]:
            return start
    return t.NEVER


@kernel
def last_start(p: Problem, window: int, limit: int, busy: int) -> int:
    """Latest start of a stay of `busy` minutes inside one window that ends by `limit`, or -NEVER."""
    latest = -t.NEVER
    for w in range(p.set_ptr[window], p.set_ptr[window + 1]):
        start = min(limit, p.span[w, t.CLOSES]) - busy
        if start >= p.span[w, t.OPENS] and start > latest:
            latest = start
    return latest


@kernel
def capacity(p: Problem, outfit: int, site: int, minutes: int) -> int:
    """People a visit can serve; clipped to the people of the site, which changes no value."""
    return min(p.people[site], p.numerator[outfit, site] * minutes // p.denominator[outfit])


@kernel
def day_load(p: Problem, team: int, back_at: int) -> int:
    """Minutes away from base, and an hour each for setting out earlier and being back later than is usual."""
    begins = p.team[team, t.SHIFT_START]
    odd = int(begins < p.number[t.USUAL_OPEN]) + int(back_at > p.number[t.USUAL_CLOSE])
    return back_at - begins + AN_HOUR * odd


@kernel
def schedule(p: Problem, s: State, r: int) -> bool:
    """Start every stop of a route as early as possible, and note how late it could start.

    A stop reached by its latest start leaves the rest of the route feasible, windows included. Returns False,
    with the times undefined, if the stops do not fit the shift.
    """
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    count = s.stops[r]
    metres = load = 0
    begin, end, away = begins_at(p, s, k, d), ends_at(p, s, k, d), is_away(p, s, r)
    if count > 0:
        leave = opens_at(p, k, away)
        previous = -1
        for q in range(count):
            i = s.stop[r, q, t.SITE]
            if q == 0:
                leave += p.out_minutes[begin, i]
                metres += p.out_metres[begin, i]
            else:
                leave += p.minutes[previous, i]
                metres += p.metres[previous, i]
            busy = p.site[i, t.SETUP] + s.stop[r, q, t.MINUTES]
            pin = s.stop[r, q, t.PIN]
            start = first_start(p, hours_at(p, k, i, d), leave, busy) if pin < 0 else (pin if leave <= pin else t.NEVER)
            if start == t.NEVER:
                return False
            s.stop[r, q, t.START] = start
            leave = start + busy
            previous = i
        metres += p.home_metres[end, previous]
        limit = closes_at(p, k, d, away) - p.home_minutes[end, previous]
        if leave > limit:
            return False
        load = day_load(p, k, leave + p.home_minutes[end, previous])
        for q in range(count - 1, -1, -1):
            i = s.stop[r, q, t.SITE]
            pin = s.stop[r, q, t.PIN]
            busy = p.site[i, t.SETUP] + s.stop[r, q, t.MINUTES]
            latest = last_start(p, hours_at(p, k, i, d), limit, busy) if pin < 0 else pin
            s.stop[r, q, t.LATEST] = latest
            if q > 0:
                limit = latest - p.minutes[s.stop[r, q - 1, t.SITE], i]
    elif away:
        straight = p.people.shape[0] + end
        metres = whole(p.out_metres[begin, straight])
        back_at = opens_at(p, k, away) + p.out_minutes[begin, straight]
        if back_at > closes_at(p, k, d, away):
            return False
        load = day_load(p, k, back_at)
    s.total[t.METRES] += metres - s.route_metres[r]
    s.route_metres[r] = metres
    if p.number[t.W_FAIR] > 0:
        book_load(p, s, r, load)
    return True


@kernel
def insert_stop(p: Problem, s: State, r: int, q: int, i: int, minutes: int, pin: int) -> bool:
    """Put a stop at position q of a route and schedule it anew; False if it does not fit."""
    count = s.stops[r]
    for x in range(count, q, -1):
        for c in range(t.STOP_COLUMNS):
            s.stop[r, x, c] = s.stop[r, x - 1, c]
        if len(p.several) > 0:
            for c in range(t.STOP_COLUMNS, s.stop.shape[2]):
                s.stop[r, x, c] = s.stop[r, x - 1, c]
    s.stop[r, q, t.SITE] = i
    s.stop[r, q, t.MINUTES] = minutes
    people = share_stop(p, s, r, q) if len(p.several) > 0 else capacity(p, s.outfit[r], i, minutes)
    s.stop[r, q, t.CAPACITY] = people
    s.stop[r, q, t.PIN] = pin
    s.stops[r] = count + 1
    if count == 0 and not is_away(p, s, r):
        count_day(p, s, r, 1)
    enter_visit(p, s, r, i, people)
    if len(p.several) > 0:
        enter_shares(p, s, r, q)
    return schedule(p, s, r)


@kernel
def remove_stop(p: Problem, s: State, r: int, q: int) -> None:
    """Take the stop at position q out of a route; the caller schedules the route when it is done with it."""
    i = s.stop[r, q, t.SITE]
    strike_visit(p, s, r, i, s.stop[r, q, t.CAPACITY])
    if len(p.several) > 0:
        strike_shares(p, s, r, q)
    count = s.stops[r] - 1
    for x in range(q, count):
        for c in range(t.STOP_COLUMNS):
            s.stop[r, x, c] = s.stop[r, x + 1, c]
        if len(p.several) > 0:
            for c in range(t.STOP_COLUMNS, s.stop.shape[2]):
                s.stop[r, x, c] = s.stop[r, x + 1, c]
    s.stops[r] = count
    if count == 0 and not is_away(p, s, r):
        count_day(p, s, r, -1)
    if s.clock[t.REMOVED] < s.removed.shape[0]:
        s.removed[s.clock[t.REMOVED]] = i
        s.clock[t.REMOVED] += 1


@kernel
def set_minutes(p: Problem, s: State, r: int, q: int, minutes: int) -> None:
    """Change how long a stop serves; the caller schedules the route when it is done with it."""
    i = s.stop[r, q, t.SITE]
    s.stop[r, q, t.MINUTES] = minutes
    if len(p.several) > 0:
        withhold(p, s, r, q)
        recount(p, s, i)
        people = share_stop(p, s, r, q)
        enter_shares(p, s, r, q)
    else:
        people = capacity(p, s.outfit[r], i, minutes)
    s.on[i, r % p.number[t.DATES], t.CAPACITY_ON] += people - s.stop[r, q, t.CAPACITY]
    s.stop[r, q, t.CAPACITY] = people
    recount(p, s, i)


@kernel
def idle_minutes(p: Problem, s: State, r: int, q: int) -> int:
    """How much longer a stop could serve, as its route is scheduled; it may be less than none."""
    k, d = r // p.number[t.DATES], r % p.number[t.DATES]
    i = s.stop[r, q, t.SITE]
    end = s.stop[r, q, t.START] + p.site[i, t.SETUP] + s.stop[r, q, t.MINUTES]
    if q + 1 < s.stops[r]:
        limit = s.stop[r, q + 1, t.LATEST] - p.minutes[i, s.stop[r, q + 1, t.SITE]]
    else:
        limit = closes_at(p, k, d, is_away(p, s, r)) - p.home_minutes[ends_at(p, s, k, d), i]
    close = end
    w = hours_at(p, k, i, d)
    for x in range(p.set_ptr[w], p.set_ptr[w + 1]):
        if p.span[x, t.OPENS] <= s.stop[r, q, t.START] and p.span[x, t.CLOSES] > close:
            close = p.span[x, t.CLOSES]
    return min(limit, close) - end


@kernel
def stretch_documents(p: Problem, s: State, r: int) -> bool:
    """Give the idle minutes of a route, slot by slot, to the stop where the next one is worth most."""
    slot, changed = p.number[t.SLOT], False
    while True:
        chosen, most = whole(-1), 1e-9
        for q in range(s.stops[r]):
            i, minutes = s.stop[r, q, t.SITE], s.stop[r, q, t.MINUTES]
            if s.stop[r, q, t.PIN] >= 0 or p.site[i, t.FIXED] >= 0 or idle_minutes(p, s, r, q) < slot:
                continue
            pays = weigh(p, s, r, i, q)
            if pays > 0:
                gain = share_out(p, s, r, i, minutes + slot, pays) - share_out(p, s, r, i, minutes, pays)
                if gain > most:
                    chosen, most = q, gain
        if chosen < 0:
            return changed
        set_minutes(p, s, r, chosen, s.stop[r, chosen, t.MINUTES] + slot)
        schedule(p, s, r)
        changed = True


@kernel
def stretch(p: Problem, s: State, r: int) -> bool:
    """Give the idle minutes of a route to the stops that still find people, the quickest stop first."""
    if len(p.several) > 0:
        return stretch_documents(p, s, r)
    number = p.number
    slot = number[t.SLOT]
    changed = False
    tried = 0
    ceiling = np.inf
    while tried < s.stops[r]:
        chosen, fastest = whole(-1), 0.0
        for q in range(s.stops[r]):
            i = s.stop[r, q, t.SITE]
            rate = p.rate[s.outfit[r], i]
            if s.stop[r, q, t.PIN] >= 0 or p.site[i, t.FIXED] >= 0 or p.people[i] <= s.book[i, t.SERVED]:
                continue
            if rate > fastest and rate < ceiling:
                chosen, fastest = q, rate
        if chosen < 0:
            break
        ceiling = fastest
        tried += 1
        q = chosen
        i = s.stop[r, q, t.SITE]
        more = idle_minutes(p, s, r, q) // slot
        if more <= 0:
            continue
        left = p.people[i] - s.book[i, t.SERVED]
        if s.tune[t.WORTH] * min(left, max(0, number[t.GAP] - s.total[t.ACTIVATIONS])) <= 0.0:
            a = p.site[i, t.AREA]
            if number[t.W_AREA] == 0 or s.area_won[a] >= p.area_floor[a]:
                continue
        need = int(np.ceil(left / fastest / slot - 1e-9))
        set_minutes(p, s, r, q, s.stop[r, q, t.MINUTES] + min(more, need) * slot)
        schedule(p, s, r)
        changed = True
    return changed
