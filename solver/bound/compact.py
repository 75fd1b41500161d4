"""The compact LP: how often each block visits each site and for how long, without any route.

Its columns are priced out in compiled code and enter only when they pay, so its size follows the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.bound.blocks import Blocks
from solver.bound.multipliers import Multipliers, Worth, clip, fixed_part, no_multipliers, worth_of_days
from solver.bound.night_rows import EVERY_DATE
from solver.bound.relaxation import DayPrices, day_prices, fit, price_entries, settle
from solver.bound.shares import shares_of
from solver.bound.site_program import INFINITE, SiteProgram
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs
from solver.numeric.linear_program import Optimum
from solver.numeric.ways import FAR

# Entries offered to the LP per block and round: few enough to keep it small, enough to settle in a dozen rounds.
OFFERED_PER_BLOCK = 24
TANGENTS = 4
NEAR_CLASSES = 3
EAGER_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactBound:
    """One valid bound in milli-activations and the multipliers that give it; `settled` once no column pays."""

    value: float
    multipliers: Multipliers
    prices: DayPrices
    settled: bool


class CompactProgram(SiteProgram):
    """The compact LP of one worth over the given blocks.

    Besides the shared rows, in each block: minutes spent with least legs (`minute`), minutes stretched by the
    round trip (`radius`, tangents added where the answer leaves them), stops, and metres counted both ways.
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth) -> None:
        super().__init__(arrays, blocks, worth)
        self._entry = np.empty(0, dtype=np.int64)
        self._corner = np.empty(0, dtype=np.int64)
        self._column = np.empty(0, dtype=np.int64)
        self._entry_block = np.repeat(np.arange(blocks.count), np.diff(blocks.ptr))
        self._inside = np.zeros(len(blocks.hull_gain), dtype=np.bool_)
        self._shares: set[tuple[int, bytes]] = set()
        self._bend = np.tile(blocks.busy_minutes.astype(np.float64), (1, 1))
        self._lay_block_rows()

    def _lay_block_rows(self) -> None:
        a, blocks, worth, lp = self.arrays, self.blocks, self.worth, self.program
        count = blocks.count
        zero, below = np.zeros(count), np.full(count, -INFINITE)
        days = blocks.team_days.astype(np.float64)
        self._used = lp.add_columns((-worth.rupiah * blocks.day_rupiah).astype(np.float64), days)
        self._minute = lp.add_rows(below, zero)
        lp.set_coefficients(self._minute, self._used, -(blocks.shift_minutes - blocks.home_minutes).astype(np.float64))
        self._radius = [lp.add_rows(below, zero)]
        lp.set_coefficients(self._radius[0], self._used, -self._bend[0])
        self._stop = lp.add_rows(below, zero)
        lp.set_coefficients(self._stop, self._used, -blocks.stops.astype(np.float64))
        self._costly = a.per_km > 0 and (worth.rupiah > 0 or a.budget >= 0)
        if self._costly:
            # Kilometres keep the coefficients near one.
            driven = lp.add_columns(np.full(count, -worth.rupiah * a.per_km), np.full(count, INFINITE))
            self._metre_in, self._metre_round = lp.add_rows(below, zero), lp.add_rows(below, zero)
            for row in (self._metre_in, self._metre_round):
                lp.set_coefficients(row, driven, np.full(count, -1.0))
            lp.set_coefficients(self._metre_in, self._used, blocks.home_metres / 1000)
        if len(self.budget):
            lp.set_coefficients(np.repeat(self.budget, count), self._used, blocks.day_rupiah / 1000)
            if self._costly:
                lp.set_coefficients(np.repeat(self.budget, count), driven, np.full(count, a.per_km / 1000))
        self._kit = np.empty(0, dtype=np.int64)
        if blocks.families < count or blocks.calendars.teams:
            family = lp.add_rows(np.full(blocks.families, -INFINITE), blocks.family_days.astype(np.float64))
            lp.set_coefficients(family[blocks.family], self._used, np.ones(count))
            limit = blocks.kit_limit.astype(np.float64)
            self._kit = lp.add_rows(np.where(blocks.kit_least < 0, limit, -INFINITE), limit)
            drawing = np.repeat(np.arange(count), np.diff(blocks.kit_ptr))
            drawn = blocks.kit_count.astype(np.float64)
            lp.set_coefficients(self._kit[blocks.kit_row], self._used[drawing], drawn)

    def _offer(self, chosen: Indices, corners: Indices, gain: Floats) -> None:
        """Add the columns of entries `chosen`, each with the visit at its corner and the people whom it wins."""
        a, blocks, lp = self.arrays, self.blocks, self.program
        block, site = self._entry_block[chosen], blocks.site[chosen].astype(np.int64)
        new = lp.add_columns(np.zeros(len(chosen)), blocks.open_days[chosen].astype(np.float64))
        self.add_visits(new, blocks.block_class[block].astype(np.int64), site, gain)
        busy = (a.setup[site] + blocks.hull_minutes[corners]).astype(np.float64)
        parts = [
            (self._minute[block], busy + blocks.in_minutes[chosen]),
            (self._stop[block], np.ones(len(new))),
        ]
        parts.extend(
            (row[block], self._stretch(busy, chosen, bend[block]))
            for row, bend in zip(self._radius, self._bend, strict=True)
        )
        if self._costly:
            parts.append((self._metre_in[block], blocks.in_metres[chosen] / 1000))
            share = busy / blocks.busy_minutes[block]
            parts.append((self._metre_round[block], share * blocks.round_metres[chosen] / 1000))
        self.enter(parts, new)
        self._entry = np.concatenate((self._entry, chosen))
        self._corner = np.concatenate((self._corner, corners))
        self._column = np.concatenate((self._column, new))

    def _stretch(self, busy: Floats, entries: Indices, bend: Floats) -> Floats:
        blocks = self.blocks
        shift = blocks.shift_minutes[self._entry_block[entries]]
        return busy * (blocks.round_minutes[entries] + 2 * bend - shift) / bend

    def _cut(self, answer: Optimum) -> int:
        """Add class rows and radius tangents that the answer violates; returns how many."""
        a, blocks, lp = self.arrays, self.blocks, self.program
        added = self.add_class_rows(np.zeros_like(self.class_row, dtype=np.bool_), answer)
        amount = np.zeros(len(self._column))
        known = self._column < len(answer.primal)
        amount[known] = answer.primal[self._column[known]]
        site = blocks.site[self._entry].astype(np.int64)
        block = self._entry_block[self._entry]
        busy = (a.setup[site] + blocks.hull_minutes[self._corner]).astype(np.float64)
        filled = np.bincount(block, weights=busy * amount, minlength=blocks.count)
        stretched = np.bincount(
            block, weights=busy * amount * blocks.round_minutes[self._entry], minlength=blocks.count
        )
        used = answer.primal[self._used]
        mean = np.where(used > 1e-6, filled / np.maximum(used, 1e-6), 0.0)
        excess = mean * filled + stretched - blocks.shift_minutes * filled
        bent = (excess > 0.002 * blocks.shift_minutes * filled) & (used > 1e-6) & (mean > blocks.shift_minutes / 2)
        if bent.any() and len(self._radius) < TANGENTS:
            bend = np.where(bent, mean, self._bend[0])
            which = np.flatnonzero(bent)
            row = np.full(blocks.count, -1, dtype=np.int64)
            row[which] = lp.add_rows(np.full(len(which), -INFINITE), np.zeros(len(which)))
            lp.set_coefficients(row[which], self._used[which], -bend[which])
            mine = bent[block]
            stretch = self._stretch(busy[mine], self._entry[mine], bend[block[mine]])
            lp.set_coefficients(row[block[mine]], self._column[mine], stretch)
            self._radius.append(row)
            self._bend = np.vstack((self._bend, bend))
            added += len(which)
        return added

    def _read(self, answer: Optimum) -> tuple[Multipliers, DayPrices]:
        dual = answer.dual
        none = np.zeros(self.blocks.count)
        prices = DayPrices(
            minute=dual[self._minute],
            radius=np.array([np.where(row >= 0, dual[row], 0.0) for row in self._radius]),
            bend=self._bend,
            stop=dual[self._stop],
            metre_in=dual[self._metre_in] / 1000 if self._costly else none,
            metre_round=dual[self._metre_round] / 1000 if self._costly else none,
        )
        shared = self.multipliers(answer)
        return replace(shared, kit=dual[self._kit]) if len(self._kit) else shared, prices

    def evaluate(self, multipliers: Multipliers, prices: DayPrices) -> tuple[CompactBound, Floats, Ints]:
        """The closed form at these multipliers, made valid first, and the worth of every entry."""
        a, blocks, worth = self.arrays, self.blocks, self.worth
        multipliers = clip(multipliers, worth, self.rows)
        prices = settle(prices, worth, multipliers, a, blocks=blocks)
        priced = price_entries(blocks, a, worth, multipliers, prices)
        days = worth_of_days(blocks, priced.block, priced.day, worth=worth, multipliers=multipliers)
        value = fixed_part(multipliers, worth, self.rows) + days + worth.slack
        bound = CompactBound(value=value, multipliers=multipliers, prices=prices, settled=False)
        return bound, priced.entry, priced.corner

    def tighten(
        self, interrupter: SolveInterrupter, *, start: tuple[Multipliers, DayPrices] | None = None
    ) -> Iterator[CompactBound]:
        """Solve, price out, cut, and yield every bound found on the way, not always smaller than the last."""
        blocks = self.blocks
        bound, entry_worth, corner = self.evaluate(*(start or self._guess()))
        yield bound
        self.add_class_rows(bound.multipliers.class_visit > 0, None)
        if start is None:
            self._take(self._near(entry_worth), corner, len(blocks.site), bound.multipliers)
        else:
            eager = entry_worth + self._eagerness(bound.prices)
            self._take(eager, corner, 2 * OFFERED_PER_BLOCK, bound.multipliers)
        while True:
            answer = self.program.solve(interrupter)
            if answer is None:
                return
            bound, entry_worth, corner = self.evaluate(*self._read(answer))
            yield bound
            # With few columns the blocks' own prices are far too low; fitted ones often bound well long before.
            fitted = fit(blocks, self.arrays, self.worth, bound.multipliers, bound.prices)
            yield self.evaluate(bound.multipliers, fitted)[0]
            if not answer.optimal:
                return
            tolerance = 1e-6 * max(1.0, abs(answer.value)) / max(1, len(blocks.site))
            pays = np.where(entry_worth > max(tolerance, 1e-4), entry_worth, 0.0)
            offered = self._take(pays, corner, OFFERED_PER_BLOCK, bound.multipliers)
            if (
                bound.value - answer.value - self.worth.promised - self.worth.slack > 2e-5 * abs(answer.value)
                and offered
            ):
                continue
            if not self._cut(answer):
                yield CompactBound(value=bound.value, multipliers=bound.multipliers, prices=bound.prices, settled=True)
                return

    def _take(self, entry_worth: Floats, corner: Ints, quota: int, multipliers: Multipliers) -> int:
        chosen = _best_entries(self.blocks.ptr, entry_worth, self._inside[corner], quota)
        corners = corner[chosen].astype(np.int64)
        if len(self.arrays.documents.worth):
            gain = self._share(chosen, corners, multipliers)
            keys = [(int(h), np.rint(64 * row).tobytes()) for h, row in zip(corners, gain, strict=True)]
            new = np.array([key not in self._shares for key in keys], dtype=np.bool_)
            self._shares.update(keys)
            chosen, corners, gain = chosen[new], corners[new], gain[new]
        else:
            self._inside[corners] = True
            gain = self.blocks.hull_gain[corners].astype(np.float64)[:, None]
        if len(chosen):
            self._offer(chosen, corners, gain)
        return len(chosen)

    def _share(self, chosen: Indices, corners: Indices, multipliers: Multipliers) -> Floats:
        """The people whom each visit wins at these prices, by document."""
        blocks, count = self.blocks, len(self.arrays.documents.worth)
        block, site = self._entry_block[chosen], blocks.site[chosen].astype(np.int64)
        price = multipliers.win.reshape(-1, count)[site] - blocks.first_date[block, None] * self.worth.late
        outfit = blocks.member[blocks.block_class[block]].astype(np.int64)
        minutes = blocks.hull_minutes[corners].astype(np.int64)
        return shares_of(self.arrays.documents, outfit, site, minutes, np.maximum(price, 0.0))

    def _near(self, entry_worth: Floats) -> Floats:
        """Mark each site's entries in the few classes that are nearest to it."""
        blocks = self.blocks
        of_class = blocks.block_class[self._entry_block]
        trip = np.full(blocks.class_limit.shape, FAR, dtype=np.int32)
        trip[of_class, blocks.site] = blocks.round_minutes
        kept = min(NEAR_CLASSES, len(trip))
        limit = np.partition(trip, kept - 1, axis=0)[kept - 1]
        return np.where(blocks.round_minutes <= limit[blocks.site], np.maximum(entry_worth, 1.0), 0.0)

    def _eagerness(self, prices: DayPrices) -> Floats:
        """At the start offer entries a little below their price too."""
        day = (prices.minute + prices.radius.sum(axis=0)) * self.blocks.shift_minutes
        return np.repeat(EAGER_SHARE * day, np.diff(self.blocks.ptr))

    def _guess(self) -> tuple[Multipliers, DayPrices]:
        """Prices before any LP: a person at full worth, a minute at what a middling site of the block wins in one."""
        a, blocks, worth = self.arrays, self.blocks, self.worth
        zero = no_multipliers(a, blocks)
        multipliers = Multipliers(
            target=worth.person,
            area=np.append(zero.area[: a.areas], worth.area[a.areas :]),
            win=np.where(self.rows.toward > 0, worth.person, _of_documents(worth, a)),
            mir=zero.mir,
            divisor=zero.divisor,
            visit=zero.visit,
            class_visit=zero.class_visit,
            must=zero.must,
            kit=zero.kit,
            money=0.0,
            day=0.0,
        )
        return multipliers, day_prices(blocks, a, worth)


def _of_documents(worth: Worth, arrays: Arrays) -> Floats:
    """The worth of a person of each site and document, 0 of the first one."""
    return np.tile(np.append(0.0, worth.area[arrays.areas :]), arrays.sites)


def spread(multipliers: Multipliers, prices: DayPrices, coarse: Blocks, fine: Blocks) -> tuple[Multipliers, DayPrices]:
    """Multipliers and day prices of coarse blocks for blocks of the same classes on more groups of dates."""
    first = np.zeros(int(max(coarse.block_class.max(initial=0), fine.block_class.max(initial=0))) + 1, dtype=np.int64)
    first[coarse.block_class[::-1]] = np.arange(coarse.count)[::-1]
    source = first[fine.block_class]
    # Rows one after another, as the kernels were compiled for: another layout would be compiled in the midst of a run.
    finer = DayPrices(
        minute=prices.minute[source],
        radius=np.ascontiguousarray(prices.radius[:, source]),
        bend=np.ascontiguousarray(prices.bend[:, source]),
        stop=prices.stop[source],
        metre_in=prices.metre_in[source],
        metre_round=prices.metre_round[source],
    )
    of_row = {pair: n for n, pair in enumerate(zip(coarse.kit_pool.tolist(), coarse.kit_group.tolist(), strict=True))}
    kit = np.zeros(len(fine.kit_limit))
    for x, (pool, group) in enumerate(zip(fine.kit_pool.tolist(), fine.kit_group.tolist(), strict=True)):
        wider = group if group == EVERY_DATE else int(coarse.date_group[fine.date_group == group][0])
        around = of_row.get((pool, wider))
        kit[x] = 0.0 if around is None else multipliers.kit[around]
    return replace(multipliers, kit=kit), finer


@compiled
def _best_entries(ptr: Longs, worth: Floats, inside: Bools, quota: int) -> Indices:
    """Indices of at most `quota` entries of positive worth in each block that are not inside yet, best first."""
    chosen = np.empty(quota * (len(ptr) - 1), dtype=np.int64)
    size = 0
    for b in range(len(ptr) - 1):
        count = 0
        for e in range(ptr[b], ptr[b + 1]):
            if worth[e] > 0.0 and not inside[e]:
                count += 1
        if count == 0:
            continue
        some = np.empty(count, dtype=np.int64)
        rank = np.empty(count)
        count = 0
        for e in range(ptr[b], ptr[b + 1]):
            if worth[e] > 0.0 and not inside[e]:
                some[count] = e
                rank[count] = -worth[e]
                count += 1
        order = np.argsort(rank)
        for p in range(min(quota, count)):
            chosen[size] = some[order[p]]
            size += 1
    return chosen[:size].copy()
