"""Lays a plan out for whoever looks for places in it: once for each clock on which the breaks of its teams are cut out.

What kernels look through knows no breaks. A team-day runs by a clock without the minutes of its break, cut out at one
of a few moments; on a stage each date has one such clock, and the team-days that run by it may be looked at there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from solver.contract.instance import Instance, Site, Team, Visit, Window
from solver.contract.journeys import Break
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place, Travel
from solver.contract.unplanned import check_planned
from solver.numeric.arrays import Arrays, build_arrays
from solver.numeric.kinds import Bools, Longs
from solver.plans.compressed import break_on
from solver.plans.day_clock import NO_CUT, Cut, cut_at, cut_for
from solver.plans.paused_starts import PausedStarts
from solver.plans.shared_minutes import says_work
from solver.plans.standing_rows import StandingRows
from solver.plans.timing import Timetable
from solver.questions.possibility import Possibilities
from solver.search import tables as t
from solver.search.empty_plan import blank
from solver.search.kits import wear
from solver.search.posing import pose
from solver.search.route import schedule
from solver.search.tables import Problem, State
from solver.search.warm_start import enter_day, lay_out

# Some 40 MB of an instance's legs at the most.
MOST_LEGS = 200_000
# Where the teams of a date have more clocks than these together, each team-day is looked at by its own alone.
MOST_CLOCKS = 12


class Posed:
    """An instance laid out once for all the plans that are asked about; raises `NotPlannedYet`."""

    def __init__(self, instance: Instance) -> None:
        check_planned(instance, by_search=True, without_trips=True)
        self.instance = instance
        self.plain = replace(instance, teams=tuple(replace(team, breaks=()) for team in instance.teams))
        self.arrays = build_arrays(self.plain, by_search=True)
        self.problem = pose(self.arrays)
        self.possibilities = Possibilities(instance)
        self._travel = Travel(instance.travel)
        self._legs: dict[tuple[str, str], tuple[int, int]] = {}
        self.timetable = Timetable(instance, leg=self.leg)
        self.paused = PausedStarts(instance, leg=self.leg)
        self.rows = StandingRows(instance, leg=self.leg)
        self.sites = {site.id: i for i, site in enumerate(instance.sites)}
        self.teams = {team.id: k for k, team in enumerate(instance.teams)}
        self.dates = {day: d for d, day in enumerate(instance.dates)}
        self.clocks = Clocks(instance, self.arrays)
        self.says_work = says_work(instance)
        # What a visit wins depends on kits or on how minutes are shared, which the rest of the plan decides.
        self.is_entwined = bool(instance.kits) or self.says_work

    def leg(self, origin: Place, target: Place) -> tuple[int, int]:
        """Whole minutes and metres of a leg, remembered: plans of one instance drive the same ways."""
        key = (origin.id, target.id)
        leg = self._legs.get(key)
        if leg is None:
            if len(self._legs) >= MOST_LEGS:
                self._legs.clear()
            leg = self._legs[key] = self._travel.leg(origin, target)
        return leg


class Clocks:
    """How the days of an instance's teams can be cut where they take a break, and what is open on such a clock."""

    def __init__(self, instance: Instance, arrays: Arrays) -> None:
        self._arrays = arrays
        self._dates = len(instance.dates)
        self.rules: tuple[Break | None, ...] = tuple(
            break_on(team, d) for team in instance.teams for d in range(self._dates)
        )
        self.pausing = frozenset(r for r, rule in enumerate(self.rules) if rule is not None)
        self._shifts = [team.shift for team in instance.teams]
        self._lists = [
            tuple(
                Window(open=int(arrays.set_open[x]), close=int(arrays.set_close[x]))
                for x in range(arrays.set_ptr[s], arrays.set_ptr[s + 1])
            )
            for s in range(len(arrays.set_ptr) - 1)
        ]
        self._windows = cache(self._windows_on)
        self._best = cache(self._best_cut)

    def usual(self, r: int) -> tuple[Cut, ...]:
        """The clocks by which a team-day is looked at: the windows' best, with the break early, and late."""
        rule = self.rules[r]
        if rule is None:
            return (NO_CUT,)
        k, d = divmod(r, self._dates)
        early, late = (self.cut(r, moment) for moment in (rule.window.open, rule.window.close - rule.minutes))
        return tuple(dict.fromkeys((self._best(rule, self._shifts[k], d), early, late)))

    def cut(self, r: int, moment: int) -> Cut:
        """The clock of a team-day whose break starts at a moment."""
        rule = self.rules[r]
        return NO_CUT if rule is None else cut_at(rule, moment, self._shifts[r // self._dates])

    def problem(self, problem: Problem, cuts: Sequence[Cut]) -> Problem:
        """The problem with each date on its clock."""
        if all(cut == NO_CUT for cut in cuts):
            return problem
        lists: dict[tuple[Window, ...], int] = {}
        window, team = problem.window.copy(), problem.team.copy()
        of_cut: dict[Cut, Longs] = {}
        for d, cut in enumerate(cuts):
            if cut not in of_cut:
                mapped = (tuple(cut.inner(window) for window in windows) for windows in self._lists)
                of_cut[cut] = np.array([lists.setdefault(windows, len(lists)) for windows in mapped], dtype=np.int64)
            window[:, d] = np.where(problem.window[:, d] < 0, -1, of_cut[cut][problem.window[:, d]])
            team[:, t.LOST_AT + d] = cut.minutes
        spans = [(window.open, window.close) for windows in lists for window in windows]
        return problem._replace(
            window=window,
            team=team,
            set_ptr=np.concatenate(([0], np.cumsum([len(windows) for windows in lists]))).astype(np.int64),
            span=np.array(spans, dtype=np.int64).reshape(len(spans), 2),
        )

    def _windows_on(self, d: int) -> tuple[tuple[Window, int], ...]:
        """The windows of open sites on a date, and of how many each is."""
        a = self._arrays
        sets, counts = np.unique(a.window_set[a.site_open[:, d], d], return_counts=True)
        windows = Counter[Window]()
        for s, count in zip(sets.tolist(), counts.tolist(), strict=True):
            for window in self._lists[s]:
                windows[window] += count
        return tuple(sorted(windows.items(), key=lambda pair: (pair[0].open, pair[0].close)))

    def _best_cut(self, rule: Break, shift: Window, d: int) -> Cut:
        return cut_for(rule, shift, [window for window, count in self._windows(d) for _ in range(count)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A plan laid out with each date on one clock; the routes that run by it are `running`, open ones `open`.

    Other routes stand there too, for the books, by a clock of another stage.
    """

    problem: Problem
    state: State
    announced: Longs
    running: Bools
    open: Longs


class Stages:
    """The stages of a plan: every route runs on its home, and on others where it stands by their clocks as well."""

    def __init__(
        self, posed: Posed, days: Mapping[int, tuple[Visit, ...]], rows: Rows, *, pinned: Sequence[Visit], number: Longs
    ) -> None:
        """Lay out the days of routes, each in order of starts; `pinned` visits have their starts."""
        self._posed, self._days = posed, days
        self._pinned = {(visit.team, visit.date, visit.site): visit for visit in pinned}
        self._routes = posed.arrays.teams * posed.arrays.dates
        self._pauses = {(pause.team, pause.date): pause.start for pause in rows.breaks}
        cuts = [self._cuts(r) for r in range(self._routes)]
        by_date = self._by_date(cuts)
        count = max(1, *(len(kinds) for kinds in by_date))
        problem = posed.problem._replace(number=number)
        clocks = [[kinds[min(v, len(kinds) - 1)] if kinds else NO_CUT for kinds in by_date] for v in range(count)]
        problems = [posed.clocks.problem(problem, of_dates) for of_dates in clocks]
        dates = posed.arrays.dates
        homes = [by_date[r % dates].index(kinds[0]) if kinds else 0 for r, kinds in enumerate(cuts)]
        self.home = np.array(homes, dtype=np.int64)
        self.laid, state = self._laid(problems, clocks, rows)
        self.all: tuple[Stage, ...] = tuple(
            self._stage(v, problems, clocks, cuts, state, is_own=v == count - 1) for v in range(count)
        )

    def on(self, stage: Stage, r: int) -> Stage:
        """The stage by whose clock a route stands on a stage."""
        return stage if stage.running[r] else self.all[self.home[r]]

    def opened(self, routes: Iterable[int]) -> None:
        """Let visits be placed on these routes alone."""
        is_open = np.zeros(self._routes, dtype=np.bool_)
        is_open[list(routes)] = True
        opened = self._posed.problem.open_routes
        self.all = tuple(
            replace(stage, open=opened[is_open[opened] & stage.running[opened]].astype(np.int64)) for stage in self.all
        )

    def _cuts(self, r: int) -> list[Cut]:
        """The clocks of a route that is not idle, its home first: one by which its day stands as it was announced."""
        usual, day = self._posed.clocks.usual(r), self._days.get(r, ())
        if not day and not self._posed.problem.works[r]:
            return []
        if len(usual) == 1 or not day:
            return list(usual)
        team, wanted = self._posed.instance.teams[r // self._posed.arrays.dates], list(usual)
        start = self._pauses.get((day[0].team, day[0].date))
        if start is not None:
            wanted.append(self._posed.clocks.cut(r, start))
        home = next((cut for cut in wanted if self._stands(day, team, cut)), wanted[-1])
        return list(dict.fromkeys((home, *usual)))

    def _stands(self, day: Sequence[Visit], team: Team, cut: Cut) -> bool:
        """Whether a day's visits begin on a clock when they were announced."""
        sites, leg = self._posed.instance.sites, self._posed.leg
        here: Site | Team = team
        free_at = team.shift.open
        for visit in day:
            if visit.site not in self._posed.sites:
                return False
            site = sites[self._posed.sites[visit.site]]
            start = _moment(cut, visit.start)
            busy = site.setup_minutes + visit.minutes
            windows = (cut.inner(window) for window in site.windows_at(visit.date))
            if free_at + leg(here, site)[0] > start or not any(
                window.open <= start and start + busy <= window.close for window in windows
            ):
                return False
            here, free_at = site, start + busy
        return free_at + leg(here, team)[0] <= team.shift.close - cut.minutes

    def _by_date(self, cuts: list[list[Cut]]) -> list[list[Cut]]:
        """The clocks of each date, that of most routes first; where they are too many, each route keeps its home."""
        dates = self._posed.arrays.dates
        of_dates: list[list[Cut]] = []
        for d in range(dates):
            counts = Counter(cut for r in range(d, self._routes, dates) for cut in cuts[r])
            if len(counts) > MOST_CLOCKS:
                for r in range(d, self._routes, dates):
                    del cuts[r][1:]
                counts = Counter(cut for r in range(d, self._routes, dates) for cut in cuts[r])
            of_dates.append(sorted(counts, key=lambda cut: (-counts[cut], cut.start, cut.end, cut.earliest)))
        return of_dates

    def _laid(self, problems: Sequence[Problem], clocks: Sequence[Sequence[Cut]], rows: Rows) -> tuple[Arrays, State]:
        """The arrays with the plan's pins, and the plan with every route on its home."""
        posed, a = self._posed, self._posed.arrays
        routes: dict[int, list[tuple[int, int, int, int, int]]] = {}
        pins: set[tuple[int, int, int, int, int]] = set()
        for r, day in self._days.items():
            k, d = divmod(r, a.dates)
            cut = clocks[self.home[r]][d]
            for visit in day:
                if visit.site not in posed.sites:
                    continue
                row = (k, d, posed.sites[visit.site], _moment(cut, visit.start), visit.minutes)
                routes.setdefault(r, []).append(row)
                if (visit.team, visit.date, visit.site) in self._pinned:
                    pins.add(row)
        laid = replace(
            a,
            pins=np.array(sorted(pins), dtype=np.int32).reshape(len(pins), 5),
            budget=int(problems[0].number[t.BUDGET]),
        )
        if len(problems) == 1:
            state = lay_out(laid, problems[0], [row for route in routes.values() for row in route])
        else:
            state = blank(laid, problems[0], seed=0)
            for r in sorted(routes, key=lambda r: (pins.isdisjoint(routes[r]), r)):
                enter_day(laid, problems[self.home[r]], state, routes[r], pinned=pins)
        self._dress(problems, state, rows)
        state.tune[t.RANKING], state.tune[t.BLINK], state.tune[t.SHARE] = t.BY_GAIN, 0.0, 1.0
        return laid, state

    def _dress(self, problems: Sequence[Problem], state: State, rows: Rows) -> None:
        """Let the routes carry what their teams draw."""
        a, posed = self._posed.arrays, self._posed
        pools = {pool.id: p for p, pool in enumerate(posed.instance.kits)}
        outfits = {(k, tuple(a.outfit_draws[q].tolist())): q for q, k in enumerate(a.outfit_team.tolist())}
        drawn: dict[int, list[int]] = defaultdict(lambda: [0] * len(pools))
        for load in rows.kits:
            if load.team in posed.teams and load.date in posed.dates and load.pool in pools:
                drawn[posed.teams[load.team] * a.dates + posed.dates[load.date]][pools[load.pool]] = load.count
        for r, draws in drawn.items():
            q = outfits.get((r // a.dates, tuple(draws)))
            if q is not None:
                wear(problems[self.home[r]], state, r, q)

    def _stage(
        self,
        v: int,
        problems: Sequence[Problem],
        clocks: Sequence[Sequence[Cut]],
        cuts: Sequence[Sequence[Cut]],
        laid: State,
        *,
        is_own: bool,
    ) -> Stage:
        dates, problem = self._posed.arrays.dates, problems[v]
        state = laid if is_own else State._make(table.copy() for table in laid)
        running = np.zeros(self._routes, dtype=np.bool_)
        announced = np.full((self._routes, state.stop.shape[1], 3), -1, dtype=np.int64)
        for r in range(self._routes):
            home = int(self.home[r])
            cut = clocks[v][r % dates]
            running[r] = home == v or (cut in cuts[r] and (v == 0 or cut != clocks[v - 1][r % dates]))
            day = self._days.get(r, ())
            if running[r] and home != v and state.stops[r]:
                running[r] = self._turned(problem, state, r, cut)
                if not running[r]:
                    self._turned(problems[home], state, r, clocks[home][r % dates])
            shown = cut if running[r] else clocks[home][r % dates]
            for q, visit in enumerate(day[: announced.shape[1]]):
                site = self._posed.sites.get(visit.site, -1)
                announced[r, q] = site, _moment(shown, visit.start), visit.minutes
        return Stage(
            problem=problem, state=state, announced=announced, running=running, open=np.empty(0, dtype=np.int64)
        )

    def _turned(self, problem: Problem, state: State, r: int, cut: Cut) -> bool:
        """Let a route stand by another clock; False if it does not fit that one."""
        starts = {self._posed.sites.get(visit.site, -1): visit.start for visit in self._days.get(r, ())}
        for q in range(int(state.stops[r])):
            if state.stop[r, q, t.PIN] >= 0:
                state.stop[r, q, t.PIN] = _moment(cut, starts[int(state.stop[r, q, t.SITE])])
        return bool(schedule(problem, state, r))


def _moment(cut: Cut, moment: int) -> int:
    return cut.inner(Window(open=moment, close=moment)).open
