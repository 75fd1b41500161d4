"""The recipe: construct, search while the bound is proven beside it, verify.

With an iteration limit nothing but that limit, the instance and the seed decides the plan.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from threading import Event, Thread

from solver.bound.bounds import Bounds, upper_bounds
from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.reading import write_instance
from solver.contract.tiny import tiny_instance
from solver.contract.verify import Verdict, verify
from solver.numeric.arrays import Arrays, Ints, build_arrays
from solver.numeric.compilation import data_folder, record_compiled
from solver.numeric.routes import Route, RoutePool
from solver.search.choice import assign
from solver.search.construct import construct, read_off
from solver.search.cooling import COOLING_SHARE, DROPPED, Course, course_of, fitted_course, total_of
from solver.search.kernels import Problem, State
from solver.search.search import Search, round_length
from solver.search.tables import blank, pose
from solver.search.warm_start import lay_out

SLICE_SECONDS = 0.05
PROGRESS_SECONDS = 0.25
WAIT_SECONDS = 0.02
STOP_PATIENCE_SECONDS = 0.15
# Judging the last plan takes about so long, as a part of what the first took to make; at most a part of the limit.
JUDGING, MOST_JUDGING = 0.25, 0.01
# Deterministic seconds that the choice among routes may take: per iteration of the cooling, at least, at most.
CHOOSING = 2e-6
LEAST_CHOOSING, MOST_CHOOSING = 0.1, 10.0
# How long to cool when no limit is given and the search goes on until it is stopped or proven optimal.
ENDLESS_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to stop, and how many cores to use; without a limit only a proof or a stop ends the run."""

    time_seconds: float | None = None
    iterations: int | None = None
    threads: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan that the verifier accepts, its verdict, and when the first plan and the last stood."""

    plan: Plan
    verdict: Verdict
    first_plan_seconds: float
    seconds: float


class RefusedPlanWarning(RuntimeWarning):
    """The verifier refused what the search held for feasible: a fault of the search, written out to be mended."""


class HelperFailedWarning(RuntimeWarning):
    """The proof or the choice among routes broke off by a fault of ours; the plan and the bound so far stand."""


def _warn_of(part: str, failure: BaseException | None) -> None:
    if failure is not None:
        warnings.warn(f"{part} broke off: {failure!r}", HelperFailedWarning, stacklevel=2)


class _Run:
    """The limits of one run, the bound proven beside the search, and what is told of both."""

    def __init__(
        self,
        arrays: Arrays,
        limits: Limits,
        *,
        started: float,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.limits = limits
        self.pool: RoutePool | None = None
        self.bounds = Bounds(value_milli=arrays.weight_shortfall * arrays.gap, activations=int(arrays.people.sum()))
        self._started = started
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._next_report = 0.0
        self._reserve = 0.0
        self._closed = Event()
        self._failure: BaseException | None = None
        self._prover = Thread(target=self._prove, args=(arrays,), name="bound", daemon=True)

    def __enter__(self) -> "_Run":
        self._prover.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closed.set()
        # Deep in one long step it may not hear at once; what it would still find is not waited for.
        self._prover.join(STOP_PATIENCE_SECONDS)

    def elapsed(self) -> float:
        return time.perf_counter() - self._started

    def cancelled(self) -> bool:
        return self._should_stop is not None and self._should_stop()

    def reserve_judging(self, first_plan_seconds: float) -> None:
        """Keep some of the time for what follows the search."""
        self._reserve = min(JUDGING * first_plan_seconds, MOST_JUDGING * (self.limits.time_seconds or 0.0))

    def left(self) -> float:
        """Seconds that the time limit leaves for the search."""
        limit = self.limits.time_seconds
        return inf if limit is None else max(0.0, limit - self._reserve - self.elapsed())

    def over(self) -> bool:
        return self.cancelled() or self.left() <= 0.0

    def tell(self, search: Search, *, always: bool = False) -> None:
        """Report progress, at most a few times a second."""
        now = self.elapsed()
        if self._on_progress is None or (now < self._next_report and not always):
            return
        self._next_report = now + PROGRESS_SECONDS
        bounds = self.bounds
        self._on_progress(
            Progress(
                elapsed_seconds=now,
                iterations=search.iterations,
                value_milli=search.value_milli,
                bound_milli=bounds.value_milli,
                activations=search.activations,
                activations_bound=bounds.activations,
            )
        )

    def finish_bound(self, *, complete: bool) -> None:
        """With `complete` let the proof come to its end unless the run is over before."""
        while complete and self._prover.is_alive() and not self.over():
            self._prover.join(WAIT_SECONDS)
        _warn_of("the proof of the bound", self._failure)

    def stop_reason(self, value_milli: int) -> StopReason:
        if value_milli >= self.bounds.value_milli:
            return StopReason.OPTIMAL
        if self.cancelled():
            return StopReason.CANCELLED
        timed = self.limits.time_seconds is not None and (self.limits.iterations is None or self.left() <= 0.0)
        return StopReason.TIME_LIMIT if timed else StopReason.ITERATION_LIMIT

    def _routes(self) -> list[Route]:
        """What the search has found by now, for the bound; nothing where the bound has to be the same again."""
        repeatable = self.limits.iterations is not None
        return [] if self.pool is None or repeatable else list(self.pool)

    def _prove(self, arrays: Arrays) -> None:
        try:
            for bounds in upper_bounds(
                arrays,
                should_stop=lambda: self._closed.is_set() or self.over(),
                routes=self._routes,
                effort=self.limits.iterations,
            ):
                if self._closed.is_set():
                    return
                self.bounds = bounds
        except BaseException as exc:
            self._failure = exc


def solve(
    instance: Instance,
    limits: Limits,
    *,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """Plan as well as the limits allow; the plan is verified, and an empty one is the least there is."""
    if not instance.sites or not any(any(team.work_dates) for team in instance.teams):
        return _only_plan(instance, seed=seed)
    compile_kernels()
    started = time.perf_counter()
    arrays = build_arrays(instance)
    with _Run(arrays, limits, started=started, on_progress=on_progress, should_stop=should_stop) as run:
        problem = pose(arrays)
        state = _first_plan(arrays, problem, seed=seed, should_stop=run.over)
        first_rows, first_plan_seconds = read_off(arrays, state), run.elapsed()
        run.reserve_judging(first_plan_seconds)
        pool = RoutePool(arrays)
        pool.add_plan(first_rows)
        run.pool = pool
        search = Search(problem, state, pool=pool)
        run.tell(search, always=True)
        repeatable = limits.iterations is not None
        chooser = Chooser(arrays, search, seed=seed, repeatable=repeatable, should_stop=run.over)
        iterations = _climb(run, search, chooser)
        run.finish_bound(complete=limits.iterations is not None and iterations == limits.iterations)
    chooser.finish()
    plan, verdict = _verified(instance, (read_off(arrays, state), first_rows))
    run.tell(search, always=True)
    record_compiled()
    return Solution(
        plan=Plan(
            visits=plan.visits,
            value_milli=verdict.value_milli,
            bound_milli=run.bounds.value_milli,
            stop_reason=run.stop_reason(verdict.value_milli),
            seed=seed,
            activations_bound=run.bounds.activations,
            iterations=iterations,
        ),
        verdict=verdict,
        first_plan_seconds=first_plan_seconds,
        seconds=run.elapsed(),
    )


def _only_plan(instance: Instance, *, seed: int) -> Solution:
    """Return the empty plan where no team can go anywhere: nothing else is feasible, so it is its own bound."""
    verdict = verify(instance, Plan(visits=()))
    plan = Plan(
        visits=(),
        value_milli=verdict.value_milli,
        bound_milli=verdict.value_milli,
        stop_reason=StopReason.OPTIMAL,
        seed=seed,
        activations_bound=0,
        iterations=0,
    )
    return Solution(plan=plan, verdict=verdict, first_plan_seconds=0.0, seconds=0.0)


def _first_plan(arrays: Arrays, problem: Problem, *, seed: int, should_stop: Callable[[], bool]) -> State:
    """Fill what the plan in force leaves free, or an empty plan: whatever comes later, no less is given back."""
    rows = [(k, d, i, start, minutes) for k, d, i, start, minutes in arrays.published.tolist()]
    state = lay_out(arrays, problem, rows, seed=seed) if rows else blank(arrays, problem, seed=seed)
    construct(arrays, problem, state, should_stop=should_stop)
    return state


@cache
def compile_kernels() -> None:
    """Have all kernels ready before the clock runs: at once from the cache, else in a minute or so."""
    arrays = build_arrays(tiny_instance())
    problem = pose(arrays)
    state = _first_plan(arrays, problem, seed=0, should_stop=lambda: False)
    search = Search(problem, state)
    search.set_cooling(1)
    search.run(2)
    for _ in upper_bounds(arrays, should_stop=lambda: False):
        pass
    record_compiled()


class Chooser:
    """OR-Tools choosing among the routes in the pool, beside the search, at marks that iterations alone set.

    It starts when the cooling ends, and its answer is taken over a round later, or `late` rounds after that. Where
    the run has to be `repeatable` an answer is waited for; else the search goes on and asks again a round later.
    """

    def __init__(
        self, arrays: Arrays, search: Search, *, seed: int, repeatable: bool, should_stop: Callable[[], bool]
    ) -> None:
        self._arrays = arrays
        self._search = search
        self._seed = seed
        self._repeatable = repeatable
        self._should_stop = should_stop
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
        if cooled is None or self._adopted or self._late >= DROPPED:
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
            self._late += not self._repeatable
            return not self._repeatable
        # Cut short by a stop, it may have answered otherwise than it would have.
        if self._should_stop():
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
        _warn_of("the choice among routes", self._failure)

    def _choose(self, routes: tuple[Route, ...], rows: Ints) -> None:
        cooled = self._search.cooled or 0
        try:
            self._answer = assign(
                self._arrays,
                routes,
                rows,
                deterministic_time=min(MOST_CHOOSING, max(LEAST_CHOOSING, CHOOSING * cooled)),
                seed=self._seed,
                should_stop=lambda: self._closed.is_set() or self._should_stop(),
            )
        except BaseException as exc:
            self._failure = exc


class _Clock:
    """How many iterations a run may hope for, from the speed of the last part of its rehearsal."""

    def __init__(self, run: _Run, search: Search) -> None:
        self._run, self._search = run, search
        self._since, self._done = run.elapsed(), search.iterations

    def expected(self) -> int:
        """Return the iteration at which the cooling should end; the next part of the rehearsal begins."""
        now, done = self._run.elapsed(), self._search.iterations
        speed = (done - self._done) / max(now - self._since, 1e-6)
        self._since, self._done = now, done
        left = min(self._run.left(), ENDLESS_SECONDS if self._run.limits.time_seconds is None else inf)
        return done + int(COOLING_SHARE * speed * left)


def _climb(run: _Run, search: Search, chooser: Chooser) -> int | None:
    """Search until a limit is met; returns the iterations that repeat the run, None if no number does."""
    wanted = run.limits.iterations
    if wanted is not None:
        course = course_of(wanted)
        search.set_cooling(course.cooled)
        in_time = course.cooled + (1 + course.late) * round_length(course.cooled) <= wanted
        chooser.expect(course.late if in_time else DROPPED)
    try:
        _climb_marked(run, search, chooser)
    finally:
        chooser.close()
    if wanted is not None:
        return wanted if search.iterations == wanted else None
    # A moment more, so that the total tells the course.
    landing = _landing(search, chooser)
    if landing is None:
        return None
    search.run(landing)
    return search.iterations


def _landing(search: Search, chooser: Chooser) -> int | None:
    """Return how many iterations more make a total that names the course of the run; None if none near does."""
    if search.cooled is None:
        return None
    total = total_of(Course(cooled=search.cooled, late=chooser.late), search.iterations)
    return None if total is None else total - search.iterations


def _climb_marked(run: _Run, search: Search, chooser: Chooser) -> None:
    """Search slice by slice, choosing how long to cool, and letting the chooser act at its marks."""
    wanted = run.limits.iterations
    clock = _Clock(run, search)
    size = 1
    while not run.over():
        if wanted is not None:
            size = min(size, wanted - search.iterations)
            if size <= 0:
                return
        elif search.value_milli >= run.bounds.value_milli:
            return
        elif search.rehearsed:
            course = fitted_course(clock.expected(), rehearsed=search.iterations)
            if course is None:
                search.rehearse_further()
            else:
                search.set_cooling(course.cooled)
        left = chooser.left()
        if left == 0:
            if not chooser.act():
                time.sleep(WAIT_SECONDS)
                run.tell(search)
                continue
            left = chooser.left()
        # In processor time: slices that shrank while other threads hold the interpreter would shrink on and on.
        before, done = time.thread_time(), search.iterations
        search.run(size if left is None else min(size, left))
        spent, done = time.thread_time() - before, search.iterations - done
        if wanted is None and done and spent * (_landing(search, chooser) or 0) / done > run.left():
            return
        if done:
            # Doubling at most, so that one slow slice after many quick ones is still short.
            size = max(1, min(2 * size, int(done * SLICE_SECONDS / max(spent, 1e-6))))
        run.tell(search)


def _verified(instance: Instance, plans: tuple[Ints, ...]) -> tuple[Plan, Verdict]:
    """Return the first of the plans, or else the empty one, that the verifier accepts."""
    for rows in plans:
        plan = Plan(visits=tuple(visits_of(instance, rows)))
        verdict = verify(instance, plan)
        if verdict.feasible:
            return plan, verdict
        path = _write_refused(instance)
        faults = "; ".join(violation.message for violation in verdict.violations[:5])
        warnings.warn(
            f"a plan was refused ({faults}); the instance is kept in {path}", RefusedPlanWarning, stacklevel=3
        )
    plan = Plan(visits=())
    return plan, verify(instance, plan)


def _write_refused(instance: Instance) -> Path:
    folder = data_folder() / "refused"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{abs(hash(instance.name)) % 10**8:08}.json"
    write_instance(instance, path)
    return path


def visits_of(instance: Instance, rows: Ints) -> Iterator[Visit]:
    """Name the visits given as rows of team, date, site, start, minutes."""
    for k, d, i, start, minutes in rows.tolist():
        yield Visit(
            team=instance.teams[k].id,
            date=instance.dates[d],
            site=instance.sites[i].id,
            start=start,
            minutes=minutes,
        )
