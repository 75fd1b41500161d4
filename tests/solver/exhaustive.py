"""The best plan of a tiny instance by trying every plan: slow, simple, and written without the solver's arrays."""

import math
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

from solver.contract.capacity import capacity
from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.plan import Plan
from solver.contract.travel import Place, Travel
from solver.contract.verify import Recount, verify_if_feasible

Day = tuple[Visit, ...]


def best_recounts(instance: Instance, *, most_plans: int) -> tuple[Recount, int] | None:
    """Return the recount of a best plan and the most activations of any plan; None if there are too many to try.

    Starting as early as possible, or when a pin says so, loses nothing; nor does leaving once everybody is served.
    """
    days = [
        list(days_of(instance, team, on=on))
        for team in instance.teams
        for works, on in zip(team.work_dates, instance.dates, strict=True)
        if works
    ]
    if math.prod(len(options) for options in days) > most_plans:
        return None
    recounts = []
    for choice in product(*days):
        recount = verify_if_feasible(instance, Plan(visits=tuple(visit for day in choice for visit in day)))
        if recount is not None:
            recounts.append(recount)
    best = max(recounts, key=lambda recount: recount.value_milli)
    return best, max(recount.activations for recount in recounts)


def days_of(instance: Instance, team: Team, *, on: date, ends: tuple[Place, Place] | None = None) -> Iterator[Day]:
    """Every day of a team: no visit, then every order of sites, window and duration that ends within the shift.

    It leads from one end to the other, from base to base unless they are given.
    """
    travel = Travel(instance.travel)
    index = instance.dates.index(on)
    sites = [site for site in instance.sites if site.open_dates[index]]
    begin, end = ends or (team, team)
    yield ()
    yield from _longer(
        instance, travel, team, on=on, sites=sites, so_far=(), here=begin, free_at=team.shift.open, end=end
    )


def _longer(
    instance: Instance,
    travel: Travel,
    team: Team,
    *,
    on: date,
    sites: Sequence[Site],
    so_far: Day,
    here: Place,
    free_at: int,
    end: Place,
) -> Iterator[Day]:
    if len(so_far) == team.max_stops:
        return
    for site in sites:
        arrival = free_at + travel.leg(here, site)[0]
        rest = [other for other in sites if other is not site]
        for start, minutes in _sessions(instance, team, site, on=on, arrival=arrival):
            done = start + site.setup_minutes + minutes
            visit = Visit(team=team.id, date=on, site=site.id, start=start, minutes=minutes)
            if done + travel.leg(site, end)[0] <= team.shift.close:
                yield (*so_far, visit)
            # Without the triangle inequality the way home may be open only from the next stop.
            yield from _longer(
                instance, travel, team, on=on, sites=rest, so_far=(*so_far, visit), here=site, free_at=done, end=end
            )


def _sessions(instance: Instance, team: Team, site: Site, *, on: date, arrival: int) -> Iterator[tuple[int, int]]:
    """Start and minutes of every visit worth trying."""
    pinned = {
        visit.start
        for visit in instance.pinned
        if (visit.team, visit.site, visit.date) == (team.id, site.id, on) and visit.start >= arrival
    }
    for window in site.windows_at(on):
        for start in {max(arrival, window.open), *pinned}:
            room = min(window.close, team.shift.close) - start - site.setup_minutes
            if start < window.open or room < 0:
                continue
            if site.fixed_minutes is not None:
                if site.fixed_minutes <= room:
                    yield start, site.fixed_minutes
                continue
            pins = {visit.minutes for visit in instance.pinned}
            for minutes in range(instance.slot_minutes, room + 1, instance.slot_minutes):
                yield start, minutes
                enough = capacity(instance.connectivity, team, site=site, minutes=minutes) >= site.people
                nobody = capacity(instance.connectivity, team, site=site, minutes=room) == 0
                if (enough or nobody) and all(minutes >= pin for pin in pins):
                    break
