"""Turns an instance whose teams take breaks into two without any: one to be searched, one to be bounded.

Dates on which a team takes other breaks are those of another team, since its day is then as much shorter.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from solver.contract.documents import KitPool
from solver.contract.instance import FORMAT, Instance, Override, Team, Visit, Window
from solver.plans.day_clock import NO_CLOCK, Clock, clock_at, clock_for, moments_of
from solver.plans.paused_starts import PausedStarts
from solver.plans.series import DayBreaks, break_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressed:
    """Instances without breaks: every plan of `search` has a plan of the instance, every plan of it one of `bound`.

    Both have the same teams; `team_of[k]` is the position in the instance of their team at position k, `kind_of[k]`
    that of its clock in `kinds`: by this clock it finds sites open, `inner` for the search and `outer` for the bound.
    `clocks` names the team of a team's date there and how its clock is cut.
    """

    search: Instance
    bound: Instance
    team_of: tuple[int, ...]
    kinds: tuple[Clock, ...]
    kind_of: tuple[int, ...]
    clocks: Mapping[tuple[str, date], tuple[str, Clock]]

    def on_clock(self, visits: Iterable[Visit]) -> tuple[Visit, ...]:
        """Return visits as the search has them; those of unknown teams and dates are left out."""
        return tuple(_on_clock(visit, *self.clocks[_day(visit)]) for visit in visits if _day(visit) in self.clocks)


def takes_breaks(instance: Instance) -> bool:
    """Whether any team takes a break on a date when it works."""
    return any(break_numbers(team, d) for team in instance.teams for d in range(len(instance.dates)))


def compress(instance: Instance) -> Compressed:
    """Cut the breaks out of the clocks of an instance.

    A day that stands, published or pinned, and has its breaks at other times than others, is cut there.
    """
    usual = [[_clock(instance, team, d) for d in range(len(instance.dates))] for team in instance.teams]
    cuts = _as_they_stand(instance, usual)
    split = [_split(team, cuts[k]) for k, team in enumerate(instance.teams)]
    names = {team.id: [part.id for part, _ in split[k]] for k, team in enumerate(instance.teams)}
    travel = replace(instance.travel, overrides=tuple(_overrides(instance.travel.overrides, names)))
    clocks = {
        (team.id, day): (_part(team.id, _number(team, cuts[k], d)), cuts[k][d])
        for k, team in enumerate(instance.teams)
        for d, day in enumerate(instance.dates)
    }
    plain = replace(
        instance,
        format=FORMAT,
        travel=travel,
        published=tuple(_on_clock(visit, *clocks[_day(visit)]) for visit in instance.published),
        pinned=tuple(_on_clock(visit, *clocks[_day(visit)]) for visit in instance.pinned),
        kits=tuple(_of_parts(pool, names) for pool in instance.kits),
    )

    parts = [part for of_team in split for part in of_team]
    kinds = tuple(dict.fromkeys(cut for _, cut in parts))

    def losing(loss: Callable[[Clock], int]) -> Instance:
        return replace(plain, teams=tuple(_on_shift(part, loss(cut)) for part, cut in parts))

    return Compressed(
        search=losing(lambda clock: clock.minutes),
        bound=losing(lambda clock: clock.certain),
        team_of=tuple(k for k, of_team in enumerate(split) for _ in of_team),
        kinds=kinds,
        kind_of=tuple(kinds.index(cut) for _, cut in parts),
        clocks=clocks,
    )


def _as_they_stand(instance: Instance, usual: Sequence[Sequence[Clock]]) -> list[list[Clock]]:
    """The clocks, with another one for a day of the plan in force or with pins that does not fit the usual one."""
    cuts = [list(row) for row in usual]
    days: dict[tuple[str, date], dict[str, Visit]] = defaultdict(dict)
    for visit in (*instance.published, *instance.pinned):
        days[_day(visit)][visit.site] = visit
    teams = {team.id: k for k, team in enumerate(instance.teams)}
    pinned = {(visit.team, visit.date, visit.site): visit.start for visit in instance.pinned}
    starts = PausedStarts(instance)
    for (team, day), visits in days.items():
        k, d = teams[team], instance.dates.index(day)
        numbers, clock = break_numbers(instance.teams[k], d), cuts[k][d]
        if clock.minutes == 0:
            continue
        breaks, shift = DayBreaks(instance.teams[k], numbers), instance.teams[k].shift
        moments = {numbers[place]: start for place, start in moments_of(clock, breaks, shift).items()}
        ordered = sorted(visits.values(), key=lambda visit: (visit.start, visit.site))
        wanted = {(visit.team, visit.date, visit.site): visit.start for visit in ordered}
        if starts.day(ordered, numbers, {}, fixed=pinned, at=moments) is None:
            standing = starts.day(ordered, numbers, wanted, fixed=pinned)
            if standing is not None:
                taken = {numbers.index(pause.number): pause.start for pause in standing.pauses}
                cuts[k][d] = clock_at(breaks, taken, shift)
    return cuts


def _clock(instance: Instance, team: Team, d: int) -> Clock:
    numbers = break_numbers(team, d)
    if not numbers:
        return NO_CLOCK
    day = instance.dates[d]
    windows = [window for site in instance.sites if site.open_dates[d] for window in site.windows_at(day)]
    return clock_for(DayBreaks(team, numbers), team.shift, windows)


def _split(team: Team, cuts: Sequence[Clock]) -> list[tuple[Team, Clock]]:
    """A team for each way in which its days are cut; the first keeps the id."""
    parts = []
    for number, kind in enumerate(_kinds(team, cuts)):
        dates = tuple(works and cut == kind for cut, works in zip(cuts, team.work_dates, strict=True))
        hours = team.history_hours if number == 0 else 0
        parts.append((replace(team, id=_part(team.id, number), work_dates=dates, breaks=(), history_hours=hours), kind))
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


def _number(team: Team, cuts: Sequence[Clock], d: int) -> int:
    """Which of the teams that a team is split into has a date."""
    kinds = _kinds(team, cuts)
    return kinds.index(cuts[d]) if cuts[d] in kinds else 0


def _kinds(team: Team, cuts: Sequence[Clock]) -> list[Clock]:
    return list(dict.fromkeys(cut for cut, works in zip(cuts, team.work_dates, strict=True) if works)) or [NO_CLOCK]


def _on_clock(visit: Visit, part: str, cut: Clock) -> Visit:
    start = cut.inner(Window(open=visit.start, close=visit.start)).open
    return replace(visit, team=part, start=start)


def _day(visit: Visit) -> tuple[str, date]:
    return visit.team, visit.date
