"""Valid bounds from multipliers alone: the closed form every bound of the solver goes through.

Any non-negative multipliers, converged or not, give a bound on every feasible plan; LP solvers only propose them.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from solver.bound.blocks import Blocks, DayRow
from solver.bound.calendars import best_calendars
from solver.bound.residual import room_of
from solver.bound.rounding import ROUNDING
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Ints, Longs


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What is bounded, in milli-activations: people toward the goal, area floors, must-sites, money, earliness.

    `rupiah` is the cost of one rupiah, `late[k]` that of one person served one date later with document k, `slack` the
    most that the contract's roundings can add to a value. The goals of further documents are the floors of areas of
    their own, behind all others: `promised` is what all of these are worth together.
    """

    person: float
    goal: int
    area: Floats
    floors: Longs
    promised: float
    must: float
    rupiah: float
    late: Floats
    slack: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRows:
    """Right-hand sides shared by all bounds, per site i; of people, where there are P documents, at P * i + k.

    People of the first document count `toward` the goal (1, else 0), those of others in an `area` of their document.
    People won are at most `reachable[i]`, and obey the residual-capacity row of the divisor `most[i]`, the most that
    one visit can win; `most` is 0 where that says nothing new. `visit_least[i]` visits are asked for: where
    `must[i]` for a price at most, else without fail. `budget` is what a plan can cost, in rupiah, -1 without one; the
    visits that the blocks leave out could have saved up to `stray_cost`, which it contains.
    """

    people: Longs
    reachable: Longs
    most: Longs
    visit_limit: Longs
    visit_least: Longs
    class_limit: Longs
    kit_limit: Longs
    kit_least: Floats
    day_row: DayRow
    must: Bools
    area: Ints
    toward: Floats
    stray_cost: float
    budget: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipliers:
    """Non-negative prices, milli-activations per unit of each row; only those of rows of nights may be below 0.

    `win[i]` a person won by a visit, at P * i + k with document k of several, `mir[i, k]` the residual-capacity row of
    `divisor[i, k]` (0 for no row; there are none where there are several documents),
    `visit[i]` a visit, `class_visit[c, i]` a visit by class c, `must[i]` the row that asks for a visit, `target` and
    `area[k]` a person counted there, `kit[x]` a kit of row x for a day, `money` a rupiah of the budget, `day` a
    team-day.
    """

    target: float
    area: Floats
    win: Floats
    mir: Floats
    divisor: Longs
    visit: Floats
    class_visit: Floats
    must: Floats
    kit: Floats
    money: float
    day: float


def value_worth(arrays: Arrays) -> Worth:
    """The contract's value."""
    a = arrays
    rupiah = a.weight_per_million_cost / 1_000_000
    further = a.documents.worth[1:], a.documents.gap[1:]
    late = np.append(a.weight_late, a.documents.late[1:]) / max(1, a.dates - 1)
    return Worth(
        person=float(a.weight_shortfall),
        goal=a.gap,
        area=np.append(np.full(a.areas, float(a.weight_area_shortfall)), further[0].astype(np.float64)),
        floors=np.append(a.area_floor, further[1]),
        promised=float((further[0] * further[1]).sum()),
        must=float(a.weight_must),
        rupiah=rupiah,
        late=late,
        # Cost is rounded down to rupiah and to milli-activations, lateness of each document to milli-activations.
        slack=math.ceil(rupiah) + (rupiah > 0) + int((late > 0).sum()),
    )


def activation_worth(arrays: Arrays) -> Worth:
    """A thousand for every activation, wanted or not, and nothing else."""
    return Worth(
        person=1000.0,
        goal=int(arrays.people.sum()),
        area=np.zeros(areas_of(arrays)),
        floors=np.zeros(areas_of(arrays), dtype=np.int64),
        promised=0.0,
        must=0.0,
        rupiah=0.0,
        late=np.zeros(documents_of(arrays)),
        slack=0,
    )


def documents_of(arrays: Arrays) -> int:
    """The number of documents, at least the first."""
    return max(1, len(arrays.documents.worth))


def areas_of(arrays: Arrays) -> int:
    """The number of areas, those included in which further documents are counted."""
    return arrays.areas + documents_of(arrays) - 1


def people_of(arrays: Arrays) -> Longs:
    """The people of each site, at P * i + k those of document k."""
    return arrays.documents.people.ravel() if len(arrays.documents.worth) else arrays.people


def site_rows(arrays: Arrays, blocks: Blocks) -> SiteRows:
    """Right-hand sides of the site rows."""
    people, count = people_of(arrays), documents_of(arrays)
    most = np.maximum(blocks.most, 1)
    useful = (people > most) & (people % most > 0) & (count == 1)
    first = np.tile(np.arange(count) == 0, arrays.sites)
    area = np.where(first, np.repeat(arrays.area, count), arrays.areas - 1 + np.tile(np.arange(count), arrays.sites))
    stray_cost = blocks.stray_metres * arrays.per_km / 1000
    return SiteRows(
        people=people,
        reachable=np.minimum(people, np.repeat(blocks.visit_limit, count) * blocks.most),
        most=np.where(useful, most, 0),
        visit_limit=blocks.visit_limit,
        visit_least=np.where(arrays.must & (blocks.visit_least == 0), 1, blocks.visit_least),
        class_limit=blocks.class_limit,
        kit_limit=blocks.kit_limit,
        kit_least=blocks.kit_least,
        day_row=blocks.day_row,
        must=arrays.must & (blocks.visit_least == 0),
        area=area.astype(np.int32),
        toward=first.astype(np.float64),
        stray_cost=stray_cost,
        # Cost is rounded down to the rupiah, hence one more.
        budget=arrays.budget + 1 + stray_cost if arrays.budget >= 0 else -1.0,
    )


def no_multipliers(arrays: Arrays, blocks: Blocks) -> Multipliers:
    """All zero: the bound they give is the reachable people."""
    n = arrays.sites
    people = n * documents_of(arrays)
    return Multipliers(
        target=0.0,
        area=np.zeros(areas_of(arrays)),
        win=np.zeros(people),
        mir=np.zeros((people, 1)),
        divisor=site_rows(arrays, blocks).most[:, None],
        visit=np.zeros(n),
        class_visit=np.zeros(blocks.class_limit.shape),
        must=np.zeros(n),
        kit=np.zeros(len(blocks.kit_limit)),
        money=0.0,
        day=0.0,
    )


def clip(multipliers: Multipliers, worth: Worth, rows: SiteRows) -> Multipliers:
    """The nearest multipliers that are valid and not plainly wasteful; whatever an LP solver returned."""
    m = multipliers
    target = float(np.clip(np.nan_to_num(m.target), 0.0, worth.person))
    area = np.clip(np.nan_to_num(m.area), 0.0, worth.area)

    def positive(values: Floats) -> Floats:
        return np.clip(np.nan_to_num(values), 0.0, 1e12)

    return replace(
        m,
        target=target,
        area=area,
        win=np.minimum(positive(m.win), _counted(target, area, rows)),
        mir=np.where(m.divisor > 0, positive(m.mir), 0.0),
        visit=positive(m.visit),
        class_visit=positive(m.class_visit),
        must=np.minimum(positive(m.must), most_must(worth, rows)),
        kit=np.clip(np.nan_to_num(m.kit), rows.kit_least, 1e12),
        money=float(np.clip(np.nan_to_num(m.money), 0.0, 1e12)) if rows.budget >= 0 else 0.0,
        day=float(np.clip(np.nan_to_num(m.day), 0.0, 1e12)) if rows.day_row.sign else 0.0,
    )


def _counted(target: float, area: Floats, rows: SiteRows) -> Floats:
    """What a person counts for at each site: toward the goal, and in an area."""
    toward = target * rows.toward
    return toward + area[rows.area] if len(area) else toward


def most_must(worth: Worth, rows: SiteRows) -> Floats:
    """The highest price of a visit asked for at each site: what it costs to do without, if a plan may."""
    return np.where(rows.must, worth.must, np.where(rows.visit_least > 0, 1e12, 0.0))


def day_cost(worth: Worth, multipliers: Multipliers, blocks: Blocks) -> Floats:
    """What a team-day of each block costs before it drives, its kits and whatever asks for fewer of either included.

    In milli-activations; below 0 where more team-days are asked for.
    """
    m = multipliers
    cost = (worth.rupiah + m.money) * blocks.day_rupiah + blocks.day_row.sign * m.day
    drawing = np.repeat(np.arange(blocks.count), np.diff(blocks.kit_ptr))
    drawn = blocks.kit_count * m.kit[blocks.kit_row]
    np.add.at(cost, drawing, drawn)
    if blocks.calendars.teams:
        # Counts of either sign can cancel out, their roundings do not.
        np.subtract.at(cost, drawing, ROUNDING * np.abs(drawn))
    return np.asarray(cost, dtype=np.float64)


def worth_of_days(blocks: Blocks, of_block: Floats, of_day: Floats, *, worth: Worth, multipliers: Multipliers) -> float:
    """At most what all team-days are worth together, if those of a block are worth `of_block`, any one `of_day`.

    The days of a family are of one of its blocks each: no more of them than it has, none worth more than the best.
    Where teams may be away, no more either than their best calendars, less what `fixed_part` says of rows kept by them.
    """
    growth = 1 + 1e-13
    if blocks.families == blocks.count and not blocks.calendars.teams:
        return float(of_block.sum()) * growth
    apart = np.bincount(blocks.family, weights=of_block, minlength=blocks.families)
    best = np.zeros(blocks.families)
    np.maximum.at(best, blocks.family, of_day)
    days = float(np.minimum(apart, best * blocks.family_days * (1 + ROUNDING)).sum()) * growth
    return min(days, _worth_of_calendars(blocks, of_day, worth, multipliers)) if blocks.calendars.teams else days


def _worth_of_calendars(blocks: Blocks, of_day: Floats, worth: Worth, multipliers: Multipliers) -> float:
    """What the best calendars are worth at prices without the rows that they keep, less the limits of these."""
    m = multipliers
    kept = np.where(blocks.is_of_calendars, m.kit, 0.0)
    drawing = np.repeat(np.arange(blocks.count), np.diff(blocks.kit_ptr))
    drawn = blocks.kit_count * kept[blocks.kit_row]
    price, size = of_day.copy(), np.abs(of_day)
    np.add.at(price, drawing, drawn)
    np.add.at(size, drawing, np.abs(drawn))
    paths = best_calendars(blocks.calendars, price + ROUNDING * size, worth.rupiah + m.money)
    limits = kept * blocks.kit_limit
    # Whatever is added up along a path is no larger than the largest day, and nights above the least, on every date.
    dear = (worth.rupiah + m.money) * float(np.abs(blocks.calendars.rupiah).max(initial=0))
    largest = len(blocks.calendars.calendar) * (float(size.max(initial=0.0)) + dear)
    rounded = ROUNDING * (float(np.abs(limits).sum()) + blocks.calendars.teams * largest)
    return float(paths.sum() - limits.sum()) + rounded


def fixed_part(multipliers: Multipliers, worth: Worth, rows: SiteRows) -> float:
    """The bound without its blocks: what the rows' right-hand sides are worth at these prices, rounded up.

    (person - target) goal + promised - sum area floors - sum must visit_least
    + sum reachable (target + area - win - mir)^+
    + sum mir (people - remainder rounds) over all residual-capacity rows + sum visit limit
    + sum class_visit class limit + sum kit kit limit + rupiah stray cost + money budget + sign day limit.
    """
    m = multipliers
    # Of the rupiah that roundings cost the slack grants whole milli-activations: what is over serves the strays.
    stray = max(0.0, worth.rupiah * (1 + rows.stray_cost) - math.ceil(worth.rupiah))
    counted = _counted(m.target, m.area, rows)
    terms = [
        np.array([(worth.person - m.target) * worth.goal, worth.promised]),
        -m.area * worth.floors,
        -m.must * rows.visit_least,
        rows.reachable * np.maximum(counted - m.win - m.mir.sum(axis=1), 0.0),
        (m.mir * room_of(rows.people, m.divisor)).ravel(),
        m.visit * rows.visit_limit,
        (m.class_visit * rows.class_limit).ravel(),
        m.kit * rows.kit_limit,
        np.array([rows.day_row.sign * m.day * rows.day_row.limit, stray]),
    ]
    if rows.budget >= 0:
        terms.append(np.array([m.money * rows.budget]))
    flat = np.concatenate(terms)
    return math.fsum(flat) + ROUNDING * math.fsum(np.abs(flat))
