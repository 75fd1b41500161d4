"""Every step is counted for its operator: that it was tried, kept, and made the best plan so far."""

from importlib import import_module
from random import Random

import pytest

from solver.numeric.arrays import build_arrays
from solver.search import neighbourhood
from solver.search import tables as t
from solver.search.construct import construct
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import Search
from tests.solver.random_instances import random_instance


def test_counts_of_operators_add_up_to_the_steps() -> None:
    arrays = build_arrays(random_instance(Random(3), sites=12, teams=4, dates=6))
    problem = pose(arrays)
    state = blank(arrays, problem, seed=3)
    construct(arrays, problem, state)
    search = Search(problem, state)
    search.set_cooling(800)
    before = search.value_milli
    search.run(1000)
    counts = {count.name: count for count in search.operators}
    assert sum(count.tried for count in counts.values()) == search.iterations == 1000
    assert all(count.made_best <= count.kept <= count.tried for count in counts.values())
    assert (search.value_milli > before) <= (sum(count.made_best for count in counts.values()) > 0)
    assert sum(count.kept for count in counts.values()) > 0
    # Without kits, documents, lodgings and rides there is nothing for their operators to do.
    assert {name for name, count in counts.items() if count.tried} == set(t.OPERATOR_NAMES[:5])


@pytest.mark.parametrize("name", t.OPERATOR_NAMES)
def test_every_operator_that_is_counted_is_one_that_steps_use(name: str) -> None:
    assert callable(getattr(neighbourhood, name))
    assert getattr(t, name.upper()) == t.OPERATOR_NAMES.index(name)


@pytest.mark.parametrize("name", ["ruin_strings", "ruin_days", "ruin_site", "exchange_days", "squeeze", "share_anew"])
def test_operators_of_every_problem_have_a_file_of_their_own(name: str) -> None:
    assert getattr(import_module(f"solver.search.operators.{name}"), name) is getattr(neighbourhood, name)


def test_there_is_room_for_the_counts() -> None:
    assert t.OPERATOR_COUNTS + t.OPERATOR_COLUMNS * len(t.OPERATOR_NAMES) <= t.COUNTS
