"""The bound is tried against exhaustive optima, random plans, planted faults and early stops."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from solver.bound import day_search, generation, pricing, residual
from solver.bound.blocks import Blocks, DayRow, build_blocks, group_dates, list_every_slot
from solver.bound.bounds import upper_bounds
from solver.bound.compact import CompactProgram, spread
from solver.bound.generation import Generation
from solver.bound.multipliers import (
    Multipliers,
    SiteRows,
    activation_worth,
    areas_of,
    documents_of,
    no_multipliers,
    site_rows,
    value_worth,
)
from solver.bound.pricing import Found
from solver.bound.reach import reach_of
from solver.bound.relaxation import DayPrices, day_prices
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.contract.verify import verify
from solver.numeric.arrays import Arrays, build_arrays
from solver.numeric.kinds import Floats
from solver.numeric.linear_program import interrupting
from tests.solver.exhaustive import best_recounts
from tests.solver.random_instances import instances, random_instance, random_plan

MOST_PLANS = 600
TINY = range(60)


def never() -> bool:
    return False


@cache
def tiny(seed: int) -> tuple[Instance, int, int] | None:
    """Return a tiny instance, its best value and its most activations; None if it has too many plans."""
    random = Random(seed)
    instance = random_instance(
        random, sites=random.randint(1, 4), teams=random.randint(1, 2), dates=random.randint(1, 3)
    )
    found = best_recounts(instance, most_plans=MOST_PLANS)
    return None if found is None else (instance, found[0].value_milli, found[1])


def tinies() -> Iterator[tuple[int, Instance, int, int]]:
    for seed in TINY:
        case = tiny(seed)
        if case is not None:
            yield seed, *case


def blocks_of(arrays: Arrays, *, groups: int) -> Blocks:
    reach = reach_of(arrays)
    assert reach is not None
    return build_blocks(arrays, reach, group_dates(arrays, groups))


def faults_of_bounds() -> Iterator[int]:
    """Yield the seeds of tiny instances whose best plan is above some bound; for one fault not all need be tried."""
    for seed, instance, value_milli, activations in tinies():
        if any(
            bounds.value_milli < value_milli or bounds.activations < activations
            for bounds in upper_bounds(build_arrays(instance), should_stop=never)
        ):
            yield seed


def test_no_plan_of_a_tiny_instance_is_above_any_bound_and_half_of_the_bounds_are_within_a_hundredth() -> None:
    faults, close = list[int](), list[bool]()
    for seed, instance, value_milli, activations in tinies():
        bounds = list(upper_bounds(build_arrays(instance), should_stop=never))
        if any(bound.value_milli < value_milli or bound.activations < activations for bound in bounds):
            faults.append(seed)
        close.append(bounds[-1].value_milli - value_milli <= 0.01 * max(abs(value_milli), 1000))
    assert faults == []
    assert len(close) >= 20
    assert sum(close) >= len(close) / 2


def test_no_plan_is_above_a_bound_whose_recursion_knows_one_leg_of_each_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(day_search, "MOST_LEGS", 0)
    monkeypatch.setattr(day_search, "LEAST_LEGS", 1)
    assert list(faults_of_bounds()) == []


def test_far_legs_looked_up_late_give_the_bound_of_all_legs(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = build_arrays(random_instance(Random(5), sites=14, teams=3, dates=4))
    *_, all_legs = upper_bounds(arrays, should_stop=never)
    monkeypatch.setattr(day_search, "MOST_LEGS", 0)
    monkeypatch.setattr(day_search, "LEAST_LEGS", 2)
    *_, few_legs = upper_bounds(arrays, should_stop=never)
    assert few_legs.value_milli == pytest.approx(all_legs.value_milli, rel=1e-4)


def test_effort_in_search_steps_limits_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.bound.bounds.LEAST_ROUNDS", 2)
    arrays = build_arrays(random_instance(Random(5), sites=14, teams=3, dates=4))
    little = [list(upper_bounds(arrays, should_stop=never, effort=1)) for _ in range(2)]
    everything = list(upper_bounds(arrays, should_stop=never))
    assert little[0] == little[1]
    assert little[0][-1].value_milli > everything[-1].value_milli


@settings(max_examples=60, deadline=None)
@given(instance=instances())
def test_bounds_fall_and_stay_above_random_plans(instance: Instance) -> None:
    bounds = list(upper_bounds(build_arrays(instance), should_stop=never))
    for earlier, later in pairwise(bounds):
        assert later.value_milli <= earlier.value_milli
        assert later.activations <= earlier.activations
    for seed in range(3):
        recount = verify(instance, random_plan(Random(seed), instance, tries=40))
        assert recount.value_milli <= bounds[-1].value_milli
        assert recount.activations <= bounds[-1].activations


@settings(max_examples=30, deadline=None)
@given(instance=instances(max_sites=5, max_teams=2, max_dates=3))
def test_any_multipliers_however_wrong_give_a_valid_bound(instance: Instance) -> None:
    arrays = build_arrays(instance)
    visits = random_plan(Random(1), instance, tries=60)
    plan = verify(instance, visits)
    random = np.random.default_rng(arrays.sites)
    blocks = list_every_slot(blocks_of(arrays, groups=2), arrays, np.ones(arrays.sites, dtype=np.bool_))
    blocks = _narrowed(random, blocks, arrays, instance, visits)
    if not blocks.count:
        return
    for worth, least in ((value_worth(arrays), plan.value_milli), (activation_worth(arrays), 1000 * plan.activations)):
        program = CompactProgram(arrays, blocks, worth)
        for scale in (0.1, 1.0, 30.0):
            multipliers, prices = wild(random, arrays, blocks, scale=scale * 1000)
            bound = program.evaluate(multipliers, prices)[0]
            assert bound.value >= least
            generation = Generation(arrays, blocks, worth, start=multipliers, prices=prices)
            assert generation.price(generation.centre, np.zeros(blocks.count), never) >= least


def _narrowed(random: np.random.Generator, blocks: Blocks, arrays: Arrays, instance: Instance, plan: Plan) -> Blocks:
    """Blocks for some of the plans: among them that one, less its visits that blocks do without.

    Not less every visit that wins nobody: some of them may be the only way.
    """
    sites = {site.id: i for i, site in enumerate(instance.sites)}
    classes = {team.id: int(arrays.team_class[k]) for k, team in enumerate(instance.teams)}
    of_entry = np.repeat(blocks.block_class, np.diff(blocks.ptr))
    known = set(zip(of_entry.tolist(), blocks.site.tolist(), strict=True))
    useful = [visit for visit in plan.visits if (classes[visit.team], sites[visit.site]) in known]
    visits = np.array([sum(visit.site == site for visit in useful) for site in sites], dtype=np.int64)
    days = len({(visit.team, visit.date) for visit in useful})
    kept = random.random((2, len(visits))) < 0.3
    return replace(
        blocks,
        visit_limit=np.where(kept[0], visits, blocks.visit_limit),
        visit_least=np.where(kept[1], visits, 0),
        day_row=DayRow(int(random.integers(-1, 2)), days),
    )


def wild(random: np.random.Generator, arrays: Arrays, blocks: Blocks, *, scale: float) -> tuple[Multipliers, DayPrices]:
    """Multipliers as a solver might leave them: negative, infinite, not a number, or merely far off."""

    def some(*shape: int) -> Floats:
        values = random.normal(0.3, 1.0, shape) * scale
        values[random.random(shape) < 0.03] = np.nan
        values[random.random(shape) < 0.03] = np.inf
        return values

    n, count = arrays.sites, blocks.count
    people = n * documents_of(arrays)
    divisor = np.where(random.random((n, 3)) < 0.7, random.integers(1, arrays.people.max(initial=1) + 1, (n, 3)), 0)
    multipliers = Multipliers(
        target=float(random.normal(0.5, 1.0) * scale),
        area=some(areas_of(arrays)),
        win=some(people),
        mir=some(people, 3) / 10,
        # Where there are several documents no row of residual capacity is known.
        divisor=divisor if people == n else np.zeros((people, 3), dtype=np.int64),
        visit=some(n) * 10,
        class_visit=some(*blocks.class_limit.shape),
        must=some(n) * 10,
        kit=some(len(blocks.kit_limit)) * 10,
        money=float(abs(random.normal(0.0, 1e-4)) * scale),
        day=float(random.normal(0.5, 1.0) * scale),
    )
    prices = DayPrices(
        minute=some(count) / 10,
        radius=some(2, count) / 10,
        bend=np.abs(random.normal(300.0, 200.0, (2, count))),
        stop=some(count),
        metre_in=some(count) / 1e5,
        metre_round=some(count) / 1e5,
    )
    return multipliers, prices


def test_a_bound_stopped_at_any_moment_is_valid() -> None:
    for seed, instance, value_milli, activations in tinies():
        if seed % 5:
            continue
        arrays = build_arrays(instance)
        for patience in (0, 1, 2, 3, 5, 8, 13):
            asked = 0

            def impatient(patience: int = patience) -> bool:
                nonlocal asked
                asked += 1
                return asked > patience

            *_, bounds = upper_bounds(arrays, should_stop=impatient)
            assert bounds.value_milli >= value_milli
            assert bounds.activations >= activations


def test_an_lp_interrupted_at_once_gives_no_bound_below_a_plan() -> None:
    for seed, instance, value_milli, _ in tinies():
        if seed % 5:
            continue
        arrays = build_arrays(instance)
        blocks = blocks_of(arrays, groups=1)
        if not blocks.count:
            continue
        with interrupting(never) as interrupter:
            interrupter.interrupt()
            program = CompactProgram(arrays, blocks, value_worth(arrays))
            assert all(bound.value >= value_milli for bound in program.tighten(interrupter))


def one_visit_fewer(rows: SiteRows) -> SiteRows:
    return replace(rows, visit_limit=np.maximum(rows.visit_limit - 1, 0))


def one_person_fewer(rows: SiteRows) -> SiteRows:
    return replace(rows, reachable=np.maximum(rows.reachable - 1, 0), people=np.maximum(rows.people - 1, 0))


def one_visit_of_a_class_fewer(rows: SiteRows) -> SiteRows:
    return replace(rows, class_limit=np.maximum(rows.class_limit - 1, 0))


@pytest.mark.parametrize("fault", [one_visit_fewer, one_person_fewer, one_visit_of_a_class_fewer])
def test_a_planted_invalid_row_is_caught(
    fault: Callable[[SiteRows], SiteRows], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = site_rows
    monkeypatch.setattr("solver.bound.site_program.site_rows", lambda arrays, blocks: fault(honest(arrays, blocks)))
    assert any(True for _ in faults_of_bounds())


def test_a_planted_residual_row_one_person_short_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = residual.room_of
    for module in ("multipliers", "bundle"):
        monkeypatch.setattr(
            f"solver.bound.{module}.room_of", lambda people, divisor: honest(people, divisor) - (divisor > 0)
        )
    assert any(True for _ in faults_of_bounds())


def strong_and_weak(*, late: int = 0) -> Instance:
    """Three sites of 100 people; one day of a team that serves all of a site, three of one that serves 90 of it."""
    document = tiny_instance().to_json()
    site, team = document["sites"][0], document["teams"][0]
    days = ["2023-11-13", "2023-11-14", "2023-11-15"]
    site |= {"people": 100, "dates": "111", "fixed_minutes": 120, "max_visit_dates": 3, "min_gap_days": 1}
    site |= {"max_teams": 2, "connectivity": 4, "windows": [[480, 720]]}
    team |= {"minutes_per_activation": 4, "max_stops": 1}
    document |= {
        "dates": days,
        "areas": [{"id": "A", "name": "A", "min_activations": 0}],
        "pinned": [],
        "published": [],
    }
    document["connectivity"] |= {"throughput_percent": [0, 0, 0, 0, 100], "success_percent": [0, 0, 0, 0, 100]}
    document["sites"] = [{**site, "id": f"S{n}", "name": f"S{n}"} for n in range(3)]
    document["teams"] = [
        {**team, "id": "weak", "operators": 3, "dates": "111"},
        {**team, "id": "strong", "operators": 4, "dates": "100"},
    ]
    document["costs"] = {"per_km": 0, "per_team_day": 0, "budget": None}
    document["weights"] |= {"late": late}
    return instance_from_json(document)


def test_prices_spread_over_dates_lie_as_the_kernels_were_compiled_for() -> None:
    arrays = build_arrays(random_instance(Random(5), sites=14, teams=3, dates=4))
    coarse, fine = blocks_of(arrays, groups=1), blocks_of(arrays, groups=4)
    assert fine.count > coarse.count
    prices = day_prices(coarse, arrays, value_worth(arrays))
    two_tangents = replace(prices, radius=np.tile(prices.radius, (2, 1)), bend=np.tile(prices.bend, (2, 1)))
    finer = spread(no_multipliers(arrays, coarse), two_tangents, coarse, fine)[1]
    assert finer.radius.shape == finer.bend.shape == (2, fine.count)
    assert finer.radius.flags.c_contiguous
    assert finer.bend.flags.c_contiguous


def test_residual_rows_close_a_gap_that_parts_of_visits_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = build_arrays(strong_and_weak())
    *_, bounds = upper_bounds(arrays, should_stop=never)
    monkeypatch.setattr(generation, "BROKEN", np.inf)
    *_, without = upper_bounds(arrays, should_stop=never)
    # 100 by the strong team, 90, 90 and what the third weak visit finds left.
    assert bounds.value_milli == pytest.approx(290_000, rel=1e-3)
    assert without.value_milli == pytest.approx(300_000, rel=1e-3)


@pytest.mark.parametrize(("late", "best"), [(200, 279_000), (800, 246_000), (1200, 226_000)])
def test_the_bound_meets_the_best_plan_however_dear_a_late_visit_is(late: int, best: int) -> None:
    # 100 and 90 people on the first date, 90 on the second, 10 on the third where they are worth it.
    *_, bounds = upper_bounds(build_arrays(strong_and_weak(late=late)), should_stop=never)
    assert best <= bounds.value_milli <= 1.01 * best


def test_a_planted_too_low_price_of_days_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = pricing.best_days

    def too_low(*arguments: Any) -> Found:
        found: Found = honest(*arguments)
        return found._replace(price=int(0.9 * found.price))

    monkeypatch.setattr(day_search, "best_days", too_low)
    monkeypatch.setattr(generation, "FIRST_SHARE", 0.0)
    assert any(True for _ in faults_of_bounds())


def test_teams_that_never_work_leave_nothing_to_win() -> None:
    instance = random_instance(Random(3), sites=3, teams=2, dates=3)
    idle = tuple(replace(team, work_dates=(False,) * 3) for team in instance.teams)
    arrays = build_arrays(replace(instance, teams=idle, pinned=(), published=()))
    *_, bounds = upper_bounds(arrays, should_stop=never)
    assert bounds.activations == 0
    assert bounds.value_milli <= 0
