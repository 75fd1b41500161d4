"""Room for the kernels: the tables they read, laid out for speed, the plan they change, and where in both a thing lies.

A route is a team-day, numbered `team * dates + date`. Columns and entries are read as `t.SITE`, `t` being this module.
"""

from typing import NamedTuple

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.compilation import kernel
from solver.numeric.kinds import Bits, Bytes, Floats, Ints, Longs
from solver.numeric.ways import least_home, least_out, members

# Columns of Problem.site.
# Where there are several documents, the people of document k follow from PEOPLE_OF on.
SETUP, FIXED, AREA, MUST, MAX_DATES, MIN_GAP, MAX_TEAMS, MIN_TEAMS, PEOPLE_OF = range(9)
# Columns of Problem.team; by how many minutes the day of a date is shorter follows from LOST_AT on.
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
# Entries of State.count_of; from OPERATOR_COUNTS on, trials and new best plans of each operator.
ITERATIONS, BEST_VALUE, BEST_ACTIVATIONS, LOGGED = range(4)
OPERATOR_COUNTS = 8
COUNTS = 32

BY_RATE, BY_SQUARE, BY_GAIN = range(3)
NEVER = 2**30

NEIGHBOURS = 48
PROMISES = 384
CANDIDATES = 192
MOST_TOUCHED = 24
# Rides that are remembered of a day beside its stops.
MOST_RIDES = 8
LOG = 256
ROWS_PER_BLOCK = 256
# Minutes longer than any shift, small enough to be added up.
FAR = 2**28


class Problem(NamedTuple):
    """What does not change during a search; n sites, K teams, Q outfits, D dates, C classes of outfits.

    `window[i, d]` is the number of the window list or -1 where the site is closed. `back[i, j]` are the minutes
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


def pose(arrays: Arrays) -> Problem:
    """Lay the problem out for the kernels."""
    a = arrays
    symmetric = bool(np.array_equal(a.minutes, a.minutes.T) and np.array_equal(a.metres, a.metres.T))
    closed = (~a.site_open) | (np.diff(a.set_ptr)[a.window_set] == 0)
    published_route = a.published[:, 0].astype(np.int64) * a.dates + a.published[:, 1]
    in_order = np.argsort(published_route, kind="stable")
    published_ptr = np.searchsorted(published_route[in_order], np.arange(a.teams * a.dates + 1))
    most_visits = np.minimum(a.max_visit_dates, a.dates).astype(np.int64) * np.minimum(a.max_teams, a.teams)
    works = a.team_works[: a.teams].reshape(-1)
    count, kinds = len(a.documents.worth), a.documents.machines.shape[1]
    kits_of = np.bincount(a.outfit_team[a.teams :], minlength=a.teams)
    nights, of_places = a.nights, _legs_of_places(a)
    problem = Problem(
        number=np.array(
            [
                a.dates,
                a.slot_minutes,
                a.gap,
                a.budget,
                a.per_km,
                a.per_team_day,
                a.weight_must,
                a.weight_pin,
                a.weight_shortfall,
                a.weight_area_shortfall,
                a.weight_per_million_cost,
                a.weight_late,
                a.weight_moved,
                a.weight_fairness,
                int(a.available.sum()),
                a.usual_open,
                a.usual_close,
                a.weight_spread,
                len(a.outfit_team) - a.teams,
                count,
                kinds,
                a.outfit_draws.shape[1],
                PACE_OF + count,
                PACE_OF + count + kinds,
                nights.lodgings,
                a.night_points,
                DOCUMENT_AT + DOCUMENT_ENTRIES * count,
                len(a.ride_fare),
                DOCUMENT_AT + DOCUMENT_ENTRIES * count + nights.lodgings,
                len(a.pinned_rides),
                DOCUMENT_AT + DOCUMENT_ENTRIES * count + nights.lodgings + len(a.ride_fare),
                *np.stack(a.documents[:4], axis=1).ravel(),
                *nights.rupiah,
                *a.ride_fare,
                *((k * a.dates + d) * a.sites + i for k, d, i in a.pinned_rides.tolist()),
            ],
            dtype=np.int64,
        ),
        site=np.column_stack(
            (
                a.setup,
                a.fixed,
                a.area,
                a.must.astype(np.int64),
                np.minimum(a.max_visit_dates, a.dates),
                a.min_gap_days,
                a.max_teams,
                a.min_teams,
                a.documents.people,
            )
        ).astype(np.int64),
        people=a.people,
        window=np.where(closed, -1, a.window_set).astype(np.int64),
        set_ptr=a.set_ptr.astype(np.int64),
        span=np.stack((a.set_open, a.set_close), axis=1).reshape(-1, 2).astype(np.int64),
        ordinal=a.date_ordinal.astype(np.int64),
        team=np.stack(
            (
                *(part[: a.teams] for part in (a.shift_start, a.shift_end, a.max_stops)),
                *(a.available, a.history, a.crew),
                *(nights.most, nights.rest, nights.away_start, nights.away_end),
                *a.lost.T,
            ),
            axis=1,
        ).astype(np.int64),
        works=works.astype(np.uint8),
        outfit=np.column_stack(
            (a.team_class, a.outfit_cost, a.documents.operators, a.documents.pace, a.documents.machines, a.outfit_draws)
        ).astype(np.int64),
        kit_ptr=(a.teams + np.concatenate(([0], np.cumsum(kits_of)))).astype(np.int64),
        may_draw=a.team_works.astype(np.uint8),
        numerator=a.rate_numerator,
        denominator=a.rate_denominator,
        rate=a.rate_numerator / a.rate_denominator[:, None],
        document_rate=a.documents.rate,
        several=(),
        out_minutes=of_places[0],
        out_metres=of_places[1],
        home_minutes=of_places[2],
        home_metres=of_places[3],
        minutes=a.minutes,
        back=a.minutes if symmetric else np.ascontiguousarray(a.minutes.T),
        metres=a.metres,
        metres_back=a.metres if symmetric else np.ascontiguousarray(a.metres.T),
        near=_neighbours(a),
        promise=_promises(a),
        least_legs=_least_legs(a, symmetric=symmetric),
        area_floor=a.area_floor,
        published_ptr=published_ptr.astype(np.int64),
        published=a.published[in_order, 2].astype(np.int64),
        visit_ptr=np.concatenate(([0], np.cumsum(most_visits))).astype(np.int64),
        open_routes=np.flatnonzero(works).astype(np.int64),
        event=np.flatnonzero(a.min_teams > 1).astype(np.int64),
        crew=np.stack((a.points_before, a.points_dates), axis=1),
    )
    # Another memory layout would be another type, and compile every kernel again.
    tables = {name: np.ascontiguousarray(table) for name, table in problem._asdict().items() if name != "several"}
    return Problem(**tables, several=(count,) if count else ())


def _legs_of_places(a: Arrays) -> tuple[Ints, Ints, Ints, Ints]:
    """Minutes and metres out of every place, behind those to the sites those to other places; then back to it."""
    nights = a.nights
    if not nights.lodgings:
        return a.out_minutes, a.out_metres, a.home_minutes, a.home_metres
    out_minutes, out_metres = (
        np.hstack((np.vstack((of_bases[: a.teams], of_lodgings)), ways))
        for of_bases, of_lodgings, ways in (
            (a.out_minutes, nights.out_minutes, nights.way_minutes),
            (a.out_metres, nights.out_metres, nights.way_metres),
        )
    )
    home_minutes = np.vstack((a.home_minutes[: a.teams], nights.home_minutes))
    return out_minutes, out_metres, home_minutes, np.vstack((a.home_metres[: a.teams], nights.home_metres))


def _neighbours(a: Arrays) -> Ints:
    """List for every site the nearest others, there and back; ties by number."""
    width = min(a.sites - 1, NEIGHBOURS)
    near = np.empty((a.sites, width), dtype=np.int32)
    for top in range(0, a.sites, ROWS_PER_BLOCK):
        rows = np.arange(top, min(a.sites, top + ROWS_PER_BLOCK))
        legs = a.minutes[rows].astype(np.int64) + a.minutes[:, rows].T
        legs = legs * a.sites + np.arange(a.sites)
        legs[np.arange(len(rows)), rows] = np.iinfo(np.int64).max
        if width < a.sites - 1:
            nearest = np.argpartition(legs, width, axis=1)[:, :width]
            order = np.argsort(np.take_along_axis(legs, nearest, axis=1), axis=1)
            near[rows] = np.take_along_axis(nearest, order, axis=1)
        else:
            near[rows] = np.argsort(legs, axis=1)[:, :width]
    return near


def _least_legs(a: Arrays, *, symmetric: bool) -> Ints:
    """Return for every site the fewest minutes that any way there and any way on take together."""
    on = _least_row(a.minutes)
    there = on.copy() if symmetric else _least_row(np.ascontiguousarray(a.minutes.T))
    if a.teams:
        there, on = np.minimum(there, a.out_minutes.min(axis=0)), np.minimum(on, a.home_minutes.min(axis=0))
    if a.nights.lodgings:
        there = np.minimum(there, a.nights.out_minutes.min(axis=0))
        on = np.minimum(on, a.nights.home_minutes.min(axis=0))
    return there + on


def _least_row(minutes: Ints) -> Ints:
    """Return the least of each row, but for what is on the diagonal."""
    least = np.full(len(minutes), FAR, dtype=np.int32)
    for row, legs in enumerate(minutes):
        least[row] = min(legs[:row].min(initial=FAR), legs[row + 1 :].min(initial=FAR))
    return least


def _promises(a: Arrays) -> Ints:
    """List for every class the sites it can reach, best activations per minute of a day there first.

    Sites without people, or without signal for the class, follow at the end if they must be visited; -1 pads.
    """
    member = members(a)
    classes = len(member)
    there, back = least_out(a, member), least_home(a, member)
    width = min(a.sites, PROMISES)
    promise = np.full((classes, width), -1, dtype=np.int32)
    shortest = np.where(a.fixed >= 0, a.fixed, a.slot_minutes)
    for c in range(classes):
        k = int(member[c])
        travel = there[c].astype(np.int64) + back[c] + a.setup
        room = a.shift_end[k] - a.shift_start[k] - travel
        rate = a.rate_numerator[k] / a.rate_denominator[k]
        serve = np.where(a.fixed >= 0, a.fixed, np.minimum(room, a.people / np.maximum(rate, 1e-9)))
        serve = np.maximum(serve, shortest)
        worth = np.minimum(a.people, rate * serve) / (travel + serve + 1e-9)
        if len(a.documents.worth):
            worth = _with_further(a, k, worth, room=room, travel=travel)
        useful = (room >= shortest) & ((worth > 0) | a.must)
        listed = np.flatnonzero(useful)
        listed = listed[np.argsort(-worth[listed], kind="stable")][:width]
        promise[c, : len(listed)] = listed
    return np.vstack((promise, _promises_of_lodgings(a, width)))


def _promises_of_lodgings(a: Arrays, width: int) -> Ints:
    """List for every lodging the sites that some team serves from there and back, best activations per minute first."""
    nights = a.nights
    promise = np.full((nights.lodgings, width), -1, dtype=np.int32)
    rate = (a.rate_numerator / a.rate_denominator[:, None]).max(axis=0)
    shift = int((nights.away_end - nights.away_start).max(initial=0))
    shortest = np.where(a.fixed >= 0, a.fixed, a.slot_minutes)
    for h in range(nights.lodgings):
        travel = np.minimum(nights.out_minutes[h], nights.home_minutes[h]).astype(np.int64) + a.setup
        room = shift - travel
        serve = np.where(a.fixed >= 0, a.fixed, np.minimum(room, a.people / np.maximum(rate, 1e-9)))
        serve = np.maximum(serve, shortest)
        worth = np.minimum(a.people, rate * serve) / (travel + serve + 1e-9)
        useful = (room >= shortest) & ((worth > 0) | a.must | (a.documents.people.sum(axis=1) > 0))
        listed = np.flatnonzero(useful)
        listed = listed[np.argsort(-worth[listed], kind="stable")][:width]
        promise[h, : len(listed)] = listed
    return promise


def _with_further(a: Arrays, k: int, worth: Floats, *, room: Longs, travel: Longs) -> Floats:
    """Add what an outfit could win with further documents in a minute of a day, in people of the first document."""
    documents, total = a.documents, worth.copy()
    for n in range(1, len(documents.worth)):
        hands = int(documents.operators[k])
        if documents.kind[n] >= 0:
            hands = min(hands, int(documents.machines[k, documents.kind[n]]))
        able = hands * np.maximum(room, 0) * documents.rate[k, :, n] / int(documents.pace[k, n])
        share = documents.worth[n] / max(1, a.weight_shortfall)
        total += share * np.minimum(documents.people[:, n], able) / (travel + np.maximum(room, 0) + 1e-9)
    return total


def most_stops(a: Arrays) -> int:
    """The most stops any team can make in a day, at least one, and room for rides."""
    if not a.teams or not a.sites:
        return 1
    shortest = int((a.setup + np.where(a.fixed >= 0, a.fixed, a.slot_minutes)).min())
    shift = a.shift_end - a.shift_start
    if a.nights.lodgings:
        shift = np.maximum(shift, (a.nights.away_end - a.nights.away_start)[a.outfit_team])
    fit = shift // max(1, shortest) if shortest > 0 else np.full(a.teams, a.sites)
    rides = min(MOST_RIDES, 2 * len(a.ride_fare))
    return rides + max(1, int(np.minimum(np.minimum(a.max_stops, a.sites), fit).max()))


def blank(arrays: Arrays, problem: Problem, *, seed: int) -> State:
    """An empty plan: every must-visit and pin missed, every published visit left out."""
    a = arrays
    routes, longest, documents = a.teams * a.dates, most_stops(a), len(a.documents.worth)
    longest_book = max(1, int(problem.site[:, 4].max())) if a.sites else 1
    columns = STOP_COLUMNS + 2 * documents
    total = np.zeros(TOTALS + DOCUMENT_COLUMNS * documents, dtype=np.int64)
    total[MUST_MISSED] = int(a.must.sum())
    total[PINS_MISSED] = len(a.pins) + len(a.pinned_nights) + len(a.pinned_rides)
    total[MOVED] = len(a.published)
    total[AREA_SHORT] = int(a.area_floor.sum())
    tune = np.zeros(TUNES + 2 * documents)
    tune[WORTH] = a.weight_shortfall
    tune[SHARE] = tune[BREADTH] = 1.0
    night = np.full((NIGHT_ROWS, max(routes, MOST_TOUCHED, len(a.ride_fare))), -1, dtype=np.int64)
    night[PINNED_NIGHT, a.pinned_nights[:, 0] * a.dates + a.pinned_nights[:, 1]] = a.pinned_nights[:, 2]
    return State(
        stop=np.zeros((routes, longest, columns), dtype=np.int64),
        stops=np.zeros(routes, dtype=np.int64),
        route_metres=np.zeros(routes, dtype=np.int64),
        route_load=np.zeros(routes, dtype=np.int64),
        outfit=np.repeat(np.arange(a.teams, dtype=np.int64), a.dates),
        kit_left=np.ascontiguousarray(np.vstack((a.pool_count, a.nights.beds))),
        night=night,
        team_load=np.zeros(a.teams, dtype=np.int64),
        points=a.points_before.copy(),
        on=np.zeros((a.sites, a.dates, CAPACITY_ON + max(1, documents)), dtype=np.int32),
        book=np.zeros((a.sites, BOOK_COLUMNS + DOCUMENT_COLUMNS * documents), dtype=np.int64),
        visit_dates=np.zeros((a.sites, longest_book), dtype=np.int64),
        visit_route=np.zeros(max(1, int(problem.visit_ptr[-1])), dtype=np.int64),
        area_won=np.zeros(a.areas, dtype=np.int64),
        total=total,
        rng=np.array([_scramble(seed)], dtype=np.uint64),
        tune=tune,
        clock=np.zeros(CLOCKS + 4 * documents + a.documents.machines.shape[1], dtype=np.int64),
        stamp=np.zeros(a.sites, dtype=np.int64),
        touched=np.zeros(MOST_TOUCHED, dtype=np.int64),
        touched_at=np.full(routes, -1, dtype=np.int64),
        kept=np.zeros((MOST_TOUCHED, longest, columns), dtype=np.int64),
        kept_count=np.zeros(MOST_TOUCHED, dtype=np.int64),
        kept_metres=np.zeros(MOST_TOUCHED, dtype=np.int64),
        kept_load=np.zeros(MOST_TOUCHED, dtype=np.int64),
        kept_outfit=np.zeros(MOST_TOUCHED, dtype=np.int64),
        removed=np.zeros(CANDIDATES, dtype=np.int64),
        candidate=np.zeros((MOST_TOUCHED, CANDIDATES), dtype=np.int64),
        candidates=np.zeros(MOST_TOUCHED, dtype=np.int64),
        offer=np.zeros(MOST_TOUCHED),
        offered=np.zeros((MOST_TOUCHED, 3), dtype=np.int64),
        best=np.zeros((routes, longest, columns), dtype=np.int64),
        best_count=np.zeros(routes, dtype=np.int64),
        best_outfit=np.repeat(np.arange(a.teams, dtype=np.int64), a.dates),
        dirty=np.zeros(routes, dtype=np.int64),
        is_dirty=np.zeros(routes, dtype=np.uint8),
        heat=np.zeros(HEATS),
        count_of=np.zeros(COUNTS, dtype=np.int64),
        log=np.zeros((LOG, 3), dtype=np.int64),
        log_stop=np.zeros((LOG, longest, 3), dtype=np.int64),
    )


def _scramble(seed: int) -> int:
    """Spread a seed over 64 bits (splitmix64), never zero."""
    mask = (1 << 64) - 1
    x = (seed + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return (x ^ (x >> 31)) or 1
