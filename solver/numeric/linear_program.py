"""A linear program that grows by rows and columns between solves, kept warm inside OR-Tools.

Whole arrays go in and come out: no Python object per variable, and the interpreter lock is free while it solves.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    model_update_pb2,
    parameters_pb2,
    result_pb2,
)
from ortools.math_opt.core.python import solver as math_opt
from ortools.util.python.solve_interrupter import SolveInterrupter
from pybind11_abseil.status import StatusNotOk

from solver.numeric.kinds import Floats, Indices

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What a solve left behind: `primal[column]`, `dual[row]`, and whether both are proven to be the optimum."""

    primal: Floats
    dual: Floats
    value: float
    optimal: bool


class LinearProgram:
    """Maximise a linear objective over rows `low <= a x <= high` and boxed columns."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns = 0
        self._update = model_update_pb2.ModelUpdateProto()
        self._solver = math_opt.new(
            parameters_pb2.SOLVER_TYPE_GLOP, self._empty(), parameters_pb2.SolverInitializerProto()
        )

    @staticmethod
    def _empty() -> model_pb2.ModelProto:
        model = model_pb2.ModelProto()
        model.objective.maximize = True
        return model

    def add_rows(self, low: Floats, high: Floats) -> Indices:
        """Append rows without coefficients; returns their indices."""
        index = np.arange(self.rows, self.rows + len(low), dtype=np.int64)
        new = self._update.new_linear_constraints
        new.ids.extend(index.tolist())
        new.lower_bounds.extend(low.tolist())
        new.upper_bounds.extend(high.tolist())
        self.rows += len(low)
        return index

    def add_columns(self, objective: Floats, high: Floats) -> Indices:
        """Append columns between zero and `high`; returns their indices."""
        index = np.arange(self.columns, self.columns + len(objective), dtype=np.int64)
        new = self._update.new_variables
        new.ids.extend(index.tolist())
        new.lower_bounds.extend([0.0] * len(objective))
        new.upper_bounds.extend(high.tolist())
        new.integers.extend([False] * len(objective))
        worth = self._update.objective_updates.linear_coefficients
        worth.ids.extend(index.tolist())
        worth.values.extend(objective.tolist())
        self.columns += len(objective)
        return index

    def set_coefficients(self, rows: Indices, columns: Indices, values: Floats) -> None:
        """Set matrix entries of rows or columns added since the last solve, each at most once, in any order."""
        entries = self._update.linear_constraint_matrix_updates
        if entries.row_ids:
            rows = np.concatenate((np.array(entries.row_ids, dtype=np.int64), rows))
            columns = np.concatenate((np.array(entries.column_ids, dtype=np.int64), columns))
            values = np.concatenate((np.array(entries.coefficients), values))
        order = np.lexsort((columns, rows))
        del entries.row_ids[:], entries.column_ids[:], entries.coefficients[:]
        entries.row_ids.extend(rows[order].tolist())
        entries.column_ids.extend(columns[order].tolist())
        entries.coefficients.extend(values[order].tolist())

    def solve(self, interrupter: SolveInterrupter) -> Optimum | None:
        """Solve from the last basis; None if it was stopped before any solution was at hand, or failed."""
        if not self._solver.update(self._update):
            raise RuntimeError("the LP solver refused an update of its model")
        self._update = model_update_pb2.ModelUpdateProto()
        result = None
        # A basis can become numerically hopeless for one simplex and not for the other.
        for algorithm in (parameters_pb2.LP_ALGORITHM_PRIMAL_SIMPLEX, parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX):
            with suppress(StatusNotOk):
                result = self._run(algorithm, interrupter)
                break
        if result is None:
            return None
        if not result.solutions or not result.solutions[0].HasField("dual_solution"):
            return None
        solution = result.solutions[0]
        return Optimum(
            primal=_dense(solution.primal_solution.variable_values, self.columns),
            dual=_dense(solution.dual_solution.dual_values, self.rows),
            value=solution.primal_solution.objective_value,
            optimal=result.termination.reason == result_pb2.TERMINATION_REASON_OPTIMAL,
        )

    def _run(self, algorithm: int, interrupter: SolveInterrupter) -> result_pb2.SolveResultProto:
        return self._solver.solve(
            parameters_pb2.SolveParametersProto(lp_algorithm=algorithm),
            model_parameters_pb2.ModelSolveParametersProto(),
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            interrupter.pybind_interrupter,
        )


def _dense(sparse: object, size: int) -> Floats:
    full = np.zeros(size)
    full[np.array(sparse.ids, dtype=np.int64)] = sparse.values  # type: ignore[attr-defined]
    return full


@contextmanager
def interrupting(should_stop: Callable[[], bool]) -> Iterator[SolveInterrupter]:
    """Give an interrupter that a watching thread pulls as soon as `should_stop` says so."""
    interrupter = SolveInterrupter()
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(POLL_SECONDS):
            if should_stop():
                interrupter.interrupt()
                return

    watcher = threading.Thread(target=watch, name="bound-watch", daemon=True)
    watcher.start()
    try:
        yield interrupter
    finally:
        finished.set()
        watcher.join()
