"""The gate to the planning core for breaks of teams and kits that they share: what is stored becomes part of an
instance, what a plan says of it comes back with its visits."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.teams.breaks import BreakRule
from app.teams.issuing import is_there, may_draw
from app.teams.models import KitPool, Team
from app.teams.values import breaks_of
from solver.contract.documents import SATELLITE, Carried
from solver.contract.documents import KitPool as Pool
from solver.contract.instance import NEXT_FORMAT, Instance, Visit, Window
from solver.contract.instance import Team as ModelTeam
from solver.contract.journeys import Break, Pause
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.plans.standing_rows import StandingRows
from solver.plans.trip_days import TripDays

TeamDay = tuple[str, date]
"""A team by its code, and a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBreak:
    """A break that a team takes on a date; minutes after local midnight, `hours` those between which it may lie."""

    start: int
    minutes: int
    hours: tuple[int, int]

    @property
    def ends_at(self) -> int:
        return self.start + self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedKit:
    """Kits of a pool, by its code, that a team carries on a date."""

    code: str
    kind: str
    count: int


def with_breaks(instance: Instance, teams: Iterable[Team]) -> Instance:
    """The instance with the breaks of its teams, whose rows are given with theirs loaded.

    One that falls on no date is left out; without any the instance stays as it is, in its own format."""
    rules = {team.code: breaks_of(team) for team in teams}
    planned = tuple(replace(team, breaks=_breaks(rules.get(team.id, ()), instance.dates)) for team in instance.teams)
    if not any(team.breaks for team in planned):
        return instance
    return replace(instance, teams=planned, format=NEXT_FORMAT)


def _breaks(rules: Sequence[BreakRule], dates: Sequence[date]) -> tuple[Break, ...]:
    breaks = (
        Break(
            minutes=rule.minutes,
            window=Window(open=rule.earliest_start, close=rule.latest_end),
            on_dates=tuple(rule.covers(day) for day in dates),
        )
        for rule in rules
    )
    return tuple(rule for rule in breaks if any(rule.on_dates))


def with_kits(instance: Instance, pools: Iterable[KitPool], teams: Iterable[Team]) -> Instance:
    """The instance with the pools that some of its teams may draw from and that some of its work needs.

    Without any the instance stays as it is, in its own format."""
    needed = {SATELLITE, *(document.kit for document in instance.documents)}
    needed |= {kind for site in instance.sites for kind in site.needs_kits}
    codes = {team.id: team.code for team in teams}
    taken = {site.id for site in instance.sites} | {team.id for team in instance.teams}
    planned = []
    for pool in pools:
        on_dates = tuple(is_there(pool, day) for day in instance.dates)
        mine = None if pool.team_ids is None else tuple(sorted(codes[n] for n in pool.team_ids if n in codes))
        if pool.kind in needed and any(on_dates) and mine != ():
            name = _ID + pool.code
            while name in taken:
                name = _ID + name
            planned.append(
                Pool(
                    id=name,
                    kind=pool.kind,
                    count=pool.count,
                    max_per_team=min(pool.max_per_team, pool.count),
                    teams=mine,
                    cost_per_day=pool.cost_per_day,
                    on_dates=on_dates,
                )
            )
    return replace(instance, kits=tuple(planned), format=NEXT_FORMAT) if planned else instance


_ID = "kit:"
"""Before the code of a pool: an instance gives no two things one id."""


def code_of(pool_id: str) -> str:
    """The code of a pool by its id in an instance."""
    return re.sub(f"^({_ID})+", "", pool_id)


def with_all_it_may_draw(model: ModelTeam, team: Team, pools: Iterable[KitPool], dates: Sequence[date]) -> ModelTeam:
    """A team that has always with it what it may draw on some date: whom it cannot serve so, it never can."""
    most = Counter(dict(model.kits)) + Counter(may_draw(team, pools, dates))
    return replace(model, kits=tuple(sorted(most.items())))


def kits_on(instance: Instance, rows: Rows) -> Mapping[TeamDay, tuple[CheckedKit, ...]]:
    """What teams draw by a plan, by team and date, in the order of the pools; what the instance does not know is left
    out."""
    drawn: dict[str, dict[TeamDay, int]] = defaultdict(dict)
    for row in rows.kits:
        drawn[row.pool][row.team, row.date] = row.count
    days: dict[TeamDay, list[CheckedKit]] = defaultdict(list)
    for pool in instance.kits:
        for key, count in drawn.get(pool.id, {}).items():
            days[key].append(CheckedKit(code=code_of(pool.id), kind=pool.kind, count=count))
    return {key: tuple(kits) for key, kits in days.items()}


def rows_of_kits(instance: Instance, days: Mapping[TeamDay, Iterable[Mapping[str, Any]]]) -> Rows:
    """What stored visits say of drawn kits (`Visit.day_kits`), for an instance that has the pools."""
    pools = {code_of(pool.id): pool.id for pool in instance.kits}
    dates = set(instance.dates)
    return Rows(
        kits=tuple(
            Carried(team=team, date=day, pool=pools[kit["code"]], count=kit["count"])
            for (team, day), kits in sorted(days.items())
            for kit in kits
            if kit["code"] in pools and day in dates
        )
    )


def with_planned_breaks(
    instance: Instance, days: Mapping[TeamDay, tuple[tuple[int, int], ...]]
) -> tuple[Instance, Rows]:
    """The instance in which teams take just these breaks, each from and until, and the rows that say so.

    How a stored plan's breaks are judged by today's facts: a rule that has changed since moves none of them."""
    if not days:
        return instance, NO_ROWS
    rules: dict[str, list[Break]] = defaultdict(list)
    pauses: list[Pause] = []
    for (team, day), breaks in sorted(days.items()):
        for start, end in breaks:
            flags = tuple(day == other for other in instance.dates)
            pauses.append(Pause(team=team, date=day, number=len(rules[team]), start=start))
            rules[team].append(Break(minutes=end - start, window=Window(open=start, close=end), on_dates=flags))
    teams = tuple(replace(team, breaks=tuple(rules.get(team.id, ()))) for team in instance.teams)
    return replace(instance, teams=teams, format=NEXT_FORMAT), Rows(breaks=tuple(pauses))


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingBreaks:
    """The breaks of published visits by the rules of today; `kept` are the team-days on which these have no place."""

    instance: Instance
    pauses: tuple[Pause, ...]
    kept: frozenset[TeamDay]


def with_standing_breaks(
    instance: Instance,
    visits: Iterable[Visit],
    days: Mapping[TeamDay, tuple[tuple[int, int], ...]],
    *,
    rows: Rows = NO_ROWS,
) -> StandingBreaks:
    """The instance in which published visits stand with the breaks that were told with them, each from and until.

    `rows`: the nights and rides of their teams, who pause on days of trips without visits too. A break that a rule has
    come for since is found its place beside visits that stay when they are; where it has none, or no rule asks for what
    was told any more, the team takes that day what was told."""
    going: dict[TeamDay, list[Visit]] = defaultdict(list)
    for visit in visits:
        going[visit.team, visit.date].append(visit)
    trips = TripDays(instance, rows)
    for key in trips.days:
        going[key] = going.get(key, [])
    teams, standing_rows = {team.id: team for team in instance.teams}, StandingRows(instance)
    pauses: list[Pause] = []
    standing: dict[str, dict[date, tuple[tuple[int, int], ...]]] = defaultdict(dict)
    unruled: set[TeamDay] = set()
    for (name, day), of_day in sorted(going.items()):
        team = teams.get(name)
        if team is None or day not in instance.dates:
            continue
        key = name, day
        numbers, stood = standing_rows.numbers(team, day), days.get(key, ())
        placed = _placed(standing_rows, trips, key, of_day, [p for n in numbers for p in _told(team, day, n, stood)])
        around = trips.rows(key)
        least = standing_rows.faults(key, of_day, (), rows=around) - len(numbers)
        if numbers and standing_rows.faults(key, of_day, placed, rows=around) <= least:
            pauses += placed
        elif numbers or stood:
            standing[name][day] = stood
            if numbers:
                unruled.add((name, day))
    for name, by_day in standing.items():
        teams[name], own = _pausing_as_told(teams[name], by_day, instance.dates)
        pauses += own
    planned = instance
    if standing:
        planned = replace(instance, teams=tuple(teams.values()), format=NEXT_FORMAT)
    return StandingBreaks(
        instance=planned,
        pauses=tuple(sorted(pauses, key=lambda pause: (pause.team, pause.date, pause.start))),
        kept=frozenset(unruled),
    )


def _placed(
    rows: StandingRows, trips: TripDays, key: TeamDay, visits: Sequence[Visit], stood: Sequence[Pause]
) -> Sequence[Pause]:
    """The breaks of a team-day, at best where they were told; those beside rides that would leave at another time do
    not count."""
    if key not in trips.days:
        return rows.pauses(visits, stood)
    day = rows.trip_day(key, visits, stood, trips)
    return day.breaks if day.rides == trips.rides(key) else ()


def _told(team: ModelTeam, day: date, number: int, stood: Iterable[tuple[int, int]]) -> Iterator[Pause]:
    """The breaks that were told and could be this one."""
    rule = team.breaks[number]
    for start, end in stood:
        if end - start == rule.minutes and rule.window.open <= start and end <= rule.window.close:
            yield Pause(team=team.id, date=day, number=number, start=start)


def _pausing_as_told(
    team: ModelTeam, days: Mapping[date, tuple[tuple[int, int], ...]], dates: Sequence[date]
) -> tuple[ModelTeam, list[Pause]]:
    """A team that takes on these dates just these breaks, and their rows."""
    others = [
        replace(rule, on_dates=tuple(on and day not in days for on, day in zip(rule.on_dates, dates, strict=True)))
        for rule in team.breaks
    ]
    own: list[Break] = []
    pauses: list[Pause] = []
    for day, breaks in days.items():
        for start, end in breaks:
            pauses.append(Pause(team=team.id, date=day, number=len(others) + len(own), start=start))
            flags = tuple(day == other for other in dates)
            own.append(Break(minutes=end - start, window=Window(open=start, close=end), on_dates=flags))
    return replace(team, breaks=(*others, *own)), pauses


def breaks_on(instance: Instance, rows: Rows) -> Mapping[TeamDay, tuple[CheckedBreak, ...]]:
    """The breaks of a plan by team and date, in order of their starts; what the instance does not know is left out."""
    teams = {team.id: team for team in instance.teams}
    days: dict[TeamDay, list[CheckedBreak]] = defaultdict(list)
    for pause in rows.breaks:
        team = teams.get(pause.team)
        if team is not None and 0 <= pause.number < len(team.breaks):
            rule = team.breaks[pause.number]
            hours = (rule.window.open, rule.window.close)
            days[pause.team, pause.date].append(CheckedBreak(start=pause.start, minutes=rule.minutes, hours=hours))
    return {key: tuple(sorted(breaks, key=lambda pause: (pause.start, pause.minutes))) for key, breaks in days.items()}


def name_of(pause: CheckedBreak, day: date, rules: Iterable[BreakRule]) -> str | None:
    """What the rule that a break was planned by is called today; None where it has no name, or is another one now."""
    same = (rule for rule in rules if rule.covers(day) and rule.minutes == pause.minutes)
    return next((rule.name for rule in same if (rule.earliest_start, rule.latest_end) == pause.hours), None)
