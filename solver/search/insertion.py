"""The best stop to put into a route, and where, and for how long."""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import cost, is_half, may_visit, more_spread, times_published
from solver.search.days import begins_at, closes_at, ends_at, is_away, is_full, opens_at
from solver.search.random_numbers import random_unit
from solver.search.sharing import share_out, slots_for_all, weigh
from solver.search.tables import Problem, State, whole


@kernel
def best_insertion(p: Problem, s: State, r: int, row: int) -> tuple[float, int, int, int]:
    """Find the best of the candidates in the given row for route r: rank, site, position, minutes; rank 0 if none.

    A candidate is priced at the earliest time it fits and for as many minutes as it can use. The rank divides
    what is won (activations toward gap and area floor, a must-visit, a kept promise, less kilometres, team-day
    and lateness) by the minutes used, or takes a power of it, as the state's RANKING says.
    """
    number = p.number
    k, d = r // number[t.DATES], r % number[t.DATES]
    count = s.stops[r]
    best_rank, best_site, best_position, best_minutes = 0.0, -1, -1, 0
    full = count >= p.team[k, t.MAX_STOPS] or count >= s.stop.shape[1]
    if full and is_full(p, s, r):
        return best_rank, best_site, best_position, best_minutes
    # What a person, a metre and a begun team-day are worth or cost here.
    slot = number[t.SLOT]
    to_gap = float(max(0, number[t.GAP] - s.total[t.ACTIVATIONS]))
    lateness = number[t.W_LATE] * d / float(max(1, number[t.DATES] - 1))
    per_million = number[t.W_COST] + s.tune[t.MONEY]
    per_metre = per_million * number[t.PER_KM] / 1e9
    begin, end, away = begins_at(p, s, k, d), ends_at(p, s, k, d), is_away(p, s, r)
    opens, closes = opens_at(p, k, away), closes_at(p, k, d, away)
    hours_from = p.team[k, t.LOST_AT + number[t.DATES] + d]
    new_days = 1 if count == 0 and not away else 0
    kit_price = new_days * p.outfit[s.outfit[r], t.KIT_PRICE]
    per_day = per_million * (number[t.PER_DAY] + kit_price) / 1e6 if new_days == 1 else 0.0
    if new_days == 1 and number[t.W_SPREAD] > 0:
        per_day += float(number[t.W_SPREAD] * more_spread(p, s, r))
    worth, blink, share = s.tune[t.WORTH], s.tune[t.BLINK], s.tune[t.SHARE]
    ranking = int(s.tune[t.RANKING])
    several = len(p.several) > 0
    # The widest gap of the day, from leaving one stop to the latest start of the next.
    widest = whole(0)
    leave = opens
    for q in range(count):
        widest = max(widest, s.stop[r, q, t.LATEST] - leave)
        leave = s.stop[r, q, t.START] + p.site[s.stop[r, q, t.SITE], t.SETUP] + s.stop[r, q, t.MINUTES]
    widest = max(widest, closes - leave)
    for c in range(s.candidates[row]):
        i = s.candidate[row, c]
        if i < 0:
            continue
        # What a visit wins beside people: a must-visit, a half event made whole, a kept promise.
        left = float(p.people[i] - s.book[i, t.SERVED])
        rate = p.rate[s.outfit[r], i]
        bonus = 0.0
        if p.site[i, t.MUST] == 1 and s.book[i, t.VISITS] == 0:
            bonus += number[t.W_MUST]
        if is_half(p, s, r, i):
            # Without one more team nobody is served there at all.
            bonus += worth * min(p.people[i], s.on[i, d, t.CAPACITY_ON]) + number[t.W_MUST] * p.site[i, t.MUST] + 1.0
        if p.published_ptr[r] < p.published_ptr[r + 1]:
            bonus += number[t.W_MOVED] * times_published(p, r, i)
        pays = weigh(p, s, r, i, whole(-1)) if several else 0
        if bonus <= 0.0 and (pays == 0 if several else left <= 0.0 or rate <= 0.0):
            continue
        if blink > 0.0 and random_unit(s.rng) < blink:
            continue
        setup = p.site[i, t.SETUP]
        shortest = p.site[i, t.FIXED] if p.site[i, t.FIXED] >= 0 else slot
        # Often no position has room for any way there and back: told without a look into the large tables.
        if setup + shortest + p.least_legs[i] > widest or not may_visit(p, s, r, i):
            continue
        # How many minutes serve everybody who is left, or the share of them that this step goes for.
        if p.site[i, t.FIXED] >= 0:
            need = shortest
        elif several and pays > 0:
            slots = max(1.0, np.ceil(share * slots_for_all(p, s, r, i, pays)))
            need = int(min(slots, 100_000.0)) * slot
        elif not several and left > 0.0 and rate > 0.0:
            # A hair less than the quotient, lest rounding up the exact multiple add a slot.
            slots = np.ceil(left / rate / slot - 1e-9)
            if share < 1.0:
                slots = np.ceil(slots * share)
            need = int(min(slots, 100_000.0)) * slot
        else:
            need = slot
        # Each position, and each window there: the earliest start that fits.
        a = p.site[i, t.AREA]
        to_floor = float(max(0, p.area_floor[a] - s.area_won[a])) if number[t.W_AREA] > 0 else 0.0
        top, position, chosen = 0.0, -1, 0
        hours = p.window[i, d] + hours_from
        first, last = p.set_ptr[hours], p.set_ptr[hours + 1]
        for q in range(count + 1):
            if q == 0:
                leave = opens
                travel_in = p.out_minutes[begin, i]
            else:
                h = s.stop[r, q - 1, t.SITE]
                leave = s.stop[r, q - 1, t.START] + p.site[h, t.SETUP] + s.stop[r, q - 1, t.MINUTES]
                travel_in = p.minutes[h, i]
            ready = leave + travel_in
            if q == count:
                travel_out = p.home_minutes[end, i]
                limit = closes - travel_out
            else:
                j = s.stop[r, q, t.SITE]
                travel_out = p.back[j, i]
                limit = s.stop[r, q, t.LATEST] - travel_out
            if ready + setup + shortest > limit:
                continue
            for w in range(first, last):
                start = max(ready, p.span[w, t.OPENS])
                room = min(limit, p.span[w, t.CLOSES]) - start - setup
                if room < shortest:
                    continue
                minutes = need if room >= need else room // slot * slot
                # Less than one whole person is nobody.
                won = min(left, rate * minutes) if rate * minutes > 1.0 - 1e-9 else 0.0
                # The minutes and metres that the day takes more.
                used = start - leave + setup + minutes + travel_out
                metres = p.out_metres[begin, i] if q == 0 else p.metres[s.stop[r, q - 1, t.SITE], i]
                metres += p.home_metres[end, i] if q == count else p.metres_back[s.stop[r, q, t.SITE], i]
                if count > 0:
                    if q == 0:
                        j = s.stop[r, 0, t.SITE]
                        used -= p.out_minutes[begin, j]
                        metres -= p.out_metres[begin, j]
                    elif q == count:
                        h = s.stop[r, q - 1, t.SITE]
                        used -= p.home_minutes[end, h]
                        metres -= p.home_metres[end, h]
                    else:
                        h, j = s.stop[r, q - 1, t.SITE], s.stop[r, q, t.SITE]
                        used -= p.minutes[h, j]
                        metres -= p.metres[h, j]
                elif away:
                    # Without a stop the team goes straight to where its day ends.
                    used -= p.out_minutes[begin, p.people.shape[0] + end]
                    metres -= p.out_metres[begin, p.people.shape[0] + end]
                # What it wins, the budget kept, and its rank.
                if several:
                    gain = share_out(p, s, r, i, minutes, pays) + bonus - per_metre * metres - per_day
                else:
                    gain = (
                        worth * min(won, to_gap)
                        + number[t.W_AREA] * min(won, to_floor)
                        - lateness * won
                        + bonus
                        - per_metre * metres
                        - per_day
                    )
                if gain <= 0.0:
                    continue
                if number[t.BUDGET] >= 0:
                    days, kits = s.total[t.TEAM_DAYS] + new_days, s.total[t.ADDED_RUPIAH] + kit_price
                    if cost(p, s.total[t.METRES] + metres, days, kits) > number[t.BUDGET]:
                        continue
                rank = gain
                if ranking != t.BY_GAIN:
                    rank /= max(1.0, float(used))
                    if ranking == t.BY_SQUARE:
                        rank *= gain
                if rank > top:
                    top, position, chosen = rank, q, minutes
        if position >= 0:
            if blink > 0.0:
                top *= 1.0 - 0.25 * random_unit(s.rng)
            if top > best_rank:
                best_rank, best_site, best_position, best_minutes = top, i, position, chosen
    return best_rank, best_site, best_position, best_minutes
