"""What a run searches and bounds, and the plan that an answer stands for, with the rows of breaks and kits."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from solver.contract.capacity import capacity
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Pause
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.numeric.arrays import Arrays, Crews, Ints, build_arrays
from solver.numeric.rows import kits_of, of_teams, visits_of
from solver.plans.compressed import break_number, compress, takes_breaks
from solver.plans.paused_days import PausedDay, PausedDays

Drawn = frozenset[tuple[str, date]]
"""The teams and dates with a satellite set from a pool."""


class Posed:
    """The tables of an instance for the search and for the bound; the same ones where no team takes breaks."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._events = {site.id: site.min_teams for site in instance.sites if site.min_teams > 1}
        if not takes_breaks(instance):
            self.search: Arrays = build_arrays(instance, by_solve=True)
            self.bound: Arrays = self.search
            self._read = instance
            self._days: PausedDays | None = None
            return
        compressed = compress(instance)
        crews = Crews(of_team=compressed.team_of, teams=instance.teams)
        self.search = build_arrays(compressed.search, crews=crews)
        self.bound = build_arrays(compressed.bound, crews=crews)
        self._read = compressed.search
        self._team = {
            part.id: instance.teams[k].id for part, k in zip(compressed.search.teams, compressed.team_of, strict=True)
        }
        self._teams = {team.id: team for team in instance.teams}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._sites = {site.id: site for site in instance.sites}
        self._days = PausedDays(instance)

    def plan(self, rows: Ints) -> Plan:
        """Return the plan that rows of the search stand for, with every break and every kit in its place."""
        visits = self._held(visits_of(self._read, of_teams(self.search, rows)))
        kits = kits_of(self._read, self.search, rows)
        if self._days is None:
            return Plan(visits=visits, rows=Rows(kits=_of_days(kits, visits)))
        kits = tuple(replace(load, team=self._team[load.team]) for load in kits)
        whole = [replace(visit, team=self._team[visit.team]) for visit in visits]
        while True:
            timed, pauses = self._with_breaks(self._days, whole)
            held = self._held(timed)
            if len(held) == len(timed):
                return Plan(visits=timed, rows=Rows(breaks=pauses, kits=_of_days(kits, timed)))
            kept = {(visit.team, visit.date, visit.site) for visit in held}
            whole = [visit for visit in whole if (visit.team, visit.date, visit.site) in kept]

    def _with_breaks(self, days: PausedDays, visits: Sequence[Visit]) -> tuple[tuple[Visit, ...], tuple[Pause, ...]]:
        of_day: dict[tuple[str, date], list[Visit]] = defaultdict(list)
        for visit in visits:
            of_day[visit.team, visit.date].append(visit)
        timed: list[Visit] = []
        pauses: list[Pause] = []
        for key in sorted(of_day):
            day = self._timed(days, sorted(of_day[key], key=lambda visit: visit.start))
            timed += day.visits
            pauses += [] if day.pause is None else [day.pause]
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
        drawn = frozenset((load.team, load.date) for load in plan.rows.kits)
        left = self._people_left(plan.visits, drawn)
        pauses = {(pause.team, pause.date): pause for pause in plan.rows.breaks}
        days: dict[tuple[str, date], tuple[Visit, ...]] = {}
        for visit in sorted(plan.visits, key=lambda visit: visit.start):
            key = visit.team, visit.date
            days[key] = (*days.get(key, ()), visit)
        for key in sorted(days):
            number = break_number(self._teams[key[0]], self._dates[key[1]])
            day = PausedDay(visits=days[key], pause=pauses.get(key))
            day = self._lengthened(self._days, day, number, left, drawn)
            days[key] = day.visits
            if day.pause is not None:
                pauses[key] = day.pause
        visits = tuple(visit for key in sorted(days) for visit in days[key])
        rows = replace(plan.rows, breaks=tuple(pauses[key] for key in sorted(pauses)))
        return replace(plan, visits=visits, rows=rows)

    def _lengthened(
        self, days: PausedDays, day: PausedDay, number: int | None, left: dict[str, int], drawn: Drawn
    ) -> PausedDay:
        """Give a day's visits more slots, the one that wins most by it first, while they fit."""
        full: set[int] = set()
        while number is not None:
            gains = {
                index: min(left[visit.site], self._capacity(self._longer(visit), drawn) - self._capacity(visit, drawn))
                for index, visit in enumerate(day.visits)
                if index not in full and self._sites[visit.site].fixed_minutes is None
            }
            index = max(gains, key=lambda index: gains[index], default=-1)
            if index < 0 or gains[index] <= 0:
                break
            longer = [self._longer(visit) if at == index else visit for at, visit in enumerate(day.visits)]
            timed = days.day(longer, number)
            if timed is None:
                full.add(index)
                continue
            left[longer[index].site] -= gains[index]
            day = timed
        return day

    def _longer(self, visit: Visit) -> Visit:
        return replace(visit, minutes=visit.minutes + self.instance.slot_minutes)

    def _capacity(self, visit: Visit, drawn: Drawn) -> int:
        team, site = self._teams[visit.team], self._sites[visit.site]
        if (visit.team, visit.date) in drawn:
            team = replace(team, satellite=True)
        return capacity(self.instance.connectivity, team, site=site, minutes=visit.minutes)

    def _people_left(self, visits: Sequence[Visit], drawn: Drawn) -> dict[str, int]:
        left = {site.id: site.people for site in self.instance.sites}
        for visit in visits:
            left[visit.site] = max(0, left[visit.site] - self._capacity(visit, drawn))
        return left

    def _timed(self, days: PausedDays, visits: list[Visit]) -> PausedDay:
        """Time a day; one whose set-ups leave the break no place gives up slots, and in the end stops."""
        number = break_number(self._teams[visits[0].team], self._dates[visits[0].date])
        if number is None:
            return PausedDay(visits=tuple(visits), pause=None)
        while visits:
            timed = days.day(visits, number)
            if timed is not None:
                return timed
            visits = self._shorter(visits)
        return PausedDay(visits=(), pause=None)

    def _shorter(self, visits: Sequence[Visit]) -> list[Visit]:
        slot = self.instance.slot_minutes
        free = [
            index
            for index, visit in enumerate(visits)
            if self._sites[visit.site].fixed_minutes is None and visit.minutes > slot
        ]
        if not free:
            return list(visits[:-1])
        longest = max(free, key=lambda index: visits[index].minutes)
        return [
            replace(visit, minutes=visit.minutes - slot) if index == longest else visit
            for index, visit in enumerate(visits)
        ]


def _of_days(kits: Sequence[Carried], visits: Sequence[Visit]) -> tuple[Carried, ...]:
    """Leave out what teams would carry on dates that have lost their visits."""
    out = {(visit.team, visit.date) for visit in visits}
    return tuple(load for load in kits if (load.team, load.date) in out)
