"""Gives the stops of a team's day their starts, and its breaks their places, exactly: a clock for each set of breaks.

A team is ready for its next stop with some breaks still to come and the others behind; on each of these clocks earlier
is better, since it can wait. A break is taken before leaving, on the way, or in a visit's service, which it pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.instance import Instance, Visit, Window
from solver.contract.journeys import Pause, Ride
from solver.contract.travel import Place, Travel
from solver.plans.series import DayBreaks, Numbers, Series, TeamBreaks

Key = tuple[str, date]
"""A team's id and a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedDay:
    """The visits of a day with their starts, and its breaks in order; its rides, where it has any."""

    visits: tuple[Visit, ...]
    pauses: tuple[Pause, ...] = ()
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
    breaks: tuple[tuple[int, int], ...] = ()
    """Number and start of each break that it has taken."""


_Clocks = dict[int, _Ready]
"""A clock for each set of breaks behind, by mask."""


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
        self._breaks = TeamBreaks(instance.teams)
        self._connections = {connection.id: connection for connection in instance.connections}
        self._places: dict[str, Place] = {station.id: station for station in instance.stations}
        self._places |= {lodging.id: lodging for lodging in instance.lodgings}
        self._places |= self._sites

    def day(self, visits: Sequence[Visit], numbers: Numbers) -> PausedDay | None:
        """Return a team's visits of a date, in their order, as early as can be, with its breaks of those numbers.

        None if they do not fit with the breaks; the starts that they bear do not matter.
        """
        team = self._teams[visits[0].team]
        ends = Ends(begin=team, end=team, shift=team.shift)
        return self.journey((team.id, visits[0].date), ends, visits, numbers)

    def journey(self, key: Key, ends: Ends, stops: Sequence[Visit | Ride], numbers: Numbers) -> PausedDay | None:
        """Return the same of a day with rides, or one that begins or ends away, with stops or without."""
        breaks = self._breaks.of(key[0], numbers)
        clocks = _at_begin(ends.shift, breaks)
        here = ends.begin
        for stop in stops:
            enters, leaves = self._doors(stop)
            clocks = _after_stop(self._stay(stop), self._way(here, enters), breaks, clocks)
            if not clocks:
                return None
            here = leaves
        timing = _at_end(ends.shift, self._way(here, ends.end), breaks, clocks)
        if timing is None:
            return None
        timed = tuple(replace(stop, start=start) for stop, start in zip(stops, timing.starts, strict=True))
        taken = sorted(timing.breaks, key=lambda entry: entry[1])
        return PausedDay(
            visits=tuple(stop for stop in timed if isinstance(stop, Visit)),
            pauses=tuple(Pause(team=key[0], date=key[1], number=number, start=start) for number, start in taken),
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


def _at_begin(shift: Window, breaks: DayBreaks) -> _Clocks:
    """The clocks at the begin of a day; a break before the team leaves costs nothing."""
    clocks = {0: _Ready(at=shift.open)}
    for series in breaks.after(0):
        _keep(clocks, series.mask, _taken(clocks[0], series, series.earliest, at=max(shift.open, series.over_at)))
    return clocks


def _after_stop(stay: _Stay, minutes: int, breaks: DayBreaks, clocks: _Clocks) -> _Clocks:
    """The clocks after a stop that is so many minutes away."""
    after: _Clocks = {}
    there = _there(minutes, breaks, clocks)
    for mask in sorted(there, reverse=True):
        ready = there[mask]
        _keep(after, mask, _on(ready, _first(stay, ready.at, stay.busy), stay.busy))
        for series in breaks.after(mask):
            _keep(after, mask | series.mask, (_aboard if stay.is_aboard else _paused)(stay, series, ready))
    return after


def _there(minutes: int, breaks: DayBreaks, clocks: _Clocks) -> _Clocks:
    """The clocks so many minutes on, with breaks on the way."""
    there: _Clocks = {}
    for mask in sorted(clocks, reverse=True):
        before = clocks[mask]
        for series in breaks.after(mask):
            at = max(before.at + minutes + series.minutes, series.over_at)
            if before.at <= series.last and _is_earlier(there, mask | series.mask, at):
                there[mask | series.mask] = _taken(before, series, series.starts(before.at), at=at)
        _keep(there, mask, _Ready(at=before.at + minutes, starts=before.starts, breaks=before.breaks))
    return there


def _at_end(shift: Window, minutes: int, breaks: DayBreaks, clocks: _Clocks) -> _Ready | None:
    """The clock on which a team comes in time to the end of its day, rather with few breaks still to come."""
    for mask in sorted(clocks, key=lambda mask: (-mask.bit_count(), mask)):
        ready = clocks[mask]
        if mask == breaks.all:
            if ready.at + minutes <= shift.close:
                return ready
            continue
        for series in breaks.orders(breaks.all & ~mask):
            # As late as can be: after the team is back a break costs nothing.
            lost = series.inside(series.latest, Window(open=ready.at, close=max(ready.at, shift.close)))
            if ready.at <= series.last and ready.at + minutes + lost <= shift.close:
                return _taken(ready, series, series.latest)
    return None


def _keep(clocks: _Clocks, mask: int, clock: _Ready | None) -> None:
    """Let a clock be that of a set of breaks if none was earlier."""
    if clock is not None and _is_earlier(clocks, mask, clock.at):
        clocks[mask] = clock


def _is_earlier(clocks: _Clocks, mask: int, at: int) -> bool:
    return mask not in clocks or at < clocks[mask].at


def _taken(ready: _Ready, series: Series, starts: Sequence[int], *, at: int | None = None) -> _Ready:
    """The clock with these breaks behind; `at`: where that changes when the team is free."""
    breaks = (*ready.breaks, *zip(series.numbers, starts, strict=True))
    return _Ready(at=ready.at if at is None else at, starts=ready.starts, breaks=breaks)


def _first(stay: _Stay, ready: int, busy: int) -> int | None:
    starts = ((max(ready, window.open), window.close) for window in stay.windows)
    return min((start for start, close in starts if start + busy <= close), default=None)


def _paused(stay: _Stay, series: Series, ready: _Ready) -> _Ready | None:
    """The breaks in the service of a visit, which ends so much later."""
    busy = stay.busy + series.minutes
    start = _first(stay, ready.at, busy)
    starts = None if start is None else series.service(start + stay.setup, start + stay.busy)
    return None if starts is None else _on(_taken(ready, series, starts), start, busy)


def _aboard(stay: _Stay, series: Series, ready: _Ready) -> _Ready | None:
    """The breaks on board of a ride, which takes no longer for them; a charter leaves late enough."""
    start = _first(stay, max(ready.at, series.over_at - stay.busy), stay.busy)
    starts = None if start is None else series.aboard(start, start + stay.busy)
    return None if starts is None else _on(_taken(ready, series, starts), start, stay.busy)


def _on(ready: _Ready, start: int | None, busy: int) -> _Ready | None:
    """The clock after a stop that begins at `start`; None if it cannot."""
    if start is None:
        return None
    return _Ready(at=start + busy, starts=(*ready.starts, start), breaks=ready.breaks)
