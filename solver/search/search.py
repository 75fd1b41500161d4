"""The annealing of one plan: how hot it begins, how it cools, and what it hands to the pool."""

from typing import NamedTuple

import numpy as np

from solver.numeric.kinds import Ints
from solver.numeric.routes import RoutePool
from solver.search import tables as t
from solver.search.books import dress, score, spent, value
from solver.search.cooling import FIRST_REHEARSAL, next_rehearsal, rehearsal_length
from solver.search.document_books import all_served, document
from solver.search.neighbourhood import anneal
from solver.search.route import insert_stop, remove_stop, schedule
from solver.search.tables import Problem, State
from solver.search.undo import load_best, save_best

# Heat is counted in what a team-day is worth: the cooling goes from HOT, times the root of the iterations per
# team-day over PLENTY, down to the share DROP of that, and at most to COLD units. After it come rounds from the best
# plan at a lower heat, each a part of it.
HOT = 0.02
COLD = 0.1
DROP = 0.025
PLENTY = 50
COOLEST, HOTTEST = 0.1, 4.0
LUKEWARM = 0.2
ROUNDS = 16
# Where the gap can be closed, activations stop deciding and money does: heat in what a team-day costs, and an
# activation is priced at so many times what one costs on average, so that plans just short of the gap are crossed.
HOT_MONEY = 0.25
DEAR = 5.0
# Where the budget is all but spent, a rupiah saved is worth this part of what one wins on average: it buys more later.
SAVED = 0.3
ALL_BUT = 0.8
# The candidates of a step are meant for days of up to ORDINARY stops; longer ones, as of orienteering, get more in
# proportion, up to BROADEST times as many.
ORDINARY = 7.0
BROADEST = 3.0
# Routes are handed to the pool at multiples of this many iterations.
BLOCK = 4096


def round_length(cooled: int) -> int:
    """Return the iterations of a round after a cooling of so many."""
    return max(100, cooled // ROUNDS)


class OperatorCount(NamedTuple):
    """How often an operator was tried, how often what it made was kept, and how often that was the best plan so far."""

    name: str
    tried: int
    kept: int
    made_best: int


class Search:
    """The annealing of one state; its course depends on state, seed and the total of iterations alone."""

    def __init__(self, problem: Problem, state: State, *, pool: RoutePool | None = None) -> None:
        self.problem = problem
        self.state = state
        self.pool = pool
        self._cooled: int | None = None
        self._until = FIRST_REHEARSAL
        self._unit = self._price()
        state.heat[t.TEMPERATURE], state.heat[t.COOLING] = self._unit * COOLEST, 1.0

    @property
    def iterations(self) -> int:
        return int(self.state.count_of[t.ITERATIONS])

    @property
    def value_milli(self) -> int:
        """The value of the best plan."""
        return int(self.state.count_of[t.BEST_VALUE])

    @property
    def activations(self) -> int:
        """The activations of the best plan."""
        return int(self.state.count_of[t.BEST_ACTIVATIONS])

    @property
    def operators(self) -> tuple[OperatorCount, ...]:
        """What became of the steps so far, by operator."""
        counts = self.state.count_of[t.OPERATOR_COUNTS :][: t.OPERATOR_COLUMNS * len(t.OPERATOR_NAMES)]
        rows = counts.reshape(len(t.OPERATOR_NAMES), t.OPERATOR_COLUMNS).tolist()
        return tuple(OperatorCount(name, *row) for name, row in zip(t.OPERATOR_NAMES, rows, strict=True))

    @property
    def cooled(self) -> int | None:
        """The iteration at which the cooling ends, once it is set."""
        return self._cooled

    @property
    def rehearsed(self) -> bool:
        """Whether it is time to set the cooling, or to rehearse further."""
        return self._cooled is None and self.iterations >= self._until

    def rehearse_further(self) -> None:
        """Put the decision how long to cool off."""
        self._until = next_rehearsal(self._until)

    def set_cooling(self, cooled: int) -> None:
        """Choose the iteration at which the cooling ends; before, no more than its rehearsal may have run."""
        self._cooled = cooled
        self._until = rehearsal_length(cooled)

    def run(self, iterations: int) -> None:
        """Run so many iterations more; without a cooling set, no further than the rehearsal."""
        left = iterations
        while left > 0:
            now = self.iterations
            if now >= self._until and not self._next_phase():
                return
            part = min(left, self._until - now, BLOCK - now % BLOCK)
            if len(self.problem.open_routes) and len(self.problem.people):
                anneal(self.problem, self.state, part)
            else:
                self.state.count_of[t.ITERATIONS] += part  # nobody to send, or nowhere to go
            left -= part
            if self.iterations % BLOCK == 0:
                self._fill_pool()

    def adopt(self, rows: Ints) -> bool:
        """Go on from another plan, rows of outfit, date, site, start, minutes, if it is better than the best."""
        p, s = self.problem, self.state
        load_best(p, s)
        dates, before = int(p.number[t.DATES]), self.value_milli
        old = {r: s.stop[r, : s.stops[r]].copy() for r in np.flatnonzero(s.stops).tolist()}
        new: dict[int, list[tuple[int, ...]]] = {}
        worn: dict[int, int] = {}
        for q, d, i, start, minutes in rows.tolist():
            r = self._team_of(q) * dates + d
            worn[r] = q
            new.setdefault(r, []).append((i, minutes, start))
        s.clock[t.REMOVED] = 0
        for r in old:
            for q in range(int(s.stops[r]) - 1, -1, -1):
                remove_stop(p, s, r, q)
                s.clock[t.REMOVED] = 0
            schedule(p, s, r)
        changed = {r for r in np.flatnonzero(s.outfit >= len(p.team)).tolist() if worn.get(r) != s.outfit[r]}
        for r in changed:
            dress(p, s, r, r // dates)
        for r, q in worn.items():
            if s.outfit[r] != q:
                dress(p, s, r, q)
        pins = {
            (r, int(stop[t.SITE])): int(stop[t.PIN]) for r, stops in old.items() for stop in stops if stop[t.PIN] >= 0
        }
        fits = True
        for r, stops in new.items():
            # A route fits as a whole: the way home may be open only from its last stop.
            for q, (i, minutes, _) in enumerate(sorted(stops, key=lambda stop: stop[2])):
                scheduled = insert_stop(p, s, r, q, i, minutes, pins.get((r, i), -1))
            fits = fits and scheduled
        for r in old.keys() | new.keys() | changed:
            if s.is_dirty[r] == 0:
                s.is_dirty[r] = 1
                s.dirty[s.clock[t.DIRTY]] = r
                s.clock[t.DIRTY] += 1
        worth = int(value(p, s))
        dear = p.number[t.BUDGET] >= 0 and spent(p, s) > p.number[t.BUDGET]
        if not fits or dear or worth <= before or s.total[t.HALF] > 0:
            load_best(p, s)
            s.heat[t.CURRENT] = score(p, s)
            return False
        save_best(s)
        s.count_of[t.BEST_VALUE], s.count_of[t.BEST_ACTIVATIONS] = worth, s.total[t.ACTIVATIONS]
        s.heat[t.CURRENT] = s.heat[t.BEST] = score(p, s)
        return True

    def _team_of(self, outfit: int) -> int:
        teams = len(self.problem.team)
        return outfit if outfit < teams else int(np.searchsorted(self.problem.kit_ptr, outfit, side="right")) - 1

    def _fill_pool(self) -> None:
        s = self.state
        if self.pool is not None:
            dates = int(self.problem.number[t.DATES])
            for (r, stops, outfit), route in zip(s.log[: s.count_of[t.LOGGED]].tolist(), s.log_stop, strict=False):
                self.pool.add(outfit, r % dates, route[:stops])
        s.count_of[t.LOGGED] = 0

    def _next_phase(self) -> bool:
        if self._cooled is None:
            return False
        heat, now = self.state.heat, self.iterations
        load_best(self.problem, self.state)
        self._unit = self._price()
        plenty = max(0, self._cooled - now) if now < self._cooled else self._cooled
        warmth = (plenty / max(1, len(self.problem.open_routes)) / PLENTY) ** 0.5
        hot = self._unit * min(HOTTEST, max(COOLEST, warmth))
        cold = min(hot * DROP, self._unit * COLD)
        if now < self._cooled:
            first, self._until = hot, self._cooled
        else:
            first, self._until = hot * LUKEWARM, now + round_length(self._cooled)
        first = max(first, cold)
        heat[t.TEMPERATURE] = first
        heat[t.COOLING] = (cold / first) ** (1 / (self._until - now))
        return True

    def _open_worth(self) -> float:
        """What is won with documents whose gap is open, in milli-activations."""
        p, s, worth = self.problem, self.state, 0
        for k in range(int(p.number[t.DOCUMENTS])):
            won = all_served(s, k)
            if won < document(p, k, t.DOCUMENT_GAP):
                worth += document(p, k, t.DOCUMENT_WORTH) * won
        return float(worth)

    def _price(self) -> float:
        """Price an activation for the present plan, the best so far; returns the unit of heat in milli."""
        s, number = self.state, self.problem.number
        team_days, won = max(1, int(s.total[t.TEAM_DAYS])), max(1, int(s.total[t.ACTIVATIONS]))
        s.tune[t.WORTH] = number[t.W_SHORT]
        unit = HOT * float(number[t.W_SHORT]) * won / team_days
        rupiah = int(spent(self.problem, s))
        s.tune[t.MONEY] = 0.0
        open_worth = self._open_worth() if number[t.DOCUMENTS] > 0 else 0.0
        if s.total[t.ACTIVATIONS] < number[t.GAP] or open_worth > 0.0:
            if 0 <= ALL_BUT * number[t.BUDGET] <= rupiah:
                s.tune[t.MONEY] = SAVED * number[t.W_SHORT] * won / max(1, rupiah) * 1e6
            if open_worth > 0.0:
                # Documents whose gap is closed decide nothing any more.
                unit = (HOT * open_worth + HOT_MONEY * self._burden(rupiah)) / team_days
        else:
            burden = self._burden(rupiah)
            s.tune[t.WORTH] = min(float(number[t.W_SHORT]), max(1.0, DEAR * float(burden) / won))
            unit = HOT_MONEY * float(burden) / team_days
        s.tune[t.BREADTH] = min(BROADEST, max(1.0, int(s.stops.sum()) / team_days / ORDINARY))
        s.heat[t.CURRENT] = s.heat[t.BEST] = score(self.problem, s)
        return max(1.0, unit)

    def _burden(self, rupiah: int) -> float:
        """What money and lateness take off the value, in milli-activations."""
        number = self.problem.number
        money = float(number[t.W_COST] * rupiah / 1e6)
        return money + float(number[t.W_LATE] * self.state.total[t.LATE] / max(1, number[t.DATES] - 1))
