"""Column generation: routes priced block by block until the LP over them and its bound meet, or the work is stopped.

Multipliers are smoothed toward the best so far (Wentges 1997) inside penalised boxes (du Merle et al. 1999).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields

import numpy as np
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.arrays import Arrays, Ints, Longs
from solver.blocks import Blocks
from solver.columns import Route
from solver.linear_program import Answer, Floats, Indices
from solver.pricing import Found, best_days, day_of_block
from solver.relaxation import (
    DayPrices,
    Multipliers,
    Worth,
    clip,
    fit,
    fixed_part,
    price_entries,
    settle,
)
from solver.site_program import INFINITE, SiteProgram

# Units per milli-activation in compiled pricing; fewer if a day's worth would not fit 32 bits.
TICKS = 64.0
LARGEST_DAY = 2.0**29
ROUTES_PER_PRICING = 12
MOST_LABELS = 20_000
# The LP over routes and its bound count as met within this share.
CLOSE = 1e-5
# Half-width of the boxes, as a share: narrow where the LP starts with few routes for many sites.
NARROW_WIDTH = 0.1
WIDE_WIDTH = 1.0
WIDE_SITES = 300
MOST_SEEDS = 3000
# Days worth less than this share of what the compact relaxation promises are not searched at first.
FIRST_THRESHOLD = 0.9
SEARCHED_SHARE = 0.95
MOST_CANDIDATES = 300
FIRST_ALPHA = 0.8
MOST_VAIN_ROUNDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Routes of one block each: `block[r]`, metres driven, visits from `ptr[r]` with site and people won."""

    block: Indices
    metres: Longs
    ptr: Indices
    site: Indices
    minutes: Indices
    gain: Longs


class RouteProgram(SiteProgram):
    """The LP that chooses among routes: shared rows, and no more routes of a block than it has team-days.

    Boxes: each site's `win`, `visit` and `mir` multiplier may leave a band around its centre only at a price that
    the band's own columns pay, so that few routes do not send multipliers to extremes.
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth) -> None:
        super().__init__(arrays, blocks, worth)
        count = blocks.count
        self._day = self.program.add_rows(np.full(count, -INFINITE), blocks.team_days.astype(np.float64))
        boxed = np.concatenate((self.cover, self.visit, self.mir[self.mir >= 0]))
        many = np.full(len(boxed), INFINITE)
        self._lift = self.program.add_columns(np.zeros(len(boxed)), many)
        self._drop = self.program.add_columns(np.zeros(len(boxed)), many)
        self.program.set_coefficients(boxed, self._lift, np.full(len(boxed), -1.0))
        self.program.set_coefficients(boxed, self._drop, np.ones(len(boxed)))

    def box(self, centre: Multipliers, width: float) -> None:
        """Hold the boxed multipliers to `width` (a share) around the centre."""
        middle = np.concatenate((centre.win, centre.visit, centre.mir[self.mir >= 0]))
        least = 0.01 * self.worth.person * width
        self.program.set_objective(self._lift, -(middle * (1 + width) + least))
        self.program.set_objective(self._drop, np.maximum(middle * (1 - width) - least, 0.0))

    def add_routes(self, routes: Routes) -> None:
        """Enter routes as columns."""
        a, blocks, worth = self.arrays, self.blocks, self.worth
        count = len(routes.block)
        cost = routes.metres * (a.per_km / 1000) + a.per_team_day
        route = np.repeat(np.arange(count), np.diff(routes.ptr))
        gain = np.bincount(route, weights=routes.gain, minlength=count)
        late = worth.late * blocks.first_date[routes.block] * gain
        new = self.program.add_columns(-worth.rupiah * cost - late, np.full(count, INFINITE))
        self.add_visits(new[route], blocks.block_class[routes.block[route]].astype(np.int64), routes.site, routes.gain)
        self.enter([(self._day[routes.block], np.ones(count))], new)
        if len(self.budget):
            self.enter([(np.repeat(self.budget, count), cost / 1000)], new)

    def day_worth(self, dual: Floats) -> Floats:
        """What the LP pays for one more team-day of each block."""
        return np.maximum(dual[self._day], 0.0)


class Generation:
    """Bounds from routes, started at the multipliers of a compact LP.

    `centre` holds the best multipliers so far, `paid[b]` the price of a day of block b there.
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth, *, start: Multipliers, prices: DayPrices) -> None:
        self._arrays, self._blocks, self._worth = arrays, blocks, worth
        self._program = RouteProgram(arrays, blocks, worth)
        self._program.add_class_rows(start.class_visit > 0, None)
        self._prices = prices
        self.centre = clip(start, worth, self._program.rows)
        self._knows = np.zeros((blocks.count, arrays.sites), dtype=np.bool_)
        self._knows[np.repeat(np.arange(blocks.count), np.diff(blocks.ptr)), blocks.site] = True
        self._expected = np.full(blocks.count, -1.0)
        self._paid = np.zeros(blocks.count)
        self.paid = self._paid.copy()
        self._critical = np.ones((blocks.count, arrays.sites), dtype=np.bool_)

    def seed(self, pool: Iterable[Route]) -> None:
        """Offer the last routes of a search to the LP, each in every block of its class that knows its sites."""
        blocks, rows = self._blocks, _RouteList(self._arrays, self._blocks)
        of_class: dict[int, list[int]] = defaultdict(list)
        for b, c in enumerate(blocks.block_class.tolist()):
            of_class[c].append(b)
        for route in list(pool)[-MOST_SEEDS:]:
            group = blocks.date_group[route.date]
            for b in of_class[int(self._arrays.team_class[route.team])]:
                if blocks.block_group[b] == group or self._knows[b, list(route.sites)].all():
                    rows.add_stops(b, route)
        self._program.add_routes(rows.collected())

    def tighten(self, interrupter: SolveInterrupter, should_stop: Callable[[], bool]) -> Iterator[float]:
        """Yield the bound of every round, in milli-activations; ends when no route pays or nothing improves."""
        program = self._program
        best, routes = self.price(self.centre, should_stop)
        self.paid = self._paid.copy()
        yield best
        program.add_routes(routes)
        alpha, vain = FIRST_ALPHA, 0
        width = WIDE_WIDTH if self._arrays.sites <= WIDE_SITES else NARROW_WIDTH
        program.box(self.centre, width)
        while not should_stop() and vain < MOST_VAIN_ROUNDS:
            answer = self._solve(interrupter)
            if answer is None:
                return
            proposed = clip(program.multipliers(answer), self._worth, program.rows)
            tried = _between(self.centre, proposed, alpha)
            self._expected = alpha * self.paid + (1 - alpha) * program.day_worth(answer.dual)
            bound, routes = self.price(tried, should_stop)
            if should_stop():
                return
            yield bound
            if min(best, bound) - self._worth.slack - answer.value <= CLOSE * abs(answer.value):
                return
            if bound < best:
                best, self.centre, self.paid, vain = bound, tried, self._paid.copy(), 0
                alpha = max(0.3, alpha - 0.1)
                program.box(self.centre, width)
            else:
                alpha, vain = min(0.9, alpha + 0.1), vain + 1
            program.add_routes(routes)

    def expect(self, paid: Floats) -> None:
        """Say about what a day of each block will cost at the multipliers priced next."""
        self._expected = paid

    def _solve(self, interrupter: SolveInterrupter) -> Answer | None:
        program = self._program
        while True:
            answer = program.program.solve(interrupter)
            if answer is None or not answer.optimal:
                return None
            if not program.add_class_rows(np.zeros_like(program.class_row, dtype=np.bool_), answer):
                return answer

    def price(self, multipliers: Multipliers, should_stop: Callable[[], bool]) -> tuple[float, Routes]:
        """The closed form at these multipliers, each block at the lowest of its prices, and routes worth having."""
        a, blocks, worth, program = self._arrays, self._blocks, self._worth, self._program
        prices = settle(self._prices, worth, multipliers, a, blocks=blocks)
        prices = self._prices = fit(blocks, a, worth, multipliers, prices)
        compact = price_entries(blocks, a, worth, multipliers, prices)
        days = compact.block.copy()
        self._paid[:] = np.maximum(np.minimum(compact.day, days / blocks.team_days), 0.0)
        milli_per_rupiah = worth.rupiah + multipliers.money
        credit = multipliers.must
        remainder_credit = program.rows.remainder * multipliers.mir
        routes = _RouteList(a, blocks)
        for b in range(blocks.count):
            if should_stop():
                # What is priced so far and the compact price of the rest still make a bound.
                break
            c = int(blocks.block_class[b])
            k = int(blocks.member[c])
            first, last = int(blocks.ptr[b]), int(blocks.ptr[b + 1])
            day = float(compact.day[b])
            if day <= 0.0 or days[b] <= 0.0:
                continue
            expected = SEARCHED_SHARE * min(self._expected[b], day) if self._expected[b] >= 0 else FIRST_THRESHOLD * day
            entry = compact.entry[first:last]
            potential = day + np.minimum(entry, 0.0)
            order = np.argsort(-entry, kind="stable")
            # A day below the threshold is priced at the threshold: valid, and what keeps the search small.
            threshold = max(expected, potential[order[MOST_CANDIDATES]] if len(order) > MOST_CANDIDATES else 0.0)
            chosen = first + order[potential[order] > threshold]
            price = np.maximum(multipliers.win - worth.late * blocks.first_date[b], 0.0)
            fee = multipliers.visit + multipliers.class_visit[c]
            ticks = self._ticks(b, multipliers)
            layout = day_of_block(
                int(blocks.shift_minutes[b]), int(blocks.stops[b]), milli_per_rupiah * a.per_team_day, ticks,
                milli_per_rupiah * a.per_km / 1000, price, chosen, blocks.site, blocks.longest, blocks.window_ptr,
                blocks.opens, blocks.closes, fee, credit, remainder_credit, a.setup, a.fixed, a.slot_minutes, a.people,
                a.rate_numerator[k], int(a.rate_denominator[k]), a.out_minutes[k], a.out_metres[k],
                a.home_minutes[k], a.home_metres[k], a.minutes, a.metres, compact.entry, day - threshold,
                blocks.in_minutes, blocks.in_metres, float(prices.minute[b]), float(prices.metre_in[b]),
            )  # fmt: skip
            critical = self._critical[b, blocks.site[chosen]]
            result = best_days(layout, int(threshold * ticks), 1, MOST_LABELS, ROUTES_PER_PRICING, critical)
            self._critical[b, blocks.site[chosen]] = critical
            exact = max(threshold, (result.price + 1) / ticks)
            self._paid[b] = exact
            days[b] = min(days[b], exact * blocks.team_days[b])
            routes.add(b, result, blocks.site[chosen].astype(np.int64), steps=layout.step)
        fixed = fixed_part(multipliers, worth, program.rows)
        return fixed + float(days.sum()) * (1 + 1e-13) + worth.slack, routes.collected()

    def _ticks(self, block: int, multipliers: Multipliers) -> float:
        """Units per milli-activation with which no day of the block, repeats included, leaves 32 bits."""
        a, rows = self._arrays, self._program.rows
        least = int((a.setup + np.where(a.fixed >= 0, a.fixed, a.slot_minutes)).min())
        visits = int(self._blocks.shift_minutes[block]) // max(least, 1) + 1
        most = (multipliers.win * a.people + multipliers.must + rows.remainder * multipliers.mir).max()
        return min(TICKS, LARGEST_DAY / max(visits * float(most), 1.0))


class _RouteList:
    """Routes gathered block by block."""

    def __init__(self, arrays: Arrays, blocks: Blocks) -> None:
        self._arrays, self._blocks = arrays, blocks
        self._block: list[int] = []
        self._metres: list[int] = []
        self._size: list[int] = [0]
        self._parts: list[tuple[Indices, Indices, Longs]] = []
        self._known: set[tuple[int, bytes, bytes]] = set()

    def add_stops(self, block: int, route: Route) -> None:
        """Add a route of the search, unless this block has it already."""
        site = np.array([stop[0] for stop in route.stops], dtype=np.int64)
        minutes = np.array([stop[2] for stop in route.stops], dtype=np.int64)
        key = (block, site.tobytes(), minutes.tobytes())
        if key not in self._known:
            self._known.add(key)
            self._append(block, site, minutes)

    def _append(self, block: int, site: Indices, minutes: Indices) -> None:
        a = self._arrays
        k = int(self._blocks.member[self._blocks.block_class[block]])
        gain = np.minimum(a.people[site], a.rate_numerator[k, site] * minutes // a.rate_denominator[k])
        between = int(a.metres[site[:-1], site[1:]].sum())
        self._block.append(block)
        self._metres.append(int(a.out_metres[k, site[0]]) + between + int(a.home_metres[k, site[-1]]))
        self._size.append(len(site))
        self._parts.append((site, minutes, gain))

    def add(self, block: int, found: Found, candidates: Indices, *, steps: Ints) -> None:
        """Add what was found in a block, given the sites of its candidates and the minutes of a step at each."""
        for r in range(len(found.worth)):
            at = found.site[found.ptr[r] : found.ptr[r + 1]]
            minutes = (found.steps[found.ptr[r] : found.ptr[r + 1]] * steps[at]).astype(np.int64)
            self._append(block, candidates[at], minutes)

    def collected(self) -> Routes:
        empty = np.empty(0, dtype=np.int64)
        return Routes(
            block=np.array(self._block, dtype=np.int64),
            metres=np.array(self._metres, dtype=np.int64),
            ptr=np.cumsum(self._size, dtype=np.int64),
            site=np.concatenate([empty, *(part[0] for part in self._parts)]),
            minutes=np.concatenate([empty, *(part[1] for part in self._parts)]),
            gain=np.concatenate([empty, *(part[2] for part in self._parts)]),
        )


def _between(centre: Multipliers, proposed: Multipliers, alpha: float) -> Multipliers:
    """A share `alpha` of the centre and the rest of the proposal."""
    mixed = {
        f.name: alpha * getattr(centre, f.name) + (1 - alpha) * getattr(proposed, f.name) for f in fields(Multipliers)
    }
    return Multipliers(**mixed)
