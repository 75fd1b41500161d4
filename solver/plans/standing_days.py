"""Finds the nights and rides around what is to stay as it is: pins, and the visits of a plan in force.

Where a team sleeps after a date is where its next day begins, so that its dates are a chain: the best one is found by
dynamic programming over dates and places, each day with the rides, or stops at other sites, that lead through it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from solver.contract.book import nights_after
from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Lodging, Night, Ride
from solver.contract.travel import NO_WAY_MINUTES, Place, Travel
from solver.plans.paused_days import Ends, PausedDays
from solver.plans.paused_starts import Key, PausedStarts, key_of
from solver.plans.series import break_numbers
from solver.plans.standing_room import NOTHING, Room, StandingDay, Stop, Wanted, Worth, sum_of

MOST_LODGINGS = 10
"""Of more lodgings those where the team is to sleep are looked at, and the nearest ones."""
MOST_BETWEEN = 3
"""Most rides and other sites on the way from one stop to the next."""
MOST_BRANCHES, MOST_WAYS, MOST_TRIED = 24, 6, 60
WHOLE_CHOICE = 5
"""Of so many stops of a day every part is tried, of more all but one or two, or none."""


def standing_days(
    instance: Instance,
    *,
    visits: Sequence[Visit] = (),
    nights: Sequence[Night] = (),
    rides: Sequence[Ride] = (),
    of_teams: Collection[str] | None = None,
) -> tuple[StandingDay, ...]:
    """Return the days that keep most pins of an instance, then most of the visits given, and of the nights and rides.

    Those of all teams, or of some (`of_teams`) beside what is to stay of the others. Visits stay at
    their starts, rides leave whenever they can. The days are sorted by team and date, and those between the first and
    the last night of a trip are among them, with stops or without. Where teams want the same last bed or seat, those
    that lose by it are asked first in a second try.
    """
    wanted = Wanted(instance, visits=visits, nights=nights, rides=rides)
    named = [team for team in instance.teams if of_teams is None or team.id in of_teams]
    teams = [team for team in named if wanted.of_team(team.id)]
    best = _all_days(instance, wanted, teams)
    lacking = [team for team, (worth, _) in zip(teams, best, strict=True) if worth[:3] != wanted.most(team.id)]
    if lacking and len(lacking) < len(teams):
        others = [team for team in teams if team not in lacking]
        again = _all_days(instance, wanted, [*lacking, *others])
        if _total(again) > _total(best):
            best = again
    days = (day for _, chain in best for day in chain)
    return tuple(sorted(days, key=lambda day: (day.team, day.date_index)))


Chain = tuple[Worth, tuple[StandingDay, ...]]


def _all_days(instance: Instance, wanted: Wanted, teams: Sequence[Team]) -> list[Chain]:
    room = Room(instance, wanted)
    chains = []
    for team in teams:
        chain = _Chains(instance, wanted, room, team).best()
        room.take(team.id, chain[1])
        chains.append(chain)
    return chains


def _total(chains: Sequence[Chain]) -> tuple[int, ...]:
    return tuple(sum(worth[x] for worth, _ in chains) for x in range(len(NOTHING)))


@dataclass(frozen=True, slots=True)
class _State:
    """Where a team sleeps (None: base), since which date it is away, up to which day (an ordinal) it rests."""

    bed: str | None
    since: int
    rests_until: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A ride, or a stop at another site, that a way may lead over: the id, where it is entered and where it is left."""

    stop: Stop
    name: str
    enters: Place
    leaves: Place


Path = tuple["Path | None", StandingDay | None]


class _Chains:
    """Looks for the dates of one team."""

    def __init__(self, instance: Instance, wanted: Wanted, room: Room, team: Team) -> None:
        self._instance, self._wanted, self._room, self._team = instance, wanted, room, team
        self._leg = Travel(instance.travel).leg
        self._legs: dict[tuple[int, int], int] = {}
        self._early, self._starts = PausedDays(instance), PausedStarts(instance)
        self._sites = {site.id: site for site in instance.sites}
        self._connections = {connection.id: connection for connection in instance.connections}
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= self._sites
        self._dates = wanted.of_team(team.id)
        self._lodgings = {lodging.id: lodging for lodging in self._near()} if team.max_nights else {}
        self._days: dict[tuple[int, str | None, str | None], tuple[Worth, StandingDay | None] | None] = {}
        self._parts_of_dates: dict[int, list[_Part]] = {}
        self._known_ways: dict[tuple[int, int, int, int, frozenset[str]], list[tuple[tuple[Stop, ...], int]]] = {}

    def best(self) -> Chain:
        """The days of the best chain, and what they are worth."""
        instance, team = self._instance, self._team
        last_date = len(instance.dates) - 1
        first, last = self._dates[0], self._dates[-1]
        if self._lodgings:
            first, last = max(0, first - team.max_nights), min(last_date, last + team.max_nights)
        states: dict[_State, tuple[Worth, Path | None]] = {_State(None, 0, 0): (NOTHING, None)}
        for d in range(first, last + 1):
            onward: dict[_State, tuple[Worth, Path | None]] = {}
            for state, (worth, path) in states.items():
                for after, more, day in self._onward(state, d):
                    total = sum_of(worth, more)
                    if after not in onward or total > onward[after][0]:
                        onward[after] = total, (path, day)
            states = onward
        home = [entry for state, entry in states.items() if state.bed is None]
        if not home:
            return NOTHING, ()
        worth, path = max(home, key=lambda entry: entry[0])
        days: list[StandingDay] = []
        while path is not None:
            path, day = path
            days += [] if day is None else [day]
        return worth, tuple(reversed(days))

    def _onward(self, state: _State, d: int) -> Iterator[tuple[_State, Worth, StandingDay | None]]:
        """Where a team may sleep after a date, with the best day that leads there."""
        instance, team = self._instance, self._team
        today = instance.dates[d].toordinal()
        works = team.work_dates[d] and (state.bed is not None or today > state.rests_until)
        if not works:
            if state.bed is None:
                yield state, NOTHING, None
            return
        home = self._day(d, state.bed, None)
        if home is not None:
            rests_until = state.rests_until if state.bed is None else today + team.rest_days
            # Rest that lies behind makes no difference.
            is_over = d + 1 >= len(instance.dates) or rests_until < instance.dates[d + 1].toordinal()
            yield _State(None, 0, 0 if is_over else rests_until), *home
        since = d if state.bed is None else state.since
        for name, lodging in self._lodgings.items():
            if self._may_sleep(lodging, since, d):
                day = self._day(d, state.bed, name)
                if day is not None:
                    nights = nights_after(instance.dates, d)
                    cost = (0, 0, 0, -nights, -nights * lodging.cost_per_night)
                    worth = sum_of(day[0], sum_of(cost, self._wanted.worth_of_night(team.id, d, name)))
                    yield _State(name, since, 0), worth, day[1]

    def _may_sleep(self, lodging: Lodging, since: int, d: int) -> bool:
        dates, team = self._instance.dates, self._team
        if d + 1 >= len(dates) or not team.work_dates[d + 1] or not self._room.has_bed(team.id, lodging, d):
            return False
        until = since + 1
        while until < len(dates) and (dates[until] - dates[since]).days <= team.max_nights:
            until += 1
        # Nothing to stay within the trip would be reached by it.
        return d + 1 < until and any(since <= wanted < until for wanted in self._dates)

    def _near(self) -> list[Lodging]:
        """The lodgings to look at: where the team is to sleep, and the nearest of each stop in turn."""
        lodgings = list(self._instance.lodgings)
        if len(lodgings) <= MOST_LODGINGS:
            return lodgings
        team = self._team.id
        beds = {lodging for (name, _), lodging in self._wanted.beds.items() if name == team}
        chosen = {lodging.id: lodging for lodging in lodgings if lodging.id in beds}
        stops = [stop for (name, _), some in self._wanted.stops.items() if name == team for stop in some]
        places = {id(place): place for stop in stops for place in self._doors(stop)}.values()
        ranked = [sorted(lodgings, key=lambda lodging: self._way(place, lodging)) for place in places]
        for row in zip(*ranked, strict=True):
            for lodging in row:
                if len(chosen) < MOST_LODGINGS:
                    chosen.setdefault(lodging.id, lodging)
        return list(chosen.values())

    def _day(self, d: int, begin: str | None, end: str | None) -> tuple[Worth, StandingDay | None] | None:
        """The best day from a lodging to another (None: base), and its worth; None if no way leads there."""
        key = d, begin, end
        if key not in self._days:
            self._days[key] = self._best_day(*key)
        return self._days[key]

    def _best_day(self, d: int, begin: str | None, end: str | None) -> tuple[Worth, StandingDay | None] | None:
        wanted = self._wanted.stops.get((self._team.id, d), ())
        if not self._room.is_crooked and not any(isinstance(stop, Ride) for stop in wanted):
            # Leaving a stop out makes nothing late here: what cannot be alone cannot be beside others.
            wanted = tuple(stop for stop in wanted if self._is_in_reach(d, begin, end, stop))
        for kept in self._parts(wanted):
            if not kept and begin is end is None:
                return NOTHING, None
            day = self._built(d, begin, end, kept)
            if day is not None:
                worth = NOTHING
                for stop in kept:
                    worth = sum_of(worth, self._wanted.worth(stop))
                taken = [self._connections[stop.connection] for stop in day.stops if isinstance(stop, Ride)]
                return sum_of(worth, (0, 0, 0, 0, -sum(ride.fare for ride in taken))), day
        return None

    def _parts(self, wanted: tuple[Stop, ...]) -> list[tuple[Stop, ...]]:
        """Parts of what is to stay on a day, the best first."""
        count = len(wanted)
        left_out = range(count + 1) if count <= WHOLE_CHOICE else (0, 1, 2, count)
        parts = [part for out in left_out for part in combinations(wanted, count - out)]

        def worth(part: tuple[Stop, ...]) -> Worth:
            total = NOTHING
            for stop in part:
                total = sum_of(total, self._wanted.worth(stop))
            return total

        return sorted(parts, key=worth, reverse=True)

    def _ends(self, begin: str | None, end: str | None) -> Ends:
        team = self._team
        is_away = begin is not None or end is not None
        return Ends(
            begin=self._places[begin] if begin else team,
            end=self._places[end] if end else team,
            shift=(is_away and team.away_shift) or team.shift,
        )

    def _is_in_reach(self, d: int, begin: str | None, end: str | None, stop: Stop) -> bool:
        """Whether a day could have a stop if it had no other and no break."""
        ends = self._ends(begin, end)
        orders = self._orders(d, ends.begin, ends.shift.open, (stop,), (), ends, frozenset())
        return next(orders, None) is not None

    def _built(self, d: int, begin: str | None, end: str | None, kept: tuple[Stop, ...]) -> StandingDay | None:
        """A day with these stops, and what is needed between them; None if there is none."""
        team, day = self._team, self._instance.dates[d]
        ends = self._ends(begin, end)
        numbers = break_numbers(team, d)
        dated = sorted((stop for stop in kept if self._leaves_at(stop) is not None), key=self._order)
        loose = tuple(stop for stop in kept if self._leaves_at(stop) is None)
        fixed = {key_of(stop): stop.start for stop in kept if isinstance(stop, Visit)}
        used = frozenset(stop.connection for stop in kept if isinstance(stop, Ride))
        orders = self._orders(d, ends.begin, ends.shift.open, tuple(dated), loose, ends, used)
        for stops in islice(orders, MOST_TRIED):
            if sum(isinstance(stop, Visit) for stop in stops) > team.max_stops:
                continue
            if stops:
                timed = self._starts.journey((team.id, day), ends, stops, numbers, {}, fixed=fixed)
            else:
                timed = self._early.journey((team.id, day), ends, stops, numbers)
            if timed is not None:
                starts: dict[Key, Stop] = {key_of(visit): visit for visit in timed.visits}
                starts |= {key_of(ride): ride for ride in timed.rides}
                in_order = tuple(starts[key_of(stop)] for stop in stops)
                return StandingDay(
                    team=team.id, date_index=d, begin=begin, end=end, stops=in_order, pauses=timed.pauses
                )
        return None

    def _leaves_at(self, stop: Stop) -> int | None:
        """The only moment when a stop can begin; None if there are several."""
        if isinstance(stop, Visit):
            return stop.start
        departs = self._connections[stop.connection].departs
        return departs.open if departs.open == departs.close else None

    def _order(self, stop: Stop) -> tuple[int, bool]:
        return self._leaves_at(stop) or 0, isinstance(stop, Visit)

    def _orders(
        self,
        d: int,
        here: Place,
        free_at: int,
        dated: tuple[Stop, ...],
        loose: tuple[Stop, ...],
        ends: Ends,
        used: frozenset[str],
    ) -> Iterator[tuple[Stop, ...]]:
        """Every order of stops, with ways between them, that is not late whatever breaks do."""
        if not dated and not loose:
            for between, arrival in self._ways(d, here, ends.end, free_at, used):
                if arrival <= ends.shift.close:
                    yield between
            return
        for stop in (*dated[:1], *loose):
            enters, leaves = self._doors(stop)
            for between, arrival in self._ways(d, here, enters, free_at, used):
                start = self._start(stop, arrival)
                if start is None:
                    continue
                taken = used | {key_of(part)[2] for part in between}
                left = tuple(other for other in loose if other is not stop)
                rest = dated if stop not in dated[:1] else dated[1:]
                for onward in self._orders(d, leaves, start + self._busy(stop), rest, left, ends, taken):
                    yield (*between, stop, *onward)

    def _ways(
        self, d: int, here: Place, target: Place, free_at: int, used: frozenset[str]
    ) -> list[tuple[tuple[Stop, ...], int]]:
        """Ways to a place, by rides or over other sites, each with its arrival: those of few parts first, then soon."""
        key = d, id(here), id(target), free_at, used
        if key not in self._known_ways:
            parts = [part for part in self._parts_on(d) if part.name not in used]
            self._known_ways[key] = self._looked_up(here, target, free_at, parts)
        return self._known_ways[key]

    def _parts_on(self, d: int) -> "list[_Part]":
        """What a way may lead over on a date."""
        if d not in self._parts_of_dates:
            team, day = self._team.id, self._instance.dates[d]
            stops: list[Stop] = [Ride(team=team, date=day, connection=ride.id) for ride in self._room.rides(d)]
            for site in self._room.sites(d):
                minutes = self._instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes
                stops.append(Visit(team=team, date=day, site=site.id, start=-1, minutes=minutes))
            self._parts_of_dates[d] = [_Part(stop, key_of(stop)[2], *self._doors(stop)) for stop in stops]
        return self._parts_of_dates[d]

    def _looked_up(
        self, here: Place, target: Place, free_at: int, parts: "Sequence[_Part]"
    ) -> list[tuple[tuple[Stop, ...], int]]:
        ways: list[tuple[tuple[Stop, ...], int]] = []
        frontier: list[tuple[tuple[Stop, ...], Place, int]] = [((), here, free_at)]
        for count in range(MOST_BETWEEN + 1):
            onward: list[tuple[tuple[Stop, ...], Place, int]] = []
            for stops, place, at in frontier:
                leg = self._way(place, target)
                if leg < NO_WAY_MINUTES:
                    ways.append((stops, at + leg))
                for part in parts if count < MOST_BETWEEN else ():
                    leg = self._way(place, part.enters)
                    if leg >= NO_WAY_MINUTES or any(stop is part.stop for stop in stops):
                        continue
                    start = self._start(part.stop, at + leg)
                    if start is not None:
                        onward.append(((*stops, part.stop), part.leaves, start + self._busy(part.stop)))
            frontier = sorted(onward, key=lambda entry: entry[2])[:MOST_BRANCHES]
        return sorted(ways, key=lambda entry: (len(entry[0]), entry[1]))[:MOST_WAYS]

    def _start(self, stop: Stop, arrival: int) -> int | None:
        """When a stop begins for a team that is there by a moment; None if it is too late."""
        if isinstance(stop, Visit):
            if stop.start >= 0:
                return stop.start if arrival <= stop.start else None
            busy = self._busy(stop)
            windows = self._sites[stop.site].windows_at(stop.date)
            starts = ((max(arrival, window.open), window.close) for window in windows)
            return min((start for start, close in starts if start + busy <= close), default=None)
        departs = self._connections[stop.connection].departs
        start = max(arrival, departs.open)
        return start if start <= departs.close else None

    def _busy(self, stop: Stop) -> int:
        if isinstance(stop, Visit):
            return self._sites[stop.site].setup_minutes + stop.minutes
        return self._connections[stop.connection].minutes

    def _doors(self, stop: Stop) -> tuple[Place, Place]:
        """Where a stop is entered, and where it is left."""
        if isinstance(stop, Visit):
            return self._sites[stop.site], self._sites[stop.site]
        connection = self._connections[stop.connection]
        return self._places[connection.origin], self._places[connection.target]

    def _way(self, origin: Place, target: Place) -> int:
        if origin is target:
            return 0
        key = id(origin), id(target)
        if key not in self._legs:
            self._legs[key] = self._leg(origin, target)[0]
        return self._legs[key]
