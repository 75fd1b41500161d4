"""The plan of nobody going anywhere, with room for any other: what every search begins with."""

import numpy as np

from solver.numeric.arrays import Arrays
from solver.search import tables as t
from solver.search.tables import Problem, State


def most_stops(a: Arrays) -> int:
    """The most stops any team can make in a day, at least one, and room for rides."""
    if not a.teams or not a.sites:
        return 1
    shortest = int((a.setup + np.where(a.fixed >= 0, a.fixed, a.slot_minutes)).min())
    shift = a.shift_end - a.shift_start
    if a.nights.lodgings:
        shift = np.maximum(shift, (a.nights.away_end - a.nights.away_start)[a.outfit_team])
    fit = shift // max(1, shortest) if shortest > 0 else np.full(a.teams, a.sites)
    rides = min(t.MOST_RIDES, 2 * len(a.ride_fare))
    return rides + max(1, int(np.minimum(np.minimum(a.max_stops, a.sites), fit).max()))


def blank(arrays: Arrays, problem: Problem, *, seed: int) -> State:
    """An empty plan: every must-visit and pin missed, every published visit left out."""
    a = arrays
    routes, longest, documents = a.teams * a.dates, most_stops(a), len(a.documents.worth)
    longest_book = max(1, int(problem.site[:, 4].max())) if a.sites else 1
    columns = t.STOP_COLUMNS + 2 * documents
    total = np.zeros(t.TOTALS + t.DOCUMENT_COLUMNS * documents, dtype=np.int64)
    total[t.MUST_MISSED] = int(a.must.sum())
    total[t.PINS_MISSED] = len(a.pins) + len(a.pinned_nights) + len(a.pinned_rides)
    total[t.MOVED] = len(a.published)
    total[t.AREA_SHORT] = int(a.area_floor.sum())
    tune = np.zeros(t.TUNES + 2 * documents)
    tune[t.WORTH] = a.weight_shortfall
    tune[t.SHARE] = tune[t.BREADTH] = 1.0
    night = np.full((t.NIGHT_ROWS, max(routes, t.MOST_TOUCHED, len(a.ride_fare))), -1, dtype=np.int64)
    night[t.PINNED_NIGHT, a.pinned_nights[:, 0] * a.dates + a.pinned_nights[:, 1]] = a.pinned_nights[:, 2]
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
        on=np.zeros((a.sites, a.dates, t.CAPACITY_ON + max(1, documents)), dtype=np.int32),
        book=np.zeros((a.sites, t.BOOK_COLUMNS + t.DOCUMENT_COLUMNS * documents), dtype=np.int64),
        visit_dates=np.zeros((a.sites, longest_book), dtype=np.int64),
        visit_route=np.zeros(max(1, int(problem.visit_ptr[-1])), dtype=np.int64),
        area_won=np.zeros(a.areas, dtype=np.int64),
        total=total,
        rng=np.array([_scramble(seed)], dtype=np.uint64),
        tune=tune,
        clock=np.zeros(t.CLOCKS + 4 * documents + a.documents.machines.shape[1], dtype=np.int64),
        stamp=np.zeros(a.sites, dtype=np.int64),
        touched=np.zeros(t.MOST_TOUCHED, dtype=np.int64),
        touched_at=np.full(routes, -1, dtype=np.int64),
        kept=np.zeros((t.MOST_TOUCHED, longest, columns), dtype=np.int64),
        kept_count=np.zeros(t.MOST_TOUCHED, dtype=np.int64),
        kept_metres=np.zeros(t.MOST_TOUCHED, dtype=np.int64),
        kept_load=np.zeros(t.MOST_TOUCHED, dtype=np.int64),
        kept_outfit=np.zeros(t.MOST_TOUCHED, dtype=np.int64),
        removed=np.zeros(t.CANDIDATES, dtype=np.int64),
        candidate=np.zeros((t.MOST_TOUCHED, t.CANDIDATES), dtype=np.int64),
        candidates=np.zeros(t.MOST_TOUCHED, dtype=np.int64),
        offer=np.zeros(t.MOST_TOUCHED),
        offered=np.zeros((t.MOST_TOUCHED, 3), dtype=np.int64),
        best=np.zeros((routes, longest, columns), dtype=np.int64),
        best_count=np.zeros(routes, dtype=np.int64),
        best_outfit=np.repeat(np.arange(a.teams, dtype=np.int64), a.dates),
        dirty=np.zeros(routes, dtype=np.int64),
        is_dirty=np.zeros(routes, dtype=np.uint8),
        heat=np.zeros(t.HEATS),
        count_of=np.zeros(t.COUNTS, dtype=np.int64),
        log=np.zeros((t.LOG, 3), dtype=np.int64),
        log_stop=np.zeros((t.LOG, longest, 3), dtype=np.int64),
    )


def _scramble(seed: int) -> int:
    """Spread a seed over 64 bits (splitmix64), never zero."""
    mask = (1 << 64) - 1
    x = (seed + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return (x ^ (x >> 31)) or 1
