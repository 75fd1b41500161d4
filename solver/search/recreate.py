"""Fills routes again: sites to think of, and the best of them inserted until nothing fits."""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import begins_event, is_half, may_visit
from solver.search.days import begins_at, ends_at, is_away
from solver.search.document_books import can_serve, people_left
from solver.search.insertion import best_insertion
from solver.search.random_numbers import random_below
from solver.search.rides import drop_idle_rides
from solver.search.route import insert_stop, stretch
from solver.search.tables import Problem, State, whole


@kernel
def consider(p: Problem, s: State, row: int, r: int, i: int) -> None:
    """Add a site to the candidates of a touched route, by its row, unless it is there or has nothing to give."""
    if s.stamp[i] == s.clock[t.STAMP]:
        return
    s.stamp[i] = s.clock[t.STAMP]
    if s.candidates[row] >= s.candidate.shape[1]:
        return
    # A lone team begins no event; only `ruin_site` sends several at once.
    if begins_event(p, s, r, i):
        return
    useless = p.people[i] <= s.book[i, t.SERVED] or p.numerator[s.outfit[r], i] == 0
    if len(p.several) > 0:
        useless = people_left(p, s, i) <= 0 or not can_serve(p, s.outfit[r], i)
    if useless and not is_half(p, s, r, i):
        must = p.site[i, t.MUST] == 1 and s.book[i, t.VISITS] == 0
        if not must and p.published_ptr[r] == p.published_ptr[r + 1]:
            return
    if not may_visit(p, s, r, i):
        return
    s.candidate[row, s.candidates[row]] = i
    s.candidates[row] += 1


@kernel
def row_of_promises(p: Problem, s: State, r: int) -> int:
    """Which prospects a route has: those of its outfit's class, or those near a lodging where it begins or ends."""
    c = p.outfit[s.outfit[r], t.CLASS]
    if not is_away(p, s, r):
        return c
    k, d, teams = r // p.number[t.DATES], r % p.number[t.DATES], p.team.shape[0]
    place = begins_at(p, s, k, d) if random_below(s.rng, 2) == 0 else ends_at(p, s, k, d)
    return c if place < teams else p.promise.shape[0] - p.number[t.LODGINGS] + place - teams


@kernel
def gather(p: Problem, s: State, row: int, r: int, quota: int) -> None:
    """Collect sites worth trying in a route: what was just removed, neighbours of its stops, its best prospects."""
    s.candidates[row] = 0
    s.clock[t.STAMP] += 1
    for x in range(s.clock[t.REMOVED]):
        consider(p, s, row, r, s.removed[x])
    for x in range(p.published_ptr[r], p.published_ptr[r + 1]):
        consider(p, s, row, r, p.published[x])
    if p.people.shape[0] <= quota:
        for i in range(p.people.shape[0]):
            consider(p, s, row, r, i)
        return
    count = s.stops[r]
    if count > 0:
        references = min(count, 4)
        most = min(s.candidate.shape[1], s.candidates[row] + quota // 2)
        first = random_below(s.rng, count)
        for x in range(references):
            i = s.stop[r, (first + x) % count, t.SITE]
            share = s.candidates[row] + (most - s.candidates[row]) // (references - x)
            for y in range(p.near.shape[1]):
                if s.candidates[row] >= share:
                    break
                consider(p, s, row, r, whole(p.near[i, y]))
    most = min(s.candidate.shape[1], max(s.candidates[row] + quota // 4, quota))
    c = row_of_promises(p, s, r)
    stride = 1 << random_below(s.rng, 4)
    x = random_below(s.rng, stride)
    for _ in range(2 * quota):
        if x >= p.promise.shape[1] or s.candidates[row] >= most:
            break
        i = whole(p.promise[c, x])
        if i < 0:
            break
        consider(p, s, row, r, i)
        x += 1 + random_below(s.rng, stride)


@kernel
def find_offer(p: Problem, s: State, row: int) -> None:
    """Look up the best insertion into a touched route, by its row."""
    rank, i, q, minutes = best_insertion(p, s, s.touched[row], row)
    s.offer[row] = rank
    s.offered[row, t.OFFERED_SITE] = i
    s.offered[row, t.OFFERED_AT] = q
    s.offered[row, t.OFFERED_MINUTES] = minutes


@kernel
def take_offer(p: Problem, s: State, row: int) -> bool:
    """Insert what was found for a touched route, by its row."""
    return insert_stop(
        p,
        s,
        s.touched[row],
        s.offered[row, t.OFFERED_AT],
        s.offered[row, t.OFFERED_SITE],
        s.offered[row, t.OFFERED_MINUTES],
        -1,
    )


@kernel
def fill(p: Problem, s: State, row: int) -> bool:
    """Insert the best candidate into one route until none gains; False if an insertion did not fit."""
    while True:
        find_offer(p, s, row)
        if s.offer[row] <= 0.0:
            return True
        if not take_offer(p, s, row):
            return False


@kernel
def fill_together(p: Problem, s: State) -> bool:
    """Insert the best candidate over all touched routes until none gains."""
    touched = s.clock[t.TOUCHED]
    for row in range(touched):
        find_offer(p, s, row)
    while True:
        best = whole(0)
        for row in range(1, touched):
            if s.offer[row] > s.offer[best]:
                best = row
        if touched == 0 or s.offer[best] <= 0.0:
            return True
        i = s.offered[best, t.OFFERED_SITE]
        if not take_offer(p, s, best):
            return False
        for row in range(touched):
            if row == best or s.offered[row, t.OFFERED_SITE] == i or p.number[t.BUDGET] >= 0:
                find_offer(p, s, row)


@kernel
def recreate(p: Problem, s: State, quota: int) -> bool:
    """Fill the touched routes again, together or one after the other, and use up their idle minutes."""
    touched = s.clock[t.TOUCHED]
    if random_below(s.rng, 2) == 0:
        for row in range(touched):
            gather(p, s, row, s.touched[row], quota)
        if not fill_together(p, s):
            return False
    else:
        first = random_below(s.rng, max(1, touched))
        for x in range(touched):
            row = (first + x) % touched
            gather(p, s, row, s.touched[row], quota)
            if not fill(p, s, row):
                return False
    for row in range(touched):
        if p.number[t.RIDES] > 0 and not drop_idle_rides(p, s, s.touched[row]):
            return False
        stretch(p, s, s.touched[row])
    return True
