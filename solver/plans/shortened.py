"""An instance whose teams take breaks and may sleep away or ride, as ones without breaks: days are shorter instead.

Cut at a fixed moment of the day, as in `compressed`; but a team stays one team, since its nights tie its days together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from solver.contract.instance import FORMAT, Instance, Site, Team, Visit, Window
from solver.contract.journeys import Ride
from solver.plans.compressed import break_on, common_windows, hull_of_windows
from solver.plans.day_clock import NO_CUT, Cut, cut_for
from solver.plans.standing_room import StandingDay

OnClock = Callable[[Site], Site]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """Instances without breaks: one to be searched, where `lost[k][d]` minutes more are cut out of a team's date, and
    one to be bounded.

    A plan of `search` has, but for set-ups and rides that a break may not cut, one of the instance; every plan of the
    instance has one of `bound`. Rides, as sites, have their hours there by `on_search_clock` and `on_bound_clock`.
    """

    search: Instance
    bound: Instance
    lost: tuple[tuple[int, ...], ...]
    on_search_clock: OnClock
    on_bound_clock: OnClock


def sleeps_or_rides(instance: Instance) -> bool:
    """Whether any team may sleep away, or ride."""
    return bool(instance.connections or (instance.lodgings and any(team.max_nights for team in instance.teams)))


def shorten(instance: Instance) -> Shortened:
    """Cut the breaks out of the days of an instance with at most one break for a team on a date."""
    usual, at_both = _cuts(instance, either=True), _cuts(instance, either=False)
    # By so much every day of a team is shorter, wherever its break lies.
    least = tuple(_least(team, row) for team, row in zip(instance.teams, at_both, strict=True))
    certain = tuple(
        tuple(_of_minutes(cut, minutes) for cut in row) for row, minutes in zip(at_both, least, strict=True)
    )
    plain = replace(instance, format=FORMAT, teams=tuple(replace(team, breaks=()) for team in instance.teams))

    def on_search_clock(site: Site) -> Site:
        return _with_hours(site, plain, usual, inner=True)

    def on_bound_clock(site: Site) -> Site:
        # A break on board costs nothing: a ride is by so much shorter, if there is room for the break in it.
        minutes = site.fixed_minutes or 0
        shorter = max((lost for lost in least if lost < minutes), default=0)
        return replace(_with_hours(site, plain, certain, inner=False), fixed_minutes=minutes - shorter)

    positions = {team.id: k for k, team in enumerate(instance.teams)}
    pinned = tuple(
        _on_clock(visit, usual[positions[visit.team]][instance.dates.index(visit.date)]) for visit in instance.pinned
    )
    return Shortened(
        search=replace(plain, sites=tuple(on_search_clock(site) for site in plain.sites), pinned=pinned),
        bound=replace(
            plain,
            sites=tuple(_with_hours(site, plain, certain, inner=False) for site in plain.sites),
            teams=tuple(_shorter(team, minutes) for team, minutes in zip(plain.teams, least, strict=True)),
        ),
        lost=tuple(tuple(cut.minutes for cut in row) for row in usual),
        on_search_clock=on_search_clock,
        on_bound_clock=on_bound_clock,
    )


def lost_beside(
    instance: Instance, usual: Sequence[Sequence[int]], standing: Sequence[StandingDay]
) -> tuple[tuple[int, ...], ...]:
    """Return by how many minutes dates of teams are shorter: one that stands as its break costs it where it stands."""
    positions = {team.id: k for k, team in enumerate(instance.teams)}
    lost = [list(row) for row in usual]
    for day in standing:
        if day.pause is not None:
            lost[positions[day.team]][day.date_index] = lost_on(instance, day)
    return tuple(tuple(row) for row in lost)


def lost_on(instance: Instance, day: StandingDay) -> int:
    """By how many minutes the break of a day makes it shorter: those inside its shift, none on board of a ride."""
    assert day.pause is not None
    team = next(team for team in instance.teams if team.id == day.team)
    lasting = {ride.id: ride.minutes for ride in instance.connections}
    start = day.pause.start
    end = start + team.breaks[day.pause.number].minutes
    for stop in day.stops:
        leaves = stop.start or 0
        if isinstance(stop, Ride) and leaves <= start and end <= leaves + lasting[stop.connection]:
            return 0
    is_away = day.begin is not None or day.end is not None
    shift = (is_away and team.away_shift) or team.shift
    return max(0, min(end, shift.close) - max(start, shift.open))


def clock_of(instance: Instance, days: Sequence[StandingDay]) -> dict[tuple[str, date], tuple[int, int]]:
    """Return for days that stand from when on, behind their breaks, the clock to be searched is how far behind."""
    teams = {team.id: team for team in instance.teams}
    return {
        (day.team, instance.dates[day.date_index]): (
            day.pause.start + teams[day.team].breaks[day.pause.number].minutes,
            lost_on(instance, day),
        )
        for day in days
        if day.pause is not None
    }


def _on_clock(visit: Visit, cut: Cut) -> Visit:
    return replace(visit, start=cut.inner(Window(open=visit.start, close=visit.start)).open)


def _with_hours(site: Site, instance: Instance, cuts: Sequence[Sequence[Cut]], *, inner: bool) -> Site:
    """Return a site with its hours on the clocks of all teams that work: common to them, or the hull of them."""
    windows_on = []
    for d, day in enumerate(instance.dates):
        kinds = dict.fromkeys(row[d] for team, row in zip(instance.teams, cuts, strict=True) if team.work_dates[d])
        windows = site.windows_at(day)
        mapped = [
            tuple(cut.inner(window) if inner else cut.outer(window) for window in windows) for cut in kinds or (NO_CUT,)
        ]
        windows_on.append((day, common_windows(mapped) if inner else hull_of_windows(mapped)))
    return replace(site, windows_on=tuple(windows_on))


def _least(team: Team, cuts: Sequence[Cut]) -> int:
    return min((cut.certain for cut, works in zip(cuts, team.work_dates, strict=True) if works), default=0)


def _of_minutes(cut: Cut, minutes: int) -> Cut:
    return replace(cut, end=cut.start + minutes) if minutes and cut.certain else NO_CUT


def _shorter(team: Team, minutes: int) -> Team:
    def less(shift: Window) -> Window:
        return Window(open=shift.open, close=shift.close - minutes)

    return replace(team, shift=less(team.shift), away_shift=None if team.away_shift is None else less(team.away_shift))


def _cuts(instance: Instance, *, either: bool) -> tuple[tuple[Cut, ...], ...]:
    dates, teams = range(len(instance.dates)), range(len(instance.teams))
    return tuple(tuple(_cut(instance, k, d, either=either) for d in dates) for k in teams)


def _cut(instance: Instance, k: int, d: int, *, either: bool) -> Cut:
    """Where a break is cut out of a day: out of all hours that the team has at base or away (`either`), or at both."""
    team = instance.teams[k]
    rule = break_on(team, d)
    if rule is None:
        return NO_CUT
    shift, away = team.shift, team.away_shift or team.shift
    hours = (
        Window(open=min(shift.open, away.open), close=max(shift.close, away.close))
        if either
        else Window(open=max(shift.open, away.open), close=min(shift.close, away.close))
    )
    day = instance.dates[d]
    windows = [window for site in instance.sites if site.open_dates[d] for window in site.windows_at(day)]
    return cut_for(rule, hours, windows)
