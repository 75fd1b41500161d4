"""Every way through a team's day: from where it begins to a site, and from there to where it ends.

A team rides, and where travel breaks the triangle inequality it goes over other sites. It is on its way with some
breaks of the day still to come and the others behind; on each of these clocks earlier is better, since it can wait.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

import numpy as np

from solver.contract.instance import Window
from solver.contract.travel import NO_WAY_MINUTES, Place
from solver.numeric.kinds import Longs
from solver.plans.series import DayBreaks, Series

T = TypeVar("T", int, Longs)

Leg = Callable[[Place, Place], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A ride, or the shortest visit to a site on the way: `busy` minutes within a window, `setup` of them at first."""

    name: str
    enters: Place
    leaves: Place
    windows: tuple[Window, ...]
    busy: int
    setup: int = 0
    rupiah: int = 0
    is_ride: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A place and a moment on the way: of one outward when a team is free there, of one homeward by when it has to be.

    `taken` are the breaks behind, by mask; `cost` is in thousandths of a rupiah. By `move` a team has come to an
    outward label from the `next` one, or goes on from a homeward one to the next.
    """

    place: Place
    at: int
    taken: int
    cost: int = 0
    stops: int = 0
    move: Move | None = None
    next: "Label | None" = None

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves between it and the end of the day that it belongs to, its own first."""
        moves: list[Move] = []
        label: Label | None = self
        while label is not None and label.move is not None:
            moves.append(label.move)
            label = label.next
        return tuple(moves)


class DayWays:
    """The ways of teams with the same hours, breaks and moves on a date."""

    def __init__(
        self,
        leg: Leg,
        moves: Sequence[Move],
        *,
        shift: Window,
        breaks: DayBreaks,
        most_stops: int,
        price: Callable[[int], int] | None = None,
    ) -> None:
        """`price` of so many metres; None: nobody asks what a way costs."""
        self.leg, self.shift, self.breaks = leg, shift, breaks
        self.most_stops = most_stops
        self._moves, self._price = tuple(moves), price
        self._outward: dict[int, tuple[Label, ...]] = {}
        self._homeward: dict[int, tuple[Label, ...]] = {}

    def outward(self, begin: Place) -> tuple[Label, ...]:
        """Return where a team can be free, and how early, on a day that begins at a place."""
        key = id(begin)
        if key not in self._outward:
            opens = self.shift.open
            first = [Label(place=begin, at=opens, taken=0)]
            first += [
                Label(place=begin, at=max(opens, series.over_at), taken=series.mask) for series in self.breaks.after(0)
            ]
            self._outward[key] = tuple(self._found(first, self._onward, sign=1))
        return self._outward[key]

    def homeward(self, end: Place) -> tuple[Label, ...]:
        """Return from where, and how late, a team still comes to a place by the end of its day."""
        key = id(end)
        if key not in self._homeward:
            close, whole = self.shift.close, self.breaks.all
            first = [Label(place=end, at=close, taken=whole)]
            # With breaks to come, until when a team can be there: after that they cost nothing.
            first += [
                Label(place=end, at=min(series.last, close - self._lost_at_end(series)), taken=whole & ~series.mask)
                for series in self.breaks.until(whole)
            ]
            self._homeward[key] = tuple(self._found(first, self._backward, sign=-1))
        return self._homeward[key]

    def idle(self, begin: Place, end: Place) -> tuple[int, tuple[Move, ...]] | None:
        """Return the cost of the cheapest day from a place to another without any aim between them, and its moves.

        None if there is none.
        """
        best: tuple[int, Label] | None = None
        for label in self.outward(begin):
            minutes, metres = self.leg(label.place, end)
            if self._ends_in_time(label, minutes):
                cost = label.cost + self.cost_of(metres)
                if best is None or cost < best[0]:
                    best = cost, label
        return None if best is None else (best[0], best[1].moves[::-1])

    @property
    def is_priced(self) -> bool:
        return self._price is not None

    def arrivals(self, label: Label, minutes: T) -> dict[int, T]:
        """When a team is there, so many minutes on, with which breaks behind."""
        moments = {label.taken: label.at + minutes}
        for series in self.breaks.after(label.taken):
            if label.at <= series.last:
                taken, at = label.taken | series.mask, np.maximum(label.at + minutes + series.minutes, series.over_at)
                moments[taken] = np.minimum(moments[taken], at) if taken in moments else at
        return moments

    def departures(self, label: Label, minutes: T) -> dict[int, T]:
        """Until when a team can leave for there, so many minutes on, with which breaks behind."""
        moments = {label.taken: label.at - minutes}
        for series in self.breaks.until(label.taken):
            if series.over_at <= label.at:
                taken, at = label.taken & ~series.mask, np.minimum(series.last, label.at - minutes - series.minutes)
                moments[taken] = np.maximum(moments[taken], at) if taken in moments else at
        return moments

    def cost_of(self, metres: int) -> int:
        """What so many metres cost, where anybody asks."""
        return 0 if self._price is None else self._price(metres)

    def _found(
        self, first: Iterable[Label], through: Callable[[Label, Move, int], Iterator[tuple[int, int]]], *, sign: int
    ) -> Iterator[Label]:
        """Every label that no other one dominates, the best moments first (Dijkstra); `sign` is -1 for those homeward.

        `through` gives the moments before or behind a move so many minutes away from a label, and the breaks behind.
        """
        order = count()
        heap: list[tuple[int, int, Label]] = []
        known: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for label in first:
            heappush(heap, (sign * label.at, next(order), label))
        bound = self.shift.close if sign > 0 else -self.shift.open
        while heap:
            label = heappop(heap)[2]
            if _is_dominated(known, label):
                continue
            yield label
            for move in self._moves:
                stops = label.stops + (not move.is_ride)
                minutes, metres = self.leg(label.place, move.enters) if sign > 0 else self.leg(move.leaves, label.place)
                if minutes >= NO_WAY_MINUTES or stops > self.most_stops:
                    continue
                cost = label.cost + self.cost_of(metres) + (0 if self._price is None else 1000 * move.rupiah)
                for at, taken in through(label, move, minutes):
                    if sign * at <= bound:
                        place = move.leaves if sign > 0 else move.enters
                        more = Label(place=place, at=at, taken=taken, cost=cost, stops=stops, move=move, next=label)
                        heappush(heap, (sign * at, next(order), more))

    def _onward(self, label: Label, move: Move, minutes: int) -> Iterator[tuple[int, int]]:
        """When a team is free after a move so many minutes away, and with which breaks behind."""
        for taken, ready in self.arrivals(label, minutes).items():
            start = _first(move, int(ready), move.busy)
            if start is not None:
                yield start + move.busy, taken
            for series in self.breaks.after(taken):
                if move.is_ride:
                    start = _first(move, max(int(ready), series.over_at - move.busy), move.busy)
                    if start is not None and series.aboard(start, start + move.busy) is not None:
                        yield start + move.busy, taken | series.mask
                    continue
                busy = move.busy + series.minutes
                start = _first(move, int(ready), busy)
                if start is not None and series.service(start + move.setup, start + move.busy) is not None:
                    yield start + busy, taken | series.mask

    def _backward(self, label: Label, move: Move, minutes: int) -> Iterator[tuple[int, int]]:
        """By when a team must be at a move, so many minutes before a label, and with which breaks behind."""
        for taken, leaves_by in self.departures(label, minutes).items():
            start = _last(move, int(leaves_by), move.busy)
            if start is not None:
                yield start, taken
            for series in self.breaks.until(taken):
                if move.is_ride:
                    busy, first, last = move.busy, series.over_at - move.busy, series.last
                    has_room = series.minutes <= busy
                else:
                    after, by = series.into_service
                    busy, first, last = move.busy + series.minutes, after - move.busy + 1, by - move.setup
                    has_room = move.busy > move.setup
                starts = [
                    start
                    for window in move.windows
                    if (start := min(window.close - busy, int(leaves_by) - busy, last)) >= max(window.open, first)
                ]
                if starts and has_room:
                    yield max(starts), taken & ~series.mask

    def _lost_at_end(self, series: Series) -> int:
        """The minutes of breaks, as late as can be, that lie inside the shift."""
        return series.inside(series.latest, Window(open=series.last, close=max(series.last, self.shift.close)))

    def _ends_in_time(self, label: Label, minutes: int) -> bool:
        if label.taken == self.breaks.all:
            return label.at + minutes <= self.shift.close
        return any(
            label.at <= series.last and label.at + minutes + self._lost_at_end(series) <= self.shift.close
            for series in self.breaks.orders(self.breaks.all & ~label.taken)
        )


def _is_dominated(known: dict[tuple[int, int], list[tuple[int, int]]], label: Label) -> bool:
    """Whether a label that came earlier is as cheap with as few stops; else it is known from now on."""
    others = known.setdefault((id(label.place), label.taken), [])
    if any(cost <= label.cost and stops <= label.stops for cost, stops in others):
        return True
    others.append((label.cost, label.stops))
    return False


def _first(move: Move, ready: int, busy: int) -> int | None:
    starts = ((max(ready, window.open), window.close) for window in move.windows)
    return min((start for start, close in starts if start + busy <= close), default=None)


def _last(move: Move, leaves_by: int, busy: int) -> int | None:
    starts = ((min(window.close, leaves_by) - busy, window.open) for window in move.windows)
    return max((start for start, opens in starts if start >= opens), default=None)
