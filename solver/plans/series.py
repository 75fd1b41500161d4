"""The breaks of a team's date, taken one after the other with nothing between them: how early, how late, how long.

Each has hours of its own. What several take together depends on their order where the hours overlap.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from solver.contract.instance import Team, Window
from solver.contract.journeys import Break

Numbers = tuple[int, ...]
"""Positions of breaks in their team's list."""

MOST_FIRST = 4096
"""Looking through so many sets of breaks that can be the first ones of a day takes a hundredth of a second."""


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


def _is_earlier(rule: Break, other: Break) -> bool:
    """Whether the hours of a break begin and end no later than those of another one."""
    return rule.window.open <= other.window.open and rule.window.close <= other.window.close


class DayBreaks:
    """The breaks of a team on a date: which of them can be behind at one moment, and in which orders some are taken.

    Orders are left out for which another one does as well at every moment. Of two breaks with nothing between them the
    one whose hours begin and end no later goes first; where both last as long, it does anywhere in the day.
    """

    def __init__(self, team: Team, numbers: Numbers) -> None:
        self.rules = tuple(team.breaks[number] for number in numbers)
        self.all = (1 << len(numbers)) - 1
        """The mask of all of them."""
        self._numbers, self._places = numbers, range(len(numbers))
        self._before = tuple(
            sum(1 << other for other in self._places if other != place and self.is_before(other, place))
            for place in self._places
        )
        """For each break the mask of those that come before it on every day."""
        self._orders: dict[int, tuple[Series, ...]] = {}
        self._after: dict[int, tuple[Series, ...]] = {}
        self._until: dict[int, tuple[Series, ...]] = {}

    def is_before(self, place: int, other: int) -> bool:
        """Whether a break comes before another one on every day, or on one that does as well."""
        rule, later = self.rules[place], self.rules[other]
        if later.window.open + later.minutes + rule.minutes > rule.window.close:
            return True
        return rule.minutes == later.minutes and self._goes_first(place, other)

    def orders(self, mask: int) -> tuple[Series, ...]:
        """Return every order of the breaks of a mask, one behind the other with nothing between them."""
        if mask not in self._orders:
            self._orders[mask] = tuple(map(self._series, self._ordered((), mask, 0))) if mask else ()
        return self._orders[mask]

    @cached_property
    def states(self) -> tuple[int, ...]:
        """The masks of breaks that can be behind at a moment of a day with all of them; none without such a day."""
        first = self._over_at()
        last = self._to_begin_by(first)
        return tuple(sorted(mask for mask in first if first[mask] <= last.get(self.all & ~mask, -1)))

    def has_more_states_than(self, most: int) -> bool:
        """Whether there are more of these masks than so many; where many can be first, it is not looked further."""
        return len(self._over_at(up_to=MOST_FIRST)) > MOST_FIRST or len(self.states) > most

    def after(self, mask: int) -> tuple[Series, ...]:
        """Return every series that can be taken next with the breaks of a mask behind, those of more breaks first."""
        if mask not in self._after:
            self._after[mask] = self._between((mask, state) for state in reversed(self.states))
        return self._after[mask]

    def until(self, mask: int) -> tuple[Series, ...]:
        """Return every series that can have been taken last with the breaks of a mask behind, those of more first."""
        if mask not in self._until:
            self._until[mask] = self._between((state, mask) for state in self.states)
        return self._until[mask]

    def _between(self, pairs: Iterable[tuple[int, int]]) -> tuple[Series, ...]:
        added = (after & ~before for before, after in pairs if before & ~after == 0)
        return tuple(series for mask in added for series in self.orders(mask))

    def _goes_first(self, place: int, other: int) -> bool:
        rule, later = self.rules[place], self.rules[other]
        return _is_earlier(rule, later) and (place < other or not _is_earlier(later, rule))

    def _ordered(self, taken: tuple[int, ...], left: int, moment: int) -> Iterator[tuple[int, ...]]:
        """Yield every order in which the breaks left follow those taken, which are over at a moment."""
        if not left:
            yield taken
        for place in self._places:
            if not left >> place & 1 or self._before[place] & left:
                continue
            rule = self.rules[place]
            over_at = max(moment, rule.window.open) + rule.minutes
            if over_at <= rule.window.close and not (taken and self._goes_first(place, taken[-1])):
                yield from self._ordered((*taken, place), left & ~(1 << place), over_at)

    def _series(self, places: Sequence[int]) -> Series:
        return Series(
            places=tuple(places),
            mask=sum(1 << place for place in places),
            numbers=tuple(self._numbers[place] for place in places),
            rules=tuple(self.rules[place] for place in places),
        )

    def _over_at(self, *, up_to: int | None = None) -> dict[int, int]:
        """For each mask of breaks that can be the first ones of a day, the earliest moment when all are over.

        No longer those of all masks once there are more than `up_to`.
        """
        moments = {0: 0}
        for mask in self._growing(moments):
            if up_to is not None and len(moments) > up_to:
                break
            for place in self._places:
                rule, grown = self.rules[place], mask | 1 << place
                moment = max(moments[mask], rule.window.open) + rule.minutes
                if grown != mask and self._before[place] & ~mask == 0 and moment <= rule.window.close:
                    moments[grown] = min(moment, moments.get(grown, moment))
        return moments

    def _to_begin_by(self, first: Collection[int]) -> dict[int, int]:
        """For each mask of breaks that can come behind some that can be the first ones of a day, the latest moment for
        the earliest of them to begin.

        A day that has room for all goes through masks of `first` alone, so that no others need to be thought of.
        """
        moments = {0: max((rule.window.close for rule in self.rules), default=0)}
        for mask in self._growing(moments):
            for place in self._places:
                rule, grown = self.rules[place], mask | 1 << place
                moment = min(moments[mask], rule.window.close) - rule.minutes
                comes_last = any(self._before[other] >> place & 1 for other in self._places if not mask >> other & 1)
                is_known = self.all & ~grown in first
                if grown != mask and is_known and not comes_last and moment >= rule.window.open:
                    moments[grown] = max(moment, moments.get(grown, moment))
        return moments

    def _growing(self, moments: Mapping[int, int]) -> Iterator[int]:
        """Yield the masks that are known, fewer breaks first, while those of one break more become known."""
        for size in range(len(self.rules)):
            yield from [mask for mask in moments if mask.bit_count() == size]


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
