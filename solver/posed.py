"""What a run searches and bounds, and the plan that an answer stands for, with the rows of breaks and kits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

import numpy as np

from solver.contract.capacity import capacity
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Pause
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.numeric.arrays import Arrays, Crews, Hours, build_arrays
from solver.numeric.kinds import Ints
from solver.numeric.rows import (
    NO_TRIPS,
    Row,
    days_of_trips,
    kits_of,
    nights_of_trips,
    of_teams,
    rides_of,
    rows_of,
    visits_of,
)
from solver.numeric.standing import Standing, standing_of
from solver.plans.compressed import Compressed, compress, takes_breaks
from solver.plans.paused_days import PausedDay, PausedDays
from solver.plans.paused_journeys import PausedJourneys
from solver.plans.paused_starts import PausedStarts
from solver.plans.series import Numbers, break_numbers
from solver.plans.shared_minutes import SharedMinutes, says_work
from solver.plans.shortened import clock_of, lost_beside, shorten, sleeps_or_rides
from solver.plans.standing_days import standing_days
from solver.plans.standing_room import StandingDay
from solver.plans.timed_journeys import TimedJourneys
from solver.plans.unplanned import check_planned
from solver.search import tables as t
from solver.search.construct import settle
from solver.search.kits import wear
from solver.search.tables import Problem, State
from solver.search.warm_start import lay_out, lay_out_journeys


class Posed:
    """The tables of an instance for the search and for the bound; the same ones where no team takes breaks.

    Raises `NotPlannedYet` for what no search keeps.
    """

    def __init__(self, instance: Instance, *, in_force: Sequence[StandingDay] | None = None) -> None:
        """`in_force` are days that stand, where teams sleep away or ride; None: those that pins need."""
        check_planned(instance)
        self.instance = instance
        self._says_work = says_work(instance)
        self._events = {site.id: site.min_teams for site in instance.sites if site.min_teams > 1}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._compressed: Compressed | None = None
        self._days: _Days | None = None
        self._journeys: PausedJourneys | None = None
        self._timing = TimedJourneys(instance) if sleeps_or_rides(instance) else None
        pins = bool(instance.pinned or instance.pinned_nights or instance.pinned_rides)
        standing: Sequence[StandingDay] = in_force or ()
        if in_force is None and pins and sleeps_or_rides(instance):
            standing = standing_days(instance)
        if not takes_breaks(instance):
            self.bound: Arrays = build_arrays(instance)
            self.search: Arrays = self.bound
            if standing:
                self.search = replace(self.bound, standing=self.standing(standing))
            self._read = instance
            return
        if sleeps_or_rides(instance):
            shortened = shorten(instance)
            self._lost = shortened.lost
            lost = lost_beside(instance, shortened.lost, standing)
            hours = Hours(lost=lost, clocks=shortened.clocks, mapped=[kind.inner for kind in shortened.kinds])
            searched = build_arrays(shortened.search, hours=hours)
            self._journeys = PausedJourneys(instance)
            self.search = replace(searched, standing=self.standing(standing))
            self.bound = build_arrays(shortened.bound, hours=Hours(as_ride=shortened.as_bounded_ride))
            self._read = shortened.search
            return
        compressed = self._compressed = compress(instance)
        crews = Crews(of_team=compressed.team_of, teams=instance.teams)
        clocks = [[number] * len(instance.dates) for number in compressed.kind_of]
        inner = Hours(clocks=clocks, mapped=[kind.inner for kind in compressed.kinds])
        outer = Hours(clocks=clocks, mapped=[kind.outer for kind in compressed.kinds])
        self.search = build_arrays(compressed.search, crews=crews, hours=inner)
        self.bound = build_arrays(compressed.bound, crews=crews, hours=outer)
        self._read = compressed.search
        self._team = {
            part.id: instance.teams[k].id for part, k in zip(compressed.search.teams, compressed.team_of, strict=True)
        }
        self._teams = {team.id: team for team in instance.teams}
        self._sites = {site.id: site for site in instance.sites}
        self._days = _Days(instance)

    def standing(self, days: Sequence[StandingDay]) -> Standing:
        """Return days with nights and rides as the search has them."""
        clock = None if self._journeys is None else clock_of(self.instance, days)
        return standing_of(self.instance, days, clock=clock)

    def rows(self, visits: Iterable[Visit]) -> list[Row]:
        """Return visits as the search has them, by positions in its arrays."""
        return rows_of(self._read, visits if self._compressed is None else self._compressed.on_clock(visits))

    def lay_out(self, arrays: Arrays, problem: Problem, plan: Plan, *, seed: int = 0) -> State:
        """Return a plan laid out as far as it can still be carried out, with its nights, rides and kits.

        `arrays` are those of the search, perhaps at other prices; where teams take breaks and sleep away or ride, the
        problem is that `with_days` of the plan.
        """
        if self._timing is None:
            state = lay_out(arrays, problem, self.rows(plan.visits), seed=seed)
        else:
            standing = self.standing(self._timing.days_of(plan))
            state = lay_out_journeys(replace(arrays, standing=standing), problem, seed=seed)
        if plan.rows.kits:
            self.wear(problem, state, plan.rows.kits)
        return state

    def with_days(self, problem: Problem, plan: Plan) -> Problem:
        """Return the problem with days as long as the breaks of a plan leave them, where its nights or rides do so."""
        if self._journeys is None or self._timing is None:
            return problem
        teams = problem.team.copy()
        dates = slice(t.LOST_AT, t.LOST_AT + len(self._dates))
        teams[:, dates] = lost_beside(self.instance, self._lost, self._timing.days_of(plan))
        return problem._replace(team=teams)

    def route(self, team: str, day: date) -> int:
        """Return where the search has a team's date."""
        name = team if self._compressed is None else self._compressed.clocks[team, day][0]
        index = next(k for k, known in enumerate(self._read.teams) if known.id == name)
        return index * len(self._dates) + self._dates[day]

    def wear(self, problem: Problem, state: State, kits: Iterable[Carried]) -> None:
        """Let the team-days that are laid out carry these kits, and call that the plan."""
        a = self.search
        pools = {pool.id: p for p, pool in enumerate(self.instance.kits)}
        outfits = {(k, tuple(a.outfit_draws[q].tolist())): q for q, k in enumerate(a.outfit_team.tolist())}
        drawn: dict[int, list[int]] = defaultdict(lambda: [0] * len(pools))
        for load in kits:
            drawn[self.route(load.team, load.date)][pools[load.pool]] = load.count
        for r, draws in drawn.items():
            q = outfits.get((r // a.dates, tuple(draws)))
            if q is not None:
                wear(problem, state, r, q)
        settle(problem, state)

    def plan(self, rows: Ints, trips: Ints = NO_TRIPS) -> Plan:
        """Return the plan that rows of the search, and its days away, stand for: breaks, kits and nights in place."""
        laid = self.laid(rows, trips)
        return self._with_work(laid.visits, laid.rows)

    def laid(self, rows: Ints, trips: Ints = NO_TRIPS) -> Plan:
        """Return the same with what the search had done in visits, which need not be all that can be."""
        visits = self._held(visits_of(self._read, of_teams(self.search, rows)))
        kits = kits_of(self._read, self.search, np.vstack((rows[:, :2], trips[:, :2])))
        if self._days is None:
            rides = rides_of(self._read, of_teams(self.search, rows))
            out = {(visit.team, visit.date) for visit in visits} | {(ride.team, ride.date) for ride in rides}
            out |= days_of_trips(self._read, self.search, trips)
            nights = nights_of_trips(self._read, self.search, trips)
            kits = tuple(load for load in kits if (load.team, load.date) in out)
            laid = Rows(nights=nights, rides=rides, kits=kits)
            return Plan(visits=visits, rows=laid) if self._journeys is None else self._paused(visits, laid)
        kits = tuple(replace(load, team=self._team[load.team]) for load in kits)
        whole = [replace(visit, team=self._team[visit.team]) for visit in visits]
        while True:
            timed, pauses = self._with_breaks(self._days, whole)
            held = self._held(timed)
            if len(held) == len(timed):
                return Plan(visits=timed, rows=Rows(breaks=pauses, kits=_of_days(kits, timed)))
            kept = {(visit.team, visit.date, visit.site) for visit in held}
            whole = [visit for visit in whole if (visit.team, visit.date, visit.site) in kept]

    def _paused(self, visits: tuple[Visit, ...], rows: Rows) -> Plan:
        """Return a plan with nights and rides in which every team has its breaks."""
        assert self._journeys is not None
        while True:
            plan = self._journeys.timed(visits, rows)
            held = self._held(plan.visits)
            if len(held) == len(plan.visits):
                return plan
            visits = held

    def _with_work(self, visits: tuple[Visit, ...], rows: Rows) -> Plan:
        """Return a plan whose visits say what is done in them, where that is not the first document alone."""
        if self._says_work:
            visits = SharedMinutes(self.instance, rows.kits).shared(visits)
        return Plan(visits=visits, rows=rows)

    def _with_breaks(self, days: "_Days", visits: Sequence[Visit]) -> tuple[tuple[Visit, ...], tuple[Pause, ...]]:
        of_day: dict[tuple[str, date], list[Visit]] = defaultdict(list)
        for visit in visits:
            of_day[visit.team, visit.date].append(visit)
        timed: list[Visit] = []
        pauses: list[Pause] = []
        for key in sorted(of_day):
            day = self._timed(days, sorted(of_day[key], key=lambda visit: visit.start))
            timed += day.visits
            pauses += day.pauses
        return tuple(timed), tuple(pauses)

    def _held(self, visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
        """Leave the visits out to events that have fewer teams than they need."""
        teams = Counter((visit.site, visit.date) for visit in visits)
        return tuple(visit for visit in visits if teams[visit.site, visit.date] >= self._events.get(visit.site, 1))

    def lengthened(self, plan: Plan) -> Plan:
        """Return the plan with the slots that a break elsewhere leaves room for, where people are left to serve.

        The search has each break at one moment of the day; where a site closes during the break's hours, another one
        lets a visit there last longer.
        """
        if self._days is None:
            return plan
        gains = self._gains(plan)
        pauses: dict[tuple[str, date], tuple[Pause, ...]] = {}
        for pause in plan.rows.breaks:
            pauses[pause.team, pause.date] = (*pauses.get((pause.team, pause.date), ()), pause)
        days: dict[tuple[str, date], tuple[Visit, ...]] = {}
        for visit in sorted(plan.visits, key=lambda visit: visit.start):
            key = visit.team, visit.date
            days[key] = (*days.get(key, ()), visit)
        for key in sorted(days):
            numbers = break_numbers(self._teams[key[0]], self._dates[key[1]])
            day = PausedDay(visits=days[key], pauses=pauses.get(key, ()))
            day = self._lengthened(self._days, day, numbers, gains)
            days[key] = day.visits
            if day.pauses:
                pauses[key] = day.pauses
        visits = tuple(visit for key in sorted(days) for visit in days[key])
        rows = replace(plan.rows, breaks=tuple(pause for key in sorted(pauses) for pause in pauses[key]))
        return self._with_work(visits, rows)

    def _lengthened(self, days: "_Days", day: PausedDay, numbers: Numbers, gains: "_Gains") -> PausedDay:
        """Give a day's visits more slots, the one that wins most by it first, while they fit."""
        full: set[int] = set()
        while numbers:
            slots = {
                index: gains.of_slot(visit)
                for index, visit in enumerate(day.visits)
                if index not in full and self._sites[visit.site].fixed_minutes is None and not days.is_pinned(visit)
            }
            index = max(slots, key=lambda index: slots[index], default=-1)
            if index < 0 or slots[index] <= 0:
                break
            longer = [self._longer(visit) if at == index else visit for at, visit in enumerate(day.visits)]
            timed = days.day(longer, numbers)
            if timed is None:
                full.add(index)
                continue
            gains.take(day.visits[index])
            day = timed
        return day

    def _gains(self, plan: Plan) -> "_Gains":
        if self._says_work:
            return _GainsOfDocuments(self.instance, plan)
        return _GainsOfPeople(self.instance, plan)

    def _longer(self, visit: Visit) -> Visit:
        return replace(visit, minutes=visit.minutes + self.instance.slot_minutes)

    def _timed(self, days: "_Days", visits: list[Visit]) -> PausedDay:
        """Time a day; one whose set-ups leave its breaks no places gives up slots, and in the end stops."""
        numbers = break_numbers(self._teams[visits[0].team], self._dates[visits[0].date])
        if not numbers:
            return PausedDay(visits=tuple(visits))
        while visits:
            timed = days.day(visits, numbers)
            if timed is not None:
                return timed
            visits = self._shorter(days, visits)
        return PausedDay(visits=())

    def _shorter(self, days: "_Days", visits: Sequence[Visit]) -> list[Visit]:
        slot = self.instance.slot_minutes
        loose = [index for index, visit in enumerate(visits) if not days.is_pinned(visit)]
        free = [
            index
            for index in loose
            if self._sites[visits[index].site].fixed_minutes is None and visits[index].minutes > slot
        ]
        if not free:
            last = max(loose, default=len(visits) - 1)
            return [visit for index, visit in enumerate(visits) if index != last]
        longest = max(free, key=lambda index: visits[index].minutes)
        return [
            replace(visit, minutes=visit.minutes - slot) if index == longest else visit
            for index, visit in enumerate(visits)
        ]


class _Days:
    """Times days with breaks: as early as can be, pinned visits when they are pinned."""

    def __init__(self, instance: Instance) -> None:
        self._early, self._starts = PausedDays(instance), PausedStarts(instance)
        self._pins = {(visit.team, visit.date, visit.site): visit for visit in instance.pinned}

    def is_pinned(self, visit: Visit) -> bool:
        pin = self._pins.get((visit.team, visit.date, visit.site))
        return pin is not None and pin.minutes == visit.minutes

    def day(self, visits: Sequence[Visit], numbers: Numbers) -> PausedDay | None:
        """Return a day's visits, in their order, with its breaks of those numbers; None if they do not fit so."""
        pins = [self._pins[visit.team, visit.date, visit.site] for visit in visits if self.is_pinned(visit)]
        if not pins:
            return self._early.day(visits, numbers)
        fixed = {(pin.team, pin.date, pin.site): pin.start for pin in pins}
        return self._starts.day(visits, numbers, {}, fixed=fixed)


class _Gains(Protocol):
    """What one slot more of a visit wins, and taking it."""

    def of_slot(self, visit: Visit) -> int: ...

    def take(self, visit: Visit) -> None: ...


class _GainsOfPeople:
    """Gains where there is one document: people."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self._instance = instance
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}
        kinds = {pool.id: pool.kind for pool in instance.kits}
        drawn: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for load in plan.rows.kits:
            drawn[load.team, load.date][kinds[load.pool]] += load.count
        self._drawn = drawn
        self._left = {site.id: site.people for site in instance.sites}
        for visit in plan.visits:
            self._left[visit.site] = max(0, self._left[visit.site] - self._capacity(visit, visit.minutes))

    def of_slot(self, visit: Visit) -> int:
        longer = visit.minutes + self._instance.slot_minutes
        return min(self._left[visit.site], self._capacity(visit, longer) - self._capacity(visit, visit.minutes))

    def take(self, visit: Visit) -> None:
        self._left[visit.site] -= self.of_slot(visit)

    def _capacity(self, visit: Visit, minutes: int) -> int:
        team = self._teams[visit.team]
        if (visit.team, visit.date) in self._drawn:
            carried = Counter(dict(team.kits)) + self._drawn[visit.team, visit.date]
            team = replace(team, kits=tuple(carried.items()))
        return capacity(self._instance.connectivity, team, site=self._sites[visit.site], minutes=minutes)


class _GainsOfDocuments:
    """Gains where there are several: milli-activations, for those whom the work so far leaves."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self._slot = instance.slot_minutes
        self._shared = SharedMinutes(instance, plan.rows.kits)
        self._left = self._shared.left_by(plan.visits)

    def of_slot(self, visit: Visit) -> int:
        return self._shared.worth_of(replace(visit, minutes=self._slot), self._left)

    def take(self, visit: Visit) -> None:
        self._shared.worth_of(replace(visit, minutes=self._slot), self._left, takes=True)


def _of_days(kits: Sequence[Carried], visits: Sequence[Visit]) -> tuple[Carried, ...]:
    """Leave out what teams would carry on dates that have lost their visits."""
    out = {(visit.team, visit.date) for visit in visits}
    return tuple(load for load in kits if (load.team, load.date) in out)
