"""Ways to a site over other sites, for tables and overrides that break the triangle inequality."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from heapq import heappop, heappush
from itertools import count

import numpy as np

from solver.contract.book import open_book
from solver.contract.instance import Instance, Matrix, Site, Team, Visit
from solver.contract.travel import Travel
from solver.contract.verify import broken_rules
from solver.numeric.arrays import NEVER, Arrays, build_arrays, shortest_stay, windows_on
from solver.numeric.kinds import Bools, Longs

# Routes that stop twice at one site are cut in two cases each; so many cases are looked at before giving up.
MOST_CASES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A stop of a route under way: whether the wanted site lies behind, and the call before."""

    site: Site
    start: int
    leaves_at: int
    minutes: int
    reached: bool
    before: "_Call | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """A visit that a team-day is to make, for so many minutes of service."""

    site: Site
    minutes: int
    team: Team
    date: date


class Detours:
    """Finds a team-day that visits a site over others, and proves that there is none."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._travel = Travel(instance.travel)
        self._via = tuple(site for site in instance.sites if site.max_teams > 0 and site.max_visit_dates > 0)
        self.any = _may_shorten(instance)
        """Whether any way could be quicker or shorter over another site."""

    def route_to(self, site: Site, *, least_minutes: Callable[[Team], int | None]) -> tuple[Visit, ...] | None:
        """Return one team-day's visits, the site among them; empty if none can be, None if that stays open."""
        doubtful = False
        target = self._instance.sites.index(site)
        for team, day, within_reach in self._team_days:
            minutes = least_minutes(team)
            if minutes is None or not within_reach[target] or self._is_too_dear(team, site):
                continue
            route = self._route(_Goal(site=site, minutes=minutes, team=team, date=day))
            if route and not any(True for _ in broken_rules(open_book(self._instance, route))):
                return route
            doubtful = doubtful or route is None or bool(route)
        return None if doubtful else ()

    def least_round(self, site: Site) -> int | None:
        """Fewest minutes there and back of any team; on a detour the shortest visits on the way count with them."""
        if not self.any:
            legs = (self._travel.leg(team, site)[0] + self._travel.leg(site, team)[0] for team in self._instance.teams)
            return min(legs, default=None)
        rounds = self._least_rounds
        return int(rounds[:, self._instance.sites.index(site)].min()) if len(rounds) else None

    @cached_property
    def _least_rounds(self) -> Longs:
        """Minutes of the quickest round trip of each class of teams to each site."""
        # Compiled code loads in seconds, and most instances need none here.
        from solver.numeric.ways import least_home, least_out, members

        a = build_arrays(self._instance)
        member = members(a)
        return np.asarray(least_out(a, member).astype(np.int64) + least_home(a, member), dtype=np.int64)

    def _is_too_dear(self, team: Team, site: Site) -> bool:
        """Whether even the shortest way there and back, over any sites, costs more than the budget."""
        if self._instance.costs.budget is None:
            return False
        k, i = self._instance.teams.index(team), self._instance.sites.index(site)
        return not self._is_paid_for(int(self._shortest_round[k, i]))

    @cached_property
    def _shortest_round(self) -> Longs:
        """Metres of the shortest round trip from each base to each site (Floyd and Warshall)."""
        a = build_arrays(self._instance)
        ways = a.metres.astype(np.int64)
        for middle in range(a.sites):
            np.minimum(ways, ways[:, middle, None] + ways[middle], out=ways)
        there = np.minimum(a.out_metres, (a.out_metres.astype(np.int64)[:, :, None] + ways).min(axis=1))
        back = np.minimum(a.home_metres, (a.home_metres.astype(np.int64)[:, None, :] + ways).min(axis=2))
        return np.asarray(there + back, dtype=np.int64)

    @cached_property
    def _team_days(self) -> tuple[tuple[Team, date, Bools], ...]:
        """Every working team-day with the sites it can reach and return from, perhaps by stopping twice at one."""
        arrays = build_arrays(self._instance)
        usable = (arrays.max_teams > 0) & (arrays.max_visit_dates > 0)
        team_days = []
        for d, day in enumerate(self._instance.dates):
            opens, closes = windows_on(arrays, d)
            for k, team in enumerate(self._instance.teams):
                if team.work_dates[d] and team.max_stops > 0:
                    reach = _within_reach(arrays, k, opens=opens, closes=closes, usable=usable)
                    team_days.append((team, day, reach))
        return tuple(team_days)

    def _route(self, goal: _Goal) -> tuple[Visit, ...] | None:
        """The quickest way over other sites and back in the shift; empty if none, None if too many cases arose."""
        nobody: frozenset[str] = frozenset()
        cases = [(nobody, nobody)]
        for _ in range(MOST_CASES):
            if not cases:
                return ()
            banned = cases.pop()
            calls = self._quickest(goal, banned)
            names = [call.site.id for call in calls]
            twice = next((name for name in names if names.count(name) > 1), None)
            if calls and twice is None:
                return tuple(
                    Visit(team=goal.team.id, date=goal.date, site=call.site.id, start=call.start, minutes=call.minutes)
                    for call in calls
                )
            if twice is not None:
                # Every route that stops there once leaves it out before the wanted site or behind it.
                cases += [(banned[0] | {twice}, banned[1]), (banned[0], banned[1] | {twice})]
        return None

    def _quickest(self, goal: _Goal, banned: tuple[frozenset[str], frozenset[str]]) -> list[_Call]:
        """Follow the earliest departures (Dijkstra over site, stops made, wanted site behind) until home is in time.

        Who arrives earlier leaves no later, so the first to come to a state is the best one there; under a budget
        a later one is kept if it came by a shorter way.
        """
        team, index = goal.team, self._instance.dates.index(goal.date)
        order = count()
        heap: list[tuple[int, int, int, int, _Call | None]] = [(team.shift.open, 0, next(order), 0, None)]
        least_metres: dict[tuple[str | None, int, bool], int] = {}
        while heap:
            # Whoever can leave earliest goes on; a state that was come to before by no longer way has gone on already.
            free_at, metres, _, stops, call = heappop(heap)
            reached = call is not None and call.reached
            state = (call.site.id if call else None, stops, reached)
            if metres >= least_metres.get(state, metres + 1):
                continue
            least_metres[state] = metres
            # Home from here, if the wanted site is behind.
            here: Site | Team = call.site if call else team
            home_minutes, home_metres = self._travel.leg(here, team)
            if reached and free_at + home_minutes <= team.shift.close and self._is_paid_for(metres + home_metres):
                return _unfold(call)
            if stops == team.max_stops:
                continue
            # On to any site that a way may lead over, or to the wanted one.
            following = [site for site in self._via if site.id not in banned[reached] and site is not goal.site]
            for site in following if reached else [*following, goal.site]:
                if site is here or not site.open_dates[index]:
                    continue
                leg_minutes, leg_metres = self._travel.leg(here, site)
                entered = self._enter(site, free_at + leg_minutes, goal)
                if entered is None or entered[1] > team.shift.close:
                    continue
                start, leaves_at, minutes = entered
                following_call = _Call(
                    site=site,
                    start=start,
                    leaves_at=leaves_at,
                    minutes=minutes,
                    reached=reached or site is goal.site,
                    before=call,
                )
                # Without a budget only time counts.
                total = metres + leg_metres if self._instance.costs.budget is not None else 0
                heappush(heap, (leaves_at, total, next(order), stops + 1, following_call))
        return []

    def _is_paid_for(self, metres: int) -> bool:
        """Whether the budget bears a single team-day of so many metres."""
        costs = self._instance.costs
        return costs.budget is None or metres * costs.per_km // 1000 + costs.per_team_day <= costs.budget

    def _enter(self, site: Site, ready: int, goal: _Goal) -> tuple[int, int, int] | None:
        """Start, end and service minutes of the shortest visit from a moment on; None if no window holds it."""
        minutes = self._instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes
        minutes = goal.minutes if site is goal.site else minutes
        busy = site.setup_minutes + minutes
        starts = [
            max(ready, window.open)
            for window in site.windows_at(goal.date)
            if max(ready, window.open) + busy <= window.close
        ]
        return (min(starts), min(starts) + busy, minutes) if starts else None


def _unfold(call: _Call | None) -> list[_Call]:
    calls: list[_Call] = []
    while call is not None:
        calls.append(call)
        call = call.before
    return calls[::-1]


def _within_reach(a: Arrays, k: int, *, opens: Longs, closes: Longs, usable: Bools) -> Bools:
    """Which sites some sequence of shortest visits reaches early enough to be back by the end of the shift.

    `arrives[h]` is the earliest arrival after h stops at most, `latest[h]` the latest arrival that leaves the rest
    of the day, h stops at most, feasible: both by value iteration over the stops (Bellman 1958).
    """
    busy = shortest_stay(a).astype(np.int64)[:, None]
    legs, most = a.minutes.astype(np.int64), int(a.max_stops[k])
    arrives = [a.shift_start[k] + a.out_minutes[k].astype(np.int64)]
    home = a.shift_end[k] - a.home_minutes[k].astype(np.int64)
    latest = [_latest_arrival(home, opens, closes, busy=busy)]
    while len(arrives) < most:
        # One stop more on the way there: the earliest start, the end of the shortest visit, and the way on.
        starts = np.maximum(arrives[-1][:, None], opens)
        leaves = np.where(starts + busy <= closes, starts + busy, NEVER).min(axis=1)
        leaves[~usable] = NEVER
        sooner = np.minimum(arrives[0], (leaves[:, None] + legs).min(axis=0))
        # One stop more on the way back, counted from the end of the shift.
        onward = np.where(usable, latest[-1], -NEVER)
        later = _latest_arrival(np.maximum(home, (onward - legs).max(axis=1)), opens, closes, busy=busy)
        if np.array_equal(sooner, arrives[-1]) and np.array_equal(later, latest[-1]):
            break
        arrives.append(sooner)
        latest.append(later)
    reachable = np.zeros(a.sites, dtype=np.bool_)
    for stops_before, arrival in enumerate(arrives):
        reachable |= arrival <= latest[min(len(latest) - 1, most - 1 - stops_before)]
    # Where the iteration came to rest early, more stops change nothing.
    return reachable


def _latest_arrival(limit: Longs, opens: Longs, closes: Longs, *, busy: Longs) -> Longs:
    """The latest arrival after which the shortest visit in some window still ends by the limit."""
    starts = np.minimum(limit[:, None], closes) - busy
    latest: Longs = np.where(starts >= opens, starts, -NEVER).max(axis=1)
    return latest


def _may_shorten(instance: Instance) -> bool:
    """Whether travel may break the triangle inequality: great circles keep it, tables and overrides need not."""
    if instance.travel.overrides:
        return True
    return isinstance(instance.travel, Matrix) and not _keeps_triangles(instance.travel)


def _keeps_triangles(table: Matrix) -> bool:
    """Whether no way of a table is longer than one over a third place, in minutes and in metres."""
    for rows in (table.minutes, table.metres):
        ways = np.array(rows, dtype=np.int64).reshape(len(rows), -1)
        for middle in range(len(rows)):
            if (ways > ways[:, middle, None] + ways[middle]).any():
                return False
    return True
