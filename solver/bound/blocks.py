"""Team-days that look alike, gathered into blocks: what every bound is summed over.

A block holds the days of one team class on one group of dates. Merging dates loosens a bound, never breaks it.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from solver.bound.calendars import Calendars, calendars_of
from solver.bound.night_rows import night_days, night_rows
from solver.bound.reach import Reach, family_of, working_teams
from solver.bound.visit_hours import hours_of, windows_of
from solver.bound.visit_lengths import hulls, slots
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Ints, Longs
from solver.numeric.ways import FAR


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """Team-days and entries by block, named as in `Blocks`; `useful[b][d]` of them can do something on a date."""

    block_class: Ints
    block_group: Longs
    team_days: Longs
    first_date: Ints
    useful: list[Longs]
    ptr: Longs
    site: Ints
    open_days: Ints
    longest: Ints


def build_blocks(arrays: Arrays, reach: Reach, date_group: Ints) -> Blocks:
    """Gather team-days into blocks of one class and one group of dates."""
    a, member = arrays, reach.member
    working = working_teams(a, member)
    gathered = _gathered(a, reach, date_group, working)
    of_class, groups_of, useful = gathered.block_class, gathered.block_group, gathered.useful
    ptr, site = gathered.ptr, gathered.site
    entry_class = np.repeat(of_class, np.diff(ptr))
    round_minutes = reach.out_minutes[entry_class, site] + reach.home_minutes[entry_class, site]
    shift = (a.shift_end - a.shift_start)[member][of_class]
    home_minutes, home_metres, busy = _ways_home(reach, gathered, shift, round_minutes)
    hull_ptr, hull_minutes, hull_gain = _lengths_of(a, gathered, member[entry_class])
    window_ptr, opens, closes = windows_of(
        hours_of(a, member), reach.longest, ptr, site, of_class, groups_of.astype(np.int32), date_group,
        a.shift_start[member], shift,
    )  # fmt: skip
    family, family_days = _families(a, member, of_class, groups_of, useful, working)
    draws, kit_pool, kit_group, kit_limit = _kit_rows(a, member, of_class, groups_of.tolist(), useful)
    of_nights = night_days(a, reach.modes, of_class, useful)
    ties = night_rows(a, reach.modes, of_nights, member, family_of(a, member), working, of_class, groups_of, useful)
    draws = np.concatenate((draws, ties.counts), axis=1)
    none = np.zeros(len(kit_limit))
    drawing, kit_row = np.nonzero(draws)
    return Blocks(
        date_group=date_group,
        member=member,
        block_class=of_class,
        block_group=groups_of.astype(np.int32),
        team_days=gathered.team_days,
        first_date=gathered.first_date,
        shift_minutes=shift,
        busy_minutes=busy,
        stops=a.max_stops[member][of_class],
        home_minutes=home_minutes,
        home_metres=home_metres,
        ptr=ptr,
        site=site,
        open_days=gathered.open_days,
        longest=gathered.longest,
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
        every_slot=np.full(a.sites, len(a.documents.worth) > 0),
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
        goes=reach.modes.goes[of_class],
        way_metres=reach.modes.way_metres[of_class],
        calendars=calendars_of(a, reach.modes, of_class, groups_of, date_group, of_nights.calendar),
    )


def _gathered(a: Arrays, reach: Reach, date_group: Ints, working: Longs) -> _Gathered:
    """Gather the team-days of each class on each group of dates, and the sites that some of them can visit."""
    classes, groups = len(reach.member), int(date_group.max(initial=-1)) + 1
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
    return _Gathered(
        block_class=np.array(block_class, dtype=np.int32),
        block_group=np.array(block_group, dtype=np.int64),
        team_days=np.array(team_days, dtype=np.int64),
        first_date=np.array(first_date, dtype=np.int32),
        useful=useful,
        ptr=np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).astype(np.int64),
        site=_join(sites),
        open_days=_join(open_days),
        longest=_join(longest),
    )


def _ways_home(reach: Reach, gathered: _Gathered, shift: Ints, round_minutes: Ints) -> tuple[Ints, Ints, Ints]:
    """Of each block the least minutes and metres back to the base, and the most that set-up and service can fill."""
    of_class, ptr, away = gathered.block_class, gathered.ptr, reach.modes.away
    home_minutes = np.zeros(len(of_class), dtype=np.int32)
    home_metres = np.zeros(len(of_class), dtype=np.int32)
    busy = np.ones(len(of_class), dtype=np.int32)
    goes, way_metres = reach.modes.goes[of_class], reach.modes.way_metres[of_class]
    for b, c in enumerate(of_class):
        there = gathered.site[ptr[b] : ptr[b + 1]]
        # A day without any stop goes all its way at once.
        minutes, metres = (int(reach.modes.way_minutes[c]), int(way_metres[b])) if goes[b] else (FAR, FAR)
        home_minutes[b] = min(minutes, reach.home_minutes[c, there].min(initial=shift[b] if away[c] else FAR))
        busy[b] = max(1, shift[b] - round_minutes[ptr[b] : ptr[b + 1]].min(initial=FAR))
        home_metres[b] = reach.home_metres[c, there].min(initial=metres)
    return home_minutes, home_metres, busy


def _lengths_of(a: Arrays, gathered: _Gathered, team: Ints) -> tuple[Longs, Ints, Longs]:
    """How long a visit of each entry may last, and what it wins then; `team[e]` is one of those that can visit."""
    site, longest = gathered.site, gathered.longest
    if len(a.documents.worth):
        return slots(a.documents, team.astype(np.int64), site.astype(np.int64), longest, a.fixed, a.slot_minutes)
    return hulls(
        longest, a.fixed[site], a.people[site], a.rate_numerator[team, site], a.rate_denominator[team],
        a.slot_minutes, np.zeros(len(site), dtype=np.bool_),
    )  # fmt: skip


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
    hull_ptr, hull_minutes, hull_gain = hulls(
        blocks.longest, a.fixed[site], a.people[site], a.rate_numerator[team, site], a.rate_denominator[team],
        a.slot_minutes, sites[site],
    )  # fmt: skip
    return replace(blocks, hull_ptr=hull_ptr, hull_minutes=hull_minutes, hull_gain=hull_gain, every_slot=sites.copy())


def _join(parts: list[Any]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int32), *parts]).astype(np.int32)
