"""Searches one stage of a policy: the instance laid out once, its prices set anew for each."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.detour_days import improve_days
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Longs
from solver.posed import Posed
from solver.search import tables as t
from solver.search.construct import read_off, read_trips
from solver.search.neighbourhood import anneal
from solver.search.posing import pose
from solver.search.tables import Problem, State
from solver.search.undo import load_best
from solver.turn import Turn

# A stage ends at this part of the heat at its beginning.
COOLED = 0.1
# People short of what is held are crossed at so many times what one costs on average, or is worth to a floor.
DEARLY, OVER_FLOORS = 5.0, 2.0


class Ground:
    """An instance laid out once for all the stages, which differ in prices, gap, floors and budget only."""

    def __init__(self, instance: Instance, should_stop: Callable[[], bool]) -> None:
        self._instance, self._should_stop = instance, should_stop
        self._posed = Posed(instance)
        self._arrays = self._posed.search
        self._problem = pose(self._arrays)

    def searched(self, aim: Instance, plan: Plan, heat: float, turn: Turn, *, seed: int) -> Plan:
        """Search from a plan for the best by the prices of an aim; breaks and shares of minutes are left open."""
        arrays, problem = self._for(aim)
        problem = self._posed.with_days(problem, plan)
        state = self._posed.lay_out(arrays, problem, plan, seed=seed)
        if not len(problem.open_routes) or not len(problem.people):
            return plan
        state.tune[t.WORTH] = _worth(self._instance, aim, state)
        while not turn.is_over:
            size = turn.next_slice()
            state.heat[t.TEMPERATURE], state.heat[t.COOLING] = max(1e-3, heat * COOLED**turn.progress), 1.0
            anneal(problem, state, size)
            turn.count(size)
        # Where a site is reached sooner over others: nothing to do on plain ground.
        load_best(problem, state)
        improve_days(arrays, problem, state, should_stop=self._should_stop)
        return self._posed.laid(read_off(arrays, state), read_trips(arrays, state))

    def _for(self, aim: Instance) -> tuple[Arrays, Problem]:
        weights = aim.weights
        floors: Longs = np.array([area.min_activations for area in aim.areas], dtype=np.int64)
        arrays = replace(
            self._arrays,
            gap=aim.net_gap,
            budget=-1 if aim.costs.budget is None else aim.costs.budget,
            area_floor=floors.astype(self._arrays.area_floor.dtype),
            weight_must=weights.must,
            weight_pin=weights.pin,
            weight_shortfall=weights.shortfall,
            weight_area_shortfall=weights.area_shortfall,
            weight_per_million_cost=weights.per_million_cost,
            weight_late=weights.late,
            weight_moved=weights.moved,
            weight_fairness=weights.fairness,
        )
        number = self._problem.number.copy()
        number[t.GAP], number[t.BUDGET] = arrays.gap, arrays.budget
        number[t.W_MUST], number[t.W_PIN] = weights.must, weights.pin
        number[t.W_SHORT], number[t.W_AREA] = weights.shortfall, weights.area_shortfall
        number[t.W_COST], number[t.W_LATE] = weights.per_million_cost, weights.late
        number[t.W_MOVED], number[t.W_FAIR] = weights.moved, weights.fairness
        if number[t.DOCUMENTS] > 0:
            # The first of several documents is told twice.
            first = t.DOCUMENT_AT + np.array([t.DOCUMENT_GAP, t.DOCUMENT_WORTH, t.DOCUMENT_LATE])
            number[first] = arrays.gap, weights.shortfall, weights.late
        return arrays, self._problem._replace(number=number, area_floor=arrays.area_floor)


def _worth(instance: Instance, aim: Instance, state: State) -> float:
    """What a person is worth to the search: the price, unless a lower gap is held, which may be crossed for a while."""
    price = float(aim.weights.shortfall)
    if aim.net_gap == instance.net_gap:
        return price
    rupiah = aim.weights.per_million_cost * _cost(aim, state) / 1e6
    spent = rupiah + aim.weights.late * float(state.total[t.LATE]) / max(1, len(aim.dates) - 1)
    each = DEARLY * spent / max(1, int(state.total[t.ACTIVATIONS]))
    return min(price, max(1.0, each, OVER_FLOORS * aim.weights.area_shortfall))


def _cost(instance: Instance, state: State) -> float:
    costs = instance.costs
    rupiah = float(state.total[t.METRES]) * costs.per_km / 1000 + float(state.total[t.TEAM_DAYS]) * costs.per_team_day
    # Nights, fares and kits.
    return rupiah + float(state.total[t.ADDED_RUPIAH])
