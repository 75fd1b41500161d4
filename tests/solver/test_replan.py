"""A plan made again from the plan in force keeps what can stay, and never ends below it."""

import subprocess
import sys
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.instance import GreatCircle, Instance, Visit
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.verify import verify
from solver.plans.changes import changes_between, unrest_milli
from solver.replan import Replan, replan, replan_and_prove, staying
from solver.stopping import Limits
from tests.solver.random_instances import instances, random_instance, random_plan

FEW = 240


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_new_plan_is_feasible_and_no_worse_than_what_still_stands(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance)
    if not set(instance.pinned) <= set(plan.visits):
        return
    again = replace(instance, published=plan.visits)
    found = replan(again, Limits(iterations=FEW))
    assert found.recount.feasible
    assert found.recount == verify(again, found.plan)
    assert found.recount.value_milli >= verify(again, Plan(visits=plan.visits)).value_milli
    assert found.plan.iterations is not None
    assert found.plan == replan(again, Limits(iterations=FEW)).plan


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_without_leave_to_move_every_published_visit_stays(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance)
    if not set(instance.pinned) <= set(plan.visits):
        return
    found = replan(replace(instance, published=plan.visits), Limits(iterations=FEW), most_moved=0)
    assert found.recount.moved == 0
    assert found.changes.disturbed == 0


@given(instances(), st.integers(0, 2**32 - 1), st.integers(0, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_more_published_visits_are_disturbed_than_had_to_be_and_the_budget_allows(
    instance: Instance, seed: int, most_moved: int, is_site_shut: bool
) -> None:
    random = Random(seed)
    plan = random_plan(random, instance)
    if not plan.visits:
        return
    struck = random.choice(plan.visits)
    free = replace(instance, published=plan.visits, pinned=())
    again = shut(free, struck) if is_site_shut else off(free, struck)
    # With the struck ones gone nothing of a feasible plan breaks but a way that led over them.
    had_to_move = sum(
        visit.date == struck.date and (visit.site == struck.site if is_site_shut else visit.team == struck.team)
        for visit in plan.visits
    )
    others = tuple(visit for visit in plan.visits if visit in staying(again))
    found = replan(again, Limits(iterations=FEW), most_moved=most_moved)
    assert found.recount.feasible
    assert found.changes.disturbed <= len(plan.visits) - len(others) + most_moved
    if is_great_circle(again):
        assert len(plan.visits) - len(others) == had_to_move


def shut(instance: Instance, visit: Visit) -> Instance:
    """The instance with the site of a visit closed on its date."""
    index = instance.dates.index(visit.date)
    sites = (
        replace(site, open_dates=_without(site.open_dates, index)) if site.id == visit.site else site
        for site in instance.sites
    )
    return replace(instance, sites=tuple(sites))


def off(instance: Instance, visit: Visit) -> Instance:
    """The instance with the team of a visit off on its date."""
    index = instance.dates.index(visit.date)
    teams = (
        replace(team, work_dates=_without(team.work_dates, index)) if team.id == visit.team else team
        for team in instance.teams
    )
    return replace(instance, teams=tuple(teams))


def _without(flags: tuple[bool, ...], index: int) -> tuple[bool, ...]:
    return tuple(flag and position != index for position, flag in enumerate(flags))


def is_great_circle(instance: Instance) -> bool:
    """Whether ways keep the triangle inequality, so that leaving a stop out never makes the rest late."""
    return isinstance(instance.travel, GreatCircle) and not instance.travel.overrides


def test_visits_of_a_sick_team_leave_and_only_they() -> None:
    instance, plan = planned(seed=3)
    sick = plan.visits[0]
    again = off(replace(instance, published=plan.visits, pinned=()), sick)
    found = replan(again, Limits(iterations=FEW), most_moved=0)
    lost = {visit for visit in plan.visits if (visit.team, visit.date) == (sick.team, sick.date)}
    assert found.recount.moved == len(lost)
    gone = {*found.changes.withdrawn, *(move.before for move in found.changes.moved)}
    assert gone == lost


def test_no_changed_day_could_be_left_as_it_was_for_what_its_changes_have_to_win() -> None:
    looked_at = 0
    for seed in range(6):
        again, found = replanned(seed=seed)
        least = replan(again, Limits()).recount.value_milli
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
        replace(instance, published=plan.visits),
        Limits(time_seconds=0.2, should_stop=lambda: bool(told)),
        on_progress=told.append,
    )
    assert found.stop_reason is StopReason.CANCELLED
    assert told[0].bound_milli is None
    assert found.iterations is None
    assert found.bound_milli is not None
    assert found.value_milli is not None
    assert found.value_milli <= found.bound_milli


def test_supervised_replanning_repeats_by_its_steps() -> None:
    instance, plan = planned(seed=5)
    again = replace(instance, published=plan.visits[:-1])
    one, other = (replan_and_prove(again, Limits(time_seconds=60, iterations=FEW)) for _ in range(2))
    assert one.visits == other.visits
    assert one.iterations == other.iterations is not None
    assert one.stop_reason is StopReason.ITERATION_LIMIT


def test_nothing_of_the_bound_is_loaded_while_a_planner_waits() -> None:
    loaded = "import sys, solver.replan; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert not {"ortools", "pandas", "solver.bound.bounds", "solver.search.choice"} & set(told.stdout.split())


def replanned(*, seed: int) -> tuple[Instance, Replan]:
    """A random instance planned again from a random plan."""
    instance, plan = planned(seed=seed)
    again = replace(instance, published=plan.visits)
    return again, replan(again, Limits(iterations=2_400))


def planned(*, seed: int) -> tuple[Instance, Plan]:
    """A random instance whose plan has visits on several team-days."""
    random = Random(seed)
    while True:
        instance = random_instance(random)
        plan = random_plan(random, instance)
        if len({(visit.team, visit.date) for visit in plan.visits}) > 2 and set(instance.pinned) <= set(plan.visits):
            return instance, plan
