"""Large neighbourhood search over team-days and sites: ruin a few routes, fill them again, anneal.

Each operator has a file of its own: those of every problem in `operators`, of shared kits, trips and rides in `kits`,
`trips` and `ferries`. What one leaves to be filled, `recreate` fills.
"""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import price_of_unfairness, score_without_fairness, spent, value
from solver.search.ferries import ferry
from solver.search.kits import move_kit
from solver.search.operators.exchange_days import exchange_days
from solver.search.operators.ruin_days import ruin_days
from solver.search.operators.ruin_site import ruin_site
from solver.search.operators.ruin_strings import ruin_strings
from solver.search.operators.share_anew import share_anew
from solver.search.operators.squeeze import squeeze
from solver.search.random_numbers import random_below, random_unit
from solver.search.recreate import recreate
from solver.search.ruin import call_off
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
# Of all other steps, up to which draw each operator is used.
STRINGS_TO, DAYS_TO, SITE_TO, EXCHANGE_TO = 0.45, 0.65, 0.88, 0.96
# Of the accepted changes that are no new best, one in so many is remembered for the pool.
LOG_ONE_IN = 16


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
        operator = t.MOVE_TRIP
        move_trip(p, s)
    elif ferries:
        operator = t.FERRY
        if not ferry(p, s):
            s.clock[t.FAILED] = 1
    elif moves_kit:
        operator = t.MOVE_KIT
        move_kit(p, s)
    elif shares:
        operator = t.SHARE_ANEW
        share_anew(p, s)
    elif draw < STRINGS_TO:
        operator = t.RUIN_STRINGS
        ruin_strings(p, s)
    elif draw < DAYS_TO:
        operator = t.RUIN_DAYS
        ruin_days(p, s)
    elif draw < SITE_TO:
        operator = t.RUIN_SITE
        ruin_site(p, s)
    elif draw < EXCHANGE_TO:
        operator = t.EXCHANGE_DAYS
        exchange_days(p, s)
    else:
        operator = t.SQUEEZE
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
        counts = t.OPERATOR_COUNTS + t.OPERATOR_COLUMNS * operator
        s.count_of[counts + t.TRIED] += 1
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
        s.count_of[counts + t.KEPT] += 1
        if better:
            s.count_of[t.BEST_VALUE] = worth
            s.count_of[t.BEST_ACTIVATIONS] = s.total[t.ACTIVATIONS]
            s.heat[t.BEST] = new
            s.count_of[counts + t.MADE_BEST] += 1
            save_best(s)
