"""The proximal bundle: multipliers that all routes known so far agree on, near the best multipliers so far.

The disaggregated bundle of Briant et al. (2008): minimise the bound as the known routes see it plus a quadratic
price for leaving the centre. `bundle_climb` climbs its dual. Any answer, however rough, only proposes multipliers.
"""

# mypy: disable-error-code="no-any-return"

from copy import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from solver.bound.block_routes import Routes
from solver.bound.blocks import Blocks
from solver.bound.bundle_climb import TINY, Centre, Known, Rows, Use, climb, keys_of, worths_of
from solver.bound.multipliers import Multipliers, Worth, clip, documents_of, fixed_part, most_must, site_rows
from solver.bound.residual import broken_rows, credits_of, remainder_of, room_of
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Floats, Indices, Ints, Longs

# Sweeps of a climb: more where pricing a proposal is dearer.
LEAST_SWEEPS, MOST_SWEEPS = 40, 300
ENTRIES_PER_SWEEP = 100
# Rounds that a route may be out of use before it is forgotten, once there are many.
MOST_IDLE_ROUNDS = 20
MANY_PER_BLOCK = 200
# A multiplier moves by so much of its unit for a visit too many or too few, at a step size of one.
LEAST_UNIT = 0.01
# Residual-capacity rows of a site.
MOST_ROWS = 6
# More visits than any plan has, where visits are counted with another document already.
NO_LIMIT = 1e9
# Routes that win parts of people alike to so many of a person are the same.
PARTS = 64


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
        keys = keys_of(block, ptr, site, gain, np.rint(parts).astype(np.int64))
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
        worths = worths_of(self._known, m.win, m.mir, visit, class_visit, must, day_cost, m.money)
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
