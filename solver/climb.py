"""Searches slice by slice until a limit is met, and chooses how long to cool where only the time is limited."""

import time
from math import inf

from solver.chooser import Chooser
from solver.prover import Prover
from solver.run import WAIT_SECONDS, Run
from solver.search.cooling import COOLING_SHARE, DROPPED, Course, course_of, fitted_course, total_of
from solver.search.search import Search, round_length
from solver.stopping import First, Proven, Steps

SLICE_SECONDS = 0.05
# How long to cool when no limit is given and the search goes on until it is stopped or proven optimal.
ENDLESS_SECONDS = 60.0


class _Clock:
    """How many iterations a run may hope for, from the speed of the last part of its rehearsal."""

    def __init__(self, run: Run, search: Search) -> None:
        self._run, self._search = run, search
        self._since, self._done = run.clock.elapsed, search.iterations

    def expected(self) -> int:
        """Return the iteration at which the cooling should end; the next part of the rehearsal begins."""
        now, done = self._run.clock.elapsed, self._search.iterations
        speed = (done - self._done) / max(now - self._since, 1e-6)
        self._since, self._done = now, done
        left = min(self._run.clock.left, ENDLESS_SECONDS if self._run.limits.time_seconds is None else inf)
        return done + int(COOLING_SHARE * speed * left)


def climb(run: Run, search: Search, *, chooser: Chooser, prover: Prover) -> int | None:
    """Search until a limit is met; returns the iterations that repeat the run, None if no number does."""
    wanted = run.limits.iterations
    if wanted is not None:
        course = course_of(wanted)
        search.set_cooling(course.cooled)
        in_time = course.cooled + (1 + course.late) * round_length(course.cooled) <= wanted
        chooser.expect(course.late if in_time else DROPPED)
    try:
        _climb_marked(run, search, chooser=chooser, prover=prover)
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


def _climb_marked(run: Run, search: Search, *, chooser: Chooser, prover: Prover) -> None:
    """Search slice by slice, choosing how long to cool, and letting the chooser act at its marks."""
    wanted = run.limits.iterations
    clock = _Clock(run, search)
    steps = Steps(wanted)
    # Where steps are counted, neither the bound nor anything else that depends on the clock may end the search.
    proven = Proven(lambda: search.value_milli, lambda: prover.bounds.value_milli)
    is_over = First(run.is_over, steps if wanted is not None else proven)
    size = 1
    while True:
        steps.done = search.iterations
        if is_over():
            return
        if wanted is not None:
            size = min(size, wanted - search.iterations)
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
                run.tell(search, prover.bounds)
                continue
            left = chooser.left()
        # In processor time: slices that shrank while other threads hold the interpreter would shrink on and on.
        before, done = time.thread_time(), search.iterations
        search.run(size if left is None else min(size, left))
        spent, done = time.thread_time() - before, search.iterations - done
        if wanted is None and done and spent * (_landing(search, chooser) or 0) / done > run.clock.left:
            return
        if done:
            # Doubling at most, so that one slow slice after many quick ones is still short.
            size = max(1, min(2 * size, int(done * SLICE_SECONDS / max(spent, 1e-6))))
        run.tell(search, prover.bounds)
