"""Team-days over detours, where a site is reached or left sooner over others: the search inserts stops one at a time.

Each team-day in turn is exchanged for the best one by the bound's own pricing, which knows every way, for the people
that the other days leave. What comes of it depends on the plan alone, not on the clock.
"""

from collections.abc import Callable

import numpy as np

from solver.bound.blocks import Blocks, build_blocks
from solver.bound.day_layout import Frame, Tariff, day_of_block, neighbours_of, service_of, ways_of
from solver.bound.day_search import LEAST_LEGS, MOST_LEGS, ROUTES_PER_PRICING, ticks_of, visits_of
from solver.bound.pricing import Found, best_days
from solver.bound.reach import Reach, reach_of
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs
from solver.numeric.ways import members, needs_detours
from solver.search import tables as t
from solver.search.books import value
from solver.search.construct import settle
from solver.search.route import schedule
from solver.search.ruin import clear
from solver.search.tables import Problem, State
from solver.search.undo import keep_changes, keep_route, undo
from solver.search.whole_days import enter_route

# Labels spent on one team-day, and how many of its best routes are tried in the plan.
MOST_LABELS = 10_000
TRIED = 3
# Team-days times sites that one pass may look at: about two seconds' work.
MOST_WORK = 20_000
PASSES = 3
# Pairs of legs that looking for detours may weigh: ten seconds' work on a whole province is not worth it.
MOST_LOOKED_AT = 200_000_000

Learn = Callable[[int, int, Ints], None]
"""Is shown outfit, date and rows of site, start, minutes of every day that was tried and fits."""


class _Tables:
    """What stays the same from one team-day to the next; blocks are built date by date when they are asked for."""

    def __init__(self, arrays: Arrays, reach: Reach) -> None:
        self.arrays = arrays
        self.neighbours = neighbours_of(arrays.minutes, arrays.metres)
        self._reach = reach
        self._blocks: dict[int, Blocks] = {}

    def block_of(self, outfit: int, d: int) -> tuple[Blocks, int] | None:
        """The blocks of a date, and which of them is that of an outfit; None if it has nothing to do."""
        if d not in self._blocks:
            only = np.where(np.arange(self.arrays.dates) == d, 0, -1).astype(np.int32)
            self._blocks[d] = build_blocks(self.arrays, self._reach, only)
        blocks = self._blocks[d]
        mine = np.flatnonzero(blocks.block_class == self.arrays.team_class[outfit])
        return (blocks, int(mine[0])) if len(mine) else None


def improve_days(
    arrays: Arrays,
    problem: Problem,
    state: State,
    *,
    should_stop: Callable[[], bool],
    learn: Learn = lambda team, date, stops: None,
    only_empty: bool = False,
) -> None:
    """Exchange team-days of the present plan for better ones until none is; pinned ones stay.

    Does nothing where direct legs are the least ways.
    """
    if arrays.sites**2 * len(members(arrays)) > MOST_LOOKED_AT or not needs_detours(arrays):
        return
    reach = reach_of(arrays, should_stop=should_stop)
    if reach is None:
        return
    tables = _Tables(arrays, reach)
    left = MOST_WORK
    for _ in range(PASSES):
        improved = False
        for r in _team_days(problem, state, only_empty=only_empty):
            left -= arrays.sites
            if should_stop() or left < 0:
                break
            improved = _improve(tables, problem, state, r, learn=learn) or improved
        if not improved:
            break
    settle(problem, state)


def _team_days(problem: Problem, state: State, *, only_empty: bool) -> list[int]:
    """Working team-days at base without pins and events, the empty ones first."""
    pinned = (state.stop[:, :, t.PIN] >= 0) & (np.arange(state.stop.shape[1]) < state.stops[:, None])
    held = (problem.site[state.stop[:, :, t.SITE], t.MIN_TEAMS] > 1) & (
        np.arange(state.stop.shape[1]) < state.stops[:, None]
    )
    night = state.night[t.NOW, : len(state.stops)]
    away = (night >= 0) | ((np.arange(len(night)) % problem.number[t.DATES] > 0) & (np.roll(night, 1) >= 0))
    pinned_rides = problem.number[problem.number[t.PINNED_AT] :] // max(1, len(problem.people))
    rides = np.isin(np.arange(len(state.stops)), pinned_rides)
    free = (problem.works == 1) & ~pinned.any(axis=1) & ~held.any(axis=1) & ~away & ~rides
    empty = np.flatnonzero(free & (state.stops == 0))
    return [*empty.tolist(), *([] if only_empty else np.flatnonzero(free & (state.stops > 0)).tolist())]


def _improve(tables: _Tables, problem: Problem, state: State, r: int, *, learn: Learn) -> bool:
    """Exchange one team-day for the best of its best routes, if that makes the plan better."""
    a = tables.arrays
    k, d = int(state.outfit[r]), r % a.dates
    block = tables.block_of(k, d)
    if block is None:
        return False
    blocks, b = block
    before = int(value(problem, state))
    keep_route(problem, state, r)
    clear(problem, state, r)
    schedule(problem, state, r)
    first, last = int(blocks.ptr[b]), int(blocks.ptr[b + 1])
    chosen = first + np.flatnonzero(_may_visit(a, problem, state, d)[blocks.site[first:last]])
    best, best_stops = before, None
    for stops in _best_routes(tables, state, k, d, block, chosen=chosen):
        if enter_route(problem, state, r, stops):
            learn(k, d, state.stop[r, : len(stops)][:, [t.SITE, t.START, t.MINUTES]].astype(np.int32))
            now = int(value(problem, state))
            if now > best:
                best, best_stops = now, stops
            clear(problem, state, r)
            schedule(problem, state, r)
    if best_stops is None:
        undo(problem, state)
        return False
    enter_route(problem, state, r, best_stops)
    keep_changes(state)
    return True


def exchange_nothing(problem: Problem, state: State, r: int) -> None:
    """Take a team-day out and put it back, so that every kernel an exchange calls is ready before the clock runs."""
    value(problem, state)
    keep_route(problem, state, r)
    clear(problem, state, r)
    schedule(problem, state, r)
    undo(problem, state)


def _may_visit(a: Arrays, problem: Problem, state: State, d: int) -> Bools:
    """Which sites take one more team on a date: teams, dates and spacing, as `kernels.may_visit` has them."""
    teams, site = state.on[:, :, t.TEAMS_ON], problem.site
    close = np.abs(a.date_ordinal - a.date_ordinal[d])[None, :] < site[:, t.MIN_GAP, None]
    new_date = (state.book[:, t.VISIT_DATES] < site[:, t.MAX_DATES]) & ~((teams > 0) & close).any(axis=1)
    room = teams[:, d] < site[:, t.MAX_TEAMS]
    alone = (site[:, t.MIN_TEAMS] > 1) & (teams[:, d] == 0)
    return np.asarray(room & ~alone & (new_date | (teams[:, d] > 0)), dtype=np.bool_)


def _left_and_price(a: Arrays, state: State, d: int) -> tuple[Longs, Floats]:
    """Who is left at each site, and what one is worth on a date: by document, if there are several, side by side."""
    left = a.people - state.book[:, t.SERVED]
    person = float(a.weight_shortfall) if state.total[t.ACTIVATIONS] < a.gap else 0.0
    to_floor = np.where(state.area_won[a.area] < a.area_floor[a.area], float(a.weight_area_shortfall), 0.0)
    price = np.maximum(person + to_floor - a.weight_late * d / max(1, a.dates - 1), 0.0)
    documents = a.documents
    if not len(documents.worth):
        return left, price
    booked = slice(t.BOOK_COLUMNS + t.DOCUMENT_SERVED, None, t.DOCUMENT_COLUMNS)
    counted = slice(t.TOTALS + t.DOCUMENT_SERVED, None, t.DOCUMENT_COLUMNS)
    all_left = documents.people - state.book[:, booked]
    is_open = state.total[counted] < documents.gap
    of_document = np.maximum(documents.worth * is_open - documents.late * d / max(1, a.dates - 1), 0.0)
    prices = np.tile(of_document, (a.sites, 1))
    all_left[:, 0], prices[:, 0] = left, price
    return all_left.ravel(), prices.ravel()


def _best_routes(
    tables: _Tables, state: State, k: int, d: int, block: tuple[Blocks, int], *, chosen: Indices
) -> list[Indices]:
    """Rows of site, minutes and -1 of the best days of outfit k on a date, for what the rest of the plan leaves."""
    a, (blocks, b) = tables.arrays, block
    if not len(chosen):
        return []
    left, price = _left_and_price(a, state, d)
    credit = np.where(a.must & (state.book[:, t.VISITS] == 0), float(a.weight_must), 0.0)
    for team, date, site in a.published[:, :3].tolist():
        credit[site] += a.weight_moved if (team, date) == (a.outfit_team[k], d) else 0.0
    rupiah = a.weight_per_million_cost / 1_000_000
    a_day = rupiah * float(blocks.day_rupiah[b])
    c, nothing = int(blocks.block_class[b]), np.zeros(a.sites)
    no_row = np.zeros((a.sites, 1), dtype=np.int64)
    ticks = ticks_of(
        a, int(blocks.shift_minutes[b]), float(((price * left).reshape(a.sites, -1).sum(axis=1) + credit).max())
    )
    frame = Frame(
        minutes=int(blocks.shift_minutes[b]),
        max_stops=int(blocks.stops[b]),
        day_cost=a_day,
        ticks=ticks,
        per_metre=rupiah * a.per_km / 1000,
        room=1.0,
        minute_price=0.0,
        metre_price=0.0,
        most_close=max(LEAST_LEGS, MOST_LEGS // len(chosen)),
    )
    tariff = Tariff(price, nothing, credit, np.zeros((a.sites, 1)), no_row, no_row)
    ways = ways_of(a, k, blocks.least_home[c], tables.neighbours)
    visits = visits_of(blocks, np.zeros(len(blocks.site)))
    day = day_of_block(frame, visits, chosen, tariff, service_of(a, k, left), ways)
    sites = blocks.site[chosen].astype(np.int64)
    critical = np.ones(len(chosen), dtype=np.bool_)
    reached: Found = best_days(day, 0, 2**40, 1, MOST_LABELS, ROUTES_PER_PRICING, critical)
    routes = []
    for n in range(min(TRIED, len(reached.worth))):
        at = reached.site[reached.ptr[n] : reached.ptr[n + 1]]
        minutes = reached.steps[reached.ptr[n] : reached.ptr[n + 1]] * day.step[at]
        routes.append(np.stack((sites[at], minutes, np.full(len(at), -1)), axis=1).astype(np.int64))
    return routes
