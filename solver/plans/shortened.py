"""An instance whose teams take breaks and may sleep away or ride, as ones without breaks: days are shorter instead.

Cut at a fixed moment of the day, as in `compressed`; but a team stays one team, since its nights tie its days together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.instance import FORMAT, Instance, Site, Team, Visit, Window
from solver.contract.journeys import Pause, Ride
from solver.plans.day_clock import NO_CLOCK, Clock, clock_for
from solver.plans.series import DayBreaks, break_numbers
from solver.plans.standing_room import StandingDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """Instances without breaks: one to be searched, where `lost[k][d]` minutes more are cut out of a team's date, and
    one to be bounded.

    A plan of `search` has, but for set-ups and rides that a break may not cut, one of the instance, with its sites and
    rides open for a team's date as the clock `kinds[clocks[k][d]]` says; every plan of the instance has one of `bound`,
    where rides are as by `as_bounded_ride`.
    """

    search: Instance
    bound: Instance
    lost: tuple[tuple[int, ...], ...]
    kinds: tuple[Clock, ...]
    clocks: tuple[tuple[int, ...], ...]
    as_bounded_ride: Callable[[Site], Site]


def sleeps_or_rides(instance: Instance) -> bool:
    """Whether any team may sleep away, or ride."""
    return bool(instance.connections or (instance.lodgings and any(team.max_nights for team in instance.teams)))


def shorten(instance: Instance) -> Shortened:
    """Cut the breaks out of the days of an instance."""
    usual, at_both = _clocks(instance, either=True), _clocks(instance, either=False)
    # By so much every day of a team is shorter, wherever its breaks lie.
    least = tuple(_least(instance, team, row) for team, row in zip(instance.teams, at_both, strict=True))
    certain = tuple(tuple(clock.losing(minutes) for clock in row) for row, minutes in zip(at_both, least, strict=True))
    plain = replace(instance, format=FORMAT, teams=tuple(replace(team, breaks=()) for team in instance.teams))

    def as_bounded_ride(site: Site) -> Site:
        # A break on board costs nothing: a ride is by so much shorter, if there is room for the break in it.
        minutes = site.fixed_minutes or 0
        rooms = zip(instance.teams, least, strict=True)
        shorter = max((min(lost, _most_aboard(team, minutes), minutes - 1) for team, lost in rooms), default=0)
        return replace(_with_hours(site, plain, certain), fixed_minutes=minutes - shorter)

    kinds = tuple(dict.fromkeys(clock for row in usual for clock in row))
    positions = {team.id: k for k, team in enumerate(instance.teams)}
    pinned = tuple(
        _on_clock(visit, usual[positions[visit.team]][instance.dates.index(visit.date)]) for visit in instance.pinned
    )
    return Shortened(
        search=replace(plain, pinned=pinned),
        bound=replace(
            plain,
            sites=tuple(_with_hours(site, plain, certain) for site in plain.sites),
            teams=tuple(_shorter(team, minutes) for team, minutes in zip(plain.teams, least, strict=True)),
        ),
        lost=tuple(tuple(cut.minutes for cut in row) for row in usual),
        kinds=kinds,
        clocks=tuple(tuple(kinds.index(clock) for clock in row) for row in usual),
        as_bounded_ride=as_bounded_ride,
    )


def lost_beside(
    instance: Instance, usual: Sequence[Sequence[int]], standing: Sequence[StandingDay]
) -> tuple[tuple[int, ...], ...]:
    """Return by how many minutes dates of teams are shorter: one that stands as its break costs it where it stands."""
    positions = {team.id: k for k, team in enumerate(instance.teams)}
    lost = [list(row) for row in usual]
    for day in standing:
        if day.pauses:
            lost[positions[day.team]][day.date_index] = sum(lost_by(instance, day, pause) for pause in day.pauses)
    return tuple(tuple(row) for row in lost)


def lost_by(instance: Instance, day: StandingDay, pause: Pause) -> int:
    """By how many minutes a break of a day makes it shorter: those inside its shift, none on board of a ride."""
    team = next(team for team in instance.teams if team.id == day.team)
    lasting = {ride.id: ride.minutes for ride in instance.connections}
    start = pause.start
    end = start + team.breaks[pause.number].minutes
    for stop in day.stops:
        leaves = stop.start or 0
        if isinstance(stop, Ride) and leaves <= start and end <= leaves + lasting[stop.connection]:
            return 0
    is_away = day.begin is not None or day.end is not None
    shift = (is_away and team.away_shift) or team.shift
    return max(0, min(end, shift.close) - max(start, shift.open))


def clock_of(instance: Instance, days: Sequence[StandingDay]) -> dict[tuple[str, date], tuple[tuple[int, int], ...]]:
    """Return for days that stand from when on, behind each break, the clock to be searched is how far more behind."""
    teams = {team.id: team for team in instance.teams}
    return {
        (day.team, instance.dates[day.date_index]): tuple(
            (pause.start + teams[day.team].breaks[pause.number].minutes, lost_by(instance, day, pause))
            for pause in day.pauses
        )
        for day in days
    }


def _on_clock(visit: Visit, clock: Clock) -> Visit:
    return replace(visit, start=clock.inner(Window(open=visit.start, close=visit.start)).open)


def _with_hours(site: Site, instance: Instance, clocks: Sequence[Sequence[Clock]]) -> Site:
    """Return a site open whenever it can be by the clock of some team that works, or between."""
    windows_on = []
    for d, day in enumerate(instance.dates):
        kinds = dict.fromkeys(row[d] for team, row in zip(instance.teams, clocks, strict=True) if team.work_dates[d])
        mapped = [[clock.outer(window) for window in site.windows_at(day)] for clock in kinds or (NO_CLOCK,)]
        hulls = (
            Window(open=min(window.open for window in same), close=max(window.close for window in same))
            for same in zip(*mapped, strict=True)
        )
        windows_on.append((day, tuple(hulls)))
    return replace(site, windows_on=tuple(windows_on))


def _least(instance: Instance, team: Team, clocks: Sequence[Clock]) -> int:
    """The minutes that every working date of a team loses.

    On board of a ride that is as long as its breaks they cost nothing, and the bound has no ride of no minutes: each
    break gives one up.
    """
    working = [d for d, works in enumerate(team.work_dates) if works]
    lost = min((clocks[d].certain for d in working), default=0)
    rides = {ride.minutes for ride in instance.connections}
    some = max((len(break_numbers(team, d)) for d in working if rides & _minutes_aboard(team, d)), default=0)
    return max(0, lost - some)


def _most_aboard(team: Team, minutes: int) -> int:
    """The most minutes of breaks of a date that a ride of so many has room for."""
    sums = (some for d in range(len(team.work_dates)) for some in _minutes_aboard(team, d))
    return max((some for some in sums if some <= minutes), default=0)


def _minutes_aboard(team: Team, d: int) -> set[int]:
    """How many minutes breaks of a date may take on board of one ride."""
    sums = {0}
    for number in break_numbers(team, d):
        sums |= {known + team.breaks[number].minutes for known in sums}
    return sums - {0}


def _shorter(team: Team, minutes: int) -> Team:
    def less(shift: Window) -> Window:
        return Window(open=shift.open, close=shift.close - minutes)

    return replace(team, shift=less(team.shift), away_shift=None if team.away_shift is None else less(team.away_shift))


def _clocks(instance: Instance, *, either: bool) -> tuple[tuple[Clock, ...], ...]:
    """The clock of every date of every team, its breaks cut out of all hours that it has at base or away (`either`), or
    out of those at both.
    """
    dates = range(len(instance.dates))
    return tuple(tuple(_clock(instance, team, d, either=either) for d in dates) for team in instance.teams)


def _clock(instance: Instance, team: Team, d: int, *, either: bool) -> Clock:
    numbers = break_numbers(team, d)
    if not numbers:
        return NO_CLOCK
    shift, away = team.shift, team.away_shift or team.shift
    hours = (
        Window(open=min(shift.open, away.open), close=max(shift.close, away.close))
        if either
        else Window(open=max(shift.open, away.open), close=min(shift.close, away.close))
    )
    day = instance.dates[d]
    windows = [window for site in instance.sites if site.open_dates[d] for window in site.windows_at(day)]
    return clock_for(DayBreaks(team, numbers), hours, windows)
