"""Operator: share minutes out among several documents anew."""

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import recount
from solver.search.random_numbers import random_below, random_unit
from solver.search.route import set_minutes
from solver.search.ruin import position_of, random_route, touch
from solver.search.sharing import withhold
from solver.search.tables import Problem, State


@kernel
def share_anew(p: Problem, s: State) -> None:
    """Share the minutes of all visits to a site out again, or those of all stops of a route, in another order."""
    r = random_route(p, s)
    if s.stops[r] == 0:
        return
    if random_unit(s.rng) < 0.5:
        if touch(p, s, r):
            for q in range(s.stops[r]):
                set_minutes(p, s, r, q, s.stop[r, q, t.MINUTES])
        return
    i = s.stop[r, random_below(s.rng, s.stops[r]), t.SITE]
    visits, first = s.book[i, t.VISITS], p.visit_ptr[i]
    for x in range(visits):
        other = s.visit_route[first + x]
        if touch(p, s, other):
            withhold(p, s, other, position_of(s, other, i))
    recount(p, s, i)
    start = random_below(s.rng, visits)
    for x in range(visits):
        other = s.visit_route[first + (start + x) % visits]
        if s.touched_at[other] >= 0:
            q = position_of(s, other, i)
            set_minutes(p, s, other, q, s.stop[other, q, t.MINUTES])
