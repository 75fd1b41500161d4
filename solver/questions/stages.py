"""Lays a plan out for whoever looks for places in it: once for each clock on which the breaks of its teams are cut out.

What kernels look through knows no breaks. A team-day runs by a clock without the minutes of its break, cut out at one
of a few moments; on a stage each date has one such clock, and the team-days that run by it may be looked at there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from solver.contract.instance import Instance, Visit, Window
from solver.contract.journeys import Break, Ride
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place, Travel
from solver.numeric.arrays import Arrays, build_arrays
from solver.numeric.kinds import Bools, Longs
from solver.plans.day_clock import NO_CLOCK, Clock, clock_at, clock_for
from solver.plans.paused_days import Ends
from solver.plans.paused_starts import PausedStarts
from solver.plans.series import DayBreaks, TeamBreaks, break_numbers
from solver.plans.shared_minutes import says_work
from solver.plans.standing_rows import StandingRows
from solver.plans.timing import Timetable
from solver.plans.trip_days import Stop, TeamDay, TripDays
from solver.plans.unplanned import check_planned
from solver.questions.possibility import Possibilities
from solver.search import tables as t
from solver.search.empty_plan import blank
from solver.search.kits import wear
from solver.search.posing import pose
from solver.search.route import schedule
from solver.search.tables import Problem, State
from solver.search.trips_laid_out import RouteNight, begin_trips, end_broken_trips
from solver.search.warm_start import enter_day, lay_out

# Some 40 MB of an instance's legs at the most.
MOST_LEGS = 200_000
# Where the teams of a date have more clocks than these together, each team-day is looked at by its own alone.
MOST_CLOCKS = 12


class Posed:
    """An instance laid out once for all the plans that are asked about; raises `NotPlannedYet`."""

    def __init__(self, instance: Instance) -> None:
        check_planned(instance)
        self.instance = instance
        self.plain = replace(instance, teams=tuple(replace(team, breaks=()) for team in instance.teams))
        self.arrays = build_arrays(self.plain)
        self.problem = pose(self.arrays)
        self.possibilities = Possibilities(instance)
        self._travel = Travel(instance.travel)
        self._legs: dict[tuple[type, str, type, str], tuple[int, int]] = {}
        self.timetable = Timetable(instance, leg=self.leg)
        self.paused = PausedStarts(instance, leg=self.leg)
        self.rows = StandingRows(instance, leg=self.leg)
        self.sites = {site.id: i for i, site in enumerate(instance.sites)}
        self.teams = {team.id: k for k, team in enumerate(instance.teams)}
        self.dates = {day: d for d, day in enumerate(instance.dates)}
        self.rides = {ride.id: len(instance.sites) + c for c, ride in enumerate(instance.connections)}
        """Where the search has rides: behind the sites."""
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= {site.id: site for site in instance.sites}
        self.clocks = Clocks(instance, self.arrays)
        self.says_work = says_work(instance)
        # What a visit wins depends on kits or on how minutes are shared, which the rest of the plan decides.
        self.is_entwined = bool(instance.kits) or self.says_work

    def team_day(self, r: int) -> TeamDay:
        """Team and date of a route."""
        k, d = divmod(r, len(self.instance.dates))
        return self.instance.teams[k].id, self.instance.dates[d]

    def index(self, stop: Stop) -> int:
        """Where the search has a stop's site or connection; -1 if nowhere."""
        if isinstance(stop, Visit):
            return self.sites.get(stop.site, -1)
        return self.rides.get(stop.connection, -1)

    def minutes(self, stop: Stop) -> int:
        """Minutes of service, or on board."""
        if isinstance(stop, Visit):
            return stop.minutes
        return self.instance.connections[self.rides[stop.connection] - len(self.sites)].minutes

    def doors(self, stop: Stop) -> tuple[Place, Place, int, tuple[Window, ...]]:
        """Where a stop is entered and left, how many minutes it takes, and within which hours."""
        if isinstance(stop, Visit):
            site = self.instance.sites[self.sites[stop.site]]
            return site, site, site.setup_minutes + stop.minutes, site.windows_at(stop.date)
        ride = self.instance.connections[self.rides[stop.connection] - len(self.sites)]
        hours = Window(open=ride.departs.open, close=ride.departs.close + ride.minutes)
        return self._places[ride.origin], self._places[ride.target], ride.minutes, (hours,)

    def minutes_between(self, origin: Place, target: Place) -> int:
        """Whole minutes of a leg; none from a place to itself, whatever a table says."""
        return 0 if origin is target else self.leg(origin, target)[0]

    def leg(self, origin: Place, target: Place) -> tuple[int, int]:
        """Whole minutes and metres of a leg, remembered: plans of one instance drive the same ways."""
        # A team and a site may have one id.
        key = (type(origin), origin.id, type(target), target.id)
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
        breaks = TeamBreaks(instance.teams)
        self.breaks: tuple[DayBreaks, ...] = tuple(
            breaks.of(team.id, break_numbers(team, d)) for team in instance.teams for d in range(self._dates)
        )
        self.pausing = frozenset(r for r, of_day in enumerate(self.breaks) if of_day.rules)
        self._lists = [
            tuple(
                Window(open=int(arrays.set_open[x]), close=int(arrays.set_close[x]))
                for x in range(arrays.set_ptr[s], arrays.set_ptr[s + 1])
            )
            for s in range(len(arrays.set_ptr) - 1)
        ]
        self._windows = cache(self._windows_on)
        self._best: dict[tuple[tuple[Break, ...], Window, int], Clock] = {}

    def usual(self, r: int, shift: Window) -> tuple[Clock, ...]:
        """The clocks by which a team-day is looked at: the windows' best, with the breaks early, and late."""
        breaks = self.breaks[r]
        if not breaks.rules:
            return (NO_CLOCK,)
        return tuple(
            dict.fromkeys((self._best_clock(breaks, shift, r % self._dates), *self._edges(r, breaks.all, shift)))
        )

    def aboard(self, r: int, minutes: int, shift: Window) -> Iterator[Clock]:
        """The clocks of a team-day that takes breaks on a ride of so many minutes, where they cost nothing."""
        breaks = self.breaks[r]
        for mask in range(1, breaks.all + 1):
            if any(series.minutes <= minutes for series in breaks.orders(mask)):
                yield from self._edges(r, breaks.all & ~mask, shift) if mask != breaks.all else (NO_CLOCK,)

    def cut(self, r: int, starts: Mapping[int, int], shift: Window) -> Clock:
        """The clock of a team-day whose breaks begin at these moments, by their places among those of the date."""
        return clock_at(self.breaks[r], starts, shift)

    def _edges(self, r: int, mask: int, shift: Window) -> Iterator[Clock]:
        """The clocks with these breaks as early, and as late, as can be."""
        for series in self.breaks[r].orders(mask)[:1]:
            for starts in (series.earliest, series.latest):
                yield self.cut(r, dict(zip(series.places, starts, strict=True)), shift)

    def problem(self, problem: Problem, cuts: Sequence[Clock]) -> Problem:
        """The problem with each date on its clock."""
        if all(cut == NO_CLOCK for cut in cuts):
            return problem
        lists: dict[tuple[Window, ...], int] = {}
        window, team = problem.window.copy(), problem.team.copy()
        of_cut: dict[Clock, Longs] = {}
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

    def _best_clock(self, breaks: DayBreaks, shift: Window, d: int) -> Clock:
        key = breaks.rules, shift, d
        if key not in self._best:
            windows = [window for window, count in self._windows(d) for _ in range(count)]
            self._best[key] = clock_for(breaks, shift, windows)
        return self._best[key]


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
        self,
        posed: Posed,
        days: Mapping[int, tuple[Stop, ...]],
        rows: Rows,
        *,
        trips: TripDays,
        pinned: Sequence[Visit],
        number: Longs,
    ) -> None:
        """Lay out the days of routes, visits and rides in order of starts; `pinned` visits have their starts."""
        self._posed, self._days, self._trips = posed, days, trips
        self._pinned = {(visit.team, visit.date, visit.site): visit for visit in pinned}
        self._routes = posed.arrays.teams * posed.arrays.dates
        self._pauses: dict[tuple[str, date], dict[int, int]] = defaultdict(dict)
        for pause in rows.breaks:
            self._pauses[pause.team, pause.date][pause.number] = pause.start
        cuts = [self._cuts(r) for r in range(self._routes)]
        by_date = self._by_date(cuts)
        count = max(1, *(len(kinds) for kinds in by_date))
        problem = posed.problem._replace(number=number)
        clocks = [[kinds[min(v, len(kinds) - 1)] if kinds else NO_CLOCK for kinds in by_date] for v in range(count)]
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

    def is_asleep(self, r: int) -> bool:
        """Whether a route begins or ends at a lodging."""
        return self._posed.team_day(r) in self._trips.asleep

    def _cuts(self, r: int) -> list[Clock]:
        """The clocks of a route that is not idle, its home first: one by which its day stands as it was announced."""
        key, day = self._posed.team_day(r), self._days.get(r, ())
        is_trip = key in self._trips.days
        if not day and not is_trip and not self._posed.problem.works[r]:
            return []
        ends, clocks = self._trips.ends(key), self._posed.clocks
        usual = clocks.usual(r, ends.shift)
        k, d = divmod(r, self._posed.arrays.dates)
        numbers = break_numbers(self._posed.instance.teams[k], d)
        if not numbers or not (day or is_trip) or (len(usual) == 1 and not is_trip):
            return list(usual)
        wanted, taken = list(usual), self._pauses.get(key, {})
        if taken.keys() >= set(numbers):
            wanted.append(clocks.cut(r, {place: taken[number] for place, number in enumerate(numbers)}, ends.shift))
        longest = max((self._posed.minutes(stop) for stop in day if isinstance(stop, Ride)), default=0)
        aboard = tuple(clocks.aboard(r, longest, ends.shift))
        wanted += aboard
        home = next((cut for cut in wanted if self._stands(day, ends, cut)), wanted[-1])
        return list(dict.fromkeys((home, *usual, *aboard)))

    def _stands(self, day: Sequence[Stop], ends: Ends, cut: Clock) -> bool:
        """Whether a day's stops begin on a clock when they were announced."""
        here = ends.begin
        free_at = ends.shift.open
        for stop in day:
            if self._posed.index(stop) < 0:
                return False
            start = _moment(cut, stop.start or 0)
            enters, leaves, busy, windows = self._posed.doors(stop)
            inner = (cut.inner(window) for window in windows)
            if free_at + self._posed.minutes_between(here, enters) > start or not any(
                window.open <= start and start + busy <= window.close for window in inner
            ):
                return False
            here, free_at = leaves, start + busy
        return free_at + self._posed.minutes_between(here, ends.end) <= ends.shift.close - cut.minutes

    def _by_date(self, cuts: list[list[Clock]]) -> list[list[Clock]]:
        """The clocks of each date, that of most routes first; where they are too many, each route keeps its home."""
        dates = self._posed.arrays.dates
        of_dates: list[list[Clock]] = []
        for d in range(dates):
            counts = Counter(cut for r in range(d, self._routes, dates) for cut in cuts[r])
            if len(counts) > MOST_CLOCKS:
                for r in range(d, self._routes, dates):
                    del cuts[r][1:]
                counts = Counter(cut for r in range(d, self._routes, dates) for cut in cuts[r])
            of_dates.append(sorted(counts, key=lambda cut: (-counts[cut], _where(cut))))
        return of_dates

    def _laid(self, problems: Sequence[Problem], clocks: Sequence[Sequence[Clock]], rows: Rows) -> tuple[Arrays, State]:
        """The arrays with the plan's pins, and the plan with every route on its home."""
        posed, a = self._posed, self._posed.arrays
        routes: dict[int, list[tuple[int, int, int, int, int]]] = {}
        pins: set[tuple[int, int, int, int, int]] = set()
        for r, day in self._days.items():
            k, d = divmod(r, a.dates)
            cut = clocks[self.home[r]][d]
            for stop in day:
                if posed.index(stop) < 0:
                    continue
                row = (k, d, posed.index(stop), _moment(cut, stop.start or 0), posed.minutes(stop))
                routes.setdefault(r, []).append(row)
                if isinstance(stop, Visit) and (stop.team, stop.date, stop.site) in self._pinned:
                    pins.add(row)
        laid = replace(
            a,
            pins=np.array(sorted(pins), dtype=np.int32).reshape(len(pins), 5),
            budget=int(problems[0].number[t.BUDGET]),
        )
        nights = self._nights()
        if len(problems) == 1 and not nights:
            state = lay_out(laid, problems[0], [row for route in routes.values() for row in route])
        else:
            state = blank(laid, problems[0], seed=0)
            begin_trips(problems[0], state, nights)
            for r in sorted(routes, key=lambda r: (pins.isdisjoint(routes[r]), r)):
                enter_day(laid, problems[self.home[r]], state, routes[r], pinned=pins)
            end_broken_trips(problems[0], state, nights, on=lambda r: problems[self.home[r]])
        self._dress(problems, state, rows)
        state.tune[t.RANKING], state.tune[t.BLINK], state.tune[t.SHARE] = t.BY_GAIN, 0.0, 1.0
        return laid, state

    def _nights(self) -> list[RouteNight]:
        """The routes after which teams sleep away, and where."""
        lodgings = {lodging.id: h for h, lodging in enumerate(self._posed.instance.lodgings)}
        beds = ((r, self._trips.bed(self._posed.team_day(r))) for r in range(self._routes))
        return [(r, lodgings[bed]) for r, bed in beds if bed is not None]

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
        clocks: Sequence[Sequence[Clock]],
        cuts: Sequence[Sequence[Clock]],
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
            if running[r] and home != v and (state.stops[r] or self.is_asleep(r)):
                running[r] = self._turned(problem, state, r, cut)
                if not running[r]:
                    self._turned(problems[home], state, r, clocks[home][r % dates])
            shown = cut if running[r] else clocks[home][r % dates]
            for q, stop in enumerate(day[: announced.shape[1]]):
                i = self._posed.index(stop)
                announced[r, q] = i, _moment(shown, stop.start or 0), self._posed.minutes(stop)
        return Stage(
            problem=problem, state=state, announced=announced, running=running, open=np.empty(0, dtype=np.int64)
        )

    def _turned(self, problem: Problem, state: State, r: int, cut: Clock) -> bool:
        """Let a route stand by another clock; False if it does not fit that one."""
        starts = {self._posed.index(stop): stop.start or 0 for stop in self._days.get(r, ())}
        for q in range(int(state.stops[r])):
            if state.stop[r, q, t.PIN] >= 0:
                state.stop[r, q, t.PIN] = _moment(cut, starts[int(state.stop[r, q, t.SITE])])
        return bool(schedule(problem, state, r))


def _where(clock: Clock) -> tuple[tuple[int, int, int], ...]:
    return tuple((cut.start, cut.end, cut.earliest) for cut in clock.cuts)


def _moment(cut: Clock, moment: int) -> int:
    return cut.inner(Window(open=moment, close=moment)).open
