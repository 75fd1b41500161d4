"""Levels in their order against every plan of tiny instances, and what a tolerance may and may not do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.contract.demand import Demand, SiteDemand
from solver.contract.instance import GreatCircle, Instance
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.policy import BUILT_IN, Level, LevelName, Policy
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify
from solver.level_order import TOGETHER
from solver.level_prices import Hold, priced
from solver.levels import InLevels, go_on_in_levels, replan_in_levels, shared, solve_in_levels, spread_in_levels
from solver.plans.changes import changes_between
from solver.run import Limits
from solver.solve import solve
from solver.spread import solve_with_spread
from tests.solver.exhaustive import days_of
from tests.solver.random_instances import instances, random_instance, random_plan

MOST_PLANS = 6000


def ordered(*levels: tuple[LevelName, int]) -> Policy:
    return Policy(name="test", levels=tuple(Level(name=name, tolerance=tolerance) for name, tolerance in levels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A tiny instance and the recounts of all its plans."""

    seed: int
    instance: Instance
    every: tuple[Recount, ...]


@cache
def tiny_instances() -> tuple[Tried, ...]:
    """Instances small enough to try every plan, on plain ground: over tables the search may miss a detour."""
    found = []
    for seed in range(40):
        random = Random(seed)
        instance = random_instance(random, sites=random.randint(1, 3), teams=random.randint(1, 2), dates=2)
        if not isinstance(instance.travel, GreatCircle) or instance.travel.overrides:
            continue
        days = [
            list(days_of(instance, team, on=on))
            for team in instance.teams
            for works, on in zip(team.work_dates, instance.dates, strict=True)
            if works
        ]
        if not 20 < math.prod(len(options) for options in days) <= MOST_PLANS:
            continue
        plans = (Plan(visits=tuple(visit for day in choice for visit in day)) for choice in product(*days))
        every = tuple(recount for plan in plans if (recount := verify(instance, plan)).feasible)
        found.append(Tried(seed=seed, instance=instance, every=every))
    return tuple(found)


def assert_no_plan_is_better(found: InLevels, every: Sequence[Recount]) -> None:
    """Level by level, no plan that keeps the levels above and what is pinned or owed reaches less."""
    missed = min(recount.must_missed + recount.pins_missed for recount in every)
    left = [recount for recount in every if recount.must_missed + recount.pins_missed == missed]
    assert found.recount.must_missed + found.recount.pins_missed == missed
    for level, report in zip(found.policy.levels, found.levels, strict=True):
        assert report.best == min(level.reached(recount) for recount in left), report
        assert level.reached(found.recount) == report.reached <= report.best + report.tolerance
        assert report.at_least is None or report.at_least <= report.best
        left = [recount for recount in left if level.reached(recount) <= report.best + report.tolerance]


@pytest.mark.parametrize(
    "levels",
    [
        ((LevelName.SHORTFALL, 0), (LevelName.FLOORS, 0), (LevelName.COST, 0)),
        ((LevelName.FLOORS, 0), (LevelName.SHORTFALL, 5), (LevelName.LATENESS, 0)),
        ((LevelName.CHANGES, 0), (LevelName.SHORTFALL, 10), (LevelName.COST, 0)),
        ((LevelName.SHORTFALL, 0), (LevelName.FAIRNESS, 0)),
    ],
    ids=lambda levels: "-".join(level for level, _ in levels),
)
def test_no_plan_of_a_tiny_instance_is_better_in_the_order_of_the_levels(
    levels: tuple[tuple[LevelName, int], ...],
) -> None:
    assert len(tiny_instances()) >= 5
    for tried in tiny_instances():
        found = solve_in_levels(tried.instance, ordered(*levels), Limits(iterations=1500), seed=tried.seed)
        assert verify(tried.instance, found.plan).violations == ()
        try:
            assert_no_plan_is_better(found, tried.every)
        except AssertionError as exc:
            raise AssertionError(f"seed {tried.seed}: {[str(level) for level in found.levels]}") from exc


def two_villages(*, gap: int | None = None) -> Instance:
    """One team, one day with time for one of two places: many people in the town, whose area is owed nothing, or a
    few in the hills, whose area is owed ten."""
    site = {
        "kind": "village",
        "connectivity": 4,
        "dates": "1",
        "windows": [[480, 900]],
        "setup_minutes": 0,
        "fixed_minutes": 240,
        "max_visit_dates": 1,
        "min_gap_days": 0,
        "max_teams": 1,
    }
    return instance_from_json(
        {
            "format": "outreach-1",
            "name": "two villages",
            "dates": ["2023-11-13"],
            "slot_minutes": 15,
            "target": {"gap": gap, "walk_ins_per_day": 0},
            "connectivity": {
                "throughput_percent": [0, 45, 70, 90, 100],
                "success_percent": [0, 75, 88, 95, 100],
                "satellite_level": 3,
            },
            "travel": {"detour": 1.3, "kmh": 30},
            "areas": [
                {"id": "TOWN", "name": "Town", "min_activations": 0},
                {"id": "HILLS", "name": "Hills", "min_activations": 10},
            ],
            "sites": [
                {**site, "id": "town", "name": "Town", "area": "TOWN", "people": 40, "lat": -3.3, "lon": 102.86},
                {**site, "id": "hills", "name": "Hills", "area": "HILLS", "people": 10, "lat": -3.2, "lon": 102.86},
            ],
            "teams": [
                {
                    "id": "T1",
                    "operators": 1,
                    "minutes_per_activation": 6,
                    "lat": -3.3,
                    "lon": 102.86,
                    "dates": "1",
                    "shift": [480, 900],
                    "satellite": False,
                    "max_stops": 5,
                }
            ],
            "costs": {"per_km": 4000, "per_team_day": 300_000},
            "weights": {
                "must": 1_000_000,
                "pin": 1_000_000,
                "shortfall": 1000,
                "area_shortfall": 200,
                "per_million_cost": 500,
                "late": 2,
                "moved": 1,
            },
            "pinned": [],
            "published": [],
        }
    )


def where(found: InLevels) -> set[str]:
    return {visit.site for visit in found.plan.visits}


def test_swapping_two_levels_swaps_the_plan() -> None:
    shortfall, floors = (LevelName.SHORTFALL, 0), (LevelName.FLOORS, 0)
    assert where(solve_in_levels(two_villages(), ordered(shortfall, floors), Limits(iterations=400))) == {"town"}
    assert where(solve_in_levels(two_villages(), ordered(floors, shortfall), Limits(iterations=400))) == {"hills"}


def test_of_two_equal_teams_the_one_that_has_worked_less_goes_out() -> None:
    instance = two_villages()
    [team] = instance.teams
    for tired, rested in (("T1", "T2"), ("T2", "T1")):
        teams = tuple(replace(team, id=name, history_hours=30 if name == tired else -30) for name in ("T1", "T2"))
        sites = tuple(replace(site, people=0 if site.id == "hills" else site.people) for site in instance.sites)
        policy = ordered((LevelName.SHORTFALL, 0), (LevelName.FAIRNESS, 0))
        aim = replace(instance, teams=teams, sites=sites)
        found = solve_in_levels(aim, policy, Limits(iterations=400), seed=1)
        assert {visit.team for visit in found.plan.visits} == {rested}


def test_a_tolerance_is_given_up_only_as_far_as_it_goes() -> None:
    floors = (LevelName.FLOORS, 0)
    for tolerance, place in ((29, "town"), (30, "hills")):
        policy = ordered((LevelName.SHORTFALL, tolerance), floors)
        found = solve_in_levels(two_villages(), policy, Limits(iterations=400))
        assert where(found) == {place}
        shortfall = found.levels[0]
        assert (shortfall.best, shortfall.tolerance) == (10, tolerance)
        assert shortfall.given_up == (30 if place == "hills" else 0)
        assert shortfall.given_up_for == ("floors" if place == "hills" else None)


def test_a_tolerance_is_not_given_up_for_less_than_it_is_worth() -> None:
    found = solve_in_levels(two_villages(), ordered((LevelName.SHORTFALL, 40)), Limits(iterations=400))
    assert where(found) == {"town"}
    assert found.levels[0].given_up == 0


def test_a_tolerance_in_percent_is_part_of_the_people_won() -> None:
    policy = Policy(
        name="test", levels=(Level(name=LevelName.SHORTFALL, tolerance_parts=7500), Level(name=LevelName.FLOORS))
    )
    found = solve_in_levels(two_villages(), policy, Limits(iterations=400))
    assert found.levels[0].tolerance == 30
    assert where(found) == {"hills"}


@given(instances(max_sites=5, max_teams=2, max_dates=3), st.integers(0, 2**16), st.booleans())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=30)
def test_holding_a_level_never_excludes_the_plan_found_before(instance: Instance, seed: int, strict: bool) -> None:
    random = Random(seed)
    known = random_plan(random, instance)
    recount = verify(instance, known)
    names = random.sample(list(LevelName), 4)
    levels = [Level(name=name, tolerance=random.choice([0, 0, 3, 2000])) for name in names]
    stage = random.randint(1, len(levels))
    holds = [Hold(level=level, most=level.reached(recount) + level.tolerance) for level in levels[:stage]]
    aim = priced(instance, levels, stage, holds=holds, known=recount, is_strict=strict)
    held = verify(aim, known)
    assert held.violations == ()
    if LevelName.SHORTFALL in names[:stage] and (strict or stage < len(levels)):
        assert held.shortfall == 0
    for level in levels[:stage]:
        assert level.name is not LevelName.FLOORS or level.tolerance == 0 or held.area_shortfall == 0


@given(instances(max_sites=5, max_teams=2, max_dates=3), st.sampled_from(sorted(BUILT_IN)), st.integers(0, 2**16))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=8)
def test_no_level_ends_beyond_its_tolerance_nor_the_first_one_worse_than_it_began(
    instance: Instance, name: str, seed: int
) -> None:
    begin = random_plan(Random(seed), instance)
    found = go_on_in_levels(instance, BUILT_IN[name], begin, iterations=400, seed=seed)
    before = verify(instance, begin)
    assert verify(instance, found.plan).violations == ()
    missed = found.recount.must_missed + found.recount.pins_missed
    assert missed <= before.must_missed + before.pins_missed
    if missed == before.must_missed + before.pins_missed:
        assert found.levels[0].best <= found.policy.levels[0].reached(before)
    for level, report in zip(found.policy.levels, found.levels, strict=True):
        assert report.reached == level.reached(found.recount) <= report.best + report.tolerance


def test_a_stage_that_finds_nothing_keeps_the_plan_before() -> None:
    instance = random_instance(Random(5), sites=8, teams=2, dates=4)
    begin = solve(instance, Limits(iterations=2000)).plan
    found = go_on_in_levels(instance, BUILT_IN["even-areas"], begin, seconds=0.0)
    assert found.plan.visits == begin.visits
    stopped = go_on_in_levels(instance, BUILT_IN["even-areas"], begin, iterations=500, should_stop=lambda: True)
    assert stopped.plan.visits == begin.visits
    assert stopped.plan.stop_reason is StopReason.CANCELLED


@pytest.mark.parametrize("name", ["close-the-gap", "keep-the-plan"])
def test_same_seed_and_iterations_give_the_same_plan(name: str) -> None:
    instance = random_instance(Random(4), sites=12, teams=3, dates=6)
    plans = [solve_in_levels(instance, BUILT_IN[name], Limits(iterations=500), seed=4).plan for _ in range(2)]
    assert plans[0].to_json() == plans[1].to_json()
    assert plans[0].iterations == 500


def test_the_bound_holds_for_the_instance_itself() -> None:
    instance = random_instance(Random(1), sites=8, teams=2, dates=4)
    best = solve(instance, Limits(iterations=1500), seed=1)
    plan = solve_in_levels(instance, BUILT_IN["even-areas"], Limits(iterations=300), seed=1).plan
    assert plan.bound_milli is not None
    assert plan.activations_bound is not None
    assert plan.bound_milli >= best.recount.value_milli
    assert plan.activations_bound >= best.recount.activations


def test_progress_tells_no_value_before_the_plan_is_recounted() -> None:
    told: list[Progress] = []
    instance = random_instance(Random(1), sites=8, teams=2, dates=4)
    found = solve_in_levels(instance, BUILT_IN["even-areas"], Limits(iterations=600), on_progress=told.append)
    assert told[0].value_milli is None
    assert told[-1].value_milli == found.recount.value_milli
    assert [step.iterations for step in told] == sorted(step.iterations for step in told)


def test_levels_of_a_replanning_keep_its_change_budget() -> None:
    instance = random_instance(Random(8), sites=10, teams=3, dates=5)
    published = solve(replace(instance, published=(), pinned=()), Limits(iterations=2000)).plan.visits
    in_force = replace(instance, published=published, pinned=())
    found = replan_in_levels(in_force, BUILT_IN["even-areas"], seconds=5, iterations=600, most_moved=2, seed=1)
    assert verify(in_force, found.plan).violations == ()
    assert changes_between(published, found.plan.visits).disturbed <= 2


def test_levels_go_on_from_the_plan_that_was_kept_of_several() -> None:
    instance = random_instance(Random(8), sites=10, teams=3, dates=5)
    people = {site.id: site.people for site in instance.sites}
    demand = Demand(
        sites=tuple(SiteDemand(site=name, values=(count // 2, count, 2 * count)) for name, count in people.items())
    )
    first, rest = shared(Limits(iterations=1000))
    spread = solve_with_spread(instance, demand, first, seed=1)
    ordered_spread, found = spread_in_levels(spread, demand, BUILT_IN["even-areas"], rest, seed=1)
    assert ordered_spread.chosen == spread.chosen
    assert ordered_spread.plan == found.plan
    assert verify(ordered_spread.instance, found.plan).violations == ()
    assert len(ordered_spread.candidates) == len(spread.candidates)


def test_nobody_to_send_leaves_the_empty_plan() -> None:
    instance = replace(random_instance(Random(3), sites=2, teams=1, dates=1), teams=(), pinned=(), published=())
    found = solve_in_levels(instance, BUILT_IN["close-the-gap"], Limits(iterations=50))
    assert found.plan.visits == ()
    assert [level.reached for level in found.levels] == [found.recount.shortfall, found.recount.area_shortfall]


def test_what_is_left_to_the_prices_is_named_together() -> None:
    dear = replace(two_villages(gap=40), weights=replace(two_villages().weights, per_million_cost=2_000_000))
    found = solve_in_levels(dear, ordered((LevelName.SHORTFALL, 40)), Limits(iterations=400))
    assert where(found) == set()
    assert found.levels[0].given_up_for == TOGETHER
