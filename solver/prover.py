"""Proves the bound beside the search, in a thread of its own."""

from dataclasses import replace
from threading import Event, Thread

from solver.bound.bounds import goals_of_documents, nothing_proven, upper_bounds
from solver.numeric.arrays import Arrays
from solver.numeric.routes import Route, RoutePool
from solver.run import STOP_PATIENCE_SECONDS, WAIT_SECONDS, Run, warn_of
from solver.stopping import First, Told


class Prover:
    """The smallest bounds proven so far; the proof goes on while this is entered and the run is not over."""

    def __init__(self, arrays: Arrays, run: Run) -> None:
        worth, gap, _ = goals_of_documents(arrays)
        most = arrays.weight_shortfall * arrays.gap + int((worth * gap)[1:].sum())
        self.bounds = replace(nothing_proven(arrays), value_milli=most)
        self.pool: RoutePool | None = None
        """What the search has found: the proof looks there where it need not be the same again."""
        self._run = run
        self._closed = Event()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._prove, args=(arrays,), name="bound", daemon=True)

    def __enter__(self) -> "Prover":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closed.set()
        # Deep in one long step it may not hear at once; what it would still find is not waited for.
        self._thread.join(STOP_PATIENCE_SECONDS)

    def finish(self, *, complete: bool) -> None:
        """With `complete` let the proof come to its end unless the run is over before."""
        while complete and self._thread.is_alive() and not self._run.is_over():
            self._thread.join(WAIT_SECONDS)
        warn_of("the proof of the bound", self._failure)

    def _routes(self) -> list[Route]:
        return [] if self.pool is None or self._run.limits.repeatable else list(self.pool)

    def _prove(self, arrays: Arrays) -> None:
        try:
            for bounds in upper_bounds(
                arrays,
                should_stop=First(Told(self._closed.is_set), self._run.is_over),
                routes=self._routes,
                effort=self._run.limits.iterations,
            ):
                if self._closed.is_set():
                    return
                self.bounds = bounds
        except BaseException as exc:
            self._failure = exc
