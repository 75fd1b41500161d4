"""What stands before anything else is begun: a verified plan, however short the limit, with no code to be compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

import numpy as np

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount, verify
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Ints
from solver.numeric.rows import NO_TRIPS, visits_of
from solver.search.greedy import greedy_journeys
from solver.stopping import never

POLL_SECONDS = 0.05
PlanOf = Callable[[Ints, Ints], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswer:
    """A plan that the verifier accepts: the greedy one, or the empty one where that is worth more."""

    plan: Plan
    recount: Recount


def first_answer(instance: Instance, arrays: Arrays, *, plan_of: PlanOf | None = None) -> FirstAnswer:
    """Plan greedily and verify it; nothing here is compiled, and nothing is cut short.

    `plan_of` says what plan rows of the arrays, and their days away, stand for where these are not of the instance
    itself.
    """
    plan_of = plan_of or (lambda rows, trips: Plan(visits=visits_of(instance, rows)))
    answers = []
    for rows, trips in (greedy_journeys(arrays), (np.empty((0, 5), dtype=np.int32), NO_TRIPS)):
        plan = plan_of(rows, trips)
        answers.append(FirstAnswer(plan=plan, recount=verify(instance, plan)))
    sound = [answer for answer in answers if answer.recount.feasible]
    return max(sound, key=lambda answer: answer.recount.value_milli)


def finishes(work: Callable[[], object], *, should_stop: Callable[[], bool] = never) -> bool:
    """Do some work that cannot be interrupted; False, with the work going on unheeded, once a stop is asked for."""
    if should_stop is never:
        work()
        return True
    failure: BaseException | None = None

    def run() -> None:
        nonlocal failure
        try:
            work()
        except BaseException as exc:
            failure = exc

    worker = Thread(target=run, name="compile", daemon=True)
    worker.start()
    while worker.is_alive():
        if should_stop():
            return False
        worker.join(POLL_SECONDS)
    if failure is not None:
        raise failure
    return True
