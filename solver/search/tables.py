"""The tables that kernels read, the plan that they change, and where in both a thing lies.

A route is a team-day, numbered `team * dates + date`. Columns and entries are read as `t.SITE`, `t` being this module.
"""

from typing import NamedTuple

import numpy as np

from solver.numeric.compilation import kernel
from solver.numeric.kinds import Bits, Bytes, Floats, Ints, Longs

# Columns of Problem.site.
# Where there are several documents, the people of document k follow from PEOPLE_OF on.
SETUP, FIXED, AREA, MUST, MAX_DATES, MIN_GAP, MAX_TEAMS, MIN_TEAMS, PEOPLE_OF = range(9)
# Columns of Problem.team; by how many minutes the day of a date is shorter follows from LOST_AT on, behind all dates
# where the window lists of a date's clock begin.
SHIFT_START, SHIFT_END, MAX_STOPS, AVAILABLE, HISTORY, CREW, MOST_NIGHTS, REST, AWAY_START, AWAY_END, LOST_AT = range(
    11
)
# Columns of Problem.outfit: its class, what its kits cost a day, its operators; from PACE_OF on the pace with each
# document, from number[MACHINES_AT] on kits of the kinds that documents need, from number[DRAWS_AT] on those of pools.
CLASS, KIT_PRICE, OPERATORS, PACE_OF = range(4)
# Columns of Problem.crew.
POINTS_BEFORE, POINTS_DATES = range(2)
# Entries of Problem.number.
DATES, SLOT, GAP, BUDGET, PER_KM, PER_DAY, W_MUST, W_PIN, W_SHORT, W_AREA, W_COST, W_LATE, W_MOVED = range(13)
W_FAIR, ALL_AVAILABLE, USUAL_OPEN, USUAL_CLOSE, W_SPREAD, KITTED, DOCUMENTS, KINDS, POOLS = range(13, 22)
MACHINES_AT, DRAWS_AT, LODGINGS, NIGHT_POINTS, RUPIAH_AT, RIDES, FARE_AT, PINNED_RIDES, PINNED_AT = range(22, 31)
# Kind of kit (-1: none), gap, worth and lateness of document k are entries from DOCUMENT_AT + DOCUMENT_ENTRIES * k on.
# From number[RUPIAH_AT] on stands what a night costs at each lodging, from number[FARE_AT] on the fare of each ride,
# from number[PINNED_AT] on each pinned ride: its team-day times the number of sites, and the ride.
DOCUMENT_AT = 31
KIND, DOCUMENT_GAP, DOCUMENT_WORTH, DOCUMENT_LATE = range(4)
DOCUMENT_ENTRIES = 4
# Columns of State.stop. PIN is the fixed start of a pinned visit, else -1.
# Where there are P documents, the operator-minutes for each of them follow from STOP_COLUMNS on, then whom they serve.
SITE, MINUTES, START, LATEST, CAPACITY, PIN = range(6)
STOP_COLUMNS = 6
# Columns of Problem.span.
OPENS, CLOSES = range(2)
# Columns of State.offered: the site, its position on the route, its minutes; and of State.log.
OFFERED_SITE, OFFERED_AT, OFFERED_MINUTES = range(3)
LOGGED_ROUTE, LOGGED_STOPS, LOGGED_OUTFIT = range(3)
# Rows of State.night: the present plan, the best one, and what touched routes had, by their rows; then, while a way is
# looked for, when each ride arrives and which one comes before it; at last the lodgings that are pinned.
NOW, BEST_NIGHT, KEPT_NIGHT, ARRIVES, BEFORE, PINNED_NIGHT = range(6)
NIGHT_ROWS = 6
# Columns of State.on (per site and date); whom visits can serve with document k is at CAPACITY_ON + k.
TEAMS_ON, CAPACITY_ON = range(2)
# Columns of State.book (per site), and behind them of each document.
VISITS, VISIT_DATES, SERVED, LATENESS = range(4)
BOOK_COLUMNS = 4
# What is booked of each document but the first: of document k behind BOOK_COLUMNS + DOCUMENT_COLUMNS * k in State.book,
# and behind TOTALS + DOCUMENT_COLUMNS * k in State.total.
DOCUMENT_SERVED, DOCUMENT_LATENESS = range(2)
DOCUMENT_COLUMNS = 2
# Entries of State.total. HALF counts the events (a site on a date) with some teams and fewer than they need.
ACTIVATIONS, LATE, METRES, TEAM_DAYS, MUST_MISSED, PINS_MISSED, MOVED, AREA_SHORT, LOAD, HALF = range(10)
ADDED_RUPIAH = 10
TOTALS = 11
# Entries of State.tune: worth of one activation toward the gap (milli), how insertions are ranked, how often a
# candidate is overlooked, the largest share of a fitting service that is used, by what the number of candidates is
# multiplied, and what a million rupiah cost besides their weight (milli).
WORTH, RANKING, BLINK, SHARE, BREADTH, MONEY = range(6)
# Behind TUNES, where minutes are shared out among P documents: P worths of an operator-minute, in order; P prices.
TUNES = 6
# Entries of State.clock.
# Behind CLOCKS, where minutes are shared out among P documents: P documents in order; P numbers of people left; P of
# operator-minutes, then P of people, that a share takes; what is left for each kind of kit.
STAMP, TOUCHED, REMOVED, DIRTY, FAILED = range(5)
CLOCKS = 5
# Entries of State.heat: score of the present plan and of the best, temperature (milli) and its factor per step.
CURRENT, BEST, TEMPERATURE, COOLING = range(4)
HEATS = 4
# Entries of State.count_of; from OPERATOR_COUNTS on, of each operator how often it was tried, kept, and made a new best
# plan.
ITERATIONS, BEST_VALUE, BEST_ACTIVATIONS, LOGGED = range(4)
OPERATOR_COUNTS = 8
TRIED, KEPT, MADE_BEST = range(3)
OPERATOR_COLUMNS = 3
COUNTS = 40
# The operators, by number.
RUIN_STRINGS, RUIN_DAYS, RUIN_SITE, EXCHANGE_DAYS, SQUEEZE, MOVE_KIT, SHARE_ANEW, MOVE_TRIP, FERRY = range(9)
OPERATOR_NAMES = (
    *("ruin_strings", "ruin_days", "ruin_site", "exchange_days", "squeeze"),
    *("move_kit", "share_anew", "move_trip", "ferry"),
)

BY_RATE, BY_SQUARE, BY_GAIN = range(3)
NEVER = 2**30

CANDIDATES = 192
MOST_TOUCHED = 24
# Rides that are remembered of a day beside its stops.
MOST_RIDES = 8
LOG = 256
# Minutes longer than any shift, small enough to be added up.
FAR = 2**28


class Problem(NamedTuple):
    """What does not change during a search; n sites, K teams, Q outfits, D dates, C classes of outfits.

    `window[i, d]` is the number of the window list, by the clock of whoever comes (`hours_at`), or -1 where the site is
    closed. `back[i, j]` are the minutes
    from j to i, so that both legs around a new stop are read from one row. `near[i]` lists the neighbours of a
    site by ascending travel, `promise[c]` the sites within a class's reach by descending worth of a whole day; those
    near a lodging follow behind the classes. The rows of `out_*` and `home_*` are places: bases of teams, then
    lodgings; from column n on `out_*` lead to other places.
    `least_legs[i]` are the fewest minutes into a site and out of it again. `event` lists the sites that need several
    teams at once, `crew` those who go, as one team or as several with dates of their own. Outfits are those of
    `Arrays`: the first K are the teams without kits, those of team k with some begin at `kit_ptr[k]`; `number[KITTED]`
    counts them, and `may_draw[q, d]` says whether an outfit can be on a date. `number[DOCUMENTS]` counts the documents
    where there are several, and is 0 where there is only one; all that is kept of them has its place in tables that are
    there anyway, since each array more makes every call of a kernel slower. `document_rate[q, i, k]` is that of work.
    `several` is empty where there is only one document, which is another type: kernels are compiled for that without
    anything that further documents need.
    """

    number: Longs
    site: Longs
    people: Longs
    window: Longs
    set_ptr: Longs
    span: Longs
    ordinal: Longs
    team: Longs
    works: Bytes
    outfit: Longs
    kit_ptr: Longs
    may_draw: Bytes
    numerator: Longs
    denominator: Longs
    rate: Floats
    document_rate: Longs
    several: tuple[int, ...]
    out_minutes: Ints
    out_metres: Ints
    home_minutes: Ints
    home_metres: Ints
    minutes: Ints
    back: Ints
    metres: Ints
    metres_back: Ints
    near: Ints
    promise: Ints
    least_legs: Ints
    area_floor: Longs
    published_ptr: Longs
    published: Longs
    visit_ptr: Longs
    open_routes: Longs
    event: Longs
    crew: Longs


class State(NamedTuple):
    """A plan under change, its books and the room to undo; R routes of at most S stops.

    `visit_route` lists, from `visit_ptr[i]`, the routes that visit site i. The routes changed since the last
    decision are `touched`, with their old content in `kept`; those that differ from `best` are `dirty`.
    `route_load` and `team_load` are minutes, kept only where fairness has a weight; `points` of each crew are its
    team-days and what it brings along, kept only where their spread has one.
    `log` and `log_stop` hold routes worth remembering: route, stops; site, start, minutes of each.
    `outfit[r]` is what a team wears on a route, with stops or without, and `kit_left[p, d]` what is left of a pool;
    behind the pools stand the beds left at each lodging. `night[NOW, r]` is the lodging at which the team of a route
    sleeps after it, or -1; a night changes this route and the next one, and both are touched then.
    `candidate[row]` are the sites thought of for the touched route of that row, `offer` and `offered` its best
    insertion.
    """

    stop: Longs
    stops: Longs
    route_metres: Longs
    route_load: Longs
    outfit: Longs
    kit_left: Longs
    night: Longs
    team_load: Longs
    points: Longs
    on: Ints
    book: Longs
    visit_dates: Longs
    visit_route: Longs
    area_won: Longs
    total: Longs
    rng: Bits
    tune: Floats
    clock: Longs
    stamp: Longs
    touched: Longs
    touched_at: Longs
    kept: Longs
    kept_count: Longs
    kept_metres: Longs
    kept_load: Longs
    kept_outfit: Longs
    removed: Longs
    candidate: Longs
    candidates: Longs
    offer: Floats
    offered: Longs
    best: Longs
    best_count: Longs
    best_outfit: Longs
    dirty: Longs
    is_dirty: Bytes
    heat: Floats
    count_of: Longs
    log: Longs
    log_stop: Longs


@kernel
def whole(number: int) -> int:
    """The same number as 64 bits: another width, or a literal, would compile the callee a second time."""
    return np.int64(number)  # type: ignore[return-value]
