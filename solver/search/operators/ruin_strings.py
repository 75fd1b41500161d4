"""Operator: remove strings of neighbouring stops, after Christiaens and Vanden Berghe (2020)."""

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.random_numbers import random_below, random_unit
from solver.search.ruin import position_of, random_route, ruin_string, touch
from solver.search.tables import Problem, State, whole


@kernel
def ruin_strings(p: Problem, s: State) -> None:
    """Remove strings of stops near one place from a few routes, now and then of one date only."""
    r = random_route(p, s)
    if s.stops[r] == 0:
        touch(p, s, r)
        return
    q = random_below(s.rng, s.stops[r])
    i = s.stop[r, q, t.SITE]
    d = r % p.number[t.DATES]
    ruin_string(p, s, r, q)
    wanted = random_below(s.rng, 4)
    one_date = random_unit(s.rng) < 0.25
    for x in range(p.near.shape[1]):
        if wanted == 0:
            break
        j = whole(p.near[i, x])
        visits = s.book[j, t.VISITS]
        if visits == 0:
            continue
        other = s.visit_route[p.visit_ptr[j] + random_below(s.rng, visits)]
        if s.touched_at[other] >= 0 or (one_date and other % p.number[t.DATES] != d):
            continue
        ruin_string(p, s, other, position_of(s, other, j))
        wanted -= 1
