"""The compact relaxation of a team-day: the most that each block is worth, at any prices of its minutes and stops."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from solver.bound.blocks import Blocks
from solver.bound.multipliers import Multipliers, Worth, day_cost, people_of
from solver.bound.residual import most_credit, need_every_slot, remainder_of
from solver.bound.rounding import ROUNDING
from solver.bound.shares import share, weigh
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.documents import Documents
from solver.numeric.kinds import Floats, Ints, Longs

# Steps of `fit`: each price as it is, then nothing, then by these factors; the minute price goes first.
FIT_FACTORS = (1.0, 0.0, 0.9, 1.1, 0.97, 1.03, 0.7, 1.4)
FIT_SWEEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrices:
    """Multipliers of the rows inside each block b: minutes, radius rows (tangent at `bend`), stops, metres.

    `radius[t, b]` belongs to the tangent at `bend[t, b]` minutes of set-up and service a day.
    """

    minute: Floats
    radius: Floats
    bend: Floats
    stop: Floats
    metre_in: Floats
    metre_round: Floats


class Priced(NamedTuple):
    """Bound of each block and of one of its days; worth of each entry beyond its prices, and its best corner."""

    block: Floats
    day: Floats
    entry: Floats
    corner: Ints


def price_entries(blocks: Blocks, arrays: Arrays, worth: Worth, multipliers: Multipliers, prices: DayPrices) -> Priced:
    """Price every block and every entry by the compact relaxation of a day.

    `ValueError` where a residual-capacity row needs every slot of a site that the blocks do not list.
    """
    _demand_slots(blocks, multipliers)
    return _price_entries(
        _entries(blocks),
        _days(blocks, worth, multipliers),
        _site_prices(blocks, arrays, multipliers),
        _InsideDays(*(getattr(prices, name) for name in _InsideDays._fields)),
        documents_of_classes(arrays, blocks),
    )


def documents_of_classes(arrays: Arrays, blocks: Blocks) -> Documents:
    """The tables of documents with a row for each class of outfits."""
    documents, member = arrays.documents, blocks.member
    return documents._replace(
        rate=documents.rate[member],
        pace=documents.pace[member],
        operators=documents.operators[member],
        machines=documents.machines[member],
    )


class _Entries(NamedTuple):
    """Of the blocks' entries what their price rests on, named as in `Blocks`."""

    ptr: Longs
    site: Ints
    open_days: Ints
    hull_ptr: Longs
    hull_minutes: Ints
    hull_gain: Longs
    round_minutes: Ints
    round_metres: Ints
    in_minutes: Ints
    in_metres: Ints


class _Days(NamedTuple):
    """Of the blocks themselves what their price rests on.

    `late[b]` is what a person costs by its first date, of the first document alone, or `late_of[b, k]` of several.
    """

    of_class: Ints
    team_days: Longs
    shift: Ints
    stops: Ints
    home_minutes: Ints
    home_metres: Ints
    busy_minutes: Ints
    late: Floats
    late_of: Floats
    cost: Floats


class _SitePrices(NamedTuple):
    """What a visit to a site wins and costs, named as in `Multipliers`; `most` people are won by one at most."""

    setup: Ints
    win: Floats
    mir: Floats
    divisor: Longs
    remainder: Longs
    visit: Floats
    class_visit: Floats
    must: Floats
    most: Longs


class _InsideDays(NamedTuple):
    """`DayPrices` for compiled code."""

    minute: Floats
    radius: Floats
    bend: Floats
    stop: Floats
    metre_in: Floats
    metre_round: Floats


def _entries(blocks: Blocks) -> _Entries:
    return _Entries(*(getattr(blocks, name) for name in _Entries._fields))


def _days(blocks: Blocks, worth: Worth, multipliers: Multipliers) -> _Days:
    return _Days(
        of_class=blocks.block_class,
        team_days=blocks.team_days,
        shift=blocks.shift_minutes,
        stops=blocks.stops,
        home_minutes=blocks.home_minutes,
        home_metres=blocks.home_metres,
        busy_minutes=blocks.busy_minutes,
        late=np.asarray(blocks.first_date * worth.late[0], dtype=np.float64),
        late_of=np.asarray(blocks.first_date[:, None] * worth.late, dtype=np.float64),
        cost=day_cost(worth, multipliers, blocks),
    )


def _site_prices(blocks: Blocks, arrays: Arrays, multipliers: Multipliers) -> _SitePrices:
    m = multipliers
    return _SitePrices(
        setup=arrays.setup,
        win=m.win,
        mir=m.mir,
        divisor=m.divisor,
        remainder=remainder_of(people_of(arrays), m.divisor),
        visit=m.visit,
        class_visit=m.class_visit,
        must=m.must,
        most=blocks.most,
    )


def _demand_slots(blocks: Blocks, multipliers: Multipliers) -> None:
    need = need_every_slot(multipliers.divisor, blocks.most).reshape(len(blocks.every_slot), -1).any(axis=1)
    missing = need & ~blocks.every_slot
    if missing.any():
        raise ValueError(f"residual-capacity rows need every slot of the sites {np.flatnonzero(missing).tolist()}")


def settle(prices: DayPrices, worth: Worth, multipliers: Multipliers, arrays: Arrays, *, blocks: Blocks) -> DayPrices:
    """The nearest valid prices inside the blocks: non-negative, and no metre dearer than it is."""
    metre = (worth.rupiah + multipliers.money) * arrays.per_km / 1000
    metre_in = np.clip(np.nan_to_num(prices.metre_in), 0.0, metre)
    return DayPrices(
        minute=np.clip(np.nan_to_num(prices.minute), 0.0, 1e9),
        radius=np.clip(np.nan_to_num(prices.radius), 0.0, 1e9),
        bend=np.clip(prices.bend, blocks.shift_minutes / 2, np.maximum(blocks.shift_minutes, 1)),
        stop=np.clip(np.nan_to_num(prices.stop), 0.0, 1e12),
        metre_in=metre_in,
        metre_round=np.clip(np.nan_to_num(prices.metre_round), 0.0, metre - metre_in),
    )


@compiled
def _price_entries(
    entries: _Entries, days: _Days, sites: _SitePrices, prices: _InsideDays, documents: Documents
) -> Priced:
    """See `price_entries`; every worth is raised by its own rounding error before it is summed."""
    count = len(days.of_class)
    bound, one_day = np.zeros(count), np.zeros(count)
    worth = np.empty(len(entries.site))
    corner = np.empty(len(entries.site), dtype=np.int32)
    several = len(documents.worth)
    order, persons = np.empty(several, dtype=np.int64), np.empty(several)
    people, room = np.empty(several), np.empty(documents.machines.shape[1])
    pays = 0
    for b in range(count):
        c = days.of_class[b]
        # What the prices of its rows leave a day of the block before it visits anything.
        minute, stop, metre_in = prices.minute[b], prices.stop[b], prices.metre_in[b]
        day = minute * (days.shift[b] - days.home_minutes[b]) + stop * days.stops[b]
        for t in range(prices.radius.shape[0]):
            day += prices.radius[t, b] * prices.bend[t, b]
        size = day + abs(days.cost[b]) + metre_in * days.home_metres[b]
        day -= days.cost[b] + metre_in * days.home_metres[b]
        day += ROUNDING * size
        every_day = 0.0
        open_only = 0.0
        terms = 0
        for e in range(entries.ptr[b], entries.ptr[b + 1]):
            i = entries.site[e]
            # What a minute at the site and a visit to it cost, and a person there wins.
            per_minute = minute + prices.metre_round[b] * entries.round_metres[e] / days.busy_minutes[b]
            for t in range(prices.radius.shape[0]):
                bend = prices.bend[t, b]
                per_minute += prices.radius[t, b] * (entries.round_minutes[e] + 2.0 * bend - days.shift[b]) / bend
            fee = sites.visit[i] + sites.class_visit[c, i] + stop
            fee = fee + minute * entries.in_minutes[e] + metre_in * entries.in_metres[e]
            price = max(0.0, sites.win[i] - days.late[b])
            for k in range(several):
                persons[k] = max(0.0, sites.win[several * i + k] - days.late_of[b, k])
            if several > 0:
                pays = weigh(documents, c, i, persons, order)
            # The length that is worth most.
            best = -np.inf
            for h in range(entries.hull_ptr[e], entries.hull_ptr[e + 1]):
                gain = entries.hull_gain[h]
                credit = most_credit(gain, sites.mir[i], sites.divisor[i], sites.remainder[i], sites.most[i])
                credit = sites.must[i] + credit
                busy = per_minute * (sites.setup[i] + entries.hull_minutes[h])
                won = price * gain
                if several > 0:
                    won = share(documents, c, i, entries.hull_minutes[h], persons, order, pays, people, room)
                value = won + credit - fee - busy
                value += ROUNDING * (won + credit + fee + busy)
                if value > best:
                    best = value
                    corner[e] = h
            worth[e] = best
            if best > 0.0:
                every_day += best
                open_only += best * entries.open_days[e]
                terms += 1
        # Every entry on every day, or on the days on which it is open; the smaller is the bound.
        growth = 1.0 + (terms + 8) * 2.3e-16
        one_day[b] = day + every_day * growth
        by_day = max(0.0, day + every_day * growth) * days.team_days[b]
        other = max(0.0, day) * days.team_days[b] + open_only * growth
        bound[b] = min(by_day, other) * (1.0 + ROUNDING)
    return Priced(bound, one_day, worth, corner)


def day_prices(blocks: Blocks, arrays: Arrays, worth: Worth) -> DayPrices:
    """A first guess: the minute price at which team-days and people are about equally scarce."""
    entry_block = np.repeat(np.arange(blocks.count), np.diff(blocks.ptr))
    last = blocks.hull_ptr[1:] - 1
    gain = blocks.hull_gain[last] * worth.person
    busy = arrays.setup[blocks.site] + blocks.hull_minutes[last] + blocks.in_minutes
    rate = gain / np.maximum(busy, 1)
    minute = np.zeros(blocks.count)
    for b in range(blocks.count):
        mine = rate[blocks.ptr[b] : blocks.ptr[b + 1]]
        minute[b] = np.quantile(mine, 0.75) if len(mine) else 0.0
    none = np.zeros(blocks.count)
    return DayPrices(
        minute=minute if len(entry_block) else none,
        radius=np.zeros((1, blocks.count)),
        bend=np.tile(blocks.busy_minutes.astype(np.float64), (1, 1)),
        stop=none,
        metre_in=none,
        metre_round=none,
    )


def fit(blocks: Blocks, arrays: Arrays, worth: Worth, multipliers: Multipliers, prices: DayPrices) -> DayPrices:
    """Lower the compact price of every block by moving its minute, radius and stop prices, one at a time.

    A short descent, not a minimum: the multipliers have moved a little and these prices follow.
    """
    _demand_slots(blocks, multipliers)
    rows = np.concatenate((prices.minute[None, :], prices.radius, prices.stop[None, :]))
    fitted = _fit(
        rows,
        _entries(blocks),
        _days(blocks, worth, multipliers),
        _site_prices(blocks, arrays, multipliers),
        _InsideDays(*(getattr(prices, name) for name in _InsideDays._fields)),
        documents_of_classes(arrays, blocks),
    )
    return replace(prices, minute=fitted[0], radius=fitted[1:-1], stop=fitted[-1])


@compiled
def _fit(
    rows: Floats, entries: _Entries, days: _Days, sites: _SitePrices, prices: _InsideDays, documents: Documents
) -> Floats:
    """See `fit`; `rows[0]` are minute prices, the last row stop prices, those between belong to the tangents."""
    kinds = rows.shape[0]
    fitted = rows.copy()
    several = len(documents.worth)
    order, persons = np.empty(several, dtype=np.int64), np.empty(several)
    people, room_of_kits = np.empty(several), np.empty(documents.machines.shape[1])
    pays = 0
    for b in range(len(days.of_class)):
        first, last = entries.ptr[b], entries.ptr[b + 1]
        corners = entries.hull_ptr[last] - entries.hull_ptr[first]
        base = np.empty(corners)
        use = np.empty((kinds, corners))
        room = np.empty(kinds)
        room[0], room[kinds - 1] = days.shift[b] - days.home_minutes[b], days.stops[b]
        for t in range(kinds - 2):
            room[t + 1] = prices.bend[t, b]
        # What each length is worth before the fitted prices, and how much of each row it uses.
        for e in range(first, last):
            i, c = entries.site[e], days.of_class[b]
            for k in range(several):
                persons[k] = max(0.0, sites.win[several * i + k] - days.late_of[b, k])
            if several > 0:
                pays = weigh(documents, c, i, persons, order)
            for h in range(entries.hull_ptr[e], entries.hull_ptr[e + 1]):
                p = h - entries.hull_ptr[first]
                gain = entries.hull_gain[h]
                busy = sites.setup[i] + entries.hull_minutes[h]
                won = max(0.0, sites.win[i] - days.late[b]) * gain
                if several > 0:
                    minutes = entries.hull_minutes[h]
                    won = share(documents, c, i, minutes, persons, order, pays, people, room_of_kits)
                base[p] = won + sites.must[i]
                base[p] = base[p] - sites.visit[i] - sites.class_visit[c, i]
                base[p] += most_credit(gain, sites.mir[i], sites.divisor[i], sites.remainder[i], sites.most[i])
                round_trip = prices.metre_round[b] * entries.round_metres[e] / days.busy_minutes[b]
                base[p] -= prices.metre_in[b] * entries.in_metres[e] + round_trip * busy
                use[0, p], use[kinds - 1, p] = busy + entries.in_minutes[e], 1.0
                for t in range(kinds - 2):
                    bend = prices.bend[t, b]
                    use[t + 1, p] = busy * (entries.round_minutes[e] + 2.0 * bend - days.shift[b]) / bend
        # One price after the other is tried at a few factors, the minute price first.
        least = np.inf
        for sweep in range(FIT_SWEEPS):
            for kind in range(kinds):
                if sweep == 0 and kind > 0:
                    continue
                now = fitted[kind, b]
                chosen = now
                for step in range(len(FIT_FACTORS)):
                    tried = now * FIT_FACTORS[step] + (0.1 * fitted[0, b] if now == 0.0 and step > 1 else 0.0)
                    fitted[kind, b] = tried
                    day = 0.0
                    for k in range(kinds):
                        day += fitted[k, b] * room[k]
                    p = 0
                    for e in range(first, last):
                        best = 0.0
                        for _ in range(entries.hull_ptr[e], entries.hull_ptr[e + 1]):
                            value = base[p]
                            for k in range(kinds):
                                value -= fitted[k, b] * use[k, p]
                            best = max(best, value)
                            p += 1
                        day += best
                    if day < least - 1e-9:
                        least, chosen = day, tried
                fitted[kind, b] = chosen
    return fitted
