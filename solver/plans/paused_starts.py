"""Keeps the starts of a team's day, as far as they can be kept, and finds its break, if it has one, a place.

A break lies on the way to a stop (for the first one perhaps before the team leaves), in the service of one, or behind
the last. For each such place the day is one of fixed legs and stays, so that the latest starts leave the rest in time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.book import Leg
from solver.contract.instance import Instance, Team, Visit, Window
from solver.contract.journeys import Break, Pause, Ride
from solver.contract.travel import Place, Travel
from solver.plans.paused_days import Ends, PausedDay

Key = tuple[str, date, str]
"""Team, date and site of a visit, or connection of a ride."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """A stop with the break at its place: minutes from the stop before, minutes there, and spans of starts.

    `opens` no start is earlier, for the break before it; the stop before ends by `ends_by`.
    """

    leg: int
    busy: int
    spans: tuple[tuple[int, int], ...]
    opens: int
    ends_by: int


class PausedStarts:
    """Gives the stops of days with one break their starts; exact: None means that no place of the break will do."""

    def __init__(self, instance: Instance, *, leg: Leg | None = None) -> None:
        """`leg` gives the instance's own legs to whoever remembers them."""
        self._leg = leg or Travel(instance.travel).leg
        self._sites = {site.id: site for site in instance.sites}
        self._teams: dict[str, Team] = {team.id: team for team in instance.teams}
        self._connections = {connection.id: connection for connection in instance.connections}
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= self._sites

    def day(
        self,
        visits: Sequence[Visit],
        number: int,
        wanted: Mapping[Key, int],
        *,
        fixed: Mapping[Key, int],
        at: int | None = None,
    ) -> PausedDay | None:
        """Return a team's visits of a date, in their order, with their break of that number.

        A fixed visit starts when it is fixed, every other at its wanted start where that fits, else as early as it can.
        Of several places for the break the one that keeps most; `at` gives its start beforehand.
        """
        team = self._teams[visits[0].team]
        ends = Ends(begin=team, end=team, shift=team.shift)
        return self.journey((team.id, visits[0].date), ends, visits, number, wanted, fixed=fixed, at=at)

    def journey(
        self,
        key: tuple[str, date],
        ends: Ends,
        stops: Sequence[Visit | Ride],
        number: int | None,
        wanted: Mapping[Key, int],
        *,
        fixed: Mapping[Key, int],
        at: int | None = None,
    ) -> PausedDay | None:
        """Return the same of a day with stops that may have rides, may begin or end away, or has no break (None)."""
        rule = None if number is None else self._teams[key[0]].breaks[number]
        if rule is not None and at is not None:
            rule = replace(rule, window=Window(open=at, close=at + rule.minutes))
        best: tuple[tuple[int, int], PausedDay] | None = None
        for place in range(2 * len(stops) + 1) if rule is not None else (-1,):
            rooms = self._rooms(ends, stops, rule, place, fixed)
            starts = None if rooms is None else _starts(rooms, [wanted.get(key_of(stop)) for stop in stops], ends.shift)
            if rooms is None or starts is None:
                continue
            kept = sum(wanted.get(key_of(stop)) == start for stop, start in zip(stops, starts, strict=True))
            rank = (-kept, starts[-1] + rooms[-2].busy)
            if best is None or rank < best[0]:
                timed = tuple(replace(stop, start=start) for stop, start in zip(stops, starts, strict=True))
                pause = None
                if rule is not None and number is not None:
                    pause_at = self._pause_at(timed, rooms, rule, place)
                    pause = Pause(team=key[0], date=key[1], number=number, start=pause_at)
                best = rank, _paused_day(timed, pause)
        return None if best is None else best[1]

    def pause(self, visits: Sequence[Visit], number: int) -> Pause | None:
        """Return where the break fits beside visits that start when they do; None if nowhere."""
        day = self.day(visits, number, {}, fixed={key_of(visit): visit.start for visit in visits})
        return None if day is None else day.pause

    def _rooms(
        self, ends: Ends, stops: Sequence[Visit | Ride], rule: Break | None, place: int, fixed: Mapping[Key, int]
    ) -> list[_Room] | None:
        """The stops, and at last the way home, with the break on the way to stop `place / 2`, or in the stop before."""
        minutes, first, last = 0, 0, 0
        if rule is not None:
            minutes, first, last = rule.minutes, rule.window.open, rule.window.close - rule.minutes
        shift = ends.shift
        rooms: list[_Room] = []
        here = ends.begin
        for index, stop in enumerate(stops):
            enters, leaves = self._doors(stop)
            leg, (setup, busy) = self._way(here, enters), self._stay(stop)
            opens, ends_by, earliest, latest = -1, shift.close, 0, shift.close
            windows = self._windows(stop)
            if place == 2 * index:
                if index == 0:
                    # Before the team leaves it costs nothing.
                    leg += min(minutes, max(0, first + minutes - shift.open))
                else:
                    leg += minutes
                    ends_by = last
                opens = first + minutes
            elif place == 2 * index + 1 and isinstance(stop, Ride):
                # On board it costs nothing, if the ride is long enough.
                earliest, latest = first + minutes - busy, last if busy >= minutes else -1
            elif place == 2 * index + 1:
                earliest, latest = first - busy + 1, last - setup
                busy += minutes
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
        if place == 2 * len(stops):
            # After the team is back it costs nothing.
            leg += min(minutes, max(0, shift.close - last))
            ends_by = last
        home = _Room(leg=leg, busy=0, spans=((0, shift.close),), opens=-1, ends_by=ends_by)
        return [*rooms, home]

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

    def _pause_at(self, stops: Sequence[Visit | Ride], rooms: Sequence[_Room], rule: Break, place: int) -> int:
        first = rule.window.open
        index, is_in_service = divmod(place, 2)
        if is_in_service:
            return max(first, _start_of(stops[index]) + self._stay(stops[index])[0])
        if index == len(stops):
            return rule.window.close - rule.minutes
        return first if index == 0 else max(first, _start_of(stops[index - 1]) + rooms[index - 1].busy)


def _paused_day(stops: Sequence[Visit | Ride], pause: Pause | None) -> PausedDay:
    visits = tuple(stop for stop in stops if isinstance(stop, Visit))
    return PausedDay(visits=visits, pause=pause, rides=tuple(stop for stop in stops if isinstance(stop, Ride)))


def _start_of(stop: Visit | Ride) -> int:
    return stop.start or 0


def _starts(rooms: Sequence[_Room], wanted: Sequence[int | None], shift: Window) -> list[int] | None:
    """A start for every stop of a day, the wanted one where it can be; None if the stops do not fit."""
    latest: list[int] = []
    limit = min(rooms[-1].ends_by, shift.close - rooms[-1].leg)
    for room in reversed(rooms[:-1]):
        ends = [min(close, limit - room.busy) for opening, close in room.spans if opening <= limit - room.busy]
        ends = [end for end in ends if end >= room.opens]
        if not ends:
            return None
        latest.append(max(ends))
        limit = min(room.ends_by, latest[-1] - room.leg)
    starts: list[int] = []
    free_at = shift.open
    for room, wish, last in zip(rooms[:-1], wanted, reversed(latest), strict=True):
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


def key_of(stop: Visit | Ride) -> Key:
    """Return what tells a stop from all others of a plan."""
    return stop.team, stop.date, stop.site if isinstance(stop, Visit) else stop.connection
