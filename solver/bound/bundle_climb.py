"""Climbs the dual of the bundle pair by pair: weight moves from the worst route in use to the best one known.

The dual is a concave quadratic over the blocks' routes; multipliers follow from the weights.
"""

# mypy: disable-error-code="no-any-return"

from typing import NamedTuple

import numpy as np

from solver.numeric.compilation import compiled
from solver.numeric.kinds import Floats, Indices, Longs

# A sweep that gains less than this share of what all sweeps have gained is the last.
ENOUGH = 1e-3
PAIRS_PER_SWEEP = 3
TINY = 1e-300


class Rows(NamedTuple):
    """Right-hand sides, as in `SiteRows`; `room[i, k]` of the residual-capacity row of `divisor[i, k]`, 0 for no row.

    Rows of visits, too, are told by site and document, and hold nothing back for further documents. `team_days[f]`
    belong to the families of blocks, `of_class[b]` and `kit_ptr[b]` to the blocks, with row and count of the kits that
    each draws; `day_sign` and `day_limit` are those of its `DayRow`.
    """

    reachable: Floats
    room: Floats
    divisor: Longs
    visit_limit: Floats
    class_limit: Floats
    least_visits: Floats
    most_must: Floats
    area: Indices
    toward: Floats
    floors: Floats
    goal: float
    budget: float
    person: float
    area_worth: Floats
    team_days: Floats
    of_class: Indices
    kit_ptr: Longs
    kit_row: Indices
    kit_count: Floats
    kit_limit: Floats
    kit_least: Floats
    kit_unit: Floats
    day_sign: float
    day_limit: float


class Known(NamedTuple):
    """Routes sorted by family: those of family f from `of_family[f]`; cost in milli-activations, money in rupiah.

    Visit p of `site[p]` could win `gain[p]` people, wins `counted[p]`, and counts for `credit[p, k]` in the
    residual-capacity rows of its site.
    """

    of_family: Indices
    block: Indices
    of_class: Indices
    cost: Floats
    money: Floats
    ptr: Indices
    site: Indices
    gain: Longs
    counted: Floats
    credit: Floats


class Centre(NamedTuple):
    """The multipliers held to, and how far each gives way for a unit of its row, named as in `Multipliers`."""

    win: Floats
    mir: Floats
    visit: Floats
    class_visit: Floats
    must: Floats
    area: Floats
    target: float
    money: float
    day: float
    kit: Floats
    win_give: Floats
    mir_give: Floats
    visit_give: Floats
    shared_give: float
    area_give: float
    money_give: float
    day_give: float
    kit_give: float


class Use(NamedTuple):
    """What the routes in use add up to, and the multipliers that follow from it.

    `amount[r]` team-days run route r; `people[i]` are won at site i out of `load[i]`; `visits`, what they count for in
    residual-capacity rows (`credit[i, k]`), and visits by class. `total` holds all people, all rupiah and all
    team-days, `shared` their multipliers; `carried[x]` kits of row x are in use, each for a day.
    """

    amount: Floats
    people: Floats
    load: Floats
    visits: Floats
    credit: Floats
    class_visits: Floats
    total: Floats
    in_area: Floats
    win: Floats
    mir: Floats
    visit: Floats
    class_visit: Floats
    must: Floats
    area: Floats
    shared: Floats
    carried: Floats
    kit: Floats


@compiled
def _price_site(rows: Rows, centre: Centre, use: Use, i: int) -> None:
    """The multipliers of a site's rows, from what is used of them."""
    spare = use.load[i] - use.people[i]
    use.win[i] = max(0.0, centre.win[i] - centre.win_give[i] * spare)
    for k in range(rows.divisor.shape[1]):
        if rows.divisor[i, k] > 0:
            spare = rows.room[i, k] + use.credit[i, k] - use.people[i]
            use.mir[i, k] = max(0.0, centre.mir[i, k] - centre.mir_give[i, k] * spare)
    use.visit[i] = max(0.0, centre.visit[i] - centre.visit_give[i] * (rows.visit_limit[i] - use.visits[i]))
    if rows.least_visits[i] > 0.0:
        wanted = centre.must[i] - centre.visit_give[i] * (use.visits[i] - rows.least_visits[i])
        use.must[i] = min(max(wanted, 0.0), rows.most_must[i])


@compiled
def _price_shared(rows: Rows, centre: Centre, use: Use, k: int) -> None:
    """The multipliers of the target, the budget, the team-days and area k."""
    wanted = centre.target - centre.shared_give * (use.total[0] - rows.goal)
    use.shared[0] = min(max(wanted, 0.0), rows.person)
    use.shared[1] = max(0.0, centre.money - centre.money_give * (rows.budget - use.total[1]))
    if rows.day_sign != 0.0:
        spare = rows.day_sign * (rows.day_limit - use.total[2])
        use.shared[2] = max(0.0, centre.day - centre.day_give * spare)
    if k < len(use.area):
        wanted = centre.area[k] - centre.area_give * (use.in_area[k] - rows.floors[k])
        use.area[k] = min(max(wanted, 0.0), rows.area_worth[k])


@compiled
def _count_people(rows: Rows, centre: Centre, use: Use, i: int) -> None:
    """Count as many people at a site as its multipliers allow, and price its rows anew."""
    k = rows.area[i]
    for _ in range(3):
        worth = use.shared[0] * rows.toward[i] + (use.area[k] if k < len(use.area) else 0.0)
        slope = worth - use.win[i]
        for row in range(rows.divisor.shape[1]):
            slope -= use.mir[i, row]
        give = centre.shared_give * rows.toward[i] + (centre.area_give if k < len(use.area) else 0.0)
        if use.win[i] > 0.0 or slope > 0.0:
            give += centre.win_give[i]
        for row in range(rows.divisor.shape[1]):
            if rows.divisor[i, row] > 0 and (use.mir[i, row] > 0.0 or slope > 0.0):
                give += centre.mir_give[i, row]
        people = min(max(use.people[i] + slope / max(give, TINY), 0.0), rows.reachable[i])
        more = people - use.people[i]
        if more == 0.0:
            break
        use.people[i] = people
        use.total[0] += more * rows.toward[i]
        if k < len(use.area):
            use.in_area[k] += more
        _price_shared(rows, centre, use, k)
        _price_site(rows, centre, use, i)


@compiled
def _price_kits(rows: Rows, centre: Centre, use: Use, x: int) -> None:
    """The multiplier of a row of kits."""
    give = centre.kit_give * rows.kit_unit[x]
    use.kit[x] = max(rows.kit_least[x], centre.kit[x] - give * (rows.kit_limit[x] - use.carried[x]))


@compiled
def _worth_of(rows: Rows, known: Known, use: Use, r: int) -> float:
    """What a team-day on route r is worth at the multipliers now."""
    c = known.of_class[r]
    worth = -known.cost[r] - use.shared[1] * known.money[r] - rows.day_sign * use.shared[2]
    b = known.block[r]
    for y in range(rows.kit_ptr[b], rows.kit_ptr[b + 1]):
        worth -= use.kit[rows.kit_row[y]] * rows.kit_count[y]
    for p in range(known.ptr[r], known.ptr[r + 1]):
        i = known.site[p]
        worth += use.win[i] * known.counted[p] - use.visit[i] - use.class_visit[c, i] + use.must[i]
        for k in range(rows.divisor.shape[1]):
            worth += known.credit[p, k] * use.mir[i, k]
    return worth


@compiled
def _give_of_pair(rows: Rows, known: Known, centre: Centre, use: Use, better: int, worse: int) -> float:
    """How fast the difference of two routes' worth shrinks, at most, as weight moves from one to the other."""
    give = 0.0
    for side in range(2):
        r, other = (better, worse) if side == 0 else (worse, better)
        if r < 0:
            continue
        sign = 1.0 if side == 0 else -1.0
        c = known.of_class[r]
        one_class = other >= 0 and known.of_class[other] == c
        for p in range(known.ptr[r], known.ptr[r + 1]):
            i = known.site[p]
            gain, visits, also = sign * known.counted[p], sign, -1
            if other >= 0:
                for q in range(known.ptr[other], known.ptr[other + 1]):
                    if known.site[q] == i:
                        also = q
                        gain -= sign * known.counted[q]
                        visits -= sign
            by_class = visits if one_class else sign
            if also >= 0 and side == 1:
                if not one_class and (use.class_visit[c, i] > 0.0 or by_class > 0.0):
                    give += centre.visit_give[i] * by_class * by_class
                continue
            if use.win[i] > 0.0 or gain < 0.0:
                give += centre.win_give[i] * gain * gain
            for k in range(rows.divisor.shape[1]):
                credit = sign * (known.credit[p, k] - (known.credit[also, k] if also >= 0 else 0.0))
                if use.mir[i, k] > 0.0 or credit < 0.0:
                    give += centre.mir_give[i, k] * credit * credit
            if use.visit[i] > 0.0 or visits > 0.0:
                give += centre.visit_give[i] * visits * visits
            if use.class_visit[c, i] > 0.0 or by_class > 0.0:
                give += centre.visit_give[i] * by_class * by_class
            if rows.least_visits[i] > 0.0:
                give += centre.visit_give[i] * visits * visits
    money = (known.money[better] if better >= 0 else 0.0) - (known.money[worse] if worse >= 0 else 0.0)
    if better < 0 or worse < 0:
        give += abs(rows.day_sign) * centre.day_give
    give += centre.kit_give * _other_kits(rows, known, better, worse)
    return give + centre.money_give * money * money


@compiled
def _other_kits(rows: Rows, known: Known, better: int, worse: int) -> float:
    """By how many kits two routes differ, squared, in units, and summed over the rows; -1 is staying home."""
    apart = 0.0
    for side in range(2):
        r, other = (better, worse) if side == 0 else (worse, better)
        if r < 0:
            continue
        b = known.block[r]
        for y in range(rows.kit_ptr[b], rows.kit_ptr[b + 1]):
            count = rows.kit_count[y]
            also = False
            if other >= 0:
                for z in range(rows.kit_ptr[known.block[other]], rows.kit_ptr[known.block[other] + 1]):
                    if rows.kit_row[z] == rows.kit_row[y]:
                        also = True
                        count -= rows.kit_count[z]
            if side == 0 or not also:
                apart += count * count * rows.kit_unit[rows.kit_row[y]]
    return apart


@compiled
def _put(rows: Rows, known: Known, centre: Centre, use: Use, r: int, amount: float) -> None:
    """Use a route by so many team-days more or less, and price its sites and its kits anew."""
    c = known.of_class[r]
    b = known.block[r]
    for y in range(rows.kit_ptr[b], rows.kit_ptr[b + 1]):
        use.carried[rows.kit_row[y]] += amount * rows.kit_count[y]
        _price_kits(rows, centre, use, rows.kit_row[y])
    use.total[1] += amount * known.money[r]
    use.total[2] += amount
    if known.ptr[r] == known.ptr[r + 1]:
        _price_shared(rows, centre, use, 0)
    for p in range(known.ptr[r], known.ptr[r + 1]):
        i = known.site[p]
        use.load[i] += amount * known.counted[p]
        use.visits[i] += amount
        for k in range(rows.divisor.shape[1]):
            use.credit[i, k] += amount * known.credit[p, k]
        use.class_visits[c, i] += amount
        spare = rows.class_limit[c, i] - use.class_visits[c, i]
        use.class_visit[c, i] = max(0.0, centre.class_visit[c, i] - centre.visit_give[i] * spare)
        _price_shared(rows, centre, use, rows.area[i])
        _price_site(rows, centre, use, i)
        _count_people(rows, centre, use, i)


@compiled
def _climb_family(rows: Rows, known: Known, centre: Centre, use: Use, f: int) -> float:
    """Move weight between two routes of a family, idleness being one; returns what the dual gains, 0 if nothing."""
    first, last = known.of_family[f], known.of_family[f + 1]
    used = 0.0
    for r in range(first, last):
        used += use.amount[r]
    idle = rows.team_days[f] - used
    better, worse = -1, -1
    most, least = 0.0, (0.0 if idle > 1e-9 else np.inf)
    for r in range(first, last):
        worth = _worth_of(rows, known, use, r)
        if worth > most:
            better, most = r, worth
        if use.amount[r] > 0.0 and worth < least:
            worse, least = r, worth
    ahead = most - least
    if better == worse or not ahead > 1e-9 * max(1.0, abs(most)):
        return 0.0
    limit = idle if worse < 0 else use.amount[worse]
    step = min(limit, ahead / max(_give_of_pair(rows, known, centre, use, better, worse), TINY))
    if worse >= 0:
        use.amount[worse] = 0.0 if step == limit else use.amount[worse] - step
        _put(rows, known, centre, use, worse, -step)
    if better >= 0:
        use.amount[better] += step
        _put(rows, known, centre, use, better, step)
    return 0.5 * step * ahead


@compiled
def climb(rows: Rows, known: Known, centre: Centre, use: Use, most_sweeps: int) -> int:
    """Climb the dual from the weights in `use` until a sweep hardly gains; returns the sweeps made."""
    for k in range(max(1, len(use.area))):
        _price_shared(rows, centre, use, k)
    for i in range(len(rows.reachable)):
        _price_site(rows, centre, use, i)
        for c in range(rows.class_limit.shape[0]):
            spare = rows.class_limit[c, i] - use.class_visits[c, i]
            use.class_visit[c, i] = max(0.0, centre.class_visit[c, i] - centre.visit_give[i] * spare)
    for x in range(len(use.kit)):
        _price_kits(rows, centre, use, x)
    gained = 0.0
    for sweep in range(most_sweeps):
        for i in range(len(rows.reachable)):
            _count_people(rows, centre, use, i)
        now = 0.0
        for f in range(len(rows.team_days)):
            for _ in range(PAIRS_PER_SWEEP):
                gain = _climb_family(rows, known, centre, use, f)
                if gain == 0.0:
                    break
                now += gain
        gained += now
        if now <= ENOUGH * gained:
            return sweep + 1
    return most_sweeps


@compiled
def worths_of(
    known: Known, win: Floats, mir: Floats, visit: Floats, class_visit: Floats, must: Floats, day_cost: Floats,
    money: float,
) -> Floats:  # fmt: skip
    """The worth of every route, each at the `day_cost` of its block besides its own."""
    worths = np.empty(len(known.cost))
    for r in range(len(worths)):
        worth = -known.cost[r] - money * known.money[r] - day_cost[known.block[r]]
        c = known.of_class[r]
        for p in range(known.ptr[r], known.ptr[r + 1]):
            i = known.site[p]
            worth += win[i] * known.counted[p] - visit[i] - class_visit[c, i] + must[i]
            for k in range(mir.shape[1]):
                worth += known.credit[p, k] * mir[i, k]
        worths[r] = worth
    return worths


@compiled
def keys_of(block: Indices, ptr: Indices, site: Indices, gain: Longs, counted: Longs) -> Longs:
    """A number for each route that tells it from others: a fingerprint of block, sites and people won."""
    factor = np.uint64(0x9E3779B97F4A7C15)
    keys = np.empty(len(block), dtype=np.int64)
    for r in range(len(block)):
        key = np.uint64(block[r] + 1) * factor
        for p in range(ptr[r], ptr[r + 1]):
            for part in (site[p], gain[p], counted[p]):
                # Mixed before and after, or small numbers meet in the exclusive or.
                key ^= key >> np.uint64(31)
                key = (key ^ (np.uint64(part + 1) * np.uint64(0xBF58476D1CE4E5B9))) * factor
        keys[r] = np.int64(key >> np.uint64(1))
    return keys
