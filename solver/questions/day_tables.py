"""The days of an instance's teams, from place to place, with a visit to any site between them or without an aim."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from solver.contract.instance import GreatCircle, Instance, Site, Team, Window
from solver.contract.travel import NO_WAY_MINUTES, Place, Travel
from solver.numeric.kinds import Bools, Longs
from solver.numeric.legs import Roads, none_to_itself
from solver.plans.series import DayBreaks, Series, TeamBreaks, break_numbers
from solver.questions.day_ways import DayWays, Label, Move
from solver.questions.trip_nights import NEVER

ALWAYS = Window(open=-(10**6), close=10**6)


class Terms(NamedTuple):
    """What is left out of account (breaks, the most nights, dates off, beds, dates and hours of departures); whether
    ways may lead over other sites; whether they have prices.
    """

    breaks: bool = False
    nights: bool = False
    leave: bool = False
    beds: bool = False
    dates: bool = False
    hours: bool = False
    over_sites: bool = False
    priced: bool = False


class Call(NamedTuple):
    """A visit that is asked about: the site, its windows on the dates in question, and the team."""

    site: Site
    windows: tuple[Window, ...]
    team: Team


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The ways from places, or to them: which place, stops on the way, cost; for each site the moments, by the mask of
    the breaks behind.
    """

    place: Longs
    stops: Longs
    cost: Longs
    moments: Mapping[int, Longs]


class DayTables:
    """What is worked out once of all days that are alike."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._roads, self._travel = Roads(instance.travel), Travel(instance.travel)
        places: dict[str, Place] = {station.id: station for station in instance.stations}
        places |= {lodging.id: lodging for lodging in instance.lodgings}
        places |= {site.id: site for site in instance.sites}
        self._ends = tuple((places[ride.origin], places[ride.target]) for ride in instance.connections)
        self._site_index = {site.id: i for i, site in enumerate(instance.sites)}
        self.twins = dict(self._twins_of_teams())
        self._breaks = TeamBreaks(instance.teams)
        self._legs: dict[tuple[int, int], tuple[int, int]] = {}
        self._site_legs: dict[tuple[int, bool], tuple[Longs, Longs]] = {}
        self._kinds: dict[tuple[str, int, Terms], int] = {}
        self._same_kinds: dict[object, int] = {}
        self._ways: dict[object, DayWays] = {}
        self._rows: dict[object, _Rows] = {}
        self._idle: dict[object, Longs] = {}

    def places(self, team: Team, *, away: bool) -> tuple[Place, ...]:
        """Return where days may begin and end, the base first."""
        base = self.twins[team.id]
        return (base, *self._instance.lodgings) if away else (base,)

    def kind(self, team: Team, d: int, terms: Terms) -> int:
        """Return what tells the ways of a date from those of others."""
        key = self.twins[team.id].id, d, terms
        if key not in self._kinds:
            runs = terms.dates or tuple(ride.run_dates[d] for ride in self._instance.connections)
            # Dates that are alike have one object, which is compared soon.
            kind = self.breaks(team, d, terms).rules, runs, d if terms.over_sites else -1
            self._kinds[key] = self._same_kinds.setdefault(kind, len(self._same_kinds))
        return self._kinds[key]

    def breaks(self, team: Team, d: int, terms: Terms) -> DayBreaks:
        """Return the breaks of a team on a date."""
        return self._breaks.of(team.id, () if terms.breaks else break_numbers(team, d))

    def idle(self, team: Team, d: int, terms: Terms) -> Longs:
        """Return what a day away costs from place to place without any aim, `NEVER` where there is no way."""
        key = self._key(team, d, terms, away=True)
        if key not in self._idle:
            ways, places = self.ways(team, d, terms, away=True), self.places(team, away=True)
            days = [[NEVER if idle is None else idle[0] for idle in (ways.idle(a, b) for b in places)] for a in places]
            self._idle[key] = np.array(days, dtype=np.int64)
        return self._idle[key]

    def with_visit(self, call: Call, d: int, minutes: int, terms: Terms, *, away: bool) -> Longs:
        """Return the same with a visit between them; a day at base is no day away."""
        ways = self.ways(call.team, d, terms, away=away)
        out = self._table(call.team, d, terms, away=away, arriving=True)
        home = self._table(call.team, d, terms, away=away, arriving=False)
        count = len(self.places(call.team, away=away))
        days: Longs = np.full((count, count), NEVER, dtype=np.int64)
        rows, columns = np.nonzero(self._pairs(call, ways, out, home, minutes))
        i = self._site_index[call.site.id]
        cost = out.cost[rows, i] + home.cost[columns, i] if terms.priced else np.zeros(len(rows), dtype=np.int64)
        np.minimum.at(days, (out.place[rows], home.place[columns]), cost)
        if away:
            days[0, 0] = NEVER
        return days

    def moves_to_and_from(
        self, call: Call, d: int, minutes: int, terms: Terms, ends: tuple[int, int]
    ) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
        """Return the moves to a visit and those from it on the cheapest such day."""
        away = ends != (0, 0)
        ways, places = self.ways(call.team, d, terms, away=away), self.places(call.team, away=away)
        begin, end = (places[at] for at in ends)
        out, home = self._labelled(ways, [begin], arriving=True), self._labelled(ways, [end], arriving=False)
        pairs, i = np.argwhere(self._pairs(call, ways, out, home, minutes)), self._site_index[call.site.id]
        cost = out.cost[pairs[:, 0], i] + home.cost[pairs[:, 1], i]
        there, back = pairs[int(cost.argmin())].tolist()
        return ways.outward(begin)[there].moves[::-1], ways.homeward(end)[back].moves

    def arrives(self, call: Call, d: int, terms: Terms) -> int:
        """Return the earliest arrival from base."""
        rows = self._table(call.team, d, terms, away=False, arriving=True)
        i = self._site_index[call.site.id]
        return int(min(moments[:, i].min() for moments in rows.moments.values()))

    def ways(self, team: Team, d: int, terms: Terms, *, away: bool) -> DayWays:
        """Return the ways of a team on a date, at base or on a trip."""
        key = self._key(team, d, terms, away=away)
        if key not in self._ways:
            per_km = self._instance.costs.per_km
            self._ways[key] = DayWays(
                self.leg,
                tuple(self._moves(d, terms)),
                shift=(team.away_shift or team.shift) if away else team.shift,
                breaks=self.breaks(team, d, terms),
                most_stops=team.max_stops,
                price=(lambda metres: metres * per_km) if terms.priced else None,
            )
        return self._ways[key]

    def least_round(self, site: Site, team: Team) -> int | None:
        """Return the fewest minutes there and back at any hours, over lodgings too; None if there is no way at all."""
        nodes, minutes = self._timeless
        at = next(index for index, node in enumerate(nodes) if node is self.twins[team.id])
        i = self._site_index[site.id]
        there = min(int(minutes[at, n]) + int(self._legs_of_sites(p, True)[0][i]) for n, p in enumerate(nodes))
        back = min(int(self._legs_of_sites(p, False)[0][i]) + int(minutes[n, at]) for n, p in enumerate(nodes))
        return None if max(there, back) >= NO_WAY_MINUTES else there + back

    @cached_property
    def via(self) -> tuple[Site, ...]:
        """The sites over which, with the shortest visit there, some way is quicker, or shorter where money counts."""
        if isinstance(self._instance.travel, GreatCircle) and not self._instance.travel.overrides:
            return ()
        usable = [site for site in self._instance.sites if site.max_teams > 0 and site.max_visit_dates > 0]
        places: list[Place] = [*self._instance.teams, *self._instance.lodgings, *self._instance.stations]
        position = {site.id: len(places) + i for i, site in enumerate(self._instance.sites)}
        places += self._instance.sites
        legs = none_to_itself(self._roads.between(places, places), places, places)
        tables = [(legs.minutes.astype(np.int64), 1)]
        if self._instance.costs.budget is not None:
            tables.append((legs.metres.astype(np.int64), 0))

        def shortens(site: Site) -> bool:
            at, stay = position[site.id], self._stay(site)
            return any((table[:, at, None] + stay * timed + table[at] < table).any() for table, timed in tables)

        return tuple(site for site in usable if shortens(site))

    def leg(self, origin: Place, target: Place) -> tuple[int, int]:
        """Return minutes and metres from a place to another."""
        if origin is target:
            return 0, 0
        key = id(origin), id(target)
        if key not in self._legs:
            self._legs[key] = self._travel.leg(origin, target)
        return self._legs[key]

    def _key(self, team: Team, d: int, terms: Terms, *, away: bool) -> object:
        return self.twins[team.id].id, self.kind(team, d, terms), terms.dates, terms.hours, terms.priced, away

    def _pairs(self, call: Call, ways: DayWays, out: _Rows, home: _Rows, minutes: int) -> Bools:
        """Which way there and which way on leave room for the visit between them."""
        site, breaks = call.site, ways.breaks
        i, busy = self._site_index[site.id], site.setup_minutes + minutes
        fits = np.zeros((len(out.stops), len(home.stops)), dtype=np.bool_)
        for window in call.windows:
            for taken, moments in out.moments.items():
                starts = np.maximum(moments[:, i], window.open)
                ends = starts + busy
                if taken in home.moments:
                    fits |= (ends <= window.close)[:, None] & (ends[:, None] <= home.moments[taken][None, :, i])
                for series in breaks.after(taken):
                    # Breaks in the service, which ends so much later.
                    if taken | series.mask in home.moments:
                        pauses, over = _pauses(series, starts + site.setup_minutes, ends)
                        until = home.moments[taken | series.mask][None, :, i]
                        fits |= (pauses & (over <= window.close))[:, None] & (over[:, None] <= until)
        return fits & (out.stops[:, None] + home.stops[None, :] + 1 <= ways.most_stops)

    def _table(self, team: Team, d: int, terms: Terms, *, away: bool, arriving: bool) -> _Rows:
        key = self._key(team, d, terms, away=away), arriving
        if key not in self._rows:
            ways = self.ways(team, d, terms, away=away)
            rows = self._labelled(ways, self.places(team, away=away), arriving=arriving)
            # Where neither stops nor money count, only moments do.
            self._rows[key] = rows if terms.priced or terms.over_sites else _gathered(rows, arriving=arriving)
        return self._rows[key]

    def _labelled(self, ways: DayWays, places: Sequence[Place], *, arriving: bool) -> _Rows:
        """Every way from places to the sites, or from the sites to places, a row each."""
        labels: list[tuple[int, Label]] = []
        for index, place in enumerate(places):
            labels += [(index, label) for label in (ways.outward(place) if arriving else ways.homeward(place))]
        shape = len(labels), len(self._instance.sites)
        cost = []
        moments: dict[int, Longs] = {}
        for row, (_, label) in enumerate(labels):
            minutes, metres = self._legs_of_sites(label.place, arriving)
            cost.append(label.cost + (metres * self._instance.costs.per_km if ways.is_priced else 0 * metres))
            reached = ways.arrivals(label, minutes) if arriving else ways.departures(label, minutes)
            for taken, at in reached.items():
                if taken not in moments:
                    moments[taken] = np.full(shape, NEVER if arriving else -NEVER, dtype=np.int64)
                moments[taken][row] = at
        return _Rows(
            place=np.array([index for index, _ in labels], dtype=np.int64),
            stops=np.array([label.stops for _, label in labels], dtype=np.int64),
            cost=np.array(cost, dtype=np.int64).reshape(shape),
            moments=moments,
        )

    def _moves(self, d: int, terms: Terms) -> Iterator[Move]:
        for ride, (origin, target) in zip(self._instance.connections, self._ends, strict=True):
            if terms.dates or (ride.run_dates[d] and ride.max_teams != 0):
                hours = Window(open=ride.departs.open, close=ride.departs.close + ride.minutes)
                yield Move(
                    name=ride.id,
                    enters=origin,
                    leaves=target,
                    windows=(ALWAYS if terms.hours else hours,),
                    busy=ride.minutes,
                    rupiah=ride.fare,
                )
        for site in self.via if terms.over_sites else ():
            windows = site.windows_at(self._instance.dates[d]) if site.open_dates[d] else ()
            if windows:
                yield Move(
                    name=site.id,
                    enters=site,
                    leaves=site,
                    windows=windows,
                    busy=self._stay(site),
                    setup=site.setup_minutes,
                    is_ride=False,
                )

    def _stay(self, site: Site) -> int:
        minutes = self._instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes
        return site.setup_minutes + minutes

    def _legs_of_sites(self, place: Place, outward: bool) -> tuple[Longs, Longs]:
        """Minutes and metres from a place to all sites, or from them to it."""
        key = id(place), outward
        if key not in self._site_legs:
            here, sites = [place], list(self._instance.sites)
            ends: tuple[Sequence[Place], Sequence[Place]] = (here, sites) if outward else (sites, here)
            legs = none_to_itself(self._roads.between(*ends), *ends)
            self._site_legs[key] = legs.minutes.ravel().astype(np.int64), legs.metres.ravel().astype(np.int64)
        return self._site_legs[key]

    @cached_property
    def _timeless(self) -> tuple[tuple[Place, ...], Longs]:
        """Bases, lodgings, ends of rides and sites on ways, and the fewest minutes between them (Floyd, Warshall)."""
        everywhere: list[Place] = [place for ends in self._ends for place in ends]
        everywhere += [*self._instance.lodgings, *self.twins.values(), *self.via]
        nodes = {id(place): place for place in everywhere}
        places = tuple(nodes.values())
        minutes: Longs = np.array([[self.leg(a, b)[0] for b in places] for a in places], dtype=np.int64)
        at = {name: index for index, name in enumerate(nodes)}
        for ride, (origin, target) in zip(self._instance.connections, self._ends, strict=True):
            a, b = at[id(origin)], at[id(target)]
            minutes[a, b] = min(int(minutes[a, b]), ride.minutes)
        for middle in range(len(places)):
            np.minimum(minutes, minutes[:, middle, None] + minutes[middle], out=minutes)
        return places, minutes

    def _twins_of_teams(self) -> Iterator[tuple[str, Team]]:
        """For each team the first one that starts from the same place at the same hours and takes the same breaks."""
        named = {name for override in self._instance.travel.overrides for name in override.between}
        first: dict[object, Team] = {}
        for team in self._instance.teams:
            of_its_own = team.id if team.id in named else ""
            key = (team.place, team.zone, of_its_own, team.shift, team.away_shift, team.max_stops, team.breaks)
            yield team.id, first.setdefault(key, team)


def _pauses(series: Series, ready: Longs, ends: Longs) -> tuple[Bools, Longs]:
    """Whether services from some moments on, set-up over, have room for breaks, and when each is over then."""
    fits = np.ones(len(ready), dtype=np.bool_)
    for rule in series.rules:
        ready = np.maximum(ready, rule.window.open)
        fits &= (ready < ends) & (ready + rule.minutes <= rule.window.close)
        ready, ends = ready + rule.minutes, ends + rule.minutes
    return fits, ends


def _gathered(rows: _Rows, *, arriving: bool) -> _Rows:
    """The best moment from each place, or to it, over all ways."""
    places = np.unique(rows.place)
    best: Callable[..., Longs] = np.min if arriving else np.max
    return _Rows(
        place=places,
        stops=np.zeros(len(places), dtype=np.int64),
        cost=np.zeros((len(places), rows.cost.shape[1]), dtype=np.int64),
        moments={
            taken: np.array([best(moments[rows.place == place], axis=0) for place in places])
            for taken, moments in rows.moments.items()
        },
    )
