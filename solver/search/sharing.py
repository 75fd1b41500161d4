"""Shares the operator-minutes of a visit out among documents: the one first of which a minute is worth most.

Operators, and kits of each kind, are limits on sums: whom they can serve is a polymatroid, and the greedy share is the
best one (Edmonds 1970), but for what whole people leave over.
"""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.document_books import all_served, document, recount_documents, served
from solver.search.tables import Problem, State, whole


@kernel
def weigh(p: Problem, s: State, r: int, i: int, q: int) -> int:
    """Sort the documents that a route's team can issue at a site by the worth of a minute; returns how many pay.

    Whoever stop q of the route serves (-1: none) counts as not served yet.
    """
    count, d = p.number[t.DOCUMENTS], r % p.number[t.DATES]
    outfit, later = s.outfit[r], float(max(1, p.number[t.DATES] - 1))
    pays = 0
    for k in range(count):
        rate, everybody = p.document_rate[outfit, i, k], p.site[i, t.PEOPLE_OF + k]
        if rate == 0 or everybody == 0:
            continue
        able = 0
        for x in range(s.book[i, t.VISIT_DATES]):
            able += s.on[i, s.visit_dates[i, x], t.CAPACITY_ON + k]
        if q >= 0:
            able -= s.stop[r, q, t.STOP_COLUMNS + count + k]
        others = min(everybody, able)
        to_gap = max(0, document(p, k, t.DOCUMENT_GAP) - all_served(s, k) + served(s, i, k) - others)
        left = everybody - others
        price = -document(p, k, t.DOCUMENT_LATE) * d / later
        if k == 0:
            a = p.site[i, t.AREA]
            is_short = p.number[t.W_AREA] > 0 and s.area_won[a] < p.area_floor[a]
            if to_gap > 0:
                price += s.tune[t.WORTH]
            if is_short:
                price += p.number[t.W_AREA]
            elif to_gap > 0:
                left = min(left, to_gap)
        elif to_gap > 0:
            price += document(p, k, t.DOCUMENT_WORTH)
            left = min(left, to_gap)
        if price <= 0.0 or left <= 0:
            continue
        density = price * rate / p.outfit[outfit, t.PACE_OF + k]
        x = pays
        while x > 0 and s.tune[t.TUNES + x - 1] < density:
            s.clock[t.CLOCKS + x] = s.clock[t.CLOCKS + x - 1]
            s.tune[t.TUNES + x] = s.tune[t.TUNES + x - 1]
            x -= 1
        s.clock[t.CLOCKS + x], s.tune[t.TUNES + x] = k, density
        s.tune[t.TUNES + count + k], s.clock[t.CLOCKS + count + k] = price, left
        pays += 1
    return pays


@kernel
def share_out(p: Problem, s: State, r: int, i: int, minutes: int, pays: int) -> float:
    """Share so many minutes out among the documents that were weighed; returns what that is worth."""
    count, outfit = p.number[t.DOCUMENTS], s.outfit[r]
    free, worth = p.outfit[outfit, t.OPERATORS] * minutes, 0.0
    room = t.CLOCKS + 4 * count
    for x in range(p.number[t.KINDS]):
        s.clock[room + x] = p.outfit[outfit, p.number[t.MACHINES_AT] + x] * minutes
    for x in range(pays):
        k = s.clock[t.CLOCKS + x]
        kind = document(p, k, t.KIND)
        rate, pace = p.document_rate[outfit, i, k], p.outfit[outfit, t.PACE_OF + k]
        most = free if kind < 0 else min(free, s.clock[room + kind])
        people = min(s.clock[t.CLOCKS + count + k], most * rate // pace)
        work = (people * pace + rate - 1) // rate
        s.clock[t.CLOCKS + 2 * count + k], s.clock[t.CLOCKS + 3 * count + k] = work, people
        free -= work
        if kind >= 0:
            s.clock[room + kind] -= work
        worth += s.tune[t.TUNES + count + k] * people
    return worth


@kernel
def slots_for_all(p: Problem, s: State, r: int, i: int, pays: int) -> int:
    """Slots in which everybody left could be served with the documents that were weighed."""
    count, outfit, slot = p.number[t.DOCUMENTS], s.outfit[r], p.number[t.SLOT]
    room = t.CLOCKS + 4 * count
    for x in range(p.number[t.KINDS]):
        s.clock[room + x] = 0
    work = 0
    for x in range(pays):
        k = s.clock[t.CLOCKS + x]
        rate, kind = p.document_rate[outfit, i, k], document(p, k, t.KIND)
        need = (s.clock[t.CLOCKS + count + k] * p.outfit[outfit, t.PACE_OF + k] + rate - 1) // rate
        work += need
        if kind >= 0:
            s.clock[room + kind] += need
    by = p.outfit[outfit, t.OPERATORS] * slot
    slots = (work + by - 1) // by
    for x in range(p.number[t.KINDS]):
        by = p.outfit[outfit, p.number[t.MACHINES_AT] + x] * slot
        if s.clock[room + x] > 0:
            slots = max(slots, (s.clock[room + x] + by - 1) // by)
    return slots


@kernel
def share_stop(p: Problem, s: State, r: int, q: int) -> int:
    """Share the minutes of a stop out that is not in the books; returns whom it can serve with the first document."""
    i, count = s.stop[r, q, t.SITE], p.number[t.DOCUMENTS]
    pays = weigh(p, s, r, i, whole(-1))
    share_out(p, s, r, i, s.stop[r, q, t.MINUTES], pays)
    for c in range(2 * count):
        s.stop[r, q, t.STOP_COLUMNS + c] = 0
    for x in range(pays):
        k = s.clock[t.CLOCKS + x]
        s.stop[r, q, t.STOP_COLUMNS + k] = s.clock[t.CLOCKS + 2 * count + k]
        s.stop[r, q, t.STOP_COLUMNS + count + k] = s.clock[t.CLOCKS + 3 * count + k]
    return s.stop[r, q, t.STOP_COLUMNS + count]


@kernel
def withhold(p: Problem, s: State, r: int, q: int) -> None:
    """Let a stop serve nobody in the books, until its minutes are shared out anew; the caller recounts."""
    i, d, count = s.stop[r, q, t.SITE], r % p.number[t.DATES], p.number[t.DOCUMENTS]
    s.on[i, d, t.CAPACITY_ON] -= s.stop[r, q, t.CAPACITY]
    s.stop[r, q, t.CAPACITY] = 0
    for k in range(1, count):
        s.on[i, d, t.CAPACITY_ON + k] -= s.stop[r, q, t.STOP_COLUMNS + count + k]
    for c in range(2 * count):
        s.stop[r, q, t.STOP_COLUMNS + c] = 0
    recount_documents(p, s, i)
