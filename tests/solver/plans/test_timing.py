"""Announced times stay where the day leaves room, and the plan stays feasible."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.plans.paused_days import PausedDays
from solver.plans.series import break_numbers
from solver.plans.timing import KeptStarts, PlacedBreaks, keep_starts, pauses_of
from tests.solver.paused_instances import paused_instance
from tests.solver.random_instances import instances, random_plan
from tests.solver.week import make_visit, week


@given(instances(), st.integers(0, 2**32 - 1))
def test_plan_keeps_its_own_times_and_stays_feasible_with_any_others(instance: Instance, seed: int) -> None:
    random = Random(seed)
    plan = random_plan(random, instance)
    assert set(keep_starts(instance, plan.visits, plan.visits)) == set(plan.visits)
    others = [replace(visit, start=visit.start + random.randint(-90, 90)) for visit in plan.visits]
    timed = verify(instance, Plan(visits=keep_starts(instance, plan.visits, others)))
    assert timed.feasible
    assert timed.activations == verify(instance, plan).activations


def test_visit_waits_for_its_announced_time() -> None:
    early = make_visit("T2", "S1", day=16, start=490, minutes=60)
    announced = replace(early, start=600)
    assert keep_starts(week(), [early], [announced]) == (announced,)


def test_announced_time_out_of_reach_gives_way_to_the_earliest() -> None:
    late = make_visit("T2", "S1", day=16, start=600, minutes=60)
    (found,) = keep_starts(week(), [late], [replace(late, start=480)])
    # Ten minutes from the base after the shift begins at 08:00.
    assert found.start == 490


def test_a_visit_away_from_its_pin_is_not_moved_there() -> None:
    away = make_visit("T2", "S1", day=16, start=600, minutes=60)
    instance = replace(week(), pinned=(replace(away, start=540),))
    assert keep_starts(instance, [away], [away]) == (away,)


def days_with_breaks(random: Random, instance: Instance) -> tuple[Visit, ...]:
    """One or two visits a team and date, wherever they fit with the breaks."""
    days, visits = PausedDays(instance), list[Visit]()
    for team in instance.teams:
        for d, day in enumerate(instance.dates):
            sites = random.sample(instance.sites, random.choice([1, 2]))
            stops = [
                Visit(team=team.id, date=day, site=site.id, start=0, minutes=site.fixed_minutes or 60) for site in sites
            ]
            timed = days.day(stops, break_numbers(team, d))
            visits += () if timed is None else timed.visits
    return tuple(visits)


def test_days_that_plans_share_are_timed_as_those_of_each_alone() -> None:
    breaks = 0
    for seed in range(12):
        random = Random(seed)
        instance = paused_instance(random, sites=4, teams=2, dates=4)
        plans = [days_with_breaks(random, instance) for _ in range(2)]
        plans.append(tuple(visit for visit in plans[0] if visit.date != instance.dates[0]))
        kept, placed = KeptStarts(instance, plans[0]), PlacedBreaks(instance)
        for visits in plans:
            timed = kept.of(visits)
            assert timed == keep_starts(instance, visits, plans[0])
            assert placed.of(timed) == pauses_of(instance, timed)
            breaks += len(placed.of(timed))
    assert breaks > 20
