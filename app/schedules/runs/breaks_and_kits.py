"""The gate to the planning core for the breaks of teams: what is stored becomes part of an instance, what a plan says
of it comes back with its visits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.teams.breaks import BreakRule
from app.teams.models import Team
from app.teams.values import breaks_of
from solver.contract.instance import NEXT_FORMAT, Instance, Window
from solver.contract.journeys import Break, Pause
from solver.contract.plan_rows import NO_ROWS, Rows

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
