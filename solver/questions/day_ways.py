"""Every way through a team's day: from where it begins to a site, and from there to where it ends.

A team rides, and where travel breaks the triangle inequality it goes over other sites. It is on its way with the break
of the day still to come, or rested; on each of the two clocks earlier is better, since it can wait.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

import numpy as np

from solver.contract.instance import Window
from solver.contract.journeys import Break
from solver.contract.travel import NO_WAY_MINUTES, Place
from solver.numeric.kinds import Longs
from solver.questions.trip_nights import NEVER

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
class Outward:
    """Free at a place from a moment on: at the beginning of a day, or after `move`; `cost` in thousandths of a rupiah.

    `is_rested`: no break is to come.
    """

    place: Place
    at: int
    is_rested: bool
    cost: int = 0
    stops: int = 0
    move: Move | None = None
    before: "Outward | None" = None

    @property
    def moves(self) -> tuple[Move, ...]:
        """What has led there, in order."""
        moves: list[Move] = []
        label: Outward | None = self
        while label is not None and label.move is not None:
            moves.append(label.move)
            label = label.before
        return tuple(reversed(moves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Homeward:
    """Whoever arrives at a place by a moment comes to the end of the day in time, by `move` first if there is one.

    `is_rested`: whoever has no break to come.
    """

    place: Place
    by: int
    is_rested: bool
    cost: int = 0
    stops: int = 0
    move: Move | None = None
    after: "Homeward | None" = None

    @property
    def moves(self) -> tuple[Move, ...]:
        """What leads on from there, in order."""
        moves: list[Move] = []
        label: Homeward | None = self
        while label is not None and label.move is not None:
            moves.append(label.move)
            label = label.after
        return tuple(moves)


class DayWays:
    """The ways of teams with the same hours, break and moves on a date."""

    def __init__(
        self,
        leg: Leg,
        moves: Sequence[Move],
        *,
        shift: Window,
        rest: Break | None,
        most_stops: int,
        price: Callable[[int], int] | None = None,
    ) -> None:
        """`price` of so many metres; None: nobody asks what a way costs."""
        self.leg, self.shift, self.rest = leg, shift, rest
        self.most_stops = most_stops
        self._moves, self._price = tuple(moves), price
        self._outward: dict[int, tuple[Outward, ...]] = {}
        self._homeward: dict[int, tuple[Homeward, ...]] = {}

    def outward(self, begin: Place) -> tuple[Outward, ...]:
        """Return where a team can be free, and how early, on a day that begins at a place (Dijkstra)."""
        key = id(begin)
        if key not in self._outward:
            self._outward[key] = tuple(self._outward_from(begin))
        return self._outward[key]

    def homeward(self, end: Place) -> tuple[Homeward, ...]:
        """Return from where, and how late, a team still comes to a place by the end of its day."""
        key = id(end)
        if key not in self._homeward:
            self._homeward[key] = tuple(self._homeward_to(end))
        return self._homeward[key]

    def idle(self, begin: Place, end: Place) -> tuple[int, tuple[Move, ...]] | None:
        """Return the cost of the cheapest day from a place to another without any aim between them, and its moves.

        None if there is none.
        """
        best: tuple[int, Outward] | None = None
        for label in self.outward(begin):
            minutes, metres = self.leg(label.place, end)
            if self._ends_in_time(label, minutes):
                cost = label.cost + self.cost_of(metres)
                if best is None or cost < best[0]:
                    best = cost, label
        return None if best is None else (best[0], best[1].moves)

    @property
    def is_priced(self) -> bool:
        return self._price is not None

    def arrivals(self, label: Outward, minutes: T) -> tuple[T, T]:
        """When a team is there, so many minutes on: with the break to come, and rested; `NEVER` if it is never so."""
        at = label.at + minutes
        if label.is_rested or self.rest is None:
            return 0 * minutes + NEVER, at
        pause_at = max(label.at, self.rest.window.open)
        if pause_at + self.rest.minutes > self.rest.window.close:
            return at, 0 * minutes + NEVER
        return at, np.maximum(at, pause_at) + self.rest.minutes

    def departures(self, label: Homeward, minutes: T) -> tuple[T, T]:
        """Until when a team can leave for there, so many minutes on: with the break to come, and rested."""
        by = label.by - minutes
        if not label.is_rested:
            return by, 0 * minutes - NEVER
        if self.rest is None or label.by < self.rest.window.open + self.rest.minutes:
            return 0 * minutes - NEVER, by
        return np.minimum(self.rest.window.close - self.rest.minutes, by - self.rest.minutes), by

    def cost_of(self, metres: int) -> int:
        """What so many metres cost, where anybody asks."""
        return 0 if self._price is None else self._price(metres)

    def _outward_from(self, begin: Place) -> Iterator[Outward]:
        order = count()
        heap: list[tuple[int, int, Outward]] = []
        known: dict[tuple[int, bool], list[tuple[int, int]]] = {}

        def push(label: Outward) -> None:
            heappush(heap, (label.at, next(order), label))

        opens = self.shift.open
        push(Outward(place=begin, at=opens, is_rested=self.rest is None))
        if self.rest is not None:
            rested_at = self.rest.window.open + self.rest.minutes
            push(Outward(place=begin, at=max(opens, rested_at), is_rested=True))
        while heap:
            label = heappop(heap)[2]
            if _is_dominated(known, label.place, label.is_rested, (label.cost, label.stops)):
                continue
            yield label
            for move in self._moves:
                stops = label.stops + (not move.is_ride)
                minutes, metres = self.leg(label.place, move.enters)
                if minutes >= NO_WAY_MINUTES or stops > self.most_stops:
                    continue
                cost = label.cost + self.cost_of(metres) + (0 if self._price is None else 1000 * move.rupiah)
                for at, is_rested in self._through(label, minutes, move):
                    if at <= self.shift.close:
                        push(
                            Outward(
                                place=move.leaves,
                                at=at,
                                is_rested=is_rested,
                                cost=cost,
                                stops=stops,
                                move=move,
                                before=label,
                            )
                        )

    def _through(self, label: Outward, minutes: int, move: Move) -> Iterator[tuple[int, bool]]:
        """When a team is free after a move so many minutes away, and whether it is rested then."""
        plain, rested = self.arrivals(label, minutes)
        for ready, is_rested in ((plain, False), (rested, True)):
            start = _first(move, int(ready), move.busy)
            if start is not None:
                yield start + move.busy, is_rested
        if label.is_rested or self.rest is None:
            return
        rest, hours = self.rest, self.rest.window
        if move.is_ride:
            start = _first(move, max(plain, hours.open + rest.minutes - move.busy), move.busy)
            if start is not None and max(start, hours.open) + rest.minutes <= min(start + move.busy, hours.close):
                yield start + move.busy, True
            return
        start = _first(move, plain, move.busy + rest.minutes)
        if start is not None:
            pause_at = max(start + move.setup, hours.open)
            if pause_at < start + move.busy and pause_at + rest.minutes <= hours.close:
                yield start + move.busy + rest.minutes, True

    def _homeward_to(self, end: Place) -> Iterator[Homeward]:
        order = count()
        heap: list[tuple[int, int, Homeward]] = []
        known: dict[tuple[int, bool], list[tuple[int, int]]] = {}

        def push(label: Homeward) -> None:
            heappush(heap, (-label.by, next(order), label))

        push(Homeward(place=end, by=self.shift.close, is_rested=True))
        if self.rest is not None:
            push(Homeward(place=end, by=self._last_with_break_to_come(self.rest), is_rested=False))
        while heap:
            label = heappop(heap)[2]
            if _is_dominated(known, label.place, label.is_rested, (label.cost, label.stops)):
                continue
            yield label
            for move in self._moves:
                stops = label.stops + (not move.is_ride)
                minutes, metres = self.leg(move.leaves, label.place)
                if minutes >= NO_WAY_MINUTES or stops > self.most_stops:
                    continue
                cost = label.cost + self.cost_of(metres) + (0 if self._price is None else 1000 * move.rupiah)
                for by, is_rested in self._back_through(label, minutes, move):
                    if by >= self.shift.open:
                        push(
                            Homeward(
                                place=move.enters,
                                by=by,
                                is_rested=is_rested,
                                cost=cost,
                                stops=stops,
                                move=move,
                                after=label,
                            )
                        )

    def _back_through(self, label: Homeward, minutes: int, move: Move) -> Iterator[tuple[int, bool]]:
        """By when a team must be at a move, so many minutes before a place, and whether it is rested then."""
        plain, rested = self.departures(label, minutes)
        for leaves_by, is_rested in ((plain, False), (rested, True)):
            start = _last(move, int(leaves_by), move.busy)
            if start is not None:
                yield start, is_rested
        if not label.is_rested or self.rest is None:
            return
        rest, hours = self.rest, self.rest.window
        starts: list[int] = []
        for window in move.windows:
            if move.is_ride:
                start = min(window.close - move.busy, rested - move.busy, hours.close - rest.minutes)
                first = max(window.open, hours.open + rest.minutes - move.busy)
                starts += [start] if rest.minutes <= move.busy and start >= first else []
                continue
            busy = move.busy + rest.minutes
            start = min(window.close - busy, rested - busy, hours.close - rest.minutes - move.setup)
            first = max(window.open, hours.open - move.busy + 1)
            starts += [start] if move.busy > move.setup and start >= first else []
        if starts:
            yield max(starts), False

    def _ends_in_time(self, label: Outward, minutes: int) -> bool:
        if label.is_rested or self.rest is None:
            return label.at + minutes <= self.shift.close
        last = self.rest.window.close - self.rest.minutes
        inside = min(self.rest.minutes, max(0, self.shift.close - last))
        return label.at <= last and label.at + minutes + inside <= self.shift.close

    def _last_with_break_to_come(self, rest: Break) -> int:
        """Until when a team can be where its day ends with the break to come: after it, it costs nothing."""
        last = rest.window.close - rest.minutes
        return min(last, self.shift.close - min(rest.minutes, max(0, self.shift.close - last)))


def _is_dominated(
    known: dict[tuple[int, bool], list[tuple[int, int]]], place: Place, is_rested: bool, price: tuple[int, int]
) -> bool:
    """Whether a label that came earlier is as cheap with as few stops; else it is known from now on."""
    others = known.setdefault((id(place), is_rested), [])
    if any(cost <= price[0] and stops <= price[1] for cost, stops in others):
        return True
    others.append(price)
    return False


def _first(move: Move, ready: int, busy: int) -> int | None:
    starts = ((max(ready, window.open), window.close) for window in move.windows)
    return min((start for start, close in starts if start + busy <= close), default=None)


def _last(move: Move, leaves_by: int, busy: int) -> int | None:
    starts = ((min(window.close, leaves_by) - busy, window.open) for window in move.windows)
    return max((start for start, opens in starts if start >= opens), default=None)
