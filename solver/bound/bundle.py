"""The proximal bundle: multipliers that all routes known so far agree on, near the best multipliers so far.

The disaggregated bundle of Briant et al. (2008): minimise the bound as the known routes see it plus a quadratic
price for leaving the centre. Its dual is a concave quadratic over the blocks' routes, climbed pair by pair: weight
moves from the worst route in use to the best one known. Any answer, however rough, only proposes multipliers.
"""

# mypy: disable-error-code="no-any-return"

from copy import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from solver.bound.block_routes import Routes
from solver.bound.blocks import Blocks
from solver.bound.relaxation import Multipliers, Worth, clip, documents_of, fixed_part, most_must, site_rows
from solver.bound.residual import broken_rows, credits_of, remainder_of, room_of
from solver.numeric.arrays import Arrays
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Floats, Indices, Ints, Longs

# Sweeps of a climb: more where pricing a proposal is dearer.
LEAST_SWEEPS, MOST_SWEEPS = 40, 300
ENTRIES_PER_SWEEP = 100
# A sweep that gains less than this share of what all sweeps have gained is the last.
ENOUGH = 1e-3
PAIRS_PER_SWEEP = 3
# Rounds that a route may be out of use before it is forgotten, once there are many.
MOST_IDLE_ROUNDS = 20
MANY_PER_BLOCK = 200
# A multiplier moves by so much of its unit for a visit too many or too few, at a step size of one.
LEAST_UNIT = 0.01
TINY = 1e-300
# Residual-capacity rows of a site.
MOST_ROWS = 6
# More visits than any plan has, where visits are counted with another document already.
NO_LIMIT = 1e9
# Routes that win parts of people alike to so many of a person are the same.
PARTS = 64


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
def _worths(
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


class Proposal(NamedTuple):
    """Multipliers worth trying, the bound there as the known routes see it, and what leaving the centre cost."""

    multipliers: Multipliers
    model: float
    strain: float


class Bundle:
    """The routes known so far and their weights; proposes multipliers around a centre.

    `step_size` sets how far: by what share of a person's worth a visit's people get dearer or cheaper when one visit of
    their site too many or too few is in use.
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth, centre: Multipliers) -> None:
        self._arrays, self._blocks, self._worth = arrays, blocks, worth
        self._sides = site_rows(arrays, blocks)
        self._documents = documents_of(arrays)
        self.centre: Multipliers = centre
        self._rows = self._right_hand_sides()
        self._people = self._rows.reachable.copy()
        self._block = np.empty(0, dtype=np.int64)
        self._known = Known(
            of_family=np.zeros(blocks.families + 1, dtype=np.int64),
            block=np.empty(0, dtype=np.int64),
            of_class=np.empty(0, dtype=np.int64),
            cost=np.empty(0),
            money=np.empty(0),
            ptr=np.zeros(1, dtype=np.int64),
            site=np.empty(0, dtype=np.int64),
            gain=np.empty(0, dtype=np.int64),
            counted=np.empty(0),
            credit=np.empty((0, centre.divisor.shape[1])),
        )
        self._amount = np.empty(0)
        self._idle = np.empty(0, dtype=np.int64)
        self._keys = np.empty(0, dtype=np.int64)

    @property
    def count(self) -> int:
        """The number of routes known."""
        return len(self._block)

    @property
    def team_days(self) -> float:
        """The team-days in use."""
        return float(self._amount.sum())

    @property
    def visits(self) -> Floats:
        """The visits in use, by site."""
        each = np.repeat(self._amount, np.diff(self._known.ptr))
        return _sums(self._known.site, each, len(self._rows.reachable))[:: self._documents].copy()

    def _right_hand_sides(self) -> Rows:
        blocks, worth, sides = self._blocks, self._worth, self._sides
        return Rows(
            reachable=sides.reachable.astype(np.float64),
            room=room_of(sides.people, self.centre.divisor).astype(np.float64),
            divisor=self.centre.divisor,
            visit_limit=self._by_document(sides.visit_limit.astype(np.float64), NO_LIMIT),
            class_limit=self._by_document(sides.class_limit.astype(np.float64), NO_LIMIT),
            least_visits=self._by_document(
                np.where(most_must(worth, sides) > 0.0, sides.visit_least, 0).astype(np.float64), 0.0
            ),
            most_must=self._by_document(most_must(worth, sides), 0.0),
            area=sides.area.astype(np.int64),
            toward=sides.toward,
            floors=worth.floors.astype(np.float64),
            goal=float(worth.goal),
            budget=sides.budget if sides.budget >= 0 else np.inf,
            person=worth.person,
            area_worth=worth.area,
            team_days=blocks.family_days.astype(np.float64),
            of_class=blocks.block_class.astype(np.int64),
            kit_ptr=blocks.kit_ptr,
            kit_row=blocks.kit_row.astype(np.int64),
            kit_count=blocks.kit_count.astype(np.float64),
            kit_limit=sides.kit_limit.astype(np.float64),
            kit_least=sides.kit_least,
            kit_unit=blocks.kit_unit,
            day_sign=float(blocks.day_row.sign),
            day_limit=float(blocks.day_row.limit),
        )

    def _by_document(self, by_site: Floats, further: float) -> Floats:
        """What is said of visits to each site for each document, `further` of all but the first."""
        if self._documents == 1:
            return by_site
        by_both = np.full((*by_site.shape[:-1], by_site.shape[-1] * self._documents), further)
        by_both[..., :: self._documents] = by_site
        return by_both

    def narrowed(self, blocks: Blocks) -> "Bundle":
        """The same routes and weights for narrower blocks, that go their own way from here."""
        other = copy(self)
        other._blocks = blocks
        other._sides = site_rows(self._arrays, blocks)
        other._rows = other._right_hand_sides()
        other.centre = clip(self.centre, self._worth, other._sides)
        other._amount = self._amount.copy()
        other._people = np.minimum(self._people, other._rows.reachable)
        return other

    def add(self, routes: Routes) -> int:
        """Learn routes; returns how many were new."""
        a = self._arrays
        money = (routes.metres * (a.per_km / 1000) + self._blocks.day_rupiah[routes.block]).astype(np.float64)
        return self._learn(
            routes.block,
            routes.ptr,
            routes.site,
            routes.gain,
            routes.counted,
            money=money,
            amount=np.zeros(routes.count),
        )

    def add_all_of(self, other: "Bundle") -> int:
        """Learn the routes of a bundle over the same blocks for another worth, with their weights; all people count."""
        known = other._known
        return self._learn(
            other._block,
            known.ptr,
            known.site,
            known.gain,
            known.gain,
            money=known.money,
            amount=other._amount,
            once=True,
        )

    def _learn(
        self, block: Indices, ptr: Indices, site: Indices, gain: Longs, counted: Longs | Floats, *, money: Floats,
        amount: Floats, once: bool = False,
    ) -> int:  # fmt: skip
        """Learn routes that are not known; with `once` of those that are alike the first."""
        if not len(block):
            return 0
        worth, known = self._worth, self._known
        parts = counted if self._documents == 1 else PARTS * counted
        keys = _keys_of(block, ptr, site, gain, np.rint(parts).astype(np.int64))
        new = ~np.isin(keys, self._keys)
        if once:
            new[np.setdiff1d(np.arange(len(keys)), np.unique(keys, return_index=True)[1])] = False
        of_visit = np.repeat(np.arange(len(block)), np.diff(ptr))
        late = np.zeros(len(block))
        for k, price in enumerate(worth.late):
            people = np.bincount(of_visit, weights=counted * (site % self._documents == k), minlength=len(block))
            late += price * self._blocks.first_date[block] * people
        mine = new[of_visit]
        self._arrange(
            block=np.concatenate((self._block, block[new])),
            size=np.concatenate((np.diff(known.ptr), np.diff(ptr)[new])),
            cost=np.concatenate((known.cost, (worth.rupiah * money + late)[new])),
            money=np.concatenate((known.money, money[new])),
            site=np.concatenate((known.site, site[mine])),
            gain=np.concatenate((known.gain, gain[mine])),
            counted=np.concatenate((known.counted, counted[mine].astype(np.float64))),
            amount=np.concatenate((self._amount, amount[new])),
            idle=np.concatenate((self._idle, np.zeros(int(new.sum()), dtype=np.int64))),
            keys=np.concatenate((self._keys, keys[new])),
        )
        return int(new.sum())

    def _arrange(
        self, *, block: Indices, size: Indices, cost: Floats, money: Floats, site: Indices, gain: Longs,
        counted: Floats, amount: Floats, idle: Longs, keys: Longs,
    ) -> None:  # fmt: skip
        """Sort routes by family; `size[r]` visits of route r follow one another in `site`, `gain`, `counted`."""
        order = np.argsort(self._blocks.family[block], kind="stable")
        first = np.concatenate(([0], np.cumsum(size)))
        visits = np.repeat(first[order] - np.concatenate(([0], np.cumsum(size[order])[:-1])), size[order])
        visits += np.arange(len(site))
        self._block, self._amount, self._idle, self._keys = block[order], amount[order], idle[order], keys[order]
        self._known = Known(
            of_family=np.searchsorted(self._blocks.family[self._block], np.arange(self._blocks.families + 1)).astype(
                np.int64
            ),
            block=self._block,
            of_class=self._rows.of_class[self._block],
            cost=cost[order],
            money=money[order],
            ptr=np.concatenate(([0], np.cumsum(size[order]))).astype(np.int64),
            site=site[visits],
            gain=gain[visits],
            counted=counted[visits],
            credit=self._credits(site[visits], gain[visits]),
        )

    def forget(self) -> None:
        """Drop routes that have long been out of use, once there are many."""
        if self.count <= MANY_PER_BLOCK * self._blocks.count:
            return
        known = self._known
        # Days without any stop are never found again.
        kept = (self._amount > 0) | (self._idle < MOST_IDLE_ROUNDS) | (np.diff(known.ptr) == 0)
        mine = np.repeat(kept, np.diff(known.ptr))
        self._arrange(
            block=self._block[kept], size=np.diff(known.ptr)[kept], cost=known.cost[kept], money=known.money[kept],
            site=known.site[mine], gain=known.gain[mine], counted=known.counted[mine], amount=self._amount[kept],
            idle=self._idle[kept], keys=self._keys[kept],
        )  # fmt: skip

    def propose(self, step_size: float) -> Proposal:
        """Multipliers near the centre at which the known routes in use pay about alike."""
        centre, use = self._held(step_size), self._used()
        sweeps = len(self._blocks.site) // ENTRIES_PER_SWEEP
        climb(self._rows, self._known, centre, use, min(max(sweeps, LEAST_SWEEPS), MOST_SWEEPS))
        self._idle = np.where(use.amount > 0, 0, self._idle + 1)
        multipliers = Multipliers(
            target=float(use.shared[0]),
            area=use.area.copy(),
            win=use.win.copy(),
            mir=use.mir.copy(),
            divisor=self._rows.divisor,
            visit=use.visit[:: self._documents].copy(),
            class_visit=use.class_visit[:, :: self._documents].copy(),
            must=use.must[:: self._documents].copy(),
            kit=use.kit.copy(),
            money=float(use.shared[1]),
            day=float(use.shared[2]),
        )
        strain = _strain(self._rows, centre, use)
        multipliers = clip(multipliers, self._worth, self._sides)
        days = float((self._most_of_families(multipliers) * self._rows.team_days).sum())
        model = fixed_part(multipliers, self._worth, self._sides) + days + self._worth.slack
        return Proposal(multipliers, model, strain)

    def cut(self, least: float) -> int:
        """Add to each site the residual-capacity row that the weights break most, by `least` people or more.

        Returns how many. A new row takes the place of one that costs nothing, once a site has many.
        """
        if self._documents > 1:
            # How much a visit counts for would depend on how its minutes are shared out.
            return 0
        known, n = self._known, self._arrays.sites
        each = np.repeat(self._amount, np.diff(known.ptr))
        used = each > 0.0
        key, same = np.unique(known.gain[used] * n + known.site[used], return_inverse=True)
        amount = np.bincount(same, weights=each[used], minlength=len(key)).astype(np.float64)
        order = np.argsort(key % n, kind="stable")
        ptr = np.searchsorted(key[order] % n, np.arange(n + 1)).astype(np.int64)
        worst, excess = broken_rows(self._sides.people, self._people, ptr, key[order] // n, amount[order])
        broken = np.flatnonzero((excess >= least) & ~(self._rows.divisor == worst[:, None]).any(axis=1))
        divisor, mir = self._rows.divisor.copy(), self.centre.mir.copy()
        for i in broken.tolist():
            free = np.flatnonzero((divisor[i] == 0) | ((mir[i] == 0.0) & (divisor.shape[1] >= MOST_ROWS)))
            if not len(free):
                if divisor.shape[1] >= MOST_ROWS:
                    continue
                divisor = np.pad(divisor, ((0, 0), (0, 1)))
                mir = np.pad(mir, ((0, 0), (0, 1)))
                free = np.array([divisor.shape[1] - 1])
            divisor[i, free[0]] = worst[i]
        self._put_rows(divisor, mir)
        return len(broken)

    def _put_rows(self, divisor: Longs, mir: Floats) -> None:
        """Hold to these residual-capacity rows from now on."""
        self.centre = replace(self.centre, divisor=divisor, mir=mir)
        room = room_of(self._sides.people, divisor).astype(np.float64)
        self._rows = self._rows._replace(divisor=divisor, room=room)
        self._known = self._known._replace(credit=self._credits(self._known.site, self._known.gain))

    def _credits(self, site: Indices, gain: Longs) -> Floats:
        """What visits count for in the residual-capacity rows of their sites."""
        divisor = self._rows.divisor
        return credits_of(site, gain, divisor, remainder_of(self._sides.people, divisor))

    def most_worth(self, multipliers: Multipliers) -> Floats:
        """The worth of the best known route of each block's family, or of staying home."""
        return self._most_of_families(multipliers)[self._blocks.family]

    def _most_of_families(self, multipliers: Multipliers) -> Floats:
        m = multipliers
        drawing = np.repeat(np.arange(self._blocks.count), np.diff(self._rows.kit_ptr))
        day_cost = np.full(self._blocks.count, self._rows.day_sign * m.day)
        np.add.at(day_cost, drawing, self._rows.kit_count * m.kit[self._rows.kit_row])
        visit, class_visit = self._by_document(m.visit, 0.0), self._by_document(m.class_visit, 0.0)
        must = self._by_document(m.must, 0.0)
        worths = _worths(self._known, m.win, m.mir, visit, class_visit, must, day_cost, m.money)
        most = np.zeros(self._blocks.families)
        np.maximum.at(most, self._blocks.family[self._block], worths)
        return most

    def _held(self, step_size: float) -> Centre:
        """The centre with its gives: so much a visit for sites, so much a person or rupiah for what all share."""
        m, a, worth = self.centre, self._arrays, self._worth
        per_visit = np.maximum(np.minimum(self._blocks.most, self._sides.people), 1).astype(np.float64)
        highest = max(worth.person, float(worth.area.max(initial=0.0)), 1.0)
        unit = step_size * max(float(m.win.mean()) if len(m.win) else 0.0, LEAST_UNIT * highest)
        every = max(float(per_visit.sum()), 1.0)
        per_must = self._by_document(np.where(self._sides.must, step_size * worth.must, 0.0), 0.0)
        visited = self._by_document(np.ones(a.sites), 0.0)
        per_credit = np.maximum(self._credits(np.arange(len(per_visit)), per_visit.astype(np.int64)), 1.0)
        day_cost = max(float(self._known.money.mean()) if len(self._known.money) else 1.0, 1.0)
        team_days = max(1.0, float(self._rows.team_days.sum()))
        day_worth = float((unit * per_visit + per_must).mean())
        return Centre(
            win=m.win,
            mir=m.mir,
            visit=self._by_document(m.visit, 0.0),
            class_visit=self._by_document(m.class_visit, 0.0),
            must=self._by_document(m.must, 0.0),
            area=m.area,
            target=m.target,
            money=m.money,
            day=m.day,
            kit=m.kit,
            win_give=unit / per_visit,
            mir_give=unit * per_visit[:, None] / per_credit**2,
            visit_give=(unit * per_visit + per_must) * visited,
            shared_give=unit / every,
            area_give=unit * max(1, a.areas) / every,
            money_give=day_worth / day_cost**2 / team_days,
            day_give=day_worth,
            kit_give=day_worth,
        )

    def _used(self) -> Use:
        """The sums of the weights so far; a route's weight is kept from one proposal to the next."""
        known, area = self._known, self._rows.area
        n = len(self._rows.reachable)
        each = np.repeat(self._amount, np.diff(known.ptr))
        class_visits = np.zeros(self._rows.class_limit.shape)
        of_visit = np.repeat(self._rows.of_class[self._block], np.diff(known.ptr))
        np.add.at(class_visits, (of_visit, known.site), each)
        areas = len(self.centre.area)
        return Use(
            amount=self._amount,
            people=self._people,
            load=_sums(known.site, each * known.counted, n),
            visits=_sums(known.site, each, n),
            credit=np.array([_sums(known.site, each * row, n) for row in known.credit.T]).T.copy(),
            class_visits=class_visits,
            total=np.array(
                [(self._people * self._rows.toward).sum(), float((self._amount * known.money).sum()), self.team_days]
            ),
            in_area=_sums(area, self._people, areas),
            win=np.zeros(n),
            mir=np.zeros(self._rows.divisor.shape),
            visit=np.zeros(n),
            class_visit=np.zeros(class_visits.shape),
            must=np.zeros(n),
            area=np.zeros(areas),
            shared=np.zeros(3),
            carried=self._carried(),
            kit=np.zeros(len(self._rows.kit_limit)),
        )

    def _carried(self) -> Floats:
        """Kits in use, each for a day, by row."""
        rows = self._rows
        days = np.bincount(self._block, weights=self._amount, minlength=self._blocks.count)
        drawn = np.repeat(days, np.diff(rows.kit_ptr)) * rows.kit_count
        return _sums(rows.kit_row, drawn, len(rows.kit_limit))


def _sums(index: Ints | Longs, values: Floats, size: int) -> Floats:
    return np.bincount(index, weights=values, minlength=size).astype(np.float64)


def _strain(rows: Rows, centre: Centre, use: Use) -> float:
    """The quadratic price of leaving the centre, in milli-activations."""

    def price(now: Floats, held: Floats, give: Floats) -> float:
        return float(((now - held) ** 2 / (2 * np.maximum(give, TINY))).sum())

    shared = ((use.shared[0] - centre.target) ** 2 / max(centre.shared_give, TINY)) / 2
    money = ((use.shared[1] - centre.money) ** 2 / max(centre.money_give, TINY)) / 2
    days = ((use.shared[2] - centre.day) ** 2 / max(centre.day_give, TINY)) / 2
    return (
        price(use.win, centre.win, centre.win_give)
        + price(use.mir, centre.mir, centre.mir_give)
        + price(use.visit, centre.visit, centre.visit_give)
        + price(use.class_visit, centre.class_visit, centre.visit_give[None, :])
        + price(use.must, centre.must, centre.visit_give)
        + price(use.area, centre.area, np.array(centre.area_give))
        + price(use.kit, centre.kit, centre.kit_give * rows.kit_unit)
        + float(shared + money + days)
    )


@compiled
def _keys_of(block: Indices, ptr: Indices, site: Indices, gain: Longs, counted: Longs) -> Longs:
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
