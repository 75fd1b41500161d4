"""Keeps the announced times of visits that stay, as far as the rest of their team's day leaves room."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from solver.contract.book import Leg
from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.journeys import Pause
from solver.contract.travel import Travel
from solver.plans.paused_starts import PausedStarts
from solver.plans.series import Numbers, break_numbers


def keep_starts(instance: Instance, visits: Sequence[Visit], announced: Sequence[Visit]) -> tuple[Visit, ...]:
    """Return feasible visits with every start moved to the announced one of its team, date and site where it fits.

    Visits at their pin keep its start; a visit that was not announced starts as early as it can. Breaks of the day
    have their places wherever most starts are kept.
    """
    return KeptStarts(instance, announced).of(visits)


class KeptStarts:
    """Does what `keep_starts` does for many plans; a day that several of them have is timed once."""

    def __init__(self, instance: Instance, announced: Sequence[Visit]) -> None:
        self._wanted = {(visit.team, visit.date, visit.site): visit.start for visit in announced}
        self._pins = {(visit.team, visit.date, visit.site, visit.start) for visit in instance.pinned}
        self._timetable, self._breaks = Timetable(instance), _breaks_of_days(instance)
        self._paused = PausedStarts(instance, leg=self._timetable.leg)
        self._known: dict[tuple[Visit, ...], tuple[Visit, ...]] = {}

    def of(self, visits: Sequence[Visit]) -> tuple[Visit, ...]:
        """Return the visits, by team and date, at their announced starts where these fit."""
        kept: list[Visit] = []
        ordered = sorted(visits, key=lambda visit: (visit.team, visit.date, visit.start))
        for _, group in groupby(ordered, key=lambda visit: (visit.team, visit.date)):
            day = tuple(group)
            timed = self._known.get(day)
            if timed is None:
                timed = self._known[day] = self._timed(day)
            kept += timed
        return tuple(kept)

    def _timed(self, day: tuple[Visit, ...]) -> tuple[Visit, ...]:
        fixed = {
            (visit.team, visit.date, visit.site): visit.start
            for visit in day
            if (visit.team, visit.date, visit.site, visit.start) in self._pins
        }
        numbers = self._breaks.get((day[0].team, day[0].date))
        if numbers is None:
            return tuple(self._timetable.day(day, self._wanted, fixed=fixed))
        timed = self._paused.day(day, numbers, self._wanted, fixed=fixed)
        return day if timed is None else timed.visits


def pauses_of(instance: Instance, visits: Sequence[Visit]) -> tuple[Pause, ...]:
    """Return the breaks of given visits, by team and date; a day that leaves its breaks no places has none."""
    return PlacedBreaks(instance).of(visits)


class PlacedBreaks:
    """Does what `pauses_of` does for many plans; the breaks of a day that several of them have are placed once."""

    def __init__(self, instance: Instance) -> None:
        self._breaks, self._starts = _breaks_of_days(instance), PausedStarts(instance)
        self._known: dict[tuple[Visit, ...], tuple[Pause, ...]] = {}

    def of(self, visits: Sequence[Visit]) -> tuple[Pause, ...]:
        """Return the breaks of these visits, by team and date."""
        days: dict[tuple[str, date], list[Visit]] = defaultdict(list)
        for visit in visits if self._breaks else ():
            if (visit.team, visit.date) in self._breaks:
                days[visit.team, visit.date].append(visit)
        return tuple(pause for key in sorted(days) for pause in self._of_day(key, days[key]))

    def _of_day(self, key: tuple[str, date], visits: Sequence[Visit]) -> tuple[Pause, ...]:
        day = tuple(sorted(visits, key=lambda visit: visit.start))
        pauses = self._known.get(day)
        if pauses is None:
            pauses = self._known[day] = self._starts.pauses(day, self._breaks[key]) or ()
        return pauses


def _breaks_of_days(instance: Instance) -> dict[tuple[str, date], Numbers]:
    """The positions of a team's breaks in its list, for every date of a team that has any."""
    return {
        (team.id, day): numbers
        for team in instance.teams
        if team.breaks
        for d, day in enumerate(instance.dates)
        if (numbers := break_numbers(team, d))
    }


Key = tuple[str, date, str]
"""Team, date and site of a visit."""


class Timetable:
    """Gives the stops of a team's day their starts; what all days of an instance share is looked up once."""

    def __init__(self, instance: Instance, *, leg: Leg | None = None) -> None:
        """`leg` gives the instance's own legs to whoever remembers them."""
        self.leg = leg or Travel(instance.travel).leg
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}

    def day(self, visits: tuple[Visit, ...], wanted: Mapping[Key, int], *, fixed: Mapping[Key, int]) -> list[Visit]:
        """Return one day's visits, in the order they are made in, each at its wanted start where that fits.

        They fit when all are as early as they can; the starts that they bear do not matter. A visit that no start is
        wanted of begins as early as it can, a fixed one when it is fixed.
        """
        team = self._teams[visits[0].team]
        day = _Day(team, visits, sites=self._sites, leg=self.leg, fixed=fixed)
        return day.with_starts(wanted)


class _Day:
    """A team's feasible route on a date, whose stops may start later without changing their order."""

    def __init__(
        self, team: Team, visits: tuple[Visit, ...], *, sites: dict[str, Site], leg: Leg, fixed: Mapping[Key, int]
    ) -> None:
        self._team, self._visits, self._leg, self._fixed = team, visits, leg, fixed
        self._sites = [sites[visit.site] for visit in visits]
        self._latest = self._latest_starts()

    def with_starts(self, wanted: Mapping[Key, int]) -> list[Visit]:
        """Return the visits, each at its wanted start if it can be reached and leaves the rest feasible."""
        moved: list[Visit] = []
        here: Site | Team = self._team
        free_at = self._team.shift.open
        for visit, site, latest in zip(self._visits, self._sites, self._latest, strict=True):
            ready = free_at + self._leg(here, site)[0]
            key = (visit.team, visit.date, visit.site)
            busy = site.setup_minutes + visit.minutes
            start = self._fixed.get(key, wanted.get(key, -1))
            fits = any(window.open <= start and start + busy <= window.close for window in site.windows_at(visit.date))
            if not (ready <= start <= latest and fits):
                start = self._earliest(visit, site, ready)
            moved.append(replace(visit, start=start))
            here, free_at = site, start + busy
        return moved

    def _earliest(self, visit: Visit, site: Site, ready: int) -> int:
        busy = site.setup_minutes + visit.minutes
        starts = [max(ready, window.open) for window in site.windows_at(visit.date)]
        closes = [window.close for window in site.windows_at(visit.date)]
        return min(start for start, close in zip(starts, closes, strict=True) if start + busy <= close)

    def _latest_starts(self) -> list[int]:
        """The latest start of each stop that leaves those behind it, and the way home, in time."""
        latest: list[int] = []
        target: Site | Team = self._team
        limit = self._team.shift.close
        for visit, site in zip(reversed(self._visits), reversed(self._sites), strict=True):
            busy = site.setup_minutes + visit.minutes
            end_by = limit - self._leg(site, target)[0]
            starts = [
                min(end_by, window.close) - busy
                for window in site.windows_at(visit.date)
                if min(end_by, window.close) - busy >= window.open
            ]
            limit = self._fixed.get((visit.team, visit.date, visit.site), max(starts, default=visit.start))
            latest.append(limit)
            target = site
        return latest[::-1]
