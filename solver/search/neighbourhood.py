"""Large neighbourhood search over team-days and sites: ruin a few routes, fill them again, anneal.

Ruin by strings of neighbouring stops follows Christiaens and Vanden Berghe (2020), the site-centric move and the
choice of service minutes are this problem's own.
"""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import may_visit, price_of_unfairness, recount, score_without_fairness, spent, value
from solver.search.days import is_full, is_ride
from solver.search.ferries import ferry
from solver.search.kits import move_kit
from solver.search.random_numbers import random_below, random_unit
from solver.search.recreate import recreate
from solver.search.route import insert_stop, remove_stop, schedule, set_minutes, stretch
from solver.search.ruin import (
    call_off,
    mend,
    position_of,
    random_route,
    ruin_days,
    ruin_route,
    ruin_site,
    ruin_strings,
    touch,
)
from solver.search.sharing import withhold
from solver.search.tables import Problem, State
from solver.search.trips import move_trip
from solver.search.undo import keep_changes, log_changes, save_best, undo

# Candidates per route, drawn anew for each step: few make quick steps, which large instances need most, more leave
# less undone. Against 48 always, up to 20 won 0.3 to 0.5 % on bogor-l at equal time and lost nothing on small ones.
FEW, MORE = 6, 14
# The share of steps that hand a kit over, where teams share any.
KIT_MOVES = 0.2
# The share of steps that share the minutes of visits out anew, where there are several documents.
SHARE_MOVES = 0.06
# The share of steps that change where teams sleep, where they may sleep away.
TRIP_MOVES = 0.25
# The share of steps that take a team over to where no road leads, where there are rides.
FERRY_MOVES = 0.06
# Of the accepted changes that are no new best, one in so many is remembered for the pool.
LOG_ONE_IN = 16


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


@kernel
def step(p: Problem, s: State) -> int:
    """Change a few routes at random; returns which operator was used."""
    s.clock[t.REMOVED] = 0
    s.clock[t.FAILED] = 0
    moves_trip = p.number[t.LODGINGS] > 0 and random_unit(s.rng) < TRIP_MOVES
    ferries = p.number[t.RIDES] > 0 and random_unit(s.rng) < FERRY_MOVES
    moves_kit = p.number[t.KITTED] > 0 and random_unit(s.rng) < KIT_MOVES
    shares = len(p.several) > 0 and random_unit(s.rng) < SHARE_MOVES
    draw = random_unit(s.rng)
    ranking = random_unit(s.rng)
    s.tune[t.RANKING] = t.BY_RATE if ranking < 0.6 else (t.BY_SQUARE if ranking < 0.85 else t.BY_GAIN)
    s.tune[t.BLINK] = 0.02 if random_unit(s.rng) < 0.5 else 0.15
    s.tune[t.SHARE] = 1.0 if random_unit(s.rng) < 0.85 else 0.2 + 0.8 * random_unit(s.rng)
    if moves_trip:
        operator = 7
        move_trip(p, s)
    elif ferries:
        operator = 8
        if not ferry(p, s):
            s.clock[t.FAILED] = 1
    elif moves_kit:
        operator = 5
        move_kit(p, s)
    elif shares:
        operator = 6
        share_anew(p, s)
    elif draw < 0.45:
        operator = 0
        ruin_strings(p, s)
    elif draw < 0.65:
        operator = 1
        ruin_days(p, s)
    elif draw < 0.88:
        operator = 2
        ruin_site(p, s)
    elif draw < 0.96:
        operator = 3
        exchange_days(p, s)
    else:
        operator = 4
        squeeze(p, s)
    # Half an event is made whole again, or its other teams are free for something else.
    if s.total[t.HALF] > 0 and s.clock[t.FAILED] == 0 and random_unit(s.rng) < 0.5:
        call_off(p, s)
    if s.clock[t.FAILED] == 0 and not recreate(p, s, int(s.tune[t.BREADTH] * (FEW + random_below(s.rng, MORE)))):
        s.clock[t.FAILED] = 1
    if s.total[t.HALF] > 0 and s.clock[t.FAILED] == 0:
        call_off(p, s)
        if s.total[t.HALF] > 0:
            s.clock[t.FAILED] = 1
    return operator


@kernel
def anneal(p: Problem, s: State, iterations: int) -> None:
    """Run so many iterations from the present plan, cooling a little with each."""
    for _ in range(iterations):
        operator = step(p, s)
        s.count_of[t.ITERATIONS] += 1
        s.count_of[t.OPERATOR_COUNTS + 2 * operator] += 1
        s.heat[t.TEMPERATURE] *= s.heat[t.COOLING]
        if s.clock[t.FAILED] == 1:
            undo(p, s)
            continue
        if p.number[t.BUDGET] >= 0 and spent(p, s) > p.number[t.BUDGET]:
            undo(p, s)
            continue
        new = score_without_fairness(p, s)
        threshold = s.heat[t.CURRENT] + s.heat[t.TEMPERATURE] * np.log(random_unit(s.rng) + 1e-300)
        if new >= threshold and p.number[t.W_FAIR] + p.number[t.W_SPREAD] > 0:
            # Most steps are turned down without it: it looks at every team.
            new -= price_of_unfairness(p, s)
        if new < threshold:
            undo(p, s)
            continue
        worth = value(p, s)
        better = worth > s.count_of[t.BEST_VALUE] or (worth == s.count_of[t.BEST_VALUE] and new > s.heat[t.BEST])
        if better or random_below(s.rng, LOG_ONE_IN) == 0:
            log_changes(s)
        keep_changes(s)
        s.heat[t.CURRENT] = new
        if better:
            s.count_of[t.BEST_VALUE] = worth
            s.count_of[t.BEST_ACTIVATIONS] = s.total[t.ACTIVATIONS]
            s.heat[t.BEST] = new
            s.count_of[t.OPERATOR_COUNTS + 2 * operator + 1] += 1
            save_best(s)
