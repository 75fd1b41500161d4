"""The rows that every LP of the solver shares: people, visits, must-sites, areas, the target and the budget."""

import numpy as np

from solver.bound.blocks import Blocks
from solver.bound.multipliers import Multipliers, Worth, no_multipliers, site_rows
from solver.bound.residual import remainder_of, room_of
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Indices
from solver.numeric.linear_program import LinearProgram, Optimum

INFINITE = float("inf")
# A sum of visits above a class limit by this much is a violation, not noise.
VIOLATION = 1e-6


class SiteProgram:
    """Shared rows over a growing set of visits, each tied to a column and with an amount per unit of it.

    People won are covered by visits (`win`) and by residual capacity (`mir`); visits of a site (`visit`) and
    by class (`class_visit`, added when violated); must-sites, areas, target, budget (in thousands of rupiah).
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth) -> None:
        self.arrays, self.blocks, self.worth = arrays, blocks, worth
        self.rows = site_rows(arrays, blocks)
        self.program = LinearProgram()
        self.class_row = np.full(blocks.class_limit.shape, -1, dtype=np.int64)
        self._visit_class = np.empty(0, dtype=np.int64)
        self._visit_site = np.empty(0, dtype=np.int64)
        self._visit_column = np.empty(0, dtype=np.int64)
        self._lay_rows()

    def _lay_rows(self) -> None:
        a, rows, worth, lp = self.arrays, self.rows, self.worth, self.program
        n, people = a.sites, len(rows.people)
        self._won = lp.add_columns(np.zeros(people), rows.reachable.astype(np.float64))
        self.cover = lp.add_rows(np.full(people, -INFINITE), np.zeros(people))
        lp.set_coefficients(self.cover, self._won, np.ones(people))
        self._mir_site = np.flatnonzero(rows.most > 0)
        divisor = rows.most[:, None]
        self._remainder = remainder_of(rows.people, divisor)[:, 0].astype(np.float64)
        room = room_of(rows.people, divisor)[self._mir_site, 0].astype(np.float64)
        mir = lp.add_rows(np.full(len(room), -INFINITE), room)
        lp.set_coefficients(mir, self._won[self._mir_site], np.ones(len(room)))
        self.mir = np.full(people, -1, dtype=np.int64)
        self.mir[self._mir_site] = mir
        self.visit = lp.add_rows(np.full(n, -INFINITE), rows.visit_limit.astype(np.float64))
        self._must_site = np.flatnonzero(rows.must) if worth.must > 0 else np.empty(0, dtype=np.int64)
        count = len(self._must_site)
        missed = lp.add_columns(np.full(count, -worth.must), np.ones(count))
        must = lp.add_rows(np.full(count, -INFINITE), np.full(count, -1.0))
        lp.set_coefficients(must, missed, np.full(count, -1.0))
        self._must = np.full(n, -1, dtype=np.int64)
        self._must[self._must_site] = must
        goal = lp.add_columns(np.array([worth.person]), np.array([float(worth.goal)]))
        self._target = lp.add_rows(np.array([-INFINITE]), np.zeros(1))
        toward = self._won[rows.toward > 0]
        lp.set_coefficients(np.repeat(self._target, n + 1), np.append(toward, goal), np.append(np.full(n, -1.0), 1.0))
        self._area = np.empty(0, dtype=np.int64)
        if (worth.area > 0).any() and worth.floors.any():
            floors, areas = worth.floors.astype(np.float64), len(worth.floors)
            short = lp.add_columns(-worth.area, floors)
            self._area = lp.add_rows(np.full(areas, -INFINITE), -floors)
            lp.set_coefficients(self._area, short, np.full(areas, -1.0))
            lp.set_coefficients(self._area[rows.area], self._won, np.full(people, -1.0))
        self.budget = np.empty(0, dtype=np.int64)
        if a.budget >= 0 and (a.per_km > 0 or a.per_team_day > 0):
            self.budget = lp.add_rows(np.array([-INFINITE]), np.array([rows.budget / 1000]))

    def add_visits(self, columns: Indices, of_class: Indices, site: Indices, gain: Floats) -> None:
        """Enter visits of new columns in the shared rows: who comes, where, and how many people one wins.

        `gain[v, k]` people with document k.
        """
        first = gain.shape[1] * site
        won = gain[:, 0] > 0
        ones = np.ones(len(site))
        parts = [
            *((self.cover[first + k], -gain[:, k]) for k in range(gain.shape[1])),
            (np.where(won, self.mir[first], -1), -self._remainder[first]),
            (self.visit[site], ones),
            (self._must[site], -ones),
            (self.class_row[of_class, site], ones),
        ]
        self.enter(parts, columns)
        self._visit_class = np.concatenate((self._visit_class, of_class))
        self._visit_site = np.concatenate((self._visit_site, site))
        self._visit_column = np.concatenate((self._visit_column, columns))

    def enter(self, parts: list[tuple[Indices, Floats]], columns: Indices) -> None:
        """Set coefficients row by row for the same columns, adding up what meets; row -1 stands for no row."""
        rows = np.concatenate([row for row, _ in parts])
        values = np.concatenate([value for _, value in parts])
        where = np.tile(columns, len(parts))
        kept = (rows >= 0) & (values != 0)
        key, inverse = np.unique(rows[kept] * (self.program.columns + 1) + where[kept], return_inverse=True)
        total = np.bincount(inverse, weights=values[kept], minlength=len(key)).astype(np.float64)
        self.program.set_coefficients(key // (self.program.columns + 1), key % (self.program.columns + 1), total)

    def add_class_rows(self, broken: Bools, answer: Optimum | None) -> int:
        """Give the pairs (class, site) of the mask their own visit row, and those that the answer violates."""
        lp = self.program
        if answer is not None:
            amount = np.zeros(lp.columns)
            amount[: len(answer.primal)] = answer.primal
            visits = np.zeros(self.class_row.shape)
            np.add.at(visits, (self._visit_class, self._visit_site), amount[self._visit_column])
            broken = broken | (visits > self.blocks.class_limit + VIOLATION)
        broken = broken & (self.class_row < 0)
        added = int(broken.sum())
        if added:
            limits = self.blocks.class_limit[broken].astype(np.float64)
            self.class_row[broken] = lp.add_rows(np.full(added, -INFINITE), limits)
            touched = broken[self._visit_class, self._visit_site]
            rows = self.class_row[self._visit_class[touched], self._visit_site[touched]]
            self.enter([(rows, np.ones(len(rows)))], self._visit_column[touched])
        return added

    def multipliers(self, answer: Optimum) -> Multipliers:
        """The shared rows' multipliers as the solver left them; `clip` makes them valid."""
        dual, a, blocks = answer.dual, self.arrays, self.blocks
        zero = no_multipliers(a, blocks)
        mir, must, class_visit = zero.mir, zero.must, zero.class_visit
        mir[self._mir_site, 0] = dual[self.mir[self._mir_site]]
        must[self._must_site] = dual[self._must[self._must_site]]
        there = self.class_row >= 0
        class_visit[there] = dual[self.class_row[there]]
        return Multipliers(
            target=float(dual[self._target][0]),
            area=dual[self._area] if len(self._area) else zero.area,
            win=dual[self.cover],
            mir=mir,
            divisor=zero.divisor,
            visit=dual[self.visit],
            class_visit=class_visit,
            must=must,
            kit=zero.kit,
            money=float(dual[self.budget][0]) / 1000 if len(self.budget) else 0.0,
            day=0.0,
        )
