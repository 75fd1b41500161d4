"""Applies an operator to plans under search, and holds what every one of them has to keep."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import numpy as np

from solver.contract.instance import Instance
from solver.contract.verify import verify
from solver.numeric.kinds import Longs
from solver.posed import Posed
from solver.search import tables as t
from solver.search.construct import construct, read_off, read_trips
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.tables import Problem, State
from solver.search.undo import undo
from tests.solver.random_instances import random_instance

Operator = Callable[[Problem, State], object]


class Applied(NamedTuple):
    """The stops of each route before an operator and after it, as rows of site, minutes, pin."""

    problem: Problem
    state: State
    before: list[list[list[int]]]
    after: list[list[list[int]]]

    @property
    def changed(self) -> list[int]:
        return [r for r, (old, new) in enumerate(zip(self.before, self.after, strict=True)) if old != new]

    def sites(self, stops: list[list[int]]) -> list[int]:
        return [site for site, *_ in stops]


def stops_of(state: State) -> list[list[list[int]]]:
    columns = [t.SITE, t.MINUTES, t.PIN]
    return [state.stop[r, :count][:, columns].tolist() for r, count in enumerate(state.stops)]


def books_of(state: State) -> list[Longs]:
    """Whatever the books say of a plan; the order in which a site's visits are listed may differ."""
    return [state.total.copy(), state.book.copy(), state.area_won.copy(), state.on.copy(), state.kit_left.copy()]


def random_instances() -> Iterator[Instance]:
    for seed in range(8):
        yield random_instance(Random(seed), sites=12, teams=4, dates=6)


def applied(operator: Operator, instance: Instance, *, times: int = 40) -> Iterator[Applied]:
    """Apply an operator again and again to a first plan: rules are kept, no pin goes, and all can be undone.

    Only whole steps keep the budget, and call off events with too few teams.
    """
    posed = Posed(instance)
    problem = pose(posed.search)
    state = blank(posed.search, problem, seed=1)
    construct(posed.search, problem, state)
    for _ in range(times):
        before, books = stops_of(state), books_of(state)
        state.clock[t.REMOVED] = state.clock[t.FAILED] = 0
        state.tune[t.RANKING], state.tune[t.BLINK] = t.BY_RATE, 0.0
        operator(problem, state)
        after = stops_of(state)
        pins = [[stop for stop in stops if stop[2] >= 0] for stops in before]
        assert pins == [[stop for stop in stops if stop[2] >= 0] for stops in after]
        if state.clock[t.FAILED] == 0 and state.total[t.HALF] == 0:
            rows, trips = read_off(posed.search, state, best=False), read_trips(posed.search, state, best=False)
            broken = {violation.rule for violation in verify(instance, posed.plan(rows, trips)).violations}
            assert broken <= {"over_budget"}
            yield Applied(problem, state, before, after)
        undo(problem, state)
        assert stops_of(state) == before
        assert all(np.array_equal(old, new) for old, new in zip(books, books_of(state), strict=True))
