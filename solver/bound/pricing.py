"""The best team-day of a block at given prices: a dense recursion over minutes, then labels that remember visits.

The recursion lets a team come back to a site; the labels, explored best first below its completion bounds, do not.
Stopped anywhere, the best label still open is a valid price.
"""

from typing import NamedTuple

import numpy as np

from solver.bound.day_layout import LARGEST, Day
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Ints, Longs

# Ticks of "impossible".
NEVER = -(2**30)
# Sites that a label can remember, in two words of 64 bits.
MEMORY = 128
MOST_PASSES = 12
FEW_LABELS = 2000


class Found(NamedTuple):
    """No team-day is worth more than `price` ticks; routes found, best first: candidates and steps from `ptr[r]`."""

    price: int
    worth: Longs
    ptr: Ints
    site: Ints
    steps: Ints
    labels: int


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
                # Each start of a visit in the chunk, with the best of its lengths.
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
                # Who arrives early may wait.
                best = row[high] if high < width else np.int32(NEVER)
                for s in range(high - 1, low - 1, -1):
                    best = max(best, row[s])
                    row[s] = best
                all_rows = anywhere[layer, low:high]
                for s in range(high - low):
                    all_rows[s] = max(all_rows[s], row[low + s])
            for j in range(n):
                # Straight home, or on to another site, far ones first.
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
    # Which bit of a label's memory stands for a site, -1 for none.
    bit = np.full(n, -1, dtype=np.int64)
    bits = 0
    for i in range(n):
        if critical[i] and bits < MEMORY:
            bit[i] = bits
            bits += 1
    top = layers - 1
    # The labels, what leads from one to the next at its site, the heap of open ones, and the best ends so far.
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
        # Go on from a label, at first from the base.
        here, now, so_far, stops_now = -1, 0, -day.day_cost, 0
        low, high = np.uint64(0), np.uint64(0)
        if label >= 0:
            here, now, so_far, stops_now = where[label], when[label], won[label], stops[label]
            low, high = low_bits[label], high_bits[label]
        layer = max(0, top - stops_now)
        if stops_now < day.max_stops:
            # Its close sites, and all others if one of them could still be best.
            first_close, closes, tries = 0, 0, n
            if here >= 0:
                first_close = day.close_ptr[here]
                tries = closes = day.close_ptr[here + 1] - first_close
                beyond = now + day.far_leg[here]
                if beyond <= day.minutes and so_far - day.far_cost[here] + anywhere[layer, beyond] > best:
                    tries += n
            for p in range(tries):
                i = day.close[first_close + p] if p < closes else p - closes
                # Sites that it remembers are not visited again.
                place = bit[i]
                if place >= 64:
                    if high >> np.uint64(place - 64) & np.uint64(1):
                        continue
                elif place >= 0 and low >> np.uint64(place) & np.uint64(1):
                    continue
                # When the team is there, and what it has won by then.
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
                # Each window and length of the visit makes a label, unless it cannot be best or another is no worse.
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
                        # The day that goes home from here may be among the best.
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
        # No open label can become better, or they need not be told apart any further.
        if size == 0 or bound_of[heap[0]] <= best:
            price = best
            break
        if best > enough and used > FEW_LABELS:
            price = bound_of[heap[0]]
            break
        label = heap[0]
        size = _pop(heap, size, bound_of)
    # Read the routes off from their ends backward, best first.
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
