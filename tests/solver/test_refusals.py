import json
from dataclasses import replace
from pathlib import Path

import pytest

from solver.contract.plan import Plan, StopReason
from solver.contract.reading import read_instance
from solver.contract.verify import verify
from solver.refusals import RefusedBoundWarning, without_false_bound, write_refused
from tests.solver.week import week, week_with_children


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("JEMPUT_DATA_DIR", str(tmp_path))
    return tmp_path / "refused"


def test_a_refused_instance_is_kept_once_under_the_digest_of_its_content(folder: Path) -> None:
    path = write_refused(week())
    assert write_refused(week()) == path
    assert len(path.stem) == 64
    assert read_instance(path) == week()
    assert write_refused(replace(week(), name="another")) != path
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(("bound", "activations"), [(-1, 10**6), (10**12, -1)])
def test_a_bound_that_the_plan_disproves_is_dropped_and_said(folder: Path, bound: int, activations: int) -> None:
    instance = week()
    plan = Plan(visits=(), bound_milli=bound, activations_bound=activations, stop_reason=StopReason.OPTIMAL)
    recount = verify(instance, plan)
    plan = replace(plan, bound_milli=recount.value_milli + bound, value_milli=recount.value_milli)
    with pytest.warns(RefusedBoundWarning):
        kept = without_false_bound(instance, plan, recount)
    assert kept.visits == plan.visits
    assert kept.bound_milli is kept.activations_bound is kept.stop_reason is None
    assert kept.refused_bound_milli == plan.bound_milli
    assert Plan.from_json(json.loads(json.dumps(kept.to_json()))) == kept
    assert verify(instance, kept).feasible
    assert len(list(folder.iterdir())) == 1


def test_a_bound_on_people_served_that_the_plan_disproves_is_dropped_and_said(folder: Path) -> None:
    instance, plan, served = week_with_children()
    bounds = Plan(visits=plan.visits, bound_milli=10**12, activations_bound=10**6, served_bound=(("kia", served - 1),))
    recount = verify(instance, bounds)
    with pytest.warns(RefusedBoundWarning, match=rf"{served - 1} served with kia .* {served}: it is dropped"):
        kept = without_false_bound(instance, bounds, recount)
    assert (kept.bound_milli, kept.activations_bound, kept.served_bound) == (None, None, ())
    holds = replace(bounds, served_bound=(("kia", served),))
    assert without_false_bound(instance, holds, recount) is holds


def test_a_bound_that_holds_stays() -> None:
    instance = week()
    recount = verify(instance, Plan(visits=()))
    plan = Plan(visits=(), bound_milli=recount.value_milli, activations_bound=0)
    assert without_false_bound(instance, plan, recount) is plan
