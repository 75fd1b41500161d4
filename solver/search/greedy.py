"""A first plan at once, without any compiled code: the floor under whatever the search will find, or be kept from.

Numpy alone, a team-day at a time, each stop the one that wins most for the minutes it takes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from solver.numeric.arrays import Arrays, windows_on
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs
from solver.numeric.rows import Row
from solver.search.whole_days import closes_at, over_sites

# Stops are chosen among the first so many of a team's prospects that are open and not done with.
CHOICE = 60
NO_ROOM = 2**40


class _Ledger:
    """What the visits so far have used up."""

    def __init__(self, arrays: Arrays) -> None:
        a = self._arrays = arrays
        self.rows: list[Row] = []
        self.left = a.people.copy()
        self.won = 0
        self.area_won = np.zeros(a.areas, dtype=np.int64)
        self.teams_on = np.zeros((a.sites, a.dates), dtype=np.int64)
        self.visits = np.zeros(a.sites, dtype=np.int64)
        self.metres = self.added = 0
        self.taken: set[tuple[int, int]] = set()
        self.resting: set[tuple[int, int]] = set()
        self.trips: list[tuple[int, int, int, int]] = []

    def enter(self, k: int, d: int, stops: Sequence[tuple[int, int, int]], metres: int) -> None:
        """Enter a day of outfit k: site, start and minutes of each stop."""
        a = self._arrays
        self.taken.add((int(a.outfit_team[k]), d))
        self.added += int(a.outfit_cost[k])
        self.metres += metres
        for i, start, minutes in stops:
            capacity = int(a.rate_numerator[k, i]) * minutes // int(a.rate_denominator[k])
            served = min(int(self.left[i]), capacity)
            self.rows.append((k, d, i, start, minutes))
            self.left[i] -= served
            self.won += served
            self.area_won[a.area[i]] += served
            self.teams_on[i, d] += 1
            self.visits[i] += 1

    def pays_for(self, metres: Longs | int, k: int = 0, *, days: int = 1, added: int = 0) -> Bools:
        """Whether the budget bears one day more, or several, of outfit k of so many metres, and rupiah added."""
        a = self._arrays
        rupiah = (len(self.taken) + days) * a.per_team_day + self.added + added + int(a.outfit_cost[k])
        cost = (self.metres + np.asarray(metres)) * a.per_km // 1000 + rupiah
        return np.asarray((a.budget < 0) | (cost <= a.budget), dtype=np.bool_)

    def new_date_at(self, d: int) -> Bools:
        """Which sites may be visited on one more date, this one: dates and spacing."""
        a = self._arrays
        visited = self.teams_on > 0
        close = np.abs(a.date_ordinal - a.date_ordinal[d])[None, :] < a.min_gap_days[:, None]
        return np.asarray((visited.sum(axis=1) < a.max_visit_dates) & ~(visited & close).any(axis=1), dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """Columns over the sites that a team may visit on a date."""

    index: Indices
    opens: Longs
    closes: Longs
    home: Longs
    home_metres: Longs


def greedy_journeys(arrays: Arrays) -> tuple[Ints, Ints]:
    """The rows of a feasible plan, and its days away: pins, the plan in force, then what wins most.

    Pins that no short search finds a way to are left out, and whole team-days of the plan in force that break a rule.
    Days away, rows of outfit, date, lodging before and after (-1: base), are those that pins need.
    """
    a = arrays
    ledger = _Ledger(a)
    _enter_standing(a, ledger)
    _enter_pins(a, ledger)
    _complete_events(a, ledger)
    _enter_published(a, ledger)
    prospects = [_prospects(a, k) for k in range(len(a.outfit_team))]
    for d in range(a.dates):
        dated = {first: _dated(a, ledger, d, first) for first in np.unique(a.hours_from[:, d]).tolist()}
        of_team = [dated[first] for first in a.hours_from[:, d].tolist()]
        for k, outfit in enumerate(_dressed(a, ledger, of_team, d, prospects)):
            if _is_free(a, ledger, k, d):
                day = _day(a, ledger, outfit, of_team[k], prospects[outfit])
                if day.stops:
                    ledger.enter(outfit, d, day.stops, day.metres)
    trips = np.array(sorted(ledger.trips), dtype=np.int32).reshape(len(ledger.trips), 4)
    return np.array(ledger.rows, dtype=np.int32).reshape(len(ledger.rows), 5), trips


def _enter_standing(a: Arrays, ledger: _Ledger) -> None:
    """Enter the days that pins need, as long as the budget bears them."""
    nights, teams, fares = a.nights, a.teams, len(a.ride_fare)
    if nights.lodgings:
        out = np.vstack((a.out_metres[:teams], nights.out_metres))
        home = np.vstack((a.home_metres[:teams], nights.home_metres))
    else:
        out, home = a.out_metres, a.home_metres
    for journey in a.standing.journeys():
        metres = rupiah = 0
        for (k, d, before, after), stops in journey:
            begin, end = (k if bed < 0 else teams + bed for bed in (before, after))
            sites = stops[:, 0]
            if len(sites):
                metres += int(out[begin, sites[0]] + home[end, sites[-1]] + a.metres[sites[:-1], sites[1:]].sum())
            elif begin != end:
                metres += int(nights.way_metres[begin, end])
            rides = sites[sites >= a.sites - fares] - (a.sites - fares)
            rupiah += int(a.ride_fare[rides].sum()) + (
                int(nights.rupiah[after] * nights.calendar[d]) if after >= 0 else 0
            )
        if not ledger.pays_for(metres, days=len(journey), added=rupiah):
            continue
        ledger.added += rupiah
        for (k, d, before, after), stops in journey:
            ledger.enter(k, d, [(i, start, minutes) for i, minutes, start, _, _ in stops.tolist()], metres)
            metres = 0
            if before >= 0 or after >= 0:
                ledger.trips.append((k, d, before, after))
        (k, d, before, _), _ = journey[-1]
        if before >= 0:
            since = a.date_ordinal - a.date_ordinal[d]
            ledger.resting |= {(k, int(x)) for x in np.flatnonzero((since > 0) & (since <= nights.rest[k]))}


def _enter_pins(a: Arrays, ledger: _Ledger) -> None:
    days: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for k, d, i, start, minutes in sorted(a.pins.tolist(), key=lambda row: row[3]):
        days[k, d].append((i, start, minutes))
    pinned = {(i, d) for _, d, i, _, _ in a.pins.tolist()}
    for (k, d), pins in sorted(days.items()):
        if (k, d) in ledger.taken or (k, d) in ledger.resting:
            continue
        free = np.array([(i, d) not in pinned for i in range(a.sites)], dtype=np.bool_) & ledger.new_date_at(d)
        stops = over_sites(a, k, d, pins, free=free & (a.max_teams > 0))
        timed = None if stops is None else _timed(a, k, d, stops)
        if timed is not None:
            ledger.enter(k, d, timed, _metres(a, k, [i for i, _, _ in timed]))


def _complete_events(a: Arrays, ledger: _Ledger) -> None:
    """Send teams that have nothing to do yet to events with pinned visits, if enough of them can come."""
    for d, i in sorted({(d, i) for _, d, i, _, _ in a.pins.tolist() if 0 < ledger.teams_on[i, d] < a.min_teams[i]}):
        lacking = int(a.min_teams[i] - ledger.teams_on[i, d])
        days: list[tuple[int, _Day]] = []
        for k in range(a.teams):
            if len(days) < lacking and _is_free(a, ledger, k, d):
                dated = _dated(a, ledger, d, int(a.hours_from[k, d]))
                day = _day(a, ledger, k, dated, np.array([i], dtype=np.int64))
                days += [(k, day)] if day.stops else []
        pays = ledger.pays_for(sum(day.metres for _, day in days), days=lacking)
        if len(days) == lacking and pays:
            for k, day in days:
                ledger.enter(k, d, day.stops, day.metres)


def _enter_published(a: Arrays, ledger: _Ledger) -> None:
    """Enter the team-days of the plan in force that still can be as they are."""
    days: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for k, d, i, start, minutes in sorted(a.published.tolist(), key=lambda row: row[3]):
        days[k, d].append((i, start, minutes))
    for (k, d), visits in sorted(days.items()):
        sites = [i for i, _, _ in visits]
        metres = _metres(a, k, sites)
        room = (ledger.teams_on[sites, d] > 0) | ledger.new_date_at(d)[sites]
        room &= ledger.teams_on[sites, d] < a.max_teams[sites]
        busy = (k, d) in ledger.taken or (k, d) in ledger.resting
        fits = not busy and a.team_works[k, d] and len(sites) <= a.max_stops[k]
        if fits and len(set(sites)) == len(sites) and room.all() and ledger.pays_for(metres):
            timed = _timed(a, k, d, [(i, minutes, start) for i, start, minutes in visits])
            if timed is not None and all(_is_service(a, i, minutes) for i, _, minutes in timed):
                ledger.enter(k, d, timed, metres)


def _is_service(a: Arrays, i: int, minutes: int) -> bool:
    fixed = int(a.fixed[i])
    return minutes == fixed if fixed >= 0 else minutes > 0 and minutes % a.slot_minutes == 0


def _timed(a: Arrays, k: int, d: int, stops: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]] | None:
    """Site, start and minutes of stops given as site, minutes and start (or -1: as early as can be); None if late."""
    opens, closes = windows_on(a, d, hours_from=a.hours_from[a.outfit_team[k], d])
    free_at, timed = int(a.shift_start[k]), []
    for p, (i, minutes, wish) in enumerate(stops):
        ready = free_at + int(a.out_minutes[k, i] if p == 0 else a.minutes[stops[p - 1][0], i])
        busy = int(a.setup[i]) + minutes
        starts = np.maximum(ready if wish < 0 else wish, opens[i])
        fit = starts[starts + busy <= closes[i]]
        if not len(fit) or (wish >= 0 and (ready > wish or int(fit.min()) != wish)):
            return None
        start = int(fit.min())
        timed.append((i, start, minutes))
        free_at = start + busy
    return timed if free_at + int(a.home_minutes[k, stops[-1][0]]) <= closes_at(a, k, d) else None


def _metres(a: Arrays, k: int, sites: Sequence[int]) -> int:
    between = sum(int(a.metres[here, other]) for here, other in pairwise(sites))
    return int(a.out_metres[k, sites[0]]) + between + int(a.home_metres[k, sites[-1]])


def _prospects(a: Arrays, k: int) -> Indices:
    """The sites that a team can visit and be home in time, best activations a minute of a whole day there first."""
    away = a.out_minutes[k].astype(np.int64) + a.home_minutes[k] + a.setup
    rate = a.rate_numerator[k] / int(a.rate_denominator[k])
    room = np.maximum(int(a.shift_end[k]) - int(a.shift_start[k]) - away, 0)
    serve = np.where(a.fixed >= 0, a.fixed, np.minimum(room, a.people / np.maximum(rate, 1e-9)))
    promise = np.minimum(a.people, rate * serve) / (away + serve + 1.0)
    promise = np.where(a.must & (a.weight_must > 0), np.inf, promise)
    order = np.argsort(-promise, kind="stable")
    return np.asarray(order[((promise > 0) & (room > 0))[order]], dtype=np.int64)


def _able(a: Arrays, ledger: _Ledger, k: int, d: int, prospects: Indices, *, new_date: Bools) -> Indices:
    """The best prospects of a team on a date that still have something to win; looked for a part at a time."""
    size = 4 * CHOICE
    some: list[Indices] = []
    for first in range(0, len(prospects), size):
        i = prospects[first : first + size]
        there = ledger.teams_on[i, d]
        room = np.where(there > 0, there, ~new_date[i] * NO_ROOM) < a.max_teams[i]
        room &= (a.min_teams[i] <= 1) | (there > 0)
        some.append(i[room & ((ledger.left[i] > 0) | (a.must[i] & (ledger.visits[i] == 0)))])
        if sum(len(part) for part in some) >= CHOICE:
            break
    return np.concatenate([np.empty(0, dtype=np.int64), *some])[:CHOICE]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """The sites as a team finds them on a date."""

    date: int
    new_date: Bools
    opens: Longs
    closes: Longs


def _dated(a: Arrays, ledger: _Ledger, d: int, hours_from: int) -> _Dated:
    opens, closes = windows_on(a, d, hours_from=hours_from)
    new_date = ledger.new_date_at(d) & (closes > opens).any(axis=1)
    return _Dated(date=d, new_date=new_date, opens=opens, closes=closes)


def _is_free(a: Arrays, ledger: _Ledger, k: int, d: int) -> bool:
    """Whether a team works on a date and has nothing to do there yet."""
    busy = (k, d) in ledger.taken or (k, d) in ledger.resting
    return bool(a.team_works[k, d]) and not busy and int(a.max_stops[k]) > 0


def _dressed(a: Arrays, ledger: _Ledger, dated: Sequence[_Dated], d: int, prospects: Sequence[Indices]) -> list[int]:
    """The outfit of each team on a date: kits go to those whose day they make better by most."""
    worn = list(range(a.teams))
    left = a.pool_count[:, d].copy()
    gains: dict[int, float] = {}
    without: dict[int, float] = {}
    for q in range(a.teams, len(a.outfit_team)):
        k = int(a.outfit_team[q])
        if (a.outfit_draws[q] <= left).all() and a.team_works[q, d] and _is_free(a, ledger, k, d):
            if k not in without:
                without[k] = _day(a, ledger, k, dated[k], prospects[k]).gain
            gains[q] = _day(a, ledger, q, dated[k], prospects[q]).gain - without[k]
    for q in sorted(gains, key=lambda q: -gains[q]):
        k = int(a.outfit_team[q])
        if gains[q] > 0 and (a.outfit_draws[q] <= left).all() and worn[k] == k:
            worn[k] = q
            left -= a.outfit_draws[q]
    return worn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """Site, start and minutes of each stop, metres, and what the day wins in milli-activations."""

    stops: list[tuple[int, int, int]]
    metres: int
    gain: float


def _day(a: Arrays, ledger: _Ledger, k: int, dated: _Dated, prospects: Indices) -> _Day:
    """Plan a day of outfit k: add the best stop at its end until none gains."""
    d = dated.date
    index = _able(a, ledger, k, d, prospects, new_date=dated.new_date)
    site = _Site(
        index=index,
        opens=dated.opens[index],
        closes=dated.closes[index],
        home=a.home_minutes[k, index].astype(np.int64),
        home_metres=a.home_metres[k, index].astype(np.int64),
    )
    free = np.ones(len(index), dtype=np.bool_)
    stops: list[tuple[int, int, int]] = []
    now, driven = int(a.shift_start[k]), 0
    while len(index) and len(stops) < a.max_stops[k]:
        here = stops[-1][0] if stops else -1
        legs = (a.out_minutes[k] if here < 0 else a.minutes[here])[index]
        metres = driven + (a.out_metres[k] if here < 0 else a.metres[here])[index].astype(np.int64)
        chosen = _best_stop(a, ledger, site, k, d, ready=now + legs, metres=metres, free=free)
        if chosen is None:
            break
        p, start, minutes = chosen
        free[p] = False
        stops.append((int(index[p]), start, minutes))
        driven = int(metres[p])
        now = start + int(a.setup[index[p]]) + minutes
    if not stops:
        return _Day(stops=[], metres=0, gain=0.0)
    driven += int(a.home_metres[k, stops[-1][0]])
    at, served = np.array([i for i, _, _ in stops]), np.array([minutes for _, _, minutes in stops])
    won = np.minimum(ledger.left[at], a.rate_numerator[k, at] * served // int(a.rate_denominator[k]))
    rupiah = driven * a.per_km / 1000 + a.per_team_day + int(a.outfit_cost[k])
    gain = float(_gain(a, ledger, at, d, won).sum()) - a.weight_per_million_cost / 1e6 * rupiah
    return _Day(stops=stops, metres=driven, gain=gain)


def _best_stop(
    a: Arrays, ledger: _Ledger, site: _Site, k: int, d: int, *, ready: Ints, metres: Longs, free: Bools
) -> tuple[int, int, int] | None:
    """Position, start and minutes of the stop that wins most for the minutes it takes; None if none gains.

    What is won by the day so far is not booked yet: it is at other sites, and only the gap could count it twice.
    """
    i = site.index
    fixed, setup, left = a.fixed[i], a.setup[i].astype(np.int64), ledger.left[i]
    starts = np.maximum(ready[:, None], site.opens)
    room = np.minimum(site.closes, (closes_at(a, k, d) - site.home)[:, None]) - starts - setup[:, None]
    window = room.argmax(axis=1)
    rows = np.arange(len(i))
    start, most = starts[rows, window], room[rows, window]
    rate = a.rate_numerator[k, i] / int(a.rate_denominator[k])
    need = np.ceil(np.where(rate > 0, left / np.maximum(rate, 1e-9), 0) / a.slot_minutes - 1e-9)
    minutes = np.minimum(most // a.slot_minutes, np.maximum(need, 1).astype(np.int64)) * a.slot_minutes
    minutes = np.where(fixed >= 0, fixed, minutes)
    fits = free & (most >= np.where(fixed >= 0, fixed, a.slot_minutes)) & ledger.pays_for(metres + site.home_metres, k)
    won = np.minimum(left, a.rate_numerator[k, i] * minutes // int(a.rate_denominator[k]))
    gain = _gain(a, ledger, i, d, won)
    rupiah = a.weight_per_million_cost / 1e6
    gain -= rupiah * ((metres - metres.min()) * a.per_km / 1000)
    score = np.where(fits & (gain > 0), gain / np.maximum(start + setup + minutes - ready.min() + 1, 1), 0.0)
    p = int(score.argmax())
    return (p, int(start[p]), int(minutes[p])) if score[p] > 0 else None


def _gain(a: Arrays, ledger: _Ledger, i: Indices, d: int, won: Longs) -> Floats:
    """What people won at sites count for: toward the gap, their area's floor, a must-visit, less lateness."""
    toward = np.minimum(won, max(0, a.gap - ledger.won))
    floor = np.minimum(won, np.maximum(a.area_floor - ledger.area_won, 0)[a.area[i]])
    must = a.must[i] & (ledger.visits[i] == 0)
    late = a.weight_late * d / max(1, a.dates - 1)
    gain = a.weight_shortfall * toward + a.weight_area_shortfall * floor - late * won + a.weight_must * must
    return np.asarray(gain, dtype=np.float64)
