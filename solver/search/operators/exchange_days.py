"""Operator: exchange the work of two team-days."""

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import may_visit
from solver.search.days import is_full, is_ride
from solver.search.random_numbers import random_below
from solver.search.route import insert_stop, remove_stop, schedule
from solver.search.ruin import random_route, ruin_route
from solver.search.tables import Problem, State


@kernel
def move_stops(p: Problem, s: State, row: int, r: int) -> None:
    """Append the stops that a touched route, by its row, had before to another route, as far as they fit."""
    for q in range(s.kept_count[row]):
        i = s.kept[row, q, t.SITE]
        if s.kept[row, q, t.PIN] >= 0 or is_full(p, s, r) or is_ride(p, i):
            continue
        if may_visit(p, s, r, i) and not insert_stop(p, s, r, s.stops[r], i, s.kept[row, q, t.MINUTES], -1):
            remove_stop(p, s, r, s.stops[r] - 1)
            schedule(p, s, r)


@kernel
def exchange_days(p: Problem, s: State) -> None:
    """Exchange the work of two team-days: two dates of a team, two teams of a date, or any two."""
    dates = p.number[t.DATES]
    route = random_route(p, s)
    kind = random_below(s.rng, 4)
    other = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    if kind <= 1:
        other = route // dates * dates + random_below(s.rng, dates)
    elif kind == 2:
        other = random_below(s.rng, p.team.shape[0]) * dates + route % dates
    if other == route or p.works[other] == 0:
        return
    ruin_route(p, s, route)
    ruin_route(p, s, other)
    if s.clock[t.FAILED] == 0:
        move_stops(p, s, s.touched_at[route], other)
        move_stops(p, s, s.touched_at[other], route)
