"""A plan made again from the plan in force keeps what can stay, and never ends below it."""

import subprocess
import sys
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.instance import Instance
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.verify import verify
from solver.plans.changes import changes_between, unrest_milli
from solver.replan import Replan, replan, replan_and_prove
from tests.solver.random_instances import instances, random_instance, random_plan

FEW = 240


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_new_plan_is_feasible_and_no_worse_than_what_still_stands(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance)
    if not set(instance.pinned) <= set(plan.visits):
        return
    again = replace(instance, published=plan.visits)
    found = replan(again, iterations=FEW)
    assert found.recount.feasible
    assert found.recount == verify(again, found.plan)
    assert found.recount.value_milli >= verify(again, Plan(visits=plan.visits)).value_milli
    assert found.plan.iterations is not None
    assert found.plan == replan(again, iterations=FEW).plan


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_without_leave_to_move_every_published_visit_stays(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance)
    if not set(instance.pinned) <= set(plan.visits):
        return
    found = replan(replace(instance, published=plan.visits), iterations=FEW, most_moved=0)
    assert found.recount.moved == 0
    assert not found.changes.withdrawn


def test_visits_of_a_sick_team_leave_and_only_they() -> None:
    instance, plan = planned(seed=3)
    sick = plan.visits[0]
    index = instance.dates.index(sick.date)
    teams = tuple(
        replace(team, work_dates=tuple(works and d != index for d, works in enumerate(team.work_dates)))
        if team.id == sick.team
        else team
        for team in instance.teams
    )
    again = replace(instance, teams=teams, published=plan.visits, pinned=())
    found = replan(again, iterations=FEW, most_moved=0)
    lost = {visit for visit in plan.visits if (visit.team, visit.date) == (sick.team, sick.date)}
    assert found.recount.moved == len(lost)
    gone = {*found.changes.withdrawn, *(move.before for move in found.changes.moved)}
    assert gone == lost


def test_no_changed_day_could_be_left_as_it_was_for_what_its_changes_have_to_win() -> None:
    looked_at = 0
    for seed in range(6):
        again, found = replanned(seed=seed)
        least = replan(again).recount.value_milli
        kept = found.recount.value_milli - unrest_milli(again, found.changes.count)
        for day in {(visit.team, visit.date) for visit in set(again.published) ^ set(found.plan.visits)}:
            others = [visit for visit in found.plan.visits if (visit.team, visit.date) != day]
            before = [visit for visit in again.published if (visit.team, visit.date) == day]
            calmer = (*others, *before)
            recount = verify(again, Plan(visits=calmer))
            unrest = unrest_milli(again, changes_between(again.published, calmer).count)
            assert not recount.feasible or recount.value_milli < least or recount.value_milli - unrest <= kept
            looked_at += 1
    assert looked_at


def test_replanning_called_off_while_it_proves_says_so() -> None:
    instance, plan = planned(seed=5)
    told: list[Progress] = []
    found = replan_and_prove(
        replace(instance, published=plan.visits), seconds=0.2, on_progress=told.append, should_stop=lambda: bool(told)
    )
    assert found.stop_reason is StopReason.CANCELLED
    assert told[0].bound_milli is None
    assert found.iterations is None
    assert found.bound_milli is not None
    assert found.value_milli is not None
    assert found.value_milli <= found.bound_milli


def test_nothing_of_the_bound_is_loaded_while_a_planner_waits() -> None:
    loaded = "import sys, solver.replan; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert not {"ortools", "pandas", "solver.bound.bounds", "solver.search.choice"} & set(told.stdout.split())


def replanned(*, seed: int) -> tuple[Instance, Replan]:
    """A random instance planned again from a random plan."""
    instance, plan = planned(seed=seed)
    again = replace(instance, published=plan.visits)
    return again, replan(again, iterations=2_400)


def planned(*, seed: int) -> tuple[Instance, Plan]:
    """A random instance whose plan has visits on several team-days."""
    random = Random(seed)
    while True:
        instance = random_instance(random)
        plan = random_plan(random, instance)
        if len({(visit.team, visit.date) for visit in plan.visits}) > 2 and set(instance.pinned) <= set(plan.visits):
            return instance, plan
