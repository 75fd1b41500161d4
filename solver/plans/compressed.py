"""Turns an instance whose teams take breaks into two without any: one to be searched, one to be bounded.

Dates on which a team takes another break are those of another team, since its day is then as much shorter.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from solver.contract.documents import KitPool
from solver.contract.instance import FORMAT, Instance, Override, Site, Team, Visit, Window
from solver.contract.journeys import Break
from solver.plans.day_clock import NO_CUT, Cut, cut_for

Mapped = Callable[[Cut, Window], Window]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressed:
    """Instances without breaks: every plan of `search` has a plan of the instance, every plan of it one of `bound`.

    Both have the same teams; `team_of[k]` is the position in the instance of their team at position k.
    """

    search: Instance
    bound: Instance
    team_of: tuple[int, ...]


def takes_breaks(instance: Instance) -> bool:
    """Whether any team takes a break on a date when it works."""
    return any(break_on(team, d) is not None for team in instance.teams for d in range(len(instance.dates)))


def break_on(team: Team, date_index: int) -> Break | None:
    """Return the break of a team on a date when it works, if there is one."""
    number = break_number(team, date_index)
    return None if number is None else team.breaks[number]


def break_number(team: Team, date_index: int) -> int | None:
    """Return the position, in the team's list, of its break on a date when it works."""
    if not team.breaks or not team.work_dates[date_index]:
        return None
    return next((number for number, rule in enumerate(team.breaks) if rule.on_dates[date_index]), None)


def compress(instance: Instance) -> Compressed:
    """Cut the breaks out of the clocks of an instance with at most one break for a team on a date."""
    cuts = [[_cut(instance, team, d) for d in range(len(instance.dates))] for team in instance.teams]
    split = [_split(team, cuts[k]) for k, team in enumerate(instance.teams)]
    names = {team.id: [part.id for part, _ in split[k]] for k, team in enumerate(instance.teams)}
    travel = replace(instance.travel, overrides=tuple(_overrides(instance.travel.overrides, names)))
    plain = replace(
        instance,
        format=FORMAT,
        travel=travel,
        published=tuple(_published(instance, cuts)),
        kits=tuple(_of_parts(pool, names) for pool in instance.kits),
    )

    def with_clock(loss: Callable[[Cut], int], mapped: Mapped, join: "_Join") -> Instance:
        teams = tuple(_on_shift(part, loss(cut)) for parts in split for part, cut in parts)
        sites = tuple(_site(site, instance, cuts, mapped=mapped, join=join) for site in instance.sites)
        return replace(plain, teams=teams, sites=sites)

    return Compressed(
        search=with_clock(lambda cut: cut.minutes, Cut.inner, _common),
        bound=with_clock(lambda cut: cut.certain, Cut.outer, _hull),
        team_of=tuple(k for k, parts in enumerate(split) for _ in parts),
    )


def _cut(instance: Instance, team: Team, d: int) -> Cut:
    rule = break_on(team, d)
    if rule is None:
        return NO_CUT
    day = instance.dates[d]
    windows = [window for site in instance.sites if site.open_dates[d] for window in site.windows_at(day)]
    return cut_for(rule, team.shift, windows)


def _split(team: Team, cuts: Sequence[Cut]) -> list[tuple[Team, Cut]]:
    """A team for each way in which its days are cut; the first keeps the id."""
    kinds = list(dict.fromkeys(kind for kind, works in zip(cuts, team.work_dates, strict=True) if works)) or [NO_CUT]
    parts = []
    for number, kind in enumerate(kinds):
        dates = tuple(works and cut == kind for cut, works in zip(cuts, team.work_dates, strict=True))
        parts.append((replace(team, id=_part(team.id, number), work_dates=dates, breaks=()), kind))
    return parts


def _part(name: str, number: int) -> str:
    # No id that a file gives is taken: JSON keeps this sign, and nobody types it.
    return name if number == 0 else f"{name}\x1f{number}"


def _on_shift(team: Team, lost: int) -> Team:
    return replace(team, shift=Window(open=team.shift.open, close=team.shift.close - lost))


def _overrides(overrides: Iterable[Override], names: dict[str, list[str]]) -> Iterable[Override]:
    for override in overrides:
        origins, targets = (names.get(name, [name]) for name in override.between)
        for pair in product(origins, targets):
            yield replace(override, between=pair)


def _of_parts(pool: KitPool, names: dict[str, list[str]]) -> KitPool:
    """The pool for every part of its teams; on a date a team works as one of its parts."""
    if pool.teams is None:
        return pool
    return replace(pool, teams=tuple(part for team in pool.teams for part in names[team]))


def _published(instance: Instance, cuts: Sequence[Sequence[Cut]]) -> Iterable[Visit]:
    teams = {team.id: k for k, team in enumerate(instance.teams)}
    dates = {day: d for d, day in enumerate(instance.dates)}
    for visit in instance.published:
        k, d = teams[visit.team], dates[visit.date]
        cut, team = cuts[k][d], instance.teams[k]
        kinds = list(dict.fromkeys(kind for kind, works in zip(cuts[k], team.work_dates, strict=True) if works))
        number = kinds.index(cut) if cut in kinds else 0
        start = cut.inner(Window(open=visit.start, close=visit.start)).open
        yield replace(visit, team=_part(visit.team, number), start=start)


_Join = Callable[[list[tuple[Window, ...]]], tuple[Window, ...]]


def _site(site: Site, instance: Instance, cuts: Sequence[Sequence[Cut]], *, mapped: Mapped, join: _Join) -> Site:
    windows_on: list[tuple[date, tuple[Window, ...]]] = []
    for d, day in enumerate(instance.dates):
        kinds = dict.fromkeys(cuts[k][d] for k, team in enumerate(instance.teams) if team.work_dates[d])
        clocks = [tuple(mapped(cut, window) for window in site.windows_at(day)) for cut in kinds]
        windows_on.append((day, join(clocks) if clocks else site.windows_at(day)))
    return replace(site, windows_on=tuple(windows_on))


def _common(clocks: list[tuple[Window, ...]]) -> tuple[Window, ...]:
    """What lies in the same window on every clock."""
    shared = tuple(
        Window(open=max(window.open for window in same), close=min(window.close for window in same))
        for same in zip(*clocks, strict=True)
    )
    return tuple(window for window in shared if window.open <= window.close)


def _hull(clocks: list[tuple[Window, ...]]) -> tuple[Window, ...]:
    """What lies in the same window on some clock, and what is between."""
    return tuple(
        Window(open=min(window.open for window in same), close=max(window.close for window in same))
        for same in zip(*clocks, strict=True)
    )
