"""The visits of a plan in the order that the rules speak of: by team and date, and by site."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from solver.contract.instance import NEXT_FORMAT, Instance, Site, Team, Visit, Window
from solver.contract.journal import EMPTY, DayKey, Journal, Passage, Rest
from solver.contract.travel import NO_WAY_MINUTES, Place, Travel

Leg = Callable[[Place, Place], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A visit of a known team, site and date in its place on the team's route.

    `ends_at` counts the breaks that pause the visit; `cut_at` is the start of one that cuts its set-up (None: none
    does). Without a way (`has_way`) a team is counted as if it were there at once.
    """

    index: int
    visit: Visit
    team: Team
    site: Site
    date_index: int
    travel_minutes: int
    travel_metres: int
    arrives_at: int
    ends_at: int
    cut_at: int | None = None
    has_way: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RideStop:
    """A ride in its place on the team's route: a stop that begins at one place and ends at another."""

    passage: Passage
    travel_minutes: int
    travel_metres: int
    arrives_at: int
    has_way: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDay:
    """A team's route on a date, in order of the starts; one that begins or ends away may have no stops at all.

    The way home leads to where the day ends: to base, or to a lodging.
    """

    team: Team
    date: datetime.date
    date_index: int
    stops: tuple[Stop, ...]
    home_minutes: int
    home_metres: int
    back_at: int
    shift: Window
    rides: tuple[RideStop, ...] = ()
    rests: tuple[Rest, ...] = ()
    has_way_home: bool = True

    @property
    def metres(self) -> int:
        rides = sum(ride.travel_metres for ride in self.rides) if self.rides else 0
        return self.home_metres + sum(stop.travel_metres for stop in self.stops) + rides


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
    journal: Journal = EMPTY

    @property
    def stops(self) -> Iterator[Stop]:
        return (stop for team_day in self.team_days for stop in team_day.stops)

    @property
    def metres(self) -> int:
        return sum(team_day.metres for team_day in self.team_days)

    @property
    def cost(self) -> int:
        """Rupiah for kilometres and team-days, and for nights, fares and kits."""
        costs = self.instance.costs
        rupiah = self.metres * costs.per_km // 1000 + len(self.team_days) * costs.per_team_day
        return rupiah if self.journal is EMPTY else rupiah + self._cost_of_rows()

    def _cost_of_rows(self) -> int:
        dates, journal = self.instance.dates, self.journal
        beds = sum(nights_after(dates, d) * lodging.cost_per_night for (_, d), lodging in journal.beds.items())
        fares = sum(passage.connection.fare for passage in journal.passages)
        loads = (load for drawn in journal.carried.values() for load in drawn.values())
        return beds + fares + sum(load.count * load.pool.cost_per_day for load in loads)


def nights_after(dates: Sequence[datetime.date], index: int) -> int:
    """Return the calendar nights from a date to the next one of the instance."""
    return (dates[index + 1] - dates[index]).days


def open_book(instance: Instance, visits: Sequence[Visit], *, leg: Leg | None = None, journal: Journal = EMPTY) -> Book:
    """Sort visits into routes and site records; `leg` stands in for the instance's own travel."""
    leg = leg or Travel(instance.travel).leg
    sites = {site.id: site for site in instance.sites}
    teams = {team.id: team for team in instance.teams}
    date_indices = {day: index for index, day in enumerate(instance.dates)}
    routes: dict[DayKey, list[tuple[int, Visit]]] = {}
    unknown: list[tuple[int, Visit]] = []
    for index, visit in enumerate(visits):
        if visit.team in teams and visit.site in sites and visit.date in date_indices:
            routes.setdefault((visit.team, date_indices[visit.date]), []).append((index, visit))
        else:
            unknown.append((index, visit))
    rides: dict[DayKey, list[Passage]] = {}
    for passage in journal.passages:
        rides.setdefault((passage.team.id, passage.date_index), []).append(passage)
    walker = _Walker(instance, sites=sites, leg=leg, journal=journal)
    days = sorted({*routes, *rides, *journal.days_away()})
    team_days = tuple(walker.walk(teams[key[0]], key, routes.get(key, ()), rides.get(key, ())) for key in days)
    stops_at: dict[str, list[Stop]] = {}
    for team_day in team_days:
        for stop in team_day.stops:
            stops_at.setdefault(stop.site.id, []).append(stop)
    records = tuple(
        SiteRecord(site=site, stops=tuple(sorted(stops_at[site.id], key=_serving_order)))
        for site in instance.sites
        if site.id in stops_at
    )
    return Book(instance=instance, team_days=team_days, records=records, unknown=tuple(unknown), journal=journal)


class _Walker:
    """Follows a team through its day."""

    def __init__(self, instance: Instance, *, sites: dict[str, Site], leg: Leg, journal: Journal) -> None:
        self._dates, self._sites, self._leg, self._journal = instance.dates, sites, leg, journal
        self._is_next = instance.format == NEXT_FORMAT
        self._ends: dict[str, Place] = {**sites}
        self._ends |= {lodging.id: lodging for lodging in instance.lodgings}
        self._ends |= {station.id: station for station in instance.stations}

    def walk(
        self, team: Team, key: DayKey, entries: Sequence[tuple[int, Visit]], passages: Sequence[Passage]
    ) -> TeamDay:
        beds, (_, date_index) = self._journal.beds, key
        here: Place = beds.get((team.id, date_index - 1), team)
        end: Place = beds.get(key, team)
        is_away = here is not team or end is not team
        shift = team.away_shift if is_away and team.away_shift is not None else team.shift
        rests = self._journal.rests_on.get(key, ())
        free_at = shift.open
        stops: list[Stop] = []
        rides: list[RideStop] = []
        for what in _by_start(entries, passages):
            minutes, metres, has_way = self._way(here, self._entrance(what))
            start = _start_of(what)
            arrives_at = free_at + minutes + (_paused(rests, free_at, start) if rests else 0)
            if isinstance(what, Passage):
                ride = RideStop(
                    passage=what, travel_minutes=minutes, travel_metres=metres, arrives_at=arrives_at, has_way=has_way
                )
                rides.append(ride)
                here, free_at = self._ends[what.connection.target], what.ends_at
                continue
            index, visit = what
            site = self._sites[visit.site]
            ends_at, cut_at = _service_end(visit, site.setup_minutes, rests)
            stops.append(
                Stop(
                    index=index,
                    visit=visit,
                    team=team,
                    site=site,
                    date_index=date_index,
                    travel_minutes=minutes,
                    travel_metres=metres,
                    arrives_at=arrives_at,
                    ends_at=ends_at,
                    cut_at=cut_at,
                    has_way=has_way,
                )
            )
            here, free_at = site, ends_at
        minutes, metres, has_way = self._way(here, end)
        return TeamDay(
            team=team,
            date=self._dates[date_index],
            date_index=date_index,
            stops=tuple(stops),
            home_minutes=minutes,
            home_metres=metres,
            back_at=free_at + minutes + (_paused(rests, free_at, shift.close) if rests else 0),
            shift=shift,
            rides=tuple(rides),
            rests=rests,
            has_way_home=has_way,
        )

    def _entrance(self, what: Passage | tuple[int, Visit]) -> Place:
        if isinstance(what, Passage):
            return self._ends[what.connection.origin]
        return self._sites[what[1].site]

    def _way(self, origin: Place, target: Place) -> tuple[int, int, bool]:
        """Minutes, metres and whether there is a way at all."""
        if not self._is_next:
            minutes, metres = self._leg(origin, target)
            return minutes, metres, True
        if origin is target:
            return 0, 0, True
        minutes, metres = self._leg(origin, target)
        return (minutes, metres, True) if minutes < NO_WAY_MINUTES else (0, metres, False)


def _by_start(
    entries: Sequence[tuple[int, Visit]], passages: Sequence[Passage]
) -> Iterable[Passage | tuple[int, Visit]]:
    """Visits and rides in order of their starts; of those that start together rides come first, then as listed."""
    visits = sorted(entries, key=_start_and_index) if len(entries) > 1 else entries
    return sorted([*passages, *visits], key=_start_of) if passages else visits


def _start_and_index(entry: tuple[int, Visit]) -> tuple[int, int]:
    return entry[1].start, entry[0]


def _start_of(what: Passage | tuple[int, Visit]) -> int:
    return what.start if isinstance(what, Passage) else what[1].start


def _paused(rests: Sequence[Rest], start: int, end: int) -> int:
    """Return the minutes of breaks that lie between two moments."""
    return sum(max(0, min(rest.ends_at, end) - max(rest.start, start)) for rest in rests)


def _service_end(visit: Visit, setup_minutes: int, rests: Sequence[Rest]) -> tuple[int, int | None]:
    """Return when a visit ends, later by every break that pauses it, and when a break cuts its set-up, if one does."""
    ends_at, cut_at = visit.start + setup_minutes + visit.minutes, None
    for rest in rests:
        if rest.ends_at > visit.start and rest.start < ends_at:
            ends_at += rest.rule.minutes
            if rest.start < visit.start + setup_minutes:
                cut_at = rest.start if cut_at is None else cut_at
    return ends_at, cut_at


def _serving_order(stop: Stop) -> tuple[int, int, str, int]:
    return stop.date_index, stop.visit.start, stop.team.id, stop.index
