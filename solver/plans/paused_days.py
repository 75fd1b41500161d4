"""Gives the stops of a team's day their starts, and its break its place, exactly: two clocks a stop.

A team is ready for its next stop with the break still to come, or with it behind; on each clock earlier is better,
since it can wait. A break is taken before leaving, on the way, or in a visit's service, which it pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.journeys import Break, Pause
from solver.contract.travel import Place, Travel


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedDay:
    """The visits of a day with their starts, and its break (None: it has none)."""

    visits: tuple[Visit, ...]
    pause: Pause | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """When a team is free on one of the clocks, and how it came to that."""

    at: int
    starts: tuple[int, ...] = ()
    pause_at: int | None = None


class PausedDays:
    """Times the days of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._leg = Travel(instance.travel).leg
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}

    def day(self, visits: Sequence[Visit], number: int | None) -> PausedDay | None:
        """Return a team's visits of a date, in their order, as early as can be, with its break of that number.

        None if they do not fit with the break; the starts that they bear do not matter.
        """
        team = self._teams[visits[0].team]
        rule = None if number is None else team.breaks[number]
        before, after = self._at_base(team, rule)
        here: Place = team
        for visit in visits:
            site = self._sites[visit.site]
            minutes = self._leg(here, site)[0]
            before, after = self._stop(visit, site, minutes, rule, before=before, after=after)
            if before is None and after is None:
                return None
            here = site
        timing = self._home(team, self._leg(here, team)[0], rule, before=before, after=after)
        if timing is None:
            return None
        timed = tuple(replace(visit, start=start) for visit, start in zip(visits, timing.starts, strict=True))
        if number is None or timing.pause_at is None:
            return PausedDay(visits=timed, pause=None)
        pause = Pause(team=team.id, date=visits[0].date, number=number, start=timing.pause_at)
        return PausedDay(visits=timed, pause=pause)

    def _at_base(self, team: Team, rule: Break | None) -> tuple[_Ready | None, _Ready | None]:
        if rule is None:
            return None, _Ready(at=team.shift.open)
        first = rule.window.open
        return _Ready(at=team.shift.open), _Ready(at=max(team.shift.open, first + rule.minutes), pause_at=first)

    def _stop(
        self, visit: Visit, site: Site, minutes: int, rule: Break | None, *, before: _Ready | None, after: _Ready | None
    ) -> tuple[_Ready | None, _Ready | None]:
        """The clocks after a stop that is so many minutes away."""
        busy = site.setup_minutes + visit.minutes
        taken = [] if after is None else [_on(after, self._first(visit, site, after.at + minutes, busy), busy)]
        still = None
        if before is not None and rule is not None:
            ready = before.at + minutes
            still = _on(before, self._first(visit, site, ready, busy), busy)
            pause_at = max(before.at, rule.window.open)
            if pause_at + rule.minutes <= rule.window.close:
                start = self._first(visit, site, max(ready, pause_at) + rule.minutes, busy)
                taken.append(_on(before, start, busy, pause_at=pause_at))
            taken.append(self._paused(visit, site, ready, rule, before=before))
        return still, min((clock for clock in taken if clock is not None), key=lambda clock: clock.at, default=None)

    def _paused(self, visit: Visit, site: Site, ready: int, rule: Break, *, before: _Ready) -> _Ready | None:
        """The break in the service of the visit, which ends so much later."""
        busy = site.setup_minutes + visit.minutes
        start = self._first(visit, site, ready, busy + rule.minutes)
        if start is None:
            return None
        pause_at = max(start + site.setup_minutes, rule.window.open)
        if pause_at >= start + busy or pause_at + rule.minutes > rule.window.close:
            return None
        return _on(before, start, busy + rule.minutes, pause_at=pause_at)

    def _first(self, visit: Visit, site: Site, ready: int, busy: int) -> int | None:
        starts = ((max(ready, window.open), window.close) for window in site.windows_at(visit.date))
        return min((start for start, close in starts if start + busy <= close), default=None)

    def _home(
        self, team: Team, minutes: int, rule: Break | None, *, before: _Ready | None, after: _Ready | None
    ) -> _Ready | None:
        close = team.shift.close
        if after is not None and after.at + minutes <= close:
            return after
        if before is None or rule is None:
            return None
        pause_at = rule.window.close - rule.minutes
        inside = min(rule.minutes, max(0, close - pause_at))
        if pause_at < before.at or before.at + minutes + inside > close:
            return None
        return replace(before, pause_at=pause_at)


def _on(ready: _Ready, start: int | None, busy: int, *, pause_at: int | None = None) -> _Ready | None:
    """The clock after a stop that begins at `start`; None if it cannot."""
    if start is None:
        return None
    return _Ready(
        at=start + busy,
        starts=(*ready.starts, start),
        pause_at=ready.pause_at if pause_at is None else pause_at,
    )
