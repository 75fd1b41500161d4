"""A plan as rows of team, date, site, start, minutes: what arrays are laid out from and read off into."""

from collections.abc import Iterable
from datetime import date

import numpy as np

from solver.contract.documents import IKD, Carried
from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Night, Ride
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Ints

Row = tuple[int, int, int, int, int]
"""Team, date, site, start and minutes of a visit, as positions in the instance."""


def rows_of(instance: Instance, visits: Iterable[Visit]) -> list[Row]:
    """Return visits as positions in the instance; those of unknown teams, dates or sites are left out."""
    sites = {site.id: i for i, site in enumerate(instance.sites)}
    teams = {team.id: k for k, team in enumerate(instance.teams)}
    dates = {day: d for d, day in enumerate(instance.dates)}
    return [
        (teams[visit.team], dates[visit.date], sites[visit.site], visit.start, visit.minutes)
        for visit in visits
        if visit.team in teams and visit.date in dates and visit.site in sites
    ]


def rides_of(instance: Instance, rows: Ints) -> tuple[Ride, ...]:
    """Return the rides among rows of teams, in the order of their starts."""
    first = len(instance.sites)
    return tuple(
        Ride(
            team=instance.teams[k].id,
            date=instance.dates[d],
            connection=instance.connections[i - first].id,
            start=start,
        )
        for k, d, i, start in sorted(
            rows[rows[:, 2] >= first][:, :4].tolist(), key=lambda row: (row[0], row[1], row[3])
        )
    )


NO_TRIPS: Ints = np.empty((0, 4), dtype=np.int32)
"""No days away, of which each is a row of outfit, date, lodging before and after (-1: base)."""


def days_of_trips(instance: Instance, arrays: Arrays, trips: Ints) -> set[tuple[str, date]]:
    """Return team and date of days away, rows of outfit, date, lodging before and after."""
    return {(instance.teams[int(arrays.outfit_team[q])].id, instance.dates[d]) for q, d in trips[:, :2].tolist()}


def nights_of_trips(instance: Instance, arrays: Arrays, trips: Ints) -> tuple[Night, ...]:
    """Return the nights of days away, rows of outfit, date, lodging before and after, in their order."""
    return tuple(
        Night(
            team=instance.teams[int(arrays.outfit_team[q])].id,
            date=instance.dates[d],
            lodging=instance.lodgings[after].id,
        )
        for q, d, _, after in trips.tolist()
        if after >= 0
    )


def kits_of(instance: Instance, arrays: Arrays, rows: Ints) -> tuple[Carried, ...]:
    """Return the kits of the outfits in rows of the search, or of its days away, by team and date."""
    a = arrays
    loads = (
        Carried(
            team=instance.teams[int(a.outfit_team[q])].id,
            date=instance.dates[d],
            pool=instance.kits[pool].id,
            count=int(a.outfit_draws[q, pool]),
        )
        for q, d in {(q, d) for q, d in rows[:, :2].tolist() if q >= a.teams}
        for pool in np.flatnonzero(a.outfit_draws[q]).tolist()
    )
    return tuple(sorted(loads, key=lambda load: (load.team, load.date, load.pool)))


def of_teams(arrays: Arrays, rows: Ints) -> Ints:
    """Return rows of the search, whose first column are outfits, as rows of teams."""
    as_teams = rows.copy()
    as_teams[:, 0] = arrays.outfit_team[rows[:, 0]]
    return as_teams


def visits_of(instance: Instance, rows: Ints) -> tuple[Visit, ...]:
    """Return rows of positions as visits, with their work by document where the rows give it; rides are none."""
    names = [IKD, *(document.id for document in instance.documents)]
    rows = rows[rows[:, 2] < len(instance.sites)]
    return tuple(
        Visit(
            team=instance.teams[k].id,
            date=instance.dates[d],
            site=instance.sites[i].id,
            start=start,
            minutes=minutes,
            work=tuple((name, share) for name, share in zip(names, work, strict=True) if share) if work else None,
        )
        for k, d, i, start, minutes, *work in rows.tolist()
    )
