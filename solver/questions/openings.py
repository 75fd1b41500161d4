"""Looks through team-days for every way to have a visit there, on each of the clocks that a plan is laid out by."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from solver.questions import room
from solver.questions.laid_plan import LaidPlan
from solver.questions.placement import Price
from solver.questions.stages import Stage
from solver.questions.ways import Question, Way
from solver.search import tables as t
from solver.search.kits import wear
from solver.search.route import insert_stop, remove_stop, schedule
from solver.search.tables import State


class Openings:
    """The ways into one plan, each with the figures that the books of the search have for it."""

    def __init__(self, laid: LaidPlan) -> None:
        self._laid, self._posed = laid, laid.posed

    def look(self, question: Question, routes: Sequence[int], *, is_paid: bool = False) -> Iterator[Way]:
        """Yield every way on these routes, on every stage; `is_paid`: whatever it costs."""
        for n, stage in enumerate(self._laid.stages.all):
            if is_paid:
                number = stage.problem.number.copy()
                number[t.BUDGET] = -1
                stage = replace(stage, problem=stage.problem._replace(number=number))
            # Shares of minutes do not come back by themselves as they were.
            kept = State._make(table.copy() for table in stage.state) if stage.problem.several else None
            ways = self._look_on(n, stage, question, routes)
            if kept is not None:
                for name in State._fields:
                    getattr(stage.state, name)[...] = getattr(kept, name)
            yield from ways

    def price(self, way: Way) -> Price:
        """The difference that the books of the search tell."""
        figures = self._laid.figures
        money, totals = way.row[room.COST] - figures[1], way.row[room.TOTALS :]
        change = [after - before for before, after in zip(figures[2:], totals, strict=True)]
        return Price(
            activations=change[t.ACTIVATIONS],
            value_milli=way.row[room.VALUE] - figures[0],
            cost=money,
            metres=change[t.METRES],
            team_days=change[t.TEAM_DAYS],
            area_shortfall=change[t.AREA_SHORT],
            must_missed=change[t.MUST_MISSED],
            moved=change[t.MOVED],
        )

    def shortest(self, question: Question, r: int) -> int:
        """The shortest service of a route at a site that is worth a visit, or the shortest at all."""
        stage, site = self._laid.stages.all[int(self._laid.stages.home[r])], question.site
        minutes = int(room.service_lengths(stage.problem, stage.state, r, question.i, question.wished)[0])
        return minutes or site.fixed_minutes or self._posed.instance.slot_minutes

    def _look_on(self, n: int, stage: Stage, question: Question, routes: Sequence[int]) -> tuple[Way, ...]:
        """Return every way on those of some routes that run on a stage; its state is as it was."""
        state, problem = stage.state, stage.problem
        is_open = set(stage.open.tolist())
        open_routes = [r for r in routes if r in is_open]
        elsewhere, place, outfit = 0, None, -1
        home, r = stage, -1
        if question.leaves is not None and open_routes:
            r = self._laid.route(question.leaves.team, question.leaves.date)
            home = self._laid.stages.on(stage, r)
            open_routes = [other for other in open_routes if other != r]
            q = next(q for q in range(int(state.stops[r])) if state.stop[r, q, t.SITE] == question.i)
            place = (q, int(state.stop[r, q, t.MINUTES]))
            remove_stop(home.problem, state, r, q)
            if schedule(home.problem, state, r):
                elsewhere = int(room.disturbances(home.problem, state, home.announced, r))
            else:
                open_routes = []
            is_idle = state.stops[r] == 0 and not self._laid.stages.is_asleep(r)
            if is_idle and state.outfit[r] >= self._posed.arrays.teams:
                # A day without visits leaves its kits to others.
                outfit = int(state.outfit[r])
                wear(home.problem, state, r, r // self._posed.arrays.dates)
        rows = np.array(open_routes, dtype=np.int64)
        ways = np.empty((len(state.stops), room.WAYS, room.COLUMNS), dtype=np.int64)
        half = self._laid.figures[2 + t.HALF]

        def look(rows: "np.ndarray[Any, np.dtype[np.int64]]", worn: int) -> Iterator[Way]:
            room.look_through(
                problem, state, stage.announced, ways, rows, question.i, question.wished, elsewhere, stage.open
            )
            for other in rows.tolist():
                for variant in range(room.WAYS):
                    row = tuple(ways[other, variant].tolist())
                    # An event is held by as many teams as it needs, or not at all.
                    if row[room.RANK] > room.NOTHING and row[room.TOTALS + t.HALF] <= half:
                        yield Way(
                            route=other,
                            site=question.i,
                            variant=variant,
                            leaves=question.leaves,
                            row=row,
                            stage=n,
                            outfit=worn,
                        )

        seen = list(look(rows, -1))
        for other, worn in self._drawable(stage, open_routes):
            wear(problem, state, other, worn)
            seen += look(np.array([other], dtype=np.int64), worn)
            wear(problem, state, other, other // self._posed.arrays.dates)
        if place is not None:
            if outfit >= 0:
                wear(home.problem, state, r, outfit)
            insert_stop(home.problem, state, r, place[0], question.i, place[1], -1)
        return tuple(seen)

    def _drawable(self, stage: Stage, routes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The routes without any kits, and each outfit for which their date has kits left; no team changes away."""
        problem, state = stage.problem, stage.state
        if problem.number[t.KITTED] == 0:
            return
        draws = self._posed.arrays.outfit_draws
        for r in routes:
            k, d = divmod(r, self._posed.arrays.dates)
            if state.outfit[r] != k or self._laid.stages.is_asleep(r):
                continue
            for q in range(problem.kit_ptr[k], problem.kit_ptr[k + 1]):
                if problem.may_draw[q, d] and (draws[q] <= state.kit_left[: draws.shape[1], d]).all():
                    yield r, q
