from threading import Event

import pytest

from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.first_answer import finishes, first_answer
from solver.numeric.arrays import build_arrays
from solver.stopping import never
from tests.solver.week import week


def test_the_first_answer_is_verified_and_worth_more_than_staying_home() -> None:
    instance = week()
    answer = first_answer(instance, build_arrays(instance))
    assert answer.recount == verify(instance, answer.plan)
    assert answer.recount.feasible
    assert answer.recount.value_milli > verify(instance, Plan(visits=())).value_milli


def test_work_that_ends_is_finished() -> None:
    done = Event()
    assert finishes(done.set, should_stop=lambda: False)
    assert finishes(done.set, should_stop=never)
    assert done.is_set()


def test_a_stop_is_heard_while_the_work_goes_on() -> None:
    release = Event()
    assert not finishes(release.wait, should_stop=lambda: True)
    release.set()


def test_a_failure_of_the_work_is_not_lost() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    for should_stop in (never, lambda: False):
        with pytest.raises(ZeroDivisionError):
            finishes(fail, should_stop=should_stop)
