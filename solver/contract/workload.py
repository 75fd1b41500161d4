"""How the work of a plan is shared among its teams, by hours away from base, with what they worked before."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from solver.contract.book import Book, TeamDay
from solver.contract.instance import Instance, Team, Window

MINUTES = 60
# An hour above a team's share costs the weight once; those past so many hours cost so many times as much.
STEPS_HOURS = (0, 8, 16, 32)
STEP_PRICES = (1, 3, 8, 20)
# What is known of the past counts no more than this, so that nobody pays for it for months.
MOST_HISTORY_HOURS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLoad:
    """The load of a team in a plan, beside its share of all teams' load; all but days and activations in minutes.

    `expected` is the share, by the minutes of its shifts that the team could be sent out in (`available`).
    `deviation_before` is what the team brings along, `deviation_after` what it has with this plan: above its share
    if positive.
    """

    team: str
    days: int
    away: int
    travel: int
    odd_hours: int
    """An hour for each day that begins earlier than usual, and one for each that ends later."""
    activations: int
    """No part of the load: a good site is luck."""
    available: int
    expected: int
    deviation_before: int
    deviation_after: int

    @property
    def load(self) -> int:
        return self.away + self.odd_hours

    def to_json(self) -> dict[str, Any]:
        content = asdict(self)
        plain = {name: content.pop(name) for name in ("team", "days", "activations")}
        return plain | {f"{name}_minutes": minutes for name, minutes in content.items()}


def team_loads(book: Book, won: Mapping[int, int]) -> tuple[TeamLoad, ...]:
    """Share the load of a plan out among the teams, by what each could have been sent out.

    What is expected of a team is (its available minutes) × (load of all teams) ÷ (available minutes of all teams),
    rounded down: with every team at the district's mean nobody deviates, and whoever is on leave is owed nothing.
    The deviations of the plan add up to less than a minute a team. `won` are the activations of each visit, by index.
    """
    instance = book.instance
    days: dict[str, list[TeamDay]] = {team.id: [] for team in instance.teams}
    for team_day in book.team_days:
        days[team_day.team.id].append(team_day)
    away = {team.id: sum(day.back_at - team.shift.open for day in days[team.id]) for team in instance.teams}
    odd = {team.id: sum(_odd_minutes(instance.usual_day, day) for day in days[team.id]) for team in instance.teams}
    total = sum(away.values()) + sum(odd.values())
    everybody = sum(available_minutes(team) for team in instance.teams)
    loads = []
    for team in instance.teams:
        available = available_minutes(team)
        expected = available * total // everybody if everybody else 0
        before = MINUTES * team.history_hours
        loads.append(
            TeamLoad(
                team=team.id,
                days=len(days[team.id]),
                away=away[team.id],
                travel=sum(_travel_minutes(day) for day in days[team.id]),
                odd_hours=odd[team.id],
                activations=sum(won[stop.index] for day in days[team.id] for stop in day.stops),
                available=available,
                expected=expected,
                deviation_before=before,
                deviation_after=before + away[team.id] + odd[team.id] - expected,
            )
        )
    return tuple(loads)


def available_minutes(team: Team) -> int:
    """Minutes of the shifts of all dates on which a team works."""
    return sum(team.work_dates) * (team.shift.close - team.shift.open)


def unfairness(loads: Sequence[TeamLoad]) -> int:
    """Minutes above their share, of all teams together, the later ones of each counted several times.

    Convex, so that it is the better to take an hour from one team the more that team has above its share.
    """
    return sum(priced_minutes(load.deviation_after) for load in loads)


def priced_minutes(deviation: int) -> int:
    """Minutes above a team's share, each as often as the hour in which it lies is to be counted; below it 0."""
    minutes, before = 0, 0
    for hours, price in zip(STEPS_HOURS, STEP_PRICES, strict=True):
        minutes += (price - before) * max(0, deviation - MINUTES * hours)
        before = price
    return minutes


def most_unfairness(instance: Instance) -> int:
    """A number that `unfairness` of no feasible plan exceeds."""
    everything = sum(available_minutes(team) + 2 * MINUTES * sum(team.work_dates) for team in instance.teams)
    history = sum(max(0, MINUTES * team.history_hours) for team in instance.teams)
    return STEP_PRICES[-1] * (everything + history)


def _odd_minutes(usual: Window | None, day: TeamDay) -> int:
    if usual is None:
        return 0
    return MINUTES * ((day.team.shift.open < usual.open) + (day.back_at > usual.close))


def _travel_minutes(day: TeamDay) -> int:
    return day.home_minutes + sum(stop.travel_minutes for stop in day.stops)
