"""Team-days that look alike, gathered into blocks: what every bound is summed over.

A block holds the days of one team class on one group of dates. Merging dates loosens a bound, never breaks it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from solver.bound.calendars import Calendars, calendars_of
from solver.bound.modes import Modes, base_modes, shorten_ways
from solver.bound.night_rows import night_days, night_rows
from solver.bound.passages import Passages, passages_of
from solver.bound.shares import enough_minutes, most_of, share, weigh
from solver.numeric.arrays import Arrays, Documents
from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs, Shorts
from solver.numeric.ways import FAR, ROUNDED_METRES, close, least_home, members, shortcuts

NEIGHBOURS = 24


class DayRow(NamedTuple):
    """At most `limit` team-days (`sign` 1), at least so many (-1), or any number (0)."""

    sign: int
    limit: int


ANY_DAYS = DayRow(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """B blocks, E entries (a site that some team-day of the block can visit), entries of block b from `ptr[b]`.

    `open_days[e]` counts the team-days of the block that can visit the site. Entry e may serve for
    `hull_minutes[h]` minutes and win `hull_gain[h]` people, h from `hull_ptr[e]`: the corners of the least
    concave majorant of the true capacity. Its windows, from `window_ptr[e]` on, are minutes after the shift's
    start. At a site marked `every_slot` they are not only corners but all lengths that win more than the next shorter.
    `round_*` is a least round trip base - site - base, `in_*` a least leg into the site, `home_*[b]` a
    least leg back to the base, `least_home[c, i]` the fewest minutes from the end of a visit of class c at site i until
    the base, over any further visits; all hold without the triangle inequality. `busy_minutes[b]` is the shift less the
    least round trip: the most that set-up and service can fill.
    `visit_limit[i]` and `class_limit[c, i]` are the most visits that dates, spacing and teams leave room for,
    `most[i]` the most people that one visit can win. Where there are P documents, `most[P * i + k]` are won with
    document k, and every slot is listed. Plans leave visits out that win nobody; `stray_metres` is the most that all of
    these together could have saved. What is bounded may be narrowed to plans with less than that limit, with
    `visit_least[i]` visits or more, and with the team-days of `day_row`.
    The blocks of a `family` are those of the same teams on the same dates with one kit, another or none: together they
    have `family_days[f]` team-days, each of them `team_days[b]` at most. A day of a block costs `day_rupiah[b]` before
    it drives, and draws `kit_count[y]` kits of row `kit_row[y]` for each y from `kit_ptr[b]` on. Row x is of the pool
    `kit_pool[x]` on the dates of group `kit_group[x]`, which gives `kit_limit[x]` kits.
    Where teams may sleep away, each two places between which a day leads have blocks of their own, one family
    together, and the rows of `night_rows` stand behind those of kits: `kit_pool[x]` is their name, and counts and
    multipliers (`kit_least[x]` or more) can be below 0. `kit_unit[x]` is about the weight of a unit in its row. A day
    without any stop takes `way_metres[b]`, if `goes[b]` says that there can be one. `calendars` keep what
    `is_of_calendars[x]` says of the row.
    """

    date_group: Ints
    member: Ints
    block_class: Ints
    block_group: Ints
    team_days: Longs
    first_date: Ints
    shift_minutes: Ints
    busy_minutes: Ints
    stops: Ints
    home_minutes: Ints
    home_metres: Ints
    ptr: Longs
    site: Ints
    open_days: Ints
    longest: Ints
    round_minutes: Ints
    round_metres: Ints
    in_minutes: Ints
    in_metres: Ints
    window_ptr: Longs
    opens: Ints
    closes: Ints
    hull_ptr: Longs
    hull_minutes: Ints
    hull_gain: Longs
    every_slot: Bools
    visit_limit: Longs
    class_limit: Longs
    most: Longs
    least_home: Ints
    stray_metres: int
    visit_least: Longs
    day_rupiah: Longs
    family: Ints
    family_days: Longs
    kit_ptr: Longs
    kit_row: Ints
    kit_count: Longs
    kit_pool: Ints
    kit_group: Ints
    kit_limit: Longs
    kit_least: Floats
    kit_unit: Floats
    is_of_calendars: Bools
    goes: Bools
    way_metres: Ints
    calendars: Calendars
    day_row: DayRow = ANY_DAYS

    @property
    def count(self) -> int:
        """The number of blocks."""
        return len(self.block_class)

    @property
    def families(self) -> int:
        """The number of families of blocks, no more than one for each block."""
        return len(self.family_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What each team class c can do at each site i on each date d, before dates are grouped.

    `longest[c, i, d]` is the longest service in minutes, 0 if no visit is possible or a plan does as well without;
    `out_*` and `home_*` are shortest-path closures, `in_*` least legs into the site, `least_home` and `stray_metres`
    as in `Blocks`.
    """

    member: Ints
    longest: Shorts
    out_minutes: Ints
    out_metres: Ints
    home_minutes: Ints
    home_metres: Ints
    in_minutes: Ints
    in_metres: Ints
    visit_limit: Longs
    class_limit: Longs
    most: Longs
    least_home: Ints
    stray_metres: int
    modes: Modes


def reach_of(
    arrays: Arrays, modes: Modes | None = None, *, should_stop: Callable[[], bool] = lambda: False
) -> Reach | None:
    """Find what each team class can reach, and how often each site can be visited at all; None if stopped.

    Days lead from base to base unless there are `modes`.
    """
    a = arrays
    modes = modes or base_modes(a)
    member = members(a)
    classes = len(member)
    legs = []
    no_pause = np.zeros(a.sites, dtype=np.int32)
    for table, out, home in (
        (a.minutes, a.out_minutes, a.home_minutes),
        (a.metres, a.out_metres, a.home_metres),
    ):
        backward = table if np.array_equal(table, table.T) else np.ascontiguousarray(table.T)
        paths: list[Ints] = []
        for there, first in ((table, out), (backward, home)):
            closed = np.ascontiguousarray(first[member])
            known: dict[bytes, int] = {}
            for c in range(classes):
                if should_stop():
                    return None
                # Many classes begin, or end, their days at one place.
                same = known.setdefault(closed[c].tobytes(), c)
                # Forth and back are the same road where both tables and both first legs agree.
                if there is table and paths and np.array_equal(first[member[c]], out[member[c]]):
                    closed[c] = paths[0][c]
                elif same < c:
                    closed[c] = closed[same]
                else:
                    close(there, closed[c], no_pause)
            paths.append(closed)
        legs.append((paths[0], paths[1]))
    (out_minutes, home_minutes), (out_metres, home_metres) = legs
    passages = passages_of(a, member, out_minutes, home_minutes)
    longest = _longest(_hours_of(a), a.max_stops[member], passages)
    serves = _gain_at_most(longest, a.people, a.rate_numerator[member], a.rate_denominator[member])
    by_document = serves[:, :, None]
    if len(a.documents.worth):
        by_document = most_of(a.documents, member.astype(np.int64), longest.max(axis=2, initial=0).astype(np.int64))
        serves = by_document.sum(axis=2)
    if should_stop():
        return None
    idle = (serves == 0) & ~a.must & (longest.max(axis=2, initial=0) > 0)
    idle &= ~shortcuts(a, idle.any(axis=0), should_stop=should_stop)
    idle &= ~shorten_ways(a, modes, idle.any(axis=0))
    drawn = _working(a, member), family_of(a, member), _first_pools(a, member), a.pool_count
    site_limits = a.max_teams, a.max_visit_dates, a.min_gap_days, a.date_ordinal
    strays = _visit_limits(longest * idle[:, :, None], *drawn, *site_limits)[0]
    longest[idle] = 0
    if should_stop():
        return None
    able = (longest > 0).max(axis=2, initial=False)
    in_minutes = _least_in(_nearest(a.minutes), able, a.out_minutes[member])
    in_metres = _least_in(_nearest(a.metres), able, a.out_metres[member])
    if should_stop():
        return None
    visit_limit, class_limit = _visit_limits(longest, *drawn, *site_limits)
    most = (by_document * (class_limit > 0)[:, :, None]).max(axis=0, initial=0).ravel()
    return Reach(
        member=member,
        longest=longest,
        out_minutes=out_minutes,
        out_metres=out_metres,
        home_minutes=home_minutes,
        home_metres=home_metres,
        in_minutes=in_minutes,
        in_metres=in_metres,
        visit_limit=visit_limit,
        class_limit=class_limit,
        most=most,
        least_home=least_home(a, member),
        stray_metres=ROUNDED_METRES * int(strays.sum()),
        modes=modes,
    )


def family_of(arrays: Arrays, member: Ints) -> Ints:
    """For each class of outfits that of the same teams without any kit."""
    return np.asarray(arrays.team_class[arrays.outfit_team[member]], dtype=np.int32)


def _working(arrays: Arrays, member: Ints) -> Longs:
    """`[c, d]`: how many teams can work on a date as outfits of class c, at most as many as there are kits."""
    a = arrays
    working = np.zeros((len(member), a.dates), dtype=np.int64)
    np.add.at(working, a.team_class, a.team_works.astype(np.int64))
    for c, q in enumerate(member.tolist()):
        for pool in np.flatnonzero(a.outfit_draws[q]).tolist():
            working[c] = np.minimum(working[c], a.pool_count[pool] // a.outfit_draws[q, pool])
    return working


def _first_pools(arrays: Arrays, member: Ints) -> Ints:
    """The first pool that each class of outfits draws from, or -1."""
    draws = arrays.outfit_draws[member] > 0
    if not draws.shape[1]:
        return np.full(len(member), -1, dtype=np.int32)
    return np.where(draws.any(axis=1), draws.argmax(axis=1), -1).astype(np.int32)


def group_dates(arrays: Arrays, groups: int, *, least_share: float = 0.0) -> Ints:
    """Gather the dates into at most so many groups of similar open sites, the most different ones apart first.

    No group is split off for dates on which the windows of less than `least_share` of the people differ.
    """
    pattern = np.where(arrays.site_open, arrays.window_set + 1, 0).T
    weight = arrays.people.astype(np.float64)
    distance = np.full(arrays.dates, np.inf)
    group = np.zeros(arrays.dates, dtype=np.int32)
    leader = 0
    for g in range(min(groups, arrays.dates)):
        to_leader = (pattern != pattern[leader]) @ weight
        if g:
            to_leader[leader] = -1.0
        closer = to_leader < distance
        group[closer] = g
        distance[closer] = to_leader[closer]
        leader = int(np.argmax(distance))
        if distance[leader] <= least_share * weight.sum():
            break
    return group


def build_blocks(arrays: Arrays, reach: Reach, date_group: Ints) -> Blocks:
    """Gather team-days into blocks of one class and one group of dates."""
    a = arrays
    classes, groups = len(reach.member), int(date_group.max(initial=-1)) + 1
    working = _working(a, reach.member)
    away = reach.modes.away
    block_class, block_group, team_days, first_date = [], [], [], []
    sites, open_days, longest, sizes, useful = [], [], [], [], []
    for c in range(classes):
        for g in range(groups):
            days = np.flatnonzero((date_group == g) & (working[c] > 0))
            if not len(days):
                continue
            there = reach.longest[c][:, days]
            able = there > 0
            able_sites = np.flatnonzero(able.any(axis=1))
            if not len(able_sites) and not away[c]:
                continue
            block_class.append(c)
            block_group.append(g)
            of_dates = np.zeros(a.dates, dtype=np.int64)
            of_dates[days] = working[c, days] * (able.any(axis=0) | away[c])
            useful.append(of_dates)
            team_days.append(int(of_dates.sum()))
            first_date.append(int(days[0]))
            sites.append(able_sites)
            open_days.append(able[able_sites] @ working[c, days])
            longest.append(there[able_sites].max(axis=1, initial=0))
            sizes.append(len(able_sites))
    of_class = np.array(block_class, dtype=np.int32)
    ptr = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).astype(np.int64)
    site = _join(sites)
    entry_class = np.repeat(of_class, np.diff(ptr))
    home_minutes = np.zeros(len(of_class), dtype=np.int32)
    home_metres = np.zeros(len(of_class), dtype=np.int32)
    round_minutes = reach.out_minutes[entry_class, site] + reach.home_minutes[entry_class, site]
    shift = (a.shift_end - a.shift_start)[reach.member][of_class]
    busy = np.ones(len(of_class), dtype=np.int32)
    goes, way_metres = reach.modes.goes[of_class], reach.modes.way_metres[of_class]
    for b, c in enumerate(of_class):
        there = site[ptr[b] : ptr[b + 1]]
        # A day without any stop goes all its way at once.
        minutes, metres = (int(reach.modes.way_minutes[c]), int(way_metres[b])) if goes[b] else (FAR, FAR)
        home_minutes[b] = min(minutes, reach.home_minutes[c, there].min(initial=shift[b] if away[c] else FAR))
        busy[b] = max(1, shift[b] - round_minutes[ptr[b] : ptr[b + 1]].min(initial=FAR))
        home_metres[b] = reach.home_metres[c, there].min(initial=metres)
    most_minutes = _join(longest)
    team = reach.member[entry_class]
    several = len(a.documents.worth) > 0
    if several:
        hull_ptr, hull_minutes, hull_gain = _slots(
            a.documents, team.astype(np.int64), site.astype(np.int64), most_minutes, a.fixed, a.slot_minutes
        )
    else:
        hull_ptr, hull_minutes, hull_gain = _hulls(
            most_minutes, a.fixed[site], a.people[site], a.rate_numerator[team, site], a.rate_denominator[team],
            a.slot_minutes, np.zeros(len(site), dtype=np.bool_),
        )  # fmt: skip
    member = reach.member
    window_ptr, opens, closes = _windows_of(
        _hours_of(a), reach.longest, ptr, site, of_class, np.array(block_group, dtype=np.int32), date_group,
        a.shift_start[member], shift,
    )  # fmt: skip
    family, family_days = _families(a, reach.member, of_class, np.array(block_group, dtype=np.int64), useful, working)
    draws, kit_pool, kit_group, kit_limit = _kit_rows(a, reach.member, of_class, block_group, useful)
    of_nights = night_days(a, reach.modes, of_class, useful)
    groups_of = np.array(block_group, dtype=np.int64)
    plain = family_of(a, member)
    ties = night_rows(a, reach.modes, of_nights, member, plain, working, of_class, groups_of, useful)
    draws = np.concatenate((draws, ties.counts), axis=1)
    none = np.zeros(len(kit_limit))
    drawing, kit_row = np.nonzero(draws)
    return Blocks(
        date_group=date_group,
        member=member,
        block_class=of_class,
        block_group=np.array(block_group, dtype=np.int32),
        team_days=np.array(team_days, dtype=np.int64),
        first_date=np.array(first_date, dtype=np.int32),
        shift_minutes=shift,
        busy_minutes=busy,
        stops=a.max_stops[member][of_class],
        home_minutes=home_minutes,
        home_metres=home_metres,
        ptr=ptr,
        site=site,
        open_days=_join(open_days),
        longest=most_minutes,
        round_minutes=round_minutes,
        round_metres=reach.out_metres[entry_class, site] + reach.home_metres[entry_class, site],
        in_minutes=reach.in_minutes[entry_class, site],
        in_metres=reach.in_metres[entry_class, site],
        window_ptr=window_ptr,
        opens=opens,
        closes=closes,
        hull_ptr=hull_ptr,
        hull_minutes=hull_minutes,
        hull_gain=hull_gain,
        every_slot=np.full(a.sites, several),
        visit_limit=reach.visit_limit,
        class_limit=reach.class_limit,
        most=reach.most,
        least_home=reach.least_home,
        stray_metres=reach.stray_metres,
        visit_least=np.zeros_like(reach.visit_limit),
        day_rupiah=a.per_team_day + a.outfit_cost[member][of_class] + of_nights.rupiah,
        family=family,
        family_days=family_days,
        kit_ptr=np.searchsorted(drawing, np.arange(len(of_class) + 1)).astype(np.int64),
        kit_row=kit_row.astype(np.int32),
        kit_count=draws[drawing, kit_row],
        kit_pool=np.append(kit_pool, len(a.pool_count) + ties.name).astype(np.int32),
        kit_group=np.append(kit_group, ties.group).astype(np.int32),
        kit_limit=np.append(kit_limit, ties.limit),
        kit_least=np.append(none, ties.least),
        kit_unit=np.append(none + 1.0, ties.unit),
        is_of_calendars=np.append(none > 0, ties.is_of_calendars),
        goes=goes,
        way_metres=way_metres,
        calendars=calendars_of(a, reach.modes, of_class, groups_of, date_group, of_nights.calendar),
    )


def _families(
    arrays: Arrays, member: Ints, block_class: Ints, block_group: Longs, useful: list[Longs], working: Longs
) -> tuple[Ints, Longs]:
    """The family of each block, numbered as they come, and its team-days: a team has one outfit a date.

    `useful[b][d]` team-days of block b can do something on a date, of `working[c, d]`.
    """
    plain = family_of(arrays, member)[block_class]
    numbers: dict[tuple[int, int], int] = {}
    pairs = list(zip(plain.tolist(), block_group.tolist(), strict=True))
    family = np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], dtype=np.int32)
    together = np.zeros((len(numbers), arrays.dates), dtype=np.int64)
    for b, of_dates in enumerate(useful):
        together[family[b]] += of_dates
    most = working[[c for c, _ in numbers]] if numbers else together
    return family, np.asarray(np.minimum(together, most).sum(axis=1), dtype=np.int64)


def _kit_rows(
    arrays: Arrays, member: Ints, block_class: Ints, block_group: list[int], useful: list[Longs]
) -> tuple[Longs, Ints, Ints, Longs]:
    """`[b, x]`: the kits that a day of a block draws of row x; pool, group of dates and kits of each row."""
    draws = arrays.outfit_draws[member][block_class]
    numbers: dict[tuple[int, int], int] = {}
    for b, pool in np.argwhere(draws).tolist():
        numbers.setdefault((pool, block_group[b]), len(numbers))
    drawn = np.zeros((len(block_class), len(numbers)), dtype=np.int64)
    wanted = np.zeros((len(numbers), arrays.dates), dtype=np.int64)
    for b, pool in np.argwhere(draws).tolist():
        x = numbers[pool, block_group[b]]
        drawn[b, x] = draws[b, pool]
        wanted[x] += draws[b, pool] * useful[b]
    pairs = np.array(list(numbers), dtype=np.int32).reshape(len(numbers), 2)
    limit = np.minimum(wanted, arrays.pool_count[pairs[:, 0]]).sum(axis=1)
    return drawn, pairs[:, 0].copy(), pairs[:, 1].copy(), np.asarray(limit, dtype=np.int64)


def list_every_slot(blocks: Blocks, arrays: Arrays, sites: Bools) -> Blocks:
    """The same blocks with every length of a visit to the marked sites."""
    a, site = arrays, blocks.site
    if blocks.every_slot[sites].all():
        return blocks
    team = blocks.member[np.repeat(blocks.block_class, np.diff(blocks.ptr))]
    hull_ptr, hull_minutes, hull_gain = _hulls(
        blocks.longest, a.fixed[site], a.people[site], a.rate_numerator[team, site], a.rate_denominator[team],
        a.slot_minutes, sites[site],
    )  # fmt: skip
    return replace(blocks, hull_ptr=hull_ptr, hull_minutes=hull_minutes, hull_gain=hull_gain, every_slot=sites.copy())


def _join(parts: list[Any]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int32), *parts]).astype(np.int32)


class _Hours(NamedTuple):
    """When sites are open, and how long a visit may last there, named as in `Arrays`."""

    site_open: Bools
    window_set: Ints
    set_ptr: Ints
    set_open: Ints
    set_close: Ints
    setup: Ints
    fixed: Ints
    slot: int


def _hours_of(a: Arrays) -> _Hours:
    windows = a.window_set, a.set_ptr, a.set_open, a.set_close
    return _Hours(a.site_open, *windows, a.setup, a.fixed, a.slot_minutes)


@compiled
def _longest(hours: _Hours, stops: Ints, passages: Passages) -> Shorts:
    """Longest service of class c at site i on date d, a whole number of slots (or the fixed minutes), else 0."""
    classes, n, dates = len(stops), hours.site_open.shape[0], hours.site_open.shape[1]
    longest = np.zeros((classes, n, dates), dtype=np.int16)
    for c in range(classes):
        for i in range(n):
            if stops[c] < 1:
                continue
            known, with_rides, minutes = -1, np.int64(-1), 0
            for d in range(dates):
                x = passages.pattern[d]
                arrive, leave = passages.arrive[x, c, i], passages.leave[x, c, i]
                if not hours.site_open[i, d] or arrive > leave:
                    continue
                s = hours.window_set[i, d]
                if s != known or x != with_rides:
                    known, with_rides, minutes = s, x, -1
                    for w in range(hours.set_ptr[s], hours.set_ptr[s + 1]):
                        room = min(hours.set_close[w], leave) - max(hours.set_open[w], arrive)
                        minutes = max(minutes, room - hours.setup[i])
                    if hours.fixed[i] >= 0:
                        minutes = max(hours.fixed[i], 1) if minutes >= hours.fixed[i] else 0
                    else:
                        minutes = minutes // hours.slot * hours.slot
                longest[c, i, d] = min(max(minutes, 0), 32767)
    return longest


@compiled
def _gain_at_most(longest: Shorts, people: Longs, numerator: Longs, denominator: Longs) -> Longs:
    """People that one visit of class c can win at site i at most."""
    classes, n, dates = longest.shape
    gain = np.zeros((classes, n), dtype=np.int64)
    for c in range(classes):
        for i in range(n):
            minutes = 0
            for d in range(dates):
                minutes = max(minutes, longest[c, i, d])
            gain[c, i] = min(people[i], numerator[c, i] * minutes // denominator[c])
    return gain


@compiled
def _nearest(table: Ints) -> tuple[Ints, Ints]:
    """For each site the nearest others to come from: their indices and legs, ascending, padded with -1."""
    n = table.shape[0]
    width = min(NEIGHBOURS, max(n - 1, 0))
    who = np.full((n, NEIGHBOURS), -1, dtype=np.int32)
    leg = np.full((n, NEIGHBOURS), FAR, dtype=np.int32)
    for j in range(n):
        for i in range(n):
            t = min(table[j, i], FAR)
            if i == j or width == 0 or t >= leg[i, width - 1]:
                continue
            p = width - 1
            while p > 0 and leg[i, p - 1] > t:
                leg[i, p], who[i, p] = leg[i, p - 1], who[i, p - 1]
                p -= 1
            leg[i, p], who[i, p] = t, j
    return who, leg


@compiled
def _least_in(nearest: tuple[Ints, Ints], able: Bools, out: Ints) -> Ints:
    """Least leg into site i for class c, from its base or from a site it can visit; `able[c, i]`."""
    who, leg = nearest
    classes, n = able.shape
    least = np.zeros((classes, n), dtype=np.int32)
    for c in range(classes):
        for i in range(n):
            best = min(out[c, i], FAR)
            for p in range(NEIGHBOURS):
                if who[i, p] < 0 or leg[i, p] >= best:
                    break
                if able[c, who[i, p]] or p == NEIGHBOURS - 1:
                    best = leg[i, p]
                    break
            least[c, i] = best
    return least


@compiled
def _visit_limits(
    longest: Shorts, working: Longs, family: Ints, pool: Ints, pool_count: Longs,
    max_teams: Ints, max_dates: Ints, spacing: Ints, ordinal: Longs,
) -> tuple[Longs, Longs]:  # fmt: skip
    """Most visits of a site by all teams, and by one class, that its dates, spacing, teams and kits allow.

    `family[c]` is the class of the same teams without a kit, `pool[c]` the pool that the class draws from, or -1.
    """
    classes, n, dates = longest.shape
    whole = np.zeros(n, dtype=np.int64)
    by_class = np.zeros((classes, n), dtype=np.int64)
    teams = np.zeros(dates, dtype=np.int64)
    total = np.zeros(dates, dtype=np.int64)
    by_family = np.zeros((classes, dates), dtype=np.int64)
    by_pool = np.zeros_like(pool_count)
    without = np.zeros(dates, dtype=np.int64)
    for i in range(n):
        by_family[:] = 0
        by_pool[:] = 0
        without[:] = 0
        for c in range(classes):
            for d in range(dates):
                teams[d] = working[c, d] if longest[c, i, d] > 0 else 0
                by_family[family[c], d] += teams[d]
                if pool[c] >= 0:
                    by_pool[pool[c], d] += teams[d]
                else:
                    without[d] += teams[d]
            by_class[c, i] = _most_visits(teams, max_teams[i], max_dates[i], spacing[i], ordinal)
        for d in range(dates):
            total[d] = 0
            for c in range(classes):
                total[d] += min(by_family[c, d], working[family[c], d])
            most = without[d]
            for x in range(by_pool.shape[0]):
                most += min(by_pool[x, d], pool_count[x, d])
            total[d] = min(total[d], most)
        whole[i] = _most_visits(total, max_teams[i], max_dates[i], spacing[i], ordinal)
    return whole, by_class


@compiled
def _most_visits(teams: Longs, max_teams: int, max_dates: int, spacing: int, ordinal: Longs) -> int:
    """Most visits on at most `max_dates` dates, `spacing` calendar days apart, by dynamic programming over dates."""
    dates = len(teams)
    before = np.zeros(dates + 1, dtype=np.int64)
    for _ in range(min(max_dates, dates)):
        now = np.zeros(dates + 1, dtype=np.int64)
        last = 0
        for d in range(dates):
            while last < d and ordinal[d] - ordinal[last] >= spacing:
                last += 1
            now[d + 1] = max(now[d], min(teams[d], max_teams) + before[last])
        if now[dates] == before[dates]:
            break
        before = now
    return int(before[dates])


@compiled
def _hulls(
    longest: Ints,
    fixed: Ints,
    people: Longs,
    numerator: Longs,
    denominator: Longs,
    slot: int,
    every_slot: Bools,
) -> tuple[Longs, Ints, Longs]:
    """Corners of the least concave function over min(people, capacity) at whole slots, from the first slot on.

    Where the first slots win nobody, the first of all and the first that wins somebody are corners too: what a visit
    earns for winning anybody jumps between them. For entries marked `every_slot` all slots that win more than the
    one before.
    """
    entries = len(longest)
    ptr = np.zeros(entries + 1, dtype=np.int64)
    room = max(16, 4 * entries)
    minutes = np.empty(room, dtype=np.int32)
    gain = np.empty(room, dtype=np.int64)
    size = 0
    for e in range(entries):
        bottom = size
        step = fixed[e] if fixed[e] >= 0 else slot
        m = step
        while True:
            if size + 1 >= room:
                room *= 2
                longer_minutes = np.empty(room, dtype=np.int32)
                longer_gain = np.empty(room, dtype=np.int64)
                longer_minutes[:size] = minutes[:size]
                longer_gain[:size] = gain[:size]
                minutes, gain = longer_minutes, longer_gain
            g = min(people[e], numerator[e] * m // denominator[e])
            if size == bottom or g > gain[size - 1]:
                while (
                    not every_slot[e]
                    and size - bottom >= 2
                    and gain[size - 2] > 0
                    and (gain[size - 1] - gain[size - 2]) * (m - minutes[size - 1])
                    <= (g - gain[size - 1]) * (minutes[size - 1] - minutes[size - 2])
                ):
                    size -= 1
                minutes[size], gain[size] = m, g
                size += 1
            m += step
            if fixed[e] >= 0 or m > longest[e] or g >= people[e]:
                break
        ptr[e + 1] = size
    return ptr, minutes[:size].copy(), gain[:size].copy()


@compiled
def _slots(
    documents: Documents, outfit: Indices, site: Indices, longest: Ints, fixed: Ints, slot: int
) -> tuple[Longs, Ints, Longs]:
    """Every length of a visit of each entry in which somebody more can be served with some document.

    What it wins at the worth of each document is told in people of the first one.
    """
    ptr = np.zeros(len(site) + 1, dtype=np.int64)
    count = np.empty(len(site), dtype=np.int64)
    for e in range(len(site)):
        i = site[e]
        step = fixed[i] if fixed[i] >= 0 else slot
        enough = enough_minutes(documents, outfit[e], i)
        count[e] = 1
        if fixed[i] < 0:
            count[e] = max(1, min(longest[e], (enough + step - 1) // step * step) // step)
        ptr[e + 1] = ptr[e] + count[e]
    minutes = np.empty(ptr[-1], dtype=np.int32)
    gain = np.empty(ptr[-1], dtype=np.int64)
    price = documents.worth / float(max(1, documents.worth[0]))
    order, people = np.empty(len(price), dtype=np.int64), np.empty(len(price))
    room = np.empty(documents.machines.shape[1])
    for e in range(len(site)):
        i = site[e]
        step = fixed[i] if fixed[i] >= 0 else slot
        pays = weigh(documents, outfit[e], i, price, order)
        for x in range(count[e]):
            h = ptr[e] + x
            minutes[h] = (x + 1) * step
            won = share(documents, outfit[e], i, (x + 1) * step, price, order, pays, people, room)
            gain[h] = np.int64(won)
    return ptr, minutes, gain


@compiled
def _windows_of(
    hours: _Hours, longest: Shorts, ptr: Longs, site: Ints, block_class: Ints, block_group: Ints, date_group: Ints,
    start: Ints, shift: Ints,
) -> tuple[Longs, Ints, Ints]:  # fmt: skip
    """The distinct windows of each entry on the dates of its block, cut to the shift, too short ones left out."""
    entries = len(site)
    first = np.zeros(entries + 1, dtype=np.int64)
    room = max(16, 2 * entries)
    opens = np.empty(room, dtype=np.int32)
    closes = np.empty(room, dtype=np.int32)
    size = 0
    for b in range(len(block_class)):
        c = block_class[b]
        for e in range(ptr[b], ptr[b + 1]):
            i = site[e]
            least = hours.setup[i] + (hours.fixed[i] if hours.fixed[i] >= 0 else hours.slot)
            known = -1
            for d in range(len(date_group)):
                if date_group[d] != block_group[b] or longest[c, i, d] == 0 or hours.window_set[i, d] == known:
                    continue
                known = hours.window_set[i, d]
                for w in range(hours.set_ptr[known], hours.set_ptr[known + 1]):
                    low = max(0, hours.set_open[w] - start[c])
                    high = min(shift[b], hours.set_close[w] - start[c])
                    if high - low < least:
                        continue
                    new = True
                    for q in range(first[e], size):
                        new = new and (opens[q] != low or closes[q] != high)
                    if not new:
                        continue
                    if size == room:
                        room *= 2
                        more_opens = np.empty(room, dtype=np.int32)
                        more_closes = np.empty(room, dtype=np.int32)
                        more_opens[:size], more_closes[:size] = opens[:size], closes[:size]
                        opens, closes = more_opens, more_closes
                    opens[size], closes[size] = low, high
                    size += 1
            first[e + 1] = size
    return first, opens[:size].copy(), closes[:size].copy()
