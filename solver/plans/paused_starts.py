"""Keeps the starts of a team's day, as far as they can be kept, and finds its breaks, if it has any, their places.

A break lies on the way to a stop (for the first one perhaps before the team leaves), in the service of one, or behind
the last. With all of them in such places the day is one of fixed legs and stays, so that the latest starts leave the
rest in time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import permutations, product

from solver.contract.book import Leg
from solver.contract.instance import Instance, Team, Visit, Window
from solver.contract.journeys import Pause, Ride
from solver.contract.travel import Place, Travel
from solver.plans.paused_days import Ends, PausedDay
from solver.plans.series import DayBreaks, Numbers, Series, TeamBreaks

NO_END = 2**30
"""Later than any moment of a day."""

Key = tuple[str, date, str]
"""Team, date and site of a visit, or connection of a ride."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """A stop with the breaks at their places: minutes from the stop before, minutes there, and spans of starts.

    `opens` no start is earlier, for the breaks before it; the stop before ends by `ends_by`.
    """

    leg: int
    busy: int
    spans: tuple[tuple[int, int], ...]
    opens: int
    ends_by: int


class PausedStarts:
    """Gives the stops of days with breaks their starts; exact: None means that no places of the breaks will do."""

    def __init__(self, instance: Instance, *, leg: Leg | None = None) -> None:
        """`leg` gives the instance's own legs to whoever remembers them."""
        self._leg = leg or Travel(instance.travel).leg
        self._sites = {site.id: site for site in instance.sites}
        self._teams: dict[str, Team] = {team.id: team for team in instance.teams}
        self._breaks = TeamBreaks(instance.teams)
        self._connections = {connection.id: connection for connection in instance.connections}
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= self._sites

    def day(
        self,
        visits: Sequence[Visit],
        numbers: Numbers,
        wanted: Mapping[Key, int],
        *,
        fixed: Mapping[Key, int],
        at: Mapping[int, int] | None = None,
    ) -> PausedDay | None:
        """Return a team's visits of a date, in their order, with their breaks of those numbers.

        A fixed visit starts when it is fixed, every other at its wanted start where that fits, else as early as it can.
        Of several places for the breaks those that keep most; `at` gives starts of breaks beforehand.
        """
        team = self._teams[visits[0].team]
        ends = Ends(begin=team, end=team, shift=team.shift)
        return self.journey((team.id, visits[0].date), ends, visits, numbers, wanted, fixed=fixed, at=at)

    def journey(
        self,
        key: tuple[str, date],
        ends: Ends,
        stops: Sequence[Visit | Ride],
        numbers: Numbers,
        wanted: Mapping[Key, int],
        *,
        fixed: Mapping[Key, int],
        at: Mapping[int, int] | None = None,
    ) -> PausedDay | None:
        """Return the same of a day with stops that may have rides, may begin or end away, or has no breaks."""
        breaks = self._at(key[0], numbers, at) if at else self._breaks.of(key[0], numbers)
        best: tuple[tuple[int, int], PausedDay] | None = None
        hours = self._hours_of_places(ends, stops, fixed) if breaks.rules else []
        for places in _places(breaks, hours):
            rooms = self._rooms(ends, stops, places, fixed)
            starts = None if rooms is None else _starts(rooms, [wanted.get(key_of(stop)) for stop in stops], ends.shift)
            if rooms is None or starts is None:
                continue
            kept = sum(wanted.get(key_of(stop)) == start for stop, start in zip(stops, starts, strict=True))
            rank = (-kept, starts[-1] + rooms[-2].busy)
            if best is None or rank < best[0]:
                timed = tuple(replace(stop, start=start) for stop, start in zip(stops, starts, strict=True))
                taken = [
                    Pause(team=key[0], date=key[1], number=number, start=start)
                    for place, series in places.items()
                    for number, start in zip(series.numbers, self._pauses_at(timed, rooms, series, place), strict=True)
                ]
                best = rank, _paused_day(timed, taken)
        return None if best is None else best[1]

    def pauses(self, visits: Sequence[Visit], numbers: Numbers) -> tuple[Pause, ...] | None:
        """Return where the breaks fit beside visits that start when they do; None if nowhere."""
        day = self.day(visits, numbers, {}, fixed={key_of(visit): visit.start for visit in visits})
        return None if day is None else day.pauses

    def _at(self, name: str, numbers: Numbers, at: Mapping[int, int]) -> DayBreaks:
        """The breaks of a team, some of which begin at a moment and no other."""
        team = self._teams[name]
        rules = tuple(
            replace(rule, window=Window(open=at[number], close=at[number] + rule.minutes)) if number in at else rule
            for number, rule in enumerate(team.breaks)
        )
        return DayBreaks(replace(team, breaks=rules), numbers)

    def _rooms(
        self, ends: Ends, stops: Sequence[Visit | Ride], places: Mapping[int, Series], fixed: Mapping[Key, int]
    ) -> list[_Room] | None:
        """The stops, and at last the way home, with breaks on the way to stop `place / 2`, or in the stop before."""
        shift = ends.shift
        rooms: list[_Room] = []
        here = ends.begin
        for index, stop in enumerate(stops):
            enters, leaves = self._doors(stop)
            leg, (setup, busy) = self._way(here, enters), self._stay(stop)
            opens, ends_by, earliest, latest = -1, shift.close, 0, shift.close
            windows = self._windows(stop)
            series = places.get(2 * index)
            if series is not None:
                if index == 0:
                    # Before the team leaves it costs nothing.
                    leg += series.inside(series.earliest, Window(open=shift.open, close=NO_END))
                else:
                    leg += series.minutes
                    ends_by = series.last
                opens = series.over_at
            series = places.get(2 * index + 1)
            if series is not None and isinstance(stop, Ride):
                # On board they cost nothing, if the ride is long enough.
                earliest, latest = series.over_at - busy, series.last if busy >= series.minutes else -1
            elif series is not None:
                after, by = series.into_service
                earliest, latest = after - busy + 1, by - setup
                busy += series.minutes
            wish = fixed.get(key_of(stop))
            spans = tuple((max(window.open, earliest), min(window.close - busy, latest)) for window in windows)
            if wish is not None:
                spans = ((wish, wish),) if any(opening <= wish <= close for opening, close in spans) else ()
            spans = tuple(span for span in spans if span[0] <= span[1])
            if not spans:
                return None
            rooms.append(_Room(leg=leg, busy=busy, spans=spans, opens=opens, ends_by=ends_by))
            here = leaves
        leg, ends_by = self._way(here, ends.end), shift.close
        series = places.get(2 * len(stops))
        if series is not None:
            # After the team is back it costs nothing.
            leg += series.inside(series.latest, Window(open=-NO_END, close=shift.close))
            ends_by = series.last
        home = _Room(leg=leg, busy=0, spans=((0, shift.close),), opens=-1, ends_by=ends_by)
        return [*rooms, home]

    def _hours_of_places(self, ends: Ends, stops: Sequence[Visit | Ride], fixed: Mapping[Key, int]) -> list[Window]:
        """Between which moments a break at each place of a day can lie, by the day without any; none if that fails."""
        rooms = self._rooms(ends, stops, {}, fixed)
        starts = None if rooms is None else _starts(rooms, [None] * len(stops), ends.shift)
        if rooms is None or starts is None:
            return []
        hours, free_at = list[Window](), -NO_END
        for room, start, last, by in zip(rooms[:-1], starts, *_latest(rooms, ends.shift), strict=True):
            hours += [Window(open=free_at, close=last), Window(open=start, close=by)]
            free_at = start + room.busy
        return [*hours, Window(open=free_at, close=NO_END)]

    def _doors(self, stop: Visit | Ride) -> tuple[Place, Place]:
        """Where a stop is entered, and where it is left."""
        if isinstance(stop, Visit):
            return self._sites[stop.site], self._sites[stop.site]
        connection = self._connections[stop.connection]
        return self._places[connection.origin], self._places[connection.target]

    def _way(self, origin: Place, target: Place) -> int:
        return 0 if origin is target else self._leg(origin, target)[0]

    def _stay(self, stop: Visit | Ride) -> tuple[int, int]:
        """Minutes of set-up, and all minutes, of a stop."""
        if isinstance(stop, Visit):
            setup = self._sites[stop.site].setup_minutes
            return setup, setup + stop.minutes
        return 0, self._connections[stop.connection].minutes

    def _windows(self, stop: Visit | Ride) -> tuple[Window, ...]:
        if isinstance(stop, Visit):
            return self._sites[stop.site].windows_at(stop.date)
        connection = self._connections[stop.connection]
        departs = connection.departs
        return (Window(open=departs.open, close=departs.close + connection.minutes),)

    def _pauses_at(
        self, stops: Sequence[Visit | Ride], rooms: Sequence[_Room], series: Series, place: int
    ) -> tuple[int, ...]:
        index, is_in_service = divmod(place, 2)
        if is_in_service:
            return series.starts(_start_of(stops[index]) + self._stay(stops[index])[0])
        if index == len(stops):
            return series.latest
        return series.earliest if index == 0 else series.starts(_start_of(stops[index - 1]) + rooms[index - 1].busy)


def _places(breaks: DayBreaks, hours: Sequence[Window]) -> Iterator[dict[int, Series]]:
    """Yield every choice of a place for each break; those in one place are taken in every order."""
    choices = [
        [
            place
            for place, window in enumerate(hours)
            if max(rule.window.open, window.open) + rule.minutes <= min(rule.window.close, window.close)
        ]
        for rule in breaks.rules
    ]
    ordered = [pair for pair in permutations(range(len(choices)), 2) if breaks.is_before(*pair)]
    for chosen in product(*choices):
        if any(chosen[later] < chosen[before] for before, later in ordered):
            continue
        masks: dict[int, int] = {}
        for bit, place in enumerate(chosen):
            masks[place] = masks.get(place, 0) | 1 << bit
        for orders in product(*(breaks.orders(mask) for mask in masks.values())):
            yield dict(zip(masks, orders, strict=True))


def _paused_day(stops: Sequence[Visit | Ride], pauses: Sequence[Pause]) -> PausedDay:
    visits = tuple(stop for stop in stops if isinstance(stop, Visit))
    rides = tuple(stop for stop in stops if isinstance(stop, Ride))
    return PausedDay(visits=visits, pauses=tuple(sorted(pauses, key=lambda pause: pause.start)), rides=rides)


def _start_of(stop: Visit | Ride) -> int:
    return stop.start or 0


def _starts(rooms: Sequence[_Room], wanted: Sequence[int | None], shift: Window) -> list[int] | None:
    """A start for every stop of a day, the wanted one where it can be; None if the stops do not fit."""
    latest, _ = _latest(rooms, shift)
    starts: list[int] = []
    free_at = shift.open
    for room, wish, last in zip(rooms[:-1], wanted, latest, strict=True):
        ready = max(free_at + room.leg, room.opens)
        if free_at > room.ends_by:
            return None
        spans = [(max(ready, opening), min(close, last)) for opening, close in room.spans]
        spans = [span for span in spans if span[0] <= span[1]]
        if not spans:
            return None
        can = wish is not None and any(opening <= wish <= close for opening, close in spans)
        starts.append(wish if can and wish is not None else min(opening for opening, _ in spans))
        free_at = starts[-1] + room.busy
    return starts


def _latest(rooms: Sequence[_Room], shift: Window) -> tuple[list[int], list[int]]:
    """By when each stop of a day has to begin, -1 if it cannot, and by when a team has to be free there."""
    latest, free_by = list[int](), list[int]()
    limit = min(rooms[-1].ends_by, shift.close - rooms[-1].leg)
    for room in reversed(rooms[:-1]):
        free_by.append(limit)
        ends = [min(close, limit - room.busy) for opening, close in room.spans if opening <= limit - room.busy]
        latest.append(max((end for end in ends if end >= room.opens), default=-1))
        limit = min(room.ends_by, latest[-1] - room.leg)
    return latest[::-1], free_by[::-1]


def key_of(stop: Visit | Ride) -> Key:
    """Return what tells a stop from all others of a plan."""
    return stop.team, stop.date, stop.site if isinstance(stop, Visit) else stop.connection
