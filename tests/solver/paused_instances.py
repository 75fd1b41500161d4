"""Tiny random instances whose teams take breaks, and every day of theirs, found by trying every place of each."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise, permutations, product
from random import Random
from typing import Any

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.journeys import Pause
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.travel import Place, Travel
from solver.contract.verify import verify
from solver.plans.series import break_numbers
from tests.solver.random_instances import random_document

STEP = 5
Day = tuple[tuple[Visit, ...], tuple[Pause, ...]]
Span = tuple[int, int]


def paused_document(random: Random, *, sites: int, teams: int, dates: int, more: int = 0) -> dict[str, Any]:
    """Return an instance of this size in which every time is a multiple of five minutes.

    With `more` teams take so many more on most dates, in either order or not; three and more are short ones.
    """
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
        team["breaks"] += [_further(random, dates) if more < 3 else _short(random, dates) for _ in range(more)]
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


def _further(random: Random, dates: int) -> dict[str, Any]:
    """A break more on most dates: prayer in the afternoon, or at hours that others may have, too."""
    minutes, opens = random.choice([15, 30, 60]), random.choice([600, 690, 720, 765, 870, 900])
    window = [opens, opens + minutes + STEP * random.choice([0, 3, 12])]
    return {"minutes": minutes, "window": window, "dates": "".join(random.choice("0111") for _ in range(dates))}


def _short(random: Random, dates: int) -> dict[str, Any]:
    """A short break on every date, at hours that others may have, too."""
    minutes, opens = random.choice([5, 10]), random.choice([540, 600, 660, 680, 760, 780, 840, 860, 895])
    return {
        "minutes": minutes,
        "window": [opens, opens + minutes + STEP * random.choice([1, 2, 3])],
        "dates": "1" * dates,
    }


class EveryDay:
    """The days that a team can have, by trying every place of its breaks in steps of five minutes."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._leg = instance, Travel(instance.travel).leg

    def timed(self, team: Team, sites: Sequence[Site], minutes: Sequence[int], day: date) -> Day | None:
        """Return the visits with starts, and the breaks, for the first places of the breaks at which they fit."""
        numbers = break_numbers(team, self._instance.dates.index(day))
        rules = [team.breaks[number] for number in numbers]
        moments = [range(rule.window.open, rule.window.close - rule.minutes + 1, STEP) for rule in rules]
        for begins in product(*moments):
            spans = sorted((begin, begin + rule.minutes) for begin, rule in zip(begins, rules, strict=True))
            if any(after[0] < before[1] for before, after in pairwise(spans)):
                continue
            starts = self._starts(team, sites, minutes, day, pauses=spans)
            if starts is not None:
                pauses = tuple(
                    Pause(team=team.id, date=day, number=number, start=begin)
                    for number, begin in zip(numbers, begins, strict=True)
                )
                return self._visits(team, sites, minutes, day, starts), pauses
        return None

    def _visits(
        self, team: Team, sites: Sequence[Site], minutes: Sequence[int], day: date, starts: Sequence[int]
    ) -> tuple[Visit, ...]:
        rows = zip(sites, minutes, starts, strict=True)
        return tuple(Visit(team=team.id, date=day, site=site.id, start=s, minutes=m) for site, m, s in rows)

    def _starts(
        self, team: Team, sites: Sequence[Site], minutes: Sequence[int], day: date, *, pauses: Sequence[Span]
    ) -> list[int] | None:
        here: Place = team
        free_at, starts = team.shift.open, list[int]()
        for site, served in zip(sites, minutes, strict=True):
            ends = [
                (end, start)
                for start in range(free_at, team.shift.close + 1, STEP)
                if free_at + self._leg(here, site)[0] + _inside(pauses, free_at, start) <= start
                for end in [_end(start, site.setup_minutes, served, pauses)]
                if end is not None
                and any(window.open <= start and end <= window.close for window in site.windows_at(day))
            ]
            if not ends:
                return None
            free_at, start = min(ends)
            starts.append(start)
            here = site
        back_at = free_at + self._leg(here, team)[0] + _inside(pauses, free_at, team.shift.close)
        return starts if back_at <= team.shift.close else None

    def of(self, team: Team, day: date) -> Iterator[Day]:
        """Yield every day of a team of up to two stops, and the one without any."""
        yield (), ()
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


def _inside(pauses: Sequence[Span], start: int, end: int) -> int:
    return sum(max(0, min(over, end) - max(begin, start)) for begin, over in pauses)


def _end(start: int, setup: int, minutes: int, pauses: Sequence[Span]) -> int | None:
    """When a visit ends; None if a break cuts its set-up."""
    end = start + setup + minutes
    for begin, over in pauses:
        if over > start and begin < end:
            if begin < start + setup:
                return None
            end += over - begin
    return end


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
        pauses = tuple(pause for day, some in chosen if day for pause in some)
        recount = verify(instance, Plan(visits=visits, rows=Rows(breaks=pauses)))
        if recount.feasible:
            best = max(best, recount.value_milli)
    return best
