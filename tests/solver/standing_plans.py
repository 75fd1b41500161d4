"""Random plans of `outreach-2` instances without nights and rides, made visit by visit with what belongs to each."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from random import Random
from typing import Any

from solver.contract.documents import Carried
from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Pause
from solver.contract.plan import NEXT_FORMAT, Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import verify
from solver.plans.series import break_numbers
from solver.plans.shared_minutes import SharedMinutes, says_work

STEP = 5


def eased(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose sites are mostly open with people left, and whose teams can go: room decides there."""
    document["slot_minutes"] = 30
    document["costs"]["budget"] = None
    for number, site in enumerate(document["sites"]):
        site |= {"people": 60 + 40 * number, "connectivity": 4, "max_visit_dates": 4, "min_gap_days": 0, "max_teams": 2}
        site["dates"] = site["dates"].replace("0", "1")
        if number % 4:
            site |= {"fixed_minutes": None, "must": False, "windows_on": {}}
    for team in document["teams"]:
        team |= {"operators": max(2, team["operators"]), "max_stops": 4}
    return document


def standing_plan(random: Random, instance: Instance, *, tries: int = 40) -> Plan:
    """Return a feasible plan: visits dropped in at random, breaks at the first start that will do, kits by chance."""
    plan = _whole(instance, (), Rows())
    for _ in range(tries):
        site, team = random.choice(instance.sites), random.choice(instance.teams)
        minutes = site.fixed_minutes or instance.slot_minutes * random.randint(1, 6)
        visit = Visit(
            team=team.id,
            date=random.choice(instance.dates),
            site=site.id,
            start=STEP * random.randint(team.shift.open // STEP, team.shift.close // STEP),
            minutes=minutes,
        )
        visits = (*(replace(other, work=None) for other in plan.visits), visit)
        kits = plan.rows.kits
        if instance.kits and random.random() < 0.6:
            kits = (*kits, *_drawn(random, instance, visit, kits))
        plan = next(
            (
                trial
                for pauses in pauses_of_day(instance, team, visit.date)
                if not verify(
                    instance, trial := with_pauses(instance, visits, replace(plan.rows, kits=kits), pauses)
                ).violations
            ),
            plan,
        )
    return plan


def pauses_of_day(instance: Instance, team: Team, day: date) -> Iterator[tuple[Pause, ...]]:
    """Yield every choice of breaks that a team can take on a date, in steps; nothing once where it takes none."""
    numbers = break_numbers(team, instance.dates.index(day))
    rules = [team.breaks[number] for number in numbers]
    moments = [range(rule.window.open, rule.window.close - rule.minutes + 1, STEP) for rule in rules]
    for begins in product(*moments):
        yield tuple(
            Pause(team=team.id, date=day, number=number, start=start)
            for number, start in zip(numbers, begins, strict=True)
        )


def with_pauses(instance: Instance, visits: tuple[Visit, ...], rows: Rows, pauses: tuple[Pause, ...]) -> Plan:
    """Return the plan whose breaks are these on their team-day, and those of the rows on all others."""
    days = {(pause.team, pause.date) for pause in pauses}
    kept = tuple(pause for pause in rows.breaks if (pause.team, pause.date) not in days)
    return _whole(instance, visits, replace(rows, breaks=(*kept, *pauses)))


def _whole(instance: Instance, visits: tuple[Visit, ...], rows: Rows) -> Plan:
    done = SharedMinutes(instance, rows.kits).shared(visits) if says_work(instance) else visits
    return Plan(visits=done, rows=rows, format=NEXT_FORMAT)


def _drawn(random: Random, instance: Instance, visit: Visit, kits: tuple[Carried, ...]) -> tuple[Carried, ...]:
    pool = random.choice(instance.kits)
    if any((load.team, load.date, load.pool) == (visit.team, visit.date, pool.id) for load in kits):
        return ()
    return (Carried(team=visit.team, date=visit.date, pool=pool.id, count=1),)
