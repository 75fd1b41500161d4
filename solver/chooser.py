"""Lets OR-Tools choose among the routes that the search has found, beside the search."""

from threading import Event, Thread

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Ints
from solver.numeric.routes import Route
from solver.run import STOP_PATIENCE_SECONDS, Run, warn_of
from solver.search.choice import assign
from solver.search.construct import read_off
from solver.search.cooling import DROPPED
from solver.search.search import Search, round_length
from solver.stopping import First, Told

# Deterministic seconds that the choice among routes may take: per iteration of the cooling, at least, at most.
CHOOSING = 2e-6
LEAST_CHOOSING, MOST_CHOOSING = 0.1, 10.0


class Chooser:
    """OR-Tools choosing among the routes in the pool, beside the search, at marks that iterations alone set.

    It starts when the cooling ends, and its answer is taken over a round later, or `late` rounds after that. Where
    the run has to be repeatable an answer is waited for; else the search goes on and asks again a round later.
    """

    def __init__(self, arrays: Arrays, search: Search, *, run: Run, seed: int) -> None:
        self._arrays = arrays
        self._search = search
        self._run = run
        self._seed = seed
        self._late = 0
        self._thread: Thread | None = None
        self._answer: Ints | None = None
        self._failure: BaseException | None = None
        self._adopted = False
        self._closed = Event()

    @property
    def late(self) -> int:
        """How many rounds late the answer was taken over; DROPPED if it never was."""
        return self._late if self._adopted else DROPPED

    def expect(self, late: int) -> None:
        """Take the answer over so many rounds late, as in the run that is repeated."""
        self._late = late

    def left(self) -> int | None:
        """Iterations until the next mark; None if there is none, or none is known yet."""
        cooled = self._search.cooled
        # How minutes are shared out among documents depends on the whole plan: no route says it for itself. Nor does
        # one say where its team wakes up, or what its rides cost.
        is_whole = (
            len(self._arrays.documents.worth) > 0 or self._arrays.nights.lodgings + len(self._arrays.ride_fare) > 0
        )
        if cooled is None or self._adopted or self._late >= DROPPED or is_whole:
            return None
        mark = cooled if self._thread is None else cooled + (1 + self._late) * round_length(cooled)
        return max(0, mark - self._search.iterations)

    def act(self) -> bool:
        """Start at the first mark, take the answer over at the second; False while it has to be waited for."""
        if self._thread is None:
            rows = read_off(self._arrays, self._search.state)
            routes = tuple(self._search.pool or ())
            self._thread = Thread(target=self._choose, args=(routes, rows), name="master", daemon=True)
            self._thread.start()
            return True
        if self._thread.is_alive():
            self._late += not self._run.limits.repeatable
            return not self._run.limits.repeatable
        # Cut short by a stop, it may have answered otherwise than it would have.
        if self._run.is_over():
            self._late = DROPPED
            return True
        self._adopted = True
        if self._answer is not None:
            self._search.adopt(self._answer)
        return True

    def close(self) -> None:
        """End the choice, if it is still being made."""
        self._closed.set()

    def finish(self) -> None:
        """Wait a moment for the end of the choice: deep in one long step it may not hear at once."""
        if self._thread is not None:
            self._thread.join(STOP_PATIENCE_SECONDS)
        warn_of("the choice among routes", self._failure)

    def _choose(self, routes: tuple[Route, ...], rows: Ints) -> None:
        cooled = self._search.cooled or 0
        try:
            self._answer = assign(
                self._arrays,
                routes,
                rows,
                deterministic_time=min(MOST_CHOOSING, max(LEAST_CHOOSING, CHOOSING * cooled)),
                seed=self._seed,
                should_stop=First(Told(self._closed.is_set), self._run.is_over),
            )
        except BaseException as exc:
            self._failure = exc
