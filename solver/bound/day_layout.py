"""One block's day at given prices, laid out in whole ticks for the search of its best routes."""

from typing import NamedTuple

import numpy as np

from solver.bound.residual import credit as capacity_credit
from solver.bound.shares import enough_minutes, share, weigh
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.documents import Documents
from solver.numeric.kinds import Floats, Ints, Longs

# The largest cost or loss that is told apart; counting less of it keeps a price valid.
LARGEST = 2**26
# Neighbours listed for each site.
NEAREST = 400


class Day(NamedTuple):
    """One block's candidate sites, times in minutes after the shift's start, worth and costs in whole ticks.

    `worth[worth_ptr[i] + k]` is what the visit of `k + 1` steps of `step[i]` minutes is worth (fixed sessions have
    one), `opens`/`closes` from `window_ptr[i]`. `home[i]` is the direct leg; over further visits it takes at least
    `least_home[i]`. From candidate j the few `close` others, from `close_ptr[j]`, are
    reached in `close_leg` minutes at `close_cost`; any other takes at least `far_leg[j]` and costs at least
    `far_cost[j]`, and is looked up in the tables by `site`.
    """

    minutes: int
    max_stops: int
    day_cost: int
    setup: Ints
    step: Ints
    worth_ptr: Ints
    worth: Ints
    window_ptr: Ints
    opens: Ints
    closes: Ints
    out: Ints
    out_cost: Ints
    home: Ints
    home_cost: Ints
    least_home: Ints
    close_ptr: Ints
    close: Ints
    close_leg: Ints
    close_cost: Ints
    far_leg: Ints
    far_cost: Ints
    site: Ints
    leg: Ints
    metres: Ints
    metre_ticks: float


class Neighbours(NamedTuple):
    """For each site the nearest others, `nearest[i]` by the leg from i; the least leg and metres to any not listed."""

    nearest: Ints
    beyond_leg: Ints
    beyond_metres: Ints


class Frame(NamedTuple):
    """What a block's day costs and may last: minutes, stops, its price in milli-activations, ticks in one of these.

    A metre costs `per_metre`. By the compact relaxation each leg longer than the least into its site costs the
    difference, in minutes at `minute_price` and metres at `metre_price`; short legs on which a day would lose more than
    `room` are left out. No candidate has more than `most_close` short legs.
    """

    minutes: int
    max_stops: int
    day_cost: float
    ticks: float
    per_metre: float
    room: float
    minute_price: float
    metre_price: float
    most_close: int


class Visits(NamedTuple):
    """The entries of all blocks, named as in `Blocks`; by the compact relaxation a day with e loses `-spare[e]`."""

    site: Ints
    longest: Ints
    window_ptr: Longs
    opens: Ints
    closes: Ints
    in_minutes: Ints
    in_metres: Ints
    spare: Floats


class Tariff(NamedTuple):
    """`price[i]` is paid for a person won at site i, or `price[P * i + k]` for one with document k of P.

    A visit costs `fee[i]`, earns `credit[i]`, and what it counts for in residual-capacity rows at prices `mir[i, k]`.
    """

    price: Floats
    fee: Floats
    credit: Floats
    mir: Floats
    divisor: Longs
    remainder: Longs


class Service(NamedTuple):
    """How long visits last, and how many people the outfit serves in so long: at a rate, or sharing out its minutes."""

    setup: Ints
    fixed: Ints
    slot: int
    people: Longs
    numerator: Longs
    denominator: int
    documents: Documents
    outfit: int


class Ways(NamedTuple):
    """Minutes and metres from the base of the outfit, back, and between sites."""

    out: Ints
    out_metres: Ints
    home: Ints
    home_metres: Ints
    least_home: Ints
    leg: Ints
    metres: Ints
    neighbours: Neighbours


def service_of(arrays: Arrays, outfit: int, people: Longs | None = None) -> Service:
    """How an outfit serves so many people at each site, and document if there are several; all that there are."""
    a, documents = arrays, arrays.documents
    numerator, denominator = a.rate_numerator[outfit], int(a.rate_denominator[outfit])
    if people is not None and len(documents.worth):
        documents = documents._replace(people=people.reshape(a.sites, -1))
    left = a.people if people is None or len(documents.worth) else people
    return Service(a.setup, a.fixed, a.slot_minutes, left, numerator, denominator, documents, outfit)


def ways_of(arrays: Arrays, outfit: int, least_home: Ints, neighbours: Neighbours) -> Ways:
    """The ways of an outfit."""
    a, q = arrays, outfit
    bases = a.out_minutes[q], a.out_metres[q], a.home_minutes[q], a.home_metres[q]
    return Ways(*bases, least_home, a.minutes, a.metres, neighbours)


@compiled
def day_of_block(frame: Frame, visits: Visits, entries: Longs, tariff: Tariff, service: Service, ways: Ways) -> Day:
    """Lay one block's candidate `entries` out at these prices; worth is rounded up and cost down to whole ticks."""
    n = len(entries)
    worth_ptr = np.zeros(n + 1, dtype=np.int32)
    first_window = np.zeros(n + 1, dtype=np.int32)
    step = np.empty(n, dtype=np.int32)
    several = len(service.documents.worth)
    order, served = np.empty(several, dtype=np.int64), np.empty(several)
    room = np.empty(service.documents.machines.shape[1])
    # How many lengths of a visit and windows each candidate has: no longer than it takes to serve everybody.
    for p in range(n):
        e = entries[p]
        i = visits.site[e]
        step[p] = service.fixed[i] if service.fixed[i] >= 0 else service.slot
        count = 1
        if service.fixed[i] < 0:
            count = max(1, visits.longest[e] // service.slot)
            if several > 0:
                enough = enough_minutes(service.documents, service.outfit, i)
                count = min(count, max(1, (enough + service.slot - 1) // service.slot))
            elif service.numerator[i] > 0:
                enough = (service.people[i] * service.denominator + service.numerator[i] * service.slot - 1) // (
                    service.numerator[i] * service.slot
                )
                count = min(count, max(1, enough))
            else:
                count = 1
        worth_ptr[p + 1] = worth_ptr[p] + count
        first_window[p + 1] = first_window[p] + np.int32(visits.window_ptr[e + 1] - visits.window_ptr[e])
    worth = np.empty(worth_ptr[n], dtype=np.int32)
    day_opens = np.empty(first_window[n], dtype=np.int32)
    day_closes = np.empty(first_window[n], dtype=np.int32)
    day_setup = np.empty(n, dtype=np.int32)
    day_out, day_home = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    day_least_home = np.empty(n, dtype=np.int32)
    out_cost, home_cost = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    metre_ticks = frame.per_metre * frame.ticks * (1.0 - 1e-12)
    # What each length is worth, its windows, and the direct ways from the base and back.
    for p in range(n):
        e = entries[p]
        i = visits.site[e]
        day_setup[p] = service.setup[i]
        prices = tariff.price[several * i : several * (i + 1)]
        pays = weigh(service.documents, service.outfit, i, prices, order) if several > 0 else 0
        for k in range(worth_ptr[p], worth_ptr[p + 1]):
            gain = min(
                service.people[i], service.numerator[i] * ((k - worth_ptr[p] + 1) * step[p]) // service.denominator
            )
            won = tariff.price[i] * gain
            if several > 0:
                length = (k - worth_ptr[p] + 1) * step[p]
                won = share(service.documents, service.outfit, i, length, prices, order, pays, served, room)
            plus = won + tariff.credit[i]
            for row in range(tariff.mir.shape[1]):
                if tariff.mir[i, row] > 0.0:
                    plus += tariff.mir[i, row] * capacity_credit(gain, tariff.divisor[i, row], tariff.remainder[i, row])
            exact = (plus - tariff.fee[i] + 1e-12 * (plus + tariff.fee[i])) * frame.ticks
            worth[k] = np.int32(max(np.ceil(exact), -float(LARGEST)))
        for w in range(visits.window_ptr[e], visits.window_ptr[e + 1]):
            q = first_window[p] + np.int32(w - visits.window_ptr[e])
            day_opens[q], day_closes[q] = visits.opens[w], visits.closes[w]
        day_out[p], day_home[p] = min(ways.out[i], frame.minutes + 1), min(ways.home[i], frame.minutes + 1)
        day_least_home[p] = min(ways.least_home[i], day_home[p])
        out_cost[p] = np.int32(min(np.floor(ways.out_metres[i] * metre_ticks), float(LARGEST)))
        home_cost[p] = np.int32(min(np.floor(ways.home_metres[i] * metre_ticks), float(LARGEST)))
    # Which candidate a site is, -1 for none.
    place = np.full(len(service.setup), -1, dtype=np.int32)
    for p in range(n):
        place[visits.site[entries[p]]] = p
    most = min(n, frame.most_close)
    close_ptr = np.zeros(n + 1, dtype=np.int32)
    close, close_leg, close_cost = (
        np.empty(n * most, dtype=np.int32),
        np.empty(n * most, dtype=np.int32),
        np.empty(n * most, dtype=np.int32),
    )
    far_leg, far_cost = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    count = 0
    # The short legs from each candidate on which a day would not lose too much, and the least of all others.
    for p in range(n):
        left = frame.room + min(visits.spare[entries[p]], 0.0)
        i = visits.site[entries[p]]
        beyond, least_metres = ways.neighbours.beyond_leg[i], ways.neighbours.beyond_metres[i]
        listed = 0
        for x in range(ways.neighbours.nearest.shape[1]):
            j = ways.neighbours.nearest[i, x]
            q = place[j]
            if q < 0:
                continue
            if listed == most:
                beyond = min(beyond, ways.leg[i, j])
                least_metres = min(least_metres, ways.metres[i, j])
                continue
            e = entries[q]
            loss = frame.minute_price * max(ways.leg[i, j] - visits.in_minutes[e], 0) + frame.metre_price * max(
                ways.metres[i, j] - visits.in_metres[e], 0
            )
            listed += 1
            if ways.leg[i, j] <= frame.minutes and left + min(visits.spare[e], 0.0) - loss > 0.0:
                close[count] = q
                close_leg[count] = ways.leg[i, j]
                close_cost[count] = np.int32(min(np.floor(ways.metres[i, j] * metre_ticks), float(LARGEST)))
                count += 1
        far_leg[p] = min(beyond, frame.minutes + 1)
        far_cost[p] = np.int32(min(np.floor(least_metres * metre_ticks), float(LARGEST)))
        close_ptr[p + 1] = count
    day_ticks = int(min(np.floor((frame.day_cost - 1e-12 * abs(frame.day_cost)) * frame.ticks), float(LARGEST)))
    return Day(
        frame.minutes, frame.max_stops, day_ticks, day_setup, step, worth_ptr, worth,
        first_window, day_opens, day_closes, day_out, out_cost, day_home, home_cost, day_least_home,
        close_ptr, close[:count].copy(), close_leg[:count].copy(), close_cost[:count].copy(), far_leg, far_cost,
        visits.site[entries], ways.leg, ways.metres, metre_ticks,
    )  # fmt: skip


@compiled
def neighbours_of(leg: Ints, metres: Ints) -> Neighbours:
    """List the nearest others of each site."""
    n = leg.shape[0]
    width = min(NEAREST, n - 1)
    nearest = np.empty((n, max(width, 0)), dtype=np.int32)
    beyond_leg = np.full(n, 2**30, dtype=np.int32)
    beyond_metres = np.full(n, 2**30, dtype=np.int32)
    for i in range(n):
        order = np.argsort(leg[i], kind="mergesort")
        listed = 0
        for x in range(n):
            j = order[x]
            if j == i:
                continue
            if listed < width:
                nearest[i, listed] = j
                listed += 1
            else:
                beyond_leg[i] = min(beyond_leg[i], leg[i, j])
                beyond_metres[i] = min(beyond_metres[i], metres[i, j])
    return Neighbours(nearest, beyond_leg, beyond_metres)
