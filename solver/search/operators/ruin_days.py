"""Operator: empty whole team-days."""

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.random_numbers import random_below
from solver.search.ruin import random_route, ruin_route
from solver.search.tables import Problem, State, whole


@kernel
def ruin_days(p: Problem, s: State) -> None:
    """Empty one to three team-days: of one team, of one date, or in one neighbourhood."""
    dates = p.number[t.DATES]
    r = random_route(p, s)
    kind = random_below(s.rng, 3)
    more = random_below(s.rng, 3)
    teams = p.team.shape[0]
    i = s.stop[r, random_below(s.rng, s.stops[r]), t.SITE] if s.stops[r] > 0 else -1
    for _ in range(more):
        other = r
        if kind == 0:
            other = r // dates * dates + random_below(s.rng, dates)
        elif kind == 1:
            other = random_below(s.rng, teams) * dates + r % dates
        elif i >= 0 and p.near.shape[1] > 0:
            j = whole(p.near[i, random_below(s.rng, p.near.shape[1])])
            if s.book[j, t.VISITS] > 0:
                other = s.visit_route[p.visit_ptr[j] + random_below(s.rng, s.book[j, t.VISITS])]
        if p.works[other] == 1:
            ruin_route(p, s, other)
    ruin_route(p, s, r)
