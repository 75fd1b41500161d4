"""Operator: give the service minutes of a day out anew."""

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.route import set_minutes, stretch
from solver.search.ruin import mend, random_route, touch
from solver.search.tables import Problem, State


@kernel
def squeeze(p: Problem, s: State) -> None:
    """Cut the service of a route's stops to the shortest, then give the minutes back, the quickest stop first."""
    r = random_route(p, s)
    touch(p, s, r)
    for q in range(s.stops[r]):
        i = s.stop[r, q, t.SITE]
        if s.stop[r, q, t.PIN] < 0 and p.site[i, t.FIXED] < 0:
            set_minutes(p, s, r, q, p.number[t.SLOT])
    mend(p, s, r)
    stretch(p, s, r)
