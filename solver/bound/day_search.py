"""The price of a team-day of every block by true routes, at any multipliers, and the routes that are worth it."""

from collections.abc import Callable
from copy import copy

import numpy as np

from solver.bound.block_routes import RouteList, Routes
from solver.bound.blocks import Blocks, list_every_slot
from solver.bound.day_layout import Day, Frame, Tariff, Visits, day_of_block, neighbours_of, service_of, ways_of
from solver.bound.multipliers import Multipliers, Worth, day_cost, fixed_part, site_rows, worth_of_days
from solver.bound.pricing import Found, best_days
from solver.bound.relaxation import DayPrices, fit, price_entries, settle
from solver.bound.residual import need_every_slot, remainder_of, room_of
from solver.bound.rounding import ROUNDING
from solver.numeric.arrays import Arrays, shortest_stay
from solver.numeric.kinds import Floats, Indices

# Units per milli-activation in compiled pricing; fewer if a day's worth would not fit 32 bits.
TICKS = 64.0
LARGEST_DAY = 2.0**29
ROUTES_PER_PRICING = 12
MOST_LABELS = 40_000
# In the recursion a candidate leads to the nearest others by their own legs, to the rest by the least of theirs: to so
# many that all legs together are not too many, and at least to a few.
MOST_LEGS = 100_000
LEAST_LEGS = 40


class DaySearch:
    """Prices the blocks; remembers between calls what sped the last one up, never what its answer rests on."""

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth, prices: DayPrices) -> None:
        self._arrays, self._blocks, self._worth = arrays, blocks, worth
        self._rows = site_rows(arrays, blocks)
        self.prices = prices
        self._neighbours = neighbours_of(arrays.minutes, arrays.metres)
        self._critical = np.ones((blocks.count, arrays.sites), dtype=np.bool_)

    def narrowed(self, narrow: Callable[[Blocks], Blocks]) -> "DaySearch":
        """The same for narrower blocks, that goes its own way from here."""
        other = copy(self)
        other._blocks = narrow(self._blocks)
        other._rows = site_rows(self._arrays, other._blocks)
        other._critical = self._critical.copy()
        return other

    def bound(
        self, multipliers: Multipliers, floor: Floats, should_stop: Callable[[], bool], *, keen: float = np.inf
    ) -> tuple[float, Floats, Routes]:
        """The closed form at these multipliers, the price of a day of each block, and routes above the floor.

        A day of block b worth less than `floor[b]` is priced at `floor[b]`, which is valid and keeps the search
        small; a negative floor stands for a share of what the compact relaxation allows. Of a day that passes its
        floor by more than `keen` milli-activations the price is found less exactly: these multipliers will not do.
        """
        a, worth = self._arrays, self._worth
        blocks = self._blocks = self._listing_slots(multipliers)
        prices = settle(self.prices, worth, multipliers, a, blocks=blocks)
        prices = self.prices = fit(blocks, a, worth, multipliers, prices)
        compact = price_entries(blocks, a, worth, multipliers, prices)
        days = compact.block.copy()
        paid = np.maximum(np.minimum(compact.day, days / blocks.team_days), 0.0)
        a_day, cost = compact.day.copy(), day_cost(worth, multipliers, blocks)
        per_metre = (worth.rupiah + multipliers.money) * a.per_km / 1000
        # What a day without any stop is worth: more than nothing where it begins or ends dear.
        driven = per_metre * blocks.way_metres
        going = np.where(blocks.goes, ROUNDING * (np.abs(cost) + driven) - cost - driven, -np.inf)
        remainder = remainder_of(self._rows.people, multipliers.divisor)
        visits = visits_of(blocks, compact.entry)
        routes = RouteList(a, blocks)
        for b in range(blocks.count):
            if should_stop():
                # What is priced so far and the compact price of the rest still make a bound.
                break
            first, last = int(blocks.ptr[b]), int(blocks.ptr[b + 1])
            day = float(compact.day[b])
            threshold = float(floor[b]) if floor[b] >= 0.0 else -float(floor[b]) * day
            threshold = max(threshold, float(going[b]))
            if day <= threshold or days[b] <= 0.0 or first == last:
                continue
            entry = compact.entry[first:last]
            chosen = first + np.flatnonzero(day + np.minimum(entry, 0.0) > threshold)
            price = self.price_of_people(multipliers, b)
            frame = Frame(
                minutes=int(blocks.shift_minutes[b]),
                max_stops=int(blocks.stops[b]),
                day_cost=float(cost[b]),
                ticks=self._ticks(b, multipliers),
                per_metre=per_metre,
                room=day - threshold,
                minute_price=float(prices.minute[b]),
                metre_price=float(prices.metre_in[b]),
                most_close=max(LEAST_LEGS, MOST_LEGS // max(len(chosen), 1)),
            )
            fee = multipliers.visit + multipliers.class_visit[int(blocks.block_class[b])]
            tariff = Tariff(price, fee, multipliers.must, multipliers.mir, multipliers.divisor, remainder)
            layout, result = self._best_days(b, chosen, frame, visits, tariff, threshold=threshold, keen=keen)
            exact = max(threshold, (result.price + 1) / frame.ticks)
            paid[b] = min(paid[b], exact)
            a_day[b] = min(a_day[b], exact)
            days[b] = min(days[b], exact * blocks.team_days[b])
            sites = blocks.site[chosen].astype(np.int64)
            routes.add_found(b, result, sites, steps=layout.step, price=price)
        fixed = fixed_part(multipliers, worth, self._rows)
        together = worth_of_days(blocks, days, a_day, worth=worth, multipliers=multipliers)
        return fixed + together + worth.slack, _of_families(blocks, paid), routes.collected()

    def _best_days(
        self, b: int, chosen: Indices, frame: Frame, visits: Visits, tariff: Tariff, *, threshold: float, keen: float
    ) -> tuple[Day, Found]:
        """Lay a day of block b out for the chosen entries, and search its best routes."""
        blocks, c = self._blocks, int(self._blocks.block_class[b])
        k = int(blocks.member[c])
        ways = ways_of(self._arrays, k, blocks.least_home[c], self._neighbours)
        layout = day_of_block(frame, visits, chosen, tariff, service_of(self._arrays, k), ways)
        critical = self._critical[b, blocks.site[chosen]]
        least, enough = int(threshold * frame.ticks), int(min(threshold + keen, 2 * LARGEST_DAY) * frame.ticks)
        result = best_days(layout, least, enough, 1, MOST_LABELS, ROUTES_PER_PRICING, critical)
        self._critical[b, blocks.site[chosen]] = critical
        return layout, result

    def price_of_people(self, multipliers: Multipliers, block: int) -> Floats:
        """What is paid for a person of each site, and document if there are several, on a day of a block."""
        late = np.tile(self._worth.late, self._arrays.sites)
        return np.asarray(np.maximum(multipliers.win - late * self._blocks.first_date[block], 0.0), dtype=np.float64)

    def _listing_slots(self, multipliers: Multipliers) -> Blocks:
        """The blocks with every slot of the sites whose residual-capacity rows need it."""
        sites = need_every_slot(multipliers.divisor, self._blocks.most).reshape(self._arrays.sites, -1).any(axis=1)
        if (sites & ~self._blocks.every_slot).any():
            return list_every_slot(self._blocks, self._arrays, sites | self._blocks.every_slot)
        return self._blocks

    def _ticks(self, block: int, multipliers: Multipliers) -> float:
        a = self._arrays
        # Everybody's credit is the whole right-hand side.
        people = self._rows.people
        most_credit = (multipliers.mir * (people[:, None] - room_of(people, multipliers.divisor))).sum(axis=1)
        won, credit = ((part).reshape(a.sites, -1).sum(axis=1) for part in (multipliers.win * people, most_credit))
        most = float((won + multipliers.must + credit).max())
        first, last = self._blocks.kit_ptr[block : block + 2]
        drawn = self._blocks.kit_count[first:last] * multipliers.kit[self._blocks.kit_row[first:last]]
        earned = float(np.abs(drawn).sum()) if self._blocks.calendars.teams else 0.0
        return ticks_of(a, int(self._blocks.shift_minutes[block]), most, besides=multipliers.day + earned)


def visits_of(blocks: Blocks, spare: Floats) -> Visits:
    """The entries of all blocks as `day_of_block` reads them."""
    return Visits(
        site=blocks.site,
        longest=blocks.longest,
        window_ptr=blocks.window_ptr,
        opens=blocks.opens,
        closes=blocks.closes,
        in_minutes=blocks.in_minutes,
        in_metres=blocks.in_metres,
        spare=spare,
    )


def _of_families(blocks: Blocks, paid: Floats) -> Floats:
    """The price of a day of each block: that of the best block of its family, since only that one is paid."""
    if blocks.families == blocks.count:
        return paid
    best = np.zeros(blocks.families)
    np.maximum.at(best, blocks.family, paid)
    return best[blocks.family]


def ticks_of(arrays: Arrays, shift_minutes: int, most: float, *, besides: float = 0.0) -> float:
    """Units per milli-activation with which no day leaves 32 bits, sites repeated or not, a visit worth `most`."""
    visits = shift_minutes // max(int(shortest_stay(arrays).min()), 1) + 1
    return min(TICKS, LARGEST_DAY / max(visits * most + besides, 1.0))
