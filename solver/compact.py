"""The compact LP: how often each block visits each site and for how long, without any route.

Its columns are priced out in compiled code and enter only when they pay, so its size follows the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.arrays import Arrays, Ints
from solver.blocks import FAR, Blocks
from solver.compilation import compiled
from solver.linear_program import Answer, Floats, Indices, LinearProgram
from solver.relaxation import (
    DayPrices,
    Multipliers,
    Worth,
    clip,
    day_prices,
    fixed_part,
    no_multipliers,
    price_entries,
    settle,
    site_rows,
)

# Entries offered to the LP per block and round: few enough to keep it small, enough to settle in a dozen rounds.
OFFERED_PER_BLOCK = 24
TANGENTS = 4
NEAR_CLASSES = 3
EAGER_SHARE = 0.1
INFINITE = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactBound:
    """One valid bound in milli-activations and the multipliers that give it; `settled` once no column pays."""

    value: float
    multipliers: Multipliers
    prices: DayPrices
    settled: bool


class CompactProgram:
    """The compact LP of one worth over the given blocks.

    Rows, with their multipliers: people won are covered by visits (`win`) and by residual capacity (`mir`);
    visits of a site (`visit`) and by class (`class_visit`, added when violated); must-sites, areas, target, budget.
    In each block minutes spent with least legs (`minute`), minutes stretched by the round trip (`radius`, tangents
    added where the answer leaves them), stops, and metres counted both ways.
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth) -> None:
        self._arrays, self._blocks, self._worth = arrays, blocks, worth
        self._rows = site_rows(arrays, blocks)
        self._program = LinearProgram()
        self._entry = np.empty(0, dtype=np.int64)
        self._corner = np.empty(0, dtype=np.int64)
        self._column = np.empty(0, dtype=np.int64)
        self._entry_block = np.repeat(np.arange(blocks.count), np.diff(blocks.ptr))
        self._inside = np.zeros(len(blocks.hull_gain), dtype=np.bool_)
        self._class_row = np.full(blocks.class_limit.shape, -1, dtype=np.int64)
        self._bend = np.tile(blocks.busy_minutes.astype(np.float64), (1, 1))
        self._lay_site_rows()
        self._lay_block_rows()

    def _lay_site_rows(self) -> None:
        a, rows, worth, lp = self._arrays, self._rows, self._worth, self._program
        n = a.sites
        every = np.arange(n)
        self._won = lp.add_columns(np.zeros(n), rows.reachable.astype(np.float64))
        self._cover = lp.add_rows(np.full(n, -INFINITE), np.zeros(n))
        lp.set_coefficients(self._cover, self._won, np.ones(n))
        self._mir_site = np.flatnonzero(rows.rounds > 0)
        room = (rows.people - rows.remainder * rows.rounds)[self._mir_site].astype(np.float64)
        self._mir = lp.add_rows(np.full(len(room), -INFINITE), room)
        lp.set_coefficients(self._mir, self._won[self._mir_site], np.ones(len(room)))
        self._visit = lp.add_rows(np.full(n, -INFINITE), rows.visit_limit.astype(np.float64))
        self._must_site = np.flatnonzero(rows.must) if worth.must > 0 else np.empty(0, dtype=np.int64)
        count = len(self._must_site)
        missed = lp.add_columns(np.full(count, -worth.must), np.ones(count))
        self._must = lp.add_rows(np.full(count, -INFINITE), np.full(count, -1.0))
        lp.set_coefficients(self._must, missed, np.full(count, -1.0))
        goal = lp.add_columns(np.array([worth.person]), np.array([float(worth.goal)]))
        self._target = lp.add_rows(np.array([-INFINITE]), np.zeros(1))
        lp.set_coefficients(
            np.repeat(self._target, n + 1), np.append(self._won, goal), np.append(np.full(n, -1.0), 1.0)
        )
        self._area = np.empty(0, dtype=np.int64)
        if worth.area > 0 and worth.floors.any():
            short = lp.add_columns(np.full(a.areas, -worth.area), worth.floors.astype(np.float64))
            self._area = lp.add_rows(np.full(a.areas, -INFINITE), -worth.floors.astype(np.float64))
            lp.set_coefficients(self._area, short, np.full(a.areas, -1.0))
            lp.set_coefficients(self._area[a.area], self._won[every], np.full(n, -1.0))
        self._mir_row = np.full(n, -1, dtype=np.int64)
        self._mir_row[self._mir_site] = self._mir
        self._must_row = np.full(n, -1, dtype=np.int64)
        self._must_row[self._must_site] = self._must

    def _lay_block_rows(self) -> None:
        a, blocks, worth, lp = self._arrays, self._blocks, self._worth, self._program
        count = blocks.count
        zero, below = np.zeros(count), np.full(count, -INFINITE)
        days = blocks.team_days.astype(np.float64)
        self._used = lp.add_columns(np.full(count, -worth.rupiah * a.per_team_day), days)
        self._minute = lp.add_rows(below, zero)
        lp.set_coefficients(self._minute, self._used, -(blocks.shift_minutes - blocks.home_minutes).astype(np.float64))
        self._radius = [lp.add_rows(below, zero)]
        lp.set_coefficients(self._radius[0], self._used, -self._bend[0])
        self._stop = lp.add_rows(below, zero)
        lp.set_coefficients(self._stop, self._used, -blocks.stops.astype(np.float64))
        self._costly = a.per_km > 0 and (worth.rupiah > 0 or a.budget >= 0)
        self._budget = np.empty(0, dtype=np.int64)
        if self._costly:
            # Kilometres keep the coefficients near one.
            driven = lp.add_columns(np.full(count, -worth.rupiah * a.per_km), np.full(count, INFINITE))
            self._metre_in, self._metre_round = lp.add_rows(below, zero), lp.add_rows(below, zero)
            for row in (self._metre_in, self._metre_round):
                lp.set_coefficients(row, driven, np.full(count, -1.0))
            lp.set_coefficients(self._metre_in, self._used, blocks.home_metres / 1000)
        if a.budget >= 0 and (a.per_km > 0 or a.per_team_day > 0):
            # The budget counts in thousands of rupiah; cost is rounded down to the rupiah.
            self._budget = lp.add_rows(np.array([-INFINITE]), np.array([(a.budget + 1) / 1000]))
            lp.set_coefficients(np.repeat(self._budget, count), self._used, np.full(count, a.per_team_day / 1000))
            if self._costly:
                lp.set_coefficients(np.repeat(self._budget, count), driven, np.full(count, a.per_km / 1000))

    def _offer(self, chosen: Indices, corners: Indices) -> None:
        """Add the columns of entries `chosen`, each with the visit at its corner."""
        a, blocks, lp = self._arrays, self._blocks, self._program
        self._inside[corners] = True
        block, site = self._entry_block[chosen], blocks.site[chosen].astype(np.int64)
        new = lp.add_columns(np.zeros(len(chosen)), blocks.open_days[chosen].astype(np.float64))
        gain = blocks.hull_gain[corners].astype(np.float64)
        busy = (a.setup[site] + blocks.hull_minutes[corners]).astype(np.float64)
        one = np.ones(len(chosen))
        parts = [
            (self._cover[site], -gain),
            (np.where(gain > 0, self._mir_row[site], -1), -self._rows.remainder[site].astype(np.float64)),
            (self._visit[site], one),
            (self._must_row[site], -one),
            (self._class_row[blocks.block_class[block], site], one),
            (self._minute[block], busy + blocks.in_minutes[chosen]),
            (self._stop[block], one),
        ]
        parts.extend(
            (row[block], self._stretch(busy, chosen, bend[block]))
            for row, bend in zip(self._radius, self._bend, strict=True)
        )
        if self._costly:
            parts.append((self._metre_in[block], blocks.in_metres[chosen] / 1000))
            share = busy / blocks.busy_minutes[block]
            parts.append((self._metre_round[block], share * blocks.round_metres[chosen] / 1000))
        rows = np.concatenate([row for row, _ in parts])
        values = np.concatenate([value for _, value in parts])
        columns = np.tile(new, len(parts))
        kept = (rows >= 0) & (values != 0)
        lp.set_coefficients(rows[kept], columns[kept], values[kept])
        self._entry = np.concatenate((self._entry, chosen))
        self._corner = np.concatenate((self._corner, corners))
        self._column = np.concatenate((self._column, new))

    def _stretch(self, busy: Floats, entries: Indices, bend: Floats) -> Floats:
        blocks = self._blocks
        shift = blocks.shift_minutes[self._entry_block[entries]]
        return busy * (blocks.round_minutes[entries] + 2 * bend - shift) / bend

    def _cut(self, answer: Answer) -> int:
        """Add class rows and radius tangents that the answer violates; returns how many."""
        a, blocks, lp = self._arrays, self._blocks, self._program
        amount = np.zeros(len(self._column))
        known = self._column < len(answer.primal)
        amount[known] = answer.primal[self._column[known]]
        site = blocks.site[self._entry].astype(np.int64)
        block = self._entry_block[self._entry]
        of_class = blocks.block_class[block]
        visits = np.zeros(blocks.class_limit.shape)
        np.add.at(visits, (of_class, site), amount)
        broken = (visits > blocks.class_limit + 1e-6) & (self._class_row < 0)
        added = int(broken.sum())
        if added:
            limits = blocks.class_limit[broken].astype(np.float64)
            self._class_row[broken] = lp.add_rows(np.full(added, -INFINITE), limits)
            touched = broken[of_class, site]
            rows = self._class_row[of_class[touched], site[touched]]
            lp.set_coefficients(rows, self._column[touched], np.ones(len(rows)))
        busy = a.setup[site] + blocks.hull_minutes[self._corner].astype(np.float64)
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

    def _read(self, answer: Answer) -> tuple[Multipliers, DayPrices]:
        dual, a, blocks = answer.dual, self._arrays, self._blocks
        zero = no_multipliers(a, blocks)
        mir, must, class_visit = zero.mir, zero.must, zero.class_visit
        mir[self._mir_site] = dual[self._mir]
        must[self._must_site] = dual[self._must]
        there = self._class_row >= 0
        class_visit[there] = dual[self._class_row[there]]
        multipliers = Multipliers(
            target=float(dual[self._target][0]),
            area=dual[self._area] if len(self._area) else zero.area,
            win=dual[self._cover],
            mir=mir,
            visit=dual[self._visit],
            class_visit=class_visit,
            must=must,
            money=float(dual[self._budget][0]) / 1000 if len(self._budget) else 0.0,
        )
        none = np.zeros(blocks.count)
        prices = DayPrices(
            minute=dual[self._minute],
            radius=np.array([np.where(row >= 0, dual[row], 0.0) for row in self._radius]),
            bend=self._bend,
            stop=dual[self._stop],
            metre_in=dual[self._metre_in] / 1000 if self._costly else none,
            metre_round=dual[self._metre_round] / 1000 if self._costly else none,
        )
        return multipliers, prices

    def evaluate(self, multipliers: Multipliers, prices: DayPrices) -> tuple[CompactBound, Floats, Ints]:
        """The closed form at these multipliers, made valid first, and the worth of every entry."""
        a, blocks, worth = self._arrays, self._blocks, self._worth
        multipliers = clip(multipliers, worth, self._rows)
        prices = settle(prices, worth, multipliers, a, blocks=blocks)
        days, entry_worth, corner = price_entries(blocks, a, worth, multipliers, prices)
        value = fixed_part(multipliers, worth, self._rows, a.budget) + float(days.sum()) * (1 + 1e-13) + worth.slack
        bound = CompactBound(value=value, multipliers=multipliers, prices=prices, settled=False)
        return bound, entry_worth, corner

    def tighten(
        self, interrupter: SolveInterrupter, *, start: tuple[Multipliers, DayPrices] | None = None
    ) -> Iterator[CompactBound]:
        """Solve, price out, cut, and yield every bound found on the way, not always smaller than the last."""
        blocks = self._blocks
        bound, entry_worth, corner = self.evaluate(*(start or self._guess()))
        yield bound
        if start is None:
            self._take(self._near(entry_worth), corner, len(blocks.site))
        else:
            self._take(entry_worth + self._eagerness(bound.prices), corner, 2 * OFFERED_PER_BLOCK)
        while True:
            answer = self._program.solve(interrupter)
            if answer is None:
                return
            bound, entry_worth, corner = self.evaluate(*self._read(answer))
            yield bound
            if not answer.optimal:
                return
            tolerance = 1e-6 * max(1.0, abs(answer.value)) / max(1, len(blocks.site))
            offered = self._take(
                np.where(entry_worth > max(tolerance, 1e-4), entry_worth, 0.0), corner, OFFERED_PER_BLOCK
            )
            if bound.value - answer.value - self._worth.slack > 2e-5 * abs(answer.value) and offered:
                continue
            if not self._cut(answer):
                yield CompactBound(value=bound.value, multipliers=bound.multipliers, prices=bound.prices, settled=True)
                return

    def _take(self, entry_worth: Floats, corner: Ints, quota: int) -> int:
        chosen = _best_entries(self._blocks.ptr, entry_worth, self._inside[corner], quota)
        if len(chosen):
            self._offer(chosen, corner[chosen].astype(np.int64))
        return len(chosen)

    def _near(self, entry_worth: Floats) -> Floats:
        """Mark each site's entries in the few classes that are nearest to it."""
        blocks = self._blocks
        of_class = blocks.block_class[self._entry_block]
        trip = np.full(blocks.class_limit.shape, FAR, dtype=np.int32)
        trip[of_class, blocks.site] = blocks.round_minutes
        kept = min(NEAR_CLASSES, len(trip))
        limit = np.partition(trip, kept - 1, axis=0)[kept - 1]
        return np.where(blocks.round_minutes <= limit[blocks.site], np.maximum(entry_worth, 1.0), 0.0)

    def _eagerness(self, prices: DayPrices) -> Floats:
        """At the start offer entries a little below their price too."""
        day = (prices.minute + prices.radius.sum(axis=0)) * self._blocks.shift_minutes
        return np.repeat(EAGER_SHARE * day, np.diff(self._blocks.ptr))

    def _guess(self) -> tuple[Multipliers, DayPrices]:
        """Prices before any LP: a person at full worth, a minute at what a middling site of the block wins in one."""
        a, blocks, worth = self._arrays, self._blocks, self._worth
        zero = no_multipliers(a, blocks)
        multipliers = Multipliers(
            target=worth.person,
            area=zero.area,
            win=np.full(a.sites, worth.person),
            mir=zero.mir,
            visit=zero.visit,
            class_visit=zero.class_visit,
            must=zero.must,
            money=0.0,
        )
        return multipliers, day_prices(blocks, a, worth)


def spread(prices: DayPrices, coarse: Blocks, fine: Blocks) -> DayPrices:
    """Day prices of coarse blocks for blocks of the same classes on more groups of dates."""
    first = np.zeros(int(max(coarse.block_class.max(initial=0), fine.block_class.max(initial=0))) + 1, dtype=np.int64)
    first[coarse.block_class[::-1]] = np.arange(coarse.count)[::-1]
    source = first[fine.block_class]
    return DayPrices(
        minute=prices.minute[source],
        radius=prices.radius[:, source],
        bend=prices.bend[:, source],
        stop=prices.stop[source],
        metre_in=prices.metre_in[source],
        metre_round=prices.metre_round[source],
    )


@compiled
def _best_entries(ptr, worth, inside, quota):  # type: ignore[no-untyped-def]
    """Indices of at most `quota` entries of positive worth in each block that are not inside yet, best first."""
    chosen = np.empty(quota * (len(ptr) - 1), dtype=np.int64)
    size = 0
    for b in range(len(ptr) - 1):
        found = 0
        for e in range(ptr[b], ptr[b + 1]):
            if worth[e] > 0.0 and not inside[e]:
                found += 1
        if found == 0:
            continue
        some = np.empty(found, dtype=np.int64)
        rank = np.empty(found)
        found = 0
        for e in range(ptr[b], ptr[b + 1]):
            if worth[e] > 0.0 and not inside[e]:
                some[found] = e
                rank[found] = -worth[e]
                found += 1
        order = np.argsort(rank)
        for p in range(min(quota, found)):
            chosen[size] = some[order[p]]
            size += 1
    return chosen[:size].copy()
