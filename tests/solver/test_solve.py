import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Event, Timer

import pytest
from hypothesis import HealthCheck, given, settings

from solver import prover
from solver import solve as recipe
from solver.bound.bounds import Bounds
from solver.contract.instance import Instance
from solver.contract.plan import Progress, StopReason
from solver.contract.tiny import tiny_instance
from solver.contract.verify import verify
from solver.first_answer import first_answer
from solver.numeric.arrays import build_arrays
from solver.refusals import RefusedBoundWarning
from solver.solve import RefusedPlanWarning, solve
from solver.stopping import Limits
from tests.solver.random_instances import instances, random_instance
from tests.solver.week import week


@given(instances())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
def test_plan_verifies_and_lies_within_its_bound(instance: Instance) -> None:
    solution = solve(instance, Limits(iterations=300), seed=3)
    recount = verify(instance, solution.plan)
    assert recount.violations == ()
    assert solution.plan.value_milli == recount.value_milli
    assert solution.plan.bound_milli is not None
    assert solution.plan.bound_milli >= recount.value_milli
    assert solution.plan.activations_bound is not None
    assert solution.plan.activations_bound >= recount.activations


@pytest.mark.parametrize("seed", range(3))
def test_same_seed_and_iterations_give_the_same_plan(seed: int) -> None:
    instance = random_instance(Random(seed), sites=12, teams=4, dates=8)
    plans = [solve(instance, Limits(iterations=1500, threads=n), seed=seed).plan for n in (1, 2, 2)]
    assert plans[0].to_json() == plans[1].to_json() == plans[2].to_json()


def test_a_run_that_the_clock_ended_can_be_repeated() -> None:
    instance = random_instance(Random(11), sites=30, teams=4, dates=8)
    # A run that others keep from the processor may end before it knows how long to cool, and says that it cannot.
    plans = (solve(instance, Limits(time_seconds=seconds), seed=2).plan for seconds in (1.0, 4.0, 16.0, 64.0))
    plan = next(plan for plan in plans if plan.iterations is not None)
    assert plan.stop_reason is StopReason.TIME_LIMIT
    assert solve(instance, Limits(iterations=plan.iterations), seed=2).plan.visits == plan.visits


def test_the_plan_in_force_is_never_given_up_for_a_worse_one() -> None:
    for seed in range(4):
        instance = random_instance(Random(seed), sites=12, teams=4, dates=8)
        good = solve(instance, Limits(iterations=3_000), seed=seed)
        again = solve(replace(instance, published=good.plan.visits), Limits(iterations=1), seed=seed + 1)
        assert again.recount.activations >= good.recount.activations
        assert again.recount.moved == 0


def test_stop_ends_a_run_without_limits() -> None:
    stop = Event()
    Timer(0.3, stop.set).start()
    solution = solve(large(), Limits(should_stop=stop.is_set))
    assert solution.plan.stop_reason is StopReason.CANCELLED
    assert solution.recount.feasible


def test_stop_at_once_still_gives_a_feasible_plan() -> None:
    solution = solve(large(), Limits(should_stop=lambda: True))
    assert solution.plan.stop_reason is StopReason.CANCELLED
    assert solution.recount.feasible


def test_value_never_falls_and_bound_never_rises() -> None:
    told: list[Progress] = []
    solve(large(), Limits(should_stop=lambda: len(told) > 3 and told[-1].iterations > 0), on_progress=told.append)
    values = [progress.value_milli for progress in told]
    bounds = [progress.bound_milli for progress in told if progress.bound_milli is not None]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert told[-1].iterations > 0


def test_pins_are_kept_and_the_published_plan_is_preferred() -> None:
    instance = week()
    solution = solve(instance, Limits(iterations=2000))
    assert set(instance.pinned) <= set(solution.plan.visits)
    assert solution.recount.pins_missed == 0


def test_a_refused_plan_is_written_out_and_not_returned(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("JEMPUT_DATA_DIR", str(folder))
    honest: Callable[..., object] = recipe.read_off
    calls = []

    def broken(*arguments: object) -> object:
        rows = honest(*arguments)
        calls.append(rows)
        if len(calls) == 2:  # the plan of the search; the first one read off is the constructed
            rows[:, 3] += 100_000  # type: ignore[index]
        return rows

    monkeypatch.setattr(recipe, "read_off", broken)
    with pytest.warns(RefusedPlanWarning):
        solution = solve(week(), Limits(iterations=50))
    assert solution.recount.feasible
    [kept] = (folder / "refused").iterdir()
    # Python's own hash of a text is another in each process, and would fill the folder with copies.
    content = json.dumps(week().to_json(), ensure_ascii=False, sort_keys=True).encode()
    assert kept.stem == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("seconds", [1e-6, 0.05])
def test_however_short_the_limit_the_greedy_plan_stands(seconds: float) -> None:
    instance = week()
    solution = solve(instance, Limits(time_seconds=seconds))
    floor = first_answer(instance, build_arrays(instance))
    assert solution.recount.feasible
    assert solution.recount.value_milli >= floor.recount.value_milli
    assert solution.plan.visits


def test_a_stop_while_kernels_are_compiled_gives_the_greedy_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    compiling, release = Event(), Event()

    def compile_for_ever(*, several: bool, away: bool) -> None:
        compiling.set()
        release.wait()

    monkeypatch.setattr(recipe, "compile_kernels", compile_for_ever)
    told: list[Progress] = []
    instance = week()
    solution = solve(instance, Limits(should_stop=compiling.is_set), on_progress=told.append)
    release.set()
    floor = first_answer(instance, build_arrays(instance))
    assert solution.plan.visits == floor.plan.visits != ()
    assert solution.plan.stop_reason is StopReason.CANCELLED
    assert solution.plan.bound_milli is not None
    assert solution.plan.bound_milli >= solution.recount.value_milli
    assert [progress.value_milli for progress in told] == [floor.recount.value_milli]


def test_a_plan_is_kept_when_its_bound_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JEMPUT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(prover, "upper_bounds", lambda *_, **__: iter([Bounds(value_milli=1000, activations=1)]))
    told: list[Progress] = []
    with pytest.warns(RefusedBoundWarning):
        plan = solve(week(), Limits(iterations=500), on_progress=told.append).plan
    assert plan.visits
    assert plan.bound_milli is plan.activations_bound is None
    assert plan.refused_bound_milli == 1000
    assert plan.stop_reason is StopReason.ITERATION_LIMIT
    assert verify(week(), plan).feasible
    assert all(progress.bound_milli is None or progress.bound_milli >= progress.value_milli for progress in told)
    assert told[-1].bound_milli is None


def test_kernels_are_compiled_once_for_every_kind_of_instance() -> None:
    solve(tiny_instance(), Limits(iterations=600))
    before = signatures()
    for seed in range(6):  # great circles and matrices, with and without budget, pins, fixed sessions
        solve(random_instance(Random(seed), sites=5, teams=2, dates=4), Limits(iterations=600))
    assert signatures() == before


def signatures() -> dict[str, int]:
    """How many variants of each kernel of the search have been compiled."""
    from solver.search import books, construct, insertion, neighbourhood, recreate, route, ruin, undo

    return {
        f"{module.__name__}.{name}": len(function.signatures)
        for module in (books, construct, insertion, neighbourhood, recreate, route, ruin, undo)
        for name, function in vars(module).items()
        if hasattr(function, "signatures") and function.signatures
    }


def large() -> Instance:
    return random_instance(Random(7), sites=60, teams=6, dates=20)
