"""The best team-day of a block at given prices: a dense recursion over minutes, then labels that remember visits.

The recursion lets a team come back to a site; the labels, explored best first below its completion bounds, do not.
Stopped anywhere, the best label still open is a valid price.
"""

from typing import NamedTuple

import numpy as np

from solver.bound.residual import credit as capacity_credit
from solver.bound.shares import enough_minutes, share, weigh
from solver.numeric.arrays import Arrays, Documents
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Floats, Ints, Longs

# Ticks of "impossible", and the largest cost or loss that is told apart; counting less of it keeps a price valid.
NEVER = -(2**30)
LARGEST = 2**26
MEMORY = 128
MOST_PASSES = 12
FEW_LABELS = 2000
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


class Found(NamedTuple):
    """No team-day is worth more than `price` ticks; routes found, best first: candidates and steps from `ptr[r]`."""

    price: int
    worth: Longs
    ptr: Ints
    site: Ints
    steps: Ints
    labels: int


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


@compiled
def completions(day: Day, layers: int) -> tuple[Ints, Ints, Ints]:
    """Most that a team can still win: `arrive[l, i, t]` reaching site i at t, `leave[l, i, t]` done there at t.

    The third, `anywhere[l, t]`, is the most of all arrivals.

    With l stops left, the arrival's own among them; a single layer counts no stops. A visit takes at least
    `chunk` minutes, so minutes are settled a chunk at a time, from the end of the shift, all of one chunk at once.
    Far legs lead to the best of all candidates, which can only be too good.
    """
    n, width = len(day.setup), day.minutes + 1
    chunk = width
    for i in range(n):
        chunk = min(chunk, day.setup[i] + day.step[i])
    chunk = max(chunk, 1)
    # With a single layer, layer 0 feeds itself.
    arrive = np.full((layers, n, width + chunk), NEVER, dtype=np.int32)
    leave = np.full((layers, n, width + chunk), NEVER, dtype=np.int32)
    anywhere = np.full((layers, width + chunk), NEVER, dtype=np.int32)
    for layer in range(layers):
        before = layer - 1 if layers > 1 else 0
        top = (width + chunk - 1) // chunk
        for block in range(top - 1, -1, -1):
            low = block * chunk
            high = min(low + chunk, width)
            for i in range(n):
                row, after = arrive[layer, i], leave[layer, i]
                first, last = day.worth_ptr[i], day.worth_ptr[i + 1]
                for w in range(day.window_ptr[i], day.window_ptr[i + 1]):
                    for k in range(first, last):
                        busy = day.setup[i] + (k - first + 1) * day.step[i]
                        start, stop = max(low, day.opens[w]), min(high, min(day.closes[w], day.minutes) - busy + 1)
                        gain = day.worth[k]
                        if start < stop:
                            into, out_of = row[start:stop], after[start + busy : stop + busy]
                            for s in range(len(into)):
                                into[s] = max(into[s], np.int32(gain + out_of[s]))
                best = row[high] if high < width else np.int32(NEVER)
                for s in range(high - 1, low - 1, -1):
                    best = max(best, row[s])
                    row[s] = best
                all_rows = anywhere[layer, low:high]
                for s in range(high - low):
                    all_rows[s] = max(all_rows[s], row[low + s])
            for j in range(n):
                row = leave[layer, j]
                for s in range(low, min(high, day.minutes - day.home[j] + 1)):
                    row[s] = -day.home_cost[j]
                if layers > 1 and layer == 0:
                    continue
                source = arrive[before]
                if low + day.far_leg[j] < width:
                    there = anywhere[before, low + day.far_leg[j] : high + day.far_leg[j]]
                    here = row[low:high]
                    for s in range(len(here)):
                        here[s] = max(here[s], np.int32(there[s] - day.far_cost[j]))
                for p in range(day.close_ptr[j], day.close_ptr[j + 1]):
                    i = day.close[p]
                    shift = day.close_leg[p]
                    if low + shift >= width:
                        continue
                    fee = day.close_cost[p]
                    there = source[i, low + shift : high + shift]
                    here = row[low:high]
                    for s in range(len(here)):
                        here[s] = max(here[s], np.int32(there[s] - fee))
    return arrive, leave, anywhere


@compiled
def best_days(
    day: Day, threshold: int, enough: int, layers: int, most_labels: int, most_routes: int, critical: Bools
) -> Found:
    """Search the days worth more than `threshold` ticks, no site marked `critical` twice in one of them.

    Once a day worth more than `enough` ticks is found, no more than a few labels are spent on the price.
    If all marks make too many labels they are taken off, and set again only where the best day repeats a site
    (decremental state space relaxation; Righini and Salani 2008). Every pass gives a valid price. Marks are left
    as they ended, for the next search of the same block.
    """
    n = len(day.setup)
    arrive, leave, anywhere = completions(day, layers)
    best = _explore(day, threshold, enough, arrive, leave, anywhere, most_labels, most_routes, critical)
    if best.labels < most_labels:
        return best
    price = best.price
    critical[:] = False
    for _ in range(MOST_PASSES):
        again = _explore(day, threshold, enough, arrive, leave, anywhere, most_labels, most_routes, critical)
        price = min(price, again.price)
        if again.labels >= most_labels:
            break
        best = again
        repeats = 0
        visited = np.zeros(n, dtype=np.bool_)
        for p in range(best.ptr[min(1, len(best.worth))]):
            i = best.site[p]
            if visited[i] and not critical[i]:
                critical[i] = True
                repeats += 1
            visited[i] = True
        if repeats == 0:
            break
    return Found(price, best.worth, best.ptr, best.site, best.steps, best.labels)


@compiled
def _explore(
    day: Day, threshold: int, enough: int, arrive: Ints, leave: Ints, anywhere: Ints, most_labels: int,
    most_routes: int, critical: Bools,
) -> Found:  # fmt: skip
    """Labels leave a heap in the order of their completion bound until none is open that could still be best.

    One is dropped if another at the same site is no later, no poorer, has no more stops and remembers no more.
    """
    n, layers = len(day.setup), arrive.shape[0]
    bit = np.full(n, -1, dtype=np.int64)
    bits = 0
    for i in range(n):
        if critical[i] and bits < MEMORY:
            bit[i] = bits
            bits += 1
    top = layers - 1
    where = np.empty(most_labels, dtype=np.int32)
    when = np.empty(most_labels, dtype=np.int32)
    steps = np.empty(most_labels, dtype=np.int32)
    won = np.empty(most_labels, dtype=np.int32)
    stops = np.empty(most_labels, dtype=np.int32)
    parent = np.empty(most_labels, dtype=np.int32)
    following = np.empty(most_labels, dtype=np.int32)
    low_bits = np.empty(most_labels, dtype=np.uint64)
    high_bits = np.empty(most_labels, dtype=np.uint64)
    bound_of = np.empty(most_labels, dtype=np.int32)
    latest = np.full(n, -1, dtype=np.int32)
    heap = np.empty(most_labels, dtype=np.int32)
    ends = np.empty(most_routes, dtype=np.int32)
    ends_worth = np.full(most_routes, threshold, dtype=np.int64)
    kept = 0
    size = 0
    used = 0
    label = -1
    best = threshold
    price = threshold
    full = False
    while True:
        here, now, so_far, stops_now = -1, 0, -day.day_cost, 0
        low, high = np.uint64(0), np.uint64(0)
        if label >= 0:
            here, now, so_far, stops_now = where[label], when[label], won[label], stops[label]
            low, high = low_bits[label], high_bits[label]
        layer = max(0, top - stops_now)
        if stops_now < day.max_stops:
            first_close, closes, tries = 0, 0, n
            if here >= 0:
                first_close = day.close_ptr[here]
                tries = closes = day.close_ptr[here + 1] - first_close
                beyond = now + day.far_leg[here]
                if beyond <= day.minutes and so_far - day.far_cost[here] + anywhere[layer, beyond] > best:
                    tries += n
            for p in range(tries):
                i = day.close[first_close + p] if p < closes else p - closes
                place = bit[i]
                if place >= 64:
                    if high >> np.uint64(place - 64) & np.uint64(1):
                        continue
                elif place >= 0 and low >> np.uint64(place) & np.uint64(1):
                    continue
                if here < 0:
                    moment, net = day.out[i], so_far - day.out_cost[i]
                elif p < closes:
                    moment, net = now + day.close_leg[first_close + p], so_far - day.close_cost[first_close + p]
                else:
                    leg = day.leg[day.site[here], day.site[i]]
                    if i == here or leg < day.far_leg[here] or leg > day.minutes:
                        continue
                    drive = np.floor(day.metres[day.site[here], day.site[i]] * day.metre_ticks)
                    moment, net = now + leg, so_far - np.int32(min(drive, float(LARGEST)))
                if moment > day.minutes or net + arrive[layer, i, moment] <= best:
                    continue
                first = day.worth_ptr[i]
                new_low, new_high = low, high
                if place >= 64:
                    new_high = high | (np.uint64(1) << np.uint64(place - 64))
                elif place >= 0:
                    new_low = low | (np.uint64(1) << np.uint64(place))
                for w in range(day.window_ptr[i], day.window_ptr[i + 1]):
                    start = max(moment, day.opens[w])
                    for k in range(first, day.worth_ptr[i + 1]):
                        done = start + day.setup[i] + (k - first + 1) * day.step[i]
                        if done > min(day.closes[w], day.minutes - day.least_home[i]):
                            break
                        worth = net + day.worth[k]
                        bound = worth + leave[layer, i, done]
                        if bound <= best:
                            continue
                        dominated = False
                        other, seen = latest[i], 0
                        while other >= 0 and seen < 400:
                            if (
                                when[other] <= done
                                and won[other] >= worth
                                and stops[other] <= stops_now + 1
                                and not low_bits[other] & ~new_low
                                and not high_bits[other] & ~new_high
                            ):
                                dominated = True
                                break
                            other = following[other]
                            seen += 1
                        if dominated:
                            continue
                        if used == most_labels:
                            full = True
                            break
                        where[used], when[used], won[used], stops[used] = i, done, worth, stops_now + 1
                        steps[used], parent[used], following[used] = k - first + 1, label, latest[i]
                        low_bits[used], high_bits[used], bound_of[used] = new_low, new_high, bound
                        latest[i] = used
                        complete = worth - day.home_cost[i]
                        if complete > threshold and done <= day.minutes - day.home[i]:
                            worst = 0
                            for r in range(1, kept):
                                if ends_worth[r] < ends_worth[worst]:
                                    worst = r
                            if kept < most_routes:
                                worst, kept = kept, kept + 1
                            if complete > ends_worth[worst]:
                                ends[worst], ends_worth[worst] = used, complete
                            best = max(best, complete)
                        size = _push(heap, size, bound_of, used)
                        used += 1
                    if full:
                        break
                if full:
                    break
        if full:
            # Whatever the unfinished label and the open ones could still become.
            price = max(best, bound_of[heap[0]] if size else best)
            if label >= 0:
                price = max(price, bound_of[label])
            else:
                for i in range(n):
                    if day.out[i] <= day.minutes:
                        price = max(price, so_far - day.out_cost[i] + arrive[layer, i, day.out[i]])
            break
        if size == 0 or bound_of[heap[0]] <= best:
            price = best
            break
        if best > enough and used > FEW_LABELS:
            price = bound_of[heap[0]]
            break
        label = heap[0]
        size = _pop(heap, size, bound_of)
    order = np.argsort(-ends_worth[:kept])
    length = 0
    for r in range(kept):
        length += stops[ends[r]]
    ptr = np.zeros(kept + 1, dtype=np.int32)
    sites = np.empty(length, dtype=np.int32)
    taken = np.empty(length, dtype=np.int32)
    values = np.empty(kept, dtype=np.int64)
    for r in range(kept):
        at = ends[order[r]]
        values[r] = ends_worth[order[r]]
        ptr[r + 1] = ptr[r] + stops[at]
        p = ptr[r + 1] - 1
        while at >= 0:
            sites[p], taken[p] = where[at], steps[at]
            at = parent[at]
            p -= 1
    return Found(price, values, ptr, sites, taken, used)


@compiled
def _push(heap: Ints, size: int, key: Ints, item: int) -> int:
    p = size
    while p > 0:
        up = (p - 1) // 2
        if key[heap[up]] >= key[item]:
            break
        heap[p] = heap[up]
        p = up
    heap[p] = item
    return size + 1


@compiled
def _pop(heap: Ints, size: int, key: Ints) -> int:
    size -= 1
    item = heap[size]
    p = 0
    while True:
        down = 2 * p + 1
        if down >= size:
            break
        if down + 1 < size and key[heap[down + 1]] > key[heap[down]]:
            down += 1
        if key[heap[down]] <= key[item]:
            break
        heap[p] = heap[down]
        p = down
    heap[p] = item
    return size
