"""Tiny random instances whose teams take a break a date, and every day of theirs, found by trying every break."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import permutations, product
from random import Random
from typing import Any

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.journeys import Pause
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.travel import Place, Travel
from solver.contract.verify import verify
from solver.plans.compressed import break_number
from tests.solver.random_instances import random_document

STEP = 5
Day = tuple[tuple[Visit, ...], Pause | None]


def paused_document(random: Random, *, sites: int, teams: int, dates: int) -> dict[str, Any]:
    """Return an instance of this size in which every time is a multiple of five minutes."""
    document = random_document(random, sites=sites, teams=teams, dates=dates)
    document |= {"format": "outreach-2", "pinned": [], "slot_minutes": 60}
    document["travel"] = _in_steps(random, count=sites + teams)
    for place, row in enumerate((*document["sites"], *document["teams"])):
        row.pop("lat", None)
        row.pop("lon", None)
        row["place"] = place
    for site in document["sites"]:
        if site.get("fixed_minutes") is not None:
            site["fixed_minutes"] = 45
    for team in document["teams"]:
        team["breaks"] = list(_breaks(random, dates))
    return document


def paused_instance(random: Random, *, sites: int = 3, teams: int = 1, dates: int = 2) -> Instance:
    return instance_from_json(paused_document(random, sites=sites, teams=teams, dates=dates))


def _in_steps(random: Random, *, count: int) -> dict[str, Any]:
    at = [STEP * random.randint(0, 12) for _ in range(count)]
    minutes = [[abs(a - b) for b in at] for a in at]
    return {"minutes": minutes, "metres": [[500 * spent for spent in row] for row in minutes]}


def _breaks(random: Random, dates: int) -> Iterator[dict[str, Any]]:
    """One break for most dates, of one or two kinds; some lie at an end of the shift or beyond it."""
    kinds = [random.randint(0, 2) for _ in range(dates)]
    for kind in (0, 1):
        minutes, opens = random.choice([15, 45, 90]), random.choice([600, 690, 690, 720, 400, 480, 900])
        window = [opens, opens + minutes + STEP * random.choice([0, 1, 6, 15])]
        yield {"minutes": minutes, "window": window, "dates": "".join("1" if kind == one else "0" for one in kinds)}


class EveryDay:
    """The days that a team can have, by trying every place of its break in steps of five minutes."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._leg = instance, Travel(instance.travel).leg

    def timed(self, team: Team, sites: Sequence[Site], minutes: Sequence[int], day: date) -> Day | None:
        """Return the visits with starts, and the break, for the first place of the break at which they fit."""
        number = break_number(team, self._instance.dates.index(day))
        if number is None:
            starts = self._starts(team, sites, minutes, day, pause=(-1, -1))
            return None if starts is None else (self._visits(team, sites, minutes, day, starts), None)
        rule = team.breaks[number]
        for begins in range(rule.window.open, rule.window.close - rule.minutes + 1, STEP):
            starts = self._starts(team, sites, minutes, day, pause=(begins, begins + rule.minutes))
            if starts is not None:
                pause = Pause(team=team.id, date=day, number=number, start=begins)
                return self._visits(team, sites, minutes, day, starts), pause
        return None

    def _visits(
        self, team: Team, sites: Sequence[Site], minutes: Sequence[int], day: date, starts: Sequence[int]
    ) -> tuple[Visit, ...]:
        rows = zip(sites, minutes, starts, strict=True)
        return tuple(Visit(team=team.id, date=day, site=site.id, start=s, minutes=m) for site, m, s in rows)

    def _starts(
        self, team: Team, sites: Sequence[Site], minutes: Sequence[int], day: date, *, pause: tuple[int, int]
    ) -> list[int] | None:
        here: Place = team
        free_at, starts = team.shift.open, list[int]()
        for site, served in zip(sites, minutes, strict=True):
            ends = [
                (end, start)
                for start in range(free_at, team.shift.close + 1, STEP)
                if free_at + self._leg(here, site)[0] + _inside(pause, free_at, start) <= start
                for end in [_end(start, site.setup_minutes, served, pause)]
                if end is not None
                and any(window.open <= start and end <= window.close for window in site.windows_at(day))
            ]
            if not ends:
                return None
            free_at, start = min(ends)
            starts.append(start)
            here = site
        back_at = free_at + self._leg(here, team)[0] + _inside(pause, free_at, team.shift.close)
        return starts if back_at <= team.shift.close else None

    def of(self, team: Team, day: date) -> Iterator[Day]:
        """Yield every day of a team of up to two stops, and the one without any."""
        yield (), None
        slot = self._instance.slot_minutes
        for count in (1, 2):
            for sites in permutations(self._instance.sites, count):
                services = [
                    [slot, 2 * slot, 4 * slot] if site.fixed_minutes is None else [site.fixed_minutes] for site in sites
                ]
                for minutes in product(*services):
                    found = self.timed(team, sites, minutes, day)
                    if found is not None:
                        yield found


def _inside(pause: tuple[int, int], start: int, end: int) -> int:
    return max(0, min(pause[1], end) - max(pause[0], start))


def _end(start: int, setup: int, minutes: int, pause: tuple[int, int]) -> int | None:
    """When a visit ends; None if the break cuts its set-up."""
    end = start + setup + minutes
    if pause[1] <= start or pause[0] >= end:
        return end
    return None if pause[0] < start + setup else end + pause[1] - pause[0]


def best_value(instance: Instance) -> int:
    """Return the best value of a plan of days of up to two stops, by trying all of them; the sites' rules hold."""
    days = EveryDay(instance)
    choices = [
        list(days.of(team, day))
        for team in instance.teams
        for day, works in zip(instance.dates, team.work_dates, strict=True)
        if works
    ]
    best = verify(instance, Plan(visits=())).value_milli
    for chosen in product(*choices):
        visits = tuple(visit for day, _ in chosen for visit in day)
        pauses = tuple(pause for day, pause in chosen if day and pause is not None)
        recount = verify(instance, Plan(visits=visits, rows=Rows(breaks=pauses)))
        if recount.feasible:
            best = max(best, recount.value_milli)
    return best
