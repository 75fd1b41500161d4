"""Lays a visit into a team's day that somebody else has planned, at the times that leave the other stops alone."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from solver.contract.capacity import capacity, service_rate
from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.travel import Travel


def lay_in(
    instance: Instance,
    others: Sequence[Visit],
    visit: Visit,
    *,
    fixed: Collection[Visit] = (),
    near: int | None = None,
    earliest: int = 0,
) -> tuple[Visit, ...] | None:
    """Return the team's day with the visit in it, or None if no order of the day has room for it.

    The other stops keep their order, and their starts as far as they can; `fixed` ones keep them in any case. The visit
    starts as near to `near` as it can (None: as early), never before `earliest`, both in minutes after midnight.
    """
    team = next(team for team in instance.teams if team.id == visit.team)
    sites = {site.id: site for site in instance.sites}
    date_index = instance.dates.index(visit.date)
    if not team.work_dates[date_index] or not sites[visit.site].open_dates[date_index]:
        return None
    if len(others) >= team.max_stops:
        return None
    travel = Travel(instance.travel)
    ordered = sorted(others, key=lambda other: (other.start, other.site))
    best: tuple[tuple[int, int, int, int], tuple[Visit, ...]] | None = None
    for place in range(len(ordered) + 1):
        route = (*ordered[:place], visit, *ordered[place:])
        starts = _starts(team, route, place, sites=sites, travel=travel, fixed=fixed, near=near, earliest=earliest)
        if starts is None:
            continue
        day = tuple(replace(stop, start=start) for stop, start in zip(route, starts, strict=True))
        retimed = sum(1 for before, after in zip(route, day, strict=True) if before is not visit and before != after)
        metres = _metres(team, day, sites=sites, travel=travel)
        away = 0 if near is None else abs(day[place].start - near)
        rank = (retimed, away, metres, day[place].start)
        if best is None or rank < best[0]:
            best = rank, day
    return None if best is None else best[1]


def lay_in_shortened(
    instance: Instance,
    others: Sequence[Visit],
    visit: Visit,
    *,
    fixed: Collection[Visit] = (),
    near: int | None = None,
    earliest: int = 0,
) -> tuple[Visit, ...] | None:
    """Return the day with the visit as long as it may be, no longer than asked for; a session is never shortened."""
    for minutes in lengths(instance, visit):
        day = lay_in(instance, others, replace(visit, minutes=minutes), fixed=fixed, near=near, earliest=earliest)
        if day is not None:
            return day
    return None


def earliest_reach(instance: Instance, others: Sequence[Visit], visit: Visit) -> int:
    """When the team could set up at the visit's site after its last other stop, whatever hours and shifts say."""
    team = next(team for team in instance.teams if team.id == visit.team)
    sites = {site.id: site for site in instance.sites}
    travel = Travel(instance.travel)
    here: Site | Team = team
    free_at = team.shift.open
    if others:
        last = max(others, key=lambda other: other.start)
        here = sites[last.site]
        free_at = last.start + here.setup_minutes + last.minutes
    return free_at + travel.leg(here, sites[visit.site])[0]


def useful_minutes(instance: Instance, team_id: str, site_id: str, *, people: int) -> int:
    """The least minutes in which the team serves so many people at the site; one slot where it serves nobody."""
    site = next(site for site in instance.sites if site.id == site_id)
    if site.fixed_minutes is not None:
        return site.fixed_minutes
    team = next(team for team in instance.teams if team.id == team_id)
    slot = instance.slot_minutes
    rate = service_rate(instance.connectivity, team, site=site)
    if rate == 0 or people <= 0:
        return slot
    least = -(-people * team.minutes_per_activation * 10_000 // (team.operators * rate))
    minutes = max(slot, -(-least // slot) * slot)
    while minutes > slot and capacity(instance.connectivity, team, site=site, minutes=minutes - slot) >= people:
        minutes -= slot
    return minutes


def lengths(instance: Instance, visit: Visit) -> Iterator[int]:
    """Yield the minutes of a visit, then ever fewer slots; those of a session alone."""
    yield visit.minutes
    site = next(site for site in instance.sites if site.id == visit.site)
    slot = instance.slot_minutes
    if site.fixed_minutes is None:
        yield from range((visit.minutes - 1) // slot * slot, 0, -slot)


def _starts(
    team: Team,
    route: Sequence[Visit],
    place: int,
    *,
    sites: dict[str, Site],
    travel: Travel,
    fixed: Collection[Visit],
    near: int | None,
    earliest: int,
) -> list[int] | None:
    """Return a start for each stop of a route, or None if the route is not feasible."""
    latest = _latest_starts(team, route, sites=sites, travel=travel, fixed=fixed)
    if latest is None:
        return None
    starts: list[int] = []
    here: Site | Team = team
    free_at = team.shift.open
    for index, (visit, last) in enumerate(zip(route, latest, strict=True)):
        site = sites[visit.site]
        ready = free_at + travel.leg(here, site)[0]
        if index == place:
            start = _nearest(visit, site, max(ready, earliest), last, wanted=near)
        elif visit in fixed:
            start = visit.start if ready <= visit.start else None
        else:
            start = _nearest(visit, site, ready, last, wanted=visit.start)
        if start is None:
            return None
        starts.append(start)
        here, free_at = site, start + site.setup_minutes + visit.minutes
    return starts


def _nearest(visit: Visit, site: Site, ready: int, last: int, *, wanted: int | None) -> int | None:
    """The start nearest to the wanted one from `ready` to `last` that lies in a window; None: the earliest."""
    busy = site.setup_minutes + visit.minutes
    aim = ready if wanted is None else wanted
    starts = [
        min(max(aim, ready, window.open), last, window.close - busy)
        for window in site.windows_at(visit.date)
        if max(ready, window.open) <= min(last, window.close - busy)
    ]
    return min(starts, key=lambda start: (abs(start - aim), start), default=None)


def _latest_starts(
    team: Team, route: Sequence[Visit], *, sites: dict[str, Site], travel: Travel, fixed: Collection[Visit]
) -> list[int] | None:
    """The latest start of each stop that leaves those behind it, and the way home, in time; None if there is none."""
    latest: list[int] = []
    target: Site | Team = team
    limit = team.shift.close
    for visit in reversed(route):
        site = sites[visit.site]
        busy = site.setup_minutes + visit.minutes
        end_by = limit - travel.leg(site, target)[0]
        starts = [
            min(end_by, window.close) - busy
            for window in site.windows_at(visit.date)
            if min(end_by, window.close) - busy >= window.open
        ]
        if visit in fixed:
            if visit.start + busy > end_by:
                return None
            starts = [visit.start]
        if not starts:
            return None
        limit = max(starts)
        latest.append(limit)
        target = site
    return latest[::-1]


def _metres(team: Team, day: Sequence[Visit], *, sites: dict[str, Site], travel: Travel) -> int:
    stops: list[Site | Team] = [team, *(sites[visit.site] for visit in day), team]
    return sum(travel.leg(here, there)[1] for here, there in pairwise(stops))
