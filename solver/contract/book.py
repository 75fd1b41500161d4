"""The visits of a plan in the order that the rules speak of: by team and date, and by site."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.travel import Travel

Leg = Callable[[Site | Team, Site | Team], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A visit of a known team, site and date in its place on the team's route."""

    index: int
    visit: Visit
    team: Team
    site: Site
    date_index: int
    travel_minutes: int
    travel_metres: int
    arrives_at: int
    ends_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDay:
    """A team's route on a date, in order of the starts."""

    team: Team
    date: datetime.date
    stops: tuple[Stop, ...]
    home_minutes: int
    home_metres: int
    back_at: int

    @property
    def metres(self) -> int:
        return self.home_metres + sum(stop.travel_metres for stop in self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """All visits of a site, in order of date, start and team: the order in which they use up its people."""

    site: Site
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The visits of a plan, sorted by team and date and by site; `unknown` are those the instance cannot place."""

    instance: Instance
    team_days: tuple[TeamDay, ...]
    records: tuple[SiteRecord, ...]
    unknown: tuple[tuple[int, Visit], ...]

    @property
    def stops(self) -> Iterator[Stop]:
        return (stop for team_day in self.team_days for stop in team_day.stops)

    @property
    def metres(self) -> int:
        return sum(team_day.metres for team_day in self.team_days)

    @property
    def cost(self) -> int:
        costs = self.instance.costs
        return self.metres * costs.per_km // 1000 + len(self.team_days) * costs.per_team_day


def open_book(instance: Instance, visits: Sequence[Visit], *, leg: Leg | None = None) -> Book:
    """Sort visits into routes and site records; `leg` stands in for the instance's own travel."""
    leg = leg or Travel(instance.travel).leg
    sites = {site.id: site for site in instance.sites}
    teams = {team.id: team for team in instance.teams}
    date_indices = {day: index for index, day in enumerate(instance.dates)}
    routes: dict[tuple[str, datetime.date], list[tuple[int, Visit]]] = {}
    unknown: list[tuple[int, Visit]] = []
    for index, visit in enumerate(visits):
        if visit.team in teams and visit.site in sites and visit.date in date_indices:
            routes.setdefault((visit.team, visit.date), []).append((index, visit))
        else:
            unknown.append((index, visit))
    team_days = tuple(
        _team_day(teams[team_id], entries, sites=sites, date_index=date_indices[day], leg=leg)
        for (team_id, day), entries in sorted(routes.items())
    )
    found: dict[str, list[Stop]] = {}
    for team_day in team_days:
        for stop in team_day.stops:
            found.setdefault(stop.site.id, []).append(stop)
    records = tuple(
        SiteRecord(site=site, stops=tuple(sorted(found[site.id], key=_serving_order)))
        for site in instance.sites
        if site.id in found
    )
    return Book(instance=instance, team_days=team_days, records=records, unknown=tuple(unknown))


def _team_day(
    team: Team, entries: list[tuple[int, Visit]], *, sites: dict[str, Site], date_index: int, leg: Leg
) -> TeamDay:
    stops: list[Stop] = []
    here: Site | Team = team
    free_at = team.shift.open
    for index, visit in sorted(entries, key=lambda entry: (entry[1].start, entry[0])):
        site = sites[visit.site]
        minutes, metres = leg(here, site)
        ends_at = visit.start + site.setup_minutes + visit.minutes
        stops.append(
            Stop(
                index=index,
                visit=visit,
                team=team,
                site=site,
                date_index=date_index,
                travel_minutes=minutes,
                travel_metres=metres,
                arrives_at=free_at + minutes,
                ends_at=ends_at,
            )
        )
        here, free_at = site, ends_at
    minutes, metres = leg(here, team)
    return TeamDay(
        team=team,
        date=stops[0].visit.date,
        stops=tuple(stops),
        home_minutes=minutes,
        home_metres=metres,
        back_at=free_at + minutes,
    )


def _serving_order(stop: Stop) -> tuple[int, int, str, int]:
    return stop.date_index, stop.visit.start, stop.team.id, stop.index
