"""What is to stay of a plan, or is pinned, and the beds, seats and other sites that are left beside it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solver.contract.instance import Instance, Site, Visit
from solver.contract.journeys import Connection, Lodging, Night, Pause, Ride
from solver.contract.pins import shortcut_sites
from solver.plans.paused_starts import key_of

MOST_SHORTCUTS = 12
"""With more other sites that could shorten a way, none is looked at."""

Stop = Visit | Ride
Worth = tuple[int, int, int, int, int]
"""Pins, other visits, nights and rides that stay; then, below 0, nights and rupiah."""
NOTHING: Worth = (0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingDay:
    """A team's day with its stops in order, timed, and the lodgings where it begins and ends (None: base)."""

    team: str
    date_index: int
    begin: str | None
    end: str | None
    stops: tuple[Stop, ...]
    pauses: tuple[Pause, ...]


def sum_of(first: Worth, second: Worth) -> Worth:
    a, b = first, second
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]


class Wanted:
    """What is to stay, by team and date; what is pinned is among it."""

    def __init__(
        self, instance: Instance, *, visits: Sequence[Visit], nights: Sequence[Night], rides: Sequence[Ride]
    ) -> None:
        dates = {day: d for d, day in enumerate(instance.dates)}
        self._pins = {key_of(visit): visit for visit in instance.pinned}
        self._pinned_nights = {(row.team, row.date, row.lodging) for row in instance.pinned_nights}
        self._pinned_rides = {key_of(row) for row in instance.pinned_rides}
        mine: dict[tuple[str, int], dict[tuple[object, ...], Stop]] = defaultdict(dict)
        # Pins come last: where one is at another hour than the visit in force, it is the one that counts.
        everything: tuple[Stop, ...] = (*visits, *instance.pinned, *rides, *instance.pinned_rides)
        for stop in everything:
            mine[stop.team, dates[stop.date]][key_of(stop)] = stop
        self.stops = {key: tuple(stops.values()) for key, stops in mine.items()}
        self.beds: dict[tuple[str, int], str] = {}
        for night in (*nights, *instance.pinned_nights):
            self.beds[night.team, dates[night.date]] = night.lodging
        self._dates = instance.dates

    def of_team(self, team: str) -> list[int]:
        """The dates on which something of a team is to stay."""
        return sorted({d for name, d in (*self.stops, *self.beds) if name == team})

    def worth(self, stop: Stop) -> Worth:
        if isinstance(stop, Visit):
            is_pinned = self._pins.get(key_of(stop)) == stop
            return int(is_pinned), int(not is_pinned), 0, 0, 0
        is_pinned = key_of(stop) in self._pinned_rides
        return int(is_pinned), 0, int(not is_pinned), 0, 0

    def worth_of_night(self, team: str, d: int, lodging: str) -> Worth:
        if self.beds.get((team, d)) != lodging:
            return NOTHING
        is_pinned = (team, self._dates[d], lodging) in self._pinned_nights
        return int(is_pinned), 0, int(not is_pinned), 0, 0

    def most(self, team: str) -> tuple[int, int, int]:
        """What there is of a team, as the first three parts of a worth."""
        total = NOTHING
        for (name, _), stops in self.stops.items():
            for stop in stops if name == team else ():
                total = sum_of(total, self.worth(stop))
        for (name, d), lodging in self.beds.items():
            if name == team:
                total = sum_of(total, self.worth_of_night(team, d, lodging))
        return total[:3]


class Room:
    """Beds and seats that are left, and other sites to stop at, beside what is to stay."""

    def __init__(self, instance: Instance, wanted: Wanted) -> None:
        self._wanted = wanted
        self._beds = Counter((lodging, d) for (_, d), lodging in wanted.beds.items())
        self._seats = Counter(
            (stop.connection, d) for (_, d), stops in wanted.stops.items() for stop in stops if isinstance(stop, Ride)
        )
        visited = {stop.site for stops in wanted.stops.values() for stop in stops if isinstance(stop, Visit)}
        free = [
            site
            for site in shortcut_sites(instance)
            if site.id not in visited and site.min_teams <= 1 and site.max_teams > 0 and site.max_visit_dates > 0
        ]
        self._shortcuts = {site.id: site for site in free} if len(free) <= MOST_SHORTCUTS else {}
        self.is_crooked = any(True for _ in shortcut_sites(instance))
        """Whether a stop may make the rest of a day earlier."""
        self._connections = instance.connections

    def has_bed(self, team: str, lodging: Lodging, d: int) -> bool:
        taken = self._beds[lodging.id, d] - int(self._wanted.beds.get((team, d)) == lodging.id)
        return lodging.open_dates[d] and (lodging.max_teams is None or taken < lodging.max_teams)

    def rides(self, d: int) -> Iterator[Connection]:
        for ride in self._connections:
            if ride.run_dates[d] and (ride.max_teams is None or self._seats[ride.id, d] < ride.max_teams):
                yield ride

    def sites(self, d: int) -> Iterator[Site]:
        return (site for site in self._shortcuts.values() if site.open_dates[d])

    def take(self, team: str, days: Sequence[StandingDay]) -> None:
        """Leave to others what the days of a team leave of it."""
        for day in days:
            d = day.date_index
            if day.end is not None and self._wanted.beds.get((team, d)) != day.end:
                self._beds[day.end, d] += 1
            known = {key_of(stop) for stop in self._wanted.stops.get((team, d), ())}
            for stop in day.stops:
                if isinstance(stop, Visit):
                    self._shortcuts.pop(stop.site, None)
                elif key_of(stop) not in known:
                    self._seats[stop.connection, d] += 1
