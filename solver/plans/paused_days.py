"""Gives the stops of a team's day their starts, and its break its place, exactly: two clocks a stop.

A team is ready for its next stop with the break still to come, or with it behind; on each clock earlier is better,
since it can wait. A break is taken before leaving, on the way, or in a visit's service, which it pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.instance import Instance, Visit, Window
from solver.contract.journeys import Break, Pause, Ride
from solver.contract.travel import Place, Travel

Key = tuple[str, date]
"""A team's id and a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedDay:
    """The visits of a day with their starts, and its break (None: it has none); its rides, where it has any."""

    visits: tuple[Visit, ...]
    pause: Pause | None
    rides: tuple[Ride, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where a day begins and ends, and between which hours."""

    begin: Place
    end: Place
    shift: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """When a team is free on one of the clocks, and how it came to that."""

    at: int
    starts: tuple[int, ...] = ()
    pause_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """A stop: so many minutes in one of the windows. A break pauses it after its set-up; aboard it costs nothing."""

    windows: tuple[Window, ...]
    setup: int
    busy: int
    is_aboard: bool


class PausedDays:
    """Times the days of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._leg = Travel(instance.travel).leg
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}
        self._connections = {connection.id: connection for connection in instance.connections}
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= self._sites

    def day(self, visits: Sequence[Visit], number: int | None) -> PausedDay | None:
        """Return a team's visits of a date, in their order, as early as can be, with its break of that number.

        None if they do not fit with the break; the starts that they bear do not matter.
        """
        team = self._teams[visits[0].team]
        ends = Ends(begin=team, end=team, shift=team.shift)
        return self.journey((team.id, visits[0].date), ends, visits, number)

    def journey(self, key: Key, ends: Ends, stops: Sequence[Visit | Ride], number: int | None) -> PausedDay | None:
        """Return the same of a day with rides, or one that begins or ends away, with stops or without."""
        team = self._teams[key[0]]
        rule = None if number is None else team.breaks[number]
        before, after = self._at_begin(ends.shift, rule)
        here = ends.begin
        for stop in stops:
            enters, leaves = self._doors(stop)
            minutes = self._way(here, enters)
            before, after = self._stop(self._stay(stop), minutes, rule, before=before, after=after)
            if before is None and after is None:
                return None
            here = leaves
        timing = self._end(ends.shift, self._way(here, ends.end), rule, before=before, after=after)
        if timing is None:
            return None
        timed = tuple(replace(stop, start=start) for stop, start in zip(stops, timing.starts, strict=True))
        pause = None
        if number is not None and timing.pause_at is not None:
            pause = Pause(team=team.id, date=key[1], number=number, start=timing.pause_at)
        return PausedDay(
            visits=tuple(stop for stop in timed if isinstance(stop, Visit)),
            pause=pause,
            rides=tuple(stop for stop in timed if isinstance(stop, Ride)),
        )

    def _doors(self, stop: Visit | Ride) -> tuple[Place, Place]:
        """Where a stop is entered, and where it is left."""
        if isinstance(stop, Visit):
            return self._sites[stop.site], self._sites[stop.site]
        connection = self._connections[stop.connection]
        return self._places[connection.origin], self._places[connection.target]

    def _stay(self, stop: Visit | Ride) -> _Stay:
        if isinstance(stop, Visit):
            site = self._sites[stop.site]
            busy = site.setup_minutes + stop.minutes
            return _Stay(windows=site.windows_at(stop.date), setup=site.setup_minutes, busy=busy, is_aboard=False)
        connection = self._connections[stop.connection]
        departs, minutes = connection.departs, connection.minutes
        windows = (Window(open=departs.open, close=departs.close + minutes),)
        return _Stay(windows=windows, setup=0, busy=minutes, is_aboard=True)

    def _way(self, origin: Place, target: Place) -> int:
        return 0 if origin is target else self._leg(origin, target)[0]

    def _at_begin(self, shift: Window, rule: Break | None) -> tuple[_Ready | None, _Ready | None]:
        if rule is None:
            return None, _Ready(at=shift.open)
        first = rule.window.open
        return _Ready(at=shift.open), _Ready(at=max(shift.open, first + rule.minutes), pause_at=first)

    def _stop(
        self, stay: _Stay, minutes: int, rule: Break | None, *, before: _Ready | None, after: _Ready | None
    ) -> tuple[_Ready | None, _Ready | None]:
        """The clocks after a stop that is so many minutes away."""
        busy = stay.busy
        taken = [] if after is None else [_on(after, _first(stay, after.at + minutes, busy), busy)]
        still = None
        if before is not None and rule is not None:
            ready = before.at + minutes
            still = _on(before, _first(stay, ready, busy), busy)
            pause_at = max(before.at, rule.window.open)
            if pause_at + rule.minutes <= rule.window.close:
                start = _first(stay, max(ready, pause_at) + rule.minutes, busy)
                taken.append(_on(before, start, busy, pause_at=pause_at))
            taken.append(_aboard(stay, ready, rule, before) if stay.is_aboard else _paused(stay, ready, rule, before))
        return still, min((clock for clock in taken if clock is not None), key=lambda clock: clock.at, default=None)

    def _end(
        self, shift: Window, minutes: int, rule: Break | None, *, before: _Ready | None, after: _Ready | None
    ) -> _Ready | None:
        close = shift.close
        if after is not None and after.at + minutes <= close:
            return after
        if before is None or rule is None:
            return None
        pause_at = rule.window.close - rule.minutes
        inside = min(rule.minutes, max(0, close - pause_at))
        if pause_at < before.at or before.at + minutes + inside > close:
            return None
        return replace(before, pause_at=pause_at)


def _first(stay: _Stay, ready: int, busy: int) -> int | None:
    starts = ((max(ready, window.open), window.close) for window in stay.windows)
    return min((start for start, close in starts if start + busy <= close), default=None)


def _paused(stay: _Stay, ready: int, rule: Break, before: _Ready) -> _Ready | None:
    """The break in the service of a visit, which ends so much later."""
    start = _first(stay, ready, stay.busy + rule.minutes)
    if start is None:
        return None
    pause_at = max(start + stay.setup, rule.window.open)
    if pause_at >= start + stay.busy or pause_at + rule.minutes > rule.window.close:
        return None
    return _on(before, start, stay.busy + rule.minutes, pause_at=pause_at)


def _aboard(stay: _Stay, ready: int, rule: Break, before: _Ready) -> _Ready | None:
    """The break on board of a ride, which takes no longer for it; a charter leaves late enough."""
    earliest = rule.window.open + rule.minutes - stay.busy
    start = _first(stay, max(ready, earliest), stay.busy)
    if start is None:
        return None
    pause_at = max(start, rule.window.open)
    if pause_at + rule.minutes > min(start + stay.busy, rule.window.close):
        return None
    return _on(before, start, stay.busy, pause_at=pause_at)


def _on(ready: _Ready, start: int | None, busy: int, *, pause_at: int | None = None) -> _Ready | None:
    """The clock after a stop that begins at `start`; None if it cannot."""
    if start is None:
        return None
    return _Ready(
        at=start + busy,
        starts=(*ready.starts, start),
        pause_at=ready.pause_at if pause_at is None else pause_at,
    )
