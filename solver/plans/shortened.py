"""An instance whose teams take breaks and may sleep away or ride, as one without breaks: its days are shorter instead.

Cut at a fixed moment of the day, as in `compressed`; but a team stays one team, since its nights tie its days together.
Every plan of the search in this time has, but for set-ups and rides that a break may not cut, one of the instance.
"""

from dataclasses import dataclass, replace

from solver.contract.instance import FORMAT, Instance, Site, Window
from solver.plans.compressed import break_on, common_windows
from solver.plans.day_clock import NO_CUT, Cut, cut_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """The instance without breaks, and by how many minutes a team's date is shorter.

    `lost[k][d]` minutes are cut out of what the search may use; every day of the instance loses `certain[k][d]` at
    least, unless the break is taken on board.
    """

    search: Instance
    lost: tuple[tuple[int, ...], ...]
    certain: tuple[tuple[int, ...], ...]
    cuts: tuple[tuple[Cut, ...], ...]

    def on_clock(self, site: Site) -> Site:
        """Return a site, or a ride as one, with its hours on the clock of the search: what all teams can keep."""
        windows_on = []
        for d, day in enumerate(self.search.dates):
            kinds = dict.fromkeys(row[d] for row in self.cuts)
            clocks = [tuple(cut.inner(window) for window in site.windows_at(day)) for cut in kinds]
            windows_on.append((day, common_windows(clocks)))
        return replace(site, windows_on=tuple(windows_on))


def sleeps_or_rides(instance: Instance) -> bool:
    """Whether any team may sleep away, or ride."""
    return bool(instance.connections or (instance.lodgings and any(team.max_nights for team in instance.teams)))


def without_breaks(instance: Instance) -> Instance:
    """Return the instance in which no team takes a break: whatever can be planned can be planned there."""
    return replace(instance, teams=tuple(replace(team, breaks=()) for team in instance.teams))


def shorten(instance: Instance) -> Shortened:
    """Cut the breaks out of the days of an instance with at most one break for a team on a date."""
    cuts = tuple(tuple(_cut(instance, k, d) for d in range(len(instance.dates))) for k in range(len(instance.teams)))
    teams = tuple(replace(team, breaks=()) for team in instance.teams)
    shortened = Shortened(
        search=replace(instance, format=FORMAT, teams=teams),
        lost=tuple(tuple(cut.minutes for cut in row) for row in cuts),
        certain=tuple(tuple(cut.certain for cut in row) for row in cuts),
        cuts=cuts,
    )
    sites = tuple(shortened.on_clock(site) for site in instance.sites)
    return replace(shortened, search=replace(shortened.search, sites=sites))


def _cut(instance: Instance, k: int, d: int) -> Cut:
    """Where a break is cut out of a day; within the hours that the team has at base and away alike."""
    team = instance.teams[k]
    rule = break_on(team, d)
    if rule is None:
        return NO_CUT
    away = team.away_shift or team.shift
    shift = Window(open=min(team.shift.open, away.open), close=max(team.shift.close, away.close))
    day = instance.dates[d]
    windows = [window for site in instance.sites if site.open_dates[d] for window in site.windows_at(day)]
    return cut_for(rule, shift, windows)
