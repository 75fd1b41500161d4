"""The breaks of a team's date, taken one after the other with nothing between them: how early, how late, how long.

Each has hours of its own. What several take together depends on their order where the hours overlap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from solver.contract.instance import Team, Window
from solver.contract.journeys import Break

Numbers = tuple[int, ...]
"""Positions of breaks in their team's list."""


def break_numbers(team: Team, date_index: int) -> Numbers:
    """Return the positions, in the team's list, of its breaks on a date when it works."""
    if not team.breaks or not team.work_dates[date_index]:
        return ()
    return tuple(number for number, rule in enumerate(team.breaks) if rule.on_dates[date_index])


@dataclass(frozen=True)
class Series:
    """Breaks in the order in which they are taken; there are moments for them all, each in its hours.

    `places` are those among the breaks of the date, `mask` has a bit for each, `numbers` are those of the team's list.
    """

    places: tuple[int, ...]
    mask: int
    numbers: Numbers
    rules: tuple[Break, ...]

    @cached_property
    def minutes(self) -> int:
        """All their minutes."""
        return sum(rule.minutes for rule in self.rules)

    @cached_property
    def earliest(self) -> tuple[int, ...]:
        """When each begins, all as early as can be."""
        return self.starts(self.rules[0].window.open)

    @cached_property
    def latest(self) -> tuple[int, ...]:
        """When each begins, all as late as can be."""
        moment, starts = self.rules[-1].window.close, list[int]()
        for rule in reversed(self.rules):
            moment = min(moment, rule.window.close) - rule.minutes
            starts.insert(0, moment)
        return tuple(starts)

    @cached_property
    def over_at(self) -> int:
        """The earliest moment when the last one is over."""
        return self.earliest[-1] + self.rules[-1].minutes

    @property
    def last(self) -> int:
        """The latest moment for the first one to begin."""
        return self.latest[0]

    def starts(self, moment: int) -> tuple[int, ...]:
        """When each begins, all as early as can be from a moment on, which is no later than `last`."""
        starts = []
        for rule in self.rules:
            starts.append(max(moment, rule.window.open))
            moment = starts[-1] + rule.minutes
        return tuple(starts)

    def over_after(self, moment: int) -> int:
        """When the last one is over at the earliest, begun from a moment on."""
        return self.starts(moment)[-1] + self.rules[-1].minutes

    def inside(self, starts: Sequence[int], window: Window) -> int:
        """How many of their minutes lie inside a window."""
        ends = (start + rule.minutes for start, rule in zip(starts, self.rules, strict=True))
        return sum(
            max(0, min(end, window.close) - max(start, window.open)) for start, end in zip(starts, ends, strict=True)
        )

    def service(self, start: int, end: int) -> tuple[int, ...] | None:
        """When each begins in a service from a moment to another, which each prolongs; None if one cannot be in it."""
        starts = []
        for rule in self.rules:
            start = max(start, rule.window.open)
            if start >= end or start + rule.minutes > rule.window.close:
                return None
            starts.append(start)
            start, end = start + rule.minutes, end + rule.minutes
        return tuple(starts)

    def aboard(self, start: int, end: int) -> tuple[int, ...] | None:
        """When each begins between two moments; None if one has no room there."""
        if start > self.last or self.over_after(start) > end:
            return None
        return self.starts(start)

    @cached_property
    def into_service(self) -> tuple[int, int]:
        """How long before its (unpaused) end a service begins at the earliest that holds them all, and by when its
        set-up is over at the latest.
        """
        after, by, before = 0, self.last, 0
        for rule in self.rules:
            after = max(after, rule.window.open - before)
            before += rule.minutes
        return after, by


def _series(numbers: Numbers, rules: Sequence[Break], places: Sequence[int]) -> Series | None:
    """The series of breaks in an order; None if one comes too late then."""
    series = Series(
        places=tuple(places),
        mask=sum(1 << place for place in places),
        numbers=tuple(numbers[place] for place in places),
        rules=tuple(rules[place] for place in places),
    )
    fits = all(start <= last for start, last in zip(series.earliest, series.latest, strict=True))
    return series if fits else None


class DayBreaks:
    """The breaks of a team on a date: every series of some of them, by mask."""

    def __init__(self, team: Team, numbers: Numbers) -> None:
        self.rules = tuple(team.breaks[number] for number in numbers)
        self.all = (1 << len(numbers)) - 1
        """The mask of all of them."""
        self.series: tuple[tuple[Series, ...], ...] = tuple(
            tuple(
                series
                for places in permutations([place for place in range(len(numbers)) if mask >> place & 1])
                if places and (series := _series(numbers, self.rules, places)) is not None
            )
            for mask in range(self.all + 1)
        )

    def among(self, mask: int) -> tuple[Series, ...]:
        """Return every series of breaks of a mask, those of more of them first."""
        return self._among[mask]

    @cached_property
    def _among(self) -> tuple[tuple[Series, ...], ...]:
        parts = range(self.all, 0, -1)
        return tuple(
            tuple(series for part in parts if part & ~mask == 0 for series in self.series[part])
            for mask in range(self.all + 1)
        )


class TeamBreaks:
    """The breaks of the teams of an instance, each date's laid out once."""

    def __init__(self, teams: Iterable[Team]) -> None:
        self._teams = {team.id: team for team in teams}
        self._known: dict[tuple[str, Numbers], DayBreaks] = {}

    def of(self, team: str, numbers: Numbers) -> DayBreaks:
        """Return the breaks of a team that have these numbers."""
        key = team, numbers
        if key not in self._known:
            self._known[key] = DayBreaks(self._teams[team], numbers)
        return self._known[key]
