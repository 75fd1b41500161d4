"""A plan as rows of team, date, site, start, minutes: what arrays are laid out from and read off into."""

from collections.abc import Iterable

from solver.contract.instance import Instance, Visit
from solver.numeric.arrays import Ints

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


def visits_of(instance: Instance, rows: Ints) -> tuple[Visit, ...]:
    """Return rows of positions as visits."""
    return tuple(
        Visit(
            team=instance.teams[k].id,
            date=instance.dates[d],
            site=instance.sites[i].id,
            start=start,
            minutes=minutes,
        )
        for k, d, i, start, minutes in rows.tolist()
    )
