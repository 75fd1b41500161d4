"""Hands kits that teams share from one team-day to another, and lets both make the best of what they now carry."""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import count_day, dress
from solver.search.days import is_away, is_day, is_ride
from solver.search.document_books import serves_somebody
from solver.search.random_numbers import random_below, random_unit
from solver.search.route import remove_stop, set_minutes, stretch
from solver.search.ruin import mend, ruin_route, ruin_string, touch
from solver.search.tables import Problem, State, whole


@kernel
def wear(p: Problem, s: State, r: int, q: int) -> None:
    """Change the outfit of a route that is remembered; its visits serve as many people as that allows."""
    if is_day(p, s, r):
        count_day(p, s, r, -1)
    dress(p, s, r, q)
    if is_day(p, s, r):
        count_day(p, s, r, 1)
    for x in range(s.stops[r]):
        set_minutes(p, s, r, x, s.stop[r, x, t.MINUTES])


@kernel
def holder_of(p: Problem, s: State, pool: int, r: int, first: int) -> int:
    """The first team-day of the date of r, from team `first` on and around, that carries a kit of the pool.

    r itself is none, nor who is on a trip, where kits do not change hands; -1 if there is none.
    """
    dates, teams = p.number[t.DATES], p.team.shape[0]
    for x in range(teams):
        other = (first + x) % teams * dates + r % dates
        if other != r and not is_away(p, s, other) and p.outfit[s.outfit[other], p.number[t.DRAWS_AT] + pool] > 0:
            return other
    return -1


@kernel
def outfit_without(p: Problem, s: State, r: int, pool: int) -> int:
    """The outfit of a route's team that carries the same but for the kits of a pool."""
    k, first = r // p.number[t.DATES], p.number[t.DRAWS_AT]
    for q in range(p.kit_ptr[k], p.kit_ptr[k + 1]):
        alike = p.outfit[q, first + pool] == 0
        for x in range(first, first + p.number[t.POOLS]):
            alike = alike and (x == first + pool or p.outfit[q, x] == p.outfit[s.outfit[r], x])
        if alike:
            return q
    return k


@kernel
def hand_over(p: Problem, s: State, r: int, q: int) -> bool:
    """Give a route the kits of outfit q, from other team-days if a pool has too few left; False if it cannot be."""
    d = r % p.number[t.DATES]
    if not touch(p, s, r):
        return False
    for pool in range(p.number[t.POOLS]):
        column = p.number[t.DRAWS_AT] + pool
        while p.outfit[q, column] > 0 and s.kit_left[pool, d] + p.outfit[s.outfit[r], column] < p.outfit[q, column]:
            giver = whole(holder_of(p, s, pool, r, random_below(s.rng, p.team.shape[0])))
            if giver < 0 or not touch(p, s, giver):
                return False
            wear(p, s, giver, outfit_without(p, s, giver, pool))
            make_the_best(p, s, giver)
    wear(p, s, r, q)
    return True


@kernel
def make_the_best(p: Problem, s: State, r: int) -> None:
    """Let a route with another outfit be of use: no stop in vain, minutes where they serve most; or all anew."""
    draw = random_unit(s.rng)
    if draw < 0.3:
        ruin_route(p, s, r)
        return
    for x in range(s.stops[r] - 1, -1, -1):
        i = s.stop[r, x, t.SITE]
        if s.stop[r, x, t.PIN] >= 0 or is_ride(p, i):
            continue
        if not serves_somebody(p, s, r, x) and p.site[i, t.MUST] == 0:
            remove_stop(p, s, r, x)
        elif p.site[i, t.FIXED] < 0:
            set_minutes(p, s, r, x, p.number[t.SLOT])
    mend(p, s, r)
    stretch(p, s, r)
    if draw > 0.7 and s.stops[r] > 0:
        ruin_string(p, s, r, random_below(s.rng, s.stops[r]))


@kernel
def move_kit(p: Problem, s: State) -> None:
    """Hand a kit to a random team-day, or give it back; the other teams of the date may begin anew with it."""
    dates, teams = p.number[t.DATES], p.team.shape[0]
    q = teams + random_below(s.rng, p.number[t.KITTED])
    k = whole(0)
    while p.kit_ptr[k + 1] <= q:
        k += 1
    d = random_below(s.rng, dates)
    for _ in range(8):
        if p.may_draw[q, d] == 1:
            break
        d = random_below(s.rng, dates)
    r = k * dates + d
    if p.may_draw[q, d] == 0 or is_away(p, s, r):
        return
    if s.outfit[r] == q:
        if touch(p, s, r):
            wear(p, s, r, k)
            make_the_best(p, s, r)
    elif hand_over(p, s, r, q):
        make_the_best(p, s, r)
    wanted = random_below(s.rng, 3)
    for _ in range(wanted):
        other = random_below(s.rng, teams) * dates + d
        if p.works[other] == 1 and s.touched_at[other] < 0:
            ruin_route(p, s, other)
